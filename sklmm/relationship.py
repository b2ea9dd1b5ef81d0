"""From genotypes to a Kinship."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Any

import numpy as np

from .kinship import Kinship, check_ids


def vanraden(genotypes: Any, ids: Sequence[Hashable]) -> Kinship:
    """Genomic relationships by VanRaden's first method.

    K = Z Z' / (2 Σ p (1 - p)) with p the frequency of the counted allele over all rows and
    Z = genotypes - 2 p [1]_.

    Parameters
    ----------
    genotypes : array-like or data frame of shape (n, m)
        Allele counts 0, 1, 2, or dosages between them, with no missing value.
    ids : sequence of n hashable labels
        The samples in the order of the rows. If genotypes is a pandas DataFrame with an
        index of labels, they have to be the same.

    Returns
    -------
    Kinship
        Of n samples, with a mean diagonal near 1 in a population without inbreeding. It is
        centred: its rows sum to 0.

    Raises
    ------
    ValueError
        If a genotype is missing or outside 0 to 2, if no marker varies, or if the index
        of genotypes is not `ids`.

    Notes
    -----
    The frequencies are those of all rows that are given, which are meant to include the
    individuals to be predicted. Takes memory for a float64 copy of the genotypes.

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
    dosages = _check_genotypes(genotypes)
    labels = check_ids(ids, len(dosages))
    _check_index(genotypes, labels)
    if not np.ptp(dosages, axis=0).any():
        raise ValueError("genotypes has no marker that varies between the samples.")
    p = dosages.mean(axis=0) / 2
    variance = 2 * np.sum(p * (1 - p))
    dosages -= 2 * p
    K = dosages @ dosages.T
    K /= variance
    K.flags.writeable = False
    return Kinship(K, labels)


def _check_genotypes(genotypes):
    """A new float array of dosages."""
    if hasattr(genotypes, "toarray"):
        raise TypeError("genotypes is sparse; a dense array is needed: use genotypes.toarray().")
    if np.ma.is_masked(genotypes):
        raise ValueError("genotypes has masked values. Impute missing genotypes.")
    original = np.asarray(genotypes)
    if original.ndim != 2 or 0 in original.shape:
        raise ValueError(
            f"genotypes must have a row for each sample and a column for each marker, got shape "
            f"{original.shape}."
        )
    if original.dtype.kind not in "fiubO":
        raise ValueError(f"genotypes must be numbers, got an array of dtype {original.dtype}.")
    try:
        dosages = original.astype(np.float64)
    except (TypeError, ValueError) as error:
        raise ValueError(
            f"genotypes must be numbers without missing values: {error}. Leave out columns of "
            "labels, and impute missing genotypes."
        ) from error
    outside = ~((dosages >= 0) & (dosages <= 2))
    if outside.any():
        row, column = np.argwhere(outside)[0]
        raise ValueError(
            f"genotypes must be between 0 and 2, but {outside.sum()} are not, such as "
            f"genotypes[{row}, {column}] = {original[row, column]}. Impute missing genotypes, "
            "for example by the mean of the marker, and count alleles as 0, 1, 2."
        )
    return dosages


def _check_index(genotypes, ids):
    index = getattr(genotypes, "index", None)
    if not hasattr(genotypes, "iloc") or type(index).__name__ == "RangeIndex":
        return
    differing = [pair for pair in zip(index, ids, strict=False) if pair[0] != pair[1]]
    if differing:
        raise ValueError(
            f"ids and the index of genotypes differ: {differing[0][1]!r} is given for the row "
            f"labelled {differing[0][0]!r}. Use ids=genotypes.index, or genotypes.to_numpy() if "
            "ids are in the order of the rows."
        )
