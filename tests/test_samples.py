"""Whose row is this? Rows are matched by label, or refused."""

import re

import numpy as np
import pandas as pd
import polars as pl
import pytest
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import BaggingRegressor, StackingRegressor
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LinearRegression
from sklearn.model_selection import GridSearchCV, cross_val_predict, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, OrdinalEncoder, StandardScaler

from sklmm import Kinship, LMMRegressor


@pytest.fixture
def lmm(population):
    return LMMRegressor(population.kinship, sample_id="id")


def shuffled(population, seed=3):
    return np.random.default_rng(seed).permutation(len(population.y))


def test_rows_in_any_order(population, lmm):
    X, y = population.frame, population.y
    expected = lmm.fit(X, y).predict(X)
    order = shuffled(population)
    predictions = lmm.fit(X.iloc[order], y[order]).predict(X)
    np.testing.assert_allclose(predictions, expected, rtol=1e-9)


def test_kinship_in_any_order(population, lmm):
    X, y = population.frame, population.y
    expected = lmm.fit(X, y).predict(X)
    order = shuffled(population)
    reordered = Kinship(population.K[np.ix_(order, order)], population.ids[order])
    predictions = lmm.set_params(kinship=reordered).fit(X, y).predict(X)
    np.testing.assert_allclose(predictions, expected, rtol=1e-9)


def test_cross_validation_does_not_depend_on_the_order_of_the_kinship(population, lmm):
    X, y = population.frame, population.y
    expected = cross_val_predict(lmm, X, y, cv=5)
    order = shuffled(population)
    reordered = Kinship(population.K[np.ix_(order, order)], population.ids[order])
    predictions = cross_val_predict(lmm.set_params(kinship=reordered), X, y, cv=5)
    np.testing.assert_allclose(predictions, expected, rtol=1e-9)


def test_containers_agree(population, lmm):
    frame, y = population.frame, population.y
    expected = lmm.fit(frame, y).predict(frame)
    polars = pl.from_dicts(frame.to_dict("records"))
    array = frame.to_numpy(dtype=object)
    for X, sample_id in [
        (polars, "id"),
        (polars, 1),
        (frame, 1),
        (frame, -2),
        (array, 1),
        (array.tolist(), 1),
        (frame.astype({"id": "category"}), "id"),
        (frame.astype({"id": "string"}), "id"),
        (frame.astype(str).to_numpy(dtype=str), 1),
    ]:
        predictions = lmm.set_params(sample_id=sample_id).fit(X, y).predict(X)
        np.testing.assert_allclose(predictions, expected, rtol=1e-12)


def test_labels_in_an_array_of_text(population, lmm):
    ids, y = population.ids[:, None], population.y
    expected = lmm.set_params(sample_id=0).fit(ids.astype(object), y).predict(ids.astype(object))
    np.testing.assert_array_equal(lmm.fit(ids.astype(str), y).predict(ids.astype(str)), expected)


@pytest.mark.parametrize("text", ["1_1", "x", "0x1", "1,5", "inf", "", "\u0663", "1 2", "True"])
def test_levels_in_an_array_of_text(population, lmm, text):
    """Such as np.column_stack makes of labels and levels; plain numbers alone are numbers."""
    X, y = population.frame.astype(str).to_numpy(dtype="U40"), population.y
    X[3, 0] = text
    with pytest.raises(ValueError, match=rf"Column 0 of X .* row 3 is {re.escape(repr(text))}"):
        lmm.set_params(sample_id=1).fit(X, y)
    with pytest.raises(ValueError, match=r"Column 0 of X .* row 0 is '.*' \(text\)"):
        lmm.fit(population.frame.astype(str).to_numpy(dtype=object), y)


def test_integer_labels_in_a_numeric_array(population):
    X = np.column_stack([np.arange(60.0), population.covariates])
    lmm = LMMRegressor(Kinship(population.K, range(60)), sample_id=0).fit(X, population.y)
    expected = LMMRegressor(population.kinship, sample_id=0).fit(population.array, population.y)
    np.testing.assert_allclose(lmm.predict(X[::-1]), expected.predict(population.array)[::-1])


