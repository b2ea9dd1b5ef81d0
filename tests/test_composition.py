"""With the tools of scikit-learn, on arrays, pandas and polars: each against fits by hand.

By hand means: blocks of K cut out by position, a fit in plain order, and the BLUP as a product.
"""

from contextlib import nullcontext

import numpy as np
import pandas as pd
import polars as pl
import pytest
from once import once
from population import simulate
from sklearn.base import clone
from sklearn.compose import ColumnTransformer, TransformedTargetRegressor
from sklearn.ensemble import BaggingRegressor, StackingRegressor
from sklearn.experimental import enable_halving_search_cv  # noqa: F401
from sklearn.frozen import FrozenEstimator
from sklearn.gaussian_process.kernels import RBF
from sklearn.inspection import permutation_importance
from sklearn.linear_model import LinearRegression
from sklearn.metrics import make_scorer, r2_score
from sklearn.model_selection import (
    GridSearchCV,
    GroupKFold,
    HalvingGridSearchCV,
    KFold,
    cross_val_predict,
    cross_val_score,
    learning_curve,
)
from sklearn.multioutput import MultiOutputRegressor
from sklearn.pipeline import FeatureUnion, make_pipeline
from sklearn.preprocessing import FunctionTransformer, PolynomialFeatures, StandardScaler

from sklmm import Kinship, LMMRegressor
from sklmm.metrics import predictive_ability_scorer

POPULATION = simulate(n=72, m=150, seed=11)
K, IDS, COVARIATES, Y = (POPULATION.K, POPULATION.ids, POPULATION.covariates, POPULATION.y)
FOLDS = KFold(3, shuffle=True, random_state=0)
FAMILY = np.repeat(np.arange(12), 6)
COLUMNS = ["age", "id", "sex"]


def as_array(position=slice(None)):
    columns = [COVARIATES[:, 0], IDS.astype(object), COVARIATES[:, 1]]
    return np.column_stack(columns)[position]


INPUTS = {
    "array": (as_array(), 1),
    "pandas": (POPULATION.frame[COLUMNS], "id"),
    "polars": (pl.DataFrame(POPULATION.frame[COLUMNS].to_dict("list")), "id"),
}


@pytest.fixture(params=INPUTS)
def data(request):
    """X and its column of ids."""
    return INPUTS[request.param]


@pytest.fixture
def X(data):
    return data[0]


@pytest.fixture
def lmm(data):
    return LMMRegressor(POPULATION.kinship, sample_id=data[1])


@once
def by_hand(train, test, K=K, y=Y, covariates=COVARIATES, **parameters):
    """Predictions for the rows `test` from a fit to the rows `train`."""
    fit = LMMRegressor(K[np.ix_(train, train)], **parameters).fit(covariates[train], y[train])
    fixed = fit.intercept_ + covariates[test] @ fit.coef_
    return fixed + K[np.ix_(test, train)] @ fit.dual_coef_


def in_folds(folds=FOLDS, groups=None, **parameters):
    predictions = np.empty(len(Y))
    for train, test in folds.split(Y, groups=groups):
        predictions[test] = by_hand(train, test, **parameters)
    return predictions


def mean_r2(folds=FOLDS, **parameters):
    predictions = in_folds(folds, **parameters)
    return np.mean([r2_score(Y[test], predictions[test]) for _, test in folds.split(Y)])


def assert_close(found, expected):
    np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-9)


def test_cross_val_predict(lmm, X):
    assert_close(cross_val_predict(lmm, X, Y, cv=FOLDS), in_folds())


def test_folds_by_family(lmm, X):
    folds = GroupKFold(4)
    found = cross_val_predict(lmm, X, Y, cv=folds, groups=FAMILY)
    assert_close(found, in_folds(folds, FAMILY))


def test_folds_by_family_at_random_order(lmm, X):
    """Every row keeps its identity, whatever the order of rows and of K."""
    order, lines = (np.random.default_rng(seed).permutation(len(Y)) for seed in (1, 2))
    shuffled = X[order] if not isinstance(X, pd.DataFrame) else X.iloc[order]
    kinship = Kinship(K[np.ix_(lines, lines)], IDS[lines])
    lmm.set_params(kinship=kinship)
    folds = GroupKFold(4)
    found = cross_val_predict(lmm, shuffled, Y[order], cv=folds, groups=FAMILY[order])
    assert_close(found, in_folds(folds, FAMILY)[order])


