"""Kinship files in the layouts of other programs are read, or a message says how."""

import re
import shutil
import subprocess

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matrices import MATRIX, assert_is_matrix, lines_of
from tables import write

from sklmm import Kinship
from sklmm.io import read_csv, read_grm, read_plink, read_rel, read_text, write_csv, write_plink

LABELS = st.text(st.characters(categories=["L", "N", "P", "S"]), min_size=1, max_size=6)


@pytest.mark.parametrize("names", ["abc", ["1", "2", "3"], ["0.5", "1.125", "7"]])
@pytest.mark.parametrize("separator", [",", "\t", ";", " "])
def test_layouts_of_tables(tmp_path, names, separator):
    rows = lines_of(MATRIX, separator, names)
    titles, path = separator.join(names), tmp_path / "k.csv"
    for first, header in (
        ([f"id{separator}{titles}"], True),
        ([titles], True),
        (["3"], True),
        (["3"], False),
        (["# made by hand", "3"], True),
        ([], False),
    ):
        assert_is_matrix(
            read_csv(write(path, *first, *rows), separator=separator, header=header), names
        )
    with pytest.raises(ValueError, match=r"k.csv, line 1: numbers stand where .* header=False"):
        read_csv(write(path, *rows), separator=separator)
    with pytest.raises(
        ValueError, match=r"Use header=True if line 1 has titles|not a finite numb"
    ):
        read_csv(write(path, f"id{separator}{titles}", *rows), separator=separator, header=False)


@given(
    st.lists(LABELS, min_size=1, max_size=3, unique=True), st.sampled_from([",", ";", "\t", " "])
)
def test_a_kinship_survives_every_layout(tmp_path_factory, names, separator):
    """R's short header, no header and a header are the same matrix, whatever the labels."""
    folder = tmp_path_factory.mktemp("layouts")
    names = [f"l{name}" for name in names]
    write_csv(
        folder / "k.csv", Kinship(MATRIX[: len(names), : len(names)], names), separator=separator
    )
    first, *rows = (folder / "k.csv").read_text(encoding="utf-8").splitlines()
    assert_is_matrix(read_csv(folder / "k.csv", separator=separator), names)
    write(folder / "r.csv", first.removeprefix(f"id{separator}"), *rows)
    assert_is_matrix(read_csv(folder / "r.csv", separator=separator), names)
    write(folder / "g.csv", *rows)
    assert_is_matrix(read_csv(folder / "g.csv", separator=separator, header=False), names)


def test_numbers_may_be_filled_up_with_blanks(tmp_path):
    path = write(tmp_path / "k.csv", "id,a,b", "a,  1.0, 0.50", "b, 0.5, 1.125 ")
    np.testing.assert_array_equal(read_csv(path).matrix, MATRIX[:2, :2])
    path = write(tmp_path / "k.txt", "   id     a    b", "a   1.0   0.5", "b\t0.5 1.125  ")
    np.testing.assert_array_equal(read_csv(path, separator=" ").matrix, MATRIX[:2, :2])


def run_r(folder, code):
    if shutil.which("Rscript") is None:
        pytest.skip("R is not installed")
    subprocess.run(["Rscript", "-e", code], cwd=folder, check=True, capture_output=True)


K_IN_R = (
    "n <- c('1001', '1 b', 'c'); "
    "K <- matrix(c(1, .5, .25, .5, 1.125, .125, .25, .125, 2), 3, dimnames=list(n, n)); "
)


@pytest.mark.external
@pytest.mark.parametrize(
    ("code", "separator"),
    [
        ("write.table(K, 'k')", " "),
        ("write.table(K, 'k', sep='\\t')", "\t"),
        ("write.table(K, 'k', sep='\\t', quote=FALSE)", "\t"),
        ("write.table(K, 'k', sep='\\t', col.names=NA)", "\t"),
        ("write.csv(K, 'k')", ","),
        ("write.csv2(as.data.frame(K), 'k')", ";"),
    ],
)
def test_tables_of_r(tmp_path, code, separator):
    run_r(tmp_path, K_IN_R + code)
    path = tmp_path / "k"
    if "csv2" in code:
        with pytest.raises(ValueError, match=r"'0,5', not a finite number. Decimals need a point"):
            read_csv(path, separator=separator)
        path.write_text(path.read_text().replace(",", "."))
    assert_is_matrix(read_csv(path, separator=separator), ["1001", "1 b", "c"])


