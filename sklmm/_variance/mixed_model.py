"""The model before h is chosen, and the ways to choose it.

One K and X, and one trait or several, each with an h of its own.
"""

from __future__ import annotations

from copy import copy
from dataclasses import replace
from functools import cached_property
from typing import NamedTuple, cast

import numpy as np
from sklearn.utils import gen_batches

from . import loo
from .contrasts import contrast_eigenvalues
from .estimate import Estimate, rescale
from .fixed_effects import FixedEffects
from .null_space import MAGNIFICATION, turn_fixed_effects
from .profile import Profile
from .reduction import LEAST_NOISE, HasSpectrum, Reduction
from .search import (
    Maximum,
    UnresolvedError,
    has_no_limit,
    is_impossible,
    is_unbounded,
    maximise,
)
from .simultaneous import SimultaneousProfiles, maximise_together
from .spectral import SpectralReduction
from .threads import map_batches

TRAITS_IN_CACHE = 128
GOLDEN_RATIO = (1 + 5**0.5) / 2
DIGITS_AT_A_TIME = 3
"""Traits next to h = 1 whose 1 − h agree within so many share a scale."""
FEW_FIXED_EFFECTS = 20
"""With more, the products of all pairs of them are too many for a search in common."""


class ImpossibleHeritabilityError(ValueError):
    """V has no density at this h: it is singular or has a negative eigenvalue."""

    def __init__(self, h: float):
        super().__init__(f"V has no density at h={h}")
        self.h = h


class Part(NamedTuple):
    """Of some of the traits, on a scale of their own where they are next to h = 1."""

    traits: np.ndarray
    estimate: Estimate


