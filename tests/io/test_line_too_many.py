"""A label line too many or too few is an error wherever it can be seen."""

import gzip
import re
import shutil
import subprocess

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sklmm.io import read_grm, read_plink, read_rel, read_text, write_grm, write_plink
from sklmm.relationship import vanraden

pytest.importorskip("bed_reader")


def random_genotypes(n, m, seed=0, frequency=None):
    rng = np.random.default_rng(seed)
    frequency = rng.uniform(0.1, 0.9, m) if frequency is None else frequency
    return rng.binomial(2, frequency, (n, m)).astype(np.int8)


def write(prefix, M):
    write_plink(prefix, M, [f"i{k}" for k in range(len(M))], feature_names=range(M.shape[1]))
    return prefix.with_suffix(".fam")


def insert_lines(fam, place, count):
    lines = fam.read_text().splitlines(keepends=True)
    extra = [f"0 extra{k} 0 0 0 -9\n" for k in range(count)]
    fam.write_text("".join(lines[:place] + extra + lines[place:]))


@pytest.mark.parametrize("n", range(5, 45))
def test_lines_too_many_in_fam(tmp_path, n):
    M = random_genotypes(n, 300, seed=n)
    for count in (1, 2, 3):
        fam = write(tmp_path / "a", M)
        insert_lines(fam, count, count)
        with pytest.raises(ValueError, match=r"a.fam seems to have a line too many|a.bed has \d+"):
            read_plink(tmp_path / "a")
        with pytest.raises(ValueError, match=r"a.fam seems to have a line too many|a.bed has \d+"):
            read_plink(tmp_path / "a", samples=[0, 1], markers=[3])
    write(tmp_path / "a", M)
    np.testing.assert_array_equal(read_plink(tmp_path / "a").data, M)


def test_the_message_names_the_last_individual(tmp_path):
    insert_lines(write(tmp_path / "a", random_genotypes(6, 80)), 2, 1)
    message = r"its last individual, 'i5', is homozygous for allele 1 at all 80 markers.*neighbor"
    with pytest.raises(ValueError, match=message):
        read_plink(tmp_path / "a")
    insert_lines(write(tmp_path / "a", random_genotypes(6, 80)), 6, 2)
    with pytest.raises(ValueError, match="its last individual, 'extra1'"):
        read_plink(tmp_path / "a")


@given(
    n=st.integers(2, 40),
    m=st.integers(1, 400),
    seed=st.integers(0, 1000),
    share=st.floats(0.01, 0.95),
)
def test_right_files_are_read(tmp_path_factory, n, m, seed, share):
    """Also where homozygotes for allele 1 are common, and where nobody has anything else."""
    folder = tmp_path_factory.mktemp("right")
    M = random_genotypes(n, m, seed, share)
    write(folder / "a", M)
    np.testing.assert_array_equal(read_plink(folder / "a").data, M)


def test_few_markers_have_no_power(tmp_path):
    M = random_genotypes(6, 8, frequency=0.5)
    M[-1] = 2
    write(tmp_path / "a", M)
    np.testing.assert_array_equal(read_plink(tmp_path / "a").data, M)
    M = np.full((6, 500), 2, dtype=np.int8)
    write(tmp_path / "a", M)
    np.testing.assert_array_equal(read_plink(tmp_path / "a").data, M)


def test_another_one_that_is_homozygous_everywhere(tmp_path):
    """In one block of linkage disequilibrium markers say the same, many times."""
    M = random_genotypes(11, 1, seed=3, frequency=0.5).repeat(500, axis=1)
    M[[4, -1]] = 2
    write(tmp_path / "a", M)
    np.testing.assert_array_equal(read_plink(tmp_path / "a").data, M)


@pytest.fixture
def reference_line_last(tmp_path):
    M = random_genotypes(7, 300)
    M[-1] = 2
    with pytest.warns(UserWarning, match=r"'i6', is homozygous .* Put another individual last\.$"):
        write(tmp_path / "a", M)
    with pytest.raises(ValueError, match=r"must not be the last.*move it by") as info:
        read_plink(tmp_path / "a")
    return tmp_path, M, re.search(r"by plink (.*?),", str(info.value))[1]


def test_a_reference_line_that_is_not_the_last(reference_line_last):
    folder, M, _ = reference_line_last
    order = [6, *range(6)]
    write(folder / "a", M[order])
    np.testing.assert_array_equal(read_plink(folder / "a").data, M[order])


