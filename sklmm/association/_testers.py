"""Which traits are tested together?"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np

from .._door import FittedGroup, FittedTrait
from ._kept import Keep, Part
from ._many_traits import ManyTester
from ._nulls import Null
from ._refitted_trait import refit_testers
from ._rows import PURPOSE
from ._sources import Source
from ._trait import Question, TraitTester

FEWEST = 4
"""Traits that are tested together, whatever it costs to test each alone."""
OF_EIGENVECTORS = 6
"""What eigenvectors of K cost in multiples of n³, and a V⁻¹ costs a third."""


class Tester(NamedTuple):
    """Tests of some traits that are measured in the same rows.

    Attributes
    ----------
    rows : ndarray of int
        Of the fit.
    n_traits : int
    test : callable
        Results of markers, from their numbers and genotypes, which are overwritten.
    """

    rows: np.ndarray
    n_traits: int
    test: Callable[[np.ndarray, np.ndarray], Iterator[Part]]


def testers_at_null_h(
    null: Null, source: Source, question: Question, keep: Keep
) -> Iterator[Tester]:
    """Tests of all traits at the h of the null model, one tester at a time."""
    is_simple = null.fitted is null.beside and not source.is_of_founders
    may_share = is_simple and question.interaction is None and question.missing != "drop"
    together: set[int] = set()
    for group in null.fitted.stored(PURPOSE) if may_share else ():
        places = np.flatnonzero(_is_regular(group))
        if pays(len(places), len(group.rows), len(null.markers)):
            together.update(group.traits[places].tolist())
            many = ManyTester(null.fitted, group, places, len(null.markers), question, keep)
            yield Tester(group.rows, len(places), many.test)
            del many
    if len(together) < null.fitted.n_traits:
        own, beside = null.fitted.traits(PURPOSE), null.beside.traits(PURPOSE)
        for trait, of_beside in zip(own, beside, strict=True):
            if trait.number not in together:
                of_beside = trait if null.fitted is null.beside else of_beside
                yield _alone(trait, TraitTester(trait, of_beside, question).test)


def testers_at_each_h(null: Null, question: Question) -> Iterator[Tester]:
    """Tests of all traits at an h of their own beside each marker."""
    for trait, tester in refit_testers(null, question, PURPOSE):
        yield _alone(trait, tester.test)


def pays(n_traits: int, n: int, n_markers: int) -> bool:
    """Whether eigenvectors of K cost less, with all markers, than a V⁻¹ for each trait."""
    alone = n_traits * (n / 3 + n_markers)
    return n_traits >= FEWEST and alone >= OF_EIGENVECTORS * n + 2 * n_markers


def _alone(trait: FittedTrait, test: Callable[[np.ndarray], dict[str, np.ndarray]]) -> Tester:
    """A tester of one trait."""

    def test_block(markers: np.ndarray, G: np.ndarray) -> Iterator[Part]:
        yield Part(np.array(trait.number), markers, test(G))

    return Tester(trait.group.rows, 1, test_block)


def _is_regular(group: FittedGroup) -> np.ndarray:
    """Whether rounding does no harm to V at the h of each trait; V⁻¹ may be refused elsewhere."""
    estimate = group.estimate
    definiteness = estimate.model.reduction.definiteness
    is_regular = ~estimate.exact & (estimate.scaled_v > 0)
    if definiteness.margin:
        is_regular &= estimate.scaled_h < definiteness.last_steady_h
    return is_regular
