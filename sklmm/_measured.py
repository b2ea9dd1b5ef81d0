"""Individuals of whom little is known, because most of their genotypes are missing.

A missing genotype counts as the mean of its marker. Where all of them are missing, relationships
are 0, and a prediction of what nobody knows seems to be certain.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ._warn import warn_user

MIN_SHARE = 0.1
"""An individual measured at a smaller share of the varying markers draws a warning."""
FEWEST = 20
"""Markers, and rows, of which it is said that they have one copy at most."""
MORE_THAN_CHANCE = 5
"""Homozygotes, of which chance rarely leaves none."""


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
    n_measured: np.ndarray, n_varying: int, name: Callable[[int], str], where: str = ""
) -> None:
    """Warn of the row with the fewest genotypes, if these are too few of the markers that vary."""
    is_few = n_measured < MIN_SHARE * n_varying
    if is_few.any():
        worst = int(n_measured.argmin())
        others = f" (and {is_few.sum() - 1} more at few)" if is_few.sum() > 1 else ""
        warn_user(
            f"{name(worst)} is measured at {n_measured[worst]} of {n_varying} markers that "
            f"vary{where}{others}. Its relationships shrink to 0, and its predictions look more "
            "certain than they are.",
        )


def warn_of_single_copies(
    total: np.ndarray,
    n_measured: np.ndarray,
    ends: tuple[float, float],
    name: str,
    code: int | None = None,
) -> None:
    """Warn of genotypes 0 and 1, or 1 and 2, whose frequencies would give all of 0, 1 and 2.

    Parameters
    ----------
    total, n_measured : ndarray of shape (n_markers,)
        Sums over the rows where each marker is measured, and the number of these.
    ends : tuple of float
        The lowest and the highest of all genotypes.
    code : int
        Stands for missing ones, if there are such.
    """
    lowest, highest = ends
    is_higher = lowest >= 1
    if highest > 1 + is_higher or len(total) < FEWEST or n_measured.max() < FEWEST:
        return
    copies = 2 * n_measured - total if is_higher else total
    n_expected = np.sum(copies**2 / np.maximum(n_measured, 1)) / 4
    if n_expected >= MORE_THAN_CHANCE:
        doubled, beyond, alleles = f"2 * {name}", "above 1", "0 and 1"
        if is_higher:
            doubled, beyond, alleles = f"2 * {name} - 2", "below 1", "1 and 2"
        if code is not None:
            doubled = f"numpy.where({name} == {code}, {code}, {doubled})"
        warn_user(
            f"{name} has no genotype {beyond}, and frequencies of alleles are taken from 0 to 2 "
            "copies: in diploids with them, about "
            f"{n_expected:.0f} genotypes would be {2 * (not is_higher)}. If {alleles} are the two "
            f"alleles of inbred lines or haploids, use {doubled}. If they are counts, as in a "
            "backcross, this can be ignored: warnings.filterwarnings('ignore', "
            f"'{name} has no genotype {beyond}').",
        )
