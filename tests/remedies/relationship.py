"""Relationships from genotypes, and data that are simulated or loaded."""

import gzip
import tempfile
from pathlib import Path

import numpy as np

from sklmm.datasets import load_bxd, make_population
from sklmm.preprocessing import MarkerFilter
from sklmm.relationship import (
    dominance,
    from_probabilities,
    leave_one_chromosome_out,
    standardized,
    vanraden,
)

from .case import NAMES, Case, N, case

COUNTS = np.random.default_rng(3).binomial(2, 0.4, (N, 20)).astype(float)
THIRD = np.arange(20) == 3


def with_third(value):
    """Counts with a marker that does not vary."""
    return np.where(THIRD, value, COUNTS)


def without_third(counts):
    return counts[:, ~THIRD]


def correlations(counts):
    """Z Z' / m with standardized markers."""
    Z = (counts - counts.mean(axis=0)) / counts.std(axis=0)
    return Z @ Z.T / counts.shape[1]


def additive(counts):
    p = counts.mean(axis=0) / 2
    return (counts - 2 * p) @ (counts - 2 * p).T / (2 * p * (1 - p)).sum()


@case
def a_marker_without_variation():
    counts = with_third(0)
    return Case(
        lambda: standardized(counts, NAMES),
        "genotypes: the marker in column 3 is the same in all samples and cannot be divided by "
        "its deviation. Leave such markers out, for example by sklmm.preprocessing.MarkerFilter, "
        "or use vanraden, to which they add nothing.",
        {
            "leave out": lambda: standardized(without_third(counts), NAMES).matrix,
            "filter": lambda: standardized(MarkerFilter().fit_transform(counts), NAMES).matrix,
        },
        lambda: correlations(without_third(COUNTS)),
    )


@case
def a_marker_without_variation_and_vanraden():
    counts = with_third(2)
    return Case(
        lambda: standardized(counts, NAMES),
        "genotypes: the marker in column 3 is … or use vanraden, to which they add nothing.",
        {"vanraden": lambda: vanraden(counts, NAMES).matrix},
        lambda: additive(without_third(COUNTS)),
    )


@case
def a_marker_of_heterozygotes():
    counts = with_third(1)
    return Case(
        lambda: standardized(counts, NAMES),
        "genotypes: the marker in column 3 is … Leave such markers out, for example by "
        "sklmm.preprocessing.MarkerFilter.",
        {
            "leave out": lambda: standardized(without_third(counts), NAMES).matrix,
            "filter": lambda: standardized(MarkerFilter().fit_transform(counts), NAMES).matrix,
        },
        lambda: correlations(without_third(COUNTS)),
    )


@case
def one_chromosome():
    return Case(
        lambda: leave_one_chromosome_out(COUNTS, NAMES, ["1"] * 20),
        "chromosomes: no marker varies on any chromosome but '1', so that no kinship is left "
        "without it. Give the markers of several chromosomes.",
        {
            "several": lambda: (
                leave_one_chromosome_out(
                    np.hstack([COUNTS, COUNTS[::-1]]), NAMES, ["1"] * 20 + ["2"] * 20
                )["1"].matrix
            )
        },
        lambda: additive(COUNTS[::-1]),
    )


@case
def a_chromosome_in_two_spellings():
    counts = np.hstack([COUNTS, COUNTS[::-1]])
    chromosomes = np.repeat(["1", "chr1", "2"], [12, 8, 20])
    return Case(
        lambda: leave_one_chromosome_out(counts, NAMES, chromosomes),
        "chromosomes has '1' and 'chr1', which look like one chromosome in two spellings. Write "
        "it in one.",
        {
            "one": lambda: (
                leave_one_chromosome_out(
                    counts, NAMES, np.where(chromosomes == "chr1", "1", chromosomes)
                )["1"].matrix
            )
        },
        lambda: additive(COUNTS[::-1]),
    )


@case
def dominance_of_dosages():
    dosages = np.clip(COUNTS + 0.2 * np.sin(np.arange(N))[:, None], 0, 2)
    return Case(
        lambda: dominance(dosages, NAMES),
        "genotypes must be 0, 1 or 2, but genotypes[1, … Round dosages, or take an additive "
        "relationship.",
        {"round": lambda: dominance(np.round(dosages), NAMES).matrix},
        lambda: dominance(COUNTS, NAMES).matrix,
    )


