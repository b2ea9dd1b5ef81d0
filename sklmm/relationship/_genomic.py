"""Additive relationships from genotypes: products of centered allele counts."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from typing import Any, Literal

import numpy as np

from .._genotypes import Genotypes, sum_of_products
from .._kinship import Kinship

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
