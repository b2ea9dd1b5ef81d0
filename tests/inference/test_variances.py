"""Standard errors and intervals against other programs and dense formulas."""

from functools import cache

import numpy as np
import oracle
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from intervals import intervals_of
from one_way import families, simulate_families
from population import fit, simulate
from scipy import optimize, stats
from sklearn.pipeline import make_pipeline

from sklmm import Kinship, LMMRegressor
from sklmm.inference import (
    confidence_interval,
    heritability_test,
    summary,
    variance_components,
)

PARAMETERS = ["h", "kinship", "residual", "total"]
METHODS = ["exact", "profile", "wald"]


def dense(population):
    """K, X and y as arrays for dense formulas."""
    ones = np.ones((len(population.y), 1))
    return population.K, np.hstack([ones, population.covariates]), population.y


def of_h_and_v(h, v):
    return {"h": h, "kinship": h * v, "residual": (1 - h) * v, "total": v}


@pytest.mark.parametrize("method", ["reml", "ml"])
@pytest.mark.parametrize("scale", [1.0, 37.0])
def test_standard_errors_are_those_of_the_hessian(population, method, scale):
    K, X, y = dense(population)
    K = K * scale
    lmm = LMMRegressor(Kinship(K, population.ids), sample_id=0, method=method)
    found = variance_components(lmm.fit(population.array, y))
    at = [found.estimate["kinship"], found.estimate["residual"]]
    hessian = oracle.hessian(lambda st: oracle.log_likelihood(*st, K, X, y, method), at)
    covariance = np.linalg.inv(-hessian)
    s, t = at
    gradients = {
        "kinship": [1, 0],
        "residual": [0, 1],
        "total": [1, 1],
        "h": np.array([t, -s]) / (s + t) ** 2,
    }
    for name, gradient in gradients.items():
        expected = np.sqrt(gradient @ covariance @ np.asarray(gradient))
        assert found.standard_error[name] == pytest.approx(expected, rel=1e-5)
    assert found.estimate["total"] == lmm.v_ == pytest.approx(s + t, rel=1e-13)
    assert found.estimate["h"] == pytest.approx(lmm.h_, rel=1e-14)


@pytest.mark.parametrize("method", ["reml", "ml"])
@pytest.mark.parametrize("seed", [7, 8, 9])
@pytest.mark.parametrize("level", [0.5, 0.95])
def test_profile_intervals_are_projections_of_the_likelihood(method, seed, level):
    population = simulate(n=40, m=100, seed=seed, h=0.5)
    K, X, y = dense(population)
    lmm = fit(population, method=method)
    drop = stats.chi2.ppf(level, 1) / 2
    best = oracle.log_likelihood(lmm.h_ * lmm.v_, (1 - lmm.h_) * lmm.v_, K, X, y, method)

    def profile(name, value):
        """The highest likelihood with this value of the parameter."""

        def negative(h):
            v = value / of_h_and_v(h, 1)[name]
            return -oracle.log_likelihood(h * v, (1 - h) * v, K, X, y, method)

        h = np.linspace(1e-6, 1 - 1e-6, 60)
        values = [negative(x) for x in h]
        k = int(np.argmin(values))
        bounds = h[max(k - 1, 0)], h[min(k + 1, 59)]
        inside = optimize.minimize_scalar(negative, bounds=bounds, method="bounded")
        return -min(inside.fun, values[k])

    for name in PARAMETERS[1:]:
        low, high = confidence_interval(lmm, name, method="profile", level=level)
        for end in (low, high):
            if end > 1e-9:
                assert profile(name, end) == pytest.approx(best - drop, abs=1e-3)
    low, high = confidence_interval(lmm, method="profile", level=level)
    for end in {low, high} - {0.0, 1.0}:
        assert lmm.log_likelihood(end) == pytest.approx(lmm.log_likelihood_ - drop, abs=1e-8)
    for end, beyond in ((low, 0.0), (high, 1.0)):
        if end == beyond:
            assert lmm.log_likelihood(end) >= lmm.log_likelihood_ - drop


