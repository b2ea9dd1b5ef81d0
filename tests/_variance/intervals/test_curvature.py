"""The curvature of the profile likelihood, and what it is searched by."""

import numpy as np
import pytest
from models import model_of, reduce

from sklmm._variance.intervals.curvature import (
    Share,
    first_place,
    likelihood_interval,
    likelihood_interval_of_parameter,
    minimum,
    variance_of_h,
)
from sklmm._variance.likelihood.fixed_effects import FixedEffects

N = 50
rng = np.random.default_rng(5)
Z = rng.standard_normal((N, 80))
K = Z @ Z.T / 80
EFFECTS = FixedEffects.from_covariates(rng.standard_normal((N, 1)), fit_intercept=True)
Y = np.linalg.cholesky(K) @ rng.standard_normal((N, 1)) + rng.standard_normal((N, 1))


@pytest.fixture(params=["reml", "ml"])
def maximum(request):
    return model_of(reduce("band", K), EFFECTS, Y, request.param).maximum(0).solution


def test_the_variance_of_h_is_that_of_a_parabola(maximum):
    profile, h, step = maximum.profile, maximum.h, 1e-3
    values = [profile.at(at).log_likelihood for at in (h - step, h, h + step)]
    curvature = (values[0] - 2 * values[1] + values[2]) / step**2
    assert variance_of_h(profile, h) == pytest.approx(-1 / curvature, rel=1e-3)
    assert np.isnan(variance_of_h(profile, 0.0))


def test_the_ends_of_a_likelihood_interval(maximum):
    drop = 0.5
    for end in likelihood_interval(maximum, drop):
        if 0 < end < 1:
            at = maximum.profile.at(end).log_likelihood
            assert at == pytest.approx(maximum.log_likelihood - drop, abs=1e-8)


def test_the_interval_of_v_holds_that_at_the_maximum(maximum):
    share = Share(1.0, 1.0)
    for drop in (1e-12, 0.5):
        interval = likelihood_interval(maximum, drop)
        low, high = likelihood_interval_of_parameter(maximum, drop, share, interval)
        assert low <= maximum.v <= high
    df, x = maximum.profile.degrees_of_freedom, np.array([low, high])
    at_the_same_h = df * (np.log(x / maximum.v) + maximum.v / x - 1)
    assert np.all(at_the_same_h >= 2 * 0.5 - 1e-9)


def test_shares():
    share = Share(2.0, 5.0)
    assert (share(0), share(1), share(0.5)) == (2.0, 5.0, 3.5)
    assert Share(0.0, 1.0).vanishes
    assert not share.vanishes


def test_searches_on_the_way():
    nodes = np.linspace(0, 3, 7)
    assert first_place(lambda x: x - 1.3, nodes) == pytest.approx(1.3)
    assert first_place(lambda x: 1.0, nodes) == 0
    assert first_place(lambda x: 1.7 - x, nodes[::-1]) == pytest.approx(1.7)
    assert minimum(lambda x: (x - 0.4) ** 2 + 1, 0.0, 1.0) == pytest.approx(1)
    assert minimum(lambda x: x, 0.5, 0.5) == 0.5
