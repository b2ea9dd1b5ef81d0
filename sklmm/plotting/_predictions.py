"""Observations against predictions."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike
from sklearn.utils.validation import check_consistent_length

from .._door import LMMRegressor, fitted_model
from .._numbers import unmasked
from .._order import check_same_indexes
from .._validation import (
    as_proportions,
    check_choice,
    check_level,
    check_traits,
)
from ..inference._predictions import errors_of, select_trait
from ..inference._traits import choose_trait
from ._axes import BLUE, GRAY, axes_or_new, check_appearance, outlined, styled

COLORS_OF_POINTS = {"c", "color", "facecolor", "facecolors", "fc"}


class PredictionDisplay:
    """Observations against predictions, colored by reliability.

    Make it by :meth:`from_estimator` or :meth:`from_predictions`.

    Parameters
    ----------
    y_true : array-like of shape (n_samples,)
        The observations.
    y_pred : array-like of shape (n_samples,)
        The predictions.
    reliability : array-like of shape (n_samples,), default=None
        Squared correlations of predicted and true random effects; by default all points have
        one color.
    interval : array-like of shape (n_samples, 2), default=None
        Prediction intervals, from low to high.

    Attributes
    ----------
    ax_ : matplotlib Axes
        With the picture.
    figure_ : matplotlib Figure or SubFigure
        Of the axes.
    scatter_ : matplotlib PathCollection
        The points.
    line_ : matplotlib AxLine
        Where observations equal predictions.
    errorbar_ : matplotlib ErrorbarContainer or None
        The intervals.
    colorbar_ : matplotlib Colorbar or None
        Of the reliability, where it colors the points.

    See Also
    --------
    sklmm.inference.prediction_errors : Reliabilities and intervals.
    sklmm.metrics.predictive_ability : The correlation that one sees.

    Examples
    --------
    >>> from sklmm.plotting import PredictionDisplay
    >>> display = PredictionDisplay.from_predictions([1.0, 2.0, 4.0], [1.5, 2.0, 3.0])
    >>> display.ax_.get_xlabel()
    'prediction'
    """

    def __init__(
        self,
        *,
        y_true: ArrayLike,
        y_pred: ArrayLike,
        reliability: ArrayLike | None = None,
        interval: ArrayLike | None = None,
    ) -> None:
        self.y_true = unmasked(y_true, "y_true")
        self.y_pred = unmasked(y_pred, "y_pred")
        self.reliability = None if reliability is None else unmasked(reliability, "reliability")
        self.interval = None if interval is None else unmasked(interval, "interval")

    @classmethod
    def from_estimator(
        cls,
        lmm: LMMRegressor,
        X: Any,
        y: ArrayLike,
        *,
        trait: int | str | None = None,
        interval: Literal["mean", "observation"] | None = None,
        level: float = 0.95,
        ax: Any = None,
        scatter_kwargs: dict[str, Any] | None = None,
        line_kwargs: dict[str, Any] | None = None,
        errorbar_kwargs: dict[str, Any] | None = None,
    ) -> PredictionDisplay:
        """Predict rows of X and draw what was observed in them.

        Parameters
        ----------
        lmm : LMMRegressor
            Fitted, with `store_reduction`.
        X : array-like or data frame of shape (n_samples, n_features)
            New rows; those seen in fit are predicted from their own values, too, and look
            better than new ones would.
        y : array-like of shape (n_samples,) or (n_samples, n_targets)
            What was observed, with as many traits as in fit. With ``missing_y="drop"`` rows
            without a value are left out.
        trait : int or str, default=None
            Which one, by number from 0 or by name, if the model has several.
        interval : {"mean", "observation"}, default=None
            Draws prediction intervals, averaged over h: of x b + u, or of an observation with
            its noise.
        level : float in (0, 1), default=0.95
            Of the intervals.
        ax : matplotlib Axes, default=None
            Where to draw; by default in a new figure.
        scatter_kwargs : dict, default=None
            Of the points, for :meth:`matplotlib.axes.Axes.scatter`. A color takes the place of
            the reliability.
        line_kwargs : dict, default=None
            Of the line, for :meth:`matplotlib.axes.Axes.axline`.
        errorbar_kwargs : dict, default=None
            Of the intervals, for :meth:`matplotlib.axes.Axes.errorbar`.

        Returns
        -------
        PredictionDisplay

        Raises
        ------
        ImportError
            If matplotlib is not installed.
        TypeError
            If `lmm` is not an LMMRegressor, `ax` is no matplotlib Axes, or keywords for
            matplotlib are no dict.
        ValueError
            If an argument is unknown or out of range, y has no value or another shape or order
            than X and the predictions, or the reduction of K was not stored.
        """
        looks = {
            "scatter_kwargs": scatter_kwargs,
            "line_kwargs": line_kwargs,
            "errorbar_kwargs": errorbar_kwargs,
        }
        check_appearance(ax, **looks)
        if interval is not None:
            check_choice(interval, "interval", ("mean", "observation"))
        level = check_level(level)
        fitted = fitted_model(lmm)
        number = choose_trait(fitted, "PredictionDisplay needs", trait).number
        fitted.check_observed(X, y)
        observed = check_traits(y, lmm.missing_y)
        check_consistent_length(X, observed)
        errors = errors_of(fitted, fitted.locate(X))
        _check_same_shape(observed, errors.mean)
        errors, y_true = select_trait(errors, fitted, number), _column(observed, number)
        rows = _rows_with_a_value(y_true, "y" if fitted.is_single else f"y[:, {number}]")
        ends = None if interval is None else errors.interval(interval, level)[rows]
        display = cls(
            y_true=y_true[rows],
            y_pred=errors.mean[rows],
            reliability=errors.reliability[rows],
            interval=ends,
        )
        return display.plot(ax, **looks)

    @classmethod
    def from_predictions(
        cls,
        y_true: ArrayLike,
        y_pred: ArrayLike,
        *,
        reliability: ArrayLike | None = None,
        missing_y: Literal["raise", "drop"] = "raise",
        ax: Any = None,
        scatter_kwargs: dict[str, Any] | None = None,
        line_kwargs: dict[str, Any] | None = None,
    ) -> PredictionDisplay:
        """Draw predictions that are there, such as those of a cross-validation.

        Parameters
        ----------
        y_true : array-like of shape (n_samples,)
            The observations.
        y_pred : array-like of shape (n_samples,)
            The predictions.
        reliability : array-like of shape (n_samples,), default=None
            Colors the points.
        missing_y : {"raise", "drop"}, default="raise"
            Whether nan in y_true is refused, or its rows are left out.
        ax : matplotlib Axes, default=None
            Where to draw; by default in a new figure.
        scatter_kwargs : dict, default=None
            Of the points, for :meth:`matplotlib.axes.Axes.scatter`. A color takes the place of
            the reliability.
        line_kwargs : dict, default=None
            Of the line, for :meth:`matplotlib.axes.Axes.axline`.

        Returns
        -------
        PredictionDisplay

        Raises
        ------
        ImportError
            If matplotlib is not installed.
        TypeError
            If `ax` is no matplotlib Axes, or keywords for matplotlib are no dict.
        ValueError
            If lengths or pandas indexes differ, there is more than one trait or no value, or
            values are missing or out of range.
        """
        looks = {"scatter_kwargs": scatter_kwargs, "line_kwargs": line_kwargs}
        check_appearance(ax, **looks)
        check_choice(missing_y, "missing_y", ("raise", "drop"))
        check_same_indexes(y_true=y_true, y_pred=y_pred, reliability=reliability)
        observed = _one_trait(check_traits(y_true, missing_y, "y_true"), y_true, "y_true")
        predicted = _one_trait(check_traits(y_pred, "raise", "y_pred"), y_pred, "y_pred")
        shares = None if reliability is None else as_proportions(reliability, "reliability")
        check_consistent_length(observed, predicted)
        _check_one_for_each(shares, observed)
        rows = _rows_with_a_value(observed, "y_true")
        display = cls(
            y_true=observed[rows],
            y_pred=predicted[rows],
            reliability=None if shares is None else shares[rows],
        )
        return display.plot(ax, **looks)

    def plot(
        self,
        ax: Any = None,
        *,
        scatter_kwargs: dict[str, Any] | None = None,
        line_kwargs: dict[str, Any] | None = None,
        errorbar_kwargs: dict[str, Any] | None = None,
    ) -> PredictionDisplay:
        """Draw the points, the line of identity and the intervals.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Where to draw; by default in a new figure.
        scatter_kwargs : dict, default=None
            Of the points, for :meth:`matplotlib.axes.Axes.scatter`. A color takes the place of
            the reliability.
        line_kwargs : dict, default=None
            Of the line, for :meth:`matplotlib.axes.Axes.axline`.
        errorbar_kwargs : dict, default=None
            Of the intervals, for :meth:`matplotlib.axes.Axes.errorbar`.

        Returns
        -------
        PredictionDisplay
            The display itself.

        Raises
        ------
        ImportError
            If matplotlib is not installed.
        TypeError
            If `ax` is no matplotlib Axes, or keywords for matplotlib are no dict.
        """
        ax = axes_or_new(
            ax,
            scatter_kwargs=scatter_kwargs,
            line_kwargs=line_kwargs,
            errorbar_kwargs=errorbar_kwargs,
        )
        self._draw_points(ax, scatter_kwargs or {})
        self._draw_line(ax, line_kwargs)
        self._draw_intervals(ax, errorbar_kwargs)
        ax.set(xlabel="prediction", ylabel="observation")
        self.ax_, self.figure_ = ax, ax.figure
        return self

    def _draw_points(self, ax, scatter_kwargs):
        from matplotlib.collections import PathCollection

        is_mapped = self.reliability is not None and COLORS_OF_POINTS.isdisjoint(scatter_kwargs)
        colors = _colors(self.reliability) if is_mapped else {"color": BLUE}
        size = float(np.clip(4000 / len(self.y_pred), 5, 20))
        outline = outlined({"edgecolor": "0.25", "linewidth": 0.25}, scatter_kwargs)
        look = {"s": size, "zorder": 2, **outline, **colors}
        self.scatter_ = ax.scatter(
            self.y_pred, self.y_true, **styled(look, scatter_kwargs, PathCollection)
        )
        self.colorbar_ = None
        if is_mapped:
            self.colorbar_ = ax.figure.colorbar(self.scatter_, ax=ax, label="reliability")

    def _draw_line(self, ax, line_kwargs):
        from matplotlib.lines import Line2D

        look = {"color": "black", "linewidth": 1, "zorder": 1.5}
        middle = float(np.mean(self.y_pred))
        self.line_ = ax.axline((middle, middle), slope=1, **styled(look, line_kwargs, Line2D))

    def _draw_intervals(self, ax, errorbar_kwargs):
        from matplotlib.lines import Line2D

        self.errorbar_ = None
        if self.interval is None:
            return
        inside = np.clip(self.y_pred, *self.interval.T)
        reach = np.abs(self.interval.T - inside)
        opacity = float(np.clip(100 / len(self.y_pred), 0.15, 1))
        look = {"fmt": "none", "ecolor": GRAY, "elinewidth": 0.5, "alpha": opacity, "zorder": 1}
        self.errorbar_ = ax.errorbar(
            inside, self.y_true, xerr=reach, **styled(look, errorbar_kwargs, Line2D)
        )


def _colors(reliability):
    is_constant = np.ptp(reliability) < 1e-6
    low, high = (0, 1) if is_constant else (reliability.min(), reliability.max())
    return {"c": reliability, "cmap": "viridis_r", "vmin": low, "vmax": high}


def _column(Y, number):
    return Y if Y.ndim == 1 else Y[:, number]


def _rows_with_a_value(y, name):
    rows = ~np.isnan(y)
    if not rows.any():
        raise ValueError(
            f"{name} has no value, and there is nothing to draw. Pass rows that were observed."
        )
    return rows


def _check_one_for_each(shares, observed):
    if shares is not None and shares.shape != observed.shape:
        raise ValueError(
            f"reliability has shape {shares.shape}, but y_true has shape {observed.shape}. Give "
            "one number for each observation."
        )


def _check_same_shape(y, predictions):
    if y.shape != predictions.shape:
        raise ValueError(
            f"y has shape {y.shape}, but the predictions have shape {predictions.shape}. Give as "
            "many traits as the model was fitted to, in the shape of the predictions."
        )


def _one_trait(values, given, name):
    if values.ndim != 1:
        as_array = name if isinstance(given, np.ndarray) else f"np.asarray({name})"
        table = f"{name}.iloc" if hasattr(given, "iloc") else as_array
        raise ValueError(
            f"{name} must have shape (n_samples,), got shape {values.shape}. Draw one trait at a "
            f"time, such as {table}[:, 0]."
        )
    return values
