"""Quotes that do not fit, of fields and of labels."""

import csv
import shutil
import subprocess
from io import StringIO

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tables import columns_of, write

from sklmm import Kinship
from sklmm.io import (
    join_tables,
    read_csv,
    read_grm,
    read_plink,
    read_text,
    write_grm,
    write_plink,
    write_rel,
)

pytestmark = pytest.mark.filterwarnings("error")
SEPARATORS = [("t.csv", ","), ("t.tsv", "\t"), ("t.txt", " ")]
TEXTS = st.text('"\\ x,\n', min_size=0, max_size=5).map(lambda text: f"v{text}v")


@pytest.mark.parametrize(("name", "separator"), SEPARATORS)
@pytest.mark.parametrize(
    ("field", "message"),
    [
        ('"5_tail', "a quote is opened, but not closed. Close it"),
        ('"5"_tail', "blanks or text follow a quote that ends a field"),
        ('"5"_"tail"', "blanks or text follow a quote that ends a field"),
        ('"5\\"_tail"', "qmethod='double'"),
        ('"5\\""', "qmethod='double'"),
    ],
)
def test_quotes_that_do_not_fit(tmp_path, name, separator, field, message):
    rows = ["id", "note", "w"], ["a", field, "1"], ["b", "x", "2"], ["c", "6_tail", "3"]
    path = write(tmp_path / name, *map(separator.join, rows))
    with pytest.raises(ValueError, match=rf"line 2: {message}|line 2: .*{message}") as info:
        columns_of(path)
    assert "would fit" not in str(info.value)


@given(st.lists(TEXTS, min_size=1, max_size=4), st.sampled_from([",", "\t"]))
def test_texts_of_write_table(tmp_path_factory, texts, separator):
    """What R makes of quotes is read right or refused, and read right with qmethod="double"."""
    path = tmp_path_factory.mktemp("q") / "t.txt"
    rows = [("id", "note", "w"), *((f"m{place}", text, "1") for place, text in enumerate(texts))]
    quoted = [
        [field if field == "1" else '"{}"'.format(field.replace('"', '\\"')) for field in row]
        for row in rows
    ]
    path.write_text("".join(f"{separator.join(row)}\n" for row in quoted), encoding="utf-8")
    assert_read_or_refused(path, texts, ["qmethod", "a quote is opened", "fields, but"])
    text = StringIO()
    csv.writer(text, delimiter=separator, quoting=csv.QUOTE_ALL, lineterminator="\n").writerows(
        rows
    )
    path.write_text(text.getvalue(), encoding="utf-8")
    assert_read_or_refused(path, texts, ["a quote is opened"])


def assert_read_or_refused(path, texts, messages):
    try:
        found = columns_of(path)["note"]
    except ValueError as error:
        found = str(error)
    assert found == texts or any(message in found for message in messages)


@pytest.mark.external
def test_the_remedy_for_write_table(tmp_path):
    if shutil.which("Rscript") is None:
        pytest.skip("R is not installed")
    code = (
        "d <- data.frame(id=c('a', 'b'), note=c('5\" tail', 'x'), w=1:2); "
        "write.table(d, 'd.txt', sep='\\t', row.names=FALSE); "
        "write.table(d, 'e.txt', sep='\\t', row.names=FALSE, qmethod='double')"
    )
    subprocess.run(["Rscript", "-e", code], cwd=tmp_path, check=True)
    with pytest.raises(ValueError, match=r"write.table writes it: add qmethod='double' there"):
        columns_of(tmp_path / "d.txt")
    assert columns_of(tmp_path / "e.txt")["note"] == ['5" tail', "x"]


def test_quotes_of_a_matrix(tmp_path):
    path = write(tmp_path / "k.csv", '"a\\"x","b"', '"a\\"x",1,.5', '"b",.5,1')
    with pytest.raises(ValueError, match=r"k.csv, line 1: .*qmethod='double'"):
        read_csv(path)
    path = write(path, '"a""x","b"', '"a""x",1,.5', '"b",.5,1')
    assert list(read_csv(path).ids) == ['a"x', "b"]


