"""Whatever happens to a writer, readers find the old files or the new ones, whole."""

import os
import random
import re
import signal
import threading
import time
from pathlib import Path

import numpy as np
import pytest
from versions import (
    DATA,
    FORMATS,
    VERSIONS,
    as_somebody,
    assert_nothing_else,
    at_moment,
    every_format,
    files_of_at_most,
    found_version,
    give_away,
    hooked,
    hooked_each,
    in_child,
    interrupt,
    kill_myself,
    names_in,
    nothing,
    of_several_files,
)

from sklmm import Kinship
from sklmm.io import (
    read_csv,
    read_rel,
    read_text,
    write_csv,
    write_grm,
    write_plink,
    write_rel,
    write_text,
)


@every_format
def test_killed_at_random_moments(prefix, name):
    write = FORMATS[name][0]
    write(Path(str(prefix)), "old")  # so that nothing is left to be done once and for all
    with at_moment(0, nothing) as count:
        write(Path(str(prefix)), "old")
    for moment in sorted(random.Random(name).sample(range(1, count[0]), 6)):
        write(prefix, "old")

        def write_and_die(moment=moment):
            with at_moment(moment, kill_myself):
                write(Path(str(prefix)), "new")

        assert in_child(write_and_die) == -signal.SIGKILL
        assert found_version(prefix, name) in ("old", "new")
        write(prefix, "third")
        assert found_version(prefix, name) == "third"


@of_several_files
@pytest.mark.parametrize("has_old", [True, False])
def test_killed_at_every_rename(folder, monkeypatch, name, has_old):
    """The first rename is that of the journal: from it on, the new files are there."""
    write, _, suffixes = FORMATS[name]
    for moment in range(1, len(suffixes) + 2):
        for before, after in ((kill_myself, nothing), (nothing, kill_myself)):
            place = folder / f"{moment}{before.__name__}"
            place.mkdir()
            prefix = place / "k"
            if has_old:
                write(prefix, "old")

            def write_and_die(prefix=prefix, hook=(moment, before, after)):
                monkeypatch.setattr(os, "replace", hooked(os.replace, *hook))
                write(prefix, "new")

            assert in_child(write_and_die) == -signal.SIGKILL
            is_new = moment > 1 or after is kill_myself
            names = names_in(place)
            assert (f".k{suffixes[-1]}.replacing" in names) == is_new
            if is_new or has_old:
                assert found_version(prefix, name) == ("new" if is_new else "old")
            else:
                with pytest.raises(FileNotFoundError):
                    found_version(prefix, name)
            assert names_in(place) == names, "a reader has written"
            write(prefix, "third")
            assert found_version(prefix, name) == "third"
            assert f".k{suffixes[-1]}.replacing" not in names_in(place)


@of_several_files
def test_a_writer_that_fails_completes_what_was_left(monkeypatch, prefix, name):
    write, _, suffixes = FORMATS[name]

    def write_and_die():
        monkeypatch.setattr(os, "replace", hooked(os.replace, 3, kill_myself))
        write(prefix, "new")

    assert in_child(write_and_die) == -signal.SIGKILL
    monkeypatch.setattr(os, "replace", hooked(os.replace, 2 + len(suffixes), nothing, interrupt))
    with pytest.raises(KeyboardInterrupt):
        write(prefix, "third")
    assert found_version(prefix, name) == "new"
    assert f".{prefix.name}{suffixes[-1]}.replacing" not in names_in(prefix.parent)


@of_several_files
@pytest.mark.parametrize("error", [KeyboardInterrupt, SystemExit, OSError(5, "a broken disk")])
@pytest.mark.parametrize("has_links", [True, False])
def test_a_rename_that_fails(folder, name, error, has_links):
    """All of them are taken back; without hard links, the rest is done, too."""
    write, _, suffixes = FORMATS[name]

    def fail():
        raise error

    def no_link(*_):
        raise PermissionError(1, "no links here")

    for moment in range(1, len(suffixes) + 2):
        for before, after in ((fail, nothing), (nothing, fail)):
            place = folder / f"{moment}{before.__name__}"
            place.mkdir()
            write(place / "k", "old")
            with pytest.MonkeyPatch.context() as patched:
                patched.setattr(os, "replace", hooked(os.replace, moment, before, after))
                if not has_links:
                    patched.setattr(os, "link", no_link)
                with pytest.raises(type(error) if isinstance(error, OSError) else error):
                    write(place / "k", "new")
            is_old = has_links or moment == 1 or (moment == 2 and before is fail)
            assert found_version(place / "k", name) == ("old" if is_old else "new")
            assert_nothing_else(place / "k", name)


