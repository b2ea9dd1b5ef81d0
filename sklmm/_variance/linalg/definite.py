"""Systems with a positive definite matrix."""

from __future__ import annotations

import numpy as np
from scipy.linalg import lapack


class NotPositiveDefiniteError(ValueError):
    """There is no Cholesky factor."""


def solve_positive_definite(A: np.ndarray, M: np.ndarray) -> np.ndarray:
    """A⁻¹M from the lower triangle of A, which is overwritten."""
    _, solution, info = lapack.dposv(A, M, lower=1, overwrite_a=1)
    if info > 0:
        raise NotPositiveDefiniteError("A is not positive definite")
    return solution
