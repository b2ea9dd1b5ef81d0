"""Programs that scan a genome, each with the same trait, kinship and genotypes of the mice.

Each is a function of a `Problem` that gives -log10 p by the names of the markers. GEMMA and JAMMA
are commands: their time is that of the command, from PLINK files and a kinship as text or numpy
array to the table of results. The others are given arrays.
"""

import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import scipy.linalg
from scipy import stats

from sklmm import Kinship, LMMRegressor
from sklmm.association import scan
from sklmm.datasets import load_mice
from sklmm.io import write_plink
from sklmm.relationship import iter_leave_one_chromosome_out, vanraden


@dataclass(frozen=True, eq=False)
class Problem:
    """Genotypes, trait and kinship of the same samples, in memory and in the files of a folder."""

    genotypes: np.ndarray
    y: np.ndarray
    ids: np.ndarray
    names: np.ndarray
    chromosomes: np.ndarray
    positions: np.ndarray
    kinship: Kinship
    folder: Path

    @classmethod
    def of_mice(cls, folder):
        """CD8 of 1410 mice, at the markers that vary among them."""
        mice = load_mice()
        measured = ~np.isnan(mice.target[:, 0])
        genotypes = mice.data[measured]
        varies = genotypes.min(axis=0) < genotypes.max(axis=0)
        problem = cls(
            np.ascontiguousarray(genotypes[:, varies]),
            mice.target[measured, 0],
            mice.ids[measured],
            mice.feature_names[varies],
            mice.chromosome[varies],
            mice.position[varies],
            vanraden(mice.data, mice.ids).select(mice.ids[measured]),
            Path(folder),
        )
        problem.write()
        return problem

    def write(self):
        write_plink(
            self.folder / "mice",
            self.genotypes,
            self.ids,
            feature_names=self.names,
            chromosome=self.chromosomes,
            position=self.positions,
            allele_1=["A"] * len(self.names),
            allele_2=["B"] * len(self.names),
            phenotype=np.ones(len(self.ids)),
        )
        np.savetxt(self.folder / "y.txt", self.y, fmt="%.17g")
        np.savetxt(self.folder / "K.txt", self.kinship.matrix, fmt="%.17g")

    def markers(self):
        return {
            "ids": self.ids,
            "names": self.names,
            "chromosomes": self.chromosomes,
            "positions": self.positions,
        }

    def fit(self):
        return LMMRegressor(self.kinship, sample_id=0).fit(self.ids[:, None], self.y)


def decompose_and_rotate(problem):
    """What no method with eigenvectors can avoid."""
    _, U = scipy.linalg.eigh(problem.kinship.matrix, driver="evd")
    return U.T @ problem.genotypes.astype(float)


def sklmm_null(problem):
    return _by_name(problem, scan(problem.fit(), problem.genotypes, **problem.markers()))


def sklmm_each(problem):
    result = scan(problem.fit(), problem.genotypes, h="each", **problem.markers())
    return _by_name(problem, result)


def sklmm_loco(problem, h="null", kinships=None):
    """With kinships that have been made before, or that are made one at a time."""
    if kinships is None:
        kinships = iter_leave_one_chromosome_out(
            problem.genotypes, problem.ids, problem.chromosomes
        )
    null, markers = problem.fit(), problem.markers()
    return _by_name(problem, scan(null, problem.genotypes, h=h, kinships=kinships, **markers))


def gemma(problem):
    return _command(problem, "gemma", "gemma", ["-silence"])


def jamma(problem):
    return _command(problem, "jamma", "jamma", ["--no-telemetry", "--no-check-memory"])


def fastlmm(problem):
    from fastlmm.association import single_snp
    from pysnptools.kernelreader import KernelData
    from pysnptools.snpreader import SnpData

    iid = [["0", str(label)] for label in problem.ids]
    table = single_snp(
        test_snps=SnpData(iid, problem.names.astype(str), problem.genotypes.astype(float)),
        pheno=SnpData(iid, ["y"], problem.y[:, None]),
        K0=KernelData(iid=iid, val=problem.kinship.matrix.copy()),
        leave_out_one_chrom=False,
        count_A1=True,
    )
    return dict(zip(table["SNP"], -np.log10(table["PValue"]), strict=True))


def pylmm3(problem):
    from pylmm3.lmm import LMM

    lmm = LMM(problem.y, problem.kinship.matrix)
    lmm.fit()
    values = (lmm.association(marker[:, None])[1] for marker in problem.genotypes.T.astype(float))
    return dict(zip(problem.names, (-np.log10(np.squeeze(p)) for p in values), strict=True))


def _command(problem, program, output, more):
    path = shutil.which(program)
    if path is None:
        raise ImportError(f"the command {program} is not on PATH")
    files = ["-bfile", "mice", "-k", "K.txt", "-p", "y.txt", "-outdir", ".", "-o", output]
    command = [path, *files, "-lmm", "1", "-maf", "0", "-miss", "1", *more]
    subprocess.run(command, cwd=problem.folder, check=True, capture_output=True)
    lines = (problem.folder / f"{output}.assoc.txt").read_text().splitlines()
    titles = lines[0].split("\t")
    rows = [dict(zip(titles, line.split("\t"), strict=True)) for line in lines[1:]]
    df = len(problem.y) - 2
    return {
        row["rs"]: _neg_log10(float(row["beta"]) / float(row["se"]), df)
        if float(row["p_wald"]) == 0
        else -np.log10(float(row["p_wald"]))
        for row in rows
    }


def _neg_log10(t, df):
    return -(stats.t.logsf(abs(t), df) + np.log(2)) / np.log(10)


def _by_name(problem, result):
    return dict(zip(problem.names, result.neg_log10_pvalue, strict=True))
