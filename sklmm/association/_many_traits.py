"""Many traits that are measured in the same rows, and block after block of markers."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from sklearn.utils import gen_batches

from .._door import FittedGroup, FittedModel, FittedTrait
from .._variance.association.contrast_spectrum import Contrasts
from .._variance.association.distinct import distinct_columns
from .._variance.association.explained import Explained
from .._variance.association.many_traits import ROUNDING, ManyTraits
from .._variance.association.null_model import free_of
from .._variance.association.statistics import least_share, statistics_of
from ._kept import Keep, Part
from ._refitted_trait import spectrum_of
from ._trait import Block, Question, columns_of

NUMBERS_AT_A_TIME = 2**19
"""Of an array with an element for each trait and marker."""


class ManyTester:
    """Traits of one group, each at its own h of the null model.

    Parameters
    ----------
    fitted : FittedModel
        The null model.
    group : FittedGroup
    places : ndarray of int
        Of the traits among those of the group.
    n_markers : int
        How many are tested in all.
    question : Question
    keep : "all", "max" or float
        Which results are made.
    """

    def __init__(
        self,
        fitted: FittedModel,
        group: FittedGroup,
        places: np.ndarray,
        n_markers: int,
        question: Question,
        keep: Keep,
    ):
        self.rows, self.traits = group.rows, group.traits[places]
        self._question, self._keep = question, keep
        self._method = group.estimate.model.method
        self._h = fitted.h[self.traits]
        spectrum = spectrum_of(FittedTrait(fitted, group, int(places[0])), n_markers)
        self._many = ManyTraits(spectrum, group.residuals_of(places), self._h)
        self._best = np.full(len(places), -np.inf)
        if not isinstance(keep, str):
            n = len(group.rows)
            self._least = least_share(keep, question.test, self._method, spectrum.df, n)

    def test(self, markers: np.ndarray, G: np.ndarray) -> Iterator[Part]:
        """Results, at least of what is kept, for genotypes of the rows, with NaN for gaps.

        G, of shape (n, m) in Fortran order, is overwritten. Columns that are the same are tested
        once.
        """
        distinct, place = distinct_columns(G) or (np.arange(len(markers)),) * 2
        block = Block.of(np.asfortranarray(G[:, distinct]) if len(distinct) < len(place) else G)
        free, _ = free_of(self._many.spectrum.basis, block.values)
        contrasts = self._many.transform(free)
        if self._keep == "max":
            yield self._best_of(markers[distinct], block, contrasts)
        elif self._keep == "all":
            yield from self._all_of(markers, place, block, contrasts)
        else:
            yield from self._small_p_of(markers, place, block, contrasts)

    def _best_of(self, markers: np.ndarray, block: Block, G: Contrasts) -> Part:
        """The best marker of each trait that has none as good in a block before."""
        maxima = self._many.maxima_transformed(G)
        traits = np.flatnonzero(maxima.share > self._best * (1 + ROUNDING))
        self._best[traits] = maxima.share[traits]
        best = maxima.marker[traits]
        found = self._many.explain_pairs(G, traits, best)
        columns = self._columns(found, _of_markers(block, best), self._h[traits])
        return Part(self.traits[traits], markers[best], columns)

    def _all_of(
        self, markers: np.ndarray, place: np.ndarray, block: Block, G: Contrasts
    ) -> Iterator[Part]:
        """All traits at some markers at a time, each a copy of the one of G at `place`."""
        size = max(1, NUMBERS_AT_A_TIME // len(self.traits))
        for some in gen_batches(len(block.is_constant), size):
            found = self._many.explain_transformed(_select(G, some))
            columns = self._columns(found, _of_markers(block, some), self._h[:, None])
            copies = np.flatnonzero((place >= some.start) & (place < some.stop))
            of_copies, shape = place[copies] - some.start, found.beta.shape
            columns = {name: np.broadcast_to(of, shape) for name, of in columns.items()}
            if len(copies) > shape[1]:
                columns = {name: values[:, of_copies] for name, values in columns.items()}
            yield Part(self.traits[:, None], markers[copies], columns)

    def _small_p_of(
        self, markers: np.ndarray, place: np.ndarray, block: Block, G: Contrasts
    ) -> Iterator[Part]:
        """Pairs of traits and markers with p values that may be small enough to be kept."""
        order = np.argsort(place, kind="stable")
        n_copies = np.bincount(place)
        first = np.cumsum(n_copies) - n_copies
        for traits, of, found in self._many.explain_above(G, self._least):
            columns = self._columns(found, _of_markers(block, of), self._h[traits])
            pair = np.repeat(np.arange(len(of)), n_copies[of])
            number = np.arange(len(pair)) - np.searchsorted(pair, pair)
            copies = order[first[of[pair]] + number]
            columns = {name: values[pair] for name, values in columns.items()}
            yield Part(self.traits[traits[pair]], markers[copies], columns)

    def _columns(self, found: Explained, block: Block, h: np.ndarray) -> dict[str, np.ndarray]:
        tested = statistics_of(found, self._question.test, self._method)
        return columns_of(block, found, tested, h)


def _select(G: Contrasts, markers: slice) -> Contrasts:
    return Contrasts(*(part[..., markers] for part in G))


def _of_markers(block: Block, markers: np.ndarray | slice) -> Block:
    """What is known of some markers."""
    return Block(block.values[:, :0], None, block.is_constant[markers], block.frequency[markers])
