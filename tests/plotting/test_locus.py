"""LOD scores along one chromosome."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scans import made_up

from sklmm.association import find_peaks
from sklmm.plotting import LocusDisplay

plt = pytest.importorskip("matplotlib.pyplot", reason="matplotlib is not installed")
LOD = np.array([0.2, 1.0, 2.9, 4.0, 3.1, 0.4, 2.0, 7.0])
CHROMOSOMES = np.array(["4"] * 6 + ["11"] * 2)
POSITIONS = np.array([1.0, 9.0, 12.0, 20.0, 26.0, 40.0, 3.0, 8.0])
RESULT = made_up(2 * LOD, chromosomes=CHROMOSOMES, positions=POSITIONS)


@pytest.mark.parametrize("interval", [{}, {"drop": 1.0}, {"drop": 3}, {"prob": 0.9}])
@pytest.mark.parametrize("chromosome", ["4", "11"])
def test_interval_is_that_of_the_peak(interval, chromosome):
    display = LocusDisplay.from_scan(RESULT, chromosome, **interval)
    peaks = find_peaks(RESULT, threshold=0, **interval)
    at = peaks.chromosome.tolist().index(chromosome)
    assert display.peak == peaks.position[at]
    assert_array_equal(display.interval, [peaks.low[at], peaks.high[at]])
    assert display.peak_.get_xdata() == [display.peak]
    extent = display.interval_.get_extents().transformed(display.ax_.transData.inverted())
    assert_allclose([extent.x0, extent.x1], display.interval)


def test_line_is_in_the_order_of_positions():
    order = np.random.default_rng(0).permutation(8)
    shuffled = made_up(2 * LOD[order], chromosomes=CHROMOSOMES[order], positions=POSITIONS[order])
    display = LocusDisplay.from_scan(shuffled, "4")
    assert_array_equal(display.line_.get_xdata(), POSITIONS[:6])
    assert_array_equal(display.line_.get_ydata(), LOD[:6])
    assert display.ax_.get_xlabel() == "position on chromosome 4"
    assert display.ax_.get_ylabel() == "LOD"


def test_chromosomes_that_are_numbers():
    result = made_up(2 * LOD, chromosomes=CHROMOSOMES.astype(int), positions=POSITIONS)
    for chromosome in (11, "11", np.int64(11)):
        assert LocusDisplay.from_scan(result, chromosome).peak == 8


def test_the_only_chromosome_need_not_be_named():
    result = made_up(2 * LOD[:6], chromosomes=CHROMOSOMES[:6], positions=1e6 * POSITIONS[:6])
    display = LocusDisplay.from_scan(result)
    assert display.peak == 20
    assert display.ax_.get_xlabel() == "position on chromosome 4 (Mb)"
    without = LocusDisplay.from_scan(made_up(2 * LOD[:6]))
    assert without.peak == 4
    assert without.ax_.get_xlabel() == "marker"


def test_untested_markers_are_left_out():
    values = 2 * LOD[:6]
    values[3] = np.nan
    display = LocusDisplay.from_scan(made_up(values, positions=POSITIONS[:6]))
    assert_array_equal(display.line_.get_xdata(), np.delete(POSITIONS[:6], 3))
    assert display.peak == 26


def test_infinite_scores_are_at_the_top():
    display = LocusDisplay.from_scan(made_up([1.0, np.inf, 2.0], positions=[1.0, 2.0, 3.0]))
    assert_array_equal(display.line_.get_ydata(), [0.5, 1.0])
    ((x, _),) = display.infinite_.get_offsets()
    assert x == display.peak == 2


@pytest.mark.parametrize("threshold", [3.3, {"4": 3.3, "autosomes": 5}, {"autosomes": 3.3}])
def test_threshold(threshold):
    display = LocusDisplay.from_scan(RESULT, "4", threshold=threshold)
    assert_array_equal(display.threshold_.get_ydata(), [3.3, 3.3])
    assert LocusDisplay.from_scan(RESULT, "4").threshold_ is None


def test_line_of_many_markers_keeps_its_extremes():
    rng = np.random.default_rng(1)
    values = rng.exponential(size=400_000)
    values[123_456] = 30
    result = made_up(values, positions=np.arange(400_000.0) / 5)
    display = LocusDisplay.from_scan(result, joined=True)
    x, y = display.line_.get_data()
    assert len(x) < 12_000
    assert (np.diff(x) > 0).all()
    assert y.max() == 15
    lowest, highest = ([pick(part) for part in np.array_split(y, 20)] for pick in (np.min, np.max))
    assert max(lowest) < 0.001
    assert min(highest) > 3


def test_markers_that_go_up_and_down_are_points():
    rng = np.random.default_rng(1)
    smooth = np.cumsum(rng.standard_normal(500)) ** 2
    independent = rng.chisquare(1, 500)
    for values, line in ((smooth, "-"), (independent, "None"), (independent[:20], "-")):
        assert LocusDisplay.from_scan(made_up(values)).line_.get_linestyle() == line
    points = LocusDisplay.from_scan(made_up(independent)).line_
    assert points.get_marker() == "o"
    assert_array_equal(points.get_xydata(), np.column_stack([np.arange(1, 501), independent / 2]))
    founders = made_up(independent, beta=np.ones((500, 4)), standard_error=np.ones((500, 4)))
    assert LocusDisplay.from_scan(founders).line_.get_linestyle() == "-"
    joined = {"joined": True}, {"line_kwargs": {"ls": "-"}}
    for asked in joined:
        display = LocusDisplay.from_scan(made_up(independent), **asked)
        assert display.line_.get_linestyle() == "-"
    assert LocusDisplay.from_scan(made_up(smooth), joined=False).line_.get_linestyle() == "None"


def test_of_many_points_the_highest_are_seen():
    values = np.random.default_rng(1).exponential(size=100_000)
    values[12_345] = 30
    line = LocusDisplay.from_scan(made_up(values)).line_
    assert len(line.get_xdata()) < 90_000
    assert [12_346, 15] in line.get_xydata().tolist()
    assert line.get_rasterized()


def test_one_marker_is_a_point():
    display = LocusDisplay.from_scan(made_up([3.0]))
    assert display.line_.get_marker() == "o"
    display.figure_.canvas.draw()


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"drop": -1}, "drop must be a number, 0 or more, got -1"),
        ({"prob": 1}, "prob must be a number between 0 and 1, got 1"),
        ({"drop": 1, "prob": 0.9}, r"drop=1 and prob=0\.9 ask for two kinds of intervals"),
    ],
)
def test_bad_intervals(parameters, message):
    with pytest.raises(ValueError, match=message):
        LocusDisplay.from_scan(RESULT, "4", **parameters)
    assert not plt.get_fignums()


def test_style():
    display = LocusDisplay.from_scan(
        RESULT,
        "4",
        threshold=2.0,
        line_kwargs={"lw": 4},
        interval_kwargs={"fc": "red"},
        peak_kwargs={"ms": 12},
        threshold_kwargs={"c": "black"},
    )
    assert display.line_.get_linewidth() == 4
    assert display.interval_.get_facecolor()[:3] == (1, 0, 0)
    assert display.peak_.get_markersize() == 12
    assert display.threshold_.get_color() == "black"
