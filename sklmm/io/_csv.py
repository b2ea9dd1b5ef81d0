"""Kinship matrices as tables with labels: R/qtl2, or any spreadsheet."""

from __future__ import annotations

import codecs
import csv
import re
from collections import Counter
from functools import partial
from os import PathLike

import numpy as np

from .._frames import as_r_renames
from .._kinship import Kinship, check_kinship
from .._labels import hint_of_near_match, refuse_same, written
from ._fields import (
    BLANKS,
    check_separator,
    drop_leftovers,
    hint_of_ends,
    hint_of_escapes,
    split_fields,
    split_lines,
    suggest_separator,
    take_separator_line,
)
from ._files import (
    NO_TEXT,
    NUMBERS_IN_FULL,
    as_path,
    do_count,
    labeled,
    naming,
    refuse_other_format,
)
from ._headings import MAX_LINES, say_heading
from ._lines import GZIPPED, HEAD, bytes_of, read_lines
from ._numbers import parse_number, parse_numbers
from ._replace import replacing
from ._staging import opened_text
from ._totals import warn_of_total_in_matrix


def read_csv(path: str | PathLike, *, separator: str = ",", header: bool = True) -> Kinship:
    """Read a kinship matrix whose rows are named, and its columns if there is a line for them.

    Parameters
    ----------
    path : str or path
        The first line names the columns, the first field of each other line names its row, as
        in the files of R/qtl2 [1]_. The first line may lack a field for the column of names, as
        R's ``write.table`` writes it, or be the number of rows alone, as TASSEL writes it. Lines
        that start with # are comments. What Excel adds is left out: a first line such as
        "sep=,", empty lines, lines of separators and columns without anything.
        Gzipped if it ends in .gz.
    separator : str, default=","
        Between the fields of a line; a blank stands for any number of blanks and tabs.
    header : bool, default=True
        False for a file without a line of titles, as GAPIT's: its columns are in the order of
        its rows.

    Returns
    -------
    Kinship
        In the order of the rows, with labels that are strings. Columns are found by name.

    Raises
    ------
    ValueError
        If the file is cut off, a field is no number, a line has too many or too few, there are
        no names, a heading stands above them, rows and columns have different ones, or the
        diagonal is 0, as that of distances.

    Warns
    -----
    UserWarning
        If the last line does not end with a line break, or a row and its column seem to be the
        total or the mean of all others, as pivot tables add them.

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
    check_separator(separator)
    if not isinstance(header, bool):
        raise ValueError(f"header must be True or False, got {header!r}.")
    with naming("path"):
        numbered = list(enumerate(read_lines(path, partial(_limit, separator)), start=1))
    lines = [
        (number, line) for number, line in numbered if line.strip() and not line.startswith("#")
    ]
    if not lines:
        what = "below the one that names the columns" if header else "that is not a comment"
        raise ValueError(f"{path} has no line {what}.")
    take_separator_line(path, lines, separator)
    rows = split_lines(path, lines, separator)
    had_leftovers = drop_leftovers(rows)
    _refuse_titles_as_comment(path, numbered, rows, separator)
    if _starts_with_count(rows):
        del rows[0]
        header = False
    kept = {number for number, _ in rows}
    texts = [line for number, line in lines if number in kept]
    if header:
        _refuse_nameless(path, rows, texts, separator, had_leftovers)
        _refuse_heading(path, rows)
    columns, rows = (_with_titles if header else _without_titles)(path, rows, texts, separator)
    ids = [fields[0] for _, fields in rows]
    between = r"\s+" if separator == BLANKS else separator
    frame = f"pandas.read_csv(path, sep={between!r}, index_col=0{', header=None' * (not header)})"
    _check_names(path, ids, columns, frame, partial(suggest_separator, texts, separator))
    place = {name: column for column, name in enumerate(columns)}
    values = np.array([_numbers_of(path, number, fields[1:]) for number, fields in rows])
    matrix = np.ascontiguousarray(values[:, [place[name] for name in ids]])
    is_plain = columns == ids and len(rows) + header == len(numbered) and not had_leftovers
    how = f"{frame}.to_numpy()" if is_plain else ""
    kinship = labeled(path, matrix, ids, how)
    warn_of_total_in_matrix(path, kinship)
    return kinship


def write_csv(path: str | PathLike, kinship: Kinship, *, separator: str = ",") -> None:
    """Write a kinship matrix with the names of rows and columns.

    Parameters
    ----------
    path : str or path
        Gzipped if it ends in .gz. A file that is there is replaced when the new one is complete,
        and stays as it is if that fails.
    kinship : Kinship
        Written with 17 digits, so that no bit is lost; labels are written as text, and are
        no tuples, which :func:`write_rel` and :func:`write_grm` keep.
    separator : str, default=","
        Between the fields of a line.

    Raises
    ------
    OSError
        If the file cannot be written.
    ValueError
        If a label is a tuple or empty, has a line break or another control character in it or
        starts with #, two labels are the same as text, or `path` ends as a workbook or an
        archive does.

    Examples
    --------
    >>> import tempfile
    >>> from sklmm import Kinship
    >>> from sklmm.io import write_csv
    >>> write_csv(f"{tempfile.mkdtemp()}/kinship.csv", Kinship([[1.0]], ["a"]))
    """
    path = as_path(path)
    check_kinship(kinship)
    check_separator(separator)
    refuse_other_format(path, (*NO_TEXT, ".bz2", ".xz"), (".csv", ".txt"))
    _refuse_pairs(kinship.ids)
    names = [written(label, "kinship", starts_line=True) for label in kinship.ids]
    refuse_same(names, kinship.ids, "kinship")
    with replacing(path) as (staged,), opened_text(staged) as file:
        has_tabs = separator == BLANKS and any("\t" in name for name in names)
        writer = csv.writer(
            file,
            delimiter=separator,
            lineterminator="\n",
            quoting=csv.QUOTE_ALL if has_tabs else csv.QUOTE_MINIMAL,
        )
        writer.writerow(["id", *names])
        for name, row in zip(names, kinship.matrix, strict=True):
            writer.writerow([name, *(NUMBERS_IN_FULL % value for value in row)])


def _refuse_pairs(labels):
    """Refuse pairs, which as text would match no label of the model."""
    for label in labels:
        if isinstance(label, tuple):
            raise ValueError(
                f"kinship: {label!r} is a tuple, which a table holds as text only. Use write_rel "
                "or write_grm, and labels='fid_iid' in reading, or labels of one part: "
                "Kinship(kinship.matrix, ['_'.join(map(str, label)) for label in kinship.ids])."
            )


def _limit(separator, head):
    """How many bytes a table may have that begins like this."""
    lines = [line for line in re.split(rb"[\r\n]+", head) if not line.startswith(b"#")]
    if len(lines) < 2:
        return HEAD
    separators = (b" ", b"\t") if separator == BLANKS else (separator.encode(),)
    n_fields = 1 + max(sum(map(line.count, separators)) for line in lines[:2])
    return HEAD + 2 * len(lines[0]) + bytes_of(n_fields, n_fields)


def _starts_with_count(rows):
    """TASSEL's first line: how many rows there are, each with a name and so many numbers."""
    n = len(rows) - 1
    return n > 0 and rows[0][1] == [str(n)] and all(len(fields) == n + 1 for _, fields in rows[1:])


