"""Predictions averaged over h: intervals that take in that h was estimated.

Given h, and with the density 1/v for v, what is predicted has a t distribution with m = n − p
degrees of freedom around its BLUP, whose scale is the root of its error variance. Averaged over
h these are a mixture (Harville & Carriquiry 1992), whose weights `heritability_distribution` has.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import gammaln, stdtr, stdtrit

from ..likelihood.estimate import Estimate
from ..prediction import RotatedRows, error_variances_at, mark_not_estimable
from .heritability_distribution import HeritabilityDistribution

LAST_STEP = 1e-5
"""A step of Newton's method, in standard deviations, after which about its square is left."""
ROUNDING = 1e-13
"""The width of a bracket, in standard deviations, that has no digits to be gained."""
MAX_STEPS = 100
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
            distribution.profile.residual_df,
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
