"""Kernels by name, by function and precomputed."""

import warnings

import numpy as np
import pandas as pd
import polars as pl
import pytest
from sklearn.compose import make_column_selector
from sklearn.gaussian_process.kernels import RBF, ConstantKernel
from sklearn.metrics.pairwise import (
    cosine_similarity,
    laplacian_kernel,
    linear_kernel,
    pairwise_kernels,
    polynomial_kernel,
    rbf_kernel,
)
from sklearn.model_selection import GridSearchCV, cross_val_predict
from sklearn.pipeline import make_pipeline

from sklmm import LMMRegressor
from sklmm.preprocessing import GenotypeScaler


def scaled_rbf(A, B, gamma=0.01, scale=2.0):
    return scale * rbf_kernel(A, B, gamma=gamma)


def fitted_values(lmm, X, y):
    lmm.fit(X, y)
    mean, std = lmm.predict(X[:7], return_std=True)
    return [lmm.h_, lmm.v_, lmm.log_likelihood_, *lmm.b_, *mean, *std]


@pytest.mark.parametrize(
    ("parameters", "matrix"),
    [
        ({}, linear_kernel),
        ({"kernel": "cosine"}, cosine_similarity),
        ({"kernel": "rbf", "gamma": 0.01}, lambda A: rbf_kernel(A, gamma=0.01)),
        ({"kernel": "rbf"}, rbf_kernel),
        ({"kernel": "laplacian", "gamma": 0.01}, lambda A: laplacian_kernel(A, gamma=0.01)),
        (
            {"kernel": "poly", "degree": 2, "coef0": 3, "gamma": 0.1},
            lambda A: polynomial_kernel(A, degree=2, coef0=3, gamma=0.1),
        ),
        ({"kernel": scaled_rbf}, lambda A: scaled_rbf(A, A)),
        (
            {"kernel": scaled_rbf, "kernel_params": {"gamma": 0.02}},
            lambda A: scaled_rbf(A, A, gamma=0.02),
        ),
        ({"kernel": 2.0 * RBF(7.0)}, 2.0 * RBF(7.0)),
    ],
)
def test_kernel_is_the_kinship_it_computes(population, parameters, matrix):
    X, y = population.markers, population.y
    lmm = LMMRegressor(**parameters).fit(X, y)
    plain = LMMRegressor(matrix(X)).fit(np.empty((60, 0)), y)
    for attribute in ("h_", "v_", "b_", "log_likelihood_", "pve_", "dual_coef_"):
        np.testing.assert_allclose(getattr(lmm, attribute), getattr(plain, attribute), rtol=1e-7)
    for option in ("return_std", "return_cov"):
        results = lmm.predict(X, **{option: True})
        expected = plain.predict(np.empty((60, 0)), **{option: True})
        np.testing.assert_allclose(results[0], expected[0], rtol=1e-7)
        np.testing.assert_allclose(results[1], expected[1], atol=1e-8)


def test_precomputed_is_scikit_learns_convention(population):
    y = population.y
    K = linear_kernel(population.markers)
    expected = cross_val_predict(LMMRegressor(), population.markers, y, cv=5)
    predictions = cross_val_predict(LMMRegressor(kernel="precomputed"), K, y, cv=5)
    np.testing.assert_allclose(predictions, expected, rtol=1e-9)


def test_precomputed_has_no_prior_variance_of_new_rows(population):
    lmm = LMMRegressor(kernel="precomputed").fit(population.K, population.y)
    for option in ("return_std", "return_cov"):
        with pytest.raises(ValueError, match=r"kernel='precomputed' does not hold: X is K\[rows"):
            lmm.predict(population.K, **{option: True})


@pytest.fixture
def table(population):
    columns = [f"snp{j}" for j in range(population.markers.shape[1])]
    frame = pd.DataFrame(population.markers, columns=columns)
    frame.insert(0, "age", population.covariates[:, 0])
    frame.insert(3, "sex", population.covariates[:, 1])
    return frame


