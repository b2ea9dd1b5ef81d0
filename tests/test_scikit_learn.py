"""scikit-learn's own checks, and what its users do with an estimator."""

from unittest import SkipTest

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.gaussian_process.kernels import RBF, ConstantKernel
from sklearn.metrics.pairwise import rbf_kernel
from sklearn.utils import get_tags
from sklearn.utils.estimator_checks import estimator_checks_generator

from sklmm import LMMRegressor

ESTIMATORS = {
    "defaults": LMMRegressor(),
    "ml": LMMRegressor(method="ml"),
    "rbf": LMMRegressor(kernel="rbf"),
    "function": LMMRegressor(kernel=rbf_kernel),
    "kernel object": LMMRegressor(kernel=ConstantKernel(2.0) * RBF(1.5)),
    "precomputed": LMMRegressor(kernel="precomputed"),
    "eigh": LMMRegressor(solver="eigh"),
    "no intercept": LMMRegressor(fit_intercept=False),
    "drop": LMMRegressor(missing_y="drop"),
    "no reduction": LMMRegressor(store_reduction=False),
}
# The data of some checks have no noise, or are no kernel matrix; what we say of it is tested
# elsewhere.
ours = [
    "ignore:The kinship matrix of the training rows is not positive semi-definite",
    "ignore:.*The likelihood",
]


def checks(made):
    """Those of scikit-learn, by names that each process gives alike."""
    for estimator, check in estimator_checks_generator(made):
        options = ",".join(f"{name}={value}" for name, value in check.keywords.items())
        yield f"{check.func.__name__}({options})".removesuffix("()"), estimator, check


@pytest.mark.filterwarnings(*ours)
@pytest.mark.parametrize(
    ("estimator", "check"),
    [
        pytest.param(estimator, check, id=f"{parameters}-{name}")
        for parameters, made in ESTIMATORS.items()
        for name, estimator, check in checks(made)
    ],
)
def test_checks(estimator, check):
    """None is expected to fail, and one is skipped where an array namespace is not installed."""
    try:
        check(estimator)
    except SkipTest:
        assert check.func.__name__ == "check_array_api_input"
        raise


@pytest.mark.parametrize("estimator", ESTIMATORS.values(), ids=ESTIMATORS)
def test_there_are_checks(estimator):
    assert len(list(checks(estimator))) > 40


def test_tags():
    assert get_tags(LMMRegressor(kernel="precomputed")).input_tags.pairwise
    assert not get_tags(LMMRegressor()).input_tags.pairwise
    assert get_tags(LMMRegressor(sample_id="id")).input_tags.string
    assert not get_tags(LMMRegressor()).input_tags.string


def test_clone_keeps_parameters_and_shares_the_kinship(population):
    lmm = LMMRegressor(population.kinship, sample_id="id", method="ml", h=0.3)
    copy = clone(lmm)
    assert copy.kinship is lmm.kinship
    assert copy.get_params() == lmm.get_params()


def test_feature_names(population):
    frame = pd.DataFrame(population.markers[:, :3], columns=["a", "b", "c"])
    lmm = LMMRegressor().fit(frame, population.y)
    assert list(lmm.feature_names_in_) == ["a", "b", "c"]
    with pytest.raises(ValueError, match="feature names should match"):
        lmm.predict(frame[["b", "a", "c"]])
    lmm.fit(frame.to_numpy(), population.y)
    assert not hasattr(lmm, "feature_names_in_")


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"kinship": 3}, "The 'kinship' parameter of LMMRegressor must be .* Got 3 instead"),
        ({"sample_id": 1.5}, "The 'sample_id' parameter .* Got 1.5 instead"),
        ({"kernel": "gauss"}, "The 'kernel' parameter .* Got 'gauss' instead"),
        ({"gamma": -1}, "The 'gamma' parameter .* Got -1 instead"),
        ({"degree": -1}, "The 'degree' parameter .* Got -1 instead"),
        ({"coef0": "x"}, "The 'coef0' parameter .* Got 'x' instead"),
        ({"kernel_params": [1]}, r"The 'kernel_params' parameter .* Got \[1\] instead"),
        ({"fit_intercept": "no"}, "The 'fit_intercept' parameter .* Got 'no' instead"),
        ({"method": "lasso"}, "The 'method' parameter .* {'(re)?ml', '(re)?ml'}. Got 'lasso'"),
        ({"h": 1.5}, r"The 'h' parameter .* \[0.0, 1.0\].* Got 1.5 instead"),
        ({"h": np.nan}, "The 'h' parameter .* Got nan instead"),
        ({"solver": "svd"}, "The 'solver' parameter .* Got 'svd' instead"),
        ({"missing_y": "ignore"}, "The 'missing_y' parameter .* Got 'ignore' instead"),
        ({"memory": 3}, "The 'memory' parameter .* Got 3 instead"),
        ({"store_reduction": "no"}, "The 'store_reduction' parameter .* Got 'no' instead"),
        ({"verbose": "loud"}, "The 'verbose' parameter .* Got 'loud' instead"),
    ],
)
def test_bad_parameters(population, parameters, message):
    with pytest.raises(ValueError, match=message):
        LMMRegressor(**parameters).fit(population.markers, population.y)


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        (
            {"kernel": "rbf"},
            r"kinship and kernel='rbf' are both given, but kernel is for a kernel",
        ),
        ({"kernel": rbf_kernel}, "kinship and kernel=<function rbf_kernel"),
        ({"gamma": 1.0}, "kinship and gamma=1.0 are both given"),
        ({"degree": 2}, "kinship and degree=2 are both given"),
        ({"coef0": 0}, "kinship and coef0=0 are both given"),
        ({"kernel_params": {"a": 1}}, "kinship and kernel_params={'a': 1} are both given"),
        ({"covariates": ["age"]}, r"kinship and covariates=\['age'\] are both given"),
        ({"sample_id": None}, r"kinship=Kinship\(60 samples: .* but sample_id is None. Name"),
    ],
)
def test_contradicting_parameters(population, parameters, message):
    lmm = LMMRegressor(population.kinship, sample_id="id").set_params(**parameters)
    with pytest.raises(ValueError, match=message):
        lmm.fit(population.frame, population.y)


