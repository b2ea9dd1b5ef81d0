"""Is the distribution of the largest statistic that of traits without effects of markers?"""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import scipy.linalg
from population import simulate
from scipy import stats

from sklmm import Kinship, LMMRegressor
from sklmm._door import fitted_model
from sklmm.association import MaxStatistics, genomic_inflation, max_statistics, scan

N, M, B = 40, 25, 60
POPULATION = simulate(N, M, seed=5)
OTHERS = simulate(N, 30, seed=6)
MARKERS = OTHERS.markers


def fitted(y=POPULATION.y, **parameters):
    lmm = LMMRegressor(POPULATION.kinship, sample_id=0, **parameters)
    return lmm.fit(POPULATION.array, y)


def covariance(lmm, K=POPULATION.K):
    return lmm.h_ * K + (1 - lmm.h_) * np.eye(len(K))


def root_of(lmm, solver, K=POPULATION.K):
    """What noise is multiplied by to give a trait."""
    V = covariance(lmm, K)
    return np.linalg.cholesky(V) if solver == "band" else np.real(scipy.linalg.sqrtm(V))


FIXED = np.column_stack([np.ones(N), POPULATION.covariates])


def lod_of(y, G, V, X=FIXED):
    """n/2 log10(RSS0 / RSS1) by least squares on everything whitened."""
    L = np.linalg.cholesky(V)
    white = [np.linalg.solve(L, M) for M in (np.column_stack([y]), X, np.column_stack([X, G]))]
    rss = [np.linalg.lstsq(A, white[0], rcond=1e-9)[0] for A in white[1:]]
    left = [np.sum((white[0] - A @ b) ** 2) for A, b in zip(white[1:], rss, strict=True)]
    return len(y) / 2 * np.log10(left[0] / left[1])


def largest_lod(Y, V, markers=MARKERS, X=FIXED):
    """Of each trait, with markers in the last axis."""
    m = markers.shape[-1]
    return np.array([max(lod_of(y, markers[..., j], V, X) for j in range(m)) for y in Y.T])


def f_of(lod, n, df, residual_df):
    share = 1 - 10 ** (-2 * lod / n)
    return -np.log10(stats.f.sf(share / df / ((1 - share) / residual_df), df, residual_df))


@pytest.mark.parametrize("method", ["reml", "ml"])
@pytest.mark.parametrize("solver", ["band", "eigh"])
def test_simulated_maxima_are_those_of_least_squares(solver, method):
    lmm = fitted(solver=solver, method=method)
    found = max_statistics(lmm, MARKERS, ids=POPULATION.ids, n_resamples=B, random_state=3)
    noise = np.random.RandomState(3).standard_normal((N, B))
    expected = largest_lod(7 + root_of(lmm, solver) @ noise, covariance(lmm))
    np.testing.assert_allclose(found.lod, expected, rtol=3e-6)
    np.testing.assert_allclose(found.neg_log10_pvalue, f_of(expected, N, 1, N - 4), rtol=3e-6)


@pytest.mark.parametrize("test", ["lrt", "score"])
def test_p_values_of_other_tests(test):
    lmm = fitted()
    options = {"ids": POPULATION.ids, "n_resamples": B, "random_state": 3}
    found = max_statistics(lmm, MARKERS, test=test, **options)
    statistic = 2 * np.log(10) * found.lod
    if test == "score":
        statistic = (N - 3) * (1 - 10 ** (-2 * found.lod / N))
    np.testing.assert_allclose(found.neg_log10_pvalue, -np.log10(stats.chi2.sf(statistic, 1)))


def test_permuted_contrasts():
    lmm = fitted(solver="band")
    found = max_statistics(
        lmm, MARKERS, ids=POPULATION.ids, n_resamples=B, resample="permutation", random_state=1
    )
    (trait,) = fitted_model(lmm).traits("The test needs")
    L = np.linalg.cholesky(covariance(lmm))
    X = np.linalg.solve(L, trait.fixed_effects.basis)
    Q = np.linalg.qr(X, mode="complete")[0][:, X.shape[1] :]
    contrasts = Q.T @ np.linalg.solve(L, POPULATION.y)
    keys = np.random.RandomState(1).random_sample((N, B))[: N - 3]
    Y = L @ Q @ contrasts[np.argsort(keys, axis=0)]
    np.testing.assert_allclose(found.lod, largest_lod(Y, covariance(lmm)), rtol=3e-6)


