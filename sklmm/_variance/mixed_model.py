"""The fitted model: from points of the profiles to h, v, b, BLUPs and their variances.

One K and X, and one trait or several, each with an h of its own. The search runs on K
divided by its mean diagonal c, where its h' means the same for every K. On the scale of
K itself

    s = h'v'/c,    t = (1 − h')v',    v = s + t,    h = s/v.
"""

from __future__ import annotations

from collections.abc import Iterable
from copy import copy
from dataclasses import dataclass, replace
from functools import cached_property
from typing import cast

import numpy as np
from sklearn.utils import gen_batches

from . import loo
from .contrasts import contrast_eigenvalues
from .fixed_effects import FixedEffects
from .null_space import MAGNIFICATION, smallest_weights, turn_fixed_effects
from .profile import GeneralisedLeastSquares, Profile, solve_triangular
from .reduction import LEAST_NOISE, HasSpectrum, Reduction
from .search import (
    Maximum,
    UnresolvedError,
    has_no_limit,
    is_impossible,
    is_unbounded,
    maximise,
)
from .simultaneous import SimultaneousProfiles, Solutions, maximise_together
from .spectral import SpectralReduction
from .threads import even_batches, map_batches

TRAITS_IN_CACHE = 128
LEAST_AND_MOST_TRAITS_AT_A_TIME = 32, 512
GOLDEN_RATIO = (1 + 5**0.5) / 2
LEAST_TO_TELL = 1e-10
"""Of 1 - h: less has fewer than six digits next to 1."""
TINY = 1e-6
"""A mean diagonal of K below which h is nearer to 1 than the data say."""
FEW_FIXED_EFFECTS = 20
"""With more, the products of all pairs of them are too many for a search in common."""


class ImpossibleHeritabilityError(ValueError):
    """V has no density at this h: it is singular or has a negative eigenvalue."""

    def __init__(self, h: float):
        super().__init__(f"V has no density at h={h}")
        self.h = h


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
        model = copy(self)
        for kept in ("contrast_eigenvalues", "resolved"):
            vars(model).pop(kept, None)
        model.reduction, model.X, model.Y = reduction, X, Y
        return model

    def estimate(self) -> Estimate:
        """At the h that maximises the likelihood; at 0 where y = X b exactly."""
        is_diagonal = isinstance(self.reduction, SpectralReduction)
        if self.n_traits > 1 and is_diagonal and self.fixed_effects.rank <= FEW_FIXED_EFFECTS:
            return self._estimate_together()
        try:
            return Estimate.of(self, map(self._maximum, range(self.n_traits)))
        except UnresolvedError:
            model, maxima = self._resolve(range(self.n_traits))
        return Estimate.of(model, maxima)

    def _resolve(self, traits):
        """Maxima next to h = 1, and the model that they are of, magnified as far as need be."""
        magnified = self.magnified()
        maxima = [magnified._maximum(trait) for trait in traits]
        rest = np.array([1 - maximum.solution.h for maximum in maxima])
        model = self._for_rest(_rescale(rest, 1 / magnified.reduction.mean_diagonal))
        factor = magnified.reduction.mean_diagonal / model.reduction.mean_diagonal
        return model, [
            replace(found, solution=model.profile(trait).at(_rescale(found.solution.h, factor)))
            for trait, found in zip(traits, maxima, strict=True)
        ]

    def estimate_by_leave_one_out(self) -> Estimate:
        """At the h that minimises the squared errors of leave-one-out; at 0 where y = X b."""
        S, eigenvalues = cast(HasSpectrum, self.reduction).spectrum()
        curve = loo.LeaveOneOutCurve(S, eigenvalues, self.fixed_effects.basis, self.residuals)
        h = loo.minimise(curve, self.reduction.definiteness)
        model = self._for_all(h)
        h = _rescale(h, model.reduction.scale / self.reduction.scale)
        return Estimate.of(model, map(model._least_error, range(self.n_traits), h))

    def at(self, h: float | np.ndarray) -> Estimate:
        """At a given h, on the scale of K, or at one for each trait."""
        each = np.broadcast_to(np.asarray(h, dtype=float), self.n_traits)
        model = self._for_all(_rescale(each, self.reduction.scale))
        return Estimate.of(model, map(model._held, range(self.n_traits), each.tolist()))

    def _for_all(self, unit_h):
        """The resolved model if one h is next to where V is singular."""
        rest = 1 - np.asarray(unit_h)
        if self.reduction.definiteness.is_resolved or not np.any(rest < LEAST_NOISE):
            return self
        return self._for_rest(rest)

    def _for_rest(self, rest):
        """The resolved model, in which the smallest 1 − h that is not 0 is a half or less."""
        next_to_0 = rest[(rest > 0) & (rest < LEAST_NOISE)]
        if not next_to_0.size:
            return self.resolved
        return self.magnified(min(MAGNIFICATION, 1 / next_to_0.min()))

    @property
    def largest_h(self) -> float:
        """Up to which V is positive definite, on the scale of K."""
        return float(_rescale(self.reduction.definiteness.largest_h, 1 / self.reduction.scale))

    def log_likelihood(self, trait: int, h: float) -> float:
        """The profile log-likelihood at h on the scale of K, -inf where there is none."""
        model = self._for_all(_rescale(h, self.reduction.scale))
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
        unit_h = _rescale(h, self.reduction.scale)
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

    def _estimate_together(self):
        profiles = SimultaneousProfiles(self.reduction, self.X, self.Y, self.method)
        h = maximise_together(profiles)
        h[self.is_exact] = np.nan
        if not self.reduction.definiteness.is_resolved:
            h[1 - h < LEAST_NOISE] = np.nan
        others = np.flatnonzero(np.isnan(h))
        found = np.where(h >= 0, h, 0)
        try:
            maxima = [self._maximum(trait) for trait in others]
            estimate = Estimate.of_simultaneous(self, profiles.at(found))
        except UnresolvedError:
            model, maxima = self._resolve(others)
            profiles = SimultaneousProfiles(model.reduction, model.X, model.Y, model.method)
            found = _rescale(found, 1 / model.reduction.mean_diagonal)
            estimate = Estimate.of_simultaneous(model, profiles.at(found))
        for trait, maximum in zip(others, maxima, strict=True):
            estimate.set(trait, maximum)
        return estimate


