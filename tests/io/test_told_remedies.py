"""What readers advise for files that are no table or hold half of a matrix, carried out."""

import re
import shutil
import subprocess

import numpy as np
import pandas as pd
import pytest
from matrices import MATRIX, assert_is_matrix, lines_of
from tables import columns_of, write

from sklmm import Kinship
from sklmm.io import join_tables, read_csv, read_rel, read_text

KNOWN = {"pandas": pd, "numpy": np, "np": np, "Kinship": Kinship}


@pytest.mark.parametrize("filled", ["tril", "triu"])
@pytest.mark.parametrize("separator", [",", ";", "\t", " ", "text", "rel"])
@pytest.mark.parametrize("header", [True, False, "short"])
def test_files_with_one_triangle(tmp_path, filled, separator, header):
    """The code is of an array, and the message says how to get it from the file."""
    triangle = getattr(np, filled)(MATRIX)
    path = tmp_path / "k.rel"
    if separator in ("text", "rel"):
        write(path, *lines_of(triangle, " "))
        write(tmp_path / "k.rel.id", *(f"F {name}" for name in "abc"))
        read, options = (read_rel, {}) if separator == "rel" else (read_text, {"ids": list("abc")})
    else:
        titles = [separator.join([*(["id"] if header is True else []), *"abc"])] if header else []
        write(path, *titles, *lines_of(triangle, separator, "abc"))
        read, options = read_csv, {"separator": separator, "header": bool(header)}
    if read is read_rel and filled == "tril":
        return
    with pytest.raises(ValueError, match="Only one triangle is filled") as info:
        read(path, **options)
    message = str(info.value)
    code = re.search(r"triangle is filled: use (.*?)\. For that", message)[1]
    made = re.search(r"read the file by matrix = (.*), and give the result to", message)[1]
    matrix = eval(made, {**KNOWN, "path": path})
    result = eval(code, {**KNOWN, "matrix": matrix})
    assert_is_matrix(Kinship(result, list("abc")), "abc")


@pytest.mark.parametrize("above", ["# a comment", "sep=,"])
def test_a_triangle_below_other_lines(tmp_path, above):
    path = write(tmp_path / "k.csv", above, "id,a,b", "a,1,0", "b,.5,1")
    with pytest.raises(ValueError, match=r"For that matrix is an array of its numbers, and give"):
        read_csv(path)


@pytest.mark.parametrize("first", [0, 1])
@pytest.mark.parametrize("separator", [",", "\t", " "])
def test_rows_that_are_counted(tmp_path, first, separator):
    rows = lines_of(MATRIX, separator, [str(first + row) for row in range(3)])
    path = write(tmp_path / "k.csv", separator.join(["id", *"abc"]), *rows)
    with pytest.raises(ValueError, match="If the rows are only counted, in the order of") as info:
        read_csv(path, separator=separator)
    made, code = re.search(r"use frame = (.*) and (.*)\.$", str(info.value)).groups()
    frame = eval(made, {**KNOWN, "path": path})
    assert_is_matrix(eval(code, {**KNOWN, "frame": frame}), "abc")


@pytest.mark.parametrize(
    "start", ["<html>", "<!DOCTYPE html>", "\n <TABLE x>", "<?xml ?>", "\ufeff<html>", "<!-- -->"]
)
def test_pages_that_are_called_xls(tmp_path, start):
    path = tmp_path / "t.xls"
    path.write_text(f"{start}<tr><td>id</td></tr>\n<tr><td>a</td></tr>\n", encoding="utf-8")
    for read in (read_csv, columns_of, lambda path: read_text(path, ids=["a"])):
        with pytest.raises(ValueError, match=r"t.xls is a page of HTML or XML, .* save it as CSV"):
            read(path)


@pytest.mark.parametrize("label", ["<a>", "<tablet", "< 1", "<", "html"])
def test_labels_that_are_no_pages(tmp_path, label):
    path = write(tmp_path / "t.csv", f"{label},w", "a,1")
    assert columns_of(path, id_column=label)[label] == ["a"]


@pytest.mark.parametrize(("kind", "start"), [("parquet", b"PAR1"), ("feather", b"ARROW1")])
def test_files_of_columns(tmp_path, kind, start):
    path = tmp_path / f"t.{kind}"
    path.write_bytes(start + b"\x15\x04\n\0\0")
    with pytest.raises(ValueError, match=f"no text file but a .*: read it by pandas.read_{kind}"):
        join_tables({"t": path})


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_lines_in_quotes_as_a_whole(tmp_path, separator, end):
    lines = [["id", "herd"], ["a", '""x y""'], ["b", "z"]]
    path = tmp_path / "t.csv"
    quoted = [f'"{separator.join(line)}"{end}' for line in lines]
    path.write_bytes("".join(quoted).encode())
    with pytest.raises(ValueError, match="Each line is in quotes as a whole") as info:
        columns_of(path, separator=separator)
    if shutil.which("sed") is None:
        pytest.skip("sed is not installed")
    code = re.search(r"by sed '(.*)'\.", str(info.value))[1]
    done = subprocess.run(["sed", code, path], check=True, capture_output=True)
    path.write_bytes(done.stdout)
    assert columns_of(path, separator=separator) == {"id": ["a", "b"], "herd": ["x y", "z"]}
