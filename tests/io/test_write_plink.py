"""PLINK's files as bed-reader writes them; parents and phenotypes that .fam can hold."""

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sklmm.io import _bed, read_plink, write_plink

bed_reader = pytest.importorskip("bed_reader")

SUFFIXES = (".bed", ".bim", ".fam")
TRIO = {"data": [[0], [1], [2]], "ids": ["sire", "dam", "pup"], "feature_names": ["s"]}
FAMILY = {**TRIO, "ids": [("f", "sire"), ("f", "dam"), ("f", "pup")]}


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    return tmp_path_factory.mktemp("plink") / "a"


def contents(path):
    return [path.with_suffix(suffix).read_bytes() for suffix in SUFFIXES]


def fields_of_fam(path):
    return [line.split() for line in path.with_suffix(".fam").read_text().splitlines()]


@given(
    st.integers(1, 13),
    st.integers(1, 9),
    st.integers(0, 1000),
    st.sampled_from([np.int8, float, np.float32, np.int64]),
)
def test_genotypes_as_bed_reader_writes_them(path, n, m, seed, dtype):
    M = np.random.default_rng(seed).choice([0, 1, 2, -127], size=(n, m)).astype(np.int8)
    M = np.asfortranarray(M) if seed % 2 else M
    bed_reader.to_bed(path.with_name("b.bed"), M)
    given = np.where(M == -127, np.nan, M) if dtype in (float, np.float32) else M
    ids, names = [f"i{i}" for i in range(n)], [f"s{j}" for j in range(m)]
    write_plink(path, given.astype(dtype), ids, feature_names=names)
    assert contents(path)[0] == path.with_name("b.bed").read_bytes()


def test_genotypes_by_blocks(path, monkeypatch):
    M = np.random.default_rng(0).integers(0, 3, (11, 50)).astype(np.int8)
    names = [f"s{j}" for j in range(50)]
    write_plink(path, M, range(11), feature_names=names)
    whole = contents(path)
    for at_a_time in (1, 36, 100):
        monkeypatch.setattr(_bed, "GENOTYPES_AT_A_TIME", at_a_time)
        write_plink(path, M, range(11), feature_names=names)
        assert contents(path) == whole


@pytest.mark.parametrize(
    "properties",
    [
        {},
        {"family": ["f", "f", "g"], "father": ["0", "", "sire"], "sex": [1, 2, 0]},
        {"chromosome": ["X"], "centimorgan": [0.25], "position": [12345], "allele_1": ["AT"]},
        {
            "centimorgan": [1e-5],
            "position": [-1],
            "allele_2": ["<DEL>"],
            "mother": ["", "", "dam"],
        },
        {"sex": ["1", "02", "+0"], "position": ["007"], "centimorgan": [7], "chromosome": [1.0]},
    ],
)
def test_text_as_bed_reader_writes_it(path, properties):
    """But for the phenotype, which bed-reader leaves at 0, a value for those who measure."""
    names = {"family": "fid", "centimorgan": "cm_position", "position": "bp_position"}
    known = {
        names.get(name, name): [0 if value == "" else value for value in values]
        for name, values in properties.items()
    }
    if "chromosome" in known:
        known["chromosome"] = [str(value).removesuffix(".0") for value in known["chromosome"]]
    known |= {"iid": TRIO["ids"], "sid": ["s"], "pheno": ["-9"] * 3}
    bed_reader.to_bed(path.with_name("b.bed"), np.array(TRIO["data"]), properties=known)
    write_plink(path, **TRIO, **properties)
    assert contents(path) == contents(path.with_name("b"))


@pytest.mark.parametrize("value", [0.1, 1234.56789, 1 / 3, 1e-12, 123456789.125, 5, "0.5"])
def test_digits_of_centimorgan(path, value):
    write_plink(path, **TRIO, centimorgan=[value])
    assert read_plink(path).centimorgan[0] == float(value)


