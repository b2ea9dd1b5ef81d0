"""Rows of a model without labels: what an index says of their order."""

import pickle

import numpy as np
import pandas as pd
import pytest

from sklmm import LMMRegressor
from sklmm.association import max_statistics, scan

from .crosses import make_cross

CROSS = make_cross()
AGE = pd.DataFrame({"age": CROSS.age}, index=CROSS.ids)
G = pd.DataFrame(CROSS.G, index=CROSS.ids)
FEATURES = pd.DataFrame(np.linalg.cholesky(CROSS.K + 1e-6 * np.eye(CROSS.n)), index=CROSS.ids)
MODELS = {
    "a matrix": lambda: LMMRegressor(CROSS.K).fit(AGE, CROSS.y),
    "a matrix, and the index of y": lambda: LMMRegressor(CROSS.K).fit(
        AGE.to_numpy(), pd.Series(CROSS.y, index=CROSS.ids)
    ),
    "a kernel": lambda: LMMRegressor().fit(FEATURES, CROSS.y),
    "few features": lambda: LMMRegressor().fit(FEATURES.iloc[:, -5:], CROSS.y),
    "a computed kernel": lambda: LMMRegressor(kernel="precomputed").fit(
        pd.DataFrame(CROSS.K, index=CROSS.ids), CROSS.y
    ),
}
OTHER_ORDER = "The index of X in fit and the index of {} have the same labels in different orders"


@pytest.mark.parametrize("model", MODELS)
def test_genotypes_in_another_order_than_the_rows_of_fit(model):
    lmm = MODELS[model]()
    known = scan(lmm, CROSS.G).lod
    np.testing.assert_array_equal(scan(lmm, G).lod, known)
    for turned in (G[::-1], G.iloc[np.roll(np.arange(CROSS.n), 1)]):
        with pytest.raises(ValueError, match=OTHER_ORDER.format("genotypes")):
            scan(lmm, turned)
        np.testing.assert_array_equal(scan(lmm, turned.loc[CROSS.ids]).lod, known)


def test_a_saved_model_knows_the_order():
    saved = pickle.loads(pickle.dumps(MODELS["a kernel"]()))
    scan(saved, G)
    with pytest.raises(ValueError, match=OTHER_ORDER.format("genotypes")):
        scan(saved, G[::-1])


def test_an_index_that_says_nothing_of_the_rows():
    lmm = MODELS["a matrix"]()
    known = scan(lmm, CROSS.G).lod
    plots = [f"plot{number}" for number in range(CROSS.n)]
    for genotypes in (G.reset_index(drop=True), G.set_axis(plots), G.set_axis(range(7, 47))):
        np.testing.assert_array_equal(scan(lmm, genotypes).lod, known)
    nameless = LMMRegressor(CROSS.K).fit(AGE.reset_index(drop=True), CROSS.y)
    np.testing.assert_array_equal(scan(nameless, G).lod, known)


def test_numbers_of_rows_after_a_split():
    rows = np.random.default_rng(0).permutation(CROSS.n)[:30]
    table, genotypes = AGE.reset_index(drop=True), G.reset_index(drop=True)
    lmm = LMMRegressor(CROSS.K[np.ix_(rows, rows)]).fit(table.iloc[rows], CROSS.y[rows])
    known = scan(lmm, CROSS.G[rows]).lod
    np.testing.assert_array_equal(scan(lmm, genotypes.iloc[rows]).lod, known)
    with pytest.raises(ValueError, match=OTHER_ORDER.format("genotypes")):
        scan(lmm, genotypes.iloc[np.sort(rows)])


def test_what_belongs_to_rows_in_another_order():
    lmm = MODELS["a matrix"]()
    options = {"chromosomes": ["X"] * CROSS.G.shape[1]}
    sex = pd.Series(CROSS.sex, index=CROSS.ids)
    known = scan(lmm, CROSS.G, x_covariates=CROSS.sex, **options).lod
    np.testing.assert_array_equal(scan(lmm, CROSS.G, x_covariates=sex, **options).lod, known)
    with pytest.raises(ValueError, match=OTHER_ORDER.format("x_covariates")):
        scan(lmm, CROSS.G, x_covariates=sex[::-1], **options)
    options = {"resample": "permutation", "n_resamples": 9, "random_state": 0}
    known = max_statistics(lmm, CROSS.G, strata=CROSS.sex, **options).lod
    np.testing.assert_array_equal(max_statistics(lmm, CROSS.G, strata=sex, **options).lod, known)
    with pytest.raises(ValueError, match=OTHER_ORDER.format("strata")):
        max_statistics(lmm, CROSS.G, strata=sex[::-1], **options)
