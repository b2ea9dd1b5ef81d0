"""The search over h: bracket over the whole interval, then polish to full precision.

Values of the likelihood place h to about half the digits of a float; the root of the
score gives all of them. The end points are answers in their own right.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .profile import GeneralisedLeastSquares, Profile
from .reduction import SINGULAR_MARGIN

FIRST_NODES = 13
REFINEMENTS = 2
NEAR_THE_BEST = 3.0
"""Only where the likelihood comes this near to the best value can a higher one hide."""
FLAT = 1e-9
"""A profile that varies by less than this, relative to its value, does not identify h."""
MAX_POLISHING_STEPS = 100


@dataclass(frozen=True)
class Maximum:
    """The highest point of the profile likelihood.

    Attributes
    ----------
    solution : GeneralisedLeastSquares
        At the maximum.
    flat : bool
        The likelihood is the same at every h, which is then not identified.
    unbounded : bool
        The likelihood has no maximum inside and rises without bound at the upper end.
    """

    solution: GeneralisedLeastSquares
    flat: bool = False
    unbounded: bool = False


def maximise(profile: Profile) -> Maximum:
    """The global maximum on [0, largest_h].

    The first nodes are Chebyshev's, dense towards both ends. Where the profile is
    unbounded at a singular upper end, the highest of its local maxima is taken.
    """
    definiteness = profile.reduction.definiteness
    upper = profile.at(definiteness.largest_h)
    unbounded = definiteness.singular and is_unbounded(upper)

    angles = np.linspace(0, np.pi, FIRST_NODES)
    inner = [profile.log_likelihood(h) for h in _to_h(angles[:-1], definiteness.largest_h)]
    values = np.append(inner, np.inf if unbounded else upper.log_likelihood)
    finite = values[np.isfinite(values)]
    if np.ptp(finite) <= FLAT * max(1.0, np.abs(finite).max()):
        return Maximum(profile.at(0.0), flat=True)

    for _ in range(REFINEMENTS):
        angles, values = _refine(profile, angles, values, definiteness.largest_h)
    maxima = [
        _climb(profile, *bracket)
        for bracket in _brackets(_to_h(angles, definiteness.largest_h), values)
    ]
    if not maxima:
        return Maximum(upper, unbounded=True)
    return Maximum(max(maxima, key=lambda solution: solution.log_likelihood))


def is_unbounded(upper: GeneralisedLeastSquares) -> bool:
    """Whether ℓ rises like −c log(largest_h − h), c ≥ ½, towards a singular upper end."""
    return _logarithmic_growth(upper) > 0.25


def is_impossible(upper: GeneralisedLeastSquares) -> bool:
    """Whether ℓ falls like c log(largest_h − h), c ≥ ½, towards a singular upper end."""
    return _logarithmic_growth(upper) < -0.25


def _logarithmic_growth(upper):
    return upper.score() * upper.h * SINGULAR_MARGIN


def _to_h(angles, largest_h):
    return largest_h * (1 - np.cos(angles)) / 2


def _refine(profile, angles, values, largest_h):
    """Halve the intervals in which a value above the best one could hide."""
    best = values[np.isfinite(values)].max()
    worth = np.maximum(values[:-1], values[1:]) > best - NEAR_THE_BEST
    middles = ((angles[:-1] + angles[1:]) / 2)[worth]
    added = [profile.log_likelihood(h) for h in _to_h(middles, largest_h)]
    places = np.flatnonzero(worth) + 1
    return np.insert(angles, places, middles), np.insert(values, places, added)


def _brackets(nodes, values):
    """(low, middle, high) around every node that is a local maximum near the best.

    At an end point that is higher than its neighbour, middle is the end point itself.
    """
    best = values[np.isfinite(values)].max()
    padded = np.concatenate([[-np.inf], values, [-np.inf]])
    is_peak = (values >= padded[:-2]) & (values >= padded[2:]) & np.isfinite(values)
    for i in np.flatnonzero(is_peak & (values > best - NEAR_THE_BEST)):
        yield nodes[max(i - 1, 0)], nodes[i], nodes[min(i + 1, len(nodes) - 1)]


def _climb(profile, low, start, high):
    """The local maximum in [low, high], by the secant method on the score.

    Every step stays inside the shrinking bracket [low, high] on which the score changes
    sign, and halves it where the secant would leave it. An end point from which the
    profile does not rise is returned as it is.
    """
    h, solution = start, profile.at(start)
    score = solution.score()
    if (h == low and score <= 0) or (h == high and score >= 0):
        return solution
    previous_h, previous_score = None, None
    for _ in range(MAX_POLISHING_STEPS):
        low, high = (h, high) if score > 0 else (low, h)
        curvature = (
            (score - previous_score) / (h - previous_h) if previous_h is not None else 0.0
        )
        step_to = h - score / curvature if curvature < 0 else np.nan
        if not low < step_to < high:
            step_to = (low + high) / 2
        previous_h, previous_score = h, score
        h, solution = step_to, profile.at(step_to)
        if abs(h - previous_h) <= 1e-10:
            break
        score = solution.score()
    return solution
