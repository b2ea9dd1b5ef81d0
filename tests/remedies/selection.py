"""Markers that are selected."""

import numpy as np
import pandas as pd

from sklmm.association import MarkerSelector, f_kinship

from .case import AGE, FEATURES, KINSHIP, LABELS, NAMES, Case, K, N, Y, case

HOLES = np.where(np.arange(8) == np.arange(N)[:, None], np.nan, FEATURES)
TABLE = np.column_stack([LABELS, AGE, FEATURES])
TWO = np.column_stack([Y, AGE])
LACKING = np.where(np.arange(N) == 4, np.nan, Y)


def scores(X=FEATURES, y=Y, **parameters):
    return f_kinship(X, y, **parameters)[0]


def selected(table=TABLE, y=Y, **parameters):
    parameters = {"kinship": KINSHIP, "sample_id": 0, "covariates": [1]} | parameters
    return MarkerSelector(**parameters).fit(table, y).scores_[-8:]


@case
def missing_genotypes():
    return Case(
        lambda: scores(HOLES, kinship=K),
        "Input X contains NaN: 8 genotypes are missing (NaN, or -127 among integers), the first "
        "in row 0 of column 0. Impute them, or use missing='mean' or missing='drop'.",
        {
            "impute": lambda: scores(
                np.where(np.isnan(HOLES), np.nanmean(HOLES, axis=0), HOLES), kinship=K
            ),
            "mean": lambda: scores(HOLES, kinship=K, missing="mean"),
        },
        lambda: selected(np.column_stack([TABLE[:, :1], HOLES]), covariates=None, missing="mean"),
    )


@case
def a_masked_trait():
    y = np.ma.masked_invalid(LACKING)
    rows = ~y.mask
    return Case(
        lambda: scores(y=y, kinship=K),
        "y has masked values. Leave these rows out of X and y.",
        {"leave": lambda: scores(FEATURES[rows], y[rows].data, kinship=K[np.ix_(rows, rows)])},
        lambda: selected(TABLE[rows][:, [0, *range(2, 10)]], Y[rows], covariates=None),
    )


@case
def genotypes_that_may_be_left_out():
    return Case(
        lambda: selected(np.column_stack([TABLE[:, :2], HOLES])),
        "Input X contains NaN: 8 genotypes … Impute them, or use missing='mean' or "
        "missing='drop'.",
        {"drop": lambda: selected(np.column_stack([TABLE[:, :2], HOLES]), missing="drop")},
        lambda: scores(HOLES, kinship=KINSHIP, covariates=AGE, missing="drop"),
    )


@case
def a_kinship_of_everybody_in_a_fold():
    rows = np.arange(N) % 3 > 0
    return Case(
        lambda: scores(FEATURES[rows], Y[rows], kinship=KINSHIP),
        "kinship has shape (30, 30), and X has 20 rows, in whose order it must be. Leave it out "
        "for the kinship of X, or use MarkerSelector, which finds the rows of a fold by their "
        "labels.",
        {"MarkerSelector": lambda: selected(TABLE[rows], Y[rows])},
        lambda: scores(
            FEATURES[rows], Y[rows], kinship=K[np.ix_(rows, rows)], covariates=AGE[rows]
        ),
    )


@case
def no_kinship_of_everybody():
    Z = (FEATURES - FEATURES.mean(axis=0)) / FEATURES.std(axis=0)
    rows = slice(0, 20)
    return Case(
        lambda: scores(kinship=K[rows, rows]),
        "kinship has shape (20, 20), and X has 30 rows, … Leave it out for the kinship of X, or …",
        {"leave": lambda: scores(h=0.5)},
        lambda: scores(kinship=Z @ Z.T / 8, h=0.5),
    )


@case
def two_traits():
    return Case(
        lambda: scores(y=TWO),
        "y has 2 traits, and markers are selected for one. Pass one at a time, such as "
        "numpy.asarray(y)[:, 0].",
        {"one": lambda: scores(y=np.asarray(pd.DataFrame(TWO))[:, 0])},
        lambda: scores(),
    )


