"""The linear kernel: at low rank where there are few markers, and what is kept of a fit."""

import pickle
import tracemalloc

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.kernel_ridge import KernelRidge
from sklearn.linear_model import Ridge
from sklearn.model_selection import cross_val_predict

from sklmm import LMMRegressor
from sklmm._variance.reductions import lowrank

FITTED = ("h_", "v_", "b_", "coef_", "intercept_", "log_likelihood_", "pve_")
OF_ROWS = ("dual_coef_", "random_effects_", "marker_effects_")


@pytest.fixture
def data():
    """150 samples, 40 markers of which two are the same, two covariates."""
    rng = np.random.default_rng(2)
    markers = rng.binomial(2, rng.uniform(0.1, 0.9, 40), size=(150, 40)).astype(float)
    markers[:, 7] = markers[:, 3]
    covariates = rng.standard_normal((150, 2))
    y = markers @ rng.standard_normal(40) / 4 + covariates[:, 0] + 2 * rng.standard_normal(150)
    return np.hstack([markers, covariates]), y


def assert_same_fit(ours, theirs, X):
    for name in FITTED:
        np.testing.assert_allclose(getattr(ours, name), getattr(theirs, name), 1e-9, err_msg=name)
    for name in OF_ROWS:
        expected = getattr(theirs, name)
        np.testing.assert_allclose(
            getattr(ours, name), expected, rtol=1e-8, atol=1e-10 * np.abs(expected).max()
        )
    for ask in ("return_std", "return_cov"):
        for found, expected in zip(
            ours.predict(X, **{ask: True}), theirs.predict(X, **{ask: True}), strict=True
        ):
            np.testing.assert_allclose(found, expected, rtol=1e-7, atol=1e-9)
    np.testing.assert_allclose(
        ours.log_likelihood([0, 1e-3, 0.2]), theirs.log_likelihood([0, 1e-3, 0.2]), rtol=1e-11
    )


@pytest.mark.parametrize("method", ["reml", "ml"])
@pytest.mark.parametrize("fit_intercept", [True, False])
def test_low_rank_and_dense_fits_are_the_same(data, method, fit_intercept):
    X, y = data
    make = LMMRegressor(covariates=[40, 41], method=method, fit_intercept=fit_intercept)
    fits = {
        solver: clone(make).set_params(solver=solver).fit(X[:120], y[:120])
        for solver in ("lowrank", "auto", "band", "eigh")
    }
    assert_same_fit(fits["lowrank"], fits["band"], X[115:])
    assert_same_fit(fits["lowrank"], fits["eigh"], X[115:])
    assert fits["auto"].log_likelihood_ == fits["lowrank"].log_likelihood_


def test_several_traits_at_low_rank(data):
    X, y = data
    Y = np.column_stack([y, X[:, 0] + y**2, np.random.default_rng(0).standard_normal(150)])
    Y[5:9, 1] = np.nan
    fits = [LMMRegressor(missing_y="drop", solver=s).fit(X, Y) for s in ("lowrank", "band")]
    assert_same_fit(*fits, X[:7])


def test_marker_effects_are_those_of_ridge_regression(data):
    X, y = data
    lmm = LMMRegressor().fit(X, y)
    ridge = Ridge(alpha=(1 - lmm.h_) / lmm.h_, fit_intercept=False).fit(X, y - lmm.intercept_)
    np.testing.assert_allclose(lmm.marker_effects_, ridge.coef_, rtol=1e-8, atol=1e-10)
    np.testing.assert_allclose(lmm.predict(X), lmm.intercept_ + X @ lmm.marker_effects_)


def test_marker_effects_of_more_markers_than_samples(data):
    X, y = data
    X, y = X[:30], y[:30]
    lmm = LMMRegressor().fit(X, y)
    ridge = KernelRidge(alpha=(1 - lmm.h_) / lmm.h_).fit(X, y - lmm.intercept_)
    np.testing.assert_allclose(X @ lmm.marker_effects_, ridge.predict(X), rtol=1e-8, atol=1e-10)
    np.testing.assert_allclose(lmm.marker_effects_, X.T @ lmm.dual_coef_, rtol=1e-10)


def test_other_kernels_have_no_marker_effects(data):
    X, y = data
    lmm = LMMRegressor().fit(X, y)
    assert hasattr(lmm, "marker_effects_")
    lmm.set_params(kernel="rbf", gamma=0.01).fit(X, y)
    assert not hasattr(lmm, "marker_effects_")


def test_no_matrix_of_all_samples_is_made():
    rng = np.random.default_rng(0)
    X, y = rng.standard_normal((3000, 20)), rng.standard_normal(3000)
    LMMRegressor().fit(X, y)
    tracemalloc.start()
    LMMRegressor().fit(X, y)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < X.nbytes * 2


