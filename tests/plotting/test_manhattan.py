"""Markers along the genome: where they are drawn, and which of millions."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scans import made_up

from sklmm.association import MaxStatistics
from sklmm.plotting import ManhattanDisplay
from sklmm.plotting._scans import CELLS_PER_INCH, THINNED_ABOVE, Layout, natural_key

plt = pytest.importorskip("matplotlib.pyplot", reason="matplotlib is not installed")


def points(display):
    drawn = [scatter.get_offsets() for scatter in display.scatters_]
    return np.vstack(drawn)


def labels(display):
    return [label.get_text() for label in display.ax_.get_xticklabels()]


def test_points_are_p_values_at_cumulated_positions():
    result = made_up(
        [1.0, 2.0, 3.0, 0.5],
        chromosomes=np.array(["2", "1", "2", "1"]),
        positions=np.array([10.0, 100.0, 30.0, 140.0]),
    )
    display = ManhattanDisplay.from_scan(result)
    first, second = (scatter.get_offsets() for scatter in display.scatters_)
    assert_array_equal(first[:, 1], [2.0, 0.5])
    assert_array_equal(second[:, 1], [1.0, 3.0])
    assert_allclose(first[:, 0], [0, 40])
    assert_allclose(np.diff(second[:, 0]), [20])
    assert second[0, 0] > first[1, 0]
    assert labels(display) == ["1", "2"]
    assert_allclose(display.ax_.get_xticks(), [20, second[:, 0].mean()])


def test_lod():
    result = made_up([1.0, 2.0])
    display = ManhattanDisplay.from_scan(result, y="lod")
    assert_array_equal(points(display)[:, 1], result.lod)
    assert display.ax_.get_ylabel() == "LOD"


@pytest.mark.parametrize("prefix", ["", "chr", "Chr", "chromosome "])
def test_natural_order_of_chromosomes(prefix):
    numbers = [str(number) for number in range(1, 23)]
    names = [prefix + name for name in [*numbers, "X", "Y", "XY", "MT"]]
    names += ["scaffold_2", "scaffold_10", "0"]
    shuffled = np.random.default_rng(0).permutation(names)
    assert sorted(shuffled, key=natural_key) == names


def test_arms_and_other_names_can_be_compared():
    names = ["1A", "1B", "2L", "2R", "10", "X", "M", "A01", "A10", "Pt", "nan"]
    assert sorted(names[5:] + names[:5], key=natural_key) == names


@pytest.mark.parametrize("chromosomes", [[10, 9, 9], [10.5, 9, 9], np.array(["b", "a", "a"], "O")])
def test_chromosomes_of_any_type(chromosomes):
    display = ManhattanDisplay(values=[1.0, 2.0, 3.0], chromosomes=chromosomes).plot()
    assert_array_equal(display.scatters_[0].get_offsets()[:, 1], [2.0, 3.0])


def test_markers_without_positions_are_evenly_spaced():
    display = ManhattanDisplay(values=np.ones(5), chromosomes=list("11122")).plot()
    x = np.sort(points(display)[:, 0])
    assert_allclose(np.diff(x), 1)
    assert display.ax_.get_xlabel() == "chromosome"


def test_markers_of_unknown_position_are_between_their_neighbors():
    positions = [10, -9, 30, np.nan, 5, -9]
    display = ManhattanDisplay(
        values=np.arange(1.0, 7), chromosomes=list("111122"), positions=positions
    ).plot()
    x, y = points(display).T
    assert_allclose(x[np.argsort(y)][:4] - x[0], [0, 10, 20, 20])


def test_a_chromosome_without_positions_beside_others():
    display = ManhattanDisplay(
        values=np.arange(1.0, 6), chromosomes=list("11122"), positions=[10, 20, 30, -9, -9]
    ).plot()
    x, y = points(display).T
    assert_allclose(np.diff(x[np.argsort(y)][3:]), [10])


def test_one_chromosome_has_positions_on_its_axis():
    million = ManhattanDisplay(
        values=[1.0, 2.0], chromosomes=["7", "7"], positions=[3_000_000, 5_000_000]
    ).plot()
    assert_allclose(points(million)[:, 0], [3, 5])
    assert million.ax_.get_xlabel() == "position on chromosome 7 (Mb)"
    centimorgans = ManhattanDisplay(values=[1.0, 2.0], positions=[3.5, 80]).plot()
    assert_allclose(points(centimorgans)[:, 0], [3.5, 80])
    assert centimorgans.ax_.get_xlabel() == "position"
    assert ManhattanDisplay(values=[1.0, 2.0]).plot().ax_.get_xlabel() == "marker"


def test_untested_markers_are_left_out():
    result = made_up([1.0, np.nan, 3.0, 4.0])
    result.status[3] = "collinear"
    assert_array_equal(points(ManhattanDisplay.from_scan(result))[:, 1], [1.0, 3.0])


def test_infinite_values_are_at_the_top():
    display = ManhattanDisplay.from_scan(made_up([1.0, np.inf, 3.0]), threshold=2.0)
    assert_array_equal(np.sort(points(display)[:, 1]), [1.0, 3.0])
    ((x, y),) = display.infinite_.get_offsets()
    assert x == 2
    assert 3 < y < display.ax_.get_ylim()[1]
    assert ManhattanDisplay.from_scan(made_up([1.0, 3.0])).infinite_ is None


def test_only_infinite_values():
    display = ManhattanDisplay.from_scan(made_up([np.inf, np.inf]))
    assert len(display.infinite_.get_offsets()) == 2
    display.figure_.canvas.draw()


def maxima(neg_log10_p, **others):
    """Of 19 replicates, the largest of which are 5 % thresholds; LOD scores are half of them."""
    values = np.linspace(0.05, 1, 19) * np.asarray(neg_log10_p)[..., None]
    return MaxStatistics(values / 2, values, **others)


@pytest.mark.parametrize("threshold", [5, 5.0, np.float64(5), np.array(5.0), maxima(5.0)])
def test_threshold(threshold):
    display = ManhattanDisplay.from_scan(made_up([1.0, 2.0]), threshold=threshold)
    assert_array_equal(display.threshold_.get_ydata(), [5, 5])
    assert display.ax_.get_ylim()[1] > 5


def test_no_threshold():
    assert ManhattanDisplay.from_scan(made_up([1.0, 2.0])).threshold_ is None


@pytest.mark.parametrize("given", [np.array([5.0, 6.0]), maxima([5.0, 6.0])])
def test_threshold_of_each_trait(given):
    result = made_up([[1.0, 2.0], [3.0, 4.0]])
    display = ManhattanDisplay.from_scan(result, threshold=given, trait=1)
    assert_array_equal(points(display)[:, 1], [3, 4])
    assert_array_equal(display.threshold_.get_ydata(), [6, 6])


def test_threshold_of_each_chromosome():
    result = made_up([1.0, 2.0, 3.0], chromosomes=np.array(["X", "1", "2"]))
    display = ManhattanDisplay.from_scan(result, threshold={"X": 4.0, "autosomes": 5.0})
    heights = [segment[0, 1] for segment in display.threshold_.get_segments()]
    assert heights == [5.0, 5.0, 4.0]


@pytest.mark.parametrize("y", ["lod", "neg_log10_pvalue"])
def test_thresholds_of_simulated_maxima_are_on_the_scale_of_what_is_drawn(y):
    rng = np.random.default_rng(0)
    lod, x_lod = rng.exponential(size=(2, 999))
    null = MaxStatistics(lod, 3 * lod, x_lod, 3 * x_lod, x_chromosomes=("X",), x_share=0.2)
    result = made_up([1.0, 2.0, 3.0], chromosomes=np.array(["X", "1", "2"]))
    display = ManhattanDisplay.from_scan(result, y=y, threshold=null)
    heights = [segment[0, 1] for segment in display.threshold_.get_segments()]
    by_name = null.threshold(0.05)
    expected = np.array([by_name["autosomes"], by_name["autosomes"], by_name["X"]])
    assert_allclose(heights, expected if y == "lod" else 3 * expected)


def test_maxima_of_another_test():
    result = made_up([1.0, 2.0], test="lrt")
    with pytest.raises(
        ValueError, match="threshold has p values of test='f', and result those of"
    ):
        ManhattanDisplay.from_scan(result, threshold=maxima(5.0))
    display = ManhattanDisplay.from_scan(result, threshold=maxima(5.0), y="lod")
    assert_array_equal(display.threshold_.get_ydata(), [2.5, 2.5])


def test_markers_that_are_kept_of_several_traits():
    result = made_up(
        [6.0, 7.0, 8.0],
        chromosomes=np.array(["1", "2", "1"]),
        positions=np.array([5.0, 1.0, 9.0]),
        markers=np.array([3, 8, 4]),
        traits=np.array([0, 0, 1]),
    )
    with pytest.raises(ValueError, match="The scan has 2 traits: choose one by trait="):
        ManhattanDisplay.from_scan(result)
    display = ManhattanDisplay.from_scan(result, trait=0)
    assert_array_equal(points(display)[:, 1], [6, 7])
    assert len(points(ManhattanDisplay.from_scan(result, trait=1))) == 1


def test_thresholds_of_chromosomes_that_are_numbers():
    display = ManhattanDisplay(
        values=[1.0, 2.0], chromosomes=[1, 2], threshold={1: 4.0, 2: 5.0}
    ).plot()
    assert [segment[0, 1] for segment in display.threshold_.get_segments()] == [4.0, 5.0]


@pytest.mark.parametrize("threshold", ["5", np.nan, True, np.array([1.0, 2.0]), [], 1j])
def test_bad_threshold(threshold):
    with pytest.raises(ValueError, match="threshold must be a finite number"):
        ManhattanDisplay.from_scan(made_up([1.0, 2.0]), threshold=threshold)
    with pytest.raises(ValueError, match="threshold must be a finite number"):
        ManhattanDisplay(values=[1.0], threshold=threshold).plot()
    assert not plt.get_fignums()


def test_what_is_drawn_is_known():
    with pytest.raises(ValueError, match="y='p' is unknown"):
        ManhattanDisplay.from_scan(made_up([1.0]), y="p")


def many(m=200_000, seed=0):
    rng = np.random.default_rng(seed)
    values = -np.log10(rng.uniform(size=m))
    chromosomes = np.repeat(np.array(["1", "2", "3", "X"]), m // 4)
    return made_up(values, chromosomes=chromosomes, positions=rng.uniform(0, 1e8, m))


def test_few_markers_are_all_drawn():
    result = many(THINNED_ABOVE)
    assert_array_equal(
        np.sort(points(ManhattanDisplay.from_scan(result))[:, 1]),
        np.sort(result.neg_log10_pvalue),
    )


def test_all_markers_above_the_threshold_are_drawn():
    result = many()
    display = ManhattanDisplay.from_scan(result, threshold=1.0)
    shown = points(display)[:, 1]
    values = result.neg_log10_pvalue
    assert_array_equal(np.sort(shown[shown >= 1]), np.sort(values[values >= 1]))
    assert len(shown) < 0.8 * len(values)


def test_thinning_moves_no_ink_by_more_than_a_cell():
    """Each marker that is not drawn has one that is, as high or higher, in its cell."""
    result = many()
    display = ManhattanDisplay.from_scan(result)
    ax, shown = display.ax_, points(display)
    everything = np.vstack([points_of_all(result), shown])
    cells = ax.transData.transform(everything) * CELLS_PER_INCH / display.figure_.dpi
    cells = np.floor(cells).astype(int)
    rows = cells[:, 1].max() + 2  # so that neighbors of a cell in other columns are no others
    numbers = cells @ [rows, 1]
    near, drawn = numbers[: -len(shown)], numbers[-len(shown) :]
    steps = [i * rows + j for i in (-1, 0, 1) for j in (-1, 0, 1)]
    assert np.any([np.isin(near + step, drawn) for step in steps], axis=0).all()
    assert shown[:, 1].max() == result.neg_log10_pvalue.max()


def points_of_all(result):
    x = Layout.from_map(len(result), result.chromosomes, result.positions).x
    return np.column_stack([x, result.neg_log10_pvalue])


def test_pixels_are_those_of_all_markers(monkeypatch):
    result = many(60_000)
    thinned = pixels(result)
    monkeypatch.setattr("sklmm.plotting._scans.THINNED_ABOVE", 10**9)
    different = np.abs(thinned - pixels(result)).max(axis=-1) > 64
    assert different.mean() < 0.002


def pixels(result):
    display = ManhattanDisplay.from_scan(result, scatter_kwargs={"s": 4})
    display.figure_.canvas.draw()
    return np.asarray(display.figure_.canvas.buffer_rgba()).astype(int)


def test_names_of_chromosomes_do_not_overlap():
    names = np.repeat([str(number) for number in range(1, 40)] + ["scaffold_1", "scaffold_2"], 50)
    display = ManhattanDisplay.from_scan(made_up(np.ones(len(names)), chromosomes=names))
    display.figure_.canvas.draw()
    boxes = [label.get_window_extent() for label in display.ax_.get_xticklabels()]
    ends = np.array([(box.x0, box.x1) for box in boxes])
    assert (ends[1:, 0] > ends[:-1, 1]).all()
    assert len(boxes) > 15


@pytest.mark.parametrize(
    ("lengths", "inches", "names", "size"),
    [
        (np.linspace(2, 1, 19), 6.4, range(1, 20, 2), 10),
        (np.linspace(2, 1, 19), 10, range(1, 20), 10),
        (np.linspace(2, 1, 19), 8.8, range(1, 20), 9),
        (np.linspace(2, 1, 19), 3.4, range(1, 20, 3), 10),
        (np.ones(5), 6.4, range(1, 6), 10),
    ],
)
def test_names_of_chromosomes_are_regular(lengths, inches, names, size):
    chromosomes = np.repeat([*map(str, range(1, len(lengths) + 1)), "X", "scaffold"], 2)
    positions = np.ravel([[0, length] for length in (*lengths, 2, 0)])
    result = made_up(np.ones(len(positions)), chromosomes=chromosomes, positions=positions)
    _, ax = plt.subplots(figsize=(inches, 4))
    display = ManhattanDisplay.from_scan(result, ax=ax)
    numbered = [name for name in labels(display) if name.isdecimal()]
    assert numbered == [str(name) for name in names]
    assert {label.get_fontsize() for label in ax.get_xticklabels()} == {size}
    with plt.rc_context({"xtick.labelsize": 5}):
        _, ax = plt.subplots(figsize=(inches, 4))
        display = ManhattanDisplay.from_scan(result, ax=ax)
    assert {label.get_fontsize() for label in ax.get_xticklabels()} == {5}


def test_points_of_one_chromosome_are_inside():
    ax = ManhattanDisplay(values=[1.0, 2.0], positions=[30.0, 40.0]).plot().ax_
    low, high = ax.get_xlim()
    assert (low, high) == pytest.approx((29.7, 40.3))


def test_style():
    display = ManhattanDisplay.from_scan(
        made_up([1.0, np.inf], chromosomes=["1", "2"]),
        threshold=1.0,
        scatter_kwargs={"c": "black", "s": 9, "marker": "s"},
        threshold_kwargs={"ls": ":"},
    )
    for scatter in (*display.scatters_, display.infinite_):
        assert_array_equal(scatter.get_facecolor()[:, :3], [[0, 0, 0]])
    assert display.scatters_[0].get_sizes() == [9]
    assert display.threshold_.get_linestyle() == ":"


def test_markers_without_a_face_are_seen():
    display = ManhattanDisplay.from_scan(made_up([1.0, 2.0]), scatter_kwargs={"marker": "x"})
    assert display.scatters_[0].get_linewidth() > 0


def test_markers_of_any_outline():
    triangle = np.array([[0.0, 0.0], [1.0, 0.0], [0.5, 1.0], [0.0, 0.0]])
    display = ManhattanDisplay.from_scan(made_up([1.0, 2.0]), scatter_kwargs={"marker": triangle})
    assert len(display.scatters_[0].get_paths()[0]) == len(triangle)


def test_points_are_rasterized():
    display = ManhattanDisplay.from_scan(made_up([1.0, 2.0]))
    assert all(scatter.get_rasterized() for scatter in display.scatters_)


def test_nothing_is_modified():
    result = made_up([1.0, np.nan], chromosomes=np.array(["1", "1"]), positions=np.array([-9, 4]))
    ManhattanDisplay.from_scan(result)
    assert_array_equal(result.positions, [-9, 4])
    assert_array_equal(result.neg_log10_pvalue, [1.0, np.nan])
