"""The search finds the global maximum, and says when there is none."""

import numpy as np
import oracle
import pytest
from models import estimate as estimate_of
from models import fit_all, model_of, reduce
from scipy.special import expit

from sklmm import Kinship, LMMRegressor
from sklmm._variance.likelihood.estimate import Estimate
from sklmm._variance.likelihood.fixed_effects import FixedEffects
from sklmm._variance.likelihood.mixed_model import ImpossibleHeritabilityError

SOLVERS = ["band", "eigh"]
N = 30
SEEDS_OF_CENTERING = [1, 2, 3, 4]


def problem(seed, h=0.5, markers=50, n_covariates=1):
    rng = np.random.default_rng(seed)
    Z = rng.standard_normal((N, markers))
    K = Z @ Z.T / markers
    X = np.column_stack([np.ones(N), rng.standard_normal((N, n_covariates))])
    genetic = Z @ rng.standard_normal(markers) / np.sqrt(markers)
    y = np.sqrt(h) * genetic + np.sqrt(1 - h) * rng.standard_normal(N)
    return K, X, y


def model(K, X, y, method="reml", solver="band"):
    fixed_effects = FixedEffects.from_covariates(X[:, 1:], fit_intercept=True)
    return model_of(reduce(solver, K), fixed_effects, y[:, None], method)


def at_1(model):
    (part,) = model.at(1.0)
    return Estimate.from_part(part)


def center(K):
    C = np.eye(len(K)) - 1 / len(K)
    return C @ K @ C


@pytest.mark.parametrize("solver", SOLVERS)
@pytest.mark.parametrize("method", ["reml", "ml"])
@pytest.mark.parametrize("seed", range(12))
def test_global_maximum(seed, method, solver):
    K, X, y = problem(seed, h=[0, 0.3, 0.7, 1][seed % 4])
    expected = oracle.fit(K, X, y, method)
    estimate = estimate_of(model(K, X, y, method, solver))
    assert estimate.h == pytest.approx(float(expected.h), abs=1e-8)
    assert estimate.log_likelihood == pytest.approx(float(expected.log_likelihood), rel=1e-12)
    assert estimate.log_likelihood >= float(expected.log_likelihood) - 1e-11
    if expected.h in (0, 1):
        assert estimate.h == expected.h


def wide_spectra(count):
    """Eigenvalues over many orders of magnitude, where profiles have several maxima."""
    rng = np.random.default_rng(5)
    for _ in range(count):
        n = rng.integers(6, 60)
        eigenvalues = np.sort(10 ** rng.uniform(-3, 2, n))
        eigenvalues *= n / eigenvalues.sum()
        power = rng.uniform(-0.3, 1.2)
        yield eigenvalues, np.sqrt(rng.exponential(1, n) ** 2 * eigenvalues**power)


def profile_on_grid(eigenvalues, y, grid):
    """The ML profile of a diagonal K without fixed effects."""
    variances = np.outer(grid, eigenvalues) + (1 - grid)[:, None]
    v = (y**2 / variances).mean(axis=1)
    return -(len(y) * (np.log(2 * np.pi * v) + 1) + np.log(variances).sum(axis=1)) / 2


def test_the_highest_of_several_maxima():
    grid = np.sin(np.linspace(0, np.pi / 2, 801)) ** 2
    several = 0
    for eigenvalues, y in wide_spectra(200):
        values = profile_on_grid(eigenvalues, y, grid)
        padded = np.concatenate([[-np.inf], values, [-np.inf]])
        several += np.sum((values > padded[:-2]) & (values > padded[2:])) > 1
        no_effects = FixedEffects.from_covariates(np.empty((len(y), 0)), fit_intercept=False)
        reduction = reduce("eigh", np.diag(eigenvalues))
        estimate = estimate_of(model_of(reduction, no_effects, y[:, None], "ml"))
        assert estimate.log_likelihood >= values.max() - 1e-10
    assert several >= 10


