"""Cross-validation in closed form, against fits of every fold at the same h."""

import tracemalloc

import numpy as np
import pandas as pd
import pytest
import sklearn.model_selection
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.base import clone
from sklearn.gaussian_process.kernels import RBF
from sklearn.linear_model import Ridge
from sklearn.model_selection import (
    GroupKFold,
    KFold,
    LeaveOneGroupOut,
    LeaveOneOut,
    LeavePOut,
    PredefinedSplit,
    ShuffleSplit,
)
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sklmm import Kinship, LMMRegressor, model_selection
from sklmm._variance.reductions.band import BandReduction
from sklmm.model_selection import cross_val_predict

CLOSE = {"rtol": 0, "atol": 1e-10}


def less_than_the_complement(n):
    """Five folds; each trains on half of the other rows."""
    return [(train[::2], test) for train, test in KFold(5).split(np.empty(n))]


SPLITTERS = {
    "5 folds": KFold(5),
    "shuffled": KFold(4, shuffle=True, random_state=0),
    "one by one": LeaveOneOut(),
    "n folds": KFold(60),
    "predefined": PredefinedSplit(np.arange(60) % 7),
    "small trains": less_than_the_complement(60),
    "unequal": PredefinedSplit(np.minimum(np.arange(60) // 20, np.arange(60) // 19)),
}
splitters = pytest.mark.parametrize("cv", SPLITTERS.values(), ids=SPLITTERS.keys())


def by_fits(lmm, X, y, cv, groups=None):
    """A fit of every fold, at the h of a fit of all."""
    h = clone(lmm).fit(X, y).h_
    lmm = clone(lmm).set_params(h=h)
    predictions = np.full(np.shape(y), np.nan)
    for train, test in sklearn.model_selection.check_cv(cv).split(X, y, groups):
        columns = train if isinstance(lmm.kernel, str) and lmm.kernel == "precomputed" else ...
        fitted = clone(lmm).fit(X[train][:, columns], y[train])
        predictions[test] = fitted.predict(X[test][:, columns])
    return predictions


def refuse_fits(monkeypatch):
    """So that nothing but the closed form is left."""

    def fit_fold(*args):
        raise AssertionError("a fold was fitted")

    monkeypatch.setattr(model_selection, "_fit_fold", fit_fold)


def count_fits(monkeypatch):
    counted = []

    def fit_fold(model, X, Y, fold):
        counted.append((len(fold.test), Y.shape[1]))
        return original(model, X, Y, fold)

    original = model_selection._fit_fold
    monkeypatch.setattr(model_selection, "_fit_fold", fit_fold)
    return counted


@pytest.fixture
def Y(population):
    """Traits with an h inside and at 0."""
    rng = np.random.default_rng(0)
    return np.column_stack([population.y, population.y**2 / 3, rng.standard_normal(60)])


@pytest.fixture
def holes(Y):
    """Missing in most folds; the last 20 rows of a trait, whole folds among them."""
    Y = Y.copy()
    Y[[3, 4, 17, 30], 0] = np.nan
    Y[:7, 2] = np.nan
    return np.column_stack([Y, np.where(np.arange(60) < 40, Y[:, 0], np.nan)])


@splitters
@pytest.mark.parametrize("method", ["reml", "ml"])
@pytest.mark.parametrize("solver", ["band", "eigh"])
def test_with_a_kinship(monkeypatch, population, cv, solver, method):
    refuse_fits(monkeypatch)
    lmm = LMMRegressor(population.kinship, sample_id=0, solver=solver, method=method)
    X, y = population.array, population.y
    np.testing.assert_allclose(
        cross_val_predict(lmm, X, y, cv=cv), by_fits(lmm, X, y, cv), **CLOSE
    )


@splitters
@pytest.mark.parametrize("fit_intercept", [True, False])
@pytest.mark.parametrize("solver", ["lowrank", "eigh", "band"])
def test_with_few_markers(monkeypatch, population, cv, solver, fit_intercept):
    refuse_fits(monkeypatch)
    X = np.column_stack([population.markers[:, :15], population.covariates])
    lmm = LMMRegressor(covariates=[15, 16], solver=solver, fit_intercept=fit_intercept)
    y = population.y
    np.testing.assert_allclose(
        cross_val_predict(lmm, X, y, cv=cv), by_fits(lmm, X, y, cv), **CLOSE
    )


def test_with_nearly_dependent_markers(monkeypatch, population):
    """Which take the Householder basis."""
    refuse_fits(monkeypatch)
    X = population.markers[:, :15].copy()
    X[:, 3] = X[:, 4] + 1e-6 * np.random.default_rng(0).standard_normal(60)
    lmm = LMMRegressor(solver="lowrank")
    np.testing.assert_allclose(
        cross_val_predict(lmm, X, population.y), by_fits(lmm, X, population.y, 5), **CLOSE
    )


@splitters
@pytest.mark.parametrize("solver", ["band", "eigh"])
def test_missing_values(monkeypatch, population, holes, cv, solver):
    refuse_fits(monkeypatch)
    lmm = LMMRegressor(population.kinship, sample_id=0, solver=solver, missing_y="drop")
    found = cross_val_predict(lmm, population.array, holes, cv=cv)
    assert found.shape == holes.shape
    np.testing.assert_allclose(found, by_fits(lmm, population.array, holes, cv), **CLOSE)


@pytest.mark.parametrize("solver", ["lowrank", "eigh", "band"])
@pytest.mark.parametrize("fit_intercept", [True, False])
def test_missing_values_with_markers(monkeypatch, population, holes, solver, fit_intercept):
    refuse_fits(monkeypatch)
    X = population.markers[:, :15] + 5
    lmm = LMMRegressor(solver=solver, missing_y="drop", fit_intercept=fit_intercept)
    for y in (holes, holes[:, 0]):
        np.testing.assert_allclose(cross_val_predict(lmm, X, y), by_fits(lmm, X, y, 5), **CLOSE)


def test_missing_values_in_many_folds(monkeypatch, population, holes):
    monkeypatch.setattr(model_selection, "FOLDS_AT_A_TIME", 2)
    lmm = LMMRegressor(population.kinship, sample_id=0, missing_y="drop")
    cv = KFold(20, shuffle=True, random_state=1)
    np.testing.assert_allclose(
        cross_val_predict(lmm, population.array, holes, cv=cv),
        by_fits(lmm, population.array, holes, cv),
        **CLOSE,
    )


@pytest.mark.parametrize("h", [0, 0.3, 1, [0.0, 0.5, 1.0]])
@pytest.mark.parametrize("solver", ["band", "eigh"])
@pytest.mark.parametrize("cv", [LeaveOneOut(), KFold(7)])
def test_held_h(monkeypatch, population, Y, h, solver, cv):
    refuse_fits(monkeypatch)
    lmm = LMMRegressor(population.kinship, sample_id=0, h=h, solver=solver)
    expected = by_fits(lmm, population.array, Y, cv)
    np.testing.assert_allclose(
        cross_val_predict(lmm, population.array, Y, cv=cv), expected, **CLOSE
    )


def test_repeated_records(monkeypatch, population):
    refuse_fits(monkeypatch)
    rows = np.r_[np.arange(60), np.arange(30)]
    X, y = population.array[rows], population.y[rows] + np.arange(90) / 100
    lmm = LMMRegressor(population.kinship, sample_id=0)
    for cv, groups in ((GroupKFold(5), X[:, 0].astype(str)), (LeaveOneOut(), None)):
        np.testing.assert_allclose(
            cross_val_predict(lmm, X, y, cv=cv, groups=groups),
            by_fits(lmm, X, y, cv, groups),
            **CLOSE,
        )


@pytest.mark.parametrize("kernel", ["rbf", "polynomial", 1.0 * RBF(20.0)])
def test_kernels(monkeypatch, population, kernel):
    refuse_fits(monkeypatch)
    X = np.column_stack([population.covariates, population.markers / 10])
    lmm = LMMRegressor(kernel=kernel, covariates=[0, 1], h=0.4)
    np.testing.assert_allclose(
        cross_val_predict(lmm, X, population.y), by_fits(lmm, X, population.y, 5), **CLOSE
    )


@pytest.mark.parametrize("cv", [LeaveOneOut(), KFold(4), less_than_the_complement(60)])
def test_precomputed_kernel(population, cv):
    lmm, K = LMMRegressor(kernel="precomputed"), population.K
    np.testing.assert_allclose(
        cross_val_predict(lmm, K, population.y, cv=cv), by_fits(lmm, K, population.y, cv), **CLOSE
    )


def test_a_plain_kinship(population):
    """Which scikit-learn's function cannot take apart."""
    lmm = LMMRegressor(population.K)
    labeled = LMMRegressor(population.kinship, sample_id=0)
    np.testing.assert_allclose(
        cross_val_predict(lmm, population.covariates, population.y),
        by_fits(labeled, population.array, population.y, 5),
        **CLOSE,
    )


def test_a_plain_kinship_where_a_fold_has_to_be_fitted(population):
    X = np.column_stack([population.covariates, np.arange(60) < 5])
    with pytest.raises(ValueError, match=r"Kinship\(matrix, ids\)") as error:
        cross_val_predict(LMMRegressor(population.K), X, population.y, cv=KFold(12))
    assert "5 test and 55 training rows has no closed form" in error.value.__notes__[0]


def test_data_frames(population):
    frame = population.frame
    y = pd.Series(population.y)
    lmm = LMMRegressor(population.kinship, sample_id="id")
    expected = cross_val_predict(
        LMMRegressor(population.kinship, sample_id=0), population.array, population.y
    )
    np.testing.assert_allclose(cross_val_predict(lmm, frame, y), expected, **CLOSE)
    with pytest.raises(ValueError, match="X and y have different indexes"):
        cross_val_predict(lmm, frame, y[::-1])


def test_lists(population):
    lmm = LMMRegressor(population.kinship, sample_id=0)
    expected = cross_val_predict(lmm, population.array, population.y)
    found = cross_val_predict(lmm, population.array.tolist(), population.y.tolist())
    np.testing.assert_array_equal(found, expected)


def test_shapes(population, Y):
    lmm = LMMRegressor(population.kinship, sample_id=0)
    assert cross_val_predict(lmm, population.array, population.y).shape == (60,)
    assert cross_val_predict(lmm, population.array, population.y[:, None]).shape == (60, 1)
    assert cross_val_predict(lmm, population.array, Y).shape == (60, 3)


@pytest.mark.parametrize("n_jobs", [None, 2])
def test_a_covariate_of_one_fold(monkeypatch, population, Y, n_jobs):
    counted = count_fits(monkeypatch) if n_jobs is None else []
    X = np.column_stack([population.array, np.arange(60) < 4])
    lmm = LMMRegressor(population.kinship, sample_id=0)
    found = cross_val_predict(lmm, X, Y, cv=KFold(15), n_jobs=n_jobs)
    np.testing.assert_allclose(found, by_fits(lmm, X, Y, KFold(15)), **CLOSE)
    assert counted == ([(4, 3)] if n_jobs is None else [])


def test_a_covariate_of_one_sample(monkeypatch, population):
    counted = count_fits(monkeypatch)
    X = np.column_stack([population.array, np.arange(60) == 8])
    lmm = LMMRegressor(population.kinship, sample_id=0)
    found = cross_val_predict(lmm, X, population.y, cv=LeaveOneOut())
    np.testing.assert_allclose(found, by_fits(lmm, X, population.y, LeaveOneOut()), **CLOSE)
    assert counted == [(1, 1)]


def test_a_covariate_nearly_of_one_fold(monkeypatch, population):
    counted = count_fits(monkeypatch)
    rng = np.random.default_rng(0)
    nearly = np.where(np.arange(60) < 10, rng.standard_normal(60), 1e-3 * rng.standard_normal(60))
    X = np.column_stack([population.array, nearly])
    lmm = LMMRegressor(population.kinship, sample_id=0)
    found = cross_val_predict(lmm, X, population.y, cv=KFold(6))
    np.testing.assert_allclose(found, by_fits(lmm, X, population.y, KFold(6)), **CLOSE)
    assert counted == [(10, 1)]


def test_fixed_effects_without_full_rank(monkeypatch, population):
    refuse_fits(monkeypatch)
    X = np.column_stack([population.array, population.covariates.sum(axis=1), np.ones(60)])
    lmm = LMMRegressor(population.kinship, sample_id=0)
    found = cross_val_predict(lmm, X, population.y)
    np.testing.assert_allclose(found, by_fits(lmm, X, population.y, 5), **CLOSE)


def test_hardly_more_samples_than_fixed_effects(population):
    X, y = population.array[:6], population.y[:6]
    lmm = LMMRegressor(population.kinship, sample_id=0, h=0.5)
    for cv in (LeaveOneOut(), KFold(3)):
        np.testing.assert_allclose(
            cross_val_predict(lmm, X, y, cv=cv), by_fits(lmm, X, y, cv), **CLOSE
        )
    with pytest.raises(ValueError, match="n_samples=3 is not enough"):
        cross_val_predict(lmm, X, y, cv=KFold(2))


@pytest.mark.parametrize("solver", ["band", "eigh"])
def test_a_centered_kinship_at_its_end(monkeypatch, population, solver):
    """V is singular at h = 1 along the intercept, which P does not see."""
    refuse_fits(monkeypatch)
    Z = population.markers - population.markers.mean(axis=0)
    kinship = Kinship(Z @ Z.T / 50, population.ids)
    lmm = LMMRegressor(kinship, sample_id=0, h=[0.3, 1.0], solver=solver)
    X, Y = population.array, np.column_stack([population.y, population.y**2])
    found = cross_val_predict(lmm, X, Y)
    np.testing.assert_allclose(found, by_fits(lmm, X, Y, 5), **CLOSE)


@pytest.mark.parametrize("solver", ["band", "eigh"])
def test_two_of_a_kind_without_noise(monkeypatch, population, solver):
    """V is singular beside the fixed effects, too: folds are fitted."""
    counted = count_fits(monkeypatch)
    rows = np.r_[:60, 0, 1]
    X, y = population.array[rows], population.y[rows]
    lmm = LMMRegressor(population.kinship, sample_id=0, h=1 - 1e-12, solver=solver)
    found = cross_val_predict(lmm, X, y)
    np.testing.assert_allclose(found, by_fits(lmm, X, y, 5), rtol=1e-6)
    assert len(counted) == 5


@pytest.mark.parametrize("solver", ["band", "eigh"])
def test_a_kinship_with_a_negative_eigenvalue(population, solver):
    K = population.K - 0.5 * np.eye(60)
    lmm = LMMRegressor(Kinship(K, population.ids), sample_id=0, h=0.3, solver=solver)
    with pytest.warns(UserWarning, match="not positive semi-definite"):
        found = cross_val_predict(lmm, population.array, population.y)
    with pytest.warns(UserWarning, match="not positive semi-definite"):
        expected = by_fits(lmm, population.array, population.y, 5)
    np.testing.assert_allclose(found, expected, **CLOSE)


@pytest.mark.parametrize("scale", [1e-9, 1e9])
def test_the_scale_of_the_kinship(monkeypatch, population, scale):
    refuse_fits(monkeypatch)
    lmm = LMMRegressor(population.kinship, sample_id=0)
    expected = cross_val_predict(lmm, population.array, population.y)
    lmm.set_params(kinship=Kinship(scale * population.K, population.ids))
    found = cross_val_predict(lmm, population.array, population.y)
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-7)


def test_train_sets_with_repeated_or_tested_rows(monkeypatch, population):
    counted = count_fits(monkeypatch)
    folds = list(KFold(6).split(population.array))
    folds[1] = np.r_[folds[1][0], 0, 0], folds[1][1]
    folds[4] = np.arange(60), folds[4][1]
    lmm = LMMRegressor(population.kinship, sample_id=0)
    found = cross_val_predict(lmm, population.array, population.y, cv=folds)
    expected = by_fits(lmm, population.array, population.y, folds)
    np.testing.assert_allclose(found, expected, **CLOSE)
    assert counted == [(10, 1), (10, 1)]


@pytest.mark.parametrize("solver", ["auto", "lowrank"])
def test_splits_by_masks(population, solver):
    X, n = population.markers[:, :9], 60
    cv = [(np.arange(n) % 2 != part, np.flatnonzero(np.arange(n) % 2 == part)) for part in (0, 1)]
    lmm = LMMRegressor(solver=solver)
    expected = sklearn.model_selection.cross_val_predict(
        clone(lmm).set_params(h=lmm.fit(X, population.y).h_), X, population.y, cv=cv
    )
    np.testing.assert_allclose(cross_val_predict(lmm, X, population.y, cv=cv), expected, **CLOSE)


def test_one_fit_of_all_is_all(monkeypatch, reduced_sizes, population):
    refuse_fits(monkeypatch)
    lmm = LMMRegressor(population.kinship, sample_id=0)
    cross_val_predict(lmm, population.array, population.y, cv=LeaveOneOut())
    assert reduced_sizes == [60]
    assert not hasattr(lmm, "h_")


def test_a_fitted_estimator_is_not_changed(population):
    lmm = LMMRegressor(population.kinship, sample_id=0, store_reduction=False)
    lmm.fit(population.array, population.y)
    before = dict(vars(lmm))
    cross_val_predict(lmm, population.array, population.y)
    assert vars(lmm) == before


def test_nothing_is_written_to(population, holes):
    matrix, X, y = population.K.copy(), population.covariates.copy(), holes.copy()
    for array in (matrix, X, y):
        array.flags.writeable = False
    cross_val_predict(LMMRegressor(matrix, missing_y="drop"), X, y)
    cross_val_predict(LMMRegressor(kernel="precomputed", missing_y="drop"), matrix, y)


def test_leave_one_out_makes_no_matrix_of_all_samples_at_low_rank(monkeypatch):
    rng = np.random.default_rng(0)
    X, y = rng.standard_normal((4000, 20)), rng.standard_normal(4000)
    cross_val_predict(LMMRegressor(), X[:200], y[:200], cv=LeaveOneOut())
    for cv in (LeaveOneOut(), KFold(2)):
        tracemalloc.start()
        cross_val_predict(LMMRegressor(), X, y, cv=cv)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert peak < 4000**2 * 8 / 8


def test_refit_h(population):
    lmm = LMMRegressor(population.kinship, sample_id=0)
    found = cross_val_predict(lmm, population.array, population.y, refit="h", cv=3)
    expected = sklearn.model_selection.cross_val_predict(lmm, population.array, population.y, cv=3)
    np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        (
            {"estimator": make_pipeline(StandardScaler(), LMMRegressor())},
            TypeError,
            r"must be an LMMRegressor, got Pipeline: .* sklearn\.model_selection\.cross_val_pred",
        ),
        ({"estimator": Ridge()}, TypeError, "must be an LMMRegressor, got Ridge"),
        ({"refit": "v"}, ValueError, r"refit='v' is unknown\. Use None, .* or 'h'"),
        ({"refit": True}, ValueError, "refit=True is unknown"),
        ({"cv": ShuffleSplit(3, random_state=0)}, ValueError, "only works for partitions"),
        ({"cv": LeavePOut(2)}, ValueError, "only works for partitions"),
        ({"cv": [(np.arange(9), np.arange(9, 60))]}, ValueError, "only works for partitions"),
        ({"cv": GroupKFold(3)}, ValueError, "'groups' parameter should not be None"),
        ({"cv": 61}, ValueError, "n_splits=61 greater than the number of samples"),
        ({"y": np.ones(59)}, ValueError, r"inconsistent numbers of samples: \[60, 59\]"),
        ({"y": None}, ValueError, "requires y to be passed, but the target y is None"),
        ({"y": np.full(60, np.nan)}, ValueError, "Input y contains NaN"),
    ],
)
def test_what_is_refused(population, change, error, message):
    lmm = LMMRegressor(population.kinship, sample_id=0)
    arguments = {"estimator": lmm, "X": population.array, "y": population.y}
    with pytest.raises(error, match=message):
        cross_val_predict(**(arguments | change))


