"""How far predictions are off: Henderson's prediction error variance, and that of x b + u.

With s the coefficient of K in V = s K + t I, k = K[train, new], r = V⁻¹ᐟ²k and R'R = X'V⁻¹X

    var(û − u) / v             = s K[new, new] − s² r'r + |R⁻ᵀ (0 − s X'V⁻¹k)|²,
    var(x b̂ + û − x b − u) / v = s K[new, new] − s² r'r + |R⁻ᵀ (x − s X'V⁻¹k)|²,

and so the covariances, with products of columns in the place of squares.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np

from .likelihood.estimate import Estimate
from .likelihood.mixed_model import MixedModel
from .likelihood.profile import GeneralizedLeastSquares
from .linalg.triangular import solve_triangular
from .reductions.base import RelatedRows


class RotatedRows(NamedTuple):
    """New rows rotated by a reduction.

    Attributes
    ----------
    x : ndarray of shape (rank, m)
        The fixed effects, in their basis.
    k : ndarray of shape (n, m)
        Qᵀ K[train, new]
    prior : ndarray of shape (m,) or (m, m)
        K among the rows, or its diagonal alone: variances are asked for, or covariances.
    estimable : ndarray of bool of shape (m,)
        Where the training rows say nothing about x b, its variance is infinite, and its
        covariances are nan.
    """

    x: np.ndarray
    k: np.ndarray
    prior: np.ndarray
    estimable: np.ndarray

    @classmethod
    def from_rows(
        cls, model: MixedModel, covariates: np.ndarray, rows: RelatedRows, prior: np.ndarray
    ) -> RotatedRows:
        """Rotate rows with fixed effects of shape (m, k), without intercept."""
        effects = model.fixed_effects
        x, estimable = effects.in_basis(covariates).T, effects.are_estimable(covariates)
        return cls(x, model.reduction.relate(rows), prior, estimable)


def error_variances_at(
    solution: GeneralizedLeastSquares, s: float, rows: RotatedRows, n_parts: int = 2
) -> np.ndarray:
    """Error variances of x b + u, and of u alone, of shape (n_parts, m) or (n_parts, m, m).

    They are finite, whether x b can be estimated or not.
    """
    explained = s * solution.factor.whiten(rows.k)
    carried = solution.whitened_X.T @ explained
    unexplained = s * rows.prior - _products(explained, rows.prior)
    parts = np.empty((n_parts, *rows.prior.shape))
    nothing = np.zeros_like(rows.x)
    for part, x in zip(parts, (rows.x, nothing), strict=False):
        estimation = solve_triangular(solution.R, x - carried, trans="T")
        part[:] = unexplained + _products(estimation, rows.prior)
        variances = part if part.ndim == 1 else np.einsum("ii->i", part)
        np.maximum(variances, 0, out=variances)
    parts *= solution.v
    return parts


def error_variances(
    estimate: Estimate, solutions: Iterable[GeneralizedLeastSquares], rows: RotatedRows
) -> np.ndarray:
    """Error variances of x b + u with n_traits in the last axis, and of u if not covariances.

    Parameters
    ----------
    solutions : iterable
        Of each trait, one at a time.

    Returns
    -------
    ndarray of shape (2, m, n_traits) or (1, m, m, n_traits)
    """
    n_parts = 3 - rows.prior.ndim
    values = np.empty((n_parts, *rows.prior.shape, estimate.model.n_traits))
    for trait, solution in enumerate(solutions):
        s = estimate.coefficient_of_K[trait]
        values[..., trait] = error_variances_at(solution, s, rows, n_parts)
    mark_not_estimable(values[0], rows)
    return values


def mark_not_estimable(of_mean: np.ndarray, rows: RotatedRows) -> None:
    """Make the variance of x b infinite, and covariances nan, where nothing is known of it."""
    free = np.flatnonzero(~rows.estimable)
    if rows.prior.ndim == 2:
        of_mean[free] = of_mean[:, free] = np.nan
        of_mean[free, free] = np.inf
    else:
        of_mean[free] = np.inf


def _products(root: np.ndarray, prior: np.ndarray) -> np.ndarray:
    return np.einsum("ij,ij->j", root, root) if prior.ndim == 1 else root.T @ root
