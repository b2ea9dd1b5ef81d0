"""Which row has which label."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence

import numpy as np

from .labels import as_plain_text, enumerate_labels
from .near import NearLabels, hint_of_parts, same_way


class LabelIndex:
    """Which row has which label.

    Parameters
    ----------
    labels : sequence
        As `as_labels` gives them, each once.
    """

    def __init__(self, labels: Sequence[Hashable]):
        ids = np.empty(len(labels), dtype=object)
        ids[:] = labels
        ids.flags.writeable = False
        self.ids = ids
        self._row_of = {label: row for row, label in enumerate(ids)}

    def __iter__(self) -> Iterator[Hashable]:
        return iter(self.ids)

    def __len__(self) -> int:
        return len(self.ids)

    def __contains__(self, label: Hashable) -> bool:
        return self.row(label) is not None

    def __str__(self) -> str:
        return f"{len(self)} sample{'s' * (len(self) != 1)}: {enumerate_labels(self.ids)}"

    def row(self, label: Hashable) -> int | None:
        """The row of a label or None; True is not 1 here, as it is in Python."""
        row = self._row_of.get(label)
        if row is not None and isinstance(label, bool) != isinstance(self.ids[row], bool):
            return None
        return row

    def find(self, labels: list) -> np.ndarray:
        """The rows of labels, or UnknownLabelError."""
        found = [self.row(label) for label in labels]
        if None in found:
            unknown = [label for label, row in zip(labels, found, strict=True) if row is None]
            raise UnknownLabelError(unknown, len(labels), self)
        return np.array(found, dtype=np.intp)


class UnknownLabelError(KeyError):
    """Labels that an index lacks.

    Parameters
    ----------
    unknown : list
    n_wanted : int
        How many labels were looked for, these among them.
    index : LabelIndex
    """

    def __init__(self, unknown: list, n_wanted: int, index: LabelIndex):
        super().__init__(unknown, n_wanted, index)
        self.unknown = unknown
        self.n_wanted = n_wanted
        self.index = index

    def __str__(self) -> str:
        first = self.unknown[0]
        more = f" (and {len(self.unknown) - 1} more)" if len(self.unknown) > 1 else ""
        message = f"The label {first!r}{more} is not in Kinship({self.index})."
        similar = NearLabels(self.index.ids).find(first)
        if similar is not None:
            return f"{message} {describe_difference(first, similar)}"
        if len(self.unknown) == self.n_wanted > 1:
            parts = hint_of_parts(first, self.index.ids)
            if parts:
                return (
                    f"{message} It has none of these labels, but {parts}: write both in the same "
                    "way if they are one individual."
                )
            message += " It has none of these labels, and seems to be the kinship of others."
        return message


def describe_difference(
    label: Hashable, similar: Hashable, holder: str = "The kinship has"
) -> str:
    """How a label differs from one that nearly matches it, and what to do."""
    if isinstance(similar, tuple) and not isinstance(label, tuple):
        return (
            f"{holder} {similar!r}, of which this is one part: make pairs of families and "
            "individuals, list(zip(families, individuals))."
        )
    if isinstance(label, tuple) and not isinstance(similar, tuple):
        return f"{holder} {similar!r}, which is one part of it: leave out the family."
    if type(label) is type(similar) or as_plain_text(label) != as_plain_text(similar):
        return f"{holder} {similar!r}, which nearly matches: write {same_way(label, similar)}."
    differs_in_text = str(label) != str(similar) and not isinstance(label, bytes)
    return (
        f"It is of type {type(label).__name__}, and {holder[0].lower()}{holder[1:]} {similar!r} "
        f"of type {type(similar).__name__}: "
        + ("write both in the same way." if differs_in_text else "convert one of them.")
    )
