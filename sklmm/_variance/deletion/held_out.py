"""Errors of held-out samples in closed form: what a fit without them would predict.

At a given V = s K + t I, with b estimated anew without the samples B,

    y_B − ŷ_B = (P_BB)⁻¹ (P y)_B,    P = V⁻¹ − G Gᵀ,    G = V⁻¹X R⁻¹,    RᵀR = XᵀV⁻¹X

(Dubrule 1983; Haslett 1999). A factor of V cancels. What it takes is V⁻¹ = W Wᵀ and its
blocks, for which there are three ways: the inverse of a Cholesky factor (`DenseKinship`),
all eigenvectors of K (`Spectrum`), and the few that belong to its range (`LowRankSpectrum`),
where a held-out set of any size costs no more than the rank of K.
"""

from __future__ import annotations

from abc import ABC, abstractmethod

import numpy as np
import scipy.linalg
from scipy.linalg import blas, lapack
from sklearn.utils import gen_batches

from ..linalg.triangular import solve_triangular
from ..reductions.base import NotPositiveDefiniteError

ROWS_AT_A_TIME = 512
ROWS_OF_A_TRANSPOSE = 64
FEW_COLUMNS = 4
LARGEST_PRECISION = 1e6
LEAST_LEFT = 1e-3
"""Of the smallest eigenvalue of XᵀX, without the rows of B; below, P_BB loses its digits."""


class Precision(ABC):
    """V⁻¹ = W Wᵀ."""

    @abstractmethod
    def whiten(self, M: np.ndarray) -> np.ndarray:
        """Wᵀ M"""

    @abstractmethod
    def whiten_transposed(self, M: np.ndarray) -> np.ndarray:
        """W M"""

    @abstractmethod
    def diagonal(self) -> np.ndarray:
        """Of V⁻¹."""

    @abstractmethod
    def block(self, rows: np.ndarray) -> np.ndarray:
        """The lower triangle of V⁻¹ among these rows, a new array in Fortran order."""

    def solve_block(self, rows: np.ndarray, G: np.ndarray, M: np.ndarray) -> np.ndarray:
        """(V⁻¹ − G Gᵀ)⁻¹ M among these rows, which are those of G and M."""
        block = self.block(rows)
        _subtract_products(block, G)
        return _solve_positive_definite(block, M)


class DenseKinship:
    """K in full, above the diagonal of an array in which V is factored below it.

    Parameters
    ----------
    K : ndarray of shape (n, n)
        Symmetric, in C order. **It is overwritten.**
    """

    def __init__(self, K: np.ndarray):
        self._array = K.T
        self._diagonal = K.diagonal().copy()

    def precision(self, s: float, t: float) -> Precision:
        """V⁻¹, valid until the next one is made."""
        A = self._array
        for rows in gen_batches(len(A), ROWS_OF_A_TRANSPOSE):
            above = np.triu(A[rows, rows], 1)
            A[rows, rows] = above + s * above.T
            np.multiply(A[rows, rows.stop :].T, s, out=A[rows.stop :, rows])
        np.fill_diagonal(A, s * self._diagonal + t)
        L, info = lapack.dpotrf(A, lower=1, clean=0, overwrite_a=1)
        if info > 0:
            raise NotPositiveDefiniteError(f"s K + t I is not positive definite at {s=}, {t=}")
        L_inverse, _ = lapack.dtrtri(L, lower=1, overwrite_c=1)
        return CholeskyPrecision(L_inverse)

    def regular_precision(self, s: float, t: float) -> Precision | None:
        """V⁻¹, if V, of a mean diagonal of about 1, is regular by far."""
        try:
            precision = self.precision(s, t)
        except NotPositiveDefiniteError:
            return None
        return precision if precision.diagonal().max() <= LARGEST_PRECISION else None


