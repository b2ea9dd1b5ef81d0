"""All displays: the axes given, what comes back, and what is refused."""

import inspect
import re
import sys

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from scans import made_up
from sklearn.pipeline import make_pipeline

import sklmm.plotting
from sklmm import LMMRegressor
from sklmm.plotting import (
    EffectsDisplay,
    KinshipDisplay,
    LikelihoodProfileDisplay,
    LocusDisplay,
    ManhattanDisplay,
    PredictionDisplay,
    QuantileDisplay,
    RandomEffectsDisplay,
)

plt = pytest.importorskip("matplotlib.pyplot", reason="matplotlib is not installed")

DRAWN_BY = {
    LikelihoodProfileDisplay: lambda population: (),
    PredictionDisplay: lambda population: (population.array, population.y),
    RandomEffectsDisplay: lambda population: (population.array,),
    KinshipDisplay: lambda population: (population.array,),
}
OF_A_SCAN = [EffectsDisplay, LocusDisplay, ManhattanDisplay, QuantileDisplay]
MADE_OF_LISTS = {
    EffectsDisplay: {
        "positions": [1.0, 2.0],
        "effects": [[0.5, -0.5], [0.2, -0.2]],
        "standard_errors": [[0.1, 0.1], [0.1, 0.2]],
        "names": ["a", "b"],
    },
    LocusDisplay: {
        "positions": [1.0, 2.0, 4.0],
        "lod": [0.5, 3.0, 0.1],
        "peak": 2.0,
        "interval": [1.0, 4.0],
        "threshold": 2.5,
    },
    ManhattanDisplay: {
        "values": [1.0, 2.0, 0.5],
        "chromosomes": ["1", "1", "2"],
        "positions": [1, 5, 2],
        "threshold": 1.5,
    },
    QuantileDisplay: {"neg_log10_pvalues": [0.1, 2.0, 0.3], "inflation": 1.1},
    LikelihoodProfileDisplay: {
        "h": [0.0, 0.5, 1.0],
        "log_likelihood": [-2.0, 0.0, -1.0],
        "estimate": 0.5,
        "intervals": {"exact": [0.2, 0.8]},
    },
    PredictionDisplay: {
        "y_true": [1.0, 2.0, 3.0],
        "y_pred": [1.5, 2.0, 2.5],
        "reliability": [0.1, 0.2, 0.3],
        "interval": [[1.0, 2.0], [1.5, 2.5], [2.0, 3.0]],
    },
    RandomEffectsDisplay: {
        "random_effects": [0.5, -0.5, 0.0],
        "interval": [[0.0, 1.0], [-1.0, 0.0], [-0.5, 0.5]],
        "prior_std": 0.5,
    },
    KinshipDisplay: {
        "relationships": [[1, 0, 0.5], [0, 1, 0], [0.5, 0, 1]],
        "order": [0, 1, 2],
        "labels": ["a", "b", "c"],
    },
}
OF_A_TRAIT = [LikelihoodProfileDisplay, PredictionDisplay, RandomEffectsDisplay]
DISPLAYS = [*DRAWN_BY, *OF_A_SCAN]
SCAN = made_up([1.0, 0.2, 3.0, 2.0], positions=np.arange(4.0), founders=["a"])
displays = pytest.mark.parametrize("display", DISPLAYS)
styles = pytest.mark.parametrize(
    ("display", "name"),
    [
        (display, name)
        for display in DISPLAYS
        for name in inspect.signature(display.plot).parameters
        if name.endswith("_kwargs")
    ],
)


def draw(display, lmm, population, **parameters):
    """Draw a model, or a scan; none if the model is not fitted."""
    if display in OF_A_SCAN:
        return display.from_scan(SCAN if hasattr(lmm, "h_") else None, **parameters)
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
    for name in [name for name in sys.modules if name.split(".")[0] == "matplotlib"]:
        monkeypatch.setitem(sys.modules, name, None)
    message = re.escape("sklmm.plotting needs matplotlib: pip install 'sklmm[plot]'.")
    with pytest.raises(ImportError, match=message):
        draw(display, lmm, population)
    with pytest.raises(ImportError, match=message):
        drawn.plot()


@displays
@pytest.mark.parametrize(("ax", "kind"), [("left", "str"), (np.empty(2, object), "ndarray")])
def test_what_is_no_axes(display, ax, kind, population):
    message = (
        rf"ax must be a matplotlib Axes, got {kind}\. Of an array of axes, pass one element; None "
        r"makes a new figure\."
    )
    with pytest.raises(TypeError, match=message):
        display(**MADE_OF_LISTS[display]).plot(ax)
    with pytest.raises(TypeError, match=message):
        draw(display, LMMRegressor(), population, ax=ax)
    assert not plt.get_fignums()


