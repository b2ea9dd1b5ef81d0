"""A table of traits or covariates from a file of any of the usual layouts."""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from .._labels import enumerate_labels
from .._numbers import LARGEST_EXACT
from ._fields import (
    BLANKS,
    SEPARATOR_LINE,
    check_separator,
    drop_leftovers,
    find_separator,
    hint_of_ends,
    hint_of_escapes,
    join_quoted,
    split_fields,
    split_lines,
    suggest_separator,
    take_separator_line,
)
from ._headings import refuse_heading, warn_of_titles
from ._lines import read_lines, warn_user
from ._numbers import parse_number
from ._row_names import is_of_r, name_row_names
from ._spellings import warn_of_spellings
from ._stray_texts import warn_of_stray_texts

if TYPE_CHECKING:
    import pandas as pd

LEVELS = ("None", "null", "NULL")
"""Missing values to pandas, but controls and knock-outs among other texts."""
QUOTED_NA = "\0NA"
"""No file has a NUL."""
TITLES_OF_PLINK_2 = ("#FID", "#IID")


def read_table(
    path: Path,
    name: str,
    id_columns: Sequence[str],
    separators: Mapping[str, str | None],
    na_values: Any,
) -> pd.DataFrame:
    """A table in which each line has a field for each title, and labels are strings."""
    separator = separators[name]
    lines, comments, used = _read_lines(path, id_columns, separator)
    advise = partial(_pass_separator, separators, name)
    marked = [(number, line.replace('"NA"', f'"{QUOTED_NA}"')) for number, line in lines]
    numbered = split_lines(path, marked, used, advise)
    drop_leftovers(numbered)
    quoted = _unmark(numbered)
    kept = {number for number, _ in numbered}
    lines = [(number, line) for number, line in lines if number in kept]
    refuse_heading(
        path,
        lines,
        id_columns,
        lambda line: split_fields(line, separator or _separator_of(path, line, id_columns)),
    )
    titles, *rows = [of_line for _, of_line in numbered]
    if not rows and not comments:
        _refuse_titles_alone(path, lines)
    reading = ([line for _, line in lines], used, id_columns)
    if titles[0] in TITLES_OF_PLINK_2 and titles[0] not in id_columns:
        titles[0] = titles[0].removeprefix("#")
    if is_of_r(titles, lines, rows, id_columns) and (separator or not find_separator(*reading)):
        titles = ["", *titles]
    suggest = partial(suggest_separator, *reading, advise)
    _refuse_other_lengths(path, lines, titles, rows, used, suggest)
    _refuse_same_titles(path, lines[0][0], titles)
    titles = name_row_names(path, titles, rows, id_columns) if rows else titles
    missing = [column for column in id_columns if column not in titles]
    if missing:
        commented = f" Line {comments[-1]} starts with # and is a comment." if comments else ""
        no_titles = _if_no_titles(titles)
        hint = f"{no_titles}{suggest()}{commented}"
        have_titles = not (no_titles or find_separator(*reading))
        refuse_columns(name, missing[0], titles, hint, have_titles)
    if not rows:
        _refuse_titles_alone(path, lines)
    table = _as_frame(titles, rows, id_columns, na_values)
    table.index = [number for number, _ in lines[1:]]
    for column in id_columns:
        _check_labels(path, column, table[column])
    _refuse_titles_as_labels(path, table[list(id_columns)])
    places = [titles.index(column) for column in id_columns]
    if not warn_of_titles(path, lines[1][0], rows, places, _all_codes(na_values)):
        warn_of_stray_texts(path, table, rows, places)
    _warn_of_quoted_na(path, quoted, table, id_columns, na_values)
    warn_of_spellings(path, table, rows, id_columns)
    return table


