"""Fields of a line between separators, some of them quoted."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Sequence
from itertools import compress
from pathlib import Path

from ._lines import split_blanks

BLANKS = " "
"""Separates by any number of blanks and tabs."""
SEPARATORS = (",", ";", "\t", "|", BLANKS)
BETWEEN_BLANKS = re.compile(r'(?:"((?:[^"]|"")*)"|([^" \t][^ \t]*))(?:[ \t]+|$)')
CLOSED = re.compile(r'"(?:[^"]|"")*"(?!")')
SEPARATOR_LINE = re.compile(r'"?sep=(.)"?', re.IGNORECASE)
PASS = "separator={!r}"
LINES_TO_COMPARE = 20
MAX_LINES_OF_A_FIELD = 100
"""A quote that nothing ends is found before it has taken in the whole file."""


def check_separator(separator: str) -> None:
    """One character that no quote, comment or line begins with."""
    if not (isinstance(separator, str) and len(separator) == 1 and separator not in '\n\r"#'):
        raise ValueError(
            f"separator must be one character, such as ',' or a tab, got {separator!r}."
        )


def join_quoted(lines: Sequence[tuple[int, str]], separator: str) -> list[tuple[int, str]]:
    """Lines with those that follow within a quoted field, under the number of the first."""
    joined: list = []
    place = n_fields = 0
    while place < len(lines):
        number, line = lines[place]
        end = place + 1
        if line.count('"') % 2:
            end = _end_of_quotes(lines, place, separator, n_fields)
        joined.append((number, "\n".join(part for _, part in lines[place:end])))
        n_fields = n_fields or _count_fields(joined[0][1], separator)
        place = end
    return joined


def _end_of_quotes(lines, place, separator, n_fields):
    """Behind the line that ends a quoted field, or behind the first where none does.

    A line that is as long as the titles is one of its own, in front of which a quote is missing.
    """
    parts = [lines[place][1]]
    for _, line in lines[place + 1 : place + MAX_LINES_OF_A_FIELD]:
        if len(parts) == 1 or parts[-1].count('"') % 2:
            try:
                split_fields("\n".join(parts), separator)
                break
            except csv.Error as error:
                if "unexpected end" not in str(error):
                    return place + 1
        if n_fields > 1 and _count_fields(line, separator) == n_fields:
            return place + 1
        parts.append(line)
    return place + len(parts) if _count_fields("\n".join(parts), separator) else place + 1


def _count_fields(line, separator):
    """0 where quotes do not end."""
    try:
        return len(split_fields(line, separator))
    except csv.Error:
        return 0


def split_lines(
    path: Path,
    lines: Sequence[tuple[int, str]],
    separator: str,
    advise: Callable[[str], str] = PASS.format,
) -> list[tuple[int, list[str]]]:
    """The fields of each line, some of them quoted; `advise` says how to pass a separator."""
    rows = []
    for number, line in lines:
        try:
            rows.append((number, split_fields(line, separator)))
        except csv.Error as error:
            other = find_separator([text for _, text in lines], separator)
            what, remedy = _explain(error)
            remedy = f" {other!r} would fit: {advise(other)}." if other else remedy
            raise ValueError(
                f"{path}, line {number}: {what}.{hint_of_escapes(line) or remedy}"
            ) from error
    return rows


def split_fields(line: str, separator: str) -> list[str]:
    """The fields of a line; csv.Error where its quotes are not those of fields."""
    if separator == BLANKS:
        return _split_quoted(line.strip(" \t"))
    return next(csv.reader([line], delimiter=separator, strict=True), [])


def _explain(error):
    """What is wrong with the quotes of a line, and what to do."""
    if "unexpected end" in str(error):
        return "a quote is opened, but not closed", (
            " Close it or remove it; if its field goes on in the next line, put a blank in place "
            "of the line break."
        )
    if "expected after" in str(error):
        return "blanks or text follow a quote that ends a field", (
            " Remove blanks there, and write a quote within a field twice."
        )
    return str(error), ""


def hint_of_escapes(line: str) -> str:
    """What R's write.table makes of quotes within texts unless it is told otherwise."""
    if '\\"' not in line:
        return ""
    return (
        " A backslash stands before a quote within a field, as R's write.table writes it: add "
        "qmethod='double' there."
    )


def hint_of_ends(n_titles: int, rows: Sequence[list[str]], separator: str) -> str:
    """What to say of empty fields at the ends of all rows, for which there are no titles."""
    if any(len(row) <= n_titles or "".join(row[n_titles:]).strip() for row in rows):
        return ""
    return f" All lines but that of the titles end with {separator!r}: remove it there."