@dataclass(frozen=True)
class Outcome:
    """What a fit says of its traits, in the coordinates and on the scale of the data.

    Attributes
    ----------
    h, v, log_likelihood, pve : ndarray of shape (n_traits,)
    b : ndarray of shape (n_traits, p)
    dual_coef, random_effects : ndarray of shape (n_traits, n)
        The BLUP of any sample is K[sample, train] times the first.
    exact, flat, unbounded : ndarray of bool of shape (n_traits,)
        As in `MixedModel.is_exact` and `search.Maximum`.
    smallest_eigenvalue : float or None
        Of K, where it is clearly negative.
    largest_h : float
        V is positive definite below this h.
    share_beside_intercept : float
        What an intercept leaves of tr K.
    has_lost_digits : ndarray of bool of shape (n_traits,)
        Whether h is so near to 1 that a float says little of 1 - h, which is not 0.
    scale : float
        The mean diagonal of K.
    """

    h: np.ndarray
    v: np.ndarray
    b: np.ndarray
    log_likelihood: np.ndarray
    pve: np.ndarray
    dual_coef: np.ndarray
    random_effects: np.ndarray
    exact: np.ndarray
    flat: np.ndarray
    unbounded: np.ndarray
    smallest_eigenvalue: float | None
    largest_h: float
    share_beside_intercept: float
    has_lost_digits: np.ndarray
    scale: float


