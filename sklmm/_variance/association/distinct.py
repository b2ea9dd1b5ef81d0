"""Markers that are the same in all rows: neighbors often are, and are then tested once."""

from __future__ import annotations

import numpy as np
from scipy.linalg import blas

from ..linalg.fingerprints import spread

FEWEST = 0.05
"""The share of markers that have to be copies of others for it to pay."""


def distinct_columns(G: np.ndarray) -> tuple[np.ndarray, np.ndarray] | None:
    """First columns of their kind, in order, and which of these each column is.

    It is None if hardly any are the same. G is of shape (n, m), in Fortran order.
    """
    n, m = G.shape
    fingerprints = blas.dgemv(1.0, G, 0.5 + spread(n), trans=1)
    _, first, kind = np.unique(fingerprints, return_index=True, return_inverse=True)
    if len(first) > (1 - FEWEST) * m:
        return None
    alike = first[kind.ravel()]
    copies = np.flatnonzero(alike != np.arange(m))
    is_other = ~(G[:, copies] == G[:, alike[copies]]).all(axis=0)
    alike[copies[is_other]] = copies[is_other]
    distinct, place = np.unique(alike, return_inverse=True)
    return distinct, place.ravel()
