"""Individuals of .fam: what PLINK takes their sex and traits for, and whose parents are whose."""

import shutil
import subprocess
import warnings

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sklmm.io import read_plink, read_text, write_plink
from sklmm.io._fam import read_fam
from sklmm.relationship import numerator

pytest.importorskip("bed_reader")


@pytest.fixture
def write_fam(tmp_path):
    """Write .fam with a .bed and .bim beside it, and give the prefix."""

    def write(lines):
        rng = np.random.default_rng(0)
        M = rng.integers(0, 3, (len(lines), 9))
        write_plink(tmp_path / "x", M, range(len(lines)), feature_names=range(9))
        (tmp_path / "x.fam").write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
        return tmp_path / "x"

    return write


SEXES = [
    "1",
    "2",
    "0",
    "NA",
    "M",
    "f",
    "other",
    "U",
    "-9",
    "3",
    "1.0",
    "01",
    "+1",
    "２",
    "1_",
    "x2",
]


def test_sex(write_fam):
    prefix = write_fam([f"F i{k} 0 0 {sex} -9" for k, sex in enumerate(SEXES)])
    read = read_plink(prefix)
    assert list(read.sex) == [1, 2] + [0] * (len(SEXES) - 2)
    assert read.sex.dtype.kind == "i"


TRAITS = {
    "numbers": ["1.5", "-2e3", "+.5", "5.", "0", "-9", "-9.0", "1E2", "7"],
    "missing": ["NA", "nan", "NaN", ".", "-", "n/a", "-9", "1.5", "2.5"],
    "cases": ["1", "2", "0", "-9", "NA", "1", "2", "0", "0"],
    "cases alone": ["2", "2", "0", "-9", "-9", "0", "2", "2", "2"],
    "nobody measured": ["0", "0", "0", "-9", "NA", "0", "0", "0", "0"],
    "four values": ["0", "1", "2", "3", "0", "1", "2", "3", "-9"],
    "with a point": ["0", "1", "2", "1.0", "0", "1", "2", "0", "0"],
}


@pytest.mark.external
@pytest.mark.parametrize("name", TRAITS)
def test_sex_and_traits_as_plink_takes_them(write_fam, name):
    if shutil.which("plink1.9") is None:
        pytest.skip("plink1.9 is not installed")
    texts = TRAITS[name]
    rows = list(zip(SEXES * 2, texts + texts[:7], strict=False))
    prefix = write_fam([f"F i{k} 0 0 {sex} {text}" for k, (sex, text) in enumerate(rows)])
    command = ["plink1.9", "--bfile", prefix, "--make-just-fam", "--out", f"{prefix}.plink"]
    subprocess.run(command, check=True, capture_output=True)
    table = np.loadtxt(f"{prefix}.plink.fam", usecols=[4, 5])
    read = read_plink(prefix)
    np.testing.assert_array_equal(read.sex, table[:, 0])
    expected = np.where(table[:, 1] == -9, np.nan, table[:, 1])
    np.testing.assert_array_equal(read.phenotype, expected)


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        (["1.5", "NA", "-9"], [1.5, np.nan, np.nan]),
        (["1", "2", "0"], [1, 2, np.nan]),
        (["1", "0", "0"], [1, 0, 0]),
        (["0", "0", "-9"], [np.nan] * 3),
        (["0.0", "1", "2"], [0, 1, 2]),
        (["0", "2", "3"], [0, 2, 3]),
    ],
)
def test_traits(write_fam, texts, expected):
    prefix = write_fam([f"F i{k} 0 0 0 {text}" for k, text in enumerate(texts)])
    np.testing.assert_array_equal(read_plink(prefix).phenotype, expected)
    np.testing.assert_array_equal(read_plink(prefix, samples=[2, 0]).phenotype, expected[::-2])


def test_several_traits(write_fam):
    prefix = write_fam(["F a 0 0 1 1 0.5", "F b 0 0 2 2 NA", "F c 0 0 2 0 0"])
    expected = [[1, 0.5], [2, np.nan], [np.nan, 0]]
    np.testing.assert_array_equal(read_plink(prefix).phenotype, expected)