def test_learning_curve(lmm, X):
    sizes, _, scores = learning_curve(lmm, X, Y, train_sizes=[20, 40], cv=FOLDS)
    expected = [
        [r2_score(Y[test], by_hand(train[:size], test)) for train, test in FOLDS.split(Y)]
        for size in sizes
    ]
    assert_close(scores, expected)


def test_grid_search_over_method_and_h(lmm, X):
    grid = {"method": ["reml", "ml"], "h": [None, 0.2, 0.7]}
    search = GridSearchCV(lmm, grid, cv=FOLDS).fit(X, Y)
    for parameters, score in zip(
        search.cv_results_["params"], search.cv_results_["mean_test_score"], strict=True
    ):
        assert_close(score, mean_r2(**parameters))
    everybody = np.arange(len(Y))
    assert_close(search.predict(X), by_hand(everybody, everybody, **search.best_params_))


def test_grid_search_over_kinships(lmm, X):
    matrices = [K, K * K, K + 0.5 * np.eye(len(K))]
    kinships = [Kinship(matrix, IDS) for matrix in matrices]
    search = GridSearchCV(lmm, {"kinship": kinships}, cv=FOLDS).fit(X, Y)
    assert_close(search.cv_results_["mean_test_score"], [mean_r2(K=matrix) for matrix in matrices])
    assert search.best_params_["kinship"] is kinships[search.best_index_]
    assert search.best_estimator_.kinship is kinships[search.best_index_]


def test_halving_grid_search(lmm, X):
    grid = {"h": [0.1, 0.3, 0.5, 0.7]}
    search = HalvingGridSearchCV(
        lmm, grid, cv=FOLDS, factor=2, min_resources=36, random_state=0
    ).fit(X, Y)
    everybody = np.arange(len(Y))
    assert search.n_resources_ == [36, 72]
    assert_close(search.predict(X), by_hand(everybody, everybody, **search.best_params_))


@pytest.mark.parametrize(
    ("kind", "output"),
    [
        *(("array", output) for output in ("default", "pandas", "polars")),
        *(("pandas", output) for output in ("default", "pandas")),
        *(("polars", output) for output in ("default", "pandas", "polars")),
    ],
)
def test_column_transformer_in_a_pipeline(kind, output):
    X, sample_id = INPUTS[kind]
    lmm = LMMRegressor(POPULATION.kinship, sample_id=sample_id)
    names = [0, 1, 2] if isinstance(X, np.ndarray) else COLUMNS
    scale = ColumnTransformer(
        [("scale", StandardScaler(), [names[0], names[2]]), ("keep", "passthrough", [names[1]])],
        verbose_feature_names_out=isinstance(X, np.ndarray),
    ).set_output(transform=output)
    if isinstance(X, np.ndarray) or output == "default":
        lmm.set_params(sample_id=2)
    found = cross_val_predict(make_pipeline(scale, lmm), X, Y, cv=FOLDS)
    assert_close(found, in_folds())


def test_scaled_ids_are_an_error():
    X = np.column_stack([np.arange(len(Y)), COVARIATES])
    model = make_pipeline(StandardScaler(), LMMRegressor(Kinship(K, range(len(Y))), sample_id=0))
    with pytest.raises(ValueError, match="past any scaler or encoder"):
        model.fit(X, Y)


def test_bagging(X):
    """It makes an array of a data frame, so that the column of ids has to be a position."""
    bag = BaggingRegressor(
        LMMRegressor(POPULATION.kinship, sample_id=1),
        n_estimators=3,
        bootstrap=False,
        max_samples=0.6,
        random_state=0,
    ).fit(X, Y)
    everybody = np.arange(len(Y))
    expected = [by_hand(train, everybody) for train in bag.estimators_samples_]
    assert_close(bag.predict(X), np.mean(expected, axis=0))