class CholeskyPrecision(Precision):
    """W = L⁻ᵀ, from the lower triangle of an array."""

    def __init__(self, L_inverse: np.ndarray):
        self._L_inverse = L_inverse

    def whiten(self, M):
        return blas.dtrmm(1.0, self._L_inverse, M, lower=1) if M.size else M.copy()

    def whiten_transposed(self, M):
        return blas.dtrmm(1.0, self._L_inverse, M, lower=1, trans_a=1) if M.size else M.copy()

    def diagonal(self):
        columns = (column[row:] for row, column in enumerate(self._L_inverse.T))
        return np.array([np.vdot(column, column) for column in columns])

    def block(self, rows):
        first = rows.min()
        columns = self._L_inverse.T[rows, first:]
        for column, row in zip(columns, rows, strict=True):
            column[: row - first] = 0
        return blas.dsyrk(1.0, columns.T, trans=1, lower=1)


class Spectrum:
    """K = S diag(λ) Sᵀ with a square S, in Fortran order."""

    def __init__(self, S: np.ndarray, eigenvalues: np.ndarray):
        self._S = S
        self._eigenvalues = eigenvalues

    def precision(self, s: float, t: float) -> Precision:
        return SpectralPrecision(self._S, s * self._eigenvalues + t)


class SpectralPrecision(Precision):
    """W = S diag(d)^(−½)."""

    def __init__(self, S: np.ndarray, variances: np.ndarray):
        self._S = S
        self._deviations = np.sqrt(variances)

    def whiten(self, M):
        return _multiply(self._S, M, trans=1) / self._deviations[:, None]

    def whiten_transposed(self, M):
        return _multiply(self._S, M / self._deviations[:, None])

    def diagonal(self):
        return _sums_of_squares(self._S, 1 / self._deviations)

    def block(self, rows):
        return blas.dsyrk(1.0, (self._S[rows] / self._deviations).T, trans=1, lower=1)


class LowRankSpectrum:
    """K = S diag(λ) Sᵀ with orthonormal columns of S, fewer than rows, in Fortran order."""

    def __init__(self, S: np.ndarray, eigenvalues: np.ndarray):
        self._S = S
        self._eigenvalues = eigenvalues

    def precision(self, s: float, t: float) -> Precision:
        return LowRankPrecision(self._S, s * self._eigenvalues + t, t)


class LowRankPrecision(Precision):
    """V⁻¹ = (I − F Fᵀ) / t with F = S diag(1 − t/d)^½; W = V^(−½) is symmetric."""

    def __init__(self, S: np.ndarray, variances: np.ndarray, t: float):
        self._S = S
        self._shares = 1 - t / variances
        self._t = t

    def whiten(self, M):
        shrinkage = 1 - np.sqrt(1 - self._shares)
        inside = _multiply(self._S, M, trans=1) * shrinkage[:, None]
        return (M - _multiply(self._S, inside)) / np.sqrt(self._t)

    whiten_transposed = whiten

    def diagonal(self):
        return (1 - _sums_of_squares(self._S, np.sqrt(self._shares))) / self._t

    def block(self, rows):
        block = np.eye(len(rows), order="F")
        _subtract_products(block, self._factor(rows))
        block /= self._t
        return block

    def solve_block(self, rows, G, M):
        """By the smaller of two systems, with C = [F, √t G]:

        (I − C Cᵀ)⁻¹ = I + C (I − CᵀC)⁻¹ Cᵀ
        """
        if len(rows) <= self._S.shape[1] + G.shape[1]:
            return super().solve_block(rows, G, M)
        C = np.hstack([self._factor(rows), np.sqrt(self._t) * G])
        if not C.size:
            return self._t * M
        system = np.eye(C.shape[1], order="F")
        _subtract_products(system, C.T)
        inside = _solve_positive_definite(system, _multiply(C.T, M))
        return self._t * (M + _multiply(C.T, inside, trans=1))

    def _factor(self, rows):
        return self._S[rows] * np.sqrt(self._shares)


def identity_precision(n: int, t: float) -> Precision:
    """V⁻¹ for V = t I: of a K whose range is empty."""
    return LowRankPrecision(np.empty((n, 0), order="F"), np.empty(0), t)