@pytest.mark.parametrize(
    "selector",
    [
        ["age", "sex"],
        [0, 3],
        np.isin(np.arange(152), [0, 3]),
        make_column_selector("age|sex"),
        lambda X: ["age", "sex"],
    ],
)
def test_covariates_are_the_fixed_effects(population, table, selector):
    lmm = LMMRegressor(covariates=selector).fit(table, population.y)
    plain = LMMRegressor(linear_kernel(population.markers)).fit(
        population.covariates, population.y
    )
    np.testing.assert_allclose(lmm.b_, plain.b_, rtol=1e-9)
    np.testing.assert_allclose(lmm.predict(table), plain.predict(population.covariates))
    assert lmm.n_features_in_ == 152
    np.testing.assert_allclose(
        lmm.predict_fixed(table), lmm.intercept_ + population.covariates @ lmm.coef_
    )


@pytest.mark.parametrize("selector", ["age", 0, slice(0, 1), slice("age", "age")])
def test_one_covariate(population, table, selector):
    lmm = LMMRegressor(covariates=selector).fit(table, population.y)
    expected = LMMRegressor(covariates=["age"]).fit(table, population.y)
    np.testing.assert_array_equal(lmm.b_, expected.b_)


def test_covariates_in_polars_and_arrays(population, table):
    expected = LMMRegressor(covariates=["age", "sex"]).fit(table, population.y).predict(table)
    polars = pl.from_dicts(table.to_dict("records"))
    lmm = LMMRegressor(covariates=["age", "sex"]).fit(polars, population.y)
    np.testing.assert_allclose(lmm.predict(polars), expected, rtol=1e-12)
    lmm = LMMRegressor(covariates=[0, 3]).fit(table.to_numpy(), population.y)
    np.testing.assert_allclose(lmm.predict(table.to_numpy()), expected, rtol=1e-12)


def test_hyperparameters_of_a_gaussian_process_kernel_in_a_grid_search():
    rng = np.random.default_rng(3)
    X = rng.uniform(-2, 2, (60, 1))
    y = np.sin(3 * X[:, 0]) + 0.1 * rng.standard_normal(60)
    lmm = LMMRegressor(kernel=ConstantKernel(1.0) * RBF(1.0))
    grid = {"kernel__k2__length_scale": [0.01, 0.7, 50.0]}
    search = GridSearchCV(lmm, grid, cv=3).fit(X, y)
    assert search.best_params_ == {"kernel__k2__length_scale": 0.7}
    assert lmm.kernel.k2.length_scale == 1.0


def test_a_singular_kernel_has_pairs_of_equal_rows(population):
    X = population.markers[np.r_[:60, :20]]
    y = population.y[np.r_[:60, :20]] + np.random.default_rng(0).standard_normal(80)
    band, eigh = (fitted_values(LMMRegressor(solver=s), X, y) for s in ("band", "eigh"))
    np.testing.assert_allclose(band, eigh, rtol=1e-8)


def one_pair(a, b):
    return float(a @ b)


def asymmetric(A, B):
    return linear_kernel(A, B) + np.arange(len(B))


def infinite(A, B):
    return np.full((len(A), len(B)), np.inf)


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"kernel": asymmetric}, r"kernel\(X, X\) must be symmetric, but kernel\(X, X\)\["),
        (
            {"kernel": infinite},
            "kernel=<function infinite .* must return finite real numbers",
        ),
        (
            {"kernel": lambda A, B: np.ones(len(A))},
            r"returned an array of shape \(60,\) .* kernel\(A, B\) must return \(60, 60\)",
        ),
        (
            {"kernel": "rbf", "kernel_params": {"gamma": 1}},
            r"kernel_params={'gamma': 1} are for a callable kernel, but kernel='rbf'. Use gamma",
        ),
        ({"covariates": ["age"]}, r"covariates=\['age'\] does not select columns of X: .*string"),
        ({"covariates": True}, "covariates=True does not select columns of X"),
        ({"kernel": lambda A, B: (A @ B.T).astype(str)}, "must return finite real numbers, .*<U"),
        ({"kernel": lambda A, B: A @ B.T + 0j}, "must return finite real numbers, .* complex128"),
        ({"covariates": [400]}, r"covariates=\[400\] does not select columns of X"),
        (
            {"covariates": list(range(150))},
            "selects every column of X and leaves none to the kernel",
        ),
        ({"kernel": "precomputed", "covariates": [0]}, "cannot be used with kernel='precomputed'"),
        ({"kernel": "precomputed"}, r"kernel='precomputed' takes a square X in fit.* \(60, 150\)"),
        ({"sample_id": 0}, "sample_id=0 names rows of a kinship, but kinship is None"),
    ],
)
def test_bad_kernels(population, parameters, message):
    lmm = LMMRegressor(**parameters)
    with pytest.raises((ValueError, TypeError), match=message):
        lmm.fit(population.markers, population.y)