@pytest.mark.parametrize(
    ("h", "message"),
    [
        ([0.1, 0.2], r"h has shape \(2,\), but y has 3 targets.* shape \(3,\)"),
        ([[0.1, 0.2, 0.3]], r"h has shape \(1, 3\), but y has 3 targets"),
        ([0.1, 1.2, 0.3], r"h must be in \[0, 1\], got 1\.2"),
        ([0.1, np.nan, 0.3], r"h must be in \[0, 1\], got nan"),
        (True, r"h must be a number or an array of numbers, got array\(True\)"),
        ("0.5", r"The 'h' parameter .* a str among \{'loo'\}"),
    ],
)
def test_h_that_does_not_fit_the_traits(population, Y, h, message):
    with pytest.raises(ValueError, match=message):
        LMMRegressor(population.kinship, sample_id=0, h=h).fit(population.array, Y)
    with pytest.raises(ValueError, match=r"h has shape \(2,\), but y has 1 target\."):
        LMMRegressor(population.kinship, sample_id=0, h=[0.1, 0.2]).fit(
            population.array, population.y
        )


def test_each_trait_at_its_own_h(population, holes):
    X, h = population.array, [0.0, 0.25, 1.0, 0.7]
    lmm = LMMRegressor(population.kinship, sample_id=0, missing_y="drop", h=h).fit(X, holes)
    np.testing.assert_allclose(lmm.h_, h, rtol=1e-14)
    for trait, held in enumerate(h):
        alone = clone(lmm).set_params(h=held).fit(X, holes[:, trait])
        np.testing.assert_allclose(lmm.predict(X)[:, trait], alone.predict(X), **CLOSE)
        assert lmm.log_likelihood_[trait] == pytest.approx(alone.log_likelihood_, rel=1e-12)