@dataclass
class Estimate:
    """The model at one h for each trait, in the basis and on the scale of the reduction.

    Attributes
    ----------
    unit_h, unit_v : ndarray of shape (n_traits,)
    basis_coefficients : ndarray of shape (n_traits, rank)
    weighted_residuals : ndarray of shape (n, n_traits)
    log_likelihood : ndarray of shape (n_traits,)
    flat, unbounded : ndarray of bool of shape (n_traits,)
        As in `search.Maximum`.
    """

    model: MixedModel
    unit_h: np.ndarray
    unit_v: np.ndarray
    basis_coefficients: np.ndarray
    weighted_residuals: np.ndarray
    log_likelihood: np.ndarray
    flat: np.ndarray
    unbounded: np.ndarray

    @classmethod
    def of(cls, model: MixedModel, maxima: Iterable[Maximum]) -> Estimate:
        """From one solution for each trait."""
        T, rank = model.n_traits, model.fixed_effects.rank
        estimate = cls(
            model,
            unit_h=np.empty(T),
            unit_v=np.empty(T),
            basis_coefficients=np.empty((T, rank)),
            weighted_residuals=np.empty_like(model.Y),
            log_likelihood=np.empty(T),
            flat=np.empty(T, dtype=bool),
            unbounded=np.empty(T, dtype=bool),
        )
        for trait, maximum in enumerate(maxima):
            estimate.set(trait, maximum)
        return estimate

    @classmethod
    def of_simultaneous(cls, model: MixedModel, solutions: Solutions) -> Estimate:
        no, s = np.zeros(model.n_traits, dtype=bool), solutions
        return cls(model, s.h, s.v, s.b, s.weighted_residuals, s.log_likelihood, no, no.copy())

    def set(self, trait: int, maximum: Maximum) -> None:
        """Fill in one trait."""
        solution = maximum.solution
        self.unit_h[trait] = solution.h
        self.unit_v[trait] = solution.v
        self.basis_coefficients[trait] = solution.b
        self.weighted_residuals[:, trait] = solution.weighted_residual()[:, 0]
        self.log_likelihood[trait] = np.inf if maximum.unbounded else solution.log_likelihood
        self.flat[trait] = maximum.flat
        self.unbounded[trait] = maximum.unbounded

    def conclude(self) -> Outcome:
        """Read off the results, once, and let go of what predictions don't need."""
        dual_coef, random_effects = self._take_random_part()
        reduction = self.model.reduction
        outcome = Outcome(
            h=self.h,
            v=self.unit_v * (self._kinship_weight + (1 - self.unit_h)),
            b=self._coefficients(),
            log_likelihood=self.log_likelihood,
            pve=self._proportion_of_variance_explained(),
            dual_coef=dual_coef,
            random_effects=random_effects,
            exact=self.model.is_exact,
            flat=self.flat,
            unbounded=self.unbounded,
            smallest_eigenvalue=self._smallest_eigenvalue(),
            largest_h=self.model.largest_h,
            share_beside_intercept=self._share_beside_intercept(),
            has_lost_digits=self._has_lost_digits(),
            scale=reduction.scale * reduction.mean_diagonal,
        )
        reduction.release()
        return outcome

    def solution(self, trait: int) -> GeneralisedLeastSquares:
        """The least squares of a trait at its h."""
        return self.model.profile(trait).at(self.unit_h[trait])

    @property
    def h(self) -> np.ndarray:
        """On the scale of K, of shape (n_traits,)."""
        return _rescale(self.unit_h, 1 / self.model.reduction.scale)

    @property
    def h_of_unit_diagonal(self) -> np.ndarray:
        """On K over its mean diagonal, of shape (n_traits,)."""
        return _rescale(self.unit_h, self.model.reduction.mean_diagonal)

    def prediction_variances(self, covariates, relationships, prior) -> np.ndarray:
        """var(x b̂ + û − x b − u) and var(û − u), of shape (2, m, n_traits).

        Parameters
        ----------
        covariates : ndarray of shape (m, k)
            The fixed effects of the rows, without intercept. Where x b is not estimable, the
            first variance is infinite.
        relationships : ndarray of shape (m, n)
            K between the rows and the training samples; for a reduction of markers, the
            markers of the rows.
        prior : ndarray of shape (m,)
            The diagonal of K among the rows.
        """
        fixed_effects = self.model.fixed_effects
        variances = np.empty((2, len(prior), self.model.n_traits))
        in_basis = fixed_effects.in_basis(covariates).T
        for trait, solution, explained in self._explained(relationships):
            unexplained = self._kinship_weight[trait] * prior - np.sum(explained**2, axis=0)
            carried = solution.whitened_X.T @ explained
            for variance, x in zip(variances[..., trait], (in_basis, 0.0), strict=True):
                estimation = solve_triangular(solution.R, x - carried, trans="T")
                variance[:] = unexplained + np.sum(estimation**2, axis=0)
        variances = self.unit_v * np.maximum(variances, 0)
        variances[0, ~fixed_effects.are_estimable(covariates)] = np.inf
        return variances

    def prediction_covariance(self, covariates, relationships, prior) -> np.ndarray:
        """cov(x b̂ + û − x b − u), of shape (m, m, n_traits), with prior of shape (m, m).

        Where x b is not estimable, the variance is infinite and the covariances are nan.
        """
        in_basis = self.model.fixed_effects.in_basis(covariates).T
        covariances = np.empty((*prior.shape, self.model.n_traits))
        for trait, solution, explained in self._explained(relationships):
            unexplained = in_basis - solution.whitened_X.T @ explained
            estimation = solve_triangular(solution.R, unexplained, trans="T")
            covariances[..., trait] = (
                self._kinship_weight[trait] * prior
                - explained.T @ explained
                + estimation.T @ estimation
            )
        covariances = self.unit_v * (covariances + covariances.transpose(1, 0, 2)) / 2
        everybody = np.arange(len(prior))
        covariances[everybody, everybody] = np.maximum(covariances[everybody, everybody], 0)
        free = ~self.model.fixed_effects.are_estimable(covariates)
        covariances[free] = covariances[:, free] = np.nan
        covariances[free, free] = np.inf
        return covariances

    def _take_random_part(self):
        """h V⁻¹r and u = h K V⁻¹r = r − (1 − h) V⁻¹r, which takes the place of r = y − Xb.

        Of h V⁻¹r nobody needs what neither K nor X sees, which may be large.
        """
        model, random_effects = self.model, self.model.residuals.T
        dual_coef = self.weighted_residuals.T
        if dual_coef.shape != random_effects.shape:
            dual_coef = np.empty_like(random_effects)

        def finish(traits):
            weighted = self.weighted_residuals[:, traits]
            a = model.reduction.rotate_back(weighted, traits).T
            u, h = random_effects[traits], self.unit_h[traits, None]
            u -= self.basis_coefficients[traits] @ model.fixed_effects.basis.T
            u -= (1 - h) * a
            u *= h > 0
            if model.reduction.definiteness.is_exact:
                weighted = smallest_weights(model.reduction, model.X, weighted)
                a = model.reduction.rotate_back(weighted, traits).T
            np.multiply(a, self._kinship_weight[traits, None], out=dual_coef[traits])

        map_batches(finish, even_batches(model.n_traits, *LEAST_AND_MOST_TRAITS_AT_A_TIME))
        self.weighted_residuals = model.residuals = None
        return dual_coef, random_effects

    def _coefficients(self):
        """Of X, of shape (n_traits, p)."""
        basis_coefficients = self.model.least_squares + self.basis_coefficients
        return basis_coefficients @ self.model.fixed_effects.to_coefficients.T

    def _proportion_of_variance_explained(self):
        """h c / (h c + 1 − h) with c = tr(K − 11'K/n) / (n − 1)."""
        reduction = self.model.reduction
        trace = reduction.n * reduction.mean_diagonal
        centered_trace = trace - reduction.mean_relationship()
        if centered_trace <= reduction.n * np.finfo(float).eps * trace:
            return np.zeros(self.model.n_traits)
        return _rescale(self.unit_h, centered_trace / (reduction.n - 1))

    def _share_beside_intercept(self):
        reduction = self.model.reduction
        has_intercept = self.model.fixed_effects.has_intercept
        trace = reduction.n * reduction.mean_diagonal
        return 1 - reduction.mean_relationship() / trace if has_intercept else 1.0

    def _has_lost_digits(self):
        """Because of little noise beside a singular K, or of a tiny K."""
        reduction = self.model.reduction
        is_inside = self.unit_h < reduction.definiteness.largest_h
        is_tiny = reduction.scale * reduction.mean_diagonal < TINY
        may_lose = is_inside & (reduction.definiteness.is_exact or is_tiny)
        return may_lose & (1 - self.h < LEAST_TO_TELL)

    def _smallest_eigenvalue(self):
        smallest = self.model.reduction.definiteness.smallest_eigenvalue
        return None if smallest is None else smallest * self.model.reduction.scale

    @property
    def _kinship_weight(self):
        """The weight of K in V' = h'/c K + (1 − h')I."""
        return self.unit_h / self.model.reduction.scale

    def _explained(self, relationships):
        """For each trait the root of what the data explain of u, L⁻¹ h K[train, new]."""
        rotated = self.model.reduction.rotate_relationships(relationships)
        for trait in range(self.model.n_traits):
            solution = self.solution(trait)
            yield trait, solution, self._kinship_weight[trait] * solution.factor.whiten(rotated)


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


def _rescale(h, factor):
    """h on a kinship matrix that is divided by `factor`."""
    return h * factor / (h * factor + (1 - h))
