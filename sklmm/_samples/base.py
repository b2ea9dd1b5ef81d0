"""Whose row is this? From the rows of X to fixed effects and blocks of K.

A `Samples` object answers for one way of relating samples to each other. Rows are matched
by label (`labeled`) or by what they hold (`kernels`, `precomputed`); where there is neither,
only the very rows of the fit are accepted (`ordered`). `RowFinder` is the part of it that
predictions need, and what is left of it in a compact model.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection, Iterator
from functools import cached_property
from typing import Any, ClassVar, NamedTuple

import numpy as np

from .._order import RowLabels
from .._variance.linalg.batches import row_batches
from .._variance.linalg.constant_part import sums_of_effects


class Remedies(NamedTuple):
    """What a user can do about K, in messages.

    Attributes
    ----------
    if_constant : str
        Where nearly all of K is constant.
    if_indefinite : str
        Where K is not positive semi-definite; {shift} stands for what its diagonal lacks.
    """

    if_constant: str
    if_indefinite: str


FOR_A_MATRIX = Remedies(
    if_constant="compute K anew from centered genotypes, as sklmm.relationship does",
    if_indefinite="To repair the matrix, add {shift:.4g} to its diagonal, or bend a Kinship "
    "by sklmm.relationship.bend, before the fit.",
)


class RowFinder(ABC):
    """What finds rows of X, seen in fit or new."""

    validation: ClassVar[dict]
    """How scikit-learn's validate_data is to check X before it comes here."""

    component: ClassVar[str] = "kinship"
    """What the variance that follows K is called."""
    label_column: int | None = None
    """The position of the column of X that has labels."""

    @property
    def individuals(self) -> Collection:
        """All labels that rows may have."""
        return ()

    def covariate_columns(self, n_columns: int) -> list[int]:
        """Which columns of X are fixed effects."""
        return list(range(n_columns))

    def row_labels(self, X: Any) -> RowLabels | None:
        """Whose rows these are, where a column of X says so."""
        return None

    def refuse_labels_among(self, y: Any, X: Any) -> None:
        """A y that still has the column of labels would have it for a trait."""
        return None

    def locate(self, X: Any) -> LocatedRows:
        """Find rows of a checked X, once for all that is asked of them."""
        return LocatedRows(self, self.covariates(X), self.places(X))

    @abstractmethod
    def covariates(self, X: Any) -> np.ndarray:
        """The fixed effects of rows of X, without intercept."""

    @abstractmethod
    def places(self, X: Any) -> np.ndarray:
        """What rows of X are known by, an element or a row for each."""

    @abstractmethod
    def random_effects(self, places: np.ndarray, effects: np.ndarray) -> np.ndarray:
        """BLUPs, of shape (m, n_traits), from effects of shape (n_traits, k)."""

    def labels(self, places: np.ndarray) -> np.ndarray | None:
        """What the rows are called, if they are."""
        return None


class Samples(RowFinder):
    """The training samples, and how others relate to them."""

    n_markers: int | None = None
    """Number of columns of Z if K is Z Z'."""
    row_names: list | None = None
    """What an index called the rows of fit, by which other tables of these rows are checked."""

    @property
    def remedies(self) -> Remedies:
        """What a user can do about this K."""
        return FOR_A_MATRIX

    @abstractmethod
    def fit(self, X: Any) -> np.ndarray:
        """Learn the training rows and return their fixed effects, without intercept."""

    @property
    @abstractmethod
    def n_rows(self) -> int:
        """How many rows the fit had."""

    @property
    def training_labels(self) -> np.ndarray | None:
        """What the training rows are called, if they are."""
        return None

    def with_kinship(self, kinship: Any, name: str) -> Samples:
        """The same rows, which another Kinship relates; `name` is what the user calls it."""
        raise ValueError(
            f"{name} relates rows by their labels, and the rows of lmm have none. Fit "
            "LMMRegressor(kinship, sample_id=...) with a Kinship and a column of labels."
        )

    @abstractmethod
    def training_relationships(self, rows: np.ndarray) -> np.ndarray:
        """K among some of the training rows, a new array in C order."""

    def training_markers(self, rows: np.ndarray) -> np.ndarray:
        """Z of some of the training rows, if K is Z Z', not to be written to."""
        raise NotImplementedError(f"{type(self).__name__} has no markers: n_markers is None")

    @abstractmethod
    def training_design(self, rows: np.ndarray) -> np.ndarray:
        """`design` of some of the training rows."""

    @abstractmethod
    def cross(self, places: np.ndarray) -> np.ndarray:
        """K between rows and the training rows."""

    @abstractmethod
    def relationships(self, places: np.ndarray) -> np.ndarray:
        """K among rows."""

    @abstractmethod
    def diagonal(self, places: np.ndarray) -> np.ndarray:
        """The diagonal of `relationships`."""

    def design(self, places: np.ndarray) -> np.ndarray:
        """What the random effects of rows are linear in: their `cross`."""
        return self.cross(places)

    def effects(self, dual_coef: np.ndarray) -> np.ndarray:
        """The coefficients of `design`, from those of `cross`, of shape (n_traits, n)."""
        return dual_coef

    def random_effects(self, places, effects):
        return sums_of_effects(self.design(places), effects)

    @abstractmethod
    def compact(self, effects: np.ndarray) -> tuple[RowFinder, np.ndarray]:
        """What predicts the same without K, and the effects that it does it with."""

    def keep(self, is_stored: bool, needs_relationships: bool) -> None:
        """Become what a model keeps, with the reduction or without: nothing that others change.

        Parameters
        ----------
        is_stored : bool
            Whether V⁻¹ may be asked for.
        needs_relationships : bool
            Whether `cross` may be.
        """


