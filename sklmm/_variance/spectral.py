"""K = Q B Qᵀ with a diagonal B: the eigendecomposition.

The route of EMMA, FaST-LMM, pylmm and lmmlite. The eigenvectors cost several times the
band reduction, after which every h costs only O(n).
"""

from __future__ import annotations

import numpy as np
import scipy.linalg
from sklearn.utils import gen_batches

from .reduction import Factor, NotPositiveDefiniteError, SquareReduction
from .threads import map_batches

COLUMNS_AT_A_TIME = 512


class SpectralReduction(SquareReduction):
    """B is the diagonal of eigenvalues, Q holds the eigenvectors."""

    def __init__(self, eigenvalues: np.ndarray, eigenvectors: np.ndarray, scale: float):
        self.n = len(eigenvalues)
        self.scale = scale
        self.norm = float(np.sqrt(eigenvalues @ eigenvalues))
        self.eigenvalues = eigenvalues
        self.eigenvectors = eigenvectors

    @classmethod
    def of(cls, K: np.ndarray, scale: float) -> SpectralReduction:
        eigenvalues, eigenvectors = scipy.linalg.eigh(
            K, driver="evd", overwrite_a=True, check_finite=False
        )
        return cls(eigenvalues / scale, eigenvectors, scale)

    def rotate(self, M):
        return _product(self.eigenvectors.T, M)

    def rotate_back(self, M, traits=slice(None)):
        return _product(self.eigenvectors, M)

    def multiply(self, M):
        return self.eigenvalues[:, None] * M

    def factor(self, h):
        return DiagonalFactor(self.eigenvalues, h)

    def exceeds(self, bound):
        return bool(self.eigenvalues[0] > bound)


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

    def whiten(self, M):
        return M / self._deviations

    whiten_transposed = whiten

    def logdet_slope(self):
        return float((self._derivatives / self._variances).sum())


def _product(A, M):
    """A M, for many columns by batches in the threads that all other work on them has."""
    product = np.empty(M.shape[::-1]).T

    def multiply(columns):
        np.matmul(M[:, columns].T, A.T, out=product[:, columns].T)

    if M.size:
        map_batches(multiply, gen_batches(M.shape[1], COLUMNS_AT_A_TIME))
    return product
