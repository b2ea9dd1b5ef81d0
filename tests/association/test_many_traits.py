"""Scans of many traits at once against scans of each trait, and against the textbook."""

import numpy as np
import pytest
from sklearn.exceptions import ConvergenceWarning

from sklmm import Kinship, LMMRegressor
from sklmm._variance.association import many_traits
from sklmm.association import _many_traits, _sources, _testers, scan

from .crosses import make_cross
from .test_scan import agrees
from .textbook import compare

KEPT = ("all", "max", 0.3)
NUMBERS = (
    *("beta", "standard_error", "statistic", "df", "residual_df", "pvalue", "neg_log10_pvalue"),
    *("lod", "h", "n_samples", "frequency", "variance_explained"),
)
N_TRAITS = 24


def make_traits(cross, seed=3):
    """Some with much of K, some with nothing of it, some with large effects."""
    rng = np.random.default_rng(seed)
    h = np.resize([0, 0.3, 0.9, 1], N_TRAITS)
    L = np.linalg.cholesky(cross.K + 1e-9 * np.eye(cross.n))
    Y = L @ rng.standard_normal((cross.n, N_TRAITS)) * np.sqrt(h)
    Y += rng.standard_normal((cross.n, N_TRAITS)) * np.sqrt(1 - h)
    Y += cross.sex[:, None]
    Y[:, ::5] += 2 * cross.G[:, :1]
    return Y


def make_markers(cross):
    """With constants, combinations of fixed effects, copies, and one of the other allele."""
    G = cross.G.copy()
    G[:, 1] = 1
    G[:, 2] = cross.sex
    G[:, 3] = cross.age + 2 * cross.sex
    G[:, 4] = G[:, 0]
    G[:, -1] = G[:, 0]
    G[:, -2] = 2 - G[:, 0]
    return G


def scan_each(monkeypatch, *arguments, **options):
    """The scan trait by trait."""
    with monkeypatch.context() as patch:
        patch.setattr(_testers, "FEWEST", np.inf)
        return scan(*arguments, **options)


def assert_same(found, expected, rtol=1e-9):
    for name in ("status", "markers", "traits", "names"):
        np.testing.assert_array_equal(getattr(found, name), getattr(expected, name), err_msg=name)
    for name in NUMBERS:
        one, other = getattr(found, name), getattr(expected, name)
        assert one.dtype == other.dtype
        np.testing.assert_allclose(one, other, rtol=rtol, atol=1e-12, err_msg=name)


@pytest.fixture
def in_small_blocks(monkeypatch):
    """Blocks of some markers, and parts of blocks."""
    monkeypatch.setattr(_sources, "NUMBERS_AT_A_TIME", 400)
    monkeypatch.setattr(_many_traits, "NUMBERS_AT_A_TIME", 3 * N_TRAITS)
    monkeypatch.setattr(many_traits, "MARKERS_AT_A_TIME", 4)
    monkeypatch.setattr(many_traits, "PAIRS_AT_A_TIME", 5)
    monkeypatch.setattr(many_traits, "MANY_PAIRS", 6)


@pytest.fixture
def made(monkeypatch):
    """Counts the traits that are tested together."""
    seen = []

    class Counted(_many_traits.ManyTester):
        def __init__(self, fitted, group, places, *others):
            seen.append(len(places))
            super().__init__(fitted, group, places, *others)

    monkeypatch.setattr(_testers, "ManyTester", Counted)
    return seen


@pytest.mark.parametrize("keep", KEPT)
@pytest.mark.parametrize("method", ["reml", "ml"])
@pytest.mark.parametrize("test", ["f", "lrt", "score"])
def test_it_is_the_scan_of_each_trait(keep, method, test, monkeypatch, made):
    cross = make_cross(m=60)
    G, Y = make_markers(cross), make_traits(cross)
    lmm = LMMRegressor(cross.kinship, sample_id=0, method=method).fit(cross.X, Y)
    assert (lmm.h_ == 0).any()
    options = {"ids": cross.ids, "test": test, "keep": keep, "names": np.arange(60).astype(str)}
    found = scan(lmm, G, **options)
    assert sum(made) == N_TRAITS
    assert_same(found, scan_each(monkeypatch, lmm, G, **options))


