"""Lines, masks and prefixes that name the wrong individuals or files, or none."""

import gzip
import re

import numpy as np
import pandas as pd
import pytest

from sklmm import Kinship
from sklmm.io import (
    read_grm,
    read_plink,
    read_rel,
    read_text,
    write_grm,
    write_plink,
    write_rel,
    write_text,
)

pytest.importorskip("bed_reader")

NAMES = ["a", "b", "c"]
MARKERS = ["s1", "s2", "s3", "s4"]
M = np.array([[0, 1, 2, 1], [2, 2, 0, 1], [1, 0, 1, 1]])


@pytest.fixture
def prefix(tmp_path):
    write_plink(tmp_path / "x", M, NAMES, feature_names=MARKERS)
    return tmp_path / "x"


@pytest.mark.parametrize(
    ("option", "labels", "source"), [("samples", NAMES, "fam"), ("markers", MARKERS, "bim")]
)
def test_masks_in_another_order(prefix, option, labels, source):
    wanted = pd.Series([label in labels[1:3] for label in labels], index=labels)
    message = rf"\.{source} and the index of {option} have the same labels in different orders"
    for other in (wanted[::-1], wanted.iloc[[1, *range(2, len(labels)), 0]]):
        with pytest.raises(ValueError, match=message):
            read_plink(prefix, **{option: other})
    expected = M[1:3] if option == "samples" else M[:, 1:3]
    for right in (
        wanted,
        wanted[::-1].loc[labels],
        wanted.reset_index(drop=True),
        wanted.to_numpy(),
        wanted.to_list(),
        wanted.set_axis(range(10, 10 + len(labels))),
        pd.Series([1, 2], index=["b", "a"]),
    ):
        np.testing.assert_array_equal(read_plink(prefix, **{option: right}).data, expected)


def test_masks_of_pairs(tmp_path):
    pairs = [("f", "a"), ("g", "a"), ("g", "b")]
    write_plink(tmp_path / "x", M, pairs, feature_names=MARKERS)
    mask = pd.Series([True, False, False], index=pd.MultiIndex.from_tuples(pairs))
    found = read_plink(tmp_path / "x", samples=mask, labels="fid_iid")
    assert list(found.ids) == pairs[:1]
    with pytest.raises(ValueError, match="index of samples have the same labels in different"):
        read_plink(tmp_path / "x", samples=mask[::-1], labels="fid_iid")


def test_positions_in_any_order_are_no_mask(prefix):
    found = read_plink(prefix, samples=pd.Series([2, 0, 1], index=["b", "a", "c"]))
    assert list(found.ids) == ["c", "a", "b"]


BAD_FAM = {
    "empty": (["f\ta\t0\t0\t0\t-9", "f\t\t0\t0\t0\t-9"], "line 2: 5 fields, but line 1 has 6"),
    "short": (["f a", "f b"], "line 1: 2 fields, but at least 6 are needed"),
    "five": (["f a 0 0 0", "f b 0 0 0"], "line 1: 5 fields, .*add a column of -9 at the end"),
    "blank": (
        ["f\ta 1\t0\t0\t0\t-9", "f\tb 1\t0\t0\t0\t-9"],
        "line 1: 'a 1' stands between tabs and has a blank in it",
    ),
    "family": (["f\ta\t0\t0\t0\t-9", "f 1\tb\t0\t0\t0\t-9"], "line 2: 'f 1' stands"),
    "titles": (["FID IID PAT MAT SEX PHENO", "f b 0 0 0 1"], "line 1: .* are titles"),
}


@pytest.mark.parametrize(("lines", "message"), BAD_FAM.values(), ids=BAD_FAM)
def test_lines_of_fam(tmp_path, lines, message):
    """The same wherever .fam is read."""
    write_plink(tmp_path / "x", M[:2], NAMES[:2], feature_names=MARKERS)
    write_text(tmp_path / "k.txt", Kinship(np.eye(2), NAMES[:2]))
    fam = tmp_path / "x.fam"
    fam.write_text("".join(f"{line}\n" for line in lines))
    for read in (
        lambda: read_plink(tmp_path / "x"),
        lambda: read_text(tmp_path / "k.txt", fam=fam),
    ):
        with pytest.raises(ValueError, match=rf"x\.fam, {message}"):
            read()


@pytest.mark.parametrize(
    "form",
    [
        "f {} 0 0 1 -9",
        "f\t{}\t0\t0\t1\t1.5 2",
        " f\t{} \t0\t 0\t1\t-9 ",
        "f {}\t0 0\t1 -9",
        "f {} NA x 7 what",
    ],
)
def test_fam_beside_a_matrix(tmp_path, form):
    """Whatever blanks and traits it has, and without a word about these."""
    write_text(tmp_path / "k.txt", Kinship(np.eye(2), NAMES[:2]))
    (tmp_path / "x.fam").write_text("".join(form.format(name) + "\n" for name in "ab"))
    found = read_text(tmp_path / "k.txt", fam=tmp_path / "x.fam", labels="fid_iid")
    assert list(found.ids) == [("f", "a"), ("f", "b")]