def test_nothing_but_labels(population):
    X = population.ids[:, None]
    lmm = LMMRegressor(population.kinship, sample_id=0).fit(X, population.y)
    assert lmm.n_features_in_ == 1
    assert lmm.b_.shape == (1,)
    assert lmm.coef_.shape == (0,)
    np.testing.assert_allclose(lmm.predict(X), lmm.intercept_ + lmm.random_effects_, rtol=1e-10)


def test_label_column_counts_as_a_feature(population, lmm):
    lmm.fit(population.frame, population.y)
    assert lmm.n_features_in_ == 3
    assert list(lmm.feature_names_in_) == ["age", "id", "sex"]
    assert lmm.coef_.shape == (2,)


def test_new_individuals(population, lmm):
    X, y = population.frame, population.y
    seen, new = slice(0, 45), slice(45, None)
    lmm.fit(X[seen], y[seen])
    assert lmm.dual_coef_.shape == (45,)
    u = population.K[new, seen] @ lmm.dual_coef_
    expected = u + lmm.intercept_ + population.covariates[new] @ lmm.coef_
    np.testing.assert_allclose(lmm.predict(X[new]), expected, rtol=1e-12)


def test_repeated_records_of_an_individual(population, lmm):
    records = np.r_[np.arange(60), np.arange(20)]
    X = population.frame.iloc[records]
    y = population.y[records] + np.random.default_rng(0).standard_normal(80)
    lmm.fit(X, y)
    plain = LMMRegressor(population.K[np.ix_(records, records)])
    covariates = population.covariates[records]
    np.testing.assert_allclose(lmm.predict(X), plain.fit(covariates, y).predict(covariates))
    np.testing.assert_allclose(lmm.predict_random(X)[:20], lmm.predict_random(X)[60:])


def test_memmap(population, lmm, tmp_path):
    X, y = population.frame, population.y
    expected = lmm.fit(X, y).predict(X)
    np.save(tmp_path / "K.npy", population.K)
    mapped = Kinship(np.load(tmp_path / "K.npy", mmap_mode="r"), population.ids)
    predictions = lmm.set_params(kinship=mapped).fit(X, y).predict(X)
    np.testing.assert_array_equal(predictions, expected)
    np.testing.assert_array_equal(np.load(tmp_path / "K.npy"), population.K)


def test_bagging_passes_labels_on(population):
    X, y = population.array, population.y
    lmm = LMMRegressor(population.kinship, sample_id=0)
    bagging = BaggingRegressor(
        lmm, n_estimators=3, max_samples=0.7, bootstrap=False, random_state=0
    ).fit(X, y)
    by_hand = [lmm.fit(X[rows], y[rows]).predict(X) for rows in bagging.estimators_samples_]
    np.testing.assert_allclose(bagging.predict(X), np.mean(by_hand, axis=0), rtol=1e-9)


def test_bootstrap_copies_have_no_noise(population):
    """Copies of a sample with its y look like repeated records without error."""
    lmm = LMMRegressor(population.kinship, sample_id=0)
    bagging = BaggingRegressor(lmm, n_estimators=1, random_state=0)
    with pytest.warns(ConvergenceWarning, match="duplicated samples with the same y"):
        bagging.fit(population.array, population.y)