@pytest.mark.external
def test_names_that_r_changes(tmp_path):
    again = "L <- read.csv('k', row.names=1{}); write.csv(L, 'l')"
    run_r(tmp_path, K_IN_R + "write.csv(K, 'k'); " + again.format(""))
    with pytest.raises(ValueError, match=r"R has renamed the columns: use check.names=FALSE in"):
        read_csv(tmp_path / "l")
    run_r(tmp_path, K_IN_R + "write.csv(K, 'k'); " + again.format(", check.names=FALSE"))
    assert_is_matrix(read_csv(tmp_path / "l"), ["1001", "1 b", "c"])


@pytest.mark.parametrize(
    ("row", "column"),
    [
        ("1001", "X1001"),
        ("a-1", "a.1"),
        ("_x", "X_x"),
        (".5a", "X.5a"),
        ("Ø 1", "Ø.1"),
        ("-", "X."),
    ],
)
def test_names_as_r_makes_them(tmp_path, row, column):
    lines = [f'"","{column}","c"', f'"{row}",1,.5', '"c",.5,1']
    with pytest.raises(ValueError, match=r"k.csv: rows and columns .* R has renamed the columns"):
        read_csv(write(tmp_path / "k.csv", *lines))
    with pytest.raises(ValueError, match=r"names only one of them.$"):
        read_csv(write(tmp_path / "k.csv", lines[0].replace(column, "d"), *lines[1:]))


@pytest.mark.parametrize("wrong", [",", ";", "\t", " "])
@pytest.mark.parametrize("right", [",", ";", "\t", " "])
def test_other_separators(tmp_path, wrong, right):
    if wrong == right or (wrong, right) == (" ", "\t"):
        return
    lines = [right.join(["id", *"abc"]), *lines_of(MATRIX, right, "abc")]
    path = write(tmp_path / "k.txt", *lines)
    with pytest.raises(ValueError, match=re.escape(f"Is {wrong!r} the separator?")) as info:
        read_csv(path, separator=wrong)
    remedy = re.search(r"would fit: separator=('.*')\.", str(info.value))[1]
    assert_is_matrix(read_csv(path, separator=eval(remedy)), "abc")


def test_labels_that_are_numbers_and_nearly_match(tmp_path):
    path = write(tmp_path / "k.csv", "id,1,2", "01,1,.5", "02,.5,1")
    with pytest.raises(ValueError, match=r"rows and columns have different names; '01' "):
        read_csv(path)


def test_decimal_commas(tmp_path):
    """A comma in each line does not make R's layout of the others."""
    path = write(tmp_path / "k.csv", "id;a;b", "a;1;0,5", "b;1;0,5")
    with pytest.raises(ValueError, match=r"';' would fit: separator=';'"):
        read_csv(path)


def test_header_is_true_or_false(tmp_path):
    """0 and None are what pandas takes, and mean the opposite of each other there."""
    for header in (0, None, "a"):
        with pytest.raises(ValueError, match="header must be True or False, got"):
            read_csv(write(tmp_path / "k.csv", "id,a", "a,1"), header=header)


def test_counts_that_do_not_fit(tmp_path):
    path = write(tmp_path / "k.txt", "3", *lines_of(MATRIX, "\t", "abc")[:2])
    with pytest.raises(ValueError, match="first line is the number of rows, some are missing"):
        read_csv(path, separator="\t")


@pytest.mark.parametrize("names", ["abc", ["1", "2", "3"], ["7", "x", "0"]])
@pytest.mark.parametrize("kind", ["lower", "upper", "full"])
@pytest.mark.parametrize("ids", [None, "other"])
@pytest.mark.parametrize("titles", [[], ["ID1 ID2 K"]])
def test_pairs_of_gemma(tmp_path, names, kind, ids, titles):
    names, lines = list(names), []
    for i, first in enumerate(names):
        for j, second in enumerate(names):
            if kind == "full" or (i >= j if kind == "lower" else i <= j):
                lines.append(f"{first} {second}\t{float(MATRIX[i, j])!r}")
    path = write(tmp_path / "pairs.txt", *titles, *lines[::-1])
    labels = names if ids is None else [f"{name}{ids}" for name in names[:2]]
    with pytest.raises(ValueError, match=r"two individuals and a value in each line") as info:
        read_text(path, ids=labels)
    code = str(info.value).split("by pandas: ")[1]
    namespace = {"pandas": pd, "Kinship": Kinship, "path": path}
    exec(code, namespace)
    assert_is_matrix(namespace["kinship"].select(names), names)


