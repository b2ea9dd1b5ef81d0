"""What a number is in a file: decimal digits, a point and an exponent, and nothing else."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from .._numbers import is_numeral
from ._lines import read_lines, split_blanks

CHARACTERS = "0123456789.+-eE"
WHOLE_NUMBER = re.compile(r"[+-]?\d+", re.ASCII)
DECIMAL_COMMA = re.compile(r"[+-]?\d*,\d+", re.ASCII)
LARGEST_WHOLE_NUMBER = 2**63 - 1
DIGITS_OF_ANY = 16
"""Fewer digits make a number that an array of integers and one of floats can hold."""


def parse_number(text: str) -> float | None:
    """A finite number, or None: neither 1_1, 0x10, inf and nan nor digits of other scripts."""
    value = float(text) if is_numeral(text) else np.inf
    return value if np.isfinite(value) else None


def parse_whole_number(text: str) -> int | None:
    """A number without point and exponent that an array can hold, or None."""
    value = int(text) if WHOLE_NUMBER.fullmatch(text) and len(text) < 40 else None
    return value if value is not None and abs(value) <= LARGEST_WHOLE_NUMBER else None


def are_digits(text: str) -> bool:
    """Whether there is nothing but 0 to 9."""
    return text.isascii() and text.isdecimal()


def parse_numbers(path: Path, number: int, fields: Sequence[str]) -> np.ndarray:
    """The fields of one line as finite numbers."""
    if not fields:
        raise ValueError(f"{path}, line {number} is blank.")
    if not "".join(fields).strip(CHARACTERS):
        try:
            values = np.array(fields, dtype=float)
        except ValueError:
            values = np.array([np.nan])
        if np.isfinite(values).all():
            return values
    for place, field in enumerate(fields, start=1):
        if parse_number(field) is None:
            raise ValueError(
                f"{path}, line {number}: field {place} is {field[:40]!r}, not a finite number."
                f"{_what_separates(field)}"
            )
    raise AssertionError("one of the fields is no number")


def _what_separates(field):
    if DECIMAL_COMMA.fullmatch(field):
        return " Decimals need a point."
    others = [separator for separator in ",;|" if separator in field]
    return f" {others[0]!r} does not separate the numbers of this file." if others else ""


def parse_column(path: Path, texts: Sequence[str], column: int, kind: type) -> np.ndarray:
    """A column of a file, of whole numbers (int) or any (float)."""
    if max(map(len, texts), default=0) < DIGITS_OF_ANY and are_digits("".join(texts)):
        return np.array([int(text) for text in texts], dtype=kind)
    parse = parse_whole_number if kind is int else parse_number
    values: np.ndarray = np.zeros(len(texts), dtype=kind)
    for number, text in enumerate(texts, start=1):
        value = parse(text)
        if value is None:
            what = "a number" if parse_number(text) is None else "a whole number in digits"
            hint = ""
            if kind is int and parse_number(text) is not None and "e" in text.lower():
                hint = " Write it in full: options(scipen=99) in R."
            raise ValueError(
                f"{path}, line {number}: field {column} is {text!r}, not {what}.{hint}"
            )
        values[number - 1] = value
    return values


def read_rows(path: Path, limit: int | None = None) -> list[np.ndarray]:
    """The numbers of each line."""
    return [
        parse_numbers(path, number, split_blanks(line))
        for number, line in enumerate(read_lines(path, limit), start=1)
    ]
