"""Data frames that are to be a kinship."""

import numpy as np
import pandas as pd
import polars as pl

from sklmm import Kinship, LMMRegressor

from .case import LABELS, NAMES, Case, K, N, Y, case, fit, fit_plain

FRAME = pd.DataFrame(K, index=NAMES, columns=NAMES)
COLUMNS = FRAME.rename_axis("id").reset_index()


def of_matrix(matrix):
    return fit(LABELS, kinship=Kinship(matrix, NAMES))


def of_kinship(kinship):
    return fit(LABELS, kinship=kinship)


def meant():
    return fit(LABELS)


@case
def a_frame_without_labels():
    matrix = pd.DataFrame(K)
    return Case(
        lambda: Kinship(matrix, NAMES),
        "matrix must be an array, got a pandas DataFrame: use matrix.to_numpy(), if its rows and "
        "columns are in the right order.",
        {"to_numpy": lambda: of_matrix(matrix.to_numpy())},
        meant,
    )


@case
def a_polars_frame_without_labels():
    matrix = pl.DataFrame(K)
    return Case(
        lambda: Kinship(matrix, NAMES),
        "matrix must be an array, got a polars DataFrame: use matrix.to_numpy(), if its rows and "
        "columns are in the right order.",
        {"to_numpy": lambda: of_matrix(matrix.to_numpy())},
        meant,
    )


@case
def a_frame_with_labels():
    matrix = FRAME.sample(frac=1, random_state=0)
    return Case(
        lambda: Kinship(matrix, NAMES),
        "matrix must be an array, got a pandas DataFrame: use Kinship.from_dataframe(matrix).",
        {"from_dataframe": lambda: of_kinship(Kinship.from_dataframe(matrix))},
        meant,
    )


@case
def a_frame_with_a_column_of_labels():
    return Case(
        lambda: Kinship(COLUMNS, NAMES),
        "matrix must be an array, got a pandas DataFrame: use Kinship.from_dataframe(matrix, "
        "id_column=...), with the column of labels.",
        {"id_column": lambda: of_kinship(Kinship.from_dataframe(COLUMNS, id_column="id"))},
        meant,
    )


@case
def a_frame_in_the_order_of_X():
    kinship = pd.DataFrame(K)
    return Case(
        lambda: LMMRegressor(kinship).fit(np.empty((N, 0)), Y),
        "kinship must be an array, got a pandas DataFrame: use kinship.to_numpy(), if its rows "
        "and columns are in the right order.",
        {"to_numpy": lambda: fit_plain(kinship=kinship.to_numpy())},
        meant,
    )


@case
def no_frame():
    return Case(
        lambda: Kinship.from_dataframe(K),
        "frame must be a pandas or polars DataFrame, got ndarray. Make a Kinship from an array by "
        "Kinship(matrix, ids).",
        {"Kinship": lambda: of_kinship(Kinship(K, NAMES))},
        meant,
    )


@case
def a_polars_frame_whose_rows_have_no_labels():
    frame = pl.DataFrame({name: COLUMNS[name].to_list() for name in COLUMNS})
    return Case(
        lambda: Kinship.from_dataframe(frame),
        "frame is a polars DataFrame, whose rows have no labels: name the column that holds them "
        "by id_column=.",
        {"name": lambda: of_kinship(Kinship.from_dataframe(frame, id_column="id"))},
        meant,
    )


@case
def numbers_in_the_rows_and_text_in_the_columns():
    frame = pd.DataFrame(K, columns=[str(number) for number in range(N)])
    changed = frame.copy()
    changed.columns = changed.columns.map(int)
    X = np.arange(N)[:, None]
    return Case(
        lambda: Kinship.from_dataframe(frame),
        "frame must have the same labels, each once, for its rows and its columns. … They differ "
        "in type: int in the rows, str in the columns. Use frame.columns = "
        "frame.columns.map(int). …",
        {"map": lambda: fit(X, kinship=Kinship.from_dataframe(changed))},
        meant,
    )


@case
def numbers_among_text():
    rows = [number if number % 2 else str(number) for number in range(N)]
    frame = pd.DataFrame(K, index=rows, columns=list(map(str, range(N))))
    as_text = frame.rename(index=str, columns=str)
    return Case(
        lambda: Kinship.from_dataframe(frame),
        "frame must have the same labels … They differ in type: … Convert both to str. …",
        {"str": lambda: of_kinship(Kinship(Kinship.from_dataframe(as_text).matrix, NAMES))},
        meant,
    )


@case
def numbers_in_the_column_of_labels():
    frame = pd.DataFrame(K, columns=list(map(str, range(N)))).assign(id=range(N))
    X = np.array(list(map(str, range(N))))[:, None]
    return Case(
        lambda: Kinship.from_dataframe(frame, id_column="id"),
        "frame must have the same labels … Convert the column 'id' to str. …",
        {
            "convert": lambda: fit(
                X, kinship=Kinship.from_dataframe(frame.astype({"id": str}), id_column="id")
            )
        },
        meant,
    )


