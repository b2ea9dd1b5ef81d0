"""V⁻¹ as an operator, for V = s K + t I among the rows of a fit.

V⁻¹ = W Wᵀ and its blocks are had in three ways: by a Cholesky factor or its inverse
(`DenseKinship`), by all eigenvectors of K (`Spectrum`), and by the few that belong to its range
(`LowRankSpectrum`), where a block of any size costs no more than the rank of K.
"""

from __future__ import annotations

from abc import ABC, abstractmethod

import numpy as np
from scipy.linalg import blas, lapack
from sklearn.utils import gen_batches

from ..linalg.definite import NotPositiveDefiniteError, solve_positive_definite
from ..linalg.fortran import multiply, subtract_products, sums_of_squares

ROWS_OF_A_TRANSPOSE = 64
COLUMNS_TO_SOLVE = 10
"""Times the rows: with more of them, the inverse of a triangle pays."""
LARGEST_PRECISION = 1e6
"""On the diagonal of V⁻¹, times the mean of that of V."""


class Precision(ABC):
    """V⁻¹ = W Wᵀ among the rows themselves, of V = s K + t I.

    A `Factor` is that of V = h B + (1 − h) I, rotated.
    """

    @abstractmethod
    def whiten(self, M: np.ndarray, overwrite: bool = False) -> np.ndarray:
        """Wᵀ M; M, if in Fortran order, may be overwritten by it where that is allowed."""

    @abstractmethod
    def whiten_transposed(self, M: np.ndarray) -> np.ndarray:
        """W M"""

    def to_rows(self, M: np.ndarray) -> np.ndarray:
        """O M for whitened columns M, with an orthogonal O: their elements then belong to rows.

        O Wᵀ is lower triangular or symmetric, and nearly the same for nearly the same V.
        """
        return M

    def from_rows(self, M: np.ndarray) -> np.ndarray:
        """OᵀM, whitened columns from those whose elements belong to rows."""
        return M

    def solve(self, M: np.ndarray) -> np.ndarray:
        """V⁻¹ M"""
        return self.whiten_transposed(self.whiten(M))

    @abstractmethod
    def diagonal(self) -> np.ndarray:
        """The diagonal of V⁻¹."""

    @abstractmethod
    def block(self, rows: np.ndarray) -> np.ndarray:
        """The lower triangle of V⁻¹ among these rows, a new array in Fortran order."""

    def solve_block(self, rows: np.ndarray, G: np.ndarray, M: np.ndarray) -> np.ndarray:
        """(V⁻¹ − G Gᵀ)⁻¹ M among these rows, which are those of G and M."""
        block = self.block(rows)
        subtract_products(block, G)
        return solve_positive_definite(block, M)


class Precisions(ABC):
    """V⁻¹ for every s and t of V = s K + t I."""

    @abstractmethod
    def at(self, s: float, t: float) -> Precision:
        """V⁻¹, **valid until the next one is made**."""


class DenseKinship(Precisions):
    """K in full, above the diagonal of an array in which V is factored below it.

    Parameters
    ----------
    K : ndarray of shape (n, n)
        Symmetric, in C order. **It is overwritten.**
    """

    def __init__(self, K: np.ndarray):
        self._array = K.T
        self._diagonal = K.diagonal().copy()
        self._last: CholeskyPrecision | None = None

    def at(self, s: float, t: float) -> CholeskyPrecision:
        if self._last is not None:
            self._last.expire()
        A = self._array
        for rows in gen_batches(len(A), ROWS_OF_A_TRANSPOSE):
            above = np.triu(A[rows, rows], 1)
            A[rows, rows] = above + s * above.T
            np.multiply(A[rows, rows.stop :].T, s, out=A[rows.stop :, rows])
        np.fill_diagonal(A, s * self._diagonal + t)
        L, info = lapack.dpotrf(A, lower=1, clean=0, overwrite_a=1)
        if info > 0:
            raise NotPositiveDefiniteError(f"s K + t I is not positive definite at {s=}, {t=}")
        self._last = CholeskyPrecision(L)
        return self._last

    def regular_precision(self, s: float, t: float) -> Precision | None:
        """V⁻¹, if V is regular by far."""
        try:
            precision = self.at(s, t)
        except NotPositiveDefiniteError:
            return None
        mean_diagonal = s * self._diagonal.mean() + t
        is_regular = precision.diagonal().max() * mean_diagonal <= LARGEST_PRECISION
        return precision if is_regular else None


