"""Genotypes of a scan: whose they are, and what they hold."""

import numpy as np
import pandas as pd

from sklmm import Kinship, LMMRegressor
from sklmm.association import scan
from sklmm.association._sources import open_source

from .case import KINSHIP, LABELS, NAMES, NOTHING, Case, K, N, Y, case

G = np.random.default_rng(8).integers(0, 3, (N, 6)).astype(np.int8)
MARKERS = [f"rs{number}" for number in range(6)]
EVERYBODY = slice(None)


def model(rows=EVERYBODY, **parameters):
    return LMMRegressor(KINSHIP, sample_id=0, h=0.4, **parameters).fit(LABELS[rows], Y[rows])


def plain_model():
    return LMMRegressor(K, h=0.4).fit(NOTHING, Y)


def scanned(genotypes=G, ids=NAMES, lmm=None, **given):
    return scan(model() if lmm is None else lmm, genotypes, ids=ids, **given).beta


def with_value(value, dtype=float):
    genotypes = G.astype(dtype)
    genotypes[3, 2] = value
    return genotypes


def imputed():
    genotypes = with_value(np.nan)
    genotypes[3, 2] = np.nanmean(genotypes[:, 2])
    return scanned(genotypes)


# Values


@case
def a_missing_genotype():
    rows = np.delete(np.arange(N), 3)

    def complete_cases():
        beta = imputed()
        lmm = model(rows)
        beta[2] = scanned(G[rows], np.array(NAMES)[rows], lmm)[2]
        return beta

    return Case(
        lambda: scanned(with_value(np.nan), names=MARKERS),
        "genotypes has no value for 'line03' at marker 'rs2'. Use missing='drop', which leaves "
        "such samples out marker by marker, or missing='mean', or impute missing genotypes.",
        {"drop": lambda: scanned(with_value(np.nan), missing="drop")},
        complete_cases,
    )


@case
def a_missing_genotype_to_impute():
    return Case(
        lambda: scanned(with_value(-127, np.int8)),
        "genotypes has no value for 'line03' at marker 2. Use missing='drop', which leaves … or "
        "missing='mean', or impute missing genotypes.",
        {"mean": lambda: scanned(with_value(-127, np.int8), missing="mean")},
        imputed,
    )


@case
def a_code_of_missing_genotypes():
    def of(genotypes):
        return scanned(genotypes, missing="mean")

    return Case(
        lambda: of(with_value(-9, np.int8)),
        "genotypes has -9 for 'line03' at marker 2, as if it stood for a missing genotype. Write "
        "NaN there, or -127 among integers, such as int8, and use missing='drop' or "
        "missing='mean'. If these are measurements and no genotypes, standardize them by "
        "StandardScaler, which changes no p value.",
        {
            "NaN": lambda: of(with_value(np.nan)),
            "-127": lambda: of(with_value(-127, np.int8)),
        },
        imputed,
    )


@case
def whole_measurements():
    levels = np.where(G == 1, -9, G).astype(float)
    scaled = (levels - levels.mean(axis=0)) / levels.std(axis=0)
    lmm = model()
    return Case(
        lambda: scanned(levels),
        "genotypes has -9 … If these are measurements and no genotypes, standardize them by "
        "StandardScaler, which changes no p value.",
        {"standardize": lambda: scan(lmm, scaled, ids=NAMES).neg_log10_pvalue},
        lambda: scan(lmm, levels + 1e-3 / 7 - 20.5, ids=NAMES).neg_log10_pvalue,
    )


@case
def an_infinite_genotype():
    return Case(
        lambda: scanned(with_value(np.inf)),
        "genotypes has inf for 'line03' at marker 2. Correct it, or write NaN if it is missing.",
        {
            "correct": lambda: scanned(with_value(np.mean(np.delete(G[:, 2], 3)))),
            "NaN": lambda: scanned(with_value(np.nan), missing="mean"),
        },
        imputed,
    )


@case
def masked_genotypes():
    masked = np.ma.masked_array(G, mask=np.arange(N * 6).reshape(N, 6) == 3 * 6 + 2)
    return Case(
        lambda: scanned(masked),
        "genotypes has masked values. Put NaN there: genotypes.astype(float).filled(numpy.nan).",
        {"NaN": lambda: scanned(masked.astype(float).filled(np.nan), missing="mean")},
        imputed,
    )


FOUNDERS = np.random.default_rng(3).dirichlet(np.ones(4), size=(N, 5)).transpose(0, 2, 1)


def of_founders(genotypes=FOUNDERS, **given):
    return open_source(genotypes, NAMES, **given).block(np.arange(N), slice(0, 5))


@case
def shares_of_founders():
    copies = 2 * FOUNDERS
    return Case(
        lambda: of_founders(copies),
        "Probabilities of founders must not be negative and must add up to 1, but those of "
        "'line00' at locus 0 are …, and add up to 2. Correct them; if they are shares of one sum, "
        "divide them by it: genotypes / genotypes.sum(axis=1, keepdims=True).",
        {"divide": lambda: of_founders(copies / copies.sum(axis=1, keepdims=True))},
        of_founders,
    )


@case
def founders_in_the_last_axis():
    genotypes = FOUNDERS.transpose(0, 2, 1)
    return Case(
        lambda: of_founders(genotypes),
        "genotypes must have the shape (samples, founders, loci), but probabilities add up to 1 "
        "over the last axis. Use numpy.transpose(genotypes, (0, 2, 1)).",
        {"transpose": lambda: of_founders(np.transpose(genotypes, (0, 2, 1)))},
        of_founders,
    )


