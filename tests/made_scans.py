"""Scans of which only LOD and places are known."""

from dataclasses import fields

import numpy as np

from sklmm.association import Scan


def scan_of(lod, chromosomes=None, positions=None, **others):
    """A scan with these LOD, and nothing else that peaks need."""
    lod = np.asarray(lod, dtype=float)
    m = lod.shape[-1]
    nothing = {field.name: None for field in fields(Scan) if field.name not in ("test", "h_mode")}
    arrays = {
        "lod": lod,
        "neg_log10_pvalue": 0.9 * lod,
        "status": np.full(m, "ok"),
        "chromosomes": np.full(m, 1) if chromosomes is None else np.asarray(chromosomes),
        "positions": np.arange(m, dtype=float) if positions is None else np.asarray(positions),
    }
    return Scan(**{**nothing, **arrays, **others})
