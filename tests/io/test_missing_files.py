"""Files that are not there, or are none, and endings of other formats."""

import errno
import os

import numpy as np
import pandas as pd
import pytest

from sklmm import Kinship
from sklmm.io import (
    join_tables,
    read_csv,
    read_grm,
    read_plink,
    read_rel,
    read_text,
    write_csv,
    write_text,
)

KINSHIP = Kinship(np.eye(2), ["a", "b"])
READERS = {
    "path": [read_csv, lambda path: read_text(path, ids=["a"])],
    "tables['t']": [
        lambda path: join_tables({"t": path}),
        lambda path: join_tables({"s": pd.DataFrame({"id": ["a"]}), "t": path}),
    ],
    "fam": [lambda path: read_text("unread", fam=path)],
}


@pytest.mark.parametrize(
    ("argument", "read"), [(name, read) for name, of in READERS.items() for read in of]
)
def test_no_such_file(tmp_path, monkeypatch, argument, read):
    monkeypatch.chdir(tmp_path)
    for path in (tmp_path / "nowhere.csv", tmp_path / "no" / "t.csv"):
        with pytest.raises(FileNotFoundError) as info:
            read(path)
        assert str(info.value) == (
            f"[Errno 2] {argument}: {os.strerror(errno.ENOENT)}: {str(path)!r}"
        )
        assert info.value.filename == str(path)
    with pytest.raises(FileNotFoundError) as info:
        read("nowhere.csv")
    assert f"directory, looked for from {tmp_path}: 'nowhere.csv'" in str(info.value)
    with pytest.raises(IsADirectoryError) as info:
        read(tmp_path)
    assert str(info.value) == (
        f"[Errno 21] {argument}: {os.strerror(errno.EISDIR)}: {str(tmp_path)!r}"
    )


@pytest.mark.parametrize(
    ("argument", "read", "missing"),
    [
        ("path", lambda prefix: read_rel(f"{prefix}.rel"), ".rel.id"),
        ("prefix", read_grm, ".grm.id"),
        ("prefix", read_plink, ".fam"),
    ],
)
def test_no_such_files(tmp_path, argument, read, missing):
    with pytest.raises(FileNotFoundError) as info:
        read(tmp_path / "x")
    assert str(info.value).startswith(f"[Errno 2] {argument}: No such file")
    assert info.value.filename == str(tmp_path / f"x{missing}")


@pytest.mark.parametrize("ending", [".xlsx", ".XLSX", ".xls", ".ods", ".zip", ".zst", ".rds"])
@pytest.mark.parametrize("write", [write_csv, write_text])
def test_endings_of_other_formats(tmp_path, ending, write):
    path = tmp_path / f"k.v1{ending}"
    with pytest.raises(ValueError, match=rf"ends in {ending}, but text is written\. Let it end"):
        write(path, KINSHIP)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("ending", ["", ".csv", ".txt.gz", ".cXX.txt", ".kinship", ".tsv", ".dat"])
def test_endings_of_text(tmp_path, ending):
    write_csv(tmp_path / f"k{ending}", KINSHIP)
    assert list(read_csv(tmp_path / f"k{ending}").ids) == ["a", "b"]
    write_text(tmp_path / f"t{ending}", KINSHIP)
    assert read_text(tmp_path / f"t{ending}", ids=["a", "b"]).matrix.tolist() == np.eye(2).tolist()


@pytest.mark.parametrize("ending", [".bz2", ".xz"])
def test_packed_as_numpy_packs(tmp_path, ending):
    with pytest.raises(ValueError, match="but text is written"):
        write_csv(tmp_path / f"k{ending}", KINSHIP)
    write_text(tmp_path / f"k{ending}", KINSHIP)
    np.testing.assert_array_equal(np.loadtxt(tmp_path / f"k{ending}"), np.eye(2))
