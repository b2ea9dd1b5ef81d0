"""Genotypes and probabilities of founders whose axes are in another order."""

import numpy as np

from sklmm.association import scan

from .association import GENOTYPES, LMM
from .case import NAMES, Case, N, case

PROBABILITIES = np.random.default_rng(3).dirichlet(np.ones(3), (N, 5)).transpose(0, 2, 1)
MARKERS = [f"rs{number}" for number in range(12)]


def lods(genotypes=GENOTYPES, **options):
    return scan(LMM, genotypes, ids=NAMES, **options).lod


@case
def markers_in_rows_beside_their_names():
    genotypes = GENOTYPES.T
    return Case(
        lambda: lods(genotypes, names=MARKERS),
        "genotypes is transposed, with markers in its rows: it has 12 rows and 30 columns for 12 "
        "names. Use genotypes.T.",
        {"use": lambda: lods(genotypes.T, names=MARKERS)},
        lods,
    )


@case
def samples_in_the_last_axis():
    genotypes = PROBABILITIES.T
    return Case(
        lambda: lods(genotypes),
        "genotypes must have the shape (samples, founders, loci), got (5, 3, 30) for 30 ids. Use "
        "numpy.transpose(genotypes, (2, 1, 0)).",
        {"use": lambda: lods(np.transpose(genotypes, (2, 1, 0)))},
        lambda: lods(PROBABILITIES),
    )


@case
def one_marker_without_an_axis_of_markers():
    genotypes = GENOTYPES[:, 0]
    return Case(
        lambda: lods(genotypes),
        "genotypes must have a row for each sample and a column for each marker, or be "
        "probabilities of shape (samples, founders, loci), got shape (30,). Use "
        "numpy.reshape(genotypes, (-1, 1)) for one marker.",
        {"use": lambda: lods(np.reshape(genotypes, (-1, 1)))},
        lambda: lods()[:1],
    )
