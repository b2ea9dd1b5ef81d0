"""From sums of squares to statistics and p values."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from .each import RefittedMarkers
from .explained import Explained
from .tails import neg_log10_of_chi2, neg_log10_of_f

HALVINGS = 50
"""The number of halvings after which the ends of an interval differ by rounding."""


class Tested(NamedTuple):
    """What `Scan` has of the same names, of shape (m,)."""

    statistic: np.ndarray
    df: np.ndarray
    residual_df: np.ndarray
    neg_log10_pvalue: np.ndarray
    lod: np.ndarray
    variance_explained: np.ndarray


def statistics_of(found: Explained, test: str, method: str) -> Tested:
    """Test what each marker explains.

    Parameters
    ----------
    test : {"f", "lrt", "score"}
    method : {"reml", "ml"}
        By which v of the null model is yᵀPy over n − p, or over n.
    """
    residual_df = found.df - found.rank
    has_test = (found.rank > 0) & (residual_df > 0)
    share = np.where(has_test, np.clip(found.sum_of_squares / found.rss, 0, 1), np.nan)
    with np.errstate(divide="ignore", invalid="ignore"):
        likelihood_ratio = -found.n * np.log1p(-share)
        if test == "f":
            statistic = share / found.rank / ((1 - share) / residual_df)
            neg_log10_p = neg_log10_of_f(statistic, found.rank, residual_df)
        else:
            null_df = found.n if method == "ml" else found.df
            statistic = likelihood_ratio if test == "lrt" else share * null_df
            neg_log10_p = neg_log10_of_chi2(statistic, found.rank)
    lod = likelihood_ratio / (2 * np.log(10))
    return Tested(statistic, found.rank, residual_df, neg_log10_p, lod, share)


def statistics_at_own_h(markers: RefittedMarkers, test: str, method: str) -> Tested:
    """Test markers that each have an h of their own, by F, or by the ratio of two maxima.

    Parameters
    ----------
    test : {"f", "lrt"}
        A likelihood ratio needs full likelihoods.
    method : {"reml", "ml"}
    """
    tested = statistics_of(markers.found, "f", method)
    if method == "reml":
        return tested
    ratio = 2 * np.maximum(markers.log_likelihood - markers.null_log_likelihood, 0)
    tested = tested._replace(lod=ratio / (2 * np.log(10)))
    if test == "f":
        return tested
    neg_log10_p = neg_log10_of_chi2(ratio, markers.found.rank)
    return tested._replace(statistic=ratio, neg_log10_pvalue=neg_log10_p)


def least_share(pvalue: float, test: str, method: str, df: int, n: int) -> float:
    """A share such that markers of one column that explain no more have larger p values.

    It is next to the largest such share, which is −1 where there is none.

    Parameters
    ----------
    pvalue : float
        Above 0.
    test, method : str
        As in `statistics_of`.
    df, n : int
        n − p of the model without the marker, and its rows.
    """
    one = np.ones(1)
    ends = np.array([-1.0, 1.0])
    for _ in range(HALVINGS):
        middle = ends.mean(keepdims=True)
        found = Explained(one, one, middle, one, one, df * one, n * one, one)
        p = 10.0 ** -statistics_of(found, test, method).neg_log10_pvalue[0]
        ends[1 if p <= pvalue else 0] = middle[0]
    return float(ends[0])


def residual_variance(found: Explained) -> np.ndarray:
    """v by REML of the model with the marker, nan where nothing is left to estimate it from."""
    residual_df = found.df - found.rank
    left = np.maximum(found.rss - found.sum_of_squares, 0)
    return np.divide(left, residual_df, out=np.full_like(left, np.nan), where=residual_df > 0)


def lod_beside(found: Explained, null_rss: np.ndarray) -> np.ndarray:
    """LOD of all columns of each marker, n/2 log₁₀(RSS₀/RSS₁), with an RSS₀ of its own.

    It is nan where fixed effects leave nothing of any of them.
    """
    left = found.rss - np.where(found.rank > 0, found.sum_of_squares, 0)
    left[(found.rank == 0) & (found.rss == found.null_rss)] = np.nan
    with np.errstate(divide="ignore"):
        return found.n / 2 * np.log10(null_rss / np.maximum(left, 0))
