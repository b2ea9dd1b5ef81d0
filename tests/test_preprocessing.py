"""Transformers of genotypes against the matrices of `sklmm.relationship`, and inside pipelines."""

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.model_selection import cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.utils.estimator_checks import parametrize_with_checks

from sklmm import LMMRegressor, _markers, relationship
from sklmm.datasets import load_mice
from sklmm.preprocessing import GenotypeScaler, MarkerFilter

METHODS = ["centered", "vanraden", "vanraden2", "standardized"]


@parametrize_with_checks(
    [
        GenotypeScaler(),
        GenotypeScaler("standardized"),
        MarkerFilter(),
        MarkerFilter(max_missing=0.5),
    ]
)
def test_scikit_learn_checks(estimator, check):
    check(estimator)


def make_counts(n=40, m=60, seed=0):
    rng = np.random.default_rng(seed)
    return rng.binomial(2, rng.uniform(0.2, 0.8, m), size=(n, m)).astype(np.int8)


def with_holes(M, code=-127, share=0.1):
    holes = np.random.default_rng(9).uniform(size=M.shape) < share
    return np.where(holes, code, M).astype(M.dtype if code == -127 else float)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("rows_at_a_time", [7, 256])
def test_products_are_the_kinship(method, rows_at_a_time, monkeypatch):
    monkeypatch.setattr(_markers, "ROWS_AT_A_TIME", rows_at_a_time)
    function = getattr(relationship, method)
    for M in (make_counts(), with_holes(make_counts()), with_holes(make_counts(), np.nan)):
        before = M.copy()
        Z = GenotypeScaler(method).fit_transform(M)
        expected = function(M, range(len(M)), missing="mean").matrix
        np.testing.assert_allclose(Z @ Z.T, expected, atol=1e-12)
        np.testing.assert_array_equal(M, before)
        assert Z.dtype == np.float64


@pytest.mark.parametrize("method", METHODS)
def test_new_rows_are_scaled_by_what_was_learned(method):
    M = with_holes(make_counts(), np.nan)
    train, new = M[:25], M[25:]
    scaler = GenotypeScaler(method).fit(train)
    np.testing.assert_allclose(scaler.mean_, np.nanmean(train, axis=0), rtol=1e-15)
    expected = np.where(np.isnan(new), 0, (new - scaler.mean_) / scaler.scale_)
    np.testing.assert_allclose(scaler.transform(new), expected, atol=1e-15)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("value", [0, 1, 2])
def test_markers_that_do_not_vary_in_the_training_rows_end_nothing(method, value):
    M = make_counts()
    M[:30, 4] = value
    M[30:, 4] = (value + 1) % 3
    Z = GenotypeScaler(method).fit(M[:30]).transform(M)
    assert np.isfinite(Z).all()
    np.testing.assert_array_equal(Z[:30, 4], 0)


@pytest.mark.parametrize(
    ("X", "message"),
    [
        (np.array([[0, -9], [1, 2]]), "X has 1 genotypes -9 beside counts, as if they stood for"),
        (np.array([[0, -9], [1, 2.0]]), "Use NaN, or -127 if all columns of X are integers"),
        (np.array([[0, -9], [1, 3.0]]), "X has 1 genotypes -9"),
        (np.array([[0, -9], [np.nan, 2.0]]), "X has 1 genotypes -9"),
        (np.array([[0, -127], [1, 2.0]]), "X has 1 genotypes -127"),
        (np.array([[0, 9], [1, 2]], dtype=np.int8), "X has 1 genotypes 9"),
        (np.array([[0, -1], [1, 2]], dtype=np.int8), "X has 1 genotypes -1"),
        (np.ma.array([[0, 9], [1, 2]], mask=[[0, 1], [0, 0]]), "X has masked values"),
        (np.array([[np.nan, 1], [np.nan, 2]]), "1 markers without any value .* such as column 0"),
        (np.array([[np.inf, 1], [1, 2]]), "infinity"),
        (np.array([["A", "G"], ["C", "T"]]), "could not convert string to float|dtype='numeric'"),
    ],
)
def test_bad_genotypes(X, message):
    with pytest.raises(ValueError, match=message):
        GenotypeScaler().fit(X)