def test_values_of_a_kernel_are_checked_at_prediction_too(population):
    def bad_for_few(A, B):
        return linear_kernel(A, B) * (1.0 if len(A) == 60 else np.nan)

    lmm = LMMRegressor(kernel=bad_for_few).fit(population.markers, population.y)
    with pytest.raises(ValueError, match="must return finite real numbers"):
        lmm.predict(population.markers[:5])
    lmm = LMMRegressor(kernel="poly").fit(population.markers, population.y)
    with pytest.raises(ValueError, match="kernel='poly' gives values that are not finite"):
        lmm.predict(np.full((1, 150), 1e150))


def test_changing_X_after_fit_changes_nothing(population):
    X = population.markers.copy()
    lmm = LMMRegressor().fit(X, population.y)
    expected = lmm.predict(population.markers)
    X *= 2
    np.testing.assert_array_equal(lmm.predict(population.markers), expected)


def test_a_kernel_cannot_change_X(population):
    def in_place(A, B):
        A *= 1.5
        return A @ B.T

    with pytest.raises(ValueError, match="read-only"):
        LMMRegressor(kernel=in_place).fit(population.markers, population.y)


def test_a_function_of_single_rows_is_explained(population):
    with pytest.raises(ValueError, match="matmul") as caught:
        LMMRegressor(kernel=one_pair).fit(population.markers, population.y)
    assert "called with whole arrays" in caught.value.__notes__[0]


def test_a_function_of_single_rows_can_be_wrapped(population):
    def wrapped(A, B):
        return pairwise_kernels(A, B, metric=one_pair)

    lmm = LMMRegressor(kernel=wrapped).fit(population.markers, population.y)
    assert lmm.h_ == pytest.approx(LMMRegressor().fit(population.markers, population.y).h_)


def test_values_that_overflow(population):
    with (
        np.errstate(all="ignore"),
        pytest.raises(ValueError, match="kernel='linear' gives values that are not finite"),
    ):
        LMMRegressor().fit(population.markers * 1e200, population.y)


@pytest.mark.parametrize("solver", ["band", "eigh", "lowrank"])
@pytest.mark.parametrize("mean", [0, 100, 1000])
def test_large_means_of_features(solver, mean):
    """With an intercept they change neither REML nor what predictions are."""
    rng = np.random.default_rng(2)
    Z = rng.standard_normal((80, 20))
    y = Z @ rng.standard_normal(20) * 0.5 + rng.standard_normal(80)
    Z -= Z.mean(axis=0)
    expected = LMMRegressor(solver="eigh").fit(Z, y)
    lmm = LMMRegressor(solver=solver).fit(Z + mean, y)
    tolerance = 1e-13 * (1 + mean) ** 2
    assert lmm.h_ == pytest.approx(expected.h_, abs=tolerance)
    scale = 100 * tolerance
    np.testing.assert_allclose(lmm.marker_effects_, expected.marker_effects_, atol=scale)
    np.testing.assert_allclose(lmm.predict(Z + mean), expected.predict(Z), atol=scale)
    np.testing.assert_allclose(
        lmm.predict(Z + mean), lmm.intercept_ + lmm.random_effects_, atol=scale
    )


@pytest.mark.parametrize("solver", ["band", "eigh", "lowrank"])
@pytest.mark.parametrize("mean", [1e4, 1e5, 3e5, 1e6])
def test_means_that_are_too_large_have_a_warning(solver, mean):
    rng = np.random.default_rng(2)
    Z = rng.standard_normal((80, 20))
    y = Z @ rng.standard_normal(20) * 0.5 + rng.standard_normal(80)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        LMMRegressor(solver=solver).fit(Z + mean, y)
    messages = [str(warning.message) for warning in caught]
    assert any(message.startswith("Nearly all of K is constant") for message in messages)
    LMMRegressor(solver=solver, fit_intercept=False).fit(Z + 100, y)


