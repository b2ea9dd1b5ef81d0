"""Whole numbers in an index: labels, or numbers of rows that a filter or a split has left?"""

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.model_selection import (
    GroupKFold,
    KFold,
    LeaveOneOut,
    ShuffleSplit,
    cross_val_score,
    train_test_split,
)
from sklearn.utils import resample, shuffle

from sklmm import Kinship, LMMRegressor
from sklmm.metrics import predictive_ability
from sklmm.model_selection import cross_val_predict
from sklmm.plotting import PredictionDisplay

N = 30
rng = np.random.default_rng(0)
Y = rng.standard_normal(N)
AGE = rng.uniform(5, 9, N)
SHUFFLED = rng.permutation(N)
CONTAINERS = {
    "array": lambda labels: np.asarray(labels)[:, None],
    "list": lambda labels: [[label] for label in labels],
    "objects": lambda labels: np.array(list(zip(labels, AGE, strict=False)), dtype=object),
    "polars": lambda labels: pl.DataFrame({"id": list(labels)}),
    "frame": lambda labels: pd.DataFrame({"id": labels}),
    "frame of names": lambda labels: pd.DataFrame(
        {"id": labels}, index=[f"row {row}" for row in range(len(labels))]
    ),
}
SAME = "have the same labels in different orders"


def kinship(labels):
    return Kinship(np.eye(len(labels)) + 0.1, list(labels))


def of(labels):
    """A model whose X has these individuals in its first column."""
    return LMMRegressor(kinship(labels), sample_id=0, h=0.5)


