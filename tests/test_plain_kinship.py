"""A kinship without labels is in the order of X, and knows no other rows."""

import warnings

import numpy as np
import polars as pl
import pytest

from sklmm import LMMRegressor


@pytest.fixture
def lmm(population):
    return LMMRegressor(population.kinship, sample_id="id")


def test_plain_array_agrees_with_labels(population, lmm):
    X, y = population.frame, population.y
    lmm.fit(X, y)
    plain = LMMRegressor(population.K).fit(population.covariates, y)
    np.testing.assert_allclose(plain.predict(population.covariates), lmm.predict(X), rtol=1e-12)
    for option in ("return_std", "return_cov"):
        _, spread = plain.predict(population.covariates, **{option: True})
        np.testing.assert_allclose(spread, lmm.predict(X, **{option: True})[1], rtol=1e-9)


def test_plain_array_without_covariates(population):
    X = np.empty((60, 0))
    lmm = LMMRegressor(population.K).fit(X, population.y)
    np.testing.assert_allclose(lmm.predict(X), lmm.intercept_ + lmm.random_effects_, rtol=1e-9)


def test_plain_array_refuses_a_part_of_the_samples(population):
    X, y = population.covariates, population.y
    with pytest.raises(
        ValueError, match=r"kinship has 60 rows and X has 45.*Kinship\(matrix, ids\).*sample_id="
    ):
        LMMRegressor(population.K).fit(X[:45], y[:45])


@pytest.mark.parametrize("change", ["permuted", "part", "other"])
def test_plain_array_refuses_other_rows_at_prediction(population, change):
    X = population.covariates
    lmm = LMMRegressor(population.K).fit(X, population.y)
    new = {"permuted": X[::-1], "part": X[:10], "other": X + 1}[change]
    for predict in (lmm.predict, lmm.predict_random, lmm.predict_fixed):
        with pytest.raises(
            ValueError, match=r"X \(\d+ rows\) is not the X of fit.*Kinship\(matrix, ids\)"
        ):
            predict(new)


def test_plain_array_accepts_the_same_rows_in_another_container(population):
    frame = population.frame.drop(columns="id")
    lmm = LMMRegressor(population.K).fit(frame, population.y)
    polars = pl.from_dicts(frame.to_dict("records"))
    in_fortran_order = np.asfortranarray(population.covariates)
    for X in (polars, population.covariates, in_fortran_order):
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", message="X does not have valid feature names")
            found = lmm.predict(X)
        # where an array begins in memory decides how BLAS rounds
        np.testing.assert_allclose(found, lmm.predict(frame), rtol=1e-14)


def test_plain_array_that_was_changed_after_fit(population):
    K, X = population.K.copy(), population.covariates
    lmm = LMMRegressor(K).fit(X, population.y)
    K[3, 4] = K[4, 3] = 0.7
    with pytest.raises(ValueError, match="kinship has been changed since fit"):
        lmm.predict(X)
