"""PLINK's relationship matrices: .rel and .rel.bin, square or triangle, with .rel.id."""

from __future__ import annotations

import math
from functools import partial
from os import PathLike

import numpy as np

from .._kinship import Kinship, check_kinship
from ._files import (
    NUMBERS_IN_FULL,
    Labels,
    as_path,
    labeled,
    naming,
    read_ids,
    refuse_added_ending,
    square_of,
    symmetric_of,
    with_suffix,
)
from ._ids import refuse_orphans, write_ids
from ._lines import bytes_of
from ._numbers import read_rows
from ._replace import read_together, replacing
from ._staging import opened_text

OTHER_MATRICES = (".rel.gz", ".rel.zst", ".rel.bin")
"""Whose individuals are listed in .rel.id, too."""


def read_rel(path: str | PathLike, *, labels: Labels = "iid") -> Kinship:
    """Read a relationship matrix of PLINK.

    Parameters
    ----------
    path : str or path
        Text (.rel, .rel.gz) or binary (.rel.bin, of float64 or float32), of shape square,
        square0 or triangle [1]_: which one is seen from the file. The individuals stand in
        the file of the same name that ends in .rel.id.
    labels : {"iid", "fid_iid"}, default="iid"
        Whether an individual is labeled by its ID or by (family ID, individual ID).

    Returns
    -------
    Kinship
        With labels that are strings.

    Raises
    ------
    FileNotFoundError
        If one of the two files is missing.
    ValueError
        If a file is cut off or corrupt, or the matrix does not have the shape of the
        individuals.

    Warns
    -----
    UserWarning
        If a text file does not end with a line break.

    See Also
    --------
    write_rel : The way back.

    References
    ----------
    .. [1] Chang et al. (2015). Second-generation PLINK: rising to the challenge of larger and
       richer datasets. GigaScience 4, 7.

    Examples
    --------
    >>> import tempfile
    >>> from sklmm import Kinship
    >>> from sklmm.io import read_rel, write_rel
    >>> folder = tempfile.mkdtemp()
    >>> write_rel(f"{folder}/cows", Kinship([[1, 0.5], [0.5, 1]], ["a", "b"]))
    >>> read_rel(f"{folder}/cows.rel")
    Kinship(2 samples: 'a', 'b')
    """
    path = as_path(path)
    with naming("path"):
        return read_together([path, _beside(path)], partial(_read, labels=labels))


def _read(path, individuals, labels):
    ids = read_ids(individuals, labels)
    is_binary = path.suffix == ".bin"
    read = _read_binary if is_binary else _read_text
    return labeled(path, read(path, len(ids)), ids, "" if is_binary else "numpy.loadtxt(path)")


def write_rel(prefix: str | PathLike, kinship: Kinship) -> None:
    """Write `prefix`.rel, a lower triangle in text, and `prefix`.rel.id.

    Parameters
    ----------
    prefix : str or path
        Where to write. Files that are there are replaced when the new ones are complete, and
        stay as they are if that fails.
    kinship : Kinship
        Written with 17 digits, so that no bit is lost. A label that is a tuple of two is
        written as family and individual, any other one as an individual of family 0.

    Raises
    ------
    FileExistsError
        If `prefix`.rel.gz or .rel.bin is there, which takes its individuals from .rel.id, too,
        and these change.
    OSError
        If a file cannot be written.
    ValueError
        If a label is empty, a tuple of three, has a blank or a control character in it, is a
        line of titles such as ("FID", "IID") and the first one, or is the same text as
        another one.

    Examples
    --------
    >>> import tempfile
    >>> from sklmm import Kinship
    >>> from sklmm.io import write_rel
    >>> write_rel(f"{tempfile.mkdtemp()}/cows", Kinship([[1, 0.5], [0.5, 1]], ["a", "b"]))
    """
    check_kinship(kinship)
    refuse_added_ending(prefix, (".rel", ".rel.id", ".rel.bin", ".rel.gz"))
    paths = [with_suffix(prefix, suffix) for suffix in (".rel", ".rel.id")]
    others = [with_suffix(prefix, suffix) for suffix in OTHER_MATRICES]
    with replacing(*paths) as (matrix, individuals):
        write_ids(individuals, kinship.ids)
        refuse_orphans(paths[-1], individuals, others)
        with opened_text(matrix) as file:
            for row in range(len(kinship)):
                known = kinship.matrix[row, : row + 1]
                file.write("\t".join(NUMBERS_IN_FULL % value for value in known) + "\n")


def _beside(path):
    """The .rel.id of a matrix."""
    name = path.name.removesuffix(".gz").removesuffix(".bin")
    if name.endswith(".king"):
        raise ValueError(
            f"{str(path)!r} holds KING's coefficients, half of a relationship each and no "
            "covariance. Make relationships of the genotypes instead, by plink --make-rel or "
            "sklmm.relationship.vanraden."
        )
    if not name.endswith(".rel"):
        raise ValueError(
            f"path must end in .rel, .rel.gz or .rel.bin, got {str(path)!r}: the individuals are "
            "looked for beside it, in .rel.id."
        )
    return path.with_name(f"{name}.id")


def _read_text(path, n):
    rows = read_rows(path, bytes_of(n, n))
    lengths = [len(row) for row in rows]
    if n > 1 and lengths == list(range(1, n + 1)):
        return symmetric_of(np.concatenate(rows), n)
    return _mirrored(square_of(path, rows, n))


def _read_binary(path, n):
    triangle = n * (n + 1) // 2
    shapes = {8 * n * n: "<f8", 4 * n * n: "<f4", 8 * triangle: "<f8", 4 * triangle: "<f4"}
    found = path.stat().st_size
    if found not in shapes:
        raise ValueError(
            f"{path} has {found} bytes, but a matrix of {n} individuals has one of "
            f"{sorted(shapes)}. It is cut off, or its .rel.id belongs to another matrix."
        )
    with np.errstate(invalid="ignore"):
        values = np.fromfile(path, dtype=shapes[found]).astype(float)
    matrix = _mirrored(values.reshape(n, n)) if len(values) == n * n else symmetric_of(values, n)
    _refuse_other_size(path, matrix, found)
    return matrix


def _refuse_other_size(path, matrix, found):
    """Some numbers of individuals share a size: 14 by a triangle in float64, 20 in float32."""
    n = len(matrix)
    squares = {math.isqrt(found // width) for width in (4, 8)}
    triangles = {(math.isqrt(8 * (found // width) + 1) - 1) // 2 for width in (4, 8)}
    fitting = {k for k in squares if found in (4 * k * k, 8 * k * k)} | {
        k for k in triangles if found in (2 * k * (k + 1), 4 * k * (k + 1))
    }
    deviations = np.sqrt(np.maximum(matrix.diagonal(), 0))
    largest = deviations * deviations[:, None]
    if fitting > {n} and not (np.abs(matrix) <= 1.01 * largest).all():
        raise ValueError(
            f"{path} has a size that fits {' and '.join(map(str, sorted(fitting)))} individuals, "
            f"and as relationships of {n} its numbers make no sense. Its .rel.id belongs to "
            "another matrix, or has too many or too few lines."
        )


def _mirrored(matrix):
    """Fill the upper triangle of square0, which is 0 in the file."""
    if np.triu(matrix, 1).any():
        return matrix
    return symmetric_of(matrix[np.tril_indices(len(matrix))], len(matrix))