class CholeskyPrecision(Precision):
    """W = L⁻ᵀ, from the lower triangle of an array.

    It is inverted, in place, when entries of V⁻¹ are asked for, or so many products that solving
    for them, which takes a little longer than multiplying, has taken longer than the inverse.
    """

    def __init__(self, L: np.ndarray):
        self._array: np.ndarray | None = L
        self._is_inverted = False
        self._n_solved = 0

    @property
    def _triangle(self) -> np.ndarray:
        if self._array is None:
            raise RuntimeError("this V⁻¹ was overwritten when the next one was made")
        return self._array

    @property
    def _L_inverse(self) -> np.ndarray:
        if not self._is_inverted:
            self._array, _ = lapack.dtrtri(self._triangle, lower=1, overwrite_c=1)
            self._is_inverted = True
        return self._triangle

    def expire(self) -> None:
        """Its array is another's now."""
        self._array = None

    def whiten(self, M: np.ndarray, overwrite: bool = False) -> np.ndarray:
        return self._multiply(M, 0, overwrite)

    def whiten_transposed(self, M: np.ndarray) -> np.ndarray:
        return self._multiply(M, 1, False)

    def _multiply(self, M: np.ndarray, trans: int, overwrite: bool) -> np.ndarray:
        if not M.size:
            return M.copy()
        self._n_solved += M.shape[1]
        is_many = self._n_solved > COLUMNS_TO_SOLVE * len(self._triangle)
        triangle = self._L_inverse if is_many else self._triangle
        multiply = blas.dtrmm if self._is_inverted else blas.dtrsm
        return multiply(1.0, triangle, M, lower=1, trans_a=trans, overwrite_b=overwrite)

    def diagonal(self) -> np.ndarray:
        columns = (column[row:] for row, column in enumerate(self._L_inverse.T))
        return np.array([np.vdot(column, column) for column in columns])

    def block(self, rows: np.ndarray) -> np.ndarray:
        first = rows.min()
        columns = self._L_inverse.T[rows, first:]
        for column, row in zip(columns, rows, strict=True):
            column[: row - first] = 0
        return blas.dsyrk(1.0, columns.T, trans=1, lower=1)


class Spectrum(Precisions):
    """K = S diag(λ) Sᵀ with a square S, in Fortran order."""

    def __init__(self, S: np.ndarray, eigenvalues: np.ndarray):
        self._S = S
        self._eigenvalues = eigenvalues

    def at(self, s: float, t: float) -> SpectralPrecision:
        return SpectralPrecision(self._S, s * self._eigenvalues + t)


class SpectralPrecision(Precision):
    """W = S diag(d)^(−½)."""

    def __init__(self, S: np.ndarray, variances: np.ndarray):
        self._S = S
        self._deviations = np.sqrt(variances)

    def whiten(self, M: np.ndarray, overwrite: bool = False) -> np.ndarray:
        inside = multiply(self._S, M, trans=1)
        inside /= self._deviations[:, None]
        return inside

    def whiten_transposed(self, M: np.ndarray) -> np.ndarray:
        return multiply(self._S, M / self._deviations[:, None])

    def to_rows(self, M: np.ndarray) -> np.ndarray:
        return multiply(self._S, M)

    def from_rows(self, M: np.ndarray) -> np.ndarray:
        return multiply(self._S, M, trans=1)

    def diagonal(self) -> np.ndarray:
        return sums_of_squares(self._S, 1 / self._deviations)

    def block(self, rows: np.ndarray) -> np.ndarray:
        return blas.dsyrk(1.0, (self._S[rows] / self._deviations).T, trans=1, lower=1)


class LowRankSpectrum(Precisions):
    """K = S diag(λ) Sᵀ with orthonormal columns of S, fewer than rows, in Fortran order."""

    def __init__(self, S: np.ndarray, eigenvalues: np.ndarray):
        self._S = S
        self._eigenvalues = eigenvalues

    def at(self, s: float, t: float) -> LowRankPrecision:
        return LowRankPrecision(self._S, s * self._eigenvalues + t, t)


class LowRankPrecision(Precision):
    """V⁻¹ = (I − F Fᵀ) / t with F = S diag(1 − t/d)^½; W = V^(−½) is symmetric."""

    def __init__(self, S: np.ndarray, variances: np.ndarray, t: float):
        self._S = S
        self._noise = t / variances
        self._shares = 1 - self._noise
        self._t = t

    def whiten(self, M: np.ndarray, overwrite: bool = False) -> np.ndarray:
        shrinkage = 1 - np.sqrt(self._noise)
        inside = multiply(self._S, M, trans=1) * shrinkage[:, None]
        return (M - multiply(self._S, inside)) / np.sqrt(self._t)

    def whiten_transposed(self, M: np.ndarray) -> np.ndarray:
        return self.whiten(M)

    def diagonal(self) -> np.ndarray:
        return (1 - sums_of_squares(self._S, np.sqrt(self._shares))) / self._t

    def block(self, rows: np.ndarray) -> np.ndarray:
        block = np.eye(len(rows), order="F")
        subtract_products(block, self._factor(rows))
        block /= self._t
        return block

    def solve_block(self, rows: np.ndarray, G: np.ndarray, M: np.ndarray) -> np.ndarray:
        """Solve by the smaller of two systems, with C = [F, √t G]:

        (I − C Cᵀ)⁻¹ = I + C (I − CᵀC)⁻¹ Cᵀ
        """
        if len(rows) <= self._S.shape[1] + G.shape[1]:
            return super().solve_block(rows, G, M)
        C = np.hstack([self._factor(rows), np.sqrt(self._t) * G])
        if not C.size:
            return self._t * M
        system = np.eye(C.shape[1], order="F")
        subtract_products(system, C.T)
        inside = solve_positive_definite(system, multiply(C.T, M))
        return self._t * (M + multiply(C.T, inside, trans=1))

    def _factor(self, rows: np.ndarray) -> np.ndarray:
        return self._S[rows] * np.sqrt(self._shares)


def identity_precision(n: int, t: float) -> Precision:
    """V⁻¹ for V = t I: of a K whose range is empty."""
    return LowRankPrecision(np.empty((n, 0), order="F"), np.empty(0), t)
