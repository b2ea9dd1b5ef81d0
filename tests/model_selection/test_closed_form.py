"""Cross-validation in closed form, against fits of every fold at the same h."""

import tracemalloc

import numpy as np
import pandas as pd
import pytest
import sklearn.model_selection
from once import once
from sklearn.base import clone
from sklearn.gaussian_process.kernels import RBF
from sklearn.model_selection import (
    GroupKFold,
    KFold,
    LeaveOneOut,
    PredefinedSplit,
)

from sklmm import Kinship, LMMRegressor, model_selection
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
    folds = sklearn.model_selection.check_cv(cv).split(X, y, groups)
    return by_fits_of_folds(lmm, X, y, list(folds))


@once
def by_fits_of_folds(lmm, X, y, folds):
    h = clone(lmm).fit(X, y).h_
    lmm = clone(lmm).set_params(h=h)
    predictions = np.full(np.shape(y), np.nan)
    for train, test in folds:
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


@pytest.mark.parametrize("solver", ["band", "eigh", "lowrank"])
@pytest.mark.parametrize("noise", [1e-4, 1e-5, 1e-6, 1e-7, 1e-8, 1e-10])
def test_a_singular_kinship_next_to_its_end(solver, noise):
    """Blocks of P, which are differences, lose digits where V is not regular by far."""
    rng = np.random.default_rng(3)
    twins = np.repeat(np.eye(25), 2, axis=0)
    X = np.column_stack([twins, rng.standard_normal(50)])
    y = np.repeat(rng.standard_normal(25), 2) + np.sqrt(noise) * rng.standard_normal(50)
    lmm = LMMRegressor(covariates=[25], h=1 - noise, solver=solver)
    for cv in (5, KFold(5, shuffle=True, random_state=0)):
        found, expected = cross_val_predict(lmm, X, y, cv=cv), by_fits(lmm, X, y, cv)
        np.testing.assert_allclose(found, expected, rtol=0, atol=2e-9)


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
