"""Texts and infinite values among measured numbers."""

import warnings

import numpy as np
import pytest
from tables import write

from sklmm.io import join_tables

NUMBERS = ["30.5", "31.5", "32.5", "33.5", "34.5"]
TEXTS = ["Inf", "-inf", "Infinity", "1e400", "n/a?", "#DIV/0!", ".", "TRUE", "5 kg", "<0.1"]


def table(tmp_path, texts, others=("0", "1", "2", "3", "4")):
    rows = zip("abcde", texts, others, strict=True)
    return write(tmp_path / "t.csv", "id,w,z", *map(",".join, rows))


def told(path, **options):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        join_tables({"t": path}, **options)
    return [str(warning.message) for warning in caught]


@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize("row", [0, 2, 4])
def test_a_text_in_any_row(tmp_path, text, row):
    path = table(tmp_path, [*NUMBERS[:row], text, *NUMBERS[row + 1 :]])
    (message,) = told(path)
    found = f"t.csv, line {row + 2}: {text!r} in the column 'w' is no finite number, as 4 others"
    assert found in message
    values = {"w": text}
    assert f"na_values={values!r}" in message
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        frame = join_tables({"t": path}, na_values=values).frame
    assert np.isnan(frame["w"]).tolist() == [place == row for place in range(5)]


def test_the_first_of_several_texts_of_each_column(tmp_path):
    rows = [f"{name},{number},{number}" for name, number in zip("cdef", NUMBERS, strict=False)]
    path = write(tmp_path / "t.csv", "id,w,z", "a,1.5,low", *rows, "b,ND,nd")
    first, second = told(path)
    assert "line 7: 'ND' in the column 'w'" in first
    assert "line 2: 'low' in the column 'z'" in second


@pytest.mark.parametrize("code", [".", "-", " ", "??"])
def test_a_sign_among_whole_numbers_that_are_repeated(tmp_path, code):
    (message,) = told(table(tmp_path, ["0", "1", code, "1", "1"]))
    assert f"line 4: {code!r} in the column 'w' is no finite number" in message


@pytest.mark.parametrize("first", ["1,500", "<0.1", "0x10", "-1_1", "2 kg"])
def test_values_in_the_first_row_are_no_titles(tmp_path, first):
    rows = [f"{name},{number}" for name, number in zip("bcde", NUMBERS, strict=False)]
    (message,) = told(write(tmp_path / "t.csv", "id,w", f'a,"{first}"', *rows))
    assert f"line 2: {first!r} in the column 'w' is no finite number, as 4 others" in message


def test_blanks_around_numbers(tmp_path):
    (message,) = told(write(tmp_path / "t.csv", "id,w", "a, 1.5", "b, ", "c,2", "d, 3"))
    assert "line 3: ' ' in the column 'w' is no finite number" in message
    path = write(tmp_path / "t.csv", "id,w", "a, 1.5", "b, ", "c,2", "d, 3")
    assert join_tables({"t": path}, na_values={"w": " "}).frame["w"][0] == 1.5


def test_a_column_of_texts_and_numbers_in_equal_parts(tmp_path):
    assert not told(table(tmp_path, ["low", "high", "1.5", "2.5", "3.5"]))


SECOND = ["id,w,n", "A1,1.5,7", "A2,2.5,8", "A3,2.25,9", "name,height,count", "B1,300,4"]


def test_titles_of_a_second_table(tmp_path):
    (message,) = told(write(tmp_path / "t.csv", *SECOND))
    assert "line 5: 'height', 'count' are texts, where numbers stand in other lines" in message
    assert "the titles of a second table, put that into a file of its own" in message
    first = write(tmp_path / "t.csv", *SECOND[:4])
    second = write(tmp_path / "s.csv", *SECOND[4:])
    assert not told(first)
    assert list(join_tables({"s": second}, id_column="name").frame["height"]) == [300]


@pytest.mark.parametrize(
    ("line", "n_said"),
    [("A4,nd,nd", 2), ("A4,-,?", 2), ("A4,late,3", 1), ("4,late,lost", 2), ("A4,<1,>9 cm", 2)],
)
def test_texts_of_an_individual_are_no_titles(tmp_path, line, n_said):
    messages = told(write(tmp_path / "t.csv", *SECOND[:4], line, "A5,3.5,6"))
    assert len(messages) == n_said
    assert all("no finite number" in message for message in messages)
    assert not any("second table" in message for message in messages)


def test_a_text_of_one_column_may_be_a_title(tmp_path):
    lines = [line.rpartition(",")[0] for line in SECOND]
    (message,) = told(write(tmp_path / "t.csv", *lines))
    assert "na_values={'w': 'height'}. If the line has the titles of a second table" in message


@pytest.mark.parametrize(
    "texts",
    [
        NUMBERS,
        ["NA", "", *NUMBERS[2:]],
        ["n/a", "#N/A", *NUMBERS[2:]],
        ["101", "102", "103", "103A", "104"],
        ["1", "1", "2", "2", "control"],
        ["01", "02", "03", "04", "none"],
        ["F", "M", "F", "M", "1"],
    ],
)
def test_levels_and_missing_values(tmp_path, texts):
    assert not told(table(tmp_path, texts))