def with_relationships(samples: RowFinder) -> Samples:
    """The same, unless all that is left of them is what predictions need."""
    if not isinstance(samples, Samples):
        raise ValueError(
            "lmm was made by compact(), which keeps no relationships. Use the model that it was "
            "made of."
        )
    return samples


class TrainingRows(NamedTuple):
    """Some of the rows of a fit, and K among them: `RelatedRows` for the arrays."""

    samples: Samples
    rows: np.ndarray

    def relationships(self) -> np.ndarray:
        """K, a new array in C order."""
        return self.samples.training_relationships(self.rows)

    def markers(self) -> np.ndarray:
        """Z of K = Z Z', not to be written to."""
        return self.samples.training_markers(self.rows)

    def select(self, rows: np.ndarray) -> TrainingRows:
        """Some of these rows."""
        return TrainingRows(self.samples, self.rows[rows])


class LocatedRows:
    """Rows of X, seen in fit or new, found once for all that is asked of them.

    Parameters
    ----------
    samples : RowFinder
    covariates : ndarray of shape (m, k)
        Fixed effects, without intercept.
    places : ndarray of shape (m,) or (m, l)
        What `samples` knows them by.
    """

    def __init__(self, samples: RowFinder, covariates: np.ndarray, places: np.ndarray):
        self._samples = samples
        self.covariates = covariates
        self._places = places

    def __len__(self):
        return len(self.covariates)

    def batches(self) -> Iterator[LocatedRows]:
        """Parts of some rows, whose relationships fit into memory."""
        for rows in row_batches(len(self)):
            yield LocatedRows(self._samples, self.covariates[rows], self._places[rows])

    def random_effects(self, effects: np.ndarray) -> np.ndarray:
        """BLUPs, of shape (m, n_traits)."""
        return self._samples.random_effects(self._places, effects)

    def labels(self) -> np.ndarray | None:
        """What the rows are called, if they are."""
        return self._samples.labels(self._places)

    def relationships(self) -> np.ndarray:
        """K among the rows."""
        return with_relationships(self._samples).relationships(self._places)

    def diagonal(self) -> np.ndarray:
        """The diagonal of K among the rows."""
        return with_relationships(self._samples).diagonal(self._places)

    def markers(self) -> np.ndarray:
        """Z of K = Z Z'."""
        return with_relationships(self._samples).design(self._places)

    @cached_property
    def cross(self) -> np.ndarray:
        """K between the rows and all those of the fit."""
        return with_relationships(self._samples).cross(self._places)

    def beside(self, rows: np.ndarray) -> RowsBeside:
        """The same rows, and some of those of the fit."""
        return RowsBeside(self, rows)


class RowsBeside(NamedTuple):
    """Located rows, and some rows of the fit: `RelatedRows` for the arrays."""

    new: LocatedRows
    rows: np.ndarray

    def relationships(self) -> np.ndarray:
        """K[new, train]"""
        return self.new.cross[:, self.rows]

    def markers(self) -> np.ndarray:
        """Z of K = Z Z'."""
        return self.new.markers()
