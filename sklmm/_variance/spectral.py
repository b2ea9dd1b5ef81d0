"""K = Q B Qᵀ with a diagonal B: the eigendecomposition.

The route of EMMA, FaST-LMM, pylmm and lmmlite. The eigenvectors cost several times the
band reduction, after which every h costs only O(n).
"""

from __future__ import annotations

import numpy as np

from .constant_part import eigh, set_apart_constant
from .reduction import DenseReduction, Factor, NotPositiveDefiniteError
from .reflectors import apply_reflector
from .threads import even_batches, map_batches, one_thread_for_blas

LEAST_AND_MOST_COLUMNS_AT_A_TIME = 32, 512


class SpectralReduction(DenseReduction):
    """B is the diagonal of eigenvalues, Q holds the eigenvectors."""

    def __init__(self, eigenvalues: np.ndarray, eigenvectors: np.ndarray, scale: float):
        self.n = len(eigenvalues)
        self.scale = scale
        self.norm = float(np.sqrt(eigenvalues @ eigenvalues))
        self.eigenvalues = eigenvalues
        self.eigenvectors = eigenvectors

    @classmethod
    def of(cls, K: np.ndarray, scale: float) -> SpectralReduction:
        reflectors = set_apart_constant(K)
        eigenvalues, eigenvectors = eigh(K)
        for _, V, T in reflectors:
            eigenvectors = apply_reflector(V, T, eigenvectors, trans="N")
        return cls(eigenvalues / scale, eigenvectors, scale)

    def threads(self):
        """All work is on batches; threads of BLAS wait actively, in the way of those."""
        return one_thread_for_blas

    def rotate(self, M):
        rotated = np.empty(M.shape[::-1]).T

        def rotate(columns):
            np.matmul(M[:, columns].T, self.eigenvectors, out=rotated[:, columns].T)

        if M.size:
            map_batches(rotate, even_batches(M.shape[1], *LEAST_AND_MOST_COLUMNS_AT_A_TIME))
        return rotated

    def rotate_back(self, M, traits=slice(None)):
        return (M.T @ self.eigenvectors.T).T

    def multiply(self, M):
        return self.eigenvalues[:, None] * M

    def spectrum(self):
        """Q and the diagonal of B."""
        return self.eigenvectors, self.eigenvalues

    def factor(self, h):
        return DiagonalFactor(self.eigenvalues, h)

    def resolve(self):
        from .null_space import ResolvedReduction

        return ResolvedReduction(self, self.eigenvalues, np.eye(self.n))

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