@of_several_files
def test_a_rename_that_fails_where_nothing_was(folder, monkeypatch, name):
    write, _, suffixes = FORMATS[name]
    monkeypatch.setattr(os, "replace", hooked(os.replace, 1 + len(suffixes), interrupt))
    with pytest.raises(KeyboardInterrupt):
        write(folder / "k", "new")
    assert names_in(folder) == []


@of_several_files
def test_renames_that_cannot_be_taken_back(monkeypatch, prefix, name):
    """The new files are there, as the journal promises, until a writer completes them."""

    def fail():
        raise OSError(5, "a broken disk")

    replace, acts = os.replace, [nothing, nothing, *[fail] * 9]
    monkeypatch.setattr(os, "replace", hooked_each(replace, acts))
    with pytest.raises(OSError, match="a broken disk"):
        FORMATS[name][0](prefix, "new")
    monkeypatch.setattr(os, "replace", replace)
    assert found_version(prefix, name) == "new"
    FORMATS[name][0](prefix, "third")
    assert found_version(prefix, name) == "third"
    assert_nothing_else(prefix, name)


@of_several_files
def test_killed_while_renames_are_taken_back(monkeypatch, prefix, name):
    """The one file with two names is then there once."""
    acts = [nothing, nothing, interrupt, kill_myself]

    def write_and_die():
        monkeypatch.setattr(os, "replace", hooked_each(os.replace, acts))
        FORMATS[name][0](prefix, "new")

    assert in_child(write_and_die) == -signal.SIGKILL
    assert found_version(prefix, name) == "new"
    FORMATS[name][0](prefix, "third")
    assert found_version(prefix, name) == "third"
    for backup in prefix.parent.glob(".????????.old.*"):
        backup.unlink()
    assert_nothing_else(prefix, name)


@every_format
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_interrupted_at_random_moments(prefix, name):
    """As by Ctrl-C. While files are removed it may leave one."""
    write = FORMATS[name][0]
    write(Path(str(prefix)), "old")  # so that nothing is left to be done once and for all
    with at_moment(0, nothing) as count:
        write(Path(str(prefix)), "old")
    for moment in random.Random(name).sample(range(1, count[0]), 12):
        write(prefix, "old")
        with pytest.raises(KeyboardInterrupt), at_moment(moment, interrupt):
            write(Path(str(prefix)), "new")
        assert found_version(prefix, name) in ("old", "new")


@every_format
@pytest.mark.parametrize("function", ["fsync", "open"])
def test_interrupted_before_all_is_complete(monkeypatch, prefix, name, function):
    original = getattr(os, function)
    for moment in range(1, len(FORMATS[name][2]) + 1):
        monkeypatch.setattr(os, function, hooked(original, moment, interrupt))
        with pytest.raises(KeyboardInterrupt):
            FORMATS[name][0](prefix, "new")
        monkeypatch.setattr(os, function, original)
        assert found_version(prefix, name) == "old"
        assert_nothing_else(prefix, name)


@every_format
@pytest.mark.parametrize("share", [0, 0.3, 0.99])
def test_full_disk(prefix, name, share):
    largest = max(path.stat().st_size for path in prefix.parent.iterdir())
    with files_of_at_most(int(share * largest)), pytest.raises(OSError, match="File too large: '"):
        FORMATS[name][0](prefix, "new")
    assert found_version(prefix, name) == "old"
    assert_nothing_else(prefix, name)


