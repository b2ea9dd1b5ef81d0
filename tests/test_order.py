"""Nobody is paired with somebody else's value: y, weights and groups in another order."""

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import make_scorer, r2_score
from sklearn.model_selection import (
    GridSearchCV,
    KFold,
    LeaveOneOut,
    ShuffleSplit,
    cross_val_score,
    train_test_split,
)
from sklearn.pipeline import make_pipeline
from sklearn.utils import shuffle

from sklmm import Kinship, LMMRegressor
from sklmm.metrics import predictive_ability
from sklmm.model_selection import cross_val_predict
from sklmm.plotting import PredictionDisplay

N = 40
NAMES = np.array([f"line{number:02d}" for number in range(N)])
WHERE = {
    "array": (lambda ids: np.asarray(ids, dtype=object)[:, None], 0, r"X\[:, 0\]"),
    "list": (lambda ids: [[label] for label in ids], 0, r"X\[:, 0\]"),
    "pandas": (lambda ids: pd.DataFrame({"id": list(ids)}), "id", r"X\['id'\]"),
    "by position": (lambda ids: pd.DataFrame({"id": list(ids)}), 0, r"X\['id'\]"),
    "polars": (lambda ids: pl.DataFrame({"id": list(ids)}), "id", r"X\['id'\]"),
}
KINDS = {
    "Series": lambda values, index: pd.Series(values, index=index),
    "frame": lambda values, index: pd.DataFrame({"y": values}, index=index),
    "two traits": lambda values, index: pd.DataFrame({"y": values, "z": -values}, index=index),
}


def relationships(ids):
    rng = np.random.default_rng(0)
    Z = rng.standard_normal((len(ids), 2 * len(ids)))
    return Kinship(Z @ Z.T / Z.shape[1], ids)


def values_of(ids):
    return np.random.default_rng(1).standard_normal(len(ids))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("container", WHERE)
def test_an_index_with_the_labels_in_another_order(container, kind):
    make, sample_id, source = WHERE[container]
    X, y = make(NAMES), KINDS[kind](values_of(NAMES), NAMES)
    lmm = LMMRegressor(relationships(NAMES), sample_id=sample_id).fit(X, y)
    other = y.sample(frac=1, random_state=0)
    message = (
        rf"{source} and the index of y have the same labels in different orders, .*: row 0 is "
        rf"'line00' in the one and '{other.index[0]}' in the other.* Use y.loc\[{source}\], or "
        r"y.to_numpy\(\) if the order is right"
    )
    with pytest.raises(ValueError, match=message):
        lmm.fit(X, other)
    with pytest.raises(ValueError, match=message):
        lmm.score(X, other)
    for refit in (None, "h"):
        with pytest.raises(ValueError, match=message):
            cross_val_predict(lmm, X, other, refit=refit)
    if kind == "Series":
        with pytest.raises(ValueError, match=message):
            PredictionDisplay.from_estimator(lmm, X, other)


@pytest.mark.parametrize("container", ["array", "pandas", "polars"])
def test_the_remedy_pairs_the_right_rows(container):
    make, sample_id, _ = WHERE[container]
    X, y = make(NAMES), pd.Series(values_of(NAMES), index=NAMES)
    lmm = LMMRegressor(relationships(NAMES), sample_id=sample_id).fit(X, y)
    other = y.sample(frac=1, random_state=0)
    source = X[:, 0] if container == "array" else X["id"]
    assert LMMRegressor(**lmm.get_params()).fit(X, other.loc[source]).h_ == lmm.h_
    LMMRegressor(**lmm.get_params()).fit(X, other.to_numpy())


@given(data=st.data())
def test_any_pair_of_rows_that_are_swapped_is_seen(data):
    """With labels of any kind but row numbers."""
    kind = data.draw(st.sampled_from(["text", "numbers", "digits", "pairs"]))
    labels = {
        "text": list(NAMES),
        "numbers": [1000 + number for number in range(N)],
        "digits": [str(number) for number in range(N)],
        "pairs": [(name[:5], name) for name in NAMES],
    }[kind]
    X = np.empty((N, 1), dtype=object)
    X[:, 0] = labels
    order = list(range(N))
    i, j = data.draw(st.lists(st.integers(0, N - 1), min_size=2, max_size=2, unique=True))
    order[i], order[j] = order[j], order[i]
    index = pd.Index([labels[row] for row in order], tupleize_cols=kind == "pairs")
    with pytest.raises(ValueError, match="have the same labels in different orders"):
        LMMRegressor(relationships(labels), sample_id=0).fit(X, pd.Series(range(N), index=index))


