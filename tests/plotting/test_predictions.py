import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from sklmm import LMMRegressor
from sklmm.inference import prediction_errors
from sklmm.plotting import PredictionDisplay

plt = pytest.importorskip("matplotlib.pyplot", reason="matplotlib is not installed")


def test_points_and_colors_are_those_of_inference(lmm, population):
    rows = slice(5, 25)
    X, y = population.array[rows], population.y[rows]
    display = PredictionDisplay.from_estimator(lmm, X, y)
    errors = prediction_errors(lmm, X)
    assert_allclose(display.scatter_.get_offsets(), np.column_stack([errors.mean, y]))
    assert_allclose(display.scatter_.get_array(), errors.reliability)
    limits = display.colorbar_.vmin, display.colorbar_.vmax
    assert limits == (errors.reliability.min(), errors.reliability.max())
    assert display.errorbar_ is None


def test_line_is_the_identity(lmm, population):
    display = PredictionDisplay.from_estimator(lmm, population.array, population.y)
    assert display.line_.get_slope() == 1
    assert display.line_.get_xy1()[0] == display.line_.get_xy1()[1]


@pytest.mark.parametrize("level", [0.8, 0.01])
@pytest.mark.parametrize("of", ["mean", "observation"])
def test_intervals(lmm, population, of, level):
    """From end to end, also where the prediction is outside of an interval that is so short."""
    display = PredictionDisplay.from_estimator(
        lmm, population.array, population.y, interval=of, level=level
    )
    _, _, (bars,) = display.errorbar_
    ends = np.array([bar[:, 0] for bar in bars.get_segments()])
    assert_allclose(ends, prediction_errors(lmm, population.array).interval(of, level))


def test_constant_reliability_has_the_whole_scale(population):
    lmm = LMMRegressor(population.kinship, sample_id=0, h=0.0).fit(population.array, population.y)
    display = PredictionDisplay.from_estimator(lmm, population.array, population.y)
    assert_array_equal(display.scatter_.get_array(), 0)
    assert display.scatter_.get_clim() == (0, 1)
    display.figure_.canvas.draw()


def test_one_trait_of_several(two_traits, population):
    Y, lmm = two_traits
    display = PredictionDisplay.from_estimator(
        lmm, population.array, Y, trait=1, interval="observation"
    )
    errors = prediction_errors(lmm, population.array)
    assert_array_equal(display.y_true, Y[:, 1])
    assert_allclose(display.y_pred, errors.mean[:, 1])
    assert_allclose(display.reliability, errors.reliability[:, 1])
    assert_allclose(display.interval, errors.interval("observation")[:, 1])


def test_missing_observations_are_left_out(population):
    y = population.y.copy()
    y[[3, 7]] = np.nan
    lmm = LMMRegressor(population.kinship, sample_id=0, missing_y="drop").fit(population.array, y)
    display = PredictionDisplay.from_estimator(lmm, population.array, y, interval="mean")
    assert_array_equal(display.y_true, np.delete(population.y, [3, 7]))
    assert len(display.y_pred) == len(display.reliability) == len(display.interval) == 58
    assert np.isnan(y).sum() == 2


def test_infinite_intervals_can_be_drawn(population):
    """A covariate that is constant in the training rows and not in the new ones."""
    X = np.column_stack([population.array[:, :1], np.arange(60) >= 50])
    lmm = LMMRegressor(population.kinship, sample_id=0).fit(X[:50], population.y[:50])
    display = PredictionDisplay.from_estimator(lmm, X, population.y, interval="mean")
    assert np.isinf(display.interval).any()
    display.figure_.canvas.draw()


def test_style(lmm, population):
    display = PredictionDisplay.from_estimator(
        lmm,
        population.array,
        population.y,
        interval="mean",
        scatter_kwargs={"marker": "s", "lw": 2, "cmap": "cividis"},
        line_kwargs={"ls": ":"},
        errorbar_kwargs={"elinewidth": 3},
    )
    assert display.scatter_.get_linewidth() == [2]
    assert display.scatter_.get_cmap().name == "cividis"
    assert display.line_.get_linestyle() == ":"
    assert display.errorbar_[2][0].get_linewidth() == [3]


