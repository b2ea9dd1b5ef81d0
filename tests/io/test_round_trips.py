"""What is written comes back, to the precision of the format."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sklmm import Kinship
from sklmm.io import read_csv, read_grm, read_rel, read_text, write_csv, write_grm, write_rel
from sklmm.io import write_text as write_square

LABEL = st.text(st.characters(categories=["L", "N", "P", "S"]), min_size=1, max_size=8)


@st.composite
def kinships(draw, labels=LABEL):
    ids = draw(st.lists(labels, min_size=1, max_size=7, unique=True))
    rng = np.random.default_rng(draw(st.integers(0, 1000)))
    matrix = rng.standard_normal((len(ids), len(ids))) * 10.0 ** draw(st.integers(-8, 8))
    return Kinship(np.tril(matrix) + np.tril(matrix, -1).T, ids)


def plain(text):
    is_quoted = text.startswith('"') and text.endswith('"')
    return not (text.startswith("#") or is_quoted)


@given(kinships(LABEL.filter(plain)))
def test_gcta(tmp_path_factory, kinship):
    prefix = tmp_path_factory.mktemp("gcta") / "cows.v2"
    write_grm(prefix, kinship, n_markers=17)
    found = read_grm(prefix)
    assert list(found.ids) == list(kinship.ids)
    np.testing.assert_array_equal(found.matrix, kinship.matrix.astype(np.float32))
    counts = np.fromfile(f"{prefix}.grm.N.bin", dtype="<f4")
    assert len(counts) == len(kinship) * (len(kinship) + 1) / 2
    assert set(counts) == {17}


@given(kinships(LABEL.filter(plain)))
def test_plink(tmp_path_factory, kinship):
    prefix = tmp_path_factory.mktemp("plink") / "cows"
    write_rel(prefix, kinship)
    found = read_rel(f"{prefix}.rel")
    assert list(found.ids) == list(kinship.ids)
    np.testing.assert_array_equal(found.matrix, kinship.matrix)


@given(kinships())
def test_plain_text(tmp_path_factory, kinship):
    path = tmp_path_factory.mktemp("gemma") / "cows.cXX.txt"
    write_square(path, kinship)
    found = read_text(path, ids=kinship.ids)
    assert list(found.ids) == list(kinship.ids)
    np.testing.assert_array_equal(found.matrix, kinship.matrix)


@given(kinships(LABEL.filter(plain)), st.sampled_from([",", ";", "\t"]))
def test_csv(tmp_path_factory, kinship, separator):
    path = tmp_path_factory.mktemp("csv") / "kinship.csv"
    write_csv(path, kinship, separator=separator)
    found = read_csv(path, separator=separator)
    assert list(found.ids) == list(kinship.ids)
    np.testing.assert_array_equal(found.matrix, kinship.matrix)


def test_families(tmp_path):
    kinship = Kinship([[1, 0.5], [0.5, 1]], [("f1", "7"), ("f2", "7")])
    write_grm(tmp_path / "a", kinship, n_markers=1)
    write_rel(tmp_path / "a", kinship)
    for found in (
        read_grm(tmp_path / "a", labels="fid_iid"),
        read_rel(tmp_path / "a.rel", labels="fid_iid"),
    ):
        assert list(found.ids) == [("f1", "7"), ("f2", "7")]
    with pytest.raises(ValueError, match=r"'7' stands in lines 1 and 2. .* use labels='fid_iid'"):
        read_grm(tmp_path / "a")
    with pytest.raises(ValueError, match="labels must be 'iid' or 'fid_iid', got 'both'"):
        read_grm(tmp_path / "a", labels="both")


@pytest.mark.parametrize("write", [lambda p, k: write_grm(p, k, n_markers=1), write_rel])
def test_labels_that_a_file_cannot_hold(tmp_path, write):
    with pytest.raises(ValueError, match="ids: 'a b' has a blank in it"):
        write(tmp_path / "a", Kinship([[1.0]], ["a b"]))
    with pytest.raises(ValueError, match="two labels are the same when they are written as text"):
        write(tmp_path / "a", Kinship(np.eye(2), [7, "7"]))
    with pytest.raises(TypeError, match="kinship must be a Kinship, got ndarray"):
        write(tmp_path / "a", np.eye(2))


def test_labels_that_a_table_cannot_hold(tmp_path):
    for label, fault in (("a\nb", "has a line break"), ("#a", "starts with #")):
        with pytest.raises(ValueError, match=f"kinship: .* {fault}"):
            write_csv(tmp_path / "k.csv", Kinship([[1.0]], [label]))
    with pytest.raises(ValueError, match="ids: '#a' starts with #"):
        write_rel(tmp_path / "a", Kinship([[1.0]], ["#a"]))


def test_number_of_markers(tmp_path):
    with pytest.raises(ValueError, match=r"kinship has a value of 1e.39, which float32 cannot"):
        write_grm(tmp_path / "a", Kinship([[1e39]], ["a"]), n_markers=1)
    for wrong in (0, 1.5, None, True):
        with pytest.raises(ValueError, match="n_markers must be a positive integer, got"):
            write_grm(tmp_path / "a", Kinship([[1.0]], ["a"]), n_markers=wrong)


def test_other_shapes_of_plink(tmp_path):
    matrix = np.array([[1.0, 0.25, 0.5], [0.25, 2.0, 0.125], [0.5, 0.125, 1.5]])
    (tmp_path / "a.rel.id").write_text("#FID\tIID\nf\t1\nf\t2\nf\t3\n")
    lower = matrix[np.tril_indices(3)]
    for dtype in ("<f8", "<f4"):
        for values in (matrix, np.tril(matrix), lower):
            values.astype(dtype).tofile(tmp_path / "a.rel.bin")
            found = read_rel(tmp_path / "a.rel.bin")
            np.testing.assert_array_equal(found.matrix, matrix)
            assert list(found.ids) == ["1", "2", "3"]
    for values in (matrix, np.tril(matrix)):
        np.savetxt(tmp_path / "a.rel.gz", values, delimiter="\t")
        np.testing.assert_array_equal(read_rel(tmp_path / "a.rel.gz").matrix, matrix)


@pytest.mark.parametrize(
    ("titles", "rows", "pairs"),
    [
        ("#FID\tIID\n", ["f\tx", "g\ty"], [("f", "x"), ("g", "y")]),
        ("#IID\n", ["x", "y"], [("0", "x"), ("0", "y")]),
        ("#IID\tSID\n", ["x\ts", "y\tt"], [("0", "x"), ("0", "y")]),
        ("#FID\tIID\tSID\n", ["f\tx\ts", "g\ty\tt"], [("f", "x"), ("g", "y")]),
        ("", ["f\tx", "#g\ty"], [("f", "x"), ("#g", "y")]),
    ],
)
def test_titles_of_plink_2(tmp_path, titles, rows, pairs):
    (tmp_path / "a.rel").write_text("1\n0.5\t1\n")
    (tmp_path / "a.rel.id").write_text(titles + "\n".join(rows) + "\n")
    assert list(read_rel(tmp_path / "a.rel", labels="fid_iid").ids) == pairs
    assert list(read_rel(tmp_path / "a.rel").ids) == ["x", "y"]


def test_gzipped_csv(tmp_path):
    kinship = Kinship([[1, 0.5], [0.5, 1]], ["a", "ü"])
    write_csv(tmp_path / "k.csv.gz", kinship)
    assert list(read_csv(tmp_path / "k.csv.gz").ids) == ["a", "ü"]


def test_byte_order_marks(tmp_path):
    (tmp_path / "a.rel").write_bytes(b"\xef\xbb\xbf1\n0.5\t1\n")
    (tmp_path / "a.rel.id").write_bytes(b"\xef\xbb\xbff\tx\r\nf\ty\r\n")
    assert list(read_rel(tmp_path / "a.rel", labels="fid_iid").ids) == [("f", "x"), ("f", "y")]


def test_gzipped_relationships_of_gcta(tmp_path):
    import gzip

    lines = ["1\t1\t9\t1.0", "2\t1\t9\t0.5", "2\t2\t8\t1.25"]
    with gzip.open(tmp_path / "a.grm.gz", "wt") as file:
        file.write("\n".join(lines) + "\n")
    (tmp_path / "a.grm.id").write_text("f\tx\nf\ty\n")
    found = read_grm(tmp_path / "a")
    np.testing.assert_array_equal(found.matrix, [[1, 0.5], [0.5, 1.25]])
    with gzip.open(tmp_path / "a.grm.gz", "wt") as file:
        file.write("\n".join([lines[0], lines[2], lines[1]]) + "\n")
    with pytest.raises(ValueError, match=r"a.grm.gz, line 2: expected individuals 2 and 1"):
        read_grm(tmp_path / "a")


def test_individuals_from_the_genotypes(tmp_path):
    (tmp_path / "a.fam").write_text("f1 x 0 0 1 -9\nf2 y 0 0 2 -9\n")
    (tmp_path / "a.cXX.txt").write_text("1 0.5\n0.5 1\n")
    assert list(read_text(tmp_path / "a.cXX.txt", fam=tmp_path / "a.fam").ids) == ["x", "y"]
    pairs = read_text(tmp_path / "a.cXX.txt", fam=tmp_path / "a.fam", labels="fid_iid")
    assert list(pairs.ids) == [("f1", "x"), ("f2", "y")]
    for both in ({}, {"ids": ["x", "y"], "fam": tmp_path / "a.fam"}):
        with pytest.raises(ValueError, match="either by ids= or by fam="):
            read_text(tmp_path / "a.cXX.txt", **both)


def test_columns_of_a_csv_are_found_by_name(tmp_path):
    path = tmp_path / "k.csv"
    path.write_text("# made by hand\nid,b,a\na,0.5,1\nb,2,0.5\n")
    found = read_csv(path)
    assert list(found.ids) == ["a", "b"]
    np.testing.assert_array_equal(found.matrix, [[1, 0.5], [0.5, 2]])