@pytest.mark.parametrize("labels", [np.arange(N), np.arange(N)[::-1], 1 + np.arange(N)[::-1]])
def test_row_numbers_are_no_labels(labels):
    """Whatever split, shuffle or search they went through."""
    X, y = labels[:, None], pd.Series(values_of(labels))
    lmm = LMMRegressor(relationships(labels), sample_id=0)
    expected = lmm.fit(X, y.to_numpy()).h_
    assert lmm.fit(X, y).h_ == expected
    assert lmm.fit(*shuffle(X, y, random_state=0)).h_ == pytest.approx(expected, abs=1e-6)
    X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0)
    lmm.fit(X_train, y_train).score(X_test, y_test)
    splitters = (KFold(3), KFold(4, shuffle=True, random_state=0), ShuffleSplit(3, random_state=0))
    for cv in splitters:
        assert np.isfinite(cross_val_score(lmm, X, y, cv=cv)).all()
    scorer = make_scorer(r2_score)
    cross_val_score(lmm, X, y, cv=KFold(4), scoring=scorer)
    np.testing.assert_allclose(
        cross_val_predict(lmm, X, y, cv=LeaveOneOut()),
        cross_val_predict(lmm, X, y.to_numpy(), cv=LeaveOneOut()),
    )
    GridSearchCV(make_pipeline(lmm), {"lmmregressor__h": [0.2, 0.4]}, cv=3).fit(X, y)
    lmm.fit(pd.DataFrame({"id": labels}), y)


@pytest.mark.parametrize("n_folds", [2, 5])
def test_the_order_is_seen_in_folds_of_other_tools(n_folds):
    """Where the rows of a fold and of its y are other individuals, too."""
    y = pd.Series(values_of(NAMES), index=NAMES)
    lmm = LMMRegressor(relationships(NAMES), sample_id=0)
    X = NAMES[:, None]
    cross_val_score(lmm, X, y, cv=n_folds)
    with pytest.raises(ValueError, match="have the same labels in different orders"):
        cross_val_score(lmm, X, y.sample(frac=1, random_state=0), cv=n_folds, error_score="raise")


def test_labels_in_another_spelling_are_labels():
    y = pd.Series(values_of(NAMES), index=[name.upper() + " " for name in NAMES])
    X = NAMES[:, None]
    lmm = LMMRegressor(relationships(NAMES), sample_id=0).fit(X, y)
    with pytest.raises(ValueError, match=r"same labels in different orders.* in the same way"):
        lmm.fit(X, y[::-1])


def test_an_index_of_several_levels():
    y = pd.Series(values_of(NAMES), index=[NAMES, ["north"] * N])
    X = NAMES[:, None]
    lmm = LMMRegressor(relationships(NAMES), sample_id=0).fit(X, y)
    with pytest.raises(ValueError, match="same labels in different orders"):
        lmm.fit(X, y[::-1])


def test_an_index_that_names_others_says_nothing():
    """Plots, or calves of dams: not the individuals in the id column."""
    dams = np.repeat(NAMES[:10], 4)
    plots = [f"plot {number}" for number in range(N)]
    lmm = LMMRegressor(relationships(NAMES), sample_id=0)
    for index in (plots, NAMES, pd.date_range("2020-01-01", periods=N)):
        lmm.fit(dams[:, None], pd.Series(values_of(NAMES), index=index))


