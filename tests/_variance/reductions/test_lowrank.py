"""The low-rank reduction against the eigendecomposition of Z Z'."""

import numpy as np
import pytest
from models import GivenRows, estimate, fit_all, model_of, reduce

from sklmm._variance.likelihood.fixed_effects import FixedEffects
from sklmm._variance.likelihood.profile import Profile
from sklmm._variance.prediction import RotatedRows, error_covariances, error_variances
from sklmm._variance.reductions.lowrank import CholeskyQ1, HouseholderQ1, LowRankReduction

N, M = 40, 12


def independent(rng):
    return rng.standard_normal((N, M))


def uncentered(rng):
    return rng.standard_normal((N, M)) + 10 * np.arange(M)


def with_copies(rng):
    Z = rng.binomial(2, 0.3, (N, M)).astype(float)
    Z[:, 4] = Z[:, 1]
    Z[:, 7] = 2 * Z[:, 1] - Z[:, 2]
    return Z


def with_a_constant(rng):
    Z = rng.standard_normal((N, M))
    Z[:, 3] = 0.7
    return Z


def nearly_dependent(rng):
    Z = rng.standard_normal((N, M))
    Z[:, 5] = Z[:, 6] + 1e-6 * rng.standard_normal(N)
    return Z


def badly_scaled(rng):
    return rng.standard_normal((N, M)) * np.logspace(0, -6, M)


def nearly_and_exactly_dependent(rng):
    Z = rng.binomial(2, 0.3, (N, M)).astype(float)
    Z[:, 5] = Z[:, 6]
    Z[:, 7] = Z[:, 8] + 1e-6 * rng.standard_normal(N)
    Z[:, 9] = 1 / 3
    return Z


def badly_scaled_with_a_constant(rng):
    return np.column_stack([badly_scaled(rng), np.full(N, 0.1)])


def of_inexact_constants(rng):
    return np.full((N, 2), 1 / 3)


def of_one_marker(rng):
    return rng.standard_normal((N, 1))


def of_constants(rng):
    return np.full((N, 2), 3.0)


MARKERS = [
    of_constants,
    independent,
    uncentered,
    with_copies,
    with_a_constant,
    nearly_dependent,
    nearly_and_exactly_dependent,
    badly_scaled,
    badly_scaled_with_a_constant,
    of_inexact_constants,
    of_one_marker,
]
EFFECTS = {
    "none": lambda Z, rng: FixedEffects.from_covariates(np.empty((N, 0)), fit_intercept=False),
    "intercept": lambda Z, rng: FixedEffects.from_covariates(np.empty((N, 0)), fit_intercept=True),
    "three": lambda Z, rng: FixedEffects.from_covariates(
        rng.standard_normal((N, 2)), fit_intercept=True
    ),
    "of the markers": lambda Z, rng: FixedEffects.from_covariates(Z[:, :2], fit_intercept=True),
}


def reductions(Z):
    return [reduce(solver, Z=Z) for solver in ("lowrank", "eigh")]


@pytest.fixture(params=MARKERS, ids=lambda function: function.__name__)
def Z(request):
    return request.param(np.random.default_rng(1))


@pytest.fixture(params=EFFECTS)
def fixed_effects(request, Z):
    return EFFECTS[request.param](Z, np.random.default_rng(2))


@pytest.mark.parametrize("method", ["reml", "ml"])
@pytest.mark.parametrize("h", [0.0, 1e-4, 0.4, 0.999])
def test_profile(Z, fixed_effects, method, h):
    y = np.random.default_rng(3).standard_normal((N, 1))
    y -= fixed_effects.basis @ (fixed_effects.basis.T @ y)
    lowrank, dense = (
        Profile(*reduction.rotate_data(fixed_effects.basis, y, GivenRows(Z=Z))[:3], method).at(h)
        for reduction in reductions(Z)
    )
    assert lowrank.log_likelihood == pytest.approx(dense.log_likelihood, rel=1e-11)
    assert lowrank.v == pytest.approx(dense.v, rel=1e-10)
    np.testing.assert_allclose(lowrank.b, dense.b, rtol=1e-8, atol=1e-9)
    assert lowrank.score() == pytest.approx(dense.score(), rel=1e-8, abs=1e-7)


