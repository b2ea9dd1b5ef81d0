"""The distribution of h, by the data and a prior: nodes and weights to average over.

Weights are the restricted likelihood times a prior that is the reference prior of h (Berger &
Bernardo 1992, Ye 1994), the root of the information in the error contrasts, and a tilt to small h,
the share of K in the geometric mean of their variances to the power of -a. With λᵢ the eigenvalues
of B among these,

    p(h) = √Σ (dᵢ − mean d)² (1 − (1 − h) / |V|^(1/m))⁻ᵃ,    dᵢ = (λᵢ − 1) / (hλᵢ + 1 − h),

which does not depend on the scale of K. With a = 0, intervals of 95 % hold up to 99 % of random
effects of a small h; a is chosen by coverage. Since h is bounded there is a distribution for every
sample, and at an estimate of 0, too.

Nodes are those of Gauss and Jacobi in z, where with C above all λ and ε below them

    exp z = (1 + Cγ) / (1 + εγ),    γ = h / (1 − h).

z is regular at both ends, and between them grows like the logit of h. A factor of |V| becomes
(C − λ) + (λ − ε) exp z, up to one that all λ have in common: what depends on h is analytic for
|Im z| < π whatever K is, so that few nodes do, and fewer still for predictions, which are
polynomials between those. The sum Φ of the logarithms of these factors gives the information

    p(z)² = Φ' − Φ'' − Φ'² / m

without the eigenvalues. Where K is singular, ε is next to 0; where it is indefinite, all this
holds for V(largest_h) in the place of B.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.polynomial import Legendre
from numpy.polynomial.chebyshev import chebpts1, chebvander
from scipy.special import roots_jacobi

from ..likelihood.profile import GeneralizedLeastSquares, Profile
from ..likelihood.search import last_below_a_spike

MIN_AND_MAX_NODES = 24, 96
"""The fewest and the most nodes of the quadrature."""
TILT = 0.125
"""The exponent a of the tilt to small h."""
NODES_PER_UNIT = 4
"""How many nodes the weights need for a range of 1 in z."""
MIN_AND_MAX_PREDICTIONS = 4, 20
"""Values of h at which predictions are computed."""
PRECISION_OF_PREDICTIONS = 1e-4
"""The largest error of polynomials between those, relative to the width of an interval."""
BOUNDS = (0.5, 0.2, 0.1, 0.03, 0.01, 1e-3, 1e-4, 1e-6)
"""What is tried for ε, where K is positive definite."""
MIN_BOUND = 1e-9
"""ε where all of `BOUNDS` are too large."""
NEGLIGIBLE = 14.0
"""Below the largest logarithm of the density."""
MAX_ROUNDS = 8
SHRINKS = 0.8
"""A range of nodes that grows shorter by less is taken."""
NO_INFORMATION = 1e-9
"""For each contrast: a likelihood with less does not depend on h, but by rounding."""


@dataclass(frozen=True)
class HeritabilityDistribution:
    """What the data say of the h of a trait.

    Attributes
    ----------
    profile : Profile
    h, v, probability : ndarray of shape (k,)
        At every node, on the scale of the reduction.
    solutions : tuple of j GeneralizedLeastSquares
        At the h for which predictions are computed.
    interpolation : ndarray of shape (k, j)
        From there to the nodes.
    """

    profile: Profile
    h: np.ndarray
    v: np.ndarray
    probability: np.ndarray
    solutions: tuple[GeneralizedLeastSquares, ...]
    interpolation: np.ndarray

    @classmethod
    def known(cls, solution: GeneralizedLeastSquares) -> HeritabilityDistribution:
        """A distribution of which all lies at one h."""
        h, v, one = np.array([solution.h]), np.array([solution.v]), np.ones(1)
        return cls(solution.profile, h, v, one, (solution,), np.eye(1))

    @classmethod
    def from_profile(cls, profile: Profile) -> HeritabilityDistribution | None:
        """The distribution by the restricted likelihood; None where that has no maximum."""
        restricted = profile.restricted()
        axis = Axis.from_profile(restricted)
        if axis.end <= 0:
            return None
        nodes = Nodes.between(0.0, axis.end, axis, restricted)
        for _ in range(MAX_ROUNDS):
            low, high = nodes.where_it_matters()
            n_nodes = int(np.clip(NODES_PER_UNIT * (high - low), *MIN_AND_MAX_NODES))
            if high - low > SHRINKS * (nodes.high - nodes.low) and n_nodes <= len(nodes.z):
                break
            nodes = Nodes.between(low, high, axis, restricted, n_nodes)
        matters = nodes.log_density > -NEGLIGIBLE
        few, interpolation = _chebyshev(nodes.low, nodes.high, nodes.z[matters])
        probability = nodes.quadrature[matters] * np.exp(nodes.log_density[matters])
        return cls(
            restricted,
            h=axis.h_at(nodes.z[matters]),
            v=nodes.v[matters],
            probability=probability / probability.sum(),
            solutions=tuple(map(restricted.at, axis.h_at(few).tolist())),
            interpolation=interpolation,
        )


@dataclass(frozen=True)
class Axis:
    """z, between 0 and its end.

    Attributes
    ----------
    above, below : float
        C and ε
    """

    largest_h: float
    above: float
    below: float
    end: float

    @classmethod
    def from_profile(cls, profile: Profile) -> Axis:
        """The axis for a restricted likelihood, up to where it rises without bound."""
        reduction = profile.reduction
        definiteness, above = reduction.definiteness, 1 + reduction.norm
        last, below = definiteness.largest_h, MIN_BOUND
        if definiteness.margin:
            last = min(last_below_a_spike(profile), definiteness.last_steady_h)
        else:
            below = next((bound for bound in BOUNDS if reduction.exceeds(bound)), below)
        share = last / definiteness.largest_h
        end = np.log((1 + share * (above - 1)) / (1 - share * (1 - below)))
        return cls(definiteness.largest_h, above, below, float(end))

    def common(self, z: np.ndarray) -> np.ndarray:
        """The factor of 1 − h that all contrasts have in common, inverted."""
        return (self.above - 1) + (1 - self.below) * np.exp(z)

    def h_at(self, z: np.ndarray) -> np.ndarray:
        """h at z, from 0 to the largest h."""
        return self.largest_h * np.minimum(np.expm1(z) / self.common(z), 1.0)

    def slope(self, z: np.ndarray) -> np.ndarray:
        """dh/dz"""
        inside = np.exp(z) * (self.above - self.below)
        return self.largest_h * inside / self.common(z) ** 2


@dataclass(frozen=True)
class Nodes:
    """The density of z between two places.

    Attributes
    ----------
    z, quadrature, v, log_density : ndarray of shape (k,)
        Quadrature weights hold the factor z^-a of the density where z starts at 0, as those of
        Gauss and Jacobi. The largest log density is 0.
    """

    low: float
    high: float
    z: np.ndarray
    quadrature: np.ndarray
    v: np.ndarray
    log_density: np.ndarray

    @classmethod
    def between(
        cls,
        low: float,
        high: float,
        axis: Axis,
        profile: Profile,
        n_nodes: int = MIN_AND_MAX_NODES[0],
    ) -> Nodes:
        """Nodes between two values of z, each with its restricted likelihood."""
        power = TILT if low == 0 else 0.0
        places, quadrature = _gauss_jacobi(n_nodes, power)
        z = low + (high - low) / 2 * (1 + places)
        h, m = axis.h_at(z), profile.residual_df
        log_likelihood, logdet, v = np.transpose([_numbers(profile.at(at)) for at in h.tolist()])
        Phi = Legendre.fit(z, logdet + m * np.log(axis.common(z)), n_nodes - 1, domain=[low, high])
        first, second = Phi.deriv()(z), Phi.deriv(2)(z)
        information = first - second - first**2 / m
        if information.max() <= NO_INFORMATION * m:
            log_prior = np.log(axis.slope(z))
        else:
            log_prior = np.log(np.maximum(information, NO_INFORMATION**2)) / 2
            log_prior -= TILT * np.log(_share_of_relationships(profile, h, logdet))
        log_density = log_likelihood + log_prior + power * np.log(z)
        return cls(low, high, z, quadrature, v, log_density - log_density.max())

    def where_it_matters(self) -> tuple[float, float]:
        """The places of the last node before the density and of the first after it."""
        inside = np.flatnonzero(self.log_density > -NEGLIGIBLE)
        edges = np.concatenate([[self.low], self.z, [self.high]])
        return float(edges[inside[0]]), float(edges[inside[-1] + 2])


def _numbers(solution: GeneralizedLeastSquares) -> tuple[float, float, float]:
    """ℓ, log|V| + log|X'V⁻¹X| and v, without the factor."""
    logdet = solution.factor.logdet + 2 * np.log(np.abs(np.diagonal(solution.R))).sum()
    return solution.log_likelihood, logdet, solution.v


