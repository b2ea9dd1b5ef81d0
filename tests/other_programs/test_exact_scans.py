"""A scan of mice at the h of the null model, exact in the eigenbasis and in float64."""

import numpy as np
import pandas as pd
import pytest

from sklmm import Kinship, LMMRegressor
from sklmm.association import scan
from sklmm.datasets import load_bxd
from sklmm.relationship import centered


@pytest.fixture(scope="module")
def cd8(reference_data):
    """Counts of 1410 mice that were measured, with K as GEMMA makes it of 1940."""
    folder = reference_data / "data" / "hs1940"
    with np.load(folder / "markers.npz", allow_pickle=True) as stored:
        counts, ids, snps = stored["M"], stored["ids"].astype(str), stored["snps"].astype(str)
    traits = pd.read_csv(folder / "pheno.csv", index_col=0)
    traits.index = traits.index.astype(str)
    y = traits["p1_CD8"].reindex(ids).to_numpy()
    is_measured = ~np.isnan(y)
    p = counts[is_measured].mean(axis=0) / 2
    kinship = centered(counts[:, np.minimum(p, 1 - p) >= 0.01], ids)
    lmm = LMMRegressor(kinship, sample_id=0).fit(ids[is_measured, None], y[is_measured])
    return lmm, scan(lmm, counts, ids=ids), snps


def test_mice(cd8, reference_data):
    """K of the file has ten digits, which shows."""
    _, result, snps = cd8
    name = "exact_hs1940_cd8_every10.csv"
    exact = pd.read_csv(reference_data / "reference" / "association" / name)
    places = pd.Index(snps).get_indexer(exact.iloc[:, 0])
    assert len(places) > 1000
    assert (places >= 0).all()
    for column, found in (
        ("beta_null", result.beta),
        ("se_null", result.standard_error),
        ("F_null", result.statistic),
        ("lod_null", result.lod),
    ):
        np.testing.assert_allclose(found[places], exact[column], rtol=2e-8, atol=1e-8)
    difference = result.neg_log10_pvalue[places] + np.log10(exact["p_null"])
    assert np.abs(difference).max() < 1e-8


def test_mice_at_their_own_h(cd8, reference_data):
    lmm, _, snps = cd8
    folder = reference_data / "data" / "hs1940"
    with np.load(folder / "markers.npz", allow_pickle=True) as stored:
        counts, ids = stored["M"], stored["ids"].astype(str)
    exact = pd.read_csv(
        reference_data / "reference" / "association" / "exact_hs1940_cd8_every10.csv"
    )
    places = pd.Index(snps).get_indexer(exact.iloc[:, 0])
    result = scan(lmm, counts[:, places], ids=ids, h="each")
    for column, found in (
        ("beta", result.beta),
        ("se", result.standard_error),
        ("l_remle", result.h / (1 - result.h)),
    ):
        np.testing.assert_allclose(found, exact[column], rtol=2e-8, atol=1e-8)
    assert np.abs(result.neg_log10_pvalue + np.log10(exact["p_wald"])).max() < 1e-8


def test_the_statuses_of_mice(cd8):
    _, result, _ = cd8
    assert set(result.status) <= {"ok", "constant"}
    is_tested = result.status == "ok"
    np.testing.assert_array_equal(np.isnan(result.pvalue), ~is_tested)


@pytest.mark.parametrize("method", ["reml", "ml"])
def test_recombinant_inbred_mice_at_their_own_h(reference_data, method):
    """Of BXD lines, h is exactly 0 beside two thirds of the markers; GEMMA centers their K."""
    exact = pd.read_csv(reference_data / "reference" / "association" / "exact_bxd4_every10.csv")
    try:
        bxd = load_bxd()
    except FileNotFoundError:
        pytest.skip("the examples of GEMMA are not installed")
    is_measured = ~np.isnan(bxd.target)
    ids, y = bxd.ids[is_measured], bxd.target[is_measured]
    K = centered(bxd.data, bxd.ids).select(ids).matrix
    K = K - K.mean(axis=0) - K.mean(axis=1)[:, None] + K.mean()
    kinship = Kinship((K + K.T) / 2, ids)
    lmm = LMMRegressor(kinship, sample_id=0, method=method).fit(ids[:, None], y)
    test = "f" if method == "reml" else "lrt"
    places = pd.Index(bxd.feature_names).get_indexer(exact["rs"])
    result = scan(lmm, bxd.data[:, places], ids=bxd.ids, h="each", test=test)
    ratio = exact["l_remle" if method == "reml" else "l_mle"].to_numpy()
    np.testing.assert_allclose(result.h / (1 - result.h), ratio, rtol=1e-7, atol=1e-9)
    np.testing.assert_array_equal(result.h == 0, ratio == 0)
    p = exact["p_wald" if method == "reml" else "p_lrt"]
    assert np.abs(result.neg_log10_pvalue + np.log10(p)).max() < 1e-8
    if method == "reml":
        np.testing.assert_allclose(result.beta, exact["beta"], atol=1e-8)
        np.testing.assert_allclose(result.standard_error, exact["se"], atol=1e-9)
