"""Selection of markers beside relatedness, inside of pipelines."""

import pickle

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from population import simulate
from scipy import stats
from sklearn.base import clone
from sklearn.feature_selection import SelectFdr, SelectKBest, SelectPercentile, f_regression
from sklearn.model_selection import GridSearchCV, KFold, cross_val_predict, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.utils import get_tags
from sklearn.utils.estimator_checks import parametrize_with_checks

from sklmm import Kinship, LMMRegressor
from sklmm.association import MarkerSelector, f_kinship, scan

N, M = 60, 25


@pytest.fixture(scope="module")
def population():
    return simulate(n=N, m=M, seed=3)


@pytest.fixture(scope="module")
def table(population):
    """Labels, an age, and markers."""
    ids = population.ids.astype(object)
    return np.column_stack([ids, population.covariates[:, 0], population.markers])


def standardized(X):
    Z = (X - X.mean(axis=0)) / X.std(axis=0)
    return Z @ Z.T / X.shape[1]


def generalized_least_squares(y, X, g, V):
    """F of one more column, by two fits of the whole model."""
    L = np.linalg.cholesky(V)
    y, X, g = (np.linalg.solve(L, values) for values in (y, X, g))
    both = np.column_stack([X, g])
    small, large = (np.sum((y - A @ np.linalg.lstsq(A, y, rcond=None)[0]) ** 2) for A in (X, both))
    df = len(y) - both.shape[1]
    F = (small - large) / (large / df)
    return F, stats.f.sf(F, 1, df)


def brute_force(y, covariates, G, K, h):
    V = h * K + (1 - h) * np.eye(len(y))
    X = np.column_stack([np.ones(len(y)), covariates])
    return np.transpose([generalized_least_squares(y, X, g, V) for g in G.T])


def test_unrelated_rows_are_those_of_f_regression(population):
    X = np.column_stack([population.markers, np.full(N, 2.0)])
    for found, expected in zip(
        f_kinship(X, population.y, h=0), f_regression(X, population.y), strict=True
    ):
        assert_allclose(found, expected, rtol=1e-9)


@pytest.mark.parametrize("h", [0.3, 0.9])
def test_against_generalized_least_squares(population, h):
    X, C, y = population.markers, population.covariates, population.y
    found = f_kinship(X, y, covariates=C, h=h)
    assert_allclose(found, brute_force(y, C, X, standardized(X), h), rtol=1e-8)
    found = f_kinship(X, y, kinship=population.K, covariates=C[:, 0], h=h)
    assert_allclose(found, brute_force(y, C[:, :1], X, population.K, h), rtol=1e-8)


def test_h_is_that_of_the_model_without_markers(population):
    X, y = population.markers, population.y
    K = standardized(X)
    h = LMMRegressor(K).fit(np.empty((N, 0)), y).h_
    assert 0 < h < 1
    assert_allclose(f_kinship(X, y), brute_force(y, np.empty((N, 0)), X, K, h), rtol=1e-6)


def test_a_kinship_is_in_the_order_of_the_rows(population):
    X, y = population.markers, population.y
    of_array = f_kinship(X, y, kinship=population.K)
    assert_allclose(f_kinship(X, y, kinship=population.kinship), of_array, rtol=1e-12)


def test_all_variance_may_follow_the_markers():
    """The kinship of many columns is singular along the intercept; h = 1 is an answer, too."""
    rng = np.random.default_rng(1)
    X = rng.standard_normal((30, 400))
    y = X @ rng.standard_normal(400)
    h = LMMRegressor(standardized(X) + 1).fit(np.empty((30, 0)), y).h_
    assert h == 1
    expected = brute_force(y, np.empty((30, 0)), X[:, :9], standardized(X) + 1, 1.0)
    F, p = f_kinship(X, y)
    assert_allclose([F[:9], p[:9]], expected, rtol=1e-6)


def test_order_units_and_coding_change_nothing(population):
    X, y = population.markers, population.y
    expected = f_kinship(X, y)
    order = np.random.default_rng(0).permutation(N)
    assert_allclose(f_kinship(X[order], y[order]), expected, rtol=1e-7)
    assert_allclose(f_kinship(2 - X, y), expected, rtol=1e-7)
    assert_allclose(f_kinship(X * np.geomspace(0.01, 5, M) + 3, 100 * y), expected, rtol=1e-7)
    assert_allclose(f_kinship(X.astype(np.int8), y), expected, rtol=1e-12)
    assert_allclose(f_kinship(X.tolist(), y.tolist()), expected, rtol=1e-12)
    frame = pd.DataFrame(X).rename(columns=str)
    assert_allclose(f_kinship(frame, pd.Series(y)), expected, rtol=1e-12)


