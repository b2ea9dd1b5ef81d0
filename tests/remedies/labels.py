"""Labels of samples."""

import numpy as np
import pandas as pd

from sklmm import Kinship, LMMRegressor
from sklmm.plotting import KinshipDisplay
from sklmm.relationship import numerator

from .case import AGE, KINSHIP, LABELS, NAMES, WITH_AGE, Case, K, N, Y, case, fit

FRAME = pd.DataFrame({"id": NAMES, "age": AGE})
NUMBERS = list(range(N))
DIGITS = [str(number) for number in NUMBERS]
PAIRS = [("F", name) for name in NAMES]
BIG = [2**53 + 1 + number for number in NUMBERS]
PARENT_AND_CHILD = [[1, 0.5], [0.5, 1]]


def of_labels():
    return fit(LABELS)


def of_frame():
    return fit(WITH_AGE)


def fit_labels(labels, ids):
    """With labels in X, a column of anything, and others of the kinship."""
    X = np.empty((len(labels), 1), dtype=object)
    X[:, 0] = labels
    return fit(X, kinship=Kinship(K, ids))


def child_and_parent(ids, father):
    return numerator(ids, father, [None, None]).matrix


@case
def a_column_of_ids_as_a_table():
    return Case(
        lambda: fit(LABELS, kinship=Kinship(K, LABELS)),
        "ids must be a sequence of labels with an order, such as a list, a column or an array of "
        "one dimension, got a ndarray of shape (30, 1). Use numpy.ravel(ids).",
        {
            "one dimension": lambda: fit(LABELS, kinship=Kinship(K, LABELS[:, 0])),
            "use": lambda: fit(LABELS, kinship=Kinship(K, np.ravel(LABELS))),
        },
        of_labels,
    )


@case
def a_missing_label():
    X = LABELS.copy()
    X[2] = None
    return Case(
        lambda: fit(X),
        "The column sample_id=0 of X: the label in row 2 is missing (None). Give it a label, or "
        "leave out what has none.",
        {"leave out": lambda: fit(np.delete(X, 2, axis=0), np.delete(Y, 2))},
        lambda: fit(np.delete(LABELS, 2, axis=0), np.delete(Y, 2)),
    )


@case
def a_missing_label_that_is_known():
    X = LABELS.copy()
    X[2] = None
    return Case(
        lambda: fit(X),
        "The column … is missing (None). Give it a label, or leave out what has none.",
        {"give": lambda: fit(np.where(np.arange(N)[:, None] == 2, NAMES[2], X))},
        of_labels,
    )


@case
def a_missing_label_of_a_picture():
    def drawn(kinship, labels):
        display = KinshipDisplay.from_kinship(kinship, labels=labels, order="given")
        assert display.labels == labels
        return np.diagonal(display.relationships)[1 - N :]

    return Case(
        lambda: drawn(KINSHIP, [None, *NAMES[1:]]),
        "labels: the label in row 0 is missing (None). Give it a label, or leave out what has "
        "none.",
        {
            "give": lambda: drawn(KINSHIP, ["", *NAMES[1:]]),
            "leave out": lambda: drawn(KINSHIP.select(NAMES[1:]), NAMES[1:]),
        },
        lambda: np.diagonal(K)[1:],
    )


@case
def the_text_of_a_missing_value():
    X = LABELS.copy()
    X[[2, 5]] = str(np.nan)
    rows = X[:, 0] != "nan"
    kinship = Kinship(np.pad(K, (0, 1)) + np.diag(np.r_[np.zeros(N), 1]), [*NAMES, "nan"])
    return Case(
        lambda: fit(X, kinship=kinship),
        "The column sample_id=0 of X has the label 'nan' 2 times, which usually stands for a "
        "missing value. Leave these rows out, or rename the individual, in the kinship too, if it "
        "is one.",
        {"leave out": lambda: fit(X[rows], Y[rows], kinship)},
        lambda: fit(np.delete(LABELS, [2, 5], axis=0), np.delete(Y, [2, 5])),
    )


@case
def a_line_with_records_and_the_name_of_a_code():
    def fitted(name):
        X = LABELS.copy()
        X[[2, 5]] = name
        return fit(X, kinship=Kinship(K, [*NAMES[:2], name, *NAMES[3:]]))

    return Case(
        lambda: fitted("NA"),
        "The column … 'NA' 2 times, … or rename the individual, in the kinship too, if it is one.",
        {"rename": lambda: fitted("line NA")},
        lambda: fit(np.where(np.isin(np.arange(N), [2, 5])[:, None], NAMES[2], LABELS)),
    )


@case
def a_blank_label():
    return Case(
        lambda: Kinship(K, ["", *NAMES[1:]]),
        "ids: the label in row 0 is missing (''). Give it a label, or leave out what has none.",
        {
            "give": lambda: np.diagonal(Kinship(K, NAMES).matrix)[1:],
            "leave out": lambda: np.diagonal(Kinship(K[1:, 1:], NAMES[1:]).matrix),
        },
        lambda: np.diagonal(K)[1:],
    )


