"""A fit succeeds, or leaves the estimator as it was and says what to do."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from ._variance.likelihood.mixed_model import ImpossibleHeritabilityError


@contextmanager
def all_or_nothing(estimator: Any) -> Iterator[None]:
    """Attributes stay as they were where an error leaves this context."""
    before = vars(estimator).copy()
    try:
        yield
    except BaseException:
        vars(estimator).clear()
        vars(estimator).update(before)
        raise


@contextmanager
def impossible_h() -> Iterator[None]:
    """Say to the user which h is possible."""
    try:
        yield
    except ImpossibleHeritabilityError as error:
        raise ValueError(
            f"h={error.h} is not possible with this kinship: h K + (1 - h) I is singular or not "
            f"positive definite among the training rows. Use an h below {error.largest_h:.6g}, or "
            "None to estimate it."
        ) from None
