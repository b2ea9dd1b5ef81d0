"""h="loo": the h of the least squared error of leave-one-out."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from models import GivenRows, reduce
from sklearn.base import clone
from sklearn.linear_model import RidgeCV
from sklearn.model_selection import GridSearchCV, LeaveOneOut
from sklearn.model_selection import cross_val_predict as fit_and_predict

from sklmm import Kinship, LMMRegressor
from sklmm._variance.deletion.leave_one_out import LeaveOneOutCurve, minimize
from sklmm._variance.likelihood.fixed_effects import FixedEffects
from sklmm.model_selection import cross_val_predict


@pytest.fixture
def families():
    """X, y and a kinship of 12 families of 3, with an h inside."""
    rng = np.random.default_rng(3)
    family = np.repeat(np.arange(12), 3)
    K = np.where(family[:, None] == family, 0.8, 0.0) + 0.2 * np.eye(36)
    X = np.column_stack([np.arange(36), rng.standard_normal(36)])
    y = 0.8 * np.linalg.cholesky(K) @ rng.standard_normal(36) + 0.6 * rng.standard_normal(36)
    return X, y, Kinship(K, range(36))


def error_by_fits(lmm, X, y, h):
    predictions = fit_and_predict(clone(lmm).set_params(h=h), X, y, cv=LeaveOneOut())
    return np.mean((y - predictions) ** 2)


def error_by_the_textbook(K, X, y, h):
    """Of BLUPs of each row from all others, by dense formulas."""
    squares = []
    for row in range(len(y)):
        others = np.arange(len(y)) != row
        X_train, y_train = X[others], y[others]
        V = h * K[np.ix_(others, others)] + (1 - h) * np.eye(len(y) - 1)
        VX = np.linalg.solve(V, X_train)
        b = np.linalg.solve(VX.T @ X_train, VX.T @ y_train)
        u = h * K[row, others] @ np.linalg.solve(V, y_train - X_train @ b)
        squares.append((y[row] - X[row] @ b - u) ** 2)
    return np.mean(squares)


def errors(lmm, X, y, h):
    """At several h, in closed form, which its own tests compare with fits."""
    held, Y = clone(lmm).set_params(h=h), np.tile(y[:, None], len(h))
    return np.mean((Y - cross_val_predict(held, X, Y, cv=LeaveOneOut())) ** 2, axis=0)


def logit(h):
    return np.log(h / (1 - h))


@pytest.mark.parametrize("method", ["reml", "ml"])
def test_the_minimum_over_a_grid_by_the_textbook(families, method):
    X, y, kinship = families
    make = LMMRegressor(kinship, sample_id=0, method=method)
    lmm = clone(make).set_params(h="loo").fit(X, y)
    assert 0.05 < lmm.h_ < 0.95
    covariates = np.column_stack([np.ones(36), X[:, 1]])
    grid = np.linspace(0, 1, 21)
    errors = [error_by_the_textbook(kinship.matrix, covariates, y, h) for h in grid]
    least = error_by_the_textbook(kinship.matrix, covariates, y, lmm.h_)
    assert least <= min(errors)
    assert abs(grid[np.argmin(errors)] - lmm.h_) < grid[1]
    assert error_by_fits(make, X, y, lmm.h_) == pytest.approx(least, rel=1e-10)


@pytest.mark.parametrize("solver", ["eigh", "lowrank"])
@pytest.mark.parametrize("fit_intercept", [True, False])
def test_the_minimum_is_local(population, solver, fit_intercept):
    X = np.column_stack([population.markers[:, :15], population.covariates])
    lmm = LMMRegressor(covariates=[15, 16], fit_intercept=fit_intercept, solver=solver, h="loo")
    h = lmm.fit(X, population.y).h_
    assert 0 < h < 1
    steps = np.array([0, -1e-3, 1e-3])
    least, *others = errors(lmm, X, population.y, 1 / (1 + np.exp(-logit(h) + steps)))
    assert least < min(others)


def test_solvers_agree(population):
    X, y = population.markers[:, :15], population.y
    h = [
        LMMRegressor(solver=solver, h="loo").fit(X, y).h_ for solver in ("eigh", "lowrank", "auto")
    ]
    np.testing.assert_allclose(logit(np.array(h)), logit(h[0]), rtol=0, atol=1e-6)


def test_of_a_fit_all_else_is_that_at_its_h(families):
    X, y, kinship = families
    lmm = LMMRegressor(kinship, sample_id=0, h="loo").fit(X, y)
    held = LMMRegressor(kinship, sample_id=0, h=lmm.h_, solver="band").fit(X, y)
    for name in ("v_", "b_", "log_likelihood_", "pve_", "dual_coef_", "random_effects_"):
        np.testing.assert_allclose(
            getattr(lmm, name), getattr(held, name), rtol=1e-9, atol=1e-11, err_msg=name
        )
    for found, expected in zip(
        lmm.predict(X, return_std=True), held.predict(X, return_std=True), strict=True
    ):
        np.testing.assert_allclose(found, expected, rtol=1e-8)
    assert lmm.log_likelihood(lmm.h_) == pytest.approx(lmm.log_likelihood_, rel=1e-12)


@pytest.mark.parametrize("n_features", [12, 90])
def test_errors_are_those_of_ridge_regression(n_features):
    rng = np.random.default_rng(4)
    X = rng.standard_normal((60, n_features))
    y = X @ rng.standard_normal(n_features) / 2 + rng.standard_normal(60)
    alphas = np.logspace(-2, 4, 25)
    ridge = RidgeCV(alphas=alphas, fit_intercept=False, store_cv_results=True).fit(X, y)
    lmm = LMMRegressor(fit_intercept=False)
    for alpha, expected in zip(alphas, ridge.cv_results_.T, strict=True):
        held = clone(lmm).set_params(h=1 / (1 + alpha))
        predictions = cross_val_predict(held, X, y, cv=LeaveOneOut())
        np.testing.assert_allclose((y - predictions) ** 2, expected, rtol=1e-9, atol=1e-12)
    h = lmm.set_params(h="loo").fit(X, y).h_
    fine = (1 - h) / h * np.linspace(0.99, 1.01, 21)
    assert RidgeCV(alphas=fine, fit_intercept=False).fit(X, y).alpha_ == fine[10]


def test_no_relationship_is_exactly_0(families):
    """Brothers and sisters differ more than strangers."""
    X, _, kinship = families
    y = np.tile([1.0, 0.1, -1.0], 12) + np.random.default_rng(0).standard_normal(36) / 10
    assert LMMRegressor(kinship, sample_id=0, h="loo").fit(X, y).h_ == 0.0


def test_no_noise_is_exactly_1():
    """A random walk that is observed without error."""
    time = np.arange(1, 51)
    y = np.cumsum(np.random.default_rng(1).standard_normal(50))
    lmm = LMMRegressor(np.minimum.outer(time, time), h="loo", fit_intercept=False)
    assert lmm.fit(np.empty((50, 0)), y).h_ == 1.0


def test_where_V_is_singular_at_the_end():
    """Random effects explain all: the h that is nearest to 1 still has a regular V."""
    rng = np.random.default_rng(0)
    X = rng.standard_normal((40, 5))
    y = X @ rng.standard_normal(5) + 1e-9 * rng.standard_normal(40)
    for solver in ("lowrank", "eigh"):
        lmm = LMMRegressor(h="loo", solver=solver, fit_intercept=False).fit(X, y)
        assert 1 - 1e-8 < lmm.h_ < 1
        np.testing.assert_allclose(lmm.predict(X), y, atol=1e-6)


def test_several_traits_with_missing_values(population):
    rng = np.random.default_rng(0)
    u = np.linalg.cholesky(population.K) @ rng.standard_normal((60, 6))
    Y = u + 0.7 * rng.standard_normal((60, 6))
    Y[:5, 2], Y[40:, 3] = np.nan, np.nan
    lmm = LMMRegressor(population.kinship, sample_id=0, h="loo", missing_y="drop")
    found = clone(lmm).fit(population.array, Y)
    alone = [clone(lmm).fit(population.array, y).h_ for y in Y.T]
    np.testing.assert_allclose(found.h_, alone, atol=1e-7)
    assert len(np.unique(found.h_)) > 3
    held = clone(lmm).set_params(h=found.h_)
    np.testing.assert_allclose(
        cross_val_predict(lmm, population.array, Y),
        cross_val_predict(held, population.array, Y),
        atol=1e-7,
    )


def test_in_cross_validation_and_grid_search(population):
    X, y = population.array, population.y
    lmm = LMMRegressor(population.kinship, sample_id=0, h="loo")
    h = clone(lmm).fit(X, y).h_
    np.testing.assert_allclose(
        cross_val_predict(lmm, X, y, cv=4),
        fit_and_predict(clone(lmm).set_params(h=h), X, y, cv=4),
        atol=1e-10,
    )
    np.testing.assert_array_equal(
        cross_val_predict(lmm, X, y, cv=4, refit="h"), fit_and_predict(lmm, X, y, cv=4)
    )
    search = GridSearchCV(lmm, {"h": [None, "loo", 0.3]}, cv=3).fit(X, y)
    assert np.isfinite(search.cv_results_["mean_test_score"]).all()
    assert clone(lmm).get_params()["h"] == "loo"


def test_samples_that_determine_a_fixed_effect_are_not_counted(population):
    K, others = population.K, np.arange(60) != 8
    X = np.column_stack([population.covariates, ~others])
    with_dummy = LMMRegressor(K, h="loo").fit(X, population.y)
    without = LMMRegressor(K[np.ix_(others, others)], h="loo")
    without.fit(population.covariates[others], population.y[others])
    assert with_dummy.h_ == pytest.approx(without.h_, abs=1e-7)


def test_a_y_that_is_exact(population):
    with pytest.warns(UserWarning, match="y is an exact linear function"):
        lmm = LMMRegressor(population.K, h="loo").fit(population.covariates, np.ones(60))
    assert lmm.h_ == 0.0


def test_a_kinship_that_is_the_identity(population):
    with pytest.warns(UserWarning, match="The likelihood does not depend on h"):
        lmm = LMMRegressor(2 * np.eye(60), h="loo").fit(population.covariates, population.y)
    assert lmm.h_ == 0.0


def test_the_band_solver_is_refused(population):
    lmm = LMMRegressor(population.K, h="loo", solver="band")
    with pytest.raises(ValueError, match=r"solver='band' cannot be used with h='loo'.*'eigh'"):
        lmm.fit(population.covariates, population.y)


def curves(n_markers):
    """The same curve at low rank and in full."""
    rng = np.random.default_rng(0)
    Z, Y = rng.standard_normal((40, n_markers)), rng.standard_normal((40, 3))
    fixed_effects = FixedEffects.from_covariates(rng.standard_normal((40, 2)), True)
    X = fixed_effects.basis
    Y -= X @ (X.T @ Y)
    few = reduce("lowrank", Z=Z)
    return [
        LeaveOneOutCurve(*reduction.spectrum(GivenRows(Z=Z)), X, Y)
        for reduction in (few, reduce("eigh", Z=Z))
    ]


def test_the_curve_at_many_h_is_that_at_each():
    h = np.linspace(0, 0.99, 7)
    few, full = curves(10)
    values = full.at(h)
    assert values.shape == (7, 3)
    np.testing.assert_allclose(few.at(h), values, rtol=1e-11)
    for place, one in enumerate(h):
        np.testing.assert_allclose(full.at([one]), values[[place]], rtol=1e-12)
        np.testing.assert_allclose(full.at([one], slice(1, 2)), values[[place], 1:2], rtol=1e-12)


class TwoDips:
    """A curve with a dip at each of two h, and little between them."""

    n_traits = 1

    def __init__(self, deeper, other):
        self.dips = deeper, other

    def at(self, h, traits=slice(None)):
        x = logit(np.clip(h, 1e-12, 1 - 1e-12))
        deeper, other = (np.exp(-((x - logit(dip)) ** 2)) for dip in self.dips)
        return (2 - deeper - 0.999 * other)[:, None]


@pytest.mark.parametrize("deeper", [0.03, 0.97])
def test_the_deeper_of_two_dips_is_found(deeper):
    reduction = reduce("eigh", np.eye(3) + 0.5)
    (h,) = minimize(TwoDips(deeper, 1 - deeper), reduction.definiteness)
    assert h == pytest.approx(deeper, rel=1e-6)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(10, 40), st.sampled_from([0.1, 0.5, 0.9]))
def test_no_h_is_better(seed, n, share):
    rng = np.random.default_rng(seed)
    Z = rng.standard_normal((n, 2 * n))
    K = Z @ Z.T / (2 * n)
    u = np.linalg.cholesky(K) @ rng.standard_normal(n)
    y = np.sqrt(share) * u + np.sqrt(1 - share) * rng.standard_normal(n)
    X = np.arange(n)[:, None]
    lmm = LMMRegressor(Kinship(K, range(n)), sample_id=0, h="loo")
    h = [lmm.fit(X, y).h_, *np.linspace(0, 1, 21)]
    least, *others = errors(lmm, X, y, h)
    assert least <= min(others) * (1 + 1e-11)