def with_holes(X):
    X = X.copy()
    X[np.random.default_rng(2).uniform(size=X.shape) < 0.1] = np.nan
    return X


def test_missing_genotypes_are_means(population):
    X, y = with_holes(population.markers), population.y
    means = np.where(np.isnan(X), np.nanmean(X, axis=0), X)
    expected = f_kinship(means, y, kinship=population.K)
    found = f_kinship(X, y, kinship=population.K, missing="mean")
    assert_allclose(found, expected, rtol=1e-9)
    counts = np.where(np.isnan(X), -127, X).astype(np.int8)
    assert_allclose(
        f_kinship(counts, y, missing="mean"), f_kinship(X, y, missing="mean"), rtol=1e-9
    )


def test_missing_genotypes_are_left_out(population):
    X, y, K = with_holes(population.markers), population.y, population.K
    found = f_kinship(X, y, kinship=K, h=0.5, missing="drop")
    for column, of_column in enumerate(np.transpose(found)):
        rows = ~np.isnan(X[:, column])
        V = (0.5 * K + 0.5 * np.eye(N))[np.ix_(rows, rows)]
        expected = generalized_least_squares(y[rows], np.ones((rows.sum(), 1)), X[rows, column], V)
        assert_allclose(of_column, expected, rtol=1e-8)


@pytest.mark.parametrize(
    "select", [SelectKBest(f_kinship, k=4), SelectFdr(f_kinship), SelectPercentile(f_kinship)]
)
def test_inside_of_selectors(population, select):
    X, y = population.markers, population.y + 3 * population.markers[:, 7]
    select.fit(X, y)
    F, p = f_kinship(X, y)
    assert_allclose([select.scores_, select.pvalues_], [F, p], rtol=1e-12)
    assert select.get_support()[7]


def test_selection_sees_the_rows_of_training_alone(population):
    X, y = population.markers, population.y
    model = make_pipeline(SelectKBest(f_kinship, k=5), LMMRegressor())
    predicted = cross_val_predict(model, X, y, cv=KFold(4))
    for train, test in KFold(4).split(X):
        best = np.argsort(-f_kinship(X[train], y[train])[0])[:5]
        of_fold = LMMRegressor().fit(X[train][:, np.sort(best)], y[train])
        assert_allclose(predicted[test], of_fold.predict(X[test][:, np.sort(best)]), rtol=1e-6)


def selector(population, **parameters):
    return MarkerSelector(population.kinship, sample_id=0, covariates=[1], **parameters)


def test_scores_are_those_of_a_scan(population, table):
    lmm = LMMRegressor(population.kinship, sample_id=0).fit(table[:, :2], population.y)
    expected = scan(lmm, population.markers, ids=population.ids)
    chosen = selector(population, n_markers=3).fit(table, population.y)
    assert_allclose(chosen.scores_[2:], expected.statistic, rtol=1e-7)
    assert_allclose(chosen.pvalues_[2:], expected.pvalue, rtol=1e-7)
    assert np.isnan(chosen.scores_[:2]).all()
    assert chosen.h_ == pytest.approx(lmm.h_, rel=1e-8)
    best = np.sort(np.argsort(expected.pvalue)[:3]) + 2
    assert_array_equal(chosen.get_support(indices=True), [0, 1, *best])


@pytest.mark.parametrize("parameters", [{"method": "ml"}, {"h": 0.2}])
def test_the_model_without_markers(population, table, parameters):
    lmm = LMMRegressor(population.kinship, sample_id=0, **parameters)
    expected = scan(lmm.fit(table[:, :2], population.y), population.markers, ids=population.ids)
    chosen = selector(population, **parameters).fit(table, population.y)
    assert_allclose(chosen.scores_[2:], expected.statistic, rtol=1e-7)


def test_rows_are_found_by_label(population, table):
    expected = selector(population).fit(table, population.y)
    rows = np.random.default_rng(4).permutation(N)
    shuffled = selector(population).fit(table[rows], population.y[rows])
    assert_allclose(shuffled.scores_, expected.scores_, rtol=1e-7)
    order = np.random.default_rng(5).permutation(N)
    kinship = Kinship(population.K[np.ix_(order, order)], population.ids[order])
    other = selector(population).set_params(kinship=kinship).fit(table, population.y)
    assert_allclose(other.scores_, expected.scores_, rtol=1e-7)


