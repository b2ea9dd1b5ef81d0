"""A fit succeeds, or leaves the estimator as it was."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import TypeVar

Fit = TypeVar("Fit", bound=Callable)


def all_or_nothing(fit: Fit) -> Fit:
    """Decorate a method so that the attributes of `self` stay as they were where it raises."""

    @wraps(fit)
    def fit_or_restore(self, *args, **keywords):
        before = vars(self).copy()
        try:
            return fit(self, *args, **keywords)
        except BaseException:
            vars(self).clear()
            vars(self).update(before)
            raise

    return fit_or_restore  # type: ignore[return-value]
