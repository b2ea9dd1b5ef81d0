"""Generalized intervals against a plain sum over a fine grid of h."""

from functools import cache

import numpy as np
import pytest
from population import simulate
from scipy import optimize, special, stats

from sklmm import Kinship, LMMRegressor
from sklmm._door import fitted_model
from sklmm._variance.intervals.generalized import PivotalDistribution
from sklmm.inference import confidence_interval

LOGITS = np.linspace(-25, 25, 1501)


def one_large_eigenvalue(n=15, seed=3, size=1e5):
    """Along a contrast, as of features that are far from centered."""
    rng = np.random.default_rng(seed)
    Z, a = rng.standard_normal((n, 30)), rng.standard_normal(n)
    K = Z @ Z.T / 30 + size * np.outer(a, a)
    lmm = LMMRegressor(Kinship(K * n / np.trace(K), range(n)), sample_id=0)
    return lmm.fit(np.arange(n)[:, None], rng.standard_normal(n))


def of_markers():
    population = simulate(n=40, m=20, seed=2, h=0.5)
    return LMMRegressor(population.kinship, sample_id=0).fit(population.array, population.y)


@cache
def on_a_grid(fitted):
    """A model, values of h, the probability of each by G, and Q there."""
    lmm = fitted()
    trait = fitted_model(lmm).traits("")[0]
    h = np.concatenate([[0.0], stats.logistic.cdf(LOGITS) * trait.pivot.last_h])
    G = np.maximum.accumulate([trait.pivot.probability_of_less(each) for each in h])
    probability = np.diff(G, prepend=0.0, append=1.0)
    h = np.concatenate([h[:1], (h[1:] + h[:-1]) / 2, h[-1:]])
    Q = np.array([trait.profile.at(each).v for each in h]) * trait.residual_df
    return lmm, h, probability, Q


def by_a_grid(lmm, h, probability, Q, level):
    """The ends of s and of t: v* is Q(h*) / χ², and h* is distributed by G."""
    trait = fitted_model(lmm).traits("")[0]
    df, tail = trait.residual_df, (1 - level) / 2
    for share in (trait.shares["kinship"], trait.shares["residual"]):
        a = share(h) * Q
        a[share(h) < 1e-8 * share(h).max()] = 0

        def excess(log_x, target, a=a):
            survival = special.chdtrc(df, a * np.exp(-log_x))
            return probability @ survival - target

        bounds = np.log(a.max()) - 60, np.log(a.max()) + 60
        ends = [
            np.exp(optimize.brentq(excess, *bounds, args=(target,)))
            if excess(bounds[0], target) < 0
            else 0.0
            for target in (tail, 1 - tail)
        ]
        yield ends


def hardly_more_samples_than_fixed_effects():
    rng = np.random.default_rng(0)
    A = rng.standard_normal((5, 5))
    lmm = LMMRegressor(Kinship(A @ A.T, range(5)), sample_id=0)
    return lmm.fit(np.arange(5)[:, None], rng.standard_normal(5))


@pytest.mark.parametrize(
    "fitted", [one_large_eigenvalue, of_markers, hardly_more_samples_than_fixed_effects]
)
@pytest.mark.parametrize("level", [0.5, 0.95])
def test_intervals_of_a_fine_grid(fitted, level):
    lmm, *grid = on_a_grid(fitted)
    found = [
        confidence_interval(lmm, parameter, level=level) for parameter in ("kinship", "residual")
    ]
    np.testing.assert_allclose(found, list(by_a_grid(lmm, *grid, level)), rtol=1e-4, atol=1e-6)


def test_where_the_search_of_probability_starts_does_not_matter():
    """Leave-one-out may choose an h that the data speak against."""
    trait = fitted_model(of_markers()).traits("")[0]
    expected = trait.pivotal_distribution.interval(trait.shares["kinship"], 0.95)
    for h in (0.0, 1e-3, 0.999, 1.0):
        found = PivotalDistribution.from_pivot(trait.pivot, h).interval(
            trait.shares["kinship"], 0.95
        )
        np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-9)


@cache
def of_a_centered_kinship(scale):
    """A fit, and its intervals of s and t."""
    population = simulate(n=40, m=60, seed=2, h=0.7)
    centered = population.K - population.K.mean(axis=0)
    centered -= centered.mean(axis=1)[:, None]
    kinship = Kinship(scale * centered, population.ids)
    lmm = LMMRegressor(kinship, sample_id=0).fit(population.array, population.y)
    return lmm, [confidence_interval(lmm, parameter) for parameter in ("kinship", "residual")]


@pytest.mark.parametrize("scale", [1e-8, 1e3, 1e9])
def test_variances_on_the_scale_of_the_kinship(scale):
    lmm, found = of_a_centered_kinship(scale)
    of_kinship, of_residual = of_a_centered_kinship(1.0)[1]
    np.testing.assert_allclose(found, [of_kinship / scale, of_residual], rtol=1e-5)
    assert 0 < confidence_interval(lmm, "total")[0] < lmm.v_


@pytest.mark.parametrize("scale", [1.0, 1e6])
def test_the_end_is_not_excluded_where_nothing_excludes_it(scale):
    """K is singular, as a centered one is, so that V cannot be factored at h = 1."""
    rng = np.random.default_rng(1)
    Z = rng.binomial(2, 0.5, (30, 100)).astype(float)
    Z -= Z.mean(axis=0)
    K = Z @ Z.T
    lmm = LMMRegressor(Kinship(scale * K * 30 / np.trace(K), range(30)), sample_id=0)
    lmm.fit(np.arange(30)[:, None], Z @ rng.standard_normal(100))
    assert lmm.h_ == 1
    assert confidence_interval(lmm)[1] == 1
    assert confidence_interval(lmm, "residual")[0] == 0
