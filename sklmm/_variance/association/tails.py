"""−log₁₀ of p values, however small.

Where a p value would be 0 in a float, its logarithm comes from a continued fraction
(Press et al. 2007, sections 6.2 and 6.4; DLMF 8.9.2 and 8.17.22), by Lentz's method.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy import special, stats

LEAST = 1e-290
"""Below, p values lose digits, and then are 0."""
MAX_TERMS = 10_000
TINY = 1e-300


def neg_log10_of_f(F: np.ndarray, df: np.ndarray, residual_df: np.ndarray) -> np.ndarray:
    """−log₁₀ P(F' ≥ F) for F' of an F distribution."""
    F, df, residual_df = np.broadcast_arrays(*map(_as_floats, (F, df, residual_df)))
    x = residual_df / (residual_df + df * F)
    return _neg_log10(stats.f.sf(F, df, residual_df), _log_beta_tail, x, residual_df / 2, df / 2)


def neg_log10_of_chi2(statistic: np.ndarray, df: np.ndarray) -> np.ndarray:
    """−log₁₀ P(χ² ≥ statistic)."""
    statistic, df = np.broadcast_arrays(_as_floats(statistic), _as_floats(df))
    return _neg_log10(stats.chi2.sf(statistic, df), _log_gamma_tail, statistic / 2, df / 2)


def _as_floats(values: np.ndarray) -> np.ndarray:
    return np.asarray(values, dtype=float)


def _neg_log10(p: np.ndarray, log_tail: Callable, *arguments: np.ndarray) -> np.ndarray:
    with np.errstate(divide="ignore"):
        result = -np.log10(p)
    is_small = p < LEAST
    if is_small.any():
        result[is_small] = -log_tail(*(values[is_small] for values in arguments)) / np.log(10)
    return result + 0.0


def _log_beta_tail(x: np.ndarray, a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """log Iₓ(a, b) for small x."""
    with np.errstate(divide="ignore"):
        front = a * np.log(x) + b * np.log1p(-x) - np.log(a) - special.betaln(a, b)

    def term(m: int) -> np.ndarray:
        half, is_odd = divmod(m, 2)
        if is_odd:
            return -(a + half) * (a + b + half) * x / ((a + m - 1) * (a + m))
        return half * (b - half) * x / ((a + m - 1) * (a + m))

    return front - np.log(_continued_fraction(term, lambda m: np.ones_like(x)))


def _log_gamma_tail(x: np.ndarray, a: np.ndarray) -> np.ndarray:
    """log Γ(a, x) / Γ(a) for large x."""
    fraction = _continued_fraction(lambda m: -m * (m - a), lambda m: x + 2 * m + 1 - a)
    return a * np.log(x) - x - special.gammaln(a) - np.log(fraction)


def _continued_fraction(term: Callable, denominator: Callable) -> np.ndarray:
    """b₀ + a₁/(b₁ + a₂/(b₂ + …)) by Lentz's method."""
    value = C = np.asarray(denominator(0), dtype=float)
    D = np.zeros_like(value)
    for m in range(1, MAX_TERMS):
        b, a = denominator(m), term(m)
        D = b + a * D
        D = 1 / np.where(D == 0, TINY, D)
        C = b + a / C
        C = np.where(C == 0, TINY, C)
        value = value * C * D
        if np.all(np.abs(C * D - 1) < 1e-15):
            break
    return value