@cache
def plain_intervals():
    population = simulate(n=30, m=60, seed=3, h=0.5)
    lmm = fit(population)
    return population, {
        (name, method): confidence_interval(lmm, name, method=method)
        for name in PARAMETERS[:3]
        for method in ("exact", "profile")
    }


@settings(max_examples=8, deadline=None)
@given(
    st.integers(0, 2**31),
    st.floats(1e-3, 1e3),
    st.floats(1e-3, 1e3),
    st.lists(st.floats(-10, 10), min_size=3, max_size=3),
)
def test_intervals_do_not_depend_on_order_or_units(seed, K_scale, y_scale, b):
    population, plain = plain_intervals()
    K, X, y = dense(population)
    order = np.random.default_rng(seed).permutation(len(y))
    kinship = Kinship(K * K_scale, population.ids)
    moved = LMMRegressor(kinship, sample_id=0).fit(
        population.array[order], (y_scale * (y + X @ b))[order]
    )
    interval = intervals_of(moved)
    for method in ("exact", "profile"):
        low, high = (end * K_scale / (end * K_scale + 1 - end) for end in interval(method=method))
        np.testing.assert_allclose([low, high], plain["h", method], rtol=1e-6, atol=1e-7)
        for name, factor in (("kinship", y_scale**2 / K_scale), ("residual", y_scale**2)):
            np.testing.assert_allclose(
                interval(name, method),
                factor * plain[name, method],
                rtol=1e-5,
                atol=1e-6 * factor,
            )


@pytest.mark.parametrize("method", METHODS)
def test_the_highest_levels(population, method):
    for parameter in PARAMETERS:
        low, high = confidence_interval(
            fit(population), parameter, method=method, level=1 - 2**-53
        )
        assert 0 <= low < high <= (1 if parameter == "h" else np.inf)


@pytest.mark.parametrize("parameter", PARAMETERS)
@pytest.mark.parametrize("method", METHODS)
def test_a_higher_level_is_a_longer_interval(population, parameter, method):
    lmm = fit(population)
    interval = intervals_of(lmm)
    intervals = [interval(parameter, method, level) for level in (0.5, 0.8, 0.95, 0.99)]
    lows, highs = np.transpose(intervals)
    assert np.all(np.diff(lows) <= 0)
    assert np.all(np.diff(highs) >= 0)
    estimate = variance_components(lmm).estimate[parameter]
    assert lows[1] <= estimate <= highs[1]


def test_solvers_agree(population):
    Z = population.markers[:, :25] / 5
    lmms = [
        LMMRegressor(solver=solver, covariates=[0]).fit(
            np.column_stack([population.covariates[:, 0], Z]), population.y
        )
        for solver in ("band", "eigh", "lowrank")
    ]
    intervals = [intervals_of(lmm) for lmm in lmms]
    for parameter in ("h", "kernel", "residual", "total"):
        for method in METHODS:
            band, *others = (interval(parameter, method) for interval in intervals)
            for other in others:
                np.testing.assert_allclose(other, band, rtol=1e-6, atol=1e-8)
    tests = [heritability_test(lmm, random_state=0) for lmm in lmms]
    assert tests[0].statistic == pytest.approx(tests[2].statistic, rel=1e-9)
    assert tests[0].pvalue == pytest.approx(tests[2].pvalue, abs=0.01)


