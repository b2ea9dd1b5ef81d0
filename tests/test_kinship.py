import pickle
import re
from datetime import date
from decimal import Decimal

import joblib
import numpy as np
import pandas as pd
import polars as pl
import pytest
from scipy import sparse
from sklearn.base import clone

from sklmm import Kinship

K = np.array([[1.0, 0.2, 0.1], [0.2, 1.5, 0.3], [0.1, 0.3, 0.5]])
IDS = ["a", "b", "c"]


def test_is_immutable():
    kinship = Kinship(K, IDS)
    with pytest.raises(ValueError, match="read-only"):
        kinship.matrix[0, 0] = 2
    with pytest.raises(ValueError, match="read-only"):
        kinship.ids[0] = "z"
    with pytest.raises(AttributeError, match=r"immutable: 'matrix' cannot be set"):
        kinship.matrix = K
    with pytest.raises(AttributeError, match=r"immutable: 'ids' cannot be deleted"):
        del kinship.ids


def test_is_not_changed_through_the_array_it_was_made_of():
    matrix, ids = K.copy(), np.array(IDS, dtype=object)
    kinship = Kinship(matrix, ids)
    matrix[0, 0], ids[0] = 7, "z"
    assert kinship.matrix[0, 0] == 1
    assert kinship.ids[0] == "a"
    assert matrix.flags.writeable
    assert ids.flags.writeable


def test_view_of_a_writeable_array_is_copied():
    matrix = K.copy()
    view = matrix.view()
    view.flags.writeable = False
    kinship = Kinship(view, IDS)
    matrix[0, 0] = 7
    assert kinship.matrix[0, 0] == 1


def test_read_only_view_of_foreign_memory_is_copied():
    memory = bytearray(K.tobytes())
    matrix = np.frombuffer(memoryview(memory).toreadonly()).reshape(3, 3)
    kinship = Kinship(matrix, IDS)
    memory[:8] = np.array([77.0]).tobytes()
    assert kinship.matrix[0, 0] == 1


def test_read_only_array_is_shared():
    matrix = K.copy()
    matrix.flags.writeable = False
    assert np.shares_memory(Kinship(matrix, IDS).matrix, matrix)


def test_memmap_stays_on_disk(tmp_path):
    np.save(tmp_path / "K.npy", K)
    mapped = np.load(tmp_path / "K.npy", mmap_mode="r")
    kinship = Kinship(mapped, IDS)
    assert isinstance(kinship.matrix, np.memmap)
    np.testing.assert_array_equal(kinship.select(["c", "a"]).matrix, K[np.ix_([2, 0], [2, 0])])


def test_clone_and_deepcopy_share_it():
    kinship = Kinship(K, IDS)
    assert clone(kinship) is kinship
    assert joblib.hash(kinship) == joblib.hash(Kinship(K, IDS))
    import copy

    assert copy.deepcopy(kinship) is kinship


def test_pickle():
    kinship = Kinship(K, [1, ("x", 2), "c"])
    loaded = pickle.loads(pickle.dumps(kinship))
    np.testing.assert_array_equal(loaded.matrix, K)
    assert list(loaded.ids) == [1, ("x", 2), "c"]
    assert list(loaded.rows([("x", 2)])) == [1]
    with pytest.raises(ValueError, match="read-only"):
        loaded.matrix[0, 0] = 2


def test_len_contains_and_repr():
    assert len(Kinship(K, IDS)) == 3
    assert "b" in Kinship(K, IDS)
    assert "z" not in Kinship(K, IDS)
    assert repr(Kinship(K, IDS)) == "Kinship(3 samples: 'a', 'b', 'c')"
    assert repr(Kinship(K[:1, :1], [7])) == "Kinship(1 sample: 7)"
    assert repr(Kinship(np.eye(500), range(500))) == "Kinship(500 samples: 0, 1, 2, …)"