@st.composite
def problems(draw):
    """(K, ids, covariates, y, fold of each row) of 20 to 40 samples."""
    n = draw(st.integers(20, 40))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    Z = rng.standard_normal((n, 2 * n))
    covariates = rng.standard_normal((n, draw(st.integers(0, 2))))
    folds = rng.permutation(n) % draw(st.integers(2, n))
    return Z @ Z.T / (2 * n), np.arange(n) * 3, covariates, rng.standard_normal(n), folds


properties = settings(max_examples=25, deadline=None)
solvers = st.sampled_from(["band", "eigh"])


def predict(problem, solver):
    K, ids, covariates, y, folds = problem
    lmm = LMMRegressor(Kinship(K, ids), sample_id=0, h=0.4, solver=solver)
    X = np.column_stack([ids, covariates])
    return cross_val_predict(lmm, X, y, cv=PredefinedSplit(folds))


@properties
@given(problems(), solvers, st.randoms(use_true_random=False))
def test_permuting_rows_permutes_predictions(problem, solver, random):
    K, ids, covariates, y, folds = problem
    order = np.array(random.sample(range(len(y)), len(y)))
    permuted = (K[np.ix_(order, order)], ids[order], covariates[order], y[order], folds[order])
    np.testing.assert_allclose(predict(permuted, solver), predict(problem, solver)[order], **CLOSE)


