import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from population import simulate
from scipy.stats import norm

from sklmm import LMMRegressor
from sklmm.inference import prediction_errors, variance_components
from sklmm.plotting import RandomEffectsDisplay

collections = pytest.importorskip("matplotlib.collections", reason="matplotlib is not installed")


def test_points_are_ranked_blups(lmm, population):
    display = RandomEffectsDisplay.from_estimator(lmm, population.array)
    ranks, effects = display.points_.get_data()
    assert_array_equal(ranks, np.arange(1, 61))
    assert_array_equal(effects, np.sort(lmm.predict_random(population.array)))
    assert_array_equal(lmm.predict_random(population.array)[display.order_], effects)


def test_bars_are_the_intervals(lmm, population):
    display = RandomEffectsDisplay.from_estimator(lmm, population.array, level=0.8)
    assert isinstance(display.intervals_, collections.LineCollection)
    expected = prediction_errors(lmm, population.array).interval("random_effect", 0.8)
    segments = np.array(display.intervals_.get_segments())
    assert_allclose(segments[:, :, 1], expected[display.order_])
    assert_array_equal(segments[:, 0, 0], np.arange(1, 61))
    assert display.ax_.get_ylabel() == "BLUP and 80 % interval"


def test_many_intervals_are_a_band():
    many = simulate(n=200, m=50, seed=1)
    lmm = LMMRegressor(many.kinship, sample_id=0).fit(many.array, many.y)
    display = RandomEffectsDisplay.from_estimator(lmm, many.array)
    assert isinstance(display.intervals_, collections.PolyCollection)
    (path,) = display.intervals_.get_paths()
    assert path.vertices[:, 1].min() == pytest.approx(display.interval.min())
    assert path.vertices[:, 1].max() == pytest.approx(display.interval.max())


def test_distribution_beside_the_prior(lmm, population):
    display = RandomEffectsDisplay.from_estimator(lmm, population.array)
    area = sum(bar.get_width() * bar.get_height() for bar in display.histogram_)
    assert area == pytest.approx(1)
    std = np.sqrt(variance_components(lmm).estimate["kinship"] * population.K.diagonal().mean())
    assert display.prior_std == pytest.approx(std)
    density, effects = display.prior_.get_data()
    assert_allclose(density, norm.pdf(effects, scale=std))
    assert display.histogram_ax_.get_ylim() == display.ax_.get_ylim()


def test_ranks_keep_off_the_distribution(lmm, population):
    display = RandomEffectsDisplay.from_estimator(lmm, population.array)
    display.figure_.canvas.draw()
    last = display.ax_.transData.transform([60, 0])[0]
    assert last < display.histogram_ax_.get_window_extent().x0
    assert max(display.ax_.get_xticks()) <= 60


def test_no_variance_follows_K(population):
    lmm = LMMRegressor(population.kinship, sample_id=0, h=0.0).fit(population.array, population.y)
    display = RandomEffectsDisplay.from_estimator(lmm, population.array)
    assert display.prior_ is None
    assert_array_equal(display.points_.get_ydata(), 0)
    display.figure_.canvas.draw()


@pytest.mark.parametrize("n", [1, 2])
def test_few_rows(lmm, population, n):
    display = RandomEffectsDisplay.from_estimator(lmm, population.array[:n])
    display.figure_.canvas.draw()
    assert len(display.points_.get_xdata()) == n


def test_one_trait_of_several(two_traits, population):
    _, lmm = two_traits
    display = RandomEffectsDisplay.from_estimator(lmm, population.array, trait=1)
    assert_allclose(display.random_effects, lmm.predict_random(population.array)[:, 1])
    s = variance_components(lmm).estimate["kinship"][1]
    assert display.prior_std == pytest.approx(np.sqrt(s * population.K.diagonal().mean()))


def test_style(lmm, population):
    display = RandomEffectsDisplay.from_estimator(
        lmm,
        population.array,
        point_kwargs={"ms": 9},
        interval_kwargs={"lw": 4},
        histogram_kwargs={"bins": 3},
        prior_kwargs={"c": "black"},
    )
    assert display.points_.get_markersize() == 9
    assert display.intervals_.get_linewidth() == [4]
    assert len(display.histogram_) == 3
    assert display.prior_.get_color() == "black"


@pytest.mark.parametrize("n", [150, 151])
@pytest.mark.parametrize("name", ["color", "colors"])
def test_color_of_bars_and_band(n, name):
    effects = np.linspace(-1, 1, n)
    interval = np.column_stack([effects - 1, effects + 1])
    display = RandomEffectsDisplay(random_effects=effects, interval=interval, prior_std=1.0)
    intervals = display.plot(interval_kwargs={name: "red"}).intervals_
    is_line = isinstance(intervals, collections.LineCollection)
    assert is_line == (n == 150)
    color = intervals.get_edgecolor() if is_line else intervals.get_facecolor()
    assert_array_equal(color[:, :3], [[1, 0, 0]])