def _with_titles(path, lines, texts, separator):
    """The names of the columns and the rows."""
    if len(lines) < 2:
        raise ValueError(f"{path} has no line below the one that names the columns.")
    (first_line, titles), *rows = lines
    is_short = all(len(fields) == len(titles) + 1 for _, fields in rows)
    n_fields = len(titles) + is_short
    ends = hint_of_ends(len(titles), [fields for _, fields in rows], separator)
    for (number, fields), text in zip(rows, texts[1:], strict=True):
        if len(fields) != n_fields or n_fields < 2 or ends:
            found = f"{len(fields)} fields, but the first line has {len(titles)}"
            hint = ends or hint_of_escapes(text)
            if not hint:
                hint = f" Is {separator!r} the separator?{suggest_separator(texts, separator)}"
            if len(titles) == 1 and titles[0].isdecimal() and len(fields) > 1:
                hint = " If the first line is the number of rows, some are missing."
            raise ValueError(
                f"{path}, line {number}: {found if n_fields > 1 else 'one field'}.{hint}"
            )
    columns = titles if is_short else titles[1:]
    if _are_numbers(columns) and len(rows) != len(columns):
        raise ValueError(
            f"{path}, line {first_line}: numbers stand where the names of columns should. If the "
            "file has no line of titles, as GAPIT writes it, use header=False."
        )
    return columns, rows


def _refuse_heading(path, rows):
    """A line above the one that names all rows below it."""
    for place in range(1, min(len(rows) - 1, 1 + MAX_LINES)):
        number, titles = rows[place]
        names = sorted(fields[0] for _, fields in rows[place + 1 :])
        if names in (sorted(titles), sorted(titles[1:])) and not _are_numbers(titles):
            raise say_heading(path, rows[0][0], number)


