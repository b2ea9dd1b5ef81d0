"""Identity in state, dominance and distance against their definitions."""

import numpy as np
import pytest
from sklearn.metrics.pairwise import euclidean_distances, rbf_kernel

from sklmm import _genotypes
from sklmm.relationship import dominance, gaussian, ibs


def make_counts(n=25, m=120, seed=3):
    rng = np.random.default_rng(seed)
    return rng.binomial(2, rng.uniform(0.1, 0.9, m), size=(n, m)).astype(np.int8)


def test_identity_in_state(monkeypatch):
    M = make_counts()
    monkeypatch.setattr(_genotypes, "MARKERS_AT_A_TIME", 11)
    expected = 1 - np.abs(M[:, None].astype(int) - M).mean(axis=2) / 2
    for dtype in (np.int8, np.float64):
        found = ibs(M.astype(dtype), range(25)).matrix
        np.testing.assert_allclose(found, expected, atol=1e-14)


def test_dominance_is_the_sum_over_markers(monkeypatch):
    M = make_counts()
    monkeypatch.setattr(_genotypes, "MARKERS_AT_A_TIME", 11)
    expected, scale = np.zeros((25, 25)), 0.0
    for marker in M.T:
        p = marker.mean() / 2
        q = 1 - p
        w = np.array([{2: -2 * q * q, 1: 2 * p * q, 0: -2 * p * p}[count] for count in marker])
        expected += np.outer(w, w)
        scale += (2 * p * q) ** 2
    np.testing.assert_allclose(dominance(M, range(25)).matrix, expected / scale, atol=1e-13)


def test_dominance_is_orthogonal_to_additive_effects_under_random_mating():
    p = 0.3
    q = 1 - p
    shares = np.array([q * q, 2 * p * q, p * p])
    W = np.array([-2 * p * p, 2 * p * q, -2 * q * q])
    assert abs(shares @ W) < 1e-15
    assert abs(shares @ (W * np.arange(3))) < 1e-15


def test_dominance_takes_nothing_from_missing_genotypes():
    M = make_counts().astype(float)
    M[3, 13:] = np.nan
    K = dominance(M, range(25), missing="mean").matrix
    n_measured = dominance(M[:, :13], range(25)).matrix
    scales = [
        np.sum((2 * p * (1 - p)) ** 2) for p in (np.nanmean(M, 0) / 2, M[:, :13].mean(0) / 2)
    ]
    np.testing.assert_allclose(K[3] * scales[0], n_measured[3] * scales[1], atol=1e-12)


def test_gaussian_is_the_rbf_kernel_of_the_genotypes():
    M = make_counts().astype(float)
    squares = euclidean_distances(M, squared=True)
    mean = squares[~np.eye(25, dtype=bool)].mean()
    for bandwidth in (0.3, 1, 4.5):
        found = gaussian(M, range(25), bandwidth=bandwidth).matrix
        np.testing.assert_allclose(found, rbf_kernel(M, gamma=bandwidth / mean), atol=1e-13)
    np.testing.assert_array_equal(np.diagonal(found), 1)


@pytest.mark.parametrize("bandwidth", [0, -1, np.inf, np.nan, "1", None, [1.0]])
def test_bandwidth(bandwidth):
    with pytest.raises(ValueError, match="bandwidth must be a positive number, got "):
        gaussian(make_counts(), range(25), bandwidth=bandwidth)


@pytest.mark.parametrize("function", [ibs, dominance])
def test_dosages_are_refused(function):
    M = make_counts().astype(float)
    M[2, 7] = 0.5
    with pytest.raises(ValueError, match=r"must be 0, 1 or 2, but genotypes\[2, 7\] is 0.5"):
        function(M, range(25))
