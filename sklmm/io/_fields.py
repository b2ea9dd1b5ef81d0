"""Fields of a line between separators, some of them quoted."""

from __future__ import annotations

import csv
import re
from collections.abc import Sequence
from pathlib import Path

from ._lines import split_blanks

BLANKS = " "
"""Separates by any number of blanks and tabs."""
SEPARATORS = (",", ";", "\t", "|", BLANKS)
BETWEEN_BLANKS = re.compile(r'(?:"((?:[^"]|"")*)"|([^" \t][^ \t]*))(?:[ \t]+|$)')
LINES_TO_COMPARE = 20


def check_separator(separator: str) -> None:
    """One character that no quote, comment or line begins with."""
    if not (isinstance(separator, str) and len(separator) == 1 and separator not in '\n\r"#'):
        raise ValueError(
            f"separator must be one character, such as ',' or a tab, got {separator!r}."
        )


def split_line(path: Path, number: int, line: str, separator: str) -> list[str]:
    """The fields of a line, of which some may be quoted."""
    try:
        if separator == BLANKS:
            return _split_quoted(line.strip(" \t"))
        return next(csv.reader([line], delimiter=separator, strict=True), [])
    except csv.Error as error:
        raise ValueError(
            f"{path}, line {number}: {error}; a quoted field has to end in its line."
        ) from error


def suggest_separator(path: Path, lines: Sequence[str], separator: str) -> str:
    """What to say when the fields do not fit: which separator would give equal lines."""
    for other in SEPARATORS:
        try:
            first, *others = [
                len(split_line(path, number, line, other))
                for number, line in enumerate(lines[:LINES_TO_COMPARE], start=1)
            ]
        except ValueError:
            continue
        if (
            other != separator
            and first > 1
            and len(set(others)) == 1
            and others[0] - first in (0, 1)
        ):
            return f" {other!r} would fit: separator={other!r}."
    return ""


def _split_quoted(line):
    """By blanks outside of quotes."""
    fields, place, last_quote = [], 0, line.rfind('"')
    while place <= last_quote:
        field = BETWEEN_BLANKS.match(line, place)
        if field is None:
            raise csv.Error("unexpected end of data")
        quoted, plain = field.groups()
        fields.append(plain if quoted is None else quoted.replace('""', '"'))
        place = field.end()
    return fields + split_blanks(line[place:])
