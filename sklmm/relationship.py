"""From genotypes to a Kinship."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Any

import numpy as np
from scipy.linalg import blas
from sklearn.utils import gen_batches

from .kinship import Kinship, check_ids

__all__ = ["vanraden"]

MARKERS_AT_A_TIME = 4096
EXACT_IN_FLOAT32 = 2**24


def vanraden(genotypes: Any, ids: Sequence[Hashable] | np.ndarray) -> Kinship:
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
    dosages = _check_genotypes(genotypes)
    labels = check_ids(ids, len(dosages))
    _check_index(genotypes, labels)
    if (dosages == dosages[0]).all():
        raise ValueError("genotypes has no marker that varies between the samples.")
    p = dosages.mean(axis=0) / 2
    is_counted = dosages.dtype.kind in "iub"
    K = _products_of_counts(dosages) if is_counted else _products(dosages, 2 * p)
    K /= 2 * np.sum(p * (1 - p))
    K.flags.writeable = False
    return Kinship(K, labels)


def _products(M, centre):
    """(M − centre)(M − centre)' of float64 dosages."""
    K = np.zeros((len(M), len(M)), order="F")
    for markers in gen_batches(M.shape[1], MARKERS_AT_A_TIME):
        centred = np.subtract(M[:, markers], centre[markers], order="C")
        K = blas.dsyrk(1.0, centred.T, 1.0, K, trans=1, lower=1, overwrite_c=1)
    return _fill_upper_triangle(K)


def _products_of_counts(M):
    """(M − 1c')(M − 1c')', c the column means, of allele counts at the speed of float32.

    The products M M' are integers, which float32 holds exactly up to 2²⁴. Centring the
    columns of M is, afterwards, centring the rows and columns of M M'.
    """
    n, m = M.shape
    K = np.zeros((n, n), order="F")
    exact = EXACT_IN_FLOAT32 // 4 // MARKERS_AT_A_TIME * MARKERS_AT_A_TIME
    for start in range(0, m, exact):
        counts = np.zeros((n, n), dtype=np.float32, order="F")
        for first in range(start, min(start + exact, m), MARKERS_AT_A_TIME):
            block = M[:, first : first + MARKERS_AT_A_TIME].astype(np.float32, order="C")
            counts = blas.ssyrk(1.0, block.T, 1.0, counts, trans=1, lower=1, overwrite_c=1)
        K += counts
    K = _fill_upper_triangle(K)
    means = K.mean(axis=0)
    K -= means[:, None]
    K -= means - means.mean()
    return K


def _fill_upper_triangle(K):
    """The symmetric matrix of which the lower triangle of K is given."""
    for rows in gen_batches(len(K), MARKERS_AT_A_TIME):
        K[rows, rows.stop :] = K[rows.stop :, rows].T
        square = K[rows, rows]
        square[:] = np.tril(square) + np.tril(square, -1).T
    return K.T


def _check_genotypes(genotypes):
    """An array of allele counts, integers, or of dosages, float64."""
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
        is_counted = original.dtype.kind in "iub"
        dosages = original if is_counted else original.astype(np.float64, copy=False)
    except (TypeError, ValueError) as error:
        raise ValueError(
            f"genotypes must be numbers without missing values: {error}. Leave out columns of "
            "labels, and impute missing genotypes."
        ) from error
    if not (dosages.min() >= 0 and dosages.max() <= 2):
        outside = ~((dosages >= 0) & (dosages <= 2))
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