def test_from_predictions():
    y_true, y_pred = [1.0, np.nan, 3.0], pd.Series([1.5, 2.0, 2.5])
    display = PredictionDisplay.from_predictions(
        y_true, y_pred, reliability=[0.1, 0.2, 0.9], missing_y="drop"
    )
    assert_array_equal(display.scatter_.get_offsets(), [[1.5, 1.0], [2.5, 3.0]])
    assert_array_equal(display.scatter_.get_array(), [0.1, 0.9])


def test_from_predictions_without_reliability():
    display = PredictionDisplay.from_predictions(
        [1.0, 2.0], [1.5, 1.0], scatter_kwargs={"color": "red"}
    )
    assert display.colorbar_ is None
    assert display.scatter_.get_array() is None
    assert_array_equal(display.scatter_.get_facecolor(), [[1, 0, 0, 1]])
    assert len(display.figure_.axes) == 1


RED = (1.0, 0.0, 0.0, 1.0)
COLORS = [{name: "red"} for name in ("c", "color", "facecolor", "facecolors", "fc")]
SHARES = [None, [0.1, 0.5, 0.9]]


def drawn_with(style, reliability):
    display = PredictionDisplay.from_predictions(
        [1.0, 2.0, 3.0], [1.5, 1.0, 3.5], reliability=reliability, scatter_kwargs=style
    )
    display.figure_.canvas.draw()
    return display


@pytest.mark.parametrize("style", COLORS, ids=str)
@pytest.mark.parametrize("reliability", SHARES, ids=str)
def test_color_takes_the_place_of_the_reliability(style, reliability):
    display = drawn_with(style, reliability)
    assert display.scatter_.get_array() is None
    assert_array_equal(display.scatter_.get_facecolor(), [RED])
    assert display.colorbar_ is None
    assert len(display.figure_.axes) == 1


@pytest.mark.parametrize("reliability", SHARES, ids=str)
def test_other_values_as_colors(reliability):
    display = drawn_with({"c": [5.0, 6.0, 7.0], "cmap": "cividis"}, reliability)
    assert display.scatter_.get_clim() == (5, 7)
    assert display.colorbar_ is None


@pytest.mark.parametrize("reliability", SHARES, ids=str)
@pytest.mark.parametrize("style", [{"marker": "x"}, {"marker": "+", "c": "red"}], ids=str)
def test_markers_that_cannot_be_filled(style, reliability):
    display = drawn_with(style, reliability)
    assert display.scatter_.get_linewidth() == [plt.rcParams["lines.linewidth"]]


def test_marker_of_the_style_sheet():
    with plt.rc_context({"scatter.marker": "x"}):
        drawn_with({"marker": None}, None)


@pytest.mark.parametrize("style", [{"norm": plt.Normalize(-1, 2)}, {"clim": (-1, 2)}])
def test_norm_takes_the_place_of_limits(style):
    display = drawn_with(style, SHARES[1])
    assert display.scatter_.get_clim() == (-1, 2)
    assert display.colorbar_.vmin == -1


def test_style_of_intervals():
    display = PredictionDisplay(y_true=[1, 2], y_pred=[1, 2], interval=[[0, 2], [1, 3]])
    (bars,) = display.plot(errorbar_kwargs={"c": "red", "lw": 3}).errorbar_[2]
    assert_array_equal(bars.get_color()[0, :3], RED[:3])
    assert bars.get_linewidth() == [3]


