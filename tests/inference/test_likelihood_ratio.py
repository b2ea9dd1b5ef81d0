"""Likelihood-ratio tests of nested models against fits by other routes."""

import numpy as np
import pytest
from one_way import families
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


def test_each_trait_has_its_own_degrees_of_freedom(population):
    """Sex does not vary where the second trait is measured."""
    rng = np.random.default_rng(0)
    Y = np.column_stack([population.y, rng.standard_normal(60)])
    Y[population.covariates[:, 1] == 1, 1] = np.nan
    parameters = {"sample_id": 0, "method": "ml", "missing_y": "drop"}
    designs = population.array[:, [0]], population.array

    def test(Y):
        models = (LMMRegressor(population.kinship, **parameters).fit(X, Y) for X in designs)
        return likelihood_ratio_test(*models)

    found = test(Y)
    np.testing.assert_array_equal(found.df, [2, 1])
    np.testing.assert_array_equal(test(Y[:, ::-1]).df, [1, 2])
    for trait in range(2):
        alone = test(Y[:, trait])
        assert found.df[trait] == alone.df
        assert found.pvalue[trait] == pytest.approx(alone.pvalue, rel=1e-6)


def test_models_that_are_the_same_where_a_trait_is_measured(population):
    Y = np.column_stack([population.y, population.y])
    Y[population.covariates[:, 1] == 1, 1] = np.nan
    parameters = {"sample_id": 0, "method": "ml", "missing_y": "drop"}
    smaller, larger = (
        LMMRegressor(population.kinship, **parameters).fit(population.array[:, columns], Y)
        for columns in ([0], [0, 2])
    )
    test = likelihood_ratio_test(smaller, larger)
    np.testing.assert_array_equal(test.df, [1, 0])
    np.testing.assert_array_equal(np.isnan(test.pvalue), [False, True])


def test_y_in_another_order_that_the_kinship_does_not_tell():
    """Sibs of a family are exchangeable."""
    K, n = families(10, 4), 40
    rng = np.random.default_rng(0)
    x, y = rng.standard_normal((2, n))
    y_of_others = y.reshape(-1, 4)[:, ::-1].ravel()
    smaller, other, larger = (
        LMMRegressor(Kinship(K, range(n)), sample_id=0, method="ml").fit(X, values)
        for X, values in (
            (np.arange(n)[:, None], y),
            (np.arange(n)[:, None], y_of_others),
            (np.column_stack([np.arange(n), x]), y),
        )
    )
    assert likelihood_ratio_test(smaller, larger).df == 1
    with pytest.raises(ValueError, match=r"not been fitted to the same y"):
        likelihood_ratio_test(other, larger)


@pytest.mark.filterwarnings("ignore:.*exact linear function")
def test_y_that_is_a_function_of_fixed_effects(population):
    y = 2 + 3 * population.covariates[:, 0]
    smaller, larger, largest = (
        LMMRegressor(population.kinship, sample_id=0, method="ml").fit(
            population.array[:, columns], y
        )
        for columns in ([0], [0, 1], [0, 1, 2])
    )
    of_larger = likelihood_ratio_test(smaller, larger)
    assert (of_larger.statistic, of_larger.pvalue) == (np.inf, 0)
    of_both = likelihood_ratio_test(larger, largest)
    assert np.isnan([of_both.statistic, of_both.pvalue]).all()


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


def singular_kinships(n=60):
    rng = np.random.default_rng(3)
    Z = rng.standard_normal((n, n // 2)) / np.sqrt(n / 2)
    return {"twins": np.kron(np.eye(n // 2), np.ones((2, 2))), "few markers": Z @ Z.T}


def ratio_of_singular(K, solver, noises, of_x):
    """Beside a singular K, of one trait or several: x explains all, or some, but for the noise."""
    n = len(K)
    rng, ids = np.random.default_rng(5), np.arange(n)
    values, vectors = np.linalg.eigh(K)
    root = vectors * np.sqrt(np.maximum(values, 0))
    x = rng.standard_normal(n)
    u, e = rng.standard_normal((2, n, len(noises)))
    Y = root @ u + np.multiply.outer(x, of_x) + e * noises
    smaller, larger = (
        LMMRegressor(Kinship(K, ids), sample_id=0, method="ml", solver=solver).fit(X, Y)
        for X in (ids[:, None], np.column_stack([ids, x]))
    )
    return likelihood_ratio_test(smaller, larger), smaller, larger


@pytest.mark.filterwarnings("ignore:.*h_ is so near to 1")
@pytest.mark.parametrize("solver", ["band", "eigh"])
@pytest.mark.parametrize("name", singular_kinships())
def test_models_of_which_some_are_next_to_1(name, solver):
    """Each trait with its own distance from 1, in one of the models or in both."""
    noises, of_x = np.array([0.3, 1e-4, 1e-6, 1e-6]), np.array([0.3, 1, 1, 1e-4])
    K = singular_kinships()[name]
    test, smaller, larger = ratio_of_singular(K, solver, noises, of_x)
    assert (1 - larger.h_[1:] < 1e-6).all()
    assert (1 - smaller.h_[:3] > 1e-6).all()
    assert (1 - smaller.h_[3:] < 1e-6).all()
    np.testing.assert_allclose(
        test.statistic, 2 * (larger.log_likelihood_ - smaller.log_likelihood_), rtol=1e-9
    )
    np.testing.assert_array_equal(test.df, 1)
    assert (test.pvalue < 0.05).all()


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
        (fit_ml(only_ids, y=two, h=[0.3, 0.5]), r"smaller has 2 traits and larger has 1"),
        (fit_ml(only_ids, h="loo"), r"smaller has h='loo' and .* does not maximize"),
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
    with pytest.raises(ValueError, match=r"has h=\[0\.3, 0\.5\] and larger has h=\[0\.5, 0\.3\]:"):
        likelihood_ratio_test(fit_ml(only_ids, y=two, h=[0.3, 0.5]), fit_ml(y=two, h=[0.5, 0.3]))
    with pytest.raises(ValueError, match=r"larger was fitted with method='reml'"):
        likelihood_ratio_test(larger, fit(population))
    with pytest.raises(TypeError, match=r"larger must be a fitted LMMRegressor, got int"):
        likelihood_ratio_test(larger, 3)