@pytest.mark.parametrize("solver", SOLVERS)
@pytest.mark.parametrize("h", [0.0, 0.6, 1.0])
@pytest.mark.parametrize("seed", SEEDS_OF_CENTERING)
def test_centering_changes_nothing_in_reml(seed, h, solver):
    """The centered K is singular; its REML likelihood stays finite up to h = 1."""
    K, X, y = problem(seed, h)
    expected = estimate_of(model(K, X, y, "reml", solver))
    estimate = estimate_of(model(center(K), X, y, "reml", solver))
    if expected.h in (0, 1):
        assert estimate.h == expected.h
    assert estimate.h == pytest.approx(expected.h, abs=1e-8)
    assert estimate.log_likelihood == pytest.approx(expected.log_likelihood, rel=1e-10)
    assert estimate.v == pytest.approx(expected.v, rel=1e-7)
    np.testing.assert_allclose(estimate.b[0, 1:], expected.b[0, 1:], rtol=1e-7)
    assert not estimate.unbounded


@pytest.mark.parametrize("solver", ["band", "eigh"])
@pytest.mark.parametrize("smallest", [1e-10, 1e-8, 1e-6, 1e-4])
def test_a_limit_at_1_that_is_approached_late(smallest, solver):
    """Of centered markers K vanishes along the intercept, and is regular beside it."""
    rng = np.random.default_rng(5)
    n = 14
    A = np.linalg.svd(np.ones((n, 1)))[0][:, 1:]
    lengths = np.sqrt(np.append(np.full(4, smallest), rng.uniform(1, 9, n - 5)))
    root = A @ (np.linalg.qr(rng.standard_normal((n - 1, n - 1)))[0] * lengths)
    y = root @ rng.standard_normal(n - 1)
    scores = np.linalg.solve(A.T @ root, A.T @ y)
    v, logdet = np.mean(scores**2), 2 * np.log(lengths).sum()
    lmm = LMMRegressor(root @ root.T, solver=solver).fit(np.empty((n, 0)), y)
    assert lmm.h_ == 1
    expected = -((n - 1) * (np.log(2 * np.pi * v) + 1) + logdet) / 2
    digits = 1e-14 / smallest
    np.testing.assert_allclose(lmm.v_, v, rtol=digits + 1e-9)
    assert abs(lmm.log_likelihood_ - expected) < n * digits + 1e-9
    random_effects = lmm.random_effects_ - lmm.random_effects_.mean()
    np.testing.assert_allclose(random_effects, y - y.mean(), atol=1e-6)


def with_little_noise(seed):
    """Eigenvalues of K, of which two are 0 and three are small, and y in the eigenbasis."""
    rng = np.random.default_rng(seed)
    small, large = 10.0 ** rng.uniform(-7, -5, 3), 10.0 ** rng.uniform(-3, 0, 4)
    eigenvalues = np.concatenate([[0, 0], small, large])
    eigenvalues /= eigenvalues.mean()
    y = np.sqrt(eigenvalues) * rng.standard_normal(9)
    y[:5] *= 10.0 ** rng.uniform(0, 1, 5)
    y[:2] = 10.0 ** rng.uniform(-7, -4) * rng.standard_normal(2)
    return eigenvalues, y


@pytest.mark.filterwarnings("ignore:h_ is so near to 1")
@pytest.mark.parametrize("seed", [11, 112, 173, 234, 345, 387, 466, 508, 530, 542])
@pytest.mark.parametrize("solver", ["band", "eigh"])
def test_a_maximum_behind_a_deep_dip(solver, seed):
    """At hardly any noise, where the likelihood has first fallen by more than 3 from another."""
    eigenvalues, y = with_little_noise(seed)
    logits = np.linspace(-10, 45, 5501)
    h, noise = expit(logits)[:, None], expit(-logits)[:, None]
    V = h * eigenvalues + noise
    v = np.mean(y**2 / V, axis=1)
    values = -(9 * (np.log(2 * np.pi * v) + 1) + np.log(V).sum(axis=1)) / 2
    best, inner = values.argmax(), values[logits < 14].argmax()
    assert logits[best] > 21
    assert values[inner:best].min() < values[inner] - 3
    lmm = LMMRegressor(np.diag(eigenvalues), solver=solver, fit_intercept=False)
    lmm.fit(np.empty((9, 0)), y)
    assert lmm.log_likelihood_ >= values[best] - 1e-6
    assert lmm.log_likelihood_ < values[best] + 1e-3


def test_both_kinds_of_maxima_occur_above():
    estimates = [estimate_of(model(*problem(seed, 1.0))).h for seed in SEEDS_OF_CENTERING]
    assert 1.0 in estimates
    assert any(0.999 < h < 1 for h in estimates)


