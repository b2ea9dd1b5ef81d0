"""Permutations of R/qtl2 0.43-5: 400 of the rows of the F2 intercross, within strata of sex and
direction, by LOCO and with the X chromosome. Its residuals are permuted within strata here."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from sklmm.association import max_statistics

from .test_qtl2_scans import TRAITS, Iron


@pytest.fixture(scope="module")
def iron(reference_data):
    return Iron(reference_data / "reference" / "association")


def largest(iron, lmm, **options):
    """Of the autosomes and X together."""
    options |= {"ids": iron.ids, "kinships": iron.kinships, "n_resamples": 2000}
    x_covariates = np.column_stack([iron.sex, iron.direction])
    parts = []
    for is_x in (False, True):
        loci = [place for place in iron.probabilities if (place[0] == "X") == is_x]
        P = np.stack([np.column_stack(iron.probabilities[place]) for place in loci], axis=2)
        of_x = {"x_covariates": x_covariates} if is_x else {}
        chromosomes = [chromosome for chromosome, _ in loci]
        found = max_statistics(lmm, P, chromosomes=chromosomes, random_state=0, **of_x, **options)
        parts.append(found.lod)
    return np.maximum(*parts)


def test_maxima_within_strata(iron):
    printed = pd.read_csv(iron.folder / "qtl2_iron_perm400_max.csv", index_col=0)
    strata = 2 * iron.sex + iron.direction
    found = largest(iron, iron.fit(), resample="permutation", strata=strata)
    for number, trait in enumerate(TRAITS):
        assert stats.ks_2samp(found[number], printed[trait]).pvalue > 0.05
        exceeded = np.mean(printed[trait] > np.quantile(found[number], 0.95))
        assert abs(exceeded - 0.05) < 2 * np.sqrt(0.05 * 0.95 * (1 / 400 + 1 / 2000))
