"""Where K comes from, and whose rows X has."""

import numpy as np
import pandas as pd
from sklearn.metrics.pairwise import rbf_kernel

from sklmm import Kinship, LMMRegressor
from sklmm.preprocessing import GenotypeScaler

from .case import (
    AGE,
    COVARIATES,
    FEATURES,
    KINSHIP,
    LABELS,
    NAMES,
    WITH_AGE,
    Case,
    K,
    N,
    Y,
    case,
    fit,
    fit_kernel,
    fit_plain,
    rng,
)

FRAME = pd.DataFrame({"id": NAMES, "age": AGE})
SEEN = np.arange(20)
NEW = np.arange(20, N)


def of_labels():
    return fit(LABELS)


def of_frame():
    return fit(WITH_AGE)


@case
def a_name_for_an_array():
    return Case(
        lambda: fit(WITH_AGE, sample_id="id"),
        "sample_id='id' is a column name, but X is a ndarray without column names. Pass a data "
        "frame, or give the position of the column, such as sample_id=0.",
        {
            "data frame": lambda: fit(FRAME, sample_id="id"),
            "position": lambda: fit(WITH_AGE, sample_id=0),
        },
        of_frame,
    )


@case
def a_position_that_X_lacks():
    return Case(
        lambda: fit(WITH_AGE, sample_id=2),
        "sample_id=2 is not a column of X, which has 2. Give the position, from 0, of the column "
        "that holds the labels.",
        {"position": lambda: fit(WITH_AGE, sample_id=0)},
        of_frame,
    )


@case
def a_position_where_the_index_has_the_labels():
    X = pd.DataFrame(index=NAMES)
    return Case(
        lambda: fit(X),
        "sample_id=0 is not a column of X, which has 0. The index of X has the labels: use "
        "X.reset_index(names='id') and sample_id='id'.",
        {"reset_index": lambda: fit(X.reset_index(names="id"), sample_id="id")},
        lambda: fit(LABELS),
    )


@case
def the_name_of_the_index():
    X = FRAME.set_index("id")
    return Case(
        lambda: fit(X, sample_id="id"),
        "sample_id='id' names 0 columns of X, whose columns are ['age']. It is the name of the "
        "index of X: use X.reset_index('id').",
        {"reset_index": lambda: fit(X.reset_index("id"), sample_id="id")},
        of_frame,
    )


@case
def the_name_of_a_level_of_the_index():
    X = FRAME.assign(place="north").set_index(["place", "id"])
    return Case(
        lambda: fit(X, sample_id="id"),
        "sample_id='id' names 0 columns of X, … It is the name of the index of X: use "
        "X.reset_index('id').",
        {"reset_index": lambda: fit(X.reset_index("id"), sample_id="id")},
        of_frame,
    )


@case
def a_name_of_two_columns():
    X = FRAME.set_axis(["id", "id"], axis=1).set_axis(NAMES)
    return Case(
        lambda: fit(X, sample_id="id"),
        "sample_id='id' names 2 columns of X, whose columns are ['id', 'id']. Rename those that "
        "do not hold the labels.",
        {"rename": lambda: fit(X.set_axis(["id", "age"], axis=1), sample_id="id")},
        of_frame,
    )


@case
def columns_in_another_order():
    X = pd.DataFrame({0: NAMES, 1: AGE, 2: COVARIATES[:, 1]})
    lmm = LMMRegressor(KINSHIP, sample_id=0).fit(X, Y)
    return Case(
        lambda: lmm.predict(X[[0, 2, 1]]),
        "The columns of X are [0, 2, 1], but were [0, 1, 2] in fit. Use the same, in the same "
        "order.",
        {"same": lambda: lmm.predict(X[[0, 2, 1]][[0, 1, 2]])},
        lambda: lmm.predict(X),
    )


@case
def labels_without_a_column_that_holds_them():
    return Case(
        lambda: fit(LABELS, sample_id=None),
        "kinship=Kinship(…) has labels, but sample_id is None. Name the column of X that holds "
        "the labels, such as sample_id=0.",
        {"name": lambda: fit(LABELS, sample_id=0)},
        of_labels,
    )


