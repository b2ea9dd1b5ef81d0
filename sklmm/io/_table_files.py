"""A table of traits or covariates from a file of any of the usual layouts."""

from __future__ import annotations

import csv
import re
from collections.abc import Sequence
from functools import partial
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .._labels import enumerate_labels
from ._fields import (
    BLANKS,
    SEPARATOR_LINE,
    check_separator,
    drop_leftovers,
    find_separator,
    split_line,
    suggest_separator,
    take_separator_line,
)
from ._lines import read_lines

if TYPE_CHECKING:
    import pandas as pd

TITLES_OF_PLINK_2 = ("#FID", "#IID")


def read_table(
    path: Path, name: str, id_columns: Sequence[str], separator: str | None, na_values: Any
) -> pd.DataFrame:
    """A table in which each line has a field for each title, and labels are strings."""
    lines, comments, used = _read_lines(path, id_columns, separator)
    numbered = [(number, split_line(path, number, line, used)) for number, line in lines]
    drop_leftovers(numbered)
    del lines[len(numbered) :]
    titles, *rows = [of_line for _, of_line in numbered]
    if not rows and not comments:
        _refuse_titles_alone(path, lines)
    reading = (path, [line for _, line in lines], used, id_columns)
    suggest = partial(suggest_separator, *reading)
    if titles[0] in TITLES_OF_PLINK_2 and titles[0] not in id_columns:
        titles[0] = titles[0].removeprefix("#")
    if _is_of_r(titles, lines, rows, id_columns) and (separator or not find_separator(*reading)):
        titles = ["", *titles]
    for (number, _), fields in zip(lines[1:], rows, strict=True):
        if len(fields) != len(titles):
            raise ValueError(
                f"{path}, line {number}: {len(fields)} fields, but the first line has "
                f"{len(titles)}. Is {used!r} the separator?{suggest()}"
            )
    if len(set(titles)) < len(titles):
        raise ValueError(f"{path}, line {lines[0][0]}: two columns have the same name.")
    titles = _name_row_names(path, titles, rows, id_columns) if rows else titles
    missing = [column for column in id_columns if column not in titles]
    if missing:
        commented = f" Line {comments[-1]} starts with # and is a comment." if comments else ""
        refuse_columns(name, missing[0], titles, f"{suggest()}{commented}")
    if not rows:
        _refuse_titles_alone(path, lines)
    table = _as_frame(titles, rows, id_columns, na_values)
    for column in id_columns:
        _refuse_blanks(path, table[column])
    return table


def refuse_columns(name: str, missing: Any, columns: Sequence, hint: str) -> None:
    """Say which columns there are in place of the one with the labels."""
    raise ValueError(
        f"tables[{name!r}] must have one column {missing!r}; its columns are "
        f"{enumerate_labels(list(columns))}. Name the one with the labels by id_column=.{hint}"
    )


def _read_lines(path, id_columns, separator):
    """The lines from the titles on, the numbers of comments above, and what separates fields."""
    if separator is not None:
        check_separator(separator)
    lines = list(enumerate(read_lines(path), start=1))
    separator_line = lines.pop(0) if SEPARATOR_LINE.fullmatch(lines[0][1]) else None
    comments = _take_comments(path, lines, id_columns)
    used = separator or _separator_of(path, lines[0][1], id_columns)
    if separator_line:
        take_separator_line(path, [separator_line, *lines], used)
    return lines, comments, used


def _refuse_titles_alone(path, lines):
    raise ValueError(
        f"{path} has no rows below its titles, {lines[0][1][:60]!r} in line {lines[0][0]}. Is it "
        "cut off, or are its lines separated by anything but line breaks?"
    )


def _take_comments(path, lines, id_columns):
    """Remove blank lines, and comments above the titles; give the numbers of these."""
    lines[:] = [(number, line) for number, line in lines if line.strip()]
    comments = []
    while lines and lines[0][1].startswith("#"):
        names = re.split(r"[\s,;|]+", lines[0][1])
        if names[0] in (*TITLES_OF_PLINK_2, *id_columns):
            break
        comments.append(lines.pop(0)[0])
    if not lines:
        raise ValueError(
            f"{path} has no titles{': all of its lines start with #' if comments else ''}."
        )
    for number, line in lines[1:]:
        if line.startswith("#"):
            raise ValueError(
                f"{path}, line {number} starts with #, as a comment does, which has to stand "
                "above the titles. Remove the line, or put the label into quotes if it is one."
            )
    return comments


def _separator_of(path, line, id_columns):
    """By the ending of the file, or what stands between the titles."""
    name = path.name.lower().removesuffix(".gz")
    if name.endswith((".csv", ".tsv")):
        return "," if name.endswith(".csv") else "\t"
    if "\t" in line or line.strip() in id_columns:
        return "\t"
    has_commas = set(id_columns) <= {title.strip(' "') for title in line.split(",")}
    return "," if has_commas else BLANKS


def _is_of_r(titles, lines, rows, id_columns):
    """Whether row names have no title, as in what R's write.table writes."""
    if {len(fields) for fields in rows} != {len(titles) + 1} or not any(row[-1] for row in rows):
        return False
    are_quoted = all(line.startswith('"') for _, line in lines)
    return not set(id_columns) <= set(titles) or (are_quoted and _only_count(rows))


def _name_row_names(path, titles, rows, id_columns):
    """Row names are labels where no other column is, and left out where they only count."""
    if titles[0] or "" in id_columns:
        return titles
    if set(id_columns) <= set(titles):
        if _only_count(rows):
            for fields in rows:
                del fields[0]
            return titles[1:]
        return titles
    if len(id_columns) > 1:
        return titles
    if _only_count(rows):
        raise ValueError(
            f"{path} has no column {id_columns[0]!r}, and its row names only count the rows. Name "
            "the column with the labels by id_column=; '' is the one with these numbers."
        )
    return [id_columns[0], *titles[1:]]


def _only_count(rows):
    names = [fields[0] for fields in rows]
    return any(names == [str(row + first) for row in range(len(names))] for first in (0, 1))


def _as_frame(titles, rows, id_columns, na_values):
    """What pandas makes of the fields; na_values are not for labels."""
    import pandas as pd

    places = [str(place) for place in range(len(titles))]
    place_of = dict(zip(titles, places, strict=True))
    missing = na_values
    if na_values is not None and not isinstance(na_values, dict):
        missing = dict.fromkeys(titles, na_values)
    if missing is not None:
        missing = {
            place_of[title]: values
            for title, values in missing.items()
            if title in place_of and title not in id_columns
        }
    text = StringIO()
    csv.writer(text, lineterminator="\n").writerows([places, *rows])
    text.seek(0)
    dtype = {place_of[column]: str for column in id_columns}
    table = pd.read_csv(text, dtype=dtype, index_col=False, na_values=missing)
    table.columns = [
        title or ("" if "" in id_columns else f"Unnamed: {place}")
        for place, title in enumerate(titles)
    ]
    return table


def _refuse_blanks(path, labels):
    for label in labels:
        if isinstance(label, str) and label != label.strip():
            raise ValueError(
                f"{path}: the label {label!r} starts or ends with a blank. Remove it."
            )
