"""Triangular systems, empty ones included."""

from __future__ import annotations

import numpy as np
import scipy.linalg


def solve_triangular(R: np.ndarray, M: np.ndarray, trans: str = "N") -> np.ndarray:
    """R⁻¹M or R⁻ᵀM, also where there is no fixed effect and so nothing in R and M."""
    return scipy.linalg.solve_triangular(R, M, trans=trans) if len(R) else M
