"""Names and numbers of rows that have no title, as R and pandas write them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from ._files import do_count
from ._numbers import parse_number


def is_of_r(
    titles: Sequence[str],
    lines: Sequence[tuple[int, str]],
    rows: Sequence[list[str]],
    id_columns: Sequence[str],
) -> bool:
    """Whether row names have no title, as in what R's write.table writes."""
    if {len(fields) for fields in rows} != {len(titles) + 1} or not any(row[-1] for row in rows):
        return False
    if len({fields[0] for fields in rows}) < len(rows):
        return False
    are_quoted = all(line.startswith('"') for _, line in lines)
    if not set(id_columns) <= set(titles):
        have_separators = any(re.search("[,;|\t]", title) for title in titles)
        return are_quoted or not (have_separators or _may_have_decimal_commas(lines, rows))
    named = ["", *titles]
    if are_quoted:
        return _say_nothing(named, rows, id_columns)
    return _say_nothing(named, rows, id_columns) and _are_certain(named, lines, rows, id_columns)


def _are_certain(titles, lines, rows, id_columns):
    """Whether rows without quotes have names in front, and no text was split or has no title.

    Tabs split no text, and blanks no name behind a number that counts the rows.
    """
    place = titles.index(id_columns[-1])
    names = [fields[place] for fields in rows]
    are_names = len(set(names)) == len(names) and all(parse_number(n) is None for n in names)
    if all(line.count("\t") == len(rows[0]) - 1 for _, line in lines[1:]):
        return are_names
    have_blanks = not any(re.search("[,;|]", line) for _, line in lines)
    return are_names and have_blanks and place == len(id_columns) and _only_count(rows)


def _may_have_decimal_commas(lines, rows):
    """Whether decimal commas may have split each number of a row into two fields."""
    n_fields = len(rows[0])
    return lines[0][1].count(",") == n_fields - 2 and any(
        all(fields[place].isdecimal() and fields[place + 1].isdecimal() for fields in rows)
        for place in range(n_fields - 1)
    )


def name_row_names(
    path: Path, titles: list[str], rows: Sequence[list[str]], id_columns: Sequence[str]
) -> list[str]:
    """Row names are labels where no other column is, and left out where they say nothing."""
    if titles[0] or "" in id_columns:
        return titles
    if set(id_columns) <= set(titles):
        if _say_nothing(titles, rows, id_columns):
            for fields in rows:
                del fields[0]
            return titles[1:]
        return titles
    if len(id_columns) > 1:
        return titles
    _refuse_row_names(path, titles, rows, id_columns[0])
    return [id_columns[0], *titles[1:]]


def _refuse_row_names(path, titles, rows, id_column):
    """Refuse row names as labels if they are numbers, or another column may hold the labels."""
    alike = [title for title in titles if title.casefold() == id_column.casefold()]
    columns = dict(zip(titles, zip(*rows, strict=True), strict=True))
    are_numbers = _are_numbers(rows)
    others = [title for title in titles[1:] if are_numbers and _are_names(columns[title])]
    if _only_count(rows) or alike or others:
        what = "only count the rows" if are_numbers else "may be others"
        found = [*alike, *others]
        named = f", for example {found[0]!r}" if found else ""
        raise ValueError(
            f"{path} has no column {id_column!r}, and its row names {what}. Name the column with "
            f"the labels by id_column={named}; '' is the one without a title."
        )


def _say_nothing(titles, rows, id_columns):
    """Numbers of rows, of which some may be sorted or left out, or the labels once more."""
    place = titles.index(id_columns[-1])
    return _are_numbers(rows) or all(fields[0] == fields[place] for fields in rows)


def _are_numbers(rows):
    names = [fields[0] for fields in rows]
    return len(set(names)) == len(names) and all(map(str.isdecimal, names))


def _only_count(rows):
    return do_count([fields[0] for fields in rows])


def _are_names(column):
    """What tells all rows apart: text or whole numbers."""
    are_text = all(parse_number(text) is None for text in column)
    return len(set(column)) == len(column) and (are_text or all(map(str.isdecimal, column)))
