"""Questions that are put to each trait of a fit."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from .._door import FittedModel, FittedTrait, fitted_model
from .._validation import number_of_trait
from .._variance.linalg.forks import computing

LEAVE_OUT_COPIES = "If rows and their y are copies of others, leave the copies out."
"""For messages about likelihoods that are unbounded because nothing speaks of noise."""


def choose_trait(fitted: FittedModel, purpose: str, trait: Any) -> FittedTrait:
    """The one that `trait=` names, which may be None if there is no other."""
    traits = fitted.traits(purpose)
    return traits[number_of_trait(trait, len(traits), fitted.trait_names, "model")]


@computing
def for_each_trait(lmm: Any, purpose: str, answer: Callable[[FittedTrait], Any]) -> Any:
    """An array of answers, with a first axis n_targets if y had two."""
    fitted = fitted_model(lmm)
    answers = np.array([answer(trait) for trait in fitted.traits(purpose)])
    return answers[0] if fitted.is_single else answers


def numbers_of_each_trait(lmm: Any, purpose: str, answer: Callable[[FittedTrait], Any]) -> list:
    """Each number of an answer: a float, or an array of all traits if y had two axes."""
    numbers = for_each_trait(lmm, purpose, answer).T
    return numbers.tolist() if numbers.ndim == 1 else list(numbers)
