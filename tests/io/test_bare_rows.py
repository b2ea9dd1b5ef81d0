"""Headings of groups and notes among individuals."""

import warnings

import numpy as np
import pandas as pd
import pytest
from tables import write

from sklmm.io import join_tables


def told(table, **options):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        joined = join_tables({"t": table}, **options)
    return [str(warning.message) for warning in caught], list(joined.frame["id"])


@pytest.mark.parametrize(
    ("lines", "found"),
    [
        (["Herd 1,,", "A,1,2", "B,2,", "Herd 2,,", "C,3,4"], ["Herd 1", "Herd 2"]),
        (["A1,1,2", "A2,,3", "A3,2,5", "Note: by hand,,"], ["Note: by hand"]),
        (["Anna,1,2", "Bo,,3", "Carl,2,5", "2021,NA,NA"], ["2021"]),
        (["a1,1,x", "a2,2,y", "East,,", "a3,2,y", "a4,,"], ["East"]),
    ],
)
def test_headings_and_notes(tmp_path, lines, found):
    path = write(tmp_path / "t.csv", "id,v,w", *lines)
    for table in (path, pd.read_csv(path, dtype={"id": str})):
        (message,), _ = told(table)
        assert message.startswith("t: rows without any value have labels unlike all others: ")
        assert f": {', '.join(map(repr, found))}. If these are headings" in message
    others = [line for line in lines if line.split(",")[0] not in found]
    names = [line.split(",")[0] for line in others]
    (message,), kept = told(path, ids=names)
    assert kept == names
    assert "left out are" in message
    assert told(write(path, "id,v,w", *others)) == ([], names)


@pytest.mark.parametrize(
    "lines",
    [
        ["A1,1,2", "A2,2,3", "A3,3,1", "A4,,"],
        ["A1,1,2", "A2,2,3", "A3,3,1", "Control,,0"],
        ["A1,1,2", "Bo,2,3", "c,3,1", "Herd,,"],
        ["A1,1,2", "A2,2,3", "Herd,,"],
    ],
)
def test_individuals_who_were_not_measured(tmp_path, lines):
    assert not told(write(tmp_path / "t.csv", "id,v,w", *lines))[0]


def test_tables_of_labels_alone():
    assert not told(pd.DataFrame({"id": ["A1", "A2", "A3", "Herd"]}))[0]


def test_headings_that_another_table_lacks():
    table = pd.DataFrame({"id": ["A1", "A2", "A3", "Herd"], "v": [1, 2, 3, np.nan]})
    with pytest.warns(UserWarning, match="left out are 1 of t") as caught:
        join_tables({"t": table, "u": pd.DataFrame({"id": ["A3", "A2", "A1"]})})
    assert len(caught) == 1