def _refuse_titles_as_labels(path, labels):
    """Titles once more, in another case or order, or those of another table below."""
    are_titles = np.ones(len(labels), dtype=bool)
    for column in labels:
        are_titles &= labels[column].str.casefold() == column.casefold()
    if are_titles.any():
        raise ValueError(
            f"{path}, line {labels.index[are_titles][0]}: the label is {labels.columns[-1]!r}, "
            "the title of its column. Remove the line, if it has titles once more; two tables "
            "belong in two files."
        )


def _refuse_other_lengths(path, lines, titles, rows, used, suggest):
    """A row that has not a field for each title, or has the titles once more."""
    n = len(titles)
    for (number, line), fields in zip(lines[1:], rows, strict=True):
        if n > 1 and set(map(str.casefold, fields)) == set(map(str.casefold, titles)):
            raise ValueError(
                f"{path}, line {number} has the titles again. Remove it, if two files were put "
                "together, and make sure that they have the same columns in the same order."
            )
        if len(fields) != n:
            hint = hint_of_escapes(line) or hint_of_ends(n, rows, used)
            if not hint:
                hint = f" Is {used!r} the separator?{suggest()}"
            if hint.endswith("?") and len(fields) == n + 1:
                hint += (
                    " If R has put names of rows in front, write without, by row.names=FALSE, or "
                    "put a title for them, such as row, in front of the others."
                )
            elif hint.endswith("?") and len(set(map(len, rows))) == 1:
                hint += " If that line is a heading above the titles, start it with #."
            raise ValueError(
                f"{path}, line {number}: {len(fields)} fields, but the first line has {n}.{hint}"
            )


def _refuse_same_titles(path, number, titles):
    title, n_columns = Counter(titles).most_common(1)[0]
    if n_columns > 1:
        what, remedy = f"are called {title!r}", " Rename them, or leave out all but one."
        if not title:
            what, remedy = "have no title", " Give each column one, all of them in this line."
        raise ValueError(
            f"{path}, line {number}: {n_columns} columns {what}.{_if_no_titles(titles) or remedy}"
        )


def _pass_separator(separators, name, separator):
    """How to name the separator of one of several files, and those of the others."""
    if len(separators) == 1:
        return f"separator={separator!r}"
    given = {other: value for other, value in separators.items() if value is not None}
    return f"separator={ {**given, name: separator}!r}"


def _if_no_titles(titles):
    if all(parse_number(title) is None for title in titles):
        return ""
    return " If its first line is data, put a line of titles above it."