@properties
@given(problems(), solvers, st.floats(-100, 100))
def test_shifting_y_by_fixed_effects(problem, solver, b):
    K, ids, covariates, y, folds = problem
    shift = b * (1 + covariates.sum(axis=1))
    found = predict((K, ids, covariates, y + shift, folds), solver)
    np.testing.assert_allclose(found, predict(problem, solver) + shift, rtol=1e-9, atol=1e-9)


@properties
@given(problems(), solvers, st.floats(1e-6, 1e6))
def test_scaling_y(problem, solver, c):
    K, ids, covariates, y, folds = problem
    found = predict((K, ids, covariates, c * y, folds), solver)
    np.testing.assert_allclose(found / c, predict(problem, solver), **CLOSE)


@pytest.mark.parametrize("cv", [LeaveOneOut(), KFold(10, shuffle=True, random_state=0)])
def test_the_mice(mice, mice_kinship, cv):
    """Of leave-one-out, some of the fits."""
    rows = np.flatnonzero(~np.isnan(mice.target[:, 0]))[:400]
    X, y = mice.ids[rows, None], mice.target[rows, 0]
    lmm = LMMRegressor(mice_kinship, sample_id=0)
    found = cross_val_predict(lmm, X, y, cv=cv)
    lmm.set_params(h=lmm.fit(X, y).h_)
    for train, test in list(cv.split(X))[::40]:
        np.testing.assert_allclose(
            found[test], lmm.fit(X[train], y[train]).predict(X[test]), **CLOSE
        )


