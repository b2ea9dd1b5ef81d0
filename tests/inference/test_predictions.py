"""Error variances and reliabilities against published formulas and mixed-model equations."""

import pickle

import numpy as np
import polars as pl
import pytest
from population import fit
from scipy import stats
from sklearn.base import clone
from sklearn.exceptions import ConvergenceWarning

from sklmm import Kinship, LMMRegressor
from sklmm._variance.linalg.batches import ROWS_AT_A_TIME
from sklmm.inference import prediction_errors


def dense(population):
    return population.K, np.column_stack([np.ones(60), population.covariates]), population.y


def rrblup_pev(K, X, Z, s, t):
    """As rrBLUP's mixed.solve: Vu (K − KZ'H⁻¹ZK + KZ'H⁻¹X (X'H⁻¹X)⁻¹ X'H⁻¹ZK), H = ZKZ' + λI."""
    H_inverse = np.linalg.inv(Z @ K @ Z.T + t / s * np.eye(len(Z)))
    KZt = K @ Z.T
    W = KZt @ H_inverse @ X
    of_b = np.linalg.inv(X.T @ H_inverse @ X)
    return s * np.diag(K - KZt @ H_inverse @ KZt.T + W @ of_b @ W.T)


@pytest.mark.parametrize("method", ["reml", "ml"])
@pytest.mark.parametrize("solver", ["band", "eigh"])
def test_pev_by_the_formula_of_rrblup(population, method, solver):
    K, X, _ = dense(population)
    train = np.arange(45)
    lmm = fit(population, train, method=method, solver=solver)
    expected = rrblup_pev(K, X[train], np.eye(60)[train], lmm.h_ * lmm.v_, (1 - lmm.h_) * lmm.v_)
    errors = prediction_errors(lmm, population.array)
    np.testing.assert_allclose(errors.pev, expected, rtol=1e-9)
    prior = lmm.h_ * lmm.v_ * np.diag(K)
    np.testing.assert_allclose(errors.reliability, 1 - expected / prior, rtol=1e-8)


def test_pev_by_the_mixed_model_equations(population):
    """The block of u in the inverse of Henderson's matrix; that of x b + u with b's, too."""
    K, X, y = dense(population)
    train = np.arange(50)
    lmm = fit(population, train, h=0.4)
    s, t = 0.4 * lmm.v_, 0.6 * lmm.v_
    Z = np.eye(60)[train]
    W = np.hstack([X[train], Z])
    equations = W.T @ W / t
    equations[3:, 3:] += np.linalg.inv(K) / s
    C = np.linalg.inv(equations)
    errors = prediction_errors(lmm, population.array)
    np.testing.assert_allclose(errors.pev, np.diag(C)[3:], rtol=1e-8)
    everybody = np.hstack([X, np.eye(60)])
    expected = np.einsum("ij,jk,ik->i", everybody, C, everybody)
    np.testing.assert_allclose(errors.mean_variance, expected, rtol=1e-8)
    solution = C @ (W.T @ y[train] / t)
    np.testing.assert_allclose(errors.random_effect, solution[3:], rtol=1e-7, atol=1e-10)
    np.testing.assert_allclose(errors.mean, everybody @ solution, rtol=1e-8)


def test_they_are_those_of_predict(population):
    lmm = fit(population, np.arange(40))
    errors = prediction_errors(lmm, population.array)
    mean, std = lmm.predict(population.array, return_std=True)
    np.testing.assert_array_equal(errors.mean, mean)
    np.testing.assert_array_equal(errors.random_effect, lmm.predict_random(population.array))
    np.testing.assert_allclose(errors.mean_variance, std**2, rtol=1e-12)