@case
def an_additive_relationship_of_dosages():
    dosages = np.clip(COUNTS + 0.2 * np.sin(np.arange(N))[:, None], 0, 2)
    return Case(
        lambda: dominance(dosages, NAMES),
        "genotypes must be 0, 1 or 2, … or take an additive relationship.",
        {"additive": lambda: vanraden(dosages, NAMES).matrix},
        lambda: additive(dosages),
    )


@case
def masked_probabilities():
    alleles = np.stack([COUNTS, 2 - COUNTS], axis=1) / 2
    mask = np.zeros(alleles.shape, dtype=bool)
    mask[4, :, 7] = True
    probabilities = np.ma.array(alleles, mask=mask)
    loci = np.arange(20) != 7

    def shares(alleles):
        flat = alleles.reshape(len(alleles), -1)
        return (flat @ flat.T / alleles.shape[2])[:4, :4]

    return Case(
        lambda: from_probabilities(probabilities, NAMES),
        "probabilities has masked values. Leave out these individuals or loci.",
        {
            "loci": lambda: from_probabilities(probabilities[:, :, loci], NAMES).matrix[:4, :4],
        },
        lambda: shares(alleles[:, :, loci]),
    )


@case
def masked_probabilities_of_individuals():
    alleles = np.stack([COUNTS, 2 - COUNTS], axis=1) / 2
    mask = np.zeros(alleles.shape, dtype=bool)
    mask[4] = True
    probabilities, kept = np.ma.array(alleles, mask=mask), np.arange(N) != 4
    flat = alleles[kept].reshape(N - 1, -1)
    return Case(
        lambda: from_probabilities(probabilities, NAMES),
        "probabilities has masked values. Leave out these individuals or loci.",
        {
            "individuals": lambda: (
                from_probabilities(probabilities[kept], np.array(NAMES)[kept]).matrix
            )
        },
        lambda: flat @ flat.T / 20,
    )


@case
def chromosomes_of_other_individuals():
    alleles = np.stack([COUNTS, 2 - COUNTS], axis=1) / 2
    parts = [alleles[:, :, :12], alleles[:25, :, 12:]]
    return Case(
        lambda: from_probabilities(parts, NAMES),
        "probabilities[1] has 25 individuals, but probabilities[0] has 30. Give the same "
        "individuals, in the same order, for each chromosome.",
        {"same": lambda: from_probabilities([part[:25] for part in parts], NAMES[:25]).matrix},
        lambda: from_probabilities(alleles[:25], NAMES[:25]).matrix,
    )


# Data sets


@case
def no_QTL_that_varies():
    seeds = seeds_that_fail(n_qtl=1)
    return Case(
        lambda: small_population(seeds[0], n_qtl=1),
        "No QTL varies in this population. Take more QTL.",
        {"more": lambda: [len(small_population(seed, n_qtl=50)) for seed in seeds]},
        lambda: [2] * len(seeds),
    )


@case
def no_dominance_beside_additive_effects():
    seeds = seeds_that_fail(n_qtl=50, dominance=0.2)
    more = {"n_founders": 50, "n_qtl": 50}
    return Case(
        lambda: small_population(seeds[0], n_qtl=50, dominance=0.2),
        "No deviation of heterozygotes differs from an additive effect in this population. Take "
        "more founders and more QTL, or dominance=0.",
        {
            "more": lambda: [
                len(small_population(seed, **more, dominance=0.2)) // 25 for seed in seeds
            ],
            "0": lambda: [len(small_population(seed, n_qtl=50, dominance=0)) for seed in seeds],
        },
        lambda: [2] * len(seeds),
    )


def small_population(seed, **parameters):
    defaults = {"n_founders": 2, "n_generations": 0, "n_markers": 5}
    return make_population(**defaults | parameters, random_state=seed).target


def seeds_that_fail(**parameters):
    def fails(seed):
        try:
            small_population(seed, **parameters)
        except ValueError:
            return True
        return False

    return [seed for seed in range(10) if fails(seed)]


