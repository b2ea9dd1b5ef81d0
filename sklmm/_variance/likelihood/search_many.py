"""The search over h for many traits at once, where B is diagonal.

For a diagonal B all that the likelihood of a trait asks for is sums over the samples. At
the same h for all traits these are matrix products, so that every trait is evaluated on a
fine grid; the last digits come from the secant method on the score, at an h of its own for
every trait. A trait whose profile is not a plain one (several maxima near the best, none
at all) is left to `search`.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import scipy.special
from numpy.polynomial.polynomial import polyder, polyval, polyvander
from sklearn.utils import gen_batches

from ..linalg.threads import map_batches
from ..reductions.base import Reduction
from .grid import FINE, FINE_INNER, FINE_STEP, FLAT, WITHOUT_ROUNDING, h_at_logits
from .profile import degrees_of_freedom
from .search import (
    MAX_STEPS,
    MIN_GROWTH,
    NEAR_THE_BEST,
    STEP_OF_THE_LAST_DIGITS,
    may_hide_next_to_1,
    size_of_steps,
)
from .solutions import Solutions

TRAITS_ON_THE_GRID = 256
NUMBERS_IN_CACHE = 2**17
REACH = 6
"""Nodes on either side of a peak through which a polynomial is laid. It places h to 1e-9
or so and knows the curvature to 1e-6."""
STEP_OF_THE_POLYNOMIAL = 1e-8
"""A first step from the polynomial's summit that is as small as this is the last."""
COEFFICIENTS_FROM_VALUES = np.linalg.inv(polyvander(np.arange(-REACH, REACH + 1), 2 * REACH))
STEPS_TO_A_SUMMIT = 6
"""Of Newton's method, from the node with the largest value: each doubles the digits."""


