"""Exact inference for h, from the error contrasts, the part of y that is free of X b.

Let U'X = 0, U'U = I, and let λ be the m = n − p eigenvalues of U'BU. In the basis of its
eigenvectors z = U'y has independent elements of variance v dᵢ(h), dᵢ(h) = hλᵢ + 1 − h. With
uᵢ² = zᵢ² / v dᵢ(h), independent χ² of one degree of freedom at the true h, the ratio of
residual sums Q(h) = Σ zᵢ² / dᵢ(h) = r'V⁻¹r at two points

    R = Q(h₁) / Q(h) = Σ wᵢuᵢ² / Σ uᵢ²,    wᵢ = dᵢ(h) / dᵢ(h₁),

has, if h is true, a distribution that depends on h, h₁ and λ alone: it is a pivot, and the most
powerful one against h₁ (King 1987). Those h are a confidence set of exactly the level asked for
for which R is not too small, neither with an h₁ above h nor with one below. Harville & Fenech
(1985) and Burch & Iyer (1997) take a ratio of two groups of contrasts in its place.

The alternatives are those at a divergence of 4 from h, which is two standard errors where the
likelihood is a parabola:

    D(h, h₁) = m log (Σ wᵢ / m) − Σ log wᵢ.

The ratio of restricted likelihoods has such a distribution, too (Crainiceanu & Ruppert 2004):

    RLR(h) = m log (Σ uᵢ² / Σ uᵢ²/dᵢ(h)) − Σ log dᵢ(h)    if h = 0 is true.
"""

from __future__ import annotations

import numpy as np
import scipy.linalg
import scipy.optimize
import scipy.special

from ..likelihood import grid
from ..likelihood.profile import Profile, residual_sum
from ..likelihood.search import first_logits
from .curvature import PRECISION, first_place
from .quadratic_forms import probability_below_zero

DIVERGENCE = 4.0
"""How far an alternative is from h; nearer to an end its tail gets less than half of the error."""
MIN_DIVERGENCE = 1e-12
"""The mean over contrasts, from h = 0 to its end, below which no h is better than another."""
SIMULATIONS_AT_A_TIME = 500


class Pivot:
    """What the data say of an h by ratios of residual sums.

    Parameters
    ----------
    profile : Profile
    eigenvalues : ndarray of shape (m,)
        Of the error contrasts.

    Attributes
    ----------
    last_h : float
        Up to which rounding does no harm.
    """

    def __init__(self, profile: Profile, eigenvalues: np.ndarray):
        self.profile = profile
        self.eigenvalues = eigenvalues
        definiteness = profile.reduction.definiteness
        self.last_h = definiteness.last_steady_h
        self._largest_h = definiteness.largest_h

    def says_nothing(self) -> bool:
        """Whether all contrasts have nearly the same variance: no h is better than another."""
        enough = MIN_DIVERGENCE * len(self.eigenvalues)
        return self.divergence(0.0, self.last_h) <= enough

    def interval(self, level: float) -> tuple[float, float]:
        """The first h that is not too small, and the last that is not too large.

        In the other order, if there is none that is neither. Where V is singular at the end,
        that is not excluded if the last h before it is not.
        """
        nodes = np.minimum(self.profile.h_at_logits(first_logits(self.profile)), self.last_h)
        error = 1 - level

        def is_large_enough(h: float) -> float:
            return self.probability_beyond(h, self.last_h) - error * (1 - self.share_below(h))

        def is_small_enough(h: float) -> float:
            return self.probability_beyond(h, 0.0) - error * self.share_below(h)

        ends = first_place(is_large_enough, nodes), first_place(is_small_enough, nodes[::-1])
        low, high = (self._largest_h if h >= self.last_h else h for h in sorted(ends))
        return low, high

    def probability_beyond(self, h: float, end: float) -> float:
        """The probability of a smaller R than that of the data, with h₁ on the way to an end.

        It is small where the data speak for an h in this direction.
        """
        other = self._alternative(h, end)
        R = residual_sum(self.profile.at(other)) / residual_sum(self.profile.at(h))
        return probability_below_zero(self._variance_ratios(h, other) - R)

    def share_below(self, h: float) -> float:
        """The share of the error that falls to h that are excluded as too large.

        Half in the middle; none at 0 and all at the end, where nothing is beyond.
        """
        from_0, from_end = (
            min(1.0, np.sqrt(self.divergence(h, end) / DIVERGENCE)) for end in (0.0, self.last_h)
        )
        return from_0 / (from_0 + from_end)

    def probability_of_less(self, h: float) -> float:
        """The probability that data speak for a lower h than these do, if this h is true.

        By the alternatives on both sides, in proportion to the room on each.
        """
        from_0, from_end = self.divergence(h, 0.0), self.divergence(h, self.last_h)
        by_lower = 1 - self.probability_beyond(h, 0.0)
        by_higher = self.probability_beyond(h, self.last_h)
        return (from_0 * by_lower + from_end * by_higher) / (from_0 + from_end)

    def _alternative(self, h: float, end: float) -> float:
        """h₁"""
        if self.divergence(h, end) <= DIVERGENCE:
            return end

        def excess(other: float) -> float:
            return self.divergence(h, other) - DIVERGENCE

        return scipy.optimize.brentq(excess, h, end, xtol=PRECISION, rtol=PRECISION)

    def divergence(self, h: float, other: float) -> float:
        """D(h, h₁)"""
        ratios = self._variance_ratios(h, other)
        m = len(ratios)
        return max(0.0, m * np.log(ratios.sum() / m) - np.log(ratios).sum())

    def _variance_ratios(self, h: float, other: float) -> np.ndarray:
        return (1 + h * (self.eigenvalues - 1)) / (1 + other * (self.eigenvalues - 1))


def simulate_likelihood_ratios(
    eigenvalues: np.ndarray, largest_h: float, n_simulations: int, rng: np.random.RandomState
) -> np.ndarray:
    """2 [max ℓ(h) − ℓ(0)] of the restricted likelihood, in samples for which h = 0 is true."""
    h = grid.h_at_logits(grid.SIMULATED, largest_h)
    d = 1 + h[:, None] * (eigenvalues - 1)
    logdets = np.log(d).sum(axis=1)
    ratios = np.empty(n_simulations)
    for first in range(0, n_simulations, SIMULATIONS_AT_A_TIME):
        part = ratios[first : first + SIMULATIONS_AT_A_TIME]
        squares = rng.standard_normal((len(part), len(eigenvalues))) ** 2
        residual_sums = squares @ (1 / d.T)
        log_shrinkage = np.log(residual_sums[:, :1] / residual_sums)
        part[:] = _summits(len(eigenvalues) * log_shrinkage - logdets)
    return ratios


def _summits(values: np.ndarray) -> np.ndarray:
    """The largest value of each row, between its nodes by a parabola."""
    rows, best = np.arange(len(values)), values.argmax(axis=1)
    inside = np.clip(best, 2, values.shape[1] - 2)
    left, middle, right = (values[rows, inside + k] for k in (-1, 0, 1))
    curvature = np.where(inside == best, left - 2 * middle + right, -np.inf)
    return values[rows, best] - (right - left) ** 2 / (8 * np.minimum(curvature, -1e-300))
