"""Exact and generalized intervals against those of textbooks for balanced families."""

import numpy as np
import pytest
from intervals import intervals_of
from one_way import f_ratio, simulate_families, sums_of_squares
from population import fit
from scipy import stats

from sklmm import Kinship, LMMRegressor
from sklmm.inference import (
    confidence_interval,
    heritability_test,
    variance_components,
)

PARAMETERS = ["h", "kinship", "residual", "total"]
METHODS = ["exact", "profile", "wald"]


@pytest.mark.parametrize("level", [0.5, 0.9])
@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("solver", ["band", "eigh"])
def test_exact_interval_of_balanced_families_is_the_classical_one(level, seed, solver):
    """F / (1 + size h / (1 - h)) has an F distribution: the interval of every textbook."""
    n_families, size = 60, 4
    kinship, X, y = simulate_families(n_families, size, h=0.5, seed=seed)
    lmm = LMMRegressor(kinship, sample_id=0, solver=solver).fit(X, y)
    F = f_ratio(y, n_families, size)
    distribution = stats.f(n_families - 1, n_families * (size - 1))
    ratios = (F / distribution.isf([(1 - level) / 2, (1 + level) / 2]) - 1) / size
    np.testing.assert_allclose(confidence_interval(lmm, level=level), ratios / (1 + ratios), 1e-8)


def test_next_to_an_end_the_exact_interval_is_one_sided():
    n_families, size = 30, 4
    kinship, X, y = simulate_families(n_families, size, h=0.0, seed=3)
    F = f_ratio(y, n_families, size)
    distribution = stats.f(n_families - 1, n_families * (size - 1))
    lmm = LMMRegressor(kinship, sample_id=0).fit(X, y)
    for level in (0.05, 0.2, 0.4, 0.6, 0.9):
        excludes_0 = confidence_interval(lmm, level=level)[0] > 0
        assert excludes_0 == (distribution.sf(F) < 1 - level)


@pytest.mark.parametrize("seed", range(20))
def test_exact_intervals_are_never_empty(seed):
    kinship, X, y = simulate_families(n_families=8, size=3, h=0.0, seed=seed)
    lmm = LMMRegressor(kinship, sample_id=0).fit(X, y)
    low, high = confidence_interval(lmm, level=0.1)
    assert 0 <= low <= high <= 1


@pytest.mark.parametrize("solver", ["band", "eigh"])
def test_noise_of_balanced_families_has_the_chi_squared_interval(solver):
    n_families, size = 60, 5
    kinship, X, y = simulate_families(n_families, size, h=0.7, seed=1)
    lmm = LMMRegressor(kinship, sample_id=0, solver=solver).fit(X, y)
    _, within = sums_of_squares(y, n_families, size)
    interval = intervals_of(lmm)
    for level in (0.5, 0.95):
        quantiles = stats.chi2(n_families * (size - 1)).isf([(1 - level) / 2, (1 + level) / 2])
        found = interval("residual", level=level)
        np.testing.assert_allclose(found, within / quantiles, rtol=1e-5)


@pytest.mark.parametrize("h", [0.5, 0.6])
def test_variances_of_balanced_families_have_the_generalized_interval(h):
    """s* = (SSB / χ² − SSW / χ²) / size, by simulation."""
    n_families, size = 40, 4
    kinship, X, y = simulate_families(n_families, size, h=h, seed=2)
    lmm = LMMRegressor(kinship, sample_id=0).fit(X, y)
    between, within = sums_of_squares(y, n_families, size)
    rng = np.random.default_rng(0)
    t = within / rng.chisquare(n_families * (size - 1), 1_000_000)
    s = (between / rng.chisquare(n_families - 1, 1_000_000) - t) / size
    interval = intervals_of(lmm)
    for level in (0.5, 0.9):
        expected = np.quantile(np.maximum(s, 0), [(1 - level) / 2, (1 + level) / 2])
        found = interval("kinship", level=level)
        np.testing.assert_allclose(found, expected, rtol=0.01, atol=0.003)


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("method", ["exact", "profile"])
def test_variances_may_be_0_where_h_may_be_at_an_end(seed, method):
    h = [0.0, 0.2, 0.4, 0.9, 0.95, 0.97][seed]
    kinship, X, y = simulate_families(n_families=12, size=4, h=h, seed=seed)
    interval = intervals_of(LMMRegressor(kinship, sample_id=0).fit(X, y))
    for level in (0.3, 0.6, 0.8, 0.9, 0.95, 0.99):
        h, s, t = (interval(name, method, level) for name in PARAMETERS[:3])
        if method == "profile":
            assert (s[0] == 0) == (h[0] == 0)
            assert (t[0] <= 1e-9) == (h[1] > 1 - 1e-9)
        assert s[0] == 0 or h[0] > 0
        assert t[0] <= 1e-9 or h[1] < 1
        assert s[0] <= s[1]
        assert t[0] <= t[1]


