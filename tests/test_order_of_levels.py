"""Records of one individual in another order: the levels of an index beside that of the labels."""

import numpy as np
import pandas as pd
import polars as pl
import pytest
from sklearn.model_selection import GroupKFold, KFold, ShuffleSplit, cross_val_score

from sklmm import Kinship, LMMRegressor
from sklmm.metrics import predictive_ability
from sklmm.model_selection import cross_val_predict
from sklmm.plotting import PredictionDisplay

N = 40
NAMES = np.array([f"line{number:02d}" for number in range(N)])
rng = np.random.default_rng(0)
Z = rng.standard_normal((N, 80))
LMM = LMMRegressor(Kinship(Z @ Z.T / 80, NAMES), sample_id="id")
TABLE = pd.DataFrame({"id": np.repeat(NAMES, 2), "env": ["dry", "wet"] * N})
TABLE["wet"] = (TABLE["env"] == "wet") * 1.0
TABLE["yield"] = np.repeat(Z[:, 0], 2) + 5 * TABLE["wet"] + rng.standard_normal(2 * N) / 10
INDEXED = TABLE.set_index(["id", "env"], drop=False)
X, Y = INDEXED[["id", "wet"]], INDEXED["yield"]
SWAPPED = np.arange(2 * N).reshape(N, 2)[:, ::-1].ravel()
"""Each individual stays in its rows, and its records change places."""
FORMS = {
    "same levels": lambda y: y,
    "levels without names": lambda y: y.rename_axis([None, None]),
    "levels of other names": lambda y: y.rename_axis(["line", "site"]),
    "other order of levels": lambda y: y.swaplevel(),
    "other order without names": lambda y: y.swaplevel().rename_axis([None, None]),
    "another spelling": lambda y: y.rename(str.upper, level=1),
}
DIFFERENT = "have different indexes"


@pytest.mark.parametrize("form", FORMS)
def test_records_in_another_order(form):
    y = FORMS[form](Y)
    lmm = LMMRegressor(**LMM.get_params()).fit(X, y)
    np.testing.assert_array_equal(lmm.coef_, LMM.fit(TABLE[["id", "wet"]], TABLE["yield"]).coef_)
    other = y.iloc[SWAPPED]
    uses = [
        lmm.fit,
        lmm.score,
        lambda X, y: cross_val_predict(lmm, X, y),
        lambda X, y: PredictionDisplay.from_estimator(lmm, X, y),
        lambda X, y: LMMRegressor(kernel="linear").fit(X[["wet"]], y),
        lambda X, y: predictive_ability(X["wet"], y),
    ]
    for use in uses:
        use(X, y)
        with pytest.raises(ValueError, match=DIFFERENT):
            use(X, other)


@pytest.mark.parametrize("form", ["same levels", "other order without names"])
@pytest.mark.parametrize(
    "cv", [KFold(3), KFold(5, shuffle=True, random_state=0), ShuffleSplit(3, random_state=0)]
)
def test_the_folds_of_other_tools(cv, form):
    y = FORMS[form](Y)
    assert np.isfinite(cross_val_score(LMM, X, y, cv=cv, error_score="raise")).all()
    with pytest.raises(ValueError, match=DIFFERENT):
        cross_val_score(LMM, X, y.iloc[SWAPPED], cv=cv, error_score="raise")


@pytest.mark.parametrize("table", [X, X.reset_index(drop=True)], ids=["index", "no index"])
def test_groups_and_weights(table):
    """Of X, or of y where X has no index."""
    groups = pd.Series(np.repeat(np.arange(N), 2), index=Y.index)
    lmm, weights = LMMRegressor(**LMM.get_params()).fit(table, Y), groups + 1.0
    lmm.score(table, Y, sample_weight=weights)
    with pytest.raises(ValueError, match=rf"sample_weight {DIFFERENT}"):
        lmm.score(table, Y, sample_weight=weights.iloc[SWAPPED])
    cross_val_predict(lmm, table, Y, cv=GroupKFold(3), groups=groups)
    with pytest.raises(ValueError, match=rf"groups {DIFFERENT}"):
        cross_val_predict(lmm, table, Y, cv=GroupKFold(3), groups=groups.iloc[SWAPPED])


def test_levels_of_individuals_in_another_order_beside_environments_in_order():
    """Of an X without labels, whose last level alone is in order."""
    y = Y.iloc[np.arange(2 * N).reshape(N, 2)[::-1].ravel()].swaplevel()
    with pytest.raises(ValueError, match=DIFFERENT):
        LMMRegressor(kernel="linear").fit(X[["wet"]], y)


def test_levels_that_say_something_else():
    """The next year's yield, and numbers of rows of two tables."""
    years = np.tile([2001, 2002], N)
    later = pd.MultiIndex.from_arrays([TABLE["id"], years + 1], names=["id", "year"])
    before = pd.MultiIndex.from_arrays([TABLE["id"], years], names=["id", "year"])
    rows = [
        pd.MultiIndex.from_arrays([TABLE["id"], np.random.default_rng(seed).permutation(2 * N)])
        for seed in (0, 1)
    ]
    for of_X, of_y in ((before, later), rows):
        LMM.fit(X.set_axis(of_X), Y.set_axis(of_y))


@pytest.mark.parametrize("make", [pd.DataFrame, pl.DataFrame], ids=["pandas", "polars"])
def test_a_level_with_the_name_of_a_column(make):
    table = make({"id": list(TABLE["id"]), "wet": list(TABLE["wet"])})
    y = TABLE.set_index(["id", "wet"])["yield"]
    lmm = LMMRegressor(**LMM.get_params()).fit(table, y)
    message = "'wet' of the index of y contradict each other: row 0 is 0.0 in the one and 1.0 in"
    other = TABLE.set_index(["id", 1 - TABLE["wet"]])["yield"]
    uses = [lmm.fit, lmm.score, lambda X, y: cross_val_predict(lmm, X, y)]
    if make is pd.DataFrame:
        uses.append(lambda X, y: cross_val_score(lmm, X, y, error_score="raise"))
    for use in uses:
        with pytest.raises(ValueError, match=message):
            use(table, other)


def test_a_level_with_other_values_than_the_column_of_its_name():
    """A code, or a scaled column."""
    table = TABLE[["id"]].assign(env=2 * TABLE["wet"] - 1)
    expected = LMM.fit(table, TABLE["yield"]).coef_
    np.testing.assert_array_equal(LMM.fit(table, Y).coef_, expected)