@pytest.mark.parametrize("compact", [False, True])
def test_a_fitted_model_does_not_see_later_changes_of_its_kernel(population, compact):
    kernel, parameters = RBF(2.0), {"gamma": 0.01}
    for lmm in (
        LMMRegressor(kernel=kernel),
        LMMRegressor(kernel=scaled_rbf, kernel_params=parameters),
    ):
        lmm.fit(population.markers[:40], population.y[:40])
        predicting = lmm.compact() if compact else lmm
        before = predicting.predict(population.markers)
        kernel.length_scale, parameters["gamma"] = 9.0, 0.9
        np.testing.assert_array_equal(predicting.predict(population.markers), before)
        kernel.length_scale, parameters["gamma"] = 2.0, 0.01


def test_kernels_of_histograms(population):
    Z, y = population.markers + 0.1, population.y
    lmm = LMMRegressor(kernel="chi2", gamma=0.01).fit(Z[:50], y[:50])
    K = pairwise_kernels(Z, Z[:50], metric="chi2", gamma=0.01)
    np.testing.assert_allclose(lmm.predict(Z), lmm.intercept_ + K @ lmm.dual_coef_, rtol=1e-10)
    with pytest.raises(ValueError, match=r"no covariance .* mean diagonal .* is 0"):
        LMMRegressor(kernel="additive_chi2").fit(Z, y)


def test_covariates_that_are_named_in_another_order_or_twice():
    rng = np.random.default_rng(0)
    X = pd.DataFrame(rng.standard_normal((20, 4)), columns=list("abcd"))
    y = rng.standard_normal(20)
    mask = pd.Series([False, False, False, True], index=list("abcd"))
    expected = LMMRegressor(covariates=["d"], h=0.3).fit(X, y).coef_
    np.testing.assert_array_equal(LMMRegressor(covariates=mask, h=0.3).fit(X, y).coef_, expected)
    with pytest.raises(ValueError, match=r"X.columns and the index of covariates have the same"):
        LMMRegressor(covariates=mask[::-1]).fit(X, y)
    for twice in (["d", "d"], [3, 3], [0] * 3 + [1]):
        with pytest.raises(ValueError, match="does not select columns of X: a column is selected"):
            LMMRegressor(covariates=twice).fit(X, y)


@pytest.mark.parametrize("container", [np.asarray, pd.DataFrame])
def test_missing_genotypes_are_no_features(container):
    rng = np.random.default_rng(0)
    counts, y = rng.integers(0, 3, (30, 40)).astype(np.int8), rng.standard_normal(30)
    coded = counts.copy()
    coded[3, 5] = -127
    model = make_pipeline(GenotypeScaler(), LMMRegressor(kernel="linear", h=0.3))
    model.fit(container(coded), y)
    LMMRegressor(h=0.3).fit(container(counts), y)
    with pytest.warns(UserWarning, match="have 1 value -127 beside genotypes 0, 1, 2"):
        LMMRegressor(h=0.3).fit(container(coded.astype(float)), y)
    message = "1 values -127 of type int8, the first in row 3 of column 5.* GenotypeScaler before"
    with pytest.raises(ValueError, match=message):
        LMMRegressor(kernel="linear").fit(container(coded), y)


@pytest.mark.parametrize(
    ("parameters", "said"),
    [
        ({"kernel": RBF(), "degree": 2}, r"degree=2 has no effect on kernel=RBF"),
        ({"kernel": "precomputed", "gamma": 2}, "gamma=2 has no effect on kernel='precomputed'"),
        ({"kernel": RBF(), "gamma": 2}, r"Leave .* kernel_params=\{'gamma': 2\}"),
    ],
)
def test_parameters_that_a_kernel_does_not_take(parameters, said):
    X = np.random.default_rng(0).standard_normal((6, 6))
    with pytest.warns(UserWarning, match=said):
        LMMRegressor(h=0.5, **parameters).fit(X @ X.T, X[:, 0])


@pytest.mark.parametrize("kernel", ["chi2", "additive_chi2"])
def test_features_that_a_kernel_does_not_take(kernel):
    X = np.random.default_rng(0).standard_normal((20, 3))
    with pytest.raises(ValueError, match=f"kernel='{kernel}' does not take these features.*negat"):
        LMMRegressor(kernel=kernel).fit(X, X[:, 0])