class TraitProfiles:
    """The likelihoods of several traits as functions of h.

    Parameters
    ----------
    reduction : Reduction
    diagonal : ndarray of shape (n,)
        B
    X : ndarray of shape (n, p)
    Y : ndarray of shape (n, n_traits)
        As in `Profile`.
    method : {"reml", "ml"}
    """

    def __init__(
        self,
        reduction: Reduction,
        diagonal: np.ndarray,
        X: np.ndarray,
        Y: np.ndarray,
        method: str,
    ):
        self.reduction = reduction
        self.X = X
        self.Y = np.ascontiguousarray(Y.T)
        self.n_traits = len(self.Y)
        self.is_restricted = method == "reml"
        self.df = degrees_of_freedom(reduction, X, method)
        self._identity_and_B = np.column_stack([np.ones(reduction.n), diagonal])
        self._X_and_zero = np.pad(X, ((0, 0), (0, 1))).T
        self._derivative = diagonal - 1
        self._first, self._second = np.triu_indices(X.shape[1])
        self._products = X[:, self._first] * X[:, self._second]
        self._product_derivatives = self._products * self._derivative[:, None]

    def on_grid(self, h: np.ndarray) -> np.ndarray:
        """Log-likelihoods of all traits at every h, of shape (len(h), n_traits)."""
        precisions = self._precisions(h)
        roots = np.linalg.inv(np.linalg.cholesky(self._symmetric(precisions @ self._products)))
        constants = _sum_of_logs(precisions)
        if self.is_restricted:
            constants += 2 * np.log(np.diagonal(roots, axis1=1, axis2=2)).sum(axis=1)
        p = self.X.shape[1]
        whitened_X = (roots @ (self.X.T * precisions[:, None])).reshape(len(h) * p, len(self.X))
        values = np.empty((len(h), self.n_traits))

        def evaluate(traits: slice) -> None:
            Y = self.Y[traits]
            squares = precisions @ (Y**2).T
            explained = (whitened_X @ Y.T).reshape(len(h), p, len(Y))
            squares -= np.sum(explained**2, axis=1)
            with np.errstate(divide="ignore", invalid="ignore"):
                log_v = np.log(2 * np.pi * squares / self.df)
            values[:, traits] = -(self.df * (log_v + 1) - constants[:, None]) / 2

        map_batches(evaluate, gen_batches(self.n_traits, TRAITS_ON_THE_GRID))
        return values

    def may_hide_next_to_1(self, logits: np.ndarray, values: np.ndarray) -> np.ndarray:
        """Whether a maximum may hide next to 1, as in `search`, of shape (n_traits,)."""
        return may_hide_next_to_1(self.reduction, self.X, logits, values)

    def scores(self, h: np.ndarray, traits: np.ndarray) -> np.ndarray:
        """dℓ/dh of some of the traits, each at its own h."""
        parts = map_batches(
            lambda batch: self._score(h[batch], traits[batch]), self._batches(traits)
        )
        return np.concatenate([np.empty(0), *parts])

    def solve(self, h: np.ndarray, traits: np.ndarray, solutions: Solutions) -> None:
        """Solve for b and v of some of the traits, each at its own h, and set them."""

        def solve(batch: slice) -> None:
            some, precisions = traits[batch], self._precisions(h[batch])
            weighted = self.Y[some]
            XVX, _, solutions.b[some] = self._solve(precisions, weighted)
            solutions.V_inverse_r[:, some] = weighted.T
            logdets = -_sum_of_logs(precisions)
            if self.is_restricted:
                logdets += np.linalg.slogdet(XVX)[1]
            v, _ = self._variance(h[batch], np.square(weighted, out=precisions))
            with np.errstate(divide="ignore"):
                of_residuals = self.df * (np.log(2 * np.pi * v) + 1)
            solutions.v[some] = v
            solutions.log_likelihood[some] = -(of_residuals + logdets) / 2

        solutions.h[traits] = h
        map_batches(solve, self._batches(traits))

    def _score(self, h: np.ndarray, traits: np.ndarray) -> np.ndarray:
        precisions, weighted = self._precisions(h), self.Y[traits]
        _, covariance, _ = self._solve(precisions, weighted)
        v, v_derivative = self._variance(h, np.square(weighted, out=weighted))
        with np.errstate(divide="ignore", invalid="ignore"):
            slope = precisions @ self._derivative - v_derivative / v
        if self.is_restricted:
            np.square(precisions, out=precisions)
            XVDVX = self._symmetric(precisions @ self._product_derivatives)
            slope -= np.einsum("tij,tji->t", covariance, XVDVX)
        return -slope / 2

    def _solve(
        self, precisions: np.ndarray, Y: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """X'V⁻¹X, its inverse and b; V⁻¹r takes the place of Y."""
        XVX = self._symmetric(precisions @ self._products)
        covariance = np.linalg.inv(XVX)
        Y *= precisions
        b = np.einsum("tij,tj->ti", covariance, Y @ self.X)
        fitted = np.pad(b, ((0, 0), (0, 1))) @ self._X_and_zero
        fitted *= precisions
        Y -= fitted
        return XVX, covariance, b

    def _variance(self, h: np.ndarray, squares: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """v = r'V⁻¹r / df and −dr'V⁻¹r/dh = r'V⁻¹(B − I)V⁻¹r, from the squares of V⁻¹r."""
        identity, B = (squares @ self._identity_and_B).T
        return ((1 - h) * identity + h * B) / self.df, B - identity

    def _precisions(self, h: np.ndarray) -> np.ndarray:
        """The diagonal of V⁻¹, of shape (len(h), n)."""
        precisions = np.column_stack([1 - h, h]) @ self._identity_and_B.T
        return np.reciprocal(precisions, out=precisions)

    def _batches(self, traits: np.ndarray) -> Iterable[slice]:
        size = max(1, NUMBERS_IN_CACHE // self.Y.shape[1])
        return gen_batches(len(traits), size) if len(traits) else ()

    def _symmetric(self, upper: np.ndarray) -> np.ndarray:
        """Matrices of shape (k, p, p) from the entries of their upper triangles."""
        p = self.X.shape[1]
        matrices = np.empty((len(upper), p, p))
        matrices[:, self._first, self._second] = upper
        matrices[:, self._second, self._first] = upper
        return matrices


def _sum_of_logs(precisions: np.ndarray) -> np.ndarray:
    """Over the samples, from products of eight: a logarithm costs as much as they do.

    Every precision is between 1e-7 and 1e17, their products far from overflow.
    """
    n_products = precisions.shape[1] // 8
    whole, rest = precisions[:, : 8 * n_products], precisions[:, 8 * n_products :]
    for _ in range(3):
        first, second = np.split(whole, 2, axis=1)
        whole = first * second
    return np.log(whole).sum(axis=1) + np.log(rest).sum(axis=1)


def maximize_many(profiles: TraitProfiles) -> np.ndarray:
    """The h of the global maximum of every trait, nan where `search` has to find it."""
    definiteness = profiles.reduction.definiteness
    nodes = h_at_logits(FINE, definiteness.largest_h)
    nodes = nodes[nodes <= definiteness.last_steady_h]
    values = profiles.on_grid(nodes)
    plain = np.ones(profiles.n_traits, dtype=bool)
    if not definiteness.is_resolved:
        plain = ~profiles.may_hide_next_to_1(FINE[: len(nodes)], values)
    if definiteness.margin:
        values = _without_spikes(profiles, values)
    found = np.full(values.shape[1], np.nan)
    plain &= _is_plain(values)
    peak = values.argmax(axis=0)
    lower, upper = (np.flatnonzero(plain & (peak == end)) for end in (0, len(nodes) - 1))
    found[lower] = np.where(profiles.scores(np.zeros(len(lower)), lower) <= 0, 0.0, np.nan)
    steady = np.full(len(upper), definiteness.last_steady_h)
    is_highest = profiles.scores(steady, upper) >= 0
    found[upper] = np.where(is_highest, definiteness.largest_h, np.nan)
    first = int(np.searchsorted(FINE, FINE_INNER[0]))
    inner = (peak >= first + REACH) & (peak < first + len(FINE_INNER) - REACH)
    traits = np.flatnonzero(plain & inner)
    around = values[peak[traits] + np.arange(-REACH, REACH + 1)[:, None], traits]
    is_smooth = np.isfinite(around).all(axis=0)
    traits, around = traits[is_smooth], around[:, is_smooth]
    found[traits] = _climb(profiles, traits, nodes, around, peak[traits])
    return found


def _without_spikes(profiles: TraitProfiles, values: np.ndarray) -> np.ndarray:
    """Values, -inf where a likelihood rises to infinity at the singular upper end."""
    definiteness = profiles.reduction.definiteness
    steady = definiteness.last_steady_h
    rising = np.flatnonzero(values[-1] > values[-2])
    growth = profiles.scores(np.full(len(rising), steady), rising)
    is_spike = np.zeros(values.shape[1], dtype=bool)
    is_spike[rising] = growth * (definiteness.largest_h - steady) > MIN_GROWTH
    falls = values[1:] < values[:-1]
    foot = len(values) - 1 - falls[::-1].argmax(axis=0)
    foot[~falls.any(axis=0)] = 0
    beyond = np.arange(len(values))[:, None] > foot
    return np.where(beyond & is_spike, -np.inf, values)


def _is_plain(values: np.ndarray) -> np.ndarray:
    """Whether a profile has one peak near its best value, and is not flat."""
    best = values.max(axis=0)
    padded = np.pad(values, ((1, 1), (0, 0)), constant_values=-np.inf)
    is_peak = (values >= padded[:-2]) & (values >= padded[2:]) & (values >= best - NEAR_THE_BEST)
    is_single = is_peak.sum(axis=0) == 1
    steady = values[: np.searchsorted(FINE, WITHOUT_ROUNDING, side="right")]
    steady = np.where(np.isfinite(steady), steady, best)
    with np.errstate(invalid="ignore"):
        is_curved = np.ptp(steady, axis=0) > FLAT * np.maximum(1, np.abs(steady).max(axis=0))
    return is_single & is_curved & np.isfinite(best)


def _climb(
    profiles: TraitProfiles,
    traits: np.ndarray,
    nodes: np.ndarray,
    around: np.ndarray,
    peak: np.ndarray,
) -> np.ndarray:
    """The root of the score of each trait next to its peak, nan where the secant misses it."""
    h, curvature = _summits(profiles, around, peak)
    low, high = nodes[peak - 1], nodes[peak + 1]
    found = np.full(len(traits), np.nan)
    active = np.flatnonzero((low < h) & (h < high) & (curvature < 0))
    score = profiles.scores(h[active], traits[active])
    for steps_before in range(MAX_STEPS):
        step = -score / curvature[active]
        h[active] += step
        enough = STEP_OF_THE_LAST_DIGITS if steps_before else STEP_OF_THE_POLYNOMIAL
        is_found = np.abs(step) <= enough * size_of_steps(h[active])
        found[active[is_found]] = h[active[is_found]]
        goes_on = ~is_found & (low[active] < h[active]) & (h[active] < high[active])
        active, step, previous = active[goes_on], step[goes_on], score[goes_on]
        if not active.size:
            break
        score = profiles.scores(h[active], traits[active])
        curvature[active] = (score - previous) / step
    return found


def _summits(
    profiles: TraitProfiles, around: np.ndarray, peak: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """h and the curvature in h at the maximum of a polynomial through the values around a peak."""
    slope = polyder(COEFFICIENTS_FROM_VALUES @ (around - around[REACH]))
    bend = polyder(slope)
    place = np.zeros(len(peak))
    for _ in range(STEPS_TO_A_SUMMIT):
        place -= polyval(place, slope, tensor=False) / polyval(place, bend, tensor=False)
    logit = FINE[peak] + FINE_STEP * place
    largest = profiles.reduction.definiteness.largest_h
    steepness = largest * scipy.special.expit(logit) * scipy.special.expit(-logit)
    curvature = polyval(place, bend, tensor=False) / (FINE_STEP * steepness) ** 2
    return h_at_logits(logit, largest), curvature
