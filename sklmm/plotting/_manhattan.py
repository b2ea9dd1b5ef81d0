"""A p value or LOD score of each marker along the genome."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike

from .._numbers import unmasked
from .._validation import check_choice
from ..association import Scan
from ._axes import BLUE, SKY, axes_or_new, check_appearance, outlined, styled, with_margins
from ._scans import (
    ROOM_ABOVE,
    Y_LABELS,
    Layout,
    as_threshold,
    check_drawn,
    check_one_for_each,
    check_scan,
    choose_from,
    draw_infinite,
    draw_thresholds,
    is_of_trait,
    names_with_room,
    refuse_nothing,
    refuse_other_names,
    tested,
    thin,
    thresholds_of,
)


class ManhattanDisplay:
    """The strength of association of each marker along the genome.

    Make it by :meth:`from_scan`.

    Parameters
    ----------
    values : array-like of shape (m,)
        Of each marker: -log10 p, or LOD scores. nan is left out.
    chromosomes : array-like of shape (m,), default=None
        Where each marker is; by default all are on one chromosome without a name.
    positions : array-like of shape (m,), default=None
        On the chromosome, in any unit; nan, or a number below 0, where it is not known.
    threshold : float or dict of str to float, default=None
        A height that is marked, or one for each of some chromosomes and that of "autosomes" for
        the others.
    y : {"neg_log10_pvalue", "lod"}, default="neg_log10_pvalue"
        What `values` are.

    Attributes
    ----------
    ax_ : matplotlib Axes
        With the picture.
    figure_ : matplotlib Figure or SubFigure
        Of the axes.
    scatters_ : tuple of two matplotlib PathCollection
        The markers of chromosomes in odd and in even places.
    infinite_ : matplotlib PathCollection or None
        Triangles at the upper end, of markers whose value is infinite.
    threshold_ : matplotlib Line2D or LineCollection or None
        The threshold, one line or one for each chromosome.

    See Also
    --------
    sklmm.association.scan : What is drawn.
    LocusDisplay : One chromosome.
    QuantileDisplay : All p values against those of chance.

    Notes
    -----
    Chromosomes are in their natural order: 1, 2, 10, X, Y, MT, other names, and last what is
    on none. A marker without a position is drawn between its neighbors; where no position is
    known, markers are evenly spaced.

    Of more than 20 000 markers those are left out that nobody would see: where several are in
    one cell, a quarter of a point wide and high, the highest is drawn. All that reach the
    threshold are drawn. Points are rasterized, so that files with vector graphics stay small.

    Examples
    --------
    >>> from sklmm.plotting import ManhattanDisplay
    >>> display = ManhattanDisplay(values=[1.0, 0.2, 5.3], chromosomes=["X", "2", "10"]).plot()
    >>> [label.get_text() for label in display.ax_.get_xticklabels()]
    ['2', '10', 'X']
    """

    def __init__(
        self,
        *,
        values: ArrayLike,
        chromosomes: ArrayLike | None = None,
        positions: ArrayLike | None = None,
        threshold: float | dict[str, float] | None = None,
        y: Literal["neg_log10_pvalue", "lod"] = "neg_log10_pvalue",
    ) -> None:
        self.values = unmasked(values, "values")
        self.chromosomes = None if chromosomes is None else unmasked(chromosomes, "chromosomes")
        self.positions = None if positions is None else unmasked(positions, "positions")
        self.threshold = threshold
        self.y = y

    @classmethod
    def from_scan(
        cls,
        result: Scan,
        *,
        y: Literal["neg_log10_pvalue", "lod"] = "neg_log10_pvalue",
        threshold: Any = None,
        trait: int | str | None = None,
        ax: Any = None,
        scatter_kwargs: dict[str, Any] | None = None,
        threshold_kwargs: dict[str, Any] | None = None,
    ) -> ManhattanDisplay:
        """Draw the markers of a scan.

        Parameters
        ----------
        result : Scan
            Markers whose status is not "ok" are left out, and so are those that it has not kept:
            with ``keep=`` a number in :func:`~sklmm.association.scan`, chromosomes without kept
            markers are absent, and that of the others is all of the picture if it is one.
        y : {"neg_log10_pvalue", "lod"}, default="neg_log10_pvalue"
            What is drawn.
        threshold : float, array-like, dict or MaxStatistics, default=None
            A height to be marked, in the units of `y`: a number, one for each trait, a dict of
            these by chromosome and "autosomes" for those that it does not name, or what
            :func:`sklmm.association.max_statistics` returns, of which the 5 % threshold of `y` is
            taken.
        trait : int or str, default=None
            Which one, by number from 0 or by name, if the scan has several.
        ax : matplotlib Axes, default=None
            Where to draw; by default in a new figure.
        scatter_kwargs : dict, default=None
            Of the markers, for :meth:`matplotlib.axes.Axes.scatter`. A color takes the place of
            the two of the chromosomes.
        threshold_kwargs : dict, default=None
            Of the threshold, for :meth:`matplotlib.axes.Axes.axhline`.

        Returns
        -------
        ManhattanDisplay

        Raises
        ------
        ImportError
            If matplotlib is not installed.
        TypeError
            If `result` is not a Scan, `ax` is no matplotlib Axes, or keywords for matplotlib are
            no dict.
        ValueError
            If `y` is unknown, `threshold` is no number, the scan has several traits and `trait`
            is none of them, or no marker was tested.
        """
        looks = {"scatter_kwargs": scatter_kwargs, "threshold_kwargs": threshold_kwargs}
        check_appearance(ax, **looks)
        check_choice(y, "y", tuple(Y_LABELS))
        number = choose_from(check_scan(result), trait)
        some = is_of_trait(result, number)
        values = tested(result, y, number)[some]
        refuse_nothing(values, "result")
        display = cls(
            values=values,
            chromosomes=None if result.chromosomes is None else result.chromosomes[some],
            positions=None if result.positions is None else result.positions[some],
            threshold=as_threshold(threshold, number, y, result.test),
            y=y,
        )
        return display.plot(ax, **looks)

    def plot(
        self,
        ax: Any = None,
        *,
        scatter_kwargs: dict[str, Any] | None = None,
        threshold_kwargs: dict[str, Any] | None = None,
    ) -> ManhattanDisplay:
        """Draw the markers and the threshold.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Where to draw; by default in a new figure.
        scatter_kwargs : dict, default=None
            Of the markers, for :meth:`matplotlib.axes.Axes.scatter`.
        threshold_kwargs : dict, default=None
            Of the threshold, for :meth:`matplotlib.axes.Axes.axhline`.

        Returns
        -------
        ManhattanDisplay
            The display itself.

        Raises
        ------
        ImportError
            If matplotlib is not installed.
        TypeError
            If `ax` is no matplotlib Axes, or keywords for matplotlib are no dict.
        ValueError
            If `threshold` of the display is no number, or names other chromosomes, or no marker
            has a value.
        """
        check_drawn(self.values.shape[:1], values=self.values)
        m = len(self.values)
        check_one_for_each(m, "values", chromosomes=self.chromosomes, positions=self.positions)
        refuse_nothing(self.values, "values")
        layout = Layout.from_map(len(self.values), self.chromosomes, self.positions)
        refuse_other_names(self.threshold, layout.chromosomes)
        thresholds = thresholds_of(self.threshold, layout.chromosomes)
        ax = axes_or_new(ax, scatter_kwargs=scatter_kwargs, threshold_kwargs=threshold_kwargs)
        self._set_limits(ax, layout, thresholds)
        self._draw_markers(ax, layout, thresholds, scatter_kwargs)
        infinite = layout.x[np.isposinf(self.values)]
        self.infinite_ = draw_infinite(ax, infinite, scatter_kwargs)
        self.threshold_ = draw_thresholds(ax, thresholds, layout.chromosomes, threshold_kwargs)
        self._name_axes(ax, layout)
        self.ax_, self.figure_ = ax, ax.figure
        return self

    def _set_limits(self, ax, layout, thresholds):
        ends = np.array([layout.chromosomes[0].start, layout.chromosomes[-1].end])
        ax.set_xlim(*with_margins(ends, 0.03 if len(layout.chromosomes) == 1 else 0.01))
        least = 1.0 if thresholds is None else thresholds.max()
        highest = np.max(self.values, where=np.isfinite(self.values), initial=least)
        ax.set_ylim(0, highest * ROOM_ABOVE)

    def _draw_markers(self, ax, layout, thresholds, scatter_kwargs):
        from matplotlib.collections import PathCollection

        is_kept = np.zeros(len(self.values), bool)
        if thresholds is not None:
            is_kept = self.values >= thresholds[layout.place]
        shown = thin(layout.x, self.values, is_kept, ax)
        is_even = layout.place[shown] % 2
        size = float(np.clip(50_000 / len(self.values), 3, 16))
        drawn = []
        for parity, color in enumerate((BLUE, SKY)):
            look = {"color": color, "s": size, "rasterized": True, "zorder": 2}
            look |= outlined({"linewidth": 0}, scatter_kwargs)
            of_this = shown[is_even == parity]
            given = styled(look, scatter_kwargs, PathCollection)
            drawn.append(ax.scatter(layout.x[of_this], self.values[of_this], **given))
        self.scatters_ = tuple(drawn)

    def _name_axes(self, ax, layout):
        ax.set_ylabel(Y_LABELS[self.y])
        ax.set_xlabel(layout.label)
        if len(layout.chromosomes) == 1:
            return
        shown, size = names_with_room(ax, layout.chromosomes)
        middles = [(one.start + one.end) / 2 for one in shown]
        ax.set_xticks(middles, [one.name for one in shown], fontsize=size)
        ax.tick_params(axis="x", length=0)
