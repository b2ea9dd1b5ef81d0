"""Several traits, with and without missing values."""

import gc
import weakref

import joblib
import numpy as np
import pandas as pd
import polars as pl
import pytest
from scipy.sparse import csr_array
from sklearn.exceptions import UndefinedMetricWarning
from sklearn.metrics import r2_score
from sklearn.model_selection import GridSearchCV, cross_val_score

from sklmm import Kinship, LMMRegressor, regressor
from sklmm._variance import estimate
from sklmm._variance.reduction import reduce_kinship

FITTED = ("h_", "v_", "b_", "coef_", "intercept_", "log_likelihood_", "pve_")
OF_ROWS = ("dual_coef_", "random_effects_")


@pytest.fixture
def Y(population):
    rng = np.random.default_rng(3)
    noise = rng.standard_normal((60, 4))
    return np.column_stack([population.y, noise, population.y[:, None] + noise[:, 1:]])


@pytest.fixture
def holes(Y):
    """Three patterns: all measured, two without the first rows, one without some others."""
    Y = Y.copy()
    Y[:7, [1, 4]] = np.nan
    Y[[3, 20, 41], 5] = np.nan
    return Y


def assert_fits_equal(many, trait, one, rows=slice(None)):
    for name in FITTED:
        np.testing.assert_allclose(
            getattr(many, name)[trait], getattr(one, name), rtol=1e-9, atol=1e-11, err_msg=name
        )
    for name in OF_ROWS:
        np.testing.assert_allclose(
            getattr(many, name)[trait][rows], getattr(one, name), rtol=1e-8, atol=1e-10
        )


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


@pytest.mark.parametrize("solver", ["auto", "eigh"])
def test_missing_values_are_dropped_for_each_trait(population, holes, solver):
    X = population.array
    make = LMMRegressor(population.kinship, sample_id=0, missing_y="drop", solver=solver)
    many = make.fit(X, holes)
    for trait in range(8):
        measured = ~np.isnan(holes[:, trait])
        one = LMMRegressor(population.kinship, sample_id=0).fit(
            X[measured], holes[measured, trait]
        )
        assert_fits_equal(many, trait, one, rows=measured)
        assert not many.dual_coef_[trait][~measured].any()
        np.testing.assert_allclose(many.predict(X)[:, trait], one.predict(X), rtol=1e-9)
        np.testing.assert_allclose(
            many.predict(X, return_std=True)[1][:, trait],
            one.predict(X, return_std=True)[1],
            rtol=1e-7,
        )
        np.testing.assert_allclose(
            many.random_effects_[trait], one.predict_random(X), rtol=1e-7, atol=1e-9
        )


def ordered(population):
    return LMMRegressor(population.K), population.covariates


def by_kernel(population):
    return LMMRegressor(kernel="rbf", gamma=1e-3), population.markers


def few_markers(population):
    return LMMRegressor(covariates=[0]), population.markers[:, :20]


def many_markers(population):
    return LMMRegressor(), population.markers


def precomputed(population):
    return LMMRegressor(kernel="precomputed"), population.K


@pytest.mark.parametrize("make", [ordered, by_kernel, few_markers, many_markers, precomputed])
def test_missing_values_with_every_way_to_relate_samples(population, make):
    lmm, X = make(population)
    lmm.set_params(missing_y="drop")
    labelled = LMMRegressor(missing_y="drop", sample_id=0)
    y = population.y.copy()
    y[[2, 5, 30]] = np.nan
    measured = ~np.isnan(y)
    lmm.fit(X, y)
    K = X @ X.T if make in (many_markers,) else None
    if make is precomputed:
        K = X
    if K is not None:
        labelled.set_params(kinship=Kinship(K, population.ids))
        labelled.fit(population.ids[:, None], y)
        np.testing.assert_allclose(lmm.h_, labelled.h_, rtol=1e-8)
        np.testing.assert_allclose(lmm.predict(X), labelled.predict(population.ids[:, None]))
    assert lmm.dual_coef_.shape == (60,)
    assert not lmm.dual_coef_[~measured].any()
    prediction, std = lmm.predict(X), None
    np.testing.assert_allclose(lmm.predict_random(X), lmm.random_effects_, rtol=1e-8, atol=1e-10)
    if make is not precomputed:
        prediction, std = lmm.predict(X, return_std=True)
        assert (std >= 0).all()
    if make in (by_kernel, few_markers, many_markers):
        alone = lmm.__class__(**{**lmm.get_params(), "missing_y": "raise"})
        alone.fit(X[measured], y[measured])
        np.testing.assert_allclose(prediction, alone.predict(X), rtol=1e-9)
        np.testing.assert_allclose(std, alone.predict(X, return_std=True)[1], rtol=1e-7)


