"""Texts and infinite values among measured numbers, which make text of the whole column."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ._lines import warn_user
from ._numbers import parse_number

if TYPE_CHECKING:
    import pandas as pd

CODE = re.compile(r"0\d+|\d+[^\W\d_]+|[^\W\d_]+\d+", re.ASCII)
"""101A beside 101 is a plot, and 007 no amount."""


def warn_of_stray_texts(
    path: Path, table: pd.DataFrame, rows: Sequence[Sequence[str]], places: Collection[int]
) -> None:
    """Say where the first is, of each column that has a few; `places` are those of labels.

    The index of the table has the numbers of the lines.
    """
    for place, texts in enumerate(zip(*rows, strict=True)):
        strays, numbers, column = [], [], table.iloc[:, place]
        for line, text, is_there in zip(table.index, texts, column.notna(), strict=True):
            if parse_number(text.strip(" ")) is not None:
                numbers.append(text)
            elif is_there:
                strays.append((line, text))
        if place in places or not strays or 2 * len(strays) > len(numbers):
            continue
        if not _are_codes(numbers, strays):
            (line, text), title = strays[0], table.columns[place]
            warn_user(
                f"{path}, line {line}: {text[:40]!r} in the column {title!r} is no finite number, "
                f"as {len(numbers)} others are. Correct it, or name it as missing by "
                f"na_values={{{title!r}: {text[:40]!r}}}."
            )


def _are_codes(numbers, strays):
    """Whether a column has levels, which are repeated whole numbers, or plots and the like.

    A point or a dash alone is neither.
    """
    have_signs_alone = not any(map(str.isalnum, "".join(text for _, text in strays)))
    if have_signs_alone or any("." in number for number in numbers):
        return False
    have_codes = any(CODE.fullmatch(text) for text in [*numbers, *(text for _, text in strays)])
    return have_codes or 2 * len(set(numbers)) <= len(numbers)
