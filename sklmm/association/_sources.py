"""Where genotypes come from: some markers at a time, for the rows of a fit."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.utils import gen_batches

from .._counts import as_counts, check_index, is_missing_count
from .._labels import as_labels

NUMBERS_AT_A_TIME = 2**22
"""Of a block of genotypes, as floats."""


@dataclass(frozen=True, eq=False)
class Source:
    """Genotypes, whose they are, and what is known of the markers.

    Attributes
    ----------
    genotypes : ndarray of shape (n, m)
        Of an integer type, or float64.
    labels : list or None
        Of the rows.
    """

    genotypes: np.ndarray
    labels: list | None
    names: np.ndarray | None = None
    chromosomes: np.ndarray | None = None
    positions: np.ndarray | None = None
    effect_alleles: np.ndarray | None = None
    other_alleles: np.ndarray | None = None

    @property
    def n_markers(self) -> int:
        return self.genotypes.shape[1]

    def batches(self, n_rows: int) -> Iterator[slice]:
        """Parts of the markers."""
        return gen_batches(self.n_markers, max(1, NUMBERS_AT_A_TIME // max(n_rows, 1)))

    def block(self, rows: np.ndarray, markers: slice) -> np.ndarray:
        """Some markers of some rows, a new array in Fortran order, NaN where one is missing."""
        counts = self.genotypes[rows, markers]
        block = counts.astype(float, order="F")
        if counts.dtype.kind == "i":
            block[is_missing_count(counts)] = np.nan
        return block


def open_source(genotypes: Any, ids: Any) -> Source:
    """What a user has given as genotypes."""
    counts = as_counts(genotypes)
    if ids is None:
        return Source(counts, None)
    labels = as_labels(ids, "ids")
    check_index(genotypes, ids, labels)
    return Source(counts, labels)
