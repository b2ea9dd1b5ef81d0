"""What is under the mask of a masked array is never used: no argument loses it in silence."""

import tempfile

import numpy as np
import pandas as pd
import polars as pl
import pytest
from sklearn.model_selection import GroupKFold, KFold

from sklmm import Kinship, LMMRegressor
from sklmm import inference as tests_of
from sklmm.io import write_plink
from sklmm.metrics import dispersion, predictive_ability, predictive_accuracy, rank_ability
from sklmm.model_selection import cross_val_predict
from sklmm.plotting import (
    KinshipDisplay,
    LikelihoodProfileDisplay,
    PredictionDisplay,
    RandomEffectsDisplay,
)
from sklmm.preprocessing import GenotypeScaler, MarkerFilter
from sklmm.relationship import (
    from_probabilities,
    leave_one_chromosome_out,
    numerator,
    vanraden,
    weighted_sum,
)

N = 12
RNG = np.random.default_rng(0)
IDS = np.arange(101, 101 + N)
FEATURES = RNG.standard_normal((N, 8))
K = FEATURES @ FEATURES.T / 8
KINSHIP = Kinship(K, IDS)
X, Y = np.column_stack([IDS, RNG.standard_normal(N)]), RNG.standard_normal(N)
COUNTS = RNG.binomial(2, 0.5, (N, 30)).astype(float)
GROUPS = np.arange(N) // 4
PROBABILITIES = np.full((N, 4, 3), 0.25)
SHARES = np.full(N, 0.5)
LMM = LMMRegressor(KINSHIP, sample_id=0)
TWO = np.column_stack([Y, RNG.standard_normal(N)])
PREFIX = f"{tempfile.mkdtemp()}/counts"


def fitted(**parameters):
    return LMMRegressor(KINSHIP, sample_id=0, **parameters).fit(X, Y)


def folds(rows):
    """Three, of which the first test set is that of `rows`."""
    return [(np.setdiff1d(np.arange(N), rows), rows), *list(KFold(3).split(Y))[1:]]


CALLS = {
    "matrix": (K, lambda a: Kinship(a, IDS)),
    "ids": (IDS, lambda a: Kinship(K, a)),
    "labels of rows": (IDS, KINSHIP.rows),
    "labels of select": (IDS, KINSHIP.select),
    "kinship": (K, lambda a: LMMRegressor(a).fit(np.empty((N, 0)), Y)),
    "X": (X, lambda a: LMM.fit(a, Y)),
    "X of text": (
        X.astype(str),
        lambda a: LMMRegressor(Kinship(K, X[:, 0].astype(str)), sample_id=0).fit(a, Y),
    ),
    "X beside a kinship": (FEATURES[:, :2], lambda a: LMMRegressor(K).fit(a, Y)),
    "X of features": (FEATURES, lambda a: LMMRegressor().fit(a, Y)),
    "X precomputed": (K, lambda a: LMMRegressor(kernel="precomputed").fit(a, Y)),
    "X of predict": (FEATURES, lambda a: LMMRegressor().fit(FEATURES, Y).predict(a)),
    "X of predict precomputed": (
        K,
        lambda a: LMMRegressor(kernel="precomputed").fit(K, Y).predict(a),
    ),
    "X of score": (X, lambda a: fitted().score(a, Y)),
    "kernel": (K, lambda a: LMMRegressor(kernel=lambda A, B: a).fit(FEATURES, Y)),
    "y": (Y, lambda a: LMM.fit(X, a)),
    "two traits": (TWO, lambda a: LMM.fit(X, a)),
    "h": (np.array([0.5, 0.5]), lambda a: LMMRegressor(KINSHIP, sample_id=0, h=a).fit(X, TWO)),
    "h of log_likelihood": (np.array([0.2, 0.5]), lambda a: fitted().log_likelihood(a)),
    "covariates": (
        np.array([False] * 7 + [True]),
        lambda a: LMMRegressor(covariates=a).fit(FEATURES, Y),
    ),
    "positions of covariates": (
        np.array([1, 2]),
        lambda a: LMMRegressor(covariates=a).fit(FEATURES, Y),
    ),
    "y of score": (Y, lambda a: fitted().score(X, a)),
    "weights of score": (SHARES, lambda a: fitted().score(X, Y, sample_weight=a)),
    "genotypes": (COUNTS, lambda a: vanraden(a, IDS)),
    "genotypes with missing": (COUNTS, lambda a: vanraden(a, IDS, missing="mean")),
    "chromosomes": (np.arange(30) % 3, lambda a: leave_one_chromosome_out(COUNTS, IDS, a)),
    "probabilities": (PROBABILITIES, lambda a: from_probabilities(a, IDS)),
    "weights": (np.array([1.0, 2.0]), lambda a: weighted_sum([KINSHIP, KINSHIP], a)),
    "ids of a pedigree": (IDS, lambda a: numerator(a, [None] * N, [None] * N)),
    "y_true": (Y, lambda a: predictive_ability(a, Y)),
    "y_pred": (Y, lambda a: rank_ability(Y, a)),
    "sample_weight": (SHARES, lambda a: predictive_ability(Y, Y, sample_weight=a)),
    "sample_weight of dispersion": (SHARES, lambda a: dispersion(Y, Y, sample_weight=a)),
    "multioutput": (np.array([0.5, 0.5]), lambda a: dispersion(TWO, TWO, multioutput=a)),
    "heritability": (
        np.array([0.5, 0.5]),
        lambda a: predictive_accuracy(TWO, TWO, heritability=a),
    ),
    "y of cross_val_predict": (Y, lambda a: cross_val_predict(LMM, X, a)),
    "X of cross_val_predict": (X, lambda a: cross_val_predict(LMM, a, Y)),
    "groups": (GROUPS, lambda a: cross_val_predict(LMM, X, Y, groups=a, cv=GroupKFold(3))),
    "cv": (np.arange(4), lambda a: cross_val_predict(LMM, X, Y, cv=folds(a))),
    "cv as a mask": (np.arange(N) < 4, lambda a: cross_val_predict(LMM, X, Y, cv=folds(a))),
    "X of GenotypeScaler": (COUNTS, lambda a: GenotypeScaler().fit(a)),
    "X of transform": (COUNTS, lambda a: GenotypeScaler().fit(COUNTS).transform(a)),
    "X of MarkerFilter": (COUNTS, lambda a: MarkerFilter().fit(a)),
    "X of its transform": (COUNTS, lambda a: MarkerFilter().fit(COUNTS).transform(a)),
    "contrasts": (np.eye(2), lambda a: tests_of.t_test(fitted(), a)),
    "contrasts of Wald": (np.eye(2), lambda a: tests_of.wald_test(fitted(), a)),
    "value": (np.zeros(2), lambda a: tests_of.t_test(fitted(), np.eye(2), value=a)),
    "X of prediction_errors": (X, lambda a: tests_of.prediction_errors(fitted(), a)),
    "labels": (IDS, lambda a: KinshipDisplay.from_kinship(KINSHIP, labels=a)),
    "labels of from_estimator": (
        IDS,
        lambda a: KinshipDisplay.from_estimator(fitted(), X, labels=a),
    ),
    "y_true of a picture": (Y, lambda a: PredictionDisplay.from_predictions(a, Y)),
    "y_pred of a picture": (Y, lambda a: PredictionDisplay.from_predictions(Y, a)),
    "y of a picture": (Y, lambda a: PredictionDisplay.from_estimator(fitted(), X, a)),
    "X of a picture": (X, lambda a: RandomEffectsDisplay.from_estimator(fitted(), a)),
    "reliability": (SHARES, lambda a: PredictionDisplay.from_predictions(Y, Y, reliability=a)),
    "data": (COUNTS, lambda a: write_plink(PREFIX, a, IDS, feature_names=np.arange(30))),
    "ids of a file": (IDS, lambda a: write_plink(PREFIX, COUNTS, a, feature_names=np.arange(30))),
    "relationships of a display": (
        K,
        lambda a: KinshipDisplay(relationships=a, order=np.arange(N)),
    ),
    "order of a display": (
        np.arange(N),
        lambda a: KinshipDisplay(relationships=K, order=a),
    ),
    "reliability of a display": (
        SHARES,
        lambda a: PredictionDisplay(y_true=Y, y_pred=Y, reliability=a),
    ),
    "y_pred of a display": (Y, lambda a: PredictionDisplay(y_true=Y, y_pred=a)),
    "random_effects of a display": (
        Y,
        lambda a: RandomEffectsDisplay(random_effects=a, interval=[Y, Y], prior_std=1.0),
    ),
    "likelihoods of a display": (
        SHARES,
        lambda a: LikelihoodProfileDisplay(h=SHARES, log_likelihood=a, estimate=0.5),
    ),
}


