"""The model without a marker, at its h: y and X whitened."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.linalg

from ..reductions.precision import Precision

COLLINEAR = 1e-7
"""Of a marker, relative to its size, what fixed effects leave of it by rounding alone."""


@dataclass(frozen=True, eq=False)
class NullModel:
    """One trait, whitened by V⁻¹ᐟ² and free of fixed effects.

    Attributes
    ----------
    precision : Precision
        V⁻¹ among the rows, of any scale.
    basis : ndarray of shape (n, p)
        Orthonormal columns that span X.
    whitened_X : ndarray of shape (n, p)
        Orthonormal columns that span V⁻¹ᐟ²X.
    whitened_y : ndarray of shape (n,)
        What they leave of V⁻¹ᐟ²y.
    """

    precision: Precision
    basis: np.ndarray
    whitened_X: np.ndarray
    whitened_y: np.ndarray

    @classmethod
    def from_residuals(
        cls, precision: Precision, basis: np.ndarray, residuals: np.ndarray
    ) -> NullModel:
        """From what least squares on X leave of y, of shape (n,)."""
        Q = orthonormal_columns(precision.whiten(basis))
        y = leave(Q, precision.whiten(residuals[:, None]))
        return cls(precision, basis, Q, y[:, 0])

    @property
    def rss(self) -> float:
        """yᵀPy"""
        return float(self.whitened_y @ self.whitened_y)

    @property
    def df(self) -> int:
        """n − p"""
        n, p = self.basis.shape
        return n - p

    def whiten(self, G: np.ndarray) -> np.ndarray:
        """V⁻¹ᐟ²G free of fixed effects, of columns G that are so already: GᵀPG is its square."""
        return leave(self.whitened_X, self.precision.whiten(G))

    def solve(self, whitened: np.ndarray) -> np.ndarray:
        """P G, from V⁻¹ᐟ²G free of fixed effects."""
        return self.precision.whiten_transposed(whitened)


def orthonormal_columns(M: np.ndarray) -> np.ndarray:
    """A basis of the columns of M."""
    return scipy.linalg.qr(M, mode="economic")[0] if M.shape[1] else M


def leave(Q: np.ndarray, M: np.ndarray) -> np.ndarray:
    """What orthonormal columns Q leave of M, which is overwritten."""
    if Q.shape[1]:
        M -= Q @ (Q.T @ M)
    return M


def free_of(basis: np.ndarray, G: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """What orthonormal fixed effects leave of markers, and whether that is but rounding.

    G, of shape (n, m), is overwritten.
    """
    sizes = scipy.linalg.norm(G, axis=0)
    leave(basis, G)
    left = scipy.linalg.norm(G, axis=0)
    is_collinear = left <= COLLINEAR * sizes
    G[:, is_collinear] = 0
    return G, is_collinear
