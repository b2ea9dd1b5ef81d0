"""Genotypes as the functions of this package take them, and products of them."""

from __future__ import annotations

from collections.abc import Iterator
from copy import copy
from typing import Any

import numpy as np
from scipy.linalg import blas
from sklearn.utils import gen_batches

from ._labels import is_missing
from ._order import is_default_index
from .kinship import Kinship, check_ids

MISSING = -127
"""Stands for a missing genotype among integers, as bed-reader has it; NaN among floats."""
MARKERS_AT_A_TIME = 4096
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

    Attributes
    ----------
    counts : ndarray of shape (n, m)
        Of an integer type, or float64.
    labels : list of n labels
    is_exact : bool
        Whether they are whole numbers of which none is missing.
    """

    def __init__(self, genotypes: Any, ids: Any, missing: str = "raise"):
        if not (isinstance(missing, str) and missing in ("raise", "mean")):
            raise ValueError(f"missing must be 'raise' or 'mean', got {missing!r}.")
        self.counts = as_counts(genotypes)
        self.labels = check_ids(ids, len(self.counts))
        check_index(genotypes, self.labels)
        has_missing = _check_range(self.counts, missing)
        self.is_exact = self.counts.dtype.kind in "iub" and not has_missing
        if not self.varies():
            raise ValueError("genotypes has no marker that varies between the samples.")

    @property
    def n_markers(self) -> int:
        return self.counts.shape[1]

    def varies(self) -> bool:
        """Whether any marker is different in any two samples."""
        if self.is_exact:
            return any(_varies(self.counts[:, markers]) for markers in self._batches())
        blocks = (block for _, block in self.blocks(np.float64))
        return any((np.fmax.reduce(M) > np.fmin.reduce(M)).any() for M in blocks)

    def blocks(self, dtype: Any) -> Iterator[tuple[slice, np.ndarray]]:
        """Markers by markers, in C order, with NaN where a genotype is missing."""
        for markers in self._batches():
            counts = self.counts[:, markers]
            block = counts.astype(dtype, order="C")
            if counts.dtype.kind == "i" and not self.is_exact:
                block[counts == MISSING] = np.nan
            yield markers, block

    def centred_blocks(self) -> Iterator[tuple[slice, np.ndarray, np.ndarray]]:
        """Markers, their frequencies p, and counts − 2p with 0 where one is missing."""
        for markers, block in self.blocks(np.float64):
            means = np.nanmean(block, axis=0)
            block -= means
            block[np.isnan(block)] = 0
            yield markers, means / 2, block

    def centred_products(self) -> tuple[np.ndarray, np.ndarray]:
        """(M − 2p)(M − 2p)' and the frequencies p."""
        n, p = len(self.labels), np.empty(self.n_markers)
        ones = np.ones(n, dtype=np.float32)

        def exact_blocks():
            for markers, block in self.blocks(np.float32):
                p[markers] = blas.sgemv(1.0, block.T, ones).astype(float) / (2 * n)
                yield block

        def blocks():
            for markers, frequencies, block in self.centred_blocks():
                p[markers] = frequencies
                yield block

        if self.is_exact:
            return centre_products(sum_of_exact_products(exact_blocks(), n)), p
        return sum_of_products(blocks(), n), p

    def select(self, markers: np.ndarray) -> Genotypes:
        """The same samples at some of the markers."""
        selected = copy(self)
        selected.counts = self.counts[:, markers]
        return selected

    def kinship(self, matrix: np.ndarray) -> Kinship:
        """Label a matrix that nobody will write to again."""
        matrix.flags.writeable = False
        return Kinship(matrix, self.labels)

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


def centre_products(K: np.ndarray) -> np.ndarray:
    """(Z − 1z̄')(Z − 1z̄')' from K = Z Z', in place: rows and columns are centred."""
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


def as_counts(genotypes: Any, name: str = "genotypes") -> np.ndarray:
    """An array of integers, or of float64."""
    if hasattr(genotypes, "toarray"):
        raise TypeError(f"{name} is sparse; a dense array is needed: use {name}.toarray().")
    if np.ma.is_masked(genotypes):
        raise ValueError(f"{name} has masked values. Impute missing genotypes.")
    try:
        original = np.asarray(genotypes)
    except ValueError as error:
        raise ValueError(
            f"{name} must be a table of numbers: {str(error).rstrip('.')}."
        ) from error
    if original.ndim != 2 or 0 in original.shape:
        raise ValueError(
            f"{name} must have a row for each sample and a column for each marker, got shape "
            f"{original.shape}."
        )
    if original.dtype.kind not in "fiubO":
        raise ValueError(f"{name} must be numbers, got an array of dtype {original.dtype}.")
    if original.dtype.kind in "iub":
        return original
    if original.dtype.kind == "O":
        original = _without_text(original, name)
    try:
        return original.astype(np.float64, copy=False)
    except (TypeError, ValueError) as error:
        raise ValueError(
            f"{name} must be numbers without missing values: {error}. Leave out columns of "
            "labels, and impute missing genotypes."
        ) from error


def _without_text(table, name):
    """An array of objects in which missing ones are NaN; '1' is no number."""
    for place in np.ndindex(table.shape):
        if isinstance(table[place], str | bytes):
            raise ValueError(
                f"{name} must be numbers, but {name}[{place[0]}, {place[1]}] is "
                f"{table[place]!r}. Leave out columns of labels, and convert text to numbers."
            )
    known = [np.nan if is_missing(value) else value for value in table.flat]
    return np.array([*known, None], dtype=object)[:-1].reshape(table.shape)


def _check_range(counts, missing):
    """Whether genotypes are missing; all others are between 0 and 2."""
    if counts.min() >= 0 and counts.max() <= 2:
        return False
    is_missing = counts == MISSING if counts.dtype.kind == "i" else np.isnan(counts)
    outside = ~((counts >= 0) & (counts <= 2))
    if missing == "mean":
        outside &= ~is_missing
        _check_some_measured(is_missing)
    if outside.any():
        row, column = np.argwhere(outside)[0]
        raise ValueError(
            f"genotypes must be between 0 and 2, but {outside.sum()} are not, such as "
            f"genotypes[{row}, {column}] = {counts[row, column]}. Impute missing genotypes, by "
            "missing='mean' if they are NaN (-127 among integers), and count alleles as 0, 1, 2."
        )
    return bool(is_missing.any())


def _check_some_measured(is_missing):
    empty = np.flatnonzero(is_missing.all(axis=0))
    if empty.size:
        raise ValueError(
            f"genotypes has {empty.size} markers without any value, such as column {empty[0]}. "
            "Leave them out."
        )


def _varies(block):
    return bool((block != block[0]).any())


def check_index(genotypes: Any, ids: list, name: str = "genotypes") -> None:
    """The labels of the rows, if they have some, are those that are given."""
    if not hasattr(genotypes, "iloc") or is_default_index(genotypes.index):
        return
    differing = [pair for pair in zip(genotypes.index, ids, strict=False) if pair[0] != pair[1]]
    if differing:
        raise ValueError(
            f"ids and the index of {name} differ: {differing[0][1]!r} is given for the row "
            f"labelled {differing[0][0]!r}. Use ids={name}.index, or {name}.to_numpy() if "
            "ids are in the order of the rows."
        )