def _n_predictions(length: float) -> int:
    """How many, by Bernstein's ellipse in the strip |Im z| < π."""
    axis = 2 * np.pi / length
    digits = -np.log(PRECISION_OF_PREDICTIONS) / np.log(axis + np.hypot(axis, 1))
    return int(np.clip(np.ceil(digits), *MIN_AND_MAX_PREDICTIONS))


@lru_cache
def _gauss_jacobi(n_nodes: int, power: float) -> tuple[np.ndarray, np.ndarray]:
    """Nodes and weights for integrals over [-1, 1] of a function times (1 + x)^-power."""
    return roots_jacobi(n_nodes, 0.0, -power)


def _share_of_relationships(profile: Profile, h: np.ndarray, logdet: np.ndarray) -> np.ndarray:
    """1 − (1 − h) / |V|^(1/m), in an error contrast; where K is indefinite, of what exceeds it."""
    noise = np.log1p(-h / profile.reduction.definiteness.largest_h)
    return np.maximum(-np.expm1(noise - logdet / profile.residual_df), np.finfo(float).eps)


def _chebyshev(low: float, high: float, z: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Few Chebyshev points, and the matrix that takes values there to their polynomial at z."""
    n = _n_predictions(high - low)
    points, places = chebpts1(n), (2 * z - low - high) / (high - low)
    coefficients = 2 / n * chebvander(points, n - 1).T
    coefficients[0] /= 2
    return (low + high) / 2 + (high - low) / 2 * points, chebvander(places, n - 1) @ coefficients
