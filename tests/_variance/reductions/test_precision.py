"""The operator V^-1 against dense matrices."""

import numpy as np
import pytest
from models import GivenRows, by_eigenvectors, by_markers, dense, reduce

from sklmm._variance.linalg.definite import NotPositiveDefiniteError
from sklmm._variance.reductions.precision import (
    DenseKinship,
)

N, M, S, T = 60, 9, 0.7, 0.4


@pytest.fixture
def Z():
    return np.random.default_rng(0).standard_normal((N, M)) + 1


ways = pytest.mark.parametrize("way", [dense, by_eigenvectors, by_markers])


@ways
def test_parts_of_the_precision(Z, way):
    V_inverse = np.linalg.inv(S * Z @ Z.T + T * np.eye(N))
    inverse = way(Z).at(S, T)
    rows, M = np.array([7, 2, 50]), np.random.default_rng(5).standard_normal((N, 4))
    np.testing.assert_allclose(inverse.diagonal(), np.diagonal(V_inverse), rtol=1e-12)
    np.testing.assert_allclose(
        np.tril(inverse.block(np.sort(rows))),
        np.tril(V_inverse[np.ix_(np.sort(rows), np.sort(rows))]),
        atol=1e-13,
    )
    whitened = inverse.whiten(M)
    np.testing.assert_allclose(inverse.whiten_transposed(whitened), V_inverse @ M, atol=1e-12)
    np.testing.assert_allclose(whitened.T @ whitened, M.T @ V_inverse @ M, atol=1e-12)


def test_nearly_singular_markers_lose_no_digits_by_their_basis():
    """The Cholesky basis is orthonormal to 1e-10 only, before it is made so once more."""
    rng = np.random.default_rng(6)
    Z = rng.standard_normal((N, 5)) @ np.diag([1, 1, 1, 1, 2e-3]) @ rng.standard_normal((5, 5))
    S_, _ = reduce("lowrank", Z=Z).spectrum(GivenRows(Z=Z))
    np.testing.assert_allclose(S_.T @ S_, np.eye(6), atol=1e-13)


def test_an_indefinite_V_is_refused(Z):
    with pytest.raises(NotPositiveDefiniteError, match=r"s K \+ t I is not positive definite"):
        DenseKinship(Z @ Z.T).at(1.0, -1.0)