def test_a_band_fit_is_used_where_it_is_faster(population):
    lmm = LMMRegressor(population.kinship, sample_id=0).fit(population.array, population.y)
    assert isinstance(lmm._fitted.groups[0].estimate.model.reduction, BandReduction)


def test_groups_in_another_order(population):
    frame = population.frame
    groups = pd.Series(np.arange(60) % 6, index=frame.index)
    lmm = LMMRegressor(population.kinship, sample_id="id")
    for refit in (None, "h"):
        with pytest.raises(ValueError, match=r"X and groups have different indexes"):
            cross_val_predict(
                lmm, frame, population.y, groups=groups[::-1], cv=GroupKFold(6), refit=refit
            )


def test_refit_h_with_groups_and_metadata_routing(population):
    lmm, groups = LMMRegressor(population.kinship, sample_id=0), np.arange(60) % 6
    arguments = {"groups": groups, "cv": GroupKFold(6), "refit": "h"}
    expected = cross_val_predict(lmm, population.array, population.y, **arguments)
    with sklearn.config_context(enable_metadata_routing=True):
        found = cross_val_predict(lmm, population.array, population.y, **arguments)
    np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize(
    ("cv", "message"),
    [
        ([], r"cv=\[\] has no folds\. Use some, such as cv=5"),
        ([(np.arange(30), np.arange(30, 61))], r"cv has rows that X, with 60 rows, lacks"),
        ([(np.arange(30), np.arange(30, 60))], r"row 0 of X is in 0 test sets"),
        ([(np.arange(30), np.arange(30, 60))] * 2, r"only works for partitions, but row 0"),
    ],
)
def test_folds_that_are_no_partition(population, cv, message):
    lmm = LMMRegressor(population.kinship, sample_id=0)
    with pytest.raises(ValueError, match=message):
        cross_val_predict(lmm, population.array, population.y, cv=cv)


