"""Are replicates of a trait free of fixed effects, and markers told apart?"""

import numpy as np
import pytest

from sklmm._variance.association.null_model import NullModel
from sklmm._variance.association.resampling import (
    Permutation,
    Simulation,
    UnitMarkers,
    merge_largest,
    without_copies,
)
from sklmm._variance.reductions.precision import DenseKinship, LowRankSpectrum, Spectrum

N, P = 30, 3
rng = np.random.default_rng(0)
Z = rng.standard_normal((N, 8))
K = Z @ Z.T / 8
BASIS = np.linalg.qr(np.column_stack([np.ones(N), rng.standard_normal((N, P - 1))]))[0]
V = 0.7 * K + 0.3 * np.eye(N)


VALUES, VECTORS = np.linalg.eigh(K)
PRECISIONS = [
    precisions.at(0.7, 0.3)
    for precisions in (
        DenseKinship(K.copy()),
        Spectrum(np.asfortranarray(VECTORS), VALUES),
        LowRankSpectrum(np.asfortranarray(VECTORS[:, -8:]), VALUES[-8:]),
    )
]


def null(precision, basis=BASIS):
    y = rng.standard_normal(N)
    return NullModel.from_residuals(precision, basis, y - basis @ (basis.T @ y))


@pytest.mark.parametrize("precision", PRECISIONS)
def test_elements_of_whitened_columns_belong_to_rows(precision):
    """W is triangular or symmetric, so that it is nearly the same for nearly the same V."""
    W = precision.to_rows(precision.whiten(np.eye(N, order="F")))
    np.testing.assert_allclose(W.T @ W, np.linalg.inv(V))
    upper = np.triu(W, 1)
    assert np.allclose(upper, 0) or np.allclose(W, W.T)
    M = rng.standard_normal((N, 4))
    np.testing.assert_allclose(precision.from_rows(precision.to_rows(M)), M)


KEYS = rng.random((N, 10))
RESAMPLINGS = {
    "simulation": Simulation(rng.standard_normal((N, 10))),
    "contrasts": Permutation(KEYS),
    "strata": Permutation(KEYS, np.arange(N) % 4),
}


@pytest.mark.parametrize("basis", [BASIS, BASIS[:, :0]], ids=["fixed effects", "none"])
@pytest.mark.parametrize("precision", PRECISIONS)
@pytest.mark.parametrize("resampling", RESAMPLINGS.values(), ids=RESAMPLINGS)
def test_replicates_are_of_length_1_and_free_of_fixed_effects(resampling, precision, basis):
    model = null(precision, basis)
    traits = resampling.unit_traits(model, np.arange(N))
    assert traits.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(traits, axis=0), 1, rtol=1e-5)
    np.testing.assert_allclose(model.whitened_X.T @ traits, 0, atol=1e-6)
    assert abs(np.corrcoef(traits.T) - np.eye(10)).max() < 0.9


def test_contrasts_in_their_order_are_the_trait():
    model = null(PRECISIONS[0])
    in_order = Permutation(np.sort(rng.random((N, 1)), axis=0))
    trait = in_order.unit_traits(model, np.arange(N))[:, 0]
    np.testing.assert_allclose(
        trait, model.whitened_y / np.linalg.norm(model.whitened_y), atol=1e-6
    )


def test_orthonormal_columns_of_each_marker():
    model = null(PRECISIONS[0])
    P = rng.dirichlet([1, 1, 1, 1], size=(N, 5))
    P[:, 2, 2:] = 0
    P[:, 2, 1] = 1 - P[:, 2, 0]
    P[:, 3] = 0.25
    columns = np.asfortranarray(P.reshape(N, -1))
    markers = UnitMarkers.from_block(model, columns.copy(order="F"), 4)
    assert markers.ranks[:, 1].tolist() == [3, 3, 1, 0, 3]
    white = np.linalg.solve(np.linalg.cholesky(V), np.column_stack([BASIS, columns]))
    Q = np.linalg.qr(white[:, :3])[0]
    free = white[:, 3:] - Q @ (Q.T @ white[:, 3:])
    for number in range(5):
        U = markers.columns[:, 4 * number : 4 * number + 4].astype(float)
        own = free[:, 4 * number : 4 * number + 4]
        values, vectors = np.linalg.eigh(own @ own.T)
        span = vectors[:, values > 1e-12]
        np.testing.assert_allclose(U @ U.T, span @ span.T, atol=1e-6)


def test_copies_are_left_out():
    counts = rng.integers(0, 3, (N, 40)).astype(float)
    assert without_copies(np.asfortranarray(counts)).shape == (N, 40)
    order = rng.permutation(np.r_[np.arange(40), np.repeat(np.arange(7), 3)])
    left = without_copies(np.asfortranarray(counts[:, order]))
    assert left.shape == (N, 40)
    assert {column.tobytes() for column in left.T} == {column.tobytes() for column in counts.T}


def test_maxima_by_rank():
    found = {}
    merge_largest(found, {(0, 1): np.array([0.1, 0.5]), (0, 3): np.array([0.2, 0.2])})
    merge_largest(found, {(0, 1): np.array([0.3, 0.4])})
    assert found[0, 1].tolist() == [0.3, 0.5]
    assert found[0, 3].tolist() == [0.2, 0.2]
