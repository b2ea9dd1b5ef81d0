"""Data to learn and test with, shipped inside the package."""

from ._mice import load_mice

__all__ = ["load_mice"]
