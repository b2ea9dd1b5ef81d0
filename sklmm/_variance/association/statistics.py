"""From sums of squares to statistics and p values."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from .single import Explained
from .tails import neg_log10_of_chi2, neg_log10_of_f


class Tested(NamedTuple):
    """What `Scan` has of the same names, of shape (m,)."""

    statistic: np.ndarray
    df: np.ndarray
    residual_df: np.ndarray
    neg_log10_pvalue: np.ndarray
    lod: np.ndarray
    variance_explained: np.ndarray


def statistics_of(found: Explained, test: str, n_fixed: int, null_df: np.ndarray) -> Tested:
    """Test what each marker explains.

    Parameters
    ----------
    test : {"f", "lrt", "score"}
    n_fixed : int
        The rank of X.
    null_df : ndarray of shape (m,)
        What `rss` is divided by to give v of the null model.
    """
    share = np.clip(found.sum_of_squares / found.rss, 0, 1)
    residual_df = found.df - found.rank
    n = found.df + n_fixed
    with np.errstate(divide="ignore", invalid="ignore"):
        likelihood_ratio = -n * np.log1p(-share)
        if test == "f":
            statistic = share / found.rank / ((1 - share) / residual_df)
            neg_log10_p = neg_log10_of_f(statistic, found.rank, residual_df)
        else:
            statistic = likelihood_ratio if test == "lrt" else share * null_df
            neg_log10_p = neg_log10_of_chi2(statistic, found.rank)
    lod = likelihood_ratio / (2 * np.log(10))
    return Tested(statistic, found.rank, residual_df, neg_log10_p, lod, share)
