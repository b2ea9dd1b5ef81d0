"""Tables as R, Excel and other programs leave them: without names, with leftovers and blanks."""

import codecs
import gzip
import re
import shutil
import subprocess

import numpy as np
import pandas as pd
import pytest
from matrices import MATRIX, assert_is_matrix, lines_of
from tables import write

from sklmm import Kinship
from sklmm.io import join_tables, read_csv, read_text


@pytest.mark.parametrize("separator", [",", ";", "|", "\t", " "])
@pytest.mark.parametrize("n", [2, 3])
@pytest.mark.parametrize("titles", [False, True])
@pytest.mark.parametrize("form", [repr, "{:.18e}".format])
def test_matrices_without_names(tmp_path, separator, n, titles, form):
    """As numpy.savetxt and DataFrame.to_csv without index write them."""
    first = [separator.join(map(str, range(n)))] if titles else []
    rows = [separator.join(map(form, row)) for row in MATRIX[:n, :n].tolist()]
    path = write(tmp_path / "k.csv", *first, *rows)
    what = "rows have" if titles else "file has"
    message = rf"k.csv, line {1 + titles}: the {what} no names, only numbers. Give the individu"
    with pytest.raises(ValueError, match=message) as info:
        read_csv(path, separator=separator)
    code = re.search(r"in its order: (.*?\))\.(?: If|$)", str(info.value))[1]
    names = {"read_text": read_text, "numpy": np, "Kinship": Kinship}
    assert_is_matrix(eval(code, {**names, "path": path, "ids": list("abc"[:n])}), "abc"[:n])


@pytest.mark.parametrize("separator", [",", "\t", " "])
@pytest.mark.parametrize("above", [[], ["# by hand"], ["sep={0}"]])
@pytest.mark.parametrize("end", ["", "{0}", "{0}{0}"])
@pytest.mark.parametrize("titles", [False, True])
def test_matrices_without_names_and_with_leftovers(tmp_path, separator, above, end, titles):
    if separator == " " and end:
        return
    rows = [*([separator.join("abc")] if titles else []), *lines_of(MATRIX, separator)]
    lines = [*above, *(row + end for row in rows), *([end * 2] if end else [])]
    path = write(tmp_path / "k.csv", *[line.format(separator) for line in lines])
    with pytest.raises(ValueError, match="no names, only numbers") as info:
        read_csv(path, separator=separator)
    code = re.search(r"in its order: (.*?\))\.(?: If|$)", str(info.value))[1]
    names = {"read_text": read_text, "numpy": np, "Kinship": Kinship}
    assert_is_matrix(eval(code, {**names, "path": path, "ids": list("abc")}), "abc")


@pytest.mark.parametrize("first", ["id", "", '""', "x1", "1_1", "IID"])
@pytest.mark.parametrize("names", [["1", "2", "3"], ["1.0", "0.5", "0.25"], ["7", "0", "1e3"]])
def test_titles_that_are_numbers(tmp_path, first, names):
    path = write(tmp_path / "k.csv", ",".join([first, *names]), *lines_of(MATRIX, ",", names))
    assert_is_matrix(read_csv(path), names)


LEFT_BY_EXCEL = {
    "lines": lambda lines, s: [*lines, s * 3, s * 3],
    "quoted lines": lambda lines, s: [*lines, s.join(['""'] * 4)],
    "a column": lambda lines, s: [line + s for line in lines],
    "columns": lambda lines, s: [f"{line}{s} {s}" for line in lines],
    "both": lambda lines, s: [*(line + s for line in lines), s * 4],
    "sep=": lambda lines, s: [f"sep={s}", *lines],
    "quoted sep=": lambda lines, s: [f'"sep={s}"', *lines],
    "all": lambda lines, s: [f"SEP={s}", *(line + s for line in lines), s * 4],
}


@pytest.mark.parametrize("leave", LEFT_BY_EXCEL.values(), ids=LEFT_BY_EXCEL)
@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("header", [True, False, "short"])
def test_what_excel_leaves(tmp_path, leave, separator, header):
    titles = {True: ["id", *"abc"], "short": list("abc")}.get(header, [])
    lines = [*([separator.join(titles)] if titles else []), *lines_of(MATRIX, separator, "abc")]
    path = write(tmp_path / "k.csv", *leave(lines, separator))
    assert_is_matrix(read_csv(path, separator=separator, header=bool(header)), "abc")


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        (["id,a,b,", "a,1,.5,", "b,.5,1,0"], "different names|field 4"),
        (["id,a,b", "a,1,.5,", "b,.5,1,"], "line 2: 4 fields, .* the titles end with ','"),
        (["id,a,b,", "a,1,.5", "b,.5,1"], "line 2: 3 fields, but the first line has 4"),
        (["id,a,b,", "a,1,.5,", "b,.5,"], "line 3: 2 fields, but the first line has 3"),
    ],
)
def test_what_is_no_leftover(tmp_path, lines, message):
    with pytest.raises(ValueError, match=rf"k.csv.*({message})"):
        read_csv(write(tmp_path / "k.csv", *lines))


