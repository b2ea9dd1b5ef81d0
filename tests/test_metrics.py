"""Scores of predictions, against numpy and scipy, and where they are not defined."""

import numpy as np
import pandas as pd
import pytest
import scipy.stats
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from sklearn.exceptions import UndefinedMetricWarning
from sklearn.linear_model import LinearRegression
from sklearn.metrics import make_scorer
from sklearn.model_selection import GridSearchCV, cross_val_score

from sklmm import LMMRegressor
from sklmm.metrics import (
    dispersion,
    dispersion_scorer,
    predictive_ability,
    predictive_ability_scorer,
    predictive_accuracy,
    rank_ability,
    rank_ability_scorer,
)

SCORES = [predictive_ability, rank_ability, dispersion]
RNG = np.random.default_rng(0)
OBSERVED = RNG.standard_normal(40)
PREDICTED = 0.6 * OBSERVED + RNG.standard_normal(40)


def test_against_scipy():
    pearson = scipy.stats.pearsonr(OBSERVED, PREDICTED)[0]
    assert predictive_ability(OBSERVED, PREDICTED) == pytest.approx(pearson, rel=1e-13)
    spearman = scipy.stats.spearmanr(OBSERVED.round(), PREDICTED.round())[0]
    assert rank_ability(OBSERVED.round(), PREDICTED.round()) == pytest.approx(spearman, rel=1e-13)
    slope = scipy.stats.linregress(PREDICTED, OBSERVED).slope
    assert dispersion(OBSERVED, PREDICTED) == pytest.approx(slope, rel=1e-13)
    accuracy = predictive_accuracy(OBSERVED, PREDICTED, heritability=0.25)
    assert accuracy == pytest.approx(2 * pearson, rel=1e-13)


@pytest.mark.parametrize("score", [predictive_ability, dispersion])
def test_weights_are_repeated_samples(score):
    times = RNG.integers(0, 4, 40)
    expected = score(np.repeat(OBSERVED, times), np.repeat(PREDICTED, times))
    found = score(OBSERVED, PREDICTED, sample_weight=times)
    assert found == pytest.approx(expected, rel=1e-12)


def test_a_sample_without_weight_has_no_rank():
    weights = np.r_[np.zeros(10), np.ones(30)]
    found = rank_ability(OBSERVED, PREDICTED, sample_weight=weights)
    assert found == pytest.approx(rank_ability(OBSERVED[10:], PREDICTED[10:]), rel=1e-13)


numbers = st.floats(-1e6, 1e6, allow_subnormal=False)


@given(
    arrays(float, 12, elements=numbers, unique=True),
    arrays(float, 12, elements=numbers, unique=True),
    st.floats(1e-3, 1e3),
    st.floats(-1e3, 1e3),
)
def test_correlations_do_not_see_scale_and_location(observed, predicted, scale, shift):
    for score in (predictive_ability, rank_ability):
        value = score(observed, predicted)
        assert -1 <= value <= 1
        assert score(predicted, observed) == pytest.approx(value, abs=1e-9)
        assert score(observed, -predicted) == pytest.approx(-value, abs=1e-9)
    value = predictive_ability(observed, predicted)
    if np.std(predicted) > 1e-3 * np.abs(predicted).max() + 1:
        moved = predictive_ability(observed, scale * predicted + shift)
        assert moved == pytest.approx(value, abs=1e-6)


@pytest.mark.parametrize("scale", [1e-250, 1e250])
def test_extreme_scales(scale):
    expected = predictive_ability(OBSERVED, PREDICTED)
    assert predictive_ability(OBSERVED * scale, PREDICTED) == pytest.approx(expected, rel=1e-12)
    assert predictive_ability(OBSERVED, PREDICTED * scale) == pytest.approx(expected, rel=1e-12)
    slope = dispersion(OBSERVED, PREDICTED)
    assert dispersion(OBSERVED, PREDICTED * scale) * scale == pytest.approx(slope, rel=1e-12)


@pytest.mark.parametrize("constant", [0.0, 0.1, -1e9, np.float64(1) / 3])
def test_constant_predictions(constant):
    """Also where their mean has rounding errors."""
    predictions = np.full(40, constant)
    assert predictive_ability(OBSERVED, predictions) == 0.0
    assert rank_ability(OBSERVED, predictions) == 0.0
    assert predictive_accuracy(OBSERVED, predictions, heritability=0.5) == 0.0
    with pytest.warns(UndefinedMetricWarning, match="The predictions are all the same"):
        assert np.isnan(dispersion(OBSERVED, predictions))
    noisy = constant + constant * 1e-16 * RNG.standard_normal(40)
    assert predictive_ability(OBSERVED, noisy) == 0.0


