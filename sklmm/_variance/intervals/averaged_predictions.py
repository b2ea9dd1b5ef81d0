"""Predictions averaged over h: intervals that take in that h was estimated.

Given h, and with the density 1/v for v, what is predicted has a t distribution with m = n − p
degrees of freedom around its BLUP, whose scale is the root of its error variance. Averaged over
h these are a mixture (Harville & Carriquiry 1992), with weights by the restricted likelihood
times a prior that is the reference prior of h (Berger & Bernardo 1992, Ye 1994), the root of the
information in the error contrasts, and a tilt to small h, the share of K in the geometric mean of
their variances to the power of -a. With λᵢ the eigenvalues of B among these,

    p(h) = √Σ (dᵢ − mean d)² (1 − (1 − h) / |V|^(1/m))⁻ᵃ,    dᵢ = (λᵢ − 1) / (hλᵢ + 1 − h),

which does not depend on the scale of K. With a = 0, intervals of 95 % hold up to 99 % of random
effects of a small h; a is chosen by coverage. Since h is bounded there is a mixture for every
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
from scipy.special import gammaln, roots_jacobi, stdtr, stdtrit

from ..likelihood.estimate import Estimate
from ..likelihood.profile import GeneralizedLeastSquares, Profile
from ..likelihood.search import last_below_a_spike
from ..prediction import RotatedRows, error_variances_at, mark_not_estimable

MIN_AND_MAX_NODES = 24, 96
TILT = 0.125
"""a"""
NODES_PER_UNIT = 4
"""How many nodes the weights need for a range of 1 in z."""
MIN_AND_MAX_PREDICTIONS = 4, 20
"""Values of h at which predictions are computed."""
PRECISION_OF_PREDICTIONS = 1e-4
"""The largest error of polynomials between those, relative to the width of an interval."""
BOUNDS = (0.5, 0.2, 0.1, 0.03, 0.01, 1e-3, 1e-4, 1e-6)
MIN_BOUND = 1e-9
NEGLIGIBLE = 14.0
"""Below the largest logarithm of the density."""
MAX_ROUNDS = 8
SHRINKS = 0.8
"""A range of nodes that grows shorter by less is taken."""
NO_INFORMATION = 1e-9
LAST_STEP = 1e-5
"""A step of Newton's method, in standard deviations, after which about its square is left."""
ROUNDING = 1e-13
MAX_STEPS = 100
MIN_SCALE = 1e-12
"""The scale of a component that is a point, relative to the largest of its row."""


@dataclass(frozen=True)
class HeritabilityDistribution:
    """What the data say of the h of a trait.

    Attributes
    ----------
    profile : Profile
    df : int
        n − p
    h, v, probability : ndarray of shape (k,)
        At every node, on the scale of the reduction.
    h_of_predictions : ndarray of shape (j,)
        Where predictions are computed.
    interpolation : ndarray of shape (k, j)
        From there to the nodes.
    """

    profile: Profile
    df: int
    h: np.ndarray
    v: np.ndarray
    probability: np.ndarray
    h_of_predictions: np.ndarray
    interpolation: np.ndarray

    @classmethod
    def known(cls, solution: GeneralizedLeastSquares) -> HeritabilityDistribution:
        """A distribution of which all lies at one h."""
        h, v, one = np.array([solution.h]), np.array([solution.v]), np.ones(1)
        return cls(solution.profile, solution.profile.residual_df, h, v, one, h, np.eye(1))

    @classmethod
    def from_profile(cls, profile: Profile) -> HeritabilityDistribution | None:
        """The distribution by the restricted likelihood; None where that has no maximum."""
        restricted = profile.restricted()
        scale = Scale.from_profile(restricted)
        if scale.end <= 0:
            return None
        nodes = Nodes.between(0.0, scale.end, scale, restricted)
        for _ in range(MAX_ROUNDS):
            low, high = nodes.where_it_matters()
            n_nodes = int(np.clip(NODES_PER_UNIT * (high - low), *MIN_AND_MAX_NODES))
            if high - low > SHRINKS * (nodes.high - nodes.low) and n_nodes <= len(nodes.z):
                break
            nodes = Nodes.between(low, high, scale, restricted, n_nodes)
        low, high = nodes.low, nodes.high
        matters = nodes.log_density > -NEGLIGIBLE
        few = _chebyshev_points(_n_predictions(high - low), low, high)
        probability = nodes.quadrature[matters] * np.exp(nodes.log_density[matters])
        return cls(
            restricted,
            restricted.residual_df,
            h=scale.to_h(nodes.z[matters]),
            v=nodes.v[matters],
            probability=probability / probability.sum(),
            h_of_predictions=scale.to_h(few),
            interpolation=_interpolation(few, nodes.z[matters]),
        )


@dataclass(frozen=True)
class Scale:
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
    def from_profile(cls, profile: Profile) -> Scale:
        """The scale for a restricted likelihood, up to where it rises without bound."""
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

    def to_h(self, z: np.ndarray) -> np.ndarray:
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
        scale: Scale,
        profile: Profile,
        n_nodes: int = MIN_AND_MAX_NODES[0],
    ) -> Nodes:
        """Nodes between two values of z, each with its restricted likelihood."""
        power = TILT if low == 0 else 0.0
        places, quadrature = _gauss_jacobi(n_nodes, power)
        z = low + (high - low) / 2 * (1 + places)
        h, m = scale.to_h(z), profile.residual_df
        log_likelihood, logdet, v = np.transpose([_numbers(profile.at(at)) for at in h.tolist()])
        Phi = Legendre.fit(
            z, logdet + m * np.log(scale.common(z)), n_nodes - 1, domain=[low, high]
        )
        first, second = Phi.deriv()(z), Phi.deriv(2)(z)
        information = first - second - first**2 / m
        if information.max() <= NO_INFORMATION * m:
            log_prior = np.log(scale.slope(z))
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


