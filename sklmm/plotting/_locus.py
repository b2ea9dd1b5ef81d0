"""LOD scores along one chromosome, and where a locus may lie."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from .._numbers import unmasked
from .._variance.association.loci import Chromosome, Rule
from ..association import Scan
from ..association._peaks import as_rule
from ._axes import BLUE, VERMILION, axes_or_new, check_appearance, styled, with_margins
from ._scans import (
    ROOM_ABOVE,
    as_threshold,
    check_ascending,
    check_complete,
    check_drawn,
    choose_from,
    draw_infinite,
    draw_thresholds,
    markers_of_one,
    refuse_nothing,
    tested,
    thin,
    thin_line,
    thresholds_of,
)
from ._scans import Chromosome as Extent

FEW = 50
"""So many markers are joined by a line in any case."""
JUMPS_ABOVE = 0.15
"""Of the mean square difference of neighbors, as a share of that of all pairs of markers: in lines
of a cross it is about 0.05, in outbred mice 0.2 to 0.6."""
HIGHEST = 1e6
"""Stands for an infinite LOD score, from which no drop can be taken."""


class LocusDisplay:
    """LOD scores along one chromosome, with the interval of its locus.

    Make it by :meth:`from_scan`.

    Parameters
    ----------
    positions : array-like of shape (m,)
        Ascending.
    lod : array-like of shape (m,)
        nan is left out.
    peak : float, default=None
        The position of the peak.
    interval : pair of float, default=None
        Between which positions the locus may lie.
    threshold : float, default=None
        A height that is marked.
    x_label : str, default="position"
        Of the horizontal axis.
    joined : bool, default=True
        Whether a line joins the LOD scores; otherwise they are points.

    Attributes
    ----------
    ax_ : matplotlib Axes
        With the picture.
    figure_ : matplotlib Figure or SubFigure
        Of the axes.
    line_ : matplotlib Line2D
        LOD scores, also where they are points.
    interval_ : matplotlib Polygon or Rectangle or None
        The interval, over the height of the axes.
    peak_ : matplotlib Line2D or None
        A triangle at the peak, on the horizontal axis.
    infinite_ : matplotlib PathCollection or None
        Triangles at the upper end, of markers whose LOD is infinite.
    threshold_ : matplotlib Line2D or None
        The threshold.

    See Also
    --------
    sklmm.association.find_peaks : All peaks of a scan, and their intervals.
    EffectsDisplay : Effects along the chromosome.

    Examples
    --------
    >>> from sklmm.plotting import LocusDisplay
    >>> display = LocusDisplay(
    ...     positions=[5.0, 10.0, 20.0], lod=[1.0, 4.0, 0.5], peak=10.0, interval=(5.0, 20.0)
    ... ).plot()
    >>> display.peak_.get_xdata().tolist()
    [10.0]
    """

    def __init__(
        self,
        *,
        positions: ArrayLike,
        lod: ArrayLike,
        peak: float | None = None,
        interval: Sequence[float] | None = None,
        threshold: float | None = None,
        x_label: str = "position",
        joined: bool = True,
    ) -> None:
        self.positions = unmasked(positions, "positions")
        self.lod = unmasked(lod, "lod")
        self.peak = peak
        self.interval = interval
        self.threshold = threshold
        self.x_label = x_label
        self.joined = joined

    @classmethod
    def from_scan(
        cls,
        result: Scan,
        chromosome: Any = None,
        *,
        drop: float | None = None,
        prob: float | None = None,
        threshold: Any = None,
        trait: int | str | None = None,
        joined: bool | None = None,
        ax: Any = None,
        line_kwargs: dict[str, Any] | None = None,
        interval_kwargs: dict[str, Any] | None = None,
        peak_kwargs: dict[str, Any] | None = None,
        threshold_kwargs: dict[str, Any] | None = None,
    ) -> LocusDisplay:
        """Draw the LOD scores of a scan on one chromosome.

        Parameters
        ----------
        result : Scan
            Markers whose status is not "ok" are left out.
        chromosome : str or int, default=None
            Which one, if the scan has several.
        drop : float, default=None
            Of the support interval of the highest peak, as in
            :func:`sklmm.association.find_peaks`. It is 1.5 if neither `drop` nor `prob` is given.
        prob : float, default=None
            Coverage of the Bayes credible interval that takes the place of the support interval.
        threshold : float, array-like, dict or MaxStatistics, default=None
            A height to be marked, as in :meth:`ManhattanDisplay.from_scan`, of LOD scores.
        trait : int or str, default=None
            Which one, by number from 0 or by name, if the scan has several.
        joined : bool, default=None
            Whether a line joins the LOD scores. By default it does, except where those of markers
            of one column go up and down from marker to marker, as SNPs in an outbred population.
        ax : matplotlib Axes, default=None
            Where to draw; by default in a new figure.
        line_kwargs : dict, default=None
            Of the LOD scores, for :meth:`matplotlib.axes.Axes.plot`.
        interval_kwargs : dict, default=None
            Of the interval, for :meth:`matplotlib.axes.Axes.axvspan`.
        peak_kwargs : dict, default=None
            Of the peak, for :meth:`matplotlib.axes.Axes.plot`.
        threshold_kwargs : dict, default=None
            Of the threshold, for :meth:`matplotlib.axes.Axes.axhline`.

        Returns
        -------
        LocusDisplay

        Raises
        ------
        ImportError
            If matplotlib is not installed.
        TypeError
            If `result` is not a Scan, `ax` is no matplotlib Axes, or keywords for matplotlib are
            no dict.
        ValueError
            If `drop`, `prob` or `threshold` is out of range, the scan has several chromosomes or
            traits and `chromosome` or `trait` is none of them, or no marker was tested or not all
            are kept.
        """
        looks = {
            "line_kwargs": line_kwargs,
            "interval_kwargs": interval_kwargs,
            "peak_kwargs": peak_kwargs,
            "threshold_kwargs": threshold_kwargs,
        }
        check_appearance(ax, **looks)
        rule = as_rule(drop, prob)
        number = choose_from(check_complete(result), trait)
        markers, layout = markers_of_one(result, chromosome)
        lod = tested(result, "lod", number)[markers]
        refuse_nothing(lod, "result")
        if joined is None:
            joined = result.beta.ndim > result.lod.ndim or not _jumps(lod)
        peak, *interval = _peak_of(layout.x, lod, rule)
        heights = thresholds_of(as_threshold(threshold, number), layout.chromosomes)
        display = cls(
            positions=layout.x,
            lod=lod,
            peak=peak,
            interval=interval,
            threshold=None if heights is None else float(heights[0]),
            x_label=layout.label,
            joined=joined,
        )
        return display.plot(ax, **looks)

    def plot(
        self,
        ax: Any = None,
        *,
        line_kwargs: dict[str, Any] | None = None,
        interval_kwargs: dict[str, Any] | None = None,
        peak_kwargs: dict[str, Any] | None = None,
        threshold_kwargs: dict[str, Any] | None = None,
    ) -> LocusDisplay:
        """Draw the LOD scores, the peak, its interval and the threshold.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Where to draw; by default in a new figure.
        line_kwargs : dict, default=None
            Of the LOD scores, for :meth:`matplotlib.axes.Axes.plot`.
        interval_kwargs : dict, default=None
            Of the interval, for :meth:`matplotlib.axes.Axes.axvspan`.
        peak_kwargs : dict, default=None
            Of the peak, for :meth:`matplotlib.axes.Axes.plot`.
        threshold_kwargs : dict, default=None
            Of the threshold, for :meth:`matplotlib.axes.Axes.axhline`.

        Returns
        -------
        LocusDisplay
            The display itself.

        Raises
        ------
        ImportError
            If matplotlib is not installed.
        TypeError
            If `ax` is no matplotlib Axes, or keywords for matplotlib are no dict.
        ValueError
            If `threshold` of the display is no number, or no LOD score is a number.
        """
        check_drawn(self.lod.shape[:1], lod=self.lod, positions=self.positions)
        check_ascending(self.positions)
        refuse_nothing(self.lod, "lod")
        x, lod = self.positions, self.lod
        extent = [Extent("", float(x[0]), float(x[-1]))]
        heights = thresholds_of(self.threshold, extent)
        ax = axes_or_new(
            ax,
            line_kwargs=line_kwargs,
            interval_kwargs=interval_kwargs,
            peak_kwargs=peak_kwargs,
            threshold_kwargs=threshold_kwargs,
        )
        self._draw_lod(ax, x, lod, 1.0 if heights is None else heights[0], line_kwargs)
        self.infinite_ = draw_infinite(ax, x[np.isposinf(lod)], None)
        self.threshold_ = draw_thresholds(ax, heights, extent, threshold_kwargs)
        self._draw_peak(ax, interval_kwargs, peak_kwargs)
        ax.set(xlabel=self.x_label, ylabel="LOD")
        self.ax_, self.figure_ = ax, ax.figure
        return self

    def _draw_lod(self, ax, x, lod, least, line_kwargs):
        from matplotlib.lines import Line2D

        is_finite = np.isfinite(lod)
        ax.set_xlim(*with_margins(x))
        ax.set_ylim(0, lod.max(where=is_finite, initial=least) * ROOM_ABOVE)
        x, lod = x[is_finite], lod[is_finite]
        look = {"color": BLUE, "linewidth": 1.2, "zorder": 2}
        if self.joined:
            shown = thin_line(x, lod, ax)
            look |= {"marker": "o"} if len(x) == 1 else {}
        else:
            shown = thin(x, lod, np.zeros(len(x), dtype=bool), ax)
            look |= {"linestyle": "none", "marker": "o", "markersize": 3, "markeredgewidth": 0}
            look["rasterized"] = True
        (self.line_,) = ax.plot(x[shown], lod[shown], **styled(look, line_kwargs, Line2D))

    def _draw_peak(self, ax, interval_kwargs, peak_kwargs):
        from matplotlib.lines import Line2D
        from matplotlib.patches import Patch

        self.interval_ = self.peak_ = None
        if self.interval is not None:
            look = {"facecolor": BLUE, "alpha": 0.15, "linewidth": 0, "zorder": 1}
            self.interval_ = ax.axvspan(*self.interval, **styled(look, interval_kwargs, Patch))
        if self.peak is not None:
            mark = {"color": VERMILION, "marker": "^", "markersize": 7, "clip_on": False}
            mark |= {"linestyle": "none", "zorder": 3}
            (self.peak_,) = ax.plot([self.peak], [0], **styled(mark, peak_kwargs, Line2D))


def _jumps(lod: np.ndarray) -> bool:
    """Whether neighbors differ too much for a line to be read, by the ratio of von Neumann."""
    lod = lod[np.isfinite(lod)]
    if len(lod) <= FEW:
        return False
    return bool(np.mean(np.diff(lod) ** 2) > JUMPS_ABOVE * 2 * np.var(lod))


def _peak_of(x: np.ndarray, lod: np.ndarray, rule: Rule) -> tuple[float, float, float]:
    """The position of the highest peak, and the ends of its interval."""
    at = np.flatnonzero(~np.isnan(lod))
    lod = np.minimum(lod, HIGHEST)
    is_end = np.ones(len(at), dtype=bool)
    (peak,) = Chromosome("", at, x[at], lod[at], lod[at], is_end).peaks(-np.inf, rule)
    return peak.position, peak.low, peak.high
