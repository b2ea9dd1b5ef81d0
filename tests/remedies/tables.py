"""Tables in files that are no tables yet."""

import tempfile
import warnings
from pathlib import Path

import numpy as np
import pandas as pd

from sklmm import Kinship
from sklmm.io import join_tables, read_csv, read_grm, read_text, write_csv

from .case import Case, case

FRAME = pd.DataFrame({"id": ["a", "b"], "w": [1.0, 2.0]})
MATRIX = np.array([[1.0, 0.5], [0.5, 1.0]])
SQUARE = "id,a,b\na,1,.5\nb,.5,1\n"


def joined(text, name="t.csv", **options):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        path.write_text(text, encoding="utf-8")
        return join_tables({"t": path}, **options).frame


def weights(text, name="t.csv", **options):
    """Those of a and b, through a file."""
    return weights_of(joined(text, name, **options))


def weights_of(frame):
    frame = frame.set_index(frame.columns[0])
    assert frame["w"].dtype.kind in "if"
    return frame.loc[["a", "b"], "w"]


def matrix(text, read=read_csv, name="k", **options):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        path.write_text(text, encoding="utf-8")
        return read(path, **options).matrix


def through(name):
    with tempfile.TemporaryDirectory() as folder:
        write_csv(Path(folder) / name, Kinship(MATRIX, ["a", "b"]))
        return read_csv(Path(folder) / name).matrix


def meant():
    return [1.0, 2.0]


@case
def a_heading_above_the_titles():
    return Case(
        lambda: weights("Weights\nof 2024\nid,w\na,1\nb,2\n"),
        "…t.csv, line 1 is a heading: the titles are in line 3. Remove what stands above them, or "
        "start it with #.",
        {
            "remove": lambda: weights("id,w\na,1\nb,2\n"),
            "#": lambda: weights("# Weights\n#of 2024\nid,w\na,1\nb,2\n"),
        },
        meant,
    )


@case
def a_heading_above_titles_of_another_name():
    return Case(
        lambda: joined("Weights\nMouse,w\na,1\nb,2\n"),
        "…t.csv, line 2: 'w' is text, where numbers stand below. If it stands for a missing "
        "value, name it by na_values='w'. Titles and units take one line: remove the others, or "
        "start those above the titles with #.",
        {
            "remove": lambda: weights("Mouse,w\na,1\nb,2\n", id_column="Mouse"),
            "#": lambda: weights("#Weights\nMouse,w\na,1\nb,2\n", id_column="Mouse"),
            "na_values": lambda: weights("id,w\nc,low\na,1\nb,2\n", na_values="low"),
        },
        meant,
    )


@case
def a_heading_of_several_columns():
    return Case(
        lambda: weights("<Phenotype>\ntaxa\tdata\tdata\na\t1\t1\nb\t2\t2\n", "t.txt"),
        "…t.txt, line 2: 3 fields, but the first line has 1. Is ' ' the separator? If that line "
        "is a heading above the titles, start it with #.",
        {"#": lambda: weights("#<Phenotype>\nid\tw\tx\na\t1\t1\nb\t2\t2\n", "t.txt")},
        meant,
    )


@case
def a_heading_above_a_matrix():
    return Case(
        lambda: matrix(f"Kinship of cross 1,,\n{SQUARE}"),
        "…k, line 1 is a heading: the titles are in line 2. Remove what stands above them, or "
        "start it with #.",
        {
            "remove": lambda: matrix(SQUARE),
            "#": lambda: matrix(f"#Kinship of cross 1,,\n{SQUARE}"),
        },
        lambda: MATRIX,
    )


@case
def titles_in_two_lines():
    return Case(
        lambda: weights("id,week 1,,week 2,\n,w,l,w,l\na,1,2,3,4\nb,2,2,3,4\n"),
        "…t.csv, line 1: 2 columns have no title. Give each column one, all of them in this line.",
        {"give": lambda: weights("id,w,l,w 2,l 2\na,1,2,3,4\nb,2,2,3,4\n")},
        meant,
    )


