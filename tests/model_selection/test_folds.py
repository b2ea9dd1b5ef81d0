"""Which folds and arguments cross_val_predict takes, and what does not change its predictions."""

import numpy as np
import pandas as pd
import pytest
import sklearn.model_selection
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.base import clone
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

from sklmm import Kinship, LMMRegressor
from sklmm._door import fitted_model
from sklmm._variance.reductions.band import BandReduction
from sklmm.model_selection import cross_val_predict

CLOSE = {"rtol": 0, "atol": 1e-10}


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
    assert isinstance(fitted_model(lmm).traits("")[0].model.reduction, BandReduction)


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
