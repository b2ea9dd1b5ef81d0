"""K = Z Zᵀ with fewer columns than rows: everything in the space that Z spans.

With Z = 1 z̄ᵀ + Q₁R, Q₁ orthonormal and centered, K acts in the r + 1 dimensions that
[1/√n, Q₁] spans and is zero in all others, where V = (1 − h)I. In these coordinates K is

    C Cᵀ,    C = [√n z̄ᵀ; R]    of shape (r + 1, m),

which the band reduction takes from there (the low-rank result of Lippert et al. 2011).
What the fixed effects and a trait have outside of that space is kept as its length in
directions of their own. No n × n matrix is made, the cost is linear in n, and Z is read
in place.

R comes from a Cholesky factor of the centered ZᵀZ, by half the flops of a QR
factorization, and Q₁ = (Z − 1z̄ᵀ)R⁻¹ is applied twice, which leaves residuals that are
orthogonal to rounding. Where Z is too near to dependence for that, Householder's
reflectors take its place.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import scipy.linalg
from scipy.linalg import blas, lapack

from ..linalg.batches import row_batches
from ..linalg.products import add_product, is_addressable
from ..linalg.triangular import solve_triangular
from .band import BandReduction
from .base import (
    SINGULAR_AT_1,
    BackRotation,
    Definiteness,
    Factor,
    RelatedRows,
    RotatedData,
    Solver,
    SquareReduction,
    scale_of,
)
from .precision import LowRankSpectrum, Precisions

MIN_PIVOT = 1e-6
"""Of the Cholesky factor, squared, relative to the largest: below, Q₁ is not orthonormal."""


@dataclass
class CholeskyQ1:
    """Q₁ = (Z − 1z̄ᵀ)[:, columns] R₁⁻¹.

    Attributes
    ----------
    R : ndarray of shape (r, m)
    """

    means: np.ndarray
    columns: np.ndarray
    R: np.ndarray

    def project(self, Z: np.ndarray, M: np.ndarray) -> np.ndarray:
        """Q₁ᵀM for centered columns M in Fortran order."""
        products = np.zeros((Z.shape[1], M.shape[1]), order="F")
        add_product(products, Z.T, M)
        return self._solve(products[self.columns], trans="T")

    def expand(self, Z: np.ndarray, coordinates: np.ndarray) -> np.ndarray:
        """Q₁ times coordinates."""
        effects = np.zeros((Z.shape[1], coordinates.shape[1]), order="F")
        effects[self.columns] = self._solve(coordinates, trans="N")
        expanded = np.empty((len(Z), coordinates.shape[1]), order="F")
        expanded[:] = -(self.means @ effects)
        add_product(expanded, Z, effects)
        return expanded

    def _solve(self, M: np.ndarray, trans: str) -> np.ndarray:
        return solve_triangular(self.R[:, self.columns], M, trans=trans)


@dataclass
class HouseholderQ1:
    """[1/√n, Q₁] as the reflectors of a QR factorization of [1, Z − 1z̄ᵀ]."""

    means: np.ndarray
    reflectors: np.ndarray
    tau: np.ndarray
    R: np.ndarray

    def project(self, Z: np.ndarray, M: np.ndarray) -> np.ndarray:
        """Q₁ᵀM"""
        return self._apply(M, trans="T")[1 : 1 + len(self.R)]

    def expand(self, Z: np.ndarray, coordinates: np.ndarray) -> np.ndarray:
        """Q₁ times coordinates."""
        padded = np.zeros((len(self.reflectors), coordinates.shape[1]), order="F")
        padded[1 : 1 + len(self.R)] = coordinates
        return self._apply(padded, trans="N")

    def _apply(self, M: np.ndarray, trans: str) -> np.ndarray:
        workspace = 64 * max(M.shape[1], 1)
        product, _, _ = lapack.dormqr("L", trans, self.reflectors, self.tau, M, workspace)
        return product


class LowRankReduction(Solver):
    """Q = [1/√n, Q₁, complement], times the Q of the band reduction of C Cᵀ.

    Parameters
    ----------
    n : int
    Q1 : CholeskyQ1 or HouseholderQ1
    core : ndarray of shape (r + 1, m)
        C
    inner : SquareReduction
        Of C Cᵀ.
    n_rotated_outside : int
        Number of rows that rotated data have for directions outside of what Z spans: those that
        all traits share, and one for that of each trait itself.
    """

    has_spectrum = True
    uses_relationships = False

    def __init__(
        self,
        n: int,
        Q1: CholeskyQ1 | HouseholderQ1,
        core: np.ndarray,
        inner: SquareReduction,
        n_rotated_outside: int = 0,
    ):
        self.n = n
        self.scale = inner.scale
        self.norm = inner.norm
        self.magnification = inner.magnification
        self.Q1 = Q1
        self._core = core
        self.inner = inner
        self._n_rotated_outside = n_rotated_outside

    @staticmethod
    def check(n: int, n_markers: int | None) -> None:
        if n_markers is None or n_markers >= n:
            given = (
                "K is not Z Z'" if n_markers is None else f"Z has {n_markers} columns and {n} rows"
            )
            raise ValueError(
                "solver='lowrank' is for kernel='linear' with fewer columns of X than rows, but "
                f"{given}. Use solver='auto'."
            )

    @staticmethod
    def matrix(rows: RelatedRows) -> np.ndarray:
        return rows.markers()

    @classmethod
    def from_matrix(cls, Z: np.ndarray) -> LowRankReduction:
        """K = Z Zᵀ; Z of shape (n, m) with m < n is not changed."""
        Q1 = _cholesky_Q1(Z) or _householder_Q1(Z)
        core = np.vstack([np.sqrt(len(Z)) * Q1.means, Q1.R])
        K = blas.dsyrk(1.0, core, lower=1)
        scale = scale_of(K.trace() / len(Z), K)
        return cls(len(Z), Q1, core, BandReduction.reduce(K, scale))

    def rotate_data(self, X: np.ndarray, Y: np.ndarray, rows: RelatedRows) -> RotatedData:
        """A trait has one direction of its own beside those of X, which all share."""
        Z = _addressable(rows.markers())
        inside, outside = self._split(Z, np.column_stack([X, Y]))
        X_outside, Y_outside = np.split(outside, [X.shape[1]], axis=1)
        X_inside, Y_inside = np.split(inside, [X.shape[1]], axis=1)
        directions, R = np.linalg.qr(X_outside)
        shared = directions.T @ Y_outside
        Y_outside -= directions @ shared
        lengths = scipy.linalg.norm(Y_outside, axis=0)
        own_directions = Y_outside / np.where(lengths, lengths, 1)
        nothing = np.zeros((1, X.shape[1]))
        return RotatedData(
            LowRankReduction(self.n, self.Q1, self._core, self.inner, len(R) + 1),
            np.vstack([X_inside, R, nothing]),
            np.vstack([Y_inside, shared, lengths]),
            LowRankBackRotation(Z, self.Q1, directions, own_directions),
        )

    def relate(self, rows: RelatedRows) -> np.ndarray:
        """K[rows, train] is Z[rows] Zᵀ, and QᵀZ is C."""
        inside = self.inner.rotate(self._core @ rows.markers().T)
        return np.vstack([inside, np.zeros((self._n_rotated_outside, inside.shape[1]))])

    def multiply(self, M: np.ndarray) -> np.ndarray:
        inside, outside = self._parts(M)
        return np.vstack([self.inner.multiply(inside), np.zeros_like(outside)])

    def factor(self, h: float) -> LowRankFactor:
        return LowRankFactor(self.inner.factor(h), self.inner.n, h, self.n - self.inner.n)

    def resolve(self) -> LowRankReduction:
        return self._with(self.inner.resolve())

    def magnify(self, magnification: float) -> LowRankReduction:
        return self._with(self.inner.magnify(magnification))

    def _with(self, inner: SquareReduction) -> LowRankReduction:
        return LowRankReduction(self.n, self.Q1, self._core, inner, self._n_rotated_outside)

    def turn(self, M: np.ndarray) -> np.ndarray:
        inside, outside = self._parts(M)
        return np.vstack([self.inner.turn(inside), outside])

    @property
    def is_null(self) -> np.ndarray:
        return np.append(self.inner.is_null, np.ones(self._n_rotated_outside, dtype=bool))

    @cached_property
    def definiteness(self) -> Definiteness:
        return SINGULAR_AT_1 if self.inner.has_exact_null_space else super().definiteness

    def exceeds(self, bound: float) -> bool:
        return bound < 0 and self.inner.exceeds(bound)

    def spectrum(self, rows: RelatedRows) -> tuple[np.ndarray, np.ndarray]:
        """Eigenvectors of the r + 1 dimensions inside, made orthonormal again after R⁻¹."""
        rank = len(self._core) - 1
        frame = np.empty((self.n, rank + 1), order="F")
        frame[:, 0] = 1 / np.sqrt(self.n)
        Z = _addressable(rows.markers())
        frame[:, 1:] = self.Q1.expand(Z, np.eye(rank, order="F"))
        L, _ = lapack.dpotrf(blas.dsyrk(1.0, frame, trans=1, lower=1), lower=1)
        core = blas.dtrmm(1.0, L, self._core, lower=1, trans_a=1)
        variances, E = scipy.linalg.eigh(blas.dsyrk(1.0, core, lower=1))
        S = blas.dgemm(1.0, frame, solve_triangular(L.T, E))
        return S, np.maximum(variances, 0) / self.scale

    def precisions(self, rows: RelatedRows) -> Precisions:
        S, eigenvalues = self.spectrum(rows)
        eigenvalues[eigenvalues <= self.rounding] = 0
        return LowRankSpectrum(S, eigenvalues * self.scale)

    def mean_relationship(self) -> float:
        return self.n * float(np.sum(self.Q1.means**2)) / self.scale

    def _parts(self, M: np.ndarray) -> list[np.ndarray]:
        return np.split(M, [self.inner.n])

    def _split(self, Z: np.ndarray, M: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Coordinates in the space that Z and 1 span, and what is outside of it."""
        outside = np.array(M, order="F")
        mean, within = np.zeros(M.shape[1]), np.zeros((len(self._core) - 1, M.shape[1]))
        for _ in range(2):
            shift = outside.mean(axis=0)
            outside -= shift
            coordinates = self.Q1.project(Z, outside)
            outside -= self.Q1.expand(Z, coordinates)
            mean += shift
            within += coordinates
        inside = np.vstack([np.sqrt(self.n) * mean, within])
        return self.inner.rotate(inside), outside


