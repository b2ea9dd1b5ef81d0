"""Lines of totals and means at the end of a table."""

import warnings

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tables import write

from sklmm.io import join_tables

rng = np.random.default_rng(7)
WEIGHTS = np.round(rng.normal(31, 4, 12), 1)
LENGTHS = np.round(rng.normal(120, 15, 12), 1)
COUNTS = rng.integers(0, 9, 12)
CASES = np.arange(12) % 3 == 0
SHARES = np.round(rng.uniform(size=12), 3)
NAMES = [f"m{row}" for row in range(12)]


def with_last(label, columns, last):
    frame = pd.DataFrame({"id": NAMES, **columns})
    return pd.concat([frame, pd.DataFrame([[label, *last]], columns=frame.columns)])


def told(*frames, **options):
    """What is said of totals in tables of the same rows."""
    tables = {f"t{place}": frame for place, frame in enumerate(frames)}
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        join_tables(tables, **options)
    return [str(warning.message) for warning in caught if "seems to be" in str(warning.message)]


@pytest.mark.parametrize("label", ["Total", "Summe", "合計", "", "n"])
@pytest.mark.parametrize(
    ("columns", "last"),
    [
        ({"w": WEIGHTS}, [round(WEIGHTS.sum(), 1)]),
        ({"w": WEIGHTS}, [WEIGHTS.sum()]),
        ({"n": COUNTS}, [COUNTS.sum()]),
        ({"w": WEIGHTS, "n": COUNTS, "y": 2020}, [WEIGHTS.sum(), COUNTS.sum(), np.nan]),
        ({"w": WEIGHTS, "case": CASES.astype(int)}, [WEIGHTS.sum(), CASES.sum()]),
        ({"w": WEIGHTS, "zero": 0}, [WEIGHTS.sum(), 0]),
        ({"sex": ["F"] * 12, "w": WEIGHTS}, ["", WEIGHTS.sum()]),
        ({"w": [*WEIGHTS[:11], np.nan]}, [WEIGHTS[:11].sum()]),
        ({"w": -WEIGHTS}, [-WEIGHTS.sum()]),
    ],
)
def test_totals(tmp_path, label, columns, last):
    frame = with_last(label or "Total", columns, last)
    (message,) = told(frame)
    assert f"the last row, {label or 'Total'!r}, seems to be the total" in message
    path = tmp_path / "t.csv"
    frame.to_csv(path, index=False)
    assert told(path)
    assert not told(frame[:-1])
    assert not told(frame, ids=NAMES)
    assert len(told(frame, frame[["id"]].assign(z=1.5))) == 1


@pytest.mark.parametrize("digits", [1, 2, 15])
@pytest.mark.parametrize("kind", ["int64", "Int64", "Float64", "float64"])
def test_means(digits, kind):
    counts = pd.array(COUNTS * 7, dtype=kind)
    last = [round(WEIGHTS.mean(), digits), round(LENGTHS.mean(), digits), np.nan]
    frame = with_last("Mean", {"w": WEIGHTS, "l": LENGTHS, "n": COUNTS * 7}, last)
    (message,) = told(frame)
    assert "seems to be the mean of the rows above it, and no individual" in message
    assert not told(pd.DataFrame({"id": NAMES, "w": WEIGHTS, "l": LENGTHS, "n": counts}))


@pytest.mark.parametrize(
    ("columns", "last"),
    [
        ({"w": WEIGHTS}, [WEIGHTS.mean()]),
        ({"kg": WEIGHTS, "lb": WEIGHTS * 2.2046}, [WEIGHTS.mean(), WEIGHTS.mean() * 2.2046]),
        ({"q": SHARES, "r": 1 - SHARES}, [SHARES.mean(), 1 - SHARES.mean()]),
        ({"w": WEIGHTS, "l": LENGTHS}, [round(WEIGHTS.mean(), 1), 100]),
        ({"w": WEIGHTS, "l": LENGTHS}, [WEIGHTS.sum(), LENGTHS[3]]),
        ({"w": WEIGHTS}, [WEIGHTS.sum() + 0.1]),
        ({"zero": 0, "none": np.nan}, [0, np.nan]),
        ({"one": 1, "two": 2}, [1, 2]),
        ({"case": CASES.astype(int), "control": (~CASES).astype(int)}, [0, 1]),
        ({"s": "x"}, ["x"]),
    ],
)
def test_what_is_neither(columns, last):
    assert not told(with_last("m12", columns, last))


@pytest.mark.parametrize(
    "doses", [(0, 1, 2, 3), (0, 10, 20, 30), (1, 2, 3, 6), (0.5, 0.5, 1), (0, 0, 1, 1), (5, 5, 10)]
)
def test_few_doses(doses):
    frame = pd.DataFrame(
        {"id": NAMES[: len(doses)], "dose": doses, "twice": np.multiply(2, doses)}
    )
    assert not told(frame)


def test_a_row_of_an_individual_that_has_others():
    frame = with_last(NAMES[0], {"w": WEIGHTS}, [WEIGHTS.sum()])
    assert not told(frame)


def test_the_rows_above_need_not_be_in_all_tables():
    frame = with_last("Total", {"w": WEIGHTS}, [WEIGHTS.sum()])
    assert len(told(frame, frame[["id"]][4:])) == 1
    assert not told(frame, frame[["id"]][:4])