def _refuse_titles_as_comment(path, numbered, rows, separator):
    """A comment above with the names of the rows, in whatever order."""
    names = {fields[0] for _, fields in rows}
    for number, line in numbered:
        if not line.startswith("#"):
            break
        try:
            titles = split_fields(line, separator)[1:]
        except csv.Error:
            continue
        if len(titles) > 1 and set(titles) == names:
            raise ValueError(
                f"{path}, line {number} starts with # and is a comment, but names the columns. "
                "Remove the #, and leave header=True."
            )


def _refuse_nameless(path, lines, texts, separator, had_leftovers):
    """A matrix of numbers alone: by symmetry its first row and column look like names."""
    (first_line, titles), *rows = lines
    n, has_titles = len(titles), len(rows) == len(titles)
    if {len(fields) for _, fields in rows} != {n} or len(rows) not in (n - 1, n):
        return
    if not _are_numbers(lines[has_titles][1]) or (has_titles and not _are_symmetric(rows)):
        return
    n_skipped = first_line - 1 + has_titles
    with path.open("rb") as file:
        start = file.read(len(codecs.BOM_UTF8))
    is_renamed = start.startswith(GZIPPED) and path.suffix != ".gz"
    source = "gzip.open(path, 'rt')" if is_renamed else "path"
    are_quoted = any('"' in text for text in texts)
    options = [
        ", encoding='utf-8-sig'" if start == codecs.BOM_UTF8 else "",
        ", quotechar='\"'" if are_quoted else "",
        f", delimiter={separator!r}" if separator != BLANKS else "",
        f", skiprows={n_skipped}" if n_skipped else "",
        f", usecols=range({n}), max_rows={n}" if had_leftovers else "",
    ]
    remedy = f"Kinship(numpy.loadtxt({source}{''.join(options)}), ids)"
    if separator in (BLANKS, "\t") and not n_skipped and not are_quoted:
        remedy = "read_text(path, ids=ids)"
    what = "rows have no names" if has_titles else "file has no names"
    hint = "" if has_titles else " If the first line has titles, start it with one such as id."
    raise ValueError(
        f"{path}, line {first_line + has_titles}: the {what}, only numbers. Give the individuals "
        f"in its order: {remedy}.{hint}"
    )


def _are_numbers(fields):
    return all(parse_number(field.strip(" ")) is not None for field in fields)


def _are_symmetric(rows):
    if not all(_are_numbers(fields) for _, fields in rows):
        return False
    matrix = np.array([[float(field) for field in fields] for _, fields in rows])
    return np.allclose(matrix, matrix.T)


def _without_titles(path, rows, texts, separator):
    n = len(rows)
    for number, fields in rows:
        if len(fields) == n + 1:
            continue
        titles = " Use header=True if line 1 has titles." if len(fields) == n else ""
        hint = suggest_separator(texts, separator) if len(fields) == 1 else ""
        raise ValueError(
            f"{path}, line {number}: {len(fields)} fields, but {n} rows need a name and {n} "
            f"numbers each.{hint}{titles}"
        )
    return [fields[0] for _, fields in rows], rows


def _numbers_of(path, number, fields):
    """Numbers may be filled up with blanks."""
    return parse_numbers(path, number, [field.strip(" ") for field in fields])


def _check_names(path, rows, columns, frame, suggest):
    for names, kind in ((rows, "rows"), (columns, "columns")):
        name, count = Counter(names).most_common(1)[0]
        if count > 1:
            raise ValueError(f"{path}: {name!r} names {count} {kind}.")
    different = sorted(set(rows) ^ set(columns))
    if different:
        hint = suggest()
        near = hint_of_near_match(
            [name for name in rows if name not in columns],
            [name for name in columns if name not in rows],
        )
        hint = near + hint
        if {as_r_renames(name) for name in rows} == set(columns):
            hint = " R has renamed the columns: use check.names=FALSE in read.csv or data.frame."
        is_numbered = columns == [f"V{place}" for place in range(1, len(rows) + 1)]
        if is_numbered and do_count(rows):
            hint = (
                " R has numbered rows and columns: write the matrix without names, by "
                "row.names=FALSE and col.names=FALSE, and use read_text(path, ids=ids)."
            )
        elif is_numbered:
            hint = (
                " If R has numbered the columns, which are in the order of the rows, remove the "
                "line of titles and use header=False."
            )
        if len(columns) == len(rows) and do_count(rows) and not is_numbered:
            hint = (
                f" If the rows are only counted, in the order of the columns, use frame = {frame} "
                "and Kinship(frame.to_numpy(), frame.columns)."
            )
        if len(columns) == len(rows) + 1 and do_count(rows):
            hint = (
                " If the first column counts the rows, write the file without it: row.names=FALSE "
                "in R, index=False in pandas."
            )
        raise ValueError(
            f"{path}: rows and columns have different names; {different[0]!r} (and "
            f"{len(different) - 1} more) names only one of them.{hint}"
        )
