"""p values against those of chance."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scans import made_up
from scipy.stats import binom, chi2

from sklmm.association import genomic_inflation
from sklmm.plotting import QuantileDisplay

plt = pytest.importorskip("matplotlib.pyplot", reason="matplotlib is not installed")


def test_points_are_quantiles():
    display = QuantileDisplay.from_scan(made_up([0.3, 2.0, np.nan, 1.0, 0.1]))
    x, y = display.scatter_.get_offsets().T
    assert_array_equal(y, [2.0, 1.0, 0.3, 0.1])
    assert_allclose(10**-x, [1 / 8, 3 / 8, 5 / 8, 7 / 8])


def test_lambda():
    values = -np.log10(np.random.default_rng(0).uniform(size=501))
    result = made_up(values)
    display = QuantileDisplay.from_scan(result)
    expected = np.median(chi2.isf(10**-values, 1)) / chi2.median(1)
    assert display.inflation == pytest.approx(expected)
    assert display.inflation == pytest.approx(genomic_inflation(result))
    assert display.text_.get_text() == f"λ = {expected:.2f}"


def test_lambda_of_one_trait_where_another_has_none():
    display = QuantileDisplay.from_scan(made_up([[np.nan] * 3, [0.1, 0.3, 2.0]]), trait=1)
    assert display.inflation == pytest.approx(chi2.isf(10**-0.3, 1) / chi2.median(1))


def test_no_lambda_where_none_is_given():
    assert QuantileDisplay(neg_log10_pvalues=[1.0]).plot().text_ is None


@pytest.mark.parametrize("level", [0.95, 0.5])
def test_band_is_that_of_order_statistics(level):
    """The k-th smallest of m uniforms is below p where k or more of them are."""
    m = 40
    display = QuantileDisplay.from_scan(made_up(np.linspace(0.01, 3, m)), level=level)
    (path,) = display.band_.get_paths()
    x = display.scatter_.get_offsets()[:, 0]
    for rank in (1, 2, 20, m):
        heights = 10 ** -path.vertices[np.isclose(path.vertices[:, 0], x[rank - 1]), 1]
        tail = (1 - level) / 2
        assert_allclose(binom.sf(rank - 1, m, heights.min()), tail)
        assert_allclose(binom.sf(rank - 1, m, heights.max()), 1 - tail)


def test_few_points_stand_for_many():
    m = 300_000
    values = -np.log10(np.random.default_rng(1).uniform(size=m))
    display = QuantileDisplay.from_scan(made_up(values))
    x, y = display.scatter_.get_offsets().T
    ranked = np.sort(values)[::-1]
    ranks = np.round(10**-x * m + 0.5).astype(int)
    assert_array_equal(y, ranked[ranks - 1])
    assert_array_equal(ranks[:1000], np.arange(1, 1001))
    assert ranks[-1] == m
    assert len(x) < 3000
    assert np.diff(x[999:]).min() > -1 / 400 - 1 / 1000 / np.log(10)


def test_infinite_values_are_at_the_top():
    display = QuantileDisplay.from_scan(made_up([np.inf, 1.0, 2.0]))
    assert_array_equal(display.scatter_.get_offsets()[:, 1], [2.0, 1.0])
    ((x, y),) = display.infinite_.get_offsets()
    assert x == pytest.approx(-np.log10(0.5 / 3))
    assert 2 < y < display.ax_.get_ylim()[1]


@pytest.mark.parametrize("m", [1, 2, 1000, 1001])
def test_any_number_of_markers(m):
    display = QuantileDisplay.from_scan(made_up(np.linspace(0.1, 3, m)))
    display.figure_.canvas.draw()
    assert len(display.scatter_.get_offsets()) == m


def test_style():
    display = QuantileDisplay.from_scan(
        made_up([1.0, 2.0]),
        scatter_kwargs={"c": "red"},
        line_kwargs={"lw": 3},
        band_kwargs={"alpha": 0.5},
    )
    assert_array_equal(display.scatter_.get_facecolor()[:, :3], [[1, 0, 0]])
    assert display.line_.get_linewidth() == 3
    assert display.band_.get_alpha() == 0.5
