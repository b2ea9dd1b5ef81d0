"""The text that stands for a label in a file, and the labels that a file cannot hold."""

from __future__ import annotations

import unicodedata
from collections.abc import Hashable, Iterable
from typing import Any

import numpy as np

from .labels import is_missing

CONTROL = ("Cc", "Zl", "Zp")
LINE_BREAKS = "\n\r\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029"
BYTE_ORDER_MARK = "\ufeff"


def written(
    part: Any,
    name: str,
    *,
    label: Hashable = None,
    between_blanks: bool = False,
    starts_line: bool = False,
) -> str:
    """A label, or one part of it, as the text that comes back when a file is read.

    Parameters
    ----------
    part : hashable
        Text as it is, bytes as UTF-8, whole numbers without a point, and what others print.
    name : str
        The argument that holds it, for messages.
    label : hashable, default=None
        The label that it is a part of, for messages; None stands for `part` itself.
    between_blanks : bool, default=False
        Whether blanks separate the columns of the file.
    starts_line : bool, default=False
        Whether it stands at the start of a line, where # makes a comment of it.

    Raises
    ------
    ValueError
        If the file cannot hold it.
    """
    label = part if label is None else label
    text = _as_text(part, name, label)
    if _is_plain(text) and not (starts_line and text.startswith("#")):
        return text
    fault = _fault(text, between_blanks, starts_line)
    if fault:
        raise ValueError(f"{name}: {label!r} {fault}. Rename it.")
    return text


def refuse_same(texts: Iterable[Hashable], labels: Iterable[Any], name: str) -> None:
    """7 and "7" are two labels, but one text."""
    first: dict = {}
    for text, label in zip(texts, labels, strict=True):
        if text in first:
            raise ValueError(
                f"{name}: two labels are the same when they are written as text, "
                f"{first[text]!r} and {label!r}. Rename one of them."
            )
        first[text] = label


def _as_text(part, name, label):
    if is_missing(part):
        raise ValueError(f"{name}: {label!r} has a missing part. Give all of it.")
    if isinstance(part, tuple):
        raise ValueError(
            f"{name}: {label!r} {'has' if part is not label else 'is'} a tuple where a file holds "
            "one text. Make a text of it: '_'.join(map(str, ...))."
        )
    if isinstance(part, np.generic) and not isinstance(part, np.datetime64 | np.timedelta64):
        part = part.item()
    if isinstance(part, str):
        return str.__str__(part)
    if isinstance(part, bytes):
        try:
            return part.decode("utf-8")
        except UnicodeDecodeError:
            raise ValueError(
                f"{name}: {label!r} is bytes that are not UTF-8. Make text of it by "
                ".decode(encoding)."
            ) from None
    if isinstance(part, float) and part.is_integer():
        part = int(part)
    return str(part)


def _is_plain(text):
    """Whether there is nothing to look at, which is fast."""
    return bool(text) and text.isprintable() and " " not in text


def _fault(text, between_blanks, starts_line):
    """What a file cannot hold, if there is something."""
    if not text:
        return "is empty"
    for character in text:
        category, code = unicodedata.category(character), f"U+{ord(character):04X}"
        if character in LINE_BREAKS:
            return f"has a line break in it ({code}), where a line of the file would end"
        if category in CONTROL and character != "\t":
            return f"has a control character in it ({code}), which programs read differently"
        if category == "Cs":
            return f"has half of a surrogate pair in it ({code}), which UTF-8 cannot hold"
        if between_blanks and character.isspace():
            return f"has a blank in it ({code}), and blanks separate the columns of the file"
    if text.startswith(BYTE_ORDER_MARK):
        return "starts with a byte-order mark (U+FEFF), which is dropped in reading"
    if starts_line and text.startswith("#"):
        return "starts with #, as a comment or a line of titles does"
    return None