@pytest.mark.parametrize("refit", [None, "h"])
@pytest.mark.parametrize(
    "cv",
    [
        [(np.arange(30), np.arange(30, 60), np.arange(3))],
        [np.arange(60)],
        [{"train": [0], "test": [1]}],
        [3],
        [None],
        [(np.arange(30), 7)],
        [(np.arange(30)[:, None], np.arange(30, 60)[:, None])],
        [(None, np.arange(60))],
        [(np.arange(30.0), np.arange(30.0, 60.0))],
        [(["a"], ["b"])],
        [(slice(30), slice(30, 60))],
        [([[0, 1], [2]], [3])],
    ],
)
def test_folds_that_are_no_pairs_of_positions(population, cv, refit):
    lmm = LMMRegressor(population.kinship, sample_id=0)
    with pytest.raises(
        ValueError, match=r"cv must give pairs \(train, test\) of positions.*, got "
    ):
        cross_val_predict(lmm, population.array, population.y, cv=cv, refit=refit)


@pytest.mark.parametrize("refit", [None, "h"])
def test_folds_that_test_nothing_change_nothing(population, refit):
    lmm, folds = LMMRegressor(population.kinship, sample_id=0), list(KFold(3).split(population.y))
    found, expected = (
        cross_val_predict(lmm, population.array, population.y, cv=cv, refit=refit)
        for cv in ([*folds, (np.arange(30), []), ([0], []), (np.r_[:20, :3], [])], folds)
    )
    np.testing.assert_array_equal(found, expected)


