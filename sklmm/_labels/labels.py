"""Labels as plain Python objects, from whatever container they come in."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Set
from typing import Any

import numpy as np

FLOAT_DIGITS = {"float16": 11, "float32": 24}
MAX_SHOWN = 60
"""Characters of something that is no sequence of labels."""


def as_labels(labels: Iterable[Any], name: str) -> list:
    """A list in which 7 is 7 whatever array or column it came from.

    Raises
    ------
    TypeError
        If `labels` is not one-dimensional, has no order, or holds unhashable things.
    ValueError
        If a label is missing, has a NUL, or is a float so large that it stands for several
        integers.
    """
    values, dtype = _in_order(labels, name)
    if _are_plain(values):
        return values
    return [_as_label(value, dtype, name, row) for row, value in enumerate(values)]


def as_labels_or_none(labels: Iterable[Any], name: str) -> list:
    """The same, with None where a label is missing."""
    values, dtype = _in_order(labels, name)
    return [
        None if is_missing(value) else _as_label(value, dtype, name, row)
        for row, value in enumerate(values)
    ]


def _in_order(labels, name):
    """What a sequence holds, and its type of data."""
    is_table = hasattr(labels, "columns") or getattr(labels, "ndim", 1) != 1
    if is_table or isinstance(labels, str | bytes | Set | Mapping) or not _is_iterable(labels):
        shape = getattr(labels, "shape", ())
        got = f"a {type(labels).__name__} of shape {shape}" if len(shape) > 1 else _shorten(labels)
        raise TypeError(
            f"{name} must be a sequence of labels with an order, such as a list, a column or an "
            f"array of one dimension, got {got}.{_remedy_of_table(shape, name)}"
        )
    if type(labels) is np.ndarray and labels.dtype.kind in "iuU":
        values = labels.tolist()
    else:
        values = list(labels.to_list() if hasattr(labels, "to_list") else labels)
    return values, str(getattr(labels, "dtype", ""))


def _are_plain(values):
    """Whether there is nothing to check or convert: integers, and text without NUL."""
    if not set(map(type, values)) <= {int, str}:
        return False
    return "\0" not in "".join(value for value in values if isinstance(value, str))


def _shorten(labels):
    text = repr(labels)
    return text if len(text) <= MAX_SHOWN else f"{text[:MAX_SHOWN]}…"


def _remedy_of_table(shape, name):
    if len(shape) != 2 or shape[1] not in (1, 2):
        return ""
    if shape[1] == 1:
        return f" Use numpy.ravel({name})."
    return f" Of families and individuals make pairs: list(map(tuple, numpy.asarray({name})))."


def _as_label(value, dtype, name, row):
    try:
        hash(value)
    except TypeError:
        raise TypeError(
            f"{name}: the label in row {row} is {value!r} of type {type(value).__name__}, which "
            "is not hashable. Use strings, numbers or tuples as labels."
        ) from None
    parts = value if isinstance(value, tuple) else (value,)
    if any(is_missing(part) and part is not None for part in parts) or parts[-1:] == (None,):
        raise ValueError(
            f"{name}: the label in row {row} is missing ({value!r}). Give it a label, or leave "
            "out what has none."
        )
    for part in parts:
        if isinstance(part, float | np.floating):
            _check_exact(part, dtype, name, row)
    has_nul = "\0" in value if isinstance(value, str) else isinstance(value, bytes) and 0 in value
    if has_nul:
        raise ValueError(
            f"{name}: the label in row {row} is {value!r}. Remove the NUL, which numpy drops at "
            "the end of text, so that two labels could become one."
        )
    is_date = isinstance(value, np.datetime64 | np.timedelta64)
    return value.item() if isinstance(value, np.generic) and not is_date else value


def _check_exact(value, dtype, name, row):
    """Refuse 16777216.0 as a float32: it may have been 16777217."""
    kind = type(value).__name__ if isinstance(value, np.generic) else dtype.lower()
    if abs(value) >= 2 ** FLOAT_DIGITS.get(kind, 53):
        raise ValueError(
            f"{name}: the label in row {row} is {value} as a float ({kind or 'float'}), which "
            "cannot tell integers of that size apart. Keep labels as integers or strings from the "
            "file on: in an array of dtype object, or in a data frame, as Int64 or str where some "
            "are missing."
        )


def as_plain_text(label: Hashable) -> str:
    """7 of 7, "7", b"7", 7.0 and "7.0"."""
    text = label.decode(errors="replace") if isinstance(label, bytes) else str(label)
    text = str(int(label)) if isinstance(label, bool) else text
    return text.removesuffix(".0")


def refuse_other_types(labels: Mapping[str, Iterable[Hashable]]) -> None:
    """7 in one place and "7" in another are the same sample, or one of them is wrong."""
    seen: dict = {}
    for name, of_place in labels.items():
        for label in of_place:
            kinds = seen.setdefault(as_plain_text(label), {})
            kinds.setdefault(_kind(label), (label, name))
            if len(kinds) > 1:
                (first, where), (second, there) = list(kinds.values())[:2]
                raise ValueError(
                    f"The label {second!r} of {there} is of type {type(second).__name__}, and "
                    f"{first!r} of {where} of type {type(first).__name__}: convert one of them, "
                    "so that they are the same."
                )


def _kind(label):
    is_number = isinstance(label, int | float) and not isinstance(label, bool)
    return "number" if is_number else type(label)


def enumerate_labels(labels) -> str:
    """The first few, for messages."""
    shown = [text[:40] + "…" * (len(text) > 40) for text in map(repr, labels[:3])]
    return ", ".join(shown) + (", …" if len(labels) > 3 else "")


def is_missing(label: Any) -> bool:
    """Whether a label is None, NaN, NaT, pandas' NA or masked."""
    if label is None or label is np.ma.masked or type(label).__name__ == "NAType":
        return True
    different = label != label
    return isinstance(different, bool | np.bool_) and bool(different)


def _is_iterable(labels):
    return hasattr(labels, "__iter__") or hasattr(labels, "to_list")


def individual(label: Hashable) -> Hashable:
    """The last part of a pair (family, individual), or all of another label."""
    return label[-1] if isinstance(label, tuple) and label else label
