"""Tests of fixed effects against ordinary least squares, dense formulas and textbooks."""

from fractions import Fraction

import numpy as np
import oracle
import pandas as pd
import polars as pl
import pytest
from one_way import families
from population import fit, simulate
from scipy import stats

from sklmm import Kinship, LMMRegressor
from sklmm.inference import (
    b_covariance,
    confidence_interval,
    likelihood_ratio_test,
    summary,
    t_test,
    variance_components,
    wald_test,
)


def design(population):
    return np.column_stack([np.ones(len(population.y)), population.covariates])


@pytest.mark.parametrize("method", ["reml", "ml"])
@pytest.mark.parametrize("h", [0.0, 0.4, 1.0])
def test_covariance_by_dense_formulas(population, method, h):
    lmm = fit(population, method=method, h=h)
    expected = oracle.fit_at(h, population.K, design(population), population.y, method)
    np.testing.assert_allclose(
        b_covariance(lmm), expected.b_covariance.astype(float), rtol=1e-9, atol=1e-15
    )


def test_without_kinship_the_tests_are_those_of_least_squares(population):
    x, y = population.covariates[:, 0], population.y
    expected = stats.linregress(x, y)
    X = np.column_stack([population.ids.astype(object), x])
    lmm = LMMRegressor(population.kinship, sample_id=0, h=0.0).fit(X, y)
    for df in ("satterthwaite", "residual"):
        test = t_test(lmm, df=df)
        np.testing.assert_array_equal(test.df, len(y) - 2)
        np.testing.assert_allclose(test.estimate, [expected.intercept, expected.slope])
        np.testing.assert_allclose(
            test.standard_error, [expected.intercept_stderr, expected.stderr]
        )
        assert test.pvalue[1] == pytest.approx(expected.pvalue, rel=1e-9)
        reach = stats.t(len(y) - 2).isf(0.05) * expected.stderr
        np.testing.assert_allclose(
            test.confidence_interval(0.9)[1], [expected.slope - reach, expected.slope + reach]
        )


def test_without_kinship_the_f_test_is_that_of_residual_sums(population):
    X, y = design(population), population.y
    lmm = fit(population, h=0.0)
    rss = [np.sum((y - A @ np.linalg.lstsq(A, y, rcond=None)[0]) ** 2) for A in (X[:, :1], X)]
    F = (rss[0] - rss[1]) / 2 / (rss[1] / (len(y) - 3))
    test = wald_test(lmm, [[0, 1, 0], [0, 0, 1]])
    assert test.statistic == pytest.approx(F, rel=1e-9)
    assert (test.df_num, test.df_den) == (2, len(y) - 3)
    assert test.pvalue == pytest.approx(stats.f(2, len(y) - 3).sf(F), rel=1e-9)


@pytest.mark.parametrize("size", [3, 6])
def test_a_mean_of_balanced_families_has_the_degrees_of_freedom_of_families(size):
    n_families = 9
    rng = np.random.default_rng(size)
    y = np.repeat(rng.standard_normal(n_families), size)
    y += rng.standard_normal(n_families * size)
    ids = np.arange(n_families * size)
    kinship = Kinship(families(n_families, size), ids)
    within = np.tile(np.linspace(-1, 1, size), n_families)
    lmm = LMMRegressor(kinship, sample_id=0).fit(np.column_stack([ids, within]), y)
    assert 0 < lmm.h_ < 1
    test = t_test(lmm)
    np.testing.assert_allclose(test.df, [n_families - 1, n_families * (size - 1) - 1], rtol=1e-6)
    means = y.reshape(n_families, size).mean(axis=1)
    expected = stats.ttest_1samp(means, 0)
    assert test.statistic[0] == pytest.approx(expected.statistic, rel=1e-6)
    assert test.pvalue[0] == pytest.approx(expected.pvalue, rel=1e-5)


@pytest.mark.parametrize("seed", [8, 4])
def test_satterthwaite_by_its_definition(seed):
    """2 f² / g'Ag with f(s, t) = var(l'b), g its gradient, A the covariance of (s, t)."""
    population = simulate(n=50, m=100, seed=seed, h=0.6)
    K, X, y = population.K, design(population), population.y
    lmm = fit(population)
    assert 0 < lmm.h_ < 1
    components = variance_components(lmm)
    at = [components.estimate["kinship"], components.estimate["residual"]]
    A = np.linalg.inv(-oracle.hessian(lambda st: oracle.log_likelihood(*st, K, X, y, "reml"), at))
    contrasts = np.array([[1.0, 0, 0], [0, 1, 0], [0, 0, 1], [1, 40, 0.5]])
    for contrast, df in zip(contrasts, t_test(lmm, contrasts).df, strict=True):

        def variance(st, contrast=contrast):
            V = st[0] * K + st[1] * np.eye(len(K))
            return contrast @ np.linalg.solve(X.T @ np.linalg.solve(V, X), contrast)

        g = oracle.gradient(variance, at)
        assert df == pytest.approx(2 * variance(at) ** 2 / (g @ A @ g), rel=1e-5)


