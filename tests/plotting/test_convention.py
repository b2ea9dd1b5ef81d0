"""All displays: the axes given, what comes back, and what is refused."""

import re
import sys

import pytest
from sklearn.pipeline import make_pipeline

from sklmm import LMMRegressor
from sklmm.plotting import (
    KinshipDisplay,
    LikelihoodProfileDisplay,
    PredictionDisplay,
    RandomEffectsDisplay,
)

plt = pytest.importorskip("matplotlib.pyplot", reason="matplotlib is not installed")

DRAWN_BY = {
    LikelihoodProfileDisplay: lambda population: (),
    PredictionDisplay: lambda population: (population.array, population.y),
    RandomEffectsDisplay: lambda population: (population.array,),
    KinshipDisplay: lambda population: (population.array,),
}
OF_A_TRAIT = [LikelihoodProfileDisplay, PredictionDisplay, RandomEffectsDisplay]
displays = pytest.mark.parametrize("display", DRAWN_BY)


def draw(display, lmm, population, **parameters):
    return display.from_estimator(lmm, *DRAWN_BY[display](population), **parameters)


@displays
def test_new_figure(display, lmm, population):
    drawn = draw(display, lmm, population)
    assert isinstance(drawn, display)
    assert plt.get_fignums() == [drawn.figure_.number]
    assert drawn.ax_ in drawn.figure_.axes


@displays
def test_axes_given_are_used(display, lmm, population):
    figure, axes = plt.subplots(1, 2)
    drawn = draw(display, lmm, population, ax=axes[1])
    assert drawn.ax_ is axes[1]
    assert drawn.figure_ is figure
    assert not axes[0].has_data()
    figure.canvas.draw()


@displays
def test_axes_of_a_subfigure(display, lmm, population):
    figure = plt.figure(layout="constrained")
    left, right = figure.subfigures(1, 2)
    drawn = draw(display, lmm, population, ax=left.subplots())
    assert drawn.figure_ is left
    assert not right.axes
    figure.canvas.draw()


@displays
def test_plot_draws_again_and_returns_the_display(display, lmm, population):
    drawn = draw(display, lmm, population)
    first = drawn.ax_
    assert drawn.plot() is drawn
    assert drawn.ax_ is not first


@displays
def test_no_style_is_changed(display, lmm, population):
    before = dict(plt.rcParams)
    draw(display, lmm, population).figure_.canvas.draw()
    assert dict(plt.rcParams) == before


@displays
def test_without_matplotlib(display, lmm, population, monkeypatch):
    drawn = draw(display, lmm, population)
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    message = re.escape("sklmm.plotting needs matplotlib: pip install 'sklmm[plot]'.")
    with pytest.raises(ImportError, match=message):
        draw(display, lmm, population)
    with pytest.raises(ImportError, match=message):
        drawn.plot()


@displays
def test_what_is_no_fitted_model(display, lmm, population):
    with pytest.raises(TypeError, match="lmm must be a fitted LMMRegressor, got Pipeline"):
        draw(display, make_pipeline(lmm), population)
    with pytest.raises(ValueError, match="not fitted yet"):
        draw(display, LMMRegressor(), population)


@pytest.mark.parametrize("display", OF_A_TRAIT)
def test_one_of_several_traits(display, two_traits, population):
    _, lmm = two_traits
    with pytest.raises(ValueError, match="The model has 2 traits: choose one by trait="):
        draw(display, lmm, population)
    with pytest.raises(ValueError, match="trait=2 is not one of the 2 traits"):
        draw(display, lmm, population, trait=2)


@pytest.mark.parametrize("display", OF_A_TRAIT)
@pytest.mark.parametrize("level", [0, 1.0, "95"])
def test_level(display, level, lmm, population):
    with pytest.raises(ValueError, match="level must be a number between 0 and 1, got"):
        draw(display, lmm, population, level=level)


@pytest.mark.parametrize("display", OF_A_TRAIT)
def test_reduction_that_was_not_stored(display, population):
    lmm = LMMRegressor(population.kinship, sample_id=0, store_reduction=False)
    with pytest.raises(ValueError, match=r"needs? the reduction of K"):
        draw(display, lmm.fit(population.array, population.y), population)
