"""Genomic relationship matrices of GCTA: .grm.bin, .grm.N.bin, .grm.id and .grm.gz."""

from __future__ import annotations

from functools import partial
from os import PathLike
from pathlib import Path

import numpy as np

from .._kinship import Kinship, check_kinship
from ._files import (
    Labels,
    labeled,
    lower_triangle,
    naming,
    read_ids,
    refuse_added_ending,
    refuse_ending,
    symmetric_of,
    with_suffix,
)
from ._ids import refuse_orphans, write_ids
from ._lines import bytes_of, read_lines, split_blanks
from ._numbers import parse_number, parse_numbers, parse_whole_number
from ._replace import read_together, replacing

ENDINGS = (".grm.N.bin", ".grm.bin", ".grm.id", ".grm.gz", ".grm.sp", ".grm")
OTHER_MATRICES = (".grm", ".grm.gz", ".grm.zst", ".grm.sp")
"""Whose individuals are listed in .grm.id, too."""


def read_grm(prefix: str | PathLike, *, labels: Labels = "iid") -> Kinship:
    """Read a genomic relationship matrix of GCTA or PLINK.

    Parameters
    ----------
    prefix : str or path
        Reads `prefix`.grm.id and, of float32, `prefix`.grm.bin [1]_; if there is none,
        `prefix`.grm.gz, or else the sparse `prefix`.grm.sp, where pairs that are not listed
        have a relationship of 0.
    labels : {"iid", "fid_iid"}, default="iid"
        Whether an individual is labeled by its ID or by (family ID, individual ID).

    Returns
    -------
    Kinship
        With labels that are strings.

    Raises
    ------
    FileNotFoundError
        If a file is missing.
    ValueError
        If a file is cut off, too long or corrupt, or an individual is listed twice.

    Warns
    -----
    UserWarning
        If a text file does not end with a line break.

    See Also
    --------
    write_grm : The way back.

    References
    ----------
    .. [1] Yang et al. (2011). GCTA: a tool for genome-wide complex trait analysis. American
       Journal of Human Genetics 88, 76-82.

    Examples
    --------
    >>> import tempfile
    >>> from sklmm import Kinship
    >>> from sklmm.io import read_grm, write_grm
    >>> folder = tempfile.mkdtemp()
    >>> write_grm(f"{folder}/cows", Kinship([[1, 0.5], [0.5, 1]], ["a", "b"]), n_markers=9)
    >>> read_grm(f"{folder}/cows")
    Kinship(2 samples: 'a', 'b')
    """
    refuse_ending(prefix, ".grm.id", ENDINGS)
    suffixes = (".grm.bin", ".grm.gz", ".grm.sp", ".grm.id")
    paths = [with_suffix(prefix, suffix) for suffix in suffixes]
    with naming("prefix"):
        return read_together(paths, partial(_read, labels=labels))


def _read(binary, zipped, sparse, individuals, labels):
    """The first of the matrices that share .grm.id, if they agree: one may be of others."""
    ids = read_ids(individuals, labels)
    readers = {binary: _read_binary, zipped: _read_lines_of_pairs, sparse: _read_sparse}
    paths = [path for path in readers if path.exists()] or [binary]
    matrix, *others = [readers[path](path, ids) for path in paths]
    for path, other in zip(paths[1:], others, strict=True):
        is_known = other != 0 if path == sparse else np.ones_like(other, dtype=bool)
        if not np.allclose(matrix[is_known], other[is_known], rtol=1e-4, atol=1e-4):
            raise ValueError(
                f"{paths[0]} and {path} hold different relationships, but share one "
                f"{individuals.name}: it lists the individuals of one of them. Remove the other "
                "one, or make it again under another prefix."
            )
    return labeled(paths[0], matrix, ids)


def _read_binary(path, ids):
    return symmetric_of(read_triangle(path, len(ids)), len(ids))