@case
def a_sample_twice():
    frame = FRAME.loc[[*NAMES, NAMES[3]], [*NAMES, NAMES[3]]]
    kept = frame.loc[~frame.index.duplicated(), ~frame.columns.duplicated()]
    return Case(
        lambda: Kinship.from_dataframe(frame),
        "frame must have the same labels … One is repeated. Keep one of its rows and one of its "
        "columns. Rows are …",
        {"keep one": lambda: of_kinship(Kinship.from_dataframe(kept))},
        meant,
    )


@case
def another_spelling_in_the_columns():
    frame = FRAME.rename(columns=str.upper)
    return Case(
        lambda: Kinship.from_dataframe(frame),
        "frame must have the same labels … nearly matches …: write both in the same way. …",
        {"write": lambda: of_kinship(Kinship.from_dataframe(frame.rename(columns=str.lower)))},
        meant,
    )


@case
def a_column_of_labels_beside_another():
    frame = COLUMNS.assign(FID="F")
    return Case(
        lambda: Kinship.from_dataframe(frame),
        "frame must have the same labels … If the column 'id' holds the labels of the rows, use "
        "id_column='id' and frame.drop(columns=['FID']). …",
        {
            "drop": lambda: of_kinship(
                Kinship.from_dataframe(frame.drop(columns=["FID"]), id_column="id")
            )
        },
        meant,
    )


@case
def a_column_of_labels_behind_numbers_of_rows():
    frame = COLUMNS.drop(columns="id").reset_index().assign(line=COLUMNS["id"])
    return Case(
        lambda: Kinship.from_dataframe(frame),
        "frame must have the same labels … If the column 'line' holds the labels of the rows, use "
        "id_column='line' and frame.drop(columns=['index']). …",
        {
            "drop": lambda: of_kinship(
                Kinship.from_dataframe(frame.drop(columns=["index"]), id_column="line")
            )
        },
        meant,
    )


@case
def an_index_that_was_lost():
    frame = FRAME.reset_index(drop=True)
    return Case(
        lambda: Kinship.from_dataframe(frame),
        "frame must have the same labels … If rows are in the order of the columns, use "
        "frame.set_axis(frame.columns). …",
        {"set_axis": lambda: of_kinship(Kinship.from_dataframe(frame.set_axis(frame.columns)))},
        meant,
    )


def titles_that_R_has_changed(labels, titles, id_column=None):
    frame = pd.DataFrame(K, index=pd.Index(labels, name="id"), columns=titles)
    given = frame if id_column is None else frame.reset_index()
    first = "" if id_column is None else "frame = frame.set_index('id') and "
    X = np.empty((N, 1), dtype=object)
    X[:, 0] = labels
    return Case(
        lambda: Kinship.from_dataframe(given, id_column),
        f"frame must have the same labels … R changes titles like that, … use {first}"
        "frame.set_axis(frame.index, axis=1). …",
        {
            "set_axis": lambda: fit(
                X, kinship=Kinship.from_dataframe(frame.set_axis(frame.index, axis=1))
            )
        },
        meant,
    )


@case
def numbers_that_R_has_changed():
    return titles_that_R_has_changed([*range(101, 101 + N)], [f"X{101 + row}" for row in range(N)])


@case
def hyphens_that_R_has_changed():
    labels = [f"a-{row} b" for row in range(N)]
    return titles_that_R_has_changed(labels, [f"a.{row}.b" for row in range(N)], "id")


@case
def a_query_in_place_of_its_result():
    X = pl.DataFrame({"id": NAMES}).lazy()
    return Case(
        lambda: fit(X),
        "X is a LazyFrame, which holds no values yet. Use X.collect().",
        {"collect": lambda: fit(X.collect())},
        meant,
    )


@case
def columns_in_a_dict():
    X = {"id": NAMES}
    return Case(
        lambda: fit(X),
        "X is a dict and no table. Use pandas.DataFrame(X), or one of its values.",
        {"DataFrame": lambda: fit(pd.DataFrame(X))},
        meant,
    )


@case
def columns_of_a_kinship_beside_the_relationships():
    frame = FRAME.assign(Mean=K.mean(axis=1))
    return Case(
        lambda: Kinship.from_dataframe(frame),
        "frame must have the same labels, each once, for its rows and its columns. 'Mean' labels "
        "only one of the two. The labels of all rows are among the columns: use "
        "frame[frame.index]. Rows are … columns are ….",
        {"index": lambda: of_kinship(Kinship.from_dataframe(frame[frame.index]))},
        meant,
    )