@case
def a_trait_that_was_not_measured():
    rows = ~np.isnan(LACKING)
    return Case(
        lambda: selected(y=LACKING),
        "Input y contains NaN: 1 of 30 values are missing, the first in row 4. Leave these rows "
        "out of X and y.",
        {"leave": lambda: selected(TABLE[rows], LACKING[rows])},
        lambda: scores(
            FEATURES[rows],
            Y[rows],
            kinship=KINSHIP.select(np.array(NAMES)[rows]),
            covariates=AGE[rows],
        ),
    )


@case
def covariates_of_other_rows():
    return Case(
        lambda: scores(covariates=AGE[:20]),
        "covariates has 20 rows, and X has 30. Give one row for each of X, in the same order.",
        {"give": lambda: scores(kinship=K, covariates=AGE)},
        lambda: selected(),
    )


@case
def no_marker_among_covariates():
    return Case(
        lambda: selected(TABLE[:, :2]),
        "X has 2 columns, and none of them is a marker beside sample_id=0 and covariates=[1]. Add "
        "markers, or name fewer covariates.",
        {"add": lambda: selected(TABLE)},
        lambda: scores(kinship=K, covariates=AGE),
    )


@case
def all_columns_are_covariates():
    return Case(
        lambda: selected(covariates=slice(1, None)),
        "X has 10 columns, and none of them is a marker … Add markers, or name fewer covariates.",
        {"name": lambda: selected(covariates=[1])},
        lambda: scores(kinship=K, covariates=AGE),
    )


@case
def a_kinship_in_another_order():
    X, y = pd.DataFrame(FEATURES, index=NAMES), pd.Series(Y, index=NAMES)
    turned = KINSHIP.select(NAMES[::-1])
    return Case(
        lambda: scores(X, y, kinship=turned),
        "kinship.ids and the index of X have the same labels in different orders, or of different "
        "samples: row 0 is 'line29' in the one and 'line00' in the other. Rows are not matched by "
        "index, so this would pair the wrong samples. Use kinship.select(X.index).",
        {"select": lambda: scores(X, y, kinship=turned.select(X.index))},
        lambda: scores(kinship=K),
    )


@case
def a_kinship_in_another_order_than_the_trait():
    y, turned = pd.Series(Y, index=NAMES), KINSHIP.select(NAMES[::-1])
    return Case(
        lambda: scores(y=y, kinship=turned),
        "kinship.ids and the index of y … Use kinship.select(y.index).",
        {"select": lambda: scores(y=y, kinship=turned.select(y.index))},
        lambda: scores(kinship=K),
    )


@case
def categories_beside_genotypes():
    colors = np.array(["a", "b"])[np.arange(N) % 2]
    return Case(
        lambda: scores(covariates=colors, kinship=K),
        "covariates must be numbers: could not convert string to float: … Write categories as "
        "columns of 0 and 1.",
        {"write": lambda: scores(covariates=colors == "b", kinship=K)},
        lambda: scores(covariates=np.arange(N) % 2, kinship=K),
    )


@case
def a_code_beside_a_kinship():
    counts = np.random.default_rng(0).integers(0, 3, (N, 8)).astype(float)
    coded, holes = counts.copy(), counts.copy()
    coded[4, 2], holes[4, 2] = -9, np.nan
    as_integers = np.where(np.isnan(holes), -127, holes).astype(np.int8)

    def fitted(genotypes, **options):
        table = np.column_stack([LABELS, genotypes.astype(object)])
        return selected(table, covariates=None, **options)

    return Case(
        lambda: fitted(coded),
        "X has -9 for row 4 at column 3, as if it stood for a missing genotype. Write NaN there, "
        "or -127 among integers, such as int8, and use missing='drop' or missing='mean'. If these "
        "are measurements and no genotypes, standardize them by StandardScaler, which changes no "
        "p value.",
        {
            "NaN": lambda: fitted(holes, missing="drop"),
            "-127": lambda: scores(as_integers, kinship=K, missing="drop"),
        },
        lambda: scores(holes, kinship=K, missing="drop"),
    )