def test_each_pattern_of_missing_values_is_reduced_once(reduced_sizes, population, holes):
    LMMRegressor(population.kinship, sample_id=0, missing_y="drop").fit(population.array, holes)
    assert sorted(reduced_sizes) == [53, 57, 60]


def test_recla_traits_need_few_reductions(reduced_sizes, reference_data):
    """26 traits, each of which the other programs would decompose for itself."""
    folder = reference_data / "data" / "recla"
    traits = pd.read_csv(folder / "pheno.csv", index_col=0)
    with np.load(folder / "kinship.npz", allow_pickle=True) as stored:
        kinship = Kinship(stored["K"], stored["ids"].astype(str))
    X = traits.index.astype(str).to_numpy(dtype=object)[:, None]
    patterns = traits.notna().T.drop_duplicates()
    lmm = LMMRegressor(kinship, sample_id=0, missing_y="drop").fit(X, traits.to_numpy())
    assert len(reduced_sizes) == len(patterns) <= 5
    for trait in range(traits.shape[1]):
        y = traits.iloc[:, trait].to_numpy()
        one = LMMRegressor(kinship, sample_id=0).fit(X[~np.isnan(y)], y[~np.isnan(y)])
        assert lmm.h_[trait] == pytest.approx(one.h_, abs=1e-10)
        assert lmm.log_likelihood_[trait] == pytest.approx(one.log_likelihood_, rel=1e-12)


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


def test_missing_values_of_other_kinds(population):
    y = population.y.copy()
    y[4] = np.nan
    lmm = LMMRegressor(population.kinship, sample_id=0, missing_y="drop")
    expected = lmm.fit(population.array, y).h_
    for values in (
        [None if np.isnan(value) else value for value in y],
        pd.Series(y, dtype="Float64"),
        pd.Series(y).astype(object).where(~np.isnan(y), pd.NA),
        pl.Series([None if np.isnan(value) else value for value in y]),
    ):
        assert lmm.fit(population.array, values).h_ == expected


def test_score_is_over_measured_values(population, holes):
    lmm = LMMRegressor(population.kinship, sample_id=0, missing_y="drop")
    predictions = lmm.fit(population.array, holes).predict(population.array)
    measured = ~np.isnan(holes)
    scores = [
        r2_score(holes[m, t], predictions[m, t], sample_weight=np.arange(60)[m])
        for t, m in enumerate(measured.T)
    ]
    found = lmm.score(population.array, holes, sample_weight=np.arange(60))
    assert found == pytest.approx(np.mean(scores))
    y = holes[:, 5]
    assert np.isfinite(cross_val_score(lmm, population.array, y, cv=4)).all()
    search = GridSearchCV(lmm, {"method": ["reml", "ml"]}, cv=4).fit(population.array, holes)
    assert np.isfinite(search.cv_results_["mean_test_score"]).all()


def test_score_leaves_out_what_is_not_measured(population, holes):
    lmm = LMMRegressor(population.kinship, sample_id=0, missing_y="drop")
    lmm.fit(population.array, holes)
    partly = holes[:5].copy()
    partly[1:, 4] = np.nan
    rest = np.delete(partly, [1, 4], axis=1)
    expected = r2_score(
        rest[[0, 1, 2, 4]], np.delete(lmm.predict(population.array), [1, 4], 1)[[0, 1, 2, 4]]
    )
    found = lmm.score(population.array[[0, 1, 2, 4]], partly[[0, 1, 2, 4]])
    assert found == pytest.approx(expected)
    nowhere = np.full((60, 8), np.nan)
    with pytest.warns(UndefinedMetricWarning, match="no trait is measured in two rows or more"):
        assert np.isnan(lmm.score(population.array, nowhere))
    with pytest.warns(UndefinedMetricWarning):
        assert np.isnan(lmm.score(population.array[:1], holes[:1]))
    with pytest.raises(ValueError, match=r"y has shape \(60, 3\), but .* have shape \(60, 8\)"):
        lmm.score(population.array, holes[:, :3])


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


