"""h estimated again with each marker: against fits with the marker among the fixed effects."""

import pickle

import numpy as np
import pytest
from scipy import stats

from sklmm import LMMRegressor
from sklmm.association import scan

from .crosses import fit, make_cross
from .test_loco import CHROMOSOMES, make_kinships
from .test_scan import with_gaps
from .textbook import compare


def make_noisy_cross():
    """With an h inside of its range beside most markers, and at its end beside some."""
    cross = make_cross()
    cross.y += 1.5 * cross.rng.standard_normal(cross.n)
    return cross


def refit(cross, marker, rows=slice(None), y=None, **parameters):
    """The model with a marker as the last column of X."""
    X = np.column_stack([cross.X, marker])[rows]
    parameters = {"kinship": cross.kinship, "sample_id": 0, **parameters}
    return LMMRegressor(**parameters).fit(X, cross.y[rows] if y is None else y[rows])


def agrees(result, place, cross, model, g, rows=slice(None), y=None, K=None):
    """At the h of a refitted model, all is as in the textbook."""
    K = cross.K if K is None else K
    y = cross.y if y is None else y
    rows = np.arange(cross.n)[rows]
    expected = compare(
        model.h_, K[np.ix_(rows, rows)], cross.fixed[rows], g[rows], y[rows], model.method
    )
    np.testing.assert_allclose(result.h[place], model.h_, atol=1e-7)
    for name in ("beta", "standard_error", "residual_df", "variance_explained"):
        found = getattr(result, name)[place]
        np.testing.assert_allclose(found, np.squeeze(getattr(expected, name)), rtol=1e-6)
    return expected


@pytest.mark.parametrize("method", ["reml", "ml"])
def test_every_marker_is_a_fit_of_its_own(method):
    cross = make_noisy_cross()
    result = scan(fit(cross, method=method), cross.G, ids=cross.ids, h="each")
    assert len(set(result.h)) > 6
    for place, g in enumerate(cross.G.T):
        expected = agrees(result, place, cross, refit(cross, g, method=method), g)
        np.testing.assert_allclose(result.statistic[place], expected.f, rtol=1e-6)
        p = stats.f.sf(expected.f, 1, expected.residual_df)
        np.testing.assert_allclose(result.pvalue[place], p, rtol=1e-6)
    assert result.h_mode == "each"


def test_likelihood_ratios_are_of_two_maxima():
    cross = make_noisy_cross()
    lmm = fit(cross, method="ml")
    result = scan(lmm, cross.G, ids=cross.ids, h="each", test="lrt")
    for place, g in enumerate(cross.G.T):
        model = refit(cross, g, method="ml")
        ratio = 2 * (model.log_likelihood_ - lmm.log_likelihood_)
        np.testing.assert_allclose(result.statistic[place], ratio, atol=1e-9)
        np.testing.assert_allclose(result.lod[place], ratio / 2 / np.log(10), atol=1e-9)
        np.testing.assert_allclose(result.pvalue[place], stats.chi2.sf(ratio, 1), rtol=1e-8)


@pytest.mark.parametrize("method", ["reml", "ml"])
def test_missing_genotypes_are_dropped(method):
    cross = make_noisy_cross()
    G, gaps = with_gaps(cross)
    lmm = fit(cross, method=method)
    result = scan(lmm, G, ids=cross.ids, h="each", missing="drop")
    for place, g in enumerate(G.T):
        rows = ~gaps[:, place]
        agrees(result, place, cross, refit(cross, g, rows, method=method), g, rows)
        assert result.n_samples[place] == rows.sum()


def test_traits_with_gaps_of_their_own():
    cross = make_noisy_cross()
    Y = np.column_stack([cross.y, cross.y[::-1], cross.rng.standard_normal(cross.n)])
    Y[:4, 1] = np.nan
    lmm = LMMRegressor(cross.kinship, sample_id=0, missing_y="drop").fit(cross.X, Y)
    result = scan(lmm, cross.G, ids=cross.ids, h="each")
    assert result.h.shape == (3, cross.G.shape[1])
    for trait in range(3):
        rows = ~np.isnan(Y[:, trait])
        alone = LMMRegressor(cross.kinship, sample_id=0).fit(cross.X[rows], Y[rows, trait])
        expected = scan(alone, cross.G, ids=cross.ids, h="each")
        np.testing.assert_allclose(result.h[trait], expected.h, atol=1e-7)
        np.testing.assert_allclose(
            result.neg_log10_pvalue[trait], expected.neg_log10_pvalue, rtol=1e-6
        )


def test_each_chromosome_has_its_own_kinship():
    cross = make_noisy_cross()
    kinships = make_kinships(cross)
    options = {"ids": cross.ids, "chromosomes": CHROMOSOMES, "h": "each"}
    result = scan(fit(cross), cross.G, kinships=kinships, **options)
    for place, g in enumerate(cross.G.T):
        kinship = kinships[CHROMOSOMES[place]]
        K = kinship.select(cross.ids).matrix
        agrees(result, place, cross, refit(cross, g, kinship=kinship), g, K=K)


def test_a_kinship_of_few_markers():
    cross = make_noisy_cross()
    Z = cross.rng.standard_normal((cross.n, 7))
    y = cross.y + Z @ cross.rng.standard_normal(7)
    features = np.column_stack([cross.sex, cross.age, Z])
    lmm = LMMRegressor(kernel="linear", covariates=[0, 1]).fit(features, y)
    result = scan(lmm, cross.G, h="each")
    for place, g in enumerate(cross.G.T):
        model = LMMRegressor(kernel="linear", covariates=[0, 1, 2])
        model.fit(np.column_stack([cross.sex, cross.age, g, Z]), y)
        agrees(result, place, cross, model, g, y=y, K=Z @ Z.T)


def test_markers_without_an_effect_have_a_status():
    cross = make_noisy_cross()
    G = np.column_stack([cross.G[:, 0], np.ones(cross.n), 3 - 2 * cross.sex, cross.G[:, 0]])
    result = scan(fit(cross), G, ids=cross.ids, h="each")
    assert list(result.status) == ["ok", "constant", "collinear", "ok"]
    np.testing.assert_array_equal(np.isnan(result.pvalue), [False, True, True, False])
    np.testing.assert_allclose(result.beta[0], result.beta[3], rtol=1e-12)


def test_a_saved_model_of_few_markers_cannot_be_asked():
    cross = make_noisy_cross()
    Z = cross.rng.standard_normal((cross.n, 7))
    lmm = LMMRegressor(kernel="linear", covariates=[0]).fit(
        np.column_stack([cross.sex, Z]), cross.y
    )
    saved = pickle.loads(pickle.dumps(lmm))
    for h in ("null", "each"):
        with pytest.raises(ValueError, match="A saved model does not hold X of fit"):
            scan(saved, cross.G, h=h)
