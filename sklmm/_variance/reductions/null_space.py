"""Where K is singular: its null space told from rounding errors, for h next to 1.

Rounding leaves eigenvalues of 1e-16 where K has none. They do no harm as long as 1 − h is far
larger; next to h = 1 they would decide. Here B = U Λ U' is that of another reduction, with
eigenvalues of the size of rounding errors set to 0, so that

    V = h Λ + (1 − h) I

is exact in relative terms whatever h is. Where 1 − h is so small that a float next to 1 has no
digits of it left, B is magnified:

    V ∝ h' (κ Λ) + (1 − h') I,    h' / (1 − h') = h / (1 − h) / κ.
"""

from __future__ import annotations

import numpy as np
import scipy.linalg

from ..linalg.constant_part import eigh
from .base import SINGULAR_AT_1, Definiteness, Reduction, RelatedRows, SquareReduction
from .diagonal import DiagonalFactor
from .precision import Precisions, Spectrum

MAGNIFICATION = 1e13
"""For a search: 1 - h has digits of its own down to 1e-26."""
IN_THE_NULL_SPACE = 1e-8
"""The sine of the angle below which a fixed effect counts as outside of the null space."""


class ResolvedReduction(SquareReduction):
    """K = scale · (Q U) κΛ (Q U)ᵀ, Q of another reduction.

    Parameters
    ----------
    outer : SquareReduction
    eigenvalues : ndarray of shape (n,)
        Λ, in rising order, with its rounding errors.
    eigenvectors : ndarray of shape (n, n)
        U
    magnification : float
        κ
    """

    has_exact_null_space = True

    def __init__(
        self,
        outer: SquareReduction,
        eigenvalues: np.ndarray,
        eigenvectors: np.ndarray,
        magnification: float = 1.0,
    ):
        self.n = outer.n
        self.magnification = magnification
        self.scale = outer.scale / magnification
        self.norm = outer.norm * magnification
        is_rounding = np.abs(eigenvalues) <= outer.rounding
        self.eigenvalues = magnification * np.where(is_rounding, 0, eigenvalues)
        self.definiteness = SINGULAR_AT_1 if is_rounding.any() else Definiteness(1.0, 0.0)
        self._outer = outer
        self._outer_eigenvalues = eigenvalues
        self._eigenvectors = eigenvectors

    @property
    def is_null(self) -> np.ndarray:
        return self.eigenvalues == 0

    def resolve(self) -> ResolvedReduction:
        return self

    def magnify(self, magnification: float) -> ResolvedReduction:
        return ResolvedReduction(
            self._outer, self._outer_eigenvalues, self._eigenvectors, magnification
        )

    def turn(self, M: np.ndarray) -> np.ndarray:
        """What the other reduction has rotated, rotated further."""
        return self._eigenvectors.T @ M

    def rotate(self, M: np.ndarray) -> np.ndarray:
        return self.turn(self._outer.rotate(M))

    def rotate_back(self, M: np.ndarray) -> np.ndarray:
        return self._outer.rotate_back(self._eigenvectors @ M)

    def relate(self, rows: RelatedRows) -> np.ndarray:
        """Nobody is related to what lies in the null space of K, but by rounding."""
        related = super().relate(rows)
        related[self.is_null] = 0
        return related

    def precisions(self, rows: RelatedRows) -> Precisions:
        """V⁻¹ by all eigenvectors: in a Cholesky factor rounding errors would decide."""
        S = np.asfortranarray(self._outer.rotate_back(self._eigenvectors))
        return Spectrum(S, self.eigenvalues * self.scale)

    def multiply(self, M: np.ndarray) -> np.ndarray:
        return self.eigenvalues[:, None] * M

    def factor(self, h: float) -> DiagonalFactor:
        return DiagonalFactor(self.eigenvalues, h)

    def exceeds(self, bound: float) -> bool:
        return bool(self.eigenvalues[0] > bound)


def resolve_square(outer: SquareReduction, B: np.ndarray) -> ResolvedReduction:
    """Resolve the null space by the eigenvectors of a dense B, which is overwritten."""
    return ResolvedReduction(outer, *eigh(B))


def turn_fixed_effects(reduction: Reduction, X: np.ndarray) -> np.ndarray:
    """X, rotated by a resolved reduction, without what rounding leaves in the null space."""
    turned = reduction.turn(X)
    if turned.shape[1] and reduction.is_null.any():
        left, sizes, right = scipy.linalg.svd(turned[reduction.is_null], full_matrices=False)
        turned[reduction.is_null] = (left * (sizes * (sizes > IN_THE_NULL_SPACE))) @ right
    return turned


def without_unseen(reduction: Reduction, X: np.ndarray, M: np.ndarray) -> np.ndarray:
    """V⁻¹r without what neither K nor X sees of it, which next to h = 1 is large.

    Parameters
    ----------
    X : ndarray of shape (n, p)
        The fixed effects, rotated by the reduction.
    M : ndarray of shape (n, n_traits)
        V⁻¹r, of which X'M = 0.
    """
    is_null, seen_part = reduction.is_null, M.copy()
    if not X.shape[1]:
        seen_part[is_null] = 0
        return seen_part
    of_range = X[~is_null].T @ M[~is_null]
    left, sizes, right = scipy.linalg.svd(X[is_null], full_matrices=False)
    is_seen = sizes > IN_THE_NULL_SPACE
    seen = right[is_seen] @ of_range / sizes[is_seen, None]
    seen_part[is_null] = -left[:, is_seen] @ seen
    return seen_part