def test_reliability_is_a_squared_correlation():
    """Over samples from the model the squared correlation of û with u is the reliability."""
    rng = np.random.default_rng(0)
    A = rng.standard_normal((30, 20))
    K = A @ A.T / 20 + 0.1 * np.eye(30)
    u = np.linalg.cholesky(K) @ rng.standard_normal((30, 20_000)) * np.sqrt(0.5)
    Y = 5 + u[:20] + np.sqrt(0.5) * rng.standard_normal((20, 20_000))
    lmm = LMMRegressor(Kinship(K, range(30)), sample_id=0, h=0.5)
    lmm.fit(np.arange(20)[:, None], Y)
    predicted = lmm.predict_random(np.arange(30)[:, None])
    few = clone(lmm).fit(np.arange(20)[:, None], Y[:, :3])
    errors = prediction_errors(few, np.arange(30)[:, None])
    assert errors.pev.shape == errors.reliability.shape == (30, 3)
    correlations = [np.corrcoef(a, b)[0, 1] for a, b in zip(predicted, u, strict=True)]
    expected = np.square(correlations)[:, None]
    np.testing.assert_allclose(errors.reliability, np.tile(expected, 3), atol=0.02)
    true_variance = np.var(predicted - u, axis=1)
    one = clone(lmm).fit(np.arange(20)[:, None], Y[:, 0])
    ratio = prediction_errors(one, np.arange(30)[:, None]).pev / one.v_
    np.testing.assert_allclose(true_variance, ratio, rtol=0.05)


def test_intervals(population):
    lmm = fit(population)
    errors = prediction_errors(lmm, population.array)
    quantile = stats.t(57).isf(0.05)
    assert errors.df == 57
    assert errors.residual_variance == pytest.approx((1 - lmm.h_) * lmm.v_, rel=1e-12)
    for of, center, variance in (
        ("mean", errors.mean, errors.mean_variance),
        ("random_effect", errors.random_effect, errors.pev),
        ("observation", errors.mean, errors.mean_variance + errors.residual_variance),
    ):
        low, high = errors.interval(of, level=0.9, method="plug-in").T
        np.testing.assert_allclose((low + high) / 2, center, rtol=1e-10, atol=1e-12)
        np.testing.assert_allclose(high - low, 2 * quantile * np.sqrt(variance), rtol=1e-10)
    with pytest.raises(ValueError, match=r"of='u' is unknown\. Use one of \('mean', 'random_"):
        errors.interval("u")
    with pytest.raises(ValueError, match=r"level must be a number between 0 and 1, got 0"):
        errors.interval(level=0)


def test_intervals_hold_what_they_promise():
    """Of new individuals, in traits from the model at a known h."""
    rng = np.random.default_rng(1)
    A = rng.standard_normal((25, 15))
    K = A @ A.T / 15 + 0.1 * np.eye(25)
    K *= 25 / K.trace()
    u = np.linalg.cholesky(K) @ rng.standard_normal((25, 4000)) * np.sqrt(0.6)
    x = rng.standard_normal(25)
    Y = 2 + 3 * x[:, None] + u + np.sqrt(0.4) * rng.standard_normal((25, 4000))
    X = np.column_stack([np.arange(25), x])
    lmm = LMMRegressor(Kinship(K, range(25)), sample_id=0, h=0.6).fit(X[:15], Y[:15])
    errors = prediction_errors(lmm, X)
    truths = {"mean": 2 + 3 * x[:, None] + u, "random_effect": u, "observation": Y}
    for of, truth in truths.items():
        low, high = np.moveaxis(errors.interval(of, level=0.8), -1, 0)
        holds = (low <= truth) & (truth <= high)
        np.testing.assert_allclose(holds[15:].mean(axis=1), 0.8, atol=0.03)


def test_batches_of_rows_do_not_matter(population, monkeypatch):
    assert ROWS_AT_A_TIME > 60
    frame = population.frame[["id", "age", "sex"]]
    for X, sample_id in (
        (population.array, 0),
        (frame, "id"),
        (pl.DataFrame(frame.to_dict("list")), "id"),
    ):
        lmm = LMMRegressor(population.kinship, sample_id=sample_id)
        lmm.fit(X[:40], population.y[:40])
        expected = prediction_errors(lmm, X)
        with monkeypatch.context() as patched:
            patched.setattr("sklmm._variance.linalg.batches.ROWS_AT_A_TIME", 7)
            found = prediction_errors(lmm, X)
        np.testing.assert_allclose(found.pev, expected.pev, rtol=1e-12)
        np.testing.assert_allclose(found.mean_variance, expected.mean_variance, rtol=1e-12)


