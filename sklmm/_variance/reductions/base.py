"""What a reduction of K must offer.

A reduction is an orthogonal Q and a matrix B of simple form with K = scale · Q B Qᵀ and
a mean diagonal of 1 for Q B Qᵀ. Rotated by Qᵀ the covariance of a linear mixed model
is, for every h,

    V = h B + (1 − h) I,

and B has to be such that V is cheap to factor: a diagonal (`spectral`), a narrow band
(`band`), or one of these in few dimensions and zero in all others (`lowrank`). All that
the profile likelihood asks of K goes through this interface. Reductions are pickled, with what
they hold (`memory=`, saved models). Matrices M may have no columns.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar, NamedTuple, Protocol

import numpy as np

from ..linalg.squares import IN_WORDS, has_usable_square
from .precision import DenseKinship, Precisions

MIN_NOISE = 1e-6
"""1 - h at which rounding errors of a singular K are still as good as none."""
STEADY_NOISE = 1e-9
"""1 - h at which they leave seven digits."""


@dataclass(frozen=True)
class Definiteness:
    """The range of h in which V = hB + (1 − h)I is positive definite.

    Attributes
    ----------
    largest_h : float
        V is positive definite for 0 <= h < largest_h; it is 1 unless B has a clearly
        negative eigenvalue.
    margin : float
        0 if V is positive definite at largest_h too. Where it is singular, to rounding, the
        relative distance from largest_h at which it can be factored safely.
    smallest_eigenvalue : float or None
        The smallest eigenvalue of B when it is clearly negative, else None.
    null_space_is_exact : bool
        Whether B is known to be 0 where V is singular, without rounding errors.
    """

    largest_h: float
    margin: float
    smallest_eigenvalue: float | None = None
    null_space_is_exact: bool = False

    @property
    def last_regular_h(self) -> float:
        """The largest h at which V can be factored."""
        return self.largest_h * (1 - self.margin)

    @property
    def is_resolved(self) -> bool:
        """Whether there are no eigenvalues near 0 that rounding errors could have made."""
        return not self.margin or self.null_space_is_exact or self.smallest_eigenvalue is not None

    @property
    def last_steady_h(self) -> float:
        """The largest h at which rounding, of 1e-16 / (1 − h / largest_h), does no harm."""
        distance = max(self.margin, STEADY_NOISE) if self.margin else 0.0
        return self.largest_h * (1 - distance)


SINGULAR_AT_1 = Definiteness(largest_h=1.0, margin=1e-12, null_space_is_exact=True)


class Factor(ABC):
    """V = L Lᵀ at one h, rotated by the reduction, as X and Y are.

    What is whitened among the rows themselves, for V of a given scale, is so by a `Precision`.
    """

    logdet: float
    """log|V|"""

    @abstractmethod
    def whiten(self, M: np.ndarray) -> np.ndarray:
        """L⁻¹ M"""

    @abstractmethod
    def whiten_transposed(self, M: np.ndarray) -> np.ndarray:
        """L⁻ᵀ M"""

    @abstractmethod
    def logdet_slope(self) -> float:
        """d log|V| / dh = tr(V⁻¹ (B − I))"""


class RelatedRows(Protocol):
    """Rows of a fit, or new ones, and K between these and those of the fit."""

    def relationships(self) -> np.ndarray:
        """K[rows, train], of shape (m, n): a new array in C order."""

    def markers(self) -> np.ndarray:
        """Z[rows], if K is Z Zᵀ, not to be written to."""


class BackRotation(ABC):
    """Q, for the time of a fit."""

    @abstractmethod
    def apply(self, reduction: Any, M: np.ndarray) -> np.ndarray:
        """Q M for M with a column for each trait, rotated by a reduction: perhaps M itself."""

    def select_traits(self, traits: np.ndarray | slice) -> BackRotation:
        """The same for some of the columns."""
        return self


class RotatedData(NamedTuple):
    """X and Y rotated by a reduction, and the way back.

    Where there is nothing to rotate, they may be the given arrays themselves: whoever writes to
    them takes a copy.
    """

    reduction: Reduction
    X: np.ndarray
    Y: np.ndarray
    back: BackRotation


class Reduction(ABC):
    """K = scale · Q B Qᵀ.

    A solver sets `n`, `scale` and `norm`. `magnification`, `magnify`, `turn` and `is_null` are for
    resolved reductions, and for solvers that have one inside and hand these on (`lowrank`).

    Attributes
    ----------
    n : int
        Number of rows of K.
    scale : float
        Mean diagonal of K, over the magnification.
    norm : float
        Frobenius norm of B.
    magnification : float
        The mean diagonal of Q B Qᵀ: 1, unless B is magnified.
    """

    n: int
    scale: float
    norm: float
    magnification: float = 1.0
    has_exact_null_space: ClassVar[bool] = False
    """Whether its null space is told from rounding errors."""
    uses_relationships: ClassVar[bool] = True
    """Whether new rows relate to it by K, and not by markers."""

    def threads(self) -> AbstractContextManager:
        """A context to fit models in, with all threads of BLAS unless overridden."""
        return nullcontext()

    @property
    def diagonal(self) -> np.ndarray | None:
        """B, if it is diagonal: many traits can then be searched together."""
        return None

    def coefficient_of_K(self, h: Any) -> Any:
        """s in V = s K + (1 − h) I, which rotated is h B + (1 − h) I."""
        return h / self.scale

    @abstractmethod
    def multiply(self, M: np.ndarray) -> np.ndarray:
        """B M for M of shape (n, k): a new array."""

    @abstractmethod
    def factor(self, h: float) -> Factor:
        """Factor V = hB + (1 − h)I or raise NotPositiveDefiniteError."""

    @abstractmethod
    def exceeds(self, bound: float) -> bool:
        """Whether every eigenvalue of B is larger than `bound`."""

    @abstractmethod
    def relate(self, rows: RelatedRows) -> np.ndarray:
        """Qᵀ K[train, rows]: a new array."""

    @abstractmethod
    def precisions(self, rows: RelatedRows) -> Precisions:
        """V⁻¹ of V = s K + t I among the rows of the fit, for every s and t."""

    @abstractmethod
    def mean_relationship(self) -> float:
        """1'K1 / n over the scale."""

    @abstractmethod
    def resolve(self) -> Reduction:
        """The same, with its null space told from rounding errors (see `null_space`)."""

    @property
    def is_null(self) -> np.ndarray:
        """Which of the rotated directions are known to lie in the null space of K."""
        return np.full(self.n, not self.norm)

    def magnify(self, magnification: float) -> Reduction:
        """The same with B so many times that of K, if it is resolved: h = 1 is further away."""
        return self

    def turn(self, M: np.ndarray) -> np.ndarray:
        """What was rotated before this reduction was resolved, rotated as it is now."""
        return M

    @property
    def rounding(self) -> float:
        """How far eigenvalues of B may be off."""
        errors = max(4 * np.sqrt(self.n), self.n / 2)  # at random, and all in one direction
        return float(errors * np.finfo(float).eps * self.norm)

    @cached_property
    def definiteness(self) -> Definiteness:
        """The range of h in which V is positive definite, with rounding errors of K forgiven."""
        rounding = self.rounding
        if not self.norm:
            return SINGULAR_AT_1
        if self.exceeds(rounding):
            return Definiteness(largest_h=1.0, margin=0.0)
        if self.exceeds(-rounding):
            return Definiteness(largest_h=1.0, margin=2 * rounding)
        smallest = self._bisect_smallest_eigenvalue(below=-rounding, precision=rounding)
        return Definiteness(1 / (1 - smallest), 2 * rounding, smallest)

    def _bisect_smallest_eigenvalue(self, below: float, precision: float) -> float:
        low, high = -self.norm, below
        while high - low > max(precision, 4 * np.finfo(float).eps * abs(low)):
            middle = (low + high) / 2
            low, high = (middle, high) if self.exceeds(middle) else (low, middle)
        return high


