"""Effects of founders and of markers along a chromosome."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scans import made_up

from sklmm.plotting import EffectsDisplay

plt = pytest.importorskip("matplotlib.pyplot", reason="matplotlib is not installed")


def of_founders(k=3, m=5):
    rng = np.random.default_rng(k)
    return made_up(
        np.ones(m),
        beta=rng.standard_normal((m, k)),
        standard_error=rng.uniform(0.1, 0.2, (m, k)),
        founders=[f"strain {number}" for number in range(k)],
        chromosomes=np.full(m, "2"),
        positions=np.arange(m)[::-1] * 10.0,
    )


def test_a_line_and_a_band_for_each_founder():
    result = of_founders()
    display = EffectsDisplay.from_scan(result)
    assert len(display.lines_) == len(display.bands_) == 3
    for founder, (line, band) in enumerate(zip(display.lines_, display.bands_, strict=True)):
        assert_array_equal(line.get_xdata(), [0, 10, 20, 30, 40])
        effects = result.beta[::-1, founder]
        assert_array_equal(line.get_ydata(), effects)
        assert line.get_label() == f"strain {founder}"
        (path,) = band.get_paths()
        error = result.standard_error[::-1, founder]
        assert path.vertices[:, 1].max() == pytest.approx((effects + error).max())
        assert path.vertices[:, 1].min() == pytest.approx((effects - error).min())
    texts = [text.get_text() for text in display.legend_.get_texts()]
    assert texts == ["strain 0", "strain 1", "strain 2"]
    assert display.ax_.get_xlabel() == "position on chromosome 2"


def test_founders_can_be_told_apart():
    lines = EffectsDisplay.from_scan(of_founders(k=20)).lines_
    assert len({(line.get_color(), line.get_linestyle()) for line in lines}) == 20


def test_legend_is_beside_the_axes():
    display = EffectsDisplay.from_scan(of_founders())
    display.figure_.canvas.draw()
    legend = display.legend_.get_window_extent()
    assert legend.x0 >= display.ax_.get_window_extent().x1
    assert legend.x1 <= display.figure_.bbox.x1


def test_effects_of_markers_of_one_column():
    result = made_up([1.0, 2.0, 4.0])
    display = EffectsDisplay.from_scan(result)
    (line,) = display.lines_
    assert_allclose(line.get_ydata(), result.beta)
    assert display.legend_ is None


def test_one_trait_of_several():
    result = made_up([[1.0, 2.0], [3.0, 4.0]])
    display = EffectsDisplay.from_scan(result, trait=1)
    assert_array_equal(display.lines_[0].get_ydata(), result.beta[1])


def test_untested_markers_are_left_out():
    result = of_founders()
    result.status[2] = "collinear"
    display = EffectsDisplay.from_scan(result)
    assert_array_equal(display.lines_[0].get_xdata(), [0, 10, 30, 40])


def test_no_standard_errors():
    display = EffectsDisplay(positions=[1.0, 2.0], effects=[[1.0], [2.0]]).plot()
    assert display.bands_ == []


def test_style():
    display = EffectsDisplay.from_scan(
        of_founders(),
        line_kwargs={"lw": 4},
        band_kwargs={"alpha": 0.5},
        legend_kwargs={"title": "strain"},
    )
    assert display.lines_[0].get_linewidth() == 4
    assert display.bands_[0].get_alpha() == 0.5
    assert display.legend_.get_title().get_text() == "strain"