@pytest.mark.parametrize("as_frame", [False, True])
def test_labels_in_the_last_column(population, table, as_frame):
    expected = selector(population).fit(table, population.y)
    X = np.roll(table, -1, axis=1)
    y = population.y
    if as_frame:
        X = pd.DataFrame(X, index=population.ids)
        y = pd.Series(y, index=population.ids)
    chosen = MarkerSelector(population.kinship, sample_id=-1, covariates=[0]).fit(X, y)
    assert_allclose(chosen.scores_[1:-1], expected.scores_[2:], rtol=1e-9)
    assert_array_equal(chosen.transform(X)[:, -1], population.ids)
    if as_frame:
        with pytest.raises(ValueError, match="order"):
            chosen.fit(X, y[::-1])
        with pytest.raises(ValueError, match="order"):
            chosen.fit(X.set_axis(population.ids[::-1]), y)


def test_repeated_records(population, table):
    rows = np.r_[:N, :20]
    y = population.y[rows] + np.random.default_rng(6).standard_normal(len(rows))
    chosen = selector(population, h=0.4).fit(table[rows], y)
    K, C = population.K[np.ix_(rows, rows)], population.covariates[rows, :1]
    F, p = brute_force(y, C, population.markers[rows], K, 0.4)
    assert_allclose(chosen.scores_[2:], F, rtol=1e-7)
    assert_allclose(chosen.pvalues_[2:], p, rtol=1e-7)


def test_a_kinship_without_labels(population):
    chosen = MarkerSelector(population.K, h=0.5).fit(population.markers, population.y)
    F, p = f_kinship(population.markers, population.y, kinship=population.K, h=0.5)
    assert_allclose([chosen.scores_, chosen.pvalues_], [F, p], rtol=1e-12)


def test_the_kinship_of_the_markers(population):
    C = population.covariates
    X = np.column_stack([population.markers, C])
    chosen = MarkerSelector(covariates=[-2, -1], n_markers=4).fit(X, population.y)
    F, _ = f_kinship(population.markers, population.y, covariates=C)
    assert_allclose(chosen.scores_[:-2], F, rtol=1e-9)
    assert_array_equal(chosen.get_support()[-2:], True)
    assert chosen.transform(X).shape == (N, 6)


@pytest.mark.parametrize(
    ("parameters", "n_selected"),
    [
        ({}, 10),
        ({"n_markers": 0}, 0),
        ({"n_markers": 1}, 1),
        ({"n_markers": M}, M),
        ({"alpha": 1.0}, M),
        ({"alpha": 1.0, "n_markers": 6}, 6),
        ({"alpha": 1e-9}, 0),
        ({"alpha": 1e-9, "n_markers": 6}, 0),
    ],
)
def test_how_many(population, table, parameters, n_selected):
    chosen = selector(population, **parameters).fit(table, population.y)
    assert chosen.get_support().sum() == 2 + n_selected
    assert_array_equal(chosen.transform(table)[:, 0], population.ids)


def test_alpha(population, table):
    chosen = selector(population, alpha=0.2).fit(table, population.y)
    assert_array_equal(chosen.get_support()[2:], chosen.pvalues_[2:] <= 0.2)
    assert 0 < chosen.get_support()[2:].sum() < M


def test_more_than_there_are(population, table):
    table = table.copy()
    table[:, 5] = 1
    message = r"n_markers=25 is more than the 24 markers that vary"
    with pytest.warns(UserWarning, match=message):
        chosen = selector(population, n_markers=M).fit(table, population.y)
    assert not chosen.get_support()[5]
    assert np.isnan(chosen.scores_[5])


@pytest.mark.parametrize("missing", ["mean", "drop"])
def test_missing_genotypes_stay_missing(population, table, missing):
    holes = with_holes(population.markers)
    table = np.column_stack([table[:, :2], holes])
    chosen = selector(population, missing=missing).fit(table, population.y)
    expected = f_kinship(
        holes,
        population.y,
        kinship=population.K,
        covariates=population.covariates[:, :1],
        missing=missing,
    )
    assert_allclose(chosen.scores_[2:], expected[0], rtol=1e-7)
    left = chosen.transform(table)[:, 2:].astype(float)
    assert_array_equal(left, holes[:, chosen.get_support()[2:]])
    assert np.isnan(left).any()


def frame_of(population):
    frame = pd.DataFrame(population.markers).rename(columns="marker {}".format)
    frame.insert(3, "id", population.ids)
    return frame.assign(age=population.covariates[:, 0])


