"""Errors of predictions, variances and covariances, against a dense formula."""

import numpy as np
import pytest
from models import GivenRows, estimate, model_of, reduce

from sklmm._variance.likelihood.fixed_effects import FixedEffects
from sklmm._variance.prediction import (
    RotatedRows,
    error_covariances,
    error_variances,
    error_variances_over_h,
)

N = 25
rng = np.random.default_rng(3)
Z = rng.standard_normal((N, 40)) / 6
NEW = np.vstack([rng.standard_normal((5, 40)) / 6, Z[:3]])
COVARIATES = rng.standard_normal((N, 2))
NEW_COVARIATES = np.vstack([rng.standard_normal((5, 2)), COVARIATES[:3]])
EFFECTS = FixedEffects.from_covariates(COVARIATES, fit_intercept=True)
Y = np.column_stack([Z @ rng.standard_normal((40, 2)) + 0.7, rng.standard_normal(N)])


RELATIONSHIPS = NEW @ NEW.T
DIAGONAL = np.sum(NEW**2, axis=1)


def errors(solver, of_rows, prior):
    found = estimate(model_of(reduce(solver, Z=Z), EFFECTS, Y, rows=GivenRows(Z=Z)))
    new = GivenRows(K=NEW @ Z.T, Z=NEW)
    rows = RotatedRows.from_rows(found.model, NEW_COVARIATES, new)
    return found, of_rows(found, map(found.solution, range(Y.shape[1])), rows, prior)


def by_dense_formula(s, t):
    """Of x b + u for new rows, with the covariance of the generalized least squares."""
    X, x = (np.column_stack([np.ones(len(C)), C]) for C in (COVARIATES, NEW_COVARIATES))
    inverse, k = np.linalg.inv(s * Z @ Z.T + t * np.eye(N)), s * NEW @ Z.T
    carried = x - k @ inverse @ X
    left = s * NEW @ NEW.T - k @ inverse @ k.T
    return left + carried @ np.linalg.solve(X.T @ inverse @ X, carried.T)


@pytest.mark.parametrize("solver", ["band", "eigh"])
def test_covariances_are_those_of_the_dense_formula(solver):
    found, covariances = errors(solver, error_covariances, RELATIONSHIPS)
    for trait in range(Y.shape[1]):
        h, v = found.h[trait], found.v[trait]
        expected = by_dense_formula(h * v, (1 - h) * v)
        np.testing.assert_allclose(covariances[..., trait], expected, atol=1e-10)


@pytest.mark.parametrize("solver", ["band", "eigh"])
def test_variances_are_the_diagonal_of_covariances(solver):
    _, covariances = errors(solver, error_covariances, RELATIONSHIPS)
    _, (variances, of_random_effects) = errors(solver, error_variances, DIAGONAL)
    np.testing.assert_allclose(variances, np.einsum("iit->it", covariances), atol=1e-14)
    assert np.all(of_random_effects >= 0)


def test_what_the_training_rows_say_nothing_of():
    constant = FixedEffects.from_covariates(np.ones((N, 1)), fit_intercept=True)
    found = estimate(model_of(reduce("band", Z=Z), constant, Y[:, :1]))
    new, covariates = GivenRows(K=NEW @ Z.T), np.r_[np.ones(7), 2.0][:, None]
    rows = RotatedRows.from_rows(found.model, covariates, new)
    solution = found.solution(0)
    of_mean = error_covariances(found, [solution], rows, RELATIONSHIPS)[..., 0]
    assert of_mean[7, 7] == np.inf
    assert np.isnan(of_mean[7, :7]).all()
    assert np.isfinite(of_mean[:7, :7]).all()
    interpolation = np.array([[0.4, 0.6], [1.5, -0.5]])
    for variances, of_random_effect in (
        error_variances(found, [solution], rows, DIAGONAL),
        error_variances_over_h(
            found.model.reduction, [solution, solution], interpolation, rows, DIAGONAL
        ),
    ):
        assert (variances[7] == np.inf).all()
        expected = np.broadcast_to(np.diagonal(of_mean)[:7, None], variances[:7].shape)
        np.testing.assert_allclose(variances[:7], expected)
        assert np.isfinite(of_random_effect).all()
