"""Traits that are measured in the same rows, and how they are fitted again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ._fitting import impossible_h
from ._results import Results
from ._samples.base import Samples, TrainingRows
from ._validation import check_enough_samples
from ._variance.fit import Fit, fit
from ._variance.likelihood.estimate import Estimate
from ._variance.likelihood.fixed_effects import FixedEffects
from ._variance.reductions.base import BackRotation
from ._variance.reductions.choose import SOLVERS, choose_solver


@dataclass(frozen=True, eq=False)
class FittedGroup:
    """Traits that are measured in the same rows, and share a reduction of K.

    Attributes
    ----------
    rows, traits : ndarray of int
        Their numbers among all.
    estimate : Estimate
    back : BackRotation
        From what the model has rotated to the rows.
    """

    rows: np.ndarray
    traits: np.ndarray
    estimate: Estimate
    back: BackRotation

    @classmethod
    def from_fit(cls, rows: np.ndarray, fit: Fit) -> FittedGroup:
        return cls(rows, fit.traits, fit.estimate, fit.back)

    def residuals(self) -> np.ndarray:
        """What least squares on the fixed effects leave of the traits, of shape (n, k)."""
        model = self.estimate.model
        return self.back.apply(model.reduction, model.Y)


def refit(
    groups: Sequence[FittedGroup], samples: Samples, given_h: Any, further: np.ndarray | None
) -> tuple[Results, tuple[FittedGroup, ...]]:
    """Fit traits again, beside another K or with further fixed effects.

    Parameters
    ----------
    groups : sequence of FittedGroup
    samples : Samples
        What relates the rows of the fit: with the K of the new one.
    given_h : None, "loo" or ndarray of shape (n_traits,)
        As in the model.
    further : ndarray of shape (n_rows, k) or None
        Fixed effects beside those of the model, the last in `b`.
    """
    n_traits = sum(len(group.traits) for group in groups)
    n_effects = _n_effects(groups[0]) + (0 if further is None else further.shape[1])
    results, fitted_groups = Results(samples.n_rows, n_traits, n_effects, given_h), []
    for some in _by_rows(groups):
        rows, traits = some[0].rows, np.concatenate([group.traits for group in some])
        for part in _fit_again(some, samples, given_h, further):
            own = replace(part, traits=traits[part.traits])
            results.take(rows, own)
            fitted_groups.append(FittedGroup.from_fit(rows, own))
    return results, tuple(fitted_groups)


def _n_effects(group: FittedGroup) -> int:
    return len(group.estimate.model.fixed_effects.to_coefficients)


def _fit_again(
    groups: list[FittedGroup], samples: Samples, given_h: Any, further: np.ndarray | None
) -> list[Fit]:
    """Fit all traits that are measured in the same rows."""
    rows, model = groups[0].rows, groups[0].estimate.model
    fixed_effects = model.fixed_effects
    if further is not None:
        covariates = np.hstack([fixed_effects.covariates(), further[rows]])
        fixed_effects = FixedEffects.from_covariates(covariates, fixed_effects.has_intercept)
        n_effects = len(fixed_effects.to_coefficients)
        check_enough_samples(len(rows), fixed_effects.rank, n_effects, "")
    Y = np.hstack([_observed(group) for group in groups])
    is_held = isinstance(given_h, np.ndarray)
    h = given_h[np.concatenate([group.traits for group in groups])] if is_held else given_h
    solver = choose_solver("auto", len(rows), Y.shape[1], samples.n_markers, isinstance(h, str))
    training = TrainingRows(samples, rows)
    reduction = SOLVERS[solver].from_matrix(SOLVERS[solver].matrix(training))
    with reduction.threads(), impossible_h():
        return list(fit(reduction, training, fixed_effects, Y, model.method, h))


def _by_rows(groups: Sequence[FittedGroup]) -> list[list[FittedGroup]]:
    """Those next to h = 1 are fitted apart from others of the same rows."""
    alike: dict[bytes, list[FittedGroup]] = {}
    for group in groups:
        alike.setdefault(group.rows.tobytes(), []).append(group)
    return list(alike.values())


def _observed(group: FittedGroup) -> np.ndarray:
    """The traits, to rounding."""
    model = group.estimate.model
    return group.residuals() + model.fixed_effects.basis @ model.least_squares.T
