"""Data to learn and test with, shipped inside the package or simulated."""

from ._bxd import load_bxd
from ._mice import load_mice
from ._population import make_population

__all__ = ["load_bxd", "load_mice", "make_population"]