def test_one_contrast_is_tested_alike_by_t_and_f(population):
    lmm, contrast = fit(population), [[0.0, 20, 1]]
    t, F = t_test(lmm, contrast, value=0.3), wald_test(lmm, contrast, value=0.3)
    assert F.statistic == pytest.approx(t.statistic[0] ** 2, rel=1e-10)
    assert F.df_num == 1
    assert F.df_den == pytest.approx(t.df[0], rel=1e-9)
    assert F.pvalue == pytest.approx(t.pvalue[0], rel=1e-9)


def test_f_depends_on_the_space_of_contrasts_alone(population):
    lmm, L = fit(population), np.array([[0, 1.0, 0], [0, 0, 1]])
    expected = wald_test(lmm, L, value=[0.01, -0.5])
    M = np.array([[2.0, 1], [1, -1], [0, 3]])
    found = wald_test(lmm, M @ L, value=M @ [0.01, -0.5])
    assert found.df_num == 2
    for name in ("statistic", "df_den", "pvalue"):
        assert getattr(found, name) == pytest.approx(getattr(expected, name), rel=1e-8)


def test_f_of_several_contrasts_by_dense_formulas(population):
    lmm, L = fit(population), np.array([[1.0, 30, 0], [0, 0, 1]])
    covariance = L @ b_covariance(lmm) @ L.T
    expected = (L @ lmm.b_) @ np.linalg.solve(covariance, L @ lmm.b_) / 2
    assert wald_test(lmm, L).statistic == pytest.approx(expected, rel=1e-9)


def test_units_of_covariates_do_not_matter(population):
    units = np.array([1e-8, 1e8])
    X = np.column_stack([population.ids.astype(object), population.covariates * units])
    scaled = LMMRegressor(population.kinship, sample_id=0).fit(X, population.y)
    L = [[0, 1, 0], [0, 0, 1]]
    found = wald_test(scaled, L, value=[0.01 * 1e8, -0.5e-8])
    expected = wald_test(fit(population), L, value=[0.01, -0.5])
    assert found.df_num == 2
    assert found.statistic == pytest.approx(expected.statistic, rel=1e-7)
    for name in ("df", "statistic", "pvalue"):
        np.testing.assert_allclose(
            getattr(t_test(scaled), name), getattr(t_test(fit(population)), name), rtol=1e-7
        )


def test_coefficients_that_the_data_leave_open(population):
    copies = np.column_stack([population.array, population.covariates[:, 1]])
    lmm = LMMRegressor(population.kinship, sample_id=0).fit(copies, population.y)
    test, expected = t_test(lmm), t_test(fit(population))
    np.testing.assert_array_equal(np.isnan(test.standard_error), [False, False, True, True])
    np.testing.assert_allclose(test.pvalue[:2], expected.pvalue[:2], rtol=1e-8)
    covariance = b_covariance(lmm)
    assert np.isnan(covariance[2:]).all()
    assert np.isnan(covariance[:, 2:]).all()
    np.testing.assert_allclose(covariance[:2, :2], b_covariance(fit(population))[:2, :2])
    both = t_test(lmm, [0, 0, 1, 1])
    assert both.pvalue[0] == pytest.approx(expected.pvalue[2], rel=1e-8)
    for function, contrasts in ((t_test, [0, 0, 1, 0]), (wald_test, [[0, 1, 0, 0], [0, 0, 0, 1]])):
        with pytest.raises(ValueError, match=r"contrasts\[[01]\] = .* is not estimable: columns"):
            function(lmm, contrasts)


