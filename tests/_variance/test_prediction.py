"""Errors of predictions: variances and covariances from one routine, against a dense formula."""

import numpy as np
import pytest
from models import GivenRows, estimate, model_of, reduce

from sklmm._variance.likelihood.fixed_effects import FixedEffects
from sklmm._variance.prediction import RotatedRows, error_variances

N = 25
rng = np.random.default_rng(3)
Z = rng.standard_normal((N, 40)) / 6
NEW = np.vstack([rng.standard_normal((5, 40)) / 6, Z[:3]])
COVARIATES = rng.standard_normal((N, 2))
NEW_COVARIATES = np.vstack([rng.standard_normal((5, 2)), COVARIATES[:3]])
EFFECTS = FixedEffects.from_covariates(COVARIATES, fit_intercept=True)
Y = np.column_stack([Z @ rng.standard_normal((40, 2)) + 0.7, rng.standard_normal(N)])


def errors(solver, prior):
    found = estimate(model_of(reduce(solver, Z=Z), EFFECTS, Y, rows=GivenRows(Z=Z)))
    new = GivenRows(K=NEW @ Z.T, Z=NEW)
    rows = RotatedRows.from_rows(found.model, NEW_COVARIATES, new, prior)
    return found, error_variances(found, map(found.solution, range(Y.shape[1])), rows)


def by_dense_formula(s, t):
    """Of x b + u for new rows, with the covariance of the generalized least squares."""
    X, x = (np.column_stack([np.ones(len(C)), C]) for C in (COVARIATES, NEW_COVARIATES))
    inverse, k = np.linalg.inv(s * Z @ Z.T + t * np.eye(N)), s * NEW @ Z.T
    carried = x - k @ inverse @ X
    left = s * NEW @ NEW.T - k @ inverse @ k.T
    return left + carried @ np.linalg.solve(X.T @ inverse @ X, carried.T)


@pytest.mark.parametrize("solver", ["band", "eigh"])
def test_covariances_are_those_of_the_dense_formula(solver):
    found, (covariances,) = errors(solver, NEW @ NEW.T)
    for trait in range(Y.shape[1]):
        h, v = found.h[trait], found.v[trait]
        expected = by_dense_formula(h * v, (1 - h) * v)
        np.testing.assert_allclose(covariances[..., trait], expected, atol=1e-10)


@pytest.mark.parametrize("solver", ["band", "eigh"])
def test_variances_are_the_diagonal_of_covariances(solver):
    _, (covariances,) = errors(solver, NEW @ NEW.T)
    _, (variances, of_random_effects) = errors(solver, np.sum(NEW**2, axis=1))
    np.testing.assert_allclose(variances, np.einsum("iit->it", covariances), atol=1e-14)
    assert np.all(of_random_effects >= 0)


def test_what_the_training_rows_say_nothing_of():
    constant = FixedEffects.from_covariates(np.ones((N, 1)), fit_intercept=True)
    found = estimate(model_of(reduce("band", Z=Z), constant, Y[:, :1]))
    new, covariates = GivenRows(K=NEW @ Z.T), np.r_[np.ones(7), 2.0][:, None]
    for prior in (NEW @ NEW.T, np.sum(NEW**2, axis=1)):
        rows = RotatedRows.from_rows(found.model, covariates, new, prior)
        of_mean = error_variances(found, [found.solution(0)], rows)[0, ..., 0]
        assert of_mean[7, 7] == np.inf if prior.ndim == 2 else of_mean[7] == np.inf
        assert (
            np.isnan(of_mean[7, :7]).all() if prior.ndim == 2 else np.isfinite(of_mean[:7]).all()
        )
