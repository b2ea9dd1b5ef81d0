"""How far predictions are off: Henderson's prediction error variance, and that of x b + u.

With s the coefficient of K in V = s K + t I, k = K[train, new], r = V⁻¹ᐟ²k and R'R = X'V⁻¹X

    var(û − u) / v             = s K[new, new] − s² r'r + |R⁻ᵀ (0 − s X'V⁻¹k)|²,
    var(x b̂ + û − x b − u) / v = s K[new, new] − s² r'r + |R⁻ᵀ (x − s X'V⁻¹k)|²,

and so the covariances, with products of columns in the place of squares.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np

from .likelihood.estimate import Estimate
from .likelihood.mixed_model import MixedModel
from .likelihood.profile import GeneralizedLeastSquares
from .linalg.triangular import solve_triangular
from .reductions.base import Reduction, RelatedRows


class RotatedRows(NamedTuple):
    """New rows rotated by a reduction.

    Attributes
    ----------
    x : ndarray of shape (rank, m)
        The fixed effects, in their basis.
    k : ndarray of shape (n, m)
        Qᵀ K[train, new]
    estimable : ndarray of bool of shape (m,)
        Where the training rows say nothing about x b, its variance is infinite, and its
        covariances are nan.
    """

    x: np.ndarray
    k: np.ndarray
    estimable: np.ndarray

    @classmethod
    def from_rows(
        cls, model: MixedModel, covariates: np.ndarray, rows: RelatedRows
    ) -> RotatedRows:
        """Rotate rows with fixed effects of shape (m, k), without intercept."""
        effects = model.fixed_effects
        x, estimable = effects.in_basis(covariates).T, effects.are_estimable(covariates)
        return cls(x, model.reduction.relate(rows), estimable)


def error_variances(
    estimate: Estimate,
    solutions: Iterable[GeneralizedLeastSquares],
    rows: RotatedRows,
    diagonal: np.ndarray,
) -> np.ndarray:
    """Error variances of x b + u, and of u alone, of shape (2, m, n_traits).

    Parameters
    ----------
    estimate : Estimate
    solutions : iterable
        Of each trait, one at a time.
    rows : RotatedRows
    diagonal : ndarray of shape (m,)
        That of K among the rows.
    """
    values = np.empty((2, len(diagonal), estimate.model.n_traits))
    for trait, solution in enumerate(solutions):
        s = estimate.coefficient_of_K[trait]
        values[..., trait] = _finite_variances(solution, s, rows, diagonal)
    values[0, ~rows.estimable] = np.inf
    return values


def error_variances_over_h(
    reduction: Reduction,
    solutions: Sequence[GeneralizedLeastSquares],
    interpolation: np.ndarray,
    rows: RotatedRows,
    diagonal: np.ndarray,
) -> np.ndarray:
    """The same of one trait at k values of h, interpolated between solutions: (2, m, k).

    Parameters
    ----------
    reduction : Reduction
    solutions : sequence of j
    interpolation : ndarray of shape (k, j)
    rows, diagonal
        As for `error_variances`.
    """
    at_solutions = np.empty((2, len(diagonal), len(solutions)))
    for place, solution in enumerate(solutions):
        s = reduction.coefficient_of_K(solution.h)
        at_solutions[..., place] = _finite_variances(solution, s, rows, diagonal)
    values = np.maximum(at_solutions @ interpolation.T, 0)
    values[0, ~rows.estimable] = np.inf
    return values


def error_covariances(
    estimate: Estimate,
    solutions: Iterable[GeneralizedLeastSquares],
    rows: RotatedRows,
    relationships: np.ndarray,
) -> np.ndarray:
    """Error covariances of x b + u, of shape (m, m, n_traits).

    Parameters
    ----------
    estimate, solutions, rows
        As for `error_variances`.
    relationships : ndarray of shape (m, m)
        K among the rows.
    """
    values = np.empty((*relationships.shape, estimate.model.n_traits))
    for trait, solution in enumerate(solutions):
        s = estimate.coefficient_of_K[trait]
        explained, of_mean, _ = _roots(solution, s, rows)
        covariance = s * relationships - explained.T @ explained + of_mean.T @ of_mean
        variances = np.einsum("ii->i", covariance)
        np.maximum(variances, 0, out=variances)
        np.multiply(covariance, solution.v, out=values[..., trait])
    unknown = np.flatnonzero(~rows.estimable)
    values[unknown] = values[:, unknown] = np.nan
    values[unknown, unknown] = np.inf
    return values


def _finite_variances(
    solution: GeneralizedLeastSquares, s: float, rows: RotatedRows, diagonal: np.ndarray
) -> np.ndarray:
    """Error variances of x b + u, and of u alone, of shape (2, m), as if x b were estimable."""
    explained, of_mean, of_random_effect = _roots(solution, s, rows)
    values = np.stack([_squares(of_mean), _squares(of_random_effect)])
    values += s * diagonal - _squares(explained)
    return np.maximum(values, 0) * solution.v


def _roots(
    solution: GeneralizedLeastSquares, s: float, rows: RotatedRows
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """s r, and what the estimation of b adds for x b + u and for u: R⁻ᵀ (x − s X'V⁻¹k), x or 0."""
    explained = s * solution.factor.whiten(rows.k)
    carried = solution.whitened_X.T @ explained
    of_mean = solve_triangular(solution.R, rows.x - carried, trans="T")
    of_random_effect = solve_triangular(solution.R, -carried, trans="T")
    return explained, of_mean, of_random_effect


def _squares(root: np.ndarray) -> np.ndarray:
    return np.einsum("ij,ij->j", root, root)