@pytest.mark.parametrize(
    "ids",
    [
        ["a", "b", "c"],
        np.array(["a", "b", "c"]),
        pd.Index(["a", "b", "c"]),
        pd.Series(["a", "b", "c"], dtype="category"),
        pl.Series(["a", "b", "c"]),
        (7, 8, 9),
        np.array([7, 8, 9]),
        pd.Series([7, 8, 9]),
        [1.5, 2.5, 3.5],
        [("a", 1), ("a", 2), ("b", 1)],
        ["a", 1, (1, 2)],
        [date(2020, 1, 1), date(2021, 1, 1), date(2022, 1, 1)],
        np.array(["2020", "2021", "2022"], dtype="datetime64[Y]"),
        range(3),
    ],
)
def test_labels_of_any_hashable_type(ids):
    kinship = Kinship(K, ids)
    labels = list(ids)
    np.testing.assert_array_equal(kinship.rows(labels[::-1]), [2, 1, 0])
    np.testing.assert_array_equal(kinship.rows(kinship.ids), [0, 1, 2])


def test_true_is_not_one():
    assert True not in Kinship(K, [1, 2, 3])
    assert 1 in Kinship(K, [1, 2, 3])
    assert 1 not in Kinship(K[:2, :2], [True, False])


def test_select():
    kinship = Kinship(K, IDS).select(["c", "a"])
    np.testing.assert_array_equal(kinship.matrix, [[0.5, 0.1], [0.1, 1.0]])
    assert list(kinship.ids) == ["c", "a"]


@pytest.mark.parametrize(
    ("ids", "label", "message"),
    [
        (IDS, "z", r"'z' is not in Kinship\(3 samples: 'a', 'b', 'c'\)"),
        (IDS, ["a"], "labels: the label in row 0 is .* not hashable"),
        ([5, 6, 7], "7", r"'7' is not in .* of type str, and the kinship has 7 of type int"),
        (["5", "6", "7"], 7, r"7 is not in .* of type int, and the kinship has '7' of type str"),
    ],
)
def test_unknown_label(ids, label, message):
    with pytest.raises((KeyError, TypeError), match=message):
        Kinship(K, ids).select([label])


@pytest.mark.parametrize("labels", [{"a", "b"}, 1, "a"])
def test_labels_without_an_order(labels):
    with pytest.raises(TypeError, match="labels must be a sequence of labels with an order"):
        Kinship(K, IDS).rows(labels)


def test_normalized():
    normalized = Kinship(7 * K, IDS).normalized()
    assert normalized.matrix.trace() / 3 == pytest.approx(1)
    np.testing.assert_allclose(normalized.matrix, K)
    with pytest.raises(ValueError, match="mean diagonal of the kinship is 0; it must be positive"):
        Kinship(np.zeros((2, 2)), ["a", "b"]).normalized()


def test_data_frames_there_and_back():
    kinship = Kinship(K, ["a", 2, ("b", 3)])
    frame = kinship.to_dataframe()
    assert list(frame.index) == list(frame.columns) == ["a", 2, ("b", 3)]
    frame.iloc[0, 0] = 99
    assert kinship.matrix[0, 0] == 1
    again = Kinship.from_dataframe(kinship.to_dataframe())
    np.testing.assert_array_equal(again.matrix, K)
    assert list(again.ids) == list(kinship.ids)


def test_columns_of_a_data_frame_are_found_by_label():
    frame = pd.DataFrame(K, index=IDS, columns=IDS)[["b", "c", "a"]]
    np.testing.assert_array_equal(Kinship.from_dataframe(frame).matrix, K)


def test_labels_that_pandas_could_take_for_a_mask():
    frame = pd.DataFrame(K[:2, :2], index=[True, False], columns=[True, False])
    np.testing.assert_array_equal(Kinship.from_dataframe(frame).matrix, K[:2, :2])


def test_nullable_data_frame():
    frame = pd.DataFrame(K, index=IDS, columns=IDS).astype("Float64")
    np.testing.assert_array_equal(Kinship.from_dataframe(frame).matrix, K)


@pytest.mark.parametrize("library", [pd, pl])
def test_data_frame_with_a_column_of_labels(library):
    columns = {"line": ["b", "a", "c"]}
    columns |= {label: K[[1, 0, 2], place] for place, label in enumerate(IDS)}
    kinship = Kinship.from_dataframe(library.DataFrame(columns), id_column="line")
    assert list(kinship.ids) == ["b", "a", "c"]
    np.testing.assert_array_equal(kinship.matrix, K[np.ix_([1, 0, 2], [1, 0, 2])])


