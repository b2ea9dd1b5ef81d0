"""What a fit has left behind, and what it can be asked.

`FittedModel` is all traits, `FittedGroup` those that share a reduction, and `FittedTrait` is one.
Predictions are answered here; `inference`, `plotting` and `model_selection`, which come in by
`_door.fitted_model`, ask for what their answers are made of: solutions, maxima, precisions.
What a question computes is kept in the model that was opened for it, and gone with that.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property, partial
from typing import Any

import numpy as np

from ._computed import Computed
from ._groups import FittedGroup
from ._order import check_index, check_orders
from ._refit import refit
from ._samples.base import LocatedRows, RowFinder, Samples, TrainingRows, with_relationships
from ._validation import as_table, check_same_columns
from ._variance.intervals.curvature import Share, variance_of_h
from ._variance.intervals.generalized import PivotalDistribution
from ._variance.intervals.pivots import Pivot
from ._variance.likelihood.mixed_model import MixedModel
from ._variance.likelihood.profile import GeneralizedLeastSquares
from ._variance.likelihood.search import Maximum
from ._variance.prediction import RotatedRows, error_covariances, error_variances
from ._variance.reductions.precision import Precision
from ._variance.regular import RegularPrecisions


@dataclass(frozen=True, eq=False)
class FittedModel:
    """A fitted `LMMRegressor`, as it was when it was asked.

    Attributes
    ----------
    samples : RowFinder
        What finds rows of X; `Samples`, if relationships are kept.
    n_columns : int
        Of X.
    columns, trait_names : list or None
        The names of those of X and y in fit.
    is_single : bool
        Whether y had one axis: answers then have no axis for traits.
    given_h : None, "loo" or ndarray of shape (n_traits,)
        Whether h maximized the likelihood, minimized errors of leave-one-out, or was held.
    h : ndarray of shape (n_traits,)
    b : ndarray of shape (n_traits, p)
    effects : ndarray of shape (n_traits, k)
        Coefficients of the design of random effects, as `samples` has it.
    has_intercept : bool
    groups : tuple of FittedGroup or None
        None if the reduction is not kept.
    """

    samples: RowFinder
    n_columns: int
    columns: list | None
    trait_names: list | None
    is_single: bool
    given_h: Any
    h: np.ndarray
    b: np.ndarray
    effects: np.ndarray
    has_intercept: bool
    groups: tuple[FittedGroup, ...] | None
    check_rows: Callable[[Any], Any] | None = None

    def opened(self, check_rows: Callable[[Any], Any]) -> FittedModel:
        """The model for one question, with the function that checks X as the estimator does."""
        return replace(self, check_rows=check_rows)

    @property
    def n_traits(self) -> int:
        return len(self.h)

    def stored(self, purpose: str) -> tuple[FittedGroup, ...]:
        """The groups, for what needs the reduction of K.

        Parameters
        ----------
        purpose : str
            Subject and verb of what is said where it is not kept, such as "a scan needs".
        """
        if self.groups is None:
            raise ValueError(
                f"{purpose} the reduction of K, which neither store_reduction=False nor "
                "compact() keeps. Fit with store_reduction=True, and use that model."
            )
        return self.groups

    def compact(self) -> FittedModel:
        """What predicts the same without K."""
        if not isinstance(self.samples, Samples):
            return replace(self, groups=None)
        samples, effects = self.samples.compact(self.effects)
        return replace(self, samples=samples, effects=effects, groups=None)

    def locate(self, X: Any) -> LocatedRows:
        """Check rows of X, and find them, once for all that is asked of them."""
        return self.samples.locate(self._check(X))

    def covariates(self, X: Any) -> np.ndarray:
        """Check rows of X, which nothing has to know, and take their fixed effects."""
        return self.samples.covariates(self._check(X))

    def _check(self, X: Any) -> Any:
        if self.check_rows is None:
            raise RuntimeError("rows are checked by an opened model")
        X = as_table(X)
        checked = self.check_rows(X)
        check_same_columns(self.columns, X)
        check_index(X, self.samples.row_labels)
        return checked

    def check_observed(self, X: Any, y: Any, **others: Any) -> None:
        """Refuse observations of rows of X, and what belongs to them, in another order."""
        check_same_columns(self.trait_names, y, "y")
        self.check_orders(X, y=y, **others)

    def check_orders(self, X: Any, **given: Any) -> None:
        """Refuse what belongs to rows of X in another order than these, and than each other."""
        check_orders(as_table(X), self.samples.row_labels, **given)

    def squeeze(self, values: np.ndarray) -> np.ndarray:
        """Drop the last axis, that of traits, if y had one axis."""
        return values[..., 0] if self.is_single else values

    def fixed(self, covariates: np.ndarray) -> np.ndarray:
        """x b, of shape (m,) or (m, n_traits)."""
        slopes = self.b[:, 1:] if self.has_intercept else self.b
        intercept = self.b[:, 0] if self.has_intercept else 0.0
        return self.squeeze(intercept + covariates @ slopes.T)

    def random(self, rows: LocatedRows) -> np.ndarray:
        """u, of shape (m,) or (m, n_traits)."""
        return self.squeeze(rows.random_effects(self.effects))

    def error_variances(self, rows: LocatedRows) -> np.ndarray:
        """Error variances of x b + u, and of u alone, of shape (2, m) or (2, m, n_traits)."""
        parts = [
            self._errors(batch, partial(error_variances, diagonal=batch.diagonal()))
            for batch in rows.batches()
        ]
        return self.squeeze(np.concatenate(parts, axis=1))

    def error_covariance(self, rows: LocatedRows) -> np.ndarray:
        """Error covariances of x b + u, of shape (m, m) or (m, m, n_traits)."""
        covariances = partial(error_covariances, relationships=rows.relationships())
        return self.squeeze(self._errors(rows, covariances))

    def _errors(self, rows: LocatedRows, of_group: Callable[..., np.ndarray]) -> np.ndarray:
        """What a function gives for each group, brought together."""
        parts, groups = [], self.stored("Errors of predictions need")
        for group in groups:
            rotated = self.rotate(group, rows)
            parts.append(of_group(group.estimate, self.solutions(group), rotated))
        values = np.empty((*parts[0].shape[:-1], self.n_traits))
        for group, part in zip(groups, parts, strict=True):
            values[..., group.traits] = part
        return values

    def rotate(self, group: FittedGroup, rows: LocatedRows) -> RotatedRows:
        """Located rows, rotated by the reduction of a group."""
        beside = rows.beside(group.rows)
        return RotatedRows.from_rows(group.estimate.model, rows.covariates, beside)

    def solutions(self, group: FittedGroup) -> Iterator[GeneralizedLeastSquares]:
        """The least squares of each trait of a group, at its h."""
        return (self.solution(group, place) for place in range(len(group.traits)))

    def solution(self, group: FittedGroup, place: int) -> GeneralizedLeastSquares:
        """The least squares of one trait of a group, at its h."""
        return self._computed.solution(group, place)

    @cached_property
    def _computed(self) -> Computed:
        return Computed(self.n_traits)

    def precisions(self, group: FittedGroup) -> RegularPrecisions:
        """V⁻¹ among the rows of a group, for every s and t of V = s K + t I.

        They are kept for the next trait, those of one group at a time: they hold K.
        """

        def make() -> RegularPrecisions:
            rows = TrainingRows(self.training_samples, group.rows)
            return RegularPrecisions(group.estimate, rows)

        return self._computed.of_group("precisions", group, make)

    def searchable(self, group: FittedGroup) -> MixedModel:
        """A copy of the model of a group, to evaluate likelihoods at other h.

        Next to h = 1 it resolves the null space of K, by eigenvectors as large as K, which the
        model itself must not keep. They are there for the next trait, of one group at a time.
        """
        return self._computed.of_group("searchable", group, group.estimate.model.without_cache)

    @property
    def training_samples(self) -> Samples:
        """What relates rows to each other, which a compact model has not kept."""
        return with_relationships(self.samples)

    @property
    def training_labels(self) -> np.ndarray | None:
        """What the rows of the fit are called, if they are."""
        return self.training_samples.training_labels

    @property
    def n_training_rows(self) -> int:
        """How many rows the fit had, with those that no trait is measured in."""
        return self.training_samples.n_rows

    def related_by(self, samples: Samples) -> FittedModel:
        """The same traits and fixed effects, fitted to samples that another K relates.

        h is estimated again, unless it was held.
        """
        return self._refitted(samples)

    def beside(self, covariates: np.ndarray) -> FittedModel:
        """The same, fitted with further fixed effects, of shape (n_rows, k).

        Of the coefficients in `b`, theirs are the last.
        """
        return self._refitted(self.training_samples, covariates)

    def _refitted(self, samples: Samples, further: np.ndarray | None = None) -> FittedModel:
        stored = self.stored("Another fit needs")
        results, groups = refit(stored, samples, self.given_h, further)
        effects = samples.effects(results.dual_coef)
        return replace(
            self, samples=samples, h=results.h, b=results.b, effects=effects, groups=groups
        )

    def log_likelihoods(self, h: np.ndarray) -> np.ndarray:
        """Profiles at every h on the scale of K, with the traits in the last axis."""
        values = np.empty((*h.shape, self.n_traits))
        for group in self.stored("log_likelihood needs"):
            model = self.searchable(group)
            for place in np.ndindex(h.shape):
                values[(*place, group.traits)] = [
                    model.log_likelihood(trait, float(h[place]))
                    for trait in range(len(group.traits))
                ]
        return self.squeeze(values)

    def traits(self, purpose: str) -> list[FittedTrait]:
        """Each of them, in their order, for what `purpose` says, as in `stored`."""
        traits = [
            FittedTrait(self, group, place)
            for group in self.stored(purpose)
            for place in range(len(group.traits))
        ]
        return sorted(traits, key=lambda trait: trait.number)

    @property
    def names_of_variances(self) -> tuple[str, str, str]:
        """Names of the variance that follows K, the residual and the total variance."""
        return self.samples.component, "residual", "total"

    @property
    def names_of_parameters(self) -> tuple[str, ...]:
        """Names of h and of the variances."""
        return "h", *self.names_of_variances

    def names_of_b(self) -> list[str]:
        """The intercept, and columns of X."""
        columns = self.samples.covariate_columns(self.n_columns)
        names = self.columns or [f"x{place}" for place in range(self.n_columns)]
        return ["intercept"] * self.has_intercept + [str(names[column]) for column in columns]


class FittedTrait:
    """One trait of a fit.

    `h`, `largest_h` and `variances` are on the scale of K; `model`, `profile`, `solution` and the
    questions of how sure h is are on that of the reduction, which `unscale` leaves.

    Parameters
    ----------
    fitted : FittedModel
    group : FittedGroup
        Of the traits that are measured in the same rows.
    place : int
        Of this trait among them.
    """

    def __init__(self, fitted: FittedModel, group: FittedGroup, place: int):
        self.fitted = fitted
        self.group = group
        self.place = place
        self.number = int(group.traits[place])
        self.estimate = group.estimate
        self.model = self.estimate.model
        self.fixed_effects = self.model.fixed_effects
        self.profile = self.model.profile(place)

    @property
    def solution(self) -> GeneralizedLeastSquares:
        """The least squares at ĥ."""
        return self.fitted.solution(self.group, self.place)

    @property
    def given_h(self) -> Any:
        """How the fit came to h, as `FittedModel` says."""
        return self.fitted.given_h

    @property
    def is_held(self) -> bool:
        """h was not estimated."""
        return isinstance(self.given_h, np.ndarray)

    @property
    def is_exact(self) -> bool:
        """y = X b, with no variance left."""
        return bool(self.model.is_exact[self.place])

    @property
    def is_unbounded(self) -> bool:
        """The likelihood has no maximum."""
        return bool(self.estimate.unbounded[self.place])

    @cached_property
    def is_bounded_by_reml(self) -> bool:
        """Whether the restricted likelihood has a maximum where the full one has none."""
        return self.model.method == "ml" and not self.restricted_maximum().unbounded

    def maximum(self) -> Maximum:
        """The maximum of the likelihood, wherever the h of the fit comes from."""
        return self.fitted.searchable(self.group).maximum(self.place)

    def restricted_maximum(self) -> Maximum:
        """The maximum of the restricted likelihood, whichever the fit maximized."""
        return self.fitted.searchable(self.group).restricted.maximum(self.place)

    @property
    def rows(self) -> TrainingRows:
        """Those in which it is measured, and K among them."""
        return TrainingRows(self.fitted.training_samples, self.group.rows)

    @property
    def residual_df(self) -> int:
        """n − p"""
        return self.profile.residual_df

    @property
    def h(self) -> float:
        """h on the scale of K, and as given where it was held."""
        return float(self.fitted.h[self.number])

    @property
    def b(self) -> np.ndarray:
        return self.fitted.b[self.number]

    @property
    def log_likelihood(self) -> float:
        return float(self.estimate.log_likelihood[self.place])

    @cached_property
    def variance_of_h(self) -> float:
        """The variance of ĥ on the scale of the reduction; nan unless ĥ is inside its range."""
        if self.given_h is not None or self.is_exact or self.is_unbounded:
            return np.nan
        return variance_of_h(self.profile, self.solution.h)

    @cached_property
    def pivot(self) -> Pivot:
        """What the data say of h by ratios of residual sums."""
        return Pivot(self.profile, self.model.contrast_eigenvalues)

    @cached_property
    def pivotal_distribution(self) -> PivotalDistribution:
        """The joint distribution of h and v, by the two pivots of the error contrasts."""
        return PivotalDistribution.from_pivot(self.pivot, self.solution.h)

    @property
    def largest_h(self) -> float:
        """The h up to which V is positive definite, on the scale of K."""
        return self.unscale(self.model.reduction.definiteness.largest_h)

    @property
    def shares(self) -> dict[str, Share]:
        """Shares of the variances by name, as multiples of v on the scale of the reduction."""
        of_K = self.model.reduction.coefficient_of_K(1.0)
        shares = Share(0.0, of_K), Share(1.0, 0.0), Share(1.0, of_K)
        return dict(zip(self.fitted.names_of_variances, shares, strict=True))

    @property
    def variances(self) -> dict[str, float]:
        """The one that follows K, the residual and the total one at ĥ, by name."""
        h, v = self.solution.h, self.solution.v
        return {name: share(h) * v for name, share in self.shares.items()}

    @property
    def s_and_t(self) -> tuple[float, float]:
        """The variance that follows K and the residual one: V = s K + t I."""
        variances = self.variances
        return variances[self.fitted.samples.component], variances["residual"]

    def residuals(self) -> np.ndarray:
        """What least squares on the fixed effects leave of it in its rows, of shape (n,)."""
        return self.group.residuals_of(np.array([self.place]))[:, 0]

    def unscale(self, scaled_h: float) -> float:
        """h on the scale of K."""
        return self.profile.unscale(scaled_h)

    @property
    def slope_of_h(self) -> float:
        """dh / dh', of h on the scale of K by that of the reduction."""
        of_K, total = self.shares[self.fitted.samples.component], self.shares["total"]
        return of_K.at_1 / total(self.solution.h) ** 2

    def precision(self, of_contrasts: bool = False) -> Precision:
        """V⁻¹ among the rows of the fit, for V = s K + t I of this trait.

        Rows are those of `group.rows`, as are those of `fixed_effects.basis`. For contrasts, which
        are free of these, that of V + c X Xᵀ will do where V is singular. **It is valid until that
        of another trait is asked for.**

        Raises
        ------
        ValueError
            If V is singular, to rounding, or a saved model needs features that it has not kept.
        """
        s, t = self.s_and_t
        precisions = self.fitted.precisions(self.group)
        precision = (precisions.of_contrasts if of_contrasts else precisions.of_products)(s, t)
        if precision is None:
            raise ValueError(self._why_V_is_singular)
        return precision

    @property
    def _why_V_is_singular(self) -> str:
        if self.is_exact:
            return (
                "y is an exact linear function of the fixed effects, and V is 0. Leave out the "
                "fixed effect that says what y is."
            )
        return (
            f"V has no inverse at h={self.h!r}, but for rounding errors: K is singular or has a "
            "negative eigenvalue there. Hold h further inside of its range, as h=0.999999 is if "
            "that ends at 1."
        )