@pytest.mark.parametrize("score", [predictive_ability, rank_ability])
@pytest.mark.parametrize("observed", [np.ones(5), [3.0]])
def test_nothing_to_predict(score, observed):
    with pytest.warns(UndefinedMetricWarning, match="observations are all the same, or fewer"):
        assert np.isnan(score(observed, OBSERVED[: len(observed)]))


@pytest.mark.parametrize("score", SCORES)
def test_several_traits(score):
    Y = np.column_stack([OBSERVED, -OBSERVED, OBSERVED**2])
    P = np.column_stack([PREDICTED] * 3)
    each = [score(Y[:, trait], PREDICTED) for trait in range(3)]
    np.testing.assert_allclose(score(Y, P, multioutput="raw_values"), each, rtol=1e-13)
    assert score(Y, P) == pytest.approx(np.mean(each))
    weighted = score(Y, P, multioutput=[1, 0, 3])
    assert weighted == pytest.approx((each[0] + 3 * each[2]) / 4)


def test_missing_values():
    Y = np.column_stack([OBSERVED, OBSERVED])
    P = np.column_stack([PREDICTED, PREDICTED])
    Y[:8, 1] = np.nan
    found = predictive_ability(Y, P, missing_y="drop", multioutput="raw_values")
    expected = [
        predictive_ability(OBSERVED, PREDICTED),
        predictive_ability(OBSERVED[8:], PREDICTED[8:]),
    ]
    np.testing.assert_allclose(found, expected, rtol=1e-13)
    with pytest.raises(ValueError, match="y_true contains NaN"):
        predictive_ability(Y, P)


def test_heritabilities_of_several_traits():
    Y, P = np.column_stack([OBSERVED, OBSERVED]), np.column_stack([PREDICTED, PREDICTED])
    found = predictive_accuracy(Y, P, heritability=[0.25, 1], multioutput="raw_values")
    assert found[0] == pytest.approx(2 * found[1])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"y_pred": OBSERVED[:3]}, r"different shapes, \(40,\) and \(3,\)"),
        ({"y_pred": np.full(40, np.inf)}, "y_pred contains infinity"),
        ({"missing_y": "ignore"}, "missing_y='ignore' is unknown"),
        ({"multioutput": "variance_weighted"}, "multioutput='variance_weighted' is unknown"),
        ({"multioutput": [1, 2]}, r"multioutput has shape \(2,\), but there are 1 traits"),
        ({"sample_weight": np.zeros(40)}, "not all 0"),
        ({"sample_weight": -np.ones(40)}, "none negative"),
        ({"sample_weight": np.ones(3)}, r"got shape \(3,\)"),
    ],
)
@pytest.mark.parametrize("score", SCORES)
def test_bad_input(score, arguments, message):
    with pytest.raises(ValueError, match=message):
        score(**{"y_true": OBSERVED, "y_pred": PREDICTED, **arguments})


@pytest.mark.parametrize("h", [0, -0.1, 1.5, np.nan])
def test_bad_heritability(h):
    with pytest.raises(ValueError, match=r"heritability must be in \(0, 1\], got"):
        predictive_accuracy(OBSERVED, PREDICTED, heritability=h)


def test_heritabilities_of_other_traits():
    with pytest.raises(ValueError, match=r"heritability has shape \(2,\), but there are 1 traits"):
        predictive_accuracy(OBSERVED, PREDICTED, heritability=[0.5, 0.6])


