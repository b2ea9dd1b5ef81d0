"""A fitted model: what is read off the points of the profiles that were chosen.

The search runs on K divided by its mean diagonal c, where its h' means the same for every K. On
the scale of K itself

    s = h'v'/c,    t = (1 − h')v',    v = s + t,    h = s/v.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from .null_space import smallest_weights
from .profile import GeneralisedLeastSquares, solve_triangular
from .search import Maximum
from .simultaneous import Solutions
from .threads import even_batches, map_batches

if TYPE_CHECKING:
    from .mixed_model import MixedModel

LEAST_AND_MOST_TRAITS_AT_A_TIME = 32, 512
LEAST_TO_TELL = 1e-10
"""Less of 1 - h has fewer than six digits next to 1."""
TINY = 1e-6
"""A mean diagonal of K below which h is nearer to 1 than the data say."""


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
    def empty(cls, model: MixedModel) -> Estimate:
        """To be filled in."""
        T, rank = model.n_traits, model.fixed_effects.rank
        return cls(
            model,
            unit_h=np.empty(T),
            unit_v=np.empty(T),
            basis_coefficients=np.empty((T, rank)),
            weighted_residuals=np.empty_like(model.Y),
            log_likelihood=np.empty(T),
            flat=np.empty(T, dtype=bool),
            unbounded=np.empty(T, dtype=bool),
        )

    @classmethod
    def of(cls, model: MixedModel, maxima: Iterable[Maximum]) -> Estimate:
        """From one solution for each trait."""
        estimate = cls.empty(model)
        for trait, maximum in enumerate(maxima):
            estimate.set(trait, maximum)
        return estimate

    def of_traits(self, traits: np.ndarray, model: MixedModel) -> Estimate:
        """The same for some of the traits, which are those of a model."""
        return Estimate(
            model,
            self.unit_h[traits],
            self.unit_v[traits],
            self.basis_coefficients[traits],
            self.weighted_residuals[:, traits],
            self.log_likelihood[traits],
            self.flat[traits],
            self.unbounded[traits],
        )

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
        return rescale(self.unit_h, 1 / self.model.reduction.scale)

    @property
    def h_of_unit_diagonal(self) -> np.ndarray:
        """On K over its mean diagonal, of shape (n_traits,)."""
        return rescale(self.unit_h, self.model.reduction.mean_diagonal)

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
        return rescale(self.unit_h, centered_trace / (reduction.n - 1))

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


def rescale(h: Any, factor: Any) -> Any:
    """h on a kinship matrix that is divided by `factor`."""
    return h * factor / (h * factor + (1 - h))
