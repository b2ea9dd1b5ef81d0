"""Lines above the titles, and titles and units among the rows."""

from contextlib import nullcontext

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tables import columns_of, write

from sklmm import Kinship
from sklmm.io import join_tables, read_csv, write_csv

pytestmark = pytest.mark.filterwarnings("error")
HEADINGS = ["Weights", "Weights, grams", '"Weights"', "// weights", "2024-05-01", "<P>", "a;b;c"]
LAYOUTS = [("t.csv", ","), ("t.tsv", "\t"), ("t.txt", "\t"), ("t.txt", " "), ("t.csv", ";")]
ROWS = [["id", "w", "x"], ["a", "1", "2"], ["b", "3", "4"]]


@pytest.mark.parametrize("heading", HEADINGS)
@pytest.mark.parametrize(("name", "separator"), LAYOUTS)
@pytest.mark.parametrize(("n_columns", "above"), [(1, 0), (2, 2)])
def test_headings(tmp_path, heading, name, separator, n_columns, above):
    """One with as many fields as there are columns beside the labels is like R's titles."""
    options = {"separator": ";"} if separator == ";" else {}
    lines = [separator.join(fields[: 1 + n_columns]) for fields in ROWS]
    headings = [heading, "", *["by hand"] * above]
    path = write(tmp_path / name, *headings, *lines)
    line = len(headings) + 1
    with pytest.raises(ValueError, match=f"line 1 is a heading: the titles are in line {line}"):
        columns_of(path, **options)
    expected = columns_of(write(path, *lines), **options)
    assert list(expected) == ROWS[0][: 1 + n_columns]
    path = write(path, *(f"#{heading}" for heading in headings), *lines)
    assert columns_of(path, **options) == expected


@pytest.mark.parametrize("titles", ["w,id", "id,2019", "FID,id", "w,ID,id"])
@pytest.mark.parametrize("padding", ["", ",", ",,"])
def test_titles_in_any_order(tmp_path, titles, padding):
    row = ",".join("ab1"[: titles.count(",") + 1])
    path = write(tmp_path / "t.csv", f"Weights of cross 1{padding}", titles, row)
    with pytest.raises(ValueError, match="line 1 is a heading: the titles are in line 2"):
        columns_of(path)


@pytest.mark.parametrize(
    ("lines", "id_column"),
    [
        (["weight species", "m1 1.5 mouse", "m2 2 rat"], "mouse"),
        (["sex species", "m1 M mouse", "m2 F mouse"], "mouse"),
        (["sex species", "m1 M rat", "m2 F mouse", "m3 F mouse"], "mouse"),
        (['"sex" "note"', '"m1" "M" "no id"'], "id"),
        (['"note"', '"m1" "Weights', 'id,w"'], "id"),
    ],
)
def test_rows_that_are_no_titles(tmp_path, lines, id_column):
    """Names of rows have no title, and another column the word that is to be theirs."""
    labels = columns_of(write(tmp_path / "t.txt", *lines), id_column=id_column)[id_column]
    assert labels == [f"m{1 + row}" for row in range(len(labels))]


@pytest.mark.parametrize("first", ["animal,m/f,kg", "Tier,Geschlecht,Gewicht", "m7,M,low"])
def test_texts_where_numbers_stand_below(tmp_path, first):
    path = write(tmp_path / "t.csv", "id,sex,w", first, "a,M,1", "b,F,2.5")
    with pytest.warns(UserWarning, match=r"line 2: .* are texts, where numbers stand below\. Tit"):
        assert columns_of(path)["id"][1:] == ["a", "b"]
    path = write(path, "id,sex,w", "a,M,1", "b,F,2.5")
    assert columns_of(path)["w"] == [1, 2.5]


@pytest.mark.parametrize("code", ["nd", "#DIV/0!", "failed"])
@pytest.mark.parametrize("n_columns", [1, 3])
def test_a_first_individual_without_measurements(tmp_path, code, n_columns):
    """The label is no text where numbers stand, and the code is named."""
    texts = [
        ",".join([first, *[value] * n_columns])
        for first, value in (("A1", code), ("A2", "5.5"), ("A3", "6"))
    ]
    path = write(tmp_path / "t.csv", ",".join(["id", *"xyz"[:n_columns]]), *texts)
    said = rf"line 2: '{code}' is text, where numbers stand below\. .* na_values='{code}'\."
    with pytest.warns(UserWarning, match=said):
        columns_of(path)
    np.testing.assert_array_equal(columns_of(path, na_values=code)["x"], [np.nan, 5.5, 6])
    with pytest.warns(UserWarning, match=rf"na_values=\['\?', '{code}'\]"):
        columns_of(path, na_values="?")


