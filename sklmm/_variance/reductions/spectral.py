"""K = Q B Qᵀ with a diagonal B: the eigendecomposition.

The route of EMMA, FaST-LMM, pylmm and lmmlite. The eigenvectors cost several times the
band reduction, after which every h costs only O(n).
"""

from __future__ import annotations

from contextlib import AbstractContextManager

import numpy as np

from ..linalg.constant_part import eigh, set_apart_constant
from ..linalg.reflectors import apply_reflector
from ..linalg.threads import even_batches, map_batches, one_thread_for_blas
from .base import DenseSolver, RelatedRows
from .diagonal import DiagonalFactor
from .null_space import ResolvedReduction
from .precision import Precisions, Spectrum


class SpectralReduction(DenseSolver):
    """B is the diagonal of eigenvalues, Q holds the eigenvectors."""

    has_spectrum = True

    def __init__(self, eigenvalues: np.ndarray, eigenvectors: np.ndarray, scale: float):
        self.n = len(eigenvalues)
        self.scale = scale
        self.norm = float(np.sqrt(eigenvalues @ eigenvalues))
        self.eigenvalues = eigenvalues
        self.eigenvectors = eigenvectors

    @classmethod
    def reduce(cls, K: np.ndarray, scale: float) -> SpectralReduction:
        reflectors = set_apart_constant(K)
        eigenvalues, eigenvectors = eigh(K)
        for _, V, T in reflectors:
            eigenvectors = apply_reflector(V, T, eigenvectors, trans="N")
        return cls(eigenvalues / scale, eigenvectors, scale)

    def threads(self) -> AbstractContextManager:
        """All work is on batches; threads of BLAS wait actively, in the way of those."""
        return one_thread_for_blas

    def rotate(self, M: np.ndarray) -> np.ndarray:
        rotated = np.empty(M.shape[::-1]).T

        def rotate(columns: slice) -> None:
            np.matmul(M[:, columns].T, self.eigenvectors, out=rotated[:, columns].T)

        if M.size:
            map_batches(rotate, even_batches(M.shape[1]))
        return rotated

    def rotate_back(self, M: np.ndarray) -> np.ndarray:
        return (M.T @ self.eigenvectors.T).T

    def multiply(self, M: np.ndarray) -> np.ndarray:
        return self.eigenvalues[:, None] * M

    @property
    def diagonal(self) -> np.ndarray:
        return self.eigenvalues

    def spectrum(self, rows: RelatedRows) -> tuple[np.ndarray, np.ndarray]:
        return self.eigenvectors, self.eigenvalues

    def precisions(self, rows: RelatedRows) -> Precisions:
        return Spectrum(self.eigenvectors, self.eigenvalues * self.scale)

    def factor(self, h: float) -> DiagonalFactor:
        return DiagonalFactor(self.eigenvalues, h)

    def resolve(self) -> ResolvedReduction:
        return ResolvedReduction(self, self.eigenvalues, np.eye(self.n))

    def exceeds(self, bound: float) -> bool:
        return bool(self.eigenvalues[0] > bound)
