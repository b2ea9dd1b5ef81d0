"""Predictions averaged over h: intervals that take in that h was estimated.

Given h, and with the density 1/v for v, what is predicted has a t distribution with m = n − p
degrees of freedom around its BLUP, whose scale is the root of its error variance. Averaged over
h these are a mixture (Harville & Carriquiry 1992), whose weights `heritability_distribution` has.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import gammaln, ndtr, stdtr, stdtrit

from ..likelihood.estimate import Estimate
from ..prediction import RotatedRows, error_variances_over_h
from .heritability_distribution import HeritabilityDistribution

LAST_STEP = 1e-5
"""A step of Newton's method, in t and in standard deviations, that leaves about its square."""
ROUNDING = 1e-13
"""The width of a bracket, in standard deviations, that has no digits to be gained."""
MANY_DF = 30
"""From where on Hill's approximation is good to 1e-8 of a probability of 1e-6."""
MIN_SCALE = 1e-12
"""The scale of a component that is a point, relative to the largest of its row."""


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
        diagonal: np.ndarray,
    ) -> AveragedPredictions:
        """Average one trait, with the diagonal of K among the rows."""
        model, solutions = estimate.model, distribution.solutions
        centers = np.empty((2, len(diagonal), len(solutions)))
        for place, solution in enumerate(solutions):
            s = model.reduction.coefficient_of_K(solution.h)
            u = s * (solution.V_inverse_r()[:, 0] @ rows.k)
            centers[..., place] = model.coefficients(solution.b, trait) @ rows.x + u, u
        return cls(
            distribution.profile.residual_df,
            distribution.probability,
            noise=distribution.v * (1 - distribution.h),
            centers=centers @ distribution.interpolation.T,
            variances=error_variances_over_h(
                model.reduction, solutions, distribution.interpolation, rows, diagonal
            ),
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


def _quantiles(
    share: float, df: int, probability: np.ndarray, centers: np.ndarray, deviations: np.ndarray
) -> np.ndarray:
    """Quantiles of mixtures of t distributions, one a row, by Newton's method in a bracket.

    Probabilities are compared as quantiles of t, in which those of a mixture are nearly linear.
    """
    t = stdtrit(df, share)
    ends = centers + t * deviations
    low, high = ends.min(axis=1), ends.max(axis=1)
    mean = centers @ probability
    spread = deviations**2 + (centers - mean[:, None]) ** 2
    quantiles = (mean + t * np.sqrt(spread @ probability)).clip(low, high)
    largest = deviations.max(axis=1)
    scales = np.maximum(deviations, MIN_SCALE * largest[:, None])
    lengths = high - low
    active = np.flatnonzero(lengths > ROUNDING * largest)
    while active.size:
        x = quantiles[active]
        distance = (x[:, None] - centers[active]) / scales[active]
        t_here = stdtrit(df, _t_distribution(df, distance) @ probability)
        density = (_t_density(df, distance) / scales[active]) @ probability
        low[active] = np.where(t_here < t, x, low[active])
        high[active] = np.where(t_here < t, high[active], x)
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            step_to = x - (t_here - t) * _t_density(df, t_here) / density
        is_inside = (step_to >= low[active]) & (step_to <= high[active])
        is_near, length = np.abs(t_here - t) <= LAST_STEP, np.abs(step_to - x)
        goes_on = is_near | (length > ROUNDING * largest[active])
        converges = is_inside & goes_on & (length <= lengths[active] / 2)
        step_to = np.where(converges, step_to, (low[active] + high[active]) / 2)
        lengths[active] = np.abs(step_to - x)
        quantiles[active] = step_to
        is_last = converges & is_near & (length <= LAST_STEP * largest[active])
        has_width = high[active] - low[active] > ROUNDING * largest[active]
        active = active[~is_last & has_width & (lengths[active] > 0)]
    return quantiles


def _t_distribution(df: int, z: np.ndarray) -> np.ndarray:
    """P(t ≤ z), for many degrees of freedom by a normal deviate (Hill 1970, algorithm 395)."""
    if df < MANY_DF:
        return stdtr(df, z)
    a = df - 0.5
    b = 48 * a**2
    x = a * np.log1p(z**2 / df)
    polynomial = ((-0.4 * x - 3.3) * x - 24) * x - 85.5
    deviate = np.sqrt(x) * ((polynomial / (0.8 * x**2 + 100 + b) + x + 3) / b + 1)
    return ndtr(np.copysign(deviate, z))


def _t_density(df: int, z: np.ndarray) -> np.ndarray:
    constant = gammaln((df + 1) / 2) - gammaln(df / 2) - np.log(df * np.pi) / 2
    return np.exp(constant - (df + 1) / 2 * np.log1p(z**2 / df))
