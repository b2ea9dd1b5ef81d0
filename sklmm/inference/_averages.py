"""Predictions averaged over h: from a fitted model and rows of X to intervals."""

from __future__ import annotations

from collections.abc import Callable
from copy import copy
from functools import cached_property
from typing import Any

import numpy as np

from .._variance.intervals.averaged_predictions import (
    AveragedPredictions,
    HeritabilityDistribution,
)
from .._variance.prediction import RotatedRows
from ..regressor import LMMRegressor
from ..samples import NewRows
from ._traits import FittedTrait, fitted_traits


class Averages:
    """A model and rows, as they are now, whatever becomes of them.

    Parameters
    ----------
    lmm : LMMRegressor
        Fitted, with the reduction.
    rows : array or data frame
        A checked X.
    number : int, default=None
        Of the one trait that is asked for; None stands for all.
    """

    def __init__(self, lmm: LMMRegressor, rows: Any, number: int | None = None):
        self._lmm = copy(lmm)
        self._rows = copy(rows)
        self._number = number

    def of_trait(self, number: int) -> Averages:
        """For one trait of several."""
        return Averages(self._lmm, self._rows, number)

    def interval(self, of: str, level: float) -> np.ndarray:
        """As `PredictionErrors.interval`."""
        ends = self._ask(lambda average, rows, number: average.interval(of, level), (2,))
        return np.moveaxis(ends, 0, -1)

    def mean_squared_error(self, of: str, predictions: np.ndarray) -> np.ndarray:
        """Of these predictions, an element each."""

        def error(average, rows, number):
            some = predictions[rows]
            return average.mean_squared_error(of, some if some.ndim == 1 else some[:, number])

        return self._ask(error, ())

    def _ask(self, question: Callable, shape: tuple[int, ...]) -> np.ndarray:
        """Answers of a shape, followed by axes for rows, and for traits if there are several."""
        samples, parts, first = self._lmm._samples, [], 0
        for some in samples.batches(self._rows):
            rows = slice(first, first + some.shape[0])
            parts.append(self._answer(some, question, shape, rows))
            first = rows.stop
        answers = np.concatenate(parts, axis=len(shape))
        if self._number is not None:
            return answers[..., self._number]
        return answers[..., 0] if self._lmm._is_single else answers

    def _answer(self, some, question, shape, rows):
        """For rows of X, nan for traits that are not asked for."""
        samples, fitted = self._lmm._samples, self._lmm._fitted
        covariates, prior = samples.covariates(some), samples.variances(some)
        new_rows = NewRows(samples, some)
        answers = np.full((*shape, len(prior), fitted.n_traits), np.nan)
        for group in fitted.groups:
            asked = [pair for pair in self._distributions if pair[0].estimate is group.estimate]
            if not asked:
                continue
            model = group.estimate.model
            rotated = RotatedRows.of(model, covariates, new_rows.beside(group.rows), prior)
            estimable = model.fixed_effects.are_estimable(covariates)
            for trait, distribution in asked:
                average = AveragedPredictions.of(
                    distribution, group.estimate, trait.place, rotated, estimable
                )
                answers[..., trait.number] = question(average, rows, trait.number)
        return answers

    @cached_property
    def _distributions(self):
        """Of h, beside the traits that are asked for."""
        traits = fitted_traits(self._lmm, "intervals of predictions need")
        return [
            (trait, distribution_of_h(trait))
            for trait in traits
            if self._number in (None, trait.number)
        ]


def distribution_of_h(trait: FittedTrait) -> HeritabilityDistribution:
    """By the restricted likelihood, or all at the h of the fit, where that is known."""
    distribution = None
    if not (trait.is_held or trait.is_exact):
        distribution = HeritabilityDistribution.of(trait.profile)
    return distribution or HeritabilityDistribution.known(trait.solution)