@pytest.mark.parametrize(
    ("frame", "id_column", "error", "message"),
    [
        (K, None, TypeError, "must be a pandas or polars DataFrame, got ndarray"),
        (pl.DataFrame(K, schema=IDS), None, TypeError, "rows have no labels: .* id_column="),
        (
            pd.DataFrame(K, IDS, ["a", "b", "z"]),
            None,
            ValueError,
            "'c' labels only one of the two",
        ),
        (pd.DataFrame(K, IDS, ["a", "b", "b"]), None, ValueError, "same labels, each once"),
        (
            pd.DataFrame(K, [1, 2, 3], ["1", "2", "3"]),
            None,
            ValueError,
            r"differ in type: int in the rows, str in the columns. .*columns.map\(int\)",
        ),
        (pd.DataFrame(K, IDS, IDS), "x", ValueError, "id_column='x' is not a column of frame"),
    ],
)
def test_data_frames_without_matching_labels(frame, id_column, error, message):
    with pytest.raises(error, match=message):
        Kinship.from_dataframe(frame, id_column)


ASYMMETRIC = K + np.triu(np.full((3, 3), 0.01), 1)


@pytest.mark.parametrize(
    ("matrix", "error", "message"),
    [
        (K[:2], ValueError, r"matrix must be square .* got shape \(2, 3\)"),
        (K[0], ValueError, r"matrix must be square .* got shape \(3,\)"),
        (np.empty((0, 0)), ValueError, r"matrix must be square with at least one row"),
        (np.where(K == 0.3, np.nan, K), ValueError, r"finite, but matrix\[1, 2\] is nan"),
        (np.where(K == 0.5, np.inf, K), ValueError, r"finite, but matrix\[2, 2\] is inf"),
        (
            ASYMMETRIC,
            ValueError,
            r"symmetric, but matrix\[0, 1\] is 0.21\d* and matrix\[1, 0\] is 0.2.* "
            r"\(matrix \+ matrix.T\) / 2",
        ),
        (K.astype(complex), TypeError, "matrix must hold real numbers, got .* complex128"),
        (K.astype(str), TypeError, "matrix must hold real numbers, got an array of dtype <U32"),
        ([["x"]], TypeError, r"array of dtype <U1, of which matrix\[0, 0\] is 'x'"),
        (np.ma.array(K, mask=K == 0.3), ValueError, "matrix has masked values"),
        ([[1.0, 0.2], [0.2]], ValueError, "matrix must be square, but its rows differ"),
        (sparse.csr_array(K), TypeError, r"matrix is sparse; .* matrix.toarray\(\)"),
        (pd.DataFrame(K), TypeError, r"got a pandas DataFrame: use matrix.to_numpy\(\)"),
    ],
)
def test_bad_matrix(matrix, error, message):
    with pytest.raises(error, match=message):
        Kinship(matrix, IDS)


@pytest.mark.parametrize(
    ("ids", "error", "message"),
    [
        (["a", "b"], ValueError, "one label for each of the 3 rows of the matrix, got 2"),
        (["a", "b", "a"], ValueError, "unique, but 'a' is the label of rows 0 and 2.*in X"),
        (["a", None, "c"], ValueError, r"ids: the label in row 1 is missing \(None\)"),
        (["a", "b", np.nan], ValueError, r"ids: the label in row 2 is missing \(nan\)"),
        (pd.array([1, 2, None]), ValueError, r"row 2 is missing \(<NA>\)"),
        ([pd.Timestamp(0), pd.NaT, 3], ValueError, r"row 1 is missing \(NaT\)"),
        (["a", ["b"], "c"], TypeError, r"row 1 is \['b'\] of type list, which is not hashable"),
        ("abc", TypeError, "ids must be a sequence of labels with an order.* got 'abc'"),
        ({"a", "b", "c"}, TypeError, "ids must be a sequence of labels with an order"),
        ({"a": 1, "b": 2, "c": 3}, TypeError, "ids must be a sequence of labels with an order"),
        (pd.DataFrame({"id": IDS}), TypeError, "ids must be a sequence of labels with an order"),
        (np.array([IDS]), TypeError, "ids must be a sequence of labels with an order"),
        (np.array("a"), TypeError, "ids must be a sequence of labels with an order"),
        ([1, 2, Decimal("nan")], ValueError, r"row 2 is missing \(Decimal\('NaN'\)\)"),
        (np.array([1, 2, "NaT"], "m8[D]"), ValueError, "row 2 is missing"),
        (
            np.array([1, 2, 2**24 + 1], np.float32),
            ValueError,
            r"row 2 is 16777216.0 as a float \(float32\), which cannot tell integers",
        ),
        (3, TypeError, "ids must be a sequence of labels with an order.* got 3"),
    ],
)
def test_bad_ids(ids, error, message):
    with pytest.raises(error, match=message):
        Kinship(K, ids)