@pytest.mark.parametrize("keep", KEPT)
def test_blocks_of_markers_change_nothing(keep, in_small_blocks, monkeypatch):
    cross = make_cross(m=60)
    G = make_markers(cross)
    G[:, 30:40] = G[:, 20:30]
    lmm = LMMRegressor(cross.kinship, sample_id=0).fit(cross.X, make_traits(cross))
    found = scan(lmm, G, ids=cross.ids, keep=keep)
    monkeypatch.undo()
    assert_same(found, scan(lmm, G, ids=cross.ids, keep=keep))
    assert_same(found, scan_each(monkeypatch, lmm, G, ids=cross.ids, keep=keep))


@pytest.mark.parametrize("h", [0, 0.4, 1, "each"])
@pytest.mark.parametrize("keep", ["all", "max"])
def test_it_is_the_textbook(h, keep):
    cross = make_cross()
    K = cross.K + 0.1 * np.eye(cross.n)
    Y = make_traits(cross)
    h = np.resize([0, 1e-9, 0.2, 0.7, 0.999, 1], N_TRAITS) if h == "each" else h
    lmm = LMMRegressor(Kinship(K, cross.ids), sample_id=0, h=h).fit(cross.X, Y)
    result = scan(lmm, cross.G, ids=cross.ids, keep=keep)
    for trait, y in enumerate(Y.T):
        expected = [compare(lmm.h_[trait], K, cross.fixed, g, y, "reml") for g in cross.G.T]
        if keep == "max":
            best = int(np.argmax([one.f for one in expected]))
            assert result.markers[trait] == best
            agrees(result, expected[best], trait)
        else:
            for marker, one in enumerate(expected):
                agrees(result, one, marker, of_trait=(trait,))


