"""All p values of a scan against those of chance."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy.stats import beta

from .._numbers import unmasked
from .._validation import check_level
from ..association import Scan, genomic_inflation
from ._axes import BLUE, GRAY, axes_or_new, check_appearance, outlined, styled
from ._scans import (
    ROOM_ABOVE,
    check_complete,
    check_drawn,
    choose_from,
    draw_infinite,
    refuse_nothing,
    tested,
)

ALL_UP_TO = 1000
"""So many of the smallest p values are all drawn."""
RANKS_PER_DECADE = 400
"""Of the others: nearer than a point of a usual picture is wide."""


class QuantileDisplay:
    """Quantiles of -log10 p against those of chance, with a band and lambda.

    Make it by :meth:`from_scan`.

    Parameters
    ----------
    neg_log10_pvalues : array-like of shape (m,)
        In any order; nan is left out.
    inflation : float, default=None
        Lambda, which is written into the picture.
    level : float in (0, 1), default=0.95
        Of the band.

    Attributes
    ----------
    ax_ : matplotlib Axes
        With the picture.
    figure_ : matplotlib Figure or SubFigure
        Of the axes.
    scatter_ : matplotlib PathCollection
        The p values, from the smallest.
    line_ : matplotlib AxLine
        Where they are those of chance.
    band_ : matplotlib PolyCollection
        Where a share `level` of each of them is by chance, were they independent.
    infinite_ : matplotlib PathCollection or None
        Triangles at the upper end, of markers whose -log10 p is infinite.
    text_ : matplotlib Text or None
        With lambda.

    See Also
    --------
    sklmm.association.genomic_inflation : Lambda.
    ManhattanDisplay : The same along the genome.

    Notes
    -----
    The smallest of m p values is drawn at -log10(0.5 / m), the next at -log10(1.5 / m) and so on.
    The band has quantiles of the beta distributions of their order statistics. Neighboring markers
    are correlated, so that whole stretches leave it together, and more often than it says.

    Lambda is the median of the χ² of one degree of freedom that have these p values, over the
    median by chance, 0.455. For a trait that many loci affect it is above 1 without any
    confounding.

    The 1000 smallest p values are all drawn, of the others 400 for each power of ten of ranks.

    Examples
    --------
    >>> from sklmm.plotting import QuantileDisplay
    >>> display = QuantileDisplay(neg_log10_pvalues=[0.1, 2.0, 0.6]).plot()
    >>> display.scatter_.get_offsets()[:, 1].tolist()
    [2.0, 0.6, 0.1]
    """

    def __init__(
        self,
        *,
        neg_log10_pvalues: ArrayLike,
        inflation: float | None = None,
        level: float = 0.95,
    ) -> None:
        self.neg_log10_pvalues = unmasked(neg_log10_pvalues, "neg_log10_pvalues")
        self.inflation = inflation
        self.level = level

    @classmethod
    def from_scan(
        cls,
        result: Scan,
        *,
        trait: int | str | None = None,
        level: float = 0.95,
        ax: Any = None,
        scatter_kwargs: dict[str, Any] | None = None,
        line_kwargs: dict[str, Any] | None = None,
        band_kwargs: dict[str, Any] | None = None,
    ) -> QuantileDisplay:
        """Draw the p values of a scan.

        Parameters
        ----------
        result : Scan
            Markers whose status is not "ok" are left out.
        trait : int or str, default=None
            Which one, by number from 0 or by name, if the scan has several.
        level : float in (0, 1), default=0.95
            Of the band.
        ax : matplotlib Axes, default=None
            Where to draw; by default in a new figure.
        scatter_kwargs : dict, default=None
            Of the p values, for :meth:`matplotlib.axes.Axes.scatter`.
        line_kwargs : dict, default=None
            Of the line, for :meth:`matplotlib.axes.Axes.axline`.
        band_kwargs : dict, default=None
            Of the band, for :meth:`matplotlib.axes.Axes.fill_between`.

        Returns
        -------
        QuantileDisplay

        Raises
        ------
        ImportError
            If matplotlib is not installed.
        TypeError
            If `result` is not a Scan, `ax` is no matplotlib Axes, or keywords for matplotlib are
            no dict.
        ValueError
            If `level` is out of range, the scan has several traits and `trait` is none of them,
            or no marker was tested or not all are kept.
        """
        looks = {
            "scatter_kwargs": scatter_kwargs,
            "line_kwargs": line_kwargs,
            "band_kwargs": band_kwargs,
        }
        check_appearance(ax, **looks)
        level = check_level(level)
        values = tested(check_complete(result), "neg_log10_pvalue", choose_from(result, trait))
        refuse_nothing(values, "result")
        inflation = genomic_inflation(replace(result, neg_log10_pvalue=values))
        display = cls(neg_log10_pvalues=values, inflation=float(inflation), level=level)
        return display.plot(ax, **looks)

    def plot(
        self,
        ax: Any = None,
        *,
        scatter_kwargs: dict[str, Any] | None = None,
        line_kwargs: dict[str, Any] | None = None,
        band_kwargs: dict[str, Any] | None = None,
    ) -> QuantileDisplay:
        """Draw the p values, the line, the band and lambda.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Where to draw; by default in a new figure.
        scatter_kwargs : dict, default=None
            Of the p values, for :meth:`matplotlib.axes.Axes.scatter`.
        line_kwargs : dict, default=None
            Of the line, for :meth:`matplotlib.axes.Axes.axline`.
        band_kwargs : dict, default=None
            Of the band, for :meth:`matplotlib.axes.Axes.fill_between`.

        Returns
        -------
        QuantileDisplay
            The display itself.

        Raises
        ------
        ImportError
            If matplotlib is not installed.
        TypeError
            If `ax` is no matplotlib Axes, or keywords for matplotlib are no dict.
        ValueError
            If `level` of the display is out of range, or no p value is a number.
        """
        check_level(self.level)
        p = self.neg_log10_pvalues
        check_drawn(p.shape[:1], neg_log10_pvalues=p)
        refuse_nothing(p, "neg_log10_pvalues")
        ax = axes_or_new(
            ax, scatter_kwargs=scatter_kwargs, line_kwargs=line_kwargs, band_kwargs=band_kwargs
        )
        observed = np.sort(p[~np.isnan(p)])[::-1]
        m = len(observed)
        ranks = _shown_ranks(m)
        self._draw_chance(ax, ranks, m, line_kwargs, band_kwargs)
        self._draw_points(ax, ranks, observed, scatter_kwargs)
        self.text_ = None
        if self.inflation is not None:
            place = {"transform": ax.transAxes, "ha": "right", "va": "bottom"}
            self.text_ = ax.text(0.97, 0.04, f"λ = {self.inflation:.2f}", **place)
        ax.set(xlabel="−log₁₀ p by chance", ylabel="−log₁₀ p")
        self.ax_, self.figure_ = ax, ax.figure
        return self

    def _draw_chance(self, ax, ranks, m, line_kwargs, band_kwargs):
        from matplotlib.collections import Collection
        from matplotlib.lines import Line2D

        tail = (1 - self.level) / 2
        low, high = (-np.log10(beta.ppf(q, ranks, m - ranks + 1)) for q in (1 - tail, tail))
        look = {"facecolor": GRAY, "alpha": 0.25, "linewidth": 0, "zorder": 1}
        self.band_ = ax.fill_between(
            _expected(ranks, m), low, high, **styled(look, band_kwargs, Collection)
        )
        line = {"color": "black", "linewidth": 1, "zorder": 1.5}
        self.line_ = ax.axline((0, 0), slope=1, **styled(line, line_kwargs, Line2D))

    def _draw_points(self, ax, ranks, observed, scatter_kwargs):
        from matplotlib.collections import PathCollection

        m = len(observed)
        expected, values = _expected(ranks, m), observed[ranks - 1]
        is_finite = np.isfinite(values)
        look = {"color": BLUE, "s": 10, "rasterized": True, "zorder": 2}
        look |= outlined({"linewidth": 0}, scatter_kwargs)
        self.scatter_ = ax.scatter(
            expected[is_finite], values[is_finite], **styled(look, scatter_kwargs, PathCollection)
        )
        longest = _expected(1, m)
        ax.set_xlim(-0.02 * longest, longest * ROOM_ABOVE)
        highest = values.max(where=is_finite, initial=longest) * ROOM_ABOVE
        ax.set_ylim(-0.02 * highest, highest)
        self.infinite_ = draw_infinite(ax, expected[~is_finite], scatter_kwargs)


def _shown_ranks(m: int) -> np.ndarray:
    """All of the first ones, from 1, and of the others some that are even on a log scale."""
    if m <= ALL_UP_TO:
        return np.arange(1, m + 1)
    n_others = int(np.ceil(np.log10(m / ALL_UP_TO) * RANKS_PER_DECADE)) + 1
    others = np.geomspace(ALL_UP_TO, m, n_others).round().astype(int)
    return np.union1d(np.arange(1, ALL_UP_TO + 1), others)


def _expected(ranks, m):
    return -np.log10((ranks - 0.5) / m)
