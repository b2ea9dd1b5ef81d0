"""What a scan keeps of many traits and markers."""

from __future__ import annotations

from numbers import Real
from typing import Any, Literal, NamedTuple

import numpy as np

from .._chromosomes import run_of

Keep = Literal["all", "max"] | float
ROUNDING = 1e-12
"""By which the evidence of markers may differ that are the same."""
PARTS_OF_ALL = 4
MANY = 4096
"""Results that are held, at most, before the best are chosen; or some of each trait."""


def check_keep(keep: Any) -> None:
    """All markers, the best one of each trait, or those with a p value of at most `keep`."""
    is_number = isinstance(keep, Real) and not isinstance(keep, bool)
    if keep in ("all", "max") or (is_number and 0 < float(keep) <= 1):
        return
    raise ValueError(
        f"keep={keep!r} must be 'all', 'max' for the best marker of each trait, or the largest p "
        "value that is kept, above 0 and at most 1, such as 1e-5."
    )


class Part(NamedTuple):
    """Results of some traits at some markers.

    Attributes
    ----------
    traits, markers : ndarray of int
        Their numbers, which broadcast to the first axes of all columns.
    columns : dict of ndarray
        By the names that `Scan` has for them.
    """

    traits: np.ndarray
    markers: np.ndarray
    columns: dict[str, np.ndarray]


class Everything:
    """Results of all traits at all markers."""

    def __init__(self, n_traits: int, n_markers: int):
        self._shape = n_traits, n_markers
        self._arrays: dict[str, np.ndarray] = {}

    def take(self, part: Part) -> None:
        """Results of traits and markers, each of which comes once; markers are in order."""
        n_axes = np.broadcast(part.traits, part.markers).ndim
        where: tuple = part.traits, part.markers
        if n_axes == 2:
            run = run_of(part.markers)
            where = (part.traits[:, 0], run) if isinstance(run, slice) else where
        for name, values in part.columns.items():
            if name not in self._arrays:
                shape = self._shape + values.shape[n_axes:]
                self._arrays[name] = np.empty(shape, dtype=values.dtype)
            self._arrays[name][where] = values

    def arrays(self, is_single: bool) -> dict[str, np.ndarray]:
        """Arrays as `Scan` has them."""
        if not is_single:
            return self._arrays
        return {name: values[0] for name, values in self._arrays.items()}


class Some:
    """Results of the markers that a trait keeps.

    Parameters
    ----------
    keep : "max" or float
    n_traits : int
    """

    def __init__(self, keep: Keep, n_traits: int):
        self._keep = keep
        self._n_traits = n_traits
        self._parts: list[dict[str, np.ndarray]] = []
        self._n_new = 0

    def take(self, part: Part) -> None:
        """Results of traits and markers, of which those are kept that may be in the result."""
        traits, markers = np.broadcast_arrays(part.traits, part.markers)
        found = self._select({"markers": markers, "traits": traits, **part.columns})
        self._parts.append(found)
        self._n_new += len(found["traits"])
        if self._keep == "max" and self._n_new > max(PARTS_OF_ALL * self._n_traits, MANY):
            self._join()

    def _select(self, columns: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
        """The elements that are kept, in arrays of one axis."""
        if self._keep == "max":
            where = _best_of_each_trait(columns, self._n_traits)
        else:
            where = np.nonzero(columns["pvalue"] <= self._keep)
        return {name: values[where] for name, values in columns.items()}

    def _join(self) -> dict[str, np.ndarray]:
        parts = self._parts
        joined = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
        self._parts, self._n_new = [self._select(joined)], 0
        return self._parts[0]

    def arrays(self, is_single: bool) -> dict[str, np.ndarray]:
        """Arrays as `Scan` has them, sorted by trait and marker."""
        arrays = self._join()
        order = np.lexsort((arrays["markers"], arrays["traits"]))
        return {name: values[order] for name, values in arrays.items()}


def _best_of_each_trait(columns: dict[str, np.ndarray], n_traits: int) -> tuple[np.ndarray, ...]:
    """Places of the best marker of each trait: by p, or by LOD of a trait that has no p value.

    Of equals, to rounding, it is the first marker; a trait with neither has none.
    """
    traits, markers = columns["traits"], columns["markers"]
    evidence = columns["neg_log10_pvalue"]
    has_p = np.zeros(n_traits, dtype=bool)
    has_p[traits[~np.isnan(evidence)]] = True
    evidence = np.where(has_p[traits], evidence, columns["lod"])
    highest = np.full(n_traits, -np.inf)
    np.fmax.at(highest, traits, evidence)
    places = np.nonzero(evidence + ROUNDING * np.abs(evidence) >= highest[traits])
    order = np.lexsort((markers[places], traits[places]))
    _, first = np.unique(traits[places][order], return_index=True)
    return tuple(axis[order[first]] for axis in places)
