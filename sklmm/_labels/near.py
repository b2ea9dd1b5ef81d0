"""Labels that nearly match: one name in two spellings.

Spreadsheets, text files and programs change names on their way: blanks of any kind are added,
leading zeros are lost, 7 becomes 7.0 and 3927518502234 becomes 3.92752E+12, quotes stay, letters
change their case, a hyphen becomes a dash. Two labels nearly match if they have the same key.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Hashable, Iterable
from decimal import Context, Decimal

from .labels import as_plain_text, individual

QUOTES = "\"'`´‘’‚‛“”„‟«»‹›"
NUMBER = re.compile(r"[+-]?((\d+[.,]?\d*|[.,]\d+)(e[+-]\d{1,3})?|\d+[.,]\d+e\d{1,3})", re.ASCII)
"""1E4, without a point or a sign, is the well of a plate."""
BLANKS_OF_NUMBERS = re.compile(r"(?<=\d) +(?=\d)|( +)", re.ASCII)
"""Between digits they separate two numbers: 1 11 is not 11 1."""
LEADING_ZEROS = re.compile(r"(?<!\d)0+(?=\d)", re.ASCII)
SEPARATOR = re.compile(r"[\W_]+")
"""What stands between the parts of a label."""
BLANK = {"Cc", "Zs", "Zl", "Zp"}
"""Categories of Unicode: blanks and line breaks; Cf has what cannot be seen."""
MIN_ROUNDED = 10**9
"""Spreadsheets write smaller numbers in full."""
ALL_DIGITS = Context(prec=999)


def near_key(label: Hashable) -> Hashable:
    """What labels that nearly match have in common.

    Examples
    --------
    >>> near_key("Bull 007\\u00a0") == near_key("bull7")
    True
    >>> near_key("7.0") == near_key(7)
    True
    """
    if isinstance(label, tuple):
        return tuple(near_key(part) for part in label)
    text = unicodedata.normalize("NFKC", as_plain_text(label)).casefold()
    text = "".join(map(_plain, text)).strip(" " + QUOTES)
    text = BLANKS_OF_NUMBERS.sub(lambda found: "" if found[1] else " ", text)
    if NUMBER.fullmatch(text):
        return Decimal(text.replace(",", "."))
    return LEADING_ZEROS.sub("", text)


def _plain(character):
    category = unicodedata.category(character)
    if category in BLANK:
        return " "
    if category == "Cf":
        return ""
    return "-" if category == "Pd" or character == "−" else character


class NearLabels:
    """Some labels, to be found by others that nearly match them.

    An individual of a family, ("F1", "7"), is also found by its own ID, "7" by the pair, and a
    pair by its reverse if that has a family that none of them has.

    Parameters
    ----------
    labels : iterable of labels
    """

    def __init__(self, labels: Iterable[Hashable]):
        self._label_of: dict = {}
        self._individuals: dict = {}
        self._families: set = set()
        self._rounded: dict[int, dict] = {}
        self._digits_of_rounded: set[int] = set()
        for label in labels:
            self._label_of.setdefault(near_key(label), label)
            self._individuals.setdefault(near_key(individual(label)), label)
            if isinstance(label, tuple) and label:
                self._families.add(near_key(label[0]))
            if _is_rounded(label):
                self._digits_of_rounded.add(_n_digits(near_key(label)))

    def find(self, label: Hashable) -> Hashable | None:
        """A label that nearly matches this one, or None."""
        key = near_key(label)
        if key in self._label_of:
            return self._label_of[key]
        if isinstance(label, tuple):
            others = [near_key(individual(label))]
            if label and near_key(label[0]) not in self._families:
                others.append(near_key(label[::-1]))
            found = [other for other in others if other in self._label_of]
            return self._label_of[found[0]] if found else None
        if key in self._individuals:
            return self._individuals[key]
        return self._find_rounded(label, key) if isinstance(key, Decimal) else None

    def _find_rounded(self, label, key):
        """3.92752E+12 is what a spreadsheet shows of 3927518502234."""
        if _is_rounded(label):
            return self._rounded_to(_n_digits(key)).get(key)
        for digits in self._digits_of_rounded:
            rounded = _round(key, digits)
            if rounded in self._label_of and _is_rounded(self._label_of[rounded]):
                return self._label_of[rounded]
        return None

    def _rounded_to(self, digits):
        if digits not in self._rounded:
            self._rounded[digits] = {
                _round(key, digits): label
                for key, label in self._label_of.items()
                if isinstance(key, Decimal)
            }
        return self._rounded[digits]


def hint_of_near_match(unknown: Iterable[Hashable], labels: Iterable[Hashable]) -> str:
    """A sentence for messages if one of the unknown labels nearly matches one of others."""
    near = NearLabels(labels)
    for label in unknown:
        similar = near.find(label)
        if similar is not None:
            return f" {label!r} nearly matches {similar!r}: write {same_way(label, similar)}."
    return ""


def hint_of_parts(label: Hashable, labels: Iterable[Hashable]) -> str:
    """What to say of the first text that has other separators or, beside it, a family."""
    if not isinstance(label, str):
        return ""
    for other in labels:
        if not isinstance(other, str):
            continue
        if SEPARATOR.sub("", label).casefold() == SEPARATOR.sub("", other).casefold() != "":
            return f"{other!r}, which has other separators than {label!r}"
        if _is_end_of(other, label):
            return f"{other!r}, which is the last part of {label!r}"
        if _is_end_of(label, other):
            return f"{other!r}, whose last part is {label!r}"
    return ""


def _is_end_of(part, label):
    ends = [found.end() for found in SEPARATOR.finditer(label)]
    return any(label[end:].casefold() == part.casefold() != "" for end in ends)


def same_way(one: Hashable, other: Hashable) -> str:
    """What to do about two spellings, which may look the same."""
    how = ""
    if one != other and _composed(one) == _composed(other):
        how = " (they look alike, and unicodedata.normalize('NFC', label) makes them equal)"
    return f"both in the same way{how}"


def _composed(label):
    if isinstance(label, tuple):
        return tuple(_composed(part) for part in label)
    return unicodedata.normalize("NFC", label) if isinstance(label, str) else label


def _is_rounded(label):
    key = near_key(label)
    has_exponent = "e" in as_plain_text(label).casefold()
    return has_exponent and isinstance(key, Decimal) and key >= MIN_ROUNDED


def _n_digits(number):
    return len(number.normalize(ALL_DIGITS).as_tuple().digits)


def _round(number, digits):
    return Decimal(f"{number:.{digits - 1}E}")
