"""What every solver of the registry does for an estimator, against the textbook."""

import pickle
import re
from typing import ClassVar

import numpy as np
import oracle
import pages
import pytest
import sklearn.model_selection
from models import GivenRows, reduce

from sklmm import LMMRegressor
from sklmm._variance.fit import fit
from sklmm._variance.likelihood.fixed_effects import FixedEffects
from sklmm._variance.reductions import choose
from sklmm._variance.reductions.choose import SOLVERS
from sklmm._variance.reductions.spectral import SpectralReduction
from sklmm.inference import b_covariance, confidence_interval, t_test, variance_components
from sklmm.model_selection import cross_val_predict

N, M = 40, 12
rng = np.random.default_rng(8)
Z = rng.standard_normal((N, M))
Z[-3:] = Z[:3]  # two of a kind
K = Z @ Z.T
AGE = rng.standard_normal(N)
X = np.column_stack([Z, AGE])
FIXED = np.column_stack([np.ones(N), AGE])
Y = Z @ rng.standard_normal((M, 3)) + np.multiply.outer(AGE, [1, 0, 2])
Y += rng.standard_normal((N, 3)) * [1, 4, 2]
HOLES = Y.copy()
HOLES[:7, 1] = HOLES[4:9, 2] = np.nan
NEW = rng.standard_normal((4, M + 1))

solvers = pytest.mark.parametrize("solver", SOLVERS)


def fitted(solver, y=Y, X=X, **parameters):
    parameters = {"covariates": [M], "missing_y": "drop", **parameters}
    return LMMRegressor(solver=solver, **parameters).fit(X, y)


def textbook(lmm, trait, y, fixed=FIXED):
    """Of the rows in which a trait is measured, at the h of a fit."""
    rows = ~np.isnan(y)
    expected = oracle.fit_at(lmm.h_[trait], K[np.ix_(rows, rows)], fixed[rows], y[rows], "reml")
    return rows, expected


@solvers
@pytest.mark.parametrize("y", [Y, HOLES], ids=["measured", "missing values"])
def test_a_fit_and_what_is_asked_of_it_afterwards(solver, y):
    lmm = fitted(solver, y)
    mean, std = lmm.predict(NEW, return_std=True)
    profile, covariance = lmm.log_likelihood([0.1, 0.3]), b_covariance(lmm)
    for trait in range(3):
        rows, expected = textbook(lmm, trait, y[:, trait])
        best = expected.log_likelihood
        assert lmm.v_[trait] == pytest.approx(float(expected.v), rel=1e-9)
        assert lmm.log_likelihood_[trait] == pytest.approx(float(best), rel=1e-10)
        np.testing.assert_allclose(lmm.b_[trait], expected.b.astype(float), rtol=1e-8)
        np.testing.assert_allclose(
            covariance[trait], expected.b_covariance.astype(float), rtol=1e-8, atol=1e-12
        )
        for place, h in enumerate([0.1, 0.3]):
            at_h = oracle.fit_at(h, K[np.ix_(rows, rows)], FIXED[rows], y[rows, trait], "reml")
            assert profile[place, trait] == pytest.approx(float(at_h.log_likelihood), rel=1e-10)
            assert best >= at_h.log_likelihood
        k, x = NEW[:, :M] @ Z[rows].T, np.column_stack([np.ones(4), NEW[:, M]])
        h, inverse = lmm.h_[trait], expected.V_inverse.astype(float)
        residual = (y[rows, trait] - FIXED[rows] @ expected.b).astype(float)
        blup = x @ expected.b.astype(float) + h * k @ inverse @ residual
        np.testing.assert_allclose(mean[:, trait], blup, rtol=1e-8)
        carried = x - h * k @ inverse @ FIXED[rows]
        spread = h * np.sum(NEW[:, :M] ** 2, axis=1) - h**2 * np.sum(k @ inverse * k, axis=1)
        variances = expected.v * spread + np.sum(carried @ expected.b_covariance * carried, axis=1)
        np.testing.assert_allclose(std[:, trait] ** 2, variances.astype(float), rtol=1e-8)


@solvers
@pytest.mark.parametrize("y", [Y, HOLES], ids=["measured", "missing values"])
def test_answers_agree_with_those_by_eigenvectors(solver, y):
    lmm, expected = fitted(solver, y), fitted("eigh", y)
    for ask in (
        lambda lmm: confidence_interval(lmm, "h"),
        lambda lmm: t_test(lmm).statistic,
        lambda lmm: variance_components(lmm).standard_error["kernel"],
        lambda lmm: lmm.predict(NEW, return_cov=True)[1],
        lambda lmm: lmm.dual_coef_,
        lambda lmm: lmm.random_effects_,
        lambda lmm: cross_val_predict(lmm, X, y),
    ):
        np.testing.assert_allclose(ask(lmm), ask(expected), rtol=1e-6, atol=1e-9)
    again = pickle.loads(pickle.dumps(lmm))
    np.testing.assert_array_equal(again.log_likelihood(0.3), lmm.log_likelihood(0.3))


