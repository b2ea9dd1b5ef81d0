"""Peaks of a curve along a chromosome, and the intervals around them.

The words are those of R/qtl2: see `sklmm.association.find_peaks`.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np


class Rule(NamedTuple):
    """How far apart peaks are, and what an interval holds.

    Attributes
    ----------
    drop : float
        Of support intervals.
    prob : float or None
        Of credible intervals, which are taken if it is there.
    peak_drop : float
        Between peaks of a chromosome.
    """

    drop: float
    prob: float | None
    peak_drop: float


class Peak(NamedTuple):
    """A peak, and between which positions its locus may lie.

    Attributes
    ----------
    chromosome : hashable
    position : float
        The mean of those of markers that share the maximum.
    marker : int
        The number of the one of them that is nearest.
    low, high : float
    """

    chromosome: Any
    position: float
    marker: int
    low: float
    high: float


class Chromosome(NamedTuple):
    """Tested markers of one chromosome, in the order of their positions.

    Attributes
    ----------
    name : hashable
    markers : ndarray of int of shape (m,)
        Their numbers.
    positions, curve, lod : ndarray of shape (m,)
        Peaks are those of the curve.
    is_end : ndarray of bool of shape (m,)
        Whether an interval may end there.
    """

    name: Any
    markers: np.ndarray
    positions: np.ndarray
    curve: np.ndarray
    lod: np.ndarray
    is_end: np.ndarray

    def peaks(self, threshold: float, rule: Rule) -> Iterator[Peak]:
        """Those above a threshold, with their intervals."""
        maxima, valleys = _maxima_and_valleys(self.curve, threshold, rule.peak_drop)
        for at, (start, stop) in zip(maxima, pairwise(valleys), strict=True):
            within = np.arange(start, stop + 1)
            shared = within[self.curve[within] == self.curve[at]]
            position = float(self.positions[shared].mean())
            nearest = shared[np.abs(self.positions[shared] - position).argmin()]
            if rule.prob is None:
                ends = self._support(at, within, rule.drop)
            else:
                ends = self._credible(at, within, rule.prob)
            yield Peak(self.name, position, int(self.markers[nearest]), *self._extended(*ends))

    def _support(self, at: int, within: np.ndarray, drop: float) -> tuple[int, int]:
        """The markers next to the outermost ones that are inside, of which the peak is one."""
        curve, top = self.curve[within], self.curve[at]
        inside = within[(curve > top - drop) | (curve == top)]
        return max(int(inside[0]) - 1, 0), min(int(inside[-1]) + 1, len(self.curve) - 1)

    def _credible(self, at: int, within: np.ndarray, prob: float) -> tuple[int, int]:
        """The outermost of the markers with the largest LOD that hold `prob` together."""
        lod = self.lod[within]
        below = np.subtract(lod, lod.max(), out=np.zeros_like(lod), where=lod < lod.max())
        posterior = 10.0**below * _widths(self.positions)[within]
        order = np.argsort(-lod, kind="stable")
        held = np.cumsum(posterior[order])
        taken = within[order[: np.searchsorted(held, prob * held[-1]) + 1]]
        return min(at, taken.min()), max(at, taken.max())

    def _extended(self, low: int, high: int) -> tuple[float, float]:
        """Positions of the next markers outside at which an interval may end."""
        ends = np.flatnonzero(self.is_end)
        below, above = ends[ends <= low], ends[ends >= high]
        low, high = below.max(initial=0), above.min(initial=len(self.curve) - 1)
        return float(self.positions[low]), float(self.positions[high])


def _maxima_and_valleys(
    curve: np.ndarray, threshold: float, peak_drop: float
) -> tuple[list[int], list[int]]:
    """Places of peaks, and before, between and after them those of the lowest values."""
    if not (curve > threshold).any():
        return [], [0]
    if np.isinf(peak_drop):
        return [int(curve.argmax())], [0, len(curve) - 1]
    values = curve.tolist()
    top = lowest = next(place for place, value in enumerate(values) if value > threshold)
    maxima, valleys = [top], [0]
    for place, value in enumerate(values[top:], top):
        if value < values[lowest]:
            lowest = place
        if value <= threshold:
            continue
        if min(values[top], value) > values[lowest] + peak_drop:
            maxima.append(place)
            valleys.append(lowest)
            top = lowest = place
        elif value > values[top]:
            maxima[-1] = top = lowest = place
    return maxima, [*valleys, len(curve) - 1]


def _widths(positions: np.ndarray) -> np.ndarray:
    """Half of the way from the marker before to the next one, and all of it at the ends."""
    gaps = np.diff(positions)
    if not gaps.any():
        return np.ones(len(positions))
    return (np.append(gaps[0], gaps) + np.append(gaps, gaps[-1])) / 2
