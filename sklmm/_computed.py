"""What is computed for a question, and how long is it kept?"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ._groups import FittedGroup
from ._variance.likelihood.profile import GeneralizedLeastSquares

MAX_SOLUTIONS = 64
"""Kept during a question; with more traits each is solved again when its turn comes."""


class Computed:
    """Solutions, and what is as large as K for one group at a time, during a question.

    Parameters
    ----------
    n_traits : int
        Of the model.
    """

    def __init__(self, n_traits: int):
        self._n_traits = n_traits
        self._solutions: dict[int, GeneralizedLeastSquares] = {}
        self._of_last_group: dict[str, tuple[FittedGroup, Any]] = {}

    def solution(self, group: FittedGroup, place: int) -> GeneralizedLeastSquares:
        """The least squares of one trait of a group, at its h."""
        if self._n_traits > MAX_SOLUTIONS:
            return group.estimate.solution(place)
        number = group.traits[place]
        if number not in self._solutions:
            self._solutions[number] = group.estimate.solution(place)
        return self._solutions[number]

    def of_group(self, name: str, group: FittedGroup, make: Callable[[], Any]) -> Any:
        """What is made for a group, until another group asks for the same."""
        if name in self._of_last_group and self._of_last_group[name][0] is not group:
            del self._of_last_group[name]
        if name not in self._of_last_group:
            self._of_last_group[name] = group, make()
        return self._of_last_group[name][1]
