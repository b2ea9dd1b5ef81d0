"""h at 1 and next to it, where K is singular: beside a likelihood of the error contrasts."""

from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from intervals import intervals_of
from models import reduce
from scipy.optimize import minimize_scalar
from scipy.special import expit
from scipy.stats import chi2
from sklearn.base import clone

from sklmm import Kinship, LMMRegressor
from sklmm.inference import (
    confidence_interval,
    heritability_test,
    prediction_errors,
    t_test,
    variance_components,
)
from sklmm.model_selection import cross_val_predict

SOLVERS = ["band", "eigh", "lowrank"]


@pytest.mark.parametrize("solver", SOLVERS)
def test_a_reduction_is_magnified_from_what_it_was_resolved_to(solver):
    """Not from what it was magnified to before."""
    Z = np.random.default_rng(0).standard_normal((12, 5))
    resolved = reduce(solver, Z=Z).resolve()
    for magnification in (1.0, 1e3, 1e13):
        again = resolved.magnify(1e6).magnify(magnification)
        assert again.magnification == magnification
        V = again.scale * again.multiply(np.eye(len(again.is_null)))
        eigenvalues = np.sort(np.diagonal(V))[::-1]
        np.testing.assert_allclose(eigenvalues[:5], np.linalg.svd(Z)[1] ** 2, rtol=1e-12)


class Oracle:
    """REML of y = 1 b + Z β + e, by the singular values of the centered Z."""

    def __init__(self, Z, y):
        self.scale = np.mean(np.sum(Z**2, axis=1))
        self.means, self.y_mean = Z.mean(axis=0), y.mean()
        U, self.d, self.W = np.linalg.svd(Z - self.means, full_matrices=False)
        r = y - y.mean()
        self.scores = U.T @ r
        self.rest = np.sum((r - U @ self.scores) ** 2)
        self.n = len(y)

    def minus_log_likelihood(self, logit):
        h, g = expit(logit), expit(-logit)
        d, df = h * self.d**2 / self.scale + g, self.n - 1
        v = (np.sum(self.scores**2 / d) + self.rest / g) / df
        logdet = np.log(d).sum() + (df - len(d)) * np.log(g)
        return (df * (np.log(2 * np.pi * v) + 1) + logdet) / 2

    def solve(self):
        grid = np.linspace(-10, 42, 1000)
        best = min(grid, key=self.minus_log_likelihood)
        return minimize_scalar(
            self.minus_log_likelihood,
            bounds=(best - 0.1, best + 0.1),
            method="bounded",
            options={"xatol": 1e-10},
        ).x

    def predict(self, logit, Z):
        h, g = expit(logit), expit(-logit)
        shrunk = self.d * h / self.scale / (h * self.d**2 / self.scale + g)
        return self.y_mean + (Z - self.means) @ (self.W.T @ (shrunk * self.scores))


@pytest.mark.parametrize("solver", SOLVERS)
@pytest.mark.parametrize("noise", [1e-2, 1e-4, 1e-6, 1e-7, 1e-8])
def test_a_finite_maximum_next_to_1(solver, noise):
    """K has rank 8 of 60: the likelihood ends at the size of the noise, not at h = 1."""
    rng = np.random.default_rng(1)
    Z = rng.standard_normal((64, 8))
    y = Z @ rng.standard_normal(8) + noise * rng.standard_normal(64)
    lmm = LMMRegressor(kernel="linear", solver=solver)
    if noise < 1e-5:
        with pytest.warns(UserWarning, match="h_ is so near to 1 that it has lost digits"):
            lmm.fit(Z[:60], y[:60])
    else:
        lmm.fit(Z[:60], y[:60])
    oracle = Oracle(Z[:60], y[:60])
    logit = oracle.solve()
    np.testing.assert_allclose(lmm.log_likelihood_, -oracle.minus_log_likelihood(logit), rtol=1e-7)
    np.testing.assert_allclose(lmm.predict(Z), oracle.predict(logit, Z), atol=1e-9)
    variances = variance_components(lmm).estimate
    np.testing.assert_allclose(variances["residual"], noise**2, rtol=0.5)
    np.testing.assert_allclose(
        variances["residual"] / variances["kernel"],
        expit(-logit) / expit(logit) * oracle.scale,
        rtol=1e-5,
    )