def test_names_and_frames(population, table):
    frame = frame_of(population)
    chosen = MarkerSelector(
        population.kinship, sample_id="id", covariates=["age"], n_markers=2
    ).set_output(transform="pandas")
    left = chosen.fit_transform(frame, population.y)
    assert list(left.columns) == list(chosen.get_feature_names_out())
    assert {"id", "age"} < set(left.columns)
    assert left.shape == (N, 4)
    assert left["age"].dtype.kind == "f"
    of_array = selector(population, n_markers=2).fit(table, population.y)
    best = {f"marker {column - 2}" for column in of_array.get_support(True)[2:]}
    assert set(left.columns) == {"id", "age"} | best
    lmm = LMMRegressor(population.kinship, sample_id="id").fit(left, population.y)
    assert lmm.coef_.shape == (3,)
    with pytest.raises(ValueError, match="feature names should match"):
        chosen.transform(frame[frame.columns[::-1]])


def test_grid_search_over_the_number_of_markers(population, table):
    y = population.y + 2 * population.markers[:, 7] - 2 * population.markers[:, 11]
    model = make_pipeline(selector(population), LMMRegressor(population.kinship, sample_id=0))
    grid = {"markerselector__n_markers": [1, 2, 20]}
    search = GridSearchCV(model, grid, cv=KFold(4), error_score="raise").fit(table, y)
    scores = [
        GridSearchCV(model.set_params(markerselector__n_markers=k), {}, cv=KFold(4))
        .fit(table, y)
        .best_score_
        for k in (1, 2, 20)
    ]
    assert_allclose(search.cv_results_["mean_test_score"], scores, rtol=1e-9)
    assert search.best_params_["markerselector__n_markers"] == int(
        [1, 2, 20][int(np.argmax(scores))]
    )


@pytest.mark.filterwarnings("ignore:No features were selected:UserWarning")
def test_no_markers_are_the_baseline_of_a_grid_search(population, table):
    lmm = LMMRegressor(population.kinship, sample_id=0)
    grid = {"markerselector__n_markers": [0, 2]}
    search = GridSearchCV(
        make_pipeline(selector(population), lmm), grid, cv=KFold(4), error_score="raise"
    ).fit(table, population.y)
    baseline = cross_val_score(lmm, table[:, :2], population.y, cv=KFold(4)).mean()
    assert search.cv_results_["mean_test_score"][0] == pytest.approx(baseline, rel=1e-9)
    X, y = population.markers, population.y
    alone, ours = (
        select.fit_transform(X, y)
        for select in (SelectKBest(f_kinship, k=0), MarkerSelector(n_markers=0))
    )
    assert ours.shape == alone.shape == (N, 0)


def test_selection_outside_of_folds_leaks():
    """Of noise nothing can be predicted; markers that were selected on all rows seem to."""
    rng = np.random.default_rng(7)
    n, m = 80, 800
    markers = rng.binomial(2, 0.4, (n, m)).astype(float)
    ids = np.array([f"line {row}" for row in range(n)], dtype=object)
    kinship = Kinship(standardized(markers), ids)
    X, y = np.column_stack([ids, markers]), rng.standard_normal(n)
    select = MarkerSelector(kinship, sample_id=0, n_markers=10)
    lmm = LMMRegressor(kinship, sample_id=0)
    inside = cross_val_predict(make_pipeline(select, lmm), X, y, cv=KFold(5))
    outside = cross_val_predict(lmm, select.fit_transform(X, y), y, cv=KFold(5))
    assert np.corrcoef(outside, y)[0, 1] > 0.5
    assert np.corrcoef(inside, y)[0, 1] < 0.25


def test_clones_and_pickles(population, table):
    chosen = selector(population, n_markers=4).fit(table, population.y)
    copy = clone(chosen)
    assert copy.kinship is chosen.kinship
    assert not hasattr(copy, "scores_")
    loaded = pickle.loads(pickle.dumps(chosen))
    assert_array_equal(loaded.transform(table), chosen.transform(table))


def test_tags(population):
    assert get_tags(selector(population)).input_tags.string
    assert get_tags(MarkerSelector(missing="mean")).input_tags.allow_nan
    assert not get_tags(MarkerSelector()).input_tags.allow_nan
    assert get_tags(MarkerSelector()).target_tags.required


@parametrize_with_checks(
    [
        MarkerSelector(),
        MarkerSelector(alpha=0.5, missing="mean"),
        MarkerSelector(n_markers=1, method="ml", missing="drop"),
    ]
)
@pytest.mark.filterwarnings("ignore:.*likelihood", "ignore:n_markers=")
def test_scikit_learn_checks(estimator, check):
    check(estimator)


def test_a_failed_fit_leaves_the_last_one(population, table):
    chosen = selector(population).fit(table, population.y)
    before = chosen.get_support()
    with pytest.raises(ValueError, match="Input y contains NaN"):
        chosen.fit(table, np.full(N, np.nan))
    assert_array_equal(chosen.get_support(), before)


