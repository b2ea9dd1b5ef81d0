"""What is known of the markers: names and places, joined by name and never by order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from .._compat import safe_indexing
from .._labels import as_labels, enumerate_labels, hint_of_near_match
from .._numbers import is_lazy, to_floats
from .._order import carries_labels, is_default_index

TITLES = {
    "chromosomes": ("chromosome", "chrom", "chr"),
    "positions": ("position", "pos", "bp", "ps"),
}
"""Of the columns of a map, in any case, with or without the # of a comment."""
UNPLACED = "give them chromosome 0 and position 0, as PLINK does"


@dataclass(frozen=True, eq=False)
class MarkerMap:
    """Names, places and alleles of markers, arrays of shape (m,), or None where unknown."""

    names: np.ndarray | None = None
    chromosomes: np.ndarray | None = None
    positions: np.ndarray | None = None
    effect_alleles: np.ndarray | None = None
    other_alleles: np.ndarray | None = None

    def updated(
        self, m: int, names: Any, chromosomes: Any, positions: Any, marker_map: Any
    ) -> MarkerMap:
        """The same of m markers, with what a user says of them beside the genotypes."""
        known = self
        if names is not None:
            known = replace(known, names=_in_order(names, "names", m))
        if marker_map is not None:
            given = {"chromosomes": chromosomes, "positions": positions}
            for name, values in given.items():
                if values is not None:
                    raise ValueError(f"{name} and marker_map are both given. Give one of them.")
            known = known.joined(marker_map)
        if chromosomes is not None:
            values = known.by_name(chromosomes, "chromosomes", m)
            known = replace(known, chromosomes=_in_order(values, "chromosomes", m))
        if positions is not None:
            values = known.by_name(positions, "positions", m)
            known = replace(known, positions=_as_positions(values, "positions", m))
        return known

    def by_name(self, values: Any, name: str, m: int) -> Any:
        """Values in the order of the markers, if their index has names of markers."""
        if not carries_labels(values):
            return values
        index = as_labels(values.index, f"the index of {name}")
        if self.names is None:
            raise ValueError(
                f"{name} has an index of names, {enumerate_labels(index)}, but the markers of "
                f"genotypes have none. Give their names by names=, or use {name}.to_numpy() if it "
                "is in the order of the markers."
            )
        as_is = f", or use {name}.to_numpy() if it is in their order" * (len(values) == m)
        return safe_indexing(values, self.find(index, name, as_is), axis=0)

    def joined(self, marker_map: Any) -> MarkerMap:
        """The same with chromosomes and positions of a data frame."""
        names, frame = _names_of_rows(marker_map)
        if self.names is None:
            raise ValueError(
                "marker_map is joined by the names of the markers, and those of genotypes have "
                "none. Give them by names=."
            )
        rows, found = self.find(names, "marker_map"), {}
        for field, titles in TITLES.items():
            column = _find_column(frame, titles)
            found[field] = safe_indexing(safe_indexing(frame, column, axis=1), rows, axis=0)
        m, whose = len(rows), "the column of marker_map with {}"
        chromosomes = _in_order(found["chromosomes"], whose.format("chromosomes"), m)
        positions = _as_positions(found["positions"], whose.format("positions"), m)
        return replace(self, chromosomes=chromosomes, positions=positions)

    def find(self, index: list, name: str, otherwise: str = "") -> np.ndarray:
        """Find the markers in an index of names."""
        row_of = {label: row for row, label in enumerate(index)}
        wanted = [] if self.names is None else self.names.tolist()
        unknown = [label for label in wanted if label not in row_of]
        if unknown:
            more = f" (and {len(unknown) - 1} more)" * (len(unknown) > 1)
            hint = hint_of_near_match(unknown[:1], index)
            raise ValueError(
                f"{name} lacks the marker {unknown[0]!r}{more} of genotypes.{hint} Add what is "
                f"missing there (where a place is unknown, {UNPLACED}){otherwise}."
            )
        if len(row_of) < len(index):
            needed, seen = set(wanted), set()
            for label in index:
                if label in needed and label in seen:
                    raise ValueError(
                        f"{name} has the marker {label!r} more than once. Keep one of its rows."
                    )
                seen.add(label)
        return np.array([row_of[label] for label in wanted], dtype=np.intp)


def as_objects(labels: Sequence) -> np.ndarray:
    """An array of labels, of which some may be tuples."""
    values = np.empty(len(labels), dtype=object)
    values[:] = labels
    return values


def names_of_columns(frame: Any) -> np.ndarray | None:
    """The names of the markers in the columns of a data frame, unless these are but counted."""
    columns = getattr(frame, "columns", None)
    if columns is None or is_default_index(columns):
        return None
    return as_objects(as_labels(columns, "the names of the columns of genotypes"))


def _in_order(values, name, m):
    """A label for each marker."""
    labels = as_labels(values, name)
    _check_length(labels, name, m)
    return as_objects(labels)


def _as_positions(values, name, m):
    """A finite number for each marker; whole ones stay as they are."""
    floats = to_floats(values, name)
    if floats.ndim != 1:
        raise ValueError(
            f"{name} must have one axis, got shape {floats.shape}. Use numpy.ravel({name})."
        )
    _check_length(floats, name, m)
    unknown = np.flatnonzero(~np.isfinite(floats))
    if unknown.size:
        raise ValueError(
            f"{name} has {floats[unknown[0]]} for marker {unknown[0]}. Leave out markers whose "
            f"place is unknown, or {UNPLACED}."
        )
    array = np.asarray(values)
    return array.astype(np.int64) if array.dtype.kind in "iu" else floats


def _check_length(values, name, m):
    if len(values) != m:
        raise ValueError(
            f"{name} must have one element for each of the {m} markers of genotypes, got "
            f"{len(values)}. Give all of them, in the order of the markers, or a pandas Series "
            "whose index has their names."
        )


def _names_of_rows(marker_map):
    """The names of the markers in a map, and the map."""
    if is_lazy(marker_map) or not hasattr(marker_map, "columns"):
        raise TypeError(
            "marker_map must be a data frame with names of markers, chromosomes and positions, "
            f"got {type(marker_map).__name__}. Convert it, such as by pandas.DataFrame or "
            "collect(), or use chromosomes= and positions=."
        )
    if carries_labels(marker_map):
        return as_labels(marker_map.index, "the index of marker_map"), marker_map
    first, places = (
        marker_map.columns[0],
        [title for titles in TITLES.values() for title in titles],
    )
    if _plain(first) in places:
        raise ValueError(
            f"marker_map has {first!r} in its first column, where names of markers are due. Put "
            "them into the first column, or into the index of a pandas data frame."
        )
    names = as_labels(safe_indexing(marker_map, 0, axis=1), f"the column {first!r} of marker_map")
    return names, marker_map


def _find_column(frame, titles):
    found = [place for place, title in enumerate(frame.columns) if _plain(title) in titles]
    if len(found) != 1:
        raise ValueError(
            f"marker_map has {len(found) or 'no'} columns that are called {titles[0]!r} (or "
            f"{', '.join(map(repr, titles[1:]))}), among {list(frame.columns)[:10]}. Rename its "
            f"columns, so that one is {titles[0]!r}."
        )
    return found[0]


def _plain(title):
    return str(title).lower().lstrip("#")