TABLES = [
    *("matrix", "X of features", "X beside a kinship", "X precomputed", "X of predict"),
    *("y", "two traits", "y of score", "weights of score", "genotypes", "genotypes with missing"),
    *("probabilities", "y_true", "y_pred", "sample_weight", "heritability", "contrasts", "data"),
    *("X of GenotypeScaler", "X of transform", "X of MarkerFilter", "X of its transform"),
    *("X of cross_val_predict", "X of prediction_errors", "y of a picture", "reliability"),
]


def masked(values, kind):
    mask = np.zeros(values.shape, dtype=bool)
    mask[(1,) * values.ndim] = True
    array = np.ma.array(values, mask=mask)
    return list(array) if kind == "rows" else array


KINDS = [
    *((name, "array") for name in CALLS),
    *((name, "rows") for name, (values, _) in CALLS.items() if values.ndim > 1),
]


@pytest.mark.parametrize(("name", "kind"), KINDS)
def test_a_mask_is_refused(name, kind):
    values, call = CALLS[name]
    with pytest.raises((ValueError, TypeError), match=r"mask|missing"):
        call(masked(values, kind))


@pytest.mark.parametrize("name", CALLS)
def test_without_masked_values_it_is_an_array(name):
    values, call = CALLS[name]
    call(np.ma.array(values, mask=False))


@pytest.mark.parametrize("kind", ["lazy", "dict"])
@pytest.mark.parametrize("name", TABLES)
def test_what_holds_no_values_is_refused(name, kind):
    values, call = CALLS[name]
    frame = pl.DataFrame(values if values.ndim < 3 else values[0])
    message = r"which holds no values yet\. Use \w+\.collect\(\)\.$|numbers, got .*LazyFrame"
    if kind == "dict":
        message = r"is a dict and no table\. Use pandas\.DataFrame\(|numbers, got {"
    with pytest.raises((TypeError, ValueError), match=message):
        call(frame.lazy() if kind == "lazy" else frame.to_dict(as_series=False))


@pytest.mark.parametrize("dtype", ["Int64", "Float64"])
def test_arrays_of_pandas_are_as_series(dtype):
    array = pd.array([None, *range(1, len(Y))], dtype=dtype)
    X = np.array(IDS, dtype=object)[:, None]
    lmm = LMMRegressor(Kinship(K, IDS), sample_id=0, missing_y="drop")
    expected = lmm.fit(X, pd.Series(array)).h_
    assert lmm.fit(X, array).h_ == expected