@pytest.mark.parametrize("keep", KEPT)
def test_groups_with_missing_values_of_their_own(keep, monkeypatch, made):
    cross = make_cross(m=30)
    G, Y = make_markers(cross), make_traits(cross)
    Y[:5, ::2] = np.nan
    Y[[7, 9], 5] = np.nan
    lmm = LMMRegressor(cross.kinship, sample_id=0, missing_y="drop").fit(cross.X, Y)
    found = scan(lmm, G, ids=cross.ids, keep=keep)
    assert sorted(made) == [N_TRAITS // 2 - 1, N_TRAITS // 2]
    assert_same(found, scan_each(monkeypatch, lmm, G, ids=cross.ids, keep=keep))


@pytest.mark.parametrize("keep", KEPT)
def test_gaps_take_the_mean(keep, monkeypatch, made):
    cross = make_cross(m=30)
    G = make_markers(cross)
    G[np.random.default_rng(1).random(G.shape) < 0.1] = np.nan
    G[:, 6] = np.nan
    lmm = LMMRegressor(cross.kinship, sample_id=0).fit(cross.X, make_traits(cross))
    options = {"ids": cross.ids, "missing": "mean", "keep": keep}
    found = scan(lmm, G, **options)
    assert made
    assert_same(found, scan_each(monkeypatch, lmm, G, **options))


@pytest.mark.parametrize("keep", KEPT)
def test_kinships_by_chromosome_and_covariates_of_x(keep, monkeypatch, made):
    """Markers on X, which have no p value, are tested trait by trait."""
    cross = make_cross(m=30)
    chromosomes = np.repeat(["1", "2", "X"], 10)
    kinships = {
        name: Kinship(cross.K + 0.1 * number * np.eye(cross.n), cross.ids)
        for number, name in enumerate(["1", "2", "X"])
    }
    lmm = LMMRegressor(cross.kinship, sample_id=0).fit(cross.X, make_traits(cross))
    options = {"ids": cross.ids, "chromosomes": chromosomes, "kinships": kinships, "keep": keep}
    for of_x in ({}, {"x_covariates": cross.rng.permutation(cross.sex)}):
        made.clear()
        found = scan(lmm, make_markers(cross), **options, **of_x)
        assert len(made) >= 3 - len(of_x)
        assert_same(found, scan_each(monkeypatch, lmm, make_markers(cross), **options, **of_x))


@pytest.mark.parametrize("keep", KEPT)
def test_a_kinship_of_few_markers(keep, monkeypatch, made):
    cross = make_cross(m=30)
    Z = cross.rng.standard_normal((cross.n, 7))
    lmm = LMMRegressor(kernel="linear", covariates=[0, 1])
    Y = make_traits(cross)
    Y[:, ::3] += 3 * Z @ cross.rng.standard_normal((7, N_TRAITS // 3))
    lmm.fit(np.column_stack([cross.sex, cross.age, Z]), Y)
    found = scan(lmm, make_markers(cross), keep=keep)
    assert made
    assert_same(found, scan_each(monkeypatch, lmm, make_markers(cross), keep=keep))


def test_of_equals_it_is_the_first(in_small_blocks):
    """In the same block or another, as a copy or with the other allele."""
    cross = make_cross(m=12)
    G = np.hstack([cross.G, 2 - cross.G, cross.G, cross.G[:, ::-1]])
    lmm = LMMRegressor(cross.kinship, sample_id=0).fit(cross.X, make_traits(cross))
    best = scan(lmm, G, ids=cross.ids, keep="max")
    expected = scan(lmm, cross.G, ids=cross.ids, keep="max")
    np.testing.assert_array_equal(best.markers, expected.markers)
    np.testing.assert_allclose(best.beta, expected.beta, rtol=1e-9)


@pytest.mark.parametrize("keep", KEPT)
def test_no_marker_has_an_effect(keep, monkeypatch):
    cross = make_cross()
    G = np.column_stack([np.ones(cross.n), cross.sex, cross.sex])
    lmm = LMMRegressor(cross.kinship, sample_id=0).fit(cross.X, make_traits(cross))
    found = scan(lmm, G, ids=cross.ids, keep=keep)
    assert len(found) == (3 if keep == "all" else 0)
    assert_same(found, scan_each(monkeypatch, lmm, G, ids=cross.ids, keep=keep))


@pytest.mark.parametrize("keep", KEPT)
def test_nothing_left_to_test_with(keep, monkeypatch):
    rng = np.random.default_rng(0)
    X = np.column_stack([np.arange(4), rng.standard_normal((4, 2))])
    lmm = LMMRegressor(Kinship(np.eye(4), range(4)), sample_id=0, h=0.5)
    lmm.fit(X, rng.standard_normal((4, 9)))
    G = rng.standard_normal((4, 30))
    found = scan(lmm, G, ids=range(4), keep=keep)
    assert len(found) == (30 if keep == "all" else 0)
    assert_same(found, scan_each(monkeypatch, lmm, G, ids=range(4), keep=keep))


def test_a_V_without_an_inverse_is_refused_as_in_one_trait():
    cross = make_cross(m=30)
    Z = cross.rng.standard_normal((cross.n, 5))
    kinship = Kinship(Z @ Z.T, cross.ids)
    Y = make_traits(cross)
    h = np.full(N_TRAITS, 0.5)
    h[7] = 1
    Y[:, 7] = Z @ cross.rng.standard_normal(5)
    with pytest.warns(ConvergenceWarning, match="Trait 7 of 24: The likelihood"):
        lmm = LMMRegressor(kinship, sample_id=0, h=h).fit(cross.X, Y)
    with pytest.raises(ValueError, match=r"V has no inverse at h=1\.0"):
        scan(lmm, cross.G, ids=cross.ids)


def test_small_p_values_are_those_of_all(made):
    """Whatever p value is asked for, even 1 and one that is 0 as a float."""
    cross = make_cross(m=30)
    lmm = LMMRegressor(cross.kinship, sample_id=0).fit(cross.X, make_traits(cross))
    everything = scan(lmm, make_markers(cross), ids=cross.ids)
    for keep in (1, 0.5, float(np.nanmin(everything.pvalue)) * (1 + 1e-9), 1e-300):
        some = scan(lmm, make_markers(cross), ids=cross.ids, keep=keep)
        traits, markers = np.nonzero(everything.pvalue <= keep)
        np.testing.assert_array_equal(some.traits, traits)
        np.testing.assert_array_equal(some.markers, markers)
        np.testing.assert_allclose(some.pvalue, everything.pvalue[traits, markers], rtol=1e-12)
    assert made
