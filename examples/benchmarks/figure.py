"""Time against n, and memory at the largest n: one color for each program."""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.ticker import NullLocator
from problem import Mice, Simulated

OURS = {"color": "#c1272d", "linewidth": 2.6, "zorder": 3}
FLOOR = {"color": "#8a8a8a", "linestyle": "--"}
OTHERS = ["#1f77b4", "#2a9d57", "#8e5ea2", "#d98c1a", "#17a2b8", "#7a5c3e", "#3d4a8a", "#c25b9b"]
LABEL_HEIGHT = 0.05  # of the panel


def draw(results):
    figure, (time, memory) = plt.subplots(
        1, 2, figsize=(12, 5), width_ratios=[3, 2], layout="constrained"
    )
    styles = _styles(results)
    for axes in (time, memory):
        axes.spines[["top", "right"]].set_visible(False)
    _draw_time(time, results, styles)
    _draw_memory(memory, results, styles)
    return figure


def _styles(results):
    """Ours, which is the first, stands out, and those that estimate nothing recede."""
    first, *others = {result.program: result for result in results}.values()
    colors = iter(OTHERS * len(results))
    styles = {first.program: OURS}
    for result in others:
        is_floor = result.question is None or result.question.h is not None
        styles[result.program] = FLOOR if is_floor else {"color": next(colors)}
    return styles


def _draw_time(axes, results, styles):
    """A line through the simulated problems, diamonds at the mice, labels at the end."""
    ends = {}
    for program, style in styles.items():
        own = [result for result in results if result.program == program]
        line, mice = _points(own, Simulated), _points(own, Mice)
        axes.plot(*line.T, marker="o", markersize=4, **style)
        axes.plot(*mice.T, "D", fillstyle="none", color=style["color"])
        ends[program] = max([*line, *mice], key=tuple)
    _scale_time(axes, results)
    _label(axes, ends, styles)


def _points(results, kind):
    """n and seconds, of shape (problems of that kind, 2)."""
    of_kind = [result for result in results if isinstance(result.problem, kind)]
    return np.reshape([(r.problem.n, np.median(r.seconds)) for r in of_kind], (-1, 2))


def _scale_time(axes, results):
    sizes = sorted({result.problem.n for result in results})
    axes.set(xscale="log", yscale="log", xlabel="samples")
    axes.set_title("Seconds from a kinship matrix to the estimates", loc="left")
    axes.set_xticks(sizes, [str(n) for n in sizes])
    axes.xaxis.set_minor_locator(NullLocator())
    axes.yaxis.set_major_formatter("{x:g}")
    axes.grid(axis="y", color="#e6e6e6")
    if any(isinstance(result.problem, Mice) for result in results):
        axes.plot([], [], "D", fillstyle="none", color="black", label="mice, CD8")
        axes.legend(loc="upper left", frameon=False)


def _label(axes, ends, styles):
    """The programs' names beside the ends of their lines, apart from each other."""
    to_panel = axes.transLimits.transform  # of logarithms
    axes.figure.canvas.draw()
    heights = {program: to_panel(np.log10(end))[1] for program, end in ends.items()}
    for program, height in _apart(heights, LABEL_HEIGHT).items():
        axes.annotate(
            program,
            xy=ends[program],
            xytext=(1.04, height),
            textcoords="axes fraction",
            va="center",
            color=styles[program]["color"],
            weight="bold" if styles[program] is OURS else "normal",
            arrowprops={"arrowstyle": "-", "color": "#c8c8c8", "shrinkB": 4, "relpos": (0, 0.5)},
        )


def _apart(heights, gap):
    """Heights at least `gap` from each other: neighbors that overlap push each other away."""
    names = sorted(heights, key=heights.get)
    apart = np.array([heights[name] for name in names])
    for _ in range(200):
        push = np.maximum(gap - np.diff(apart), 0) / 2
        apart[:-1] -= push
        apart[1:] += push
    return dict(zip(names, apart, strict=True))


def _draw_memory(axes, results, styles):
    """A bar for each program, at the largest n that it was given."""
    largest = results[-1].problem.n
    last = {result.program: result for result in results}.values()
    shown = sorted(last, key=lambda result: -result.peak_in_kinships)
    names = [_name(result, largest) for result in shown]
    colors = [styles[result.program]["color"] for result in shown]
    bars = axes.barh(names, [result.peak_in_kinships for result in shown], color=colors)
    axes.bar_label(bars, fmt="%.1f", padding=3)
    axes.set_title(f"Peak memory / K at n = {largest}", loc="left")
    axes.spines["bottom"].set_visible(False)
    axes.tick_params(bottom=False, labelbottom=False, left=False)
    for label, color in zip(axes.get_yticklabels(), colors, strict=True):
        label.set(color=color)


def _name(result, largest):
    n = result.problem.n
    return result.program if n == largest else f"{result.program}, n = {n}"
