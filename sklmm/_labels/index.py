"""Which row has which label."""

from __future__ import annotations

from collections.abc import Hashable, Sequence

import numpy as np

from .labels import enumerate_labels


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

    def __len__(self) -> int:
        return len(self.ids)

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
            raise UnknownLabelError(unknown, self)
        return np.array(found, dtype=np.intp)


class UnknownLabelError(KeyError):
    """Labels that an index lacks."""

    def __init__(self, unknown: list, index: LabelIndex):
        super().__init__(unknown, index)
        self.unknown = unknown
        self.index = index

    def __str__(self) -> str:
        first = self.unknown[0]
        more = f" (and {len(self.unknown) - 1} more)" if len(self.unknown) > 1 else ""
        message = f"The label {first!r}{more} is not in Kinship({self.index})."
        names = {str(first), str(first).removesuffix(".0")}
        namesakes = [label for label in self.index.ids if str(label) in names]
        if namesakes:
            message += (
                f" It is of type {type(first).__name__}, and the kinship has {namesakes[0]!r} "
                f"of type {type(namesakes[0]).__name__}: convert one of them."
            )
        return message
