"""The fitted model: from a point of the profile to h, v, b, BLUPs and their variances.

The search runs on K divided by its mean diagonal c, where its h' means the same for every
K. On the scale of K itself

    s = h'v'/c,    t = (1 − h')v',    v = s + t,    h = s/v.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.linalg

from .fixed_effects import FixedEffects
from .profile import GeneralisedLeastSquares, Profile, solve_triangular
from .reduction import Reduction
from .search import is_impossible, is_unbounded, maximise


class ImpossibleHeritabilityError(ValueError):
    """V has no density at this h: it is singular or has a negative eigenvalue."""


class MixedModel:
    """y = X b + e with var(e) = v [h K + (1 − h) I], before h is chosen.

    Parameters
    ----------
    reduction : Reduction
        Of K.
    fixed_effects : FixedEffects
        X, of rank below n.
    y : ndarray of shape (n,)
    method : {"reml", "ml"}
    """

    def __init__(
        self, reduction: Reduction, fixed_effects: FixedEffects, y: np.ndarray, method: str
    ):
        self.reduction = reduction
        self.fixed_effects = fixed_effects
        self.least_squares = fixed_effects.basis.T @ y
        residual = y - fixed_effects.basis @ self.least_squares
        size = scipy.linalg.norm(residual)
        rounding = 4 * np.sqrt(len(y)) * np.finfo(float).eps * scipy.linalg.norm(y)
        self.is_exact = bool(size <= rounding)
        if not (self.is_exact or 1e-100 < size < 1e100):
            raise ValueError(
                f"y varies on a scale of {size:.3g}, whose square is not a usable number. "
                "Scale y to something between 1e-100 and 1e100."
            )
        if self.is_exact:
            residual = np.zeros_like(residual)
        self.profile = Profile(reduction, fixed_effects.basis, residual, method)

    def estimate(self) -> Estimate:
        """At the h that maximises the likelihood; at 0 if y = X b exactly."""
        if self.is_exact:
            return self.at(0.0)
        maximum = maximise(self.profile)
        return Estimate(self, maximum.solution, maximum.flat, maximum.unbounded)

    def at(self, h: float) -> Estimate:
        """At a given h, on the scale of K."""
        definiteness = self.reduction.definiteness
        unit_h = _rescale(h, self.reduction.scale)
        if unit_h > definiteness.largest_h:
            raise ImpossibleHeritabilityError
        solution = self.profile.at(unit_h)
        if self.is_exact:
            return Estimate(self, solution)
        if is_impossible(solution):
            raise ImpossibleHeritabilityError
        return Estimate(self, solution, unbounded=is_unbounded(solution))

    def log_likelihood(self, h: float) -> float:
        """The profile log-likelihood at h on the scale of K, -inf where there is none."""
        try:
            return self.at(h).log_likelihood
        except ImpossibleHeritabilityError:
            return -np.inf


@dataclass(frozen=True)
class Estimate:
    """The model at one h, in the coordinates and on the scale of the data.

    Attributes
    ----------
    flat, unbounded : bool
        As in `search.Maximum`.
    """

    model: MixedModel
    solution: GeneralisedLeastSquares
    flat: bool = False
    unbounded: bool = False

    @property
    def h(self) -> float:
        return float(_rescale(self.solution.h, 1 / self.model.reduction.scale))

    @property
    def v(self) -> float:
        return float(self.solution.v * (self._kinship_weight + (1 - self.solution.h)))

    @property
    def b(self) -> np.ndarray:
        """Coefficients of X, of shape (p,)."""
        basis_coefficients = self.model.least_squares + self.solution.b
        return self.model.fixed_effects.to_coefficients @ basis_coefficients

    @property
    def log_likelihood(self) -> float:
        return np.inf if self.unbounded else self.solution.log_likelihood

    @property
    def dual_coef(self) -> np.ndarray:
        """h V⁻¹(y − Xb), of shape (n,): the BLUP of any sample is K[sample, train] times it."""
        reduction = self.model.reduction
        return (
            self._kinship_weight * reduction.rotate_back(self.solution.weighted_residual())[:, 0]
        )

    @property
    def random_effects(self) -> np.ndarray:
        """u = h K V⁻¹(y − Xb), of shape (n,)."""
        reduction = self.model.reduction
        rotated = reduction.multiply(self.solution.weighted_residual())
        return self.solution.h * reduction.rotate_back(rotated)[:, 0]

    @property
    def smallest_eigenvalue(self) -> float | None:
        """Of K, where it is clearly negative."""
        smallest = self.model.reduction.definiteness.smallest_eigenvalue
        return None if smallest is None else smallest * self.model.reduction.scale

    @property
    def largest_h(self) -> float:
        """V is positive definite below this h."""
        reduction = self.model.reduction
        return float(_rescale(reduction.definiteness.largest_h, 1 / reduction.scale))

    @property
    def proportion_of_variance_explained(self) -> float:
        """h c / (h c + 1 − h) with c = tr(K − 11'K/n) / (n − 1)."""
        reduction = self.model.reduction
        ones = reduction.rotate(np.ones((reduction.n, 1)))
        mean = float(np.sum(ones * reduction.multiply(ones))) / reduction.n
        return _rescale(self.solution.h, max(reduction.n - mean, 0.0) / (reduction.n - 1))

    def prediction_variance(self, covariates, cross, prior) -> np.ndarray:
        """var(x b̂ + û − x b − u), of shape (m,).

        Parameters
        ----------
        covariates : ndarray of shape (m, p)
            The fixed effects of the rows, without intercept.
        cross : ndarray of shape (m, n)
            K between the rows and the training samples.
        prior : ndarray of shape (m,)
            The diagonal of K among the rows.
        """
        explained, estimation = self._variance_roots(covariates, cross)
        variance = self._kinship_weight * prior - np.sum(explained**2, axis=0)
        variance += np.sum(estimation**2, axis=0)
        return self.solution.v * np.maximum(variance, 0)

    def prediction_covariance(self, covariates, cross, prior) -> np.ndarray:
        """The same as a matrix of shape (m, m), with prior of shape (m, m)."""
        explained, estimation = self._variance_roots(covariates, cross)
        covariance = self._kinship_weight * prior - explained.T @ explained
        return self.solution.v * (covariance + estimation.T @ estimation)

    @property
    def _kinship_weight(self):
        """The weight of K in V' = h'/c K + (1 − h')I."""
        return self.solution.h / self.model.reduction.scale

    def _variance_roots(self, covariates, cross):
        """What the data explain of u, and what the estimation of b adds."""
        rotated = self.model.reduction.rotate(cross.T)
        explained = self._kinship_weight * self.solution.factor.whiten(rotated)
        in_basis = self.model.fixed_effects.in_basis(covariates)
        unexplained = in_basis.T - self.solution.whitened_X.T @ explained
        return explained, solve_triangular(self.solution.R, unexplained, trans="T")


def _rescale(h, factor):
    """h on a kinship matrix that is divided by `factor`."""
    return h * factor / (h * factor + (1 - h))