@styles
@pytest.mark.parametrize("style", [1, 0, "a", [], np.ones(2)], ids=repr)
def test_styles_that_are_no_dict(display, name, style, population):
    message = re.escape(f"{name} must be a dict or None, got {style!r}.")
    with pytest.raises(TypeError, match=message):
        display(**MADE_OF_LISTS[display]).plot(**{name: style})
    with pytest.raises(TypeError, match=message):
        draw(display, LMMRegressor(), population, **{name: style})
    assert not plt.get_fignums()


@styles
def test_styles_without_a_key(display, name):
    display(**MADE_OF_LISTS[display]).plot(**{name: {}}).figure_.canvas.draw()


def test_all_displays_are_here():
    assert {display.__name__ for display in DISPLAYS} == set(sklmm.plotting.__all__)


@pytest.mark.parametrize("display", OF_A_SCAN)
def test_what_is_no_scan(display, lmm):
    message = r"result must be a Scan, got LMMRegressor\. Make one by sklmm\.association\.scan"
    with pytest.raises(TypeError, match=message):
        display.from_scan(lmm)
    assert not plt.get_fignums()


@pytest.mark.parametrize("display", OF_A_SCAN)
def test_one_of_several_traits_of_a_scan(display):
    result = made_up([[1.0, 2.0], [3.0, 4.0]], positions=np.arange(2.0))
    with pytest.raises(ValueError, match="The scan has 2 traits: choose one by trait="):
        display.from_scan(result)
    with pytest.raises(ValueError, match="trait=2 is not one of the 2 traits"):
        display.from_scan(result, trait=2)
    assert display.from_scan(result, trait=1).ax_.has_data()


@pytest.mark.parametrize("display", OF_A_SCAN)
def test_a_trait_by_its_name(display):
    values = [[1.0, 2.0], [3.0, 4.0]]
    result = made_up(values, positions=np.arange(2.0), trait_names=["CD4", "CD8"])

    def drawn(trait):
        ax = display.from_scan(result, trait=trait).ax_
        offsets = [points.get_offsets() for points in ax.collections]
        return [*(line.get_xydata() for line in ax.get_lines()), *offsets]

    for one, other in zip(drawn("CD8"), drawn(1), strict=True):
        assert_array_equal(one, other)
    with pytest.raises(ValueError, match=r"trait='MCH' is not .* or one of \['CD4', 'CD8'\]\."):
        display.from_scan(result, trait="MCH")


@pytest.mark.parametrize("display", OF_A_SCAN)
def test_nothing_was_tested(display):
    message = "result has no marker that was tested, and there is nothing to draw"
    with pytest.raises(ValueError, match=message):
        display.from_scan(made_up([np.nan, np.nan]))
    assert not plt.get_fignums()


@pytest.mark.parametrize("display", [EffectsDisplay, LocusDisplay, QuantileDisplay])
def test_not_all_markers_are_kept(display):
    result = made_up([1.0, 2.0], markers=np.array([5, 7]), traits=np.array([0, 0]))
    with pytest.raises(ValueError, match=r"result has only some markers .*keep='all'"):
        display.from_scan(result)


@pytest.mark.parametrize("display", OF_A_SCAN)
def test_type_is_large_enough_to_read(display):
    figure = display.from_scan(SCAN).figure_
    figure.canvas.draw()
    texts = [text for text in figure.findobj(plt.Text) if text.get_text() and text.get_visible()]
    assert min(text.get_fontsize() for text in texts) >= 9


@pytest.mark.parametrize("display", DRAWN_BY)
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


@pytest.mark.parametrize("display", [*OF_A_TRAIT, QuantileDisplay])
@pytest.mark.parametrize("level", [0, 1.0, "95"])
def test_level(display, level, lmm, population):
    with pytest.raises(ValueError, match="level must be a number between 0 and 1, got"):
        draw(display, lmm, population, level=level)


@pytest.mark.parametrize("display", OF_A_TRAIT)
def test_reduction_that_was_not_stored(display, population):
    lmm = LMMRegressor(population.kinship, sample_id=0, store_reduction=False)
    with pytest.raises(ValueError, match=r"needs? the reduction of K"):
        draw(display, lmm.fit(population.array, population.y), population)


@displays
def test_lists_are_drawn_as_arrays(display):
    made = display(**MADE_OF_LISTS[display]).plot()
    made.figure_.canvas.draw()
    assert made.ax_.has_data()


@pytest.mark.parametrize(
    "display", [LikelihoodProfileDisplay, RandomEffectsDisplay, QuantileDisplay]
)
def test_level_of_a_display(display):
    made = display(**MADE_OF_LISTS[display], level=2)
    with pytest.raises(ValueError, match=r"level must be a number between 0 and 1, got 2\."):
        made.plot()
    assert not plt.get_fignums()
