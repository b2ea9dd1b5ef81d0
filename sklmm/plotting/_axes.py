"""The one door to matplotlib: axes to draw on, and how artists look."""

from __future__ import annotations

from typing import Any

import numpy as np

BLUE, VERMILION, GREEN, PURPLE = "#0072B2", "#D55E00", "#009E73", "#CC79A7"
SKY, ORANGE = "#56B4E9", "#E69F00"
"""Of Okabe & Ito: told apart by the color-blind, too."""
OLIVE = "#999933"
"""Of Tol, in the place of a yellow that is too light for lines."""
GRAY = "0.5"
YIELDS_TO = {
    "color": {"c"},
    "facecolor": {"color"},
    "ecolor": {"color"},
    "elinewidth": {"linewidth"},
    "cmap": {"colorizer"},
    "vmin": {"norm", "clim", "colorizer"},
    "vmax": {"norm", "clim", "colorizer"},
}
"""Defaults beside which matplotlib refuses or ignores what the user may give."""


def import_pyplot() -> Any:
    """matplotlib.pyplot, or how to get it."""
    try:
        import matplotlib.pyplot as plt
    except ImportError as error:
        raise ImportError("sklmm.plotting needs matplotlib: pip install 'sklmm[plot]'.") from error
    return plt


def check_appearance(ax: Any, **keywords: Any) -> None:
    """Axes or None, dicts of keywords or None, and that matplotlib is there."""
    import_pyplot()
    from matplotlib.axes import Axes

    if not (ax is None or isinstance(ax, Axes)):
        raise TypeError(
            f"ax must be a matplotlib Axes, got {type(ax).__name__}. Of an array of axes, pass "
            "one element; None makes a new figure."
        )
    for name, given in keywords.items():
        if not (given is None or isinstance(given, dict)):
            raise TypeError(f"{name} must be a dict or None, got {given!r}.")


def axes_or_new(ax: Any, **keywords: Any) -> Any:
    """The axes given, or those of a new figure, after a look at all that is given."""
    check_appearance(ax, **keywords)
    return import_pyplot().subplots(layout="constrained")[1] if ax is None else ax


def styled(defaults: dict[str, Any], given: dict[str, Any] | None, artist: type) -> dict[str, Any]:
    """Defaults and what the user wants otherwise, "lw" and "linewidth" being the same."""
    from matplotlib.cbook import normalize_kwargs

    given = normalize_kwargs(given or {}, artist)
    kept = {
        name: value
        for name, value in defaults.items()
        if YIELDS_TO.get(name, set()).isdisjoint(given)
    }
    return kept | given


def outlined(look: dict[str, Any], given: dict[str, Any] | None) -> dict[str, Any]:
    """The look of an outline, of markers that are filled.

    Others are lines: they would not be seen, and matplotlib warns of colors of their edges.
    """
    from matplotlib import rcParams
    from matplotlib.markers import MarkerStyle

    marker = (given or {}).get("marker")
    marker = rcParams["scatter.marker"] if marker is None else marker
    return look if MarkerStyle(marker).is_filled() else {}


def with_margins(x: np.ndarray, share: float = 0.01) -> tuple[float, float]:
    """The ends of an axis along which x is drawn, with this share of it on either side."""
    low, high = float(np.min(x)), float(np.max(x))
    margin = share * (high - low) or 0.5
    return low - margin, high + margin