class MixedModel:
    """y = X b + e with var(e) = v [h K + (1 − h) I], before h is chosen.

    Parameters
    ----------
    reduction : Reduction
        Of K.
    fixed_effects : FixedEffects
        X, of rank below n.
    Y : ndarray of shape (n, n_traits)
    method : {"reml", "ml"}
    """

    def __init__(
        self, reduction: Reduction, fixed_effects: FixedEffects, Y: np.ndarray, method: str
    ):
        self.fixed_effects = fixed_effects
        self.method = method
        self.least_squares, self.residuals, self.is_exact = _residualise(Y, fixed_effects)
        self.reduction, self.X, self.Y = reduction.rotate_data(fixed_effects.basis, self.residuals)
        self.fingerprint = _sum_in_order(Y)

    @property
    def n_traits(self) -> int:
        return self.Y.shape[1]

    def profile(self, trait: int) -> Profile:
        """The likelihood of one trait."""
        return Profile(self.reduction, self.X, self.Y[:, trait, None], self.method)

    @cached_property
    def contrast_eigenvalues(self) -> np.ndarray:
        """Of B among the error contrasts, the combinations of y that are free of X b."""
        eigenvalues = contrast_eigenvalues(self.reduction, self.X)
        if self.reduction.definiteness.is_exact:
            eigenvalues[eigenvalues <= self.reduction.rounding] = 0
        return eigenvalues

    def of_traits(self, traits: np.ndarray) -> MixedModel:
        """The same for some of the traits."""
        model = self._without_cache()
        model.reduction = self.reduction.of_traits(traits)
        model.Y, model.residuals = self.Y[:, traits], self.residuals[:, traits]
        model.least_squares = self.least_squares[traits]
        model.is_exact, model.fingerprint = self.is_exact[traits], self.fingerprint[traits]
        return model

    @cached_property
    def resolved(self) -> MixedModel:
        """The same where rounding errors in the null space of K do no harm next to h = 1."""
        if self.reduction.definiteness.is_resolved:
            return self
        reduction = self.reduction.resolve()
        X = turn_fixed_effects(reduction, self.X)
        return self._on(reduction, X, reduction.turn(self.Y))

    def magnified(self, magnification: float = MAGNIFICATION) -> MixedModel:
        """The same where a float has digits of 1 − h next to h = 1."""
        reduction = self.resolved.reduction.magnify(magnification)
        return self._on(reduction, self.resolved.X, self.resolved.Y)

    def _on(self, reduction, X, Y):
        model = self._without_cache()
        model.reduction, model.X, model.Y = reduction, X, Y
        return model

    def _without_cache(self):
        model = copy(self)
        for kept in ("contrast_eigenvalues", "resolved"):
            vars(model).pop(kept, None)
        return model

    def estimate(self) -> list[Part]:
        """At the h that maximises the likelihood; at 0 where y = X b exactly."""
        h = self._search_together()
        estimate, next_to_1 = self._estimate_at(h), []
        for trait in np.flatnonzero(np.isnan(h)).tolist():
            try:
                estimate.set(trait, self._maximum(trait))
            except UnresolvedError:
                next_to_1.append(trait)
        if not next_to_1:
            return [Part(np.arange(self.n_traits), estimate)]
        magnified = self.magnified()
        found = {trait: magnified._maximum(trait) for trait in next_to_1}
        rest = np.ones(self.n_traits)
        rest[next_to_1] = [1 - maximum.solution.h for maximum in found.values()]
        parts = []
        rest = rescale(rest, 1 / magnified.reduction.mean_diagonal)
        for traits, model in self._on_their_scales(rest):
            part = Part(traits, estimate.of_traits(traits, model))
            factor = magnified.reduction.mean_diagonal / model.reduction.mean_diagonal
            for place in np.flatnonzero(np.isin(traits, next_to_1)).tolist():
                maximum = found[traits[place]]
                solution = model.profile(place).at(rescale(maximum.solution.h, factor))
                part.estimate.set(place, replace(maximum, solution=solution))
            parts.append(part)
        return parts

    def _estimate_at(self, h):
        """At an h for each trait, to be filled in where that is nan."""
        if np.isnan(h).all():
            return Estimate.empty(self)
        profiles = SimultaneousProfiles(self.reduction, self.X, self.Y, self.method)
        return Estimate.of_simultaneous(self, profiles.at(np.nan_to_num(h)))

    def estimate_by_leave_one_out(self) -> list[Part]:
        """At the h that minimises the squared errors of leave-one-out; at 0 where y = X b."""
        S, eigenvalues = cast(HasSpectrum, self.reduction).spectrum()
        curve = loo.LeaveOneOutCurve(S, eigenvalues, self.fixed_effects.basis, self.residuals)
        h = loo.minimise(curve, self.reduction.definiteness)
        parts = []
        for traits, model in self._on_their_scales(1 - np.nan_to_num(h)):
            factor = model.reduction.scale / self.reduction.scale
            own_h = rescale(h[traits], factor)
            estimate = Estimate.of(model, map(model._least_error, range(len(traits)), own_h))
            parts.append(Part(traits, estimate))
        return parts

    def at(self, h: float | np.ndarray) -> list[Part]:
        """At a given h, on the scale of K, or at one for each trait."""
        each = np.broadcast_to(np.asarray(h, dtype=float), self.n_traits)
        parts = []
        for traits, model in self._on_their_scales(1 - rescale(each, self.reduction.scale)):
            held = map(model._held, range(len(traits)), each[traits].tolist())
            parts.append(Part(traits, Estimate.of(model, held)))
        return parts

    def _on_their_scales(self, rest):
        """Traits with about the same 1 − h, and a model of these in which it has digits."""
        magnifications = self._magnifications(rest)
        for magnification in np.unique(magnifications):
            traits = np.flatnonzero(magnifications == magnification)
            model = self._magnified_by(magnification)
            yield traits, model if len(traits) == self.n_traits else model.of_traits(traits)

    def _magnifications(self, rest):
        """By 1 − h: 0 where rounding errors do no harm, and where it is 0, 1."""
        is_next_to_1 = (rest < LEAST_NOISE) & (not self.reduction.definiteness.is_resolved)
        digits = -np.log10(np.maximum(rest, 1 / MAGNIFICATION))
        rounded = DIGITS_AT_A_TIME * np.round(digits / DIGITS_AT_A_TIME)
        magnifications = np.where(rest > 0, np.minimum(MAGNIFICATION, 10.0**rounded), 1.0)
        return np.where(is_next_to_1, magnifications, 0.0)

    def _magnified_by(self, magnification):
        return self.magnified(magnification) if magnification else self._without_cache()

    @property
    def largest_h(self) -> float:
        """Up to which V is positive definite, on the scale of K."""
        return float(rescale(self.reduction.definiteness.largest_h, 1 / self.reduction.scale))

    def log_likelihood(self, trait: int, h: float) -> float:
        """The profile log-likelihood at h on the scale of K, -inf where there is none."""
        rest = 1 - rescale(h, self.reduction.scale)
        model = self._magnified_by(self._magnifications(rest).item())
        try:
            given = model._given(trait, h)
        except ImpossibleHeritabilityError:
            return -np.inf
        return np.inf if given.unbounded else given.solution.log_likelihood

    def _maximum(self, trait):
        if self.is_exact[trait]:
            return Maximum(self.profile(trait).at(0.0))
        return maximise(self.profile(trait))

    def _least_error(self, trait, h):
        solution = self.profile(trait).at(0.0 if np.isnan(h) else float(h))
        is_flat = np.isnan(h) and not self.is_exact[trait]
        return Maximum(solution, flat=bool(is_flat), unbounded=is_unbounded(solution))

    def _given(self, trait, h):
        definiteness = self.reduction.definiteness
        unit_h = rescale(h, self.reduction.scale)
        if unit_h > definiteness.largest_h:
            raise ImpossibleHeritabilityError(h)
        solution = self.profile(trait).at(unit_h)
        if self.is_exact[trait]:
            return Maximum(solution)
        if is_impossible(solution):
            raise ImpossibleHeritabilityError(h)
        return Maximum(solution, unbounded=is_unbounded(solution))

    def _held(self, trait, h):
        given = self._given(trait, h)
        if not self.is_exact[trait] and has_no_limit(given.solution):
            raise ImpossibleHeritabilityError(h)
        return given

    def _search_together(self):
        """h of many traits, nan where each has to be searched alone."""
        is_diagonal = isinstance(self.reduction, SpectralReduction)
        if self.n_traits == 1 or not is_diagonal or self.fixed_effects.rank > FEW_FIXED_EFFECTS:
            return np.full(self.n_traits, np.nan)
        h = maximise_together(SimultaneousProfiles(self.reduction, self.X, self.Y, self.method))
        h[self.is_exact] = np.nan
        if not self.reduction.definiteness.is_resolved:
            h[1 - h < LEAST_NOISE] = np.nan
        return h