@pytest.mark.parametrize(
    "text", ["x", "1_1", "0x10", "inf", "-inf", "１２", "1,5", "EUR", "1e", "1d5"]
)
def test_text_as_trait(write_fam, text):
    prefix = write_fam(["F a 0 0 1 1.5", f"F b 0 0 2 {text}", "F c 0 0 2 ?", f"F d 0 0 2 {text}"])
    message = (
        rf"x.fam, line 2: the trait {text!r} \(and 1 more\) is no number and taken as missing"
    )
    with pytest.warns(UserWarning, match=message) as caught:
        read = read_plink(prefix)
    assert len(caught) == 1
    np.testing.assert_array_equal(read.phenotype, [1.5, np.nan, np.nan, np.nan])


def test_five_columns(write_fam):
    message = "x.fam, line 1: 5 fields, but at least 6 .* of -9 at the end; .* one of 0 in front"
    for lines in (["F a 0 0 1", "F b 0 0 2"], ["a 0 0 1 1.5", "b 0 0 2 2.5"]):
        with pytest.raises(ValueError, match=message):
            read_plink(write_fam(lines))
    read = read_plink(write_fam(["F a 0 0 1 -9", "F b 0 0 2 -9"]))
    assert list(read.sex) == [1, 2]
    assert np.isnan(read.phenotype).all()
    read = read_plink(write_fam(["0 a 0 0 1 1.5", "0 b 0 0 2 2.5"]))
    assert list(read.ids) == ["a", "b"]
    assert list(read.phenotype) == [1.5, 2.5]
    with pytest.raises(ValueError, match=r"1 fields, but .* Blanks or tabs have to separate them"):
        read_plink(write_fam(["F,a,0,0,1,-9"]))


@pytest.mark.parametrize(
    "titles",
    [
        *("FID IID PAT MAT SEX PHENO", "#FID IID PAT MAT SEX PHENO", "#IID SID PAT MAT SEX P"),
        *("famid pid fatid motid sex aff", '"family" "id" "sire" "dam" "Gender" "y"'),
    ],
)
def test_titles(write_fam, titles):
    lines = ["F a 0 0 1 1.5", "F b 0 0 2 2.5"]
    with pytest.raises(ValueError, match=r"x.fam, line 1: .* are titles.* Remove the line"):
        read_plink(write_fam([titles, *lines]))
    assert list(read_plink(write_fam(lines)).ids) == ["a", "b"]


def test_parents_of_the_same_names_in_two_families(write_fam):
    members = ("1 0 0", "2 0 0", "3 1 2")
    lines = [f"{family} {member} 0 -9" for family in "AB" for member in members]
    prefix = write_fam(lines)
    with pytest.raises(ValueError, match="use labels='fid_iid'"):
        read_plink(prefix)
    read = read_plink(prefix, labels="fid_iid")
    assert list(read.father) == [None, None, ("A", "1"), None, None, ("B", "1")]
    assert list(read.mother) == [None, None, ("A", "2"), None, None, ("B", "2")]
    A = numerator(read.ids, read.father, read.mother)
    assert len(A) == 6
    child, father, other = A.rows([("A", "3"), ("A", "1"), ("B", "3")])
    assert A.matrix[child, father] == 0.5
    assert A.matrix[child, other] == 0
    some = read_plink(prefix, labels="fid_iid", samples=[5, 2])
    assert list(some.father) == [("B", "1"), ("A", "1")]


@given(st.lists(st.integers(2, 6), min_size=1, max_size=5), st.randoms(use_true_random=False))
def test_families_are_unrelated(tmp_path_factory, sizes, random):
    """Whatever the individuals of families are called, relationships are those of each family."""
    folder, lines, blocks = tmp_path_factory.mktemp("families"), [], []
    for family, size in enumerate(sizes):
        names = [f"i{k}" for k in range(size)]
        parents = [random.sample(names[:child], min(child, 2)) for child in range(size)]
        parents = [pair + ["0"] * (2 - len(pair)) for pair in parents]
        blocks.append(numerator(names, *zip(*parents, strict=True)).matrix)
        rows = zip(names, parents, strict=True)
        lines += [f"f{family} {name} {f} {m} 0 -9\n" for name, (f, m) in rows]
    n = len(lines)
    genotypes = np.arange(3 * n).reshape(n, 3) % 3
    write_plink(folder / "x", genotypes, range(n), feature_names=range(3))
    (folder / "x.fam").write_text("".join(lines))
    read = read_plink(folder / "x", labels="fid_iid")
    A = numerator(read.ids, read.father, read.mother)
    assert list(A.ids) == list(read.ids)
    start = 0
    for block in blocks:
        stop = start + len(block)
        np.testing.assert_array_equal(A.matrix[start:stop, start:stop], block)
        start = stop
    assert np.count_nonzero(A.matrix) == sum(map(np.count_nonzero, blocks))


