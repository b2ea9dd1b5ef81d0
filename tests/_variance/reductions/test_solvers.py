"""The contract of a solver, for each of the registry, against dense matrices."""

import numpy as np
import pytest
from models import GivenRows, reduce

from sklmm._variance.reductions.choose import SOLVERS

N, M = 30, 8
rng = np.random.default_rng(0)
Z = rng.standard_normal((N, M)) + 0.5
K = Z @ Z.T
NEW = rng.standard_normal((4, M))
X = np.linalg.qr(np.column_stack([np.ones(N), rng.standard_normal(N)]))[0]
Y = rng.standard_normal((N, 3))
Y -= X @ (X.T @ Y)
ROWS = GivenRows(Z=Z)
H = [0.0, 0.2, 0.7, 0.999]


@pytest.fixture(params=SOLVERS)
def solver(request):
    return reduce(request.param, Z=Z)


def covariance(solver, h):
    return h * K / solver.scale + (1 - h) * np.eye(N)


@pytest.mark.parametrize("h", H)
def test_whitened_data_have_the_products_of_the_inverse(solver, h):
    reduction, rotated_X, rotated_Y, _ = solver.rotate_data(X, Y, ROWS)
    factor, inverse = reduction.factor(h), np.linalg.inv(covariance(solver, h))
    whitened_X = factor.whiten(rotated_X)
    np.testing.assert_allclose(whitened_X.T @ whitened_X, X.T @ inverse @ X, atol=1e-10)
    for trait in range(3):
        y = factor.whiten(rotated_Y[:, trait, None])
        np.testing.assert_allclose(y.T @ y, Y[:, trait] @ inverse @ Y[:, trait], rtol=1e-10)
        np.testing.assert_allclose(whitened_X.T @ y, X.T @ inverse @ Y[:, [trait]], atol=1e-10)


@pytest.mark.parametrize("h", H)
def test_the_determinant_and_its_slope(solver, h):
    reduction = solver.rotate_data(X, Y, ROWS).reduction
    V, factor = covariance(solver, h), reduction.factor(h)
    np.testing.assert_allclose(factor.logdet, np.linalg.slogdet(V)[1], rtol=1e-10, atol=1e-10)
    slope = np.trace(np.linalg.solve(V, K / solver.scale - np.eye(N)))
    np.testing.assert_allclose(factor.logdet_slope(), slope, rtol=1e-9, atol=1e-9)


def test_the_way_back(solver):
    reduction, _, rotated, back = solver.rotate_data(X, Y, ROWS)
    np.testing.assert_allclose(back.apply(reduction, rotated), Y, atol=1e-12)
    some = back.select_traits(np.array([2, 0]))
    np.testing.assert_allclose(some.apply(reduction, rotated[:, [2, 0]]), Y[:, [2, 0]], atol=1e-12)


@pytest.mark.parametrize("h", H)
def test_new_rows_meet_those_of_the_fit(solver, h):
    reduction, _, rotated, _ = solver.rotate_data(X, Y, ROWS)
    factor = reduction.factor(h)
    related = reduction.relate(GivenRows(K=NEW @ Z.T, Z=NEW))
    for trait in range(3):
        found = factor.whiten(related).T @ factor.whiten(rotated[:, trait, None])
        expected = NEW @ Z.T @ np.linalg.solve(covariance(solver, h), Y[:, trait])
        np.testing.assert_allclose(found[:, 0], expected, atol=1e-9)


def test_the_inverse_as_an_operator(solver):
    precision = solver.rotate_data(X, Y, ROWS).reduction.precisions(ROWS).at(0.7, 0.4)
    inverse = np.linalg.inv(0.7 * K + 0.4 * np.eye(N))
    np.testing.assert_allclose(precision.solve(Y), inverse @ Y, atol=1e-11)
    np.testing.assert_allclose(precision.diagonal(), np.diagonal(inverse), rtol=1e-10)
    rows = np.array([1, 5, 20])
    block = np.tril(precision.block(rows))
    np.testing.assert_allclose(block, np.tril(inverse[np.ix_(rows, rows)]), atol=1e-11)


def test_what_is_known_of_K(solver):
    assert solver.n == N
    np.testing.assert_allclose(solver.scale, np.trace(K) / N)
    np.testing.assert_allclose(solver.mean_relationship(), K.sum() / N / solver.scale, rtol=1e-12)
    np.testing.assert_allclose(solver.norm, np.linalg.norm(K) / solver.scale, rtol=1e-12)
    assert solver.definiteness.largest_h == 1
    assert solver.exceeds(-0.1)
    assert not solver.exceeds(0.1)


@pytest.mark.parametrize("name", [name for name, one in SOLVERS.items() if one.has_spectrum])
def test_the_spectrum(name):
    solver = reduce(name, Z=Z)
    S, eigenvalues = solver.spectrum(ROWS)
    np.testing.assert_allclose(S.T @ S, np.eye(S.shape[1]), atol=1e-12)
    np.testing.assert_allclose(S * eigenvalues @ S.T, K / solver.scale, atol=1e-12)


def test_relationships_are_overwritten_and_markers_are_not(solver):
    markers = Z.copy()
    type(solver).from_matrix(type(solver).matrix(GivenRows(Z=markers)))
    np.testing.assert_array_equal(markers, Z)
