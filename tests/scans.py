"""Results of scans that are made up, for what takes a `Scan`."""

import numpy as np

from sklmm.association import Scan

TRAIT_WISE = (
    *("statistic", "pvalue", "neg_log10_pvalue", "lod", "h", "variance_explained"),
    *("df", "residual_df", "n_samples"),
)


def made_up(neg_log10_pvalue, **others):
    """A scan with these p values, of one trait or several, and a LOD score of half of each."""
    values = np.asarray(neg_log10_pvalue, dtype=float)
    status = np.where(np.isnan(values), "constant", "ok")
    arrays = {name: np.ones(values.shape) for name in TRAIT_WISE}
    arrays |= {
        "pvalue": 10.0**-values,
        "neg_log10_pvalue": values,
        "lod": values / 2,
        "beta": values / 10,
        "standard_error": np.full(values.shape, 0.1),
        "frequency": np.full(values.shape[-1], 0.5),
        "status": status,
    }
    return Scan(**(arrays | others))
