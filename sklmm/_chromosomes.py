"""Which markers are on which chromosome?"""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from typing import Any

import numpy as np

from ._labels import as_labels, near_key, refuse_other_types


def columns_by_chromosome(chromosomes: Any, n_markers: int) -> dict[Hashable, np.ndarray]:
    """The places of the markers of each, in the order of their first markers."""
    names, number = _distinct(chromosomes)
    if len(number) != n_markers:
        raise ValueError(
            f"chromosomes must have one label for each of the {n_markers} markers, got "
            f"{len(number)}."
        )
    refuse_spellings(names)
    by_number = np.argsort(number, kind="stable")
    ends = np.cumsum(np.bincount(number, minlength=len(names)))
    return dict(zip(names, np.split(by_number, ends[:-1]), strict=True))


def _distinct(chromosomes: Any) -> tuple[list, np.ndarray]:
    """Labels in the order in which they come, and the number of each marker's among them."""
    is_array = isinstance(chromosomes, np.ndarray) and chromosomes.ndim == 1
    if is_array and chromosomes.dtype.kind in "iuU":  # which is fast
        _, first, sorted_number = np.unique(chromosomes, True, True)
        order = np.argsort(first)
        names = as_labels(chromosomes[first[order]], "chromosomes")
        return names, np.argsort(order)[sorted_number]
    labels = as_labels(chromosomes, "chromosomes")
    number_of: dict[Hashable, int] = {}
    numbers = [number_of.setdefault(label, len(number_of)) for label in labels]
    return list(number_of), np.array(numbers, dtype=int)


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


def run_of(places: np.ndarray) -> slice | np.ndarray:
    """The same places, in ascending order, as a slice if none is left out between them."""
    first, last = int(places[0]), int(places[-1]) + 1
    return slice(first, last) if last - first == len(places) else places
