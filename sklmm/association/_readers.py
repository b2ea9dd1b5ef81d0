"""Tables of genotypes of which some markers are read at a time, and never all of them at once."""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np

from .._counts import as_counts, check_numbers, refuse_columns_of_plink
from .._numbers import as_array, as_floats, refuse_masked, to_floats
from ..io._plink import BedFile

REMEDY_OF_MASKED = "Put NaN there: genotypes.astype(float).filled(numpy.nan)."


class Reader(Protocol):
    """A table of genotypes.

    Attributes
    ----------
    shape : tuple
        (n, m), or (n, founders, loci).
    """

    @property
    def shape(self) -> tuple[int, ...]: ...

    def read(self, rows: np.ndarray, markers: Any) -> np.ndarray:
        """Numbers of any type; -127 among signed integers and NaN among floats are missing."""


class ArrayReader:
    """Arrays in memory and in files, and whatever has a shape, a dtype and slices.

    Nothing but what is asked for is read or converted.
    """

    def __init__(self, array: Any):
        self.array = array
        self.shape = tuple(array.shape)

    def read(self, rows: np.ndarray, markers: Any) -> np.ndarray:
        if _are_consecutive(rows):
            part = np.asarray(self.array[rows[0] : rows[-1] + 1, ..., markers])
            return part if part.flags.f_contiguous else np.ascontiguousarray(part)
        part = np.asarray(self.array[..., markers])
        return part.T.take(rows, axis=-1).T if part.flags.f_contiguous else part[rows]


class FrameReader:
    """Data frames, whose columns may have different types."""

    def __init__(self, frame: Any):
        self.frame = frame
        self.shape = tuple(frame.shape)

    def read(self, rows: np.ndarray, markers: Any) -> np.ndarray:
        is_pandas = hasattr(self.frame, "iloc")
        part = self.frame.iloc[:, markers] if is_pandas else self.frame[:, markers]
        array = as_array(part)
        return (array if array.dtype.kind in "iub" else as_floats(array))[rows]


class FileReader:
    """A .bed file, of which blocks of markers are read."""

    def __init__(self, file: BedFile):
        self.file = file
        self.shape = file.shape

    def read(self, rows: np.ndarray, markers: Any) -> np.ndarray:
        used, places = np.unique(rows, return_inverse=True)
        counts = self.file.read(used, np.arange(self.shape[1])[markers])
        return counts if np.array_equal(used, rows) else counts[places]


def open_table(genotypes: Any) -> ArrayReader | FrameReader:
    """Arrays and data frames, and what can be made one.

    Raises
    ------
    TypeError, ValueError
        If they hold no numbers, or have no rows and columns.
    """
    refuse_masked(genotypes, "genotypes", REMEDY_OF_MASKED)
    if hasattr(type(genotypes), "columns") and hasattr(type(genotypes), "dtypes"):
        refuse_columns_of_plink(genotypes, "genotypes")
        _check_shape(genotypes.shape)
        check_numbers(genotypes)
        return FrameReader(genotypes)
    if _has_slices_of_numbers(genotypes):
        _check_shape(genotypes.shape)
        is_array = isinstance(genotypes, np.ndarray)
        return ArrayReader(np.asarray(genotypes) if is_array else genotypes)
    is_3d = _n_axes(genotypes) == 3
    return ArrayReader(to_floats(genotypes, "genotypes") if is_3d else as_counts(genotypes))


def _n_axes(genotypes):
    """The number of axes of an array, or of lists in lists."""
    n_lists = 0
    while isinstance(genotypes, list | tuple) and len(genotypes):
        genotypes, n_lists = genotypes[0], n_lists + 1
    return n_lists + getattr(genotypes, "ndim", 0)


def _has_slices_of_numbers(genotypes):
    dtype = getattr(genotypes, "dtype", None)
    is_sparse = hasattr(genotypes, "toarray")
    is_number = isinstance(dtype, np.dtype) and dtype.kind in "iubf" and not is_sparse
    return is_number and hasattr(genotypes, "shape") and hasattr(genotypes, "__getitem__")


def _check_shape(shape):
    if len(shape) not in (2, 3) or 0 in shape:
        one = " Use numpy.reshape(genotypes, (-1, 1)) for one marker." * (len(shape) == 1)
        raise ValueError(
            "genotypes must have a row for each sample and a column for each marker, or be "
            f"probabilities of shape (samples, founders, loci), got shape {tuple(shape)}.{one}"
        )


def _are_consecutive(rows):
    return len(rows) > 0 and bool((np.diff(rows) == 1).all())
