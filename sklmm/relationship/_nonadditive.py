"""Relationships from genotypes that are not additive: identity in state, dominance, distance."""

from __future__ import annotations

from typing import Any

import numpy as np

from .._genotypes import Genotypes, sum_of_exact_products, sum_of_products
from .._kinship import Kinship
from .._validation import check_number
from ._genomic import Ids, Missing


def ibs(genotypes: Any, ids: Ids) -> Kinship:
    """Share of alleles that are identical in state.

    K_ij is the mean over the markers of ``1 - |g_i - g_j| / 2``, as of
    ``plink --distance ibs`` [1]_.

    Parameters
    ----------
    genotypes : array-like or data frame of shape (n, m)
        Allele counts 0, 1, 2.
    ids : sequence of n hashable labels
        The samples in the order of the rows.

    Returns
    -------
    Kinship
        Of n samples, with a diagonal of 1 and no value below 0. It is not centered: the
        intercept takes most of it, and `pve_` says what is left.

    Raises
    ------
    ValueError
        If a genotype is missing or not 0, 1 or 2, if no marker varies, or if the index of
        genotypes is not `ids`.

    References
    ----------
    .. [1] Purcell et al. (2007). PLINK: a tool set for whole-genome association and
       population-based linkage analyses. American Journal of Human Genetics 81, 559-575.

    Examples
    --------
    >>> from sklmm.relationship import ibs
    >>> ibs([[0, 1], [1, 2], [2, 0]], ids=["a", "b", "c"]).matrix
    array([[1.  , 0.5 , 0.25],
           [0.5 , 1.  , 0.25],
           [0.25, 0.25, 1.  ]])
    """
    checked = Genotypes(genotypes, ids, can_impute=False)
    _refuse_dosages(checked)
    n = len(checked.labels)
    total = np.zeros(n)

    def indicators():
        for _, block in checked.blocks(np.float32):
            total[:] += block.sum(axis=1, dtype=float)
            yield (block >= 1).astype(np.float32)
            yield (block >= 2).astype(np.float32)

    K = sum_of_exact_products(indicators(), n)
    K -= (total[:, None] + total) / 2
    K /= checked.n_markers
    K += 1
    return checked.kinship(K)


def dominance(genotypes: Any, ids: Ids, *, missing: Missing = "raise") -> Kinship:
    """Dominance relationships, orthogonal to the additive ones under random mating.

    K = W W' / Σ (2 p q)² with W = -2 q², 2 p q, -2 p² for two, one and no copies of the
    counted allele, of frequency p = 1 - q [1]_.

    Parameters
    ----------
    genotypes : array-like or data frame of shape (n, m)
        Allele counts 0, 1, 2.
    ids : sequence of n hashable labels
        The samples in the order of the rows.
    missing : {"raise", "mean"}, default="raise"
        "mean" takes the expectation under random mating, which is 0, for a missing genotype.

    Returns
    -------
    Kinship
        Of n samples, with a mean diagonal near 1 under random mating.

    Raises
    ------
    ValueError
        If a genotype is missing or not 0, 1 or 2, or as in :func:`~sklmm.relationship.vanraden`.

    References
    ----------
    .. [1] Vitezica, Varona & Legarra (2013). On the additive and dominant variance and
       covariance of individuals within the genomic selection scope. Genetics 195, 1223-1230.

    Examples
    --------
    >>> from sklmm.relationship import dominance
    >>> dominance([[0, 1], [1, 2], [2, 0]], ids=["a", "b", "c"]).matrix
    array([[ 1., -1.,  0.],
           [-1.,  1.,  0.],
           [ 0.,  0.,  1.]])
    """
    checked = Genotypes(genotypes, ids, missing)
    _refuse_dosages(checked)
    checked.warn_of_single_copies()
    scale = 0.0

    def deviations():
        nonlocal scale
        for _, block in checked.blocks(np.float64):
            p = np.nanmean(block, axis=0) / 2
            q = 1 - p
            W = np.where(block == 1, 2 * p * q, np.where(block == 2, -2 * q**2, -2 * p**2))
            W[np.isnan(block)] = 0
            scale += float(np.sum((2 * p * q) ** 2))
            yield W

    K = sum_of_products(deviations(), len(checked.labels))
    K /= scale
    return checked.kinship(K)


def gaussian(
    genotypes: Any, ids: Ids, *, bandwidth: float = 1.0, missing: Missing = "raise"
) -> Kinship:
    """Gaussian kernel of the distance between genotypes.

    K_ij = exp(-bandwidth d²_ij / mean d²) with d the Euclidean distance, and the mean over
    all pairs of different samples [1]_. It catches effects beyond the additive ones.

    Parameters
    ----------
    genotypes : array-like or data frame of shape (n, m)
        Allele counts 0, 1, 2, or dosages between them.
    ids : sequence of n hashable labels
        The samples in the order of the rows.
    bandwidth : float, default=1.0
        The larger, the less do distant samples share. Values between 0.1 and 5 are usual.
    missing : {"raise", "mean"}, default="raise"
        As in :func:`~sklmm.relationship.vanraden`.

    Returns
    -------
    Kinship
        Of n samples, with a diagonal of 1.

    Raises
    ------
    ValueError
        As in :func:`~sklmm.relationship.vanraden`, and if bandwidth is not positive.

    See Also
    --------
    sklmm.LMMRegressor : With kernel="rbf", the same inside a pipeline.

    References
    ----------
    .. [1] de los Campos et al. (2010). Semi-parametric genomic-enabled prediction of genetic
       values using reproducing kernel Hilbert spaces methods. Genetics Research 92, 295-308.

    Examples
    --------
    >>> from sklmm.relationship import gaussian
    >>> gaussian([[0, 1], [1, 2], [2, 0]], ids=["a", "b", "c"]).matrix.round(3)
    array([[1.   , 0.607, 0.287],
           [0.607, 1.   , 0.287],
           [0.287, 0.287, 1.   ]])
    """
    check_number(bandwidth, "bandwidth", lambda x: 0 < x < np.inf, "a positive number")
    checked = Genotypes(genotypes, ids, missing)
    K, _ = checked.centered_products()
    squares = np.diagonal(K).copy()
    K *= -2
    K += squares[:, None] + squares
    np.fill_diagonal(K, 0)
    np.maximum(K, 0, out=K)
    n = len(K)
    K *= -bandwidth / (K.sum() / (n * (n - 1)))
    np.exp(K, out=K)
    return checked.kinship(K)


def _refuse_dosages(genotypes):
    for markers, block in genotypes.blocks(np.float64):
        is_between = (block != np.floor(block)) & ~np.isnan(block)
        if is_between.any():
            row, column = np.argwhere(is_between)[0]
            advice = "Round dosages, or take an additive relationship."
            if np.fmax.reduce(genotypes.counts, axis=None) <= 1:
                advice = "No genotype is above 1: use 2 * genotypes, if 0.5 is a heterozygote."
            raise ValueError(
                f"genotypes must be 0, 1 or 2, but genotypes[{row}, {markers.start + column}] is "
                f"{block[row, column]}. {advice}"
            )
