"""Which markers are on which chromosome?"""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from typing import Any

import numpy as np

from ._labels import as_labels, near_key, refuse_other_types


def columns_by_chromosome(chromosomes: Any, n_markers: int) -> dict[Hashable, list[int]]:
    """The places of the markers of each, in the order of their first markers."""
    labels = as_labels(chromosomes, "chromosomes")
    if len(labels) != n_markers:
        raise ValueError(
            f"chromosomes must have one label for each of the {n_markers} markers, got "
            f"{len(labels)}."
        )
    columns: dict[Hashable, list[int]] = {}
    for place, label in enumerate(labels):
        columns.setdefault(label, []).append(place)
    refuse_spellings(list(columns))
    return columns


def refuse_spellings(chromosomes: list) -> None:
    """18 and "18", X and x, 1 and chr1: one chromosome, of which half would stay."""
    refuse_other_types({"chromosomes": chromosomes})
    seen: dict[Hashable, Hashable] = {}
    for label in chromosomes:
        first = seen.setdefault(chromosome_key(label), label)
        if first != label:
            raise ValueError(
                f"chromosomes has {first!r} and {label!r}, which look like one chromosome in two "
                "spellings. Write it in one."
            )


def chromosome_key(label: Hashable) -> Hashable:
    """What spellings of a chromosome have in common."""
    key = near_key(label)
    if isinstance(key, str) and key.startswith("chr"):
        return near_key(key.removeprefix("chr"))
    return key


def other_spelling(label: Hashable, others: Iterable[Hashable]) -> Hashable | None:
    """The one of some others that looks like the same chromosome."""
    key = chromosome_key(label)
    return next((other for other in others if chromosome_key(other) == key), None)


def run_of(places: list[int]) -> slice | np.ndarray:
    """The same places, in ascending order, as a slice if none is left out between them."""
    first, last = places[0], places[-1] + 1
    return slice(first, last) if last - first == len(places) else np.array(places)