@pytest.mark.parametrize(
    "draw",
    [
        lambda rng, size: np.round(rng.normal(30, 3, size), 1),
        lambda rng, size: rng.normal(size=size),
        lambda rng, size: rng.integers(0, 3, size),
        lambda rng, size: rng.poisson(20, size),
        lambda rng, size: np.round(np.exp(rng.normal(3, 1.5, size))),
        lambda rng, size: np.round(30 + 3 * rng.normal(size=(size[0], 1)) + [0, 1, 2], 1),
    ],
)
def test_individuals_are_no_totals(draw):
    rng = np.random.default_rng(3)
    for _ in range(100):
        values = draw(rng, (rng.integers(4, 10), 3))
        frame = pd.DataFrame(values, columns=list("xyz"))
        assert not told(frame.assign(id=NAMES[: len(frame)]))


@settings(max_examples=50, deadline=None)
@given(st.lists(st.floats(allow_nan=True), min_size=4, max_size=6), st.booleans())
def test_any_numbers_will_do(values, twice):
    frame = pd.DataFrame({"id": NAMES[: len(values)], "x": values})
    told(frame.assign(y=frame["x"]) if twice else frame)


def test_labels_of_numbers(tmp_path):
    """A column of labels has no total."""
    path = write(tmp_path / "t.csv", "id,w", "1,a", "20,b", "30,a", "51,b")
    assert not told(path)


SUMMARIES = {
    "Mean": np.mean,
    "SD": lambda values, axis: np.std(values, axis, ddof=1),
    "CV": lambda values, axis: 100 * np.std(values, axis, ddof=1) / np.mean(values, axis),
    "Min": np.min,
    "Max": np.max,
    "LSD 5%": lambda values, axis: 2 * np.std(values, axis),
}


def with_summaries(values, names, labels=NAMES, digits=2):
    """A table of traits with lines below it, as the spreadsheets of breeders have."""
    below = [np.round(SUMMARIES[name](values, axis=0), digits) for name in names]
    frame = pd.DataFrame(np.vstack([values, *below]), columns=list("xyz")[: values.shape[1]])
    return frame.assign(id=[*labels, *names])


@pytest.mark.parametrize("names", [["Mean"], ["SD", "Mean", "Max"], list(SUMMARIES)])
@pytest.mark.parametrize("columns", [(WEIGHTS,), (WEIGHTS, LENGTHS), (WEIGHTS, WEIGHTS * 2.2046)])
def test_lines_of_summaries(names, columns):
    frame = with_summaries(np.column_stack(columns), names)
    (message,) = told(frame)
    assert "'Mean'" in message
    assert "seems to be the mean of the rows above" in message
    assert all(repr(name) in message for name in names)
    assert not told(frame, ids=NAMES)
    assert not told(frame, pd.DataFrame({"id": [*NAMES, *set(names) - {"Mean"}]}))


def test_a_mean_of_fewer_digits():
    values = np.round(rng.normal(310, 40, 12), 1)[:, None]
    assert told(with_summaries(values, ["Mean"], digits=0))


@pytest.mark.parametrize("mean", ["5.53", "5.5"])
def test_a_mean_of_fewer_digits_than_a_narrow_column(tmp_path, mean):
    """No value above is as round as 5.5, which an individual would have by chance only."""
    lines = [f"A{row},{w}" for row, w in enumerate([5.13, 6.21, 4.98, 5.55, 6.02, 5.31])]
    assert told(write(tmp_path / "t.csv", "id,w", *lines, f"Mean,{mean}"))
    assert not told(write(tmp_path / "t.csv", "id,w", *lines, f"A6,{mean}"))
    coarse = [f"A{row},{w}" for row, w in enumerate([5.1, 6.2, 5.0, 5.5, 6.0, 5.3])]
    assert not told(write(tmp_path / "t.csv", "id,w", *coarse, f"Kenya,{mean[:3]}"))


@pytest.mark.parametrize("checks", [["Kenya"], ["Kenya", "Bob"]])
def test_summaries_below_varieties_without_digits(checks):
    labels = [*NAMES[len(checks) :], *checks]
    values = np.column_stack([WEIGHTS, LENGTHS])
    assert told(with_summaries(values, ["Mean", "SD"], labels))


def test_names_alone_that_end_with_summaries():
    """Labels say nothing there, but three columns of an individual are not all means."""
    labels = [f"{one}{other}" for one in ("Ann", "Kim", "Uli") for other in ("a", "e", "i", "o")]
    values = np.column_stack([WEIGHTS, LENGTHS, SHARES])
    assert told(with_summaries(values, list(SUMMARIES), labels, digits=3))


def draw_weights(rng, n):
    return np.round(rng.normal(31, 4, (n, rng.integers(1, 4))), 1)


def draw_weights_in_two_units(rng, n):
    pounds = np.round(rng.normal(31, 4, n), 1)
    return np.column_stack([pounds, pounds * 0.4536])


def draw_shares(rng, n):
    return np.round(rng.dirichlet(np.ones(3), n), 2)


def draw_scores(rng, n):
    return rng.integers(1, 10, (n, rng.integers(1, 4)))


@pytest.mark.parametrize(
    "draw", [draw_weights, draw_weights_in_two_units, draw_shares, draw_scores]
)
@pytest.mark.parametrize(("have_checks", "most"), [(False, 0), (True, 4)])
def test_how_often_individuals_are_taken_for_summaries(draw, have_checks, most):
    """Of 100 tables, and where the last ones alone have names without digits, as varieties."""
    rng = np.random.default_rng(11)
    n_false = 0
    for _ in range(100):
        n = rng.integers(6, 30)
        n_checks = rng.integers(1, 4) if have_checks else 0
        labels = [*(f"m{row}" for row in range(n - n_checks)), "Kenya", "Bob", "Rht"][:n]
        values = draw(rng, n)
        frame = pd.DataFrame(values, columns=list("xyz")[: values.shape[1]])
        n_false += bool(told(frame.assign(id=labels)))
    assert n_false <= most
