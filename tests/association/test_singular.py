"""Scans where V is singular along the fixed effects, or 0."""

import numpy as np
import pytest
from scipy import stats

from sklmm import Kinship, LMMRegressor
from sklmm.association import f_kinship, max_statistics, scan

from .crosses import make_cross
from .textbook import compare


def centered_cross():
    """K is regular but for the intercept."""
    cross = make_cross()
    away = np.eye(cross.n) - 1 / cross.n
    cross.K = away @ cross.K @ away
    cross.kinship = Kinship(cross.K, cross.ids)
    return cross


def fit_at(cross, h, y=None):
    lmm = LMMRegressor(cross.kinship, sample_id=0, h=h)
    return lmm.fit(cross.X, cross.y if y is None else y)


def by_contrasts(cross, fixed, columns, y=None):
    """Tests among contrasts without fixed effects, of which the covariance at h = 1 is regular."""
    y = cross.y if y is None else y
    rows = ~np.isnan(columns).any(axis=1)
    Q = np.linalg.svd(fixed[rows])[0][:, fixed.shape[1] :]
    K = Q.T @ cross.K[np.ix_(rows, rows)] @ Q
    return compare(1.0, K, np.empty((len(K), 0)), Q.T @ columns[rows], Q.T @ y[rows], "reml")


def test_a_centered_kinship_at_its_end():
    cross = centered_cross()
    lmm = fit_at(cross, 1.0)
    result = scan(lmm, cross.G, ids=cross.ids)
    for place, g in enumerate(cross.G.T):
        expected = by_contrasts(cross, cross.fixed, g[:, None])
        np.testing.assert_allclose(result.beta[place], expected.beta[0], rtol=1e-8)
        np.testing.assert_allclose(result.standard_error[place], expected.standard_error[0])
        np.testing.assert_allclose(result.statistic[place], expected.f, rtol=1e-8)
        lod = cross.n / 2 * np.log10(expected.rss0 / expected.rss1)
        np.testing.assert_allclose(result.lod[place], lod, rtol=1e-8)


def test_complete_cases_and_products_at_its_end():
    cross = centered_cross()
    cross.G[[2, 5, 9], 3] = np.nan
    lmm = fit_at(cross, 1.0)
    dropped = scan(lmm, cross.G, ids=cross.ids, missing="drop")
    expected = by_contrasts(cross, cross.fixed, cross.G[:, [3]])
    np.testing.assert_allclose(dropped.statistic[3], expected.f, rtol=1e-7)
    products = scan(lmm, cross.G[:, :3], ids=cross.ids, interaction=1)
    for place, g in enumerate(cross.G.T[:3]):
        beside = np.column_stack([cross.fixed, g])
        expected = by_contrasts(cross, beside, (g * cross.sex)[:, None])
        np.testing.assert_allclose(products.statistic[place], expected.f, rtol=1e-7)


def test_many_traits_of_which_some_are_at_its_end():
    cross = centered_cross()
    Y = cross.rng.standard_normal((cross.n, 9))
    h = np.where(np.arange(9) % 2, 0.4, 1.0)
    result = scan(fit_at(cross, h, Y), cross.G, ids=cross.ids)
    for trait in (0, 4):
        expected = by_contrasts(cross, cross.fixed, cross.G[:, [5]], Y[:, trait])
        np.testing.assert_allclose(result.statistic[trait, 5], expected.f, rtol=1e-7)


@pytest.mark.parametrize("resample", ["simulation", "permutation"])
def test_the_maximum_of_one_marker_is_that_of_its_F_test(resample):
    cross = centered_cross()
    options = {"ids": cross.ids, "n_resamples": 2000, "random_state": 0, "resample": resample}
    lod = max_statistics(fit_at(cross, 1.0), cross.G[:, :1], **options).lod
    df = cross.n - 1 - cross.fixed.shape[1]
    statistics = df * np.expm1(lod * 2 * np.log(10) / cross.n)
    assert stats.kstest(stats.f.sf(statistics, 1, df), "uniform").pvalue > 0.01


def test_a_score_function_at_its_end():
    cross = centered_cross()
    covariates = np.column_stack([cross.sex, cross.age])
    found, _ = f_kinship(cross.G, cross.y, kinship=cross.K, covariates=covariates, h=1.0)
    expected = scan(fit_at(cross, 1.0), cross.G, ids=cross.ids).statistic
    np.testing.assert_allclose(found, expected, rtol=1e-9)


def test_fixed_effects_of_an_X_chromosome_at_its_end_are_refused():
    """The P of one set of fixed effects is not that of the other."""
    cross = centered_cross()
    options = {"ids": cross.ids, "chromosomes": ["X"] * cross.G.shape[1]}
    with pytest.raises(ValueError, match=r"V has no inverse at h=1\.0"):
        scan(fit_at(cross, 1.0), cross.G, x_covariates=np.arange(cross.n) % 3, **options)
    scan(fit_at(cross, 0.999999), cross.G, x_covariates=np.arange(cross.n) % 3, **options)


@pytest.mark.filterwarnings("ignore:.*y is an exact linear function")
@pytest.mark.parametrize("options", [{}, {"h": "each"}, {"keep": "max"}, {"test": "score"}])
def test_a_trait_of_which_nothing_is_left(options):
    cross = make_cross()
    exact = 2 + 0.5 * cross.age
    for y in (exact, np.ones(cross.n)):
        with pytest.raises(ValueError, match=r"^y is an exact .* nothing is left for markers"):
            scan(fit_at(cross, None, y), cross.G, ids=cross.ids, **options)
    Y = np.column_stack([cross.rng.standard_normal((cross.n, 5)), exact])
    with pytest.raises(ValueError, match=r"^Trait 5 of 6 is an exact"):
        scan(fit_at(cross, None, Y), cross.G, ids=cross.ids, **options)


@pytest.mark.filterwarnings("ignore:.*y is an exact linear function")
def test_maxima_of_a_trait_of_which_nothing_is_left():
    cross = make_cross()
    for h in (None, 0.5):
        with pytest.raises(ValueError, match=r"^y is an exact .* nothing is left for markers"):
            max_statistics(fit_at(cross, h, cross.age), cross.G, ids=cross.ids)