def series(values, index):
    return pd.Series(values, index=index)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (([1.0, 2.0], [1.0]), "inconsistent numbers of samples"),
        (([[1.0, 2.0]], [1.0]), r"y_true must have shape \(n_samples,\), got shape \(1, 2\)"),
        (([1.0], [[1.0, 2.0]]), r"y_pred must have shape .* such as np.asarray\(y_pred\)\[:, 0\]"),
        (([1.0, np.nan], [1.0, 2.0]), "Input y_true contains NaN"),
        (([1.0, 2.0], [1.0, np.nan]), "Input y_pred contains NaN"),
        (
            (series([1.0, 2.0], ["a", "b"]), series([1.0, 2.0], ["b", "a"])),
            r"y_true and y_pred have different indexes",
        ),
    ],
)
def test_predictions_that_are_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        PredictionDisplay.from_predictions(*arguments)


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"reliability": [0.5]}, r"reliability has shape \(1,\), but y_true has shape \(2,\)"),
        ({"reliability": 0.5}, r"reliability has shape \(\), .* one number for each observation"),
        ({"reliability": [[0.1, 0.2], [0.3, 0.4]]}, r"reliability has shape \(2, 2\), but"),
        ({"reliability": [0.5, 1.5]}, r"reliability must be in \[0, 1\], got 1.5"),
        ({"missing_y": "ignore"}, "missing_y='ignore' is unknown. Use one of"),
    ],
)
def test_parameters_that_are_refused(parameters, message):
    with pytest.raises(ValueError, match=message):
        PredictionDisplay.from_predictions([1.0, 2.0], [1.0, 2.0], **parameters)


@pytest.mark.parametrize("labeled", ["y_true", "y_pred"])
def test_reliability_of_another_order(labeled):
    columns = {"y_true": [1.0, 2.0], "y_pred": [1.0, 2.0]}
    columns[labeled] = series(columns[labeled], ["a", "b"])
    shares = series([0.9, 0.1], ["b", "a"])
    message = rf"{labeled} and reliability have different indexes: .* Use reliability\.loc"
    with pytest.raises(ValueError, match=message):
        PredictionDisplay.from_predictions(**columns, reliability=shares)


@pytest.mark.parametrize("reliability", SHARES, ids=str)
def test_nothing_was_observed(reliability):
    message = r"^y_true has no value, and there is nothing to draw\. Pass rows that were observed"
    with pytest.raises(ValueError, match=message):
        PredictionDisplay.from_predictions(
            [np.nan] * 3, [1.0, 2.0, 3.0], reliability=reliability, missing_y="drop"
        )
    assert not plt.get_fignums()


def test_nothing_was_observed_of_a_model(population):
    X, y = population.array, population.y
    Y = np.column_stack([y, y[::-1]])
    lmm = LMMRegressor(population.kinship, sample_id=0, missing_y="drop")
    nothing = np.full(60, np.nan)
    with pytest.raises(ValueError, match=r"^y has no value, and there is nothing to draw\."):
        PredictionDisplay.from_estimator(lmm.fit(X, y), X, nothing)
    with pytest.raises(ValueError, match=r"^y\[:, 1\] has no value"):
        PredictionDisplay.from_estimator(lmm.fit(X, Y), X, np.column_stack([y, nothing]), trait=1)


def test_appearance_that_is_refused():
    with pytest.raises(TypeError, match=r"ax must be a matplotlib Axes, got list\."):
        PredictionDisplay.from_predictions([1.0], [1.0], ax=[])
    with pytest.raises(TypeError, match=r"scatter_kwargs must be a dict or None, got 'r'\."):
        PredictionDisplay.from_predictions([1.0], [1.0], scatter_kwargs="r")


def test_observations_that_are_refused(lmm, population):
    X, y = population.array, population.y
    with pytest.raises(ValueError, match="inconsistent numbers of samples"):
        PredictionDisplay.from_estimator(lmm, X, y[:-1])
    with pytest.raises(ValueError, match=r"y has shape \(60, 1\), but the predictions have"):
        PredictionDisplay.from_estimator(lmm, X, y[:, None])
    with pytest.raises(ValueError, match="interval='random_effect' is unknown"):
        PredictionDisplay.from_estimator(lmm, X, y, interval="random_effect")


def test_observations_of_another_order(population):
    lmm = LMMRegressor(population.kinship, sample_id="id").fit(population.frame, population.y)
    frame = population.frame.set_index(population.ids)
    y = pd.Series(population.y, index=population.ids)[::-1]
    with pytest.raises(ValueError, match="X and y have different indexes"):
        PredictionDisplay.from_estimator(lmm, frame, y)
