"""Numbers of R/qtl2: in its test suite, whose data come from a seed, and of a run on real data."""

import numpy as np
import pandas as pd
import pytest
from r_random import RRandom
from scipy.spatial.distance import cdist

from sklmm import LMMRegressor
from sklmm.relationship import from_probabilities

N = 100
FIT_LMM = {
    # tests/testthat/test-lmm.R since R 3.6 (48a734e7) and before (ac33b650):
    # loglik, hsq, sigmasq, beta
    ("Rejection", "reml"): (
        -217.595158548486,
        0.0367120313458048,
        0.79659576062727,
        (0.886161208390094, 1.74687862579568),
    ),
    ("Rejection", "ml"): (
        -217.180784548857,
        0.0,
        0.769853921083333,
        (0.887111992802203, 1.74121566369042),
    ),
    ("Rounding", "reml"): (
        -218.467712411475,
        0.0743352779641662,
        0.819543294059229,
        (0.826587328164329, 1.84713422450015),
    ),
    ("Rounding", "ml"): (
        -217.87551923171,
        0.0,
        0.780625465836864,
        (0.824833750089415, 1.84392110362325),
    ),
}
SHARE_OF_THE_FIRST_FOUNDER = {"SS": 1.0, "SY": 1.0, "SB": 0.5, "BS": 0.5, "BB": 0.0, "BY": 0.0}


def data_of_its_test_suite(sample_kind):
    """20 normal features, whose distances make K, and a trait of h = 0.25."""
    r = RRandom(20151124, sample_kind)
    features = r.normal(20 * N).reshape(20, N).T
    K = -cdist(features, features)
    K = (K - K.min()) / (K.max() - K.min())
    x = r.zeros_and_ones(N)
    noise = np.linalg.cholesky(0.25 * K + 0.75 * np.eye(N)) @ r.normal(N)
    return K, x[:, None], 1 + 2 * x + noise


@pytest.mark.parametrize(("sample_kind", "method"), FIT_LMM)
def test_its_test_suite(page, sample_kind, method):
    """The printed loglik is the full one at the hsq of either method."""
    loglik, hsq, sigmasq, beta = FIT_LMM[sample_kind, method]
    K, X, y = data_of_its_test_suite(sample_kind)
    lmm = LMMRegressor(K, method=method).fit(X, y)
    assert lmm.h_ == pytest.approx(hsq, abs=1e-4), "the default tolerance of fitLMM"
    there = LMMRegressor(K, method=method, h=hsq).fit(X, y)
    assert there.v_ == pytest.approx(sigmasq, rel=1e-12)
    np.testing.assert_allclose(there.b_, beta, rtol=1e-12)
    full = LMMRegressor(K, method="ml").fit(X, y)
    log10lik = page.qtl2_log10lik(full.log_likelihood(hsq), N)
    assert log10lik == pytest.approx(loglik / np.log(10), rel=1e-14)


def test_heritability_of_284_mice(reference_data):
    """qtl2 0.43-5: attr(scan1(probs, iron$pheno, kinship, sex, Xcovar), "hsq")."""
    folder = reference_data / "reference" / "association"
    K = 2 * kinship_of_iron(folder).matrix
    traits = pd.read_csv(folder / "qtl2_iron_pheno.csv", index_col=0).to_numpy()
    covariates = pd.read_csv(folder / "qtl2_iron_covar.csv", index_col=0).to_numpy(dtype=float)
    printed = pd.read_csv(folder / "qtl2_iron_hsq_overall_reml.csv", index_col=0)
    for chromosome, X in (("1", covariates[:, :1]), ("X", covariates)):
        lmm = LMMRegressor(K).fit(X, traits)
        np.testing.assert_allclose(lmm.h_, printed.loc[chromosome], rtol=0, atol=3e-7)


def kinship_of_iron(folder):
    """From the probabilities of the two founders' alleles, by names such as 1|D1Mit18|SB."""
    table = pd.read_csv(folder / "qtl2_iron_probs.csv.gz", index_col=0)
    names = [name.rsplit("|", 1) for name in table.columns]
    shares = table * [SHARE_OF_THE_FIRST_FOUNDER[genotype] for _, genotype in names]
    first = shares.T.groupby([locus for locus, _ in names], sort=False).sum().T.to_numpy()
    return from_probabilities(np.stack([first, 1 - first], axis=1), table.index.tolist())
