"""Lines of totals and means at the end of a table, which are no individuals."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from ._lines import warn_user

if TYPE_CHECKING:
    import pandas as pd

MIN_ROWS = 4
MIN_TOTAL = 30
"""In units of a column: doses of 0, 1, 2 and 3 end with the sum of the others."""
LARGEST_CHANCE = 1e-4
"""That somebody has the mean of the others in all columns."""
LARGEST_EXACT = 2**53
ROUNDING = 1e-9


def warn_of_totals(
    name: str, table: pd.DataFrame, id_columns: Sequence[Hashable], labels: Sequence[Hashable]
) -> None:
    """A last row with the sums, or the means, of those above it in all columns of numbers."""
    if len(labels) < MIN_ROWS or labels[-1] in labels[:-1]:
        return
    columns = [
        table[column].to_numpy(dtype=float, na_value=np.nan)
        for column in table.columns
        if column not in id_columns and table[column].dtype.kind in "iuf"
    ]
    columns = [column[np.isfinite(column)] for column in columns if np.isfinite(column[-1])]
    kind = "total" if _are_totals(columns) else "mean" if _are_means(columns) else None
    if kind:
        warn_user(
            f"{name}: the last row, {labels[-1]!r}, seems to be the {kind} of the rows above it, "
            "and no individual. Leave it out, or say by ids= who is wanted."
        )


def _are_totals(columns):
    """One of them is so large, in units of its column, that this is no accident."""
    are_large = []
    for column in columns:
        units = np.abs(_in_units(column, column[:-1].sum()))
        if not len(units):
            return False
        are_large.append(units[-1] >= max(MIN_TOTAL, 2 * units[:-1].max()))
    return any(are_large)


def _are_means(columns):
    """Two or more, of so many possible values that this is no accident.

    Grams and pounds of one weight have the same order, and are one accident.
    """
    chance, orders = 1.0, set()
    for column in columns:
        units = _in_units(column, column[:-1].sum() / max(1, len(column) - 1))
        if not len(units):
            return False
        order = np.argsort(units[:-1], kind="stable").tobytes()
        chance /= max(1, np.ptp(units[:-1])) if order not in orders else 1
        orders.add(order)
    return len(columns) > 1 and chance <= LARGEST_CHANCE


def _in_units(column, expected):
    """Multiples of the largest common unit, or nothing if the last one is not as expected.

    What is expected is rounded as the most precise one of the values is.
    """
    largest, scale = np.abs(column).max(), 1.0
    while not _are_whole(column * scale) and 10 * largest * scale < LARGEST_EXACT:
        scale *= 10
    is_near = abs(column[-1] - expected) <= 0.5 / scale + ROUNDING * abs(expected)
    if len(column) < 2 or largest * scale >= LARGEST_EXACT or not is_near:
        return np.empty(0)
    units = np.rint(column * scale).astype(np.int64)
    return units // max(1, np.gcd.reduce(units))


def _are_whole(values):
    return np.abs(values - np.rint(values)).max() <= ROUNDING * max(1, np.abs(values).max())
