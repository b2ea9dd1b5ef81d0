"""Relationships from the probabilities of founder alleles, as R/qtl2 computes them."""

from __future__ import annotations

from typing import Any

import numpy as np

from .._genotypes import sum_of_products
from .._kinship import Kinship, check_ids, own_kinship
from .._labels import as_labels
from .._numbers import refuse_masked
from ._genomic import Ids

LARGEST_GAP = 1e-6
"""Between the sum of probabilities and 1."""
DECIMALS = (3, 4, 5, 6)
"""Of probabilities in files; with fewer, their sums say little."""


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
        If a probability is not between 0 and 1, those of a locus do not add up to 1, axes
        are in another order, or arrays differ in their individuals.

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
    labels = as_labels(ids, "ids")
    parts = _parts(probabilities)
    arrays = [_as_array(part) for part in parts]
    _refuse_other_orders(arrays[0], len(labels), is_list=parts is probabilities)
    chromosomes = [_check(part, number) for number, part in enumerate(arrays)]
    labels = check_ids(labels, len(chromosomes[0]))
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
    return own_kinship(K, labels)


def _parts(probabilities):
    """One array for each chromosome."""
    is_sequence = isinstance(probabilities, list | tuple) and len(probabilities) > 0
    has_chromosomes = is_sequence and getattr(probabilities[0], "ndim", 0) == 3
    return probabilities if has_chromosomes else [probabilities]


def _as_array(probabilities):
    refuse_masked(probabilities, "probabilities", "Leave out these individuals or loci.")
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
    return part


def _refuse_other_orders(part, n_ids, is_list):
    """The founders' axis is that over which probabilities add up to 1."""
    largest = largest_gap_by_rounding(part)
    founders = [axis for axis in range(3) if _largest_gap(part.sum(axis=axis)) <= largest]
    if len(part) == n_ids and (1 in founders or not founders):
        return
    orders = [
        (individuals, axis, 3 - individuals - axis)
        for axis in founders
        for individuals in range(3)
        if individuals != axis and part.shape[individuals] == n_ids
    ]
    if orders:
        remedy = f"numpy.transpose(probabilities, {orders[0]})"
        if is_list:
            remedy = f"[numpy.transpose(part, {orders[0]}) for part in probabilities]"
        why = (
            f"probabilities must add up to 1 over axis 1, the founders, but do over {orders[0][1]}"
            if len(part) == n_ids
            else f"ids must have one label for each of the {len(part)} rows of probabilities, got "
            f"{n_ids}"
        )
        raise ValueError(
            f"{why}: the axes are in another order than (individuals, founders, loci). Use "
            f"{remedy}."
        )


def _largest_gap(totals):
    return np.abs(totals - 1).max()


def _check(part, number):
    totals, largest = part.sum(axis=1), largest_gap_by_rounding(part)
    if part.min() >= 0 and part.max() <= 1 and _largest_gap(totals) <= largest:
        return part
    row, locus = np.argwhere(~(np.abs(totals - 1) <= largest) | _has_outside(part))[0]
    remedy = ""
    if not _has_outside(part).any() and totals.min() > 0:
        remedy = (
            " If they are shares of one sum, divide each array by it: part / part.sum(axis=1, "
            "keepdims=True)."
        )
    raise ValueError(
        f"probabilities must be between 0 and 1 and add up to 1 over the founders, but those of "
        f"individual {row} at locus {locus} of chromosome {number} are {part[row, :, locus]}, and "
        f"add up to {totals[row, locus]:.6g}.{remedy}"
    )


def largest_gap_by_rounding(part):
    """The largest gap that rounding to the written decimals leaves in a sum of probabilities."""
    for decimals in DECIMALS:
        if np.array_equal(np.round(part[0], decimals), part[0]):
            return LARGEST_GAP + part.shape[1] * 0.5 * 10.0**-decimals
    is_half = np.array_equal(part[0].astype(np.float16), part[0])
    return part.shape[1] * float(np.finfo(np.float16).eps) / 2 if is_half else LARGEST_GAP


def _has_outside(part):
    return (~((part >= 0) & (part <= 1))).any(axis=1)