@pytest.mark.parametrize("solver", SOLVERS)
def test_ml_of_a_centered_kinship_takes_the_inner_maximum(solver):
    """Its likelihood is unbounded as h approaches 1, but nobody means that maximum."""
    K, X, y = problem(2, 0.5, markers=200)
    mixed = model(center(K), X, y, "ml", solver)
    estimate = estimate_of(mixed)
    assert 0 < estimate.h < 1
    assert not estimate.unbounded
    assert mixed.log_likelihood(0, 1.0) == np.inf
    near = [mixed.log_likelihood(0, estimate.h + step) for step in (-1e-4, 1e-4)]
    assert max(near) < estimate.log_likelihood


def shallow_dip():
    """A maximum at a logit of 7.7, a dip of 0.004 at 8.5, and a rise without bound."""
    rng = np.random.default_rng(1200179)
    n, p = int(rng.integers(4, 13)), int(rng.integers(1, 4))
    spectrum = 10.0 ** rng.choice(rng.uniform(-5, 3, int(rng.integers(1, n + 1))), n)
    spectrum[rng.random(n) < rng.choice([0, 0.2, 0.6])] = 0
    Z = np.linalg.qr(rng.standard_normal((n, n)))[0] * np.sqrt(spectrum)
    X = np.column_stack([np.ones(n), rng.standard_normal((n, p - 1))])
    if rng.random() < 0.3:
        Z -= Z.mean(axis=0)
    h = rng.choice([0, 0.2, 0.8, 1, 1 - 1e-4])
    y = np.sqrt(h) * Z @ rng.standard_normal(n) + np.sqrt(1 - h) * rng.standard_normal(n)
    return Z @ Z.T, X, y + rng.choice([0, 1e-8, 1e-4]) * rng.standard_normal(n)


@pytest.mark.parametrize("solver", SOLVERS)
def test_ml_takes_a_maximum_before_a_shallow_dip(solver):
    """Between nodes that rise, the likelihood falls."""
    mixed = model(*shallow_dip(), "ml", solver)
    estimate = estimate_of(mixed)
    h = expit(np.linspace(-10, 10, 2001))
    values = np.array([mixed.log_likelihood(0, at) for at in h])
    inner = np.flatnonzero((values[1:-1] > values[:-2]) & (values[1:-1] > values[2:])) + 1
    assert estimate.log_likelihood >= values[inner].max()
    assert estimate.log_likelihood > values[0] + 1
    assert not estimate.unbounded


@pytest.mark.parametrize("solver", SOLVERS)
def test_ml_without_an_inner_maximum_is_unbounded(solver):
    K, X, y = problem(0, 1.0, markers=60)
    estimate = estimate_of(model(center(K), X, y, "ml", solver))
    assert estimate.unbounded
    assert estimate.h == 1.0
    assert estimate.log_likelihood == np.inf
    restricted = at_1(model(center(K), X, y, "reml", solver))
    degrees_of_freedom = N - X.shape[1]
    assert estimate.v == pytest.approx(restricted.v * degrees_of_freedom / N, rel=1e-9)


@pytest.mark.parametrize("solver", SOLVERS)
def test_low_rank_kinship(solver):
    """With fewer markers than samples there is no density at h = 1."""
    K, X, y = problem(3, 0.5, markers=8)
    mixed = model(K, X, y, "reml", solver)
    expected = oracle.fit(K, X, y, "reml")
    assert estimate_of(mixed).h == pytest.approx(float(expected.h), abs=1e-8)
    assert mixed.log_likelihood(0, 1.0) == -np.inf
    with pytest.raises(ImpossibleHeritabilityError):
        mixed.at(1.0)


@pytest.mark.parametrize("solver", SOLVERS)
@pytest.mark.parametrize("seed", [16, 24, 128, 2360, 5657])
def test_an_inner_maximum_above_a_finite_end(seed, solver):
    """It lies between the first nodes, and the likelihood at h = 1 is the next highest."""
    rng = np.random.default_rng(seed)
    variances = 10.0 ** rng.uniform(-4, 1, 3)
    Q = np.linalg.qr(rng.standard_normal((6, 6)))[0][:, :3]
    X = rng.standard_normal((6, 3))
    y = Q @ (np.sqrt(variances) * rng.standard_normal(3)) + X @ rng.standard_normal(3)
    reduction = reduce(solver, (Q * variances) @ Q.T)
    mixed = model_of(
        reduction, FixedEffects.from_covariates(X, fit_intercept=False), y[:, None], "reml"
    )
    curve = [mixed.log_likelihood(0, h) for h in expit(np.linspace(-12, 14, 500))]
    estimate = estimate_of(mixed)
    assert max(curve) > mixed.log_likelihood(0, 1.0)
    assert estimate.log_likelihood >= max(curve) - 1e-9
    assert 0 < estimate.h < 1


