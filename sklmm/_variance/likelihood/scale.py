"""h on other scales of K."""

from __future__ import annotations

from typing import Any


def rescale(h: Any, factor: Any) -> Any:
    """h on a kinship matrix that is divided by `factor`."""
    return h * factor / (h * factor + (1 - h))
