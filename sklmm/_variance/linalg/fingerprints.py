"""Weights whose sums tell apart the same numbers in different orders."""

from __future__ import annotations

import numpy as np

GOLDEN_RATIO = (1 + 5**0.5) / 2


def spread(n: int) -> np.ndarray:
    """n numbers in [0, 1), all different and evenly spread, without simple relations."""
    return GOLDEN_RATIO * np.arange(n) % 1
