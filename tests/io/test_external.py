"""Files that PLINK and GEMMA write are read, and the other way round, where they are installed."""

import gzip
import re
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
from sklearn.pipeline import make_pipeline

from sklmm import LMMRegressor
from sklmm.io import read_grm, read_plink, read_rel, read_text, write_grm, write_plink, write_rel
from sklmm.io import write_text as write_square
from sklmm.preprocessing import GenotypeScaler, MarkerFilter
from sklmm.relationship import centered, ibs, standardized, vanraden, vanraden2

pytestmark = pytest.mark.external


def run(folder, program, *arguments):
    """Run a command in a folder, or skip where there is none."""
    if shutil.which(program) is None:
        pytest.skip(f"{program} is not installed")
    arguments = [str(argument) for argument in arguments]
    done = subprocess.run([program, *arguments], cwd=folder, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture(scope="module")
def mice_files(mice, tmp_path_factory):
    """300 mice at markers without rare alleles, in PLINK's files, with the trait CD8."""
    bed_reader = pytest.importorskip("bed_reader")
    folder = tmp_path_factory.mktemp("mice")
    rows = np.flatnonzero(~np.isnan(mice.target[:, 0]))[:300]
    M = mice.data[rows][:, ::4]
    p = M.mean(axis=0) / 2
    common = np.minimum(p, 1 - p) > 0.06
    M, names = M[:, common], mice.feature_names[::4][common]
    m = M.shape[1]
    properties = {
        "fid": [f"family{row % 7}" for row in range(300)],
        "iid": mice.ids[rows],
        "sid": names,
        "chromosome": ["1"] * m,
        "bp_position": np.arange(1, m + 1),
        "allele_1": ["A"] * m,
        "allele_2": ["G"] * m,
        "pheno": [repr(float(value)) for value in mice.target[rows, 0]],
    }
    bed_reader.to_bed(folder / "mice.bed", M, properties=properties)
    return folder, M, mice.ids[rows], mice.target[rows, 0]


def test_genotypes_as_plink_counts_them(mice_files):
    folder, M, ids, _ = mice_files
    files = ("--bfile", "mice", "--keep-allele-order", "--out", "counts")
    run(folder, "plink1.9", *files, "--recode", "A")
    table = [line.split() for line in (folder / "counts.raw").read_text().splitlines()]
    assert [fields[1] for fields in table[1:]] == list(ids)
    counts = np.array([fields[6:] for fields in table[1:]], dtype=np.int8)
    read = read_plink(folder / "mice")
    np.testing.assert_array_equal(read.data, counts)
    np.testing.assert_array_equal(read.data, M)
    np.testing.assert_array_equal(read.ids, ids)


@pytest.mark.parametrize("shape", ["square", "square0", "triangle"])
@pytest.mark.parametrize(
    ("kind", "suffix", "precision"),
    [
        ("", ".rel", 1e-5),
        ("gz", ".rel.gz", 1e-5),
        ("bin", ".rel.bin", 1e-12),
        ("bin4", ".rel.bin", 1e-6),
    ],
)
def test_relationships_of_plink(mice_files, shape, kind, suffix, precision):
    folder, M, ids, _ = mice_files
    run(folder, "plink1.9", "--bfile", "mice", "--make-rel", shape, *kind.split(), "--out", "p")
    read = read_rel(folder / f"p{suffix}")
    assert list(read.ids) == list(ids)
    np.testing.assert_allclose(read.matrix, vanraden2(M, ids).matrix, atol=precision)


def test_gcta_files_of_plink(mice_files):
    folder, M, ids, _ = mice_files
    expected = vanraden2(M, ids).matrix
    run(folder, "plink1.9", "--bfile", "mice", "--make-grm-bin", "--out", "binary")
    run(folder, "plink1.9", "--bfile", "mice", "--make-grm-gz", "--out", "zipped")
    for name, precision in (("binary", 1e-6), ("zipped", 1e-5)):
        read = read_grm(folder / name)
        assert list(read.ids) == list(ids)
        np.testing.assert_allclose(read.matrix, expected, atol=precision)


def test_plink_reads_our_relationships(mice_files):
    """It leaves out relatives of our file and of its own alike."""
    folder, M, _, _ = mice_files
    pairs = [tuple(line.split()[:2]) for line in (folder / "mice.fam").read_text().splitlines()]
    write_grm(folder / "ours", vanraden2(M, pairs), n_markers=M.shape[1])
    run(folder, "plink1.9", "--bfile", "mice", "--make-grm-bin", "--out", "theirs")
    for name in ("ours", "theirs"):
        run(folder, "plink1.9", "--grm-bin", name, "--rel-cutoff", "0.3", "--out", f"{name}.cut")
    ours, theirs = (
        (folder / f"{name}.cut.grm.id").read_text().splitlines() for name in ("ours", "theirs")
    )
    assert 10 < len(ours) < 290
    assert ours == theirs


def test_identity_in_state_of_plink(mice_files):
    folder, M, ids, _ = mice_files
    run(folder, "plink1.9", "--bfile", "mice", "--distance", "square", "ibs", "--out", "d")
    read = read_text(folder / "d.mibs", ids=ids)
    np.testing.assert_allclose(read.matrix, ibs(M, ids).matrix, atol=1e-5)


@pytest.mark.parametrize(
    ("number", "suffix", "function"), [(1, "cXX", centered), (2, "sXX", standardized)]
)
def test_relationships_of_gemma(mice_files, number, suffix, function):
    folder, M, ids, _ = mice_files
    run(folder, "gemma", "-bfile", "mice", "-gk", number, "-o", "k", "-outdir", ".")
    read = read_text(folder / f"k.{suffix}.txt", fam=folder / "mice.fam")
    assert list(read.ids) == list(ids)
    np.testing.assert_allclose(read.matrix, function(M, ids).matrix, atol=1e-8)


def test_gemma_finds_our_estimates_in_our_file(mice_files):
    folder, M, ids, y = mice_files
    kinship = centered(M, ids)
    write_square(folder / "ours.cXX.txt", kinship)
    files = ("-bfile", "mice", "-k", "ours.cXX.txt", "-o", "fit", "-outdir", ".")
    run(folder, "gemma", *files, "-lmm", 4)
    log = (folder / "fit.log.txt").read_text()
    lmm = LMMRegressor(kinship, sample_id=0).fit(ids[:, None], y)
    genetic, noise = lmm.h_ * lmm.v_, (1 - lmm.h_) * lmm.v_
    for name, expected in (
        ("vg estimate", genetic),
        ("ve estimate", noise),
        ("REMLE log-likelihood", lmm.log_likelihood_),
    ):
        found = float(re.search(rf"^## {name} in the null model = *(\S+)", log, re.MULTILINE)[1])
        assert found == pytest.approx(expected, rel=1e-5)


@pytest.fixture(scope="module")
def our_files(mice_files, tmp_path_factory):
    """The same mice in files that are written here, with the trait; nobody has a family."""
    _, M, ids, y = mice_files
    folder = tmp_path_factory.mktemp("ours")
    names = [f"s{j}" for j in range(M.shape[1])]
    write_plink(
        folder / "c",
        M,
        ids,
        feature_names=names,
        chromosome=["1"] * len(names),
        allele_1=["A"] * len(names),
        allele_2=["G"] * len(names),
        phenotype=y,
    )
    kinship = centered(M, ids)
    write_grm(folder / "c", kinship, n_markers=len(names))
    write_rel(folder / "c", kinship)
    write_square(folder / "c.cXX.txt", kinship)
    return folder, ids, y, kinship


@pytest.mark.parametrize("listed", ["c.grm.id", "c.rel.id"])
def test_plink_finds_the_individuals_of_our_files(our_files, listed):
    folder, ids, _, _ = our_files
    files = ("--bfile", "c", "--keep", listed, "--allow-no-sex")
    run(folder, "plink1.9", *files, "--make-just-fam", "--out", "kept")
    kept = [line.split()[:2] for line in (folder / "kept.fam").read_text().splitlines()]
    assert kept == [["0", individual] for individual in ids]
    pairs = [("0", individual) for individual in ids]
    for read in (
        read_plink(folder / "c", labels="fid_iid"),
        read_grm(folder / "c", labels="fid_iid"),
        read_rel(folder / "c.rel", labels="fid_iid"),
    ):
        assert list(read.ids) == pairs


def test_plink_reads_our_phenotypes(our_files):
    """As numbers: of cases and controls there is no linear regression."""
    folder, _, y, _ = our_files
    run(folder, "plink1.9", "--bfile", "c", "--allow-no-sex", "--linear", "--out", "trait")
    run(folder, "plink1.9", "--bfile", "c", "--make-just-fam", "--allow-no-sex", "--out", "trait")
    found = [line.split()[5] for line in (folder / "trait.fam").read_text().splitlines()]
    np.testing.assert_allclose(np.array(found, dtype=float), y, rtol=1e-5)


def test_gemma_reads_our_phenotypes(our_files):
    folder, ids, y, kinship = our_files
    files = ("-bfile", "c", "-k", "c.cXX.txt", "-o", "fit", "-outdir", ".")
    run(folder, "gemma", *files, "-lmm", 4)
    log = (folder / "fit.log.txt").read_text()
    found = re.search(r"^## REMLE log-likelihood in the null model = *(\S+)", log, re.MULTILINE)
    lmm = LMMRegressor(kinship, sample_id=0).fit(ids[:, None], y)
    assert float(found[1]) == pytest.approx(lmm.log_likelihood_, rel=1e-5)


DEBIAN = Path("/usr/share/doc/gemma/example")


@pytest.mark.skipif(not DEBIAN.exists(), reason="Debian's package gemma-doc is not installed")
def test_mice_of_debian(mice, tmp_path):
    """From the files by filter and scaler to the h of the data set that is shipped."""
    for suffix in (".bed", ".bim", ".fam"):
        packed = (DEBIAN / f"mouse_hs1940{suffix}.gz").read_bytes()
        (tmp_path / f"mice{suffix}").write_bytes(gzip.decompress(packed))
    plink = read_plink(tmp_path / "mice")
    np.testing.assert_array_equal(plink.data, mice.data)
    assert list(plink.ids) == list(mice.ids)
    assert list(plink.feature_names) == list(mice.feature_names)
    measured, y = ~np.isnan(mice.target[:, 0]), mice.target[:, 0]
    scaled = make_pipeline(MarkerFilter(min_maf=0.01), GenotypeScaler("vanraden"))
    Z = scaled.fit_transform(plink.data)
    by_files = LMMRegressor(kernel="linear").fit(Z[measured], y[measured])
    kept = scaled[0].get_support()
    kinship = vanraden(mice.data[:, kept], mice.ids)
    by_labels = LMMRegressor(kinship, sample_id=0).fit(mice.ids[measured, None], y[measured])
    assert by_files.h_ == pytest.approx(by_labels.h_, abs=1e-10)
    everything = GenotypeScaler("vanraden").fit_transform(plink.data)
    of_all = LMMRegressor(kernel="linear").fit(everything[measured], y[measured])
    assert of_all.h_ == pytest.approx(0.605729, abs=5e-7)