@pytest.mark.parametrize("first", ["NA", "", ".", "-", "nan", "None", "?", "0", "unknown"])
def test_missing_values_in_the_first_row(tmp_path, first):
    path = write(tmp_path / "t.csv", "id,w,x", f"a,{first},{first}", "b,2,M", "c,3,F")
    is_text = first in (".", "-", "?", "unknown")
    what = pytest.warns(UserWarning, match="no finite number") if is_text else nullcontext()
    with what:
        assert columns_of(path)["id"] == ["a", "b", "c"]


@pytest.mark.parametrize("na_values", ["ND", ["ND", "x"], {"w": "ND"}, {"w": ["x", "ND"]}])
def test_codes_of_missing_values_in_the_first_row(tmp_path, na_values):
    path = write(tmp_path / "t.csv", "id,w", "a,ND", "b,2")
    np.testing.assert_array_equal(columns_of(path, na_values=na_values)["w"], [np.nan, 2])


@pytest.mark.parametrize(
    "lines",
    [
        ["id,sire,dam", "a,s,d", "b,a,d"],
        ["id,sex", "control,M", "101,F", "102,M"],
        ["id,well", "a,A", "b,7", "c,B"],
        ["id,day", "a,2024-05-01", "b,2024-05-02"],
        ["id,y", "a,low"],
    ],
)
def test_texts_that_are_no_titles(tmp_path, lines):
    labels = columns_of(write(tmp_path / "t.csv", *lines))["id"]
    assert labels == [line.split(",")[0] for line in lines[1:]]


@pytest.mark.parametrize("titles", ["id,w,x", "ID,W,x", "x,id,w", "\ufeffid,w,x"])
def test_titles_again(tmp_path, titles):
    path = write(tmp_path / "t.csv", "id,w,x", "a,1,2", titles, "b,3,4")
    with pytest.raises(ValueError, match="line 3 has the titles again"):
        columns_of(path)


@pytest.mark.parametrize(
    ("titles", "id_column", "wrong", "right"),
    [
        ("id,w,x", "id", "Id,l,x", "ids,l,x"),
        ("fid,IID,w", ("fid", "IID"), "FID,iid,l", "x,iid,l"),
        ("w,Line,x", "Line", "l,LINE,x", "l,liner,x"),
    ],
)
def test_titles_of_another_table(tmp_path, titles, id_column, wrong, right):
    path = write(tmp_path / "t.csv", titles, "a,b,c", wrong, "d,e,f")
    with pytest.raises(ValueError, match=r"line 3: the label is .*, the title of its column"):
        columns_of(path, id_column=id_column)
    write(path, titles, "a,b,c", right, "d,e,f")
    assert len(join_tables({"t": path}, id_column=id_column).frame) == 3


@pytest.mark.parametrize("heading", ["Kinship", "Kinship, cross 1", "Kinship,,", "K 1,2", "2"])
@pytest.mark.parametrize("titles", ["id,a,b", "a,b", "id,b,a", '"id","a","b"'])
@pytest.mark.parametrize("above", [[], [",", "by hand"]])
def test_headings_of_matrices(tmp_path, heading, titles, above):
    rows = ["a,1,.5", "b,.5,1"]
    path = write(tmp_path / "k.csv", heading, *above, titles, *rows)
    n = len(above) + 2
    with pytest.raises(ValueError, match=f"k.csv, line 1 is a heading: .* in line {n}"):
        read_csv(path)
    expected = read_csv(write(path, titles, *rows))
    found = read_csv(write(path, f"#{heading}", titles, *rows))
    np.testing.assert_array_equal(found.matrix, expected.matrix)


@given(
    st.permutations(["0", "1", "2", "0.5"]),
    st.lists(st.sampled_from([0.0, 0.5, 1.0, 2.0]), min_size=10, max_size=10),
    st.integers(1, 4),
)
def test_matrices_whose_names_are_numbers(tmp_path_factory, names, values, n):
    """Rows of numbers look like names of the rows below."""
    matrix = np.eye(4) * 3
    matrix[np.tril_indices(4)] += values
    matrix = np.tril(matrix) + np.tril(matrix, -1).T
    path = tmp_path_factory.mktemp("k") / "k.csv"
    write_csv(path, Kinship(matrix[:n, :n], names[:n]))
    np.testing.assert_array_equal(read_csv(path).matrix, matrix[:n, :n])


def test_a_warning_comes_after_errors(tmp_path):
    path = write(tmp_path / "t.csv", "id,w", "ID,grams", "a,1")
    with pytest.raises(ValueError, match="the title of its column"):
        columns_of(path)