def test_relationships_among_new_rows_are_not_formed(population, monkeypatch):
    def refuse(self, X):
        raise AssertionError

    monkeypatch.setattr("sklmm._samples.labeled.LabeledSamples.relationships", refuse)
    lmm = fit(population, np.arange(40))
    assert prediction_errors(lmm, population.array).pev.shape == (60,)


@pytest.mark.parametrize("solver", ["band", "lowrank"])
def test_markers(population, solver):
    Z = population.markers[:, :25]
    lmm = LMMRegressor(solver=solver).fit(Z[:40], population.y[:40])
    errors = prediction_errors(lmm, Z)
    expected = rrblup_pev(
        Z @ Z.T, np.ones((40, 1)), np.eye(60)[:40], lmm.h_ * lmm.v_, (1 - lmm.h_) * lmm.v_
    )
    np.testing.assert_allclose(errors.pev, expected, rtol=1e-7)


def test_several_records_are_more_reliable(population):
    rows = np.concatenate([np.arange(30), np.arange(5), np.arange(5)])
    y = population.y[rows] + np.random.default_rng(0).standard_normal(40)
    once = LMMRegressor(population.kinship, sample_id=0, h=0.4).fit(
        population.ids[:30, None], population.y[:30]
    )
    thrice = LMMRegressor(population.kinship, sample_id=0, h=0.4).fit(
        population.ids[rows, None], y
    )
    few, more = (
        prediction_errors(lmm, population.ids[:, None]).reliability for lmm in (once, thrice)
    )
    assert np.all(more[:5] > few[:5])
    assert np.all(more >= few - 1e-12)


def test_without_heritability_nothing_is_known(population):
    errors = prediction_errors(fit(population, h=0.0), population.array)
    np.testing.assert_array_equal(errors.reliability, 0)
    np.testing.assert_array_equal(errors.pev, 0)


def test_effects_that_the_training_rows_leave_open(population):
    X = population.array.copy()
    X[:40, 2] = 1
    lmm = fit(population, h=0.5)
    lmm = LMMRegressor(population.kinship, sample_id=0, h=0.5).fit(X[:40], population.y[:40])
    errors = prediction_errors(lmm, X)
    is_open = X[:, 2] != 1
    assert is_open.any()
    np.testing.assert_array_equal(np.isinf(errors.mean_variance), is_open)
    assert np.isfinite(errors.pev).all()
    _, std = lmm.predict(X, return_std=True)
    np.testing.assert_array_equal(np.isinf(std), is_open)
    _, covariance = lmm.predict(X, return_cov=True)
    np.testing.assert_array_equal(np.isinf(np.diag(covariance)), is_open)
    np.testing.assert_array_equal(np.isnan(covariance).any(axis=1), True)
    known = np.ix_(~is_open, ~is_open)
    np.testing.assert_allclose(np.diag(covariance[known]), std[~is_open] ** 2)


def test_several_traits_are_several_models(population):
    Y = np.column_stack([population.y, np.random.default_rng(0).standard_normal(60)])
    Y[50:, 1] = np.nan
    together = LMMRegressor(population.kinship, sample_id=0, missing_y="drop")
    together = prediction_errors(together.fit(population.array, Y), population.array)
    for trait, n in ((0, 60), (1, 50)):
        alone = LMMRegressor(population.kinship, sample_id=0)
        alone.fit(population.array[:n], Y[:n, trait])
        alone = prediction_errors(alone, population.array)
        for name in ("mean", "random_effect", "mean_variance", "pev", "reliability"):
            np.testing.assert_allclose(
                getattr(together, name)[:, trait], getattr(alone, name), rtol=1e-6, atol=1e-9
            )
        np.testing.assert_allclose(
            together.interval("observation")[:, trait], alone.interval("observation"), rtol=1e-6
        )


