"""Numbers that stand for missing genotypes, told from genotypes by standing apart from them.

Genotypes are counts 0, 1, 2 up to some ploidy, the coding -1, 0, 1, or dosages between such
numbers. A code such as -9, 5 or 255 is a whole number away from them, and codes are few; 3 is
one where polyploids would have the numbers that are absent beside it. Of many different numbers
nothing is said: they are no genotypes. A column of them among markers is passed by.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from ._numbers import LARGEST_EXACT

LARGEST_PLOIDY = 12
MAX_CODES = 3
MANY = LARGEST_PLOIDY + 1 + 2 * MAX_CODES
APART = 3
"""Two whole numbers lie between a code and the largest genotype; one can be absent by chance."""
FAR_APART = 5
FEWEST_EXPECTED = 20
"""Genotypes of polyploids: that there are none of so many is no accident."""
FEWEST_MARKERS = 3
"""That vary, before one number is judged by what is not there."""
LARGEST_TABLE = 2**16


@dataclass(frozen=True)
class Code:
    """A number that looks like a code, how often it is there, and where it is first."""

    value: float
    count: int
    row: int
    column: int


@dataclass(frozen=True)
class Values:
    """The different values of genotypes that are not missing.

    Attributes
    ----------
    whole : frozenset of float
        Those that are whole numbers.
    lowest, highest : float
        Of those that are not; inf and -inf if there are none.
    """

    whole: frozenset[float] = frozenset()
    lowest: float = np.inf
    highest: float = -np.inf

    @classmethod
    def from_blocks(cls, blocks: Iterable[np.ndarray]) -> Values | None:
        """The values in 1-D arrays, or None if they are too many to be genotypes."""
        values = cls()
        for block in blocks:
            values |= _values(block)
            if len(values.whole) > MANY:
                return None
        return values

    def __or__(self, other: Values) -> Values:
        return Values(
            self.whole | other.whole,
            min(self.lowest, other.lowest),
            max(self.highest, other.highest),
        )

    @property
    def are_genotypes_and_codes(self) -> bool:
        """Whether one column holds what a marker can: no ages, lengths or standardized numbers."""
        beyond = [value for value in self.whole if value > LARGEST_PLOIDY]
        below = [value for value in self.whole if value < -1]
        is_beyond = len(beyond) == len(self.whole) > 0
        has_many = max(len(beyond), len(below)) > MAX_CODES
        return not (is_beyond or has_many or self.lowest <= -1 or self.highest > LARGEST_PLOIDY)

    @property
    def are_within(self) -> bool:
        """Whether all could be genotypes."""
        lowest, highest = self._ends
        return lowest >= -1 and highest <= LARGEST_PLOIDY

    @property
    def are_counts(self) -> bool:
        """Whether they are of diploids, with 2 among them."""
        lowest, highest = self._ends
        return lowest >= 0 and highest <= 2 and 2 in self.whole

    @property
    def are_centered(self) -> bool:
        """Whether they are counts less 1, with -1 among them."""
        lowest, highest = self._ends
        return lowest >= -1 and highest <= 1 and -1 in self.whole

    @property
    def is_one_beside_centered(self) -> bool:
        """Whether they are -1, 0, 1 and one number above, which no gap sets apart."""
        return self.lowest == np.inf and len(self.whole) == 4 and {-1, 0, 1} < self.whole

    @property
    def _ends(self):
        ends = [self.lowest, self.highest] if self.lowest < np.inf else []
        return min([*self.whole, *ends], default=0), max([*self.whole, *ends], default=0)

    @property
    def codes(self) -> list[float]:
        """Those that look like codes of missing genotypes, in their order."""
        if self.lowest <= -1:
            return []
        above = self._above()
        return [*self._below([value for value in self.whole if value not in above]), *above]

    @property
    def alone(self) -> float | None:
        """One number above 2 without the others that a polyploid would have, or None.

        That is 3 beside 0 and 1 or 0 and 2, of which a triploid has both, or 3 or 4 beside
        dosages up to 2.
        """
        above = [value for value in self.whole if value > 2]
        is_one = len(above) == 1 and above[0] < 2 + APART
        if not is_one or min(self.whole) < 0 or self.lowest < 0 or self.codes:
            return None
        if self.lowest < np.inf:
            return above[0] if self.highest < 2 else None
        return 3 if self.whole in ({0, 1, 3}, {0, 2, 3}) else None

    @property
    def may_have_codes(self) -> bool:
        """Whether it is worth while to look for them."""
        return bool(self.codes) or self.alone is not None

    @property
    def largest_genotype(self) -> float:
        """The largest genotype beside the codes, rounded up."""
        rest = self.whole.difference(self.codes)
        return max([*rest, np.ceil(self.highest)])

    def _above(self):
        """A few whole numbers above a gap that is wider than those between genotypes."""
        whole, lowest = sorted(self.whole), -1 if 1 in self.whole else 0
        for first in range(max(len(whole) - MAX_CODES, 0), len(whole)):
            apart, counts = whole[first:], [value for value in whole[:first] if value >= lowest]
            top = max([*counts, np.ceil(self.highest)])
            widest = 1 if self.lowest < np.inf else max(np.diff(counts), default=0)
            all_copies = len(apart) > 1 or (top == 0 and could_be_ploidy(apart[0]))
            may_be_inbred = widest == 0 and all_copies
            is_apart = apart[0] > 2 and apart[0] - top >= max(APART, widest + 1)
            if is_apart and not may_be_inbred and -1 <= top <= LARGEST_PLOIDY:
                return apart
        return []

    def _below(self, whole):
        """A few negative numbers; -1 beside 0 and 1 is a genotype."""
        negative = sorted(value for value in whole if value < 0)
        top = max([*(value for value in whole if value >= 0), self.highest], default=-np.inf)
        if self.lowest < 0:
            negative = [value for value in negative if value <= -1 - APART]
        elif top <= 1:
            is_nothing_else = top < 0 and -1 not in negative
            negative = [value for value in negative if value < -1 and not is_nothing_else]
        elif self.lowest == np.inf and _is_symmetric(negative, whole):
            return []
        return negative if len(negative) <= MAX_CODES and top <= LARGEST_PLOIDY else []


NOTHING = Values()


def likely_codes(
    values: Values, count: Callable[[float], int], seen: Values = NOTHING
) -> list[float]:
    """Those of values; beside 0 and 1, -1 or one number above, whichever is rarer.

    What has been seen of two is a genotype, if the other has not.
    """
    codes = values.codes
    if codes != [-1] or not values.is_one_beside_centered:
        return codes
    above = max(values.whole)
    if (above in seen.whole) != (-1 in seen.whole):
        return codes if above in seen.whole else [above]
    return codes if count(-1) <= count(above) else [above]


def find_codes(
    X: np.ndarray,
    values: Values,
    lowest: np.ndarray,
    batches: Sequence[slice],
    seen: Values = NOTHING,
    n_expected: float = 0,
) -> list[Code]:
    """The codes in X and their places.

    Of what lies above genotypes, only codes beside these at the same marker are found: a table
    may hold years as well. Where few genotypes are known of a polyploid, one number is no code
    if it may be a rare count.

    Parameters
    ----------
    values : Values
        Of X and of what was seen before.
    lowest : ndarray of shape (n_markers,)
        Of the values of each marker.
    batches : sequence of slices
        Rows to look at in one go.
    seen : Values
        Counts that have been seen before are no codes.
    n_expected : float
        How often triploids would have had the absent one of 1 and 2 before.
    """
    if values.alone is not None and values.alone not in seen.whole:
        return _find_alone(X, values, lowest, batches, n_expected)
    top = values.largest_genotype
    counts = {value for value in seen.whole if 0 <= value <= LARGEST_PLOIDY}
    found = []
    likely = likely_codes(values, lambda value: int(np.count_nonzero(value == X)), seen)
    for code in [code for code in likely if code not in counts]:
        places = _places(X, code, batches)
        is_beside_genotypes = lowest[places[:, 1]] <= top
        is_apart = code in values.codes
        is_in_gap = top <= 2 and code <= LARGEST_PLOIDY and not could_be_ploidy(code)
        if code < 0 or is_in_gap or not is_apart:
            is_beside_genotypes[:] = True
        may_be_chance = is_apart and 2 < top < code <= min(LARGEST_PLOIDY, top + FAR_APART - 1)
        if is_beside_genotypes.sum() >= (2 if may_be_chance else 1):
            first = places[is_beside_genotypes.argmax()]
            found.append(Code(code, len(places), int(first[0]), int(first[1])))
    return found


def _find_alone(X, values, lowest, batches, n_expected):
    """3, or 4 among dosages, if polyploids would have more beside it than there is."""
    code = values.alone
    if values.lowest < np.inf:
        n_expected += _count_below_top(X, values)
    else:
        other = next(iter(values.whole - {0, code}))
        counts = [
            sum(np.count_nonzero(X[rows] == value, axis=0) for rows in batches)
            for value in (0, other, code)
        ]
        n_expected += expect_of_triploids(*(counts if other == 1 else counts[::-1]))
    places = _places(X, code, batches)
    places = places[lowest[places[:, 1]] < code]
    if n_expected < FEWEST_EXPECTED or not len(places):
        return []
    return [Code(code, len(places), int(places[0, 0]), int(places[0, 1]))]


def expect_of_triploids(none: np.ndarray, one: np.ndarray, three: np.ndarray) -> float:
    """How many individuals would have two copies, by how often each marker has other numbers.

    At a frequency p there are p / (1 - p) times as many with two copies as with one, however
    inbred they are.
    """
    varies = (none > 0) & (one > 0)
    if np.count_nonzero(varies) < FEWEST_MARKERS:
        return 0.0
    none, one, three = none[varies], one[varies], three[varies]
    return float((one * (one + 3 * three) / (3 * none + 2 * one)).sum())


def _count_below_top(X, values):
    """Dosages just below the top at markers with a code, half of which would be above otherwise.

    One number at a marker may be the mean that stands for its missing genotypes.
    """
    code = values.alone
    top = max([np.ceil(values.highest), *(values.whole - {code})])
    n_dosages = 0
    for marker in np.flatnonzero((code == X).any(axis=0)):
        numbers = X[:, marker]
        is_below = (numbers > top - 0.5) & (numbers < top)
        n_dosages += max(0, len(np.unique(numbers[is_below])) - 1)
    return n_dosages


def _places(X, value, batches):
    """Rows and columns, of shape (n, 2)."""
    parts = [np.argwhere(X[rows] == value) + np.array([rows.start, 0]) for rows in batches]
    return np.vstack(parts)


def could_be_ploidy(value: float) -> bool:
    """Whether a number can be that of all copies of a marker, of diploids, triploids and so on."""
    return value == 3 or (value % 2 == 0 and value <= LARGEST_PLOIDY)


def is_of_nines(number: float) -> bool:
    """-9, 99 and the like."""
    return set(f"{abs(number):.0f}") == {"9"} and float(number).is_integer()


def _is_symmetric(negative, whole):
    """-2, -1, 0, 1, 2 and the like, counts of a polyploid beside their middle, or -a, (0,) a."""
    top, steps = max(whole), len(negative)
    is_centered = steps >= 2 and min(whole) == -steps and abs(top - steps) <= 1
    return is_centered or set(whole) - {0} == {-top, top}


def _values(block):
    if not block.size:
        return Values()
    lowest, highest = float(block.min()), float(block.max())
    if lowest >= 0 and highest <= 2:
        whole = frozenset(map(float, range(math.ceil(lowest), math.floor(highest) + 1)))
        ends = [end for end in (lowest, highest) if end not in whole]
        return Values(whole, min(ends, default=np.inf), max(ends, default=-np.inf))
    if block.dtype.kind != "f":
        return Values(_distinct(block))
    is_whole = block == np.floor(block)
    fractions = block[~is_whole]
    return Values(
        _distinct(block[is_whole]),
        fractions.min(initial=np.inf),
        fractions.max(initial=-np.inf),
    )


def _distinct(whole):
    """Whole numbers, by counting them if that is faster than sorting."""
    if not whole.size:
        return frozenset()
    lowest, highest = int(whole.min()), int(whole.max())
    if highest - lowest >= LARGEST_TABLE or max(highest, -lowest) >= LARGEST_EXACT:
        return frozenset(map(float, np.unique(whole)))
    counted = np.bincount(whole.astype(np.int64) - lowest)
    return frozenset(map(float, np.flatnonzero(counted) + lowest))
