"""Columns of families, which tell individuals of one ID apart."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence, Set
from typing import TYPE_CHECKING, Any

from .._labels import as_plain_text, enumerate_labels, is_missing, near_key
from ._ids import NO_FAMILY

if TYPE_CHECKING:
    import pandas as pd

FAMILIES = {"fid", "#fid", "family", "family_id", "famid"}
"""Titles of families, within which alone IDs may be unique."""


def refuse_families(
    frame: pd.DataFrame, name: str, id_column: Hashable, labels: Iterable[Hashable]
) -> None:
    """Different individuals of one ID would become repeated records of one."""
    for column in _family_columns(frame, id_column):
        family_of: dict = {}
        for label, family in zip(labels, frame[column], strict=True):
            if not is_missing(family) and family_of.setdefault(label, family) != family:
                raise ValueError(
                    f"{name}: the label {label!r} is in family {family_of[label]!r} and in "
                    f"{family!r} of column {column!r}. Individuals of different families are told "
                    f"apart by id_column=({column!r}, {id_column!r}); if it is one, leave the "
                    "column out."
                )


def _family_columns(frame, id_column):
    return [column for column in frame.columns if is_family(column) and column != id_column]


def is_family(column: Hashable) -> bool:
    return isinstance(column, str) and column.casefold() in FAMILIES


def refuse_other_families(
    frames: Mapping[str, pd.DataFrame],
    labels: Mapping[str, Sequence[Hashable]],
    columns_of: Mapping[str, tuple],
    in_all: Set[Hashable],
) -> None:
    """One ID of two families, each in a table of its own, is not one individual."""
    seen: dict = {}
    columns = [
        (name, column)
        for name, frame in frames.items()
        for column in _family_columns(frame, columns_of[name][0])
        if len(columns_of[name]) == 1
    ]
    for place in columns:
        name, column = place
        for label, family in zip(labels[name], frames[name][column], strict=True):
            if label not in in_all or has_no_meaning(family, label):
                continue
            other, other_place = seen.setdefault(label, (family, place))
            if other_place[0] != name and _are_different(family, other):
                remedy = _as_pairs(
                    columns_of, {**dict(columns[::-1]), **dict([other_place, place])}
                )
                raise ValueError(
                    f"The label {label!r} is in family {other!r} of {other_place[0]} and in "
                    f"{family!r} of {name}. {remedy}; if it is one individual, leave one of the "
                    "columns of families out."
                )


def _as_pairs(columns_of, family_of):
    """How to tell individuals of different families apart."""
    pairs = {
        name: (family_of.get(name, "FID"), columns[0]) for name, columns in columns_of.items()
    }
    lacking = [name for name in columns_of if name not in family_of]
    add = f", after adding 'FID', the families, to {enumerate_labels(lacking)}" if lacking else ""
    return f"Individuals of different families are told apart by id_column={pairs!r}{add}"


def has_no_meaning(family: Any, label: Hashable) -> bool:
    """0 of PLINK, and the ID again, stand for no family."""
    return is_missing(family) or as_plain_text(family) in (NO_FAMILY, as_plain_text(label))


def _are_different(family, other):
    """7 of a file may be the 007 of another, where pandas takes families for numbers."""
    if isinstance(family, str) and isinstance(other, str):
        return family != other
    return near_key(family) != near_key(other)
