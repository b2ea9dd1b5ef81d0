"""Where genotypes come from: some markers at a time, for the rows of a fit."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.utils import gen_batches

from .._counts import as_counts, check_index, is_missing_count
from .._labels import as_labels

NUMBERS_AT_A_TIME = 2**21
"""Of a block of genotypes, as floats."""


@dataclass(frozen=True, eq=False)
class Source:
    """Genotypes, whose they are, and what is known of the markers.

    Attributes
    ----------
    genotypes : ndarray of shape (n, m) or (n, founders, m)
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
    founders: list | None = None

    @property
    def n_markers(self) -> int:
        return self.genotypes.shape[-1]

    def batches(self, n_rows: int) -> Iterator[slice]:
        """Parts of the markers."""
        n_columns = 1 if self.genotypes.ndim == 2 else self.genotypes.shape[1]
        size = max(1, NUMBERS_AT_A_TIME // max(n_rows * n_columns, 1))
        return gen_batches(self.n_markers, size)

    def block(self, rows: np.ndarray, markers: slice | np.ndarray) -> np.ndarray:
        """Some markers of some rows, a new array in Fortran order, NaN where one is missing."""
        counts = self.genotypes[..., markers][rows]
        if counts.ndim == 3:
            return np.array(counts.swapaxes(1, 2), dtype=float, order="C")
        block = counts.astype(float, order="F")
        if counts.dtype.kind == "i":
            is_missing = is_missing_count(counts)
            if is_missing.any():
                block[is_missing] = np.nan
        return block


def open_source(genotypes: Any, ids: Any, names: Any, chromosomes: Any, positions: Any) -> Source:
    """What a user has given as genotypes."""
    array = np.asarray(genotypes)
    counts = array.astype(float) if array.ndim == 3 else as_counts(genotypes)
    known = {
        name: None if values is None else np.asarray(values)
        for name, values in (
            ("names", names),
            ("chromosomes", chromosomes),
            ("positions", positions),
        )
    }
    labels = None if ids is None else as_labels(ids, "ids")
    if labels is not None and counts.ndim == 2:
        check_index(genotypes, ids, labels)
    founders = list(range(counts.shape[1])) if counts.ndim == 3 else None
    return Source(counts, labels, **known, founders=founders)