def test_stacking_passes_labels_on(population, lmm):
    X, y = population.frame, population.y
    stacking = StackingRegressor([("lmm", lmm)], LinearRegression(), cv=4).fit(X, y)
    inner = cross_val_predict(lmm, X, y, cv=4)[:, None]
    final = LinearRegression().fit(inner, y)
    expected = final.predict(lmm.fit(X, y).predict(X)[:, None])
    np.testing.assert_allclose(stacking.predict(X), expected, rtol=1e-9)


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_grid_search(population, lmm, n_jobs):
    X, y = population.frame, population.y
    search = GridSearchCV(lmm, {"method": ["reml", "ml"], "h": [None, 0.2]}, cv=4, n_jobs=n_jobs)
    search.fit(X, y)
    assert np.isfinite(search.cv_results_["mean_test_score"]).all()
    for parameters, score in zip(
        search.cv_results_["params"], search.cv_results_["mean_test_score"], strict=True
    ):
        by_hand = cross_val_score(lmm.set_params(**parameters), X, y, cv=4).mean()
        assert score == pytest.approx(by_hand, rel=1e-12)


def test_kinships_as_candidates_of_a_grid_search(population, lmm):
    kinships = [population.kinship, Kinship(np.eye(60), population.ids)]
    search = GridSearchCV(lmm, {"kinship": kinships, "h": [0.5]}, cv=4)
    search.fit(population.frame, population.y)
    assert search.best_params_["kinship"] is kinships[0]


def test_pipeline_with_scaled_covariates(population, lmm):
    X, y = population.frame, population.y
    expected = lmm.fit(X, y).predict(X)
    columns = ColumnTransformer(
        [("id", "passthrough", ["id"]), ("scaled", StandardScaler(), ["age", "sex"])]
    )
    for output, sample_id in [("default", 0), ("pandas", "id__id")]:
        pipeline = make_pipeline(
            columns.set_output(transform=output),
            LMMRegressor(population.kinship, sample_id=sample_id),
        )
        np.testing.assert_allclose(pipeline.fit(X, y).predict(X), expected, rtol=1e-9)


@pytest.mark.parametrize(
    "step", [StandardScaler(), OrdinalEncoder(), OneHotEncoder(sparse_output=False)]
)
def test_labels_that_went_through_a_scaler_or_encoder(population, step):
    numbers = np.arange(1, 61) * 10
    X = pd.DataFrame({"id": numbers, "age": population.covariates[:, 0]})
    columns = ColumnTransformer([("id", step, ["id"])], remainder="passthrough")
    lmm = LMMRegressor(Kinship(population.K, numbers), sample_id=0)
    with pytest.raises(
        ValueError, match=r"The column sample_id=0 of X has a label that the kinship lacks.*scaler"
    ):
        make_pipeline(columns, lmm).fit(X, population.y)


def test_sparse_X_is_refused(population, lmm):
    columns = ColumnTransformer([("id", OneHotEncoder(), ["id"])])
    with pytest.raises(TypeError, match=r"Sparse data was passed.*toarray"):
        make_pipeline(columns, lmm.set_params(sample_id=0)).fit(population.frame, population.y)


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        (["7"], r"column sample_id='id' of X has a label .* '7' is not in .* has 7 of type int"),
        (["7.0"], r"'7.0' is not in .* has 7 of type int"),
        (["x"], r"'x' is not in Kinship\(60 samples: 0, 1, 2, …\)"),
        ([7, 61, 62], r"The label 61 \(and 1 more\) is not in"),
        ([True], r"True is not in"),
        ([None], r"sample_id='id' of X: the label in row 0 is missing \(None\)"),
        ([7, np.nan], r"sample_id='id' of X: the label in row 1 is missing \(nan\)"),
        ([[7]], r"row 0 is \[7\] of type list, which is not hashable"),
    ],
)
@pytest.mark.parametrize("container", [pd.DataFrame, dict])
def test_unknown_labels_are_named(population, labels, message, container):
    kinship = Kinship(population.K, range(60))
    X = pd.DataFrame({"id": range(60)}, dtype=object)
    lmm = LMMRegressor(kinship, sample_id="id").fit(X, population.y)
    column = np.empty(len(labels), dtype=object)
    column[:] = labels
    new = pd.DataFrame({"id": column})
    if container is dict:
        lmm = LMMRegressor(kinship, sample_id=0).fit(X.to_numpy(), population.y)
        new, message = column[:, None], message.replace("sample_id='id'", "sample_id=0")
    with pytest.raises((ValueError, TypeError), match=message):
        lmm.predict(new)


