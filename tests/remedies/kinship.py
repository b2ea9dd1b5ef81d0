"""Matrices that are to be a kinship, and kinships that are put together."""

import numpy as np
import pandas as pd
from scipy import sparse

from sklmm import Kinship
from sklmm.relationship import bend, ibs, weighted_sum

from .case import KINSHIP, LABELS, NAMES, Case, K, N, Y, case, fit, fit_plain

FRAME = pd.DataFrame(K, index=NAMES, columns=NAMES)
LOWER = np.tri(N, dtype=bool)
WITHOUT_THIRD = np.arange(N) != 3


def with_value(value, dtype=object):
    """K with something else as K[0, 1]."""
    matrix = K.astype(dtype)
    matrix[0, 1] = matrix[1, 0] = value
    return matrix


def of_matrix(matrix):
    return fit(LABELS, kinship=Kinship(matrix, NAMES))


def of_kinship(kinship):
    return fit(LABELS, kinship=kinship)


def meant():
    return fit(LABELS)


@case
def a_sparse_matrix():
    matrix = sparse.csr_array(K)
    return Case(
        lambda: Kinship(matrix, NAMES),
        "matrix is sparse; a dense array is needed: use matrix.toarray().",
        {"toarray": lambda: of_matrix(matrix.toarray())},
        meant,
    )


@case
def masked_relationships():
    matrix = np.ma.array(K, mask=~np.logical_and.outer(WITHOUT_THIRD, WITHOUT_THIRD))
    kept = np.flatnonzero(WITHOUT_THIRD)
    return Case(
        lambda: Kinship(matrix, NAMES),
        "matrix has masked values. Remove or impute these samples.",
        {
            "remove": lambda: fit(
                LABELS[kept], Y[kept], Kinship(matrix[np.ix_(kept, kept)], LABELS[kept, 0])
            )
        },
        lambda: fit(LABELS[kept], Y[kept]),
    )


@case
def a_masked_triangle():
    matrix = np.ma.array(np.where(LOWER, K, 7.0), mask=~LOWER)
    return Case(
        lambda: Kinship(matrix, NAMES),
        "matrix has masked values. Only one triangle is filled: use np.tril(matrix) + "
        "np.tril(matrix, -1).T.",
        {"tril": lambda: of_matrix(np.tril(matrix) + np.tril(matrix, -1).T)},
        meant,
    )


@case
def a_relationship_is_nan():
    matrix = with_value(np.nan, float)
    return Case(
        lambda: Kinship(matrix, NAMES),
        "matrix must be finite, but matrix[0, 1] is nan. Remove or impute these samples.",
        {
            "remove": lambda: fit(LABELS[1:], Y[1:], Kinship(matrix[1:, 1:], NAMES[1:])),
            "impute": lambda: fit(
                LABELS[1:], Y[1:], Kinship(np.nan_to_num(matrix, nan=0.1), NAMES)
            ),
        },
        lambda: fit(LABELS[1:], Y[1:]),
    )


@case
def a_triangle_of_nan():
    matrix = np.where(LOWER, np.nan, K) + np.diag(np.diagonal(K))
    matrix[np.diag_indices(N)] = np.diagonal(K)
    return Case(
        lambda: Kinship(matrix, NAMES),
        "matrix must be finite, but matrix[1, 0] is nan. Only one triangle is filled: use "
        "np.triu(matrix) + np.triu(matrix, 1).T.",
        {"triu": lambda: of_matrix(np.triu(matrix) + np.triu(matrix, 1).T)},
        meant,
    )


@case
def a_triangle_of_zeros():
    matrix = np.tril(K)
    return Case(
        lambda: Kinship(matrix, NAMES),
        "matrix must be symmetric, but … Only one triangle is filled: use matrix + "
        "np.tril(matrix, -1).T.",
        {"tril": lambda: of_matrix(matrix + np.tril(matrix, -1).T)},
        meant,
    )


