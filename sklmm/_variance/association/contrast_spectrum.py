"""K beside the fixed effects: the eigenvectors of what they leave of it.

With A an orthonormal basis of what is orthogonal to X, and AᵀKA = scale · U diag(δ) Uᵀ,

    P = A U diag(h δ + 1 − h)⁻¹ UᵀAᵀ,    log|V| + log|XᵀV⁻¹X| = Σ log(h δ + 1 − h),

for V = h K / scale + (1 − h) I and orthonormal X. For every h, gᵀPg is then a sum of squares
that are divided by positive numbers: no projection, and no rounding errors next to h = 1, since
a δ of 0 belongs to what neither K nor X can explain.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple, Protocol

import numpy as np
import scipy.linalg
from scipy.linalg import lapack

from ..likelihood.scale import rescale
from ..linalg.drivers import choose_driver
from ..linalg.fortran import multiply
from ..linalg.products import add_product
from ..linalg.reflectors import apply_reflector, reflect_both_sides, triangularize
from ..reductions.base import scale_of

REFLECTORS_AT_A_TIME = 64
OF_THE_CONSTANT = 1e-12
"""Of 1, what rounding leaves beside fixed effects that span it."""


class Contrasts(NamedTuple):
    """Columns M, of shape (n, m), that are orthogonal to X.

    Attributes
    ----------
    columns : ndarray of shape (n, m)
        M
    inside : ndarray of shape (r, m)
        UᵀAᵀM
    squares_outside : ndarray of shape (m,)
        Sums of squares of what is outside of the range of U.
    """

    columns: np.ndarray
    inside: np.ndarray
    squares_outside: np.ndarray


class _Eigenvectors(Protocol):
    def transform(self, M: np.ndarray) -> np.ndarray:
        """UᵀAᵀM, a new array."""

    def leave(self, M: np.ndarray, inside: np.ndarray) -> np.ndarray:
        """What U leaves of M, given UᵀAᵀM: a new array."""


@dataclass(frozen=True, eq=False)
class ContrastSpectrum:
    """Eigenvalues and eigenvectors of AᵀKA.

    Attributes
    ----------
    basis : ndarray of shape (n, p)
        Orthonormal columns that span X.
    scale : float
        Mean diagonal of K.
    largest_h : float
        The largest h at which V is positive semidefinite, on the scale on which K has a mean
        diagonal of 1; V is σ B + (1 − σ) I with σ = h / largest_h and
        B = largest_h K / scale + (1 − largest_h) I.
    eigenvalues : ndarray of shape (r,)
        Of AᵀBA, none negative; those of the size of rounding errors are 0.
    n_outside : int
        How many further eigenvalues are 0.
    border : ndarray of shape (r, p)
        UᵀAᵀBX
    beside : ndarray of shape (p, k)
        A factor of what of XᵀBX the contrasts do not explain, which is its product with its
        transpose; k is less than p by what of X lies in the null space of B.
    """

    basis: np.ndarray
    scale: float
    largest_h: float
    eigenvalues: np.ndarray
    n_outside: int
    border: np.ndarray
    beside: np.ndarray
    eigenvectors: _Eigenvectors

    @classmethod
    def from_kinship(
        cls, K: np.ndarray, basis: np.ndarray, n_markers: int | None = None
    ) -> ContrastSpectrum:
        """Decompose all relationships beside X.

        Parameters
        ----------
        K : ndarray of shape (n, n)
            Symmetric, in any order, which is overwritten.
        basis : ndarray of shape (n, p)
        n_markers : int, optional
            How many columns are going to be transformed. Where they are fewer than n, the
            eigenvectors are kept as the factors that they are made of, which costs less.
        """
        n, p = basis.shape
        scale = scale_of(K.trace() / n, K)
        K = K if K.flags.f_contiguous else K.T
        K /= scale
        constant = _take_constant(K, basis)
        reflector = _reflector_of(basis)
        if p:
            reflect_both_sides(K, *reflector)
        corner, border = np.tril(K[:p, :p]), np.array(K[p:, :p], order="F")
        corner += np.tril(corner, -1).T
        inside = np.array(K[p:, p:], order="F")
        del K
        is_factored = n_markers is not None and n_markers < n - p
        eigenvalues, U = (_factored_eigh if is_factored else _eigh)(inside)
        border = U.transform(border)
        if p:
            signs = basis.T @ apply_reflector(*reflector, np.eye(n, p, order="F"), trans="N")
            means = basis.sum(axis=0)
            corner = signs @ corner @ signs.T + constant * np.outer(means, means)
            border = border @ signs.T
        vectors = _DenseEigenvectors(reflector, p, U)
        return cls._definite(basis, scale, eigenvalues, corner, border, vectors)

    @classmethod
    def from_low_rank(
        cls, S: np.ndarray, eigenvalues: np.ndarray, basis: np.ndarray
    ) -> ContrastSpectrum:
        """Decompose K = S diag(eigenvalues) Sᵀ with few columns of S, and no negative eigenvalue.

        Parameters
        ----------
        S : ndarray of shape (n, r)
        eigenvalues : ndarray of shape (r,)
        basis : ndarray of shape (n, p)
        """
        n, p = basis.shape
        has_variance = eigenvalues > 0
        factor = S[:, has_variance] * np.sqrt(eigenvalues[has_variance])
        trace = float(np.sum(factor**2))
        scale = trace / n if trace else 1.0
        factor /= np.sqrt(scale)
        of_X = basis.T @ factor
        for _ in range(2):
            factor -= basis @ (basis.T @ factor)
        U, sizes, right = scipy.linalg.svd(factor, full_matrices=False)
        keep = sizes > max(n, len(sizes)) * np.finfo(float).eps * sizes.max(initial=0)
        keep[n - p :] = False
        U, sizes, right = np.asfortranarray(U[:, keep]), sizes[keep], right[keep]
        border = sizes[:, None] * (right @ of_X.T)
        n_outside = n - p - len(sizes)
        vectors = _FewEigenvectors(U)
        of_X -= (of_X @ right.T) @ right
        beside = _factor_of(of_X @ of_X.T, _rounding_of(sizes**2))
        return cls(basis, scale, 1.0, sizes**2, n_outside, border, beside, vectors)

    @classmethod
    def _definite(
        cls,
        basis: np.ndarray,
        scale: float,
        eigenvalues: np.ndarray,
        corner: np.ndarray,
        border: np.ndarray,
        vectors: _Eigenvectors,
    ) -> ContrastSpectrum:
        """Take B for K, up to the largest h where K is clearly indefinite."""
        rounding = _rounding_of(eigenvalues)
        largest_h = 1.0
        if _smallest_is_below(-rounding, eigenvalues, corner, border):
            arrow = np.block([[corner, border.T], [border, np.diag(eigenvalues)]])
            smallest = scipy.linalg.eigvalsh(arrow, subset_by_index=[0, 0])[0]
            largest_h = 1 / (1 - min(smallest, 0))
            eigenvalues = largest_h * eigenvalues + (1 - largest_h)
            corner = largest_h * corner + (1 - largest_h) * np.eye(len(corner))
            border = largest_h * border
        is_zero = eigenvalues <= rounding
        eigenvalues = np.where(is_zero, 0, eigenvalues)
        border = np.where(is_zero[:, None], 0, border)
        beside = _left_beside(corner, border, eigenvalues, rounding)
        return cls(basis, scale, largest_h, eigenvalues, 0, border, beside, vectors)

    @property
    def df(self) -> int:
        """n − p"""
        n, p = self.basis.shape
        return n - p

    def transform(self, M: np.ndarray) -> Contrasts:
        """Transform columns that are orthogonal to X, in Fortran order."""
        inside = self.eigenvectors.transform(M)
        if not self.n_outside:
            return Contrasts(M, inside, np.zeros(M.shape[1]))
        outside = self.eigenvectors.leave(M, inside)
        return Contrasts(M, inside, np.einsum("ij,ij->j", outside, outside))

    def leave(self, M: Contrasts) -> np.ndarray:
        """What is outside, of shape (n, m)."""
        return self.eigenvectors.leave(M.columns, M.inside)

    def to_h(self, sigma: np.ndarray) -> np.ndarray:
        """h on the scale of K."""
        return rescale(self.largest_h * sigma, 1 / self.scale)

    def to_sigma(self, h: np.ndarray) -> np.ndarray:
        """σ, from h on the scale of K."""
        return np.minimum(rescale(h, self.scale) / self.largest_h, 1.0)

    def restricted_logdet(self, sigma: np.ndarray, noise: np.ndarray) -> np.ndarray:
        """log|V| + log|XᵀV⁻¹X|, given σ and 1 − σ, of shape (k,)."""
        with np.errstate(divide="ignore"):
            inside = np.log(np.outer(sigma, self.eigenvalues) + noise[:, None]).sum(axis=1)
            return inside + self.n_outside * np.log(noise) if self.n_outside else inside

    @property
    def nullity(self) -> int:
        """The dimension of what neither K nor X can explain."""
        return int(self.n_outside + np.sum(self.eigenvalues == 0))

    @property
    def is_singular(self) -> bool:
        """Whether there is anything that neither K nor X can explain."""
        return self.nullity > 0

    @property
    def is_singular_along_X(self) -> bool:
        """Whether some of X lies in the null space of B."""
        p, k = self.beside.shape
        return k < p

    @property
    def reach_of_fixed_effects(self) -> tuple[float, float]:
        """What B, and its inverse where it is not singular, are at most along X."""
        D = np.where(self.eigenvalues > 0, self.eigenvalues, np.inf)[:, None]
        sizes = np.sum(self.beside**2, axis=0)
        largest = sizes.sum() + np.sum(self.border**2 / D)
        inverse = (1 + np.sum((self.border / D) ** 2)) / sizes.min(initial=np.inf)
        return float(largest), float(inverse)

    def fixed_logdet(self, sigma: np.ndarray, noise: np.ndarray) -> np.ndarray:
        """−log|XᵀV⁻¹X|, of shape (k,).

        By sums of what is positive: with D = diag(eigenvalues) and k the border,

            (XᵀV⁻¹X)⁻¹ = (1 − σ) I + σ beside + σ (1 − σ) kᵀD⁻¹ (σ D + (1 − σ) I)⁻¹ k.
        """
        logdets = np.zeros(len(sigma))
        D = np.where(self.eigenvalues > 0, self.eigenvalues, np.inf)
        for place in range(len(sigma) if len(self.beside) else 0):
            s, t = sigma[place], noise[place]
            weights = s * t / (D * (s * D + t)) if s else np.zeros_like(D)
            inside = s * self.beside @ self.beside.T
            inside += (self.border * weights[:, None]).T @ self.border
            with np.errstate(divide="ignore"):
                logdets[place] = np.log(np.maximum(_eigenvalues_of(inside), 0) + t).sum()
        return logdets


class _DenseEigenvectors:
    """A U with a square U, after the reflections that bring X to the first p axes."""

    def __init__(self, reflector: tuple[np.ndarray, np.ndarray], p: int, U: _Formed | _Factored):
        self._reflector = reflector
        self._p = p
        self._U = U

    def transform(self, M: np.ndarray) -> np.ndarray:
        if self._p:
            M = apply_reflector(*self._reflector, M, trans="T")[self._p :]
        return self._U.transform(M)

    def leave(self, M: np.ndarray, inside: np.ndarray) -> np.ndarray:
        return np.zeros_like(M)


class _FewEigenvectors:
    """A U with orthonormal columns, fewer than rows."""

    def __init__(self, U: np.ndarray):
        self._U = U

    def transform(self, M: np.ndarray) -> np.ndarray:
        return multiply(self._U, M, trans=1)

    def leave(self, M: np.ndarray, inside: np.ndarray) -> np.ndarray:
        return M - multiply(self._U, inside)


class _Formed:
    """Eigenvectors in an array."""

    def __init__(self, U: np.ndarray):
        self._U = U

    def transform(self, M: np.ndarray) -> np.ndarray:
        product = np.zeros((self._U.shape[1], M.shape[1]), order="F")
        add_product(product, self._U.T, M)
        return product


class _Factored:
    """Eigenvectors of a tridiagonal matrix, and the reflections that lead to it."""

    def __init__(self, reflectors: np.ndarray, tau: np.ndarray, U: np.ndarray):
        self._reflectors = reflectors
        self._tau = tau
        self._U = _Formed(U)

    def transform(self, M: np.ndarray) -> np.ndarray:
        M = np.array(M, order="F")
        size = REFLECTORS_AT_A_TIME * max(1, M.shape[1])
        M[1:], _, _ = lapack.dormqr("L", "T", self._reflectors, self._tau, M[1:], size)
        return self._U.transform(M)


def _eigh(A: np.ndarray) -> tuple[np.ndarray, _Formed]:
    if len(A) < 2:  # older versions of scipy refuse a single row
        return A.diagonal().copy(), _Formed(np.eye(len(A)))
    eigenvalues, U = scipy.linalg.eigh(
        A, driver=choose_driver(len(A)), overwrite_a=True, check_finite=False
    )
    return eigenvalues, _Formed(U)


def _factored_eigh(A: np.ndarray) -> tuple[np.ndarray, _Formed | _Factored]:
    """Spare the product of eigenvectors and reflections, a third of the work."""
    n = len(A)
    if n < 3:
        return _eigh(A)
    work, _ = lapack.dsytrd_lwork(n, lower=1)
    reflected, diagonal, off, tau, _ = lapack.dsytrd(A, lower=1, lwork=int(work), overwrite_a=1)
    eigenvalues, U = scipy.linalg.eigh_tridiagonal(diagonal, off, check_finite=False)
    return eigenvalues, _Factored(np.array(reflected[1:, :-1], order="F"), tau, U)


def _reflector_of(basis: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """V and T of the reflections that bring X to the first axes."""
    if not basis.shape[1]:
        return basis, basis[:0]
    _, V, T = triangularize(basis)
    return V, T


def _take_constant(K: np.ndarray, basis: np.ndarray) -> float:
    """Subtract what is common to all of K, in place, where fixed effects explain it.

    Beside a large constant the rest of K would lose digits.
    """
    n, p = basis.shape
    ones = np.ones(n)
    left = ones - basis @ (basis.T @ ones) if p else ones
    if np.linalg.norm(left) > OF_THE_CONSTANT * n:
        return 0.0
    constant = float(K.mean())
    K -= constant
    return constant


def _rounding_of(eigenvalues: np.ndarray) -> float:
    """How far they may be off, as `Reduction.rounding`."""
    n = len(eigenvalues)
    errors = max(4 * np.sqrt(n), n / 2)
    return float(errors * np.finfo(float).eps * np.linalg.norm(eigenvalues))


def _smallest_is_below(
    bound: float, eigenvalues: np.ndarray, corner: np.ndarray, border: np.ndarray
) -> bool:
    """Whether K has an eigenvalue below a negative bound, from its parts beside X and within."""
    if len(eigenvalues) and eigenvalues.min() < bound:
        return True
    shifted = eigenvalues - bound
    weights = np.divide(1, shifted, out=np.zeros_like(shifted), where=shifted > 0)
    beside = corner - bound * np.eye(len(corner)) - (border * weights[:, None]).T @ border
    return bool(len(beside)) and scipy.linalg.eigvalsh(beside)[0] < 0


def _left_beside(
    corner: np.ndarray, border: np.ndarray, eigenvalues: np.ndarray, rounding: float
) -> np.ndarray:
    """A factor of what of the corner the border does not explain."""
    D = np.where(eigenvalues > 0, eigenvalues, np.inf)[:, None]
    solved = border / D
    return _factor_of(corner - solved.T @ border, rounding * (1 + np.sum(solved**2)))


def _factor_of(A: np.ndarray, rounding: float) -> np.ndarray:
    """F with A = F Fᵀ and orthogonal columns, without what is but rounding."""
    sizes, directions = scipy.linalg.eigh(A) if len(A) else (np.empty(0), A)
    keep = sizes > rounding
    return directions[:, keep] * np.sqrt(sizes[keep])


def _eigenvalues_of(A: np.ndarray) -> np.ndarray:
    return scipy.linalg.eigvalsh(A) if len(A) else np.empty(0)