def test_what_cannot_be_asked(population):
    with pytest.raises(TypeError, match=r"lmm must be a fitted LMMRegressor, got str"):
        prediction_errors("lmm", population.array)
    with pytest.raises(ValueError, match=r"prediction_errors needs the reduction of K"):
        prediction_errors(fit(population, store_reduction=False), population.array)
    with pytest.raises(ValueError, match=r"has a label that the kinship lacks"):
        prediction_errors(fit(population), [["stranger", 1.0, 0.0]])
    precomputed = LMMRegressor(kernel="precomputed").fit(population.K, population.y)
    with pytest.raises(ValueError, match=r"kernel='precomputed' does not hold"):
        prediction_errors(precomputed, population.K)


def averaged_and_plug_in(lmm, X, of="random_effect"):
    errors = prediction_errors(lmm, X)
    return errors.interval(of), errors.interval(of, method="plug-in")


def relatives(n_families=30, size=5, h=0.1, n_traits=60, seed=0):
    """Sibs, a third of the families without records: kinship, X, Y, u."""
    rng = np.random.default_rng(seed)
    families = np.repeat(np.arange(n_families), size)
    K = np.where(families[:, None] == families, 0.5, 0.0) + 0.5 * np.eye(len(families))
    u = np.sqrt(h) * np.linalg.cholesky(K) @ rng.standard_normal((len(K), n_traits))
    x = rng.standard_normal(len(K))
    Y = 3 + x[:, None] + u + np.sqrt(1 - h) * rng.standard_normal(u.shape)
    X = np.column_stack([np.arange(len(K)), x])
    is_new = np.arange(len(K)) % size == 0
    return Kinship(K, range(len(K))), X, Y, u, is_new


@pytest.mark.parametrize("h", [0.1, 0.5])
def test_averaged_intervals_hold_what_they_promise(h):
    """Of new individuals, in traits whose h is estimated; with the estimate as h, they do not."""
    kinship, X, Y, u, is_new = relatives(h=h)
    lmm = LMMRegressor(kinship, sample_id=0).fit(X[~is_new], Y[~is_new])
    errors = prediction_errors(lmm, X[is_new])
    mean = 3 + X[is_new, 1, None] + u[is_new]
    for of, truth in (("random_effect", u[is_new]), ("mean", mean)):
        shares = []
        for method in ("averaged", "plug-in"):
            low, high = np.moveaxis(errors.interval(of, method=method), -1, 0)
            shares.append(np.mean((low <= truth) & (truth <= high)))
        assert 0.92 < shares[0] < 0.995
        if h == 0.1:
            assert shares[1] < 0.9


def test_an_estimate_of_0_has_intervals():
    kinship, X, Y, _, is_new = relatives(h=0.0, n_traits=20)
    lmm = LMMRegressor(kinship, sample_id=0).fit(X[~is_new], Y[~is_new])
    at_0 = np.flatnonzero(lmm.h_ == 0)
    assert at_0.size > 5
    averaged, plug_in = averaged_and_plug_in(lmm, X[:10])
    np.testing.assert_array_equal(plug_in[:, at_0], 0)
    assert np.all(averaged[:, at_0, 0] < 0)
    assert np.all(averaged[:, at_0, 1] > 0)
    errors = prediction_errors(lmm, X[:10])
    assert np.all(errors.standard_error("random_effect")[:, at_0] > 0)


def test_with_many_samples_h_is_known():
    kinship, X, Y, _, _ = relatives(n_families=250, size=6, h=0.5, n_traits=1)
    lmm = LMMRegressor(kinship, sample_id=0).fit(X, Y[:, 0])
    averaged, plug_in = averaged_and_plug_in(lmm, X[:40])
    np.testing.assert_allclose(np.ptp(averaged, axis=1), np.ptp(plug_in, axis=1), rtol=0.05)
    errors = prediction_errors(lmm, X[:40])
    for of in ("mean", "random_effect", "observation"):
        np.testing.assert_allclose(
            errors.standard_error(of), errors.standard_error(of, method="plug-in"), rtol=0.05
        )


