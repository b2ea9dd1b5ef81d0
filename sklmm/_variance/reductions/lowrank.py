"""K = Z Zᵀ with fewer columns than rows: everything in the space that Z spans.

With Z = 1 z̄ᵀ + Q₁R, Q₁ orthonormal and centred, K acts in the r + 1 dimensions that
[1/√n, Q₁] spans and is zero in all others, where V = (1 − h)I. In these coordinates K is

    C Cᵀ,    C = [√n z̄ᵀ; R]    of shape (r + 1, m),

which the band reduction takes from there (the low-rank result of Lippert et al. 2011).
What the fixed effects and a trait have outside of that space is kept as its length in
directions of their own. No n × n matrix is made, the cost is linear in n, and Z is read
in place.

R comes from a Cholesky factor of the centred ZᵀZ, by half the flops of a QR
factorisation, and Q₁ = (Z − 1z̄ᵀ)R⁻¹ is applied twice, which leaves residuals that are
orthogonal to rounding. Where Z is too near to dependence for that, Householder's
reflectors take its place.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import scipy.linalg
from scipy.linalg import blas, lapack
from sklearn.utils import gen_batches

from ..linalg.products import add_product, is_addressable
from ..linalg.triangular import solve_triangular
from .band import BandReduction
from .base import SINGULAR_AT_1, Factor, Reduction, scale_of
from .null_space import MAGNIFICATION, ResolvedReduction

ROWS_AT_A_TIME = 512
LEAST_PIVOT = 1e-6
"""Of the Cholesky factor, squared, relative to the largest: below, Q₁ is not orthonormal."""


@dataclass
class CholeskyBasis:
    """Q₁ = (Z − 1z̄ᵀ)[:, columns] R₁⁻¹.

    Attributes
    ----------
    R : ndarray of shape (r, m)
    """

    means: np.ndarray
    columns: np.ndarray
    R: np.ndarray

    def project(self, Z: np.ndarray, M: np.ndarray) -> np.ndarray:
        """Q₁ᵀM for centred columns M in Fortran order."""
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

    def _solve(self, M, trans):
        return solve_triangular(self.R[:, self.columns], M, trans=trans)


@dataclass
class HouseholderBasis:
    """[1/√n, Q₁] as the reflectors of a QR factorisation of [1, Z − 1z̄ᵀ]."""

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

    def _apply(self, M, trans):
        workspace = 64 * max(M.shape[1], 1)
        product, _, _ = lapack.dormqr("L", trans, self.reflectors, self.tau, M, workspace)
        return product


@dataclass
class ReducedMarkers:
    """What is kept of Z: its basis and the reduction of K in that basis."""

    basis: CholeskyBasis | HouseholderBasis
    core: np.ndarray
    inner: BandReduction | ResolvedReduction
    scale: float


def reduce_markers(Z: np.ndarray) -> ReducedMarkers:
    """Reduce K = Z Zᵀ; Z of shape (n, m) with m < n is not changed."""
    basis = _cholesky_basis(Z) or _householder_basis(Z)
    core = np.vstack([np.sqrt(len(Z)) * basis.means, basis.R])
    K = blas.dsyrk(1.0, core, lower=1)
    scale = scale_of(K.trace() / len(Z), K)
    return ReducedMarkers(basis, core, BandReduction.of(K, scale), scale)


class LowRankReduction(Reduction):
    """Q = [1/√n, Q₁, complement], in the basis of the band reduction of C Cᵀ.

    Parameters
    ----------
    Z : ndarray of shape (n, m)
    reduced : ReducedMarkers
        Of Z.
    complement_of_X, complement_of_Y : ndarray of shape (n, k)
        Directions outside of what Z spans: those that all traits share, and one for each trait.
    """

    def __init__(
        self,
        Z: np.ndarray,
        reduced: ReducedMarkers,
        complement_of_X: np.ndarray | None = None,
        complement_of_Y: np.ndarray | None = None,
    ):
        self.n = len(Z)
        self.scale = reduced.scale
        self.norm = reduced.inner.norm
        self.mean_diagonal = reduced.inner.mean_diagonal
        is_readable = is_addressable(Z) or is_addressable(Z.T)
        self._Z = Z if is_readable else np.ascontiguousarray(Z)
        self._reduced = reduced
        self._complement_of_X = complement_of_X
        self._complement_of_Y = complement_of_Y
        self._n_shared = 0 if complement_of_X is None else complement_of_X.shape[1]

    def rotate_data(self, X, Y):
        """A trait has one direction of its own beside those of X, which all share."""
        inside, outside = self._split(np.column_stack([X, Y]))
        X_outside, Y_outside = np.split(outside, [X.shape[1]], axis=1)
        X_inside, Y_inside = np.split(inside, [X.shape[1]], axis=1)
        directions, R = np.linalg.qr(X_outside)
        shared = directions.T @ Y_outside
        Y_outside -= directions @ shared
        lengths = scipy.linalg.norm(Y_outside, axis=0)
        own_directions = Y_outside / np.where(lengths, lengths, 1)
        nothing = np.zeros((1, X.shape[1]))
        return (
            LowRankReduction(self._Z, self._reduced, directions, own_directions),
            np.vstack([X_inside, R, nothing]),
            np.vstack([Y_inside, shared, lengths]),
        )

    def rotate_back(self, M, traits=slice(None)):
        inside, outside = self._parts(M)
        coordinates = self._reduced.inner.rotate_back(inside)
        rotated = self._reduced.basis.expand(self._Z, coordinates[1:])
        rotated += coordinates[0] / np.sqrt(self.n)
        rotated += self._complement_of_X @ outside[: self._n_shared]
        return rotated + self._complement_of_Y[:, traits] * outside[self._n_shared :]

    def rotate_relationships(self, relationships):
        """Of new rows given by their markers z: K[new, :] is z Zᵀ, and QᵀZ is C."""
        inside = self._reduced.inner.rotate(self._reduced.core @ relationships.T)
        return np.vstack([inside, np.zeros((self._n_shared + 1, inside.shape[1]))])

    def multiply(self, M):
        inside, outside = self._parts(M)
        return np.vstack([self._reduced.inner.multiply(inside), np.zeros_like(outside)])

    def factor(self, h):
        inner = self._reduced.inner
        return LowRankFactor(inner.factor(h), inner.n, h, self.n - inner.n)

    def resolve(self):
        return self._with(self._reduced.inner.resolve())

    def magnify(self, magnification=MAGNIFICATION):
        return self._with(self._reduced.inner.magnify(magnification))

    def _with(self, inner):
        reduced = replace(self._reduced, inner=inner, scale=inner.scale)
        return LowRankReduction(self._Z, reduced, self._complement_of_X, self._complement_of_Y)

    def of_traits(self, traits):
        if self._complement_of_Y is None:
            return self
        own_directions = self._complement_of_Y[:, traits]
        return LowRankReduction(self._Z, self._reduced, self._complement_of_X, own_directions)

    def turn(self, M):
        inside, outside = self._parts(M)
        return np.vstack([self._reduced.inner.turn(inside), outside])

    @property
    def is_null(self):
        return np.append(self._reduced.inner.is_null, np.ones(self._n_shared + 1, dtype=bool))

    @cached_property
    def definiteness(self):
        is_resolved = isinstance(self._reduced.inner, ResolvedReduction)
        return SINGULAR_AT_1 if is_resolved else super().definiteness

    def exceeds(self, bound):
        return bound < 0 and self._reduced.inner.exceeds(bound)

    def spectrum(self):
        """Of the r + 1 dimensions inside, made orthonormal once more, which R⁻¹ leaves to do."""
        rank = len(self._reduced.core) - 1
        frame = np.empty((self.n, rank + 1), order="F")
        frame[:, 0] = 1 / np.sqrt(self.n)
        frame[:, 1:] = self._reduced.basis.expand(self._Z, np.eye(rank, order="F"))
        L, _ = lapack.dpotrf(blas.dsyrk(1.0, frame, trans=1, lower=1), lower=1)
        core = blas.dtrmm(1.0, L, self._reduced.core, lower=1, trans_a=1)
        variances, E = scipy.linalg.eigh(blas.dsyrk(1.0, core, lower=1))
        S = blas.dgemm(1.0, frame, solve_triangular(L.T, E))
        return S, np.maximum(variances, 0) / self.scale

    def mean_relationship(self):
        return self.n * float(np.sum(self._reduced.basis.means**2)) / self.scale

    def release(self):
        self._reduced = replace(self._reduced, basis=None)
        self._Z = self._complement_of_X = self._complement_of_Y = None

    def _parts(self, M):
        return np.split(M, [self._reduced.inner.n])

    def _split(self, M):
        """Coordinates in the space that Z and 1 span, and what is outside of it."""
        outside = np.array(M, order="F")
        mean, within = np.zeros(M.shape[1]), np.zeros((len(self._reduced.core) - 1, M.shape[1]))
        for _ in range(2):
            shift = outside.mean(axis=0)
            outside -= shift
            coordinates = self._reduced.basis.project(self._Z, outside)
            outside -= self._reduced.basis.expand(self._Z, coordinates)
            mean += shift
            within += coordinates
        inside = np.vstack([np.sqrt(self.n) * mean, within])
        return self._reduced.inner.rotate(inside), outside


class LowRankFactor(Factor):
    """V, which is (1 − h)I in the dimensions outside of the inner reduction."""

    def __init__(self, inner: Factor, n_inside: int, h: float, n_outside: int):
        self._inner = inner
        self._n_inside = n_inside
        self._n_outside = n_outside
        self._variance = 1 - h
        self.logdet = inner.logdet + n_outside * np.log(self._variance)

    def whiten(self, M):
        inside, outside = np.split(M, [self._n_inside])
        return np.vstack([self._inner.whiten(inside), outside / np.sqrt(self._variance)])

    def whiten_transposed(self, M):
        inside, outside = np.split(M, [self._n_inside])
        whitened = self._inner.whiten_transposed(inside)
        return np.vstack([whitened, outside / np.sqrt(self._variance)])

    def logdet_slope(self):
        return self._inner.logdet_slope() - self._n_outside / self._variance


def _cholesky_basis(Z):
    """None where the columns of Z are nearly, but not to rounding, dependent."""
    means = Z.mean(axis=0)
    products = np.zeros((Z.shape[1], Z.shape[1]), order="F")
    for rows in gen_batches(len(Z), ROWS_AT_A_TIME):
        centred = np.subtract(Z[rows], means, order="C")
        products = blas.dsyrk(1.0, centred.T, 1.0, products, lower=1, overwrite_c=1)
    size = np.sqrt(np.diagonal(products) / len(Z))
    _clear(products, size <= _rounding_of(means, len(Z)))
    L, pivots, rank, _ = lapack.dpstrf(products, lower=1, overwrite_a=1)
    R = np.tril(L)[:, :rank].T
    diagonal = np.diagonal(R) ** 2
    if rank and diagonal.min() < LEAST_PIVOT * diagonal.max():
        return None
    unpivoted = np.empty((rank, Z.shape[1]))
    unpivoted[:, pivots - 1] = R
    return CholeskyBasis(means, pivots[:rank] - 1, unpivoted)


def _householder_basis(Z):
    n, m = Z.shape
    means = Z.mean(axis=0)
    columns = np.ones((n, 1 + m), order="F")
    centred = np.subtract(Z, means, out=columns[:, 1:])
    centred[:, np.abs(centred).max(axis=0) <= _rounding_of(means, n)] = 0
    (reflectors, tau), R = scipy.linalg.qr(
        columns, mode="raw", overwrite_a=True, check_finite=False
    )
    return HouseholderBasis(means, reflectors, tau, R[1 : 1 + m, 1:])


def _rounding_of(means, n):
    """What a constant column can leave after its mean is subtracted."""
    return n * np.finfo(float).eps * np.abs(means)


def _clear(products, columns):
    products[columns] = 0
    products[:, columns] = 0