class Solver(Reduction):
    """A reduction that a fit can make: the contract of `choose.SOLVERS`."""

    has_spectrum: ClassVar[bool] = False
    """Whether the eigenvectors of K are known, which leave-one-out at many h needs."""

    @staticmethod
    def check(n: int, n_markers: int | None) -> None:
        """Refuse rows of which it cannot be made, of a K = Z Zᵀ with n_markers columns of Z."""

    @staticmethod
    @abstractmethod
    def matrix(rows: RelatedRows) -> np.ndarray:
        """What it is made of."""

    @classmethod
    @abstractmethod
    def from_matrix(cls, matrix: np.ndarray) -> Solver:
        """Reduce K. A matrix of relationships may be overwritten, or kept; markers may not."""

    @abstractmethod
    def rotate_data(self, X: np.ndarray, Y: np.ndarray, rows: RelatedRows) -> RotatedData:
        """Rotate X and Y by a Q that spans X and each column of Y."""

    def spectrum(self, rows: RelatedRows) -> tuple[np.ndarray, np.ndarray]:
        """Orthonormal S and λ with K = scale · S diag(λ) Sᵀ, where `has_spectrum`."""
        raise NotImplementedError(f"{type(self).__name__} has no spectrum, or does not give it")


class SquareReduction(Reduction):
    """Q is square: it spans everything."""

    @abstractmethod
    def rotate(self, M: np.ndarray) -> np.ndarray:
        """Qᵀ M for M of shape (n, k): M itself, where there is nothing to rotate."""

    @abstractmethod
    def rotate_back(self, M: np.ndarray) -> np.ndarray:
        """Q M for M of shape (n, k): M itself, where there is nothing to rotate."""

    @abstractmethod
    def resolve(self) -> SquareReduction: ...

    def magnify(self, magnification: float) -> SquareReduction:
        return self

    def relate(self, rows: RelatedRows) -> np.ndarray:
        return self.rotate(rows.relationships().T)

    def mean_relationship(self) -> float:
        ones = self.rotate(np.ones((self.n, 1)))
        return float(np.sum(ones * self.multiply(ones))) / self.n


