"""Several traits, with and without missing values."""

import gc
import weakref

import joblib
import numpy as np
import pandas as pd
import polars as pl
import pytest
from same_fits import assert_fits_equal
from scipy.sparse import csr_array

from sklmm import LMMRegressor
from sklmm._variance.linalg import threads
from sklmm._variance.reductions.base import DenseSolver


@pytest.mark.parametrize("method", ["reml", "ml"])
@pytest.mark.parametrize("solver", ["auto", "band", "eigh"])
def test_several_traits_are_each_fitted_alone(population, Y, solver, method):
    make = LMMRegressor(population.kinship, sample_id=0, solver=solver, method=method)
    X = population.array
    many = make.fit(X, Y)
    mean, std = many.predict(X[:5], return_std=True)
    covariance = many.predict(X[:5], return_cov=True)[1]
    parts = many.predict_fixed(X[:5]), many.predict_random(X[:5])
    profile = many.log_likelihood([[0.1, 0.4]])
    assert mean.shape == std.shape == (5, 8)
    assert covariance.shape == (5, 5, 8)
    assert profile.shape == (1, 2, 8)
    assert many.log_likelihood(0.5).shape == (8,)
    for trait in range(8):
        one = LMMRegressor(population.kinship, sample_id=0, method=method).fit(X, Y[:, trait])
        assert_fits_equal(many, trait, one)
        expected = one.predict(X[:5], return_std=True)
        np.testing.assert_allclose(mean[:, trait], expected[0], rtol=1e-10)
        np.testing.assert_allclose(std[:, trait], expected[1], rtol=1e-8)
        np.testing.assert_allclose(
            covariance[..., trait], one.predict(X[:5], return_cov=True)[1], rtol=1e-7, atol=1e-12
        )
        np.testing.assert_allclose(parts[0][:, trait], one.predict_fixed(X[:5]), rtol=1e-9)
        np.testing.assert_allclose(parts[1][:, trait], one.predict_random(X[:5]), atol=1e-9)
        np.testing.assert_allclose(profile[..., trait], one.log_likelihood([[0.1, 0.4]]), 1e-12)


def test_one_column_is_still_a_table(population):
    y = population.y[:, None]
    lmm = LMMRegressor(population.kinship, sample_id=0).fit(population.array, y)
    assert lmm.h_.shape == (1,)
    assert lmm.coef_.shape == (1, 2)
    assert lmm.predict(population.array).shape == (60, 1)
    one = LMMRegressor(population.kinship, sample_id=0).fit(population.array, y[:, 0])
    assert isinstance(one.h_, float)
    assert one.coef_.shape == (2,)
    assert lmm.score(population.array, y) == one.score(population.array, y[:, 0])


def test_held_h_holds_for_all_traits(population, Y):
    lmm = LMMRegressor(population.kinship, sample_id=0, h=0.3).fit(population.array, Y)
    np.testing.assert_array_equal(lmm.h_, 0.3)


@pytest.mark.parametrize("h", [0.1, 0.3, 0.7])
def test_held_h_is_h_to_the_last_digit(population, h):
    for given in (h, [h]):
        lmm = LMMRegressor(population.kinship, sample_id=0, h=given)
        assert lmm.fit(population.array, population.y).h_ == h


@pytest.mark.parametrize(
    "convert",
    [
        pd.DataFrame,
        lambda Y: pd.DataFrame(Y).astype("Float64"),
        pl.DataFrame,
        lambda Y: Y.astype(object),
        lambda Y: Y.tolist(),
        np.asfortranarray,
    ],
)
def test_containers_of_traits(population, holes, convert):
    lmm = LMMRegressor(population.kinship, sample_id=0, missing_y="drop")
    expected = lmm.fit(population.array, holes).predict(population.array)
    found = lmm.fit(population.array, convert(holes)).predict(population.array)
    np.testing.assert_array_equal(found, expected)


def test_a_refused_y_leaves_a_fitted_model_as_it_was(population, holes):
    lmm = LMMRegressor().fit(population.markers, population.y)
    expected = lmm.predict(population.markers)
    with pytest.raises(ValueError, match="contains NaN"):
        lmm.fit(population.markers[:, :9], holes)
    np.testing.assert_array_equal(lmm.predict(population.markers), expected)


@pytest.mark.parametrize(
    ("y", "message"),
    [
        ([[1.0, 2.0], [3.0]] * 30, "y must be an array of numbers: setting an array element"),
        ([10**400, *range(59)], "y must hold numbers: int too large"),
    ],
)
def test_y_that_is_no_table_of_numbers(population, y, message):
    with pytest.raises(ValueError, match=message):
        LMMRegressor().fit(population.markers, y)


def test_sparse_y(population):
    with pytest.raises(TypeError, match=r"y is sparse; .* use y\.toarray\(\)"):
        LMMRegressor().fit(population.markers, csr_array(population.y[:, None]))


def test_rows_in_another_order(population, holes):
    order = np.random.default_rng(0).permutation(60)
    lmm = LMMRegressor(population.kinship, sample_id=0, missing_y="drop")
    expected = lmm.fit(population.array, holes).predict(population.array)[order]
    found = lmm.fit(population.array[order], holes[order]).predict(population.array[order])
    np.testing.assert_allclose(found, expected, rtol=1e-9)


