"""Likelihood-ratio tests of nested models against fits by other routes."""

import numpy as np
import pytest
from population import fit
from scipy import stats

from sklmm import Kinship, LMMRegressor
from sklmm.inference import likelihood_ratio_test


def test_likelihood_ratio(population):
    larger = fit(population, method="ml")
    smaller = LMMRegressor(population.kinship, sample_id=0, method="ml")
    smaller.fit(population.array[:, [0]], population.y)
    test = likelihood_ratio_test(smaller, larger)
    assert test.statistic == pytest.approx(
        2 * (larger.log_likelihood_ - smaller.log_likelihood_), rel=1e-12
    )
    assert test.df == 2
    assert test.pvalue == pytest.approx(stats.chi2(2).sf(test.statistic), rel=1e-12)
    with pytest.raises(ValueError, match=r"smaller and larger have the same fixed effects"):
        likelihood_ratio_test(larger, larger)


def test_a_likelihood_ratio_sees_other_coordinates_of_the_same_model(population):
    """Nested are spaces, not columns."""
    larger = fit(population, method="ml")
    sums = population.covariates @ [[1.0], [2.0]]
    X = np.column_stack([population.ids.astype(object), sums])
    smaller = LMMRegressor(population.kinship, sample_id=0, method="ml").fit(X, population.y)
    assert likelihood_ratio_test(smaller, larger).df == 1


@pytest.mark.parametrize("solver", ["band", "lowrank"])
def test_likelihood_ratio_with_a_kernel(population, solver):
    X = np.column_stack([population.covariates, population.markers[:, :20]])
    larger, smaller = (
        LMMRegressor(covariates=columns, method="ml", solver=solver).fit(
            X[:, first:], population.y
        )
        for columns, first in (([0, 1], 0), ([0], 1))
    )
    expected = 2 * (larger.log_likelihood_ - smaller.log_likelihood_)
    assert likelihood_ratio_test(smaller, larger).statistic == pytest.approx(expected, rel=1e-9)


def test_what_likelihood_ratios_refuse(population):
    def fit_ml(X=population.array, y=population.y, kinship=population.kinship, **parameters):
        return LMMRegressor(kinship, sample_id=0, **{"method": "ml", **parameters}).fit(X, y)

    larger, only_ids = fit_ml(), population.array[:, [0]]
    order = np.random.default_rng(0).permutation(60)
    other_K = Kinship(population.K + 0.1 * np.eye(60), population.ids)
    two = np.column_stack([population.y, population.y])
    cases = [
        (fit_ml(only_ids, method="reml"), r"smaller was fitted with method='reml'\. A restricted"),
        (fit_ml(only_ids, h=0.5), r"smaller has h=0\.5 and larger has h=None"),
        (fit_ml(only_ids, h="loo"), r"smaller has h='loo' and .* does not maximise"),
        (fit_ml(only_ids, y=two), r"smaller has 2 traits and larger has 1"),
        (fit_ml(only_ids[:-1], y=population.y[:-1]), r"smaller was fitted to 59 rows and larger"),
        (fit_ml(only_ids, y=population.y[order]), r"not been fitted to the same y with the same"),
        (fit_ml(only_ids, kinship=other_K), r"not been fitted to the same y with the same K"),
        (fit_ml(only_ids, y=population.y + 1e-3), r"not been fitted to the same y with"),
        (
            fit_ml(np.column_stack([only_ids, population.markers[:, :1]])),
            r"not nested: a fixed effect of smaller is no linear combination",
        ),
    ]
    for smaller, message in cases:
        with pytest.raises(ValueError, match=message):
            likelihood_ratio_test(smaller, larger)
    with pytest.raises(ValueError, match=r"not nested"):
        likelihood_ratio_test(larger, fit_ml(only_ids))
    with pytest.raises(ValueError, match=r"larger was fitted with method='reml'"):
        likelihood_ratio_test(larger, fit(population))
    with pytest.raises(TypeError, match=r"larger must be a fitted LMMRegressor, got int"):
        likelihood_ratio_test(larger, 3)