@pytest.mark.parametrize("start", [14, 20])
@pytest.mark.parametrize("where", WHERE)
@pytest.mark.parametrize("ids", [NAMES, np.arange(101, 101 + N)], ids=["text", "integers"])
def test_y_of_other_individuals(ids, where, start):
    """A part of the labels or none is common: the kinship knows that they are individuals."""
    make, sample_id, source = WHERE[where]
    X, values = make(ids), pd.Series(values_of(NAMES), index=ids)
    rows, others = slice(20), slice(start, start + 20)
    lmm = LMMRegressor(relationships(ids), sample_id=sample_id).fit(X, values)
    message = f"{source} and the index of y have the same labels .* or of different samples"
    for use in (lmm.fit, lmm.score):
        with pytest.raises(ValueError, match=message):
            use(X[rows], values[others])
    with pytest.raises(ValueError, match=message):
        cross_val_predict(lmm, X[rows], values[others], cv=3)
    with pytest.raises(ValueError, match="would pair the wrong samples"):
        cross_val_score(lmm, X[rows], values[others], cv=3, error_score="raise")


@pytest.mark.parametrize("ids", [NAMES, np.arange(101, 101 + N)], ids=["text", "integers"])
def test_dams_that_are_individuals_of_the_kinship(ids):
    X, lmm = pd.DataFrame({"id": ids[:20]}), LMMRegressor(relationships(ids), sample_id="id")
    values = values_of(NAMES[:20])
    for index in (
        pd.Index(ids[20:], name="dam"),
        pd.Index(np.repeat(ids[20:30], 2), name="dam"),
        np.repeat(ids[20:30], 2),
    ):
        lmm.fit(X, pd.Series(values, index=index)).score(X, pd.Series(values, index=index))


def test_repeated_records():
    labels = np.repeat(NAMES[:20], 2)
    y = pd.Series(values_of(labels), index=labels)
    lmm = LMMRegressor(relationships(NAMES), sample_id=0).fit(labels[:, None], y)
    with pytest.raises(ValueError, match="take X and y from one table"):
        lmm.fit(labels[:, None], y[::-1])


def test_records_that_are_numbered_by_their_label():
    labels = np.repeat(NAMES[:20], 2)
    numbered = [f"{label}.1" if row % 2 else label for row, label in enumerate(labels)]
    LMMRegressor(relationships(NAMES), sample_id=0).fit(
        labels[:, None], pd.Series(values_of(labels), index=numbered)
    )


@pytest.mark.parametrize("stranger", ["line99", "somebody", "line39"])
def test_one_row_of_somebody_else(stranger):
    X, index = NAMES[:20, None], [*NAMES[:19].tolist(), stranger]
    lmm = LMMRegressor(relationships(NAMES), sample_id=0)
    with pytest.raises(ValueError, match=f"row 19 is 'line19' in the one and '{stranger}' in"):
        lmm.fit(X, pd.Series(values_of(index), index=index))


def test_numbers_of_rows_are_not_advised_as_labels():
    """IDs that are numbers may be among the numbers of rows, and mean others."""
    labels = list(range(N))[::-1]
    X, y = pd.DataFrame({"id": labels}), pd.Series(values_of(labels))
    lmm = LMMRegressor(relationships(labels), sample_id="id")
    with pytest.raises(ValueError, match="X and y have different indexes") as error:
        lmm.fit(X.loc[[0, 2, 5, 7]], y.loc[[7, 5, 2, 0]])
    assert "X['id']" not in str(error.value)
    with pytest.raises(ValueError, match=r"If the index of y has the labels, use y.loc\[X"):
        lmm.fit(X.loc[[0, 2, 5, 7]], y.loc[range(1, N)])


def test_records_that_R_has_numbered():
    labels = np.repeat(NAMES[:20], 2)
    numbered = [f"{label}.1" if row % 2 else label for row, label in enumerate(labels)]
    y = pd.Series(values_of(labels), index=numbered)
    lmm = LMMRegressor(relationships(NAMES), sample_id=0).fit(labels[:, None], y)
    with pytest.raises(ValueError, match="take X and y from one table"):
        lmm.fit(labels[:, None], y[::-1])


def test_an_index_that_contradicts_its_own_column():
    X = pd.DataFrame({"id": NAMES}, index=NAMES[::-1])
    lmm = LMMRegressor(relationships(NAMES), sample_id="id")
    message = r"X\['id'\] and the index of X have the same labels in different orders.*reset_index"
    with pytest.raises(ValueError, match=message):
        lmm.fit(X, values_of(NAMES))
    lmm.fit(X.reset_index(drop=True), values_of(NAMES))