@case
def two_columns_of_one_title():
    return Case(
        lambda: weights("id,w,w\na,1,3\nb,2,3\n"),
        "…t.csv, line 1: 2 columns are called 'w'. Rename them, or leave out all but one.",
        {
            "rename": lambda: weights("id,w,w 2\na,1,3\nb,2,3\n"),
            "leave out": lambda: weights("id,w\na,1\nb,2\n"),
        },
        meant,
    )


@case
def titles_of_another_table_below():
    return Case(
        lambda: weights("id,w\na,1\nb,2\nID,length\na,3\n"),
        "…t.csv, line 4: the label is 'id', the title of its column. Remove the line, if it has "
        "titles once more; two tables belong in two files.",
        {
            "remove": lambda: weights("id,w\na,1\nb,2\n"),
            "two files": lambda: weights("id,w\na,1\nb,2\n"),
        },
        meant,
    )


@case
def a_row_without_a_label():
    return Case(
        lambda: weights("id,w\na,1\n\n,2\n"),
        "…t.csv, line 4: the label in column 'id' is missing. Write it, or remove the line.",
        {
            "write": lambda: weights("id,w\na,1\n\nb,2\n"),
            "remove": lambda: weights("id,w\na,1\n\nb,2\n"),
        },
        meant,
    )


@case
def a_comment_below_the_titles():
    return Case(
        lambda: weights("id,w\na,1\n# checked by hand\nb,2\n"),
        "…t.csv, line 3 starts with #, as a comment does, which has to stand above the titles. "
        "Remove the line, or put the label into quotes if it is one.",
        {"remove": lambda: weights("id,w\na,1\nb,2\n")},
        meant,
    )


@case
def a_quote_that_is_not_closed():
    return Case(
        lambda: weights('id,note,w\na,"5 tail,1\nb,6 tail,2\n'),
        "…t.csv, line 2: a quote is opened, but not closed. Close it or remove it; if its field "
        "goes on in the next line, put a blank in place of the line break.",
        {
            "close": lambda: weights('id,note,w\na,"5 tail",1\nb,6 tail,2\n'),
            "remove": lambda: weights("id,note,w\na,5 tail,1\nb,6 tail,2\n"),
        },
        meant,
    )


@case
def a_note_that_looks_like_a_row():
    return Case(
        lambda: weights('id,w,note\na,1,"bitten\nfound dead, 3 Mar, cage 5"\nb,2,\n'),
        "…t.csv, line 2: a quote is opened, but not closed. Close it or remove it; if its field "
        "goes on in the next line, put a blank in place of the line break.",
        {"blank": lambda: weights('id,w,note\na,1,"bitten found dead, 3 Mar, cage 5"\nb,2,\n')},
        meant,
    )


@case
def a_quote_within_a_field():
    return Case(
        lambda: weights('id,note,w\na,"5" tail",1\nb,"x" ,2\n'),
        "…t.csv, line 2: blanks or text follow a quote that ends a field. Remove blanks there, "
        "and write a quote within a field twice.",
        {"twice": lambda: weights('id,note,w\na,"5"" tail",1\nb,"x",2\n')},
        meant,
    )


@case
def quotes_of_write_table():
    return Case(
        lambda: weights('"id"\t"note"\t"w"\n"a"\t"5\\" tail"\t1\n"b"\t"x"\t2\n', "t.txt"),
        "…t.txt, line 2: blanks or text follow a quote that ends a field. A backslash stands "
        "before a quote within a field, as R's write.table writes it: add qmethod='double' there.",
        {"qmethod": lambda: weights('"id"\t"note"\t"w"\n"a"\t"5"" t"\t1\n"b"\t"x"\t2\n', "t.txt")},
        meant,
    )


@case
def separators_at_the_ends_of_rows():
    return Case(
        lambda: weights("id,w\na,1,\nb,2,\n"),
        "…t.csv, line 2: 3 fields, but the first line has 2. All lines but that of the titles end "
        "with ',': remove it there.",
        {"remove": lambda: weights("id,w\na,1\nb,2\n")},
        meant,
    )