def find_separator(
    lines: Sequence[str], separator: str, columns: Sequence[str] = ()
) -> str | None:
    """Another separator that gives equal lines, other fields and the columns asked for."""
    fields_of_this = _fields_of(lines, separator)
    is_one = [len(fields) for fields in fields_of_this[:1]] == [1]
    for other in SEPARATORS:
        fields = _fields_of(lines, other)
        if other == separator or not fields or fields == fields_of_this:
            continue
        titles, *rows = fields
        lengths = {len(row) for row in rows}
        if other == BLANKS and _have_blanks_within(fields_of_this):
            continue
        if len(titles) < 2 or lengths not in ({len(titles)}, {len(titles) + 1}):
            continue
        others = set(SEPARATORS) - {other, BLANKS}
        if any(character in title for title in titles for character in others):
            continue
        are_named = {titles[0].lstrip("#"), *map(str.strip, titles)}.issuperset(columns)
        if are_named or lengths == {len(titles) + 1} or (is_one and other != BLANKS):
            return other
    return None


def _have_blanks_within(fields):
    """Lines of several fields, as many in each, which blanks would split further."""
    lengths = {len(row) for row in fields}
    is_split = len(lengths) == 1 and lengths != {1}
    return is_split and any(len(split_blanks(field)) > 1 for row in fields for field in row)


def suggest_separator(
    lines: Sequence[str],
    separator: str,
    columns: Sequence[str] = (),
    advise: Callable[[str], str] = PASS.format,
) -> str:
    """What to say when the fields do not fit: which separator would, and without blanks."""
    if _are_quoted_as_a_whole(lines, separator):
        return (
            " Each line is in quotes as a whole: remove these, for example by "
            r"""sed 's/^"//; s/"\([[:cntrl:]]*\)$/\1/; s/""/"/g'."""
        )
    other = find_separator(lines, separator, columns)
    hint = f" {other!r} would fit: {advise(other)}." if other else ""
    return hint + _hint_of_blanks(lines, other or separator, columns)


def _are_quoted_as_a_whole(lines, separator):
    """Whether the one field of each line would be several without its quotes."""
    fields = _fields_of(lines, separator)
    return bool(fields) and all(
        line.strip().startswith('"') and len(row) == 1 and separator in row[0]
        for line, row in zip(lines, fields, strict=False)
    )


def _hint_of_blanks(lines, separator, columns):
    """Blanks around separators are part of the fields, and hide the columns asked for."""
    titles, *_ = _fields_of(lines[:1], separator) or [[]]
    if separator in BLANKS or len(titles) < 2 or all(title == title.strip() for title in titles):
        return ""
    if not set(map(str.strip, titles)).issuperset(columns):
        return ""
    what = f" Blanks stand around {separator!r} and are part of the fields: remove them"
    if any('"' in line for line in lines):
        return f"{what}."
    around = "".join(sorted(set("".join(titles)) & {" ", "\t", "\u00a0"} - {separator}))
    character = "\\t" if separator == "\t" else separator
    found = f"[{around}]*"
    return (
        f"{what}, for example by sed 's/{found}[{character}]{found}/{character}/g; "
        rf"s/^{found}//; s/{found}\([[:cntrl:]]*\)$/\1/'."
    )


def _fields_of(lines, separator):
    """Fields of the first lines; nothing where quotes do not end."""
    try:
        return [split_fields(line, separator) for line in lines[:LINES_TO_COMPARE]]
    except csv.Error:
        return []


def take_separator_line(path: Path, lines: list[tuple[int, str]], separator: str) -> None:
    """Remove Excel's first line, which names the separator, if it is this one."""
    found = SEPARATOR_LINE.fullmatch(lines[0][1]) if lines else None
    if found is None:
        return
    named = found[1]
    if named != separator and not (separator == BLANKS and named == "\t"):
        raise ValueError(
            f"{path}, line {lines[0][0]} names {named!r} as the separator, but {separator!r} is "
            f"used. Pass separator={named!r}."
        )
    del lines[0]
    if not lines:
        raise ValueError(f"{path} has no line below the one that names the separator.")


def drop_leftovers(rows: list[tuple[int, list[str]]]) -> bool:
    """Remove what spreadsheets leave, empty lines and empty columns."""
    n_rows, n_fields = len(rows), len(rows[0][1])
    rows[:] = [row for row in rows if any(map(str.strip, row[1]))] or rows[:1]
    while all(len(fields) > 1 and not fields[-1].strip() for _, fields in rows):
        for _, fields in rows:
            fields.pop()
    if len({len(fields) for _, fields in rows}) == 1:
        columns = zip(*(fields for _, fields in rows), strict=True)
        is_used = [any(field.strip() for field in column) for column in columns]
        for _, fields in rows:
            fields[:] = compress(fields, is_used)
    return (n_rows, n_fields) != (len(rows), len(rows[0][1]))


def _split_quoted(line):
    """Split a line at blanks outside of quotes."""
    fields, place, last_quote = [], 0, line.rfind('"')
    while place <= last_quote:
        field = BETWEEN_BLANKS.match(line, place)
        if field is None:
            is_closed = CLOSED.match(line, place)
            raise csv.Error("blank expected after quote" if is_closed else "unexpected end")
        quoted, plain = field.groups()
        fields.append(plain if quoted is None else quoted.replace('""', '"'))
        place = field.end()
    return fields + split_blanks(line[place:])