@pytest.mark.parametrize("first", [0, 1, 101])
@pytest.mark.parametrize("as_y", [lambda y: y, lambda y: y.to_frame(), lambda y: y.to_numpy()])
def test_numbers_of_plots_are_no_labels_of_lines(first, as_y):
    lines = np.random.default_rng(0).permutation(N) + first
    plots = pd.Index(range(first, first + N), name="plot")
    table = pd.DataFrame({"line": lines, "y": values_of(lines - first)}, index=plots[::-1])
    lmm = LMMRegressor(relationships(range(first, first + N)), sample_id="line")
    expected = lmm.fit(table[["line"]].reset_index(drop=True), table["y"].to_numpy()).h_
    found = lmm.fit(table[["line"]], as_y(table["y"])).h_
    np.testing.assert_allclose(found, expected, rtol=1e-12)
    if first == 101:
        with pytest.raises(ValueError, match="and the index of X have the same labels in differ"):
            lmm.fit(table[["line"]].rename_axis("line"), as_y(table["y"]))


def test_row_numbers_as_labels_in_the_order_of_the_rows():
    """An X that has lost its index does not contradict them."""
    lines = np.random.default_rng(0).permutation(N)
    X, y = pd.DataFrame({"id": lines}), pd.Series(values_of(range(N)), index=range(N))
    lmm = LMMRegressor(relationships(range(N)), sample_id="id")
    expected = lmm.fit(X, y.loc[lines].to_numpy()).h_
    assert lmm.fit(X, y.loc[X["id"]]).h_ == expected
    with pytest.raises(ValueError, match="X and y have different indexes"):
        lmm.fit(X, y.loc[lines[::-1]])


@pytest.mark.parametrize("index", ["rows", "plots", "several levels"])
def test_labels_in_the_right_order_beside_any_index_of_X(index):
    """After a split, X keeps the numbers of its rows, and y its labels."""
    X = pd.DataFrame({"id": NAMES})
    if index == "plots":
        X.index = [f"plot {number}" for number in range(N)]
    if index == "several levels":
        X.index = pd.MultiIndex.from_arrays([["north"] * N, NAMES])
    y = pd.Series(values_of(NAMES), index=NAMES)
    lmm = LMMRegressor(relationships(NAMES), sample_id="id")
    expected = lmm.fit(X, y.to_numpy()).h_
    assert lmm.fit(X, y).h_ == expected
    lmm.fit(X[5:], y[5:])
    assert np.isfinite(cross_val_score(lmm, X, y, cv=4, error_score="raise")).all()
    GridSearchCV(lmm, {"h": [0.2, 0.4]}, cv=3, error_score="raise").fit(X, y)
    with pytest.raises(ValueError, match=r"different (indexes|orders)"):
        lmm.fit(X[5:], y[5:][::-1])


def test_the_column_of_labels_is_no_trait():
    labels = np.arange(100, 100 + N)
    table = pd.DataFrame({"id": labels, "trait": values_of(labels)})
    X = table[["id"]]
    for sample_id in ("id", 0):
        lmm = LMMRegressor(relationships(labels), sample_id=sample_id)
        with pytest.raises(ValueError, match="y has the column 'id', which holds the labels"):
            lmm.fit(X, table)
        lmm.fit(X, table[["trait"]])


def test_labels_that_gaps_have_made_floats():
    kinship = Kinship.from_dataframe(pd.DataFrame(np.eye(2), [1.0, 2.0], [1, 2]))
    assert kinship.select([2, 1]).ids.tolist() == [2.0, 1.0]


def test_one_integer_label_too_few_on_each_side():
    labels = np.arange(101, 101 + N)
    y = pd.Series(values_of(range(N)), index=labels).drop(130)
    X = pd.DataFrame({"id": np.setdiff1d(labels, [105])})
    lmm = LMMRegressor(relationships(labels), sample_id="id")
    with pytest.raises(ValueError, match="y lacks 130, for example: take the rows that both have"):
        lmm.fit(X, y)
    both = X.merge(y.rename("y"), left_on="id", right_index=True)
    assert lmm.fit(both[["id"]], both["y"]).h_ == lmm.fit(both[["id"]], both["y"].to_numpy()).h_


