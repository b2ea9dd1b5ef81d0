"""Pivots of the error contrasts, against simulation and a fine grid."""

import numpy as np
import pytest
from models import model_of, reduce

from sklmm._variance.intervals.pivots import Pivot, simulate_likelihood_ratios
from sklmm._variance.likelihood.fixed_effects import FixedEffects

N = 40
rng = np.random.default_rng(1)
Z = rng.standard_normal((N, 60))
K = Z @ Z.T / 60
EFFECTS = FixedEffects.from_covariates(np.empty((N, 0)), fit_intercept=True)


def pivots_of(Y):
    model = model_of(reduce("band", K), EFFECTS, Y)
    return [Pivot(model.profile(trait), model.contrast_eigenvalues) for trait in range(Y.shape[1])]


@pytest.mark.parametrize("h", [0.0, 0.4, 0.9])
def test_the_probability_of_what_is_true_is_uniform(h):
    """Of traits that are drawn with this h."""
    scaled = K * N / np.trace(K)
    root = np.linalg.cholesky(h * scaled + (1 - h) * np.eye(N))
    pivots = pivots_of(root @ np.random.default_rng(2).standard_normal((200, N)).T)
    for end in (0.0, 1.0):
        if end != h:
            found = np.sort([pivot.probability_beyond(h, end) for pivot in pivots])
            expected = (np.arange(200) + 0.5) / 200
            assert np.abs(found - expected).max() < 1.63 / 200**0.5  # Kolmogorov, 1 %


def test_divergence_is_that_of_variances():
    (pivot,) = pivots_of(rng.standard_normal((N, 1)))
    ratios = (1 + 0.3 * (pivot.eigenvalues - 1)) / (1 + 0.6 * (pivot.eigenvalues - 1))
    expected = len(ratios) * np.log(ratios.mean()) - np.log(ratios).sum()
    np.testing.assert_allclose(pivot.divergence(0.3, 0.6), expected)
    assert pivot.divergence(0.5, 0.5) == 0


def test_simulated_likelihood_ratios_are_those_of_a_fine_grid():
    eigenvalues = np.random.default_rng(3).gamma(2, 0.5, 30)
    found = simulate_likelihood_ratios(eigenvalues, 1.0, 50, np.random.RandomState(0))
    squares = np.random.RandomState(0).standard_normal((50, 30)) ** 2
    h = np.linspace(0, 1, 20_001)
    d = 1 + h[:, None] * (eigenvalues - 1)
    values = 30 * np.log(squares.sum(axis=1)[:, None] / (squares @ (1 / d.T)))
    expected = (values - np.log(d).sum(axis=1)).max(axis=1)
    np.testing.assert_allclose(found, expected, atol=2e-3)