def test_several_traits_are_several_models(population):
    Y = np.column_stack([population.y, np.random.default_rng(0).standard_normal(60)])
    Y[:5, 1] = np.nan
    together = LMMRegressor(population.kinship, sample_id=0, missing_y="drop", method="ml")
    together.fit(population.array, Y)
    smaller = LMMRegressor(population.kinship, sample_id=0, missing_y="drop", method="ml")
    smaller.fit(population.array[:, :2], Y)
    assert t_test(together).pvalue.shape == (2, 3)
    for trait in range(2):
        rows = ~np.isnan(Y[:, trait])
        alone, small_alone = (
            LMMRegressor(population.kinship, sample_id=0, method="ml").fit(X, Y[rows, trait])
            for X in (population.array[rows], population.array[rows, :2])
        )
        np.testing.assert_allclose(t_test(together).pvalue[trait], t_test(alone).pvalue, rtol=1e-6)
        np.testing.assert_allclose(
            t_test(together).confidence_interval()[trait],
            t_test(alone).confidence_interval(),
            rtol=1e-6,
        )
        np.testing.assert_allclose(
            b_covariance(together)[trait], b_covariance(alone), rtol=1e-6, atol=1e-12
        )
        L = [[0, 1, 0], [0, 0, 1]]
        assert wald_test(together, L).pvalue[trait] == pytest.approx(
            wald_test(alone, L).pvalue, rel=1e-6
        )
        assert likelihood_ratio_test(smaller, together).pvalue[trait] == pytest.approx(
            likelihood_ratio_test(small_alone, alone).pvalue, rel=1e-6
        )


def test_bad_contrasts(population):
    lmm = fit(population)
    for function in (t_test, wald_test):
        with pytest.raises(ValueError, match=r"contrasts has shape \(1, 2\), but has to h"):
            function(lmm, [[1, 2]])
        for contrasts in ([[1, 2, np.nan]], "abc", [["1", "0", "0"]], [[1, 2], [3]]):
            with pytest.raises(ValueError, match=r"contrasts must be finite numbers, each row 3"):
                function(lmm, contrasts)
        with pytest.raises(TypeError, match=r"contrasts is a dict .*pandas\.Series\(contrasts\)"):
            function(lmm, {"x1": 1})
        assert function(lmm, pd.Series({"x1": 1})).pvalue == function(lmm, [0, 1, 0]).pvalue
        for contrasts in ([], 1, [[[0, 1, 0]]], [[]]):
            with pytest.raises(ValueError, match=r"contrasts has shape .*, but has to hold finit"):
                function(lmm, contrasts)
        for df in (np.array([1, 2]), 3, None):
            with pytest.raises(ValueError, match=r"df=.* is unknown\. Use one of"):
                function(lmm, [[1, 2, 0]], df=df)
        with pytest.raises(ValueError, match=r"df='n-p' is unknown\. Use one of"):
            function(lmm, [[1, 2, 0]], df="n-p")
    for function in (t_test, wald_test):
        with pytest.raises(ValueError, match=r"value has shape \(3,\), but there are 2 contrasts"):
            function(lmm, [[0, 1, 0], [0, 0, 1]], value=[1, 2, 3])
        with pytest.raises(TypeError, match=r"value is a dict .*pandas\.Series\(value\)"):
            function(lmm, [[0, 1, 0], [0, 0, 1]], value={"a": 1, "b": 2})
        for value in ("a", np.nan, [[1, 2]], 10**400):
            with pytest.raises(ValueError, match=r"value (must be a finite number, or|has shape)"):
                function(lmm, [[0, 1, 0], [0, 0, 1]], value=value)
        with pytest.raises(ValueError, match=r"contrasts\[1\] is all 0 and tests nothing"):
            function(lmm, [[0, 1, 0], [0, 0, 0]])
        masked = np.ma.masked_array([[0.0, 1, 1]], [[False, False, True]])
        with pytest.raises(ValueError, match=r"contrasts has masked values\. Put numbers"):
            function(lmm, masked)
    with pytest.raises(
        ValueError, match=r"value=\[0\.0, 1\.0\] cannot be true of all contrasts at o"
    ):
        wald_test(lmm, [[0, 1, 0], [0, 2, 0]], value=[0, 1])
    with pytest.raises(ValueError, match=r"level must be a number between 0 and 1, got 95"):
        t_test(lmm).confidence_interval(95)


@pytest.mark.parametrize("column", [0.0, 1.0])
def test_a_constant_column(population, column):
    X = np.column_stack([population.array, np.full(60, column)])
    lmm = LMMRegressor(population.kinship, sample_id=0).fit(X, population.y)
    test, expected = t_test(lmm), t_test(fit(population))
    is_open = np.array([column == 1, False, False, True])
    np.testing.assert_array_equal(np.isnan(test.pvalue), is_open)
    np.testing.assert_allclose(test.pvalue[1:3], expected.pvalue[1:], rtol=1e-7)
    assert "nan" in str(summary(lmm, method="wald"))