@case
def a_label_of_two_rows():
    ids = [*NAMES, NAMES[0]]
    rows = [*range(N), 0]
    return Case(
        lambda: Kinship(K[np.ix_(rows, rows)], ids),
        "ids must be unique, but 'line00' is the label of rows 0 and 30. Keep one of them; if "
        "they are two individuals of different families, make pairs, list(zip(families, ids)); "
        "for repeated records of an individual repeat its label in X.",
        {
            "keep one": lambda: fit(
                LABELS, kinship=Kinship(K[np.ix_(rows[:N], rows[:N])], ids[:N])
            ),
        },
        of_labels,
    )


@case
def records_as_samples():
    rows = np.r_[:N, :N]
    y = np.r_[Y, Y + np.sin(np.arange(N))]
    return Case(
        lambda: Kinship(K[np.ix_(rows, rows)], [NAMES[row] for row in rows]),
        "ids must be unique, but … for repeated records of an individual repeat its label in X.",
        {"repeat": lambda: fit(LABELS[rows], y)},
        lambda: textbook_of_records(rows, y),
    )


def textbook_of_records(rows, y):
    lmm = LMMRegressor(K[np.ix_(rows, rows)], h=0.4).fit(np.empty((len(rows), 0)), y)
    return np.hstack([lmm.h_, lmm.v_, lmm.b_])


@case
def a_NUL():
    ids = [f"{name}\0" for name in NAMES]
    return Case(
        lambda: Kinship(K, ids),
        "ids: the label in row 0 is 'line00\\x00'. Remove the NUL, which numpy drops at the end "
        "of text, so that two labels could become one.",
        {"remove": lambda: fit_labels(NAMES, [label.replace("\0", "") for label in ids])},
        of_labels,
    )


@case
def integers_as_floats():
    kinship, text = Kinship(K, BIG), list(map(str, BIG))
    return Case(
        lambda: fit(np.column_stack([np.array(BIG, dtype=float), AGE]), kinship=kinship),
        "The column sample_id=0 of X: the label in row 0 is 9007199254740992.0 as a float "
        "(float64), which cannot tell integers of that size apart. Keep labels as integers or "
        "strings from the file on: in an array of dtype object, or in a data frame, as Int64 or "
        "str where some are missing.",
        {
            "array": lambda: fit(
                np.column_stack([np.array(BIG, dtype=object), AGE]), kinship=kinship
            ),
            "frame": lambda: fit(pd.DataFrame({"id": BIG, "age": AGE}), kinship=kinship),
            "strings": lambda: fit(
                pd.DataFrame({"id": text, "age": AGE}), kinship=Kinship(K, text)
            ),
        },
        of_frame,
    )


@case
def integers_beside_missing_ones():
    child, parent = BIG[:2]
    return Case(
        lambda: child_and_parent([child, parent], pd.Series([parent, None])),
        "father: the label in row 0 is …, or in a data frame, as Int64 or str where some are "
        "missing.",
        {
            "Int64": lambda: child_and_parent(
                [child, parent], pd.Series([parent, None], dtype="Int64")
            ),
            "str": lambda: child_and_parent(
                [str(child), str(parent)], pd.Series([str(parent), None])
            ),
        },
        lambda: PARENT_AND_CHILD,
    )


@case
def lists_as_labels():
    text = ["-".join(pair) for pair in PAIRS]
    return Case(
        lambda: Kinship(K, list(map(list, PAIRS))),
        "ids: the label in row 0 is ['F', 'line00'] of type list, which is not hashable. Use "
        "strings, numbers or tuples as labels.",
        {
            "strings": lambda: fit_labels(text, text),
            "numbers": lambda: fit_labels(NUMBERS, NUMBERS),
            "tuples": lambda: fit_labels(PAIRS, PAIRS),
        },
        of_labels,
    )


@case
def text_for_numbers():
    return Case(
        lambda: fit_labels(DIGITS, NUMBERS),
        "The column sample_id=0 of X has a label that the kinship lacks. The label '0' (and 29 "
        "more) is not in Kinship(30 samples: 0, 1, 2, …). It is of type str, and the kinship has "
        "0 of type int: convert one of them. …",
        {
            "the one": lambda: fit_labels(list(map(int, DIGITS)), NUMBERS),
            "the other": lambda: fit_labels(DIGITS, list(map(str, NUMBERS))),
        },
        of_labels,
    )


@case
def bytes_for_text():
    of_bytes = [name.encode() for name in NAMES]
    return Case(
        lambda: fit_labels(of_bytes, NAMES),
        "The column sample_id=0 of X has … It is of type bytes, and the kinship has 'line00' of "
        "type str: convert one of them. …",
        {"decode": lambda: fit_labels([label.decode() for label in of_bytes], NAMES)},
        of_labels,
    )


@case
def floats_for_text():
    floats = list(map(float, NUMBERS))
    return Case(
        lambda: fit_labels(floats, DIGITS),
        "The column sample_id=0 of X has … It is of type float, and the kinship has '0' of type "
        "str: write both in the same way. …",
        {
            "in X": lambda: fit_labels([str(int(label)) for label in floats], DIGITS),
            "in the kinship": lambda: fit_labels(floats, [float(label) for label in DIGITS]),
        },
        of_labels,
    )


