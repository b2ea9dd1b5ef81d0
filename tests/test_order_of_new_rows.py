"""Predictions, scores, scorers and pictures refuse what the fit refuses."""

import pickle

import numpy as np
import pandas as pd
import pytest
from sklearn.inspection import permutation_importance
from sklearn.linear_model import Ridge
from sklearn.model_selection import GridSearchCV, cross_validate
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

from sklmm import Kinship, LMMRegressor
from sklmm.inference import prediction_errors
from sklmm.metrics import dispersion_scorer, predictive_ability_scorer, rank_ability_scorer
from sklmm.plotting import KinshipDisplay, PredictionDisplay

N = 40
rng = np.random.default_rng(0)
NAMES = np.array([f"an{number:02d}" for number in range(N)])
MARKERS = rng.integers(0, 3, (N, 60)).astype(float)
K = np.cov(MARKERS) + 0.1 * np.eye(N)
KINSHIP = Kinship(K, NAMES)
SHUFFLED = rng.permutation(N)
Y = pd.Series(MARKERS[:, :9].sum(axis=1) + rng.standard_normal(N), index=NAMES)
X = pd.DataFrame({"id": NAMES, "age": rng.uniform(5, 9, N)})
LMM = LMMRegressor(KINSHIP, sample_id="id", h=0.5).fit(X, Y)
USES = {
    "predict": LMM.predict,
    "predict_fixed": LMM.predict_fixed,
    "predict_random": LMM.predict_random,
    "score": lambda X: LMM.score(X, Y.to_numpy()),
    "errors": lambda X: prediction_errors(LMM, X),
    "picture": lambda X: PredictionDisplay.from_estimator(LMM, X, Y.to_numpy()),
    "heat map": lambda X: KinshipDisplay.from_estimator(LMM, X),
    "compact": lambda X: LMM.compact().predict(X),
}


@pytest.mark.parametrize("use", USES)
def test_an_index_that_contradicts_the_column(use):
    others = [f"{name}?" for name in NAMES[SHUFFLED]]
    for index in (NAMES, np.arange(N)[::-1], np.arange(100, 100 + N), others):
        USES[use](X.set_axis(index))
    message = r"X\['id'\] and the index of X have the same labels in different orders"
    for wrong in (X.set_axis(NAMES[::-1]), X.set_axis(pd.Index(NAMES[SHUFFLED], name="id"))):
        with pytest.raises(ValueError, match=message):
            USES[use](wrong)
        USES[use](wrong.reset_index(drop=True))


def test_shuffled_labels_of_an_importance():
    permutation_importance(LMM, X, Y.to_numpy(), n_repeats=2, random_state=0)


SCORERS = [predictive_ability_scorer, rank_ability_scorer, dispersion_scorer]


@pytest.mark.parametrize("scorer", SCORERS)
def test_scorers(scorer):
    other = Y.iloc[SHUFFLED]
    expected = scorer(LMM, X, Y.to_numpy())
    for given in (X, X.set_axis(NAMES)):
        assert scorer(LMM, given, Y) == expected
        with pytest.raises(ValueError, match=r"have the same labels in|have different indexes"):
            scorer(LMM, given, other)
        with pytest.raises(ValueError, match="sample_weight"):
            scorer(LMM, given, Y, sample_weight=other.abs())
    search = GridSearchCV(LMM, {"h": [0.2, 0.5]}, cv=3, scoring=scorer).fit(X, Y)
    search.score(X, Y)
    with pytest.raises(ValueError, match="have the same labels in different orders"):
        search.score(X, other)
    pipeline = make_pipeline(FunctionTransformer(), LMM).fit(X, Y)
    assert scorer(pipeline, X, Y) == expected
    with pytest.raises(ValueError, match="have the same labels in different orders"):
        scorer(pipeline, X, other)
    assert pickle.loads(pickle.dumps(scorer))(LMM, X, Y) == expected


@pytest.mark.parametrize("scorer", SCORERS)
def test_scorers_of_other_models(scorer):
    ridge = make_pipeline(FunctionTransformer(), Ridge()).fit(MARKERS, Y)
    assert scorer(ridge, MARKERS, Y) == scorer(ridge[-1], MARKERS, Y.to_numpy())
    cross_validate(Ridge(), MARKERS, Y, scoring={"one": scorer, "two": "r2"}, error_score="raise")


@pytest.mark.parametrize("scorer", SCORERS)
def test_columns_of_traits(scorer):
    traits = pd.DataFrame({"a": Y, "b": Y + X["age"].to_numpy()})
    lmm = LMMRegressor(KINSHIP, sample_id="id", h=0.5).fit(X, traits)
    scorer(lmm, X, traits)
    with pytest.raises(ValueError, match="The columns of y are"):
        scorer(lmm, X, traits[["b", "a"]])


LABELS = pd.Series([f"name {name}" for name in NAMES], index=NAMES)
LITTERS = pd.DataFrame({"litter": [f"L{row % 8}" for row in range(N)]}, index=NAMES)
MODELS = {
    "markers": (LMMRegressor(h=0.5), pd.DataFrame(MARKERS, index=NAMES)),
    "plain": (LMMRegressor(K, h=0.5), X[["age"]].set_axis(NAMES)),
    "ids": (LMMRegressor(KINSHIP, sample_id="id", h=0.5), X),
    "litters": (
        LMMRegressor(
            Kinship(np.eye(8) + 0.1, [f"L{row}" for row in range(8)]), sample_id="litter", h=0.5
        ),
        LITTERS,
    ),
}


@pytest.mark.parametrize("model", MODELS)
def test_labels_of_a_heat_map(model):
    lmm, rows = MODELS[model]
    lmm = lmm.fit(rows, Y.to_numpy())
    drawn = KinshipDisplay.from_estimator(lmm, rows, labels=LABELS, order="given")
    assert list(drawn.labels) == list(LABELS)
    message = "labels have different indexes|and the index of labels have the same labels in"
    with pytest.raises(ValueError, match=message):
        KinshipDisplay.from_estimator(lmm, rows, labels=LABELS.iloc[SHUFFLED])
    with pytest.raises(ValueError, match="labels are those of the samples in another order"):
        KinshipDisplay.from_estimator(lmm, rows, labels=list(NAMES[SHUFFLED]))


def test_labels_of_the_rows_of_a_filtered_table():
    numbers = Kinship(K, range(N))
    rows = pd.DataFrame({"id": SHUFFLED})[5:]
    lmm = LMMRegressor(numbers, sample_id="id", h=0.5).fit(rows, Y.to_numpy()[5:])
    labels = pd.Series([f"n{number}" for number in SHUFFLED]).iloc[5:]
    KinshipDisplay.from_estimator(lmm, rows, labels=labels)
    with pytest.raises(ValueError, match="X and labels have different indexes"):
        KinshipDisplay.from_estimator(lmm, rows, labels=labels[::-1])


def test_labels_of_more_than_the_kinship():
    few = KINSHIP.select(NAMES[[3, 5, 8]])
    with pytest.raises(ValueError, match=r"labels has 40 rows.* Use labels.loc\[kinship.ids\]\.$"):
        KinshipDisplay.from_kinship(few, labels=LABELS)
    drawn = KinshipDisplay.from_kinship(few, labels=LABELS.loc[few.ids], order="given")
    assert list(drawn.labels) == ["name an03", "name an05", "name an08"]