@solvers
def test_closed_forms_are_refits(solver):
    y = Y[:, 0]
    lmm = fitted(solver, y)
    held = LMMRegressor(solver=solver, covariates=[M], h=lmm.h_)
    expected = sklearn.model_selection.cross_val_predict(held, X, y, cv=5)
    np.testing.assert_allclose(cross_val_predict(lmm, X, y, cv=5), expected, rtol=0, atol=1e-9)


@solvers
def test_no_fixed_effects(solver):
    lmm = fitted(solver, X=Z, covariates=None, fit_intercept=False)
    for trait in range(3):
        _, expected = textbook(lmm, trait, Y[:, trait], np.empty((N, 0)))
        assert lmm.log_likelihood_[trait] == pytest.approx(float(expected.log_likelihood))
    lmm.predict(NEW[:, :M], return_std=True)
    assert cross_val_predict(lmm, Z, Y).shape == Y.shape


@solvers
@pytest.mark.parametrize("noise", [1e-3, 1e-8])
def test_next_to_the_end_of_a_singular_K(solver, noise):
    """Against the rotation by exact sums and differences of twins."""
    twins = np.repeat(np.eye(N // 2), 2, axis=0)
    y = np.repeat(Y[: N // 2, 0], 2) + np.sqrt(noise) * Y[:, 1] / 10
    lmm = fitted(solver, y, np.column_stack([twins, AGE]), h=1 - noise, covariates=[N // 2])
    sums, differences = (
        np.column_stack([M[::2] + sign * M[1::2] for M in (FIXED, y)]) / np.sqrt(2 * scale)
        for sign, scale in ((1, 1 + lmm.h_), (-1, 1 - lmm.h_))
    )
    whitened = np.vstack([sums, differences])
    b, rss, _, _ = np.linalg.lstsq(whitened[:, :2], whitened[:, 2], rcond=None)
    np.testing.assert_allclose(lmm.b_, b, rtol=1e-6)
    assert lmm.v_ == pytest.approx(rss[0] / (N - 2), rel=1e-6)


@pytest.mark.parametrize(
    "solver", [name for name, solver in SOLVERS.items() if solver.uses_relationships]
)
def test_an_indefinite_K(solver):
    values, vectors = np.linalg.eigh(K)
    values[:3] = -0.4, -0.2, -0.1
    indefinite = vectors * values @ vectors.T
    with pytest.warns(UserWarning, match="is not positive semi-definite"):
        lmm = LMMRegressor(indefinite, solver=solver).fit(AGE[:, None], Y)
    for trait in range(3):
        expected = oracle.fit_at(lmm.h_[trait], indefinite, FIXED, Y[:, trait], "reml")
        assert lmm.h_[trait] < 1 / 1.4
        assert lmm.log_likelihood_[trait] == pytest.approx(float(expected.log_likelihood))


class Unrotated(SpectralReduction):
    """Of a diagonal K, which has nothing to rotate: columns are given back as they are."""

    def rotate(self, M):
        return M

    def rotate_back(self, M):
        return M


def test_a_fit_does_not_write_over_what_a_solver_returned():
    variances = np.linspace(0.2, 3, N)
    solver = Unrotated(variances, np.eye(N), 1.0)
    rows, effects = (
        GivenRows(K=np.diag(variances)),
        FixedEffects.from_covariates(AGE[:, None], True),
    )
    (found,) = fit(solver, rows, effects, Y.copy(), "reml", np.full(3, 0.4))
    (expected,) = fit(reduce("eigh", K=rows.K), rows, effects, Y.copy(), "reml", np.full(3, 0.4))
    for trait in range(3):
        assert found.estimate.model.log_likelihood(trait, 0.2) == pytest.approx(
            expected.estimate.model.log_likelihood(trait, 0.2), rel=1e-12
        )
    np.testing.assert_allclose(found.dual_coef, expected.dual_coef, atol=1e-12)
    np.testing.assert_allclose(found.random_effects, expected.random_effects, atol=1e-12)


def test_leave_one_out_names_what_has_a_spectrum(monkeypatch):
    class Plain(SpectralReduction):
        has_spectrum: ClassVar[bool] = choose.Solver.has_spectrum

    monkeypatch.setitem(SOLVERS, "plain", Plain)
    with pytest.raises(ValueError, match=r"solver='plain' cannot be used with h='loo'.*'eigh'"):
        choose.choose_solver("plain", N, 1, None, needs_spectrum=True)
    with pytest.raises(NotImplementedError, match="BandReduction has no spectrum"):
        reduce("band", Z=Z).spectrum(GivenRows(Z=Z))


def test_the_docstring_of_the_estimator_names_all_solvers():
    named = re.search(r"solver : \{(.*?)\}", LMMRegressor.__doc__)[1]
    assert re.findall(r'"(\w+)"', named) == ["auto", *SOLVERS]


def test_the_page_on_the_method_has_a_row_for_all_solvers():
    page = (pages.ROOT / "docs" / "method.md").read_text(encoding="utf-8")
    assert re.findall(r'^\| `"(\w+)"` \|', page, re.MULTILINE) == list(SOLVERS)
