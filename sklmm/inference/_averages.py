"""Predictions averaged over h: from a fitted model and rows of X to intervals."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property

import numpy as np

from .._door import FittedModel, FittedTrait, LocatedRows
from .._variance.intervals.averaged_predictions import AveragedPredictions
from .._variance.intervals.heritability_distribution import HeritabilityDistribution
from .._variance.linalg.forks import computing


class Averages:
    """A model and rows, as they are now, whatever becomes of them.

    Parameters
    ----------
    fitted : FittedModel
        With the reduction.
    rows : LocatedRows
    number : int, default=None
        Of the one trait that is asked for; None stands for all.
    """

    def __init__(self, fitted: FittedModel, rows: LocatedRows, number: int | None = None):
        self._model = fitted
        self._rows = rows
        self._number = number

    def select_trait(self, number: int) -> Averages:
        """The averages of one trait of several."""
        return Averages(self._model, self._rows, number)

    def interval(self, of: str, level: float) -> np.ndarray:
        """Intervals of predictions, as `PredictionErrors.interval` says."""
        ends = self._ask(lambda average, rows, number: average.interval(of, level), (2,))
        return np.moveaxis(ends, 0, -1)

    def mean_squared_error(self, of: str, predictions: np.ndarray) -> np.ndarray:
        """Mean squared errors of these predictions, an element each."""

        def error(average, rows, number):
            some = predictions[rows]
            return average.mean_squared_error(of, some if some.ndim == 1 else some[:, number])

        return self._ask(error, ())

    @computing
    def _ask(self, question: Callable, shape: tuple[int, ...]) -> np.ndarray:
        """Answers of a shape, followed by axes for rows, and for traits if there are several."""
        parts, first = [], 0
        for batch in self._rows.batches():
            rows = slice(first, first + len(batch))
            parts.append(self._answer(batch, question, shape, rows))
            first = rows.stop
        answers = np.concatenate(parts, axis=len(shape))
        return self._model.squeeze(answers) if self._number is None else answers[..., self._number]

    def _answer(self, batch, question, shape, rows):
        """The answer for some rows, with nan for traits that are not asked for."""
        diagonal = batch.diagonal()
        answers = np.full((*shape, len(batch), self._model.n_traits), np.nan)
        for group in self._model.stored("intervals of predictions need"):
            asked = [pair for pair in self._distributions if pair[0].group is group]
            if not asked:
                continue
            rotated = self._model.rotate(group, batch)
            for trait, distribution in asked:
                average = AveragedPredictions.from_distribution(
                    distribution, group.estimate, trait.place, rotated, diagonal
                )
                answers[..., trait.number] = question(average, rows, trait.number)
        return answers

    @cached_property
    def _distributions(self):
        """Distributions of h, beside the traits that are asked for."""
        return [
            (trait, distribution_of_h(trait))
            for trait in self._model.traits("intervals of predictions need")
            if self._number in (None, trait.number)
        ]


def distribution_of_h(trait: FittedTrait) -> HeritabilityDistribution:
    """The distribution of h by the restricted likelihood, or all of it at a known h."""
    distribution = None
    if not (trait.is_held or trait.is_exact):
        distribution = HeritabilityDistribution.from_profile(trait.profile)
    return distribution or HeritabilityDistribution.known(trait.solution)