@pytest.mark.parametrize("method", ["reml", "ml"])
def test_model(Z, fixed_effects, method):
    rng = np.random.default_rng(4)
    Y = Z @ rng.standard_normal((len(Z.T), 3)) / np.linalg.norm(Z, axis=0).mean()
    Y = 2 * Y + rng.standard_normal((N, 3))
    lowrank, dense = (
        fit_all(reduction, fixed_effects, Y, method, GivenRows(Z=Z)) for reduction in reductions(Z)
    )
    for name in ("dual_coef", "random_effects"):
        ours, theirs = getattr(lowrank, name), getattr(dense, name)
        np.testing.assert_allclose(ours, theirs, rtol=1e-7, atol=1e-9 * np.abs(theirs).max())
    lowrank, dense = lowrank.estimate, dense.estimate
    np.testing.assert_allclose(lowrank.h, dense.h, rtol=1e-9, atol=1e-11)
    np.testing.assert_allclose(lowrank.v, dense.v, rtol=1e-9)
    np.testing.assert_allclose(lowrank.b, dense.b, rtol=1e-7, atol=1e-9)
    np.testing.assert_allclose(lowrank.log_likelihood, dense.log_likelihood, rtol=1e-12)
    np.testing.assert_allclose(lowrank.pve, dense.pve, rtol=1e-9, atol=1e-15)


def test_prediction_variance(Z, fixed_effects):
    rng = np.random.default_rng(5)
    y = rng.standard_normal((N, 1)) + Z[:, :1] / np.linalg.norm(Z[:, 0]) * 5
    new = rng.standard_normal((4, Z.shape[1]))
    covariates = rng.standard_normal((4, len(fixed_effects.to_coefficients)))
    covariates = covariates[:, int(fixed_effects.has_intercept) :]
    for of_rows, prior in (
        (error_covariances, new @ new.T),
        (error_variances, np.sum(new**2, axis=1)),
    ):
        lowrank, dense = (
            errors_of(reduction, fixed_effects, y, Z, new, covariates, of_rows, prior)
            for reduction in reductions(Z)
        )
        size = np.abs(dense[np.isfinite(dense)]).max(initial=0)
        np.testing.assert_allclose(lowrank, dense, rtol=1e-7, atol=1e-9 * size)


def errors_of(reduction, fixed_effects, y, Z, new, covariates, of_rows, prior):
    found = estimate(model_of(reduction, fixed_effects, y, "reml", GivenRows(Z=Z)))
    beside = GivenRows(K=new @ Z.T, Z=new)
    rows = RotatedRows.from_rows(found.model, covariates, beside)
    return of_rows(found, [found.solution(0)], rows, prior)


@pytest.mark.parametrize(
    ("markers", "kind", "rank"),
    [
        (independent, CholeskyQ1, M),
        (with_copies, CholeskyQ1, M - 2),
        (with_a_constant, CholeskyQ1, M - 1),
        (of_constants, CholeskyQ1, 0),
        (of_inexact_constants, CholeskyQ1, 0),
        (nearly_and_exactly_dependent, HouseholderQ1, M),
        (nearly_dependent, HouseholderQ1, M),
    ],
)
def test_basis_is_orthonormal_and_centered(markers, kind, rank):
    Z = markers(np.random.default_rng(1))
    Q1 = reduce("lowrank", Z=Z).Q1
    assert type(Q1) is kind
    Q = Q1.expand(Z, np.asfortranarray(np.eye(rank)))
    np.testing.assert_allclose(Q.T @ Q, np.eye(rank), atol=1e-10)
    np.testing.assert_allclose(Q.sum(axis=0), 0, atol=1e-9)
    np.testing.assert_allclose(Q @ Q1.R, Z - Z.mean(axis=0), atol=1e-12)


@pytest.mark.parametrize(
    "arrange",
    [
        np.asfortranarray,
        lambda Z: np.repeat(Z, 2, axis=1)[:, ::2],
        lambda Z: np.repeat(Z, 2, axis=0)[::2],
        lambda Z: Z[::-1].copy()[::-1],
        lambda Z: np.asfortranarray(Z[:, ::-1])[:, ::-1],
        lambda Z: np.hstack([Z, Z])[:, :M],
        lambda Z: np.rec.fromarrays([Z, Z.astype(np.float32)], names="f,g")["f"],
    ],
)
def test_order_in_memory_does_not_matter(arrange):
    Z = independent(np.random.default_rng(6))
    y = np.random.default_rng(7).standard_normal((N, 1))
    effects = EFFECTS["intercept"](Z, None)
    fits = [
        fit_all(LowRankReduction.from_matrix(A), effects, y, "reml", GivenRows(Z=A))
        for A in (Z, arrange(Z))
    ]
    for name in ("dual_coef", "random_effects"):
        found, expected = (getattr(fit, name) for fit in fits)
        np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-12)


def test_markers_are_not_changed():
    Z = nearly_dependent(np.random.default_rng(1))
    before = Z.copy()
    Z.flags.writeable = False
    effects = EFFECTS["intercept"](Z, None)
    fit_all(reduce("lowrank", Z=Z), effects, Z[:, :1] ** 2, "reml", GivenRows(Z=Z))
    np.testing.assert_array_equal(Z, before)
