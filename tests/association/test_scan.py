"""Scans of counts against the textbook, other programs' formulas, and themselves recoded."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from sklearn.feature_selection import f_regression

from sklmm import Kinship, LMMRegressor
from sklmm.association import scan
from sklmm.inference import t_test

from .crosses import fit, make_cross
from .textbook import compare

TESTS = ("f", "lrt", "score")
ONE_FOR_ALL = ("beta", "standard_error", "lod", "variance_explained", "df", "residual_df")


def agrees(result, expected, marker, test="f", of_trait=()):
    for name in ONE_FOR_ALL:
        found = getattr(result, name)[(*of_trait, marker)]
        wanted = np.ravel(getattr(expected, name))
        np.testing.assert_allclose(np.ravel(found), wanted, rtol=1e-9, err_msg=name)
    statistic = getattr(expected, test)
    np.testing.assert_allclose(result.statistic[(*of_trait, marker)], statistic, rtol=1e-9)
    if test == "f":
        p = stats.f.sf(statistic, expected.df, expected.residual_df)
    else:
        p = stats.chi2.sf(statistic, expected.df)
    np.testing.assert_allclose(result.pvalue[(*of_trait, marker)], p, rtol=1e-8)
    np.testing.assert_allclose(
        result.neg_log10_pvalue[(*of_trait, marker)], -np.log10(p), atol=1e-8
    )


@pytest.mark.parametrize("method", ["reml", "ml"])
@pytest.mark.parametrize("test", TESTS)
@pytest.mark.parametrize("h", [None, 0.0, 0.35])
def test_every_test_is_that_of_the_textbook(method, test, h):
    cross = make_cross()
    lmm = fit(cross, method=method, h=h)
    result = scan(lmm, cross.G, ids=cross.ids, test=test)
    assert len(result) == cross.G.shape[1]
    for marker, g in enumerate(cross.G.T):
        agrees(result, compare(lmm.h_, cross.K, cross.fixed, g, cross.y, method), marker, test)
    np.testing.assert_array_equal(result.h, lmm.h_)
    np.testing.assert_array_equal(result.n_samples, cross.n)
    np.testing.assert_allclose(result.frequency, cross.G.mean(axis=0) / 2)
    assert set(result.status) == {"ok"}


@pytest.mark.parametrize("solver", ["band", "eigh"])
def test_the_order_of_genotypes_is_that_of_their_ids(solver):
    cross = make_cross()
    lmm = fit(cross, solver=solver)
    expected = scan(lmm, cross.G, ids=cross.ids)
    order = cross.rng.permutation(cross.n + 5)
    more = np.vstack([cross.G, np.full((5, cross.G.shape[1]), 2.0)])[order]
    ids = np.array([*cross.ids, *(f"other{number}" for number in range(5))])[order]
    found = scan(lmm, more, ids=ids)
    for name in ("beta", "neg_log10_pvalue", "lod", "frequency"):
        np.testing.assert_allclose(getattr(found, name), getattr(expected, name), rtol=1e-12)


def test_a_kinship_of_few_markers():
    cross = make_cross()
    Z = cross.rng.standard_normal((cross.n, 7))
    lmm = LMMRegressor(kernel="linear", covariates=[0, 1], h=0.4)
    lmm.fit(np.column_stack([cross.sex, cross.age, Z]), cross.y)
    result = scan(lmm, cross.G)
    for marker, g in enumerate(cross.G.T):
        agrees(result, compare(0.4, Z @ Z.T, cross.fixed, g, cross.y, "reml"), marker)


def test_without_an_intercept():
    cross = make_cross()
    lmm = fit(cross, fit_intercept=False)
    result = scan(lmm, cross.G, ids=cross.ids)
    for marker, g in enumerate(cross.G.T):
        agrees(result, compare(lmm.h_, cross.K, cross.fixed[:, 1:], g, cross.y, "reml"), marker)


def with_gaps(cross, share=0.2, seed=1):
    rng = np.random.default_rng(seed)
    gaps = rng.random(cross.G.shape) < share
    gaps[:, 3] = gaps[:, 4]
    gaps[:, 5] = False
    return np.where(gaps, np.nan, cross.G), gaps


@pytest.mark.parametrize("method", ["reml", "ml"])
@pytest.mark.parametrize("test", TESTS)
def test_missing_genotypes_are_dropped_as_in_complete_cases(method, test):
    cross = make_cross()
    G, gaps = with_gaps(cross)
    lmm = fit(cross, method=method)
    result = scan(lmm, G, ids=cross.ids, missing="drop", test=test)
    for marker in range(G.shape[1]):
        rows = ~gaps[:, marker]
        expected = compare(
            lmm.h_,
            cross.K[np.ix_(rows, rows)],
            cross.fixed[rows],
            G[rows, marker],
            cross.y[rows],
            method,
        )
        agrees(result, expected, marker, test)
        assert result.n_samples[marker] == rows.sum()
        np.testing.assert_allclose(result.frequency[marker], G[rows, marker].mean() / 2)


def test_missing_genotypes_take_the_mean():
    cross = make_cross()
    G, _ = with_gaps(cross)
    lmm = fit(cross)
    found = scan(lmm, G, ids=cross.ids, missing="mean")
    expected = scan(lmm, np.where(np.isnan(G), np.nanmean(G, axis=0), G), ids=cross.ids)
    np.testing.assert_allclose(found.neg_log10_pvalue, expected.neg_log10_pvalue, rtol=1e-12)
    of_integers = np.where(np.isnan(G), -127, G).astype(np.int8)
    np.testing.assert_array_equal(
        scan(lmm, of_integers, ids=cross.ids, missing="mean").lod, found.lod
    )


def test_complete_cases_that_tell_fixed_effects_apart_no_more():
    """Without the males there is no effect of sex, and one degree of freedom is not lost."""
    cross = make_cross()
    G, gaps = with_gaps(cross)
    G[cross.sex == 1, 0] = np.nan
    lmm = fit(cross)
    result = scan(lmm, G, ids=cross.ids, missing="drop")
    rows = cross.sex == 0
    rows &= ~gaps[:, 0]
    expected = compare(
        lmm.h_,
        cross.K[np.ix_(rows, rows)],
        cross.fixed[rows][:, [0, 2]],
        G[rows, 0],
        cross.y[rows],
        "reml",
    )
    agrees(result, expected, 0)


def test_what_no_marker_can_be_tested_with():
    """Never an error, and never a small p value."""
    cross = make_cross()
    G = cross.G.copy()
    G[:, 0] = 1
    G[:, 1] = cross.sex
    G[:, 2] = 1 + cross.sex * 1e-3
    G[:, 3] = cross.age + 2 * cross.sex + 1e6
    G[:, 4] = 0.1
    G[:, 5] = (cross.age - cross.age.mean()) / cross.age.std()
    lmm = fit(cross)
    result = scan(lmm, G, ids=cross.ids)
    assert list(result.status[:7]) == [
        *("constant", "collinear", "collinear", "collinear", "constant", "collinear", "ok"),
    ]
    for name in ("beta", "standard_error", "statistic", "pvalue", "lod", "variance_explained"):
        assert np.isnan(getattr(result, name)[:6]).all()
        assert np.isfinite(getattr(result, name)[6:]).all()
    expected = scan(lmm, cross.G, ids=cross.ids)
    np.testing.assert_allclose(result.lod[6:], expected.lod[6:], rtol=1e-12)


def test_complete_cases_of_constant_and_collinear_markers():
    cross = make_cross()
    G = cross.G.copy()
    G[:, 0] = np.where(np.arange(cross.n) < 4, np.nan, 1)
    G[:, 1] = cross.sex
    G[:3, 1] = np.nan
    G[:, 2] = np.nan
    G[:, 3] = np.where(np.arange(cross.n) < cross.n - 3, np.nan, G[:, 3])
    result = scan(fit(cross), G, ids=cross.ids, missing="drop")
    assert list(result.status[:2]) == ["constant", "collinear"]
    assert result.status[2] == "constant"
    assert np.isnan(result.pvalue[:4]).all()
    assert np.isfinite(result.pvalue[4:]).all()


@pytest.mark.parametrize("offset", [1e3, 1e6, 1e9])
def test_large_numbers_that_vary_little_are_markers(offset):
    """Expression, methylation or positions may be far from 0."""
    cross = make_cross()
    lmm = fit(cross)
    expected = scan(lmm, cross.G, ids=cross.ids)
    found = scan(lmm, cross.G + offset, ids=cross.ids)
    np.testing.assert_allclose(found.lod, expected.lod, rtol=1e-14 * offset + 1e-12)
    assert np.isnan(found.frequency).all()


def test_markers_with_little_beside_fixed_effects():
    cross = make_cross()
    lmm = fit(cross)
    G = cross.sex[:, None] + 1e-4 * cross.G
    found, expected = (scan(lmm, of, ids=cross.ids) for of in (G, cross.G))
    np.testing.assert_allclose(found.lod, expected.lod, rtol=1e-9)
    np.testing.assert_allclose(found.beta, 1e4 * expected.beta, rtol=1e-9)


def test_it_is_the_fit_with_the_marker_as_a_covariate():
    cross = make_cross()
    lmm = fit(cross)
    result = scan(lmm, cross.G, ids=cross.ids)
    for marker in (0, 5):
        X = np.column_stack([cross.X, cross.G[:, marker]])
        beside = LMMRegressor(cross.kinship, sample_id=0, h=lmm.h_).fit(X, cross.y)
        np.testing.assert_allclose(result.beta[marker], beside.coef_[-1], rtol=1e-9)
        tested = t_test(beside, df="residual")
        np.testing.assert_allclose(result.statistic[marker], tested.statistic[-1] ** 2, rtol=1e-8)
        np.testing.assert_allclose(result.pvalue[marker], tested.pvalue[-1], rtol=1e-8)


def test_at_h_of_0_it_is_f_regression():
    cross = make_cross()
    lmm = LMMRegressor(cross.kinship, sample_id=0, h=0).fit(cross.X[:, :1], cross.y)
    result = scan(lmm, cross.G, ids=cross.ids)
    F, p = f_regression(cross.G, cross.y)
    np.testing.assert_allclose(result.statistic, F, rtol=1e-10)
    np.testing.assert_allclose(result.pvalue, p, rtol=1e-9)


def test_the_score_test_of_gemma():
    """p_score is F(1, n - c - 1) of n (gPy)² / (yPy gPg), at the h of ML."""
    cross = make_cross()
    lmm = fit(cross, method="ml")
    result = scan(lmm, cross.G, ids=cross.ids, test="score")
    n, c = cross.fixed.shape
    V_inverse = np.linalg.inv(lmm.h_ * cross.K + (1 - lmm.h_) * np.eye(n))
    of_X = V_inverse @ cross.fixed
    P = V_inverse - of_X @ np.linalg.solve(cross.fixed.T @ of_X, of_X.T)
    Pxy, Pyy = cross.G.T @ P @ cross.y, cross.y @ P @ cross.y
    Pxx = np.einsum("ij,ik,kj->j", cross.G, P, cross.G)
    np.testing.assert_allclose(result.statistic, n * Pxy**2 / (Pyy * Pxx), rtol=1e-9)
    p_score = stats.f.sf(result.statistic, 1, n - c - 1)
    np.testing.assert_allclose(
        p_score, stats.f.sf(n * result.variance_explained, 1, n - c - 1), rtol=1e-9
    )


def test_several_traits_with_missing_values_of_their_own():
    cross = make_cross()
    Y = np.column_stack([cross.y, np.sqrt(cross.age) + cross.G[:, 3], cross.y + cross.G[:, 1]])
    Y[:6, 1] = np.nan
    Y[[3, 9], 2] = np.nan
    lmm = LMMRegressor(cross.kinship, sample_id=0, missing_y="drop").fit(cross.X, Y)
    result = scan(lmm, cross.G, ids=cross.ids)
    assert result.lod.shape == (3, cross.G.shape[1])
    for trait, y in enumerate(Y.T):
        rows = ~np.isnan(y)
        K = cross.K[np.ix_(rows, rows)]
        for marker, g in enumerate(cross.G.T):
            expected = compare(lmm.h_[trait], K, cross.fixed[rows], g[rows], y[rows], "reml")
            agrees(result, expected, marker, of_trait=(trait,))
        alone = fit_alone(cross, y, rows)
        np.testing.assert_allclose(
            scan(alone, cross.G, ids=cross.ids).lod, result.lod[trait], rtol=1e-7
        )


def fit_alone(cross, y, rows):
    return LMMRegressor(cross.kinship, sample_id=0).fit(cross.X[rows], y[rows])


def test_what_is_kept_of_several_traits():
    cross = make_cross(m=30)
    Y = np.column_stack(
        [cross.y, cross.age**2 + cross.G[:, 3], cross.rng.standard_normal(cross.n)]
    )
    lmm = LMMRegressor(cross.kinship, sample_id=0).fit(cross.X, Y)
    names = np.array([f"m{number}" for number in range(30)])
    options = {"ids": cross.ids, "names": names}
    everything = scan(lmm, cross.G, **options)
    best = scan(lmm, cross.G, keep="max", **options)
    np.testing.assert_array_equal(best.markers, everything.neg_log10_pvalue.argmax(axis=1))
    np.testing.assert_array_equal(best.traits, [0, 1, 2])
    np.testing.assert_array_equal(best.lod, everything.lod.max(axis=1))
    np.testing.assert_array_equal(best.names, names[best.markers])
    some = scan(lmm, cross.G, keep=0.1, **options)
    traits, markers = np.nonzero(everything.pvalue <= 0.1)
    np.testing.assert_array_equal(some.traits, traits)
    np.testing.assert_array_equal(some.markers, markers)
    np.testing.assert_array_equal(some.beta, everything.beta[traits, markers])
    none = scan(lmm, cross.G, keep=1e-300, **options)
    assert len(none) == 0
    assert len(none.to_frame()) == 0


@given(seed=st.integers(0, 50), scale=st.sampled_from([1e-3, 1.0, 40.0]))
@settings(max_examples=20, deadline=None)
def test_recoding(seed, scale):
    """The counted allele, units, and the order of rows and labels change nothing."""
    cross = make_cross(n=25, m=5, seed=seed)
    lmm = fit(cross)
    expected = scan(lmm, cross.G, ids=cross.ids)
    other_allele = scan(lmm, 2 - cross.G, ids=cross.ids)
    scaled = scan(lmm, scale * cross.G, ids=cross.ids)
    order = np.random.default_rng(seed).permutation(cross.n)
    of_order = np.argsort(order)
    permuted = LMMRegressor(
        cross.kinship.select([cross.ids[row] for row in of_order]), sample_id=0
    ).fit(cross.X[order], cross.y[order])
    of_rows = scan(permuted, cross.G[of_order], ids=[cross.ids[row] for row in of_order])
    for found, factor in ((other_allele, -1), (scaled, 1 / scale), (of_rows, 1)):
        np.testing.assert_allclose(found.beta, factor * expected.beta, rtol=1e-5, atol=1e-9)
        np.testing.assert_allclose(found.lod, expected.lod, rtol=1e-5, atol=1e-9)
        np.testing.assert_array_equal(found.status, expected.status)


def test_types_of_numbers():
    cross = make_cross()
    lmm = fit(cross)
    expected = scan(lmm, cross.G, ids=cross.ids)
    for dtype in (np.int8, np.uint8, np.int64, np.float32):
        G = np.asfortranarray(cross.G.astype(dtype))
        before = G.copy()
        np.testing.assert_array_equal(scan(lmm, G, ids=cross.ids).lod, expected.lod)
        np.testing.assert_array_equal(G, before)
    before = cross.G.copy()
    scan(lmm, cross.G, ids=cross.ids)
    np.testing.assert_array_equal(cross.G, before)


def test_progress_in_few_lines(capsys):
    cross = make_cross(m=40)
    lmm = fit(cross)
    scan(lmm, cross.G, ids=cross.ids)
    assert not capsys.readouterr().out
    chromosomes = np.arange(40)
    kinships = dict.fromkeys(range(40), cross.kinship)
    scan(lmm, cross.G, ids=cross.ids, chromosomes=chromosomes, kinships=kinships, verbose=True)
    lines = capsys.readouterr().out.splitlines()
    assert 10 <= len(lines) <= 20
    assert lines[-1].startswith("[scan] 40 of 40 tests done (chromosome 39), ")
    assert lines[-1].endswith("0.0s left")


def test_an_interrupt_leaves_the_model_as_it_was():
    cross = make_cross()
    lmm = fit(cross)
    before = scan(lmm, cross.G, ids=cross.ids).lod

    def kinships():
        yield 0, cross.kinship
        raise KeyboardInterrupt

    chromosomes = np.arange(cross.G.shape[1]) % 2
    predicted = lmm.predict(cross.X)
    with pytest.raises(KeyboardInterrupt):
        scan(lmm, cross.G, ids=cross.ids, chromosomes=chromosomes, kinships=kinships())
    np.testing.assert_array_equal(lmm.predict(cross.X), predicted)
    np.testing.assert_array_equal(scan(lmm, cross.G, ids=cross.ids).lod, before)


def test_tables():
    pd = pytest.importorskip("pandas")
    cross = make_cross()
    Y = pd.DataFrame({"weight": cross.y, "height": cross.age + cross.G[:, 2]})
    lmm = LMMRegressor(cross.kinship, sample_id=0).fit(cross.X, Y)
    names, chromosomes = [f"m{number}" for number in range(12)], np.repeat([1, 2], 6)
    result = scan(lmm, cross.G, ids=cross.ids, names=names, chromosomes=chromosomes)
    table = result.to_frame()
    assert list(table["trait"]) == ["weight"] * 12 + ["height"] * 12
    np.testing.assert_array_equal(table["lod"], result.lod.ravel())
    for trait in ("height", 1, -1):
        one = result.to_frame(trait)
        assert list(one["marker"]) == names
        assert list(one["chromosome"]) == list(chromosomes)
        np.testing.assert_array_equal(one["beta"], result.beta[1])
        assert "trait" not in one
    best = scan(lmm, cross.G, ids=cross.ids, names=names, keep="max").to_frame()
    assert list(best["trait"]) == ["weight", "height"]
    assert list(best["marker"]) == [names[row.argmax()] for row in result.neg_log10_pvalue]


@pytest.mark.parametrize("trait", ["width", 2, -3, True, 1.5])
def test_a_trait_that_was_not_scanned(trait):
    pytest.importorskip("pandas")
    cross = make_cross()
    lmm = LMMRegressor(cross.kinship, sample_id=0).fit(cross.X, np.c_[cross.y, cross.age**2])
    with pytest.raises(
        ValueError, match=r"is not one of the 2 traits of the scan\. Give a number"
    ):
        scan(lmm, cross.G, ids=cross.ids).to_frame(trait)


@pytest.mark.parametrize("keep", ["best", 0, 1.5, True, None, float("nan")])
def test_what_cannot_be_kept(keep):
    cross = make_cross()
    with pytest.raises(ValueError, match=f"keep={keep!r} must be 'all', 'max' for the best"):
        scan(fit(cross), cross.G, ids=cross.ids, keep=keep)


def test_nothing_left_to_test_with():
    """As many fixed effects as leave one row, which the marker takes."""
    rng = np.random.default_rng(0)
    kinship = Kinship(np.eye(4), range(4))
    X = np.column_stack([np.arange(4), rng.standard_normal((4, 2))])
    lmm = LMMRegressor(kinship, sample_id=0, h=0.5).fit(X, rng.standard_normal(4))
    result = scan(lmm, rng.standard_normal((4, 3)), ids=range(4))
    np.testing.assert_array_equal(result.residual_df, 0)
    assert np.isnan(result.pvalue).all()
