"""Columns of dams and litters, and tables with a row for each individual."""

import numpy as np
import pandas as pd
import polars as pl
import pytest
from sklearn.model_selection import GroupKFold, cross_val_score

from sklmm import Kinship, LMMRegressor
from sklmm.model_selection import cross_val_predict
from sklmm.plotting import KinshipDisplay, PredictionDisplay

N = 80
rng = np.random.default_rng(0)
COWS = np.array([f"cow{number}" for number in range(N + 20)])
NUMBERS = np.arange(1, N + 21)
Y = rng.standard_normal(N)


def dams(cows):
    """Each of an older generation: 60 of 80, many with records of their own."""
    return cows[np.random.default_rng(1).integers(0, 60, N)]


@pytest.fixture(params=[COWS, NUMBERS], ids=["text", "numbers"])
def cows(request):
    return request.param


@pytest.fixture
def lmm(cows):
    return LMMRegressor(Kinship(np.eye(N + 20) + 0.1, cows.tolist()), sample_id=0, h=0.5)


@pytest.mark.parametrize("name", [None, "animal", "dam"])
@pytest.mark.parametrize("container", ["default", "array", "polars", "by animal"])
def test_records_of_cows_beside_a_column_of_dams(cows, lmm, container, name):
    index = pd.Index(cows[20:], name=name)
    X = pd.DataFrame({"dam": dams(cows)})
    X = {
        "default": X,
        "array": X.to_numpy(),
        "polars": pl.DataFrame({"dam": dams(cows)}),
        "by animal": X.set_axis(index),
    }[container]
    y, groups = pd.Series(Y, index=index), pd.Series(np.arange(N) % 4, index=index)
    if name == "dam" and container != "array":
        return
    assert lmm.fit(X, y).v_ == lmm.fit(X, Y).v_
    lmm.score(X, y)
    PredictionDisplay.from_estimator(lmm, X, y)
    cross_val_predict(lmm, X, y, cv=GroupKFold(4), groups=groups)
    if container in ("array", "by animal") or (container == "default" and cows is COWS):
        cross_val_score(lmm, X, y, cv=3, error_score="raise")
    labels = pd.Series([f"of {cow}" for cow in cows[20:]], index=index)
    drawn = KinshipDisplay.from_estimator(lmm, X, labels=labels, order="given")
    assert list(drawn.labels) == list(labels)


def test_an_index_that_is_called_dam(cows, lmm):
    X = pd.DataFrame({"dam": dams(cows)})
    y = pd.Series(Y, index=pd.Index(cows[20:], name="dam"))
    with pytest.raises(ValueError, match="have the same labels in different orders"):
        lmm.fit(X, y)


def test_an_id_that_is_typed_twice():
    """Nearly all are there, as dams are not."""
    ids = COWS[:N].copy()
    ids[7] = ids[8]
    lmm = LMMRegressor(Kinship(np.eye(N + 20) + 0.1, COWS), sample_id=0, h=0.5)
    with pytest.raises(ValueError, match="have the same labels in different orders"):
        lmm.fit(ids[:, None], pd.Series(Y, index=COWS[:N])[::-1])


TWICE = np.tile(COWS[:40], 2)
ONE_OF_EACH = {
    "of these": pd.Series(np.arange(40) % 8, index=COWS[:40]),
    "of all": pd.Series(np.arange(100) % 8, index=COWS),
    "sorted": pd.Series(np.arange(40) % 8, index=COWS[:40]).sort_index(),
}


@pytest.mark.parametrize("kind", ONE_OF_EACH)
@pytest.mark.parametrize("container", ["default", "array", "polars", "by animal", "by plot"])
def test_a_table_of_individuals_beside_their_records(container, kind):
    X = pd.DataFrame({"id": TWICE})
    X = {
        "default": X,
        "array": X.to_numpy(),
        "polars": pl.DataFrame({"id": TWICE}),
        "by animal": X.set_axis(TWICE),
        "by plot": X.set_axis([f"plot {row}" for row in range(N)]),
    }[container]
    source = {"array": "X[:, 0]", "by animal": "X.index"}.get(container, "X['id']")
    groups = ONE_OF_EACH[kind]
    lmm = LMMRegressor(Kinship(np.eye(100) + 0.1, COWS), sample_id=0, h=0.5)
    with pytest.raises(ValueError, match="groups") as error:
        cross_val_predict(lmm, X, Y, cv=GroupKFold(4), groups=groups)
    message = str(error.value)
    assert f" Use groups.loc[{source}]" in message
    assert "to_numpy() if the order" not in message
    by_label = eval(f"groups.loc[{source}]", {"X": X, "groups": groups})
    expected = cross_val_predict(lmm, X, Y, cv=GroupKFold(4), groups=groups[TWICE].to_numpy())
    found = cross_val_predict(lmm, X, Y, cv=GroupKFold(4), groups=by_label)
    np.testing.assert_array_equal(found, expected)
    with pytest.raises(ValueError, match=r"Use y.loc\["):
        lmm.fit(X, groups.astype(float))


def test_a_table_of_individuals_that_lacks_one():
    lmm = LMMRegressor(Kinship(np.eye(100) + 0.1, COWS), sample_id="id", h=0.5)
    X = pd.DataFrame({"id": COWS[:60]}, index=np.arange(5, 65))
    message = "y lacks 'cow7', for example: take the rows that both have by a merge"
    with pytest.raises(ValueError, match=message):
        lmm.fit(X, pd.Series(np.arange(100.0), index=COWS).drop("cow7"))