@case
def separators_at_the_ends_of_a_matrix():
    return Case(
        lambda: matrix("id,a,b\na,1,.5,\nb,.5,1,\n"),
        "…k, line 2: 4 fields, but the first line has 3. All lines but that of the titles end "
        "with ',': remove it there.",
        {"remove": lambda: matrix(SQUARE)},
        lambda: MATRIX,
    )


@case
def another_separator_and_another_title():
    return Case(
        lambda: weights("Tier;w\na;1\nb;2\n"),
        "tables['t'] must have one column 'id'; its columns are 'Tier;w'. ';' would fit: "
        "separator=';'.",
        {"separator": lambda: weights("Tier;w\na;1\nb;2\n", separator=";", id_column="Tier")},
        meant,
    )


@case
def a_separator_of_frames():
    return Case(
        lambda: join_tables({"t": FRAME}, separator=";"),
        "separator=';' is for files, and all tables are data frames. Leave it out.",
        {"leave": lambda: weights_of(join_tables({"t": FRAME}).frame)},
        meant,
    )


@case
def nobody_in_ids():
    return Case(
        lambda: join_tables({"t": FRAME}, ids=[]),
        "No individual is in all tables: ids is empty. Leave it out, or correct what made it.",
        {
            "leave out": lambda: weights_of(join_tables({"t": FRAME}).frame),
            "correct": lambda: weights_of(join_tables({"t": FRAME}, ids=["a", "b"]).frame),
        },
        meant,
    )


@case
def a_table_without_rows():
    empty = pd.DataFrame({"id": [], "s": []})
    return Case(
        lambda: join_tables({"t": FRAME, "u": empty}),
        "No individual is in all tables: tables['u'] has no rows. Leave it out, or correct what "
        "made it.",
        {"leave out": lambda: weights_of(join_tables({"t": FRAME}).frame)},
        meant,
    )


@case
def none_as_the_id_column():
    unnamed = FRAME.set_index("id").rename_axis(None)
    return Case(
        lambda: join_tables({"t": unnamed}, id_column=None),
        "id_column must be a title, got None. If the index of a frame has the labels, use its "
        "rename_axis('id').reset_index().",
        {"reset": lambda: weights_of(join_tables({"t": with_labels(unnamed)}).frame)},
        meant,
    )


@case
def labels_in_an_index_without_a_name():
    unnamed = FRAME.set_index("id").rename_axis(None)
    return Case(
        lambda: join_tables({"t": unnamed}),
        "tables['t'] must have one column 'id'; its columns are 'w'. Name the one with the labels "
        "by id_column=. If the index has the labels, use its rename_axis('id').reset_index().",
        {"reset": lambda: weights_of(join_tables({"t": with_labels(unnamed)}).frame)},
        meant,
    )


def with_labels(frame):
    return frame.rename_axis("id").reset_index()


@case
def a_line_of_totals():
    rows = "id,w,n\na,1,10\nb,2,20\nc,2.5,31\nd,2.5,3\nSumme,8,64\n"
    return Case(
        lambda: weights(rows),
        "t: the last row, 'Summe', seems to be the total of the rows above it, and no individual. "
        "Leave it out, or say by ids= who is wanted.",
        {
            "leave out": lambda: weights(rows.replace("Summe,8,64\n", "")),
            "ids": lambda: wanted(rows, list("abcd")),
        },
        meant,
    )


@case
def a_text_among_numbers():
    rows = "id,w\na,1\nb,2\nc,3.5\nd,ND\n"
    return Case(
        lambda: joined(rows),
        "…t.csv, line 5: 'ND' in the column 'w' is no finite number, as 3 others are. Correct it, "
        "or name it as missing by na_values={'w': 'ND'}.",
        {
            "correct": lambda: weights(rows.replace("ND", "4")),
            "na_values": lambda: weights(rows, na_values={"w": "ND"}),
        },
        meant,
    )


