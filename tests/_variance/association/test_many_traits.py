"""Many traits at their own h against dense formulas for each of them."""

import numpy as np
import pytest
from dense_scan import free, orthonormal, projection
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from sklmm._variance.association import many_traits
from sklmm._variance.association.contrast_spectrum import ContrastSpectrum
from sklmm._variance.association.many_traits import ManyTraits
from sklmm._variance.association.statistics import least_share

N = 40
H = np.array([0, 1e-12, 1e-4, 0.03, 0.3, 0.5, 0.77, 0.99, 1 - 1e-5, 1])


def simulate(n_markers_of_K, n_covariates, seed=0):
    rng = np.random.default_rng(seed)
    Z = rng.standard_normal((N, n_markers_of_K))
    X = np.column_stack([np.ones(N), rng.standard_normal((N, 2))])[:, :n_covariates]
    G = rng.integers(0, 3, (N, 300)).astype(float)
    return Z @ Z.T / n_markers_of_K, X, rng.standard_normal((N, len(H))), G


def dense(K, h, X, y, G):
    """β, its variance over v, and the share of yᵀPy that it explains, for each marker."""
    P = projection(h * K + (1 - h) * np.eye(N), X)
    gPg, gPy = np.einsum("ij,ij->j", G, P @ G), G.T @ P @ y
    return gPy / gPg, 1 / gPg, gPy**2 / gPg / (y @ P @ y)


@pytest.mark.parametrize("route", ["kinship", "low rank"])
@pytest.mark.parametrize(("n_markers_of_K", "n_covariates"), [(80, 1), (80, 0), (80, 3), (10, 2)])
def test_every_trait_at_its_h(n_markers_of_K, n_covariates, route):
    K, X, Y, G = simulate(n_markers_of_K, n_covariates)
    h = H if n_markers_of_K > N else H[:-2]
    Q, Y = orthonormal(X), Y[:, : len(h)]
    if route == "kinship":
        spectrum = ContrastSpectrum.from_kinship(K.copy(), Q)
    else:
        eigenvalues, S = np.linalg.eigh(K)
        last = slice(-min(n_markers_of_K, N), None)
        spectrum = ContrastSpectrum.from_low_rank(S[:, last], eigenvalues[last], Q)
    traits = ManyTraits(spectrum, free(Q, Y), h)
    found = traits.explain(free(Q, G))
    for trait in range(len(h)):
        beta, variance, share = dense(K, h[trait], X, Y[:, trait], G)
        scale = found.unscaled_variance[trait] / variance  # that of V is free
        np.testing.assert_allclose(scale, scale[0], rtol=1e-10)
        np.testing.assert_allclose(found.beta[trait], beta, rtol=1e-8, atol=1e-10)
        np.testing.assert_allclose(
            found.sum_of_squares[trait] / found.rss[trait], share, rtol=1e-8, atol=1e-11
        )
    assert (found.df == N - n_covariates).all()


def test_a_heritability_of_1_where_fixed_effects_span_the_null_space():
    K, X, Y, G = simulate(80, 1)
    K = K - K.mean(axis=0)
    K -= K.mean(axis=1)[:, None]
    Q = orthonormal(X)
    traits = ManyTraits(ContrastSpectrum.from_kinship(K.copy(), Q), free(Q, Y), np.ones(len(H)))
    found = traits.explain(free(Q, G))
    beta, _, share = dense(K + 1, 1.0, X, Y[:, 0], G)
    np.testing.assert_allclose(found.beta[0], beta, rtol=1e-8, atol=1e-10)
    np.testing.assert_allclose(found.sum_of_squares[0] / found.rss[0], share, rtol=1e-8)


def test_maxima():
    K, X, _, G = simulate(80, 1)
    rng = np.random.default_rng(1)
    h = np.concatenate([H, rng.uniform(0, 1, 590)])
    Q, Y = orthonormal(X), rng.standard_normal((N, len(h)))
    G[:, 0] = 1
    G[:, 270] = G[:, 20]
    traits = ManyTraits(ContrastSpectrum.from_kinship(K.copy(), Q), free(Q, Y), h)
    left = free(Q, G)
    left[:, 0] = 0
    found, maxima = traits.explain(left), traits.maxima(left)
    share = found.sum_of_squares / found.rss
    assert np.isnan(share[:, 0]).all()
    np.testing.assert_allclose(maxima.share, np.nanmax(share, axis=1), rtol=1e-12)
    np.testing.assert_allclose(
        share[np.arange(len(h)), maxima.marker], np.nanmax(share, axis=1), rtol=1e-12
    )
    nothing = traits.maxima(np.zeros((N, 3), order="F"))
    assert np.isneginf(nothing.share).all()