@case
def names_of_too_few_founders():
    return Case(
        lambda: of_founders(founders=["A", "B", "C"]),
        "founders has 3 names, but genotypes have the shape (30, 4, 5), and probabilities of as "
        "many founders have the shape (samples, 3, loci). Leave out founders, or correct one of "
        "them.",
        {"leave out": of_founders, "correct": lambda: of_founders(founders=list("ABCD"))},
        of_founders,
    )


# Rows


@case
def genotypes_without_labels():
    return Case(
        lambda: scanned(ids=None),
        "genotypes have no labels, by which the rows of lmm are found. Name their rows by ids=, "
        "with labels such as 'line00'.",
        {"ids": scanned},
        scanned,
    )


@case
def a_sample_without_genotypes():
    rows = np.delete(np.arange(N), 3)
    ids = [NAMES[row] for row in rows]
    return Case(
        lambda: scanned(G[rows], ids),
        "genotypes lack the sample 'line03' of the fit. They have 29 samples: 'line00', 'line01', "
        "'line02', …. Add its genotypes, or leave it out of the fit.",
        {"leave out": lambda: scanned(G[rows], ids, model(rows))},
        lambda: scanned(lmm=model(rows)),
    )


@case
def a_sample_whose_genotypes_are_added():
    return Case(
        lambda: scanned(G[:-2], NAMES[:-2]),
        "genotypes lack the sample 'line28' (and 1 more) of the fit. … Add its genotypes, or …",
        {"add": scanned},
        scanned,
    )


@case
def an_index_of_others():
    table = pd.DataFrame(G, index=[f"plot {number}" for number in range(N)])
    return Case(
        lambda: scanned(table, None),
        "genotypes lack the sample 'line00' … They have none of those of the fit, and seem to be "
        "of others: pass those of the fit. Or name their rows by ids=, if these differ.",
        {
            "pass": scanned,
            "name": lambda: scanned(table.set_axis(NAMES), NAMES),
        },
        scanned,
    )


@case
def ids_of_another_spelling():
    ids = [name.upper() for name in NAMES]
    return Case(
        lambda: scanned(ids=ids),
        "genotypes lack the sample 'line00' (and 29 more) of the fit. They have 30 samples: … The "
        "genotypes have 'LINE00', which nearly matches: write both in the same way.",
        {"same": lambda: scanned(ids=[label.lower() for label in ids])},
        scanned,
    )


def of_families():
    pairs = [("f1", name) for name in NAMES]
    X = pd.DataFrame({"id": pairs})
    return LMMRegressor(Kinship(K, pairs), sample_id="id", h=0.4).fit(X, Y)


@case
def ids_without_their_families():
    families = ["f1"] * N
    return Case(
        lambda: scanned(lmm=of_families()),
        "genotypes lack the sample ('f1', 'line00') … 'line00' is one part of it: make pairs of "
        "families and individuals, ids=list(zip(families, individuals)).",
        {"pairs": lambda: scanned(ids=list(zip(families, NAMES, strict=True)), lmm=of_families())},
        scanned,
    )


@case
def ids_with_families():
    ids = [("f1", name) for name in NAMES]
    return Case(
        lambda: scanned(ids=ids),
        "genotypes lack the sample 'line00' … It is one part of ('f1', 'line00'): leave out the "
        "families, ids=[individual for _, individual in ids].",
        {"leave out": lambda: scanned(ids=[individual for _, individual in ids])},
        scanned,
    )


@case
def ids_beside_those_of_a_bunch():
    from sklearn.utils import Bunch

    bunch = Bunch(data=G, ids=np.array(NAMES))
    return Case(
        lambda: scanned(bunch, NAMES[::-1]),
        "ids and the individuals of genotypes are in different orders: row 0 is 'line29' in the "
        "one and 'line00' in the other. Leave out ids, which genotypes have themselves.",
        {"leave out": lambda: scanned(bunch, None)},
        scanned,
    )


@case
def ids_for_a_model_without_labels():
    return Case(
        lambda: scanned(lmm=plain_model()),
        "ids are given, but lmm has no labels to find them by: its rows are in the order of X in "
        "fit. Leave out ids if genotypes are in that order, or fit with Kinship(matrix, ids) and "
        "name the column of X that holds the labels by sample_id=.",
        {"leave out": lambda: scanned(ids=None, lmm=plain_model()), "labels": scanned},
        scanned,
    )


@case
def more_genotypes_than_rows_without_labels():
    genotypes, ids = np.vstack([G, G[:3]]), [*NAMES, "x", "y", "z"]
    return Case(
        lambda: scanned(genotypes, None, plain_model()),
        "genotypes have 33 rows, and X had 30 in fit. Without labels they have to be the same "
        "rows in the same order: leave out others, or fit with Kinship(matrix, ids) and name the "
        "column of X that holds the labels by sample_id=.",
        {
            "leave out": lambda: scanned(genotypes[:30], None, plain_model()),
            "labels": lambda: scanned(genotypes, ids),
        },
        scanned,
    )


@case
def a_scan_of_a_model_without_its_reduction():
    return Case(
        lambda: scanned(lmm=model(store_reduction=False)),
        "A scan needs the reduction of K, which neither store_reduction=False nor compact() "
        "keeps. Fit with store_reduction=True, and use that model.",
        {"store": lambda: scanned(lmm=model(store_reduction=True))},
        scanned,
    )