def test_a_class_of_splitters(population):
    lmm = LMMRegressor(population.kinship, sample_id=0)
    with pytest.raises(ValueError, match=r"cv=KFold is a class\. Use an instance, KFold\(\."):
        cross_val_predict(lmm, population.array, population.y, cv=KFold)


@pytest.mark.parametrize("n_jobs", ["a", 1.5, True, 0])
def test_number_of_processes(population, n_jobs):
    lmm = LMMRegressor(population.kinship, sample_id=0)
    with pytest.raises(ValueError, match=r"n_jobs=.* is no number of processes\. Use None, an i"):
        cross_val_predict(lmm, population.array, population.y, n_jobs=n_jobs)


class LeaveOneOutInThree(LeaveOneOut):
    def split(self, X, y=None, groups=None):
        return KFold(3).split(X)


def test_what_a_splitter_does_counts_and_not_what_it_is(population):
    lmm, X, y = LMMRegressor(population.kinship, sample_id=0), population.array, population.y
    found = cross_val_predict(lmm, X, y, cv=LeaveOneOutInThree())
    np.testing.assert_array_equal(found, cross_val_predict(lmm, X, y, cv=KFold(3)))


def test_unknown_refit(population):
    lmm = LMMRegressor(population.kinship, sample_id=0)
    with pytest.raises(ValueError, match=r"refit=array.* is unknown"):
        cross_val_predict(lmm, population.array, population.y, refit=np.array([1, 2]))


@pytest.mark.parametrize(
    "kind",
    ["pairs", "a column of pairs", "mixed", "floats and integers"],
)
def test_groups_of_any_labels(kind, population):
    X, y = population.array, population.y
    numbers = np.arange(len(y)) * 7 // 2 % 4
    pairs = [("family", int(number)) for number in numbers]
    groups = {
        "pairs": pairs,
        "a column of pairs": pd.Series(pairs),
        "mixed": [int(number) or "unknown" for number in numbers],
        "floats and integers": [float(n) if n % 2 else int(n) for n in numbers],
    }
    lmm = LMMRegressor(population.kinship, sample_id=0)
    cv = LeaveOneGroupOut()
    expected = cross_val_predict(lmm, X, y, groups=numbers, cv=cv)
    found = cross_val_predict(lmm, X, y, groups=groups[kind], cv=cv)
    np.testing.assert_array_equal(found, expected)


def test_one_group_in_two_types(population):
    groups = ["1", 1] * (len(population.y) // 2)
    lmm = LMMRegressor(population.kinship, sample_id=0)
    with pytest.raises(ValueError, match="The label 1 of groups is of type int, and '1' of"):
        cross_val_predict(lmm, population.array, population.y, groups=groups, cv=GroupKFold(2))
