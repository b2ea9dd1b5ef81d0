"""Triangular systems, empty ones included."""

from __future__ import annotations

import numpy as np
from scipy.linalg import lapack


def solve_triangular(R: np.ndarray, M: np.ndarray, trans: str = "N") -> np.ndarray:
    """R⁻¹M or R⁻ᵀM, also where there is no fixed effect and so nothing in R and M."""
    if not M.size:
        return M.copy()
    solution, info = lapack.dtrtrs(R, M, trans=int(trans == "T"))
    if info:
        raise np.linalg.LinAlgError(f"a triangular matrix has a zero in place {info}")
    return solution.reshape(M.shape)
