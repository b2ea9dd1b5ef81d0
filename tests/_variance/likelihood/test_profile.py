"""The profile likelihood and its score against dense formulas in long double."""

import numpy as np
import oracle
import pytest
from models import reduce

from sklmm._variance.likelihood.fixed_effects import FixedEffects
from sklmm._variance.likelihood.profile import Profile

SOLVERS = ["band", "eigh"]
METHODS = ["reml", "ml"]
N = 30


def make_problem(n_covariates):
    rng = np.random.default_rng(n_covariates)
    Z = rng.standard_normal((N, 45))
    K = Z @ Z.T / 45
    covariates = rng.standard_normal((N, n_covariates))
    y = rng.standard_normal(N) + np.linalg.cholesky(K) @ rng.standard_normal(N)
    return K * N / K.trace(), covariates, y


@pytest.fixture(params=[0, 1, 3])
def problem(request):
    return make_problem(request.param)


def profile_of(K, covariates, y, method, solver):
    basis = FixedEffects.from_covariates(covariates, fit_intercept=False).basis
    y = y - basis @ (basis.T @ y)
    reduction, X, Y, _ = reduce(solver, K).rotate_data(basis, y[:, None], None)
    return Profile(reduction, X, Y, method)


@pytest.mark.parametrize("solver", SOLVERS)
@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("h", [0.0, 1e-5, 0.37, 0.95, 1.0])
def test_likelihood_and_variance(problem, method, solver, h):
    expected = oracle.fit_at(h, *problem, method)
    solution = profile_of(*problem, method, solver).at(h)
    assert solution.log_likelihood == pytest.approx(float(expected.log_likelihood), rel=1e-12)
    assert solution.v == pytest.approx(float(expected.v), rel=1e-11)


@pytest.mark.parametrize("solver", SOLVERS)
@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("h", [0.02, 0.37, 0.9])
def test_score_is_the_derivative(problem, method, solver, h):
    step = np.longdouble(1e-5)
    values = [oracle.fit_at(h + k * step, *problem, method).log_likelihood for k in (-2, -1, 1, 2)]
    derivative = (values[0] - 8 * values[1] + 8 * values[2] - values[3]) / (12 * step)
    score = profile_of(*problem, method, solver).score(h)
    assert score == pytest.approx(float(derivative), rel=1e-9, abs=1e-9)


@pytest.mark.parametrize("n_covariates", [1, 3])
def test_restricted_likelihood_does_not_see_the_fixed_effects(n_covariates):
    """K + XMX' has the same error contrasts as K."""
    K, covariates, y = make_problem(n_covariates)
    shifted = K + covariates @ covariates.T
    shifted_h = 0.4
    values = []
    for matrix in (K, shifted):
        scale = matrix.trace() / N
        h = shifted_h * scale / (shifted_h * scale + 1 - shifted_h)
        values.append(profile_of(matrix, covariates, y, "reml", "band").at(h).log_likelihood)
    assert values[0] == pytest.approx(values[1], rel=1e-12)