@pytest.mark.parametrize("first", [0, 1, 101])
@pytest.mark.parametrize("name", [None, "id", "litter"])
@pytest.mark.parametrize("container", CONTAINERS)
def test_numbers_that_repeat_are_no_numbers_of_rows(container, name, first):
    """Litters, or animals with several records."""
    litters = np.repeat(np.arange(first, first + N // 3), 3)
    X, lmm = CONTAINERS[container](litters), of(range(first, first + N // 3))
    y = pd.Series(Y, index=pd.Index(litters, name=name))
    expected = lmm.fit(X, Y).v_
    assert lmm.fit(X, y).v_ == expected
    for other in (y.iloc[SHUFFLED], y.sort_values(), y.iloc[::-1]):
        for call in (lmm.fit, lmm.score):
            with pytest.raises(ValueError, match=rf"{SAME}|X and y have different indexes"):
                call(X, other)
        with pytest.raises(ValueError, match=rf"{SAME}|X and groups have different indexes"):
            cross_val_predict(lmm, X, Y, cv=GroupKFold(3), groups=other)


@pytest.mark.parametrize("n", [10, 20, 29])
@pytest.mark.parametrize("first", [0, 1, 2])
@pytest.mark.parametrize("name", [None, "id", "other"])
@pytest.mark.parametrize("container", CONTAINERS)
def test_a_part_of_the_labels(container, name, first, n):
    """The very labels of the rows are no coincidence, though they may be numbers of rows."""
    labels = np.random.default_rng(3).choice(N, n, replace=False) + first
    X, lmm = CONTAINERS[container](labels), of(range(first, first + N))
    y = pd.Series(Y[:n], index=pd.Index(labels, name=name))
    expected = lmm.fit(X, Y[:n]).v_
    assert lmm.fit(X, y).v_ == expected
    others = [y.iloc[::-1], y.sort_values()]
    if container.startswith("frame"):
        others.append(y.sort_index())
    for other in others:
        with pytest.raises(ValueError, match=SAME):
            lmm.fit(X, other)


def test_labels_as_text_beside_numbers():
    labels = rng.choice(N, 20, replace=False)
    y = pd.Series(Y[:20], index=labels)
    X = pd.DataFrame({"id": labels.astype(str)})
    lmm = of([str(number) for number in range(N)])
    lmm.fit(X, y)
    with pytest.raises(ValueError, match=rf"{SAME}.* Write the labels in the same way in both"):
        lmm.fit(X, y.sort_index())


@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_numbers_of_rows_are_never_refused(data):
    """Whatever labels there are, in whatever order, and whatever split was made."""
    n = data.draw(st.integers(20, 30))
    kind = data.draw(st.sampled_from(["any", "reversed", "blocks", "two swapped", "sorted"]))
    labels = np.arange(n)
    if kind == "any":
        labels = np.random.default_rng(data.draw(st.integers(0, 999))).permutation(n)
    if kind == "reversed":
        labels = labels[::-1]
    if kind == "blocks":
        labels = np.arange(n // 4 * 4).reshape(-1, 4)[:, ::-1].ravel()
    if kind == "two swapped":
        i, j = data.draw(st.tuples(st.integers(0, n - 1), st.integers(0, n - 1)))
        labels[[i, j]] = labels[[j, i]]
    labels = labels + data.draw(st.sampled_from([0, 1, 7]))
    size, container = len(labels), data.draw(st.sampled_from(["array", "polars", "frame"]))
    X, y = CONTAINERS[container](labels), pd.Series(Y[:size])
    lmm = of(data.draw(st.sampled_from([sorted(labels), list(range(40))])))
    lmm.fit(X, y)
    if container != "polars":
        lmm.fit(*shuffle(X, y, random_state=0))
        lmm.fit(*resample(X, y, random_state=0))
        train, test, y_train, y_test = train_test_split(X, y, random_state=0)
        lmm.fit(train, y_train).score(test, y_test)
    folds = np.repeat(np.arange(size), 4)[:size]
    for cv in (KFold(3), KFold(2), LeaveOneOut(), GroupKFold(4), ShuffleSplit(3, random_state=0)):
        pairs = cv.split(labels, groups=folds if isinstance(cv, GroupKFold) else None)
        for train, _ in list(pairs)[:4]:
            part = X[train] if container != "frame" else X.iloc[train]
            lmm.fit(part, y.iloc[train]).predict(part)


def test_row_numbers_of_two_tables_that_are_put_together():
    """Without ignore_index they repeat."""
    labels = np.r_[rng.permutation(N // 2), rng.permutation(N // 2)] + 1
    y = pd.concat([pd.Series(Y[: N // 2]), pd.Series(Y[N // 2 :])])
    lmm = of(range(1, 1 + N // 2))
    for container in ("array", "polars"):
        lmm.fit(CONTAINERS[container](labels), y)
    X = pd.DataFrame({"id": labels}, index=y.index)
    lmm.fit(X, y).predict(X)


IDS = rng.permutation(60) + 1
TABLE = pd.DataFrame({"animal": IDS, "age": rng.uniform(5, 9, 60), "w": rng.standard_normal(60)})
FILTERED = TABLE[TABLE["age"] > 6]
BY_ANIMAL = LMMRegressor(kinship(range(1, 61)), sample_id="animal", h=0.5)


def test_predictions_by_row_number_beside_observations_by_label():
    y = TABLE.set_index("animal")["w"]
    X = TABLE[["animal", "age"]]
    train, test, y_train, y_test = train_test_split(X, y, random_state=0)
    predicted = BY_ANIMAL.fit(train, y_train).predict(test)
    expected = predictive_ability(y_test.to_numpy(), predicted)
    y_pred = pd.Series(predicted, index=test.index)
    assert predictive_ability(y_test, y_pred) == expected
    PredictionDisplay.from_predictions(y_test, y_pred)
    lacking = y_pred.set_axis([*y_test.index[:0:-1], 61])
    for wrong in (y_pred.set_axis(y_test.index[::-1].to_numpy()), lacking):
        with pytest.raises(ValueError, match="have different indexes"):
            predictive_ability(y_test, wrong)


def test_genotypes_by_label_beside_a_filtered_table():
    animals = pd.RangeIndex(1, 61, name="animal")
    genotypes = pd.DataFrame(rng.integers(0, 3, (60, 90)), index=animals)
    X, y = genotypes.loc[FILTERED["animal"]].astype(float), FILTERED["w"]
    lmm = LMMRegressor(h=0.5)
    assert lmm.fit(X, y).v_ == lmm.fit(X, y.to_numpy()).v_
    assert np.isfinite(cross_val_score(lmm, X, y, cv=3, error_score="raise")).all()


def test_no_merge_is_advised_for_numbers_of_rows():
    X, y = FILTERED[["animal", "age"]].reset_index(drop=True), FILTERED["w"]
    BY_ANIMAL.fit(X, y)
    with pytest.raises(ValueError, match="Numbers of rows are no labels: take X and y") as error:
        cross_val_score(BY_ANIMAL, X, y, cv=3, error_score="raise")
    assert "merge" not in str(error.value)
    expected = cross_val_score(BY_ANIMAL, FILTERED[["animal", "age"]], y, cv=3)
    np.testing.assert_array_equal(cross_val_score(BY_ANIMAL, X, y.to_numpy(), cv=3), expected)


def test_a_whole_table_by_label_beside_a_filtered_one():
    X, y = FILTERED[["animal", "age"]], TABLE.set_index("animal")["w"]
    message = r"X and y have different indexes.* Use y.loc\[X\['animal'\]\].to_numpy\(\)\.$"
    for order in (y, y.sort_index()):
        with pytest.raises(ValueError, match=message):
            BY_ANIMAL.fit(X, order)
    expected = BY_ANIMAL.fit(X, FILTERED["w"]).v_
    assert BY_ANIMAL.fit(X, y.loc[X["animal"]].to_numpy()).v_ == expected


@pytest.mark.parametrize("plots", [pd.RangeIndex(1, 61, name="plot"), pd.RangeIndex(1, 61)])
def test_the_name_of_the_column_beside_plots_of_the_same_numbers(plots):
    X = pd.DataFrame({"animal": IDS}, index=plots.rename("plot"))
    means = TABLE.set_index("animal")["w"].sort_index()
    with pytest.raises(ValueError, match=rf"X\['animal'\] and the index of y {SAME}"):
        BY_ANIMAL.fit(X, means)
    BY_ANIMAL.fit(X, TABLE["w"].set_axis(plots.rename("plot")))


@pytest.mark.parametrize("as_text", [True, False])
@pytest.mark.parametrize("name", [None, "id"])
def test_text_in_one_index_beside_numbers_in_the_other(name, as_text):
    numbers = pd.Index(np.arange(101, 101 + N), name=name)
    text = numbers.astype(str)
    in_X, in_y = (text, numbers) if as_text else (numbers, text)
    X, y = pd.DataFrame({"age": AGE}, index=in_X), pd.Series(Y, index=in_y)
    lmm = LMMRegressor(kernel="rbf", h=0.5)
    assert lmm.fit(X, y).v_ == lmm.fit(X, Y).v_
    message = "have different indexes.* Write the labels in the same way in both"
    with pytest.raises(ValueError, match=message):
        lmm.fit(X, y.iloc[SHUFFLED])
    with pytest.raises(ValueError, match=message):
        predictive_ability(pd.Series(Y, index=in_X), y.iloc[SHUFFLED])
    groups = pd.Series(SHUFFLED % 3, index=in_y).iloc[SHUFFLED]
    with pytest.raises(ValueError, match=message):
        cross_val_predict(lmm, X, Y, cv=GroupKFold(3), groups=groups)


@pytest.mark.parametrize("first", [0, 1])
def test_row_numbers_beside_text_that_is_digits(first):
    names = [str(number + first) for number in np.roll(np.arange(N), 7)]
    X, y = pd.DataFrame({"age": AGE}, index=names), pd.Series(Y)
    lmm = LMMRegressor(kernel="rbf", h=0.5)
    lmm.fit(X, y)
    lmm.fit(*shuffle(X, y, random_state=0))
    for cv in (3, 10, LeaveOneOut()):
        cross_val_score(lmm, X, y, cv=cv, error_score="raise", scoring="neg_mean_squared_error")


def test_a_fold_whose_row_numbers_are_exactly_the_labels():
    """Text 0 to n - 1, and a row left out that is called by its number: that is not decided."""
    names = ["0", *map(str, range(N - 1, 0, -1))]
    X, y = pd.DataFrame({"age": AGE}, index=names), pd.Series(Y)
    lmm = LMMRegressor(kernel="rbf", h=0.5)
    kept = np.arange(N) != 0
    assert lmm.fit(X, y).v_ == lmm.fit(X.to_numpy(), Y).v_
    with pytest.raises(ValueError, match=r"different indexes.* or use y\.to_numpy\(\) if the"):
        lmm.fit(X[kept], y[kept])
    assert lmm.fit(X[kept], y[kept].to_numpy()).v_ == lmm.fit(X[kept].to_numpy(), Y[kept]).v_
    for cv in (KFold(3, shuffle=True, random_state=0), LeaveOneOut()):
        cross_val_score(lmm, X, Y, cv=cv, error_score="raise", scoring="neg_mean_squared_error")


def test_numbers_of_rows_are_not_the_labels_of_the_kinship():
    X = FILTERED[["animal", "age"]]
    with pytest.raises(ValueError, match=r"Name the column of X .* such as sample_id='animal'\.$"):
        LMMRegressor(kinship(range(1, 61))).fit(X, FILTERED["w"])
    with pytest.raises(ValueError, match="the labels, such as sample_id='animal'") as error:
        LMMRegressor(kinship(range(1, 61)), sample_id="Animal").fit(X, FILTERED["w"])
    assert "index" not in str(error.value)
    with pytest.raises(ValueError, match="convert one of them") as error:
        BY_ANIMAL.fit(X.assign(animal=X["animal"].astype(str)), FILTERED["w"])
    assert "index" not in str(error.value)


@pytest.mark.parametrize("counts", [pd.RangeIndex(N), pd.Index(range(N)).astype("int64")])
def test_a_default_index_beside_that_of_a_shuffled_table(counts):
    """It says nothing beside names, and not the same as its own numbers in another order."""
    names = [f"line{row}" for row in range(N)]
    X = pd.DataFrame({"id": names})
    lmm = of(names)
    y = pd.Series(Y, index=counts)
    for index in (None, names, [f"plot{row}" for row in range(N)]):
        assert lmm.fit(X.set_axis(index, axis=0) if index else X, y).v_ == lmm.fit(X, Y).v_
    with pytest.raises(ValueError, match="have different indexes"):
        lmm.fit(X.set_axis(SHUFFLED, axis=0), y)


def test_a_list_of_counts_is_no_default_index():
    """It is of the first rows of a table, and that of X of others."""
    names = [f"line{row}" for row in range(N)]
    X = pd.DataFrame({"id": names}).iloc[10:]
    y = pd.Series(Y[:20], index=list(range(20)))
    with pytest.raises(ValueError, match="have different indexes"):
        of(names).fit(X, y)
    assert of(names).fit(X, y.reset_index(drop=True)).v_ == of(names).fit(X, Y[:20]).v_


def test_large_numbers_that_are_all_individuals():
    """They are labels, though none of them is in the column."""
    labels = list(range(101, 101 + N))
    X, y = pd.DataFrame({"id": labels[:15]}), pd.Series(Y[:15], index=labels[15:])
    with pytest.raises(ValueError, match=SAME):
        of(labels).fit(X, y)
    expected = of(labels).fit(X, Y[:15]).v_
    assert of(labels).fit(X, y.rename_axis("plot")).v_ == expected
    partly = pd.Series(Y[:15], index=[*labels[1:12], 901, 902, 903, 904])
    assert of(labels).fit(X, partly).v_ == expected