@pytest.mark.parametrize("order", ["C", "F"])
def test_order_of_features_in_memory(data, order):
    X, y = data
    expected = LMMRegressor().fit(X, y).predict(X)
    found = LMMRegressor().fit(np.array(X, order=order), y).predict(X)
    np.testing.assert_allclose(found, expected, rtol=1e-10)
    strided = np.repeat(X, 2, axis=1)[:, ::2]
    np.testing.assert_allclose(LMMRegressor().fit(strided, y).predict(X), expected, rtol=1e-10)


def test_low_rank_is_refused_where_it_is_not_one(data):
    X, y = data
    with pytest.raises(ValueError, match=r"solver='lowrank' .* Z has 42 columns and 40 rows"):
        LMMRegressor(solver="lowrank").fit(X[:40], y[:40])
    with pytest.raises(ValueError, match="solver='lowrank' is for kernel='linear'"):
        LMMRegressor(solver="lowrank", kernel="rbf").fit(X, y)
    with pytest.warns(UserWarning, match="a multiple of the identity, or 0"):
        assert LMMRegressor(solver="lowrank").fit(np.zeros((9, 2)), y[:9]).h_ == 0


def test_memory_keeps_the_reduction_of_markers(monkeypatch, tmp_path, data):
    X, y = data
    reduced = []

    def counted(Z):
        reduced.append(len(Z))
        return cholesky_Q1(Z)

    cholesky_Q1 = lowrank._cholesky_Q1
    monkeypatch.setattr(lowrank, "_cholesky_Q1", counted)
    lmm = LMMRegressor(memory=tmp_path)
    expected = cross_val_predict(lmm, X, y, cv=3)
    assert reduced == [100, 100, 100]
    np.testing.assert_array_equal(cross_val_predict(lmm, X, y, cv=3), expected)
    cross_val_predict(clone(lmm).set_params(method="ml"), X, y, cv=3)
    assert len(reduced) == 3


def test_later_changes_of_the_features_are_not_seen(data):
    X, y = data
    for lmm in (LMMRegressor(), LMMRegressor(solver="band"), LMMRegressor(kernel="rbf")):
        mine = X.copy()
        expected = lmm.fit(mine, y).predict(X, return_std=True)
        mine[:] = 0
        np.testing.assert_array_equal(lmm.predict(X, return_std=True), expected)


@pytest.mark.parametrize("solver", ["band", "eigh"])
def test_without_the_reduction_a_fit_is_small(population, solver):
    lmm = LMMRegressor(population.kinship, sample_id=0, solver=solver)
    full = clone(lmm).fit(population.array, population.y)
    small = clone(lmm).set_params(store_reduction=False).fit(population.array, population.y)
    np.testing.assert_array_equal(small.predict(population.array), full.predict(population.array))
    with_it, without, kinship = (
        len(pickle.dumps(thing)) for thing in (full, small, population.kinship)
    )
    assert with_it - without > 60**2 * 8 / 2
    assert without - kinship < 60 * 100
    for ask in (
        lambda: small.predict(population.array, return_std=True),
        lambda: small.predict(population.array, return_cov=True),
        lambda: small.log_likelihood(0.5),
    ):
        with pytest.raises(ValueError, match=r"needs? the reduction of K.* store_reduction=True"):
            ask()


def test_a_fit_of_few_markers_holds_none_of_the_rows(data):
    X, y = data
    many, few = (LMMRegressor().fit(np.vstack([X] * k), np.tile(y, k)) for k in (8, 2))
    rows = len(pickle.dumps(many)) - len(pickle.dumps(few))
    assert rows / (6 * 150) < 8 * 12


def test_linear_features_are_dropped_with_the_reduction(data):
    X, y = data
    lmm = LMMRegressor(solver="band", store_reduction=False).fit(X, y)
    expected = LMMRegressor(solver="band").fit(X, y).predict(X)
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(lmm)).predict(X), expected)
    assert len(pickle.dumps(lmm)) < X.nbytes / 4


@pytest.mark.parametrize("solver", ["band", "eigh"])
@pytest.mark.parametrize("seed", [3, 21, 58, 102])
def test_effects_beside_a_nearly_singular_kinship(seed, solver):
    """V⁻¹r is wrong by 1e-5 where K is next to 0, but not the predictions that come of it."""
    rng = np.random.default_rng(seed)
    features = rng.standard_normal((12, 12)) + rng.uniform(-1, 1, 12) * 10.0 ** rng.uniform(-1, 1)
    U, sizes, W = np.linalg.svd(features)
    Z = U * np.append(sizes[:-1], 1e-5) @ W
    y = Z @ rng.standard_normal(12) + 1e-8 * rng.standard_normal(12)
    lmm = LMMRegressor(kernel="linear", solver=solver, h=1.0).fit(Z, y)
    np.testing.assert_allclose(lmm.predict_random(Z), lmm.random_effects_, atol=1e-8)
