"""Tests of markers by the textbook: a model with and one without, dense and in long double."""

from dataclasses import dataclass

import numpy as np
import oracle


@dataclass
class Tested:
    """What a marker's columns add to X, at an h."""

    beta: np.ndarray
    standard_error: np.ndarray
    f: float
    lrt: float
    score: float
    lod: float
    variance_explained: float
    df: int
    residual_df: int
    rss0: float
    rss1: float


def compare(h, K, X, columns, y, method):
    """Test columns beside X, which have to be independent."""
    n, p = X.shape
    both = np.column_stack([X, columns])
    k = both.shape[1] - p
    null, full = (oracle.fit_at(h, K, M, y, "reml") for M in (X, both))
    rss0, rss1 = null.v * (n - p), full.v * (n - p - k)
    v0 = rss0 / (n if method == "ml" else n - p)
    return Tested(
        beta=full.b[p:].astype(float),
        standard_error=np.sqrt(np.diag(full.b_covariance))[p:].astype(float),
        f=float((rss0 - rss1) / k / (rss1 / (n - p - k))),
        lrt=float(n * np.log(rss0 / rss1)),
        score=float((rss0 - rss1) / v0),
        lod=float(n / 2 * np.log10(rss0 / rss1)),
        variance_explained=float(1 - rss1 / rss0),
        df=k,
        residual_df=n - p - k,
        rss0=float(rss0),
        rss1=float(rss1),
    )


def founder_effects(h, K, X, probabilities, y):
    """Deviations of founders from their mean, with standard errors; the first one is left out."""
    n_founders = probabilities.shape[1]
    p = X.shape[1]
    full = oracle.fit_at(h, K, np.column_stack([X, probabilities[:, 1:]]), y, "reml")
    contrasts = (np.eye(n_founders) - 1 / n_founders)[:, 1:]
    covariance = contrasts @ full.b_covariance[p:, p:].astype(float) @ contrasts.T
    return contrasts @ full.b[p:].astype(float), np.sqrt(np.diag(covariance))