@every_format
def test_read_only_files(prefix, name):
    give_away(prefix.parent)
    for suffix in FORMATS[name][2]:
        path = Path(f"{prefix}{suffix}")
        path.chmod(0o444)
        with as_somebody(), pytest.raises(PermissionError, match=f"denied: '.*{path.name}'"):
            FORMATS[name][0](prefix, "new")
        assert found_version(prefix, name) == "old"
        assert_nothing_else(prefix, name)
        path.chmod(0o644)
    with as_somebody():
        FORMATS[name][0](prefix, "new")
    assert found_version(prefix, name) == "new"


@every_format
def test_read_only_folder(prefix, name):
    give_away(prefix.parent)
    prefix.parent.chmod(0o555)
    with as_somebody():
        with pytest.raises(PermissionError, match=r"for a new file in its folder, .*k\.v1"):
            FORMATS[name][0](prefix, "new")
        with pytest.raises(PermissionError, match=r"denied: '.*other"):
            FORMATS[name][0](prefix.with_name("other"), "new")
        assert found_version(prefix, name) == "old"
    prefix.parent.chmod(0o755)
    assert_nothing_else(prefix, name)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root becomes somebody else")
@every_format
def test_sticky_folder(prefix, name):
    """As /tmp is: nobody replaces the file of somebody else there."""
    for path in prefix.parent.iterdir():
        path.chmod(0o666)
    prefix.parent.chmod(0o1777)
    with as_somebody():
        with pytest.raises(
            PermissionError, match=r"sticky folder: write to another name: '.*k\.v"
        ):
            FORMATS[name][0](prefix, "new")
        assert found_version(prefix, name) == "old"
        assert_nothing_else(prefix, name)
        FORMATS[name][0](prefix.with_name("other"), "new")
        FORMATS[name][0](prefix.with_name("other"), "third")
        assert found_version(prefix.with_name("other"), name) == "third"


@every_format
def test_no_folder(folder, prefix, name):
    with pytest.raises(FileNotFoundError, match=r"No such file or directory: '.*nowhere/k"):
        FORMATS[name][0](folder / "nowhere" / "k", "new")
    file = folder / f"k.v1{FORMATS[name][2][0]}"
    with pytest.raises(NotADirectoryError, match=r"Not a directory: '.*/k\.v1\..*/k"):
        FORMATS[name][0](file / "k", "new")
    (folder / f"d{FORMATS[name][2][-1]}").mkdir()
    with pytest.raises(IsADirectoryError, match=r"Is a directory: '.*/d"):
        FORMATS[name][0](folder / "d", "new")
    assert len(names_in(folder)) == len(FORMATS[name][2]) + 1


@every_format
def test_two_at_once(prefix, name):
    """Two write in turns, and rename slowly, while a third one reads."""
    write, replace = FORMATS[name][0], os.replace
    children, statuses = [], []

    def replace_slowly(*paths):
        time.sleep(0.005)
        replace(*paths)

    for version in ("new", "third"):

        def write_often(version=version):
            pauses = random.Random(version)
            os.replace = replace_slowly
            for _ in range(6):
                write(prefix, version)
                time.sleep(pauses.random() / 50)

        def run(write_often=write_often):
            statuses.append(in_child(write_often))

        children.append(threading.Thread(target=run))
    for child in children:
        child.start()
    found = set()
    while any(child.is_alive() for child in children):
        found.add(found_version(prefix, name))
    for child in children:
        child.join()
    assert statuses == [0, 0]
    assert found <= set(VERSIONS)
    assert found_version(prefix, name) in ("new", "third")
    assert_nothing_else(prefix, name)


@of_several_files
def test_files_that_are_replaced_all_the_time(monkeypatch, prefix, name):
    """A reader gives up, and says why."""
    monkeypatch.setattr("sklmm.io._replace.SECONDS_TO_WAIT", 0)
    labels = Path(f"{prefix}{FORMATS[name][2][-1]}")

    def read_and_write(*arguments):
        os.utime(labels, ns=(0, time.monotonic_ns()))
        return stat_of(*arguments)

    stat_of = Path.stat
    monkeypatch.setattr(Path, "stat", read_and_write)
    with pytest.raises(ValueError, match=r"are being replaced. Read them when that is done"):
        FORMATS[name][1](prefix)
    monkeypatch.setattr(Path, "stat", stat_of)
    assert found_version(prefix, name) == "old"


