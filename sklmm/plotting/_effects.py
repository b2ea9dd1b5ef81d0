"""Effects of founder alleles, or of a marker, along a chromosome."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from .._numbers import unmasked
from ..association import Scan
from ._axes import (
    BLUE,
    GREEN,
    OLIVE,
    ORANGE,
    PURPLE,
    SKY,
    VERMILION,
    axes_or_new,
    check_appearance,
    styled,
    with_margins,
)
from ._scans import (
    check_ascending,
    check_complete,
    check_drawn,
    check_one_for_each,
    choose_from,
    markers_of_one,
    of_trait,
    refuse_nothing,
    thin_line,
)

COLORS = (BLUE, VERMILION, GREEN, ORANGE, SKY, PURPLE, "black", OLIVE)
DASHES = ("-", "--", ":", "-.")
"""Of founders beyond the first eight, sixteen and so on."""


class EffectsDisplay:
    """Effects of founder alleles along a chromosome, with their standard errors.

    Make it by :meth:`from_scan`.

    Parameters
    ----------
    positions : array-like of shape (m,)
        Ascending.
    effects : array-like of shape (m, n_founders)
        Those of founders; of a marker of one column with n_founders = 1. Rows with nan are left
        out.
    standard_errors : array-like of shape (m, n_founders), default=None
        Drawn as bands of one standard error on either side.
    names : sequence of str of length n_founders, default=None
        Of the founders, for the legend; by default there is none.
    x_label : str, default="position"
        Of the horizontal axis.

    Attributes
    ----------
    ax_ : matplotlib Axes
        With the picture.
    figure_ : matplotlib Figure or SubFigure
        Of the axes.
    lines_ : list of matplotlib Line2D
        The effects of each founder.
    bands_ : list of matplotlib PolyCollection
        Their standard errors.
    legend_ : matplotlib Legend or None
        At the right of the axes.

    See Also
    --------
    LocusDisplay : LOD scores along the chromosome.
    sklmm.association.scan : What is drawn.

    Notes
    -----
    Effects of founders are deviations from their mean: only their differences can be told. Far
    from a locus they are noise, and vary more than at it.

    Examples
    --------
    >>> from sklmm.plotting import EffectsDisplay
    >>> display = EffectsDisplay(
    ...     positions=[0.0, 5.0], effects=[[0.5, -0.5], [1.0, -1.0]], names=["B6", "D2"]
    ... ).plot()
    >>> [line.get_label() for line in display.lines_]
    ['B6', 'D2']
    """

    def __init__(
        self,
        *,
        positions: ArrayLike,
        effects: ArrayLike,
        standard_errors: ArrayLike | None = None,
        names: Sequence[str] | None = None,
        x_label: str = "position",
    ) -> None:
        self.positions = unmasked(positions, "positions")
        self.effects = unmasked(effects, "effects")
        self.standard_errors = (
            None if standard_errors is None else unmasked(standard_errors, "standard_errors")
        )
        self.names = names
        self.x_label = x_label

    @classmethod
    def from_scan(
        cls,
        result: Scan,
        chromosome: Any = None,
        *,
        trait: int | str | None = None,
        ax: Any = None,
        line_kwargs: dict[str, Any] | None = None,
        band_kwargs: dict[str, Any] | None = None,
        legend_kwargs: dict[str, Any] | None = None,
    ) -> EffectsDisplay:
        """Draw the effects of a scan on one chromosome.

        Parameters
        ----------
        result : Scan
            Of founder probabilities, or of markers of one column.
        chromosome : str or int, default=None
            Which one, if the scan has several.
        trait : int or str, default=None
            Which one, by number from 0 or by name, if the scan has several.
        ax : matplotlib Axes, default=None
            Where to draw; by default in a new figure.
        line_kwargs : dict, default=None
            Of the effects, for :meth:`matplotlib.axes.Axes.plot`.
        band_kwargs : dict, default=None
            Of the standard errors, for :meth:`matplotlib.axes.Axes.fill_between`.
        legend_kwargs : dict, default=None
            For :meth:`matplotlib.axes.Axes.legend`.

        Returns
        -------
        EffectsDisplay

        Raises
        ------
        ImportError
            If matplotlib is not installed.
        TypeError
            If `result` is not a Scan, `ax` is no matplotlib Axes, or keywords for matplotlib are
            no dict.
        ValueError
            If the scan has several chromosomes or traits and `chromosome` or `trait` is none of
            them, or no marker was tested or not all are kept.
        """
        looks = {
            "line_kwargs": line_kwargs,
            "band_kwargs": band_kwargs,
            "legend_kwargs": legend_kwargs,
        }
        check_appearance(ax, **looks)
        number = choose_from(check_complete(result), trait)
        markers, layout = markers_of_one(result, chromosome)
        effects, errors = (
            (values if number is None else values[number])[markers].reshape(len(markers), -1)
            for values in (result.beta, result.standard_error)
        )
        is_ok = of_trait(result.status, number)[markers] == "ok"
        display = cls(
            positions=layout.x,
            effects=np.where(is_ok[:, None], effects, np.nan),
            standard_errors=errors,
            names=None if result.founders is None else [str(name) for name in result.founders],
            x_label=layout.label,
        )
        refuse_nothing(display.effects, "result")
        return display.plot(ax, **looks)

    def plot(
        self,
        ax: Any = None,
        *,
        line_kwargs: dict[str, Any] | None = None,
        band_kwargs: dict[str, Any] | None = None,
        legend_kwargs: dict[str, Any] | None = None,
    ) -> EffectsDisplay:
        """Draw the effects and their standard errors.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Where to draw; by default in a new figure.
        line_kwargs : dict, default=None
            Of the effects, for :meth:`matplotlib.axes.Axes.plot`.
        band_kwargs : dict, default=None
            Of the standard errors, for :meth:`matplotlib.axes.Axes.fill_between`.
        legend_kwargs : dict, default=None
            For :meth:`matplotlib.axes.Axes.legend`.

        Returns
        -------
        EffectsDisplay
            The display itself.

        Raises
        ------
        ImportError
            If matplotlib is not installed.
        TypeError
            If `ax` is no matplotlib Axes, or keywords for matplotlib are no dict.
        ValueError
            If no marker has effects.
        """
        m, k = len(self.effects), self.effects.shape[-1]
        check_drawn((m, k), effects=self.effects, standard_errors=self.standard_errors)
        check_drawn((m,), positions=self.positions)
        check_one_for_each(k, "columns of effects", names=self.names)
        check_ascending(self.positions)
        refuse_nothing(self.effects, "effects")
        ax = axes_or_new(
            ax, line_kwargs=line_kwargs, band_kwargs=band_kwargs, legend_kwargs=legend_kwargs
        )
        is_known = ~np.isnan(self.effects).any(axis=1)
        x = self.positions[is_known]
        ax.set_xlim(*with_margins(x))
        self._draw_lines(ax, x, is_known, line_kwargs, band_kwargs)
        ax.axhline(0, color="black", linewidth=0.8, zorder=1)
        self.legend_ = None
        if self.names is not None:
            outside = {"loc": "upper left", "bbox_to_anchor": (1, 1), "frameon": False}
            self.legend_ = ax.legend(handles=self.lines_, **(outside | (legend_kwargs or {})))
        ax.set(xlabel=self.x_label, ylabel="effect")
        self.ax_, self.figure_ = ax, ax.figure
        return self

    def _draw_lines(self, ax, x, is_known, line_kwargs, band_kwargs):
        from matplotlib.collections import Collection
        from matplotlib.lines import Line2D

        self.lines_, self.bands_ = [], []
        for founder, effects in enumerate(self.effects[is_known].T):
            color, dash = COLORS[founder % 8], DASHES[founder // 8 % 4]
            look = {"color": color, "linestyle": dash, "linewidth": 1.5, "zorder": 2}
            if self.names is not None:
                look["label"] = self.names[founder]
            shown = thin_line(x, effects, ax)
            (line,) = ax.plot(x[shown], effects[shown], **styled(look, line_kwargs, Line2D))
            self.lines_.append(line)
            if self.standard_errors is not None:
                error = self.standard_errors[is_known, founder][shown]
                low, high = effects[shown] - error, effects[shown] + error
                band = {
                    "facecolor": line.get_color(),
                    "alpha": 0.15,
                    "linewidth": 0,
                    "zorder": 1.5,
                }
                style = styled(band, band_kwargs, Collection)
                self.bands_.append(ax.fill_between(x[shown], low, high, **style))
