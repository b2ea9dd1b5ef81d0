"""Text is UTF-8 with whole lines, and every other file is an error that says what to do."""

import gzip
import re
import shutil
import subprocess
import tracemalloc
import warnings
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sklmm import Kinship
from sklmm.io import (
    join_tables,
    read_csv,
    read_grm,
    read_plink,
    read_rel,
    read_text,
    write_csv,
    write_plink,
    write_rel,
)
from sklmm.io import write_text as write_square
from sklmm.io._lines import read_lines

KINSHIP = Kinship([[1, 0.5], [0.5, 1]], ["Müller-3", "b"])


def run_remedy(message):
    """Run the command that a message gives."""
    if shutil.which("iconv") is None:
        pytest.skip("iconv is not installed")
    command = re.search(r"(?:iconv|gunzip).* > \S+", message)[0].removesuffix(" (with")
    subprocess.run(command, shell=True, check=True)
    return Path(command.split(" > ")[1].strip("'"))


@pytest.mark.parametrize("encoding", ["latin1", "cp1252", "utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("suffix", [".csv", ".csv.gz"])
@pytest.mark.parametrize("name", ["Müller-3", "Ærø—“7”"])
def test_the_remedy_for_other_encodings(tmp_path, encoding, suffix, name):
    if encoding == "latin1" and name.startswith("Æ"):
        name = "Ærø 7"
    kinship = Kinship(KINSHIP.matrix, [name, "b"])
    write_csv(tmp_path / "k.csv", kinship)
    content = (tmp_path / "k.csv").read_text(encoding="utf-8").encode(encoding)
    path = tmp_path / f"l{suffix}"
    path.write_bytes(gzip.compress(content) if suffix.endswith("gz") else content)
    with pytest.raises(ValueError, match=r"is not in UTF-8 \(byte \d+\): convert it, for") as info:
        read_csv(path)
    assert f"l{suffix}" in str(info.value)
    assert list(read_csv(run_remedy(str(info.value))).ids) == [name, "b"]


def test_the_place_of_a_foreign_byte(tmp_path):
    path = tmp_path / "a b.rel.id"
    path.write_bytes(b"f\tx\r\nf\tM\xfcller\r\n")
    (tmp_path / "a b.rel").write_text("1\n0.5\t1\n")
    with pytest.raises(ValueError, match=r"\(byte 8\).*The byte is 0xfc, in line 2") as info:
        read_rel(tmp_path / "a b.rel")
    assert "iconv -f latin1 -t utf8 '" in str(info.value)


def test_two_encodings_in_one_file(tmp_path):
    path = tmp_path / "traits.csv"
    path.write_bytes("id,a\nMüller,1\n".encode() + "Möller,2\n".encode("latin1"))
    with pytest.raises(ValueError, match=r"two encodings are mixed. Correct line 3 by hand"):
        join_tables({"traits": path})
    lines = path.read_bytes().split(b"\n")
    lines[2] = lines[2].decode("latin1").encode()
    path.write_bytes(b"\n".join(lines))
    assert list(join_tables({"traits": path}).frame["id"]) == ["Müller", "Möller"]


@pytest.mark.parametrize("encoding", ["gb18030", "big5", "shift-jis", "koi8-r"])
def test_encodings_of_other_scripts(tmp_path, encoding):
    """The command has a place for the encoding, which nobody can know."""
    names = {"koi8-r": ["Мышь 7", "Крыса"]}.get(encoding, ["山田", "小山", "田中"])
    path = tmp_path / "t.csv"
    path.write_bytes("".join(["id,y\n", *(f"{name},1\n" for name in names)]).encode(encoding))
    with pytest.raises(ValueError, match=r"is not in UTF-8 .* \(with the encoding that it is"):
        join_tables({"t": path})
    path.write_bytes(path.read_bytes().decode(encoding).encode())
    assert list(join_tables({"t": path}).frame["id"]) == names


@pytest.mark.parametrize(
    ("name", "read"),
    [
        ("k.rel.id", lambda folder: read_rel(folder / "k.rel")),
        ("k.fam", lambda folder: read_text(folder / "k.cXX.txt", fam=folder / "k.fam")),
        ("k.fam", lambda folder: read_plink(folder / "k")),
        ("k.bim", lambda folder: read_plink(folder / "k")),
        ("t.pheno", lambda folder: join_tables({"t": folder / "t.pheno"})),
    ],
)
def test_every_reader_reads_utf_8_only(tmp_path, name, read):
    write_rel(tmp_path / "k", KINSHIP)
    write_square(tmp_path / "k.cXX.txt", KINSHIP)
    write_plink(tmp_path / "k", np.eye(2), ["ü", "b"], feature_names=["ö", "s"])
    (tmp_path / "t.pheno").write_text("id ü\na 1\n", encoding="utf-8")
    read(tmp_path)
    path = tmp_path / name
    path.write_bytes(path.read_text(encoding="utf-8").encode("latin1"))
    with pytest.raises(ValueError, match=rf"{name} is not in UTF-8"):
        read(tmp_path)


def test_nul(tmp_path):
    path = tmp_path / "k.txt"
    path.write_bytes(b"1 0.5\r\n0.5 1\0\r\n")
    with pytest.raises(ValueError, match=r"k.txt, line 2: there is a NUL byte"):
        read_text(path, ids=["a", "b"])


def test_files_that_are_no_text(tmp_path):
    with zipfile.ZipFile(tmp_path / "k.xlsx", "w") as archive:
        archive.writestr("sheet.xml", "<x/>")
    with pytest.raises(ValueError, match=r"k.xlsx is no text file but a zip archive or an Excel"):
        join_tables({"traits": tmp_path / "k.xlsx"})
    (tmp_path / "k.zst").write_bytes(b"\x28\xb5\x2f\xfd....")
    with pytest.raises(ValueError, match="packed by zstd: unpack it by zstd -d"):
        read_csv(tmp_path / "k.zst")


def test_gzipped_files_with_another_name(tmp_path):
    write_csv(tmp_path / "k.csv.gz", KINSHIP)
    (tmp_path / "k.csv.gz").rename(tmp_path / "k.csv")
    assert list(read_csv(tmp_path / "k.csv").ids) == list(KINSHIP.ids)


BLANK_END = st.text(" \t\r\n", max_size=9).map(lambda text: "\n" + text)


@given(BLANK_END, st.sampled_from(["\n", "\r\n", "\r"]))
@example("\n\n\n", "\n")
def test_blank_lines_at_the_end(tmp_path_factory, end, line_break):
    folder = tmp_path_factory.mktemp("blank")
    end = end.replace("\r\n", "\n").replace("\r", "\n").replace("\n", line_break)

    def write(name, *lines):
        (folder / name).write_text(line_break.join(lines) + end, newline="")

    write("k.csv", "id,a,b", "a,1,.5", "b,.5,1")
    write("k.txt", "1 .5", ".5 1")
    write("k.rel", "1", ".5 1")
    write("k.rel.id", "f a", "f b")
    write("t.csv", "id,y", "a,1", "b,2")
    write("k.grm.sp", "0 0 1", "1 0 .5", "1 1 1")
    write("k.grm.id", "f a", "f b")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for read in (
            read_csv(folder / "k.csv"),
            read_text(folder / "k.txt", ids=["a", "b"]),
            read_rel(folder / "k.rel"),
            read_grm(folder / "k"),
        ):
            assert list(read.ids) == ["a", "b"]
            np.testing.assert_array_equal(read.matrix, [[1, 0.5], [0.5, 1]])
        assert list(join_tables({"t": folder / "t.csv"}).frame["y"]) == [1, 2]


def test_warnings_in_code_without_a_name(tmp_path):
    """As other programs run it, by exec with globals of their own."""
    (tmp_path / "t.csv").write_text("id,y\na,1\nb,31")
    names = {"join_tables": join_tables, "path": tmp_path / "t.csv"}
    with pytest.warns(UserWarning, match="may be cut off") as caught:
        exec(compile("frame = join_tables({'t': path}).frame", "a node", "exec"), names)
    assert caught[0].filename == "a node"
    assert list(names["frame"]["y"]) == [1, 31]


def test_no_line_break_at_the_end(tmp_path):
    (tmp_path / "t.csv").write_text("id,y\na,1\nb,31")
    with pytest.warns(UserWarning, match=r"t.csv, line 3: .* may be cut off") as caught:
        frame = join_tables({"t": tmp_path / "t.csv"}).frame
    assert list(frame["y"]) == [1, 31]
    assert caught[0].filename == __file__
    with (tmp_path / "t.csv").open("a") as file:
        file.write("\n")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        join_tables({"t": tmp_path / "t.csv"})


def test_blank_lines_within(tmp_path):
    (tmp_path / "k.rel").write_text("1\n\n.5 1\n")
    (tmp_path / "k.rel.id").write_text("f a\nf b\n")
    with pytest.raises(ValueError, match=r"k.rel, line 2 is blank"):
        read_rel(tmp_path / "k.rel")
    (tmp_path / "k.csv").write_text("id,a,b\na,1,.5\n\nb,.5,1\n")
    assert list(read_csv(tmp_path / "k.csv").ids) == ["a", "b"]
    (tmp_path / "k.rel.id").write_text("f a\n\nf b\n")
    with pytest.raises(ValueError, match=r"k.rel.id, line 2: a family and an individual"):
        read_rel(tmp_path / "k.rel")
    with gzip.open(tmp_path / "k.grm.gz", "wt") as file:
        file.write("1 1 9 1\n\n2 1 9 .5\n2 2 9 1\n")
    (tmp_path / "k.grm.id").write_text("f a\nf b\n")
    with pytest.raises(ValueError, match=r"k.grm.gz, line 2 is blank"):
        read_grm(tmp_path / "k")


def test_a_no_break_space_is_part_of_a_label(tmp_path):
    (tmp_path / "k.rel").write_text("1\n.5 1\n")
    (tmp_path / "k.rel.id").write_text("f a\u00a01\nf a\u00a02\n", encoding="utf-8")
    assert list(read_rel(tmp_path / "k.rel").ids) == ["a\u00a01", "a\u00a02"]


PIECE = b"0" * 2**20
BOMBS = {
    "k.grm.gz": lambda folder: read_grm(folder / "k"),
    "k.rel.gz": lambda folder: read_rel(folder / "k.rel.gz"),
    "k.txt.gz": lambda folder: read_text(folder / "k.txt.gz", ids=["a", "b"]),
    "k.csv.gz": lambda folder: read_csv(folder / "k.csv.gz"),
}


@pytest.fixture(scope="module")
def bombs(tmp_path_factory):
    folder = tmp_path_factory.mktemp("bombs")
    for name in BOMBS:
        with gzip.open(folder / name, "wb", compresslevel=1) as file:
            file.write(b"id,a,b\na,1,0.5\n" if "csv" in name else b"1 1\n")
            for _ in range(200):
                file.write(PIECE)
    for name in ("k.grm.id", "k.rel.id"):
        (folder / name).write_text("f a\nf b\n")
    return folder


@pytest.mark.parametrize("name", BOMBS)
def test_small_files_that_unpack_to_large_ones(bombs, name):
    tracemalloc.start()
    try:
        with pytest.raises(ValueError, match=rf"{name} has \d+ bytes but unpacks to more than"):
            BOMBS[name](bombs)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 64 * 2**20


def test_lists_of_individuals_are_bounded_by_their_packed_size(tmp_path, monkeypatch):
    monkeypatch.setattr("sklmm.io._lines.LARGEST", 2**22)
    with gzip.open(tmp_path / "k.fam.gz", "wb") as file:
        for _ in range(20):
            file.write(PIECE)
    with pytest.raises(ValueError, match="unpacks to more than 4194304"):
        read_lines(tmp_path / "k.fam.gz")
    (tmp_path / "k.fam").write_bytes(gzip.decompress((tmp_path / "k.fam.gz").read_bytes()))
    with pytest.warns(UserWarning, match="may be cut off"):
        assert len(read_lines(tmp_path / "k.fam")) == 1


@pytest.mark.parametrize("n", [1, 2, 30, 400])
@pytest.mark.parametrize("separator", [",", " ", "\t"])
def test_right_files_are_within_the_bound(tmp_path, n, separator, monkeypatch):
    monkeypatch.setattr("sklmm.io._lines.HEAD", 1)
    monkeypatch.setattr("sklmm.io._csv.HEAD", 0)
    kinship = Kinship(-np.eye(n) * 1.2345678901234567e-300, [f"individual{k}" for k in range(n)])
    write_csv(tmp_path / "k.csv.gz", kinship, separator=separator)
    for read_by in (" ", "\t") if separator == "\t" else (separator,):
        found = read_csv(tmp_path / "k.csv.gz", separator=read_by)
        np.testing.assert_array_equal(found.matrix, kinship.matrix)
    np.savetxt(tmp_path / "k.txt.gz", kinship.matrix, fmt="%50.17g")
    found = read_text(tmp_path / "k.txt.gz", ids=kinship.ids)
    np.testing.assert_array_equal(found.matrix, kinship.matrix)


def test_tables_of_any_size_are_within_the_bound(tmp_path):
    frame = pd.DataFrame({"id": [f"i{k}" for k in range(20_000)], "y": 0})
    frame.to_csv(tmp_path / "t.csv.gz", index=False)
    assert len(join_tables({"t": tmp_path / "t.csv.gz"}).frame) == 20_000
