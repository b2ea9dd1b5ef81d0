"""Where files are written: links, modes, names, and matrices that share labels."""

import os
import signal
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from versions import (
    DATA,
    FORMATS,
    SOMEBODY,
    every_format,
    found_version,
    give_away,
    hooked,
    in_child,
    kill_myself,
    names_in,
    nothing,
    of_several_files,
)

from sklmm.io import read_csv, read_grm, read_plink, read_rel, write_csv, write_rel


@every_format
def test_modes(prefix, name):
    paths = [Path(f"{prefix}{suffix}") for suffix in FORMATS[name][2]]
    mask = os.umask(0o027)
    try:
        FORMATS[name][0](prefix.with_name("other"), "new")
        modes = {path.stat().st_mode & 0o777 for path in prefix.parent.glob("other*")}
        assert modes == {0o640}
        for path in paths:
            path.chmod(0o604)
        FORMATS[name][0](prefix, "new")
    finally:
        os.umask(mask)
    assert {stat.S_IMODE(path.stat().st_mode) for path in paths} == {0o604}


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
def test_owners(folder):
    write_rel(folder / "k", DATA["old"][0])
    give_away(folder)
    write_rel(folder / "k", DATA["new"][0])
    assert {path.stat().st_uid for path in folder.iterdir()} == {SOMEBODY}


@every_format
def test_links_are_followed(folder, prefix, name):
    """The file that a link leads to is replaced, whether it is there or not."""
    suffixes = FORMATS[name][2]
    links = folder / "links"
    links.mkdir()
    for suffix in suffixes:
        (links / f"there{suffix}").symlink_to(f"../k.v1{suffix}")
        (links / f"new{suffix}").symlink_to(folder / f"made{suffix}")
    FORMATS[name][0](links / "there", "new")
    FORMATS[name][0](links / "new", "third")
    assert all(path.is_symlink() for path in links.iterdir())
    assert len(names_in(links)) == 2 * len(suffixes)
    assert found_version(prefix, name) == found_version(links / "there", name) == "new"
    assert found_version(folder / "made", name) == found_version(links / "new", name) == "third"
    (folder / f"loop{suffixes[-1]}").symlink_to(f"loop{suffixes[-1]}")
    with pytest.raises(OSError, match=r"symbolic links: '.*loop"):
        FORMATS[name][0](folder / "loop", "new")


@of_several_files
def test_killed_behind_links(folder, monkeypatch, prefix, name):
    links = folder / "links"
    links.mkdir()
    for suffix in FORMATS[name][2]:
        (links / f"k{suffix}").symlink_to(f"../k.v1{suffix}")

    def write_and_die():
        monkeypatch.setattr(os, "replace", hooked(os.replace, 3, kill_myself))
        FORMATS[name][0](links / "k", "new")

    assert in_child(write_and_die) == -signal.SIGKILL
    assert found_version(prefix, name) == found_version(links / "k", name) == "new"


def test_pipes_and_open_files(folder):
    """What is no file, or is open already, is written to."""
    pipe, found = folder / "pipe.csv", []
    os.mkfifo(pipe)
    reader = threading.Thread(target=lambda: found.append(pipe.read_bytes()))
    reader.start()
    write_csv(pipe, DATA["old"][0])
    reader.join()
    write_csv(folder / "k.csv", DATA["old"][0])
    assert found == [(folder / "k.csv").read_bytes()]
    with (folder / "open.csv").open("w+b") as file:
        write_csv(f"/dev/fd/{file.fileno()}", DATA["old"][0])
        assert file.read() == found[0]
    assert names_in(folder) == ["k.csv", "open.csv", "pipe.csv"]


@every_format
@pytest.mark.parametrize("stem", ["k", "k.v1.b", ".hidden", "Käfer 甲", "x" * 240, "ü" * 120])
def test_names(folder, monkeypatch, name, stem):
    """Of any length and with dots; relative and absolute, strings and paths."""
    monkeypatch.chdir(folder)
    (folder / "M\xfcller").mkdir()
    for prefix in (stem, f"M\xfcller/{stem}", Path(stem), folder / stem):
        for version in ("old", "new"):
            FORMATS[name][0](prefix, version)
            assert found_version(prefix, name) == version
    assert len(names_in(folder)) == len(FORMATS[name][2]) + 1


def test_long_names_are_completed(folder, monkeypatch):
    prefix = folder / ("x" * 240)
    write_rel(prefix, DATA["old"][0])

    def write_and_die():
        monkeypatch.setattr(os, "replace", hooked(os.replace, 2, nothing, kill_myself))
        write_rel(prefix, DATA["new"][0])

    assert in_child(write_and_die) == -signal.SIGKILL
    assert found_version(prefix, "rel") == "new"


@pytest.mark.parametrize(
    ("name", "others"),
    [("grm", (".grm.gz", ".grm.sp", ".grm")), ("rel", (".rel.gz", ".rel.bin", ".rel.zst"))],
)
def test_other_matrices_keep_their_labels(folder, name, others):
    write, _, suffixes = FORMATS[name]
    labels = folder / f"k{suffixes[-1]}"
    for suffix in others:
        other = folder / f"k{suffix}"
        other.write_bytes(b"a matrix")
        for _ in range(2):
            with pytest.raises(
                FileExistsError, match=rf"k{suffix} is another .* or remove k{suffix} first"
            ):
                write(folder / "k", "new")
            labels.write_text("old\told\n")
        write(folder / "another", "new")
        assert labels.read_text() == "old\told\n"
        other.unlink()
        write(folder / "k", "new")
        other.write_bytes(b"a matrix of the same individuals")
        write(folder / "k", "new")
        for path in (other, labels):
            path.unlink()


def test_text_is_utf_8_whatever_the_locale(folder):
    """A process whose locale has no letters but those of English."""
    script = """if True:
        import locale, sys
        import numpy as np
        from sklmm import Kinship
        from sklmm.io import write_csv, write_grm, write_plink, write_rel
        assert locale.getpreferredencoding(False).lower() not in ("utf-8", "utf8")
        prefix, ids = sys.argv[1] + "/k", ["M\\xfcller-3", "\\u7532"]
        kinship = Kinship(np.eye(2), ids)
        write_grm(prefix, kinship, n_markers=3)
        write_rel(prefix, kinship)
        write_csv(prefix + ".csv", kinship)
        names = {"feature_names": ["\\xe4", "b"], "allele_1": ["\\xf6", "A"]}
        write_plink(prefix, [[0, 1], [2, 1]], ids, **names)
    """
    place = folder / "M\xfcller"
    place.mkdir()
    environment = {**os.environ, "LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    subprocess.run([sys.executable, "-c", script, place], env=environment, check=True)
    plink = read_plink(place / "k")
    kinships = read_grm(place / "k"), read_rel(place / "k.rel"), read_csv(place / "k.csv")
    for read in (*kinships, plink):
        assert list(read.ids) == ["M\xfcller-3", "甲"]
    assert list(plink.feature_names) == ["ä", "b"]
    assert list(plink.allele_1) == ["ö", "A"]
