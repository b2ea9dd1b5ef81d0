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
