"""Markers at their own h against dense likelihoods, golden sections and exact answers."""

import numpy as np
import oracle
import pandas as pd
import pytest
from dense_scan import free, local_maxima, orthonormal
from hypothesis import given, settings
from hypothesis import strategies as st

from sklmm._variance.association.contrast_spectrum import ContrastSpectrum
from sklmm._variance.association.each import Refit
from sklmm._variance.association.null_model import free_of
from sklmm._variance.association.tails import neg_log10_of_chi2, neg_log10_of_f
from sklmm.datasets import load_bxd
from sklmm.relationship import centered

METHODS = ["reml", "ml"]
N = 40


def kinship(kind, rng):
    U = np.linalg.qr(rng.standard_normal((N, N)))[0]
    Z = rng.standard_normal((N, 60))
    if kind == "full":
        return Z @ Z.T / 60
    if kind == "low rank":
        return Z[:, :10] @ Z[:, :10].T / 10
    if kind == "centered":
        Z = Z - Z.mean(axis=0)
        return Z @ Z.T / 60
    if kind == "large constant":
        return 1e4 + Z @ Z.T / 60
    if kind == "indefinite by rounding":
        return Z[:, :30] @ Z[:, :30].T * 20 - 1e-13 * np.eye(N)
    if kind == "indefinite":
        return (U * np.concatenate([rng.uniform(0, 3, N - 2), [-0.4, -0.1]])) @ U.T
    if kind == "two sizes":
        return (U * np.repeat([1e-4, 40.0], N // 2)) @ U.T
    family = rng.integers(0, 8, N)
    return 0.01 * ((family[:, None] == family) + np.eye(N))


KINDS = ["full", "low rank", "centered", "large constant", "indefinite by rounding", "indefinite"]
KINDS += ["two sizes", "families"]


def simulate(kind, h, n_covariates, seed):
    """Trait, fixed effects and markers; h on the scale on which K has a mean diagonal of 1."""
    rng = np.random.default_rng(seed)
    K = kinship(kind, rng)
    K = (K + K.T) / 2
    eigenvalues, S = np.linalg.eigh(K)
    root = S * np.sqrt(np.maximum(eigenvalues, 0) / np.mean(K.diagonal()))
    y = np.sqrt(h) * root @ rng.standard_normal(N) + np.sqrt(1 - h) * rng.standard_normal(N)
    X = np.column_stack([np.ones(N), rng.standard_normal((N, 2))])[:, :n_covariates]
    return K, X, y, rng.integers(0, 3, (N, 5)).astype(float)


def spectra(K, Q, m):
    """By every route that K allows."""
    made = [ContrastSpectrum.from_kinship(K.copy(), Q)]
    made.append(ContrastSpectrum.from_kinship(K.copy(), Q, n_markers=m))
    eigenvalues, S = np.linalg.eigh(K)
    if eigenvalues[0] > -1e-10 * eigenvalues[-1]:
        in_range = eigenvalues > 1e-10 * eigenvalues[-1]
        made.append(ContrastSpectrum.from_low_rank(S[:, in_range], eigenvalues[in_range], Q))
    return made


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("h", "n_covariates"), [(0.5, 1), (0.0, 3), (1 - 1e-3, 1), (0.3, 0)])
def test_highest_maximum(kind, h, n_covariates, method):
    K, X, y, G = simulate(kind, h, n_covariates, seed=7)
    Q = orthonormal(X)
    scale = np.mean(K.diagonal())
    smallest = np.linalg.eigvalsh(K / scale)[0]
    largest = 1 / (1 - smallest) if smallest < -1e-10 else 1.0
    designs = [np.column_stack([X, g]) for g in G.T]
    dense = [local_maxima(K / scale, design, y, method, largest) for design in designs]
    for spectrum in spectra(K, Q, G.shape[1]):
        refit = Refit(spectrum, free(Q, y[:, None])[:, 0], method)
        result = refit.explain(free(Q, G))
        for j, (maxima, at_the_end) in enumerate(dense):
            found = result.log_likelihood[j]
            if np.isinf(found):
                assert not len(maxima)
                continue
            assert found >= maxima.max(initial=-np.inf) - 1e-8
            if method == "reml":
                assert found >= at_the_end - 1e-8
            if result.h[j] < 1 - 1e-6 and largest == 1:
                check_solution(result, j, K, designs[j], y, method)


def check_solution(result, j, K, X, y, method):
    """The likelihood at the h that was found, the effect and its variance there, and the score."""
    h = result.h[j]
    fit = oracle.fit_at(h, K, X, y, method)
    found = result.found
    assert result.log_likelihood[j] == pytest.approx(float(fit.log_likelihood), abs=1e-8)
    v = (found.rss[j] - found.sum_of_squares[j]) / fit_df(X, y, method)
    se = np.sqrt(v * found.unscaled_variance[j])
    oracle_se = float(np.sqrt(fit.b_covariance[-1, -1]))
    assert se == pytest.approx(oracle_se, rel=1e-8)
    assert found.beta[j] == pytest.approx(float(fit.b[-1]), abs=1e-8 * oracle_se)
    step = 1e-4 * min(h, 1 - h)
    if step:
        below, above = (oracle.fit_at(h + d, K, X, y, method) for d in (-step, step))
        slope = float(above.log_likelihood - below.log_likelihood) / 2e-4
        assert abs(slope) < 1e-6


def fit_df(X, y, method):
    return len(y) if method == "ml" else len(y) - X.shape[1]


def test_the_highest_of_several_maxima():
    """Large eigenvalues against middle ones ask for a small h, these against small ones do not."""
    sizes, groups, highest = [1e3, 1.0, 1e-3], np.repeat([0, 1, 2], [5, 20, 15]), set()
    for seed, small in enumerate([0.1, 0.1, 0.2, 0.2, 0.3, 0.3]):
        deviations = [3.0, 1.0, small]
        rng = np.random.default_rng(seed)
        U = np.linalg.qr(rng.standard_normal((N, N)))[0]
        K = (U * np.take(sizes, groups)) @ U.T
        K /= np.mean(K.diagonal())
        y = U @ (np.take(deviations, groups) * rng.standard_normal(N))
        X, G = np.ones((N, 1)), rng.integers(0, 3, (N, 4)).astype(float)
        Q = orthonormal(X)
        spectrum = ContrastSpectrum.from_kinship(K.copy(), Q)
        result = Refit(spectrum, free(Q, y[:, None])[:, 0], "reml").explain(free(Q, G))
        for g, found in zip(G.T, result.log_likelihood, strict=True):
            maxima, _ = local_maxima(K, np.column_stack([X, g]), y, "reml")
            assert found == pytest.approx(maxima.max(), abs=1e-8)
            if len(maxima) > 1:
                highest.add(int(maxima.argmax()))
    assert highest == {0, 1}


@pytest.mark.parametrize("method", METHODS)
def test_the_null_model(method):
    K, X, y, _ = simulate("full", 0.5, 3, seed=1)
    Q = orthonormal(X)
    refit = Refit(ContrastSpectrum.from_kinship(K.copy(), Q), free(Q, y[:, None])[:, 0], method)
    fit = oracle.fit(K, X, y, method)
    assert refit.log_likelihood == pytest.approx(float(fit.log_likelihood), abs=1e-9)
    assert refit.h == pytest.approx(float(fit.h), abs=1e-5)


def test_ends_are_exact():
    K, X, _, G = simulate("full", 0.0, 1, seed=0)
    Q = orthonormal(X)
    spectrum = ContrastSpectrum.from_kinship(K.copy(), Q)
    eigenvalues, S = np.linalg.eigh(K)
    unlike_K = S @ (np.random.default_rng(1).standard_normal((N, 1)) / (1 + eigenvalues[:, None]))
    result = Refit(spectrum, free(Q, unlike_K)[:, 0], "reml").explain(free(Q, G))
    np.testing.assert_array_equal(result.h, 0)
    for j, g in enumerate(G.T):
        fit = oracle.fit_at(0, K, np.column_stack([X, g]), unlike_K[:, 0], "reml")
        assert result.log_likelihood[j] == pytest.approx(float(fit.log_likelihood), abs=1e-9)
    L = np.linalg.cholesky(K)
    genetic = L @ np.random.default_rng(1).standard_normal((N, 1))
    result = Refit(spectrum, free(Q, genetic)[:, 0], "reml").explain(free(Q, G))
    assert 1.0 in result.h
    for j in np.flatnonzero(result.h == 1):
        fit = oracle.fit_at(1, K, np.column_stack([X, G[:, j]]), genetic[:, 0], "reml")
        assert result.log_likelihood[j] == pytest.approx(float(fit.log_likelihood), abs=1e-8)


def test_an_identity_matrix_does_not_identify_h():
    _, X, y, G = simulate("full", 0.5, 1, seed=0)
    Q = orthonormal(X)
    refit = Refit(ContrastSpectrum.from_kinship(np.eye(N), Q), free(Q, y[:, None])[:, 0], "reml")
    result = refit.explain(free(Q, G))
    np.testing.assert_array_equal(result.h, 0)
    lstsq = [np.linalg.lstsq(np.column_stack([X, g]), y, rcond=None)[0][-1] for g in G.T]
    np.testing.assert_allclose(result.found.beta, lstsq, rtol=1e-11)


def test_markers_of_which_nothing_is_left():
    K, X, y, G = simulate("full", 0.5, 2, seed=0)
    Q = orthonormal(X)
    refit = Refit(ContrastSpectrum.from_kinship(K.copy(), Q), free(Q, y[:, None])[:, 0], "reml")
    alone = refit.explain(free(Q, G))
    left, is_collinear = free_of(Q, np.asfortranarray(np.column_stack([X[:, 1] * 3, G])))
    result = refit.explain(left)
    assert is_collinear.tolist() == [True] + [False] * 5
    assert np.isnan([result.h[0], result.found.beta[0], result.log_likelihood[0]]).all()
    assert result.found.rank.tolist() == [0, 1, 1, 1, 1, 1]
    np.testing.assert_allclose(result.h[1:], alone.h, rtol=1e-12)
    assert np.isnan(refit.explain(np.zeros((N, 2), order="F")).h).all()
    assert refit.explain(np.empty((N, 0), order="F")).h.shape == (0,)


@settings(max_examples=25)
@given(
    seed=st.integers(0, 10**6),
    scales=st.tuples(*[st.floats(-3, 3)] * 3),
    kind=st.sampled_from(["full", "low rank", "centered", "families"]),
    method=st.sampled_from(METHODS),
)
def test_scales_and_orders_change_nothing(seed, scales, kind, method):
    K, X, y, G = simulate(kind, 0.6, 2, seed)
    of_K, of_y, of_g = 10 ** np.array(scales)
    order = np.random.default_rng(seed).permutation(N)
    h, F = refit_F(K, X, y, G, method)
    other_h, other_F = refit_F(
        of_K * K[np.ix_(order, order)], X[order], of_y * y[order], of_g * G[order], method
    )
    odds = np.divide(h, 1 - h, out=np.full_like(h, np.inf), where=h < 1)
    other = np.divide(other_h, 1 - other_h, out=np.full_like(h, np.inf), where=other_h < 1)
    np.testing.assert_allclose(other * of_K, odds, rtol=1e-6, atol=1e-9)
    np.testing.assert_allclose(other_F, F, rtol=1e-6, atol=1e-9)


def refit_F(K, X, y, G, method):
    Q = orthonormal(X)
    refit = Refit(ContrastSpectrum.from_kinship(K.copy(), Q), free(Q, y[:, None])[:, 0], method)
    result = refit.explain(free(Q, G))
    found = result.found
    return result.h, found.sum_of_squares / (found.rss - found.sum_of_squares)


@pytest.fixture(scope="module")
def mice_of_gemma(reference_data):
    """K as the reference has it, the trait, and every tenth marker with its exact answers."""
    folder = reference_data / "data" / "hs1940"
    answers = reference_data / "reference" / "association"
    if not (answers / "exact_hs1940_cd8_every10.csv").exists():
        pytest.skip(f"no reference answers in {answers}")
    with np.load(folder / "markers.npz", allow_pickle=True) as stored:
        M, ids, names = stored["M"], stored["ids"], stored["snps"].astype(str)
    y = pd.read_csv(folder / "pheno.csv")["p1_CD8"].to_numpy()
    is_measured = ~np.isnan(y)
    frequency = M[is_measured].mean(axis=0) / 2
    used = np.minimum(frequency, 1 - frequency) >= 0.01
    exact = pd.read_csv(answers / "exact_hs1940_cd8_every10.csv")
    null = pd.read_csv(answers / "exact_hs1940_cd8_null.csv").iloc[0]
    K = np.asarray(centered(M[:, used], ids).matrix)[np.ix_(is_measured, is_measured)]
    place = dict(zip(names, range(len(names)), strict=True))
    G = M[np.ix_(is_measured, [place[name] for name in exact["rs"]])].astype(float)
    return K, y[is_measured], G, exact, null


@pytest.fixture(scope="module")
def bxd_of_gemma(reference_data):
    answers = reference_data / "reference" / "association"
    if not (answers / "exact_bxd4_every10.csv").exists():
        pytest.skip(f"no reference answers in {answers}")
    try:
        bxd = load_bxd()
    except FileNotFoundError:
        pytest.skip("the examples of GEMMA are not installed")
    Z = bxd.data - bxd.data.mean(axis=0)
    is_measured = ~np.isnan(bxd.target)
    exact = pd.read_csv(answers / "exact_bxd4_every10.csv")
    null = pd.read_csv(answers / "exact_bxd4_null.csv").iloc[0]
    place = dict(zip(bxd.feature_names, range(Z.shape[1]), strict=True))
    G = bxd.data[np.ix_(is_measured, [place[name] for name in exact["rs"]])]
    K = (Z @ Z.T / Z.shape[1])[np.ix_(is_measured, is_measured)]
    return K, bxd.target[is_measured], G, exact, null


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("data", ["mice_of_gemma", "bxd_of_gemma"])
def test_exact_answers(request, data, method):
    K, y, G, exact, null = request.getfixturevalue(data)
    K = K - K.mean(axis=0)
    K -= K.mean(axis=1)[:, None]
    Q = orthonormal(np.ones((len(y), 1)))
    refit = Refit(ContrastSpectrum.from_kinship(K, Q), y - y.mean(), method)
    result = refit.explain(free(Q, G))
    found = result.found
    residual_df = len(y) - 2
    ratio = exact["l_remle" if method == "reml" else "l_mle"]
    np.testing.assert_allclose(result.h, ratio / (1 + ratio), atol=1e-9)
    np.testing.assert_array_equal(result.h == 0, ratio == 0)
    if method == "ml":
        statistic = 2 * (result.log_likelihood - result.null_log_likelihood)
        p, expected = neg_log10_of_chi2(np.maximum(statistic, 0), 1), -np.log10(exact["p_lrt"])
        assert refit.log_likelihood == pytest.approx(null["logl_mle_H0"], abs=1e-6)
        np.testing.assert_allclose(result.log_likelihood, exact["logl_H1"], atol=1e-6)
    else:
        variance = (found.rss - found.sum_of_squares) / residual_df
        F = found.sum_of_squares / variance
        p, expected = neg_log10_of_f(F, 1, residual_df), -np.log10(exact["p_wald"])
        np.testing.assert_allclose(found.beta, exact["beta"], atol=1e-8)
        se = np.sqrt(variance * found.unscaled_variance)
        np.testing.assert_allclose(se, exact["se"], atol=1e-9)
    np.testing.assert_allclose(p, expected, atol=1e-8)
