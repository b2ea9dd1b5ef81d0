"""What the rows of a fit show of markers, and codes of missing genotypes in these and new rows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from sklearn.utils import gen_batches

from ._codes import (
    APART,
    LARGEST_PLOIDY,
    NOTHING,
    Values,
    expect_of_triploids,
    find_codes,
    is_of_nines,
)
from ._counts import MISSING, is_missing_count, types_of_missing
from ._warn import warn_user

ROWS_AT_A_TIME = 256
CENTERED = 1e-6
"""A sum below this share of the size of its terms counts as 0, as in standardized columns."""
FEWEST_ROWS_WITH_IDS = 10
NEARLY_ALL = 0.8


@dataclass(frozen=True)
class Seen:
    """What is measured of each marker in the rows of a fit.

    Attributes
    ----------
    n_measured, total, lowest, highest : ndarray of shape (n_markers,)
    values : Values or None
        What genotypes there are, or None if they are any numbers.
    columns : ndarray of int, or None
        Those with genotypes, if a few others hold any numbers.
    """

    n_measured: np.ndarray
    total: np.ndarray
    lowest: np.ndarray
    highest: np.ndarray
    values: Values | None
    columns: np.ndarray | None = None

    @classmethod
    def from_array(cls, X: np.ndarray, names: Sequence | None = None) -> Seen:
        """Look at all rows.

        ValueError if genotypes look like codes of missing ones, or a column like ids.
        """
        n_measured, total = np.zeros(X.shape[1], dtype=int), np.zeros(X.shape[1])
        lowest, highest = np.full(X.shape[1], np.inf), np.full(X.shape[1], -np.inf)
        for block in float_blocks(X):
            is_missing = np.isnan(block)
            lowest = np.fmin(lowest, np.fmin.reduce(block))
            highest = np.fmax(highest, np.fmax.reduce(block))
            n_measured += len(block) - np.count_nonzero(is_missing, axis=0)
            block[is_missing] = 0
            total += block.sum(axis=0)
        values, columns = values_of_markers(X, (lowest, highest))
        if values is not None and values.may_have_codes:
            if are_centered(n_measured, total, lowest, highest):
                values = columns = None
            else:
                _refuse_codes(X, values, lowest, columns)
        _refuse_ids(X, n_measured, lowest, highest, names)
        return cls(n_measured, total, lowest, highest, values, columns)

    @property
    def varies(self) -> np.ndarray:
        return self.highest > self.lowest

    @property
    def n_varying(self) -> int:
        return int(np.count_nonzero(self.varies))

    def count_measured(self, X: np.ndarray) -> np.ndarray:
        """Count the varying markers at which rows are measured; all markers, if none varies."""
        counts, looks = np.empty(len(X), dtype=np.intp), self.varies
        looks = looks if looks.any() else ~looks
        for rows in batches(X):
            counts[rows] = np.count_nonzero(~is_missing_count(X[rows]) & looks, axis=1)
        return counts

    def refuse_codes(self, X: np.ndarray) -> None:
        """Refuse codes in new rows, which may hold few values, beside those that were seen."""
        if self.values is None:
            return
        new, columns = values_of_markers(X, None, self.columns, self.values)
        if new is not None:
            _refuse_other_coding(X, new, self.values)
        if new is not None and (new | self.values).may_have_codes:
            lowest = np.fmin(self.lowest, _ends(X)[0])
            _refuse_codes(X, new | self.values, lowest, columns, self.values, self._n_expected)

    @property
    def _n_expected(self):
        """How many individuals would have two copies, if those seen with one are triploids."""
        if self.values is None or self.values.lowest < np.inf or self.values.whole != {0, 1}:
            return 0.0
        one = self.total if self.columns is None else self.total[self.columns]
        n = self.n_measured if self.columns is None else self.n_measured[self.columns]
        return expect_of_triploids(n - one, one, np.zeros(len(n)))


def warn_of_codes_among_features(X: np.ndarray) -> None:
    """Features may be any numbers, but negative ones or nines beside counts 0, 1, 2 are codes."""
    if not X.size:
        return
    lowest, highest = float(X.min()), float(X.max())
    if not (lowest <= -1 and lowest.is_integer()) and not is_of_nines(highest):
        return
    values = Values.from_blocks(X[rows].ravel() for rows in batches(X))
    if values is None or values.lowest < 0 or not values.codes:
        return
    if values.whole.difference(values.codes) != {0, 1, 2}:
        return
    for code in find_codes(X, values, X.min(axis=0), list(batches(X))):
        if code.value < 0 or code.value == 2 or is_of_nines(code.value):
            values_are = "value" if code.count == 1 else "values"
            genotypes = "-1, 0, 1" if code.value == 2 else "0, 1, 2"
            warn_user(
                f"The features of the kernel have {code.count} {values_are} {code.value:g} beside "
                f"genotypes {genotypes}, the first at row {code.row}, feature {code.column}, and "
                "they are taken as numbers. If they stand for missing genotypes, write NaN in "
                "their place and put sklmm.preprocessing.GenotypeScaler before the model.",
            )


def batches(X: np.ndarray) -> Iterator[slice]:
    """Rows whose floats fit into a cache."""
    return gen_batches(len(X), ROWS_AT_A_TIME)


def float_blocks(X: np.ndarray) -> Iterator[np.ndarray]:
    """float64 blocks of rows, with NaN where a genotype is missing."""
    for rows in batches(X):
        block = X[rows].astype(np.float64)
        block[is_missing_count(X[rows])] = np.nan
        yield block


def _ends(X):
    """The lowest and the highest value of each column."""
    ends = [(np.fmin.reduce(block), np.fmax.reduce(block)) for block in float_blocks(X)]
    return np.fmin.reduce([low for low, _ in ends]), np.fmax.reduce([high for _, high in ends])


def values_of_markers(X, ends, columns=None, seen=NOTHING):
    """The values in X, or in some columns if others hold any numbers; and these columns.

    If half of the columns are others, or what is left has negative fractions, these are features
    of any kind, and nothing is left out.
    """
    values = _values(X, columns)
    if values is not None and (values.are_within or (values | seen).codes):
        return values, columns
    lowest, highest = _ends(X) if ends is None else ends
    candidates = (lowest < -1) | (highest > LARGEST_PLOIDY)
    is_marker = np.ones(X.shape[1], dtype=bool)
    if columns is not None:
        is_marker[:] = False
        is_marker[columns] = True
    n_others, most = np.count_nonzero(~is_marker), X.shape[1] / 2
    for column in np.flatnonzero(candidates & is_marker):
        is_marker[column] = _may_be_a_marker(X[:, column])
        n_others += not is_marker[column]
        if n_others >= most:
            return values, columns
    left = np.flatnonzero(is_marker)
    of_markers = _values(X, left)
    if of_markers is None or of_markers.lowest < 0:
        return values, columns
    return of_markers, left


def _may_be_a_marker(column):
    values = Values.from_blocks([column[~is_missing_count(column)]])
    return values is not None and values.are_genotypes_and_codes


def _values(X, columns=None):
    """The different values in all columns, or in some."""

    def blocks():
        for rows in batches(X):
            block = X[rows] if columns is None else X[rows][:, columns]
            yield block[~is_missing_count(block)]

    return Values.from_blocks(blocks())


def are_centered(n_measured, total, lowest, highest):
    """Whether all columns add up to 0: standardized numbers, of which some may be whole."""
    sizes = n_measured * np.where(n_measured, np.maximum(np.abs(lowest), np.abs(highest)), 0)
    return bool((np.abs(total) <= CENTERED * sizes).all())


def _refuse_codes(X, values, lowest, columns, seen=NOTHING, n_expected=0):
    if columns is not None:
        X, lowest = X[:, columns], lowest[columns]
    codes = find_codes(X, values, lowest, list(batches(X)), seen, n_expected)
    if codes:
        kind = "counts" if values.lowest == np.inf else "dosages"
        other = ""
        if values.whole == {0, 2, 3}:
            other = (
                " If they are codes of a .bed file, where 3 has two copies, use "
                "sklmm.io.read_plink."
            )
        elif codes[0].value not in (*values.codes, values.alone):
            kind = "-1, 0, 1"
            other = " If it is the -1 that stands for them, use NaN in its place instead."
        found = " and ".join(f"{code.count} genotypes {code.value:g}" for code in codes)
        first = codes[0].column if columns is None else columns[codes[0].column]
        raise ValueError(
            f"X has {found} beside {kind}, as if they stood for missing ones, the first at "
            f"X[{codes[0].row}, {first}]. Use NaN, or {MISSING} if all columns of X are "
            f"{types_of_missing(X.dtype)}.{other} If they are real numbers instead of genotypes, "
            "use StandardScaler."
        )


def _refuse_other_coding(X, new, seen):
    """Rows as -1, 0, 1 after a fit to counts 0, 1, 2, or the other way around."""
    for fitted, other, sign in ((seen, new, "+"), (new, seen, "-")):
        if fitted.are_counts and other.are_centered:
            shifted = f"X {sign} 1"
            if X.dtype.kind == "i" and is_missing_count(X).any():
                shifted = f"numpy.where(X == {MISSING}, {MISSING}, {shifted})"
            codings = ("-1, 0, 1", "0, 1, 2")[:: 1 if sign == "+" else -1]
            or_missing = ", or NaN in place of -1 if it stands for missing ones" * (sign == "+")
            raise ValueError(
                f"X has genotypes in the coding {codings[0]}, and those of fit were {codings[1]}. "
                f"Use {shifted}{or_missing}."
            )


def _refuse_ids(X, n_measured, lowest, highest, names):
    """Whole numbers that differ from row to row, where nearly all columns are genotypes."""
    is_count = (lowest >= -1) & (highest <= LARGEST_PLOIDY)
    is_wide = (n_measured == len(X)) & (highest - lowest >= len(X) - 1)
    is_count &= ~is_wide
    if len(X) < FEWEST_ROWS_WITH_IDS or is_count.sum() < NEARLY_ALL * X.shape[1]:
        return
    largest = highest[is_count].max()
    for column in np.flatnonzero(is_wide & (highest >= largest + APART)):
        numbers = X[:, column]
        if (numbers == np.floor(numbers)).all() and len(np.unique(numbers)) == len(X):
            title = "" if names is None else f" ({names[column]!r})"
            raise ValueError(
                f"Column {column}{title} of X holds a whole number for each row, all different, "
                f"such as {numbers[0]:.0f} and {numbers[1]:.0f}, beside genotypes up to "
                f"{largest:g}. If they are ids or a covariate, they would be taken for a marker "
                "that outweighs all others: leave the column out, or let it pass by in a "
                'ColumnTransformer, with "passthrough".'
            )