@dataclass(frozen=True)
class AveragedPredictions:
    """The mixture for x b + u and for u, in the first axis, at every row.

    Attributes
    ----------
    df : int
    probability, noise : ndarray of shape (k,)
        Of each node: its weight, and the variance of the noise.
    centers, variances : ndarray of shape (2, m, k)
        BLUPs, and the variances of their errors.
    """

    df: int
    probability: np.ndarray
    noise: np.ndarray
    centers: np.ndarray
    variances: np.ndarray

    @classmethod
    def from_distribution(
        cls,
        distribution: HeritabilityDistribution,
        estimate: Estimate,
        trait: int,
        rows: RotatedRows,
    ) -> AveragedPredictions:
        """Average one trait."""
        m = len(rows.prior)
        centers, variances = np.empty((2, 2, m, len(distribution.h_of_predictions)))
        for place, h in enumerate(distribution.h_of_predictions.tolist()):
            solution, s = distribution.profile.at(h), estimate.model.reduction.coefficient_of_K(h)
            variances[..., place] = error_variances_at(solution, s, rows)
            u = s * (solution.V_inverse_r()[:, 0] @ rows.k)
            b = estimate.model.least_squares[trait] + solution.b
            centers[..., place] = b @ rows.x + u, u
        variances = np.maximum(variances @ distribution.interpolation.T, 0)
        mark_not_estimable(variances[0], rows)
        return cls(
            distribution.df,
            distribution.probability,
            noise=distribution.v * (1 - distribution.h),
            centers=centers @ distribution.interpolation.T,
            variances=variances,
        )

    def part(self, of: str) -> tuple[np.ndarray, np.ndarray]:
        """Centers and variances of "mean", "random_effect" or "observation"."""
        row = int(of == "random_effect")
        noise = self.noise if of == "observation" else 0.0
        return self.centers[row], self.variances[row] + noise

    def interval(self, of: str, level: float) -> np.ndarray:
        """Quantiles of the mixture, of shape (2, m)."""
        centers, variances = self.part(of)
        tail = (1 - level) / 2
        ends = np.empty((2, len(centers)))
        ends[:] = [[-np.inf], [np.inf]]
        known = np.isfinite(variances).all(axis=1)
        centers, deviations = centers[known], np.sqrt(variances[known])
        ends[0, known] = _quantiles(tail, self.df, self.probability, centers, deviations)
        ends[1, known] = -_quantiles(tail, self.df, self.probability, -centers, deviations)
        return ends

    def mean_squared_error(self, of: str, predictions: np.ndarray) -> np.ndarray:
        """The mean squared error of other predictions: variances, and distances from BLUPs."""
        centers, variances = self.part(of)
        return (variances + (centers - predictions[:, None]) ** 2) @ self.probability


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


def _chebyshev_points(n: int, low: float, high: float) -> np.ndarray:
    angles = np.pi * (np.arange(n) + 0.5) / n
    return (low + high) / 2 - (high - low) / 2 * np.cos(angles)


def _interpolation(nodes: np.ndarray, places: np.ndarray) -> np.ndarray:
    """A matrix from values at Chebyshev points to those of their polynomial, barycentric."""
    n = len(nodes)
    barycentric = (-1.0) ** np.arange(n) * np.sin(np.pi * (np.arange(n) + 0.5) / n)
    distance = places[:, None] - nodes
    hits = distance == 0
    terms = barycentric / np.where(hits, 1.0, distance)
    return np.where(hits.any(axis=1, keepdims=True), hits, terms / terms.sum(axis=1)[:, None])


def _quantiles(
    share: float, df: int, probability: np.ndarray, centers: np.ndarray, deviations: np.ndarray
) -> np.ndarray:
    """Quantiles of mixtures of t distributions, one a row, by Newton's method in a bracket."""
    t = stdtrit(df, share)
    ends = centers + t * deviations
    low, high = ends.min(axis=1), ends.max(axis=1)
    mean = centers @ probability
    spread = deviations**2 + (centers - mean[:, None]) ** 2
    quantiles = (mean + t * np.sqrt(spread @ probability)).clip(low, high)
    largest = deviations.max(axis=1)
    scales = np.maximum(deviations, MIN_SCALE * largest[:, None])
    active = np.flatnonzero(high - low > ROUNDING * largest)
    for _ in range(MAX_STEPS):
        if not active.size:
            break
        x = quantiles[active]
        distance = (x[:, None] - centers[active]) / scales[active]
        surplus = stdtr(df, distance) @ probability - share
        density = (_t_density(df, distance) / scales[active]) @ probability
        low[active] = np.where(surplus < 0, x, low[active])
        high[active] = np.where(surplus < 0, high[active], x)
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            step_to = x - surplus / density
        is_inside = (step_to >= low[active]) & (step_to <= high[active])
        step_to = np.where(is_inside, step_to, (low[active] + high[active]) / 2)
        quantiles[active] = step_to
        is_last = is_inside & (np.abs(step_to - x) <= LAST_STEP * largest[active])
        active = active[~is_last & (high[active] - low[active] > ROUNDING * largest[active])]
    return quantiles


def _t_density(df: int, z: np.ndarray) -> np.ndarray:
    constant = gammaln((df + 1) / 2) - gammaln(df / 2) - np.log(df * np.pi) / 2
    return np.exp(constant - (df + 1) / 2 * np.log1p(z**2 / df))
