"""Matrices in text without labels: GEMMA's .cXX.txt and .sXX.txt, EMMA's and pylmm's .kin."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from os import PathLike

import numpy as np

from .._kinship import Kinship, check_kinship
from .._labels import as_labels
from ._fam import read_ids_of_fam
from ._files import (
    NO_TEXT,
    NUMBERS_IN_FULL,
    Labels,
    as_path,
    do_count,
    labeled,
    naming,
    read_ids,
    refuse_other_format,
    square_of,
)
from ._lines import bytes_of, read_lines, split_blanks
from ._numbers import parse_number, parse_numbers
from ._replace import replacing
from ._staging import opened_text


def read_text(
    path: str | PathLike,
    *,
    ids: Sequence[Hashable] | np.ndarray | None = None,
    fam: str | PathLike | None = None,
    labels: Labels = "iid",
) -> Kinship:
    """Read a square matrix of numbers, as GEMMA, EMMA and pylmm write it.

    Parameters
    ----------
    path : str or path
        A line for each individual with a number for each, separated by blanks or tabs: .cXX.txt
        and .sXX.txt of GEMMA [1]_, .kin of pylmm. Lines that start with # are comments, as
        numpy.savetxt writes them. Gzipped if it ends in .gz.
    ids : sequence of labels, default=None
        The individuals in the order of the file, which does not name them.
    fam : str or path, default=None
        Instead of `ids`, the .fam file of the genotypes that the matrix was made from.
    labels : {"iid", "fid_iid"}, default="iid"
        With `fam`, whether an individual is labeled by its ID or by (family ID, individual
        ID).

    Returns
    -------
    Kinship
        In the order of the file.

    Raises
    ------
    ValueError
        If the file is cut off, holds anything but numbers, is not square and symmetric, has
        another number of individuals than there are labels, or a diagonal of 0, as distances do.

    Warns
    -----
    UserWarning
        If a text file does not end with a line break.

    See Also
    --------
    write_text : The way back.

    References
    ----------
    .. [1] Zhou & Stephens (2012). Genome-wide efficient mixed-model analysis for association
       studies. Nature Genetics 44, 821-824.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from sklmm.io import read_text
    >>> path = Path(tempfile.mkdtemp()) / "mice.cXX.txt"
    >>> characters = path.write_text("1.0 0.5\\n0.5 1.0\\n")
    >>> read_text(path, ids=["a", "b"])
    Kinship(2 samples: 'a', 'b')
    """
    path, individuals = as_path(path), _choose_ids(ids, fam, labels)
    n = len(individuals)
    with naming("path"):
        lines = enumerate(read_lines(path, bytes_of(n, n)), start=1)
    numbered = [(number, line) for number, line in lines if not line.startswith("#")]
    table = [split_blanks(line) for _, line in numbered]
    if len(table) != n or any(len(fields) != n for fields in table):
        _refuse_other_layouts(path, table, individuals)
    rows = [
        parse_numbers(path, number, fields)
        for (number, _), fields in zip(numbered, table, strict=True)
    ]
    return labeled(path, square_of(path, rows, n), individuals, "numpy.loadtxt(path)")


def write_text(path: str | PathLike, kinship: Kinship) -> None:
    """Write a square matrix of numbers, which GEMMA, EMMA and pylmm read.

    Parameters
    ----------
    path : str or path
        Gzipped if it ends in .gz. A file that is there is replaced when the new one is complete,
        and stays as it is if that fails. Labels are not written: these programs take the
        individuals in the order of their genotypes, which `Kinship.select` can give.
    kinship : Kinship
        Written with 17 digits, so that no bit is lost.

    Examples
    --------
    >>> import tempfile
    >>> from sklmm import Kinship
    >>> from sklmm.io import write_text
    >>> write_text(f"{tempfile.mkdtemp()}/mice.cXX.txt", Kinship([[1.0]], ["a"]))
    """
    path = as_path(path)
    check_kinship(kinship)
    refuse_other_format(path, NO_TEXT, (".txt",))
    with replacing(path) as (staged,):
        if staged.suffix in (".bz2", ".xz"):
            np.savetxt(staged, kinship.matrix, fmt=NUMBERS_IN_FULL, delimiter="\t")
        else:
            with opened_text(staged) as file:
                np.savetxt(file, kinship.matrix, fmt=NUMBERS_IN_FULL, delimiter="\t")


def _choose_ids(
    ids: Sequence[Hashable] | np.ndarray | None, fam: str | PathLike | None, labels: Labels
) -> list:
    """The IDs for a file without labels: given, or from the .fam file of the genotypes."""
    if ids is not None and fam is None:
        return as_labels(ids, "ids")
    if fam is None or ids is not None:
        raise ValueError(
            "Give the individuals in the order of the file, either by ids= or by fam=, the path "
            f"of a .fam file; got ids={ids!r} and fam={fam!r}."
        )
    path = as_path(fam, "fam")
    with naming("fam"):
        return (read_ids if path.name.endswith((".id", ".psam")) else read_ids_of_fam)(
            path, labels
        )


def _refuse_other_layouts(path, table, individuals):
    """Pairs, other separators and named rows, each with what to do about them."""
    table = [[field.strip('"') for field in fields] for fields in table]
    first, *others = table
    have_titles = len(first) == 3 and parse_number(first[2]) is None and len(others) > 0
    if _are_pairs(others if have_titles else table, individuals):
        skip = ", skiprows=1" if have_titles else ""
        raise ValueError(
            f"{path} has two individuals and a value in each line, as GEMMA reads it with -km 2, "
            "and no square matrix. Turn it by pandas: table = pandas.read_csv(path, "
            f'sep=r"\\s+", header=None{skip}, dtype={{0: str, 1: str}}).pivot(index=0, columns=1, '
            "values=2); kinship = Kinship.from_dataframe(table.combine_first(table.T))"
        )
    for separator in ",;|":
        fields = [field.strip() for field in " ".join(first).split(separator)]
        if len(fields) > 1 and None not in map(parse_number, fields):
            raise ValueError(
                f"{path}, line 1: {separator!r} stands between the numbers, where blanks or tabs "
                f"should. Replace it by blanks, for example by sed 's/{separator}/ /g'."
            )
    header = _names_of_rows(first, others, individuals)
    if header is not None:
        names = [fields[0] for fields in table[-len(individuals) :]]
        counted = ""
        if do_count(names):
            counted = (
                "if its first column only counts them, write it without (row.names=FALSE and "
                "col.names=FALSE in R); if it has their labels, "
            )
        raise ValueError(
            f"{path} names its rows, which plain text does not: {counted}use "
            f"read_csv(path, separator=' '{header})."
        )


def _names_of_rows(first, others, individuals):
    """How read_csv takes the titles, if names stand in front of the numbers, or None."""
    n, known = len(individuals), set(map(str, individuals))
    if {len(fields) for fields in others} - {n + 1} or len(first) not in (n, n + 1):
        return None
    header = {n - 1: ", header=False", n: ""}.get(len(others))
    if header is None or (header and len(first) == n):
        return None
    names = [fields[0] for fields in ([first, *others] if header else others)]
    are_text = any(parse_number(name) is None for name in names)
    are_known = set(names) == known and (header or set(first[-n:]) == known)
    is_square = not header and len(first) == n + 1 and parse_number(first[0]) is not None
    are_numbered = all(map(str.isdecimal, names)) and len(set(names)) == n and not is_square
    return header if are_text or are_known or are_numbered else None


def _are_pairs(table, individuals):
    """Whether each line has two names and a number."""
    if any(len(fields) != 3 or parse_number(fields[2]) is None for fields in table):
        return False
    pairs = {frozenset(fields[:2]) for fields in table}
    names = frozenset().union(*pairs)
    n = len(names)
    are_all = len(pairs) == n * (n + 1) // 2 and len(table) in (len(pairs), n * n)
    return are_all or names <= set(map(str, individuals))