class LowRankBackRotation(BackRotation):
    """Q, from Z and the directions outside of what it spans, which are not saved.

    Parameters
    ----------
    Z : ndarray of shape (n, m)
    Q1 : CholeskyQ1 or HouseholderQ1
    shared, own : ndarray of shape (n, k)
        The directions that all traits share, and one for each trait.
    """

    def __init__(
        self,
        Z: np.ndarray,
        Q1: CholeskyQ1 | HouseholderQ1,
        shared: np.ndarray,
        own: np.ndarray,
    ):
        self._Z = Z
        self._Q1 = Q1
        self._shared = shared
        self._own = own

    def __getstate__(self) -> dict[str, None]:
        return dict.fromkeys(self.__dict__)

    def __deepcopy__(self, memo: dict) -> LowRankBackRotation:
        return self

    def apply(self, reduction: Any, M: np.ndarray) -> np.ndarray:
        if self._Z is None:
            raise ValueError("A saved model does not hold X of fit. Fit again.")
        inside, shared, own = np.split(M, [reduction.inner.n, len(M) - 1])
        coordinates = reduction.inner.rotate_back(inside)
        rotated = self._Q1.expand(self._Z, coordinates[1:])
        rotated += coordinates[0] / np.sqrt(len(rotated))
        rotated += self._shared @ shared
        rotated += self._own * own
        return rotated

    def select_traits(self, traits: np.ndarray | slice) -> LowRankBackRotation:
        if self._Z is None:
            return self  # which says so where it is asked
        return LowRankBackRotation(self._Z, self._Q1, self._shared, self._own[:, traits])


