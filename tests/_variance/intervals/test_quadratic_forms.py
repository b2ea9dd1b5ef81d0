"""Tails of sums of weighted χ² against distributions with a closed form."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from sklmm._variance.intervals.quadratic_forms import probability_below_zero


@pytest.mark.parametrize(
    ("k", "m"), [(1, 1), (1, 2), (2, 1), (3, 10), (50, 100), (1, 3000), (3998, 2), (1000, 3000)]
)
@pytest.mark.parametrize("probability", [1e-6, 0.025, 0.5, 0.975, 1 - 1e-6])
def test_two_groups_are_an_f_distribution(k, m, probability):
    quantile = stats.f(k, m).ppf(probability)
    c = np.concatenate([np.full(k, 1 / k), np.full(m, -quantile / m)])
    assert probability_below_zero(c) == pytest.approx(probability, abs=1e-10)


@given(
    st.lists(st.floats(0.1, 10), min_size=1, max_size=5, unique_by=lambda c: round(c, 1)),
    st.lists(st.floats(0.1, 10), min_size=1, max_size=5, unique_by=lambda c: round(c, 1)),
)
def test_pairs_are_sums_of_exponentials(positive, negative):
    """Two equal weights make an exponential; partial fractions give the rest."""
    c = np.concatenate([positive, np.negative(negative)])
    if np.abs(np.subtract.outer(c, c))[~np.eye(len(c), dtype=bool)].min() < 0.05:
        return
    above = sum(
        np.prod([c[i] / (c[i] - other) for j, other in enumerate(c) if j != i])
        for i in range(len(positive))
    )
    assert probability_below_zero(np.repeat(c, 2)) == pytest.approx(1 - above, abs=1e-9)


@given(
    st.lists(st.floats(-5, 5).filter(lambda c: abs(c) > 1e-3), min_size=2, max_size=20),
    st.floats(1e-6, 1e6),
)
def test_scale_sign_and_order(c, scale):
    c = np.array(c)
    probability = probability_below_zero(c)
    assert probability_below_zero(scale * c[::-1]) == pytest.approx(probability, abs=1e-9)
    assert probability_below_zero(-c) == pytest.approx(1 - probability, abs=1e-9)


def test_signs_decide():
    assert probability_below_zero(np.array([1.0, 0.0, 2.0])) == 0
    assert probability_below_zero(np.array([-1.0, 0.0])) == 1
    assert probability_below_zero(np.zeros(3)) == 1
