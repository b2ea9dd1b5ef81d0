"""What must hold for any data: hypothesis looks for the counterexample."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sklmm import Kinship, LMMRegressor

TOLERANCE = {"rtol": 1e-6, "atol": 1e-8}
properties = settings(max_examples=25, deadline=None)


@st.composite
def problems(draw):
    """(K, ids, covariates, y) of 12 to 40 samples with an identified h."""
    n = draw(st.integers(12, 40))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    h = draw(st.sampled_from([0.0, 0.3, 0.6, 0.9]))
    Z = rng.standard_normal((n, 3 * n)) @ np.diag(rng.uniform(0.2, 2, 3 * n))
    K = Z @ Z.T / np.sum(Z**2) * n
    covariates = rng.standard_normal((n, draw(st.integers(0, 2))))
    noise = rng.standard_normal(n)
    y = np.sqrt(h) * np.linalg.cholesky(K) @ rng.standard_normal(n) + np.sqrt(1 - h) * noise
    return K, np.arange(n) * 7, covariates, y


methods = st.sampled_from(["reml", "ml"])
solvers = st.sampled_from(["band", "eigh"])


def fit(problem, kinship=None, **parameters):
    K, ids, _, y = problem
    kinship = Kinship(K, ids) if kinship is None else kinship
    return LMMRegressor(kinship, sample_id=0, **parameters).fit(table(problem), y)


def table(problem):
    _, ids, covariates, _ = problem
    return np.column_stack([ids, covariates])


def parameters_of(lmm):
    return np.concatenate([[lmm.h_, lmm.v_, lmm.log_likelihood_], lmm.b_])


@properties
@given(problems(), methods, solvers, st.randoms(use_true_random=False))
def test_permuting_rows_permutes_predictions(problem, method, solver, random):
    K, ids, covariates, y = problem
    order = np.array(random.sample(range(len(y)), len(y)))
    lmm = fit(problem, method=method, solver=solver)
    shuffled = fit((K, ids[order], covariates[order], y[order]), Kinship(K, ids), method=method)
    np.testing.assert_allclose(parameters_of(shuffled), parameters_of(lmm), **TOLERANCE)
    X = table(problem)
    np.testing.assert_allclose(shuffled.predict(X), lmm.predict(X), **TOLERANCE)
    np.testing.assert_allclose(shuffled.dual_coef_, lmm.dual_coef_[order], **TOLERANCE)


@properties
@given(problems(), methods, solvers, st.randoms(use_true_random=False))
def test_permuting_the_kinship_changes_nothing(problem, method, solver, random):
    K, ids, _, y = problem
    order = np.array(random.sample(range(len(y)), len(y)))
    lmm = fit(problem, method=method, solver=solver)
    kinship = Kinship(K[np.ix_(order, order)], ids[order])
    permuted = fit(problem, kinship, method=method, solver=solver)
    np.testing.assert_array_equal(parameters_of(permuted), parameters_of(lmm))
    X = table(problem)
    np.testing.assert_allclose(permuted.predict(X), lmm.predict(X), rtol=1e-12)


@pytest.mark.filterwarnings("ignore:h_ is so near to 1")
@properties
@given(problems(), methods, solvers, st.floats(1e-8, 1e8))
def test_scaling_the_kinship(problem, method, solver, c):
    """h becomes h / (h + c (1 − h)), and nothing that can be observed changes."""
    lmm = fit(problem, method=method, solver=solver)
    scaled = fit((c * problem[0], *problem[1:]), method=method, solver=solver)
    assert scaled.h_ == pytest.approx(lmm.h_ / (lmm.h_ + c * (1 - lmm.h_)), abs=1e-8)
    assert scaled.log_likelihood_ == pytest.approx(lmm.log_likelihood_, rel=1e-9)
    assert scaled.pve_ == pytest.approx(lmm.pve_, abs=1e-8)
    X = table(problem)
    for expected, observed in zip(
        lmm.predict(X, return_std=True), scaled.predict(X, return_std=True), strict=True
    ):
        np.testing.assert_allclose(observed, expected, rtol=1e-5, atol=1e-6)


@properties
@given(problems(), methods, solvers, st.floats(-1e4, 1e4))
def test_adding_a_constant_moves_only_the_intercept(problem, method, solver, constant):
    *rest, y = problem
    lmm = fit(problem, method=method, solver=solver)
    moved = fit((*rest, y + constant), method=method, solver=solver)
    expected = parameters_of(lmm)
    expected[3] += constant
    np.testing.assert_allclose(parameters_of(moved), expected, **TOLERANCE)
    np.testing.assert_allclose(moved.random_effects_, lmm.random_effects_, **TOLERANCE)


@properties
@given(problems(), methods, solvers, st.floats(1e-6, 1e6))
def test_scaling_y(problem, method, solver, c):
    *rest, y = problem
    lmm = fit(problem, method=method, solver=solver)
    scaled = fit((*rest, c * y), method=method, solver=solver)
    assert scaled.h_ == pytest.approx(lmm.h_, abs=1e-8)
    assert scaled.v_ == pytest.approx(c**2 * lmm.v_, rel=1e-6)
    np.testing.assert_allclose(scaled.b_, c * lmm.b_, rtol=1e-6, atol=1e-8 * c)


@properties
@given(problems(), solvers, st.floats(0.1, 10))
def test_reml_does_not_depend_on_the_covariates_units(problem, solver, unit):
    K, ids, covariates, y = problem
    lmm = fit(problem, solver=solver)
    other = fit((K, ids, covariates * unit + 3, y), solver=solver)
    assert other.h_ == pytest.approx(lmm.h_, abs=1e-8)
    assert other.log_likelihood_ == pytest.approx(lmm.log_likelihood_, rel=1e-9)
    np.testing.assert_allclose(other.coef_ * unit, lmm.coef_, **TOLERANCE)


@properties
@given(problems(), methods)
def test_both_solvers_agree(problem, method):
    band, eigh = (fit(problem, method=method, solver=solver) for solver in ("band", "eigh"))
    np.testing.assert_allclose(parameters_of(band), parameters_of(eigh), **TOLERANCE)


@properties
@given(problems(), methods, solvers)
def test_the_maximum_is_higher_than_its_surroundings(problem, method, solver):
    lmm = fit(problem, method=method, solver=solver)
    grid = np.concatenate([np.linspace(0, 1, 41), np.clip([lmm.h_ - 1e-3, lmm.h_ + 1e-3], 0, 1)])
    assert lmm.log_likelihood(grid).max() <= lmm.log_likelihood_ + 1e-10


@properties
@given(problems())
def test_linear_kernel_is_the_kinship_of_its_features(problem):
    _, ids, covariates, y = problem
    features = np.random.default_rng(len(y)).standard_normal((len(y), 5 * len(y)))
    X = np.column_stack([covariates, features])
    lmm = LMMRegressor(covariates=list(range(covariates.shape[1]))).fit(X, y)
    expected = fit((features @ features.T, ids, covariates, y))
    np.testing.assert_allclose(parameters_of(lmm), parameters_of(expected), rtol=1e-5, atol=1e-8)
