"""The model before h is chosen, and the ways to choose it.

One K and X, and one trait or several, each with an h of its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from ..reductions.base import MIN_NOISE, Reduction
from ..reductions.null_space import MAGNIFICATION, turn_fixed_effects
from .contrasts import contrast_eigenvalues
from .fixed_effects import FixedEffects
from .profile import Profile
from .scale import rescale
from .search import Maximum, UnresolvedError, has_no_limit, is_impossible, is_unbounded, maximize
from .search_many import TraitProfiles, maximize_many
from .solutions import Solutions

DIGITS_AT_A_TIME = 3
"""Traits next to h = 1 whose 1 − h agree within so many share a scale."""
FEW_FIXED_EFFECTS = 20
"""The most fixed effects with which many traits are searched together."""


class ImpossibleHeritabilityError(ValueError):
    """V has no density at this h: it is singular or has a negative eigenvalue."""

    def __init__(self, h: float, largest_h: float):
        super().__init__(f"V has no density at h={h}")
        self.h = h
        self.largest_h = largest_h


@dataclass(frozen=True)
class Part:
    """Some of the traits, at an h each, on a scale of their own where they are next to h = 1.

    Attributes
    ----------
    traits : ndarray of int of shape (k,)
        Their numbers among all.
    model : MixedModel
        Of these traits alone.
    solutions : Solutions
    """

    traits: np.ndarray
    model: MixedModel
    solutions: Solutions


@dataclass(frozen=True, eq=False)
class MixedModel:
    """y = X b + e with var(e) = v [h K + (1 − h) I].

    Attributes
    ----------
    reduction : Reduction
        Of K.
    fixed_effects : FixedEffects
        X, of rank below n.
    X : ndarray of shape (n, rank)
        Its basis, rotated by the reduction.
    Y : ndarray of shape (n, n_traits)
        What X leaves of the traits, rotated by the reduction.
    least_squares : ndarray of shape (n_traits, rank)
        What X explains of them, as coefficients of its basis.
    is_exact : ndarray of bool of shape (n_traits,)
        Whether X explains all of them.
    fingerprint : ndarray of shape (n_traits,)
        A number that changes when rows of y change places.
    method : {"reml", "ml"}
    """

    reduction: Reduction
    fixed_effects: FixedEffects
    X: np.ndarray
    Y: np.ndarray
    least_squares: np.ndarray
    is_exact: np.ndarray
    fingerprint: np.ndarray
    method: str

    @property
    def n_traits(self) -> int:
        return self.Y.shape[1]

    def profile(self, trait: int) -> Profile:
        """The likelihood of one trait."""
        return Profile(self.reduction, self.X, self.Y[:, trait, None], self.method)

    @cached_property
    def contrast_eigenvalues(self) -> np.ndarray:
        """Eigenvalues of B among the error contrasts, combinations of y that are free of X b."""
        eigenvalues = contrast_eigenvalues(self.reduction, self.X)
        if self.reduction.definiteness.null_space_is_exact:
            eigenvalues[eigenvalues <= self.reduction.rounding] = 0
        return eigenvalues

    def identify_data(self, trait: int) -> list[float]:
        """c, |K|/c, y'y, y'Ky/c and |Ky|²/c², with c the mean diagonal of K.

        They do not depend on fixed effects, nor on how K is reduced and B magnified.
        """
        reduction, magnification = self.reduction, self.reduction.magnification
        y = self.Y[:, trait, None] + self.X @ self.least_squares[trait, :, None]
        Ky = reduction.multiply(y) / magnification
        c, norm = reduction.scale * magnification, reduction.norm / magnification
        return [c, norm, float(np.sum(y * y)), float(np.sum(y * Ky)), float(np.sum(Ky * Ky))]

    def coefficients(self, b: np.ndarray, traits: Any = slice(None)) -> np.ndarray:
        """Those of the basis of the fixed effects, from the b of a solution, for what X leaves."""
        return self.least_squares[traits] + b

    def select_traits(self, traits: np.ndarray) -> MixedModel:
        """The same for some of the traits."""
        return replace(
            self,
            Y=self.Y[:, traits],
            least_squares=self.least_squares[traits],
            is_exact=self.is_exact[traits],
            fingerprint=self.fingerprint[traits],
        )

    def without_cache(self) -> MixedModel:
        """A copy that does not hold what has been resolved, which is as large as K."""
        return replace(self)

    @property
    def resolved(self) -> MixedModel:
        """The same where rounding errors in the null space of K do no harm next to h = 1."""
        return self if self.reduction.definiteness.is_resolved else self._resolved

    @cached_property
    def _resolved(self) -> MixedModel:
        reduction = self.reduction.resolve()
        X = turn_fixed_effects(reduction, self.X)
        return replace(self, reduction=reduction, X=X, Y=reduction.turn(self.Y))

    @cached_property
    def restricted(self) -> MixedModel:
        """The model whose likelihood is the restricted one."""
        return replace(self, method="reml")

    def magnified(self, magnification: float) -> MixedModel:
        """The same where a float has digits of 1 − h next to h = 1."""
        resolved = self.resolved
        return replace(resolved, reduction=resolved.reduction.magnify(magnification))

    def maximum(self, trait: int) -> Maximum:
        """The maximum of the likelihood of a trait, on the scale of `solution.profile`.

        It is looked for next to h = 1 by a magnified reduction, where rounding errors of this one
        would decide, or where it is magnified for an h that is held. At 0 where y = X b exactly.
        """
        if self.is_exact[trait]:
            return Maximum(self.profile(trait).at(0.0))
        if self.reduction.definiteness.is_resolved:
            return maximize(self.magnified(MAGNIFICATION).profile(trait))
        try:
            return maximize(self.profile(trait))
        except UnresolvedError:
            return maximize(self.magnified(MAGNIFICATION).profile(trait))

    def maximize(self) -> list[Part]:
        """Fit at the h that maximizes the likelihood."""
        solutions = Solutions.empty(self.Y, self.X.shape[1])
        next_to_1 = {}
        for trait in self._leave_to_be_searched_alone(solutions).tolist():
            maximum = self.maximum(trait)
            if maximum.solution.profile.reduction.magnification > 1:
                next_to_1[trait] = maximum
            else:
                solutions.set(trait, maximum)
        if not next_to_1:
            return [Part(np.arange(self.n_traits), self, solutions)]
        return list(self._parts_next_to_1(next_to_1, solutions))

    def _parts_next_to_1(
        self, next_to_1: dict[int, Maximum], solutions: Solutions
    ) -> Iterator[Part]:
        """Parts of all traits, of which some have their maximum on a magnified scale."""
        rest = np.ones(self.n_traits)
        for trait, maximum in next_to_1.items():
            rest[trait] = rescale(1 - maximum.solution.h, 1 / MAGNIFICATION)
        for traits, model in self._on_their_scales(rest):
            part = Part(traits, model, solutions.select_traits(traits))
            factor = MAGNIFICATION / model.reduction.magnification
            for place in np.flatnonzero(np.isin(traits, list(next_to_1))).tolist():
                maximum = next_to_1[traits[place]]
                solution = model.profile(place).at(rescale(maximum.solution.h, factor))
                part.solutions.set(place, maximum._replace(solution=solution))
            yield part

    def at_loo_h(self, scaled_h: np.ndarray) -> list[Part]:
        """Fit at an h found otherwise for each trait, nan where nothing speaks for one."""
        parts = []
        for traits, model in self._on_their_scales(1 - np.nan_to_num(scaled_h)):
            h = rescale(scaled_h[traits], model.reduction.scale / self.reduction.scale)
            parts.append(model._part(traits, map(model._at_loo_h, range(len(traits)), h)))
        return parts

    def at(self, h: float | np.ndarray) -> list[Part]:
        """Fit at a given h, on the scale of K, or at one for each trait."""
        each = np.broadcast_to(np.asarray(h, dtype=float), self.n_traits)
        parts = []
        for traits, model in self._on_their_scales(1 - rescale(each, self.reduction.scale)):
            held = map(model._held, range(len(traits)), each[traits].tolist())
            parts.append(model._part(traits, held))
        return parts

    def _part(self, traits: np.ndarray, maxima: Iterable[Maximum]) -> Part:
        """The part of the traits of this model, which have these numbers among all."""
        solutions = Solutions.empty(self.Y, self.X.shape[1])
        for trait, maximum in enumerate(maxima):
            solutions.set(trait, maximum)
        return Part(traits, self, solutions)

    def _on_their_scales(self, rest: np.ndarray) -> Iterator[tuple[np.ndarray, MixedModel]]:
        """Traits with about the same 1 − h, and a model of these in which it has digits."""
        is_next_to_1, magnifications = self._is_next_to_1(rest), _magnifications(rest)
        if not is_next_to_1.all():
            yield self._of_some(~is_next_to_1, self.without_cache())
        for magnification in np.unique(magnifications[is_next_to_1]):
            is_alike = is_next_to_1 & (magnifications == magnification)
            yield self._of_some(is_alike, self.magnified(magnification))

    def _of_some(self, is_one: np.ndarray, model: MixedModel) -> tuple[np.ndarray, MixedModel]:
        traits = np.flatnonzero(is_one)
        return traits, model if len(traits) == self.n_traits else model.select_traits(traits)

    def _is_next_to_1(self, rest: Any) -> Any:
        """Whether rounding errors in the null space of K do harm, by 1 − h."""
        return (rest < MIN_NOISE) & (not self.reduction.definiteness.is_resolved)

    @property
    def largest_h(self) -> float:
        """The h up to which V is positive definite, on the scale of K."""
        return float(rescale(self.reduction.definiteness.largest_h, 1 / self.reduction.scale))

    def log_likelihood(self, trait: int, h: float) -> float:
        """The profile log-likelihood at h on the scale of K, -inf where there is none."""
        rest = 1 - rescale(h, self.reduction.scale)
        model = self
        if self._is_next_to_1(rest):
            model = self.magnified(_magnifications(np.array(rest)).item())
        try:
            given = model._given(trait, h)
        except ImpossibleHeritabilityError:
            return -np.inf
        return np.inf if given.unbounded else given.solution.log_likelihood

    def _at_loo_h(self, trait: int, h: float) -> Maximum:
        solution = self.profile(trait).at(0.0 if np.isnan(h) else float(h))
        is_flat = np.isnan(h) and not self.is_exact[trait]
        return Maximum(solution, flat=bool(is_flat), unbounded=is_unbounded(solution))

    def _given(self, trait: int, h: float) -> Maximum:
        definiteness = self.reduction.definiteness
        scaled_h = rescale(h, self.reduction.scale)
        if scaled_h > definiteness.largest_h:
            raise ImpossibleHeritabilityError(h, self.largest_h)
        solution = self.profile(trait).at(scaled_h)
        if self.is_exact[trait]:
            return Maximum(solution)
        if is_impossible(solution):
            raise ImpossibleHeritabilityError(h, self.largest_h)
        return Maximum(solution, unbounded=is_unbounded(solution))

    def _held(self, trait: int, h: float) -> Maximum:
        given = self._given(trait, h)
        if not self.is_exact[trait] and has_no_limit(given.solution):
            raise ImpossibleHeritabilityError(h, self.largest_h)
        return given

    def _leave_to_be_searched_alone(self, solutions: Solutions) -> np.ndarray:
        """Set what a search in common finds, and return the traits that it does not."""
        diagonal = self.reduction.diagonal
        if self.n_traits == 1 or diagonal is None or self.fixed_effects.rank > FEW_FIXED_EFFECTS:
            return np.arange(self.n_traits)
        profiles = TraitProfiles(self.reduction, diagonal, self.X, self.Y, self.method)
        h = maximize_many(profiles)
        is_found = ~(np.isnan(h) | self.is_exact)
        if not self.reduction.definiteness.is_resolved:
            is_found &= 1 - h >= MIN_NOISE
        found = np.flatnonzero(is_found)
        profiles.solve(h[found], found, solutions)
        return np.flatnonzero(~is_found)


def _magnifications(rest: np.ndarray) -> np.ndarray:
    """Magnifications by which 1 − h has digits, about the same for about the same of these."""
    digits = -np.log10(np.maximum(rest, 1 / MAGNIFICATION))
    rounded = DIGITS_AT_A_TIME * np.round(digits / DIGITS_AT_A_TIME)
    return np.where(rest > 0, np.minimum(MAGNIFICATION, 10.0**rounded), 1.0)
