"""The test of h = 0 against fits of simulated traits and the classical F test."""

import numpy as np
import pytest
from one_way import f_ratio, simulate_families
from population import fit
from scipy import stats

from sklmm import Kinship, LMMRegressor
from sklmm._door import fitted_model
from sklmm._variance.intervals.pivots import simulate_likelihood_ratios
from sklmm.inference import heritability_test, variance_components


def test_simulated_ratios_are_those_of_fits(population):
    """Quantiles against REML fits of traits that are simulated with h = 0."""
    rng = np.random.default_rng(1)
    Y = rng.standard_normal((60, 1000))
    lmm = LMMRegressor(population.kinship, sample_id=0).fit(population.array, Y)
    test = heritability_test(lmm, n_simulations=20_000, random_state=0)
    fitted_ratios = 2 * (lmm.log_likelihood_ - lmm.log_likelihood(0.0))
    np.testing.assert_allclose(test.statistic, np.maximum(fitted_ratios, 0), atol=1e-8)
    for level in (0.3, 0.1, 0.05, 0.01):
        share = np.mean(test.pvalue <= level)
        assert share == pytest.approx(level, abs=4 * np.sqrt(level * (1 - level) / 1000))


def test_share_of_ratios_that_are_0():
    """In balanced families the ratio is 0 where F is at most 1."""
    n_families, size = 10, 4
    kinship, X, y = simulate_families(n_families, size, h=0.9, seed=0)
    lmm = LMMRegressor(kinship, sample_id=0).fit(X, y)
    eigenvalues = fitted_model(lmm).traits("")[0].model.contrast_eigenvalues
    ratios = simulate_likelihood_ratios(eigenvalues, 1.0, 20_000, np.random.RandomState(0))
    expected = stats.f(n_families - 1, n_families * (size - 1)).cdf(1)
    assert np.mean(ratios < 1e-4) == pytest.approx(expected, abs=0.015)


def test_pvalue_of_balanced_families_is_that_of_f():
    n_families, size = 10, 4
    kinship, X, y = simulate_families(n_families, size, h=0.25, seed=11)
    lmm = LMMRegressor(kinship, sample_id=0).fit(X, y)
    expected = stats.f(n_families - 1, n_families * (size - 1)).sf(f_ratio(y, n_families, size))
    assert 0.001 < expected < 0.2
    test = heritability_test(lmm, n_simulations=100_000, random_state=0)
    assert test.pvalue == pytest.approx(expected, abs=4 * np.sqrt(expected / 100_000))


def test_the_test_is_restricted_and_of_h_0_whatever_the_fit(population):
    expected = heritability_test(fit(population), random_state=0)
    for parameters in ({"method": "ml"}, {"h": 0.9}, {"h": 0.0}):
        found = heritability_test(fit(population, **parameters), random_state=0)
        assert found.statistic == pytest.approx(expected.statistic, rel=1e-9)
        assert found.pvalue == expected.pvalue


@pytest.mark.filterwarnings("ignore:h_ is so near to 1", "ignore:The likelihood .* grows")
@pytest.mark.parametrize("h", [0.0, 0.5, 1 - 1e-7, 1 - 1e-9, 1.0])
@pytest.mark.parametrize("method", ["reml", "ml"])
def test_a_maximum_next_to_1_is_found_whatever_h_is_held_at(h, method):
    """A singular K and hardly any noise; by the textbook at the noise that REML finds."""
    rng = np.random.default_rng(1)
    n, ids, Z = 80, np.arange(80)[:, None], rng.standard_normal((80, 20))
    y = Z @ rng.standard_normal(20) + 1e-5 * rng.standard_normal(n)
    kinship = Kinship(Z @ Z.T / 20, ids[:, 0])
    reml = LMMRegressor(kinship, sample_id=0).fit(ids, y)
    s, t = (variance_components(reml).estimate[name] for name in ("kinship", "residual"))
    maximum, at_0 = (restricted_log_likelihood(Z, y, *ratio) for ratio in ((s / 20, t), (0, 1)))
    held = LMMRegressor(kinship, sample_id=0, h=h, method=method).fit(ids, y)
    statistic = heritability_test(held, n_simulations=1).statistic
    assert statistic == pytest.approx(2 * (maximum - at_0), rel=1e-8)


def restricted_log_likelihood(Z, y, s, t):
    """That of V ∝ s ZZ' + t I beside an intercept, up to a constant, by singular values of Z."""
    n, r = len(y), y - y.mean()
    vectors, sizes, _ = np.linalg.svd(Z - Z.mean(axis=0), full_matrices=False)
    scores, variances = vectors.T @ r, s * sizes**2 + t
    rest = np.sum((r - vectors @ scores) ** 2)
    logdet = np.log(variances).sum() + (n - 1 - len(sizes)) * np.log(t)
    return -((n - 1) * np.log(np.sum(scores**2 / variances) + rest / t) + logdet) / 2


def test_bad_arguments(population):
    lmm = fit(population)
    with pytest.raises(ValueError, match=r"random_state must be None, an integer or a numpy.rand"):
        heritability_test(lmm, random_state=np.random.default_rng(0))
    for n_simulations in (0, -3, 2.5, True, "10"):
        with pytest.raises(ValueError, match=r"n_simulations must be a positive integer, got"):
            heritability_test(lmm, n_simulations=n_simulations)