@pytest.mark.parametrize("n", [1, 2, 3])
@pytest.mark.parametrize("value", [1.0, 0.0, 0.5])
def test_a_square_is_never_taken_for_pairs(tmp_path, n, value):
    matrix = np.full((n, n), value)
    path = write(tmp_path / "k.txt", *lines_of(matrix, " "))
    for ids in (["0", "1", "0.5"][:n], ["0.5", "0.0", "1.0"][:n]):
        np.testing.assert_array_equal(read_text(path, ids=ids).matrix, matrix)


@pytest.mark.parametrize("names", ["abc", ["1", "2", "3"]])
@pytest.mark.parametrize("separator", [" ", "\t"])
def test_named_rows_in_plain_text(tmp_path, names, separator):
    rows, titles = lines_of(MATRIX, separator, names), separator.join(names)
    for first in ([], [titles], [f"id{separator}{titles}"]):
        path = write(tmp_path / "k.txt", *first, *rows)
        with pytest.raises(ValueError, match=r"names its rows, .* use read_csv\(") as info:
            read_text(path, ids=list("xyz"))
        code = re.search(r"use (read_csv\(.*\))\.", str(info.value))[1]
        assert_is_matrix(eval(code, {"read_csv": read_csv, "path": path}), names)


@pytest.mark.parametrize("separator", [",", ", ", ";", "|"])
def test_separators_in_plain_text(tmp_path, separator):
    path = write(tmp_path / "k.txt", *lines_of(MATRIX, separator))
    with pytest.raises(ValueError, match=r"stands between the numbers|does not separate") as info:
        read_text(path, ids=list("abc"))
    if separator != ", ":
        old, new = re.search(r"sed 's/(.)/(.)/g'", str(info.value)).groups()
        path.write_text(path.read_text().replace(old, new))
        assert_is_matrix(read_text(path, ids=list("abc")), "abc")


def test_coefficients_of_king(tmp_path):
    for name in ("x.king", "x.king.bin", "x.king.gz"):
        with pytest.raises(
            ValueError, match=r"KING's coefficients.*plink --make-rel or sklmm.rela"
        ):
            read_rel(write(tmp_path / name, ".1"))


@pytest.mark.external
def test_the_remedy_for_king(tmp_path):
    if shutil.which("plink1.9") is None:
        pytest.skip("plink1.9 is not installed")
    M = np.random.default_rng(0).integers(0, 3, (5, 60))
    write_plink(tmp_path / "x", M, list("abcde"), feature_names=range(60), chromosome=[1] * 60)
    command = ["plink1.9", "--bfile", "x", "--make-rel", "square", "--out", "x"]
    subprocess.run(command, cwd=tmp_path, check=True, capture_output=True)
    assert list(read_rel(tmp_path / "x.rel").ids) == list("abcde")


@pytest.mark.parametrize(
    "ending", [".grm.bin", ".grm.N.bin", ".grm.id", ".grm.gz", ".grm.sp", ".grm"]
)
def test_prefixes_of_grm(tmp_path, ending):
    write(tmp_path / "x.1.grm.id", "F a")
    write(tmp_path / "x.1.grm.sp", "0 0 1")
    message = rf"is the name of a file: give the prefix, without {re.escape(ending)}, which is '"
    with pytest.raises(ValueError, match=message) as info:
        read_grm(tmp_path / f"x.1{ending}")
    prefix = re.search("which is '(.*)'", str(info.value))[1]
    assert list(read_grm(prefix).ids) == ["a"]
    with pytest.raises(FileNotFoundError):
        read_grm(tmp_path / "nowhere")
    for name in ("id", "sp"):
        (tmp_path / f"x.1.grm.{name}").rename(tmp_path / f"x{ending}.grm.{name}")
    assert list(read_grm(tmp_path / f"x{ending}").ids) == ["a"]


@pytest.mark.parametrize("ending", [".bed", ".bim", ".fam"])
def test_prefixes_of_plink(tmp_path, ending):
    write_plink(tmp_path / "x", [[1]], ["a"], feature_names=["s"])
    message = rf"give the prefix, without {re.escape(ending)}, which is '"
    with pytest.raises(ValueError, match=message) as info:
        read_plink(str(tmp_path / f"x{ending}"))
    assert list(read_plink(re.search("which is '(.*)'", str(info.value))[1]).ids) == ["a"]
    for old in ("bed", "bim", "fam"):
        (tmp_path / f"x.{old}").rename(tmp_path / f"x{ending}.{old}")
    assert list(read_plink(tmp_path / f"x{ending}").ids) == ["a"]