@case
def labels_of_an_array():
    return Case(
        lambda: fit(LABELS, kinship=K),
        "sample_id=0 is given, but kinship is a ndarray and no Kinship, whose labels could be "
        "looked up. Use Kinship(kinship, ids).",
        {"Kinship": lambda: fit(LABELS, kinship=Kinship(K, NAMES))},
        of_labels,
    )


@case
def labels_of_a_frame():
    kinship = pd.DataFrame(K, NAMES, NAMES)
    return Case(
        lambda: fit(LABELS, kinship=kinship),
        "sample_id=0 is given, but kinship is a DataFrame and no Kinship, … Use "
        "Kinship.from_dataframe(kinship).",
        {"Kinship": lambda: fit(LABELS, kinship=Kinship.from_dataframe(kinship))},
        of_labels,
    )


@case
def labels_without_a_kinship():
    return Case(
        lambda: fit(LABELS, kinship=None),
        "sample_id=0 names rows of a kinship, but kinship is None. Give kinship=Kinship(matrix, "
        "ids), or leave out both sample_id and its column of X.",
        {"kinship": lambda: fit(LABELS, kinship=Kinship(K, NAMES))},
        of_labels,
    )


@case
def labels_beside_the_features_of_a_kernel():
    X = np.column_stack([np.arange(N), FEATURES])
    return Case(
        lambda: fit_kernel(X, sample_id=0),
        "sample_id=0 names rows of a kinship, but kinship is None. … leave out both sample_id and "
        "its column of X.",
        {"leave out": lambda: fit_kernel(X[:, 1:])},
        fit_kernel,
    )


@case
def a_kernel_beside_a_kinship():
    return Case(
        lambda: fit(WITH_AGE, kernel="rbf"),
        "kinship and kernel='rbf' are both given, but kernel is for a kernel. Leave it out: with "
        "a kinship, all columns of X but sample_id are fixed effects; or leave out kinship.",
        {"leave out kernel": lambda: fit(WITH_AGE)},
        of_frame,
    )


@case
def a_kinship_beside_a_kernel():
    return Case(
        lambda: fit_kernel(kernel="rbf", kinship=K),
        "kinship and kernel='rbf' are both given, … or leave out kinship.",
        {"leave out kinship": lambda: fit_kernel(kernel="rbf")},
        lambda: fit_plain(kinship=rbf_kernel(FEATURES)),
    )


@case
def labels_among_traits():
    y = pd.DataFrame({"id": np.arange(N), "trait": Y})
    kinship = Kinship(K, range(N))
    X = y[["id"]]
    return Case(
        lambda: fit(X, y, kinship, sample_id="id"),
        "y has the column 'id', which holds the labels of X and is no trait. Leave it out of y, "
        "whose rows have to be in the order of X, or use y.to_numpy() if it is a trait, such as a "
        "rank.",
        {"leave out": lambda: fit(X, y[["trait"]], kinship, sample_id="id")},
        lambda: fit(X, Y, kinship, sample_id="id"),
    )


@case
def missing_genotypes_as_features():
    counts = rng.integers(0, 3, (N, 12)).astype(np.int8)
    coded = counts.copy()
    coded[4, 2] = -127
    mean = np.delete(counts[:, 2], 4).mean()
    imputed = counts.astype(float)
    imputed[4, 2] = mean
    return Case(
        lambda: fit_kernel(coded),
        "X has 1 values -127 of type int8, the first in row 4 of column 2: that stands for a "
        "missing genotype. Put a GenotypeScaler before the model in a pipeline, or convert X to "
        "another type if it is a number.",
        {"scaler": lambda: fit_kernel(GenotypeScaler().fit_transform(coded) * np.sqrt(12))},
        lambda: fit_kernel(imputed - imputed.mean(axis=0)),
    )


@case
def a_position_that_is_a_name_as_well():
    X = pd.DataFrame({1: NAMES, 0: AGE})
    return Case(
        lambda: fit(X, sample_id=1),
        "sample_id=1 is a position, but X has a column of that name in position 0. Use "
        "X.rename(columns=str) and sample_id='1', or another one.",
        {"rename": lambda: fit(X.rename(columns=str), sample_id="1")},
        of_frame,
    )