@pytest.mark.parametrize("used", [",", ";", "\t", " "])
@pytest.mark.parametrize("named", [",", ";", "\t"])
def test_separators_that_excel_names(tmp_path, used, named):
    path = write(
        tmp_path / "k.csv",
        f"sep={named}",
        named.join(["id", *"abc"]),
        *lines_of(MATRIX, named, "abc"),
    )
    if used == named or (used, named) == (" ", "\t"):
        assert_is_matrix(read_csv(path, separator=used), "abc")
        return
    with pytest.raises(ValueError, match=r"k.csv, line 1 names .* as the separator") as info:
        read_csv(path, separator=used)
    remedy = re.search(r"Pass separator=('.*')\.", str(info.value))[1]
    assert_is_matrix(read_csv(path, separator=eval(remedy)), "abc")


@pytest.mark.parametrize(
    ("row", "column"), [("b ", "b"), ("B", "b"), ("007", "7"), ("x-1", "x–1"), ("7.0", "7")]
)
def test_names_that_nearly_match(tmp_path, row, column):
    for one, other in ((row, column), (column, row)):
        path = write(tmp_path / "k.csv", f"id,a,{other}", "a,1,.5", f"{one},.5,1")
        message = f"{one!r} nearly matches {other!r}: write both in the same way"
        with pytest.raises(ValueError, match=re.escape(message)):
            read_csv(path)


@pytest.mark.parametrize("separator", [",", ";", "|"])
@pytest.mark.parametrize("around", ["{} ", " {}", " {}  "])
def test_blanks_around_titles(tmp_path, separator, around):
    """No other separator is advised, and what is leads to the matrix."""
    titles = around.format(separator).join(["id", *"abc"])
    path = write(tmp_path / "k.csv", titles, *lines_of(MATRIX, separator, "abc"))
    with pytest.raises(ValueError, match="Blanks stand around") as info:
        read_csv(path, separator=separator)
    assert "would fit" not in str(info.value)
    run_sed(path, str(info.value))
    assert_is_matrix(read_csv(path, separator=separator), "abc")


@pytest.mark.parametrize("blank", [" ", "  ", "\u00a0", "\t"])
def test_blanks_at_the_ends_of_lines(tmp_path, blank):
    titles, *others = ["id,a,b,c", *lines_of(MATRIX, ",", "abc")]
    lines = [f"{blank}{titles}{blank}", *(line + blank for line in others)]
    path = write(tmp_path / "k.csv", *lines)
    with pytest.raises(ValueError, match="Blanks stand around") as info:
        read_csv(path)
    run_sed(path, str(info.value))
    assert_is_matrix(read_csv(path), "abc")


@pytest.mark.parametrize(("separator", "blank"), [(";", " "), ("\t", " "), (";", "\t")])
def test_blanks_at_the_ends_of_lines_of_windows(tmp_path, separator, blank):
    """The last blank stands before the carriage return, and last fields may be empty."""
    rows = [["id", "herd", "line"], ["a", "x", ""], ["b", "y", "u"], ["c", "x", ""]]
    path = tmp_path / "t.csv"
    path.write_bytes(
        "".join(f"{blank}{separator}".join(row) + f"{blank}\r\n" for row in rows).encode()
    )
    with pytest.raises(ValueError, match="Blanks stand around") as info:
        join_tables({"t": path}, separator=separator)
    run_sed(path, str(info.value))
    assert path.read_bytes() == "".join(separator.join(row) + "\r\n" for row in rows).encode()


@pytest.mark.parametrize("around", ["{} ", " {}", " {}  "])
def test_blanks_around_tabs(tmp_path, around):
    titles = around.format("\t").join(["id", *"abc"])
    path = write(tmp_path / "k.csv", titles, *lines_of(MATRIX, "\t", "abc"))
    with pytest.raises(ValueError, match=r"' ' would fit: separator=' '\.$"):
        read_csv(path, separator="\t")
    assert_is_matrix(read_csv(path, separator=" "), "abc")


def run_sed(path, message):
    if shutil.which("sed") is None:
        pytest.skip("sed is not installed")
    code = re.search(r"by sed '(.*?)'\.", message)[1]
    done = subprocess.run(["sed", code, path], check=True, capture_output=True)
    path.write_bytes(done.stdout)


@pytest.mark.parametrize("separator", [" ", "\t"])
@pytest.mark.parametrize("n", [1, 2])
@pytest.mark.parametrize("values", [MATRIX, np.eye(3), np.full((3, 3), 0.5)])
def test_squares_of_more_individuals(tmp_path, separator, n, values):
    """A square of numbers has no names."""
    path = write(tmp_path / "k.txt", *lines_of(values[: n + 1, : n + 1], separator))
    with pytest.raises(ValueError, match=f"k.txt has {n + 1} lines, but there are {n} individua"):
        read_text(path, ids=list("xyz"[:n]))
    path = write(tmp_path / "k.txt", *lines_of(MATRIX, separator)[:2])
    with pytest.raises(ValueError, match=r"k.txt, line 1: 3 numbers, but there are 2 individuals"):
        read_text(path, ids=list("xy"))