def _residualise(Y, fixed_effects):
    """Split each trait into a part in the space of the fixed effects and one orthogonal to it.

    Returns
    -------
    least_squares : ndarray of shape (n_traits, rank)
        The coefficients of the basis.
    residuals : ndarray of shape (n, n_traits), in Fortran order
    is_exact : ndarray of bool of shape (n_traits,)
        Whether nothing is left but rounding.
    """
    (n, T), basis = Y.shape, fixed_effects.basis
    least_squares, residuals = np.empty((T, basis.shape[1])), np.empty((T, n))
    is_exact = np.empty(T, dtype=bool)

    def residualise(traits):
        rows = residuals[traits]
        rows[:] = Y[:, traits].T
        total = np.sqrt(np.einsum("ti,ti->t", rows, rows))
        _refuse_unusable_scale(rows[~((total > 1e-100) & (total < 1e100))])
        explained = least_squares[traits] = rows @ basis
        rows -= explained @ basis.T
        size = np.sqrt(np.einsum("ti,ti->t", rows, rows))
        rounding = np.sqrt(n) * np.finfo(float).eps * total + fixed_effects.rounding_of(explained)
        is_exact[traits] = size <= 4 * rounding
        rows[is_exact[traits]] = 0

    map_batches(residualise, gen_batches(T, TRAITS_IN_CACHE))
    return least_squares, residuals.T, is_exact


def _sum_in_order(Y):
    """A number for each trait that changes when rows change places."""
    return (GOLDEN_RATIO * np.arange(len(Y)) % 1) @ Y


def _refuse_unusable_scale(rows):
    """Of traits whose squares may be 0 or infinite; a trait of zeros is exact."""
    largest = np.abs(rows).max(axis=1)
    if largest.any():
        raise ValueError(
            f"y varies on a scale of {largest[largest > 0][0]:.3g}, whose square is not a usable "
            "number. Divide that trait by it."
        )
