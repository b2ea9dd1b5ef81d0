"""Summaries without a mean among them, in the first row, and of groups."""

import warnings

import numpy as np
import pandas as pd
import pytest

from sklmm.io import join_tables

rng = np.random.default_rng(7)
NAMES = [f"A{row}" for row in range(12)]
WEIGHTS = np.round(rng.normal(31, 4, 12), 1)
LENGTHS = np.round(rng.normal(120, 15, 12), 1)
YIELDS = np.round(rng.normal(5.5, 0.5, 12), 2)
COLUMNS = [(WEIGHTS,), (YIELDS,), (WEIGHTS, LENGTHS), (YIELDS, YIELDS * 14.87)]
SUMMARIES = {
    "SD": ("standard deviation", lambda v: v.std(axis=0, ddof=1)),
    "sd": ("standard deviation", lambda v: v.std(axis=0)),
    "SE": ("standard error", lambda v: v.std(axis=0, ddof=1) / np.sqrt(len(v))),
    "CV %": ("coefficient of variation", lambda v: 100 * v.std(axis=0, ddof=1) / v.mean(axis=0)),
    "cv": ("coefficient of variation", lambda v: v.std(axis=0, ddof=1) / v.mean(axis=0)),
    "Median": ("median", lambda v: np.median(v, axis=0)),
}


def frame_of(rows, labels):
    values = np.vstack(rows)
    return pd.DataFrame(values, columns=list("xyz")[: values.shape[1]]).assign(id=labels)


def told(frame, **options):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        join_tables({"t": frame}, **options)
    return "".join(str(w.message) for w in caught if "seem" in str(w.message))


@pytest.mark.parametrize("label", SUMMARIES)
@pytest.mark.parametrize("columns", COLUMNS)
@pytest.mark.parametrize("digits", [2, 3])
def test_one_summary_below(label, columns, digits):
    kind, summary = SUMMARIES[label]
    values = np.column_stack(columns)
    frame = frame_of([values, np.round(summary(values), digits)], [*NAMES, label])
    assert f"the last row, {label!r}, seems to be the {kind} of the rows above it" in told(frame)
    assert not told(frame, ids=NAMES)
    assert not told(frame[:-1])
    assert not told(frame.assign(id=[*NAMES, "A12"])) or len(columns) > 1


def test_several_summaries_below():
    values = np.column_stack([WEIGHTS, LENGTHS])
    below = [np.round(SUMMARIES[label][1](values), 2) for label in ("SD", "CV %")]
    message = told(frame_of([values, *below], [*NAMES, "SD", "CV %"]))
    assert "of the last rows, 'SD', 'CV %', 'SD' seems to be the standard deviation" in message


@pytest.mark.parametrize("columns", COLUMNS)
@pytest.mark.parametrize(("kind", "summary"), [("mean", np.mean), ("total", np.sum)])
def test_a_summary_in_the_first_row(columns, kind, summary):
    values = np.column_stack(columns)
    frame = frame_of([np.round(summary(values, axis=0), 2), values], ["Overall", *NAMES])
    assert f"the first row, 'Overall', seems to be the {kind} of the rows below it" in told(frame)
    assert not told(frame, ids=NAMES)
    assert not told(frame.assign(id=["A99", *NAMES]))


@pytest.mark.parametrize("columns", COLUMNS)
@pytest.mark.parametrize("summary", [np.mean, np.sum])
@pytest.mark.parametrize("is_of_all", [False, True])
@pytest.mark.parametrize("sizes", [(6, 6), (4, 8), (3, 4, 5), (4, 4, 4)])
def test_summaries_of_groups(columns, summary, is_of_all, sizes):
    values, labels, rows, start = np.column_stack(columns), [], [], 0
    for number, size in enumerate(sizes):
        group = values[start : start + size]
        rows += [group, np.round(summary(group, axis=0), 2)]
        labels += [*NAMES[start : start + size], f"Herd {number}"]
        start += size
    if is_of_all:
        rows.append(np.round(summary(values, axis=0), 2))
        labels.append("All")
    message = told(frame_of(rows, labels))
    assert "'Herd 0', 'Herd 1'" in message
    assert "seem to be totals or means of the rows above each, and no individuals" in message
    assert not told(frame_of(rows, labels), ids=NAMES)
    assert not told(frame_of(rows, labels)[lambda frame: frame["id"].isin(NAMES)])


def draw_weights(rng, n):
    return np.round(rng.normal(31, 4, (n, rng.integers(1, 4))), 1)


def draw_scores(rng, n):
    return rng.integers(1, 10, (n, rng.integers(1, 4)))


def draw_counts(rng, n):
    return rng.poisson(2, (n, rng.integers(1, 4)))


def draw_skewed(rng, n):
    return np.round(rng.exponential(3, (n, rng.integers(1, 3))), 2)


def draw_centered(rng, n):
    return np.round(rng.normal(0, 1, (n, rng.integers(1, 3))), 2)


@pytest.mark.parametrize(
    "draw", [draw_weights, draw_scores, draw_counts, draw_skewed, draw_centered]
)
@pytest.mark.parametrize(("where", "most"), [("nowhere", 0), ("ends", 5), ("among", 0)])
def test_how_often_individuals_are_taken_for_other_summaries(draw, where, most):
    """Of 100 tables, some of which have names without digits at their ends or among the rows."""
    rng = np.random.default_rng(17)
    n_false = 0
    for _ in range(100):
        n = int(rng.integers(8, 40))
        labels = [f"m{row}" for row in range(n)]
        others = {"nowhere": [], "ends": [0, n - 1], "among": range(4, n, 5)}[where]
        for row in others:
            labels[row] = "Kenya" + "x" * row
        n_false += bool(told(frame_of([draw(rng, n)], labels)))
    assert n_false <= most


def test_columns_without_a_deviation():
    """Of one value, of equal ones, and with a mean of 0."""
    values = np.full((12, 4), np.nan)
    values[3, 0] = 1.5
    values[:, 1] = 2
    values[:, 2] = [-1, 1] * 6
    values[:, 3] = WEIGHTS
    for columns in ([0], [1], [2], [0, 1, 2, 3]):
        frame = pd.DataFrame(values[:, columns], columns=list("wxyz")[: len(columns)])
        assert not told(frame.assign(id=NAMES))
        assert not told(frame.assign(id=[*NAMES[:-1], "SD"]))
