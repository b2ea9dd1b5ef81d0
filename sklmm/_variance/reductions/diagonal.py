"""V with a diagonal B."""

from __future__ import annotations

import numpy as np

from ..linalg.definite import NotPositiveDefiniteError
from .base import Factor


class DiagonalFactor(Factor):
    """V = hB + (1 − h)I for a diagonal B."""

    def __init__(self, eigenvalues: np.ndarray, h: float):
        variances = h * eigenvalues + (1 - h)
        if variances.min() <= 0:
            raise NotPositiveDefiniteError(f"V is not positive definite at h={h}")
        self._variances = variances
        self._derivatives = eigenvalues - 1
        self._deviations = np.sqrt(variances)[:, None]
        self.logdet = float(np.log(variances).sum())

    def whiten(self, M: np.ndarray) -> np.ndarray:
        return M / self._deviations

    whiten_transposed = whiten

    def logdet_slope(self) -> float:
        return float((self._derivatives / self._variances).sum())