@pytest.mark.parametrize("title", ["ID", "index", "animal"])
def test_a_column_of_labels_in_y(title):
    labels = np.arange(101, 101 + N)
    y = pd.DataFrame({title: labels[::-1], "t": values_of(range(N))})
    lmm = LMMRegressor(relationships(labels), sample_id="id")
    with pytest.raises(ValueError, match=f"y has the column '{title}', which holds the labels"):
        lmm.fit(pd.DataFrame({"id": labels}), y)


@pytest.mark.parametrize("join", ["_".join, " ".join, ":".join])
def test_pairs_that_programs_have_joined(join):
    pairs = [(f"F{number % 3}", f"m{number}") for number in range(N)]
    X = np.empty((N, 1), dtype=object)
    X[:, 0] = pairs
    y = pd.Series(values_of(range(N)), index=list(map(join, pairs)))
    lmm = LMMRegressor(relationships(pairs), sample_id=0).fit(X, y)
    with pytest.raises(ValueError, match="have the same labels in different orders"):
        lmm.fit(X, y[::-1])


@pytest.mark.parametrize("rows", [np.arange(14, N), np.arange(N)[::-2]])
def test_numbers_of_rows_beside_names_say_nothing(rows):
    """As in the folds of a cross-validation."""
    frame = pd.DataFrame({"id": NAMES}).iloc[rows]
    y = pd.Series(values_of(NAMES), index=[f"plot {name}" for name in NAMES]).iloc[rows]
    lmm = LMMRegressor(relationships(NAMES), sample_id="id")
    assert lmm.fit(frame, y).h_ == lmm.fit(frame, y.to_numpy()).h_
    assert lmm.fit(frame, y.set_axis(NAMES[rows])).h_ == lmm.h_
    numbered = pd.DataFrame({"age": np.sin(np.arange(N))}, index=NAMES).iloc[rows]
    kernel = LMMRegressor(kernel="rbf")
    expected = kernel.fit(numbered, y.to_numpy()).h_
    assert kernel.fit(numbered, y.reset_index(drop=True).set_axis(rows)).h_ == expected


@pytest.mark.parametrize("names", [["FID", "IID"], ["IID", "FID"]])
def test_a_level_that_has_the_labels_of_the_other(names):
    columns = {"FID": ["north"] * N, "IID": NAMES}
    index = pd.MultiIndex.from_arrays([columns[name] for name in names], names=names)
    frame = pd.DataFrame({"age": np.sin(np.arange(N))}, index=NAMES)
    y = pd.Series(values_of(NAMES), index=index)
    kernel = LMMRegressor(kernel="rbf")
    expected = kernel.fit(frame, y.to_numpy()).h_
    assert kernel.fit(frame, y).h_ == expected
    assert kernel.fit(frame.set_axis(index), y.set_axis(NAMES)).h_ == expected
    predictive_ability(y, (y**3).set_axis(NAMES))
    for wrong in (y[::-1], y.sort_values()):
        with pytest.raises(ValueError, match=r"X and y have different indexes.* y.droplevel\("):
            kernel.fit(frame, wrong)


@pytest.mark.parametrize("first", [0, 1])
def test_whole_numbers_that_are_called_labels(first):
    """In an index with the name of the column they are no numbers of rows."""
    labels = np.arange(first, first + N)
    shuffled = np.random.default_rng(0).permutation(labels)
    y = pd.Series(values_of(NAMES), index=pd.Index(labels, name="id"))
    X = pd.DataFrame({"id": shuffled})
    lmm = LMMRegressor(relationships(labels.tolist()), sample_id="id")
    for n in (N, N - 10):
        for index in (y.index, pd.RangeIndex(first, first + N, name="id")):
            with pytest.raises(ValueError, match="in different orders, or of different samples"):
                lmm.fit(X[:n], y.set_axis(index)[:n])
    lmm.fit(X, y.loc[X["id"]])
