"""What the data say about h: the profile likelihood and the intervals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike

from .._door import FittedTrait, LMMRegressor, fitted_model
from .._numbers import unmasked
from .._validation import check_choice, check_level
from .._variance.intervals.curvature import likelihood_drop, likelihood_interval
from ..inference._traits import LEAVE_OUT_COPIES, choose_trait
from ..inference._variances import METHODS, interval_of
from ._axes import (
    BLUE,
    GRAY,
    GREEN,
    PURPLE,
    VERMILION,
    axes_or_new,
    check_appearance,
    styled,
    with_margins,
)

DEPTH = 8.0
"""How far below the maximum the curve is shown: an interval of level 0.99994 by χ²."""
MIN_DEPTH_IN_DROPS = 1.5
N_NODES = 257
MARGIN = 0.02
COLORS = {"exact": VERMILION, "profile": GREEN, "wald": PURPLE}


class LikelihoodProfileDisplay:
    """Log-likelihood along h, below its maximum, with the estimate and its intervals.

    Make it by :meth:`from_estimator`.

    Parameters
    ----------
    h : array-like of shape (n_nodes,)
        On the scale of K, ascending.
    log_likelihood : array-like of shape (n_nodes,)
        Less its maximum.
    estimate : float
        h of the model.
    log_likelihood_of_estimate : float, default=0.0
        Less the maximum, below 0 where h was held or chosen elsewhere.
    intervals : dict of str to pair of float, default=None
        The ends of each interval, by its method; nan where there is none.
    level : float in (0, 1), default=0.95
        Of the intervals.

    Attributes
    ----------
    ax_ : matplotlib Axes
        With the picture.
    figure_ : matplotlib Figure or SubFigure
        Of the axes.
    line_ : matplotlib Line2D
        The curve.
    point_ : matplotlib Line2D
        The estimate.
    drop_ : matplotlib Line2D
        The height above which the profile interval is.
    intervals_ : dict of str to matplotlib Line2D
        The bars, by method.

    See Also
    --------
    sklmm.inference.confidence_interval : The intervals.
    sklmm.LMMRegressor.log_likelihood : The curve.

    Examples
    --------
    >>> import numpy as np
    >>> from sklmm import Kinship, LMMRegressor
    >>> from sklmm.plotting import LikelihoodProfileDisplay
    >>> family = np.repeat(np.arange(4), 3)
    >>> kinship = Kinship((np.equal.outer(family, family) + np.eye(12)) / 2, range(12))
    >>> y = [1.0, 2.0, 3.5, 3.0, 3.5, 5.0, 0.5, 2.0, 0.0, 1.0, 2.5, 3.0]
    >>> lmm = LMMRegressor(kinship, sample_id=0).fit(np.arange(12)[:, None], y)
    >>> display = LikelihoodProfileDisplay.from_estimator(lmm)
    >>> list(display.intervals)
    ['exact', 'profile']
    """

    def __init__(
        self,
        *,
        h: ArrayLike,
        log_likelihood: ArrayLike,
        estimate: float,
        log_likelihood_of_estimate: float = 0.0,
        intervals: Mapping[str, Sequence[float]] | None = None,
        level: float = 0.95,
    ) -> None:
        self.h = unmasked(h, "h")
        self.log_likelihood = unmasked(log_likelihood, "log_likelihood")
        self.estimate = estimate
        self.log_likelihood_of_estimate = log_likelihood_of_estimate
        self.intervals = intervals
        self.level = level

    @classmethod
    def from_estimator(
        cls,
        lmm: LMMRegressor,
        *,
        trait: int | str | None = None,
        intervals: Sequence[Literal["exact", "profile", "wald"]] | None = None,
        level: float = 0.95,
        ax: Any = None,
        line_kwargs: dict[str, Any] | None = None,
        point_kwargs: dict[str, Any] | None = None,
        interval_kwargs: dict[str, Any] | None = None,
    ) -> LikelihoodProfileDisplay:
        """Draw the profile likelihood of h.

        The picture reaches as far as the curve is within some 8 units of its maximum, and
        the intervals go.

        Parameters
        ----------
        lmm : LMMRegressor
            Fitted, with `store_reduction`.
        trait : int or str, default=None
            Which one, by number from 0 or by name, if the model has several.
        intervals : sequence of {"exact", "profile", "wald"}, default=None
            Those of :func:`~sklmm.inference.confidence_interval` to be drawn; () for none. By
            default "exact", which costs some three fits, and "profile". Where h was held or
            chosen by leave-one-out, "exact" is the only one.
        level : float in (0, 1), default=0.95
            Of the intervals.
        ax : matplotlib Axes, default=None
            Where to draw; by default in a new figure.
        line_kwargs, point_kwargs, interval_kwargs : dict, default=None
            Of the curve, the estimate and the bars, for :meth:`matplotlib.axes.Axes.plot`.

        Returns
        -------
        LikelihoodProfileDisplay

        Raises
        ------
        ImportError
            If matplotlib is not installed.
        TypeError
            If `lmm` is not an LMMRegressor, `intervals` is no sequence, `ax` is no matplotlib
            Axes, or keywords for matplotlib are no dict.
        ValueError
            If an argument is unknown or out of range, the likelihood has no maximum or no
            intervals of this kind, or the reduction of K was not stored.
        """
        looks = {
            "line_kwargs": line_kwargs,
            "point_kwargs": point_kwargs,
            "interval_kwargs": interval_kwargs,
        }
        check_appearance(ax, **looks)
        level = check_level(level)
        chosen = choose_trait(fitted_model(lmm), "The profile likelihood needs", trait)
        methods = _usual_intervals(chosen) if intervals is None else intervals
        _check_intervals(methods, chosen)
        _check_maximum(chosen)
        ends: dict[str, Sequence[float]] = {
            method: tuple(map(float, interval_of(chosen, "h", method, level)))
            for method in methods
        }
        curve = _curve(chosen, ends, level)
        return cls(**curve, intervals=ends, level=level).plot(ax, **looks)

    def plot(
        self,
        ax: Any = None,
        *,
        line_kwargs: dict[str, Any] | None = None,
        point_kwargs: dict[str, Any] | None = None,
        interval_kwargs: dict[str, Any] | None = None,
    ) -> LikelihoodProfileDisplay:
        """Draw the curve, the estimate and the intervals.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Where to draw; by default in a new figure.
        line_kwargs, point_kwargs, interval_kwargs : dict, default=None
            Of the curve, the estimate and the bars, for :meth:`matplotlib.axes.Axes.plot`.

        Returns
        -------
        LikelihoodProfileDisplay
            The display itself.

        Raises
        ------
        ImportError
            If matplotlib is not installed.
        TypeError
            If `ax` is no matplotlib Axes, or keywords for matplotlib are no dict.
        ValueError
            If `level` of the display is out of range.
        """
        check_level(self.level)
        ax = axes_or_new(
            ax,
            line_kwargs=line_kwargs,
            point_kwargs=point_kwargs,
            interval_kwargs=interval_kwargs,
        )
        self._draw_curve(ax, line_kwargs, point_kwargs)
        self._draw_intervals(ax, interval_kwargs)
        depth = _depth(self.level)
        ax.set(ylim=(-depth, depth / 16), xlabel="h", ylabel="relative log-likelihood")
        ax.set_xlim(*with_margins(self.h, MARGIN))
        ax.legend(fontsize="small", labelspacing=0.25, handlelength=1.5)
        self.ax_, self.figure_ = ax, ax.figure
        return self

    def _draw_curve(self, ax, line_kwargs, point_kwargs):
        from matplotlib.lines import Line2D

        drop = likelihood_drop(self.level)
        self.drop_ = ax.axhline(
            -drop, color=GRAY, linewidth=1, linestyle=":", label=f"{drop:.2f} below", zorder=1
        )
        line = styled({"color": BLUE}, line_kwargs, Line2D)
        (self.line_,) = ax.plot(self.h, self.log_likelihood, **line)
        point = {"color": BLUE, "marker": "o", "linestyle": "none", "clip_on": False, "zorder": 3}
        point["label"] = f"h = {self.estimate:#.3g}"
        (self.point_,) = ax.plot(
            self.estimate, self.log_likelihood_of_estimate, **styled(point, point_kwargs, Line2D)
        )

    def _draw_intervals(self, ax, interval_kwargs):
        from matplotlib.lines import Line2D

        self.intervals_ = {}
        depth, ends = _depth(self.level), self.intervals or {}
        for place, (method, (low, high)) in enumerate(ends.items()):
            height = -depth * (1 - (len(ends) - place) / 16)
            bar = {"color": COLORS.get(method), "linewidth": 2, "marker": "|", "markersize": 10}
            bar |= {"markeredgewidth": 2, "clip_on": False, "zorder": 3}
            bar["label"] = f"{100 * self.level:g} %, {method}" + ": none" * bool(np.isnan(low))
            (self.intervals_[method],) = ax.plot(
                [low, high], [height, height], **styled(bar, interval_kwargs, Line2D)
            )


def _usual_intervals(trait: FittedTrait) -> Sequence[str]:
    return ("exact", "profile") if trait.given_h is None else ("exact",)


def _check_intervals(intervals: Any, trait: FittedTrait) -> None:
    if isinstance(intervals, str) or not isinstance(intervals, Sequence):
        raise TypeError(
            f"intervals must be a sequence of methods, such as ('exact',), got {intervals!r}."
        )
    for place, method in enumerate(intervals):
        check_choice(method, f"intervals[{place}]", tuple(METHODS))
    if trait.given_h is not None and set(intervals) - {"exact"}:
        raise ValueError(
            f"{_origin_of_h(trait)}, and intervals={intervals!r} names others than 'exact', "
            "which alone needs no maximum. Use intervals=('exact',), or fit with h=None."
        )


def _origin_of_h(trait: FittedTrait) -> str:
    if not trait.is_held:
        return "h='loo' does not maximize the likelihood"
    h = trait.unscale(trait.solution.h)
    return f"h={h:.6g} was given, and not estimated by the likelihood"


def _check_maximum(trait: FittedTrait) -> None:
    if trait.is_exact:
        raise ValueError(
            "y is an exact function of the fixed effects, and there is no likelihood to draw. If "
            "it varies, leave out the columns of X that it depends on."
        )
    if trait.is_unbounded:
        remedy = "Fit with method='reml'." if trait.is_bounded_by_reml else LEAVE_OUT_COPIES
        raise ValueError(
            f"The likelihood is unbounded, and has no maximum for the curve to be below. {remedy}"
        )


def _curve(trait: FittedTrait, ends: dict, level: float) -> dict[str, Any]:
    """The curve of the likelihood near its maximum."""
    maximum = trait.solution if trait.given_h is None else trait.maximum().solution
    unscale = maximum.profile.unscale
    estimate, best = trait.unscale(trait.solution.h), unscale(maximum.h)
    nodes = np.linspace(*likelihood_interval(maximum, _depth(level)), N_NODES)
    near = [unscale(h) for h in nodes]
    shown = np.array([*near, best, estimate, *(end for pair in ends.values() for end in pair)])
    shown = shown[~np.isnan(shown)]
    h = np.union1d(shown, np.linspace(shown.min(), shown.max(), N_NODES))
    of_all = np.reshape(trait.fitted.log_likelihoods(h), (len(h), -1))
    return {
        "h": h,
        "log_likelihood": of_all[:, trait.number] - maximum.log_likelihood,
        "estimate": estimate,
        "log_likelihood_of_estimate": trait.solution.log_likelihood - maximum.log_likelihood,
    }


def _depth(level):
    return max(DEPTH, MIN_DEPTH_IN_DROPS * likelihood_drop(level))