@pytest.mark.parametrize("solver", ["band", "lowrank"])
@pytest.mark.parametrize("noise", [1e-4, 1e-6, 1e-8])
@pytest.mark.filterwarnings("ignore:h_ is so near to 1")
def test_intervals_of_little_noise_are_those_of_least_squares(solver, noise):
    """Where the random effects leave nothing but noise, K as good as fixes them."""
    rng = np.random.default_rng(1)
    Z = rng.standard_normal((60, 8))
    y = Z @ rng.standard_normal(8) + noise * rng.standard_normal(60)
    lmm = LMMRegressor(kernel="linear", solver=solver).fit(Z, y)
    X = np.column_stack([np.ones(60), Z])
    rss = np.sum((y - X @ np.linalg.lstsq(X, y, rcond=None)[0]) ** 2)
    interval = intervals_of(lmm)
    np.testing.assert_allclose(interval("residual"), rss / chi2.ppf([0.975, 0.025], 51), rtol=5e-3)
    low, high = interval("kernel")
    assert 0.1 < low < 1 < high < 10


@settings(max_examples=30, deadline=None)
@given(
    st.integers(0, 2**32 - 1),
    st.integers(1, 12),
    st.sampled_from([0, 1e-8, 1e-6, 1e-3, 1]),
    st.sampled_from(SOLVERS),
    st.sampled_from(["reml", "ml"]),
)
@pytest.mark.filterwarnings("ignore:h_ is so near", "ignore:The likelihood")
def test_training_rows_are_predicted_as_fixed_and_random_effects(seed, m, noise, solver, method):
    rng = np.random.default_rng(seed)
    n, p = m + int(rng.integers(3, 9)), int(rng.integers(1, 3))
    C, Z = rng.standard_normal((n, p)), rng.standard_normal((n, m))
    y = Z @ rng.standard_normal(m) + noise * rng.standard_normal(n)
    lmm = LMMRegressor(
        kernel="linear", covariates=list(range(p)), solver=solver, method=method
    ).fit(np.column_stack([C, Z]), y)
    parts = lmm.predict_fixed(np.column_stack([C, Z])) + lmm.random_effects_
    np.testing.assert_allclose(
        lmm.predict(np.column_stack([C, Z])), parts, atol=1e-9 * np.abs(y).max()
    )


@pytest.mark.parametrize("solver", SOLVERS)
def test_without_noise_the_limit_is_interpolation(solver):
    rng = np.random.default_rng(0)
    Z = rng.standard_normal((40, 6))
    y = 10 + Z @ rng.standard_normal(6)
    with pytest.warns(match="grows without bound"):
        lmm = LMMRegressor(kernel="linear", solver=solver).fit(Z, y)
    np.testing.assert_allclose(lmm.predict(Z), y, rtol=1e-9)
    np.testing.assert_allclose(
        lmm.marker_effects_, np.linalg.lstsq(Z, y - 10, rcond=None)[0], rtol=1e-7
    )


@pytest.mark.parametrize("solver", SOLVERS)
def test_several_traits_of_which_one_is_next_to_1(solver):
    rng = np.random.default_rng(2)
    Z = rng.standard_normal((50, 10))
    signal, noise = Z @ rng.standard_normal((10, 3)), rng.standard_normal((50, 3))
    Y = signal + noise * [1, 1e-6, 0.1]
    with pytest.warns(UserWarning, match="Trait 1 of 3: h_ is so near to 1"):
        together = LMMRegressor(kernel="linear", solver=solver).fit(Z, Y)
    for trait in (0, 2):
        alone = LMMRegressor(kernel="linear", solver=solver).fit(Z, Y[:, trait])
        np.testing.assert_allclose(together.h_[trait], alone.h_, rtol=1e-8)
        np.testing.assert_allclose(together.predict(Z)[:, trait], alone.predict(Z), rtol=1e-7)
    oracle = Oracle(Z, Y[:, 1])
    expected = oracle.predict(oracle.solve(), Z)
    np.testing.assert_allclose(together.predict(Z)[:, 1], expected, atol=1e-9)