def test_a_marker_without_an_effect_is_never_the_best():
    """Not even where the others explain nothing at all."""
    unit = np.eye(4, order="F")
    traits = ManyTraits(
        ContrastSpectrum.from_kinship(np.eye(4), unit[:, :0]), unit[:, :2], np.array([0, 0.5])
    )
    maxima = traits.maxima(np.asfortranarray(np.column_stack([0 * unit, unit[:, [2, 3, 1]]])))
    np.testing.assert_array_equal(maxima.marker, [4, 6])
    np.testing.assert_allclose(maxima.share, [0, 1], atol=1e-15)


@pytest.mark.parametrize("n_markers_of_K", [80, 10])
def test_pairs_of_traits_and_markers(n_markers_of_K, monkeypatch):
    monkeypatch.setattr(many_traits, "PAIRS_AT_A_TIME", 7)
    monkeypatch.setattr(many_traits, "MANY_PAIRS", 50)
    K, X, Y, G = simulate(n_markers_of_K, 2)
    h = H if n_markers_of_K > N else H[:-2]
    Q, Y = orthonormal(X), Y[:, : len(h)]
    if n_markers_of_K > N:
        spectrum = ContrastSpectrum.from_kinship(K.copy(), Q)
    else:
        eigenvalues, S = np.linalg.eigh(K)
        spectrum = ContrastSpectrum.from_low_rank(S[:, -10:], eigenvalues[-10:], Q)
    traits = ManyTraits(spectrum, free(Q, Y), h)
    left = free(Q, G)
    left[:, 3] = 0
    transformed = traits.transform(left)
    dense_shares = np.array([dense(K, *pair, G)[2] for pair in zip_traits(h, X, Y)])
    dense_shares[:, 3] = 0
    numbers, markers = np.nonzero(dense_shares > 0.05)
    found = traits.explain_pairs(transformed, numbers, markers)
    betas = np.array([dense(K, *pair, G)[0] for pair in zip_traits(h, X, Y)])
    np.testing.assert_allclose(found.beta, betas[numbers, markers], rtol=1e-8)
    parts = list(traits.explain_above(transformed, 0.05))
    assert len(parts) > 2
    of, at = (np.concatenate([part[place] for part in parts]) for place in (0, 1))
    order = np.lexsort((at, of))
    np.testing.assert_array_equal(of[order], numbers)
    np.testing.assert_array_equal(at[order], markers)
    shares = np.concatenate([part[2].sum_of_squares / part[2].rss for part in parts])
    np.testing.assert_allclose(shares[order], dense_shares[numbers, markers], rtol=1e-8)
    nothing = list(traits.explain_above(transformed, 1.0))
    assert [len(part[0]) for part in nothing] == [0]
    everything = sum(len(part[0]) for part in traits.explain_above(transformed, -1.0))
    assert everything == len(h) * (G.shape[1] - 1)


def zip_traits(h, X, Y):
    return [(of_trait, X, y) for of_trait, y in zip(h, Y.T, strict=True)]


@pytest.mark.parametrize("test", ["f", "lrt", "score"])
@pytest.mark.parametrize("pvalue", [1e-200, 1e-8, 0.05, 0.9])
def test_the_share_of_a_p_value(test, pvalue):
    df, n = 400, 403
    least = least_share(pvalue, test, "reml", df, n)
    if test == "f":
        expected = 1 - stats.beta.ppf(pvalue, (df - 1) / 2, 0.5)
    elif test == "lrt":
        expected = -np.expm1(-stats.chi2.isf(pvalue, 1) / n)
    else:
        expected = min(1, stats.chi2.isf(pvalue, 1) / df)
    np.testing.assert_allclose(least, expected, rtol=1e-7)
    assert least <= expected * (1 + 1e-9)
    assert least_share(1.0, test, "reml", df, n) < 0


@settings(max_examples=25)
@given(seed=st.integers(0, 10**6), log_scale=st.floats(-3, 3))
def test_scales_and_orders_change_nothing(seed, log_scale):
    K, X, Y, G = simulate(80, 2, seed)
    Q, scale = orthonormal(X), 10**log_scale
    h = np.random.default_rng(seed).uniform(0, 1, len(H))
    share = shares(K, Q, Y, G, h)
    order = np.random.default_rng(seed).permutation(N)
    on_other_scale = h / scale / (h / scale + 1 - h)
    other = shares(
        scale * K[np.ix_(order, order)], Q[order], scale * Y[order], G[order], on_other_scale
    )
    np.testing.assert_allclose(other, share, rtol=1e-7, atol=1e-10)


def shares(K, Q, Y, G, h):
    spectrum = ContrastSpectrum.from_kinship(K.copy(), Q)
    found = ManyTraits(spectrum, free(Q, Y), h).explain(free(Q, G))
    return found.sum_of_squares / found.rss