@case
def names_of_rows_in_front():
    rows = "id sex w\n7 a M 1\n5 b F 2\n"
    return Case(
        lambda: weights(rows, "t.txt"),
        "…t.txt, line 2: 4 fields, but the first line has 3. Is ' ' the separator? If R has put "
        "names of rows in front, write without, by row.names=FALSE, or put a title for them, such "
        "as row, in front of the others.",
        {
            "row.names": lambda: weights("id sex w\na M 1\nb F 2\n", "t.txt"),
            "row": lambda: wanted_of(joined(f"row {rows}", "t.txt")),
        },
        meant,
    )


def wanted_of(frame):
    return weights_of(frame.set_index("id").reset_index())


@case
def lines_of_summaries():
    rows = "id,w,n\na,1,10\nb,2,20\nc,2.5,31\nd,2.5,3\nMean,2,16\nSD,0.7,12.1\n"
    return Case(
        lambda: weights(rows),
        "t: of the last rows, 'Mean', 'SD', 'Mean' seems to be the mean of the rows above these, "
        "and no individual. Leave out what is none, or say by ids= who is wanted.",
        {
            "leave out": lambda: weights(rows.partition("Mean")[0]),
            "ids": lambda: wanted(rows, list("abcd"), "2 of t ('Mean', 'SD')"),
        },
        lambda: weights(rows.partition("Mean")[0]),
    )


def wanted(rows, ids, left_out="1 of t ('Summe')"):
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        found = weights(rows, ids=ids)
    assert [left_out in str(warning.message) for warning in told] == [True]
    return found


@case
def codes_that_are_one_number():
    return Case(
        lambda: weights("id,x,w\na,1.10,1\nb,1.1,2\n"),
        "…t.csv, column 'x': '1.10' and '1.1' become one number. If they are codes, put a letter "
        "before each in the file, such as 'x1.1'.",
        {"letter": lambda: weights("id,x,w\na,x1.10,1\nb,x1.1,2\n")},
        meant,
    )


@case
def labels_in_quotes():
    ids = {"with": '"1" "F" "a"\n"2" "F" "b"\n', "without": "F a\nF b\n"}
    return Case(
        lambda: through_ids(ids["with"]),
        '…k.grm.id, line 1: "1" is in quotes, which would be part of a label. Write the file '
        "without them, by quote=FALSE and row.names=FALSE in R.",
        {"quote=FALSE": lambda: through_ids(ids["without"])},
        lambda: MATRIX,
    )


def through_ids(text):
    with tempfile.TemporaryDirectory() as folder:
        MATRIX[np.tril_indices(2)].astype("<f4").tofile(f"{folder}/k.grm.bin")
        Path(folder, "k.grm.id").write_text(text)
        return read_grm(f"{folder}/k").matrix


@case
def numbers_of_rows_before_a_matrix():
    return Case(
        lambda: matrix("1 1 .5\n2 .5 1\n", read_text, ids=["b", "a"]),
        "…k names its rows, which plain text does not: if its first column only counts them, "
        "write it without (row.names=FALSE and col.names=FALSE in R); if it has their labels, use "
        "read_csv(path, separator=' ', header=False).",
        {
            "without": lambda: matrix("1 .5\n.5 1\n", read_text, ids=["b", "a"]),
            "read_csv": lambda: matrix("1 1 .5\n2 .5 1\n", separator=" ", header=False),
        },
        lambda: MATRIX,
    )


@case
def distances():
    return Case(
        lambda: matrix("0 .5\n.5 0\n", read_text, ids=["a", "b"]),
        "…k has 0 on the whole diagonal, as distances have, and no relationships. Make them of "
        "the genotypes, by sklmm.relationship; of distances that are 1 - IBS, Kinship(1 - matrix, "
        "ids) has the similarities.",
        {"1 - matrix": lambda: Kinship(1 - np.array([[0, 0.5], [0.5, 0]]), ["a", "b"]).matrix},
        lambda: MATRIX,
    )


@case
def a_workbook():
    return Case(
        lambda: through("K.xlsx"),
        "path='…K.xlsx' ends in .xlsx, but text is written. Let it end in .csv or .txt, or in "
        ".csv.gz or .txt.gz to be gzipped.",
        {ending: lambda ending=ending: through(f"K{ending}") for ending in (".csv", ".txt.gz")},
        lambda: MATRIX,
    )