@case
def the_other_triangle_of_zeros():
    matrix = np.triu(K)
    return Case(
        lambda: Kinship(matrix, NAMES),
        "matrix must be symmetric, but … Only one triangle is filled: use matrix + "
        "np.triu(matrix, 1).T.",
        {"triu": lambda: of_matrix(matrix + np.triu(matrix, 1).T)},
        meant,
    )


@case
def triangles_that_were_rounded():
    error = 1e-3 * np.sin(np.arange(N * N)).reshape(N, N)
    matrix = K + error - error.T
    return Case(
        lambda: Kinship(matrix, NAMES),
        "matrix must be symmetric, but … If both stand for one number, use (matrix + matrix.T) / "
        "2.",
        {"mean": lambda: of_matrix((matrix + matrix.T) / 2)},
        meant,
    )


@case
def rows_and_columns_in_two_orders():
    frame = FRAME[NAMES[::-1]]
    return Case(
        lambda: Kinship(frame.to_numpy(), NAMES),
        "matrix must be symmetric, but … Rows and columns must be the same samples in the same "
        "order, and both triangles filled; Kinship.from_dataframe finds the columns of a data "
        "frame by their labels.",
        {"from_dataframe": lambda: of_kinship(Kinship.from_dataframe(frame))},
        meant,
    )


@case
def complex_numbers():
    matrix = K.astype(complex)
    return Case(
        lambda: Kinship(matrix, NAMES),
        "matrix must hold real numbers, got an array of dtype complex128. Use np.real(matrix).",
        {"real": lambda: of_matrix(np.real(matrix))},
        meant,
    )


@case
def numbers_as_text():
    matrix = K.astype(str)
    return Case(
        lambda: Kinship(matrix, NAMES),
        "matrix must hold real numbers, got an array of dtype <U32. Use np.asarray(matrix, "
        "dtype=float).",
        {"asarray": lambda: of_matrix(np.asarray(matrix, dtype=float))},
        meant,
    )


@case
def numbers_as_objects():
    matrix = K.astype(object).tolist()
    matrix[0][0] = str(matrix[0][0])
    return Case(
        lambda: Kinship(np.array(matrix, dtype=object), NAMES),
        "matrix must hold real numbers, got an array of dtype object. Use np.asarray(matrix, "
        "dtype=float).",
        {"asarray": lambda: of_matrix(np.asarray(matrix, dtype=float))},
        meant,
    )


@case
def None_among_objects():
    matrix = with_value(None)
    return Case(
        lambda: Kinship(matrix, NAMES),
        "matrix must hold real numbers, got an array of dtype object, of which matrix[0, 1] is "
        "None. Remove or impute these samples.",
        {
            "remove": lambda: fit(
                LABELS[1:], Y[1:], Kinship(matrix[1:, 1:].astype(float), NAMES[1:])
            )
        },
        lambda: fit(LABELS[1:], Y[1:]),
    )


@case
def a_kinship_that_is_changed():
    matrix = K + np.diag(np.linspace(0, 1, N))

    def change(kinship):
        kinship.matrix = matrix

    return Case(
        lambda: change(KINSHIP),
        "A Kinship is immutable: 'matrix' cannot be set. Make a new one.",
        {"make": lambda: of_kinship(Kinship(matrix, KINSHIP.ids))},
        lambda: fit_plain(kinship=matrix),
    )


@case
def an_array_for_a_kinship():
    return Case(
        lambda: bend(K),
        "kinship must be a Kinship, got ndarray. Make it of a matrix and the labels of its rows: "
        "Kinship(matrix, ids).",
        {"make": lambda: bend(Kinship(K, NAMES)).matrix},
        lambda: K,
    )


