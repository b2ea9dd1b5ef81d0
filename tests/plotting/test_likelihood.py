import numpy as np
import pytest
from numpy.testing import assert_allclose

from sklmm import Kinship, LMMRegressor
from sklmm.inference import confidence_interval
from sklmm.plotting import LikelihoodProfileDisplay

pytest.importorskip("matplotlib", reason="matplotlib is not installed")

FAMILY = np.repeat(np.arange(20), 5)
SIBS = Kinship((np.equal.outer(FAMILY, FAMILY) + np.eye(100)) / 2, range(100))
IDS = np.arange(100)[:, None]


def fit_sibs(between, within, **parameters):
    """Families that differ by so much, and sibs that do."""
    rng = np.random.default_rng(0)
    noise = rng.standard_normal(100)
    noise -= (np.bincount(FAMILY, noise) / 5)[FAMILY]
    y = between * rng.standard_normal(20)[FAMILY] + within * noise
    return LMMRegressor(SIBS, sample_id=0, **parameters).fit(IDS, y)


def test_curve_is_the_log_likelihood(lmm):
    display = LikelihoodProfileDisplay.from_estimator(lmm)
    h, values = display.line_.get_data()
    assert_allclose(values, lmm.log_likelihood(h) - lmm.log_likelihood_, atol=1e-9)
    assert values.max() == pytest.approx(0, abs=1e-9)
    assert_allclose(display.point_.get_data(), [[lmm.h_], [0]], atol=1e-12)


@pytest.mark.parametrize("level", [0.8, 0.95])
def test_bars_are_the_intervals(lmm, level):
    methods = ("wald", "profile", "exact")
    display = LikelihoodProfileDisplay.from_estimator(lmm, intervals=methods, level=level)
    assert tuple(display.intervals_) == methods
    for method, bar in display.intervals_.items():
        expected = confidence_interval(lmm, method=method, level=level)
        assert_allclose(bar.get_xdata(), expected)
        assert bar.get_label() == f"{100 * level:g} %, {method}"
    heights = [bar.get_ydata()[0] for bar in display.intervals_.values()]
    low, high = display.ax_.get_ylim()
    assert (np.diff(heights) < 0).all()
    assert low < min(heights) < max(heights) < display.drop_.get_ydata()[0]
    assert high > 0


def test_profile_interval_is_where_the_curve_crosses_the_drop():
    lmm = fit_sibs(1, 1)
    display = LikelihoodProfileDisplay.from_estimator(lmm, intervals=("profile",))
    drop = display.drop_.get_ydata()[0]
    assert drop == pytest.approx(-1.9207, abs=1e-4)
    low, high = display.intervals_["profile"].get_xdata()
    assert (low > 0, high) == (True, 1)
    crossings = [low]
    assert_allclose(lmm.log_likelihood(crossings) - lmm.log_likelihood_, drop, rtol=1e-6)


def test_picture_reaches_as_far_as_the_curve():
    lmm = fit_sibs(1, 0.1)
    display = LikelihoodProfileDisplay.from_estimator(lmm, intervals=())
    ends = lmm.log_likelihood(display.h[[0, -1]]) - lmm.log_likelihood_
    assert display.h[0] > 0.5
    assert ends[0] == pytest.approx(-8, abs=1e-6)
    low, high = display.ax_.get_xlim()
    assert low < display.h[0] < display.h[-1] < high
    assert not display.intervals_


def test_high_levels_are_in_the_picture():
    display = LikelihoodProfileDisplay.from_estimator(fit_sibs(1, 1), level=1 - 1e-7)
    drop, bottom = display.drop_.get_ydata()[0], display.ax_.get_ylim()[0]
    assert drop < -14
    assert bottom == pytest.approx(1.5 * drop)


@pytest.mark.parametrize(("between", "within", "h"), [(0, 1, 0.0), (1, 0.01, 1.0)])
def test_estimate_at_an_end_is_not_clipped(between, within, h):
    lmm = fit_sibs(between, within)
    assert lmm.h_ == h
    display = LikelihoodProfileDisplay.from_estimator(lmm)
    assert display.point_.get_xdata()[0] == h
    assert not display.point_.get_clip_on()
    assert not any(bar.get_clip_on() for bar in display.intervals_.values())
    low, high = display.ax_.get_xlim()
    assert low < h < high


def test_no_wald_interval_at_an_end():
    display = LikelihoodProfileDisplay.from_estimator(fit_sibs(0, 1), intervals=("wald",))
    display.figure_.canvas.draw()
    assert np.isfinite(display.h).all()
    assert display.intervals_["wald"].get_label() == "95 %, wald: none"