def test_several_traits_are_several_models(population):
    Y = np.column_stack([population.y, np.random.default_rng(0).standard_normal((60, 2))])
    Y[:7, 1] = np.nan
    together = LMMRegressor(population.kinship, sample_id=0, missing_y="drop")
    together.fit(population.array, Y)
    asked = [(parameter, method) for parameter in PARAMETERS for method in METHODS]
    intervals = {
        (parameter, method): confidence_interval(together, parameter, method=method)
        for parameter, method in asked
    }
    several = variance_components(together)
    statistics = heritability_test(together, n_simulations=10).statistic
    for trait in range(3):
        rows = ~np.isnan(Y[:, trait])
        alone = LMMRegressor(population.kinship, sample_id=0)
        alone.fit(population.array[rows], Y[rows, trait])
        interval = intervals_of(alone)
        for parameter, method in asked:
            np.testing.assert_allclose(
                intervals[parameter, method][trait],
                interval(parameter, method),
                rtol=1e-6,
                atol=1e-8,
            )
        one = variance_components(alone)
        for of in ("estimate", "standard_error"):
            for name, expected in getattr(one, of).items():
                np.testing.assert_allclose(getattr(several, of)[name][trait], expected, rtol=1e-6)
        alone_statistic = heritability_test(alone, n_simulations=10).statistic
        assert statistics[trait] == pytest.approx(alone_statistic, abs=1e-8)


def test_estimates_at_an_end():
    kinship, X, y = simulate_families(n_families=8, size=3, h=0.0, seed=1)
    lmm = LMMRegressor(kinship, sample_id=0).fit(X, y)
    assert lmm.h_ == 0
    assert np.isnan(list(variance_components(lmm).standard_error.values())).all()
    for method in ("exact", "profile"):
        low, high = confidence_interval(lmm, method=method)
        assert low == 0
        assert 0 < high < 1
        assert confidence_interval(lmm, "kinship", method=method)[0] == 0
    assert np.isnan(confidence_interval(lmm, method="wald")).all()
    test = heritability_test(lmm, random_state=0)
    assert test.statistic == 0
    assert test.pvalue == 1


def test_an_interval_up_to_1(population):
    """Without noise, in a kinship of full rank."""
    rng = np.random.default_rng(0)
    y = np.linalg.cholesky(population.K) @ rng.standard_normal(60)
    lmm = LMMRegressor(population.kinship, sample_id=0).fit(population.ids[:, None], y)
    assert lmm.h_ > 0.9
    for method in ("exact", "profile"):
        assert confidence_interval(lmm, method=method)[1] == 1
        assert confidence_interval(lmm, "residual", method=method)[0] == 0


def test_a_centered_kinship(population):
    """Is singular along the intercept, where nothing is to be learned of h."""
    center = np.eye(60) - 1 / 60
    centered = Kinship(center @ population.K @ center, population.ids)
    ids = population.ids[:, None]
    found, expected = (
        LMMRegressor(kinship, sample_id=0).fit(ids, population.y)
        for kinship in (centered, population.kinship)
    )
    for method in METHODS:
        np.testing.assert_allclose(
            confidence_interval(found, method=method),
            confidence_interval(expected, method=method),
            atol=1e-6,
        )


def test_an_unbounded_likelihood_has_exact_intervals_alone(population):
    center = np.eye(60) - 1 / 60
    kinship = Kinship(center @ population.K @ center, population.ids)
    y = np.linalg.cholesky(population.K) @ np.random.default_rng(0).standard_normal(60)
    lmm = LMMRegressor(kinship, sample_id=0, method="ml")
    with pytest.warns(match="grows without bound"):
        lmm.fit(population.ids[:, None], y)
    for method in ("profile", "wald"):
        with pytest.raises(
            ValueError, match=r"likelihood is unbounded, and method='(profile|wald)'"
        ):
            confidence_interval(lmm, method=method)
    restricted = LMMRegressor(kinship, sample_id=0).fit(population.ids[:, None], y)
    np.testing.assert_allclose(
        confidence_interval(lmm), confidence_interval(restricted), atol=1e-8
    )


def test_an_indefinite_kinship_ends_where_V_does(population):
    K = population.K - 0.3 * np.eye(60)
    kinship = Kinship(K, population.ids)
    lmm = LMMRegressor(kinship, sample_id=0)
    with pytest.warns(match="not positive semi-definite"):
        lmm.fit(population.ids[:, None], population.y)
    largest_h = 1 / (1 - np.linalg.eigvalsh(K)[0])
    for method in METHODS:
        low, high = confidence_interval(lmm, method=method, level=0.9999)
        assert 0 <= low <= high <= largest_h * (1 + 1e-9)