@case
def other_samples():
    one, other = KINSHIP.select(NAMES[:20]), KINSHIP.select(NAMES[:9:-1])
    shared = [label for label in one.ids if label in other]
    return Case(
        lambda: weighted_sum([one, other]),
        "kinships[1] and kinships[0] have different samples: 20 are only in one of them, such as "
        "'line00', 'line01', 'line02', …. Use select to take those that they share.",
        {"select": lambda: weighted_sum([one.select(shared), other.select(shared)]).matrix},
        lambda: K[10:20, 10:20],
    )


@case
def other_spellings_in_another_kinship():
    other = Kinship(K, [name.upper() for name in NAMES])
    return Case(
        lambda: weighted_sum([KINSHIP, other]),
        "kinships[1] and kinships[0] have different samples: … 'line00' nearly matches 'LINE00': "
        "write both in the same way.",
        {
            "write": lambda: (
                weighted_sum(
                    [KINSHIP, Kinship(other.matrix, [label.lower() for label in other.ids])]
                ).matrix
            )
        },
        lambda: K,
    )


@case
def no_kinships():
    return Case(
        lambda: weighted_sum([]),
        "kinships is empty: give at least one Kinship.",
        {"give": lambda: weighted_sum([KINSHIP]).matrix},
        lambda: K,
    )


@case
def a_triangle_without_its_diagonal():
    matrix = np.tril(K, -1)
    return Case(
        lambda: Kinship(matrix, NAMES),
        "matrix must be symmetric, but matrix[… is … Only one triangle is filled, and the "
        "diagonal is 0: have the program that made it write the relationship of each sample with "
        "itself, too.",
        {"whole": lambda: of_matrix(np.tril(K, -1) + np.tril(K, -1).T + np.diag(np.diag(K)))},
        lambda: fit(LABELS),
    )


@case
def a_selection_of_nobody():
    return Case(
        lambda: KINSHIP.select([]),
        "labels is empty. Give the labels of some samples.",
        {"give": lambda: KINSHIP.select(NAMES[:2]).matrix},
        lambda: K[:2, :2],
    )


@case
def a_selection_of_repeated_records():
    labels = [NAMES[2], NAMES[0], NAMES[2]]
    return Case(
        lambda: KINSHIP.select(labels),
        "labels must be unique, got 'line02' more than once. Use "
        "kinship.select(list(dict.fromkeys(labels))); for repeated records of an individual "
        "repeat its label in X.",
        {"dict.fromkeys": lambda: KINSHIP.select(list(dict.fromkeys(labels))).matrix},
        lambda: K[np.ix_([2, 0], [2, 0])],
    )


@case
def distances():
    genotypes = np.random.default_rng(1).binomial(2, 0.4, (N, 50))
    distance = Kinship(1 - ibs(genotypes, NAMES).matrix, NAMES)
    return Case(
        lambda: of_kinship(distance),
        "The kinship or kernel matrix is no covariance of … diagonal among the training rows is "
        "0, … If it holds distances, it is no kinship: make relationships of the genotypes, by "
        "sklmm.relationship.",
        {"make": lambda: of_kinship(ibs(genotypes, NAMES))},
        lambda: of_matrix(1 - distance.matrix),
    )


@case
def labels_of_a_frame_in_a_column():
    frame = FRAME.rename_axis("line").reset_index()
    return Case(
        lambda: of_kinship(Kinship.from_dataframe(frame)),
        "frame must have the same labels … If the column 'line' holds the labels of the rows, use "
        "id_column='line'.…",
        {"id_column": lambda: of_kinship(Kinship.from_dataframe(frame, id_column="line"))},
        meant,
    )


@case
def labels_with_their_families_in_one_text():
    written = [f"{name}_{name}" for name in NAMES]
    return Case(
        lambda: fit([[label] for label in written]),
        "The column … 'line00_line00' (and 29 more) is not in … It has none of these labels, but "
        "'line00', which is the last part of 'line00_line00': write both in the same way if they "
        "are one individual.…",
        {"same": lambda: fit([[label.split("_")[-1]] for label in written])},
        lambda: fit([[name] for name in NAMES]),
    )