def refuse_columns(
    name: str, missing: Any, columns: Sequence, hint: str, have_titles: bool = True
) -> None:
    """Say which columns there are in place of the one with the labels."""
    by_name = " Name the one with the labels by id_column=." if have_titles else ""
    raise ValueError(
        f"tables[{name!r}] must have one column {missing!r}; its columns are "
        f"{enumerate_labels(list(columns))}.{by_name}{hint}"
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
    lines = [(number, line) for number, line in join_quoted(lines, used) if line.strip()]
    _refuse_comments_below(path, lines)
    return lines, comments, used


def _refuse_titles_alone(path, lines):
    raise ValueError(
        f"{path} has no rows below its titles, {lines[0][1][:60]!r} in line {lines[0][0]}. Is it "
        "cut off, or are its lines separated by anything but line breaks?"
    )


def _take_comments(path, lines, id_columns):
    """Remove blank lines and comments above the titles; give the numbers of these."""
    comments = []
    while lines and (lines[0][1].startswith("#") or not lines[0][1].strip()):
        names = re.split(r"[\s,;|]+", lines[0][1])
        if names[0] in (*TITLES_OF_PLINK_2, *id_columns) and lines[0][1].strip():
            break
        number, line = lines.pop(0)
        comments += [number] if line.strip() else []
    if not lines:
        raise ValueError(
            f"{path} has no titles{': all of its lines start with #' if comments else ''}."
        )
    return comments


def _refuse_comments_below(path, lines):
    for number, line in lines[1:]:
        if line.startswith("#"):
            raise ValueError(
                f"{path}, line {number} starts with #, as a comment does, which has to stand "
                "above the titles. Remove the line, or put the label into quotes if it is one."
            )


def _separator_of(path, line, id_columns):
    """The separator, by the ending of the file or what stands between the titles."""
    name = path.name.lower().removesuffix(".gz")
    if name.endswith((".csv", ".tsv")):
        return "," if name.endswith(".csv") else "\t"
    if "\t" in line or line.strip() in id_columns:
        return "\t"
    has_commas = set(id_columns) <= {title.strip(' "') for title in line.split(",")}
    return "," if has_commas else BLANKS


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
    columns = zip(titles, zip(*rows, strict=True), strict=True) if rows else ()
    as_text = [title for title, texts in columns if any(map(_is_code, texts))]
    dtype = {place_of[column]: str for column in (*id_columns, *as_text)}
    table = pd.read_csv(text, dtype=dtype, index_col=False, na_values=missing)
    for place, texts in zip(places, zip(*rows, strict=True), strict=bool(rows)):
        if titles[int(place)] in id_columns:
            labels = pd.Series(texts, dtype=table[place].dtype)
            table[place] = labels.mask([text == "" for text in texts])
        else:
            table[place] = _with_levels(table[place], texts, (missing or {}).get(place, ()))
    table.columns = [
        title or ("" if "" in id_columns else f"Unnamed: {place}")
        for place, title in enumerate(titles)
    ]
    return table


def _is_code(text):
    """Whether text is a code, which as a number would lose a zero or its last digits."""
    return text.isdecimal() and (
        (text[0] == "0" and len(text) > 1) or len(text) > 16 or int(text) > LARGEST_EXACT
    )


def _with_levels(column, texts, missing):
    """None and null stay text among texts, unless they are said to be missing."""
    import pandas as pd

    codes = _as_codes(missing)
    is_level = [text in LEVELS and text not in codes for text in texts]
    words = [value for value in column if isinstance(value, str)]
    if not any(is_level) or all(parse_number(word) is not None for word in words):
        return column
    return column.mask(is_level, pd.Series(texts, column.index))


def _as_codes(values):
    """One code of missing values, or several."""
    if values is None:
        return ()
    return [values] if isinstance(values, str) or not isinstance(values, Iterable) else values


def _all_codes(na_values):
    """Those of all columns, as text."""
    of_columns = na_values.values() if isinstance(na_values, dict) else [na_values]
    return {str(code) for codes in of_columns for code in _as_codes(codes)}


def _unmark(numbered):
    """The first line of each column that has an NA in quotes, with columns from the last."""
    quoted: dict = {}
    for number, fields in numbered:
        for place, field in enumerate(fields, start=-len(fields)):
            if field == QUOTED_NA:
                quoted.setdefault(place, number)
            if QUOTED_NA in field:
                fields[place] = field.replace(QUOTED_NA, "NA")
    return quoted


def _warn_of_quoted_na(path, quoted, table, id_columns, na_values):
    """R puts the level NA into quotes, and missing values not."""
    for place, number in quoted.items():
        title = table.columns[place]
        codes = na_values.get(title, ()) if isinstance(na_values, dict) else na_values
        have_texts = any(isinstance(value, str) for value in table[title])
        if title not in id_columns and have_texts and "NA" not in _as_codes(codes):
            warn_user(
                f"{path}, line {number}: 'NA' in the column {title!r} is in quotes and taken as "
                "missing. If it is a level, give it another name; if it is missing, "
                f"na_values={{{title!r}: 'NA'}} says so."
            )


def _check_labels(path, column, labels):
    for number, label in labels.items():
        if not isinstance(label, str):
            raise ValueError(
                f"{path}, line {number}: the label in column {column!r} is missing. Write it, or "
                "remove the line."
            )
        if label != label.strip():
            raise ValueError(
                f"{path}: the label {label!r} starts or ends with a blank. Remove it."
            )
        if "\n" in label:
            raise ValueError(f"{path}: the label {label!r} has a line break in it. Remove it.")
