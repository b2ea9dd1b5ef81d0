"""Tables whose indexes tell of another order."""

import numpy as np
import pandas as pd
import polars as pl

from sklmm import Kinship
from sklmm.metrics import predictive_ability

from .case import AGE, LABELS, NAMES, ORDER, WITH_AGE, Case, K, N, Y, case, fit, fit_kernel

SERIES = pd.Series(Y, index=NAMES)
SHUFFLED = SERIES.iloc[ORDER]
FRAME = pd.DataFrame({"id": NAMES, "age": AGE})
OTHERS = "have the same labels in different orders, or of different samples: …"
PAIRS = "Rows are not matched by index, so this would pair the wrong samples."


def fit_frame(X, y):
    return fit(X, y, sample_id="id")


def fit_table(table):
    """X and y from one table."""
    return fit_frame(table[["id", "age"]].reset_index(drop=True), table["y"].to_numpy())


def of_frame():
    return fit(WITH_AGE)


def of_labels():
    return fit(LABELS)


@case
def y_in_another_order_than_X():
    X, renamed = FRAME.set_axis(NAMES), SERIES.set_axis(NAMES[::-1])
    return Case(
        lambda: fit_frame(X, SHUFFLED),
        f"X and y have different indexes: … {PAIRS} Use y.loc[X.index], or y.to_numpy() if the "
        "order is right.",
        {
            "y.loc[X.index]": lambda: fit_frame(X, SHUFFLED.loc[X.index]),
            "y.to_numpy()": lambda: fit_frame(X, renamed.to_numpy()),
        },
        of_frame,
    )


@case
def rows_left_out_of_X():
    X, y = FRAME[::2], SHUFFLED
    return Case(
        lambda: fit_frame(X, y),
        f"X and y have different indexes: … {PAIRS} Use y.loc[X['id']].to_numpy().",
        {"y.loc[X['id']].to_numpy()": lambda: fit_frame(X, y.loc[X["id"]].to_numpy())},
        lambda: fit(WITH_AGE[::2], Y[::2]),
    )


@case
def rows_left_out_of_both():
    X, y = FRAME.set_axis(NAMES)[:20], SHUFFLED.drop(NAMES[3])
    return Case(
        lambda: fit_frame(X, y),
        f"X and y have different indexes: … {PAIRS} y lacks 'line03', for example: take the rows "
        "that both have by a merge on the label, before any split.",
        {"merge": lambda: fit_table(X.merge(y.rename("y"), left_index=True, right_index=True))},
        lambda: fit(np.delete(WITH_AGE[:20], 3, axis=0), np.delete(Y[:20], 3)),
    )


@case
def y_of_somebody_else():
    y = SHUFFLED.rename({NAMES[3]: "somebody else"})
    return Case(
        lambda: fit_frame(FRAME, y),
        f"X['id'] and the index of y {OTHERS} {PAIRS} y lacks 'line03', for example: take the "
        "rows that both have by a merge on the label, before any split, or use y.to_numpy() if "
        "the order is right.",
        {"merge": lambda: fit_table(FRAME.merge(y.rename("y"), left_on="id", right_index=True))},
        lambda: fit(np.delete(WITH_AGE, 3, axis=0), np.delete(Y, 3)),
    )


@case
def an_index_that_says_nothing_of_X():
    X, y = FRAME.set_axis(NAMES), SERIES.set_axis([f"plot {row}" for row in range(N)])
    return Case(
        lambda: fit_frame(X, y),
        f"X and y have different indexes: … {PAIRS} Use y.to_numpy() if the order is right.",
        {"y.to_numpy()": lambda: fit_frame(X, y.to_numpy())},
        of_frame,
    )


@case
def y_in_another_order_than_an_array():
    renamed = SERIES.set_axis(NAMES[::-1])
    return Case(
        lambda: fit(LABELS, SHUFFLED),
        f"X[:, 0] and the index of y {OTHERS} {PAIRS} Use y.loc[X[:, 0]], or y.to_numpy() if the "
        "order is right.",
        {
            "y.loc[X[:, 0]]": lambda: fit(LABELS, SHUFFLED.loc[LABELS[:, 0]]),
            "y.to_numpy()": lambda: fit(LABELS, renamed.to_numpy()),
        },
        of_labels,
    )


@case
def y_in_another_order_than_a_polars_frame():
    X = pl.DataFrame({"id": NAMES, "age": AGE})
    return Case(
        lambda: fit_frame(X, SHUFFLED),
        f"X['id'] and the index of y {OTHERS} Use y.loc[X['id']], or y.to_numpy() …",
        {"y.loc[X['id']]": lambda: fit_frame(X, SHUFFLED.loc[X["id"]])},
        of_frame,
    )


@case
def an_index_of_several_levels():
    y = SHUFFLED.set_axis([["north"] * N, SHUFFLED.index])
    by_label = "y.droplevel([0]).loc[X[:, 0]]"
    return Case(
        lambda: fit(LABELS, y),
        f"X[:, 0] and the index of y {OTHERS} Use {by_label}, or y.to_numpy() …",
        {by_label: lambda: fit(LABELS, y.droplevel([0]).loc[LABELS[:, 0]])},
        of_labels,
    )


