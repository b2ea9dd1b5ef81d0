"""Three panels of seconds against size, our fit in red and what it is measured against in gray."""

import matplotlib.pyplot as plt
import numpy as np
from figure import OURS
from fit_against_eigh import FLOPS_OF_REDUCTION
from matplotlib.ticker import NullLocator

YARDSTICK = {"color": "#1f77b4", "linewidth": 1.3}
THIN = {"color": "#8a8a8a", "linewidth": 1}
ABOVE_EIGH = 2  # the line of n³, so that it hides nothing


def draw(panels, trait_n, marker_n):
    figure, axes = plt.subplots(1, 3, figsize=(13, 4.6), sharey=True, layout="constrained")
    _draw_samples(axes[0], Seconds(panels["samples"]))
    _draw_traits(axes[1], Seconds(panels["traits"]), trait_n)
    _draw_markers(axes[2], Seconds(panels["markers"]), marker_n)
    axes[0].set_ylabel("seconds")
    for panel in axes:
        _finish(panel)
    return figure


class Seconds:
    """Of each contestant at each size."""

    def __init__(self, times):
        self.times = times
        self.sizes = np.array(list(times))

    def quantile(self, name, q):
        return np.array([np.quantile(contestants[name], q) for contestants in self.times.values()])

    def median(self, name):
        return self.quantile(name, 0.5)


def _draw_samples(axes, seconds):
    _draw_contestant(axes, seconds, "eigh", "eigh(K) alone", YARDSTICK)
    _draw_contestant(axes, seconds, "fit", "sklmm, whole fit", OURS)
    _draw_guides(axes, seconds)
    _title(axes, "More samples", "samples", seconds)


def _draw_guides(axes, seconds):
    """What a band reduction takes at the least, and the slope that every method has in the end."""
    n = seconds.sizes
    at_full_rate = FLOPS_OF_REDUCTION * seconds.median("product")
    cubic = ABOVE_EIGH * seconds.median("eigh")[-1] * (n / n[-1]) ** 3.0
    guides = axes.plot(n, cubic, ":", **THIN) + axes.plot(n, at_full_rate, "--", **THIN)
    labels = ["slope of n³", "4/3 n³ flops at\nthe rate of dgemm"]
    axes.add_artist(axes.legend(guides, labels, loc="lower right", frameon=False))


def _draw_traits(axes, seconds, n):
    _draw_contestant(axes, seconds, "eigh and rotation", "eigh(K) and U'Y alone", YARDSTICK)
    _draw_contestant(axes, seconds, "fit", "sklmm, whole fit", OURS)
    _title(axes, f"More traits, {n} samples", "traits", seconds)


def _draw_markers(axes, seconds, n):
    _draw_contestant(axes, seconds, "product", "Z'Z alone", YARDSTICK)
    _draw_contestant(axes, seconds, "fit", "sklmm, whole fit at low rank", OURS)
    _title(axes, f"More markers, {n} samples", "markers", seconds)


def _draw_contestant(axes, seconds, name, label, style):
    """A line through the medians, in a band from the fastest round to the slowest."""
    axes.plot(seconds.sizes, seconds.median(name), "o-", markersize=4, label=label, **style)
    fastest, slowest = seconds.quantile(name, 0), seconds.quantile(name, 1)
    axes.fill_between(
        seconds.sizes, fastest, slowest, color=style["color"], alpha=0.15, linewidth=0
    )


def _title(axes, title, xlabel, seconds):
    axes.set(xscale="log", yscale="log", xlabel=xlabel)
    axes.set_title(title, loc="left")
    axes.set_xticks(seconds.sizes, [str(size) for size in seconds.sizes])
    axes.xaxis.set_minor_locator(NullLocator())


def _finish(axes):
    axes.yaxis.set_major_formatter("{x:g}")
    axes.grid(axis="y", color="#e6e6e6")
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(loc="upper left", frameon=False)
