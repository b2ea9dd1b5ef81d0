"""Questions that are put to each trait of a fit."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from numbers import Integral
from typing import Any, TypeVar

import numpy as np

from .._door import FittedTrait, fitted_model
from .._variance.linalg.forks import computing

LEAVE_OUT_COPIES = "If rows and their y are copies of others, leave the copies out."
"""For messages about likelihoods that are unbounded because nothing speaks of noise."""
Trait = TypeVar("Trait")


def choose_trait(traits: Sequence[Trait], number: Any, whose: str = "model") -> Trait:
    """The one that `trait=` names, which may be None if there is no other."""
    if number is None and len(traits) > 1:
        raise ValueError(
            f"The {whose} has {len(traits)} traits: choose one by trait=, a number from 0 to "
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
    fitted = fitted_model(lmm)
    answers = np.array([answer(trait) for trait in fitted.traits(purpose)])
    return answers[0] if fitted.is_single else answers


def numbers_of_each_trait(lmm: Any, purpose: str, answer: Callable[[FittedTrait], Any]) -> list:
    """Each number of an answer: a float, or an array of all traits if y had two axes."""
    numbers = for_each_trait(lmm, purpose, answer).T
    return numbers.tolist() if numbers.ndim == 1 else list(numbers)