@pytest.mark.parametrize("lines", [["f\ta 1", "f\tb 1"], ["#FID\tIID", "f\ta 1", "f\tb"]])
def test_blanks_between_tabs_of_ids(tmp_path, lines):
    kinship = Kinship(np.eye(2), NAMES[:2])
    write_grm(tmp_path / "x", kinship, n_markers=1)
    write_rel(tmp_path / "x", kinship)
    number = 1 + lines[0].startswith("#")
    for ending, read in (("grm", read_grm), ("rel", lambda path: read_rel(f"{path}.rel"))):
        path = tmp_path / f"x.{ending}.id"
        path.write_text("".join(f"{line}\n" for line in lines))
        with pytest.raises(
            ValueError, match=rf"{ending}\.id, line {number}: 'a 1' .* by _ for example"
        ):
            read(tmp_path / "x")
        path.write_text(path.read_text().replace(" ", "_"))
        assert read(tmp_path / "x").ids[0] == "a_1"
        path.write_text("f \t a\nf\tb \n")
        assert list(read(tmp_path / "x").ids) == ["a", "b"]


def test_bim_without_centimorgans(prefix):
    bim = prefix.with_suffix(".bim")
    rows = [line.split() for line in bim.read_text().splitlines()]
    bim.write_text("".join("\t".join(row[:2] + row[3:]) + "\n" for row in rows))
    message = r"x\.bim, line 1: 5 fields.*add a column of 0 before those in base pairs"
    with pytest.raises(ValueError, match=message):
        read_plink(prefix)
    rows = [line.split() for line in bim.read_text().splitlines()]
    bim.write_text("".join("\t".join([*row[:2], "0", *row[2:]]) + "\n" for row in rows))
    assert list(read_plink(prefix).feature_names) == MARKERS


@pytest.mark.parametrize("ending", ["/", "//", "/.", "/.."])
def test_prefixes_that_name_a_folder(tmp_path, ending):
    folder = tmp_path / "d"
    folder.mkdir()
    kinship = Kinship(np.eye(2), NAMES[:2])
    prefix = f"{folder}{ending}"
    for act in (
        lambda: write_grm(prefix, kinship, n_markers=1),
        lambda: write_rel(prefix, kinship),
        lambda: write_plink(prefix, M, NAMES, feature_names=MARKERS),
        lambda: read_grm(prefix),
        lambda: read_plink(prefix),
    ):
        with pytest.raises(ValueError, match="names a folder and lacks the name") as info:
            act()
    assert [path.name for path in tmp_path.rglob("*")] == ["d"]
    right = re.search("such as '(.*)'", str(info.value))[1]
    write_grm(right, kinship, n_markers=1)
    assert list(read_grm(right).ids) == NAMES[:2]
    for nothing in ("", ".", ".."):
        with pytest.raises(ValueError, match="lacks the name"):
            read_grm(nothing)


@pytest.mark.parametrize("lines", [["1 f a", "2 f b"], ["f a x", "f b y"]])
def test_more_columns_than_family_and_individual(tmp_path, lines):
    write_grm(tmp_path / "x", Kinship(np.eye(2), NAMES[:2]), n_markers=1)
    path = tmp_path / "x.grm.id"
    path.write_text("".join(f"{line}\n" for line in lines))
    with pytest.raises(ValueError, match=r"line 1: 3 fields, .* name the columns in a first line"):
        read_grm(tmp_path / "x")
    titles = "ROW FID IID" if lines[0].startswith("1") else "#FID IID SID"
    path.write_text("".join(f"{line}\n" for line in [titles, *lines]))
    if titles.startswith("#"):
        assert list(read_grm(tmp_path / "x").ids) == ["a", "b"]


@pytest.mark.parametrize("titles", ["FID\tIID", "fid iid", "# FID IID", "#fid\tiid", "IID"])
def test_titles_of_ids_in_other_spellings(tmp_path, titles):
    write_grm(tmp_path / "x", Kinship(np.eye(2), NAMES[:2]), n_markers=1)
    path = tmp_path / "x.grm.id"
    right = path.read_text()
    path.write_text(f"{titles}\n{right}")
    with pytest.raises(ValueError, match="are titles, which have to start with #FID or #IID"):
        read_grm(tmp_path / "x")
    path.write_text(f"#FID\tIID\n{right}")
    assert list(read_grm(tmp_path / "x").ids) == ["a", "b"]


def test_two_matrices_of_one_list_of_individuals(tmp_path):
    kinship = Kinship([[1.0, 0.25], [0.25, 1.5]], NAMES[:2])
    write_grm(tmp_path / "x", kinship, n_markers=1)
    zipped = tmp_path / "x.grm.gz"
    zipped.write_bytes(gzip.compress(b"1 1 9 1\n2 1 9 .25\n2 2 9 1.5\n"))
    np.testing.assert_array_equal(read_grm(tmp_path / "x").matrix, kinship.matrix)
    zipped.write_bytes(gzip.compress(b"1 1 9 1\n2 1 9 .5\n2 2 9 1.5\n"))
    with pytest.raises(ValueError, match=r"hold different relationships, but share one x.grm.id"):
        read_grm(tmp_path / "x")
    zipped.unlink()
    np.testing.assert_array_equal(read_grm(tmp_path / "x").matrix, kinship.matrix)
