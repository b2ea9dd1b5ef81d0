"""The search over h: bracket over the whole interval, then polish to full precision.

Values of the likelihood place h to about half the digits of a float; the root of the
score gives all of them. The end points are answers in their own right.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import scipy.linalg
import scipy.special
from numpy.polynomial import Polynomial

from ..reductions.base import Reduction
from .grid import (
    COARSE,
    COARSE_NEXT_TO_1,
    END,
    END_NEXT_TO_1,
    FLAT,
    LAST_STEADY,
    LAST_WITH_ROUNDING,
    WITHOUT_ROUNDING,
)
from .profile import GeneralizedLeastSquares, Profile

REFINEMENTS = 3
"""How often intervals are halved: to less than half a unit of logit h."""
NEAR_THE_BEST = 3.0
"""Only where the likelihood comes this near to the best value can a higher one hide."""
NEXT_TO_AN_END = 1e-9
"""Nearer to an end point that is a maximum itself, nothing else is one."""
MIN_GROWTH = 0.25
"""Tells apart 0 and ½, the least growth where there is one, and forgives rounding."""
GROWTH_OF_V = 100
"""It is 1 where v has a limit, and a thousand where it has none."""
MAX_STEPS = 100
"""More than bisection takes to the last digit."""
NULLITY_IS_WHOLE = 0.1
"""Nullities are whole numbers, from which what is computed is this far at most."""
SAME = 1e-11
"""Relative differences of likelihoods that are rounding."""
STEP_OF_THE_LAST_DIGITS = 1e-10
"""After a secant step as small as this, what is left is rounding. The first step, along a
polynomial through values, is no secant."""

LITTLE_NOISE = 0.01
"""1 − h below which steps are judged beside it."""


class Maximum(NamedTuple):
    """The highest point of the profile likelihood.

    Attributes
    ----------
    solution : GeneralizedLeastSquares
        At the maximum.
    flat : bool
        The likelihood is the same at every h, which is then not identified.
    unbounded : bool
        The likelihood has no maximum inside and rises without bound at the upper end.
    """

    solution: GeneralizedLeastSquares
    flat: bool = False
    unbounded: bool = False


class UnresolvedError(ValueError):
    """The maximum may lie so near to a singular V that rounding errors of K would decide."""


def maximize(profile: Profile) -> Maximum:
    """The global maximum on [0, largest_h].

    Where the profile is unbounded at a singular upper end, the highest of its local maxima
    is taken, if it has one.

    Raises
    ------
    UnresolvedError
        If it is to be looked for where the null space of K is resolved.
    """
    logits = first_logits(profile)
    values = _evaluate(profile, logits)
    if _is_flat(values[logits <= WITHOUT_ROUNDING]):
        return Maximum(profile.at(0.0), flat=True)
    is_resolved = profile.reduction.definiteness.is_resolved
    if not is_resolved and may_hide_next_to_1(profile.reduction, profile.X, logits, values):
        raise UnresolvedError
    if np.isinf(values[-1]):
        logits, values = _below_the_spike(profile, *_finely(profile, logits, values))
        if len(values) == 1:
            return Maximum(profile.at(profile.h_at_logits(np.inf)), unbounded=True)
    for _ in range(REFINEMENTS):
        logits, values = _halve(profile, logits, values, NEAR_THE_BEST)
    maxima = [profile.at(_local_maximum(profile, logits, values, peak)) for peak in _peaks(values)]
    highest = max(maxima, key=lambda solution: solution.log_likelihood)
    if _ends_highest(profile, logits, values, highest.log_likelihood):
        return Maximum(profile.at(profile.h_at_logits(np.inf)))
    is_at_the_end = highest.h > profile.reduction.definiteness.last_regular_h
    if is_at_the_end and not (is_resolved or profile.settles):
        raise UnresolvedError
    return Maximum(highest)


def first_logits(profile: Profile) -> np.ndarray:
    """Logits of h from end to end, with further ones next to 1 if these are resolved."""
    if profile.reduction.magnification == 1:
        return COARSE
    return np.concatenate([COARSE[:-1], COARSE_NEXT_TO_1, [np.inf]])


def _ends_highest(profile: Profile, logits: np.ndarray, values: np.ndarray, best: float) -> bool:
    """Whether an upper end without rounding errors is as high as anything but rounding."""
    lowest = best - SAME * max(1.0, abs(best))
    has_end = profile.reduction.definiteness.null_space_is_exact and np.isinf(logits[-1])
    return has_end and values[-1] >= lowest


def may_hide_next_to_1(
    reduction: Reduction, X: np.ndarray, logits: np.ndarray, values: np.ndarray
) -> Any:
    """Whether a maximum may lie where rounding errors disturb a likelihood, or many.

    It does not if the likelihood falls to the last of the logits at which they do little harm, and
    far below the best, nor if the fixed effects span the null space of K: V is then singular along
    them alone, on which a restricted likelihood does not depend, and beyond which a full one has
    no other maximum.

    Parameters
    ----------
    values : ndarray of shape (n_nodes,) or (n_nodes, n_traits)
        At the logits of h.
    """
    steady = values[logits <= LAST_STEADY]
    late = values[(logits >= LAST_WITH_ROUNDING) & (logits <= LAST_STEADY)]
    is_low = late[-1] < steady.max(axis=0) - NEAR_THE_BEST
    falls = is_low & (late[1:] < late[:-1]).all(axis=0)
    if falls.all() or _is_spanned(reduction, X):
        return np.zeros_like(falls)
    return ~falls


def _is_spanned(reduction: Reduction, X: np.ndarray) -> bool:
    """Whether the null space of K lies within the fixed effects."""
    h = reduction.definiteness.last_steady_h
    trace_of_inverse = reduction.n - h * reduction.factor(h).logdet_slope()
    nullity = (1 - h) * trace_of_inverse
    sizes = scipy.linalg.svdvals(reduction.multiply(X)) if X.size else np.empty(0)
    return abs(nullity - np.sum(sizes <= reduction.rounding)) < NULLITY_IS_WHOLE


def nodes_below_a_spike(profile: Profile) -> np.ndarray:
    """Values of h from end to end, or to the foot of a rise without bound."""
    logits = first_logits(profile)
    values = _evaluate(profile, logits)
    if np.isinf(values[-1]):
        logits, _ = _below_the_spike(profile, *_finely(profile, logits, values))
    return profile.h_at_logits(logits)


def last_below_a_spike(profile: Profile) -> float:
    """The largest h, or the foot of a rise without bound to it."""
    largest = profile.reduction.definiteness.largest_h
    if not is_unbounded(profile.at(largest)):
        return largest
    return float(nodes_below_a_spike(profile)[-1])


def is_unbounded(solution: GeneralizedLeastSquares) -> bool:
    """Whether ℓ rises like −c log(largest_h − h), c ≥ ½, where V becomes singular."""
    return _logarithmic_growth(solution) > MIN_GROWTH


def is_impossible(solution: GeneralizedLeastSquares) -> bool:
    """Whether ℓ falls like c log(largest_h − h), c ≥ ½, where V becomes singular."""
    return _logarithmic_growth(solution) < -MIN_GROWTH


def has_no_limit(solution: GeneralizedLeastSquares) -> bool:
    """Whether v grows like 1 / (largest_h − h) where V becomes singular: K vanishes beside X."""
    profile, definiteness = solution.profile, solution.profile.reduction.definiteness
    if solution.h <= definiteness.last_regular_h:
        return False
    return solution.v > GROWTH_OF_V * profile.at(definiteness.last_steady_h).v


def _logarithmic_growth(solution: GeneralizedLeastSquares) -> float:
    """c, or 0 where V is regular."""
    definiteness = solution.profile.reduction.definiteness
    if solution.h <= definiteness.last_regular_h:
        return 0.0
    distance = definiteness.largest_h - definiteness.last_steady_h
    return solution.profile.steady_score * distance


def _evaluate(profile: Profile, logits: np.ndarray) -> np.ndarray:
    return np.array([_value(profile.at(h)) for h in profile.h_at_logits(logits)])


def _value(solution: GeneralizedLeastSquares) -> float:
    return np.inf if is_unbounded(solution) else solution.log_likelihood


def _is_flat(values: np.ndarray) -> bool:
    return np.ptp(values) <= FLAT * max(1.0, np.abs(values).max())


def _halve(
    profile: Profile, logits: np.ndarray, values: np.ndarray, near: float
) -> tuple[np.ndarray, np.ndarray]:
    """Halve the intervals in which a value above the best one could hide."""
    worth = np.maximum(values[:-1], values[1:]) >= values[np.isfinite(values)].max() - near
    is_magnified = profile.reduction.magnification > 1
    last = END_NEXT_TO_1 if is_magnified else END
    finite_logits = np.clip(logits, -END, last)
    middles = ((finite_logits[:-1] + finite_logits[1:]) / 2)[worth]
    places = np.flatnonzero(worth) + 1
    added = _evaluate(profile, middles)
    return np.insert(logits, places, middles), np.insert(values, places, added)


def _finely(
    profile: Profile, logits: np.ndarray, values: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Add three nodes in each interval."""
    for _ in range(2):
        logits, values = _halve(profile, logits, values, np.inf)
    return logits, values


