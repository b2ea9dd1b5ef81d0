"""Genotypes as the functions of this package take them, and products of them."""

from __future__ import annotations

from collections.abc import Iterator
from copy import copy
from typing import Any

import numpy as np
from scipy.linalg import blas
from sklearn.utils import gen_batches

from ._counts import (
    MARKERS_AT_A_TIME,
    MISSING,
    as_counts,
    check_index,
    check_range,
    is_missing_count,
    refuse_pairs_of_alleles,
)
from ._kinship import Kinship, check_ids, own_kinship
from ._labels import as_labels
from ._measured import FEWEST, refuse_unmeasured, warn_of_few, warn_of_single_copies
from ._order import refuse_reordered

ROWS_IN_CACHE = 128
EXACT_IN_FLOAT32 = 2**24


class Genotypes:
    """Checked allele counts or dosages, read by blocks of markers.

    Parameters
    ----------
    genotypes, ids
        As the public functions take them.
    missing : {"raise", "mean"}
        What to do about missing genotypes.
    can_impute : bool
        Whether the user can say so.

    Attributes
    ----------
    counts : ndarray of shape (n, m)
        Of an integer type, or float64.
    labels : list of n labels
    has_missing : bool
    is_exact : bool
        Whether they are whole numbers of which none is missing.

    Raises
    ------
    ValueError
        If they are no genotypes of these individuals, nothing varies, or nothing is known of
        an individual.
    """

    def __init__(self, genotypes: Any, ids: Any, missing: str = "raise", can_impute: bool = True):
        if not (isinstance(missing, str) and missing in ("raise", "mean")):
            raise ValueError(f"missing must be 'raise' or 'mean', got {missing!r}.")
        self.counts = as_counts(genotypes)
        labels = as_labels(ids, "ids")
        refuse_reordered(genotypes, ids, ("genotypes", "ids"))
        check_index(genotypes, ids, labels)
        self.labels = check_ids(labels, len(self.counts))
        self.has_missing = check_range(self.counts, missing, can_impute)
        refuse_pairs_of_alleles(self.counts, "genotypes")
        self.is_exact = self.counts.dtype.kind in "iub" and not self.has_missing
        n_varying, n_measured = self.measure()
        if not n_varying:
            raise ValueError("genotypes has no marker that varies between the samples.")
        self.check_measured(n_varying, n_measured)

    @property
    def n_markers(self) -> int:
        return self.counts.shape[1]

    def measure(self) -> tuple[int, np.ndarray]:
        """How many markers vary, and at how many of those each sample is measured."""
        n_varying, n_measured = 0, np.zeros(len(self.counts), dtype=np.intp)
        for markers in self._batches():
            block = self.counts[:, markers]
            if self.has_missing:
                is_measured = ~is_missing_count(block)
                lowest = np.fmin.reduce(np.where(is_measured, block, 2))
                varies = np.fmax.reduce(block) > lowest
                n_measured += np.count_nonzero(is_measured & varies, axis=1)
            else:
                varies = (block != block[0]).any(axis=0)
                n_measured += np.count_nonzero(varies)
            n_varying += int(np.count_nonzero(varies))
        return n_varying, n_measured

    def check_measured(self, n_varying: int, n_measured: np.ndarray, where: str = "") -> None:
        """Refuse samples of which nothing is known, and warn of those of which little is."""

        def name(row):
            return f"The individual {self.labels[row]!r} in row {row} of genotypes"

        remedy = "Leave it out of genotypes and ids, or filter the markers less strictly."
        refuse_unmeasured(n_measured, name, remedy, where)
        warn_of_few(n_measured, n_varying, name, where, stacklevel=4)

    def warn_of_single_copies(self) -> None:
        """Warn of genotypes 0 and 1 that seem to count single copies, as of inbred lines."""
        ends = self._ends()
        if min(self.counts.shape) < FEWEST or (ends[1] > 1 and ends[0] < 1):
            return
        total, n_measured = np.zeros(self.n_markers), np.zeros(self.n_markers)
        for markers, block in self.blocks(np.float64):
            total[markers] = np.nansum(block, axis=0)
            n_measured[markers] = np.count_nonzero(~np.isnan(block), axis=0)
        code = MISSING if self.has_missing and self.counts.dtype.kind == "i" else None
        warn_of_single_copies(total, n_measured, ends, "genotypes", code, stacklevel=3)

    def _ends(self):
        highest = float(np.fmax.reduce(self.counts, axis=None))
        if not self.has_missing or self.counts.dtype.kind == "f":
            return float(np.fmin.reduce(self.counts, axis=None)), highest
        return float(self.counts.min(where=self.counts != MISSING, initial=2)), highest

    def blocks(self, dtype: Any) -> Iterator[tuple[slice, np.ndarray]]:
        """Markers by markers, in C order, with NaN where a genotype is missing."""
        for markers in self._batches():
            counts = self.counts[:, markers]
            block = counts.astype(dtype, order="C")
            if counts.dtype.kind == "i" and self.has_missing:
                block[counts == MISSING] = np.nan
            yield markers, block

    def centered_blocks(self) -> Iterator[tuple[slice, np.ndarray, np.ndarray]]:
        """Markers, their frequencies p, and counts − 2p with 0 where one is missing."""
        n = len(self.labels)
        for markers in self._batches():
            counts = self.counts[:, markers]
            block = counts.astype(np.float64, order="C")
            is_missing = is_missing_count(counts) if self.has_missing else None
            if is_missing is None:
                means = block.mean(axis=0)
            else:
                block[is_missing] = 0
                means = block.sum(axis=0) / (n - np.count_nonzero(is_missing, axis=0))
            block -= means
            if is_missing is not None:
                block[is_missing] = 0
            yield markers, means / 2, block

    def centered_products(self) -> tuple[np.ndarray, np.ndarray]:
        """(M − 2p)(M − 2p)' and the frequencies p."""
        n, p = len(self.labels), np.empty(self.n_markers)
        ones = np.ones(n, dtype=np.float32)

        def exact_blocks():
            for markers, block in self.blocks(np.float32):
                p[markers] = blas.sgemv(1.0, block.T, ones).astype(float) / (2 * n)
                yield block

        def blocks():
            for markers, frequencies, block in self.centered_blocks():
                p[markers] = frequencies
                yield block

        if self.is_exact:
            return center_products(sum_of_exact_products(exact_blocks(), n)), p
        return sum_of_products(blocks(), n), p

    def select(self, markers: np.ndarray | slice) -> Genotypes:
        """The same samples at some of the markers."""
        selected = copy(self)
        selected.counts = self.counts[:, markers]
        return selected

    def kinship(self, matrix: np.ndarray) -> Kinship:
        """Label a matrix that nobody will write to again."""
        return own_kinship(matrix, self.labels)

    def _batches(self):
        return gen_batches(self.n_markers, MARKERS_AT_A_TIME)