def test_rounding_errors_of_symmetry_are_accepted():
    Kinship(K + np.triu(np.full((3, 3), 1e-12), 1), IDS)
    Kinship(np.eye(2, dtype=np.float32) + np.float32([[0, 1e-6], [0, 0]]), ["a", "b"])


def test_large_matrices_are_checked_everywhere():
    matrix = np.eye(1300)
    matrix[1200, 100] = 0.5
    with pytest.raises(ValueError, match=re.escape("matrix[100, 1200] is 0.0")):
        Kinship(matrix, range(1300))


# Remedies


FULL = np.array([[1.0, 0.5, 0.25], [0.5, 1.0, 0.3], [0.25, 0.3, 1.0]])


@pytest.mark.parametrize(
    "matrix",
    [
        np.triu(FULL),
        np.tril(FULL),
        np.where(np.tri(3, dtype=bool), FULL, np.nan),
        np.where(np.tri(3, dtype=bool).T, FULL, np.nan),
        np.where(np.tri(3, dtype=bool), FULL, np.inf),
        FULL + np.array([[0, 1e-3, 0], [-1e-3, 0, 0], [0, 0, 0]]),
    ],
)
@pytest.mark.parametrize("dtype", [float, np.float32])
def test_the_remedy_gives_the_whole_matrix(matrix, dtype):
    matrix = matrix.astype(dtype)
    with pytest.raises(ValueError, match=r"matrix must be (symmetric|finite)") as caught:
        Kinship(matrix, IDS)
    remedy = re.search(r"use (.*)\.$", str(caught.value)).group(1)
    repaired = eval(remedy, {"np": np, "matrix": matrix})
    np.testing.assert_allclose(Kinship(repaired, IDS).matrix, FULL, atol=1e-5)


@pytest.mark.parametrize("text", ["1_1", "x", "0x1", "1,5", "nan", "", "\u0663", "1 2", b"1_1"])
@pytest.mark.parametrize("container", ["array", "objects", "frame", "categories"])
def test_text_is_not_read_as_another_number(text, container):
    """It is named, and no conversion is advised: to Python "1_1" is 11."""
    matrix = FULL.astype(object)
    matrix[0, 1] = matrix[1, 0] = text
    if container in ("array", "objects"):
        matrix = matrix.astype(type(text)) if container == "array" else matrix
        with pytest.raises(
            TypeError, match=rf"matrix\[0, 1\] is {re.escape(repr(text))}"
        ) as error:
            Kinship(matrix, IDS)
        assert "float" not in str(error.value)
        return
    frame = pd.DataFrame(matrix, IDS, IDS).astype("category" if container != "frame" else object)
    with pytest.raises(ValueError, match=r"frame must hold numbers, but row \d of column 'a' is"):
        Kinship.from_dataframe(frame)


@pytest.mark.parametrize("kind", [float, "Float64", "float32", object])
def test_numbers_of_any_type_in_a_frame(kind):
    frame = pd.DataFrame(FULL, IDS, IDS).astype(kind)
    np.testing.assert_allclose(Kinship.from_dataframe(frame).matrix, FULL, rtol=1e-7)


@pytest.mark.parametrize("kind", [str, "string", "category"])
def test_text_and_categories_in_a_frame(kind):
    frame = pd.DataFrame(FULL, IDS, IDS).astype(str).astype(kind)
    with pytest.raises(
        ValueError, match=r"frame must hold numbers.*Convert it by astype\(float\)"
    ):
        Kinship.from_dataframe(frame)
    np.testing.assert_array_equal(Kinship.from_dataframe(frame.astype(float)).matrix, FULL)