def test_standard_errors_by_the_estimate(population):
    errors = prediction_errors(fit(population), population.array)
    for of, variance in (
        ("mean", errors.mean_variance),
        ("random_effect", errors.pev),
        ("observation", errors.mean_variance + errors.residual_variance),
    ):
        found = errors.standard_error(of, method="plug-in")
        np.testing.assert_array_equal(found, np.sqrt(variance))
        assert np.all(errors.standard_error(of) > 0.8 * found)


@pytest.mark.parametrize("method", ["reml", "ml"])
def test_h_that_is_held_is_known(population, method):
    lmm = fit(population, np.arange(40), h=0.4, method=method)
    for of in ("mean", "random_effect", "observation"):
        averaged, plug_in = averaged_and_plug_in(lmm, population.array, of)
        np.testing.assert_allclose(averaged, plug_in, rtol=1e-8, atol=1e-10)
    errors = prediction_errors(lmm, population.array)
    np.testing.assert_allclose(
        errors.standard_error(), errors.standard_error(method="plug-in"), rtol=1e-8
    )


@pytest.mark.parametrize("parameters", [{"method": "ml"}, {"h": "loo"}])
def test_averages_are_over_the_restricted_likelihood(population, parameters):
    """Whatever the estimate of h has maximized."""
    rows = np.arange(40)
    expected, _ = averaged_and_plug_in(fit(population, rows), population.array)
    found, _ = averaged_and_plug_in(fit(population, rows, **parameters), population.array)
    np.testing.assert_allclose(found, expected, rtol=1e-7, atol=1e-9)


def test_markers_at_low_rank_are_averaged_alike(population):
    Z = population.markers[:, :12]
    found, expected = (
        averaged_and_plug_in(LMMRegressor(solver=s).fit(Z[:40], population.y[:40]), Z, "mean")[0]
        for s in ("lowrank", "eigh")
    )
    np.testing.assert_allclose(found, expected, atol=1e-6 * np.ptp(expected, axis=1).min())


def test_averages_without_fixed_effects_and_with_repeated_records(population):
    rows = np.concatenate([np.arange(30), np.arange(12)])
    lmm = LMMRegressor(population.kinship, sample_id=0, fit_intercept=False)
    noise = np.random.default_rng(0).standard_normal(len(rows))
    lmm.fit(population.ids[rows, None], population.y[rows] - 2 + noise)
    X = population.ids[:, None]
    of_u, of_mean = (averaged_and_plug_in(lmm, X, of)[0] for of in ("random_effect", "mean"))
    np.testing.assert_allclose(of_u, of_mean, rtol=1e-12)
    assert np.all(np.ptp(of_u, axis=1) > 0)


def test_averages_where_y_is_exact(population):
    X, lmm = population.ids[:, None], LMMRegressor(population.kinship, sample_id=0)
    with pytest.warns(UserWarning, match="exact linear function"):
        lmm.fit(X, np.ones(60))
    averaged, plug_in = averaged_and_plug_in(lmm, X, "mean")
    np.testing.assert_allclose(averaged, plug_in, rtol=1e-12)


def test_averages_where_the_likelihood_is_unbounded(population):
    """Nothing speaks of noise: h is taken as known."""
    rows = np.concatenate([np.arange(20), np.arange(20)])
    lmm = LMMRegressor(population.kinship, sample_id=0)
    with pytest.warns(ConvergenceWarning, match="grows without bound"):
        lmm.fit(population.ids[rows, None], population.y[rows])
    averaged, plug_in = averaged_and_plug_in(lmm, population.ids[:, None])
    np.testing.assert_allclose(averaged, plug_in, rtol=1e-6, atol=1e-8)


