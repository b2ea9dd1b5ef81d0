"""Texts and infinite values among measured numbers, which make text of the whole column."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from .._labels import enumerate_labels
from .._warn import warn_user
from ._headings import is_value
from ._numbers import parse_number

if TYPE_CHECKING:
    import pandas as pd

CODE = re.compile(r"0\d+|\d+[^\W\d_]+|[^\W\d_]+\d+", re.ASCII)
"""101A beside 101 is a plot, and 007 no amount."""
OF_ANOTHER_TABLE = (
    " If the line has the titles of a second table, put that into a file of its own."
)


def warn_of_stray_texts(
    path: Path, table: pd.DataFrame, rows: Sequence[Sequence[str]], places: Collection[int]
) -> None:
    """Say where the first is, of each column that has a few; `places` are those of labels.

    The index of the table has the numbers of the lines. A line of text wherever numbers stand
    around it has titles; where that is one column, it may as well be a code.
    """
    strays, n_numbers = {}, {}
    for place, texts in enumerate(zip(*rows, strict=True)):
        if place not in places:
            found, numbers = _texts_and_numbers(table.iloc[:, place], texts)
            if numbers and 2 * len(found) <= len(numbers) and not _are_codes(numbers, found):
                strays[place], n_numbers[place] = found, len(numbers)
    last, labels = table.index[-1], dict(zip(table.index, rows, strict=True))
    titles = [
        line
        for line in _lines_of_text(strays)
        if line != last and not any(is_value(labels[line][place]) for place in places)
    ]
    are_titles = titles if len(strays) > 1 else []
    for line in are_titles:
        _warn_of_titles(path, line, [found[line] for found in strays.values()])
    for place, found in strays.items():
        for line in [line for line in found if line not in are_titles][:1]:
            hint = OF_ANOTHER_TABLE if line in titles else ""
            _warn(path, line, found[line], table.columns[place], n_numbers[place], hint)


def _texts_and_numbers(column, texts):
    """Texts, by the numbers of their lines, and all numbers."""
    strays, numbers = {}, []
    for line, text, is_there in zip(column.index, texts, column.notna(), strict=True):
        if parse_number(text.strip(" ")) is not None:
            numbers.append(text)
        elif is_there:
            strays[line] = text
    return strays, numbers


def _lines_of_text(strays: Mapping[int, Mapping[int, str]]) -> list[int]:
    """Those that have words, and none twice, in all columns of numbers."""
    columns = list(strays.values())
    lines = []
    for line in columns[0] if columns else ():
        texts = [found[line] for found in columns if line in found]
        are_words = all(any(map(str.isalpha, text)) and not is_value(text) for text in texts)
        if are_words and len(set(texts)) == len(columns):
            lines.append(line)
    return lines


def _warn_of_titles(path, line, texts):
    warn_user(
        f"{path}, line {line}: {enumerate_labels(texts)} are texts, where numbers stand in other "
        f"lines.{OF_ANOTHER_TABLE} Codes of missing values are named by na_values=."
    )


def _warn(path, line, text, title, n_numbers, hint):
    warn_user(
        f"{path}, line {line}: {text[:40]!r} in the column {title!r} is no finite number, "
        f"as {n_numbers} others are. Correct it, or name it as missing by "
        f"na_values={{{title!r}: {text[:40]!r}}}.{hint}"
    )


def _are_codes(numbers, strays):
    """Whether a column has levels, which are repeated whole numbers, or plots and the like.

    A point or a dash alone is neither.
    """
    texts = strays.values()
    have_signs_alone = not any(map(str.isalnum, "".join(texts)))
    if have_signs_alone or any("." in number for number in numbers):
        return False
    have_codes = any(CODE.fullmatch(text) for text in [*numbers, *texts])
    return have_codes or 2 * len(set(numbers)) <= len(numbers)
