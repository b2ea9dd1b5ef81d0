"""The basis of the fixed effects, and coefficients as LinearRegression gives them."""

import numpy as np
import pytest
from sklearn.linear_model import LinearRegression

from sklmm._variance.fixed_effects import FixedEffects


def designs():
    rng = np.random.default_rng(0)
    full = rng.standard_normal((20, 3))
    constant = np.full((20, 1), 0.1)
    return {
        "none": full[:, :0],
        "full rank": full,
        "constant": np.hstack([full, constant]),
        "repeated": np.hstack([full, full[:, :1], 2 * full[:, 1:2]]),
        "sum": np.hstack([full, full.sum(axis=1, keepdims=True)]),
        "zero": np.hstack([full, np.zeros((20, 1))]),
        "more columns than rows": np.vstack([full.T @ full] * 7)[:20]
        @ rng.standard_normal((3, 30)),
    }


@pytest.fixture(params=designs())
def X(request):
    return designs()[request.param]


@pytest.mark.parametrize("fit_intercept", [True, False])
def test_basis(X, fit_intercept):
    effects = FixedEffects.of(X, fit_intercept)
    design = np.hstack([np.ones((20, int(fit_intercept))), X])
    assert effects.rank == (np.linalg.matrix_rank(design) if design.size else 0)
    np.testing.assert_allclose(effects.basis.T @ effects.basis, np.eye(effects.rank), atol=1e-13)
    np.testing.assert_allclose(design @ effects.to_coefficients, effects.basis, atol=1e-12)
    np.testing.assert_allclose(effects.in_basis(X), effects.basis, atol=1e-12)
    projected = effects.basis @ (effects.basis.T @ design)
    np.testing.assert_allclose(projected, design, atol=1e-12 * np.abs(design).max(initial=0))


@pytest.mark.parametrize("fit_intercept", [True, False])
def test_coefficients_are_those_of_linear_regression(X, fit_intercept):
    y = np.random.default_rng(1).standard_normal(20) + 5
    effects = FixedEffects.of(X, fit_intercept)
    b = effects.to_coefficients @ (effects.basis.T @ y)
    if not X.shape[1]:
        np.testing.assert_allclose(b, [y.mean()] if fit_intercept else [])
        return
    expected = LinearRegression(fit_intercept=fit_intercept).fit(X, y)
    coefficients = np.atleast_1d(expected.coef_)
    if fit_intercept:
        coefficients = np.concatenate([[expected.intercept_], coefficients])
    np.testing.assert_allclose(b, coefficients, atol=1e-11)


@pytest.mark.parametrize("fit_intercept", [True, False])
def test_badly_scaled_columns_keep_their_rank(fit_intercept):
    rng = np.random.default_rng(2)
    X = rng.standard_normal((20, 3)) * [1e-9, 1.0, 1e9] + [0, 0, 1e10]
    effects = FixedEffects.of(X, fit_intercept)
    assert effects.rank == 3 + fit_intercept
