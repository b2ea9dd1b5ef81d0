"""Fitted attributes and predictions against independent solvers."""

import pickle

import joblib
import numpy as np
import oracle
import pytest
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import RBF, ConstantKernel
from sklearn.kernel_ridge import KernelRidge
from sklearn.linear_model import LinearRegression
from sklearn.model_selection import GridSearchCV, cross_val_predict

from sklmm import LMMRegressor

SOLVERS = ["auto", "band", "eigh"]


@pytest.fixture
def data(population):
    """Thirty of the samples: K, covariates, y."""
    return population.K[:30, :30], population.covariates[:30], population.y[:30]


@pytest.fixture
def curve():
    """A smooth function of three features with noise."""
    rng = np.random.default_rng(3)
    X = rng.uniform(-2, 2, (60, 3))
    return X, np.sin(X[:, 0]) + X[:, 1] * X[:, 2] / 2 + 0.3 * rng.standard_normal(60)


def design(covariates):
    return np.column_stack([np.ones(len(covariates)), covariates])


@pytest.mark.parametrize("solver", SOLVERS)
@pytest.mark.parametrize("method", ["reml", "ml"])
@pytest.mark.parametrize("scale", [1, 1e-7, 1e7])
def test_dense_formulas_in_long_double(data, method, solver, scale):
    K, covariates, y = data
    lmm = LMMRegressor(scale * K, method=method, solver=solver).fit(covariates, y)
    at_unit_scale = oracle.fit(K, design(covariates), y, method)
    assert lmm.pve_ == pytest.approx(LMMRegressor(K, method=method).fit(covariates, y).pve_)
    h = float(at_unit_scale.h / (at_unit_scale.h + scale * (1 - at_unit_scale.h)))
    assert lmm.h_ == pytest.approx(h, abs=1e-8)
    expected = oracle.fit_at(lmm.h_, scale * K, design(covariates), y, method)
    assert lmm.v_ == pytest.approx(float(expected.v), rel=1e-9)
    assert lmm.log_likelihood_ == pytest.approx(float(expected.log_likelihood), rel=1e-12)
    np.testing.assert_allclose(lmm.b_, expected.b.astype(float), rtol=1e-9)
    residual = y - design(covariates) @ expected.b
    dual = (expected.h * expected.V_inverse @ residual).astype(float)
    np.testing.assert_allclose(lmm.dual_coef_, dual, rtol=1e-8)
    np.testing.assert_allclose(lmm.random_effects_, scale * K @ dual, rtol=1e-8)


@pytest.mark.parametrize("solver", SOLVERS)
@pytest.mark.parametrize("h", [0.0, 0.4, 1.0])
def test_prediction_variance_by_dense_formulas(population, solver, h):
    """var(x b̂ + û − x b − u) from the joint distribution of training and new samples."""
    seen, new = np.arange(30), np.arange(25, 60)
    K, X = population.K, design(population.covariates)
    lmm = LMMRegressor(population.kinship, sample_id=0, h=h, solver=solver)
    lmm.fit(population.array[seen], population.y[seen])
    mean, std = lmm.predict(population.array[new], return_std=True)
    _, covariance = lmm.predict(population.array[new], return_cov=True)
    fit = oracle.fit_at(h, K[:30, :30], X[seen], population.y[seen], "reml")
    weights = h * K[np.ix_(new, seen)] @ fit.V_inverse
    unexplained = X[new] - weights @ X[seen]
    expected = fit.v * h * (K[np.ix_(new, new)] - weights @ K[np.ix_(seen, new)])
    expected += unexplained @ fit.b_covariance @ unexplained.T
    np.testing.assert_allclose(covariance, expected.astype(float), atol=1e-9)
    np.testing.assert_allclose(std**2, np.diag(covariance), atol=1e-12)
    np.testing.assert_array_equal(mean, lmm.predict(population.array[new]))


@pytest.mark.parametrize("solver", SOLVERS)
def test_gaussian_process_with_the_same_hyperparameters(curve, solver):
    X, y = curve
    kernel = ConstantKernel(1.7) * RBF(1.5)
    lmm = LMMRegressor(kernel=kernel, method="ml", fit_intercept=False, solver=solver)
    lmm.fit(X[:45], y[:45])
    assert 0 < lmm.h_ < 1
    s, t = lmm.h_ * lmm.v_, (1 - lmm.h_) * lmm.v_
    gp = GaussianProcessRegressor(ConstantKernel(s) * kernel, alpha=t, optimizer=None)
    gp.fit(X[:45], y[:45])
    assert lmm.log_likelihood_ == pytest.approx(gp.log_marginal_likelihood_value_, rel=1e-12)
    for option in ("return_std", "return_cov"):
        results, expected = (m.predict(X, **{option: True}) for m in (lmm, gp))
        np.testing.assert_allclose(results[0], expected[0], atol=1e-10)
        np.testing.assert_allclose(results[1], expected[1], atol=1e-8)