def test_averages_of_what_the_training_rows_leave_open(population):
    X = population.array.copy()
    X[:40, 2] = 1
    lmm = LMMRegressor(population.kinship, sample_id=0).fit(X[:40], population.y[:40])
    is_open = X[:, 2] != 1
    errors = prediction_errors(lmm, X)
    for of in ("mean", "observation"):
        ends = errors.interval(of)
        np.testing.assert_array_equal(np.isinf(ends), np.column_stack([is_open, is_open]))
        np.testing.assert_array_equal(ends[is_open], [[-np.inf, np.inf]] * is_open.sum())
        np.testing.assert_array_equal(np.isinf(errors.standard_error(of)), is_open)
    assert np.isfinite(errors.interval("random_effect")).all()


def test_averages_of_several_traits_are_those_of_each(population):
    Y = np.column_stack([population.y, np.random.default_rng(0).standard_normal(60), population.y])
    Y[50:, 1] = np.nan
    lmm = LMMRegressor(population.kinship, sample_id=0, missing_y="drop")
    together = prediction_errors(lmm.fit(population.array, Y), population.array)
    intervals, standard_errors = together.interval(), together.standard_error()
    assert intervals.shape == (60, 3, 2)
    assert standard_errors.shape == (60, 3)
    for trait, n in ((0, 60), (1, 50), (2, 60)):
        alone = LMMRegressor(population.kinship, sample_id=0)
        alone = prediction_errors(alone.fit(population.array[:n], Y[:n, trait]), population.array)
        np.testing.assert_allclose(intervals[:, trait], alone.interval(), rtol=1e-6)
        np.testing.assert_allclose(standard_errors[:, trait], alone.standard_error(), rtol=1e-6)
        one = together._select_trait(trait)
        np.testing.assert_array_equal(one.interval(), intervals[:, trait])
        np.testing.assert_array_equal(one.standard_error(), standard_errors[:, trait])


def test_averages_are_of_the_model_and_rows_of_the_question(population, monkeypatch):
    """Not of those that came after it, in another order of batches, process or fit."""
    X = population.array
    lmm = fit(population, np.arange(40))
    expected = prediction_errors(lmm, X).interval("observation")
    errors = prediction_errors(lmm, X)
    lmm.fit(X[:30], -population.y[:30])
    X[:, 1] = 0.0
    monkeypatch.setattr("sklmm._variance.linalg.batches.ROWS_AT_A_TIME", 7)
    np.testing.assert_allclose(errors.interval("observation"), expected, rtol=1e-7)
    stored = pickle.loads(pickle.dumps(errors))
    np.testing.assert_allclose(stored.interval("observation"), expected, rtol=1e-7)


def test_methods_of_intervals(population):
    errors = prediction_errors(fit(population), population.array)
    for ask in (errors.interval, errors.standard_error):
        with pytest.raises(
            ValueError, match=r"method='exact' is unknown\. Use one of \('averaged"
        ):
            ask(method="exact")
        with pytest.raises(ValueError, match=r"of='u' is unknown\. Use one of \('mean', 'random_"):
            ask("u")


@pytest.mark.parametrize("h", [None, 0.0, 0.999999])
@pytest.mark.parametrize("solver", ["band", "eigh"])
@pytest.mark.parametrize("scale", [1e-9, 1.0, 1e9])
def test_covariances_of_predictions_have_no_negative_diagonal(scale, solver, h):
    """Of rows that are known but for rounding."""
    rng = np.random.default_rng(0)
    Z = np.repeat(rng.standard_normal((20, 6)), 2, axis=0)
    y = scale * (Z @ rng.standard_normal(6) + 1e-3 * rng.standard_normal(40))
    lmm = LMMRegressor(Kinship(Z @ Z.T, range(40)), sample_id=0, solver=solver, h=h)
    X = np.arange(40)[:, None]
    _, covariance = lmm.fit(X, y).predict(X, return_cov=True)
    assert np.diagonal(covariance).min() >= 0
    np.testing.assert_array_equal(covariance, covariance.T)
    _, std = lmm.predict(X, return_std=True)
    rounding = 1e-12 * lmm.v_ * np.trace(Z @ Z.T)
    np.testing.assert_allclose(np.diagonal(covariance), std**2, atol=rounding)