def test_rows_and_columns_in_different_orders():
    frame = pd.DataFrame(FULL, index=IDS, columns=IDS)[list(reversed(IDS))]
    with pytest.raises(
        ValueError, match=r"same samples in the same order.*from_dataframe"
    ) as caught:
        Kinship(frame.to_numpy(), IDS)
    assert "/ 2" not in str(caught.value)
    np.testing.assert_array_equal(Kinship.from_dataframe(frame).matrix, FULL)


@pytest.mark.parametrize(
    ("rows", "columns", "remedy"),
    [([1, 2, 3], ["1", "2", "3"], "int"), (["1", "2", "3"], [1, 2, 3], "str")],
)
def test_labels_of_two_types(rows, columns, remedy):
    frame = pd.DataFrame(FULL, index=rows, columns=columns)
    message = rf"Use frame.columns = frame.columns.map\({remedy}\)"
    with pytest.raises(ValueError, match=message):
        Kinship.from_dataframe(frame)
    frame.columns = frame.columns.map({"int": int, "str": str}[remedy])
    assert list(Kinship.from_dataframe(frame).ids) == rows
    frame = pd.DataFrame(FULL, columns=["1", "2", "3"]).assign(id=[1, 2, 3])
    with pytest.raises(ValueError, match="Convert the column 'id' to str"):
        Kinship.from_dataframe(frame, id_column="id")
    frame["id"] = frame["id"].astype(str)
    assert list(Kinship.from_dataframe(frame, id_column="id").ids) == ["1", "2", "3"]


def test_labels_in_another_spelling():
    frame = pd.DataFrame(FULL, index=["a", "b ", "c"], columns=["a", "b", "c"])
    with pytest.raises(ValueError, match=r"'b ' nearly matches 'b': write both in the same way"):
        Kinship.from_dataframe(frame)
    kinship = Kinship(FULL, ["a1", "b1", ("F", "c1")])
    for label, message in (
        ("A1", r"The kinship has 'a1', which nearly matches: write both in the same way"),
        ("a01", r"The kinship has 'a1', which nearly matches"),
        (b"a1", r"of type bytes, and the kinship has 'a1' of type str: convert one of them"),
        ("c1", r"The kinship has \('F', 'c1'\), of which this is one part: make pairs of"),
        (("F", "a1"), r"The kinship has 'a1', which is one part of it: leave out the family"),
    ):
        with pytest.raises(KeyError, match=message):
            kinship.rows([label])


def test_the_kinship_of_others():
    kinship = Kinship(FULL, IDS)
    with pytest.raises(KeyError, match="It has none of these labels, and seems to be the kinship"):
        kinship.rows(["x", "y"])
    with pytest.raises(KeyError) as caught:
        kinship.rows(["x", IDS[0]])
    assert "none of these" not in str(caught.value)


@pytest.mark.parametrize("triangle", [np.tril, np.triu])
def test_a_triangle_without_its_diagonal(triangle):
    matrix = triangle(FULL) - np.diag(np.diag(FULL))
    with pytest.raises(ValueError, match="Only one triangle is filled, and the diagonal is 0"):
        Kinship(matrix, IDS)


def test_the_remedy_of_a_frame():
    lower = pd.DataFrame(np.where(np.tri(3, dtype=bool), FULL, np.nan), IDS, IDS)
    frame = lower[["c", "a", "b"]]
    with pytest.raises(ValueError, match=r"matrix must be finite.*Only one triangle") as caught:
        Kinship.from_dataframe(frame)
    assert "matrix = frame[frame.index].to_numpy()" in caught.value.__notes__[0]
    matrix = frame[frame.index].to_numpy()
    repaired = np.tril(matrix) + np.tril(matrix, -1).T
    np.testing.assert_array_equal(Kinship(repaired, frame.index).matrix, FULL)


@pytest.mark.parametrize("pair", [("F", np.nan), ("F", None), (np.nan, "a")])
def test_pairs_with_a_missing_part(pair):
    with pytest.raises(ValueError, match="the label in row 1 is missing"):
        Kinship(np.eye(2), [("F", "a"), pair])


def test_pairs_with_an_integer_that_became_a_float():
    with pytest.raises(ValueError, match="cannot tell integers of that size apart"):
        Kinship(np.eye(2), [("F", 1), ("F", 84000301234567811.0)])