@case
def labels_in_an_index_without_a_name():
    X = FRAME.set_index("id").rename_axis(None)
    return Case(
        lambda: fit(X, sample_id="id"),
        "sample_id='id' names 0 columns of X, … The index of X has the labels: use "
        "X.reset_index(names='id').",
        {"reset_index": lambda: fit(X.reset_index(names="id"), sample_id="id")},
        of_frame,
    )


@case
def labels_in_the_index_and_no_sample_id():
    X = FRAME.set_index("id")
    return Case(
        lambda: fit(X, sample_id=None),
        "kinship=… has labels, but sample_id is None. Its labels are in the index of X: use "
        'X.reset_index(names="id") and sample_id="id".',
        {"reset_index": lambda: fit(X.reset_index(names="id"), sample_id="id")},
        of_frame,
    )


@case
def columns_of_ids():
    X = FRAME.assign(FID=range(N))
    return Case(
        lambda: fit(X, sample_id="id"),
        "X has the columns ['FID'], which seem to hold ids or numbers of rows, and take part as "
        "amounts. Leave them out.",
        {"leave": lambda: fit(X.drop(columns="FID"), sample_id="id")},
        of_frame,
    )


@case
def numbers_of_rows():
    X = FRAME.reset_index()
    return Case(
        lambda: fit(X, sample_id="id"),
        "X has the columns ['index'], which seem to hold ids or numbers of rows, and take part as "
        "amounts. Leave them out.",
        {"leave": lambda: fit(X.drop(columns="index"), sample_id="id")},
        of_frame,
    )


@case
def two_covariates_of_one_name():
    X = FRAME.assign(other=COVARIATES[:, 1]).set_axis(["id", "age", "age"], axis=1)
    return Case(
        lambda: fit(X, sample_id="id"),
        "X has 2 columns that are called 'age'. Rename them, or use X.to_numpy() if names do not "
        "matter.",
        {
            "rename": lambda: fit(X.set_axis(["id", "age", "sex"], axis=1), sample_id="id"),
            "to_numpy": lambda: fit(X.to_numpy(), sample_id=0),
        },
        lambda: fit(np.column_stack([LABELS, COVARIATES])),
    )


@case
def families_for_individuals():
    kinship = Kinship(K, range(N))
    X = pd.DataFrame({"FID": np.arange(N) // 2, "IID": np.arange(N)})
    return Case(
        lambda: fit(X, kinship=kinship, sample_id="FID"),
        "X has the columns ['IID'], which seem to hold ids or numbers of rows, and take part as "
        "amounts. 'IID' has labels of the kinship, each once: use sample_id='IID' if it holds the "
        "individuals. Else leave them out.",
        {"sample_id": lambda: fit(X.drop(columns="FID"), kinship=kinship, sample_id="IID")},
        lambda: fit(np.arange(N)[:, None], kinship=kinship),
    )


@case
def families_that_are_meant():
    kinship = Kinship(K, range(N))
    X = pd.DataFrame({"FID": np.arange(N) // 2, "IID": np.arange(N)})
    return Case(
        lambda: fit(X, kinship=kinship, sample_id="FID"),
        "X has the columns ['IID'], … Else leave them out.",
        {"leave": lambda: fit(X[["FID"]], kinship=kinship, sample_id="FID")},
        lambda: fit(np.arange(N)[:, None] // 2, kinship=kinship),
    )


@case
def ranks_that_are_numbers_of_labels():
    kinship = Kinship(K, range(N))
    y = pd.DataFrame({"rank": np.argsort(np.argsort(Y)), "trait": Y})
    X = pd.DataFrame({"id": range(N)})
    return Case(
        lambda: fit(X, y, kinship, sample_id="id"),
        "y has the column 'rank', which holds the labels of X and is no trait. … or use "
        "y.to_numpy() if it is a trait, such as a rank.",
        {"y.to_numpy()": lambda: fit(X, y.to_numpy(), kinship, sample_id="id")},
        lambda: fit(X, y.to_numpy().tolist(), kinship, sample_id="id"),
    )