def sum_of_products(blocks: Iterator[np.ndarray], n: int) -> np.ndarray:
    """Σ Z Z' over blocks of columns, float64 in C order."""
    K = np.zeros((n, n), order="F")
    for block in blocks:
        K = blas.dsyrk(1.0, block.T, 1.0, K, trans=1, lower=1, overwrite_c=1)
    return fill_upper_triangle(K)


def sum_of_exact_products(blocks: Iterator[np.ndarray], n: int) -> np.ndarray:
    """The same of blocks of counts 0, 1 and 2, at the speed of float32.

    Sums of their products are whole numbers, which float32 holds up to 2²⁴.
    """
    K = np.zeros((n, n), order="F")
    counts, room = np.zeros((n, n), dtype=np.float32, order="F"), EXACT_IN_FLOAT32
    for block in blocks:
        room -= 4 * block.shape[1]
        if room < 0:
            K += counts
            counts[:], room = 0, EXACT_IN_FLOAT32 - 4 * block.shape[1]
        counts = blas.ssyrk(1.0, block.T, 1.0, counts, trans=1, lower=1, overwrite_c=1)
    K += counts
    return fill_upper_triangle(K)


def center_products(K: np.ndarray) -> np.ndarray:
    """(Z − 1z̄')(Z − 1z̄')' from K = Z Z', in place: rows and columns are centered."""
    means = K.mean(axis=0)
    K -= means[:, None]
    K -= means - means.mean()
    return K


def fill_upper_triangle(K: np.ndarray) -> np.ndarray:
    """The symmetric matrix of which the lower triangle of K is given, in C order."""
    for rows in gen_batches(len(K), ROWS_IN_CACHE):
        K[rows, rows.stop :] = K[rows.stop :, rows].T
        square = K[rows, rows]
        square[:] = np.tril(square) + np.tril(square, -1).T
    return K.T
