"""Intervals of v, s and t, from the two pivots that the error contrasts have.

R (see `pivots`) and S = Q(h) / v, which is χ² with m = n − p degrees of freedom, are
independent at the true h and v. Solved for h and v they turn into a distribution of the
parameters: P(h* ≤ h) = G(h), the probability that data speak for a lower h less than these do,
and v* = Q(h*) / S. The quantiles of θ* = c(h*) v* are the ends of a generalized confidence
interval (Tsui & Weerahandi 1989, Weerahandi 1993):

    P(θ* ≤ x) = ∫ F̄(c(h) Q(h) / x) dG(h),

with the survival function F̄ of χ². G and log Q are polynomials in the distance by the
information on h, ds² = Σ (δᵢ − mean δ)² dh² / 2, δ = (λ − 1) / d, along which G is nearly normal
whatever K is: on panels from an estimate of h outwards, until G is 0 or 1 or h at an end. Where
an alternative of the pivot comes to an end of the range G has a kink, and panels meet.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import scipy.optimize
from numpy.polynomial import Chebyshev
from scipy.integrate import cumulative_trapezoid
from scipy.interpolate import PchipInterpolator
from scipy.special import chdtr, chdtrc, chdtri

from ..likelihood.grid import DENSE, DENSE_NEXT_TO_1, h_at_logits
from ..likelihood.profile import GeneralizedLeastSquares, Profile, residual_sum
from .curvature import PRECISION, Share, minimum
from .pivots import DIVERGENCE, Pivot

PANEL = 4.0
"""Standard errors."""
DEGREE = 16
"""The degree of the polynomials on a panel."""
CELLS = 1024
"""How many cells a panel is divided into, each with one value of h."""
NEGLIGIBLE = 1e-8
"""The probability beyond a panel, below which there is no further one."""
ALMOST_0 = 1e-8
"""A share that is 0 at an end of the range, to rounding, relative to the largest."""


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
    def from_pivot(cls, pivot: Pivot, h: float) -> PivotalDistribution:
        """Make the distribution from panels on both sides of an estimate of h."""
        distances = Distances(pivot)
        below, above = list(distances.panels_below(h)), list(distances.panels_above(h))
        panels = [*reversed(below), *above]
        G = np.concatenate([panel.G(panel.edges) for panel in panels])
        G = np.maximum.accumulate(np.clip(G, 0.0, 1.0))
        places = [np.append(panel.middles, panel.high) for panel in panels]
        log_Q = [panel.log_Q(at) for panel, at in zip(panels, places, strict=True)]
        first = panels[0]
        return cls(
            m=len(pivot.eigenvalues),
            h=distances.h_at(np.concatenate([[first.low], *places])),
            Q=np.exp(np.concatenate([[first.log_Q(first.low)], *log_Q])),
            probability=np.diff(G, prepend=0.0, append=1.0),
        )

    def interval(self, share: Share, level: float) -> tuple[float, float]:
        """The interval of θ = c(h) v, with the same probability on both sides."""
        c, tail = share(self.h), (1 - level) / 2
        if share.vanishes:
            c[c <= ALMOST_0 * c.max()] = 0
        a = c * self.Q
        start = np.log(a.max() / self.m)
        probability_of_0 = self.probability[a == 0].sum()

        def surplus_below(log_x: float) -> float:
            return self.probability @ chdtrc(self.m, a * np.exp(-log_x)) - tail

        def shortage_above(log_x: float) -> float:
            return tail - self.probability @ chdtr(self.m, a * np.exp(-log_x))

        return (
            0.0 if probability_of_0 >= tail else _root(surplus_below, start),
            0.0 if 1 - probability_of_0 <= tail else _root(shortage_above, start),
        )


@dataclass(frozen=True)
class Panel:
    """G and log Q between two distances from h = 0."""

    G: Chebyshev
    log_Q: Chebyshev

    @property
    def low(self) -> float:
        return self.G.domain[0]

    @property
    def high(self) -> float:
        return self.G.domain[1]

    @property
    def edges(self) -> np.ndarray:
        """Edges of the cells."""
        return np.linspace(self.low, self.high, CELLS + 1)

    @property
    def middles(self) -> np.ndarray:
        """Middles of the cells."""
        return (self.edges[1:] + self.edges[:-1]) / 2


class Distances:
    """Distances of every h from 0, by the information on h."""

    def __init__(self, pivot: Pivot):
        self.pivot = pivot
        magnification = pivot.profile.reduction.magnification
        logits = DENSE if magnification == 1 else np.concatenate([DENSE, DENSE_NEXT_TO_1])
        inside = h_at_logits(logits, pivot.last_h, magnification)
        grid = np.concatenate([[0.0], inside, [pivot.last_h]])
        distances = cumulative_trapezoid(_information(grid, pivot.eigenvalues), grid, initial=0)
        is_further = np.diff(distances, prepend=-1.0) > 0
        self.h_at: Callable = PchipInterpolator(distances[is_further], grid[is_further])
        self.length = float(distances[-1])

    def panels_below(self, h: float) -> Iterator[Panel]:
        """Downwards, until no probability is left."""
        here = self._distance(h)
        breaks = [*np.arange(here, 0.0, -PANEL), 0.0, *(k for k in self._kinks() if k < here)]
        for high, low in pairwise(np.unique(breaks)[::-1]):
            panel = self._panel(low, high)
            yield panel
            if panel.G(low) < NEGLIGIBLE:
                return

    def panels_above(self, h: float) -> Iterator[Panel]:
        """Upwards, until no probability is left."""
        here, end = self._distance(h), self.length
        breaks = [*np.arange(here, end, PANEL), end, *(k for k in self._kinks() if k > here)]
        for low, high in pairwise(np.unique(breaks)):
            panel = self._panel(low, high)
            yield panel
            if 1 - panel.G(high) < NEGLIGIBLE:
                return

    def _kinks(self) -> Iterator[float]:
        """The places where the divergence from an end is that of an alternative."""
        for end in (0.0, self.length):

            def excess(distance: float, end: float = end) -> float:
                h, h_of_end = self.h_at(distance), self.h_at(end)
                return self.pivot.divergence(float(h), float(h_of_end)) - DIVERGENCE

            if excess(self.length - end) > 0:
                yield scipy.optimize.brentq(excess, 0.0, self.length)

    def _distance(self, h: float) -> float:
        if self.h_at(self.length) <= h:
            return self.length
        return scipy.optimize.brentq(lambda distance: self.h_at(distance) - h, 0.0, self.length)

    def _panel(self, low: float, high: float) -> Panel:
        def G(distances: np.ndarray) -> np.ndarray:
            h = self.h_at(distances).tolist()
            return np.array([self.pivot.probability_of_less(each) for each in h])

        def log_Q(distances: np.ndarray) -> np.ndarray:
            profile, h = self.pivot.profile, self.h_at(distances).tolist()
            return np.log([residual_sum(profile.at(each)) for each in h])

        domain = [low, high]
        return Panel(
            Chebyshev.interpolate(G, DEGREE, domain),
            Chebyshev.interpolate(log_Q, DEGREE, domain),
        )


def _root(increasing: Callable[[float], float], start: float) -> float:
    """exp of where an increasing function is 0."""
    low = high = start
    while increasing(low) > 0:
        low -= 1
    while increasing(high) < 0:
        high += 1
    return float(np.exp(scipy.optimize.brentq(increasing, low, high, xtol=PRECISION)))


def _information(h: np.ndarray, eigenvalues: np.ndarray) -> np.ndarray:
    """ds/dh"""
    slopes = (eigenvalues - 1) / (1 + h[:, None] * (eigenvalues - 1))
    return np.sqrt(len(eigenvalues) * np.var(slopes, axis=1) / 2)


def interval_at(
    solution: GeneralizedLeastSquares, share: Share, level: float
) -> tuple[float, float]:
    """The interval of θ = c(h) v at a given h."""
    low, high = _quantiles(solution.profile, level)
    Q = residual_sum(solution)
    return share(solution.h) * Q / high, share(solution.h) * Q / low


def interval_at_any_h(profile: Profile, share: Share, level: float) -> tuple[float, float]:
    """The interval of θ = c(h) v where nothing is known of h: the union of those at each h."""
    steady = profile.reduction.definiteness.last_steady_h

    def a(h: float) -> float:
        return share(h) * residual_sum(profile.at(h))

    low, high = _quantiles(profile, level)
    return minimum(a, 0.0, steady) / high, -minimum(lambda h: -a(h), 0.0, steady) / low


def _quantiles(profile: Profile, level: float) -> tuple[float, float]:
    """Quantiles of χ² with m degrees of freedom."""
    m, tail = profile.residual_df, (1 - level) / 2
    return chdtri(m, 1 - tail), chdtri(m, tail)