@pytest.fixture
def ids_of_three(tmp_path):
    return write(tmp_path / "s.grm.id", "F a", "F b", "G c")


@given(st.data())
def test_sparse_relationships(tmp_path_factory, data):
    """Pairs in any order and either triangle; those that are not listed have 0."""
    n = data.draw(st.integers(1, 6))
    folder = tmp_path_factory.mktemp("sparse")
    pairs = [(i, j) for i in range(n) for j in range(i)]
    chosen = data.draw(st.lists(st.sampled_from(pairs), unique=True)) if pairs else []
    expected, lines = np.zeros((n, n)), []
    for i, j in [*chosen, *((i, i) for i in range(n))]:
        value = data.draw(st.floats(-2, 2) if i != j else st.floats(0.1, 2))
        i, j = (i, j) if data.draw(st.booleans()) else (j, i)
        expected[i, j] = expected[j, i] = value
        lines.append(f"{i}\t{j}\t{value!r}")
    write(folder / "s.grm.id", *[f"F i{k}" for k in range(n)])
    write(folder / "s.grm.sp", *data.draw(st.permutations(lines)))
    found = read_grm(folder / "s", labels="fid_iid")
    np.testing.assert_array_equal(found.matrix, expected)
    assert list(found.ids) == [("F", f"i{k}") for k in range(n)]


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        (["0 0 1", "1 1 1"], r"s.grm.sp has no line of 'c' with itself"),
        (
            ["0 0 1", "1 1 1", "2 2 1", "3 3 1"],
            r"line 4: place 3, counted from 0, is beyond the 3",
        ),
        (["1 1 1", "2 2 1", "3 3 1"], r"line 3: place 3, counted from 0"),
        (["0 0 1", "1 1 1", "2 2 1", "2 1 .5", "1 2 .5"], r"line 5: 'b' and 'c' are listed twice"),
        (["0 0 1", "1 1 1", "2 2"], r"line 3: expected the places of two individuals"),
        (["0 0 1", "1 1 1", "2 2 nan"], r"line 3: expected"),
        (["0 0 1", "1 1 1", "-1 2 .5"], r"line 3: expected"),
        (["a a 1", "b b 1", "c c 1"], r"line 1: expected"),
        (["0 0 9 1"], r"line 1: expected"),
    ],
)
def test_bad_sparse_relationships(tmp_path, ids_of_three, lines, message):
    write(tmp_path / "s.grm.sp", *lines)
    with pytest.raises(ValueError, match=message):
        read_grm(tmp_path / "s")


@pytest.mark.parametrize(
    "text", ["1_1", "0x10", "inf", "nan", "１", "1e", "--1", "", "1 ", "1d0", "∞"]
)
def test_what_is_no_number(tmp_path, text):
    """The same in every file."""
    path = write(tmp_path / "k.csv", "id,a,b", f'a,1,"{text}"', "b,1,1")
    if text == "1 ":
        assert read_csv(path).matrix[0, 1] == 1
        return
    with pytest.raises(ValueError, match=r"line 2: field 2 is .*, not a finite number"):
        read_csv(path)
    if not text:
        return
    path = write(tmp_path / "k.txt", "1 1", f"1 {text}")
    with pytest.raises(ValueError, match=r"line 2: field 2 is .*, not a finite number"):
        read_text(path, ids=["a", "b"])
    write_plink(tmp_path / "x", [[1]], ["a"], feature_names=["s"])
    for column, name in ((2, "centimorgan"), (3, "position")):
        fields = ["1", "s", "0", "7", "A", "G"]
        fields[column] = text
        write(tmp_path / "x.bim", " ".join(fields))
        with pytest.raises(
            ValueError, match=rf"x.bim, line 1: field {column + 1} is .* not a numb"
        ):
            read_plink(tmp_path / "x")
        fields[column] = "-5"
        write(tmp_path / "x.bim", " ".join(fields))
        assert read_plink(tmp_path / "x")[name] == [-5]


def test_positions_are_whole_numbers(tmp_path):
    write_plink(tmp_path / "x", [[1]], ["a"], feature_names=["s"])
    for text in ("1.5", "1e6", str(2**63)):
        write(tmp_path / "x.bim", f"1 s 0 {text} A G")
        with pytest.raises(ValueError, match=r"x.bim, line 1: field 4 is .*, not a whole number"):
            read_plink(tmp_path / "x")
    write(tmp_path / "x.bim", "1 s 0 1e+05 A G")
    with pytest.raises(ValueError, match=r"Write it in full: options\(scipen=99\) in R"):
        read_plink(tmp_path / "x")
