"""Closed-form errors of held-out samples, against dense matrices and their definition."""

import numpy as np
import oracle
import pytest
from models import by_eigenvectors, by_markers, dense

from sklmm._variance.deletion.held_out import (
    HeldOut,
    can_be_held_out,
)
from sklmm._variance.reductions import precision
from sklmm._variance.reductions.precision import (
    identity_precision,
)

N, M, S, T = 60, 9, 0.7, 0.4
SETS = [
    np.array([4]),
    np.array([59]),
    np.array([3, 30, 17]),
    np.arange(20, 40),
    np.arange(55)[::-1],
    np.empty(0, dtype=int),
]


@pytest.fixture
def Z():
    return np.random.default_rng(0).standard_normal((N, M)) + 1


@pytest.fixture(params=[0, 1, 3], ids="p={}".format)
def X(request):
    columns = np.random.default_rng(1).standard_normal((N, request.param))
    return np.linalg.qr(columns)[0]


@pytest.fixture
def Y():
    return np.random.default_rng(2).standard_normal((N, 2)) + 3


def by_nearly_dependent_markers(Z):
    """Which take the Householder basis."""
    Z = Z.copy()
    Z[:, 5] = Z[:, 6] + 1e-6 * np.random.default_rng(3).standard_normal(N)
    return by_markers(Z), Z


ways = pytest.mark.parametrize("way", [dense, by_eigenvectors, by_markers])


def projection(K, s, t, X):
    V_inverse = np.linalg.inv(s * K + t * np.eye(len(K)))
    VX = V_inverse @ X
    return V_inverse - VX @ np.linalg.solve(X.T @ VX, VX.T) if X.shape[1] else V_inverse


def errors_by_projection(P, Y, sets):
    return np.vstack([np.linalg.solve(P[np.ix_(B, B)], (P @ Y)[B]) for B in sets])


@ways
def test_errors_are_those_of_the_dense_formula(Z, X, Y, way):
    P = projection(Z @ Z.T, S, T, X)
    found = HeldOut(way(Z).at(S, T), X, Y).errors(SETS)
    np.testing.assert_allclose(found, errors_by_projection(P, Y, SETS), rtol=1e-9, atol=1e-11)


@ways
def test_errors_are_those_of_leaving_out_by_definition(Z, X, Y, way):
    """Generalized least squares and BLUP of the other rows, in long double."""
    K, h = Z @ Z.T, S / (S + T)
    errors = HeldOut(way(Z).at(S, T), X, Y).errors(SETS)
    ends = np.cumsum([len(B) for B in SETS])
    for B, found in zip(SETS, np.split(errors, ends[:-1]), strict=True):
        A = np.setdiff1d(np.arange(N), B)
        for trait in range(2):
            fit = oracle.fit_at(h, K[np.ix_(A, A)], X[A], Y[A, trait], "reml")
            u = h * K[np.ix_(B, A)] @ fit.V_inverse @ (Y[A, trait] - X[A] @ fit.b)
            expected = Y[B, trait] - X[B] @ fit.b - u
            np.testing.assert_allclose(found[:, trait], expected.astype(float), atol=1e-11)


def test_the_householder_Q1(Z, X, Y):
    kinship, Z = by_nearly_dependent_markers(Z)
    P = projection(Z @ Z.T, S, T, X)
    found = HeldOut(kinship.at(S, T), X, Y).errors(SETS)
    np.testing.assert_allclose(found, errors_by_projection(P, Y, SETS), rtol=1e-9, atol=1e-10)


def test_without_relationships(X, Y):
    P = np.eye(N) - X @ X.T
    found = HeldOut(identity_precision(N, 0.3), X, Y).errors(SETS)
    np.testing.assert_allclose(found, errors_by_projection(P, Y, SETS), atol=1e-11)


@ways
def test_b_and_weighted_residuals(Z, X, Y, way):
    V_inverse = np.linalg.inv(S * Z @ Z.T + T * np.eye(N))
    b, PY = HeldOut(way(Z).at(S, T), X, Y).solve(Y)
    if X.shape[1]:
        np.testing.assert_allclose(X.T @ V_inverse @ (Y - X @ b), 0, atol=1e-11)
    np.testing.assert_allclose(PY, V_inverse @ (Y - X @ b), atol=1e-11)


def test_large_sets_at_low_rank_are_solved_in_few_dimensions(monkeypatch, Z, X, Y):
    sizes = []

    def watched(A, M):
        sizes.append(len(A))
        return solve(A, M)

    solve = precision.solve_positive_definite
    monkeypatch.setattr(precision, "solve_positive_definite", watched)
    HeldOut(by_markers(Z).at(S, T), X, Y).errors([np.arange(50), np.arange(5)])
    assert sizes == [M + 1 + X.shape[1], 5]


def test_which_sets_can_be_held_out():
    dummy = np.zeros(8)
    dummy[[2, 3]] = 1
    almost = np.r_[1e-4 * np.ones(7), 1]
    X = np.linalg.qr(np.column_stack([np.ones(8), dummy, almost]))[0]
    sets = [[2, 3], [2], [7], [0, 1], [0, 1, 4, 5, 6], [0, 1, 2, 4, 5], []]
    found = can_be_held_out(X, [np.array(rows, dtype=int) for rows in sets])
    np.testing.assert_array_equal(found, [False, True, False, True, False, False, True])
    no_X = np.empty((4, 0))
    found = can_be_held_out(no_X, [np.arange(k) for k in range(5)])
    np.testing.assert_array_equal(found, [True, True, True, False, False])