@case
def another_spelling():
    upper = list(map(str.upper, NAMES))
    return Case(
        lambda: fit_labels(upper, NAMES),
        "The column sample_id=0 of X has … The kinship has 'line00', which nearly matches: write "
        "both in the same way. …",
        {"write": lambda: fit_labels(list(map(str.lower, upper)), NAMES)},
        of_labels,
    )


@case
def another_spelling_of_a_number():
    decimals = [f"{digits}.0" for digits in DIGITS]
    return Case(
        lambda: fit_labels(decimals, DIGITS),
        "The column sample_id=0 of X has … The kinship has '0', which nearly matches: write both "
        "in the same way. …",
        {"write": lambda: fit_labels([text.removesuffix(".0") for text in decimals], DIGITS)},
        of_labels,
    )


@case
def scaled_labels():
    scaled = np.arange(N) / N + 0.01
    return Case(
        lambda: fit_labels(scaled, NUMBERS),
        "The column sample_id=0 of X has a label that the kinship lacks. … Labels must reach the "
        "estimator as they are, past any scaler or encoder, and new individuals must be in the "
        "kinship too.",
        {"as they are": lambda: fit_labels(NUMBERS, NUMBERS)},
        of_labels,
    )


@case
def labels_in_the_index():
    X = FRAME.set_index("id")
    return Case(
        lambda: fit(X, sample_id="age"),
        "The column sample_id='age' of X has … The index of X has labels of the kinship: use "
        "X.assign(label=X.index) and sample_id='label'. …",
        {"assign": lambda: fit(X.assign(label=X.index), sample_id="label")},
        of_frame,
    )


@case
def pairs_in_the_index():
    X = FRAME[["age"]].set_axis(pd.MultiIndex.from_tuples(PAIRS))
    kinship = Kinship(K, PAIRS)
    return Case(
        lambda: fit(X, kinship=kinship),
        "The column sample_id=0 of X has … The index of X has labels of the kinship: use "
        "X.assign(label=X.index) and sample_id='label'. …",
        {"assign": lambda: fit(X.assign(label=X.index), kinship=kinship, sample_id="label")},
        of_frame,
    )


@case
def labels_in_the_index_of_new_rows():
    lmm = LMMRegressor(KINSHIP, sample_id="id").fit(FRAME, Y)
    X = FRAME.assign(id="?").set_axis(NAMES)
    return Case(
        lambda: lmm.predict(X),
        "The column sample_id='id' of X has … The index of X has labels of the kinship: write "
        "them into this column. …",
        {"write": lambda: lmm.predict(X.assign(id=X.index))},
        lambda: lmm.predict(FRAME),
    )


@case
def two_types_in_a_pedigree():
    return Case(
        lambda: child_and_parent([1, 2], ["2", None]),
        "The label '2' of father is of type str, and 2 of ids of type int: convert one of them, "
        "so that they are the same.",
        {
            "the one": lambda: child_and_parent([1, 2], [int("2"), None]),
            "the other": lambda: child_and_parent(["1", "2"], ["2", None]),
        },
        lambda: PARENT_AND_CHILD,
    )


@case
def an_individual_without_its_family():
    X = FRAME.assign(family="F")
    pairs = list(zip(X["family"], X["id"], strict=True))
    return Case(
        lambda: fit(X[["id", "age"]], kinship=Kinship(K, PAIRS), sample_id="id"),
        "The column sample_id='id' of X has … The kinship has ('F', 'line00'), of which this is "
        "one part: make pairs of families and individuals, list(zip(families, individuals)). …",
        {
            "pairs": lambda: fit(
                X[["age"]].assign(id=pairs), kinship=Kinship(K, PAIRS), sample_id="id"
            )
        },
        of_frame,
    )


@case
def a_family_that_the_kinship_lacks():
    return Case(
        lambda: fit_labels(PAIRS, NAMES),
        "The column … The kinship has 'line00', which is one part of it: leave out the family. …",
        {"leave out": lambda: fit_labels([pair[-1] for pair in PAIRS], NAMES)},
        of_labels,
    )


@case
def a_mask_of_samples():
    kinship, mask = Kinship(K, NAMES), np.arange(N) < 5
    return Case(
        lambda: kinship.select(mask),
        "labels is a mask. Use kinship.select(kinship.ids[mask]).",
        {"select": lambda: kinship.select(kinship.ids[mask]).matrix},
        lambda: K[:5, :5],
    )


@case
def ids_in_a_table_of_families():
    ids = np.column_stack([["F"] * N, NAMES])
    pairs = list(map(tuple, ids))
    X = np.empty((N, 1), dtype=object)
    X[:, 0] = pairs
    return Case(
        lambda: Kinship(K, ids),
        "ids must be a sequence … Of families and individuals make pairs: list(map(tuple, "
        "numpy.asarray(ids))).",
        {"make": lambda: fit(X, kinship=Kinship(K, list(map(tuple, np.asarray(ids)))))},
        of_labels,
    )