class HeldOut:
    """Held-out samples of some traits, which share V.

    Parameters
    ----------
    precision : Precision
    X : ndarray of shape (n, p)
        Orthonormal columns.
    Y : ndarray of shape (n, n_traits)
    """

    def __init__(self, precision: Precision, X: np.ndarray, Y: np.ndarray):
        self._precision = precision
        X = np.asfortranarray(X)
        whitened = precision.whiten(X)
        if X.shape[1]:
            self._Q, self._R = scipy.linalg.qr(whitened, mode="economic")
        else:
            self._Q, self._R = whitened, np.empty((0, 0))
        self._G = precision.whiten_transposed(self._Q)
        _, self._PY = self.solve(Y - _multiply(X, _multiply(X, Y, trans=1)))

    def solve(self, Y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """b, the coefficients of X, and V⁻¹(Y − X b) = P Y."""
        whitened = self._precision.whiten(Y)
        explained = _multiply(self._Q, whitened, trans=1)
        b = solve_triangular(self._R, explained)
        return b, self._precision.whiten_transposed(whitened - _multiply(self._Q, explained))

    def errors(self, sets: list[np.ndarray]) -> np.ndarray:
        """Y_B − Ŷ_B of every held-out set B, one below the other."""
        sizes = np.array([len(rows) for rows in sets], dtype=int)
        ends = np.cumsum(sizes)
        errors = np.empty((ends[-1] if len(ends) else 0, self._PY.shape[1]))
        if (sizes == 1).any():
            alone = np.array([rows[0] for rows in sets if len(rows) == 1])
            errors[ends[sizes == 1] - 1] = self._errors_one_by_one(alone)
        for number in np.flatnonzero(sizes > 1):
            rows, end = sets[number], ends[number]
            errors[end - len(rows) : end] = self._precision.solve_block(
                rows, self._G[rows], self._PY[rows]
            )
        return errors

    def _errors_one_by_one(self, rows):
        diagonal = self._precision.diagonal() - np.einsum("ij,ij->i", self._G, self._G)
        return self._PY[rows] / diagonal[rows, None]


def can_be_held_out(X: np.ndarray, sets: list[np.ndarray]) -> np.ndarray:
    """Whether the other rows of an orthonormal X determine b and leave something for v.

    Returns
    -------
    ndarray of bool of shape (len(sets),)
    """
    n, p = X.shape
    lost = np.array([X[rows].T @ X[rows] for rows in sets]).reshape(len(sets), p, p)
    left = 1 - np.linalg.eigvalsh(lost).max(axis=1, initial=0.0)
    n_left = n - np.array([len(rows) for rows in sets], dtype=int)
    return (left >= LEAST_LEFT) & (n_left > max(p, 1))


def _multiply(A, M, trans=0):
    """A M or AᵀM for A in Fortran order, by scipy's BLAS, whose dgemm would copy A first."""
    if M.shape[1] > FEW_COLUMNS and A.size:
        return blas.dgemm(1.0, A, M, trans_a=trans)
    product = np.zeros((A.shape[trans], M.shape[1]), order="F")
    for column in range(M.shape[1] if A.size else 0):
        product[:, column] = blas.dgemv(1.0, A, M[:, column], trans=trans)
    return product


def _sums_of_squares(S, weights):
    """Of each row of S diag(weights)."""
    batches = gen_batches(len(S), ROWS_AT_A_TIME)
    return np.concatenate([np.einsum("ij,ij->i", S[b] * weights, S[b] * weights) for b in batches])


def _subtract_products(A, G):
    """A −= G Gᵀ, in the lower triangle of A, which is in Fortran order."""
    if G.size:
        blas.dsyrk(-1.0, G, 1.0, A, lower=1, overwrite_c=1)


def _solve_positive_definite(A, M):
    """A⁻¹M from the lower triangle of A, which is overwritten."""
    _, solution, info = lapack.dposv(A, M, lower=1, overwrite_a=1)
    if info > 0:
        raise NotPositiveDefiniteError("the covariance of held-out errors is not definite")
    return solution