@of_several_files
def test_others_write_after_a_writer_was_killed(monkeypatch, prefix, name):
    """New labels that wait for their place do not go with numbers of another program."""
    write, _, suffixes = FORMATS[name]

    def write_and_die():
        monkeypatch.setattr(os, "replace", hooked(os.replace, 3, kill_myself))
        write(prefix, "new")

    assert in_child(write_and_die) == -signal.SIGKILL
    write(prefix.with_name("other"), "third")
    for suffix in suffixes:
        content = Path(f"{prefix.with_name('other')}{suffix}").read_bytes()
        Path(f"{prefix}{suffix}").write_bytes(content)
    journal = prefix.with_name(f".{prefix.name}{suffixes[-1]}.replacing")
    with pytest.raises(
        ValueError, match=rf"killed, .* Write them again, or remove {journal.name}"
    ):
        found_version(prefix, name)
    held = journal.read_bytes()
    journal.unlink()
    assert found_version(prefix, name) == "third"
    journal.write_bytes(held)
    write(prefix, "old")
    assert found_version(prefix, name) == "old"
    assert not journal.exists()


def test_a_journal_that_cannot_be_read(folder):
    write_rel(folder / "k", DATA["old"][0])
    journal = folder / ".k.rel.id.replacing"
    for content in (b"\xff", b"{", b"[1]", b'[["a", "b", 1, 2]]'):
        journal.write_bytes(content)
        with pytest.raises(ValueError, match=r"k\.rel\.id\.replacing should list .* Remove it"):
            read_rel(folder / "k.rel")
    journal.unlink()
    write_rel(folder / "k", DATA["new"][0])
    assert found_version(folder / "k", "rel") == "new"


@pytest.mark.parametrize(
    ("write", "ending"),
    [
        *((write_grm, ending) for ending in (".grm.bin", ".grm.id", ".grm", ".grm.gz")),
        *((write_rel, ending) for ending in (".rel", ".rel.id", ".rel.bin")),
        *((write_plink, ending) for ending in (".bed", ".bim", ".fam")),
    ],
)
def test_names_of_files_are_no_prefixes(tmp_path, write, ending):
    """They would be written beside the old ones, which readers then find."""
    content = ([[1]], ["a"]) if write is write_plink else (Kinship([[1.0]], ["a"]),)
    options = {write_plink: {"feature_names": ["s"]}, write_grm: {"n_markers": 1}}.get(write, {})
    with pytest.raises(ValueError, match=r"ends in .*, which is added to it: give '") as error:
        write(tmp_path / f"x{ending}", *content, **options)
    write(re.search("give '(.*)'", str(error.value))[1], *content, **options)
    assert sorted(path.name for path in tmp_path.iterdir())[0].startswith("x.")


def test_pairs_are_not_written_as_text(tmp_path):
    kinship = Kinship([[1.0, 0.5], [0.5, 1.0]], [("F", "1"), ("F", "2")])
    with pytest.raises(ValueError, match=r"\('F', '1'\) is a tuple") as info:
        write_csv(tmp_path / "k.csv", kinship)
    assert not list(tmp_path.iterdir())
    remedy = re.search(r"one part: (.*)\.$", str(info.value))[1]
    renamed = eval(remedy, {"Kinship": Kinship, "kinship": kinship})
    write_csv(tmp_path / "k.csv", renamed)
    assert list(read_csv(tmp_path / "k.csv").ids) == ["F_1", "F_2"]
    write_rel(tmp_path / "k", kinship)
    assert list(read_rel(tmp_path / "k.rel", labels="fid_iid").ids) == list(kinship.ids)


@pytest.mark.parametrize("ending", [".GZ", ".Gz", ".gz"])
@pytest.mark.parametrize("write", [write_csv, write_text])
def test_names_in_capitals(tmp_path, write, ending):
    path = tmp_path / f"K.TXT{ending}"
    write(path, Kinship(np.eye(2), ["a", "b"]))
    assert path.read_bytes().startswith(b"\x1f\x8b")
    assert len(read_csv(path) if write is write_csv else read_text(path, ids=["a", "b"])) == 2