@pytest.mark.parametrize(
    ("properties", "message"),
    [
        ({"centimorgan": ["nan"]}, "centimorgan: 'nan' is not a number"),
        ({"centimorgan": ["1_0"]}, "centimorgan: '1_0' is not a number"),
        ({"centimorgan": ["1e999"]}, "centimorgan: '1e999' is not a number"),
        ({"position": ["1_0"]}, "position: '1_0' is not a whole number"),
        ({"position": ["1e3"]}, "position: '1e3' is not a whole number"),
        ({"sex": [True, False, True]}, "sex: 'True' is not a whole number"),
        ({"chromosome": ["#1"]}, "chromosome: '#1' starts with #"),
        ({"family": ["#f", "f", "f"]}, "family: '#f' starts with #"),
        ({"family": ["f", "f\n", "f"]}, r"family: 'f\\n' has a line break"),
        ({"allele_1": ["A T"]}, "allele_1: 'A T' has a blank in it"),
        ({"mother": ["", "", "d m"]}, "mother: 'd m' has a blank in it"),
    ],
)
def test_properties_that_a_file_cannot_hold(path, properties, message):
    with pytest.raises(ValueError, match=message):
        write_plink(path, **TRIO, **properties)


def test_large_positions(path):
    write_plink(path, **TRIO, position=[3_000_000_000])
    assert read_plink(path).position[0] == 3_000_000_000


def test_parents_of_the_family(path):
    """As pairs, or by their ID alone."""
    for sire, dam in ((("f", "sire"), ("f", "dam")), ("sire", "dam"), (b"sire", ("f", b"dam"))):
        write_plink(path, **FAMILY, father=[None, "", sire], mother=[np.nan, None, dam])
        assert [fields[:4] for fields in fields_of_fam(path)] == [
            ["f", "sire", "0", "0"],
            ["f", "dam", "0", "0"],
            ["f", "pup", "sire", "dam"],
        ]
    write_plink(path, **TRIO, father=[None, None, ("0", "sire")])
    assert list(read_plink(path).father) == ["0", "0", "sire"]
    write_plink(path, **TRIO, family=["f", "g", "f"], father=[None, None, ("f", "sire")])
    assert list(read_plink(path).father) == ["0", "0", "sire"]


def test_parents_of_another_family(path):
    with pytest.raises(
        ValueError,
        match=r"father: \('g', 'sire'\) is the parent of \('f', 'pup'\), and a .fam file has one",
    ):
        write_plink(path, **FAMILY, father=[None, None, ("g", "sire")])
    with pytest.raises(
        ValueError, match=r"mother: \('f', 'dam'\) is the parent of \('0', 'pup'\)"
    ):
        write_plink(path, **TRIO, mother=[None, None, ("f", "dam")])
    for remedy in (
        {
            "ids": [("f", "sire"), ("f", "dam"), ("f", "pup")],
            "father": [None, None, ("f", "sire")],
        },
        {"ids": ["g_sire", "f_dam", "f_pup"], "father": [None, None, "g_sire"]},
    ):
        write_plink(path, **{**TRIO, **remedy})
        read = read_plink(path)
        assert read.father[2] == read.ids[0] or read.father[2] == read.ids[0][1]


def test_an_individual_0_is_no_parent(path):
    ids, father = [0, 1, 2], [None, 0, 0]
    with pytest.raises(ValueError, match="father: 0 is an individual, but stands for an unknown"):
        write_plink(path, **{**TRIO, "ids": ids}, father=father)
    write_plink(path, **{**TRIO, "ids": ids}, father=[None, None, 1])
    assert list(read_plink(path).father) == ["0", "0", "1"]
    write_plink(path, **{**TRIO, "ids": ["a0", 1, 2]}, father=[None, "a0", "a0"])
    assert list(read_plink(path).father) == ["0", "a0", "a0"]


def test_families_twice(path):
    write_plink(path, **FAMILY, family=["f", None, "f"])
    assert [fields[0] for fields in fields_of_fam(path)] == ["f", "f", "f"]
    with pytest.raises(
        ValueError, match=r"family: 'g' is given for the individual \('f', 'dam'\)"
    ):
        write_plink(path, **FAMILY, family=["f", "g", "f"])