@pytest.mark.parametrize("method", ["vanraden", "vanraden2"])
def test_frequencies_need_counts(method):
    with pytest.raises(ValueError, match=rf"between 0 and 2 for method='{method}', but X\[1, 0\]"):
        GenotypeScaler(method).fit(np.array([[0.0, 1.0], [2.5, 1.0]]))


@pytest.mark.parametrize("dtype", [np.int8, np.int16, np.int64])
def test_missing_ones_among_integers(dtype):
    """However they became integers of another width, as beside a covariate in a table."""
    M = with_holes(make_counts())
    expected = GenotypeScaler().fit_transform(M)
    np.testing.assert_array_equal(GenotypeScaler().fit_transform(M.astype(dtype)), expected)
    rates = MarkerFilter().fit(M.astype(dtype)).missing_rates_
    np.testing.assert_allclose(rates, (M == -127).mean(axis=0))


def test_other_codings_are_numbers():
    for M in (make_counts() - 1, 2 * make_counts(), make_counts() / 2, make_counts() + 6.5):
        Z = GenotypeScaler().fit_transform(M)
        np.testing.assert_allclose(Z * np.sqrt(60), M - M.mean(axis=0), atol=1e-14)


def test_new_rows_may_lack_the_smallest_numbers_of_a_coding():
    copies = np.array([[-2, -1, 0], [2, 1, 0], [0, -1, 2], [1, 2, -2]])
    scaler = GenotypeScaler().fit(copies)
    np.testing.assert_array_equal(scaler.transform(copies)[2:3], scaler.transform([[0, -1, 2]]))


def test_codes_are_refused_in_new_rows_too():
    M = make_counts().astype(float)
    for method in ("centered", "vanraden"):
        scaler = GenotypeScaler(method).fit(M)
        with pytest.raises(ValueError, match="X has 1 genotypes -9"):
            scaler.transform(np.where(np.arange(60) == 3, -9, M[:5])[:1])


@pytest.mark.parametrize("value", [0.1, 0.7, 1.3, 1.9])
def test_a_constant_dosage_in_many_rows_stays_constant(value):
    X = np.full((50_000, 1), value)
    scaler = GenotypeScaler("standardized").fit(X)
    assert scaler.scale_ == np.inf
    np.testing.assert_array_equal(scaler.transform([[1.8]]), 0)


@pytest.mark.parametrize("n", [10, 20, 100, 300])
def test_thresholds_are_met_exactly_whichever_allele_is_counted(n):
    for k in range(1, n // 2):
        X = np.zeros((n, 2), dtype=np.int8)
        X[:k] = 2
        X[:, 1] = 2 - X[:, 1]
        assert MarkerFilter(min_maf=k / n).fit(X).get_support().all()
        with_missing = np.tile([[0.0], [1.0]], (n, 1))[:n]
        with_missing[:k] = np.nan
        assert MarkerFilter(max_missing=k / n).fit(with_missing).get_support().all()


def test_nothing_to_scale():
    with pytest.raises(ValueError, match="no marker of which both alleles occur"):
        GenotypeScaler("vanraden").fit(np.full((3, 2), 2.0))
    with pytest.raises(ValueError, match=r"method must be one of \['centered', .* got 'yang'"):
        GenotypeScaler("yang").fit(make_counts())


def test_names_go_through():
    names = [f"snp{place}" for place in range(60)]
    frame = pd.DataFrame(make_counts(), columns=names, index=[f"m{row}" for row in range(40)])
    frame["snp3"] = np.int8(1)
    pipeline = make_pipeline(MarkerFilter(min_maf=0.1), GenotypeScaler())
    pipeline.set_output(transform="pandas")
    Z = pipeline.fit_transform(frame)
    assert list(Z.index) == list(frame.index)
    assert "snp3" not in Z.columns
    assert list(Z.columns) == list(pipeline.get_feature_names_out())
    assert set(Z.columns) < set(names)


def test_filter():
    M = with_holes(make_counts()).astype(float)
    M[M == -127] = np.nan
    M[:, 0] = 2
    M[:, 1] = [1] + 39 * [0]
    M[:30, 2] = np.nan
    marker_filter = MarkerFilter(min_maf=0.02, max_missing=0.5).fit(M)
    support = marker_filter.get_support()
    assert not support[:3].any()
    frequencies = np.nanmean(M, axis=0) / 2
    maf = np.minimum(frequencies, 1 - frequencies)
    np.testing.assert_allclose(marker_filter.minor_allele_frequencies_, maf, atol=1e-15)
    np.testing.assert_allclose(marker_filter.missing_rates_, np.isnan(M).mean(axis=0))
    expected = (maf >= 0.02) & (np.isnan(M).mean(axis=0) <= 0.5) & (np.nanstd(M, axis=0) > 0)
    np.testing.assert_array_equal(support, expected)
    np.testing.assert_array_equal(marker_filter.transform(M), M[:, support])
    assert MarkerFilter().fit(M).get_support().sum() == 59


def test_filter_keeps_int8():
    M = with_holes(make_counts())
    kept = MarkerFilter(min_maf=0.3, max_missing=0.2).fit_transform(M)
    assert kept.dtype == np.int8
    assert (kept == -127).any()


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"min_maf": 0.6}, "min_maf must be a number between 0 and 0.5, got 0.6"),
        ({"min_maf": "0.1"}, "min_maf must be a number between 0 and 0.5, got '0.1'"),
        ({"max_missing": -1}, "max_missing must be a number between 0 and 1, got -1"),
        ({"min_maf": 0.5}, r"No marker of X is left by min_maf=0.5 and max_missing=1.0: 60 of 60"),
    ],
)
def test_bad_filters(parameters, message):
    M = np.repeat(np.array([[0], [0], [0], [1]], dtype=np.int8), 60, axis=1)
    with pytest.raises(ValueError, match=message):
        MarkerFilter(**parameters).fit(M)


