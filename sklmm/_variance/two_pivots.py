"""Intervals of v, s and t, from the two pivots that the error contrasts have.

R (see `contrasts`) and S = Q(h) / v, which is χ² with m = n − p degrees of freedom, are
independent at the true h and v. Solved for h and v they turn into a distribution of the
parameters: P(h* ≤ h) = G(h), the probability that data speak as much for a higher h as these,
and v* = Q(h*) / S. The quantiles of θ* = c(h*) v* are the ends of a generalised confidence
interval (Tsui & Weerahandi 1989, Weerahandi 1993). With a(h) = c(h) Q(h), h up to h₁ and the
survival function F̄ and density f of χ²,

    P(θ* ≤ x) = F̄(a(h₁)/x) + ∫ G(h) f(a(h)/x) a'(h)/x dh,    a'/a = c'/c − a'Da / Q,

or, from the least h₀ and with G − 1 in the place of G, the same, which keeps its digits where a
falls to 0.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.optimize
from scipy.special import chdtrc, chdtri
from scipy.stats import chi2

from .contrasts import Pivot
from .profile import GeneralisedLeastSquares, Profile, residual_sum
from .search import FIRST_LOGITS, to_h
from .uncertainty import PRECISION, Weight, first_place, least

NODES, WEIGHTS = np.polynomial.legendre.leggauss(64)
ALMOST_0 = 1e-8
NEGLIGIBLE = 1e-8
"""The probability of h* on either side of those that are looked at."""


@dataclass(frozen=True)
class PivotalDistribution:
    """The distribution of (h*, v*).

    Attributes
    ----------
    m : int
        Number of error contrasts.
    h, Q, T, G : ndarray of shape (k + 2,)
        At the least h, at nodes between, and at the largest h.
    steps : ndarray of shape (k,)
        Weights of the nodes in an integral over h.
    """

    m: int
    h: np.ndarray
    Q: np.ndarray
    T: np.ndarray
    G: np.ndarray
    steps: np.ndarray

    @classmethod
    def of(cls, pivot: Pivot) -> PivotalDistribution:
        G = pivot.probability_of_less
        ends = np.minimum(to_h(pivot.profile, FIRST_LOGITS), pivot.largest_h)
        low = first_place(lambda h: G(h) - NEGLIGIBLE, ends)
        high = first_place(lambda h: 1 - G(h) - NEGLIGIBLE, ends[::-1])
        inside = low + (high - low) * (1 + NODES) / 2
        solutions = [pivot.profile.at(h) for h in [low, *inside, high]]
        return cls(
            m=len(pivot.eigenvalues),
            h=np.array([solution.h for solution in solutions]),
            Q=np.array([residual_sum(solution) for solution in solutions]),
            T=np.array([solution.residual_slope() for solution in solutions]),
            G=np.array([G(solution.h) for solution in solutions]),
            steps=WEIGHTS * (high - low) / 2,
        )

    def interval(self, weight: Weight, level: float) -> tuple[float, float]:
        """Of θ = c(h) v, with the same probability on both sides."""
        tail = (1 - level) / 2
        return self._quantile(weight, tail), self._quantile(weight, 1 - tail)

    def _quantile(self, weight, probability):
        c = weight(self.h)
        is_0 = c[[0, -1]] <= ALMOST_0 * c.max()
        if np.array([self.G[0], 1 - self.G[-1]]) @ is_0 >= probability:
            return 0.0
        a = c * self.Q
        slopes = (weight.at_1 - weight.at_0) * self.Q - a * self.T
        end, tail = (a[-1], self.G) if a[-1] > a[0] else (a[0], self.G - 1)
        kernel = (tail * slopes)[1:-1] * self.steps

        def surplus(log_x):
            x = np.exp(log_x)
            density = chi2.pdf(a[1:-1] / x, self.m) / x
            return chdtrc(self.m, end / x) + kernel @ density - probability

        least_x = ALMOST_0 * a[a > 0].min() / chdtri(self.m, NEGLIGIBLE)
        most_x = a.max() / chdtri(self.m, 1 - NEGLIGIBLE)
        log_x = scipy.optimize.brentq(surplus, np.log(least_x), np.log(most_x), xtol=PRECISION)
        return float(np.exp(log_x))


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