@pytest.mark.external
def test_the_reference_line_is_moved_by_plink(reference_line_last):
    folder, M, remedy = reference_line_last
    if shutil.which("plink1.9") is None:
        pytest.skip("plink1.9 is not installed")
    (folder / "order.txt").write_text("".join(f"0 i{k}\n" for k in [6, *range(6)]))
    sort = [*remedy.split(), "--out", "b"]
    files = ["--bfile", "a", "--allow-extra-chr", "--chr-set", "95"]
    done = subprocess.run(["plink1.9", *files, *sort], cwd=folder, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout
    read = read_plink(folder / "b")
    assert list(read.ids) == [f"i{k}" for k in [6, *range(6)]]
    np.testing.assert_array_equal(read.data, M[[6, *range(6)]])


def test_all_markers_are_looked_at(tmp_path, monkeypatch):
    """Whoever differs from the filling at a single marker, wherever it is, is no ghost."""
    monkeypatch.setattr("sklmm.io._padding.MARKERS_AT_A_TIME", 64)
    M = random_genotypes(6, 300)
    for place in (0, 63, 64, 299):
        M[-1] = 2
        M[-1, place] = 1
        write(tmp_path / "a", M)
        np.testing.assert_array_equal(read_plink(tmp_path / "a").data, M)


@pytest.mark.parametrize("n", [2, 3, 8, 9])
@pytest.mark.parametrize("change", [-1, 1])
def test_other_lists_of_labels(tmp_path, n, change):
    M = random_genotypes(n, 60, seed=n)
    kinship = vanraden(M, range(n))
    write(tmp_path / "a", M)
    write_grm(tmp_path / "a", kinship, n_markers=60)
    np.savetxt(tmp_path / "a.txt", kinship.matrix)
    np.savetxt(tmp_path / "a.rel", kinship.matrix)
    lower = kinship.matrix[np.tril_indices(n)]
    readers = {
        "a.bim": lambda: read_plink(tmp_path / "a"),
        "a.grm.id": lambda: read_grm(tmp_path / "a"),
        "a.rel.id": lambda: read_rel(tmp_path / "a.rel"),
        "a.fam": lambda: read_text(tmp_path / "a.txt", fam=tmp_path / "a.fam"),
    }
    (tmp_path / "a.rel.id").write_bytes((tmp_path / "a.grm.id").read_bytes())
    for name, read in readers.items():
        read()
        lines = (tmp_path / name).read_text().splitlines(keepends=True)
        longer = [lines[0].replace("0", "x"), *lines] if name != "a.bim" else [lines[0], *lines]
        (tmp_path / name).write_text("".join(lines[1:] if change < 0 else longer))
        with pytest.raises(ValueError, match=r"a\.(bed|grm.bin|rel|txt)"):
            read()
    lines = [f"{i + 1} {j + 1} 9 1" for i, j in zip(*np.tril_indices(n), strict=True)]
    (tmp_path / "a.grm.bin").unlink()
    with gzip.open(tmp_path / "a.grm.gz", "wt") as file:
        file.write("\n".join(lines) + "\n")
    with pytest.raises(ValueError, match=r"a.grm.gz has .* lines, but .* need"):
        read_grm(tmp_path / "a")
    for kind in ("<f8", "<f4"):
        for values in (kinship.matrix, lower):
            values.astype(kind).tofile(tmp_path / "a.rel.bin")
            with pytest.raises(ValueError, match=r"a.rel.bin has"):
                read_rel(tmp_path / "a.rel.bin")


@pytest.mark.parametrize(
    ("n", "other", "kind"),
    [
        (14, 20, "triangle"),
        (84, 119, "triangle"),
        (6, 8, "square"),
        (8, 6, "triangle"),
        (35, 49, "square"),
    ],
)
def test_sizes_that_fit_two_numbers_of_individuals(tmp_path, n, other, kind):
    matrix = vanraden(random_genotypes(n, 400, seed=n), range(n)).matrix
    values = matrix if kind == "square" else matrix[np.tril_indices(n)]
    values.astype("<f8").tofile(tmp_path / "a.rel.bin")
    (tmp_path / "a.rel.id").write_text("".join(f"0 i{k}\n" for k in range(other)))
    with pytest.raises(ValueError, match=rf"a.rel.bin.*{min(n, other)} and {max(n, other)}"):
        read_rel(tmp_path / "a.rel.bin")
    (tmp_path / "a.rel.id").write_text("".join(f"0 i{k}\n" for k in range(n)))
    np.testing.assert_array_equal(read_rel(tmp_path / "a.rel.bin").matrix, matrix)