@pytest.mark.parametrize("kind", ["pandas", "polars"])
def test_bagging_loses_column_names(kind):
    X, sample_id = INPUTS[kind]
    bag = BaggingRegressor(LMMRegressor(POPULATION.kinship, sample_id=sample_id))
    with pytest.raises(ValueError, match="is a column name, but X is a ndarray without"):
        bag.fit(X, Y)


def test_stacking(lmm, X):
    other = clone(lmm).set_params(h=0.9)
    stack = StackingRegressor(
        [("reml", lmm), ("held", other)], final_estimator=LinearRegression(), cv=FOLDS
    ).fit(X, Y)
    level_one = np.column_stack([in_folds(), in_folds(h=0.9)])
    everybody = np.arange(len(Y))
    final = LinearRegression().fit(level_one, Y)
    expected = final.predict(
        np.column_stack([by_hand(everybody, everybody, **p) for p in ({}, {"h": 0.9})])
    )
    assert_close(stack.predict(X), expected)


def test_transformed_target(lmm, X):
    model = TransformedTargetRegressor(lmm, func=np.exp, inverse_func=np.log)
    expected = in_folds(y=np.exp(Y / 10))
    assert_close(cross_val_predict(model, X, Y / 10, cv=FOLDS), np.log(expected))


def test_transformed_target_that_is_scaled(lmm, X):
    model = TransformedTargetRegressor(lmm, transformer=StandardScaler())
    assert_close(cross_val_predict(model, X, Y, cv=FOLDS), in_folds())


def test_multi_output(lmm, X):
    traits = np.column_stack([Y, -2 * Y + COVARIATES[:, 0] ** 2, COVARIATES[::-1, 0]])
    separate = MultiOutputRegressor(lmm).fit(X, traits)
    together = clone(lmm).fit(X, traits)
    assert_close(separate.predict(X), together.predict(X))
    everybody = np.arange(len(Y))
    for trait, y in enumerate(traits.T):
        assert_close(together.predict(X)[:, trait], by_hand(everybody, everybody, y=y))


def test_permutation_importance(lmm, X):
    """Of a polars frame scikit-learn makes an array, and warns that it has no names."""
    loses_names = isinstance(X, pl.DataFrame)
    lmm.fit(X, Y)
    with pytest.warns(UserWarning, match="names") if loses_names else nullcontext():
        found = permutation_importance(lmm, X, Y, n_repeats=4, random_state=0)
    assert found.importances.shape == (3, 4)
    assert (found.importances_mean[[0, 2]] >= 0).all()
    assert found.importances_mean[1] > 0.1


def test_frozen(lmm, X):
    everybody = np.arange(len(Y))
    train = everybody[:50]
    frozen = FrozenEstimator(lmm.fit(X[:50] if isinstance(X, np.ndarray) else X.head(50), Y[:50]))
    frozen = clone(frozen).fit(X, -Y)
    assert_close(frozen.predict(X), by_hand(train, everybody))
    assert_close(cross_val_predict(frozen, X, Y, cv=FOLDS), by_hand(train, everybody))


def test_scorers(lmm, X):
    predictions = in_folds()
    expected = [np.corrcoef(Y[test], predictions[test])[0, 1] for _, test in FOLDS.split(Y)]
    assert_close(cross_val_score(lmm, X, Y, cv=FOLDS, scoring=predictive_ability_scorer), expected)
    held = GridSearchCV(lmm, {"h": [0.0, 0.5]}, scoring=predictive_ability_scorer, cv=FOLDS)
    held.set_params(estimator__fit_intercept=True).fit(X, Y)
    assert held.best_params_ == {"h": 0.5}
    several = GridSearchCV(
        lmm,
        {"method": ["reml"]},
        scoring={"r2": "r2", "ability": predictive_ability_scorer},
        refit="ability",
        cv=FOLDS,
    ).fit(X, Y)
    assert_close(several.cv_results_["mean_test_ability"], [np.mean(expected)])