def test_a_parent_of_another_family(write_fam):
    prefix = write_fam(["A a 0 0 1 -9", "A b 0 0 2 -9", "B c a b 1 -9", "B d 0 0 1 -9"])
    message = (
        r"x.fam, line 3: father 'a' of 'c' is not listed in family 'B', but in 'A'.*'fid_iid'"
    )
    with pytest.warns(UserWarning, match=message) as caught:
        read = read_plink(prefix)
    assert len(caught) == 1
    assert list(read.father) == ["0", "0", "a", "0"]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        pairs = read_plink(prefix, labels="fid_iid")
    assert pairs.father[2] == ("B", "a")
    assert ("B", "a") not in set(pairs.ids)


@pytest.mark.parametrize(
    "lines",
    [
        ["a a 0 0 1 -9", "b b 0 0 2 -9", "c c a b 1 -9", "d d c b 1 -9"],
        ["0 a 0 0 1 -9", "0 b 0 0 2 -9", "0 c a b 1 -9", "0 d c b 1 -9"],
        ["1 a 0 0 1 -9", "2 b 0 0 2 -9", "3 c a b 1 -9", "4 d c b 1 -9"],
        ["F a 0 0 1 -9", "F b 0 0 2 -9", "c c a b 1 -9", "0 d c b 1 -9"],
    ],
)
def test_families_without_information(write_fam, lines):
    prefix = write_fam(lines)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        read = read_plink(prefix)
    A = numerator(read.ids, read.father, read.mother)
    np.testing.assert_array_equal(A.matrix[3], [0.25, 0.75, 0.75, 1.25])
    if len({line.split()[0] for line in lines}) > 1:
        with pytest.warns(UserWarning, match="is not listed in family .* Use labels='iid' if fam"):
            read_plink(prefix, labels="fid_iid")


def test_unknown_parents_of_pairs(write_fam):
    codes = ["0", "NA", "nan", "."]
    prefix = write_fam([f"F i{k} {code} {code} 1 -9" for k, code in enumerate(codes)])
    read = read_plink(prefix, labels="fid_iid")
    assert list(read.father) == list(read.mother) == [None] * 4
    prefix = write_fam(["F NA 0 0 1 -9", "F b NA 0 1 -9", "G c NA 0 1 -9"])
    with pytest.warns(UserWarning, match="father 'NA' of 'c'"):
        read_plink(prefix)
    assert list(read_plink(prefix, labels="fid_iid").father) == [None, ("F", "NA"), None]


def test_repeated_individuals_stand_in_the_lines_that_are_named(tmp_path):
    (tmp_path / "k.txt").write_text("1 0\n0 1\n")
    (tmp_path / "k.psam").write_text("#FID IID\nf a\nf a\n")
    with pytest.raises(ValueError, match="'a' stands in lines 2 and 3"):
        read_text(tmp_path / "k.txt", fam=tmp_path / "k.psam")


def test_numbers_of_rows_in_front_of_families(tmp_path):
    """As write.table of R puts them there, who has no father of his own in the file then."""
    path = tmp_path / "x.fam"
    path.write_text("1 f1 a 0 0 1 0.5\n2 f2 b 0 0 2 0.7\n")
    with pytest.raises(ValueError, match=r"numbers of rows in front of families: line 1 is '1 f1"):
        read_fam(path, "iid")
    path.write_text("1 a 0 0 1 0.5 2\n2 b 0 a 2 0.7 3\n")
    assert list(read_fam(path, "iid").ids) == ["a", "b"]


def test_empty_fields_between_tabs(tmp_path):
    path = tmp_path / "x.fam"
    path.write_text("F\ta\t\t\t2\t31.5\t2.5\t3.5\nF\tb\t\t\t2\t31.5\t2.5\t3.5\n")
    with pytest.raises(ValueError, match=r"line 1: field 3 is empty, .* 0 for a parent and -9"):
        read_fam(path, "iid")
    path.write_text(path.read_text().replace("\t\t\t", "\t0\t0\t"))
    np.testing.assert_array_equal(read_fam(path, "iid").phenotype, [[31.5, 2.5, 3.5]] * 2)
