"""Do the levels of an index tell of other rows than those of X? Records of one individual differ
in nothing else: in the environment, or the year."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable
from itertools import permutations
from typing import Any

from ._compat import safe_indexing
from ._reorder import keys_of, n_shared

MIN_SHARE_OF_ENTRIES = 1 / 3
"""Two indexes with levels of the same values are of one table if so many entries are in both: more
are in folds for training, and fewer where a level counts the rows of another table."""


def order_of_levels(index: Any, other: Any) -> tuple[int, ...] | None:
    """The order of the levels of an index that has the entries of another one, in other rows."""
    if not (index.nlevels == other.nlevels > 1 and len(index) == len(other)):
        return None
    levels, of_other = _keys_of_levels(index), _keys_of_levels(other)
    entries = list(zip(*of_other, strict=True))
    found = None
    for order in _orders(index, other):
        ordered = [levels[level] for level in order]
        if any(set(one) != set(two) for one, two in zip(ordered, of_other, strict=True)):
            continue
        own = list(zip(*ordered, strict=True))
        if own == entries:
            return None
        if found is None and n_shared(own, entries) > MIN_SHARE_OF_ENTRIES * len(entries):
            found = order
    return found


def _keys_of_levels(index):
    return [keys_of(index.get_level_values(level)) for level in range(index.nlevels)]


def _orders(index, other):
    """The orders that levels may have: that of their names, where both have the same, or any."""
    names, wanted = list(index.names), list(other.names)
    if None in names or Counter(names) != Counter(wanted) or len(set(names)) < len(names):
        return permutations(range(index.nlevels))
    return [tuple(names.index(name) for name in wanted)]


def by_levels(X: Any, y: Any, names: tuple[str, str]) -> tuple[Any, str] | None:
    """The index of y with its levels in the order of those of X, and code that uses it."""
    order = order_of_levels(y.index, X.index)
    if order is None or order == tuple(range(y.index.nlevels)):
        return None
    code = f"{names[1]}.reorder_levels({list(order)}).loc[{names[0]}.index]"
    return y.index.reorder_levels(order), code


def refuse_other_columns(X: Any, y: Any, name: str, column: Hashable) -> None:
    """Refuse a y with a level that has the name of a column of X, and its values in other rows.

    Parameters
    ----------
    column : hashable
        The column of labels, which is compared elsewhere.
    """
    is_frame = hasattr(X, "columns") and hasattr(X, "shape")
    if y.index.nlevels < 2 or not is_frame or len(X) != len(y):
        return
    titles = list(X.columns)
    for level in y.index.names:
        if level is None or level == column or titles.count(level) != 1:
            continue
        values = list(safe_indexing(X, titles.index(level), axis=1))
        own = y.index.get_level_values(level).to_list()
        keys, own_keys = keys_of(values), keys_of(own)
        if keys != own_keys and set(keys) == set(own_keys):
            row = next(row for row, key in enumerate(keys) if key != own_keys[row])
            raise ValueError(
                f"X[{level!r}] and the level {level!r} of the index of {name} contradict each "
                f"other: row {row} is {values[row]!r} in the one and {own[row]!r} in the other. "
                "Rows are not matched by index, so this would pair the wrong samples. Take X and "
                f"{name} from one table, or use {name}.droplevel({level!r}) if the order is right."
            )