@pytest.mark.parametrize("solver", SOLVERS)
def test_kinship_with_a_negative_eigenvalue(solver):
    K, X, y = problem(5, 0.5, markers=200)
    K -= (np.linalg.eigvalsh(K)[0] + 0.2) * np.eye(N)
    mixed = model(K, X, y, "reml", solver)
    estimate = estimate_of(mixed)
    assert estimate.smallest_eigenvalue == pytest.approx(-0.2, abs=1e-12)
    assert estimate.largest_h == pytest.approx(1 / 1.2, rel=1e-12)
    expected = oracle.fit(K, X, y, "reml", upper=np.longdouble(1) / 1.2 * (1 - 1e-12))
    assert estimate.h == pytest.approx(float(expected.h), abs=1e-8)
    assert estimate.log_likelihood == pytest.approx(float(expected.log_likelihood), rel=1e-12)
    with pytest.raises(ImpossibleHeritabilityError):
        mixed.at(0.9)
    assert mixed.log_likelihood(0, 0.9) == -np.inf


@pytest.mark.parametrize("solver", SOLVERS)
@pytest.mark.parametrize("K", [np.eye(N), 3 * np.eye(N) + 2])
def test_flat_profile(K, solver):
    """With an intercept, K + c 11' says no more than K."""
    _, X, y = problem(0)
    estimate = estimate_of(model(K, X, y, "reml", solver))
    assert estimate.flat
    assert estimate.h == 0


@pytest.mark.parametrize("solver", SOLVERS)
def test_repeated_records_with_the_same_value_have_no_noise(solver):
    K, X, y = problem(4, 1.0)
    records = np.r_[np.arange(20), np.arange(10)]
    repeated = model(K[np.ix_(records, records)], X[records], y[records], solver=solver)
    estimate = estimate_of(repeated)
    assert estimate.unbounded
    assert estimate.h == 1.0
    once = at_1(model(K[:20, :20], X[:20], y[:20], solver=solver))
    np.testing.assert_allclose(estimate.b, once.b, rtol=1e-6)


@pytest.mark.parametrize("solver", SOLVERS)
def test_exact_fit_of_the_fixed_effects(solver):
    K, X, _ = problem(4)
    estimate = estimate_of(model(K, X, X @ [2.0, -1.0], solver=solver))
    assert estimate.exact
    assert (estimate.h, estimate.v, estimate.log_likelihood) == (0.0, 0.0, np.inf)
    np.testing.assert_allclose(estimate.b[0], [2.0, -1.0], rtol=1e-12)
    fixed_effects = FixedEffects.from_covariates(X[:, 1:], fit_intercept=True)
    fitted = fit_all(reduce(solver, K), fixed_effects, (X @ [2.0, -1.0])[:, None])
    assert not np.any([fitted.dual_coef, fitted.random_effects])


@pytest.mark.parametrize("solver", ["band", "eigh"])
@pytest.mark.filterwarnings("ignore:Nearly all of K is constant")
@pytest.mark.parametrize("noise", [1, 0.3, 0.03])
def test_little_noise_has_its_digits_too(solver, noise):
    """K + c has the same error contrasts, at another h of the search."""
    rng = np.random.default_rng(4)
    n = 60
    Z = rng.standard_normal((n, 4 * n))
    K = Z @ Z.T / (4 * n)
    y = np.linalg.cholesky(K) @ rng.standard_normal(n) + np.sqrt(noise) * rng.standard_normal(n)
    of_noise = []
    for constant in (0, 1e5, 1e6 * noise, 3e6 * noise):
        kinship = Kinship(K + constant, range(n))
        lmm = LMMRegressor(kinship, sample_id=0, solver=solver).fit(np.arange(n)[:, None], y)
        of_noise.append((1 - lmm.h_) * lmm.v_)
    np.testing.assert_allclose(of_noise[1:], of_noise[0], rtol=1e-8)
