"""Loci of several founders: zero-sum effects, and what the data do not determine."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from sklmm import LMMRegressor
from sklmm.association import scan

from .crosses import fit, make_cross, make_probabilities
from .textbook import compare, founder_effects


def make(n_founders=4, n_loci=6, **parameters):
    cross = make_cross(**parameters)
    return cross, make_probabilities(cross.rng, cross.n, n_founders, n_loci)


def agrees(result, locus, h, K, X, probabilities, y, method="reml", test="f"):
    expected = compare(h, K, X, probabilities[:, 1:], y, method)
    for name in ("lod", "variance_explained", "df", "residual_df"):
        wanted = getattr(expected, name)
        np.testing.assert_allclose(getattr(result, name)[locus], wanted, rtol=1e-9)
    statistic = getattr(expected, test)
    p = stats.chi2.sf(statistic, expected.df)
    if test == "f":
        p = stats.f.sf(statistic, expected.df, expected.residual_df)
    np.testing.assert_allclose(result.statistic[locus], statistic, rtol=1e-9)
    np.testing.assert_allclose(result.pvalue[locus], p, rtol=1e-8)
    beta, standard_error = founder_effects(h, K, X, probabilities, y)
    np.testing.assert_allclose(result.beta[locus], beta, rtol=1e-8, atol=1e-10)
    np.testing.assert_allclose(result.standard_error[locus], standard_error, rtol=1e-8)


@pytest.mark.parametrize("method", ["reml", "ml"])
@pytest.mark.parametrize("test", ["f", "lrt", "score"])
def test_founders_are_tested_as_in_the_textbook(method, test):
    cross, P = make()
    lmm = fit(cross, method=method)
    result = scan(lmm, P, ids=cross.ids, test=test)
    assert result.beta.shape == result.frequency.shape == (6, 4)
    for locus in range(6):
        agrees(result, locus, lmm.h_, cross.K, cross.fixed, P[:, :, locus], cross.y, method, test)
        np.testing.assert_allclose(result.frequency[locus], P[:, :, locus].mean(axis=0))
    np.testing.assert_allclose(result.beta.sum(axis=1), 0, atol=1e-10)


def test_two_founders_are_one_marker():
    cross = make_cross()
    lmm = fit(cross)
    counts = scan(lmm, cross.G, ids=cross.ids)
    both = scan(lmm, np.stack([cross.G / 2, 1 - cross.G / 2], axis=1), ids=cross.ids)
    np.testing.assert_allclose(both.pvalue, counts.pvalue, rtol=1e-9)
    np.testing.assert_allclose(both.beta, counts.beta[:, None] * [1, -1], rtol=1e-9)
    np.testing.assert_allclose(both.standard_error[:, 0], counts.standard_error, rtol=1e-9)


def test_loci_with_missing_probabilities():
    cross, P = make()
    P[np.arange(0, 40, 7), :, 2] = np.nan
    lmm = fit(cross)
    result = scan(lmm, P, ids=cross.ids, missing="drop")
    for locus in range(6):
        rows = ~np.isnan(P[:, 0, locus])
        K = cross.K[np.ix_(rows, rows)]
        agrees(result, locus, lmm.h_, K, cross.fixed[rows], P[rows, :, locus], cross.y[rows])
        assert result.n_samples[locus] == rows.sum()
    filled = np.where(np.isnan(P), np.nanmean(P, axis=0), P)
    np.testing.assert_allclose(
        scan(lmm, P, ids=cross.ids, missing="mean").lod, scan(lmm, filled, ids=cross.ids).lod
    )


def test_a_founder_that_does_not_occur():
    cross, P = make()
    lmm = fit(cross)
    padded = np.insert(P, 2, 0, axis=1)
    result, expected = scan(lmm, padded, ids=cross.ids), scan(lmm, P, ids=cross.ids)
    assert np.isnan(result.beta[:, 2]).all()
    assert np.isnan(result.standard_error[:, 2]).all()
    others = [0, 1, 3, 4]
    np.testing.assert_allclose(result.beta[:, others], expected.beta, rtol=1e-8, atol=1e-10)
    np.testing.assert_allclose(
        result.standard_error[:, others], expected.standard_error, rtol=1e-8
    )
    np.testing.assert_allclose(result.lod, expected.lod, rtol=1e-9)
    np.testing.assert_array_equal(result.df, 3)


def test_founders_that_the_data_do_not_tell_apart():
    cross, P = make()
    lmm = fit(cross)
    alike = np.concatenate([P[:, :1] / 2, P[:, :1] / 2, P[:, 1:]], axis=1)
    result, expected = scan(lmm, alike, ids=cross.ids), scan(lmm, P, ids=cross.ids)
    assert np.isnan(result.beta[:, :2]).all()
    np.testing.assert_allclose(result.pvalue, expected.pvalue, rtol=1e-8)
    np.testing.assert_array_equal(result.df, 3)
    between = np.diff(expected.beta[:, 1:], axis=1)
    np.testing.assert_allclose(np.diff(result.beta[:, 2:], axis=1), between, rtol=1e-8)


def test_loci_that_tell_nothing():
    cross, P = make()
    P[:, :, 0] = [0.1, 0.2, 0.3, 0.4]
    P[:, :, 1] = 0
    P[:, 0, 1], P[:, 3, 1] = cross.sex, 1 - cross.sex
    result = scan(fit(cross), P, ids=cross.ids)
    assert list(result.status[:3]) == ["constant", "collinear", "ok"]
    assert np.isnan(result.pvalue[:2]).all()
    assert np.isnan(result.beta[:2]).all()


def test_probabilities_with_few_digits():
    """Rounding of their sum is not one more effect."""
    cross, P = make()
    lmm = fit(cross)
    for digits in (3, 5, 7):
        rounded = np.round(P, digits)
        result = scan(lmm, rounded, ids=cross.ids)
        np.testing.assert_array_equal(result.df, 3)
        expected = scan(lmm, P, ids=cross.ids)
        np.testing.assert_allclose(result.lod, expected.lod, rtol=20 * 10.0**-digits)
        np.testing.assert_allclose(result.beta.sum(axis=1), 0, atol=1e-10)


def test_a_rare_founder_is_a_founder():
    cross, P = make(n_loci=1)
    rare = np.zeros((cross.n, 1, 1))
    rare[5] = 1e-3
    with_rare = np.concatenate([P * (1 - rare), rare], axis=1)
    lmm = fit(cross)
    result = scan(lmm, with_rare, ids=cross.ids)
    agrees(result, 0, lmm.h_, cross.K, cross.fixed, with_rare[:, :, 0], cross.y)
    assert result.df[0] == 4


def test_without_an_intercept_each_founder_has_its_own_effect():
    cross, P = make()
    lmm = LMMRegressor(cross.kinship, sample_id=0, fit_intercept=False).fit(cross.X, cross.y)
    result = scan(lmm, P, ids=cross.ids)
    for locus in range(6):
        expected = compare(lmm.h_, cross.K, cross.fixed[:, 1:], P[:, :, locus], cross.y, "reml")
        np.testing.assert_allclose(result.beta[locus], expected.beta, rtol=1e-8)
        np.testing.assert_allclose(result.standard_error[locus], expected.standard_error)
        np.testing.assert_allclose(
            result.pvalue[locus], stats.f.sf(expected.f, 4, expected.residual_df), rtol=1e-8
        )


@given(seed=st.integers(0, 30))
@settings(max_examples=10, deadline=None)
def test_the_order_of_founders(seed):
    cross, P = make(n=25, m=2, seed=seed)
    lmm = fit(cross)
    order = np.random.default_rng(seed).permutation(4)
    expected, found = scan(lmm, P, ids=cross.ids), scan(lmm, P[:, order], ids=cross.ids)
    np.testing.assert_allclose(found.beta, expected.beta[:, order], rtol=1e-7, atol=1e-9)
    np.testing.assert_allclose(found.lod, expected.lod, rtol=1e-9)


def test_tables_have_a_column_for_each_founder():
    pytest.importorskip("pandas")
    cross, P = make()
    result = scan(fit(cross), P, ids=cross.ids)
    table = result.to_frame()
    for place, founder in enumerate(result.founders):
        np.testing.assert_array_equal(table[f"beta_{founder}"], result.beta[:, place])
        np.testing.assert_array_equal(table[f"frequency_{founder}"], result.frequency[:, place])