@case
def no_files_of_GEMMA():
    folder = Path(tempfile.gettempdir()) / "there is no such folder"

    def load_from_sources():
        with tempfile.TemporaryDirectory() as sources:
            for name, text in (
                ("BXD_geno.txt.gz", "rs1, A, C, 0, 1\nrs2, A, C, 1, 0.5\n"),
                ("BXD_snps.txt.gz", "rs1 100 1\nrs2 200 1\n"),
            ):
                with gzip.open(Path(sources) / name, "wt") as file:
                    file.write(text)
            (Path(sources) / "BXD_pheno.txt").write_text("2.5 NA\nNA 1\n")
            return load_bxd(sources).data

    return Case(
        lambda: load_bxd(folder),
        "There is no …BXD_geno.txt.gz. On Debian and Ubuntu: apt install gemma-doc; or give the "
        "folder with the examples of GEMMA's sources.",
        {"folder": load_from_sources},
        lambda: [[0, 1], [1, 0.5]],
    )


@case
def inbred_lines_of_0_and_1_with_a_half():
    lines = np.random.default_rng(2).binomial(1, 0.4, (N, 60)).astype(float)
    lines[0, 3] = 0.5
    return Case(
        lambda: dominance(lines, NAMES),
        "genotypes must be 0, 1 or 2, but genotypes[0, 3] is 0.5. No genotype is above 1: use 2 * "
        "genotypes, if 0.5 is a heterozygote.",
        {"2 *": lambda: dominance(2 * lines, NAMES).matrix},
        lambda: dominance((2 * lines).astype(np.int8), NAMES).matrix,
    )


@case
def a_column_of_ids_among_genotypes():
    genotypes = np.random.default_rng(2).binomial(2, 0.4, (N, 60))
    table = np.column_stack([genotypes[:, :5], np.arange(101, 101 + N), genotypes[:, 5:]])
    return Case(
        lambda: vanraden(table, NAMES),
        "genotypes must be between 0 and 2, but 30 are not, such as genotypes[0, 5] = 101. All "
        "are in the columns [5], which have no others: leave them out if they are no markers.",
        {"leave": lambda: vanraden(np.delete(table, 5, axis=1), NAMES).matrix},
        lambda: vanraden(genotypes, NAMES).matrix,
    )


@case
def probabilities_of_another_sum():
    shares = np.random.default_rng(2).dirichlet(np.ones(4), (N, 7)).transpose(0, 2, 1)
    return Case(
        lambda: from_probabilities(shares / 2, NAMES),
        "probabilities must be between 0 and 1 … and add up to 0.5. If they are shares of one "
        "sum, divide each array by it: part / part.sum(axis=1, keepdims=True).",
        {
            "divide": lambda: (
                (
                    from_probabilities(shares / 2 / (shares / 2).sum(axis=1, keepdims=True), NAMES)
                ).matrix
            )
        },
        lambda: from_probabilities(shares, NAMES).matrix,
    )


@case
def a_column_that_counts_the_rows():
    genotypes = np.random.default_rng(2).binomial(2, 0.4, (N, 60))
    table = np.column_stack([np.arange(N), genotypes])
    return Case(
        lambda: vanraden(table, NAMES),
        "genotypes must be between 0 and 2, but 27 are not, such as genotypes[3, 0] = 3. The "
        "column 0 counts the rows: leave it out.",
        {"leave": lambda: vanraden(table[:, 1:], NAMES).matrix},
        lambda: vanraden(genotypes, NAMES).matrix,
    )


@case
def dosages_with_rounding_errors():
    genotypes = np.random.default_rng(2).binomial(2, 0.4, (N, 60)).astype(float)
    rounded = genotypes + 1e-6 * np.where(genotypes == 2, 1, -1)
    return Case(
        lambda: vanraden(rounded, NAMES),
        "genotypes must be between 0 and 2, but … rounding errors, use np.clip(genotypes, 0, 2).",
        {"use": lambda: vanraden(np.clip(rounded, 0, 2), NAMES).matrix},
        lambda: vanraden(genotypes, NAMES).matrix,
        rtol=1e-3,
    )