def test_contrasts_by_name(population):
    frame = population.frame[["id", "age", "sex"]]
    lmm = LMMRegressor(population.kinship, sample_id="id").fit(frame, population.y)
    L = pd.DataFrame({"sex": [1.0, 0, 2], "intercept": [3, 0, 0], "age": [10, 1, 0]})
    for function in (t_test, wald_test):
        expected = function(lmm, L[["intercept", "age", "sex"]].to_numpy())
        for contrasts in (L, pl.DataFrame(L.to_dict("list"))):
            assert_same(function(lmm, contrasts), expected)
    by_one_name = t_test(lmm, pd.Series({"sex": 1.0}))
    assert_same(by_one_name, t_test(lmm, [0, 0, 1]))
    assert_same(t_test(lmm, pd.DataFrame([[0, 0, 1]])), by_one_name)
    for contrasts in (L.rename(columns={"sex": "Sex"}), pd.DataFrame([[0, 1]], columns=[1, 2])):
        with pytest.raises(
            ValueError, match=r"contrasts has columns named \[.*fixed effects are "
        ):
            t_test(lmm, contrasts)
    nullable = pd.DataFrame({"age": pd.array([1, 0], "Int64"), "sex": [0.0, 0.5]})
    assert_same(t_test(lmm, nullable), t_test(lmm, [[0, 1, 0], [0, 0, 0.5]]))
    with pytest.raises(ValueError, match=r"contrasts must be finite numbers"):
        t_test(lmm, pd.DataFrame({"age": pd.array([1, None], "Int64"), "sex": [0.0, 0.5]}))
    numbered = pd.DataFrame(np.column_stack([population.ids, population.covariates]))
    numbered[[1, 2]] = population.covariates
    by_number = LMMRegressor(population.kinship, sample_id=0).fit(numbered, population.y)
    assert_same(t_test(by_number, pd.Series({2: 1.0})), by_one_name)
    twice = pd.DataFrame([[0, 1]], columns=["age", "age"])
    with pytest.raises(ValueError, match=r"named \['age', 'age'\].* at most once"):
        t_test(lmm, twice)


def assert_same(found, expected):
    for name, values in vars(expected).items():
        np.testing.assert_allclose(getattr(found, name), values, rtol=1e-12)


def test_the_estimate_is_that_of_the_contrast_whatever_is_tested(population):
    lmm = fit(population)
    found, expected = t_test(lmm, value=[0.0, 1, 2]), t_test(lmm)
    np.testing.assert_array_equal(found.estimate, lmm.b_)
    np.testing.assert_array_equal(found.confidence_interval(), expected.confidence_interval())
    shifts = np.array([0, 1, 2]) / expected.standard_error
    np.testing.assert_allclose(found.statistic, expected.statistic - shifts, rtol=1e-12)
    np.testing.assert_array_equal(
        expected.confidence_interval(Fraction(1, 2)), expected.confidence_interval(0.5)
    )


@pytest.mark.parametrize("size", [1e-200, 1e200])
def test_units_of_contrasts_do_not_matter(population, size):
    lmm, L = fit(population), np.array([[0, 1.0, 0], [0, 1, 1]])
    for function in (t_test, wald_test):
        found, expected = function(lmm, size * L), function(lmm, L)
        np.testing.assert_allclose(found.statistic, expected.statistic, rtol=1e-10)
        np.testing.assert_allclose(found.pvalue, expected.pvalue, rtol=1e-10)
        assert np.all(function(lmm, L, value=1e150).pvalue == 0)
    with pytest.raises(ValueError, match=r"cannot be true of all contrasts at once"):
        wald_test(lmm, [[0, 1, 0], [0, 2, 0]], value=[1e308, 0])


@pytest.mark.parametrize("y", [np.zeros(60), np.full(60, 7.0)])
@pytest.mark.filterwarnings("ignore:.*exact linear function")
def test_without_variance_there_is_no_noise_to_compare_with(population, y):
    lmm = LMMRegressor(population.kinship, sample_id=0).fit(population.array, y)
    np.testing.assert_array_equal(t_test(lmm).standard_error, 0)
    F = wald_test(lmm, [[1, 0, 0]])
    np.testing.assert_equal((F.statistic, F.pvalue), (np.inf, 0) if y.any() else (np.nan, np.nan))


def test_no_fixed_effects(population):
    lmm = LMMRegressor(population.kinship, sample_id=0, fit_intercept=False)
    lmm.fit(population.ids[:, None], population.y)
    assert t_test(lmm).pvalue.shape == (0,)
    assert b_covariance(lmm).shape == (0, 0)
    assert confidence_interval(lmm).shape == (2,)


def test_nothing_is_modified(population):
    lmm, L = fit(population), np.array([[0, 1.0, 0]])
    before = lmm.b_.copy()
    wald_test(lmm, L, value=np.zeros(1))
    t_test(lmm, L)
    np.testing.assert_array_equal(L, [[0, 1, 0]])
    np.testing.assert_array_equal(lmm.b_, before)