def test_labels_without_a_labeled_kinship(population):
    lmm = LMMRegressor(population.K, sample_id="id")
    with pytest.raises(
        ValueError,
        match=r"sample_id='id' is given, but kinship is a ndarray .* Kinship\(kin",
    ):
        lmm.fit(population.frame, population.y)


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        (lambda K: K[:, :50], ValueError, r"kinship must be square .* got shape \(60, 50\)"),
        (
            lambda K: np.where(K > 1, np.nan, K),
            ValueError,
            r"kinship must be finite, but kinship\[",
        ),
        (lambda K: np.triu(K), ValueError, r"kinship must be symmetric, but kinship\["),
        (lambda K: K + 0j, TypeError, "kinship must hold real numbers, got .* complex128"),
        (
            pd.DataFrame,
            TypeError,
            r"kinship must be an array, got a pandas DataFrame: use kinship.to_numpy\(\), if its",
        ),
        (
            lambda K: K - np.diag(np.diag(K)),
            ValueError,
            "mean diagonal among the training rows is 0, and must be .* If it holds distances",
        ),
        (
            lambda K: -K,
            ValueError,
            r"mean diagonal among the training rows is -\d.*must be positive",
        ),
    ],
)
def test_bad_plain_kinship(population, change, error, message):
    with pytest.raises(error, match=message):
        LMMRegressor(change(population.K)).fit(population.covariates, population.y)


@pytest.mark.parametrize("h", [1.0, 0.99])
def test_impossible_h(population, h):
    K = population.markers[:, :5] @ population.markers[:, :5].T
    if h < 1:
        K -= np.eye(60)
    with pytest.raises(ValueError, match=rf"h={h} is not possible with this kinship.*an h below"):
        LMMRegressor(K, h=h).fit(population.covariates, population.y)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda y: np.where(y > 4, np.nan, y), r"Input y contains NaN: \d+ of 60 .* in row \d+"),
        (lambda y: np.where(y > 4, np.inf, y), r"Input y contains infinity .* row \d+"),
        (lambda y: y[:50], r"inconsistent numbers of samples: \[60, 50\]"),
        (
            lambda y: np.array([[y, y]]),
            r"y must have shape \(n_samples,\) or \(n_samples, n_targets\), got shape \(1, 2, 60",
        ),
        (lambda y: y.astype(str), "y must hold numbers, got an array of dtype <U"),
        (lambda y: np.append(y[1:].astype(object), "x"), "y must hold numbers, but row 59 is 'x'"),
        (lambda y: y + 0j, "(?i)complex"),
        (lambda y: None, "requires y to be passed, but the target y is None"),
    ],
)
def test_bad_y(population, change, message):
    with pytest.raises(ValueError, match=message):
        LMMRegressor().fit(population.markers, change(population.y))


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        (lambda X: X[0], ValueError, "Expected 2D array, got 1D array instead"),
        (lambda X: X[:, :0], ValueError, r"0 feature\(s\)"),
        (lambda X: X[:1], ValueError, "n_samples=1 is not enough"),
        (lambda X: X[:0], ValueError, r"0 sample\(s\)"),
        (lambda X: np.where(X == 2, np.nan, X), ValueError, "Input X contains NaN"),
        (lambda X: np.where(X == 2, np.inf, X), ValueError, "Input X contains infinity"),
        (lambda X: X + 0j, ValueError, "Complex data not supported"),
    ],
)
def test_bad_X(population, change, error, message):
    X = change(population.markers)
    with pytest.raises(error, match=message):
        LMMRegressor().fit(X, population.y[: len(X)])


def test_predict_asks_for_one_spread(population):
    lmm = LMMRegressor().fit(population.markers, population.y)
    with pytest.raises(RuntimeError, match="At most one of return_std or return_cov"):
        lmm.predict(population.markers, return_std=True, return_cov=True)


@pytest.mark.parametrize(
    "parameters", [{}, {"kernel": "precomputed"}, {"solver": "eigh"}, {"kinship": True}]
)
def test_nothing_is_modified(population, parameters):
    X, y = population.markers, population.y
    if "kernel" in parameters:
        X = population.K
    if "kinship" in parameters:
        X, parameters = population.covariates, {"kinship": population.K}
    arrays = [X, y, population.K]
    copies = [array.copy() for array in arrays]
    lmm = LMMRegressor(**parameters).fit(X, y)
    lmm.predict(X)
    lmm.log_likelihood([0.2, 0.5])
    for array, copy in zip(arrays, copies, strict=True):
        np.testing.assert_array_equal(array, copy)
        assert array.flags.writeable