def test_y_without_residuals():
    X = np.column_stack([np.arange(9), np.arange(9.0) ** 2])
    K = families(3, 3)
    lmm = LMMRegressor(Kinship(K, range(9)), sample_id=0)
    with pytest.warns(match="exact linear function"):
        lmm.fit(X, 2 + 3 * X[:, 1])
    np.testing.assert_array_equal(confidence_interval(lmm), [0, 1])
    np.testing.assert_array_equal(confidence_interval(lmm, "kinship"), [0, 0])
    assert np.isnan(variance_components(lmm).standard_error["h"])
    assert variance_components(lmm).estimate["total"] == 0
    assert np.isnan(heritability_test(lmm).pvalue)


def test_bad_arguments(population):
    lmm = fit(population)
    cases = [
        (
            ValueError,
            r"parameter='t' is unknown\. Use one of \('h', 'kinship', 'residual', 'total'\)",
            {"parameter": "t"},
        ),
        (ValueError, r"parameter='kernel' is unknown\. Use one of", {"parameter": "kernel"}),
        (ValueError, r"method='Wald' is unknown", {"method": "Wald"}),
        (ValueError, r"level must be a number between 0 and 1, got 95", {"level": 95}),
        (ValueError, r"level must be a number between 0 and 1, got 1\.0", {"level": 1.0}),
        (ValueError, r"level must be a number between 0 and 1, got nan", {"level": np.nan}),
        (ValueError, r"level must be a number between 0 and 1, got '0\.9'", {"level": "0.9"}),
    ]
    for kind, message, arguments in cases:
        with pytest.raises(kind, match=message):
            confidence_interval(lmm, **arguments)


@pytest.mark.parametrize("function", [confidence_interval, heritability_test, variance_components])
def test_what_cannot_be_asked(population, function):
    with pytest.raises(
        TypeError, match=r"lmm must be a fitted LMMRegressor, got Pipeline\. Pass lmm\[-1\]\."
    ):
        function(make_pipeline(LMMRegressor()))
    with pytest.raises(ValueError, match=r"not fitted yet"):
        function(LMMRegressor())
    with pytest.raises(ValueError, match=r"needs the reduction of K, which neither store_reduct"):
        function(fit(population, store_reduction=False))


def test_h_by_leave_one_out_has_exact_intervals_alone(population):
    lmm, other = fit(population, h="loo"), fit(population)
    for parameter in PARAMETERS:
        np.testing.assert_allclose(
            confidence_interval(lmm, parameter), confidence_interval(other, parameter), rtol=1e-4
        )
        for method in ("profile", "wald"):
            with pytest.raises(ValueError, match=rf"h='loo' does not max.*method='{method}' has"):
                confidence_interval(lmm, parameter, method=method)
    assert np.isnan(list(variance_components(lmm).standard_error.values())).all()


def test_answers_are_those_of_the_fit_and_not_of_later_parameters(population):
    lmm = fit(population)
    expected, table = variance_components(lmm), str(summary(lmm))
    lmm.set_params(h=0.3, method="ml", fit_intercept=False)
    assert vars(variance_components(lmm)) == vars(expected)
    assert str(summary(lmm)) == table


@pytest.mark.parametrize("h", [0.3, [0.3]])
def test_a_given_h_has_no_uncertainty(population, h):
    lmm = fit(population, h=h)
    assert variance_components(lmm).estimate["h"] == 0.3
    for method in ("profile", "wald"):
        with pytest.raises(ValueError, match=rf"h=0\.3.* was given.*method='{method}' has no"):
            confidence_interval(lmm, method=method)
    expected = confidence_interval(fit(population))
    np.testing.assert_allclose(confidence_interval(lmm), expected, rtol=1e-8)
    assert np.isnan(variance_components(lmm).standard_error["h"])