def test_numbers_that_are_the_individuals(tmp_path):
    names = ["1", "2", "3"]
    path = write(tmp_path / "k.txt", "0 1 2 3", *lines_of(MATRIX, " ", names))
    with pytest.raises(ValueError, match=r"names its rows, .* use read_csv"):
        read_text(path, ids=[1, 2, 3])


@pytest.mark.parametrize("separator", [",", "\t", " "])
@pytest.mark.parametrize("quote", ["", '"'])
@pytest.mark.parametrize("mark", [b"", codecs.BOM_UTF8])
@pytest.mark.parametrize("above", ["", "# a comment\n", "V1,V2\n"])
@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_the_remedy_for_numbers_alone(tmp_path, separator, quote, mark, above, pack):
    if pack is gzip.compress and mark:
        return
    fields = [[f"{quote}{number}{quote}" for number in row] for row in ([1, 0.5], [0.5, 1])]
    text = above.replace(",", separator) + "".join(f"{separator.join(row)}\n" for row in fields)
    path = tmp_path / "k.csv"
    path.write_bytes(pack(mark + text.encode()))
    with pytest.raises(ValueError, match="no names, only numbers") as info:
        read_csv(path, separator=separator)
    remedy = re.search(r"in its order: (.*?\))\.( If|$)", str(info.value))[1]
    known = {"Kinship": Kinship, "numpy": np, "gzip": gzip, "read_text": read_text}
    kinship = eval(remedy, {**known, "path": path, "ids": ["a", "b"]})
    np.testing.assert_array_equal(kinship.matrix, [[1, 0.5], [0.5, 1]])


@pytest.mark.parametrize("first", [0, 1])
def test_numbers_of_rows_in_front_of_names(tmp_path, first):
    lines = ['"","id","a","b"', f"{first},a,1,0.5", f"{first + 1},b,0.5,1"]
    with pytest.raises(ValueError, match=r"the first column counts the rows.* index=False in p"):
        read_csv(write(tmp_path / "k.csv", *lines))
    without = pd.read_csv(tmp_path / "k.csv", index_col=0)
    without.to_csv(tmp_path / "k.csv", index=False)
    assert list(read_csv(tmp_path / "k.csv").ids) == ["a", "b"]


def test_columns_that_R_has_numbered(tmp_path):
    lines = ["id,V1,V2", "a,1,0.5", "b,0.5,1"]
    with pytest.raises(ValueError, match=r"remove the line of titles and use header=False"):
        read_csv(write(tmp_path / "k.csv", *lines))
    kinship = read_csv(write(tmp_path / "k.csv", *lines[1:]), header=False)
    np.testing.assert_array_equal(kinship.matrix, [[1, 0.5], [0.5, 1]])


def test_rows_and_columns_that_R_has_numbered(tmp_path):
    path = write(tmp_path / "k.txt", '"V1" "V2"', '"1" 1 0.5', '"2" 0.5 2')
    with pytest.raises(ValueError, match=r"only counts them, write it without \(row.names=FALSE"):
        read_text(path, ids=["2", "1"])
    with pytest.raises(ValueError, match=r"by row.names=FALSE and col.names=FALSE, and use read"):
        read_csv(path, separator=" ")
    kinship = read_text(write(path, "1 0.5", "0.5 2"), ids=["2", "1"])
    np.testing.assert_array_equal(kinship.select(["1"]).matrix, [[2]])


@pytest.mark.parametrize("header", [True, False])
@pytest.mark.parametrize("above", [[], ["# made by me"]])
def test_titles_in_a_comment(tmp_path, header, above):
    lines = [*above, "#id,a2,a1,a3", "a1,0,1,0", "a2,1,0,0", "a3,0,0,1"]
    with pytest.raises(ValueError, match=rf"line {len(lines) - 3} .* Remove the #, and leave h"):
        read_csv(write(tmp_path / "k.csv", *lines), header=header)
    lines[len(above)] = lines[len(above)][1:]
    assert read_csv(write(tmp_path / "k.csv", *lines)).matrix.tolist() == np.eye(3).tolist()


def test_comments_of_savetxt(tmp_path):
    np.savetxt(tmp_path / "k.txt", np.eye(2), header="my matrix\nof mice")
    assert read_text(tmp_path / "k.txt", ids=["a", "b"]).matrix.tolist() == np.eye(2).tolist()
    write(tmp_path / "k.txt", "# mine", "1 x", "0 1")
    with pytest.raises(ValueError, match="line 2: field 2 is 'x'"):
        read_text(tmp_path / "k.txt", ids=["a", "b"])


@pytest.mark.parametrize(
    ("content", "remedy"),
    [
        (b"\x93NUMPY\x01\x00v", "read it by numpy.load"),
        (b"X\n\x00\x00\x00\x03", "readRDS in R"),
        (b"RDX3\nX\n\x00", "load it in R"),
    ],
)
@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_arrays_and_objects_of_R(tmp_path, content, remedy, pack):
    (tmp_path / "k").write_bytes(pack(content))
    for read in (read_csv, lambda path: read_text(path, ids=["a"])):
        with pytest.raises(ValueError, match=f"no text file but an? .*: .*{remedy}"):
            read(tmp_path / "k")