def of_pairs(by_label, y):
    """Labels that are pairs in X, and not in the index of y."""
    X = np.empty((N, 1), dtype=object)
    X[:, 0] = [("F", name) for name in NAMES]
    kinship = Kinship(K, X[:, 0])
    return Case(
        lambda: fit(X, y, kinship),
        f"X[:, 0] and the index of y {OTHERS} {PAIRS} Use {by_label}, or y.to_numpy() if the "
        "order is right.",
        {by_label: lambda: fit(X, eval(by_label, {"X": X, "y": y}), kinship)},
        of_labels,
    )


@case
def pairs_beside_individuals():
    return of_pairs("y.loc[[pair[-1] for pair in X[:, 0]]]", SHUFFLED)


@case
def pairs_beside_text():
    return of_pairs("y.loc[['_'.join(pair) for pair in X[:, 0]]]", SHUFFLED.rename("F_{}".format))


@case
def pairs_in_the_other_order():
    y = SHUFFLED.set_axis([SHUFFLED.index, ["F"] * N])
    return of_pairs("y.droplevel([1]).loc[[pair[-1] for pair in X[:, 0]]]", y)


@case
def an_index_of_several_levels_beside_one():
    X, y = FRAME.set_axis(NAMES), SHUFFLED.set_axis([["F"] * N, SHUFFLED.index])
    by_label = "y.droplevel([0]).loc[X.index]"
    return Case(
        lambda: fit_kernel(X[["age"]], y),
        f"X and y have different indexes: … {PAIRS} Use {by_label}, or y.to_numpy() …",
        {by_label: lambda: fit_kernel(X[["age"]], y.droplevel([0]).loc[X.index])},
        lambda: fit_kernel(AGE[:, None]),
    )


@case
def an_index_in_another_spelling():
    y = SHUFFLED.rename(str.upper)
    return Case(
        lambda: fit(LABELS, y),
        f"X[:, 0] and the index of y {OTHERS} {PAIRS} Write the labels in the same way in both "
        "and use y.loc[X[:, 0]], or use y.to_numpy() if the order is right.",
        {"write": lambda: fit(LABELS, y.rename(str.lower).loc[LABELS[:, 0]])},
        of_labels,
    )


@case
def repeated_records():
    rows = np.repeat(np.arange(N), 2)
    values = np.random.default_rng(0).permutation(Y[rows] + np.arange(2 * N) % 3)
    X, y = FRAME.iloc[rows].reset_index(drop=True), pd.Series(values, index=FRAME["id"][rows])
    table = X.assign(y=values)
    return Case(
        lambda: fit_frame(X, y[::-1]),
        f"X['id'] and the index of y {OTHERS} {PAIRS} An index that repeats labels does not tell "
        "records apart: take X and y from one table, or use y.to_numpy() if the order is right.",
        {
            "one table": lambda: fit_table(table.sample(frac=1, random_state=0)),
            "y.to_numpy()": lambda: fit_frame(X, y.to_numpy()),
        },
        lambda: fit(WITH_AGE[rows], values),
    )


@case
def an_X_that_contradicts_itself():
    X, wrong = FRAME.set_axis(NAMES[::-1]), FRAME.set_axis(NAMES).assign(id=NAMES[::-1])
    y = pd.Series(Y, X.index)
    return Case(
        lambda: fit_frame(X, y),
        f"X['id'] and the index of X {OTHERS} {PAIRS} If the column is right, use "
        "X.reset_index(drop=True), and y.reset_index(drop=True) for a y that has the index of X; "
        "or correct the column.",
        {
            "reset_index(drop=True)": lambda: fit_frame(
                X.reset_index(drop=True), y.reset_index(drop=True)
            ),
            "correct": lambda: fit_frame(wrong.assign(id=wrong.index), Y),
        },
        of_frame,
    )


@case
def predictions_in_another_order():
    y_pred = (SERIES**2)[::-1]
    return Case(
        lambda: predictive_ability(SERIES, y_pred),
        f"y_true and y_pred have different indexes: … {PAIRS} Use y_pred.loc[y_true.index], or "
        "y_pred.to_numpy() if the order is right.",
        {
            "y_pred.loc": lambda: predictive_ability(SERIES, y_pred.loc[SERIES.index]),
            "y_pred.to_numpy()": lambda: predictive_ability(SERIES, y_pred[::-1].to_numpy()),
        },
        lambda: predictive_ability(Y, Y**2),
    )


NUMBERS = Kinship(K, range(1, N + 1))
TABLE = pd.DataFrame({"id": ORDER + 1, "age": AGE[ORDER], "y": Y[ORDER]})
PART = TABLE[TABLE["age"] > 30]
OF_PART = PART[["id", "age"]]


def fit_numbers(X, y):
    return fit(X, y, NUMBERS, sample_id="id")


def of_part():
    return fit_numbers(OF_PART.reset_index(drop=True), PART["y"].to_numpy())


