"""The error contrasts: what is left of y, and of K, beside the fixed effects."""

from __future__ import annotations

import numpy as np
import scipy.linalg
from scipy.linalg import lapack

from ..reductions.base import Reduction


def contrast_eigenvalues(reduction: Reduction, X: np.ndarray) -> np.ndarray:
    """λ, for orthonormal X rotated by the reduction."""
    size, p = X.shape
    B = np.asfortranarray(reduction.multiply(np.eye(size)))
    if p:
        (reflectors, tau), _ = scipy.linalg.qr(X, mode="raw")
        B, _, _ = lapack.dormqr("L", "T", reflectors, tau, B, 64 * size, overwrite_c=1)
        B, _, _ = lapack.dormqr("R", "N", reflectors, tau, B, 64 * size, overwrite_c=1)
    inside = scipy.linalg.eigvalsh(B[p:, p:], driver="ev", check_finite=False)
    return np.concatenate([np.zeros(reduction.n - size), inside])
