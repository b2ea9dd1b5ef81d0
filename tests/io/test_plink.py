"""PLINK's genotypes: written here bit by bit, so that bed-reader is not its own oracle."""

import numpy as np
import pandas as pd
import pytest
from noticed import how_noticed

from sklmm.io import read_plink
from sklmm.io import write_plink as write

pytest.importorskip("bed_reader")

CODES = {2: 0b00, -127: 0b01, 1: 0b10, 0: 0b11}
"""Of two copies of allele 1, a missing genotype, one copy and none."""


def write_plink(prefix, M, families=None):
    n, m = M.shape
    packed = bytearray(b"\x6c\x1b\x01")
    for marker in M.T:
        for start in range(0, n, 4):
            four = marker[start : start + 4]
            packed.append(sum(CODES[int(g)] << (2 * place) for place, g in enumerate(four)))
    prefix.with_suffix(".bed").write_bytes(bytes(packed))
    families = families or ["f"] * n
    prefix.with_suffix(".fam").write_text(
        "".join(f"{families[i]} i{i} 0 0 {1 + i % 2} -9\n" for i in range(n))
    )
    prefix.with_suffix(".bim").write_text(
        "".join(f"{1 + j // 3}\ts{j}\t{j / 10}\t{100 * j}\tA\tG\n" for j in range(m))
    )


@pytest.fixture
def genotypes():
    return np.random.default_rng(0).choice([0, 1, 2, -127], size=(11, 7)).astype(np.int8)


def test_all(tmp_path, genotypes):
    write_plink(tmp_path / "a", genotypes)
    read = read_plink(tmp_path / "a")
    np.testing.assert_array_equal(read.data, genotypes)
    assert read.data.dtype == np.int8
    assert list(read.ids) == [f"i{i}" for i in range(11)]
    assert list(read.feature_names) == [f"s{j}" for j in range(7)]
    assert list(read.chromosome) == ["1", "1", "1", "2", "2", "2", "3"]
    np.testing.assert_array_equal(read.position, 100 * np.arange(7))
    np.testing.assert_array_equal(read.centimorgan, np.arange(7) / 10)
    np.testing.assert_array_equal(read.sex, 1 + np.arange(11) % 2)
    assert set(read.allele_1) == {"A"}
    pairs = read_plink(tmp_path / "a", labels="fid_iid")
    assert pairs.ids[3] == ("f", "i3")


@pytest.mark.parametrize("samples", [slice(2, 9, 3), [5, 0, -1], np.arange(11) % 2 == 0, []])
@pytest.mark.parametrize("markers", [None, slice(None, None, -1), np.array([6, 2])])
def test_some(tmp_path, genotypes, samples, markers):
    write_plink(tmp_path / "a", genotypes)
    read = read_plink(tmp_path / "a", samples=samples, markers=markers)
    chosen = np.array(samples, dtype=int) if isinstance(samples, list) else samples
    rows = np.arange(11)[chosen]
    columns = np.arange(7)[slice(None) if markers is None else markers]
    np.testing.assert_array_equal(read.data, genotypes[np.ix_(rows, columns)])
    assert list(read.ids) == [f"i{i}" for i in rows]
    assert list(read.feature_names) == [f"s{j}" for j in columns]
    np.testing.assert_array_equal(read.position, 100 * columns)


@pytest.mark.parametrize("wrong", [[11], [0.5], "all", np.ones(3, dtype=bool), [[0, 1], [2]]])
def test_bad_selections(tmp_path, genotypes, wrong):
    write_plink(tmp_path / "a", genotypes)
    with pytest.raises(ValueError, match="samples must be a slice, positions below 11, a mask of"):
        read_plink(tmp_path / "a", samples=wrong)
    for no_slice in (slice("a"), slice(0, 5, 0)):
        with pytest.raises(ValueError, match=r"markers=slice.* is no slice of positions"):
            read_plink(tmp_path / "a", markers=no_slice)