def test_nothing_is_modified(population, table):
    X, y = table.copy(), population.y.copy()
    X.flags.writeable = y.flags.writeable = False
    selector(population).fit(X, y).transform(X)
    markers = with_holes(population.markers)
    markers.flags.writeable = False
    f_kinship(markers, y, missing="drop")


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"n_markers": -1}, "The 'n_markers' parameter of MarkerSelector must be"),
        ({"n_markers": 2.5}, "The 'n_markers' parameter"),
        ({"alpha": 0.0}, r"The 'alpha' parameter .* \(0.0, 1.0\]"),
        ({"h": 1.5}, "The 'h' parameter"),
        ({"h": "loo"}, "The 'h' parameter"),
        ({"method": "fast"}, "The 'method' parameter"),
        ({"missing": "ignore"}, "The 'missing' parameter"),
        ({"covariates": ["age"]}, r"covariates=\['age'\]"),
        ({"covariates": [99]}, r"covariates=\[99\] does not select columns of X"),
        ({"sample_id": None}, "kinship=.* has labels, but sample_id is None"),
        ({"sample_id": 99}, "sample_id=99 is not a column of X"),
        ({"sample_id": 1}, "a label that the kinship lacks"),
        ({"kinship": None}, "sample_id=0 names rows of a kinship, but kinship is None"),
        ({"kinship": np.eye(N)}, "sample_id=0 is given, but kinship is a ndarray"),
    ],
)
def test_bad_parameters(population, table, parameters, message):
    with pytest.raises(ValueError, match=message):
        selector(population).set_params(**parameters).fit(table, population.y)


def test_y_in_another_order(population):
    frame = frame_of(population)
    y = pd.Series(population.y, index=population.ids)
    chosen = MarkerSelector(population.kinship, sample_id="id", covariates=["age"])
    with pytest.raises(ValueError, match="order"):
        chosen.fit(frame, y[::-1])
    of_order = chosen.fit(frame, y).scores_
    assert_array_equal(chosen.fit(frame, population.y).scores_, of_order)
    indexed = frame.set_index("id")
    with pytest.raises(ValueError, match="order"):
        f_kinship(indexed, y[::-1])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"h": 2}, r"h must be a number from 0 to 1, or None, got 2\."),
        ({"h": "loo"}, "h must be a number from 0 to 1"),
        ({"missing": "ignore"}, "missing='ignore' is unknown"),
        ({"kinship": np.eye(3)}, r"kinship has shape \(3, 3\), and X has 60 rows"),
        ({"kinship": "K"}, r"kinship has shape \(\), and X has 60 rows"),
        ({"covariates": np.full(N, np.nan)}, "Input covariates contains NaN"),
        ({"y": None}, "f_kinship requires y to be passed"),
        ({"y": np.ones((N, 2))}, "y has 2 traits"),
        ({"y": np.ones(N - 1)}, "inconsistent numbers of samples"),
        ({"y": np.full(N, np.inf)}, "Input y contains infinity"),
        ({"X": np.full((N, 2), np.inf)}, "Input X contains infinity"),
        ({"X": np.ones(N)}, "Expected 2D array, got 1D array instead"),
        ({"X": np.ones((N, 0))}, r"0 feature\(s\)"),
        ({"X": np.full((N, 2), 1j)}, "Complex data not supported|numbers"),
    ],
)
def test_bad_input(population, change, message):
    given = {"X": population.markers, "y": population.y} | change
    with pytest.raises(ValueError, match=message):
        f_kinship(**given)


def test_a_column_vector_is_a_trait(population):
    with pytest.warns(UserWarning, match="column-vector y was passed"):
        found = f_kinship(population.markers, population.y[:, None])
    assert_array_equal(found, f_kinship(population.markers, population.y))


def test_y_without_noise():
    """The likelihood has no maximum, and h has to be held."""
    X = np.random.default_rng(0).standard_normal((40, 5))
    y = X @ [1, 2, 3, 4, 5]
    with (
        pytest.warns(UserWarning, match="without bound"),
        pytest.raises(ValueError, match=r"Hold h further inside of its range, as h=0\.999999"),
    ):
        f_kinship(X, y)
    expected = brute_force(y, np.empty((40, 0)), X, standardized(X), 0.999999)
    assert_allclose(f_kinship(X, y, h=0.999999), expected, rtol=1e-4)


def test_text_among_markers(population, table):
    table = table.copy()
    table[3, 6] = "A/T"
    with pytest.raises(ValueError, match="6"):
        selector(population).fit(table, population.y)
