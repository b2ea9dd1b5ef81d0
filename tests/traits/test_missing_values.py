"""Traits with missing values: each is fitted where it is measured."""

import numpy as np
import pandas as pd
import polars as pl
import pytest
from same_fits import assert_fits_equal
from sklearn.exceptions import UndefinedMetricWarning
from sklearn.metrics import r2_score
from sklearn.model_selection import GridSearchCV, cross_val_score

from sklmm import Kinship, LMMRegressor


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
    labeled = LMMRegressor(missing_y="drop", sample_id=0)
    y = population.y.copy()
    y[[2, 5, 30]] = np.nan
    measured = ~np.isnan(y)
    lmm.fit(X, y)
    K = X @ X.T if make in (many_markers,) else None
    if make is precomputed:
        K = X
    if K is not None:
        labeled.set_params(kinship=Kinship(K, population.ids))
        labeled.fit(population.ids[:, None], y)
        np.testing.assert_allclose(lmm.h_, labeled.h_, rtol=1e-8)
        np.testing.assert_allclose(lmm.predict(X), labeled.predict(population.ids[:, None]))
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


def test_missing_values_are_refused_unless_asked_for(population, holes):
    lmm = LMMRegressor(population.kinship, sample_id=0)
    with pytest.raises(
        ValueError, match=r"17 of 480 values .* first in row 0 of trait 1\. .*\(missing_y='drop'"
    ):
        lmm.fit(population.array, holes)
    infinite = np.where(np.isnan(holes), np.inf, holes)
    with pytest.raises(ValueError, match=r"infinity .* row 0 of trait 1"):
        lmm.set_params(missing_y="drop").fit(population.array, infinite)


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