def _below_the_spike(
    profile: Profile, logits: np.ndarray, values: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """The nodes up to the one from which the likelihood rises to infinity.

    Between nodes that rise it may fall: it does where the slope at one of them is negative.
    """
    falling = np.flatnonzero(np.diff(values) < 0)
    foot = falling[-1] + 1 if falling.size else 0
    rising = np.flatnonzero(np.isfinite(logits) & np.isfinite(values))
    for node in rising[rising > foot][::-1]:
        if profile.score(float(profile.h_at_logits(logits[node]))) < 0:
            foot = int(node)
            break
    return logits[: foot + 1], values[: foot + 1]


def _peaks(values: np.ndarray) -> np.ndarray:
    """The nodes near the best that are local maxima; at an end one neighbor is enough."""
    padded = np.concatenate([[-np.inf], values, [-np.inf]])
    is_peak = (values >= padded[:-2]) & (values >= padded[2:])
    return np.flatnonzero(is_peak & (values >= values.max() - NEAR_THE_BEST))


def _local_maximum(profile: Profile, logits: np.ndarray, values: np.ndarray, peak: int) -> float:
    """The h with the largest likelihood near a node; an end point is returned exactly."""
    last = len(logits) - 1
    low, h, high = profile.h_at_logits(logits[[max(peak - 1, 0), peak, min(peak + 1, last)]])
    is_inside = low < h < high
    if is_inside:
        h = _climb(profile, low, high, *_summit(profile, logits, values, peak))
    definiteness = profile.reduction.definiteness
    # A node next to an end can tie with it, and only the slope tells which is higher.
    if h <= NEXT_TO_AN_END / profile.reduction.magnification and profile.score(0.0) <= 0:
        return 0.0
    is_at_the_end = h >= definiteness.largest_h * (1 - NEXT_TO_AN_END)
    if is_at_the_end and profile.steady_score >= 0 and not _falls_again(profile):
        return definiteness.largest_h
    return h if is_inside else _climb(profile, low, high, (low + high) / 2, curvature=0.0)


def _falls_again(profile: Profile) -> bool:
    """Whether there is a maximum between a steady h and an upper end without rounding errors."""
    definiteness = profile.reduction.definiteness
    if not definiteness.null_space_is_exact:
        return False
    end, steady = (profile.at(h) for h in (definiteness.largest_h, definiteness.last_steady_h))
    return end.log_likelihood < steady.log_likelihood


def _summit(
    profile: Profile, logits: np.ndarray, values: np.ndarray, peak: int
) -> tuple[float, float]:
    """h and the curvature in h at the maximum of a polynomial through the nodes around a peak."""
    around = np.arange(max(peak - 2, 0), min(peak + 3, len(logits)))
    around = around[np.isfinite(logits[around])]
    is_polynomial_good = np.isin([peak - 1, peak, peak + 1], around).all()
    if not is_polynomial_good:
        return float(profile.h_at_logits(logits[peak])), 0.0
    polynomial = Polynomial.fit(logits[around], values[around], len(around) - 1)
    slope = polynomial.deriv()
    roots = slope.roots()
    roots = roots[np.isreal(roots)].real
    roots = roots[(roots > logits[peak - 1]) & (roots < logits[peak + 1])]
    if not roots.size:
        return float(profile.h_at_logits(logits[peak])), 0.0
    summit = max(roots, key=polynomial)
    h = float(profile.h_at_logits(summit))
    steepness = h * scipy.special.expit(np.log(profile.reduction.magnification) - summit)
    return h, slope.deriv()(summit) / steepness**2


def size_of_steps(h: Any) -> Any:
    """What small steps are small beside: next to h = 1 the noise variance has its digits, too."""
    return np.minimum(1.0, (1 - h) / LITTLE_NOISE)


def _climb(profile: Profile, low: float, high: float, h: float, curvature: float) -> float:
    """The root of the score in (low, high), by the secant method.

    Every step stays inside the shrinking bracket on which the score changes sign, and
    halves it where the secant would leave it.
    """
    score = profile.score(h)
    is_magnified = profile.reduction.magnification > 1
    for steps_before in range(MAX_STEPS):
        low, high = (h, high) if score > 0 else (low, h)
        step_to = h - score / curvature if curvature < 0 else np.nan
        if step_to == h:
            break
        if not low < step_to < high:
            step_to = (low + high) / 2
        step, h = step_to - h, step_to
        size = min(h, 1 - h) if is_magnified else size_of_steps(h)
        if steps_before and abs(step) <= STEP_OF_THE_LAST_DIGITS * size:
            break
        previous, score = score, profile.score(h)
        curvature = (score - previous) / step
    return h
