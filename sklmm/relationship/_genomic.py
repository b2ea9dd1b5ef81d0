"""Additive relationships from genotypes: products of centered allele counts."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from typing import Any, Literal

import numpy as np

from .._genotypes import Genotypes, sum_of_products
from .._kinship import Kinship
from .._labels import as_labels, near_key, refuse_other_types
from .._order import check_names
from .._validation import column_names

MIN_DEVIATION = 1e-8
"""Less is the rounding of a marker that does not vary."""
Ids = Sequence[Hashable] | np.ndarray
Missing = Literal["raise", "mean"]


def vanraden(genotypes: Any, ids: Ids, *, missing: Missing = "raise") -> Kinship:
    """Genomic relationships by VanRaden's first method.

    K = Z Z' / (2 Σ p (1 - p)) with p the frequency of the counted allele over all rows and
    Z = genotypes - 2 p [1]_.

    Parameters
    ----------
    genotypes : array-like or data frame of shape (n, m)
        Allele counts 0, 1, 2, or dosages between them.
    ids : sequence of n hashable labels
        The samples in the order of the rows. If genotypes is a pandas DataFrame with an
        index of labels, they have to be the same.
    missing : {"raise", "mean"}, default="raise"
        "mean" takes the mean of the marker where a genotype is missing: NaN, or -127 in an
        array of integers.

    Returns
    -------
    Kinship
        Of n samples, with a mean diagonal near 1 in a population without inbreeding. It is
        centered: its rows sum to 0.

    Raises
    ------
    ValueError
        If a genotype is missing or outside 0 to 2, if no marker varies, if an individual has
        no genotype at the markers that vary, or if the index of genotypes is not `ids`.

    Warns
    -----
    UserWarning
        If an individual is measured at fewer than a tenth of the markers that vary: its
        relationships shrink toward 0.

    See Also
    --------
    vanraden2 : Every marker weighs the same, however rare its allele.
    leave_one_chromosome_out : One matrix without each of the chromosomes.
    sklmm.preprocessing.GenotypeScaler : The same in a pipeline.

    Notes
    -----
    The frequencies are those of all rows that are given, which are meant to include the
    individuals to be predicted. Counts of an integer type are multiplied in float32, where
    they are exact, in half the time of float64, with memory for K and a block of markers.

    References
    ----------
    .. [1] VanRaden (2008). Efficient methods to compute genomic predictions. Journal of
       Dairy Science 91, 4414-4423.

    Examples
    --------
    >>> from sklmm.relationship import vanraden
    >>> vanraden([[0, 1], [1, 2], [2, 0]], ids=["a", "b", "c"]).matrix.round(2)
    array([[ 1.,  0., -1.],
           [ 0.,  1., -1.],
           [-1., -1.,  2.]])
    """
    checked = Genotypes(genotypes, ids, missing)
    K, p = checked.centered_products()
    K /= 2 * np.sum(p * (1 - p))
    return checked.kinship(K)


def vanraden2(genotypes: Any, ids: Ids, *, missing: Missing = "raise") -> Kinship:
    """Genomic relationships by VanRaden's second method, which is GCTA's.

    K = Z Z' / m where a marker of Z is (genotypes - 2 p) / sqrt(2 p (1 - p)): divided by the
    standard deviation that random mating would give [1]_, [2]_.

    Parameters
    ----------
    genotypes : array-like or data frame of shape (n, m)
        Allele counts 0, 1, 2, or dosages between them.
    ids : sequence of n hashable labels
        The samples in the order of the rows.
    missing : {"raise", "mean"}, default="raise"
        As in :func:`vanraden`. GCTA divides by the number of markers that are measured in
        both samples, and so differs where genotypes are missing.

    Returns
    -------
    Kinship
        Of n samples. Rare alleles weigh more than in :func:`vanraden`.

    Raises
    ------
    ValueError
        As in :func:`vanraden`, and if only one allele of a marker occurs.

    Warns
    -----
    UserWarning
        As in :func:`vanraden`, and if no genotype is above 1 where chance would give several 2,
        as where 0 and 1 are the alleles of inbred lines: use 2 * genotypes for them.

    See Also
    --------
    standardized : Divides by the standard deviation that is observed.

    References
    ----------
    .. [1] VanRaden (2008). Efficient methods to compute genomic predictions. Journal of
       Dairy Science 91, 4414-4423.
    .. [2] Yang et al. (2011). GCTA: a tool for genome-wide complex trait analysis. American
       Journal of Human Genetics 88, 76-82.

    Examples
    --------
    >>> from sklmm.relationship import vanraden2
    >>> vanraden2([[0, 1], [1, 2], [2, 0]], ids=["a", "b", "c"]).matrix.round(2)
    array([[ 1.,  0., -1.],
           [ 0.,  1., -1.],
           [-1., -1.,  2.]])
    """
    checked = Genotypes(genotypes, ids, missing)
    checked.warn_of_single_copies()
    return _weighted(checked, _expected_deviations)


def centered(genotypes: Any, ids: Ids, *, missing: Missing = "raise") -> Kinship:
    """Covariance of the genotypes over the markers: GEMMA's centered matrix.

    K = Z Z' / m with Z = genotypes - 2 p, which is :func:`vanraden` on another scale [1]_.

    Parameters
    ----------
    genotypes : array-like or data frame of shape (n, m)
        Allele counts 0, 1, 2, or dosages between them.
    ids : sequence of n hashable labels
        The samples in the order of the rows.
    missing : {"raise", "mean"}, default="raise"
        As in :func:`vanraden`.

    Returns
    -------
    Kinship
        Of n samples, as `gemma -gk 1` has it.

    Raises
    ------
    ValueError
        As in :func:`vanraden`.

    References
    ----------
    .. [1] Zhou & Stephens (2012). Genome-wide efficient mixed-model analysis for association
       studies. Nature Genetics 44, 821-824.

    Examples
    --------
    >>> from sklmm.relationship import centered
    >>> centered([[0, 1], [1, 2], [2, 0]], ids=["a", "b", "c"]).matrix.round(2)
    array([[ 0.5,  0. , -0.5],
           [ 0. ,  0.5, -0.5],
           [-0.5, -0.5,  1. ]])
    """
    checked = Genotypes(genotypes, ids, missing)
    K, _ = checked.centered_products()
    K /= checked.n_markers
    return checked.kinship(K)


def standardized(genotypes: Any, ids: Ids, *, missing: Missing = "raise") -> Kinship:
    """Correlation of the genotypes over the markers: GEMMA's standardized matrix.

    K = Z Z' / m where each marker of Z has mean 0 and variance 1 over the samples [1]_.

    Parameters
    ----------
    genotypes : array-like or data frame of shape (n, m)
        Allele counts 0, 1, 2, or dosages between them.
    ids : sequence of n hashable labels
        The samples in the order of the rows.
    missing : {"raise", "mean"}, default="raise"
        As in :func:`vanraden`.

    Returns
    -------
    Kinship
        Of n samples, with a mean diagonal of 1, as `gemma -gk 2` has it.

    Raises
    ------
    ValueError
        As in :func:`vanraden`, and if a marker is the same in all samples.

    See Also
    --------
    vanraden2 : Divides by the standard deviation that random mating would give.

    References
    ----------
    .. [1] Zhou & Stephens (2012). Genome-wide efficient mixed-model analysis for association
       studies. Nature Genetics 44, 821-824.

    Examples
    --------
    >>> from sklmm.relationship import standardized
    >>> standardized([[0, 1], [1, 2], [2, 0]], ids=["a", "b", "c"]).matrix.round(2)
    array([[ 0.75,  0.  , -0.75],
           [ 0.  ,  0.75, -0.75],
           [-0.75, -0.75,  1.5 ]])
    """
    return _weighted(Genotypes(genotypes, ids, missing), _observed_deviations)


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
    check_names(column_names(genotypes), chromosomes, "genotypes", "chromosomes")
    columns = _columns_by_chromosome(chromosomes, checked.n_markers)
    markers = {name: checked.select(places) for name, places in columns.items()}
    measured = {name: of_chromosome.measure() for name, of_chromosome in markers.items()}
    varying = [name for name, (n_varying, _) in measured.items() if n_varying]
    if len(varying) == 1:
        raise ValueError(
            f"chromosomes: no marker varies on any chromosome but {varying[0]!r}, so that no "
            "kinship is left without it. Give the markers of several chromosomes."
        )
    _check_measured_elsewhere(checked, measured)
    parts = {name: of_chromosome.centered_products() for name, of_chromosome in markers.items()}
    scales = {name: 2 * np.sum(p * (1 - p)) for name, (_, p) in parts.items()}
    total, scale = sum(K for K, _ in parts.values()), sum(scales.values())
    return {
        name: checked.kinship((total - K) / (scale - scales[name]))
        for name, (K, _) in parts.items()
    }


def _check_measured_elsewhere(checked, measured):
    """Something is known of everybody without any of the chromosomes."""
    n_varying = sum(n for n, _ in measured.values())
    n_measured = sum(n for _, n in measured.values())
    rest = {name: (n_varying - n, n_measured - m) for name, (n, m) in measured.items()}
    worst = min(rest, key=lambda name: (rest[name][1] / rest[name][0]).min())
    checked.check_measured(*rest[worst], where=f" outside of chromosome {worst!r}")


def _columns_by_chromosome(chromosomes, n_markers):
    labels = as_labels(chromosomes, "chromosomes")
    if len(labels) != n_markers:
        raise ValueError(
            f"chromosomes must have one label for each of the {n_markers} markers, got "
            f"{len(labels)}."
        )
    columns: dict[Hashable, list[int]] = {}
    for place, label in enumerate(labels):
        columns.setdefault(label, []).append(place)
    _refuse_spellings(list(columns))
    return columns


def _refuse_spellings(chromosomes):
    """18 and "18", X and x, 1 and chr1: one chromosome, of which half would stay."""
    refuse_other_types({"chromosomes": chromosomes})
    seen: dict[Hashable, Hashable] = {}
    for label in chromosomes:
        key = near_key(label)
        if isinstance(key, str) and key.startswith("chr"):
            key = near_key(key.removeprefix("chr"))
        first = seen.setdefault(key, label)
        if first != label:
            raise ValueError(
                f"chromosomes has {first!r} and {label!r}, which look like one chromosome in two "
                "spellings. Write it in one."
            )


def _weighted(genotypes, deviations: Callable) -> Kinship:
    """Z Z' / m with the markers divided by their deviations."""

    def blocks():
        for markers, p, block in genotypes.centered_blocks():
            divisor = deviations(p, block)
            _refuse_invariant_markers(divisor, p, markers.start)
            block /= divisor
            yield block

    K = sum_of_products(blocks(), len(genotypes.labels))
    K /= genotypes.n_markers
    return genotypes.kinship(K)


def _expected_deviations(p, block):
    return np.sqrt(2 * p * (1 - p))


def _observed_deviations(p, block):
    return np.sqrt(np.mean(block**2, axis=0))


def _refuse_invariant_markers(deviations, p, first):
    invariant = np.flatnonzero(~(deviations > MIN_DEVIATION))
    if invariant.size:
        adds_nothing = np.all(p[invariant] * (1 - p[invariant]) == 0)
        or_vanraden = ", or use vanraden, to which they add nothing" if adds_nothing else ""
        raise ValueError(
            f"genotypes: the marker in column {first + invariant[0]} is the same in all samples "
            "and cannot be divided by its deviation. Leave such markers out, for example by "
            f"sklmm.preprocessing.MarkerFilter{or_vanraden}."
        )
