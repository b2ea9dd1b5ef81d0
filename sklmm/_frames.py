"""Do the rows and columns of a data frame have the same labels, and if not, why?"""

from __future__ import annotations

import re
from typing import Any

from ._compat import safe_indexing
from ._labels import enumerate_labels, hint_of_near_match
from ._order import is_default_index


def check_same_labels(frame: Any, ids: list, columns: list, id_column: Any) -> None:
    """The rows and columns of a frame are labeled by the same samples, each once."""
    if set(ids) == set(columns) and len(set(columns)) == len(ids) == len(columns):
        return
    unmatched = sorted(map(repr, set(ids) ^ set(columns)))
    message = f"{unmatched[0]} labels only one of the two." if unmatched else "One is repeated."
    if not unmatched:
        message += " Keep one of its rows and one of its columns."
    elif id_column is None and set(ids) < set(columns) and len(set(columns)) == len(columns):
        message += " The labels of all rows are among the columns: use frame[frame.index]."
    elif id_column is None and len(columns) > len(ids):
        message += _remedy_of_a_column(frame, columns)
    elif {str(label) for label in ids} == {str(label) for label in columns}:
        message += _remedy_of_types(ids, columns, id_column)
    elif id_column is None and len(columns) == len(ids) and is_default_index(frame.index):
        message += " If rows are in the order of the columns, use frame.set_axis(frame.columns)."
    elif list(map(as_r_renames, ids)) == columns:
        first = "" if id_column is None else f"frame = frame.set_index({id_column!r}) and "
        message += (
            " R changes titles like that, unless it is told check.names=FALSE. Here they are in "
            f"the order of the rows: use {first}frame.set_axis(frame.index, axis=1)."
        )
    else:
        message += hint_of_near_match(set(ids) - set(columns), columns)
    raise ValueError(
        "frame must have the same labels, each once, for its rows and its columns. "
        f"{message} Rows are {enumerate_labels(ids)}; columns are {enumerate_labels(columns)}."
    )


def _remedy_of_types(ids, columns, id_column):
    """Labels that are the same as text, in one type."""
    of_rows, of_columns = ({type(label).__name__ for label in of} for of in (ids, columns))
    message = (
        f" They differ in type: {' and '.join(sorted(of_rows))} in the rows, "
        f"{' and '.join(sorted(of_columns))} in the columns."
    )
    (kind, *others) = of_rows if id_column is None else of_columns
    if others or kind not in ("int", "float", "str"):
        return f"{message} Convert both to str."
    if id_column is None:
        return f"{message} Use frame.columns = frame.columns.map({kind})."
    return f"{message} Convert the column {id_column!r} to {kind}."


def _remedy_of_a_column(frame, columns):
    """Labels of rows that are in a column, perhaps beside others."""
    names = set(columns)
    holding = _columns_of(frame, columns, names.__contains__)
    of_text = holding or _columns_of(frame, columns, lambda value: isinstance(value, str))
    name = (of_text or columns)[0]
    others = [other for other in columns if other != name] if holding else []
    rows = set(safe_indexing(frame, columns.index(name), axis=1)) if holding else set()
    others = [other for other in others if other not in rows]
    leave_out = f" and frame.drop(columns={others!r})" if others else ""
    return (
        f" If the column {name!r} holds the labels of the rows, use id_column={name!r}{leave_out}."
    )


def _columns_of(frame, columns, is_one):
    """Those in which every value is one of a kind."""
    return [
        name
        for place, name in enumerate(columns)
        if all(map(is_one, safe_indexing(frame, place, axis=1)))
    ]


def as_r_renames(name: Any) -> str:
    """What R's make.names makes of a name."""
    text = str(name)
    is_valid = re.match(r"[^\W\d_]|\.(?!\d)", text)
    return ("" if is_valid else "X") + re.sub(r"[^\w.]", ".", text)
