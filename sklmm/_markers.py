"""What the rows of a fit show of markers, and codes of missing genotypes in these and new rows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from sklearn.utils import gen_batches

from ._codes import NOTHING, Values, find_codes
from ._genotypes import MISSING, is_missing_count

ROWS_AT_A_TIME = 256
CENTRED = 1e-6
"""Of the size of what is added up: smaller sums are 0, as those of standardized columns are."""


@dataclass(frozen=True)
class Seen:
    """What is measured of each marker in the rows of a fit.

    Attributes
    ----------
    n_measured, total, lowest, highest : ndarray of shape (n_markers,)
    values : Values or None
        What genotypes there are, or None if they are any numbers.
    """

    n_measured: np.ndarray
    total: np.ndarray
    lowest: np.ndarray
    highest: np.ndarray
    values: Values | None

    @classmethod
    def of(cls, X: np.ndarray) -> Seen:
        """Look at all rows, or ValueError if genotypes look like codes of missing ones."""
        n_measured, total = np.zeros(X.shape[1], dtype=int), np.zeros(X.shape[1])
        lowest, highest = np.full(X.shape[1], np.inf), np.full(X.shape[1], -np.inf)
        for block in float_blocks(X):
            is_missing = np.isnan(block)
            lowest = np.fmin(lowest, np.fmin.reduce(block))
            highest = np.fmax(highest, np.fmax.reduce(block))
            n_measured += len(block) - np.count_nonzero(is_missing, axis=0)
            block[is_missing] = 0
            total += block.sum(axis=0)
        values = _values(X)
        if values is not None and values.codes:
            if _are_centred(n_measured, total, lowest, highest):
                values = None
            else:
                _refuse_codes(X, values, lowest)
        return cls(n_measured, total, lowest, highest, values)

    @property
    def varies(self) -> np.ndarray:
        return self.highest > self.lowest

    @property
    def n_varying(self) -> int:
        return int(np.count_nonzero(self.varies))

    def count_measured(self, X: np.ndarray) -> np.ndarray:
        """At how many of the markers that vary rows are measured; of all, if none varies."""
        counts, looks = np.empty(len(X), dtype=np.intp), self.varies
        looks = looks if looks.any() else ~looks
        for rows in batches(X):
            counts[rows] = np.count_nonzero(~is_missing_count(X[rows]) & looks, axis=1)
        return counts

    def refuse_codes(self, X: np.ndarray) -> None:
        """Refuse codes in new rows, which may hold few values, beside those that were seen."""
        new = None if self.values is None else _values(X)
        if self.values is not None and new is not None and (new | self.values).codes:
            lowest = [np.fmin.reduce(block) for block in float_blocks(X)]
            lowest = np.fmin.reduce([self.lowest, *lowest])
            _refuse_codes(X, new | self.values, lowest, self.values)


def batches(X: np.ndarray) -> Iterator[slice]:
    """Rows whose floats fit into a cache."""
    return gen_batches(len(X), ROWS_AT_A_TIME)


def float_blocks(X: np.ndarray) -> Iterator[np.ndarray]:
    """float64 blocks of rows, with NaN where a genotype is missing."""
    for rows in batches(X):
        block = X[rows].astype(np.float64)
        block[is_missing_count(X[rows])] = np.nan
        yield block


def _values(X):
    return Values.of(X[rows][~is_missing_count(X[rows])] for rows in batches(X))


def _are_centred(n_measured, total, lowest, highest):
    """Whether all columns add up to 0: standardized numbers, of which some may be whole."""
    sizes = n_measured * np.where(n_measured, np.maximum(np.abs(lowest), np.abs(highest)), 0)
    return bool((np.abs(total) <= CENTRED * sizes).all())


def _refuse_codes(X, values, lowest, seen=NOTHING):
    codes = find_codes(X, values, lowest, list(batches(X)), seen)
    if codes:
        kind = "counts" if values.lowest == np.inf else "dosages"
        found = " and ".join(f"{code.count} genotypes {code.value:g}" for code in codes)
        raise ValueError(
            f"X has {found} beside {kind}, as if they stood for missing ones, the first at "
            f"X[{codes[0].row}, {codes[0].column}]. Use NaN, or {MISSING} if all columns of X are "
            "integers, such as int8. If they are real numbers instead of genotypes, use "
            "StandardScaler."
        )