def test_a_pipeline_is_gblup_of_each_fold():
    """The same as a kinship with the frequencies of the training rows, made by hand."""
    mice = load_mice()
    measured = np.flatnonzero(~np.isnan(mice.target[:, 0]))[:300]
    M, y = mice.data[measured][:, ::10], mice.target[measured, 0]
    pipeline = make_pipeline(
        MarkerFilter(min_maf=0.05), GenotypeScaler("vanraden"), LMMRegressor(kernel="linear")
    )
    found = cross_val_predict(pipeline, M, y, cv=3)
    for fold in range(3):
        test = np.arange(100 * fold, 100 * (fold + 1))
        train = np.setdiff1d(np.arange(300), test)
        p = M[train].mean(axis=0) / 2
        kept = (np.minimum(p, 1 - p) >= 0.05) & (M[train].std(axis=0) > 0)
        W = (M - 2 * p)[:, kept] / np.sqrt(np.sum((2 * p * (1 - p))[kept]))
        K = W @ W.T
        by_hand = LMMRegressor(kernel="precomputed").fit(K[np.ix_(train, train)], y[train])
        np.testing.assert_allclose(found[test], by_hand.predict(K[np.ix_(test, train)]), rtol=1e-8)


@pytest.mark.parametrize("transformer", [GenotypeScaler(), MarkerFilter(min_maf=0.05)])
def test_markers_in_another_order_whose_names_are_numbers(transformer):
    frame = pd.DataFrame(np.random.default_rng(0).binomial(2, 0.4, (20, 30)))
    fitted = clone(transformer).fit(frame)
    fitted.transform(frame.to_numpy()[:5])
    with pytest.raises(ValueError, match=r"The columns of X are .* and more, but were .* in fit"):
        fitted.transform(frame.iloc[:, ::-1])


@pytest.mark.parametrize("transformer", [GenotypeScaler(), MarkerFilter(min_maf=0.0)])
@pytest.mark.parametrize(
    "make", [lambda f: f, lambda f: f.to_numpy(), lambda f: f.values.tolist()]
)
def test_missing_values_of_pandas(transformer, make):
    frame = pd.DataFrame({"a": [0, 1, pd.NA, 2], "b": [1, 0, 2, 1]}, dtype=object)
    plain = np.array([[0, 1], [1, 0], [np.nan, 2], [2, 1]])
    found = np.array(clone(transformer).fit_transform(make(frame)))
    found = np.where(pd.isna(found), np.nan, found).astype(float)
    np.testing.assert_array_equal(found, clone(transformer).fit_transform(plain))
