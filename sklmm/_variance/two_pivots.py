"""Intervals of v, s and t, from the two pivots that the error contrasts have.

R (see `contrasts`) and S = Q(h) / v, which is χ² with m = n − p degrees of freedom, are
independent at the true h and v. Solved for h and v they turn into a distribution of the
parameters: P(h* ≤ h) = G(h), the probability that data speak for a lower h less than these do,
and v* = Q(h*) / S. The quantiles of θ* = c(h*) v* are the ends of a generalised confidence
interval (Tsui & Weerahandi 1989, Weerahandi 1993):

    P(θ* ≤ x) = ∫ F̄(c(h) Q(h) / x) dG(h),

with the survival function F̄ of χ². G and Q are computed at equal distances in the metric of the
information on h, ds² = Σ (δᵢ − mean δ)² dh² / 2, δ = (λ − 1) / d, where G is nearly normal
whatever K is, and interpolated between.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.optimize
from scipy.integrate import cumulative_trapezoid
from scipy.interpolate import PchipInterpolator
from scipy.special import chdtrc, chdtri, expit, ndtr, ndtri

from .contrasts import Pivot
from .profile import GeneralisedLeastSquares, Profile, residual_sum
from .uncertainty import PRECISION, Weight, least

LOGITS = np.linspace(-24, 24, 961)
REACH = 8.0
"""Standard errors on either side of the h that the data speak for."""
NODES = 48
CELLS = 4000
LEAST_PROBABILITY = 1e-15
ALMOST_0 = 1e-8


@dataclass(frozen=True)
class PivotalDistribution:
    """The distribution of (h*, v*) in cells of h.

    Attributes
    ----------
    m : int
        Number of error contrasts.
    h, Q, probability : ndarray of shape (k,)
        Of each cell; the first is h = 0 and the last the largest h, if they are in reach.
    """

    m: int
    h: np.ndarray
    Q: np.ndarray
    probability: np.ndarray

    @classmethod
    def of(cls, pivot: Pivot, h: float) -> PivotalDistribution:
        """From the distances around an estimate of h."""
        grid = pivot.largest_h * np.concatenate([[0.0], expit(LOGITS), [1.0]])
        distances = cumulative_trapezoid(_information(grid, pivot.eigenvalues), grid, initial=0)
        here = np.interp(h, grid, distances)
        low, high = max(here - REACH, 0.0), min(here + REACH, distances[-1])
        nodes, fine = np.linspace(low, high, NODES), np.linspace(low, high, CELLS)
        at_nodes = np.interp(nodes, distances, grid)
        G = [pivot.probability_of_less(h) for h in at_nodes]
        normal = ndtri(np.clip(np.maximum.accumulate(G), LEAST_PROBABILITY, 1 - LEAST_PROBABILITY))
        log_Q = [np.log(residual_sum(pivot.profile.at(h))) for h in at_nodes]
        below = ndtr(PchipInterpolator(nodes, normal)(fine))
        middles = (fine[1:] + fine[:-1]) / 2
        places = np.concatenate([fine[:1], middles, fine[-1:]])
        return cls(
            m=len(pivot.eigenvalues),
            h=np.interp(places, distances, grid),
            Q=np.exp(PchipInterpolator(nodes, log_Q)(places)),
            probability=np.diff(below, prepend=0.0, append=1.0),
        )

    def interval(self, weight: Weight, level: float) -> tuple[float, float]:
        """Of θ = c(h) v, with the same probability on both sides."""
        tail = (1 - level) / 2
        return self._quantile(weight, tail), self._quantile(weight, 1 - tail)

    def _quantile(self, weight, probability):
        c = weight(self.h)
        c[c <= ALMOST_0 * c.max()] = 0
        a = c * self.Q
        if self.probability[a == 0].sum() >= probability:
            return 0.0

        def surplus(log_x):
            return self.probability @ chdtrc(self.m, a / np.exp(log_x)) - probability

        low = high = np.log(a.max() / self.m)
        while surplus(low) > 0:
            low -= 1
        while surplus(high) < 0:
            high += 1
        return float(np.exp(scipy.optimize.brentq(surplus, low, high, xtol=PRECISION)))


def _information(h, eigenvalues):
    """ds/dh"""
    slopes = (eigenvalues - 1) / (1 + h[:, None] * (eigenvalues - 1))
    return np.sqrt(len(eigenvalues) * np.var(slopes, axis=1) / 2)


def interval_at(
    solution: GeneralisedLeastSquares, weight: Weight, level: float
) -> tuple[float, float]:
    """Of θ = c(h) v at a given h."""
    low, high = _quantiles(solution.profile, level)
    Q = residual_sum(solution)
    return weight(solution.h) * Q / high, weight(solution.h) * Q / low


def interval_at_any_h(profile: Profile, weight: Weight, level: float) -> tuple[float, float]:
    """Of θ = c(h) v where nothing is known of h: all of the intervals at some h."""
    steady = profile.reduction.definiteness.last_steady_h

    def a(h):
        return weight(h) * residual_sum(profile.at(h))

    low, high = _quantiles(profile, level)
    return least(a, 0.0, steady) / high, -least(lambda h: -a(h), 0.0, steady) / low


def _quantiles(profile, level):
    """Of χ² with m degrees of freedom."""
    m, tail = profile.reduction.n - profile.X.shape[1], (1 - level) / 2
    return chdtri(m, 1 - tail), chdtri(m, tail)
