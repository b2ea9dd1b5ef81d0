"""Both reductions against dense algebra, and so against each other."""

import numpy as np
import pytest
from models import reduce
from scipy.stats import ortho_group

from sklmm._variance.linalg.definite import NotPositiveDefiniteError
from sklmm._variance.reductions.band import BandReduction, default_width, reduce_to_band
from sklmm._variance.reductions.spectral import SpectralReduction

SIZES = [2, 3, 4, 5, 8, 9, 10, 11, 31]
WIDTH = 4


def covariance(n, seed=0, rank=None):
    rng = np.random.default_rng(seed)
    Z = rng.standard_normal((n, rank or n + 5))
    K = Z @ Z.T
    return K / K.trace() * n


def with_spectrum(eigenvalues, seed=0):
    Q = ortho_group.rvs(len(eigenvalues), random_state=seed)
    K = (Q * eigenvalues) @ Q.T
    return (K + K.T) / 2


def reductions(K):
    yield BandReduction.reduce(K.copy(order="F"), 1.0, WIDTH)
    yield SpectralReduction.reduce(K.copy(order="F"), 1.0)


@pytest.fixture(params=SIZES)
def K(request):
    return covariance(request.param)


def test_rotation_is_orthogonal(K):
    for reduction in reductions(K):
        Q = reduction.rotate_back(np.eye(len(K)))
        np.testing.assert_allclose(Q.T @ Q, np.eye(len(K)), atol=1e-13)
        np.testing.assert_allclose(reduction.rotate(np.eye(len(K))), Q.T, atol=1e-14)


def test_product_gives_the_matrix_back(K):
    for reduction in reductions(K):
        QB = reduction.rotate_back(reduction.multiply(np.eye(len(K))))
        np.testing.assert_allclose(reduction.rotate_back(QB.T), K, atol=1e-13)
        assert reduction.norm == pytest.approx(np.linalg.norm(K), rel=1e-14)


def test_band_reduction_reads_one_triangle(K):
    lower = np.asfortranarray(np.tril(K))
    band, _ = reduce_to_band(lower, WIDTH)
    expected, _ = reduce_to_band(K.copy(order="F"), WIDTH)
    np.testing.assert_array_equal(band, expected)


@pytest.mark.parametrize("h", [0.0, 1e-6, 0.3, 0.999, 1.0])
def test_factor(K, h):
    n = len(K)
    M = np.random.default_rng(1).standard_normal((n, 3))
    V = h * K + (1 - h) * np.eye(n)
    for reduction in reductions(K):
        factor = reduction.factor(h)
        assert factor.logdet == pytest.approx(np.linalg.slogdet(V)[1], rel=1e-11, abs=1e-11)
        solution = factor.whiten_transposed(factor.whiten(reduction.rotate(M)))
        np.testing.assert_allclose(reduction.rotate_back(solution), np.linalg.solve(V, M), 1e-9)
        slope = np.trace(np.linalg.solve(V, K - np.eye(n)))
        assert factor.logdet_slope() == pytest.approx(slope, rel=1e-10, abs=1e-10)


def test_no_columns(K):
    nothing = np.empty((len(K), 0))
    for reduction in reductions(K):
        assert reduction.rotate(nothing).shape == nothing.shape
        assert reduction.multiply(nothing).shape == nothing.shape
        assert reduction.factor(0.5).whiten(nothing).shape == nothing.shape


@pytest.mark.parametrize("n", [261, 700])
def test_default_width_agrees_with_eigendecomposition(n):
    K = covariance(n, seed=n)
    assert default_width(n) < n / 4
    M = np.random.default_rng(1).standard_normal((n, 2))
    band, spectral = (reduce(solver, K) for solver in ("band", "eigh"))
    for h in (0.1, 0.9):
        products = []
        for reduction in (band, spectral):
            factor = reduction.factor(h)
            whitened = factor.whiten(reduction.rotate(M))
            products.append(
                [factor.logdet, factor.logdet_slope(), *np.ravel(whitened.T @ whitened)]
            )
        np.testing.assert_allclose(*products, rtol=1e-11)


def test_scale_is_the_mean_diagonal():
    K = covariance(20)
    reduction = reduce("band", 7 * K)
    assert reduction.scale == pytest.approx(7)
    np.testing.assert_allclose(reduction.multiply(np.eye(20)).trace() / 20, 1)


def test_a_positive_definite_matrix_is_definite_up_to_one():
    for reduction in reductions(covariance(30)):
        assert reduction.definiteness.largest_h == 1
        assert reduction.definiteness.margin == 0


@pytest.mark.parametrize("perturbation", [0, -1e-15, 1e-15])
def test_rounding_errors_of_a_singular_matrix_are_forgiven(perturbation):
    K = covariance(40, rank=25) + perturbation * np.eye(40)
    for reduction in reductions(K):
        assert reduction.definiteness.largest_h == 1
        assert reduction.definiteness.smallest_eigenvalue is None
        assert 0 < reduction.definiteness.margin < 1e-11
        reduction.factor(reduction.definiteness.last_regular_h)


@pytest.mark.parametrize("smallest", [-1e-6, -0.3, -5])
def test_negative_eigenvalue(smallest):
    K = with_spectrum(np.concatenate([[smallest], np.linspace(0.1, 4, 29)]))
    for reduction in reductions(K):
        found = reduction.definiteness
        assert found.smallest_eigenvalue == pytest.approx(smallest, abs=1e-12)
        assert found.largest_h == pytest.approx(1 / (1 - smallest), rel=1e-12)
        reduction.factor(found.last_regular_h)
        with pytest.raises(NotPositiveDefiniteError):
            reduction.factor(found.largest_h * (1 + 1e-9))