def test_no_other_hyperparameters_are_likelier_for_a_gaussian_process(curve):
    X, y = curve
    lmm = LMMRegressor(kernel=RBF(1.5), method="ml", fit_intercept=False).fit(X, y)
    for s in (0.9, 1.0, 1.1):
        for t in (0.9, 1.0, 1.1):
            kernel = ConstantKernel(s * lmm.h_ * lmm.v_) * RBF(1.5)
            alpha = t * (1 - lmm.h_) * lmm.v_
            gp = GaussianProcessRegressor(kernel, alpha=alpha, optimizer=None).fit(X, y)
            assert gp.log_marginal_likelihood_value_ <= lmm.log_likelihood_ + 1e-9


def test_kernel_ridge_with_the_same_penalty(population):
    X, y = population.markers, population.y
    lmm = LMMRegressor(kernel="rbf", gamma=0.01, h=0.3, fit_intercept=False).fit(X, y)
    ridge = KernelRidge(alpha=0.7 / 0.3, kernel="rbf", gamma=0.01).fit(X, y)
    np.testing.assert_allclose(lmm.predict(X), ridge.predict(X), rtol=1e-9)
    np.testing.assert_allclose(lmm.dual_coef_, ridge.dual_coef_, rtol=1e-8)


@pytest.mark.parametrize("fit_intercept", [True, False])
def test_without_heritability_it_is_linear_regression(population, fit_intercept):
    X, y = population.covariates, population.y
    lmm = LMMRegressor(population.K, h=0, fit_intercept=fit_intercept).fit(X, y)
    linear = LinearRegression(fit_intercept=fit_intercept).fit(X, y)
    np.testing.assert_allclose(lmm.predict(X), linear.predict(X), rtol=1e-12)
    np.testing.assert_allclose(lmm.coef_, linear.coef_, rtol=1e-10)
    assert lmm.intercept_ == pytest.approx(linear.intercept_)
    assert not lmm.random_effects_.any()


def test_parts_of_the_prediction(population):
    X, y = population.array, population.y
    lmm = LMMRegressor(population.kinship, sample_id=0).fit(X, y)
    total = lmm.predict_fixed(X) + lmm.predict_random(X)
    np.testing.assert_allclose(lmm.predict(X), total, rtol=1e-12)
    np.testing.assert_allclose(lmm.predict_random(X), lmm.random_effects_, rtol=1e-9)
    fixed = lmm.intercept_ + population.covariates @ lmm.coef_
    np.testing.assert_allclose(lmm.predict_fixed(X), fixed, rtol=1e-12)
    np.testing.assert_array_equal(lmm.b_, [lmm.intercept_, *lmm.coef_])


def test_without_intercept(population):
    lmm = LMMRegressor(population.K, fit_intercept=False)
    lmm.fit(population.covariates, population.y)
    assert lmm.intercept_ == 0.0
    np.testing.assert_array_equal(lmm.b_, lmm.coef_)
    lmm.fit(np.empty((60, 0)), population.y)
    assert lmm.b_.shape == lmm.coef_.shape == (0,)


def test_predict_fixed_needs_no_kinship(population):
    lmm = LMMRegressor(population.kinship, sample_id=0).fit(population.array, population.y)
    stranger = np.array([["nobody", 30.0, 1.0]], dtype=object)
    expected = lmm.intercept_ + [30.0, 1.0] @ lmm.coef_
    np.testing.assert_allclose(lmm.predict_fixed(stranger), expected)
    with pytest.raises(ValueError, match="'nobody' is not in"):
        lmm.predict(stranger)


def test_pve_is_the_formula(population):
    lmm = LMMRegressor(population.K, h=0.4).fit(population.covariates, population.y)
    c = (population.K.trace() - population.K.sum() / 60) / 59
    assert lmm.pve_ == pytest.approx(0.4 * c / (0.4 * c + 0.6), rel=1e-12)


def test_log_likelihood_of_many_h(population):
    lmm = LMMRegressor(population.K).fit(population.covariates, population.y)
    grid = np.linspace(0, 1, 12).reshape(3, 4)
    values = lmm.log_likelihood(grid)
    assert values.shape == (3, 4)
    assert values.max() <= lmm.log_likelihood_
    assert isinstance(lmm.log_likelihood(0.3), float)
    assert lmm.log_likelihood(lmm.h_) == pytest.approx(lmm.log_likelihood_, rel=1e-13)
    held = LMMRegressor(population.K, h=grid[1, 2]).fit(population.covariates, population.y)
    assert held.log_likelihood_ == pytest.approx(values[1, 2], rel=1e-13)
    assert held.h_ == pytest.approx(grid[1, 2], rel=1e-15)


