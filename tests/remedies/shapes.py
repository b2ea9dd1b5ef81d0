"""What belongs to rows, markers or founders, in another order or called alike."""

import numpy as np
import pandas as pd

from sklmm import Kinship, LMMRegressor
from sklmm.association import f_kinship, max_statistics, scan

from .association import CHROMOSOMES, DIRECTION, GENOTYPES, LMM
from .case import AGE, NAMES, Case, K, N, Y, case

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


@case
def founders_that_are_called_alike():
    def effects(founders):
        columns = ["beta_a", "beta_b", "beta_c"]
        frame = scan(LMM, PROBABILITIES, ids=NAMES, founders=founders).to_frame()
        return frame[columns] if set(columns) <= set(frame) else frame.iloc[:, :3]

    return Case(
        lambda: effects(["a", "a", "c"]),
        "founders has 'a' for 2 founders. Give each a name of its own.",
        {"give": lambda: effects(["a", "b", "c"])},
        lambda: scan(LMM, PROBABILITIES, ids=NAMES).beta,
    )


NUMBERS = np.random.default_rng(5).permutation(N)
BY_NUMBER = LMMRegressor(Kinship(K, NUMBERS), sample_id=0, h=0.4).fit(NUMBERS[:, None], Y)


def on_x(x_covariates):
    options = {"ids": NUMBERS, "chromosomes": CHROMOSOMES, "x_covariates": x_covariates}
    return scan(BY_NUMBER, GENOTYPES, **options).lod


@case
def rows_that_are_counted_beside_labels_that_are_numbers():
    x_covariates, labels = pd.DataFrame({"direction": DIRECTION}), NUMBERS
    return Case(
        lambda: on_x(x_covariates),
        "x_covariates has a default index, whose numbers are the labels of lmm in another order. "
        "Use x_covariates.to_numpy() if its rows are in the order of fit, or "
        "x_covariates.loc[labels].to_numpy() with the labels of fit if they are in that of these "
        "numbers.",
        {
            "to_numpy": lambda: [on_x(x_covariates.to_numpy()), on_x(DIRECTION[NUMBERS])],
            "loc": lambda: [on_x(DIRECTION), on_x(x_covariates.loc[labels].to_numpy())],
        },
        lambda: [on_x(DIRECTION), on_x(DIRECTION[NUMBERS])],
    )


@case
def strata_that_are_counted_beside_labels_that_are_numbers():
    strata = pd.Series(DIRECTION)

    def maxima(strata):
        options = {"ids": NUMBERS, "n_resamples": 9, "random_state": 0, "strata": strata}
        return max_statistics(BY_NUMBER, GENOTYPES, resample="permutation", **options).lod

    return Case(
        lambda: maxima(strata),
        "strata has a default index, … Use strata.to_numpy() if its rows are in the order of fit, "
        "or …",
        {"to_numpy": lambda: maxima(strata.to_numpy())},
        lambda: maxima(DIRECTION),
    )


@case
def masked_covariates():
    masked = np.ma.masked_array(DIRECTION, mask=np.arange(N) == 3)
    return Case(
        lambda: on_x(masked),
        "x_covariates has masked values. Leave out or fill in what is missing.",
        {"fill in": lambda: on_x(masked.filled(DIRECTION[3]))},
        lambda: on_x(DIRECTION),
    )


@case
def masked_covariates_of_a_score_function():
    masked = np.ma.masked_array(AGE, mask=np.arange(N) == 3)

    def scores(covariates):
        return f_kinship(GENOTYPES, Y, kinship=K, covariates=covariates)[0]

    return Case(
        lambda: scores(masked),
        "covariates has masked values. Leave out or fill in what is missing.",
        {"fill in": lambda: scores(masked.filled(AGE[3]))},
        lambda: scores(AGE),
    )


@case
def genotypes_in_another_order_than_X():
    X = pd.DataFrame({"age": AGE}, index=NAMES)
    plain = LMMRegressor(K, h=0.4).fit(X, Y)
    genotypes = pd.DataFrame(GENOTYPES, index=NAMES)[::-1]
    return Case(
        lambda: scan(plain, genotypes).lod,
        "The index of X in fit and the index of genotypes have the same labels in different "
        "orders, or of different samples: row 0 is 'line00' in the one and 'line29' in the other. "
        "Rows are not matched by index, so this would pair the wrong samples. Use "
        "genotypes.loc[X.index], with the X of fit.",
        {"loc": lambda: scan(plain, genotypes.loc[X.index]).lod},
        lods,
    )


@case
def a_frame_of_relationships_for_a_score_function():
    X, y = pd.DataFrame(GENOTYPES, index=NAMES), pd.Series(Y, index=NAMES)
    kinship = pd.DataFrame(K, index=NAMES, columns=NAMES)
    return Case(
        lambda: f_kinship(X, y, kinship=kinship)[0],
        "kinship must be an array, got a pandas DataFrame: use Kinship.from_dataframe(kinship).",
        {"use": lambda: f_kinship(X, y, kinship=Kinship.from_dataframe(kinship))[0]},
        lambda: f_kinship(GENOTYPES, Y, kinship=K)[0],
    )
