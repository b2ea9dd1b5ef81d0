"""Labels that a file cannot hold."""

import tempfile
from pathlib import Path

from sklmm import Kinship
from sklmm.io import read_csv, read_grm, write_csv, write_grm

from .case import Case, case

MATRIX = [[1.0, 0.5], [0.5, 1.0]]


def through_csv(ids):
    """Relationships of the first with both, in the order of the labels as text."""
    with tempfile.TemporaryDirectory() as folder:
        write_csv(Path(folder) / "K.csv", Kinship(MATRIX, ids))
        kinship = read_csv(Path(folder) / "K.csv")
    assert list(kinship.ids) == [str(label) for label in ids]
    return kinship.matrix


def through_grm(ids):
    with tempfile.TemporaryDirectory() as folder:
        write_grm(Path(folder) / "K", Kinship(MATRIX, ids), n_markers=9)
        return read_grm(Path(folder) / "K").matrix


def meant():
    return MATRIX


@case
def a_blank_between_columns():
    return Case(
        lambda: through_grm(["line 1", "b"]),
        "…: 'line 1' has a blank in it (U+0020), and blanks separate the columns of the file. "
        "Rename it.",
        {"rename": lambda: through_grm(["line_1", "b"])},
        meant,
    )


@case
def two_labels_of_one_text():
    return Case(
        lambda: through_csv([7, "7"]),
        "kinship: two labels are the same when they are written as text, 7 and '7'. Rename one of "
        "them.",
        {"rename": lambda: through_csv([7, "7b"])},
        meant,
    )


@case
def a_family_that_is_missing():
    return Case(
        lambda: through_grm([(None, "a"), ("F", "b")]),
        "…: (None, 'a') has a missing part. Give all of it.",
        {"give": lambda: through_grm([("F", "a"), ("F", "b")])},
        meant,
    )


@case
def bytes_in_another_encoding():
    label = "é".encode("latin-1")
    return Case(
        lambda: through_csv([label, "b"]),
        "kinship: b'\\xe9' is bytes that are not UTF-8. Make text of it by .decode(encoding).",
        {"decode": lambda: through_csv([label.decode("latin-1"), "b"])},
        meant,
    )


@case
def a_tuple_in_a_pair():
    part = ("a", 1)
    return Case(
        lambda: through_grm([("F", part), ("F", "b")]),
        "ids: ('F', ('a', 1)) has a tuple where a file holds one text. Make a text of it: "
        "'_'.join(map(str, ...)).",
        {"make": lambda: through_grm([("F", "_".join(map(str, part))), ("F", "b")])},
        meant,
    )


@case
def a_label_of_three_parts():
    labels = [("F", "a", 1), ("F", "b", 1)]
    return Case(
        lambda: through_grm(labels),
        "ids: ('F', 'a', 1) is a tuple of 3, and a line holds a family and an individual. Use "
        "tuples of two, or labels of one part: '_'.join(map(str, label)).",
        {
            "two": lambda: through_grm([label[:2] for label in labels]),
            "one": lambda: through_grm(["_".join(map(str, label)) for label in labels]),
        },
        meant,
    )


@case
def a_label_that_looks_like_titles():
    return Case(
        lambda: through_grm([("FID", "IID"), ("F", "b")]),
        "ids: ('FID', 'IID') would be taken for the titles of columns in the first line of the "
        "file. Rename it.",
        {"rename": lambda: through_grm([("F", "IID"), ("F", "b")])},
        meant,
    )
