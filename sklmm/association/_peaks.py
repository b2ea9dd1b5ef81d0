"""Where are the peaks of a scan, and between which positions may the loci lie?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import numpy as np

from .._validation import check_choice, check_number
from .._variance.association.loci import Chromosome, Peak, Rule
from .._warn import warn_user
from ._results import Scan, called, check_scan, counted
from ._thresholds import OTHERS, MaxStatistics

if TYPE_CHECKING:
    import pandas as pd

UNPLACED = ("0", "-9")
"""Chromosomes of markers whose place is not known."""
CURVES = {"lod": "lod", "neg_log10_p": "neg_log10_pvalue"}


@dataclass(frozen=True, eq=False)
class Peaks:
    """The peaks that :func:`find_peaks` has found, an element for each.

    They are in the order of traits, chromosomes and positions.

    Attributes
    ----------
    trait : ndarray
        The name of the trait, or its number where traits have no names.
    chromosome : ndarray
    position : ndarray of float
        Of the maximum; the mean where several markers share it.
    marker : ndarray
        The name of the marker there, or its number where markers have no names. Of several, the
        one that is nearest to `position`.
    lod, neg_log10_pvalue : ndarray of float
        Of that marker.
    low, high : ndarray of float
        The ends of the interval of the locus.
    index : ndarray of int
        The number of the marker in the scan.
    """

    trait: np.ndarray
    chromosome: np.ndarray
    position: np.ndarray
    marker: np.ndarray
    lod: np.ndarray
    neg_log10_pvalue: np.ndarray
    low: np.ndarray
    high: np.ndarray
    index: np.ndarray

    def __len__(self) -> int:
        """The number of peaks."""
        return len(self.position)

    def __repr__(self) -> str:
        if not len(self):
            return "Peaks(none)"
        best = int(np.argmax(self.lod))
        name, number = self.marker[best], self.index[best]
        at = called(None if isinstance(name, np.integer) and name == number else name, number)
        at += f" on chromosome {self.chromosome[best]}"
        if len(set(self.trait.tolist())) > 1:
            at += f" for trait {self.trait[best:].tolist()[0]!r}"
        return f"Peaks({counted(len(self), 'peak')}, largest LOD {self.lod[best]:.1f} at {at})"

    def to_frame(self) -> pd.DataFrame:
        """A row for each peak.

        Returns
        -------
        DataFrame
            With the attributes as columns.
        """
        import pandas as pd

        return pd.DataFrame({field.name: getattr(self, field.name) for field in fields(self)})


def find_peaks(
    result: Scan,
    *,
    threshold: Any,
    drop: float | None = None,
    prob: float | None = None,
    peak_drop: float | None = None,
    by: Literal["lod", "neg_log10_p"] = "lod",
    is_marker: Any = None,
) -> Peaks:
    """Find the peaks of a scan on each chromosome, and intervals of their loci.

    What the words mean is as in R/qtl2 [1]_.

    Parameters
    ----------
    result : Scan
        With chromosomes and positions. Markers that were not tested, and those of unknown
        place, on chromosome 0, as PLINK has it, or at a position below 0, are in no peak.
    threshold : float, array-like of shape (n_targets,) or mapping
        Peaks are larger. A mapping has chromosomes as keys, and "autosomes" for all that it does
        not name: what ``max_statistics(...).threshold()`` returns.
    drop : float, default=None
        Of support intervals: they end at the first markers beyond which the curve stays lower
        than the peak by at least `drop`. It is 1.5 if neither `drop` nor `prob` is given.
    prob : float, default=None
        Coverage of the Bayes credible intervals that take the place of support intervals. The
        posterior of a marker is
        proportional to 10**LOD times the width of the part of the chromosome that is nearest to
        it, and markers are taken in the order of their LOD.
    peak_drop : float, default=None
        How much lower than the lower one of two peaks of a chromosome the curve has to be
        somewhere between them, at least `drop`. None is for one peak a chromosome.
    by : {"lod", "neg_log10_p"}, default="lod"
        What `threshold`, `drop` and `peak_drop` are about.
    is_marker : array-like of bool of shape (m,), default=None
        Whether an interval may end there; others are extended. For scans between markers.

    Returns
    -------
    Peaks

    See Also
    --------
    max_statistics : Thresholds that hold for all markers together.

    References
    ----------
    .. [1] Broman et al. (2019). R/qtl2: software for mapping quantitative trait loci with
       high-dimensional data and multiparent populations. Genetics 211, 495-502.

    Examples
    --------
    >>> from sklmm import LMMRegressor
    >>> from sklmm.association import find_peaks, scan
    >>> from sklmm.datasets import make_population
    >>> from sklmm.relationship import leave_one_chromosome_out, vanraden
    >>> people = make_population(n_qtl=5, random_state=0)
    >>> K = vanraden(people.data, people.ids)
    >>> lmm = LMMRegressor(K, sample_id=0).fit(people.ids[:, None], people.target)
    >>> chromosomes = people.chromosome
    >>> kinships = leave_one_chromosome_out(people.data, people.ids, chromosomes)
    >>> options = {"ids": people.ids, "chromosomes": chromosomes, "kinships": kinships}
    >>> result = scan(lmm, people.data, positions=people.position, **options)
    >>> peaks = find_peaks(result, threshold=3.5)
    >>> columns = ["chromosome", "position", "lod", "low", "high"]
    >>> peaks.to_frame()[columns].round(2)
       chromosome  position    lod   low  high
    0           4      0.91  16.51  0.91  0.92
    >>> find_peaks(result, threshold=3.5, prob=0.95, peak_drop=5).to_frame()[columns].round(2)
       chromosome  position    lod   low  high
    0           4      0.44   5.24  0.44  0.45
    1           4      0.59   5.82  0.59  0.60
    2           4      0.91  13.04  0.91  0.91
    3           4      0.91  16.51  0.91  0.91
    4           4      0.93  10.57  0.93  0.93
    """
    check_choice(by, "by", tuple(CURVES))
    _check_kept(result)
    rule = as_rule(drop, prob, peak_drop)
    loci = _Loci.from_scan(result, is_marker)
    limits = _Limits.from_threshold(threshold, loci, by)
    found = [
        (number, peak)
        for number in range(np.atleast_2d(result.lod).shape[0])
        for chromosome in loci.of_trait(number, CURVES[by])
        for peak in chromosome.peaks(limits.of(chromosome.name, number), rule)
    ]
    _warn_of_unplaced(loci, limits, CURVES[by])
    return _as_peaks(found, loci)


def _check_kept(result: Scan) -> None:
    if check_scan(result).traits is not None:
        raise ValueError(
            "result has some markers of each trait, and peaks are told apart by all of them. "
            "Pass a scan with keep='all'."
        )


def as_rule(drop: Any, prob: Any, peak_drop: Any = None) -> Rule:
    """What makes an interval and a peak, by the arguments of `find_peaks`."""
    if drop is not None and prob is not None:
        raise ValueError(
            f"drop={drop!r} and prob={prob!r} ask for two kinds of intervals. Give one of them."
        )
    if prob is not None:
        check_number(prob, "prob", lambda value: 0 < value < 1, "a number between 0 and 1")
    least = 0.0 if prob is not None else 1.5 if drop is None else drop
    check_number(least, "drop", lambda value: value >= 0, "a number, 0 or more")
    if peak_drop is None:
        return Rule(least, prob, np.inf)
    check_number(peak_drop, "peak_drop", lambda value: value > 0, "a positive number")
    if least > peak_drop:
        raise ValueError(
            f"drop={least:g} is larger than peak_drop={peak_drop:g}, so that intervals of two "
            "peaks could overlap. Give a peak_drop that is at least drop."
        )
    return Rule(least, prob, peak_drop)


@dataclass(frozen=True, eq=False)
class _Loci:
    """The markers of a scan on their chromosomes.

    Attributes
    ----------
    names : list
        Of the chromosomes, in the order in which the scan has them.
    codes : ndarray of int of shape (m,)
        Their numbers, -1 where a marker has no place.
    """

    result: Scan
    names: list
    codes: np.ndarray
    positions: np.ndarray
    is_end: np.ndarray

    @classmethod
    def from_scan(cls, result: Scan, is_marker: Any) -> _Loci:
        lacking = [name for name in ("chromosomes", "positions") if getattr(result, name) is None]
        if lacking:
            raise ValueError(
                f"result has no {' and no '.join(lacking)}, along which peaks are found. "
                f"Pass {' and '.join(name + '=' for name in lacking)} to scan."
            )
        chromosomes = np.asarray(result.chromosomes).tolist()
        positions = np.asarray(result.positions, dtype=float)
        names = [name for name in dict.fromkeys(chromosomes) if name is not None and name == name]
        numbers = {name: number for number, name in enumerate(names)}
        codes = np.array([numbers.get(name, -1) for name in chromosomes], dtype=int)
        codes[~(positions >= 0) | np.isin(list(map(str, chromosomes)), UNPLACED)] = -1
        is_end = np.ones(len(codes), bool) if is_marker is None else np.asarray(is_marker)
        if is_end.shape != codes.shape or is_end.dtype != bool:
            raise ValueError(
                f"is_marker has shape {is_end.shape} and type {is_end.dtype}. Give a bool for "
                f"each of the {len(codes)} markers of the scan."
            )
        return cls(result, names, codes, positions, is_end)

    def curve(self, trait: int, name: str) -> np.ndarray:
        return np.atleast_2d(getattr(self.result, name))[trait]

    def of_trait(self, trait: int, curve: str) -> Iterator[Chromosome]:
        """Chromosomes with what was tested on them."""
        values, lod = self.curve(trait, curve), self.curve(trait, "lod")
        order = np.lexsort((self.positions, self.codes))
        order = order[(self.codes[order] >= 0) & ~np.isnan(values[order])]
        ends = np.searchsorted(self.codes[order], np.arange(len(self.names) + 1))
        for name, start, stop in zip(self.names, ends, ends[1:], strict=False):
            at = order[start:stop]
            if len(at):
                yield Chromosome(
                    name, at, self.positions[at], values[at], lod[at], self.is_end[at]
                )


class _Limits(NamedTuple):
    """Thresholds by chromosome."""

    by_name: dict[str, np.ndarray]
    default: np.ndarray | None

    @classmethod
    def from_threshold(cls, threshold: Any, loci: _Loci, by: str) -> _Limits:
        n_traits = len(np.atleast_2d(loci.result.lod))
        if isinstance(threshold, MaxStatistics):
            raise TypeError(
                "threshold must be a number, one for each trait or a mapping, got MaxStatistics, "
                f"which has one for each level. Use its threshold(0.05, scale={by!r})."
            )
        if not isinstance(threshold, Mapping):
            return cls({}, _as_thresholds(threshold, n_traits, "threshold"))
        given = {
            str(key): _as_thresholds(value, n_traits, f"threshold[{key!r}]")
            for key, value in threshold.items()
        }
        default = given.pop(OTHERS, None)
        names = [str(name) for name in loci.names]
        strange = [name for name in given if name not in names]
        if strange:
            raise ValueError(
                f"threshold names chromosome {strange[0]!r}, and the scan has {names[:30]}. Use "
                f"these names, or {OTHERS!r} for all that are not named."
            )
        missing = [name for name in names if default is None and name not in given]
        if missing:
            raise ValueError(
                f"threshold has none for chromosome {missing[0]!r}. Add it, or {OTHERS!r} for all "
                "chromosomes that are not named."
            )
        return cls(given, default)

    def of(self, chromosome: Any, trait: int) -> float:
        thresholds = self.by_name.get(str(chromosome), self.default)
        assert thresholds is not None
        return float(thresholds[trait])


def _as_thresholds(threshold: Any, n_traits: int, name: str) -> np.ndarray:
    """One for each trait."""
    try:
        is_text = np.asarray(threshold).dtype.kind in "US"
        values = np.asarray(None if is_text else threshold, dtype=float)
    except (TypeError, ValueError):
        values = np.array([np.nan])
    if values.shape not in ((), (n_traits,)) or np.isnan(values).any():
        raise ValueError(
            f"{name}={threshold!r} is not a threshold. Give a number, or one for each of the "
            f"{n_traits} traits."
        )
    return np.broadcast_to(values, n_traits)


def _warn_of_unplaced(loci: _Loci, limits: _Limits, curve: str) -> None:
    """Markers that might have made peaks, had they a place."""
    unplaced = loci.codes < 0
    if limits.default is None or not unplaced.any():
        return
    values = np.atleast_2d(getattr(loci.result, curve))[:, unplaced]
    n_large = int((values > limits.default[:, None]).any(axis=0).sum())
    if n_large:
        warn_user(
            f"{n_large} markers exceed the threshold and are in no peak, for their chromosome or "
            "position is not known.",
        )


def _as_peaks(found: list[tuple[int, Peak]], loci: _Loci) -> Peaks:
    """The result, from pairs of the number of a trait and a peak."""
    result = loci.result
    trait = np.array([number for number, _ in found], dtype=int)
    peaks = [peak for _, peak in found]
    index = np.array([peak.marker for peak in peaks], dtype=int)
    names = result.trait_names
    return Peaks(
        trait=trait if names is None else np.array([names[number] for number in trait]),
        chromosome=np.array([peak.chromosome for peak in peaks]),
        position=np.array([peak.position for peak in peaks], dtype=float),
        marker=index if result.names is None else np.asarray(result.names)[index],
        lod=np.atleast_2d(result.lod)[trait, index],
        neg_log10_pvalue=np.atleast_2d(result.neg_log10_pvalue)[trait, index],
        low=np.array([peak.low for peak in peaks], dtype=float),
        high=np.array([peak.high for peak in peaks], dtype=float),
        index=index,
    )
