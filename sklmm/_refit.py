"""How are the traits of a fit fitted again?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ._fit_group import Options, fit_group
from ._groups import FittedGroup
from ._results import Results
from ._samples.base import Samples
from ._variance.likelihood.fixed_effects import FixedEffects


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
    results = Results(samples.n_rows, n_traits, n_effects, given_h)
    refitted: list[FittedGroup] = []
    for some in _by_rows(groups):
        rows, model = some[0].rows, some[0].estimate.model
        fixed_effects = _with_further(model.fixed_effects, further, rows)
        traits = np.concatenate([group.traits for group in some])
        Y = np.hstack([_observed(group) for group in some])
        options = Options(model.method)
        refitted += fit_group(samples, fixed_effects, Y, rows, traits, results, options)
    return results, tuple(refitted)


def _n_effects(group: FittedGroup) -> int:
    return len(group.estimate.model.fixed_effects.to_coefficients)


def _with_further(
    fixed_effects: FixedEffects, further: np.ndarray | None, rows: np.ndarray
) -> FixedEffects:
    if further is None:
        return fixed_effects
    covariates = np.hstack([fixed_effects.covariates(), further[rows]])
    return FixedEffects.from_covariates(covariates, fixed_effects.has_intercept)


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