@pytest.mark.parametrize("h", [-0.1, 1.1, np.nan, [0.5, 2]])
def test_log_likelihood_outside_the_interval(population, h):
    lmm = LMMRegressor(population.K).fit(population.covariates, population.y)
    with pytest.raises(ValueError, match=r"h must be in \[0, 1\], got (-0.1|1.1|nan|2.0)"):
        lmm.log_likelihood(h)


@pytest.mark.parametrize("h", ["0.5", 0.5j, None, [[0.1], [0.2, 0.3]], [True]])
def test_log_likelihood_of_no_number(population, h):
    lmm = LMMRegressor(population.K).fit(population.covariates, population.y)
    with pytest.raises(ValueError, match=r"h must be (a number or )?an array of numbers"):
        lmm.log_likelihood(h)


def test_pickled_model_predicts_the_same(population):
    X = population.array
    lmm = LMMRegressor(population.kinship, sample_id=0).fit(X, population.y)
    loaded = pickle.loads(pickle.dumps(lmm))
    for option in ("return_std", "return_cov"):
        results, expected = (model.predict(X, **{option: True}) for model in (loaded, lmm))
        np.testing.assert_array_equal(results[0], expected[0])
        np.testing.assert_array_equal(results[1], expected[1])
    assert loaded.log_likelihood(0.5) == lmm.log_likelihood(0.5)


def test_a_changed_parameter_does_not_change_a_fitted_model(population):
    X = population.array
    lmm = LMMRegressor(population.kinship, sample_id=0).fit(X, population.y)
    expected = lmm.predict(X)
    lmm.set_params(kinship=None, sample_id=None)
    np.testing.assert_array_equal(lmm.predict(X), expected)


def test_memory_reduces_the_same_samples_once(population, tmp_path, reduced_sizes):
    X, y = population.array, population.y
    expected = LMMRegressor(population.kinship, sample_id=0).fit(X, y).predict(X)
    reduced_sizes.clear()
    memory = joblib.Memory(tmp_path, verbose=0)
    for method in ("reml", "ml"):
        for h in (None, 0.3):
            lmm = LMMRegressor(
                population.kinship, sample_id=0, method=method, h=h, memory=memory
            ).fit(X, y)
            if method == "reml" and h is None:
                np.testing.assert_array_equal(lmm.predict(X), expected)
    assert len(reduced_sizes) == 1
    lmm.fit(X[:50], y[:50])
    lmm.set_params(solver="eigh").fit(X, y)
    assert len(reduced_sizes) == 3


def test_a_grid_search_with_memory_reduces_each_fold_once(population, tmp_path, reduced_sizes):
    grid = {"method": ["reml", "ml"], "h": [None, 0.3], "fit_intercept": [True, False]}
    lmm = LMMRegressor(population.kinship, sample_id=0, memory=tmp_path)
    GridSearchCV(lmm, grid, cv=3).fit(population.array, population.y)
    assert reduced_sizes == [40, 40, 40, 60]


def test_processes_share_a_memory(population, tmp_path):
    lmm = LMMRegressor(population.kinship, sample_id=0)
    expected = cross_val_predict(lmm, population.array, population.y, cv=6)
    lmm.set_params(memory=tmp_path)
    for _ in range(2):
        found = cross_val_predict(lmm, population.array, population.y, cv=6, n_jobs=2)
        np.testing.assert_allclose(found, expected, rtol=1e-10)
    assert len(list(tmp_path.rglob("output.pkl"))) == 6


@pytest.mark.parametrize("as_path", [str, lambda path: path])
def test_memory_as_a_path(population, tmp_path, as_path):
    lmm = LMMRegressor(population.kinship, sample_id=0, memory=as_path(tmp_path))
    lmm.fit(population.array, population.y)
    assert list(tmp_path.rglob("output.pkl"))


def test_verbose_tells_the_steps(population, capsys):
    lmm = LMMRegressor(population.kinship, sample_id=0).fit(population.array, population.y)
    assert capsys.readouterr().out == ""
    lmm.set_params(verbose=True).fit(population.array, population.y)
    lines = capsys.readouterr().out.splitlines()
    steps = ["relating samples", "reducing K, 60 x 60", "searching h"]
    assert len(lines) == len(steps)
    for line, step in zip(lines, steps, strict=True):
        assert line.startswith("[LMMRegressor] ...")
        assert step in line
        assert "total=" in line