QUESTIONS = {
    "dual coefficients": lambda lmm, X: lmm.dual_coef_,
    "errors": lambda lmm, X: np.moveaxis(lmm.predict(X, return_std=True)[1], 0, -1),
    "intervals of predictions": lambda lmm, X: np.moveaxis(
        prediction_errors(lmm, X).interval(), 0, -1
    ),
    "likelihoods": lambda lmm, X: np.moveaxis(lmm.log_likelihood([0.0, 0.3, 0.9]), 0, -1),
    "t tests": lambda lmm, X: t_test(lmm).pvalue,
    "the test of h = 0": lambda lmm, X: heritability_test(lmm, random_state=0).pvalue,
    "closed-form cross-validation": lambda lmm, X: cross_val_predict(lmm, X, lmm.y).T,
    **{
        f"{method} interval of {parameter}": lambda lmm, X, parameter=parameter, method=method: (
            confidence_interval(lmm, parameter, method=method)
        )
        for parameter, method in [
            ("h", "exact"),
            ("kernel", "exact"),
            ("h", "profile"),
            ("residual", "profile"),
        ]
    },
}


@pytest.mark.filterwarnings("ignore:.*h_ is so near to 1")
@pytest.mark.parametrize("solver", SOLVERS)
@pytest.mark.parametrize(
    "h", [None, [0.3, 1 - 1e-13, 0.0], "loo"], ids=["estimated", "held", "loo"]
)
def test_a_trait_next_to_1_changes_nothing_for_others(solver, h):
    if solver == "band" and h == "loo":
        solver = "auto"
    rng = np.random.default_rng(3)
    Z = rng.standard_normal((40, 8))
    signal, noise = Z @ rng.standard_normal((8, 3)), rng.standard_normal((40, 3))
    Y = signal * [1, 1, 0] + noise * [3, 1e-7, 1]
    together = LMMRegressor(kernel="linear", solver=solver, h=h).fit(Z, Y)
    together.y = Y
    assert 1 - together.h_[1] < 1e-6
    questions = {
        name: ask for name, ask in QUESTIONS.items() if h is None or "profile" not in name
    }
    answers = {name: ask(together, Z) for name, ask in questions.items()}
    for trait in (0, 2):
        alone = clone(together).set_params(h=h[trait] if isinstance(h, list) else h)
        alone.fit(Z, Y[:, trait]).y = Y[:, trait]
        for question, ask in questions.items():
            ours, expected = answers[question][trait], ask(alone, Z)
            scale = 1e-8 * np.abs(expected).max() + 1e-12
            np.testing.assert_allclose(ours, expected, rtol=1e-7, atol=scale, err_msg=question)


@pytest.mark.parametrize("method", ["reml", "ml"])
@pytest.mark.parametrize("solver", ["band", "eigh"])
def test_a_kinship_that_vanishes_beside_the_intercept(method, solver):
    rng = np.random.default_rng(0)
    lmm = LMMRegressor(np.ones((12, 12)), h=1.0, method=method, solver=solver)
    with pytest.raises(ValueError, match=r"h=1\.0 is not possible with this kinship"):
        lmm.fit(rng.standard_normal((12, 1)), rng.standard_normal(12))


def test_the_share_of_a_constant_kinship():
    lmm = LMMRegressor(np.ones((12, 12)), fit_intercept=False)
    with pytest.warns(match="grows without bound"):
        lmm.fit(np.empty((12, 0)), np.full(12, 3.0))
    assert (lmm.h_, lmm.pve_) == (1, 0)
    np.testing.assert_allclose(lmm.v_, 0.75, rtol=1e-6)


