"""K = c 11' + K₀ with a large c: what is done to K₀ never meets c."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sklmm import Kinship, LMMRegressor
from sklmm._variance.linalg.constant_part import eigh, set_apart_constant
from sklmm._variance.reductions.band import BandReduction
from sklmm._variance.reductions.spectral import SpectralReduction

EPS = np.finfo(float).eps


def relationships(n, seed=0, n_markers=None):
    rng = np.random.default_rng(seed)
    Z = rng.standard_normal((n, n_markers or 2 * n))
    return Z @ Z.T / Z.shape[1]


def exact_reflection(reflectors, n):
    H = np.eye(n, dtype=np.longdouble)
    for first, V, T in reflectors:
        V = V.astype(np.longdouble)
        H[first:, first:] -= V @ T.astype(np.longdouble) @ V.T
    return H


@pytest.mark.parametrize("c", [1e3, 1e6, 1e9, -1e6])
@pytest.mark.parametrize("n", [2, 3, 40, 300])
def test_what_is_left_has_the_digits_of_the_matrix(n, c):
    K = relationships(n) + c
    A = K.copy(order="F")
    reflectors = set_apart_constant(A)
    assert len(reflectors) == (c > 0)
    H = exact_reflection(reflectors, n)
    expected = H.T @ K.astype(np.longdouble) @ H
    np.testing.assert_allclose(
        np.tril(A)[1:, 1:], np.tril(expected)[1:, 1:], atol=8 * EPS * abs(c)
    )
    np.testing.assert_allclose(A[0, 0], float(expected[0, 0]), rtol=n * EPS)


def test_nothing_is_set_apart_where_no_part_dominates():
    K = relationships(50) + 1
    A = K.copy(order="F")
    assert set_apart_constant(A) == []
    np.testing.assert_array_equal(A, K)


@pytest.mark.parametrize("first", [0.5, 1e3, 1e8, 1e14])
@pytest.mark.parametrize("n", [1, 2, 5, 60])
def test_small_eigenvalues_beside_a_large_first_entry(n, first):
    A = relationships(n, seed=1)
    A[0, 0] += first
    eigenvalues, U = eigh(A.copy(order="F"))
    assert np.all(np.diff(eigenvalues) >= 0)
    np.testing.assert_allclose(U.T @ U, np.eye(n), atol=1e-13)
    by_scipy = np.linalg.eigvalsh(A)
    np.testing.assert_allclose(eigenvalues[-1], by_scipy[-1], rtol=1e-13)
    np.testing.assert_allclose(eigenvalues, by_scipy, atol=20 * EPS * max(first, 1))
    left = A @ U - U * eigenvalues
    np.testing.assert_allclose(left[1:, :-1], 0, atol=1e-13)


@pytest.mark.parametrize("reduction", [BandReduction, SpectralReduction])
@pytest.mark.parametrize("c", [1e4, 1e8])
def test_reductions_give_what_is_left_back(reduction, c):
    n = 70
    K0 = relationships(n, seed=2)
    contrasts = np.linalg.qr(np.column_stack([np.ones(n), np.eye(n)[:, 1:]]))[0][:, 1:]
    reduced = reduction.reduce(np.asfortranarray(K0 + c), 1.0)
    Q = reduced.rotate(contrasts)
    found = Q.T @ reduced.multiply(Q)
    np.testing.assert_allclose(found, contrasts.T @ K0 @ contrasts, atol=40 * EPS * c)


@pytest.mark.filterwarnings("ignore:Nearly all of K is constant")
@settings(max_examples=40)
@given(
    st.integers(0, 2**32 - 1),
    st.floats(1, 6),
    st.sampled_from(["band", "eigh"]),
    st.sampled_from([("reml", None), ("reml", 0.5), ("ml", 0.5)]),
    st.integers(20, 80),
)
def test_a_constant_in_the_kinship_goes_to_the_intercept(seed, magnitude, solver, way, n):
    rng = np.random.default_rng(seed)
    c, K0, (method, h) = 10**magnitude, relationships(n + 5, seed), way
    y = np.linalg.cholesky(K0)[:n] @ rng.standard_normal(n + 5) + rng.standard_normal(n)
    X, new = np.arange(n)[:, None], np.arange(n, n + 5)[:, None]
    alone, beside = (
        LMMRegressor(Kinship(K, range(n + 5)), sample_id=0, h=h, solver=solver, method=method).fit(
            X, y
        )
        for K in (K0, K0 + c)
    )
    of_K0_beside_c = 1e-9 + 100 * EPS * c
    np.testing.assert_allclose(beside.h_, alone.h_, atol=of_K0_beside_c)
    np.testing.assert_allclose(beside.predict(new), alone.predict(new), atol=of_K0_beside_c)
    fitted = beside.intercept_ + beside.random_effects_
    np.testing.assert_allclose(beside.predict(X), fitted, atol=of_K0_beside_c)
