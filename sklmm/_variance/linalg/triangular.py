"""Triangular factors, and systems of them, empty ones included.

A fit asks for these at some seventy h, mostly of one or two columns: LAPACK is called as
scipy.linalg calls it, without what takes scipy.linalg longer than the arithmetic.
"""

from __future__ import annotations

import numpy as np
from scipy.linalg import LinAlgError, lapack

WIDTH_OF_BLOCKS = 64
"""Of the workspace for each column, in which LAPACK goes by blocks as it likes."""


def qr(X: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Q and R of X with no more columns than rows, Q in their shape."""
    p = X.shape[1]
    if not p:
        return X, np.empty((0, 0))
    factored, tau, _, _ = lapack.dgeqrf(_finite(X), lwork=WIDTH_OF_BLOCKS * p)
    R = np.triu(factored[:p]) if p > 1 else factored[:1].copy()
    Q, _, _ = lapack.dorgqr(factored, tau, lwork=WIDTH_OF_BLOCKS * p, overwrite_a=1)
    return Q, R


def solve_triangular(R: np.ndarray, M: np.ndarray, trans: str = "N") -> np.ndarray:
    """R⁻¹M or R⁻ᵀM, also where there is no fixed effect and so nothing in R and M."""
    if not M.size:
        return M
    is_transposed = trans == "T"
    if R.flags.f_contiguous:
        solution, info = lapack.dtrtrs(R, _finite(M), trans=is_transposed)
    else:
        solution, info = lapack.dtrtrs(R.T, _finite(M), lower=1, trans=not is_transposed)
    if info > 0:
        raise LinAlgError(f"singular matrix: the diagonal is 0 in row {info - 1}")
    return solution


def _finite(M: np.ndarray) -> np.ndarray:
    if not np.isfinite(M).all():
        raise ValueError("array must not contain infs or NaNs")
    return M
