"""The distribution of Σ cᵢ uᵢ² for independent standard normal uᵢ, at 0.

By inversion of the characteristic function (Imhof 1961, Biometrika 48, 419-426), with
t = exp(x):

    P(Σ cᵢuᵢ² ≤ 0) = ½ − (1/π) ∫ sin θ(t) / ρ(t) dx,

    θ = ½ Σ arctan(cᵢt),    ρ = Π (1 + cᵢ²t²)^¼.

In x the integrand is analytic and falls off exponentially at both ends: with twice the nodes
the trapezoidal rule has twice the digits. Most nodes are at small t, where θ and log ρ are short
series in t, by sums of powers of c.
"""

from __future__ import annotations

import numpy as np

FIRST_STEP = 0.25
MAX_HALVINGS = 12
DIGITS_TO_DOUBLE = 1e-8
"""The last halving of the step leaves about the square of what it changes."""
NEGLIGIBLE = 1e-13
"""What the integrand leaves out at each end."""
PRECISION_OF_THE_END = 0.1
"""In x; the end itself may be any beyond."""
CELLS_AT_A_TIME = 2**20
SMALL = np.log(0.02)
"""An x up to which the series are exact to rounding, for Σ cᵢ² = 1."""


def probability_below_zero(c: np.ndarray) -> float:
    """P(Σ cᵢuᵢ² ≤ 0), to about 1e-12."""
    if not c.any():
        return 1.0
    if c.min() >= 0 or c.max() <= 0:
        return float(c.max() <= 0)
    c = c / np.sqrt(np.sum(c**2))
    low = np.log(NEGLIGIBLE / np.abs(c).sum())
    high = _where_the_integrand_ends(c)
    n_steps = int(np.ceil((high - low) / FIRST_STEP))
    step = (high - low) / n_steps
    total = step * _sum_of_integrand(c, low + step * np.arange(n_steps + 1))
    for _ in range(MAX_HALVINGS):
        middles = low + step * (np.arange(n_steps) + 0.5)
        before, total = total, (total + step * _sum_of_integrand(c, middles)) / 2
        n_steps, step = 2 * n_steps, step / 2
        if abs(total - before) <= DIGITS_TO_DOUBLE:
            break
    return float(np.clip(0.5 - total / np.pi, 0, 1))


def _where_the_integrand_ends(c: np.ndarray) -> float:
    """The x from which on 1/ρ is negligible."""
    low, high = 0.0, 1.0
    while _log_modulus(c, high) < -np.log(NEGLIGIBLE):
        high *= 2
    while high - low > PRECISION_OF_THE_END:
        middle = (low + high) / 2
        is_negligible = _log_modulus(c, middle) >= -np.log(NEGLIGIBLE)
        low, high = (low, middle) if is_negligible else (middle, high)
    return high


def _log_modulus(c: np.ndarray, x: float) -> float:
    return np.log1p((c * np.exp(x)) ** 2).sum() / 4


def _sum_of_integrand(c: np.ndarray, nodes: np.ndarray) -> float:
    """The sum at nodes in ascending order."""
    n_small = int(np.searchsorted(nodes, SMALL))
    total = _sum_by_series(c, np.exp(nodes[:n_small]))
    at_a_time = max(1, CELLS_AT_A_TIME // len(c))
    for first in range(n_small, len(nodes), at_a_time):
        ct = np.exp(nodes[first : first + at_a_time, None]) * c
        angle = np.arctan(ct).sum(axis=1) / 2
        total += float(np.sum(np.sin(angle) * np.exp(-np.log1p(ct**2).sum(axis=1) / 4)))
    return total


def _sum_by_series(c: np.ndarray, t: np.ndarray) -> float:
    """The same with arctan z = z − z³/3 + …, and log(1 + z²) = z² − z⁴/2 + …"""
    powers = np.cumprod(np.broadcast_to(c, (8, len(c))), axis=0)
    s1, s2, s3, s4, s5, s6, s7, s8 = powers.sum(axis=1)
    t2 = t**2
    angle = t * (s1 - t2 * (s3 / 3 - t2 * (s5 / 5 - t2 * s7 / 7))) / 2
    log_modulus = t2 * (s2 - t2 * (s4 / 2 - t2 * (s6 / 3 - t2 * s8 / 4))) / 4
    return float(np.sum(np.sin(angle) * np.exp(-log_modulus)))