@pytest.mark.parametrize("container", [list, np.asarray, pd.Series])
def test_masks_without_their_type(tmp_path, genotypes, container):
    write_plink(tmp_path / "a", genotypes)
    of_rows, of_columns = np.arange(11) % 2, np.arange(7) % 2
    with pytest.raises(
        ValueError, match=r"samples has 11 numbers, all of them 0 or 1, .* 6 times"
    ):
        read_plink(tmp_path / "a", samples=container(of_rows))
    with pytest.raises(ValueError, match=r"mask, use np.asarray\(markers\).astype\(bool\)\."):
        read_plink(tmp_path / "a", markers=container(of_columns))
    masks = (np.asarray(container(of)).astype(bool) for of in (of_rows, of_columns))
    read = read_plink(tmp_path / "a", **dict(zip(("samples", "markers"), masks, strict=True)))
    np.testing.assert_array_equal(read.data, genotypes[1::2, 1::2])


def test_each_position_once(tmp_path, genotypes):
    write_plink(tmp_path / "a", genotypes)
    with pytest.raises(ValueError, match=r"samples has the position 10 2 times\. Name each"):
        read_plink(tmp_path / "a", samples=[0, 10, -1])
    with pytest.raises(ValueError, match="markers has the position 3 3 times"):
        read_plink(tmp_path / "a", markers=[3, 3, 3])
    read = read_plink(tmp_path / "a", samples=[0, 10])
    np.testing.assert_array_equal(read.data[[0, 1, 1]], genotypes[[0, 10, -1]])
    write_plink(tmp_path / "two", genotypes[:2])
    assert list(read_plink(tmp_path / "two", samples=[1, 0]).ids) == ["i1", "i0"]


def test_what_is_missing_is_written_as_zero(tmp_path):
    table = pd.DataFrame({"s": [0, None]}).astype("Int8")
    write(
        tmp_path / "a",
        table,
        ["a", "b"],
        feature_names=["s"],
        father=["", "a"],
        mother=[None, np.nan],
        sex=pd.Series([1.0, None]),
        position=[1e6],
    )
    read = read_plink(tmp_path / "a")
    np.testing.assert_array_equal(read.data, [[0], [-127]])
    assert list(read.father) == ["0", "a"]
    assert list(read.mother) == ["0", "0"]
    assert list(read.sex) == [1, 0]
    assert list(read.position) == [1_000_000]


def test_families_may_start_with_a_hash(tmp_path, genotypes):
    write_plink(tmp_path / "a", genotypes, families=["#f"] * 11)
    assert read_plink(tmp_path / "a").family[0] == "#f"


def test_every_cut_is_seen(tmp_path, genotypes):
    write_plink(tmp_path / "a", genotypes)
    for suffix in (".bed", ".bim", ".fam"):
        path = tmp_path / f"a{suffix}"
        whole = path.read_bytes()
        for length in range(len(whole)):
            path.write_bytes(whole[:length])
            found = how_noticed(lambda: read_plink(tmp_path / "a"), rf"a\{suffix}|a\.bed has")
            assert found == "error" or (found == "warning" and length > len(whole) - 3)
        path.write_bytes(whole)
    np.testing.assert_array_equal(read_plink(tmp_path / "a").data, genotypes)


def test_bad_files(tmp_path, genotypes):
    prefix = tmp_path / "a"
    write_plink(prefix, genotypes)
    bim = prefix.with_suffix(".bim")
    good = bim.read_text()
    bim.write_text(good.replace("\t300\t", "\tx\t"))
    with pytest.raises(ValueError, match=r"a.bim, line 4: field 4 is 'x', not a number"):
        read_plink(prefix)
    bim.write_text(good.replace("\t300\tA", "\t300"))
    with pytest.raises(ValueError, match=r"a.bim, line 4: 5 fields, but line 1 has 6"):
        read_plink(prefix)
    bim.write_text(good)
    fam = prefix.with_suffix(".fam")
    fam.write_text(fam.read_text().replace("i7", "i6"))
    with pytest.raises(ValueError, match=r"a.fam: 'i6' stands in lines 7 and 8"):
        read_plink(prefix)
    bed = prefix.with_suffix(".bed")
    write_plink(prefix, genotypes)
    bed.write_bytes(b"\x6c\x1b\x00" + bed.read_bytes()[3:])
    with pytest.raises(ValueError, match=r"starts with the bytes 6c 1b 00, but a PLINK 1 \.bed"):
        read_plink(prefix)
    bed.unlink()
    with pytest.raises(FileNotFoundError):
        read_plink(prefix)


