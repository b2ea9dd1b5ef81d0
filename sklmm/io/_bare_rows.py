"""Headings of groups and notes among the rows of a table, which are no individuals."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from .._labels import enumerate_labels
from .._warn import warn_user
from ._totals import MIN_ROWS, traits_of

if TYPE_CHECKING:
    import pandas as pd


def warn_of_bare_rows(
    name: str,
    table: pd.DataFrame,
    id_columns: Sequence[Hashable],
    labels: Sequence[Hashable],
    joined: Collection[Hashable],
) -> None:
    """Rows without any value whose labels are unlike those of all rows that have values.

    Individuals who were not measured have labels as the others have them.
    """
    others = table.drop(columns=list(id_columns))
    is_bare = others.isna().to_numpy().all(axis=1)
    if not len(others.columns) or not is_bare.any() or np.sum(~is_bare) < MIN_ROWS:
        return
    kinds = np.array([_kind_of(label) for label in labels])
    measured = kinds[~is_bare]
    is_unlike = ((kinds != measured[0]) & (measured == measured[0]).all(axis=0)).any(axis=1)
    rows = np.flatnonzero(is_bare & is_unlike).tolist()
    found = [label for label in dict.fromkeys(labels[row] for row in rows) if label in joined]
    if found:
        warn_user(
            f"{name}: rows without any value have labels unlike all others: "
            f"{enumerate_labels(found)}. If these are headings or notes, leave them out, or say "
            "by ids= who is wanted."
        )


def _kind_of(label):
    """What labels of one kind have in common, or lack."""
    parts = label if isinstance(label, tuple) else (label,)
    return *traits_of(label), any(" " in str(part).strip() for part in parts)