def test_labels_that_a_float_cannot_hold(population):
    """2^53 + 1 is 2^53 as a float: the label of another sample."""
    big = [2**53 + k for k in range(60)]
    lmm = LMMRegressor(Kinship(population.K, big), sample_id=0)
    with pytest.raises(ValueError, match=r"row 0 is 9007199254740992.0 as a float \(float64\)"):
        lmm.fit(np.array(big, dtype=float)[:, None], population.y)
    lmm.fit(np.array(big)[:, None], population.y)
    small = [2**24 + k for k in range(60)]
    lmm = LMMRegressor(Kinship(population.K, small), sample_id=0)
    in_pandas = pd.DataFrame({"id": pd.array(small, dtype="Int64").astype("Float32")})
    in_polars = pl.DataFrame({"id": pl.Series(small, dtype=pl.Float32)})
    in_array = np.array(small, dtype=np.float32)[:, None]
    for X in (in_array, [[np.float32(k)] for k in small]):
        with pytest.raises(ValueError, match=r"row 0 is 16777216.0 as a float"):
            lmm.fit(X, population.y)
    for X in (in_pandas, in_polars):
        with pytest.raises(ValueError, match=r"row 0 is 16777216.0 as a float \(float32\)"):
            lmm.fit(X, population.y)


@pytest.mark.parametrize(
    ("sample_id", "container", "message"),
    [
        (
            "line",
            pd.DataFrame,
            r"sample_id='line' names 0 columns of X, whose columns are \['age'",
        ),
        (True, pd.DataFrame, "sample_id=True is not a column of X, which has 3"),
        (3, pd.DataFrame, "sample_id=3 is not a column of X, which has 3"),
        (-4, np.asarray, "sample_id=-4 is not a column of X, which has 3"),
        ("id", np.asarray, "sample_id='id' is a column name, but X is a ndarray without"),
    ],
)
def test_missing_label_column(population, sample_id, container, message):
    X = container(population.frame)
    with pytest.raises(ValueError, match=message):
        LMMRegressor(population.kinship, sample_id=sample_id).fit(X, population.y)


def test_repeated_column_name(population):
    X = population.frame.rename(columns={"age": "id"})
    with pytest.raises(ValueError, match=r"names 2 columns of X|'id' 2 times|not unique"):
        LMMRegressor(population.kinship, sample_id="id").fit(X, population.y)


def test_renamed_label_column_at_prediction(population, lmm):
    lmm.fit(population.frame, population.y)
    with pytest.raises(ValueError, match=r"(?s)feature names should match.*now missing:\n- id"):
        lmm.predict(population.frame.rename(columns={"id": "line"}))
    lmm.set_params(sample_id=0).fit(population.array, population.y)
    with pytest.raises(ValueError, match="X has 2 features, but LMMRegressor is expecting 3"):
        lmm.predict(population.covariates)


def test_reordered_columns_whose_names_are_numbers(population):
    X = pd.DataFrame(population.array)
    lmm = LMMRegressor(population.kinship, sample_id=0).fit(X, population.y)
    with pytest.raises(ValueError, match=r"columns of X are \[0, 2, 1\], but were \[0, 1, 2\] in"):
        lmm.predict(X[[0, 2, 1]])


@pytest.mark.parametrize("unit", ["ns", "s"])
def test_dates_are_no_numbers(population, unit):
    days = pd.date_range("2020-01-01", periods=60).astype(f"datetime64[{unit}]")
    X = pd.DataFrame({"id": population.ids, "born": days})
    polars = pl.DataFrame({"id": list(population.ids), "born": days.to_list()})
    lmm = LMMRegressor(population.kinship, sample_id="id")
    for table in (X, X.assign(born=days - days[0]), polars):
        with pytest.raises(TypeError, match="Column 'born' of X holds dates or durations"):
            lmm.fit(table, population.y)
    with pytest.raises(TypeError, match="Column 0 of X holds dates or durations"):
        LMMRegressor().fit(days.to_numpy()[:, None], population.y)
    with pytest.raises(ValueError, match="y must hold numbers, got an array of dtype datetime64"):
        lmm.fit(X[["id"]], days)