def test_h_on_another_scale():
    """The curve is as smooth, though it is narrow."""
    times_1000 = Kinship(1000 * SIBS.matrix, range(100))
    y = fit_sibs(1, 1).predict(IDS) + np.random.default_rng(1).standard_normal(100)
    lmm = LMMRegressor(times_1000, sample_id=0).fit(IDS, y)
    assert lmm.h_ < 0.01
    values = LikelihoodProfileDisplay.from_estimator(lmm).line_.get_ydata()
    assert np.abs(np.diff(values[values > -3])).max() < 0.3


def test_flat_likelihood():
    with pytest.warns(UserWarning, match="does not depend on h"):
        lmm = LMMRegressor(Kinship(np.eye(20), range(20)), sample_id=0).fit(
            np.arange(20)[:, None], np.random.default_rng(0).standard_normal(20)
        )
    display = LikelihoodProfileDisplay.from_estimator(lmm)
    assert_allclose(display.line_.get_ydata(), 0, atol=1e-9)
    assert_allclose(display.h[[0, -1]], [0, 1])


@pytest.mark.parametrize(
    ("h", "origin"),
    [
        (0.1, r"h=0\.1 was given, and not estimated by the likelihood"),
        ("loo", r"h='loo' does not maximize the likelihood"),
    ],
)
def test_h_that_is_not_of_the_likelihood(h, origin, lmm, population):
    other = LMMRegressor(population.kinship, sample_id=0, h=h).fit(population.array, population.y)
    display = LikelihoodProfileDisplay.from_estimator(other)
    assert list(display.intervals) == ["exact"]
    assert_allclose(display.intervals["exact"], confidence_interval(other))
    below = other.log_likelihood_ - lmm.log_likelihood_
    assert below < -1e-3
    assert_allclose(display.point_.get_data(), [[other.h_], [below]])
    assert display.line_.get_ydata().max() == pytest.approx(0, abs=1e-9)
    message = (
        rf"^{origin}, and intervals=\('exact', 'wald'\) names others than 'exact', which alone "
        r"needs no maximum\. Use intervals=\('exact',\), or fit with h=None\."
    )
    with pytest.raises(ValueError, match=message):
        LikelihoodProfileDisplay.from_estimator(other, intervals=("exact", "wald"))


def test_one_trait_of_several(two_traits, population):
    Y, both = two_traits
    alone = LMMRegressor(population.kinship, sample_id=0).fit(population.array, Y[:, 1])
    of_both = LikelihoodProfileDisplay.from_estimator(both, trait=1)
    of_one = LikelihoodProfileDisplay.from_estimator(alone)
    assert of_both.estimate == pytest.approx(alone.h_)
    assert_allclose(of_both.h, of_one.h, atol=1e-9)
    assert_allclose(of_both.log_likelihood, of_one.log_likelihood, atol=1e-8)


def test_style(lmm):
    display = LikelihoodProfileDisplay.from_estimator(
        lmm, line_kwargs={"lw": 5}, point_kwargs={"c": "red"}, interval_kwargs={"alpha": 0.25}
    )
    assert display.line_.get_linewidth() == 5
    assert display.point_.get_color() == "red"
    assert {bar.get_alpha() for bar in display.intervals_.values()} == {0.25}


@pytest.mark.parametrize(
    ("intervals", "error", "message"),
    [
        (
            ("exact", "likelihood"),
            ValueError,
            r"intervals\[1\]='likelihood' is unknown. Use one",
        ),
        ("exact", TypeError, r"intervals must be a sequence of methods, such as \('exact',\)"),
        (1, TypeError, "intervals must be a sequence of methods"),
    ],
)
def test_unknown_intervals(lmm, intervals, error, message):
    with pytest.raises(error, match=message):
        LikelihoodProfileDisplay.from_estimator(lmm, intervals=intervals)


def test_no_likelihood():
    with pytest.warns(UserWarning, match="exact linear function"):
        lmm = LMMRegressor(SIBS, sample_id=0).fit(IDS, np.ones(100))
    with pytest.raises(ValueError, match="y is an exact function of the fixed effects"):
        LikelihoodProfileDisplay.from_estimator(lmm)


def test_unbounded_likelihood(population):
    center = np.eye(60) - 1 / 60
    kinship = Kinship(center @ population.K @ center, population.ids)
    y = np.linalg.cholesky(population.K) @ np.random.default_rng(0).standard_normal(60)
    lmm = LMMRegressor(kinship, sample_id=0, method="ml")
    with pytest.warns(UserWarning, match="grows without bound"):
        lmm.fit(population.ids[:, None], y)
    with pytest.raises(ValueError, match="The likelihood is unbounded, and has no maximum"):
        LikelihoodProfileDisplay.from_estimator(lmm, intervals=("exact",))