def test_round_trip(tmp_path, genotypes):
    write_plink(tmp_path / "a", genotypes)
    read = read_plink(tmp_path / "a")
    write(tmp_path / "b.2", **read)
    for suffix in (".bed", ".bim"):
        written = tmp_path / f"b.2{suffix}"
        assert written.read_bytes() == (tmp_path / f"a{suffix}").read_bytes()
    again = read_plink(tmp_path / "b.2")
    for name in read:
        np.testing.assert_array_equal(again[name], read[name])
    assert read.phenotype.shape == (11,)
    assert np.isnan(read.phenotype).all()


@pytest.mark.parametrize("values", [[0, 1, 2], [0, 0, 0], [0, 2, np.nan], [1, 2, 2], [0, 1, 1.5]])
@pytest.mark.parametrize("kind", [float, object])
def test_traits_that_look_like_codes_come_back(tmp_path, values, kind):
    trait = np.array(values, dtype=kind)
    pairs = [("f", "a"), ("f", "b"), ("g", "a")]
    father = [None, ("f", "a"), None]
    names = {"feature_names": ["s"], "phenotype": trait, "father": father}
    write(tmp_path / "a", [[0], [1], [2]], pairs, **names)
    read = read_plink(tmp_path / "a", labels="fid_iid")
    np.testing.assert_array_equal(read.phenotype, np.array(values, dtype=float))
    assert list(read.father) == father
    write(tmp_path / "b", **read)
    assert (tmp_path / "b.fam").read_bytes() == (tmp_path / "a.fam").read_bytes()


def test_floats_and_families(tmp_path, genotypes):
    ids = [(f"f{i // 2}", f"i{i % 2}") for i in range(11)]
    values = np.where(genotypes == -127, np.nan, genotypes)
    write(tmp_path / "a", values, ids, feature_names=range(7))
    read = read_plink(tmp_path / "a", labels="fid_iid")
    np.testing.assert_array_equal(read.data, genotypes)
    assert list(read.ids) == ids


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"data": [[0.5]]}, ValueError, r"data must be 0, 1 or 2, .* data\[0, 0\] is 0.5. Round"),
        ({"data": [0]}, ValueError, r"a column for each marker, got shape \(1,\)"),
        ({"data": [["A"]]}, ValueError, "data must be numbers, got an array of dtype"),
        ({"data": np.ma.array([[1]], mask=[[1]])}, ValueError, "data has masked values"),
        ({"data": pd.DataFrame([[1]], index=["b"])}, ValueError, "ids and the index of data diff"),
        ({"data": pd.DataFrame({"t": [1]})}, ValueError, "feature_names and the columns of data"),
        ({"feature_names": None}, TypeError, "feature_names must be a sequence of labels"),
        ({"feature_names": [np.nan]}, ValueError, "feature_names: the label in row 0 is missing"),
        ({"sex": None}, TypeError, "sex must be a sequence of labels"),
        ({"sex": ["M"]}, ValueError, "sex: 'M' is not a whole number"),
        ({"position": [1.5]}, ValueError, "position: '1.5' is not a whole number"),
        ({"ids": ["a", "b"]}, ValueError, "ids must have length 1, as data has, got 2"),
        ({"ids": ["a b"]}, ValueError, "ids: 'a b' has a blank in it"),
        ({"feature_names": []}, ValueError, "feature_names must have length 1"),
        ({"sex": [1, 2]}, ValueError, "sex must have length 1"),
        ({"pheno": [1]}, TypeError, "write_plink has no property 'pheno'; there are"),
        (
            {"data": [[0], [1]], "ids": [7, "7"]},
            ValueError,
            "ids: two labels are the same when they are written as text, 7 and '7'",
        ),
    ],
)
def test_what_cannot_be_written(tmp_path, change, error, message):
    good = {"data": [[0]], "ids": ["a"], "feature_names": ["s"]}
    with pytest.raises(error, match=message):
        write(tmp_path / "a", **{**good, **change})