@case
def numbers_that_may_be_labels():
    y = TABLE.set_index("id")["y"].rename_axis(None)
    return Case(
        lambda: fit_numbers(OF_PART, y),
        f"X and y have different indexes: … {PAIRS} If the index of y has the labels, use "
        "y.loc[X['id']].to_numpy(). Else: Numbers of rows are no labels: take X and y from one "
        "table, before any split.",
        {
            "y.loc": lambda: fit_numbers(OF_PART, y.loc[OF_PART["id"]].to_numpy()),
            "one table": lambda: fit_numbers(OF_PART, PART["y"]),
        },
        of_part,
    )


@case
def numbers_of_rows_of_the_whole_table():
    y = TABLE["y"].iloc[::-1]
    return Case(
        lambda: fit_numbers(OF_PART, y),
        f"X and y have different indexes: … {PAIRS} Use y.loc[X.index] if a number means the same "
        "in both indexes.",
        {"y.loc[X.index]": lambda: fit_numbers(OF_PART, y.loc[OF_PART.index])},
        of_part,
    )


@case
def numbers_of_labels_of_the_whole_table():
    y = TABLE.set_index("id")["y"]
    return Case(
        lambda: fit_numbers(OF_PART, y),
        f"X and y have different indexes: … {PAIRS} Use y.loc[X['id']].to_numpy().",
        {"y.loc": lambda: fit_numbers(OF_PART, y.loc[OF_PART["id"]].to_numpy())},
        of_part,
    )


@case
def numbers_of_rows_of_two_states_of_a_table():
    X = PART.sort_values("age")[["id", "age"]]
    y = PART.sort_values("age")["y"].reset_index(drop=True).iloc[1:]
    return Case(
        lambda: fit_numbers(X[1:], y),
        f"X and y have different indexes: … {PAIRS} Numbers of rows are no labels: take X and y "
        "from one table, before any split, or use y.to_numpy() if the order is right.",
        {
            "one table": lambda: fit_numbers(X[1:], PART["y"].loc[X.index[1:]]),
            "y.to_numpy()": lambda: fit_numbers(X[1:], y.to_numpy()),
        },
        lambda: fit_numbers(OF_PART.loc[X.index[1:]], PART["y"].loc[X.index[1:]]),
    )


@case
def individuals_beside_their_records():
    twice = FRAME.loc[np.repeat(np.arange(N), 2)].reset_index(drop=True)
    return Case(
        lambda: fit_frame(twice, SHUFFLED),
        "y has 30 rows, and X['id'] has 60. Use y.loc[X['id']].",
        {"y.loc[X['id']]": lambda: fit_frame(twice, SHUFFLED.loc[twice["id"]])},
        lambda: fit_frame(twice, np.repeat(Y, 2)),
    )


@case
def others_in_another_number():
    X = FRAME.set_axis([f"plot {row}" for row in range(N)])
    y = pd.Series(np.arange(40.0), index=[f"pot {row}" for row in range(40)])
    return Case(
        lambda: fit_frame(X, y),
        f"X and y have different indexes: … {PAIRS} Take X and y from one table.",
        {"one table": lambda: fit_table(X.assign(y=Y))},
        of_frame,
    )


RECORDS = pd.DataFrame(
    {"id": np.repeat(NAMES, 2), "wet": np.tile([0.0, 1.0], N), "y": np.repeat(Y, 2)}
)
RECORDS["y"] += 3 * RECORDS["wet"]
BY_RECORD = RECORDS.set_index(["id", "wet"], drop=False)[["id", "wet"]]


def of_records():
    return fit_frame(RECORDS[["id", "wet"]], RECORDS["y"].to_numpy())


@case
def records_of_one_individual_in_another_order():
    y = RECORDS[::-1].sort_values("id", kind="stable").set_index(["wet", "id"])["y"]
    by_label = "y.reorder_levels([1, 0]).loc[X.index]"
    reordered = y.reorder_levels([1, 0]).loc[BY_RECORD.index]
    return Case(
        lambda: fit_frame(BY_RECORD, y),
        f"X and y have different indexes: … {PAIRS} Use {by_label}, or y.to_numpy() …",
        {
            by_label: lambda: fit_frame(BY_RECORD, reordered),
            "y.to_numpy()": lambda: fit_frame(BY_RECORD, RECORDS["y"].to_numpy()),
        },
        of_records,
    )


@case
def a_level_that_contradicts_a_column():
    X = RECORDS[["id", "wet"]]
    y = RECORDS.set_index(["id", 1 - RECORDS["wet"]])["y"]
    return Case(
        lambda: fit_frame(X, y),
        f"X['wet'] and the level 'wet' of the index of y contradict each other: … {PAIRS} Take X "
        "and y from one table, or use y.droplevel('wet') if the order is right.",
        {
            "one table": lambda: fit_frame(X, RECORDS.set_index(["id", "wet"])["y"]),
            "y.droplevel('wet')": lambda: fit_frame(X, y.droplevel("wet")),
        },
        of_records,
    )