@pytest.mark.parametrize("parameter", PARAMETERS[1:])
def test_variances_at_a_given_h_have_chi_squared_intervals(population, parameter):
    lmm = fit(population, h=0.3)
    estimate, df = variance_components(lmm).estimate[parameter], len(population.y) - 3
    expected = estimate * df / stats.chi2(df).isf([0.025, 0.975])
    np.testing.assert_allclose(confidence_interval(lmm, parameter), expected, rtol=1e-10)
    error = variance_components(lmm).standard_error[parameter]
    assert error == pytest.approx(estimate * np.sqrt(2 / df), rel=1e-12)
    low, high = confidence_interval(lmm, parameter, method="profile")
    for end in (low, high):
        x = end / estimate
        assert df * (np.log(x) + 1 / x - 1) == pytest.approx(stats.chi2.ppf(0.95, 1), rel=1e-8)


def test_a_kinship_that_says_nothing():
    lmm = LMMRegressor(Kinship(np.eye(8), range(8)), sample_id=0)
    with pytest.warns(match="does not depend on h"):
        lmm.fit(np.arange(8)[:, None], np.arange(8.0) ** 2)
    for method in ("exact", "profile"):
        np.testing.assert_array_equal(confidence_interval(lmm, method=method), [0, 1])
    test = heritability_test(lmm, random_state=0)
    assert test.statistic == pytest.approx(0, abs=1e-9)


@pytest.mark.parametrize("size", [1e-10, 1e-9, 3e-9, 1e-8, 1e-7, 1e-6, 1e-5])
@pytest.mark.parametrize("n", [24, 150])
@pytest.mark.filterwarnings("ignore:.*does not depend on h")
def test_a_kinship_that_says_nearly_nothing(n, size):
    """A share of the independent that decides nothing, and is more than rounding."""
    rng = np.random.default_rng(0)
    A = rng.standard_normal((n, n))
    lmm = LMMRegressor(Kinship(np.eye(n) + size * (A + A.T), range(n)), sample_id=0)
    y = rng.standard_normal(n)
    lmm.fit(np.arange(n)[:, None], y)
    interval = intervals_of(lmm)
    np.testing.assert_allclose(interval(), [0, 1], atol=1e-12)
    quantiles = stats.chi2(n - 1).ppf([0.975, 0.025])
    np.testing.assert_allclose(
        interval("total"), np.sum((y - y.mean()) ** 2) / quantiles, rtol=1e-3
    )
    for parameter in ("kinship", "residual"):
        low, high = interval(parameter)
        assert low == 0
        assert np.isfinite(high)


@pytest.mark.parametrize("n", [4, 5, 6])
def test_hardly_more_samples_than_fixed_effects(n):
    """One contrast says nothing of h, two say little."""
    rng = np.random.default_rng(n)
    A = rng.standard_normal((n, n))
    X = np.column_stack([np.arange(n), rng.standard_normal((n, 2))])
    lmm = LMMRegressor(Kinship(A @ A.T, range(n)), sample_id=0)
    if n == 4:
        with pytest.warns(match="does not depend on h"):
            lmm.fit(X, rng.standard_normal(n))
        np.testing.assert_array_equal(confidence_interval(lmm), [0, 1])
    else:
        lmm.fit(X, rng.standard_normal(n))
        low, high = confidence_interval(lmm)
        assert low == 0
        assert high > 0.5
    low, high = confidence_interval(lmm, "total")
    assert 0 < low < high < np.inf


@pytest.mark.parametrize(
    "noise", [0, 1e-8, 1e-6, 1e-5, 1e-3], ids=lambda noise: f"noise {noise:g}"
)
@pytest.mark.filterwarnings("ignore:.*grows without bound", "ignore:h_ is so near to 1")
def test_families_almost_without_noise(noise):
    kinship, X, y = simulate_families(n_families=3, size=3, h=1.0)
    lmm = LMMRegressor(kinship, sample_id=0)
    lmm.fit(X, y + noise * np.random.default_rng(1).standard_normal(9))
    interval = intervals_of(lmm)
    for parameter in PARAMETERS:
        for level in (0.5, 0.95, 1 - 1e-10):
            low, high = interval(parameter, level=level)
            assert 0 <= low <= high < np.inf
    assert interval()[0] > 0.99


def test_pairs_of_records_almost_without_noise():
    """The data know h to six digits, at 1 - h = 1e-6."""
    rng = np.random.default_rng(0)
    A = rng.standard_normal((8, 20))
    kinship = Kinship(A @ A.T / 20, range(8))
    y = np.repeat(np.linalg.cholesky(kinship.matrix) @ rng.standard_normal(8), 2)
    y += 1e-3 * rng.standard_normal(16)
    lmm = LMMRegressor(kinship, sample_id=0).fit(np.repeat(range(8), 2)[:, None], y)
    interval = intervals_of(lmm)
    exact, profile = (1 - np.array(interval(method=method)) for method in METHODS[:2])
    np.testing.assert_allclose(exact, profile, rtol=0.2)
    for parameter in ("kinship", "residual"):
        exact, profile = (interval(parameter, method) for method in METHODS[:2])
        np.testing.assert_allclose(exact, profile, rtol=0.3)
