"""The door to a fitted model, for all modules that ask it something."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from sklearn.pipeline import Pipeline

from ._fitted import FittedGroup, FittedModel, FittedTrait, LocatedRows
from ._order import RowLabels
from ._regressor import LMMRegressor
from ._samples.base import Samples, TrainingRows
from ._samples.choose import choose_samples

__all__ = [
    "FittedGroup",
    "FittedModel",
    "FittedTrait",
    "LMMRegressor",
    "LocatedRows",
    "Samples",
    "TrainingRows",
    "find_row_labels",
    "fitted_model",
    "relate_rows",
]


def fitted_model(lmm: Any, name: str = "lmm") -> FittedModel:
    """The door to what a fit has left behind.

    Raises
    ------
    TypeError
        If `lmm` is not an LMMRegressor.
    NotFittedError
        If it is not fitted.
    """
    if not isinstance(lmm, LMMRegressor):
        raise TypeError(
            f"{name} must be a fitted LMMRegressor, got {type(lmm).__name__}."
            f"{_remedy_of_what_is_around(lmm, name)}"
        )
    return lmm._ask()


def _remedy_of_what_is_around(model: Any, name: str) -> str:
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


def find_row_labels(lmm: LMMRegressor, X: Any) -> Callable[[Any], RowLabels | None]:
    """What says whose the rows of an X are, before the fit."""
    return choose_samples(lmm, X).row_labels


def relate_rows(lmm: LMMRegressor, X: Any) -> tuple[np.ndarray, np.ndarray]:
    """The relationships among the rows of an X, and their fixed effects, before a fit to them."""
    samples = choose_samples(lmm, X)
    covariates = samples.fit(X)
    return samples.training_relationships(np.arange(len(covariates))), covariates