@pytest.mark.parametrize(
    ("y_true", "y_pred", "message"),
    [
        (np.ma.array([1.0, 2.0, 9.0], mask=[0, 0, 1]), [1, 2, 3], "y_true has masked values"),
        (["1", "2", "4"], [1, 2, 3], "y_true must hold numbers"),
        ([1, 2, 3], np.array([1, "2", 4], dtype=object), "y_pred must hold numbers, but row 1"),
        (
            np.array(["2020-01-01"] * 3, dtype="datetime64[D]"),
            [1, 2, 3],
            "y_true must hold numbers",
        ),
        ([1, 2, 3], [1j, 2, 3], "Complex data not supported: y_pred"),
        (3.0, 3.0, r"y_true must have shape \(n_samples,\)"),
        ([], [], r"y_true must have shape \(n_samples,\)"),
        (
            pd.Series([1, 2, 3], index=[5, 6, 7]),
            pd.Series([1, 2, 3], index=[7, 6, 5]),
            r"y_true and y_pred have different indexes.*y_pred.loc\[y_true.index\]",
        ),
        (
            pd.DataFrame([[1, 2], [2, 1]], columns=["a", "b"]),
            pd.DataFrame([[1, 2], [2, 1]], columns=["b", "a"]),
            r"columns of y_pred are \['b', 'a'\], but were \['a', 'b'\] in y_true",
        ),
    ],
)
@pytest.mark.parametrize("score", SCORES)
def test_what_is_no_trait_is_refused(score, y_true, y_pred, message):
    with pytest.raises(ValueError, match=message):
        score(y_true, y_pred)


def test_rounding_has_no_ranks():
    assert rank_ability([1, 2, 3], [0.1 + 0.2, 0.3, 0.3]) == 0.0


def test_a_trait_without_weight_does_not_count():
    Y = [[1, np.nan], [2, np.nan], [4, np.nan]]
    P = [[1, 1], [3, 2], [2, 3.0]]
    with pytest.warns(UndefinedMetricWarning):
        found = predictive_ability(Y, P, missing_y="drop", multioutput=[1, 0])
    assert found == pytest.approx(predictive_ability([1, 2, 4], [1, 3, 2]))


def test_input_is_not_changed():
    observed, predicted = OBSERVED.copy(), PREDICTED.copy()
    for score in SCORES:
        score(observed, predicted)
    np.testing.assert_array_equal(observed, OBSERVED)
    np.testing.assert_array_equal(predicted, PREDICTED)


def test_scorers():
    X = np.column_stack([OBSERVED, PREDICTED])
    model = LinearRegression().fit(X[:, :1], PREDICTED)
    predictions = model.predict(X[:, :1])
    for scorer, expected in [
        (predictive_ability_scorer, predictive_ability(PREDICTED, predictions)),
        (rank_ability_scorer, rank_ability(PREDICTED, predictions)),
        (dispersion_scorer, -abs(dispersion(PREDICTED, predictions) - 1)),
        (
            make_scorer(predictive_accuracy, heritability=0.5),
            predictive_accuracy(PREDICTED, predictions, heritability=0.5),
        ),
    ]:
        assert scorer(model, X[:, :1], PREDICTED) == pytest.approx(expected)


def test_in_a_grid_search_with_constant_predictions(population):
    """h = 0 without covariates predicts a constant, the worst candidate, and no nan."""
    X, y = population.ids[:, None], population.y
    lmm = LMMRegressor(population.kinship, sample_id=0)
    search = GridSearchCV(lmm, {"h": [0.0, 0.5]}, scoring=predictive_ability_scorer, cv=3)
    found = search.fit(X, y).cv_results_["mean_test_score"]
    assert found[0] == 0.0
    assert search.best_params_ == {"h": 0.5}


def test_several_traits_with_gaps_in_cross_validation(population):
    Y = np.column_stack([population.y, population.y])
    Y[::5, 1] = np.nan
    lmm = LMMRegressor(population.kinship, sample_id=0, missing_y="drop")
    scorer = make_scorer(predictive_ability, missing_y="drop")
    X = population.ids[:, None]
    assert np.isfinite(cross_val_score(lmm, X, Y, cv=3, scoring=scorer)).all()


@pytest.mark.parametrize("metric", [predictive_ability, rank_ability, dispersion])
def test_codes_of_missing_observations(metric):
    rng = np.random.default_rng(0)
    y_pred = rng.standard_normal(60)
    y_true = np.where(np.arange(60) < 8, -9.0, y_pred + 0.1 * rng.standard_normal(60))
    with pytest.warns(UserWarning, match=r"8 values of y_true are -9, and all others"):
        metric(y_true, y_pred)
    with pytest.warns(UserWarning, match="8 values of trait 1 of y_true are -9"):
        metric(np.column_stack([y_pred, y_true]), np.column_stack([y_pred, y_pred]))
