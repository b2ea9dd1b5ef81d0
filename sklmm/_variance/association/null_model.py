"""The model without a marker, at its h: y and X whitened."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.linalg
from scipy.linalg import blas

from ..reductions.precision import Precision

COLLINEAR = 1e-7
"""The part of a marker, relative to its spread, that may be left by rounding of its values."""
DOUBTFUL = 1e-3
"""The share of a sum of squares below which differences of sums have lost digits."""
EPS = float(np.finfo(float).eps)


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
        Orthonormal columns that span V⁻¹ᐟ²X, in Fortran order.
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
        """Whiten the basis of X, and what least squares on X leave of y, of shape (n,)."""
        basis = np.asfortranarray(basis)
        Q = orthonormal_columns(precision.whiten(basis))
        y = leave(Q, leave(Q, precision.whiten(residuals[:, None])))
        return cls(precision, basis, Q, y[:, 0])

    @property
    def rss(self) -> float:
        """yᵀPy"""
        return float(blas.ddot(self.whitened_y, self.whitened_y))

    @property
    def n(self) -> int:
        return len(self.basis)

    @property
    def df(self) -> int:
        """n − p"""
        n, p = self.basis.shape
        return n - p

    def whiten(self, G: np.ndarray) -> np.ndarray:
        """V⁻¹ᐟ²G free of fixed effects: GᵀPG is its square.

        G, of shape (n, m) in Fortran order, may be overwritten. Its columns have to be what
        `free_columns` has left of them.
        """
        return leave(self.whitened_X, self.precision.whiten(G, overwrite=True))

    def products(self, G: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """gᵀPy and gᵀPg of the same columns, without a further pass over them."""
        whitened = self.precision.whiten(G, overwrite=True)
        both = np.column_stack([self.whitened_X, self.whitened_y])
        of_X_and_y = transposed_product(both, whitened)
        of_X, gPy = of_X_and_y[:-1], of_X_and_y[-1]
        totals = sums_of_squares(whitened)
        gPg = totals - sums_of_squares(of_X)
        doubtful = np.flatnonzero(gPg < DOUBTFUL * totals)
        if doubtful.size:
            left = leave(self.whitened_X, np.asfortranarray(whitened[:, doubtful]))
            gPg[doubtful] = sums_of_squares(left)
            gPy[doubtful] = transposed_product(self.whitened_y[:, None], left)[0]
        return gPy, gPg

    def solve(self, whitened: np.ndarray) -> np.ndarray:
        """P G, from V⁻¹ᐟ²G free of fixed effects."""
        return self.precision.whiten_transposed(whitened)


def orthonormal_columns(M: np.ndarray) -> np.ndarray:
    """A basis of the columns of M, in Fortran order."""
    return np.asfortranarray(scipy.linalg.qr(M, mode="economic")[0]) if M.shape[1] else M


def transposed_product(Q: np.ndarray, M: np.ndarray) -> np.ndarray:
    """QᵀM by scipy's BLAS."""
    if not (Q.size and M.size):
        return np.zeros((Q.shape[1], M.shape[1]))
    return blas.dgemm(1.0, M, Q, trans_a=1).T


def sums_of_squares(M: np.ndarray) -> np.ndarray:
    """Sums of squares of the columns."""
    return np.einsum("ij,ij->j", M, M)


def leave(Q: np.ndarray, M: np.ndarray) -> np.ndarray:
    """What orthonormal columns Q leave of M, in Fortran order, which is overwritten."""
    if Q.size and M.size:
        explained = blas.dgemm(1.0, Q, M, trans_a=1)
        M = blas.dgemm(-1.0, Q, explained, 1.0, M, overwrite_c=1)
    return M


def free_columns(basis: np.ndarray, G: np.ndarray) -> np.ndarray:
    """Whether fixed effects, orthonormal, leave nothing but rounding of each marker.

    Markers of which they leave little are freed of them, exactly, and others stay as they are. G,
    of shape (n, m) in Fortran order, is overwritten.
    """
    totals = sums_of_squares(G)
    left = totals - sums_of_squares(transposed_product(basis, G))
    is_collinear = totals == 0
    doubtful = np.flatnonzero((left < DOUBTFUL * totals) & ~is_collinear)
    if doubtful.size:
        G[:, doubtful], is_collinear[doubtful] = free_of(basis, np.asfortranarray(G[:, doubtful]))
    return is_collinear


def free_of(basis: np.ndarray, G: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """What orthonormal fixed effects leave of markers, and whether that is but rounding.

    The first of them, an intercept if there is one, is taken away before the spread of a marker
    is measured: large numbers that vary little are markers, too. G is overwritten.
    """
    sizes = scipy.linalg.norm(G, axis=0)
    G = leave(basis[:, :1], G)
    spread = scipy.linalg.norm(G, axis=0)
    G = leave(basis, leave(basis, G))
    left = scipy.linalg.norm(G, axis=0)
    rounding = 8 * np.sqrt(len(G)) * EPS * sizes
    is_collinear = left <= np.maximum(COLLINEAR * spread, rounding)
    G[:, is_collinear] = 0
    return G, is_collinear
