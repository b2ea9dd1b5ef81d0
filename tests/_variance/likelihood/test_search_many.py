"""Many traits at once against each trait alone."""

import numpy as np
import pytest
from models import estimate as estimate_of
from models import model_of

from sklmm._variance.likelihood import mixed_model
from sklmm._variance.likelihood.estimate import Estimate
from sklmm._variance.likelihood.fixed_effects import FixedEffects
from sklmm._variance.likelihood.profile import Profile
from sklmm._variance.likelihood.search import maximize
from sklmm._variance.likelihood.search_many import TraitProfiles
from sklmm._variance.likelihood.solutions import Solutions
from sklmm._variance.reductions.spectral import SpectralReduction

METHODS = ["reml", "ml"]


def reduce(K):
    return SpectralReduction.reduce(np.array(K, order="F"), K.trace() / len(K))


def simulate(n, n_traits, seed, markers):
    rng = np.random.default_rng(seed)
    Z = rng.standard_normal((n, markers))
    h = rng.choice([0, 0, 0.02, 0.3, 0.7, 0.98, 1, 1], n_traits)
    genetic = Z @ rng.standard_normal((markers, n_traits)) / np.sqrt(markers)
    Y = np.sqrt(h) * genetic + np.sqrt(1 - h) * rng.standard_normal((n, n_traits))
    return Z @ Z.T / markers, Y + rng.standard_normal(n_traits)


def center(K):
    K = K - K.mean(axis=0)
    return K - K.mean(axis=1)[:, None]


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("n_covariates", [0, 1, 3])
def test_solutions_and_scores(method, n_covariates):
    K, Y = simulate(30, 7, seed=n_covariates, markers=50)
    basis = FixedEffects.from_covariates(Y[:, :n_covariates] ** 2, fit_intercept=False).basis
    Y = Y - basis @ (basis.T @ Y)
    reduction, X, Y, _ = reduce(K).rotate_data(basis, Y, None)
    profiles = TraitProfiles(reduction, reduction.eigenvalues, X, Y, method)
    h = np.array([0, 1e-6, 0.2, 0.5, 0.9, 0.999, 1])
    found = Solutions.empty(Y, X.shape[1])
    for some in (np.array([0, 3, 5]), np.array([1, 2, 4, 6])):
        profiles.solve(h[some], some, found)
    scores = profiles.scores(h, np.arange(7))
    grid = profiles.on_grid(h)
    for trait in range(7):
        expected = Profile(reduction, X, Y[:, [trait]], method).at(h[trait])
        assert found.h[trait] == h[trait]
        assert found.v[trait] == pytest.approx(expected.v, rel=1e-12)
        assert found.log_likelihood[trait] == pytest.approx(expected.log_likelihood, rel=1e-13)
        assert grid[trait, trait] == pytest.approx(expected.log_likelihood, rel=1e-10)
        assert scores[trait] == pytest.approx(expected.score(), rel=1e-9, abs=1e-9)
        np.testing.assert_allclose(found.b[trait], expected.b, rtol=1e-9, atol=1e-12)
        np.testing.assert_allclose(
            found.V_inverse_r[:, [trait]], expected.V_inverse_r(), 1e-9, 1e-12
        )


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("arrange", [np.array, center], ids=["positive definite", "centered"])
@pytest.mark.parametrize(("n", "markers"), [(25, 60), (80, 200), (60, 20)])
def test_the_same_maxima_as_one_by_one(monkeypatch, method, arrange, n, markers):
    K, Y = simulate(n, 64, seed=n, markers=markers)
    left_to_search = []

    def counted(profile):
        left_to_search.append(profile)
        return maximize(profile)

    effects = FixedEffects.from_covariates(
        np.random.default_rng(0).standard_normal((n, 1)), fit_intercept=True
    )
    model = model_of(reduce(arrange(K)), effects, Y, method)
    monkeypatch.setattr(mixed_model, "maximize", counted)
    parts = model.maximize()
    assert len(left_to_search) < 64 * 0.6
    assert sorted(trait for part in parts for trait in part.traits) == list(range(64))
    at_ends = 0
    for part in parts:
        for place, trait in enumerate(part.traits):
            alone = estimate_of(model.select_traits(np.array([trait])))
            at_ends += alone.scaled_h[0] in (0, 1)
            check_same(Estimate.from_part(part), place, alone)
    assert 5 < at_ends < 60


def check_same(together, place, alone):
    h = together.h[place]
    assert h == alone.h[0] if alone.h[0] in (0, 1) else h == pytest.approx(alone.h[0], abs=1e-11)
    assert together.scaled_v[place] == pytest.approx(alone.scaled_v[0], rel=1e-10)
    assert together.log_likelihood[place] == pytest.approx(alone.log_likelihood[0], rel=1e-12)
    assert together.unbounded[place] == alone.unbounded[0]


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("markers", [5, 13, 40], ids="{} markers".format)
@pytest.mark.parametrize("noise", [1e-3, 1e-6, 1e-8])
def test_little_noise_beside_a_singular_kinship(method, markers, noise):
    """A maximum next to h = 1, of a likelihood that rises steeply and not without bound."""
    rng = np.random.default_rng(markers)
    Z = rng.standard_normal((30, markers))
    Z[:4] = Z[4:8]
    Y = Z @ rng.standard_normal((markers, 3)) + [noise, 1.0, noise] * rng.standard_normal((30, 3))
    effects = FixedEffects.from_covariates(np.empty((30, 0)), fit_intercept=True)
    model = model_of(reduce(Z @ Z.T), effects, Y, method)
    for part in model.maximize():
        for place, trait in enumerate(part.traits):
            check_same(
                Estimate.from_part(part),
                place,
                estimate_of(model.select_traits(np.array([trait]))),
            )


@pytest.mark.parametrize("seed", range(5))
def test_wide_spectra_with_several_maxima(seed):
    rng = np.random.default_rng(seed)
    n = 40
    eigenvalues = np.sort(10 ** rng.uniform(-3, 2, n))
    reduction = SpectralReduction(eigenvalues * n / eigenvalues.sum(), np.eye(n), 1.0)
    spread = reduction.eigenvalues[:, None] ** rng.uniform(-0.3, 1.2, 100)
    Y = np.sqrt(rng.exponential(1, (n, 100)) ** 2 * spread)
    no_effects = FixedEffects.from_covariates(np.empty((n, 0)), fit_intercept=False)
    model = model_of(reduction, no_effects, Y, "ml")
    expected = [maximize(model.profile(trait)).solution for trait in range(100)]
    found = estimate_of(model)
    np.testing.assert_allclose(found.log_likelihood, [s.log_likelihood for s in expected], 1e-12)
    np.testing.assert_allclose(found.scaled_h, [s.h for s in expected], rtol=0, atol=1e-10)


def test_exact_and_flat_traits_among_others():
    K, Y = simulate(30, 6, seed=1, markers=50)
    Y[:, 2] = 4.0
    effects = FixedEffects.from_covariates(np.empty((30, 0)), fit_intercept=True)
    estimate = estimate_of(model_of(reduce(K), effects, Y, "reml"))
    np.testing.assert_array_equal(estimate.exact, np.arange(6) == 2)
    assert (estimate.h[2], estimate.v[2], estimate.log_likelihood[2]) == (0, 0, np.inf)
    assert np.isfinite(np.delete(estimate.log_likelihood, 2)).all()
    flat = estimate_of(model_of(reduce(2 * np.eye(30)), effects, Y, "reml"))
    np.testing.assert_array_equal(flat.flat, np.arange(6) != 2)
