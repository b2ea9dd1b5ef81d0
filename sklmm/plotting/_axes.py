"""The one door to matplotlib: axes to draw on, and how artists look."""

from __future__ import annotations

from typing import Any

BLUE, VERMILION, GREEN, PURPLE = "#0072B2", "#D55E00", "#009E73", "#CC79A7"
"""Of Okabe & Ito: told apart by the colour-blind, too."""
GREY = "0.5"


def import_pyplot() -> Any:
    """matplotlib.pyplot, or how to get it."""
    try:
        import matplotlib.pyplot as plt
    except ImportError as error:
        raise ImportError("sklmm.plotting needs matplotlib: pip install 'sklmm[plot]'.") from error
    return plt


def axes_or_new(ax: Any) -> Any:
    """The axes given, or those of a new figure."""
    pyplot = import_pyplot()
    return pyplot.subplots(layout="constrained")[1] if ax is None else ax


def styled(defaults: dict[str, Any], given: dict[str, Any] | None, artist: type) -> dict[str, Any]:
    """Defaults and what the user wants otherwise, "lw" and "linewidth" being the same."""
    from matplotlib.cbook import normalize_kwargs

    return {**defaults, **normalize_kwargs(given or {}, artist)}
