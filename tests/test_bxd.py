"""The lines of mice that GEMMA comes with, where Debian's package is installed."""

import gzip
from pathlib import Path

import numpy as np
import pytest

from sklmm import LMMRegressor
from sklmm.datasets import load_bxd
from sklmm.relationship import vanraden


@pytest.mark.external
@pytest.mark.skipif(not Path("/usr/share/doc/gemma/example").exists(), reason="no gemma-doc")
def test_lines_of_debian():
    bxd = load_bxd()
    assert bxd.data.shape == (198, 7320)
    assert set(np.unique(bxd.data)) == {0, 0.5, 1}
    measured = np.isfinite(bxd.target)
    assert measured.sum() == 67
    assert (bxd.chromosome[0], bxd.position[0], bxd.feature_names[0]) == (
        "1",
        3010274,
        "rs31443144",
    )
    kinship = vanraden(2 * bxd.data, bxd.ids)
    assert 1.5 < kinship.matrix.trace() / 198 < 2.1, "inbred lines have twice the diagonal"
    lmm = LMMRegressor(kinship, sample_id=0).fit(bxd.ids[measured, None], bxd.target[measured])
    assert 0 <= lmm.h_ <= 1


def write(folder, genotypes, snps, trait):
    (folder / "BXD_geno.txt.gz").write_bytes(gzip.compress(genotypes.encode()))
    (folder / "BXD_snps.txt.gz").write_bytes(gzip.compress(snps.encode()))
    (folder / "BXD_pheno.txt").write_text(trait)


def test_small_files(tmp_path):
    write(tmp_path, "b, X, Y, 1, 0.5\na, X, Y, 0, NA\n", "a\t5\t2\nb\t7\tX\n", "1.5\n2\n")
    bxd = load_bxd(tmp_path)
    np.testing.assert_array_equal(bxd.data, [[1, 0], [0.5, np.nan]])
    assert list(bxd.feature_names) == ["b", "a"]
    assert list(bxd.chromosome) == ["X", "2"]
    assert list(bxd.position) == [7, 5]
    assert list(bxd.target) == [1.5, 2]
    assert list(bxd.ids) == ["line001", "line002"]


def test_files_that_do_not_fit(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"There is no .*BXD_geno.txt.gz. On Debian"):
        load_bxd(tmp_path)
    write(tmp_path, "b, X, Y, 1, 1\n", "a\t5\t2\n", "1.5\n2\n")
    with pytest.raises(ValueError, match="lacks the marker 'b'"):
        load_bxd(tmp_path)
    write(tmp_path, "a, X, Y, 1, 1\n", "a\t5\t2\n", "1.5\n")
    with pytest.raises(ValueError, match=r"has 2 lines of mice, but BXD_pheno.txt 1"):
        load_bxd(tmp_path)
