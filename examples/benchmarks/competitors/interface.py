"""What a program is asked and what it answers."""

from typing import NamedTuple

import numpy as np


class Question(NamedTuple):
    """Which likelihood is maximized, of which model, or at which h the BLUPs are wanted."""

    method: str = "reml"
    fit_intercept: bool = True  # or else y is centered beforehand
    h: float | None = None

    def __str__(self):
        goal = self.method.upper() if self.h is None else f"BLUPs at h = {self.h}"
        return goal if self.fit_intercept else f"{goal}, y centered"


REML = Question()


class Answer(NamedTuple):
    """h on the scale of K, the likelihood with all constants, BLUPs; None where not given."""

    h: float | None = None
    log_likelihood: float | None = None
    random_effects: np.ndarray | None = None

    def differences(self, expected):
        """How far this answer is from another one, likewise as an Answer."""
        return Answer(
            _apply(lambda a, b: abs(a - b), self.h, expected.h),
            _apply(lambda a, b: abs(a / b - 1), self.log_likelihood, expected.log_likelihood),
            _apply(_largest_difference, self.random_effects, expected.random_effects),
        )

    def exceeds(self, tolerance):
        """The fields in which these differences are larger than `tolerance`, or are no numbers."""
        return [
            field
            for field, difference, limit in zip(self._fields, self, tolerance, strict=True)
            if difference is not None and not difference <= limit
        ]


def _apply(function, ours, theirs):
    return None if ours is None or theirs is None else float(function(ours, theirs))


def _largest_difference(u, expected):
    """In standard deviations of the expected ones."""
    return np.abs(u - expected).max() / expected.std()


TOLERANCE = Answer(h=1e-5, log_likelihood=1e-8, random_effects=1e-5)
