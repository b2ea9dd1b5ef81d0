"""Lines that stand between the titles and the rows, or above the titles."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Collection, Sequence
from pathlib import Path

from .._labels import enumerate_labels, looks_like_unknown
from .._warn import warn_user
from ._numbers import parse_number

BEGINS_AS_NUMBER = re.compile(r"[-+<>=~−]*[.,]?\d")
INFINITE = ("inf", "infinity")
MAX_LINES = 5
"""Of headings, titles and units before the rows."""


def refuse_heading(
    path: Path,
    lines: Sequence[tuple[int, str]],
    id_columns: Collection[str],
    split: Callable[[str], list[str]],
) -> None:
    """A first line that lacks the id columns, where one of the next has them as titles."""

    def fields_of(line):
        try:
            return [field.strip() for field in split(line)]
        except csv.Error:
            return []

    def are_titles(fields):
        have_no_numbers = all(parse_number(field) is None for field in fields)
        return wanted.issubset(fields) and (fields[0] in wanted or have_no_numbers)

    wanted = set(id_columns)
    if "" in wanted or wanted.issubset(fields_of(lines[0][1])):
        return
    for number, line in lines[1 : 1 + MAX_LINES]:
        if not are_titles(fields_of(line)):
            continue
        others = (other for _, other in lines[1:] if other != line)
        if not any(wanted.issubset(fields_of(other)) for other in others):
            raise say_heading(path, lines[0][0], number)


def say_heading(path: Path, number: int, of_titles: int) -> ValueError:
    return ValueError(
        f"{path}, line {number} is a heading: the titles are in line {of_titles}. Remove what "
        "stands above them, or start it with #."
    )


def warn_of_titles(
    path: Path,
    number: int,
    rows: Sequence[Sequence[str]],
    places: Collection[int],
    codes: Collection[str],
) -> bool:
    """Say whether first rows are text throughout, where a column is of numbers below them.

    `places` are those of labels, which may be text or numbers; `codes` stand for missing values.
    """
    n_texts = 0
    while n_texts < min(MAX_LINES, len(rows)) and _are_texts(rows[n_texts], codes):
        n_texts += 1
    below = rows[n_texts:]
    if not n_texts or not below:
        return False
    for place in set(range(len(rows[0]))) - set(places):
        if _are_numbers((fields[place] for fields in below), codes):
            _say_texts(path, number, [t for p, t in enumerate(rows[0]) if p not in places], codes)
            return True
    return False


def _say_texts(path, number, texts, codes):
    """A text that is alone, or the same in all columns, is rather a code than a title."""
    titles = (
        "Titles and units take one line: remove the others, or start those above the titles "
        "with #."
    )
    if len(set(texts)) == 1:
        known = [*sorted(codes), texts[0]] if codes else texts[0]
        warn_user(
            f"{path}, line {number}: {texts[0]!r} is text, where numbers stand below. If it "
            f"stands for a missing value, name it by na_values={known!r}. {titles}"
        )
        return
    warn_user(
        f"{path}, line {number}: {enumerate_labels(texts)} are texts, where numbers stand below. "
        f"{titles} A code of missing values is named by na_values=."
    )


def _are_texts(fields, codes):
    are_texts = not any(map(is_value, fields))
    return are_texts and not any(_is_missing(field, codes) for field in fields)


def is_value(field: str) -> bool:
    """Whether text is a number, infinite, or begins as one: 1,500 and <0.1 are no titles."""
    text = field.strip(" ")
    return bool(BEGINS_AS_NUMBER.match(text)) or text.lstrip("+-").casefold() in INFINITE


def _are_numbers(fields, codes):
    """Whether there are some, and nothing else but missing values."""
    found = False
    for field in fields:
        if parse_number(field) is not None:
            found = True
        elif not _is_missing(field, codes):
            return False
    return found


def _is_missing(field, codes):
    return field in codes or (parse_number(field) is None and looks_like_unknown(field))