MARKERS = POPULATION.markers
FEATURES = {
    "array": MARKERS,
    "pandas": pd.DataFrame(MARKERS, columns=[f"m{j}" for j in range(MARKERS.shape[1])]),
    "polars": pl.DataFrame(MARKERS, schema=[f"m{j}" for j in range(MARKERS.shape[1])]),
}


@pytest.fixture(params=FEATURES)
def features(request):
    return FEATURES[request.param]


NO_COVARIATES = np.empty((len(Y), 0))


def test_grid_search_over_kernels(features):
    gamma = 1 / MARKERS.shape[1]
    squares = ((MARKERS[:, None] - MARKERS) ** 2).sum(axis=2)
    expected = [
        mean_r2(K=matrix, covariates=NO_COVARIATES)
        for matrix in (MARKERS @ MARKERS.T, np.exp(-gamma * squares))
    ]
    search = GridSearchCV(LMMRegressor(gamma=gamma), {"kernel": ["linear", "rbf"]}, cv=FOLDS)
    assert_close(search.fit(features, Y).cv_results_["mean_test_score"], expected)


def test_grid_search_over_parameters_of_a_kernel_object(features):
    grid = {"kernel__length_scale": [3.0, 10.0]}
    search = GridSearchCV(LMMRegressor(kernel=RBF(1.0)), grid, cv=FOLDS).fit(features, Y)
    expected = [mean_r2(K=RBF(scale)(MARKERS), covariates=NO_COVARIATES) for scale in (3.0, 10.0)]
    assert_close(search.cv_results_["mean_test_score"], expected)
    assert (
        search.best_estimator_.kernel.length_scale == search.best_params_["kernel__length_scale"]
    )


def test_scaled_features_in_a_pipeline(features):
    model = make_pipeline(StandardScaler(), LMMRegressor(kernel="linear"))
    expected = np.empty(len(Y))
    for train, test in FOLDS.split(Y):
        scaler = StandardScaler().fit(MARKERS[train])
        Z = scaler.transform(MARKERS)
        expected[test] = by_hand(train, test, K=Z @ Z.T, covariates=NO_COVARIATES)
    assert_close(cross_val_predict(model, features, Y, cv=FOLDS), expected)


def test_kernel_made_by_a_feature_union(features):
    """The linear kernel of features side by side is the sum of their kernels."""
    first_ten = FunctionTransformer(lambda X: np.asarray(X)[:, :10])
    union = FeatureUnion(
        [
            ("all", StandardScaler()),
            ("pairs", make_pipeline(first_ten, PolynomialFeatures(2, interaction_only=True))),
        ]
    )
    model = make_pipeline(union, LMMRegressor(kernel="linear"))
    expected = np.empty(len(Y))
    for train, test in FOLDS.split(Y):
        Z = StandardScaler().fit(MARKERS[train]).transform(MARKERS)
        pairs = PolynomialFeatures(2, interaction_only=True).fit_transform(MARKERS[:, :10])
        both = Z @ Z.T + pairs @ pairs.T
        expected[test] = by_hand(train, test, K=both, covariates=NO_COVARIATES)
    assert_close(cross_val_predict(model, features, Y, cv=FOLDS), expected)


def test_precomputed_kernel():
    search = GridSearchCV(LMMRegressor(kernel="precomputed"), {"h": [None, 0.4]}, cv=FOLDS)
    expected = [mean_r2(covariates=NO_COVARIATES, h=h) for h in (None, 0.4)]
    assert_close(search.fit(K, Y).cv_results_["mean_test_score"], expected)


def test_a_plain_kinship_in_cross_validation_is_an_error():
    with pytest.raises(ValueError, match="To fit on a part of the samples, as in cross-valid"):
        cross_val_score(LMMRegressor(K), COVARIATES, Y, cv=FOLDS, error_score="raise")


def test_negated_scorer_is_what_it_says(X, lmm):
    loss = make_scorer(lambda y, p: np.abs(y - p).max(), greater_is_better=False)
    expected = [-np.abs(Y - in_folds())[test].max() for _, test in FOLDS.split(Y)]
    assert_close(cross_val_score(lmm, X, Y, cv=FOLDS, scoring=loss), expected)