class LowRankFactor(Factor):
    """V, which is (1 − h)I in the n_null of all n dimensions outside of the inner reduction."""

    def __init__(self, inner: Factor, n_inside: int, h: float, n_null: int):
        self._inner = inner
        self._n_inside = n_inside
        self._n_null = n_null
        self._variance = 1 - h
        self.logdet = inner.logdet + n_null * np.log(self._variance)

    def whiten(self, M: np.ndarray) -> np.ndarray:
        inside, outside = np.split(M, [self._n_inside])
        return np.vstack([self._inner.whiten(inside), outside / np.sqrt(self._variance)])

    def whiten_transposed(self, M: np.ndarray) -> np.ndarray:
        inside, outside = np.split(M, [self._n_inside])
        whitened = self._inner.whiten_transposed(inside)
        return np.vstack([whitened, outside / np.sqrt(self._variance)])

    def logdet_slope(self) -> float:
        return self._inner.logdet_slope() - self._n_null / self._variance


def _cholesky_Q1(Z: np.ndarray) -> CholeskyQ1 | None:
    """None where the columns of Z are nearly, but not to rounding, dependent."""
    means = Z.mean(axis=0)
    products = np.zeros((Z.shape[1], Z.shape[1]), order="F")
    for rows in row_batches(len(Z)):
        centered = np.subtract(Z[rows], means, order="C")
        products = blas.dsyrk(1.0, centered.T, 1.0, products, lower=1, overwrite_c=1)
    size = np.sqrt(np.diagonal(products) / len(Z))
    _clear(products, size <= _rounding_of(means, len(Z)))
    L, pivots, rank, _ = lapack.dpstrf(products, lower=1, overwrite_a=1)
    R = np.tril(L)[:, :rank].T
    diagonal = np.diagonal(R) ** 2
    if rank and diagonal.min() < MIN_PIVOT * diagonal.max():
        return None
    unpivoted = np.empty((rank, Z.shape[1]))
    unpivoted[:, pivots - 1] = R
    return CholeskyQ1(means, pivots[:rank] - 1, unpivoted)


def _householder_Q1(Z: np.ndarray) -> HouseholderQ1:
    n, m = Z.shape
    means = Z.mean(axis=0)
    columns = np.ones((n, 1 + m), order="F")
    centered = np.subtract(Z, means, out=columns[:, 1:])
    centered[:, np.abs(centered).max(axis=0) <= _rounding_of(means, n)] = 0
    (reflectors, tau), R = scipy.linalg.qr(
        columns, mode="raw", overwrite_a=True, check_finite=False
    )
    return HouseholderQ1(means, reflectors, tau, R[1 : 1 + m, 1:])


def _rounding_of(means: np.ndarray, n: int) -> np.ndarray:
    """What a constant column can leave after its mean is subtracted."""
    return n * np.finfo(float).eps * np.abs(means)


def _clear(products: np.ndarray, columns: np.ndarray) -> None:
    products[columns] = 0
    products[:, columns] = 0


def _addressable(Z: np.ndarray) -> np.ndarray:
    is_readable = is_addressable(Z) or is_addressable(Z.T)
    return Z if is_readable else np.ascontiguousarray(Z)
