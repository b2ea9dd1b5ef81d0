"""Random effects in their order, and their distribution."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy.stats import norm

from .._door import LMMRegressor, fitted_model
from .._numbers import unmasked
from .._validation import check_level
from ..inference._predictions import errors_of, select_trait, variances_of
from ..inference._traits import choose_trait
from ._axes import BLUE, VERMILION, axes_or_new, check_appearance, styled

BARS_UP_TO = 150
"""More intervals than that are a band."""
SHARE_OF_RANKS = 0.74
"""Of the width; the rest is for the distribution."""
STDS_OF_PRIOR = 3.5
N_NODES = 201


class RandomEffectsDisplay:
    """BLUPs of random effects from low to high, with intervals, and their distribution.

    Make it by :meth:`from_estimator`.

    Parameters
    ----------
    random_effects : array-like of shape (n_samples,)
        BLUPs.
    interval : array-like of shape (n_samples, 2)
        Prediction intervals, from low to high.
    prior_std : float
        Standard deviation of the random effects under the model.
    level : float in (0, 1), default=0.95
        Of the intervals.

    Attributes
    ----------
    ax_ : matplotlib Axes
        With the picture.
    figure_ : matplotlib Figure or SubFigure
        Of the axes.
    order_ : ndarray of int of shape (n_samples,)
        The samples from the lowest to the highest.
    points_ : matplotlib Line2D
        The BLUPs.
    intervals_ : matplotlib LineCollection or PolyCollection
        Bars of up to 150 samples, else a band.
    histogram_ : matplotlib BarContainer
        Their distribution, on `histogram_ax_`.
    histogram_ax_ : matplotlib Axes
        At the right, within `ax_`, whose vertical axis it shares.
    prior_ : matplotlib Line2D or None
        The density under the model; None where no variance follows K.

    See Also
    --------
    sklmm.inference.prediction_errors : BLUPs and their intervals.

    Notes
    -----
    The intervals are averaged over h. They are for one sample at a time, and say nothing about the
    order: that two of them overlap does not mean that their samples do not differ. BLUPs are
    nearer to 0 than the effects that they predict, and their distribution is narrower than the
    prior.

    Examples
    --------
    >>> import numpy as np
    >>> from sklmm import Kinship, LMMRegressor
    >>> from sklmm.plotting import RandomEffectsDisplay
    >>> ids = np.array(["dam", "pup", "other"])[:, None]
    >>> kinship = Kinship([[1, 0.5, 0], [0.5, 1, 0], [0, 0, 1]], ids[:, 0])
    >>> lmm = LMMRegressor(kinship, sample_id=0, h=0.5).fit(ids, [3, 4, 1])
    >>> ids[RandomEffectsDisplay.from_estimator(lmm, ids).order_, 0].tolist()
    ['other', 'dam', 'pup']
    """

    def __init__(
        self,
        *,
        random_effects: ArrayLike,
        interval: ArrayLike,
        prior_std: float,
        level: float = 0.95,
    ) -> None:
        self.random_effects = unmasked(random_effects, "random_effects")
        self.interval = unmasked(interval, "interval")
        self.prior_std = prior_std
        self.level = level

    @classmethod
    def from_estimator(
        cls,
        lmm: LMMRegressor,
        X: Any,
        *,
        trait: int | str | None = None,
        level: float = 0.95,
        ax: Any = None,
        point_kwargs: dict[str, Any] | None = None,
        interval_kwargs: dict[str, Any] | None = None,
        histogram_kwargs: dict[str, Any] | None = None,
        prior_kwargs: dict[str, Any] | None = None,
    ) -> RandomEffectsDisplay:
        """Predict the random effects of rows of X and draw them.

        Parameters
        ----------
        lmm : LMMRegressor
            Fitted, with `store_reduction`.
        X : array-like or data frame of shape (n_samples, n_features)
            Rows seen in fit or new ones.
        trait : int or str, default=None
            Which one, by number from 0 or by name, if the model has several.
        level : float in (0, 1), default=0.95
            Of the intervals.
        ax : matplotlib Axes, default=None
            Where to draw; by default in a new figure.
        point_kwargs : dict, default=None
            Of the BLUPs, for :meth:`matplotlib.axes.Axes.plot`.
        interval_kwargs : dict, default=None
            Of the intervals, for :meth:`matplotlib.axes.Axes.vlines`, or for
            :meth:`~matplotlib.axes.Axes.fill_between` where there are more than 150.
        histogram_kwargs : dict, default=None
            For :meth:`matplotlib.axes.Axes.hist`.
        prior_kwargs : dict, default=None
            Of the density, for :meth:`matplotlib.axes.Axes.plot`.

        Returns
        -------
        RandomEffectsDisplay

        Raises
        ------
        ImportError
            If matplotlib is not installed.
        TypeError
            If `lmm` is not an LMMRegressor, `ax` is no matplotlib Axes, or keywords for
            matplotlib are no dict.
        ValueError
            If an argument is out of range, rows of X cannot be related to the training rows, or
            the reduction of K was not stored.
        """
        looks = {
            "point_kwargs": point_kwargs,
            "interval_kwargs": interval_kwargs,
            "histogram_kwargs": histogram_kwargs,
            "prior_kwargs": prior_kwargs,
        }
        check_appearance(ax, **looks)
        level = check_level(level)
        fitted = fitted_model(lmm)
        chosen = choose_trait(fitted, "RandomEffectsDisplay needs", trait)
        rows = fitted.locate(X)
        errors = select_trait(errors_of(fitted, rows), fitted, chosen.number)
        s, _, _ = variances_of(chosen)
        prior_variance = s * rows.diagonal().mean()
        display = cls(
            random_effects=errors.random_effect,
            interval=errors.interval("random_effect", level),
            prior_std=float(np.sqrt(prior_variance)),
            level=level,
        )
        return display.plot(ax, **looks)

    def plot(
        self,
        ax: Any = None,
        *,
        point_kwargs: dict[str, Any] | None = None,
        interval_kwargs: dict[str, Any] | None = None,
        histogram_kwargs: dict[str, Any] | None = None,
        prior_kwargs: dict[str, Any] | None = None,
    ) -> RandomEffectsDisplay:
        """Draw the BLUPs, their intervals and their distribution.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Where to draw; by default in a new figure.
        point_kwargs : dict, default=None
            Of the BLUPs, for :meth:`matplotlib.axes.Axes.plot`.
        interval_kwargs : dict, default=None
            Of the intervals, for :meth:`matplotlib.axes.Axes.vlines`, or for
            :meth:`~matplotlib.axes.Axes.fill_between` where there are more than 150.
        histogram_kwargs : dict, default=None
            For :meth:`matplotlib.axes.Axes.hist`.
        prior_kwargs : dict, default=None
            Of the density, for :meth:`matplotlib.axes.Axes.plot`.

        Returns
        -------
        RandomEffectsDisplay
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
            point_kwargs=point_kwargs,
            interval_kwargs=interval_kwargs,
            histogram_kwargs=histogram_kwargs,
            prior_kwargs=prior_kwargs,
        )
        self.order_ = np.argsort(self.random_effects, kind="stable")
        self._draw_ranks(ax, point_kwargs)
        self._draw_intervals(ax, interval_kwargs or {})
        self._leave_room_at_the_right(ax)
        self._draw_histogram(ax, histogram_kwargs)
        self._draw_prior(prior_kwargs)
        self.ax_, self.figure_ = ax, ax.figure
        return self

    @property
    def _ranks(self):
        return np.arange(1, len(self.random_effects) + 1)

    def _draw_ranks(self, ax, point_kwargs):
        from matplotlib.lines import Line2D

        size = float(np.clip(150 / len(self.order_), 1.5, 5))
        look = {"color": BLUE, "marker": "o", "markersize": size, "linestyle": "none"}
        look |= {"zorder": 3}
        (self.points_,) = ax.plot(
            self._ranks, self.random_effects[self.order_], **styled(look, point_kwargs, Line2D)
        )
        ax.axhline(0, color="black", linewidth=0.8, zorder=1)
        ax.set(xlabel="rank", ylabel=f"BLUP and {100 * self.level:g} % interval")

    def _draw_intervals(self, ax, interval_kwargs):
        from matplotlib.collections import Collection

        is_band = len(self.order_) > BARS_UP_TO
        draw = ax.fill_between if is_band else ax.vlines
        look = {"color": BLUE, "zorder": 2}
        look |= {"alpha": 0.25, "linewidth": 0} if is_band else {"alpha": 0.5}
        given = {_name_in_both(name): value for name, value in interval_kwargs.items()}
        low, high = self.interval[self.order_].T
        self.intervals_ = draw(self._ranks, low, high, **styled(look, given, Collection))

    def _leave_room_at_the_right(self, ax):
        from matplotlib.ticker import MaxNLocator

        n = len(self.order_)
        low, width = 1 - 0.02 * n, 1.04 * n
        ax.set_xlim(low, low + width / SHARE_OF_RANKS)
        ticks = MaxNLocator(5, integer=True, min_n_ticks=1, steps=[1, 2, 5, 10]).tick_values(1, n)
        ax.set_xticks([tick for tick in ticks if 1 <= tick <= n])
        ax.xaxis.label.set_x(SHARE_OF_RANKS / 2)

    def _draw_histogram(self, ax, histogram_kwargs):
        from matplotlib.patches import Patch

        beside = ax.inset_axes([SHARE_OF_RANKS, 0, 1 - SHARE_OF_RANKS, 1], sharey=ax)
        look = {"bins": "auto", "density": True, "color": BLUE, "alpha": 0.5}
        _, _, self.histogram_ = beside.hist(
            self.random_effects, orientation="horizontal", **styled(look, histogram_kwargs, Patch)
        )
        beside.tick_params(labelleft=False, left=False, labelbottom=False, bottom=False)
        self.histogram_ax_ = beside

    def _draw_prior(self, prior_kwargs):
        from matplotlib.lines import Line2D

        self.prior_ = None
        if self.prior_std == 0:
            return
        effects = np.linspace(-1, 1, N_NODES) * STDS_OF_PRIOR * self.prior_std
        density = norm.pdf(effects, scale=self.prior_std)
        look = {"color": VERMILION, "label": "prior"}
        (self.prior_,) = self.histogram_ax_.plot(
            density, effects, **styled(look, prior_kwargs, Line2D)
        )
        self.histogram_ax_.legend(
            loc="upper right", fontsize="small", frameon=False, handlelength=1
        )


def _name_in_both(keyword):
    """The name of a keyword in bars and in a band."""
    return "color" if keyword == "colors" else keyword
