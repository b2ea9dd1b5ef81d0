"""Relationships without one chromosome, for each of them."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from typing import Any

import numpy as np

from .._chromosomes import columns_by_chromosome, run_of
from .._genotypes import Genotypes
from .._kinship import Kinship
from .._order import check_names
from .._validation import column_names
from ._genomic import Ids, Missing


def leave_one_chromosome_out(
    genotypes: Any,
    ids: Ids,
    chromosomes: Sequence[Hashable] | np.ndarray,
    *,
    missing: Missing = "raise",
) -> dict[Hashable, Kinship]:
    """Genomic relationships from all chromosomes but one, for each of them.

    A marker that is tested as a fixed effect should not be in the kinship, too [1]_. Every
    product of genotypes is computed once, by VanRaden's first method, and a chromosome's
    share is subtracted.

    Parameters
    ----------
    genotypes : array-like or data frame of shape (n, m)
        Allele counts 0, 1, 2, or dosages between them.
    ids : sequence of n hashable labels
        The samples in the order of the rows.
    chromosomes : sequence of m labels
        The chromosome of each marker.
    missing : {"raise", "mean"}, default="raise"
        As in :func:`vanraden`.

    Returns
    -------
    dict
        For each chromosome, in the order of their first markers, the Kinship of the others.

    Raises
    ------
    ValueError
        As in :func:`vanraden`, if there are not as many chromosomes as markers, if their index
        has the columns of genotypes in another order, if a chromosome is there in two spellings,
        or if nothing varies, or nothing is known of an individual, on the chromosomes that are
        left.

    References
    ----------
    .. [1] Yang et al. (2014). Advantages and pitfalls in the application of mixed-model
       association methods. Nature Genetics 46, 100-106.

    Examples
    --------
    >>> from sklmm.relationship import leave_one_chromosome_out
    >>> genotypes = [[0, 1, 1], [1, 2, 0], [2, 0, 2]]
    >>> without = leave_one_chromosome_out(genotypes, ["a", "b", "c"], chromosomes=[1, 1, 2])
    >>> without[2].matrix.round(2)
    array([[ 1.,  0., -1.],
           [ 0.,  1., -1.],
           [-1., -1.,  2.]])
    """
    checked = Genotypes(genotypes, ids, missing)
    markers = _by_chromosome(checked, genotypes, chromosomes)
    _check_measured_elsewhere(checked, markers)
    parts = {name: of_chromosome.centered_products() for name, of_chromosome in markers.items()}
    scales = {name: _scale(p) for name, (_, p) in parts.items()}
    total, scale = sum(K for K, _ in parts.values()), sum(scales.values())
    return {
        name: checked.kinship((total - K) / (scale - scales[name]))
        for name, (K, _) in parts.items()
    }


def iter_leave_one_chromosome_out(
    genotypes: Any,
    ids: Ids,
    chromosomes: Sequence[Hashable] | np.ndarray,
    *,
    missing: Missing = "raise",
) -> Iterator[tuple[Hashable, Kinship]]:
    """The kinships of :func:`leave_one_chromosome_out`, made one at a time.

    They are the same to the last digit. In memory there are the sum over all chromosomes and one
    matrix, however many chromosomes there are, and products of genotypes are computed twice.

    Parameters
    ----------
    genotypes : array-like or data frame of shape (n, m)
        Allele counts 0, 1, 2, or dosages between them.
    ids : sequence of n hashable labels
        The samples in the order of the rows.
    chromosomes : sequence of m labels
        The chromosome of each marker.
    missing : {"raise", "mean"}, default="raise"
        As in :func:`vanraden`.

    Returns
    -------
    iterator of tuple (label, Kinship)
        Each chromosome, in the order of their first markers, and the Kinship of all others.

    Raises
    ------
    ValueError
        As in :func:`leave_one_chromosome_out`, at once and not with the first matrix.

    See Also
    --------
    sklmm.association.scan : Tests each marker beside the kinship without its chromosome.

    Examples
    --------
    >>> from sklmm.relationship import iter_leave_one_chromosome_out
    >>> genotypes = [[0, 1, 1], [1, 2, 0], [2, 0, 2]]
    >>> for chromosome, kinship in iter_leave_one_chromosome_out(genotypes, ["a", "b", "c"],
    ...                                                          chromosomes=[1, 1, 2]):
    ...     print(chromosome, kinship.matrix.diagonal().round(2))
    1 [0. 2. 2.]
    2 [1. 1. 2.]
    """
    checked = Genotypes(genotypes, ids, missing)
    markers = _by_chromosome(checked, genotypes, chromosomes)
    _check_measured_elsewhere(checked, markers)
    return _one_at_a_time(checked, markers)


def _one_at_a_time(checked, markers):
    scales, total = {}, 0
    for name, of_chromosome in markers.items():
        K, p = of_chromosome.centered_products()
        total, scales[name] = np.add(total, K, out=K), _scale(p)
        del K
    scale = sum(scales.values())
    for name, of_chromosome in markers.items():
        K, _ = of_chromosome.centered_products()
        np.subtract(total, K, out=K)
        K /= scale - scales[name]
        kinship = checked.kinship(K)
        del K
        yield name, kinship
        del kinship


def _by_chromosome(checked, genotypes, chromosomes):
    """Checked genotypes of each chromosome."""
    check_names(column_names(genotypes), chromosomes, "genotypes", "chromosomes")
    columns = columns_by_chromosome(chromosomes, checked.n_markers)
    return {name: checked.select(run_of(places)) for name, places in columns.items()}


def _scale(p):
    return 2 * np.sum(p * (1 - p))


def _check_measured_elsewhere(checked, markers):
    """Something varies, and is known of everybody, without any of the chromosomes."""
    measured = {name: of_chromosome.measure() for name, of_chromosome in markers.items()}
    varying = [name for name, (n_varying, _) in measured.items() if n_varying]
    if len(varying) == 1:
        raise ValueError(
            f"chromosomes: no marker varies on any chromosome but {varying[0]!r}, so that no "
            "kinship is left without it. Give the markers of several chromosomes."
        )
    n_varying = sum(n for n, _ in measured.values())
    n_measured = sum(n for _, n in measured.values())
    rest = {name: (n_varying - n, n_measured - m) for name, (n, m) in measured.items()}
    worst = min(rest, key=lambda name: (rest[name][1] / rest[name][0]).min())
    checked.check_measured(*rest[worst], where=f" outside of chromosome {worst!r}")