TRAIT = [1.5, np.nan, 1 / 3]


@pytest.mark.parametrize(
    "phenotype",
    [
        TRAIT,
        np.array(TRAIT),
        pd.Series(TRAIT),
        pd.Series(TRAIT, index=TRIO["ids"]),
        pd.Series([1.5, None, 1 / 3], dtype="Float64"),
        pl.Series([1.5, None, 1 / 3]),
        np.ma.array([1.5, 7, 1 / 3], mask=[0, 1, 0]),
        [1.5, None, 1 / 3],
        [[1.5], [None], [1 / 3]],
        np.array(TRAIT)[:, None],
        pd.DataFrame({"t": TRAIT}),
        np.array(TRAIT, dtype=object),
    ],
    ids=lambda phenotype: type(phenotype).__name__,
)
def test_phenotypes(path, phenotype):
    write_plink(path, **TRIO, phenotype=phenotype)
    assert [fields[5:] for fields in fields_of_fam(path)] == [
        ["1.5"],
        ["-9"],
        ["0.3333333333333333"],
    ]


@given(st.lists(st.floats(allow_nan=True, allow_infinity=False), min_size=6, max_size=6))
def test_phenotypes_lose_nothing(path, values):
    table = np.array(values).reshape(3, 2)
    if (table == -9).any():
        with pytest.raises(
            ValueError, match=r"phenotype\[\d, \d\] is -9, which stands for a missi"
        ):
            write_plink(path, **TRIO, phenotype=table)
        table[table == -9] = np.nan
    write_plink(path, **TRIO, phenotype=table)
    found = np.array([fields[5:] for fields in fields_of_fam(path)], dtype=float)
    np.testing.assert_array_equal(found, np.where(np.isnan(table), -9, table))


def test_whole_phenotypes(path):
    write_plink(path, **TRIO, phenotype=pd.DataFrame({"case": [1, 2, 1], "mm": [170.0, 5e20, 0]}))
    assert [fields[5:] for fields in fields_of_fam(path)] == [
        ["1", "170"],
        ["2", "5e+20"],
        ["1", "0.0"],
    ]


@pytest.mark.parametrize(
    ("phenotype", "message"),
    [
        ([1, -9, 2], r"phenotype\[1\] is -9, .* Give NaN .*; if it was measured, add a constant"),
        ([1, -9.0, 2], r"phenotype\[1\] is -9, which stands for a missing one"),
        ([1, np.inf, 2], r"phenotype must be numbers, .* phenotype\[1\] is inf"),
        (["1", "2", "3"], r"phenotype\[0\] is '1'"),
        ([True, False, True], r"phenotype\[0\] is True"),
        ([[1, "x"], [2, 3], [1, 2]], r"phenotype\[0, 0\] is '1'|phenotype\[0, 1\] is 'x'"),
        ([[1], [2, 3], [4]], "phenotype must be a table of numbers: "),
        ([1, 2], "phenotype must have length 3, as data has, got 2"),
        (1.5, r"a row for each individual and a column for each trait, got shape \(\)"),
        (np.ones((3, 0)), r"got shape \(3, 0\)"),
        (
            pd.Series([1, 2, 3], index=["dam", "sire", "pup"]),
            "ids and the index of phenotype have the same labels",
        ),
    ],
)
def test_phenotypes_that_a_file_cannot_hold(path, phenotype, message):
    with pytest.raises(ValueError, match=message):
        write_plink(path, **TRIO, phenotype=phenotype)


def test_a_trait_with_a_constant_added(path):
    """The remedy for a measured -9."""
    write_plink(path, **TRIO, phenotype=np.array([1, -9, 2]) + 100)
    assert [fields[5] for fields in fields_of_fam(path)] == ["101", "91", "102"]