@pytest.mark.parametrize("solver", ["band", "eigh"])
def test_residuals_permuted_within_strata(solver):
    lmm = fitted(solver=solver)
    strata = np.repeat(["a", "b", "c", "d"], N // 4)
    found = max_statistics(
        lmm,
        MARKERS,
        ids=POPULATION.ids,
        n_resamples=20,
        resample="permutation",
        strata=strata,
        random_state=1,
    )
    root = root_of(lmm, solver)
    X = np.linalg.solve(root, FIXED)
    y = np.linalg.solve(root, POPULATION.y)
    e = y - X @ np.linalg.lstsq(X, y, rcond=None)[0]
    keys = np.random.RandomState(1).random_sample((N, 20))
    permuted = np.empty((N, 20))
    for replicate in range(20):
        for name in "abcd":
            rows = np.flatnonzero(strata == name)
            permuted[rows, replicate] = e[rows[np.argsort(keys[rows, replicate])]]
    expected = largest_lod(root @ permuted, covariance(lmm))
    np.testing.assert_allclose(found.lod, expected, rtol=3e-6)


def test_strata_by_label():
    strata = pd.Series(np.arange(N) % 3, index=POPULATION.ids)
    options = {
        "ids": POPULATION.ids,
        "n_resamples": 20,
        "resample": "permutation",
        "random_state": 1,
    }
    by_label = max_statistics(fitted(), MARKERS, strata=strata.iloc[::-1], **options)
    in_order = max_statistics(fitted(), MARKERS, strata=strata.to_numpy(), **options)
    np.testing.assert_array_equal(by_label.lod, in_order.lod)


def test_founders():
    rng = np.random.default_rng(8)
    probabilities = rng.dirichlet(np.full(4, 0.3), size=(N, 6)).transpose(0, 2, 1)
    lmm = fitted(solver="band")
    options = {"ids": POPULATION.ids, "n_resamples": B, "random_state": 3}
    found = max_statistics(lmm, probabilities, **options)
    noise = np.random.RandomState(3).standard_normal((N, B))
    expected = largest_lod(
        np.linalg.cholesky(covariance(lmm)) @ noise, covariance(lmm), probabilities
    )
    np.testing.assert_allclose(found.lod, expected, rtol=3e-6)
    np.testing.assert_allclose(found.neg_log10_pvalue, f_of(expected, N, 3, N - 6), rtol=3e-6)


@pytest.mark.parametrize("method", ["reml", "ml"])
def test_h_estimated_again_for_each_trait(method):
    lmm = fitted(method=method)
    options = {"ids": POPULATION.ids, "n_resamples": 30, "random_state": 3}
    found = max_statistics(lmm, MARKERS, refit_h=True, **options)
    basis = np.linalg.qr(FIXED)[0]
    shifted = POPULATION.K + POPULATION.K.trace() / N * basis @ basis.T
    noise = np.random.RandomState(3).standard_normal((N, 30))
    Y = np.real(scipy.linalg.sqrtm(covariance(lmm, shifted))) @ noise
    again = fitted(Y, method=method)
    largest = np.nanmax(scan(again, MARKERS, ids=POPULATION.ids).lod, axis=1)
    np.testing.assert_allclose(found.lod, largest, rtol=1e-6)
    assert np.ptp(again.h_) > 0.3


def test_founders_with_h_estimated_again():
    rng = np.random.default_rng(8)
    probabilities = rng.dirichlet(np.full(3, 0.3), size=(N, 5)).transpose(0, 2, 1)
    lmm = fitted()
    options = {"ids": POPULATION.ids, "n_resamples": 20, "random_state": 3}
    found = max_statistics(lmm, probabilities, refit_h=True, **options)
    basis = np.linalg.qr(FIXED)[0]
    shifted = POPULATION.K + POPULATION.K.trace() / N * basis @ basis.T
    noise = np.random.RandomState(3).standard_normal((N, 20))
    again = fitted(np.real(scipy.linalg.sqrtm(covariance(lmm, shifted))) @ noise)
    largest = np.nanmax(scan(again, probabilities, ids=POPULATION.ids).lod, axis=1)
    np.testing.assert_allclose(found.lod, largest, rtol=1e-6)


def test_a_held_h_stays():
    options = {"ids": POPULATION.ids, "n_resamples": 20, "random_state": 3}
    plain, refitted = (
        max_statistics(fitted(h=0.4), MARKERS, refit_h=again, **options) for again in (False, True)
    )
    np.testing.assert_array_equal(plain.lod, refitted.lod)


CHROMOSOMES = np.repeat(["1", "2", "X"], 10)
POSITIONS = np.tile(np.arange(10.0), 3) * np.repeat([1, 2, 3], 10)


def kinships():
    rng = np.random.default_rng(1)
    factors = rng.standard_normal((3, N, N + 5))
    matrices = [F @ F.T / N for F in factors]
    return {
        name: Kinship(matrix, POPULATION.ids)
        for name, matrix in zip(("1", "2", "X"), matrices, strict=True)
    }


def test_one_chromosome_after_the_other():
    options = {"ids": POPULATION.ids, "n_resamples": B, "random_state": 3}
    lmm, of_chromosomes = fitted(solver="band"), kinships()
    found = max_statistics(
        lmm, MARKERS, chromosomes=CHROMOSOMES, kinships=of_chromosomes, **options
    )
    noise = np.random.RandomState(3).standard_normal((N, B))
    expected = np.zeros(B)
    for name, kinship in of_chromosomes.items():
        own = LMMRegressor(kinship, sample_id=0).fit(POPULATION.array, POPULATION.y)
        V = covariance(own, np.asarray(kinship.matrix))
        lod = largest_lod(np.linalg.cholesky(V) @ noise, V, MARKERS[:, name == CHROMOSOMES])
        expected = np.maximum(expected, lod)
    np.testing.assert_allclose(found.lod, expected, rtol=1e-5)


def test_several_traits_with_missing_values():
    Y = np.column_stack([POPULATION.y, OTHERS.y, OTHERS.covariates[:, 0]])
    Y[:5, 1] = np.nan
    options = {"ids": POPULATION.ids, "n_resamples": 20, "random_state": 3}
    together = max_statistics(fitted(Y, solver="eigh", missing_y="drop"), MARKERS, **options)
    assert together.lod.shape == (3, 20)
    for number, y in enumerate(Y.T):
        alone = max_statistics(fitted(y, solver="eigh", missing_y="drop"), MARKERS, **options)
        np.testing.assert_allclose(together.lod[number], alone.lod, rtol=1e-5)
    assert together.threshold(0.1).shape == (3,)


def test_markers_that_say_nothing_and_copies():
    G = np.column_stack(
        [MARKERS[:, :3], np.ones(N), POPULATION.covariates[:, 0], MARKERS[:, [2, 0, 1, 2]]]
    )
    options = {"ids": POPULATION.ids, "n_resamples": 20, "random_state": 3}
    found = max_statistics(fitted(), G, **options)
    expected = max_statistics(fitted(), MARKERS[:, :3], **options)
    np.testing.assert_allclose(found.lod, expected.lod, rtol=1e-6)


def test_missing_genotypes_by_their_mean():
    G = MARKERS.copy()
    G[:4, 3] = np.nan
    imputed = G.copy()
    imputed[:4, 3] = G[4:, 3].mean()
    options = {"ids": POPULATION.ids, "n_resamples": 20, "random_state": 3}
    found = max_statistics(fitted(), G, missing="mean", **options)
    expected = max_statistics(fitted(), imputed, **options)
    np.testing.assert_allclose(found.lod, expected.lod)


# Thresholds and p values


def maxima(n=999, seed=0, **others):
    lod, x_lod = np.random.default_rng(seed).chisquare(1, (2, n))
    of_x = {"x_lod": x_lod, "x_neg_log10_pvalue": x_lod} if others else {}
    return MaxStatistics(lod, 2 * lod, **of_x, **others)


def scan_with(lod, chromosomes=None, test="f"):
    lmm = fitted()
    result = scan(lmm, MARKERS[:, : lod.shape[-1]], ids=POPULATION.ids, test=test)
    return replace(result, lod=lod, neg_log10_pvalue=2 * lod, chromosomes=chromosomes)


def test_p_is_the_share_of_maxima_that_are_as_large():
    null = maxima(99)
    lod = np.array([null.lod.max() + 1, null.lod.max(), np.sort(null.lod)[50], -1, np.nan])
    expected = [0.01, 0.02, 0.5, 1.0, np.nan]
    np.testing.assert_allclose(null.pvalue(scan_with(lod)), expected)
    np.testing.assert_allclose(null.pvalue(scan_with(lod), scale="neg_log10_p"), expected)


@pytest.mark.parametrize("level", [0.01, 0.05, 0.07, 0.29, 0.5])
@pytest.mark.parametrize("n", [99, 250, 999])
def test_p_is_at_most_the_level_where_the_threshold_is_exceeded(level, n):
    null = maxima(n)
    threshold = null.threshold(level)
    above = np.nextafter(threshold, np.inf)
    p_above, p_at = null.pvalue(scan_with(np.array([above, threshold])))
    assert p_above <= level + 1e-12 < p_at
    assert null.threshold(level, scale="neg_log10_p") == 2 * threshold


def test_levels_of_an_x_chromosome():
    null = maxima(1999, x_chromosomes=("X",), x_share=0.1)
    thresholds = null.threshold(0.05)
    assert list(thresholds) == ["autosomes", "X"]
    exceeded = np.mean((null.lod > thresholds["autosomes"]) | (null.x_lod > thresholds["X"]))
    assert abs(exceeded - 0.05) < 0.003
    assert abs(np.mean(null.x_lod > thresholds["X"]) - (1 - 0.95**0.1)) < 2 / 2000
    lod = np.array([thresholds["autosomes"], thresholds["X"]] * 2) + np.array([0, 0, 1e-9, 1e-9])
    at_a, at_x, *above = null.pvalue(scan_with(lod, np.array(["1", "X", "2", "X"])))
    assert min(at_a, at_x) > 0.05
    assert max(above) <= 0.05


def test_an_x_chromosome_has_its_part_of_the_length():
    options = {"ids": POPULATION.ids, "n_resamples": 400, "random_state": 3}
    where = {"chromosomes": CHROMOSOMES, "positions": POSITIONS}
    found = max_statistics(fitted(), MARKERS, separate_x=True, **where, **options)
    assert found.x_chromosomes == ("X",)
    assert found.x_share == pytest.approx(27 / (9 + 18 + 27))
    is_x = CHROMOSOMES == "X"
    of_x = max_statistics(fitted(), MARKERS[:, is_x], **options)
    np.testing.assert_allclose(found.x_lod, of_x.lod, rtol=1e-6)
    others = max_statistics(fitted(), MARKERS[:, ~is_x], **options)
    np.testing.assert_allclose(found.lod, others.lod, rtol=1e-6)


@pytest.mark.parametrize("unknown", [-9, -1])
def test_unknown_positions_have_no_part_in_the_length(unknown):
    """As load_mice has them; on a chromosome of such markers alone, too."""
    known = np.unique(POSITIONS)[1] != POSITIONS
    names = np.where(CHROMOSOMES == "X", 23, 1)
    options = {"ids": POPULATION.ids, "n_resamples": 5, "separate_x": True, "x_chromosomes": 23}

    def share(positions, names=names):
        where = {"positions": positions, "chromosomes": names}
        return max_statistics(fitted(), MARKERS, **where, **options).x_share

    expected = share(POSITIONS)
    assert share(np.where(known, POSITIONS, unknown)) == expected
    elsewhere = np.where(known, names, 7)
    assert share(np.where(known, POSITIONS, unknown), elsewhere) == expected


def test_what_is_no_scan():
    null = maxima(19)
    for given in (None, np.ones(3)):
        with pytest.raises(TypeError, match=r"result must be a Scan, got .* Make one by"):
            null.pvalue(given)
        with pytest.raises(TypeError, match=r"result must be a Scan, got .* Make one by"):
            genomic_inflation(given)


def test_traits_without_effects_exceed_the_threshold_as_often_as_they_should():
    """300 traits, with h of each estimated, and thresholds of its model."""
    population = simulate(60, 40, seed=2)
    noise = np.random.default_rng(1).standard_normal((60, 300))
    Y = np.linalg.cholesky(0.5 * population.K + 0.5 * np.eye(60)) @ noise
    lmm = LMMRegressor(population.kinship, sample_id=0, solver="eigh").fit(
        population.ids[:, None], Y
    )
    markers = simulate(60, 50, seed=9).markers
    null = max_statistics(lmm, markers, ids=population.ids, n_resamples=199, random_state=0)
    pvalues = null.pvalue(scan(lmm, markers, ids=population.ids)).min(axis=1)
    for level in (0.05, 0.2, 0.5):
        margin = 2.6 * np.sqrt(level * (1 - level) / 300)
        assert abs(np.mean(pvalues <= level) - level) < margin


@pytest.mark.parametrize("are_founders", [False, True])
def test_products_with_a_fixed_effect(are_founders):
    """The LOD of product and marker less that of the marker, each by least squares."""
    rng = np.random.default_rng(8)
    G = rng.dirichlet(np.full(3, 0.5), size=(N, 6)).transpose(0, 2, 1) if are_founders else MARKERS
    lmm = fitted(solver="band")
    options = {"ids": POPULATION.ids, "n_resamples": 20, "random_state": 3}
    found = max_statistics(lmm, G, interaction=2, **options)
    V = covariance(lmm)
    Y = np.linalg.cholesky(V) @ np.random.RandomState(3).standard_normal((N, 20))
    sex = POPULATION.covariates[:, 1]
    assert lmm.n_features_in_ == 3
    columns = [G[..., j].reshape(N, -1) for j in range(G.shape[-1])]
    both = [np.hstack([g, g * sex[:, None]]) for g in columns]
    expected = [
        max(lod_of(y, b, V) - lod_of(y, g, V) for g, b in zip(columns, both, strict=True))
        for y in Y.T
    ]
    np.testing.assert_allclose(found.lod, expected, rtol=3e-6)
    rank = 2 if are_founders else 1
    p_values = f_of(np.array(expected), N, rank, N - 3 - 2 * rank)
    np.testing.assert_allclose(found.neg_log10_pvalue, p_values, rtol=3e-6)


def test_genotypes_in_another_order_and_of_others():
    order = np.random.default_rng(2).permutation(N)
    ids = [*POPULATION.ids[order], "stranger"]
    shuffled = np.vstack([MARKERS[order], np.zeros(M + 5)])
    options = {"n_resamples": 20, "random_state": 3}
    found = max_statistics(fitted(), shuffled, ids=ids, **options)
    expected = max_statistics(fitted(), MARKERS, ids=POPULATION.ids, **options)
    np.testing.assert_allclose(found.lod, expected.lod, rtol=1e-6)


def test_recoded_markers_have_the_same_maxima():
    options = {"ids": POPULATION.ids, "n_resamples": 20, "random_state": 3}
    expected = max_statistics(fitted(), MARKERS, **options)
    for recoded in (2 - MARKERS, MARKERS * 1e3 - 7, MARKERS[:, ::-1], MARKERS.astype(np.int8)):
        found = max_statistics(fitted(), recoded, **options)
        np.testing.assert_allclose(found.lod, expected.lod, rtol=1e-5)


def test_a_scale_of_K_and_of_the_trait_changes_nothing():
    options = {"ids": POPULATION.ids, "n_resamples": 20, "random_state": 3}
    expected = max_statistics(fitted(), MARKERS, **options)
    other = LMMRegressor(Kinship(40 * POPULATION.K, POPULATION.ids), sample_id=0)
    other.fit(POPULATION.array, 1e4 * POPULATION.y - 3)
    for refit_h in (False, True):
        found = max_statistics(other, MARKERS, refit_h=refit_h, **options)
        expected = max_statistics(fitted(), MARKERS, refit_h=refit_h, **options)
        np.testing.assert_allclose(found.lod, expected.lod, rtol=1e-5)


def test_p_values_of_the_best_marker_of_each_trait():
    Y = np.column_stack([POPULATION.y, OTHERS.y])
    lmm = fitted(Y)
    null = max_statistics(lmm, MARKERS, ids=POPULATION.ids, n_resamples=99, random_state=3)
    everything = scan(lmm, MARKERS, ids=POPULATION.ids)
    best = scan(lmm, MARKERS, ids=POPULATION.ids, keep="max")
    assert best.traits.tolist() == [0, 1]
    np.testing.assert_array_equal(null.pvalue(best), null.pvalue(everything).min(axis=1))


def test_progress(capsys):
    max_statistics(fitted(), MARKERS, ids=POPULATION.ids, n_resamples=9, verbose=True)
    assert "[max_statistics] 30 of 30 tests done" in capsys.readouterr().out


def test_a_singular_kinship_and_h_at_its_ends():
    """Of centered markers, fewer than samples; replicates may have h = 0 or 1."""
    rng = np.random.default_rng(4)
    Z = rng.integers(0, 3, (N, 15)) - 1.0
    Z -= Z.mean(axis=0)
    kinship = Kinship(Z @ Z.T / 15, POPULATION.ids)
    y = Z @ rng.standard_normal(15) + 0.8 * rng.standard_normal(N)
    lmm = LMMRegressor(kinship, sample_id=0).fit(POPULATION.ids[:, None], y)
    options = {"ids": POPULATION.ids, "n_resamples": 100, "random_state": 3}
    plain = max_statistics(lmm, MARKERS, **options)
    again = max_statistics(lmm, MARKERS, refit_h=True, **options)
    assert np.isfinite(again.lod).all()
    assert stats.ks_2samp(plain.lod, again.lod).pvalue > 0.01
