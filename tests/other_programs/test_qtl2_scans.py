"""Scans of R/qtl2 0.43-5: an F2 intercross of 284 mice and two traits, on 64 loci and 2 of X.

scan1 with a kinship by chromosome (REML and ML), one for all, none, and an interaction with sex.
On X the null model has sex and direction, and the other one has sex alone. Its h comes from
Brent's method, which leaves differences of 1e-6.
"""

import numpy as np
import pandas as pd
import pytest

from sklmm import Kinship, LMMRegressor
from sklmm.association import scan

SHARE_OF_S = {"SS": 1, "SB": 0.5, "BS": 0.5, "BB": 0, "SY": 1, "BY": 0}
TRAITS = ("liver", "spleen")
TOLERANCE = 2e-6


class Iron:
    """Probabilities of genotypes by locus, kinships, traits, and what R/qtl2 made of them."""

    def __init__(self, folder):
        self.folder = folder
        tables = {
            name: pd.read_csv(folder / f"qtl2_iron_{name}", index_col=0)
            for name in ("pheno.csv", "covar.csv", "lod.csv", "probs.csv.gz")
        }
        self.Y, self.lod = tables["pheno.csv"].to_numpy(), tables["lod.csv"]
        _, self.sex, self.direction = tables["covar.csv"].to_numpy(dtype=float).T
        columns = tables["probs.csv.gz"].columns.str.split("|")
        self.ids = [str(label) for label in tables["probs.csv.gz"].index]
        self.probabilities, of_S = {}, {}
        for (chromosome, locus, genotype), values in zip(
            columns, tables["probs.csv.gz"].to_numpy().T, strict=True
        ):
            self.probabilities.setdefault((chromosome, locus), []).append(values)
            share = SHARE_OF_S[genotype] * values
            of_S[chromosome, locus] = of_S.get((chromosome, locus), 0) + share
        self._alleles = {place: np.column_stack([S, 1 - S]) for place, S in of_S.items()}
        chromosomes = dict.fromkeys(chromosome for chromosome, _ in of_S)
        self.kinships = {chromosome: self.kinship(chromosome) for chromosome in chromosomes}

    def kinship(self, without=None):
        others = [A for (chromosome, _), A in self._alleles.items() if chromosome != without]
        return Kinship(2 * sum(A @ A.T for A in others) / len(others), self.ids)

    def fit(self, kinship=None, **parameters):
        X = np.column_stack([np.array(self.ids, dtype=object), self.sex])
        kinship = self.kinship() if kinship is None else kinship
        return LMMRegressor(kinship, sample_id=0, **parameters).fit(X, self.Y)

    def scan(self, lmm, is_x, **options):
        """Of the autosomes or of X, which has six genotypes."""
        loci = [place for place in self.probabilities if (place[0] == "X") == is_x]
        P = np.stack([np.column_stack(self.probabilities[place]) for place in loci], axis=2)
        if is_x:
            options["x_covariates"] = np.column_stack([self.sex, self.direction])
        chromosomes, names = zip(*loci, strict=True)
        return scan(lmm, P, ids=self.ids, chromosomes=chromosomes, names=names, **options)

    def printed(self, analysis, names):
        return self.lod.loc[names, [f"{analysis}.{trait}" for trait in TRAITS]].to_numpy().T


@pytest.fixture(scope="module")
def iron(reference_data):
    return Iron(reference_data / "reference" / "association")


@pytest.mark.parametrize("is_x", [False, True])
@pytest.mark.parametrize(
    ("analysis", "parameters"),
    [("loco_reml", {}), ("loco_ml", {"method": "ml"}), ("overall_reml", {}), ("hk", {"h": 0})],
)
def test_lods(iron, analysis, parameters, is_x):
    lmm = iron.fit(**parameters)
    kinships = iron.kinships if analysis.startswith("loco") else None
    result = iron.scan(lmm, is_x, kinships=kinships)
    difference = np.abs(result.lod - iron.printed(analysis, result.names)).max()
    assert difference < (1e-12 if analysis == "hk" else TOLERANCE)


@pytest.mark.parametrize("is_x", [False, True])
def test_lods_of_an_interaction(iron, is_x):
    """What it prints is the LOD of locus and product together."""
    lmm = iron.fit()
    result = iron.scan(lmm, is_x, kinships=iron.kinships, interaction=1)
    printed = iron.printed("loco_int", result.names)
    assert np.abs(result.joint_lod - printed).max() < TOLERANCE
    if not is_x:
        of_loci = iron.scan(lmm, is_x, kinships=iron.kinships)
        assert np.abs(of_loci.lod + result.lod - printed).max() < TOLERANCE


def test_effects(iron):
    """scan1coef; its standard errors are those of the means of the genotypes, not of effects."""
    name = "qtl2_iron_coef_chr7_liver.csv"
    printed = pd.read_csv(iron.folder / name, index_col=0)
    result = iron.scan(iron.fit(), False, kinships=iron.kinships)
    of_7 = result.chromosomes == "7"
    assert list(result.names[of_7]) == list(printed.index)
    found = result.beta[0, of_7]
    assert np.abs(found - printed[["SS", "SB", "BB"]].to_numpy()).max() < TOLERANCE
