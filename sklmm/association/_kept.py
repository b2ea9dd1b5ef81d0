"""What a scan keeps of many traits and markers."""

from __future__ import annotations

from numbers import Real
from typing import Any, Literal

import numpy as np

Keep = Literal["all", "max"] | float


def check_keep(keep: Any) -> None:
    """All markers, the best one of each trait, or those with a p value of at most `keep`."""
    is_number = isinstance(keep, Real) and not isinstance(keep, bool)
    if keep in ("all", "max") or (is_number and 0 < float(keep) <= 1):
        return
    raise ValueError(
        f"keep={keep!r} must be 'all', 'max' for the best marker of each trait, or the largest p "
        "value that is kept, above 0 and at most 1, such as 1e-5."
    )


class Everything:
    """Results of all traits at all markers."""

    def __init__(self, n_traits: int, n_markers: int):
        self._shape = n_traits, n_markers
        self._arrays: dict[str, np.ndarray] = {}

    def take(self, trait: int, markers: np.ndarray, part: dict[str, np.ndarray]) -> None:
        """Results of one trait at some markers."""
        for name, values in part.items():
            if name not in self._arrays:
                shape = self._shape + values.shape[1:]
                self._arrays[name] = np.empty(shape, dtype=values.dtype)
            self._arrays[name][trait, markers] = values

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
    """

    def __init__(self, keep: Keep):
        self._keep = keep
        self._parts: dict[int, dict[str, np.ndarray]] = {}

    def take(self, trait: int, markers: np.ndarray, part: dict[str, np.ndarray]) -> None:
        """Results of one trait at some markers."""
        part = {"markers": markers, "traits": np.full(len(markers), trait), **part}
        part = {name: values[self._kept(part)] for name, values in part.items()}
        before = self._parts.get(trait)
        if before is not None:
            part = {name: np.concatenate([before[name], part[name]]) for name in part}
            if self._keep == "max":
                part = {name: values[self._kept(part)] for name, values in part.items()}
        self._parts[trait] = part

    def _kept(self, part: dict[str, np.ndarray]) -> np.ndarray:
        evidence = part["neg_log10_pvalue"]
        if np.isnan(evidence).all():
            evidence = part["lod"]
        if self._keep == "max":
            return _first_of_largest(evidence, part["markers"])
        return np.flatnonzero(part["pvalue"] <= self._keep)

    def arrays(self, is_single: bool) -> dict[str, np.ndarray]:
        """Arrays as `Scan` has them, sorted by trait and marker."""
        parts = [self._parts[trait] for trait in sorted(self._parts)]
        arrays = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
        order = np.lexsort((arrays["markers"], arrays["traits"]))
        return {name: values[order] for name, values in arrays.items()}


def _first_of_largest(values: np.ndarray, markers: np.ndarray) -> np.ndarray:
    """The place of the largest value, at the first marker that has it; none if all are nan."""
    if not len(values) or np.isnan(values).all():
        return np.empty(0, dtype=int)
    places = np.flatnonzero(values == np.nanmax(values))
    return places[[np.argmin(markers[places])]]
