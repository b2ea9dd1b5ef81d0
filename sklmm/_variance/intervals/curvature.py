"""How sure are h and v? From the curvature of the profile likelihood, and from its height.

With ν the degrees of freedom of v, n − p for REML and n for ML,

    2 [ℓ(h, v̂(h)) − ℓ(h, v)] = ν (log x + 1/x − 1),    x = v / v̂(h),

so that the profile ℓ(h) and v̂(h) say all that there is to know of (h, v). Around the profile
log v has the variance 2/ν, and along it d log v̂/dh = −a'Da / r'V⁻¹r. For θ = c(h) v

    var θ̂ = 2θ̂²/ν + (dθ/dh)² var ĥ,    var ĥ = −1 / ℓ''(ĥ).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy.optimize
from scipy.special import lambertw
from scipy.stats import chi2

from ..likelihood.profile import GeneralizedLeastSquares, Profile
from ..likelihood.search import nodes_below_a_spike

RELATIVE_STEP = 1e-3
"""The step of a difference quotient, whose error is proportional to its fourth power."""
PRECISION = 1e-12
NODES_OF_A_RANGE = 33
SERIES_BELOW = 1e-6
"""Lambert's W is computed by its series next to its branch point."""


@dataclass(frozen=True)
class Share:
    """c(h) = at_0 + (at_1 − at_0) h, of a parameter θ = c(h) v."""

    at_0: float
    at_1: float

    def __call__(self, h: Any) -> Any:
        return self.at_0 * (1 - h) + self.at_1 * h

    @property
    def vanishes(self) -> bool:
        """Whether the share vanishes at an end."""
        return 0 in (self.at_0, self.at_1)


def likelihood_drop(level: float) -> float:
    """Half a quantile of χ²: how far below its maximum a likelihood interval reaches."""
    return float(chi2.ppf(level, 1)) / 2


def variance_of_h(profile: Profile, h: float) -> float:
    """−1/ℓ'' at a maximum; nan at an end of the range, where ℓ' is not 0."""
    step = RELATIVE_STEP * min(h, profile.reduction.definiteness.largest_h - h)
    if step <= 0:
        return np.nan
    far_below, below, above, far_above = (profile.score(h + k * step) for k in (-2, -1, 1, 2))
    curvature = (8 * (above - below) - (far_above - far_below)) / (12 * step)
    return -1 / curvature if curvature < 0 else np.nan


def variance_of_parameter(solution: GeneralizedLeastSquares, var_h: float, share: Share) -> float:
    """var θ̂ for θ = c(h) v, given var ĥ."""
    c, v, slope_of_c = share(solution.h), solution.v, share.at_1 - share.at_0
    slope = (slope_of_c - c * solution.residual_slope()) * v
    return 2 * (c * v) ** 2 / solution.profile.degrees_of_freedom + slope**2 * var_h


def likelihood_interval(maximum: GeneralizedLeastSquares, drop: float) -> tuple[float, float]:
    """The first and the last h whose likelihood is at most `drop` below the maximum."""
    profile = maximum.profile
    nodes = np.unique(np.append(nodes_below_a_spike(profile), maximum.h))

    def surplus(h: float) -> float:
        if h == maximum.h:
            return drop
        return profile.at(h).log_likelihood - maximum.log_likelihood + drop

    return first_place(surplus, nodes), first_place(surplus, nodes[::-1])


def likelihood_interval_of_parameter(
    maximum: GeneralizedLeastSquares, drop: float, share: Share, h_interval: tuple[float, float]
) -> tuple[float, float]:
    """The θ = c(h) v for which some likelihood is at most `drop` below the maximum.

    In the h of their likelihood interval v reaches from x₁v̂(h) to x₂v̂(h), the solutions of
    log x + 1/x − 1 = 2 [ℓ(h) − ℓ(ĥ) + drop] / ν.
    """
    df = maximum.profile.degrees_of_freedom

    def reach(h: float, branch: int) -> float:
        solution = maximum.profile.at(h)
        surplus = max(solution.log_likelihood - maximum.log_likelihood + drop, 0.0)
        return share(h) * solution.v / _reciprocal(2 * surplus / df, branch)

    return (
        minimum(lambda h: reach(h, -1), *h_interval),
        -minimum(lambda h: -reach(h, 0), *h_interval),
    )


def _reciprocal(excess: float, branch: int) -> float:
    """y = 1/x with y − log y − 1 = excess: above 1 for branch −1, below for branch 0."""
    if excess < SERIES_BELOW:
        root = (2 * branch + 1) * np.sqrt(-2 * np.expm1(-excess))
        return 1 - root + root**2 / 3 - 11 * root**3 / 72
    return -lambertw(-np.exp(-1 - excess), branch).real


def first_place(function: Callable[[float], float], nodes: Iterable[float]) -> float:
    """The first place along the nodes where a function is not negative."""
    before = None
    for node in nodes:
        if function(node) >= 0:
            break
        before = node
    if before is None:
        return float(node)
    return scipy.optimize.brentq(function, before, node, xtol=PRECISION, rtol=PRECISION)


def minimum(function: Callable[[float], float], low: float, high: float) -> float:
    """The smallest value of a function of h in an interval."""
    nodes = np.linspace(low, high, NODES_OF_A_RANGE if low < high else 1)
    values = [function(node) for node in nodes]
    best = int(np.argmin(values))
    inside = scipy.optimize.minimize_scalar(
        function,
        bounds=(nodes[max(best - 1, 0)], nodes[min(best + 1, len(nodes) - 1)]),
        method="bounded",
        options={"xatol": PRECISION},
    )
    return float(min(values[best], inside.fun))