@pytest.mark.parametrize(
    ("name", "values"),
    [("father", ["0", "a", "a"]), ("sex", [1, 2, 2]), ("phenotype", [1.5, 2, 3])],
)
def test_properties_in_another_order(tmp_path, name, values):
    ids = ["a", "b", "c"]
    column = pd.Series(values, index=ids)
    counts = [[0, 1], [1, 2], [2, 0]]
    write_plink(tmp_path / "x", counts, ids, feature_names=["s", "t"], **{name: column})
    with pytest.raises(
        ValueError, match=rf"ids and the index of {name} .*: row 0 is 'a' .*Use {name}.loc\[ids\]"
    ):
        write_plink(tmp_path / "x", counts, ids, feature_names=["s", "t"], **{name: column[::-1]})
    write_plink(
        tmp_path / "x", counts, ids, feature_names=["s", "t"], **{name: column[::-1].loc[ids]}
    )
    of_rows = pd.Series(values, index=[7, 3, 5])
    write_plink(tmp_path / "x", counts, ids, feature_names=["s", "t"], **{name: of_rows})
    positions = pd.Series([7, 8], index=["s", "t"])
    with pytest.raises(
        ValueError,
        match=r"feature_names and the index of position.* Use position.loc\[feature_names\]",
    ):
        write_plink(
            tmp_path / "x", counts, ids, feature_names=["s", "t"], position=positions[::-1]
        )


@pytest.mark.parametrize("sex", [[0, 1, 0], ["0", "1", "1"], np.array([1.0, 0.0, 1.0])])
def test_sexes_that_are_0_and_1(path, sex):
    """The two remedies for sexes, and that for a sex that is unknown."""
    with pytest.warns(UserWarning, match=r"sex is 0 and 1 alone, .* individuals will have") as had:
        write_plink(path, **TRIO, sex=sex)
    assert f": {list(map(int, sex)).count(0)} of 3 individuals" in str(had[0].message)
    for remedy in ("2 - numpy.asarray(sex)", "1 + numpy.asarray(sex)"):
        assert remedy in str(had[0].message)
        given = eval(remedy, {"sex": np.array(sex, dtype=int), "numpy": np})
        write_plink(path, **TRIO, sex=given)
        assert read_plink(path).sex.tolist() == given.tolist()
    write_plink(path, **TRIO, sex=[int(value) or None for value in sex])
    assert read_plink(path).sex.tolist() == list(map(int, sex))


@pytest.mark.parametrize(
    "sex", [[0, 0, 0], [1, 1, 1], [0, 1, 2], [1, 2, 2], [0, 2, 2], ["", 1, 1]]
)
def test_sexes_as_plink_has_them(path, sex):
    write_plink(path, **TRIO, sex=sex)
    assert read_plink(path).sex.tolist() == [value or 0 for value in sex]


@pytest.mark.parametrize("code", [-9, -1, 3, 9, np.inf])
def test_codes_of_missing_genotypes(tmp_path, code):
    data = np.array([[0, code], [1, 2]])
    with pytest.raises(ValueError, match="is a code for missing genotypes, put NaN there, or"):
        write_plink(tmp_path / "a", data, ["a", "b"], feature_names=["s", "t"])
    if code == 9:
        with pytest.raises(ValueError, match=r"signed integers, such as int8 \(not uint8\)"):
            write_plink(
                tmp_path / "a", data.astype(np.uint8), ["a", "b"], feature_names=["s", "t"]
            )
    masked = np.ma.masked_equal(data, code)
    with pytest.raises(ValueError, match=r"data has masked values\. Put NaN there: ") as info:
        write_plink(tmp_path / "a", masked, ["a", "b"], feature_names=["s", "t"])
    filled = eval(str(info.value).split(": ")[1][:-1], {"data": masked, "numpy": np})
    write_plink(tmp_path / "a", filled, ["a", "b"], feature_names=["s", "t"])
    assert read_plink(tmp_path / "a").data.tolist() == [[0, -127], [1, 2]]
