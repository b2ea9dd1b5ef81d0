"""Individuals of whom little is known, because most of their genotypes are missing.

A missing genotype counts as the mean of its marker. Where all of them are missing, relationships
are 0, and a prediction of what nobody knows seems to be certain.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable

import numpy as np

LEAST_SHARE = 0.1
"""Of the markers that vary. With fewer, a warning."""


def refuse_unmeasured(
    n_measured: np.ndarray, name: Callable[[int], str], remedy: str, where: str = ""
) -> None:
    """Refuse rows without a genotype.

    Parameters
    ----------
    n_measured : ndarray of shape (n,)
        At how many of the markers that vary each row is measured.
    name : callable
        What a row is called, by its position.
    where : str
        Among which markers, if not all.
    """
    empty = np.flatnonzero(n_measured == 0)
    if empty.size:
        others = f" (and {empty.size - 1} more)" if empty.size > 1 else ""
        raise ValueError(
            f"{name(int(empty[0]))}{others} has no measured genotype at the markers that "
            f"vary{where}: nothing is known of its relationships. {remedy}"
        )


def warn_of_few(
    n_measured: np.ndarray,
    n_varying: int,
    name: Callable[[int], str],
    where: str = "",
    stacklevel: int = 2,
) -> None:
    """Warn of the row with the fewest genotypes, if these are too few of the markers that vary."""
    is_few = n_measured < LEAST_SHARE * n_varying
    if is_few.any():
        worst = int(n_measured.argmin())
        others = f" (and {is_few.sum() - 1} more at few)" if is_few.sum() > 1 else ""
        warnings.warn(
            f"{name(worst)} is measured at {n_measured[worst]} of {n_varying} markers that "
            f"vary{where}{others}. Its relationships shrink to 0, and its predictions look more "
            "certain than they are.",
            UserWarning,
            stacklevel=stacklevel + 1,
        )