@pytest.mark.parametrize("method", ["reml", "ml"])
@pytest.mark.parametrize("solver", ["band", "eigh", "lowrank"])
def test_a_monomorphic_marker_alone(method, solver):
    """As feature selection tries it."""
    y = np.random.default_rng(0).standard_normal(20)
    lmm = LMMRegressor(kernel="linear", method=method, solver=solver)
    with pytest.warns(UserWarning, match="does not depend on h, which is set to 0"):
        lmm.fit(np.zeros((20, 2)), y)
    assert (lmm.h_, lmm.pve_) == (0, 0)
    np.testing.assert_allclose(lmm.predict(np.zeros((3, 2))), y.mean())
    np.testing.assert_array_equal(lmm.marker_effects_, 0)


@cache
def of_usual_size():
    """K, y, their fit and an interval."""
    rng = np.random.default_rng(0)
    K = np.cov(rng.standard_normal((60, 80)))
    y = np.linalg.cholesky(K) @ rng.standard_normal(60) + rng.standard_normal(60)
    lmm = LMMRegressor(Kinship(K, range(60)), sample_id=0).fit(np.arange(60)[:, None], y)
    return K, y, lmm, confidence_interval(lmm, "residual")


@pytest.mark.parametrize("scale", [1e-60, 1e-16, 1e-12, 1e-10, 1e10, 1e16, 1e60])
def test_variances_of_a_tiny_or_huge_kinship(scale):
    K, y, plain, interval_of_residual = of_usual_size()
    lmm = LMMRegressor(Kinship(scale * K, range(60)), sample_id=0)
    if scale < 1:
        with pytest.warns(UserWarning, match=r"lost digits .* Divide K, whose mean diagonal is"):
            lmm.fit(np.arange(60)[:, None], y)
    else:
        lmm.fit(np.arange(60)[:, None], y)
        np.testing.assert_allclose(lmm.h_ * scale, plain.h_ / (1 - plain.h_), rtol=1e-8)
    one, other = variance_components(plain).estimate, variance_components(lmm).estimate
    for name, factor in (("residual", 1), ("kinship", scale)):
        np.testing.assert_allclose(other[name] * factor, one[name], rtol=1e-9)
    np.testing.assert_allclose(lmm.log_likelihood_, plain.log_likelihood_, rtol=1e-12)
    interval = intervals_of(lmm)
    for name in ("residual", "total"):
        low, high = interval(name)
        assert 0 <= low < high < np.inf
    np.testing.assert_allclose(interval("residual"), interval_of_residual, rtol=1e-6)


@pytest.mark.filterwarnings("ignore:h_ is so near to 1")
@pytest.mark.parametrize("solver", ["band", "eigh"])
@pytest.mark.parametrize("noise", [1e-6, 1e-8, 1e-9, 1e-10, 7e-11])
def test_a_maximum_however_near_to_1(noise, solver):
    """K and y of known coordinates, one of which K does not have."""
    eigenvalues = np.array([8e-4, 6.7, 6e-3, 1.7e-2, 0.38, 0.0])
    y = np.array([0.36, -0.16, -0.35, 0.98, 1.5, noise])
    logits = np.linspace(-10, 60, 20_001).astype(np.longdouble)[:, None]
    scale = eigenvalues.mean()
    variances = (eigenvalues / scale + np.exp(-logits)) / (1 + np.exp(-logits))
    rss = np.sum(y**2 / variances, axis=1)
    likelihoods = -3 * (np.log(2 * np.pi * rss / 6) + 1) - np.sum(np.log(variances), axis=1) / 2
    lmm = LMMRegressor(np.diag(eigenvalues), solver=solver, fit_intercept=False)
    lmm.fit(np.empty((6, 0)), y)
    assert lmm.log_likelihood_ == pytest.approx(float(likelihoods.max()), abs=1e-3)