def test_missing_values_are_refused_unless_asked_for(population, holes):
    lmm = LMMRegressor(population.kinship, sample_id=0)
    with pytest.raises(
        ValueError, match=r"17 of 480 values .* first in row 0 of trait 1\. .*\(missing_y='drop'"
    ):
        lmm.fit(population.array, holes)
    infinite = np.where(np.isnan(holes), np.inf, holes)
    with pytest.raises(ValueError, match=r"infinity .* row 0 of trait 1"):
        lmm.set_params(missing_y="drop").fit(population.array, infinite)


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
    monkeypatch.setattr(estimate, "LEAST_AND_MOST_TRAITS_AT_A_TIME", (1, 2))
    in_batches = LMMRegressor(solver=solver).fit(Z, Y)
    for name in ("dual_coef_", "random_effects_"):
        np.testing.assert_allclose(getattr(in_batches, name), getattr(at_once, name), atol=1e-13)


def test_no_reduction_outlives_its_use(monkeypatch, population):
    K, y = population.K, population.y
    Y = np.column_stack([y] * 4)
    for trait in range(4):
        Y[: 3 * trait, trait] = np.nan
    alive, seen = weakref.WeakSet(), []

    def watched(K, solver):
        seen.append(len(alive))
        reduction = reduce_kinship(K, solver)
        alive.add(reduction)
        return reduction

    monkeypatch.setattr(regressor, "reduce_kinship", watched)
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
def test_a_constant_trait_beside_others_with_a_centred_kinship(population, method):
    centred = population.markers - population.markers.mean(axis=0)
    K = centred @ centred.T / 150
    Y = np.column_stack([population.y, np.ones(60)])
    with pytest.warns(UserWarning, match="Trait 1 of 2: y is an exact") as caught:
        LMMRegressor(K, solver="eigh", method=method).fit(np.empty((60, 0)), Y)
    assert len(caught) == 1


# Codes of missing values in y


CODED = np.random.default_rng(3).normal(50, 2, 40)


@pytest.mark.parametrize("code", [-9, -99, -999.0, 99, 999, 9999])
def test_a_code_for_missing_values_is_named(code):
    y = CODED.copy()
    y[:5] = code
    lmm = LMMRegressor(Kinship(np.eye(40) + 0.5, range(40)), sample_id=0, h=0.3)
    X = np.arange(40)[:, None]
    with pytest.warns(UserWarning, match=f"5 values of y are {code:g}, and all others lie betw"):
        lmm.fit(X, y)
    y[:5] = np.nan
    lmm.set_params(missing_y="drop").fit(X, y)
    two = np.column_stack([CODED, np.where(np.isnan(y), code, y)])
    with pytest.warns(UserWarning, match=f"5 values of trait 1 of y are {code:g}"):
        lmm.fit(X, two)


@pytest.mark.parametrize("classes", [(0, 1), (1, 2)])
@pytest.mark.parametrize("code", [-9, 9])
def test_a_code_beside_two_classes(classes, code):
    y = np.where(np.arange(40) < 5, code, np.random.default_rng(4).choice(classes, 40))
    with pytest.warns(UserWarning, match=f"5 values of y are {code}, and all others lie between"):
        LMMRegressor(kernel="rbf", h=0.3).fit(np.arange(40.0)[:, None], y)


@pytest.mark.parametrize(
    "y",
    [
        np.append(CODED[:-1], -9),
        np.where(np.arange(40) < 5, 9, np.arange(40) % 9),
        np.where(np.arange(40) < 5, -9, CODED - 50),
        np.where(np.arange(40) < 5, 99, np.arange(40) + 60.5),
        np.where(np.arange(40) < 5, 0, CODED),
        np.where(np.arange(40) < 5, 9, 0),
        np.where(np.arange(40) < 5, -9, 9),
    ],
    ids=["once", "counts", "near", "a score", "zeros", "two classes", "both of nines"],
)
def test_values_that_are_no_codes(y):
    y = y + 0.0
    LMMRegressor(kernel="rbf", h=0.3).fit(np.arange(40.0)[:, None], y)