@pytest.mark.parametrize(
    ("y", "message"),
    [
        (np.full(60, np.nan), "contains NaN in all 60 rows: no value is measured"),
        (np.column_stack([np.ones(60), np.full(60, np.nan)]), "in all 60 rows for trait 1"),
        (
            np.where(np.arange(60) < 3, 1.0, np.nan),
            r"n_samples=3 is not enough: .* Give at least 5 rows",
        ),
        (
            np.column_stack([np.arange(60.0), np.where(np.arange(60) < 2, 1.0, np.nan)]),
            "n_samples=2 is not enough for trait 1",
        ),
        (np.ones((60, 0)), r"y must have shape .* got shape \(60, 0\)"),
        (np.ones((60, 2, 2)), r"y must have shape .* got shape \(60, 2, 2\)"),
        (np.float64(3), r"y must have shape .* got shape \(\)"),
    ],
)
def test_traits_that_cannot_be_fitted(population, y, message):
    lmm = LMMRegressor(population.kinship, sample_id=0, missing_y="drop")
    with pytest.raises(ValueError, match=message):
        lmm.fit(population.array, y)


def test_warnings_name_the_traits(population, Y):
    Y = Y.copy()
    Y[:, [2, 6]] = 1.0
    lmm = LMMRegressor(population.kinship, sample_id=0)
    with pytest.warns(UserWarning, match="Trait 2 and 1 more of 8: y is an exact linear function"):
        lmm.fit(population.array, Y)
    np.testing.assert_array_equal(lmm.v_ == 0, np.isin(np.arange(8), [2, 6]))


def test_y_is_not_changed(population, holes):
    before = holes.copy()
    holes.flags.writeable = False
    LMMRegressor(population.kinship, sample_id=0, missing_y="drop").fit(population.array, holes)
    np.testing.assert_array_equal(holes, before)


def test_a_fit_of_one_trait_replaces_a_fit_of_several(population, Y):
    lmm = LMMRegressor(population.kinship, sample_id=0)
    once = joblib.hash(lmm.fit(population.array, Y[:, 0]).predict(population.array))
    lmm.fit(population.array, Y)
    assert joblib.hash(lmm.fit(population.array, Y[:, 0]).predict(population.array)) == once


@pytest.mark.parametrize("solver", ["band", "eigh", "lowrank"])
def test_traits_are_finished_in_batches(monkeypatch, solver):
    rng = np.random.default_rng(0)
    Z, Y = rng.standard_normal((40, 12)), rng.standard_normal((40, 5))
    at_once = LMMRegressor(solver=solver).fit(Z, Y)
    monkeypatch.setattr(threads, "SMALLEST_BATCH", 1)
    monkeypatch.setattr(threads, "LARGEST_BATCH", 2)
    in_batches = LMMRegressor(solver=solver).fit(Z, Y)
    for name in ("dual_coef_", "random_effects_"):
        np.testing.assert_allclose(getattr(in_batches, name), getattr(at_once, name), atol=1e-13)


def test_no_reduction_outlives_its_use(monkeypatch, population):
    K, y = population.K, population.y
    Y = np.column_stack([y] * 4)
    for trait in range(4):
        Y[: 3 * trait, trait] = np.nan
    alive, seen = weakref.WeakSet(), []

    def watched(cls, matrix):
        seen.append(len(alive))
        reduction = original(cls, matrix)
        alive.add(reduction)
        return reduction

    original = DenseSolver.from_matrix.__func__
    monkeypatch.setattr(DenseSolver, "from_matrix", classmethod(watched))
    LMMRegressor(K, missing_y="drop", store_reduction=False).fit(np.empty((len(y), 0)), Y)
    gc.collect()
    assert seen[0] == 0
    assert max(seen) <= 1
    assert len(seen) == 4
    assert not alive


def test_errors_say_which_traits_they_concern(population):
    Y = np.column_stack([population.y] * 3)
    Y[5:, 1] = np.nan
    lmm = LMMRegressor(solver="lowrank", missing_y="drop")
    with pytest.raises(ValueError, match="Z has 10 columns and 5 rows") as error:
        lmm.fit(population.markers[:, :10], Y)
    assert error.value.__notes__ == ["This concerns trait 1 of 3, measured in 5 of 60 rows."]


def test_a_matrix_that_is_not_positive_semi_definite_warns_once(population):
    K = population.K - 0.5 * np.eye(60)
    Y = np.column_stack([population.y] * 3)
    Y[:9, 1], Y[20:30, 2] = np.nan, np.nan
    with pytest.warns(UserWarning, match="Trait 0 and 2 more of 3: .*not positive semi") as caught:
        LMMRegressor(K, missing_y="drop").fit(np.empty((60, 0)), Y)
    assert len(caught) == 1


@pytest.mark.parametrize("method", ["reml", "ml"])
def test_a_constant_trait_beside_others_with_a_centered_kinship(population, method):
    centered = population.markers - population.markers.mean(axis=0)
    K = centered @ centered.T / 150
    Y = np.column_stack([population.y, np.ones(60)])
    with pytest.warns(UserWarning, match="Trait 1 of 2: y is an exact") as caught:
        LMMRegressor(K, solver="eigh", method=method).fit(np.empty((60, 0)), Y)
    assert len(caught) == 1