class SquareBackRotation(BackRotation):
    """The reduction has all of Q."""

    def apply(self, reduction: Any, M: np.ndarray) -> np.ndarray:
        return reduction.rotate_back(M)


class DenseSolver(SquareReduction, Solver):
    """A solver for a K that is there in full."""

    @staticmethod
    def matrix(rows: RelatedRows) -> np.ndarray:
        return rows.relationships()

    @classmethod
    def from_matrix(cls, matrix: np.ndarray) -> DenseSolver:
        """K is symmetric, in C order, and is overwritten."""
        scale = scale_of(matrix.trace() / len(matrix), matrix)
        in_fortran_order = matrix.T
        return cls.reduce(in_fortran_order, scale)

    @classmethod
    @abstractmethod
    def reduce(cls, K: np.ndarray, scale: float) -> DenseSolver:
        """Reduce K, in Fortran order, which is overwritten."""

    def rotate_data(self, X: np.ndarray, Y: np.ndarray, rows: RelatedRows) -> RotatedData:
        return RotatedData(self, self.rotate(X), self.rotate(Y), SquareBackRotation())

    def precisions(self, rows: RelatedRows) -> Precisions:
        return DenseKinship(rows.relationships())


def scale_of(mean_diagonal: float, K: np.ndarray) -> float:
    """The scale of K: its mean diagonal, a positive number that can be squared.

    A K of zeros, of markers that do not vary, stays as it is.
    """
    scale = 1.0 if mean_diagonal == 0 and not K.any() else float(mean_diagonal)
    if not has_usable_square(scale):
        remedy = " Divide a kinship by its mean diagonal, or scale the features of a kernel."
        if scale == 0:
            remedy = (
                " If it holds distances, it is no kinship: make relationships of the genotypes, "
                "by sklmm.relationship."
            )
        raise ValueError(
            "The kinship or kernel matrix is no covariance of reasonable scale: its mean diagonal "
            f"among the training rows is {scale:g}, and must be positive, {IN_WORDS}."
            f"{remedy if scale >= 0 else ''}"
        )
    return scale