def test_positions_of_columns_are_those_in_X(population):
    """With the column of labels, which is the second here, counted."""
    lmm, X = LMMRegressor(population.kinship, sample_id=1), population.array[:, [1, 0, 2]]
    X[3, 2] = np.nan
    with pytest.raises(ValueError, match=r"Column 2 of X cannot be used as numbers: .*NaN"):
        lmm.fit(X, population.y)
    X[3, 2], X[3, 0] = 0.0, "old"
    with pytest.raises(ValueError, match=r"Column 0 of X cannot be used as numbers: .*'old'"):
        lmm.fit(X, population.y)


def test_masked_values_are_not_used(population, lmm):
    y = np.ma.array(population.y, mask=population.y > 4)
    with pytest.raises(ValueError, match="y has masked values"):
        lmm.fit(population.frame, y)
    X = np.ma.array(population.markers, mask=population.markers == 2)
    with pytest.raises(ValueError, match="X has masked values"):
        LMMRegressor().fit(X, population.y)


@pytest.mark.parametrize("kind", ["labels", "labels and covariates", "kernel"])
def test_no_rows(population, kind):
    X, y = population.array, population.y
    lmm = LMMRegressor(population.kinship, sample_id=0)
    if kind == "labels":
        X = X[:, :1]
    if kind == "kernel":
        X, lmm = population.markers, LMMRegressor()
    lmm.fit(X, y)
    with pytest.raises(ValueError, match=r"Found array with 0 sample\(s\)"):
        lmm.predict(X[:0])
    with pytest.raises(ValueError, match=r"Found array with 0 sample\(s\)"):
        lmm.fit(X[:0], y[:0])


def test_tuples_as_labels_in_lists(population):
    labels = [(0, label) for label in population.ids]
    lmm = LMMRegressor(Kinship(population.K, labels), sample_id=0)
    lmm.fit([[label] for label in labels], population.y)
    expected = LMMRegressor(population.kinship, sample_id=0)
    expected.fit(population.ids[:, None], population.y)
    np.testing.assert_array_equal(lmm.random_effects_, expected.random_effects_)


def test_covariates_that_are_not_numbers(population, lmm):
    X = population.frame.assign(sex=np.where(population.covariates[:, 1] == 1, "M", "F"))
    with pytest.raises(ValueError, match=r"Column 'sex' of X .* '[MF]'.* ColumnTransformer"):
        lmm.fit(X, population.y)
    X = population.frame.copy()
    X.loc[4, "age"] = np.nan
    with pytest.raises(ValueError, match=r"(?s)Column 'age' of X .* NaN.* impute"):
        lmm.fit(X, population.y)


def test_y_in_another_order_than_X_is_refused(population, lmm):
    X = population.frame.set_index(population.ids)
    y = pd.Series(population.y, index=population.ids)
    lmm.fit(X, y)
    with pytest.raises(ValueError, match=r"X and y have different indexes.*y.loc\[X.index\]"):
        lmm.fit(X, y[::-1])
    with pytest.raises(ValueError, match="X and y have different indexes"):
        lmm.fit(population.frame, pd.Series(population.y)[::-1])
    with pytest.raises(ValueError, match="X and y have different indexes"):
        lmm.fit(X[:30], y[30:])


def test_a_default_index_is_no_label(population, lmm):
    y = pd.Series(population.y, index=population.ids)
    np.testing.assert_array_equal(
        lmm.fit(population.frame, y).predict(population.frame),
        lmm.fit(population.frame, population.y).predict(population.frame),
    )