def test_blanks_around_quotes(tmp_path):
    """The command against blanks would change labels in quotes."""
    lines = ["name, w", '"Smith, J",1', '"Lee, K",2']
    path = write(tmp_path / "t.csv", *lines)
    with pytest.raises(ValueError, match=r"Blanks stand around ',' .*: remove them\.$"):
        columns_of(path, id_column="w")
    with pytest.raises(ValueError, match=r"by id_column=\.$"):
        columns_of(path, id_column="Name")
    path = write(path, "name,w", *lines[1:])
    assert columns_of(path, id_column="name")["name"] == ["Smith, J", "Lee, K"]


@pytest.mark.parametrize(
    "lines",
    [
        ['"1" "F1" "a" 0 0 1 1.5', '"2" "F2" "b" 0 0 2 2'],
        ['"1" "a" "a" 0 0 1 1.5', '"2" "b" "b" 0 0 2 2'],
        ['"a" "a" "0" "0" 1 1.5', '"b" "b" "0" "0" 2 2'],
        ['1 "a" 0 0 1 1.5', '1 "b" 0 0 2 2'],
        ['"1" 1 1 0 0 1 1.5', '"2" 1 2 0 0 2 2'],
    ],
)
def test_quotes_of_labels(tmp_path, lines):
    """Each field would be taken for the one before."""
    write_plink(tmp_path / "x", [[0], [1]], ["a", "b"], feature_names=["s"])
    write(tmp_path / "x.fam", *lines)
    write(tmp_path / "k.txt", "1 .5", ".5 1")
    match = r"x.fam, line 1: \".\" is in quotes, .*: quote=FALSE and|by quote=FALSE and row.names"
    with pytest.raises(ValueError, match=match):
        read_plink(tmp_path / "x", labels="fid_iid")
    with pytest.raises(ValueError, match=match):
        read_text(tmp_path / "k.txt", fam=tmp_path / "x.fam")


@pytest.mark.parametrize("titles", [[], ["#FID IID"], ["#IID"]])
def test_quotes_of_listed_labels(tmp_path, titles):
    n = 1 if titles == ["#IID"] else 2
    np.array([1, 0.5, 1], "<f4").tofile(tmp_path / "k.grm.bin")
    lines = [" ".join([f'"{label}"'] * n) for label in "ab"]
    write(tmp_path / "k.grm.id", *titles, *lines)
    with pytest.raises(ValueError, match=r"\"a\" is in quotes"):
        read_grm(tmp_path / "k")
    write(tmp_path / "k.grm.id", *titles, *(line.replace('"', "") for line in lines))
    assert list(read_grm(tmp_path / "k").ids) == ["a", "b"]


def test_a_label_with_quotes_among_others(tmp_path):
    write(tmp_path / "k.txt", "1 .5", ".5 1")
    write(tmp_path / "x.fam", '1 "a" 0 0 1 1.5', "1 b 0 0 2 2")
    assert list(read_text(tmp_path / "k.txt", fam=tmp_path / "x.fam").ids) == ['"a"', "b"]


@pytest.mark.parametrize("label", ['"a"', ('"F"', "a"), ("F", '"a"')])
def test_quotes_that_are_written(tmp_path, label):
    """If all had them, readers would refuse them."""
    for write_labels in (
        lambda label: write_grm(tmp_path / "k", Kinship([[1.0]], [label]), n_markers=1),
        lambda label: write_rel(tmp_path / "k", Kinship([[1.0]], [label])),
        lambda label: write_plink(tmp_path / "k", [[1]], [label], feature_names=["s"]),
    ):
        with pytest.raises(ValueError, match="is in quotes, as R writes labels") as one:
            write_labels(label)
        assert repr(label) in str(one.value)
        write_labels('a"b"')
    assert list(read_grm(tmp_path / "k").ids) == ['a"b"']


def test_codes_beside_spellings_of_one_number(tmp_path):
    """Other columns stay as they are when codes get a letter."""
    lines = ["# of 2020", "id,plate,sire,x", "a,01,12345678901234567,1.10", "b,02,,1.1"]
    path = write(tmp_path / "t.csv", *lines)
    with pytest.warns(UserWarning, match="put a letter before each"):
        before = join_tables({"t": path}).frame
    lettered = [line.replace(",1.1", ",x1.1") for line in lines]
    frame = join_tables({"t": write(path, *lettered)}).frame
    assert frame["x"].tolist() == ["x1.10", "x1.1"]
    pd.testing.assert_frame_equal(frame.drop(columns="x"), before.drop(columns="x"))
