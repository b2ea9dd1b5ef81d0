"""Which numbers have a square that can be computed with?"""

from __future__ import annotations

from typing import Any

SMALLEST, LARGEST = 1e-100, 1e100
"""Sizes between which squares, and products of a few of them, are neither 0 nor infinite."""
IN_WORDS = "between 1e-100 and 1e100"


def has_usable_square(size: Any) -> Any:
    """Whether positive numbers are neither too small nor too large; nan is neither."""
    return (size > SMALLEST) & (size < LARGEST)
