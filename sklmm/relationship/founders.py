"""Relationships from the probabilities of founder alleles, as R/qtl2 computes them."""

from __future__ import annotations

from typing import Any

import numpy as np

from .._genotypes import sum_of_products
from ..kinship import Kinship, check_ids
from .genomic import Ids

LARGEST_GAP = 1e-6
"""Between the sum of probabilities and 1."""


def from_probabilities(probabilities: Any, ids: Ids) -> Kinship:
    """Share of founder alleles that two individuals have in common.

    K_ij = Σ_l Σ_k p_ikl p_jkl / L with p_ikl the probability that an allele of individual i
    at locus l comes from founder k, and L loci: `calc_kinship` of R/qtl2 [1]_.

    Parameters
    ----------
    probabilities : array-like of shape (n, n_founders, n_loci), or list of such arrays
        One array, or one for each chromosome. Genotype probabilities work in the same way.
    ids : sequence of n hashable labels
        The individuals in the order of the first axis.

    Returns
    -------
    Kinship
        Of n individuals, with values between 0 and 1.

    Raises
    ------
    ValueError
        If a probability is not between 0 and 1, those of a locus do not add up to 1, or
        arrays differ in their individuals.

    References
    ----------
    .. [1] Broman et al. (2019). R/qtl2: software for mapping quantitative trait loci with
       high-dimensional data and multiparent populations. Genetics 211, 495-502.

    Examples
    --------
    >>> from sklmm.relationship import from_probabilities
    >>> one_locus = [[[1.0], [0.0]], [[0.5], [0.5]]]
    >>> from_probabilities(one_locus, ids=["a", "b"]).matrix
    array([[1. , 0.5],
           [0.5, 0.5]])
    """
    chromosomes = [_check(part, number) for number, part in enumerate(_parts(probabilities))]
    labels = check_ids(ids, len(chromosomes[0]))
    for number, part in enumerate(chromosomes):
        if len(part) != len(labels):
            raise ValueError(
                f"probabilities[{number}] has {len(part)} individuals, but probabilities[0] has "
                f"{len(labels)}. Give the same individuals, in the same order, for each "
                "chromosome."
            )
    blocks = (np.ascontiguousarray(part.reshape(len(part), -1)) for part in chromosomes)
    K = sum_of_products(blocks, len(labels))
    K /= sum(part.shape[2] for part in chromosomes)
    K.flags.writeable = False
    return Kinship(K, labels)


def _parts(probabilities):
    """One array for each chromosome."""
    is_sequence = isinstance(probabilities, list | tuple) and len(probabilities) > 0
    has_chromosomes = is_sequence and getattr(probabilities[0], "ndim", 0) == 3
    return probabilities if has_chromosomes else [probabilities]


def _check(probabilities, number):
    if np.ma.is_masked(probabilities):
        raise ValueError("probabilities has masked values. Leave out these individuals or loci.")
    try:
        part = np.asarray(probabilities)
    except ValueError as error:
        raise ValueError(f"probabilities must be an array of numbers: {error}.") from error
    if part.dtype.kind not in "fiu":
        raise ValueError(f"probabilities must be an array of numbers, got dtype {part.dtype}.")
    part = part.astype(float, copy=False)
    if part.ndim != 3 or 0 in part.shape:
        raise ValueError(
            f"probabilities must have shape (individuals, founders, loci), got shape {part.shape}."
        )
    totals = part.sum(axis=1)
    if part.min() >= 0 and part.max() <= 1 and np.abs(totals - 1).max() <= LARGEST_GAP:
        return part
    row, locus = np.argwhere(~(np.abs(totals - 1) <= LARGEST_GAP) | _has_outside(part))[0]
    raise ValueError(
        f"probabilities must be between 0 and 1 and add up to 1 over the founders, but those of "
        f"individual {row} at locus {locus} of chromosome {number} are {part[row, :, locus]}."
    )


def _has_outside(part):
    return (~((part >= 0) & (part <= 1))).any(axis=1)
