"""What a file has left of a matrix: how far its eigenvalues may be off because of its digits.

Numbers that are rounded to a unit δ have errors of variance δ²/12. The largest eigenvalue of a
symmetric matrix of such errors is near 2 √n δ/√12 = 0.58 √n δ [1]_.

References
----------
.. [1] Füredi & Komlós (1981). The eigenvalues of random symmetric matrices. Combinatorica 1,
   233-241.
"""

from __future__ import annotations

import numpy as np

ROWS_LOOKED_AT = 64
FEWEST_DECIMALS, MAX_DECIMALS = 4, 9
"""Matrices with fewer decimals may be exact, such as those of pedigrees."""
OF_UNKNOWN_HISTORY = 1e-6
"""Share of the mean diagonal forgiven to any matrix: scaling after reading hides the digits."""


def rounding_of_eigenvalues(K: np.ndarray, n: int) -> float:
    """How far the eigenvalues of a matrix may be off by the rounding of its entries.

    Parameters
    ----------
    K : ndarray of shape (k, k)
        Some of its rows and columns, enough to see their digits.
    n : int
        How many it has in all.
    """
    unit = max(OF_UNKNOWN_HISTORY * float(np.mean(np.diagonal(K))), _unit(K))
    return unit * float(np.sqrt(n))


def _unit(K):
    """The unit of the last digit: a power of ten, that of float32, or 0 for all digits."""
    for decimals in range(MAX_DECIMALS + 1):
        if np.array_equal(np.round(K, decimals), K):
            return 10.0**-decimals if decimals >= FEWEST_DECIMALS else 0.0
    is_float32 = np.array_equal(K.astype(np.float32), K)
    return float(np.finfo(np.float32).eps * np.abs(K).max()) if is_float32 else 0.0