def write_grm(prefix: str | PathLike, kinship: Kinship, *, n_markers: int) -> None:
    """Write `prefix`.grm.bin, .grm.N.bin and .grm.id, which GCTA and PLINK read.

    Parameters
    ----------
    prefix : str or path
        Where to write. Files that are there are replaced when the new ones are complete, and
        stay as they are if that fails.
    kinship : Kinship
        Rounded to float32. A label that is a tuple of two is written as family and individual,
        any other one as an individual of family 0.
    n_markers : int
        How many markers the relationships come from, for .grm.N.bin.

    Raises
    ------
    FileExistsError
        If `prefix`.grm.gz or .grm.sp is there, which takes its individuals from .grm.id, too,
        and these change.
    OSError
        If a file cannot be written.
    ValueError
        If a label is empty, a tuple of three, has a blank or a control character in it, is a
        line of titles such as ("FID", "IID") and the first one, or is the same text as
        another one, or n_markers is not positive.

    Examples
    --------
    >>> import tempfile
    >>> from sklmm import Kinship
    >>> from sklmm.io import write_grm
    >>> folder = tempfile.mkdtemp()
    >>> write_grm(f"{folder}/cows", Kinship([[1, 0.5], [0.5, 1]], ["a", "b"]), n_markers=9)
    """
    check_kinship(kinship)
    refuse_added_ending(prefix, ENDINGS)
    is_integer = isinstance(n_markers, int | np.integer) and not isinstance(n_markers, bool)
    if not (is_integer and n_markers > 0):
        raise ValueError(f"n_markers must be a positive integer, got {n_markers!r}.")
    largest = np.abs(kinship.matrix).max()
    if largest > np.finfo(np.float32).max:
        raise ValueError(
            f"kinship has a value of {largest:g}, which float32 cannot hold. Scale it."
        )
    paths = [with_suffix(prefix, suffix) for suffix in (".grm.bin", ".grm.N.bin", ".grm.id")]
    others = [with_suffix(prefix, suffix) for suffix in OTHER_MATRICES]
    with replacing(*paths) as (binary, counts, individuals):
        write_ids(individuals, kinship.ids)
        refuse_orphans(paths[-1], individuals, others)
        triangle = lower_triangle(kinship.matrix).astype("<f4")
        binary.write_bytes(triangle.data)
        counts.write_bytes(np.full(len(triangle), n_markers, dtype="<f4").data)


def read_triangle(path: Path, n: int) -> np.ndarray:
    """The lower triangle of n individuals in float32."""
    expected, found = 4 * n * (n + 1) // 2, path.stat().st_size
    if found != expected:
        raise ValueError(
            f"{path} has {found} bytes, but the lower triangle of {n} individuals in float32 has "
            f"{expected}. It is cut off, or its .grm.id belongs to another matrix."
        )
    return np.fromfile(path, dtype="<f4").astype(float)


def _read_lines_of_pairs(path, ids):
    """Read lines with row, column, number of markers and relationship."""
    n = len(ids)
    triangle = np.empty(n * (n + 1) // 2)
    lines = read_lines(path, bytes_of(len(triangle), 4))
    if len(lines) != len(triangle):
        if "" in lines:
            raise ValueError(f"{path}, line {lines.index('') + 1} is blank.")
        raise ValueError(
            f"{path} has {len(lines)} lines, but {n} individuals need {len(triangle)}. It is cut "
            "off, or its .grm.id belongs to another matrix."
        )
    pairs = np.column_stack(np.tril_indices(n)) + 1
    for number, line in enumerate(lines, start=1):
        values = parse_numbers(path, number, split_blanks(line))
        row, column = pairs[number - 1]
        if len(values) != 4 or (values[0], values[1]) != (row, column):
            raise ValueError(
                f"{path}, line {number}: expected individuals {row} and {column}, the number of "
                f"markers and the relationship, got {line[:60]!r}."
            )
        triangle[number - 1] = values[3]
    return symmetric_of(triangle, n)


def _read_sparse(path, ids):
    """Read lines with row and column, counted from 0, and relationship; the others are 0."""
    n = len(ids)
    matrix, is_listed = np.zeros((n, n)), np.zeros((n, n), dtype=bool)
    for number, line in enumerate(read_lines(path), start=1):
        fields = split_blanks(line)
        row, column = (parse_whole_number(field) for field in (*fields, "", "")[:2])
        value = parse_number(fields[2]) if len(fields) == 3 else None
        if row is None or column is None or value is None or min(row, column) < 0:
            raise ValueError(
                f"{path}, line {number}: expected the places of two individuals, counted from 0, "
                f"and their relationship, got {line[:60]!r}."
            )
        if max(row, column) >= n:
            raise ValueError(
                f"{path}, line {number}: place {max(row, column)}, counted from 0, is beyond the "
                f"{n} individuals of .grm.id, which is cut off or belongs to another matrix."
            )
        if is_listed[row, column]:
            raise ValueError(
                f"{path}, line {number}: {ids[row]!r} and {ids[column]!r} are listed twice."
            )
        matrix[row, column] = matrix[column, row] = value
        is_listed[row, column] = is_listed[column, row] = True
    without = np.flatnonzero(~is_listed.diagonal())
    if len(without):
        raise ValueError(
            f"{path} has no line of {ids[without[0]]!r} with itself. It is cut off, or .grm.id "
            "has lines too many."
        )
    return matrix
