"""The distribution of h against its density on a fine grid, by dense formulas."""

import numpy as np
import pytest
from models import model_of, reduce
from scipy import stats

from sklmm._variance.intervals.heritability_distribution import (
    PRECISION_OF_PREDICTIONS,
    HeritabilityDistribution,
)
from sklmm._variance.likelihood.fixed_effects import FixedEffects

N = 30
INTERCEPT = FixedEffects.from_covariates(np.empty((N, 0)), fit_intercept=True)


def simulate(kind, h, seed=0):
    """K with a mean diagonal of 1, and y."""
    rng = np.random.default_rng(seed)
    Z = rng.standard_normal((N, {"one": 1, "few": 12, "many": 200, "definite": 60}[kind]))
    K = Z @ Z.T + 0.1 * Z.shape[1] * (kind == "definite") * np.eye(N)
    K *= N / np.trace(K)
    root = np.linalg.cholesky(h * K + (1 - h) * np.eye(N))
    return K, root @ rng.standard_normal(N) + 3


def distribution_of(K, y, solver):
    model = model_of(reduce(solver, K), INTERCEPT, y[:, None])
    return HeritabilityDistribution.from_profile(model.profile(0))


def contrasts(K, y):
    """Eigenvalues of K among contrasts that are free of a constant, and y in their basis."""
    free = np.linalg.svd(np.ones((N, 1)))[0][:, 1:]
    eigenvalues, vectors = np.linalg.eigh(free.T @ K @ free)
    return eigenvalues, vectors.T @ (free.T @ y)


def density_on_a_grid(K, y):
    """h, and probabilities by the restricted likelihood times the prior."""
    angles = (np.arange(20_000) + 0.5) / 20_000 * np.pi / 2
    h = np.sin(angles) ** 2
    eigenvalues, z = contrasts(K, y)
    variances = np.outer(h, eigenvalues) + 1 - h[:, None]
    d = (eigenvalues - 1) / variances
    log_density = (
        np.log(np.var(d, axis=1)) / 2
        - np.log(1 - (1 - h) / stats.gmean(variances, axis=1)) / 8
        - np.log(variances).sum(axis=1) / 2
        - (N - 1) / 2 * np.log(np.sum(z**2 / variances, axis=1))
    )
    weights = np.exp(log_density - log_density.max()) * np.sin(2 * angles)
    return h, weights / weights.sum()


@pytest.mark.parametrize("solver", ["band", "eigh"])
@pytest.mark.parametrize("h", [0.05, 0.5, 0.95])
@pytest.mark.parametrize("kind", ["one", "few", "many", "definite"])
def test_moments(kind, h, solver):
    K, y = simulate(kind, h)
    distribution = distribution_of(K, y, solver)
    nodes, probability = density_on_a_grid(K, y)
    assert distribution.probability.sum() == pytest.approx(1, abs=1e-12)
    for power in (1, 2, 3):
        found = distribution.h**power @ distribution.probability
        assert found == pytest.approx(nodes**power @ probability, abs=1e-4)


@pytest.mark.parametrize("kind", ["one", "few", "many", "definite"])
def test_the_variance_at_each_node(kind):
    """By the contrasts, and by polynomials through the few h at which predictions are made."""
    K, y = simulate(kind, 0.5)
    distribution = distribution_of(K, y, "band")

    def variance(h):
        eigenvalues, z = contrasts(K, y)
        return np.sum(z**2 / (np.outer(h, eigenvalues) + 1 - h[:, None]), axis=1) / (N - 1)

    rounding_of_K = 1e-15 / (1 - distribution.h)
    deviations = distribution.v / variance(distribution.h) - 1
    assert np.all(np.abs(deviations) < 1e-9 + rounding_of_K)
    few = np.array([solution.h for solution in distribution.solutions])
    assert len(few) < len(distribution.h)
    found = distribution.interpolation @ ((1 - few) * variance(few))
    expected = (1 - distribution.h) * distribution.v
    assert np.abs(found - expected).max() < PRECISION_OF_PREDICTIONS * expected.max()


def test_where_all_contrasts_are_alike_every_h_is_as_likely():
    y = np.random.default_rng(0).standard_normal(N)
    distribution = distribution_of(np.eye(N), y, "band")
    moments = [distribution.h**k @ distribution.probability for k in (1, 2, 3)]
    np.testing.assert_allclose(moments, [1 / 2, 1 / 3, 1 / 4], atol=1e-4)
