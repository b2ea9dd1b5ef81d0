"""Kinship matrices as tables with labels: R/qtl2, or any spreadsheet."""

from __future__ import annotations

import csv
from collections import Counter
from os import PathLike
from pathlib import Path

import numpy as np

from .._labels import refuse_same, written
from ..kinship import Kinship
from ._files import NUMBERS_IN_FULL, as_path, check_kinship, labelled, parse_numbers, read_lines
from ._replace import replacing
from ._staging import opened_text


def read_csv(path: str | PathLike, *, separator: str = ",") -> Kinship:
    """Read a kinship matrix whose rows and columns are named.

    Parameters
    ----------
    path : str or path
        The first line names the columns, the first field of each other line names its row, as
        in the files of R/qtl2 [1]_. Lines that start with # are comments. Gzipped if it ends in
        .gz.
    separator : str, default=","
        Between the fields of a line.

    Returns
    -------
    Kinship
        In the order of the rows, with labels that are strings. Columns are found by name.

    Raises
    ------
    ValueError
        If the file is cut off, a field is no number, a line has too many or too few, or
        rows and columns have different names.

    See Also
    --------
    write_csv : The way back.
    sklmm.Kinship.from_dataframe : From a table that is already read.

    References
    ----------
    .. [1] Broman et al. (2019). R/qtl2: software for mapping quantitative trait loci with
       high-dimensional data and multiparent populations. Genetics 211, 495-502.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from sklmm.io import read_csv
    >>> path = Path(tempfile.mkdtemp()) / "kinship.csv"
    >>> characters = path.write_text("id,a,b\\na,1.0,0.5\\nb,0.5,1.0\\n")
    >>> read_csv(path)
    Kinship(2 samples: 'a', 'b')
    """
    path = as_path(path)
    _check_separator(separator)
    lines = [
        (number, split_line(path, number, line, separator))
        for number, line in enumerate(read_lines(path), start=1)
        if not line.startswith("#")
    ]
    if len(lines) < 2:
        raise ValueError(f"{path} has no line below the one that names the columns.")
    (_, header), rows = lines[0], lines[1:]
    columns, ids = header[1:], [fields[0] if fields else "" for _, fields in rows]
    for number, fields in rows:
        if len(fields) != len(header):
            raise ValueError(
                f"{path}, line {number}: {len(fields)} fields, but the first line has "
                f"{len(header)}. Is {separator!r} the separator?"
            )
    _check_names(path, ids, columns)
    values = np.array([parse_numbers(path, number, fields[1:]) for number, fields in rows])
    place = {name: column for column, name in enumerate(columns)}
    return labelled(path, np.ascontiguousarray(values[:, [place[name] for name in ids]]), ids)


def write_csv(path: str | PathLike, kinship: Kinship, *, separator: str = ",") -> None:
    """Write a kinship matrix with the names of rows and columns.

    Parameters
    ----------
    path : str or path
        Gzipped if it ends in .gz. A file that is there is replaced when the new one is complete,
        and stays as it is if that fails.
    kinship : Kinship
        Written with 17 digits, so that no bit is lost; labels are written as text.
    separator : str, default=","
        Between the fields of a line.

    Raises
    ------
    OSError
        If the file cannot be written.
    ValueError
        If a label is empty, has a line break or another control character in it or starts
        with #, or two labels are the same as text.

    Examples
    --------
    >>> import tempfile
    >>> from sklmm import Kinship
    >>> from sklmm.io import write_csv
    >>> write_csv(f"{tempfile.mkdtemp()}/kinship.csv", Kinship([[1.0]], ["a"]))
    """
    check_kinship(kinship)
    _check_separator(separator)
    names = [written(label, "kinship", starts_line=True) for label in kinship.ids]
    refuse_same(names, kinship.ids, "kinship")
    with replacing(as_path(path)) as (staged,), opened_text(staged) as file:
        writer = csv.writer(file, delimiter=separator, lineterminator="\n")
        writer.writerow(["id", *names])
        for name, row in zip(names, kinship.matrix, strict=True):
            writer.writerow([name, *(NUMBERS_IN_FULL % value for value in row)])


def split_line(path: Path, number: int, line: str, separator: str) -> list[str]:
    """The fields of a line, of which some may be quoted."""
    try:
        return next(csv.reader([line], delimiter=separator, strict=True), [])
    except csv.Error as error:
        raise ValueError(
            f"{path}, line {number}: {error}; a quoted field has to end in its line."
        ) from error


def _check_separator(separator):
    if not (isinstance(separator, str) and len(separator) == 1 and separator not in '\n\r"#'):
        raise ValueError(
            f"separator must be one character, such as ',' or a tab, got {separator!r}."
        )


def _check_names(path, rows, columns):
    for names, kind in ((rows, "rows"), (columns, "columns")):
        name, count = Counter(names).most_common(1)[0]
        if count > 1:
            raise ValueError(f"{path}: {name!r} names {count} {kind}.")
    different = sorted(set(rows) ^ set(columns))
    if different:
        raise ValueError(
            f"{path}: rows and columns have different names; {different[0]!r} (and "
            f"{len(different) - 1} more) names only one of them."
        )
