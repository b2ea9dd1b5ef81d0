"""What a fitted model knows of each of its traits, for those who ask how sure it is."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from numbers import Integral
from typing import Any

import numpy as np
from sklearn.pipeline import Pipeline
from sklearn.utils.validation import check_is_fitted

from .._variance.intervals.curvature import Weight, variance_of_h
from .._variance.intervals.generalized import PivotalDistribution
from .._variance.intervals.pivots import Pivot
from .._variance.likelihood.estimate import Estimate
from .._variance.likelihood.profile import Profile
from .._variance.likelihood.search import find_maximum
from .._variance.linalg.forks import computing
from ..regressor import LMMRegressor

LEAVE_OUT_COPIES = "If rows and their y are copies of others, leave the copies out."
"""For messages about likelihoods that are unbounded because nothing speaks of noise."""


class FittedTrait:
    """One trait of a fit, on the scale of the reduction, where K has a mean diagonal of 1.

    Parameters
    ----------
    lmm : LMMRegressor
    estimate : Estimate
        Of the traits that are measured in the same rows.
    place : int
        Of this trait among them.
    number : int
        Of this trait among all.
    """

    def __init__(self, lmm: LMMRegressor, estimate: Estimate, place: int, number: int):
        self.lmm = lmm
        self.estimate = estimate
        self.place = place
        self.number = number
        self.model = estimate.model
        self.fixed_effects = self.model.fixed_effects
        self.profile = self.model.profile(place)

    @cached_property
    def solution(self):
        """The generalised least squares at ĥ."""
        return self.estimate.solution(self.place)

    @property
    def given_h(self) -> Any:
        """How the fit came to h, as `FittedTraits` says."""
        return self.lmm._fitted.given_h

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
        reml = Profile(self.profile.reduction, self.profile.X, self.profile.y, "reml")
        return self.model.method == "ml" and not find_maximum(reml).unbounded

    @property
    def residual_df(self) -> int:
        """n − p"""
        return self.model.reduction.n - self.fixed_effects.rank

    @property
    def h(self) -> float:
        """On the scale of K, and as given where it was held."""
        return float(np.atleast_1d(self.lmm.h_)[self.number])

    @property
    def b(self) -> np.ndarray:
        return np.atleast_2d(self.lmm.b_)[self.number]

    @cached_property
    def variance_of_h(self) -> float:
        """Of ĥ on the scale of the reduction; nan where it is no maximum of a parabola."""
        if self.given_h is not None or self.is_exact or self.is_unbounded:
            return np.nan
        return variance_of_h(self.profile, self.solution.h)

    @cached_property
    def pivot(self) -> Pivot:
        """What the data say of h by ratios of residual sums."""
        return Pivot(self.profile, self.model.contrast_eigenvalues)

    @cached_property
    def pivotal_distribution(self) -> PivotalDistribution:
        """Of h and v, by the two pivots of the error contrasts."""
        return PivotalDistribution.of(self.pivot, self.solution.h)

    @property
    def largest_h(self) -> float:
        """Up to which V is positive definite, on the scale of K."""
        return self.to_h(self.model.reduction.definiteness.largest_h)

    @property
    def weights(self) -> dict[str, Weight]:
        """Of v, s and t, as multiples of the variance on the scale of the reduction."""
        of_K = 1 / self.model.reduction.scale
        return {"v": Weight(1.0, of_K), "s": Weight(0.0, of_K), "t": Weight(1.0, 0.0)}

    def to_h(self, unit_h: float) -> float:
        """On the scale of K."""
        return self.weights["s"](unit_h) / self.weights["v"](unit_h)

    @property
    def slope_of_h(self) -> float:
        """dh / dh', of h on the scale of K by that of the reduction."""
        return self.weights["s"].at_1 / self.weights["v"](self.solution.h) ** 2


def check_lmm(lmm: Any, name: str = "lmm") -> None:
    """A fitted LMMRegressor, and nothing around it."""
    if not isinstance(lmm, LMMRegressor):
        raise TypeError(
            f"{name} must be a fitted LMMRegressor, got {type(lmm).__name__}."
            f"{_remedy_of_what_is_around(lmm, name)}"
        )
    check_is_fitted(lmm)


def _remedy_of_what_is_around(model, name):
    """The way to the LMMRegressor inside of a pipeline, a search, or one in the other."""
    inside, steps = name, []
    while not isinstance(model, LMMRegressor):
        if hasattr(model, "best_estimator_"):
            model, inside = model.best_estimator_, f"{inside}.best_estimator_"
        elif isinstance(model, Pipeline):
            steps += [f"{inside}[:-1]"] if len(model) > 1 else []
            model, inside = model[-1], f"{inside}[-1]"
        else:
            return ""
    rows = "X"
    for step in steps:
        rows = f"{step}.transform({rows})"
    of_rows = f", and {rows} for X where X is asked for" if steps else ""
    return f" Pass {inside}{of_rows}."


def fitted_traits(lmm: Any, purpose: str) -> list[FittedTrait]:
    """All traits of a fitted model, in their order."""
    check_lmm(lmm)
    fitted = lmm._stored(purpose)
    traits = [
        FittedTrait(lmm, group.estimate, place, number)
        for group in fitted.groups
        for place, number in enumerate(group.traits)
    ]
    return sorted(traits, key=lambda trait: trait.number)


def names_of_b(lmm: LMMRegressor) -> list[str]:
    """Of the elements of b_: the intercept, and columns of X."""
    check_lmm(lmm)
    columns = lmm._samples.covariate_columns(lmm.n_features_in_)
    names = lmm._columns or [f"x{place}" for place in range(lmm.n_features_in_)]
    has_intercept = lmm.b_.shape[-1] > len(columns)
    return ["intercept"] * has_intercept + [str(names[column]) for column in columns]


def choose_trait(traits: list[FittedTrait], number: Any) -> FittedTrait:
    """The one that `trait=` names, which may be None if there is no other."""
    if number is None and len(traits) > 1:
        raise ValueError(
            f"The model has {len(traits)} traits: choose one by trait=, a number from 0 to "
            f"{len(traits) - 1}."
        )
    number = 0 if number is None else number
    is_position = isinstance(number, Integral) and not isinstance(number, bool)
    if not (is_position and 0 <= number < len(traits)):
        raise ValueError(
            f"trait={number!r} is not one of the {len(traits)} traits. Give a number from 0 to "
            f"{len(traits) - 1}."
        )
    return traits[number]


@computing
def for_each_trait(lmm: Any, purpose: str, answer: Callable[[FittedTrait], Any]) -> Any:
    """An array of answers, with a first axis n_targets if y had two."""
    answers = np.array([answer(trait) for trait in fitted_traits(lmm, purpose)])
    return answers[0] if lmm._is_single else answers


@computing
def numbers_of_each_trait(lmm: Any, purpose: str, answer: Callable[[FittedTrait], Any]) -> list:
    """Of an answer of several numbers each of them: a float, or an array if y had two axes."""
    numbers = for_each_trait(lmm, purpose, answer).T
    return numbers.tolist() if lmm._is_single else list(numbers)
