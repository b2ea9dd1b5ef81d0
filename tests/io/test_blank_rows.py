"""What says nothing, wherever it stands: blank rows, marks, comments, and the end of DOS."""

import gzip

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tables import columns_of, write
from versions import FORMATS, found_version

from sklmm import Kinship
from sklmm.io import join_tables, read_csv, read_text
from sklmm.relationship import ibs

pytestmark = pytest.mark.filterwarnings("error")
SQUARE = ["id,a,b", "a,1,.5", "b,.5,1"]


@given(st.lists(st.integers(0, 4), max_size=3), st.sampled_from([",", ",,", '"",', " , "]))
def test_blank_rows(tmp_path_factory, places, blank):
    lines = ["id,w,x", "a,1,", "b,,2", "c,3,4"]
    expected = [["a", "b", "c"], [1, np.nan, 3], [np.nan, 2, 4]]
    matrix = list(SQUARE)
    for place in places:
        lines.insert(place, blank)
        matrix.insert(min(place, 3), blank)
    folder = tmp_path_factory.mktemp("blank")
    found = columns_of(write(folder / "t.csv", *lines))
    assert found["id"] == expected[0]
    np.testing.assert_array_equal([found["w"], found["x"]], expected[1:])
    np.testing.assert_array_equal(
        read_csv(write(folder / "k.csv", *matrix)).matrix, [[1, 0.5], [0.5, 1]]
    )


@pytest.mark.parametrize("row", [",,3", ",x,", '"",0,'])
def test_rows_without_a_label(tmp_path, row):
    path = write(tmp_path / "t.csv", "# c", "id,w,x", ",,", "a,1,2", "", row)
    with pytest.raises(ValueError, match=r"t.csv, line 6: the label in column 'id' is missing"):
        columns_of(path)


@pytest.mark.parametrize("label", ["NULL", "null", "\\N", "#REF!", "#NAME?", "#DIV/0!", "n/a"])
def test_labels_that_are_codes(tmp_path, label):
    path = write(tmp_path / "t.csv", "# c", "w,id", "1,a", f"2,{label}", f"3,{label}", "4,b")
    with pytest.raises(ValueError, match=r"t, column 'id': the label in line 4 is missing") as one:
        join_tables({"t": path})
    frame = columns_of(write(path, "w,id", "1,a", "4,b"))
    assert frame["id"] == ["a", "b"]
    with pytest.raises(ValueError, match="the label in line 4 is missing"):
        join_tables({"t": write(path, "w,id", "1,a", "4,b", f"2,{label}")})
    assert "has to be in ids" in str(one.value)
    found = join_tables({"t": path}, ids=["a", "b", label]).frame
    assert found["id"].tolist() == ["a", "b", label]


@pytest.mark.parametrize("label", ["#12", "nullipara", "REF", "N", "\\n1", "#x"])
def test_labels_that_are_no_codes(tmp_path, label):
    path = write(tmp_path / "t.csv", "w,id", "1,a", f"2,{label}")
    assert columns_of(path)["id"] == ["a", label]


@pytest.mark.parametrize("end", ["\x1a", "\n\x1a", "\x1a\x1a\n"])
@pytest.mark.parametrize("line_break", ["\n", "\r\n"])
@pytest.mark.parametrize("name", FORMATS)
def test_the_end_of_a_file_of_dos(tmp_path, name, end, line_break):
    """A file that has it is complete."""
    write_version, _, suffixes = FORMATS[name]
    write_version(tmp_path / "k", "old")
    for suffix in suffixes:
        path = tmp_path / f"k{suffix}"
        if not suffix.endswith((".bin", ".bed")):
            content = path.read_bytes()
            content = gzip.decompress(content) if suffix.endswith(".gz") else content
            text = (content.decode().removesuffix("\n") + end).replace("\n", line_break)
            path.write_bytes(text.encode())
            if suffix.endswith(".gz"):
                path.write_bytes(gzip.compress(text.encode()))
    assert found_version(tmp_path / "k", name) == "old"


def test_empty_last_fields_before_the_end_of_dos(tmp_path):
    path = tmp_path / "t.tsv"
    path.write_bytes(b"id\tx\ty\na\t1\t\n\x1a")
    assert columns_of(path)["x"] == [1]


def test_marks_of_files_put_together(tmp_path):
    one, two = "\ufeffid,w\r\na,1\r\n", "\ufeffb,2\r\n"
    (tmp_path / "t.csv").write_text(one + two, encoding="utf-8", newline="")
    assert columns_of(tmp_path / "t.csv") == {"id": ["a", "b"], "w": [1, 2]}


@pytest.mark.parametrize("comment", ["# of mice", "#of mice", "#", "# 1 2"])
@pytest.mark.parametrize("place", [0, 1, 2])
def test_comments_of_a_matrix(tmp_path, comment, place):
    lines = ["1 .5", ".5 1"]
    lines.insert(place, comment)
    found = read_text(write(tmp_path / "k.txt", *lines), ids=["a", "b"]).matrix
    np.testing.assert_array_equal(found, [[1, 0.5], [0.5, 1]])


def test_a_footer_of_savetxt(tmp_path):
    np.savetxt(tmp_path / "k.txt", np.eye(2), header="K\nof mice", footer="end")
    assert read_text(tmp_path / "k.txt", ids=["a", "b"]).matrix.tolist() == np.eye(2).tolist()


def test_the_line_of_an_error_behind_comments(tmp_path):
    with pytest.raises(ValueError, match="line 4: field 2 is 'x'"):
        read_text(write(tmp_path / "k.txt", "# K", "1 .5", "# b", ".5 x"), ids=["a", "b"])


@pytest.mark.parametrize(
    ("lines", "read"),
    [
        (["0 .5", ".5 0"], lambda path: read_text(path, ids=["a", "b"])),
        (["id,a,b", "a,0,.5", "b,.5,0"], read_csv),
    ],
)
def test_distances(tmp_path, lines, read):
    with pytest.raises(ValueError, match="has 0 on the whole diagonal, as distances have"):
        read(write(tmp_path / "k", *lines))
    zeros = [line.replace(".5", "0") for line in lines]
    assert not read(write(tmp_path / "k", *zeros)).matrix.any()


def test_the_remedy_for_distances():
    genotypes = np.random.default_rng(0).integers(0, 3, (6, 40))
    distances = np.abs(genotypes[:, None] - genotypes).mean(axis=2) / 2
    found = Kinship(1 - distances, list("abcdef"))
    np.testing.assert_allclose(found.matrix, ibs(genotypes, list("abcdef")).matrix)
    assert np.linalg.eigvalsh(found.matrix).min() > 0


@pytest.mark.parametrize("codes", [("9999999999999999", "1"), ("9007199254740993", "")])
def test_integers_that_no_float_holds(tmp_path, codes):
    path = write(tmp_path / "t.csv", "id,code,n", *(f"m{c},{c},7" for c in codes))
    found = columns_of(path)
    assert (found["code"][0], found["n"]) == (codes[0], [7, 7])
    path = write(path, "id,code", "a,9007199254740992", "b,-5")
    assert columns_of(path)["code"] == [9007199254740992, -5]
