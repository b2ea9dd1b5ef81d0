"""Predictions averaged over h against a mixture on a fine grid, by dense formulas."""

import numpy as np
import pytest
from scipy import special, stats

from sklmm import Kinship, LMMRegressor
from sklmm._door import fitted_model
from sklmm._variance.intervals.averaged_predictions import AveragedPredictions
from sklmm._variance.intervals.heritability_distribution import HeritabilityDistribution
from sklmm.inference import prediction_errors

PARTS = ("mean", "random_effect", "observation")
SOME = [0, 1, 2, -3, -2, -1]
"""Rows that were seen, and new ones."""


def mixture(K, X, y, n, largest_h=1.0):
    """Weights of 2000 values of h, and for each part of every row its centers and deviations."""
    X_train, p = X[:n], X.shape[1]
    K = K / np.trace(K[:n, :n]) * n
    contrasts = np.linalg.svd(X_train)[0][:, p:]
    eigenvalues = np.linalg.eigvalsh(contrasts.T @ K[:n, :n] @ contrasts)
    angles = (np.arange(2000) + 0.5) / 2000 * np.pi / 2
    h = largest_h * np.sin(angles) ** 2
    H = h[:, None, None]
    V = H * K[:n, :n] + (1 - H) * np.eye(n)
    right = [np.broadcast_to(part, (len(h), *part.shape)) for part in (X_train, y[:, None])]
    solved = np.linalg.solve(V, np.concatenate([*right, H * K[:n]], axis=2))
    VX, Vy, Vk = solved[..., :p], solved[..., p], solved[..., p + 1 :]
    information = X_train.T @ VX
    b = np.linalg.solve(information, VX.transpose(0, 2, 1) @ y[:, None])[..., 0]
    r = y - b @ X_train.T
    Q = np.einsum("hi,hi->h", r, Vy - np.einsum("hij,hj->hi", VX, b))
    variances = h[:, None] * eigenvalues + 1 - h[:, None]
    d = (eigenvalues - 1) / variances
    share = 1 - (1 - h / largest_h) / stats.gmean(variances, axis=1)
    log_weights = (
        np.log(np.sum((d - d.mean(axis=1)[:, None]) ** 2, axis=1)) / 2
        - np.log(share) / 8
        - np.linalg.slogdet(V)[1] / 2
        - np.linalg.slogdet(information)[1] / 2
        - (n - p) / 2 * np.log(Q)
    )
    unexplained = h[:, None] * np.diag(K) - np.einsum("ij,hij->hj", K[:n], H * Vk)
    parts = {}
    for part in PARTS:
        x = X * (part != "random_effect")
        distance = x - Vk.transpose(0, 2, 1) @ X_train
        solved = np.linalg.solve(information, distance.transpose(0, 2, 1))
        of_b = np.einsum("hij,hji->hi", distance, solved)
        noise = (1 - h[:, None]) * (part == "observation")
        variance = (Q / (n - p))[:, None] * np.maximum(unexplained + of_b + noise, 0)
        center = b @ x.T + np.einsum("hij,hi->hj", Vk, r)
        parts[part] = np.stack([center.T, np.sqrt(variance).T], axis=1)
    weights = np.exp(log_weights - np.max(log_weights)) * np.sin(2 * angles)
    return weights / weights.sum(), parts


def assert_quantiles(found, level, df, weights, part, tolerance):
    """The distribution reaches its share of either tail within a small part of the width."""
    width = found[:, 1] - found[:, 0]
    assert np.all(width > 0)
    for (centers, deviations), ends, step in zip(part, found, tolerance * width, strict=True):
        scales = np.maximum(deviations, 1e-250)
        for end, share in zip(ends, ((1 - level) / 2, (1 + level) / 2), strict=True):
            low, high = special.stdtr(df, (end - centers + [[-step], [step]]) / scales) @ weights
            assert low < share < high


def design(kind, h, seed=0, n=30, n_new=8):
    """K, X with an intercept, and y of the first n."""
    rng = np.random.default_rng(seed)
    N = n + n_new
    columns = {"one": 1, "two": 2, "few": 12, "many": 200, "steep": 200, "definite": 60}[kind]
    Z = rng.standard_normal((N, columns))
    if kind == "steep":
        Z *= np.exp(-np.arange(columns) / 12)
    K = Z @ Z.T / columns + 0.1 * (kind == "definite") * np.eye(N)
    scaled = K / np.trace(K) * N
    root = np.linalg.cholesky(h * scaled + (1 - h + 1e-9) * np.eye(N))
    X = np.column_stack([np.ones(N), rng.standard_normal(N)])
    return K, X, (X @ [5, 1] + 2 * root @ rng.standard_normal(N))[:n]


def fit(K, X, y, **parameters):
    """Fitted to as many rows as y has, and all rows."""
    rows = np.column_stack([np.arange(len(K)), X[:, 1:]])
    lmm = LMMRegressor(Kinship(K, range(len(K))), sample_id=0, **parameters)
    return lmm.fit(rows[: len(y)], y), rows


def assert_intervals_agree(found, expected, tolerance):
    """To a share of the width."""
    width = expected[..., 1] - expected[..., 0]
    assert np.all(width > 0)
    assert np.max(np.abs(found - expected) / width[..., None]) < tolerance


@pytest.mark.parametrize("h", [0.05, 0.5, 0.95])
@pytest.mark.parametrize("kind", ["one", "two", "few", "many", "steep", "definite"])
def test_intervals_are_quantiles_of_the_mixture(kind, h):
    K, X, y = design(kind, h)
    weights, parts = mixture(K, X, y, len(y))
    lmm, rows = fit(K, X, y)
    errors = prediction_errors(lmm, rows)
    for part in PARTS:
        found = errors.interval(part)[SOME]
        assert_quantiles(found, 0.95, len(y) - 2, weights, parts[part][SOME], 1e-4)
        prediction = errors.random_effect if part == "random_effect" else errors.mean
        centers, deviations = parts[part][:, 0], parts[part][:, 1]
        expected = (deviations**2 + (centers - prediction[:, None]) ** 2) @ weights
        np.testing.assert_allclose(errors.standard_error(part) ** 2, expected, rtol=1e-3)


@pytest.mark.parametrize("df", [1, 4, 29, 30, 31, 100, 5000])
def test_quantiles_of_any_mixture(df):
    """Of components far apart, of other widths and of points, at any level."""
    rng = np.random.default_rng(df)
    scale = 10 ** rng.uniform(-6, 6, (300, 1))
    centers = rng.standard_normal((300, 9)) * scale
    variances = (10 ** rng.uniform(-3, 1, centers.shape) * scale) ** 2
    variances[::3, :2] = 0
    weights = rng.dirichlet(np.ones(9))
    both = np.broadcast_to(centers, (2, *centers.shape)), np.broadcast_to(variances, (2, 300, 9))
    mixture_of_t = AveragedPredictions(df, weights, np.zeros(9), *both)
    for level in (0.7, 0.95, 1 - 1e-6):
        found = mixture_of_t.interval("mean", level).T
        part = np.stack([centers, np.sqrt(variances)], axis=1)
        assert_quantiles(found, level, df, weights, part, 1e-5)


@pytest.mark.parametrize("kind", ["few", "definite"])
def test_other_levels(kind):
    K, X, y = design(kind, 0.3, seed=1)
    weights, parts = mixture(K, X, y, len(y))
    lmm, rows = fit(K, X, y)
    for level in (0.5, 0.8, 0.999):
        found = prediction_errors(lmm, rows).interval(level=level)[SOME]
        assert_quantiles(found, level, len(y) - 2, weights, parts["mean"][SOME], 2e-4)


def test_a_level_next_to_1_is_as_far_on_both_sides():
    K, X, y = design("definite", 0.3)
    errors = prediction_errors(*fit(K, X, y))
    mirrored = prediction_errors(*fit(K, X, -y))
    for level in (1 - 1e-13, np.nextafter(1, 0)):
        ends = errors.interval(level=level)
        assert np.isfinite(ends).all()
        assert_intervals_agree(-mirrored.interval(level=level)[:, ::-1], ends, 1e-9)


@pytest.mark.parametrize("scale", [1e-8, 1e-3, 7.0, 1e8])
def test_the_scale_of_K_does_not_matter(scale):
    K, X, y = design("many", 0.3)
    found, expected = (
        prediction_errors(*fit(matrix, X, y)).interval("random_effect")
        for matrix in (scale * K, K)
    )
    assert_intervals_agree(found, expected, 1e-9)


def test_the_scale_and_offset_of_y_and_the_order_of_rows_do_not_matter():
    K, X, y = design("definite", 0.3)
    expected = prediction_errors(*fit(K, X, y)).interval("random_effect")
    moved = prediction_errors(*fit(K, X, 1e4 - 1e-3 * y)).interval("random_effect")
    assert_intervals_agree(-1e3 * moved[:, ::-1], expected, 1e-6)
    shifted = prediction_errors(*fit(K + 3, X, y)).interval("mean")
    assert_intervals_agree(shifted, prediction_errors(*fit(K, X, y)).interval("mean"), 1e-4)
    lmm, rows = fit(K, X, y)
    order = np.random.default_rng(0).permutation(len(y))
    lmm.fit(rows[order], y[order])
    permuted = prediction_errors(lmm, rows[::-1]).interval("random_effect")
    assert_intervals_agree(permuted[::-1], expected, 1e-9)


@pytest.mark.parametrize("kind", ["few", "steep", "definite"])
def test_solvers_agree(kind):
    K, X, y = design(kind, 0.6, seed=3)
    found, expected = (
        prediction_errors(*fit(K, X, y, solver=solver)).interval() for solver in ("band", "eigh")
    )
    assert_intervals_agree(found, expected, 1e-7)


def test_where_no_h_is_better_than_another_all_are_alike():
    """Contrasts of equal variance say nothing of h, but relationships to new rows do matter."""
    K, X = np.eye(12), np.ones((12, 1))
    K[10, 0] = K[0, 10] = 0.9
    y = np.random.default_rng(0).standard_normal(10)
    with pytest.warns(UserWarning, match="does not depend on h"):
        lmm, rows = fit(K, X, y)
    distribution = HeritabilityDistribution.from_profile(fitted_model(lmm).traits("")[0].profile)
    moments = [distribution.h**k @ distribution.probability for k in (1, 2, 3)]
    np.testing.assert_allclose(moments, [1 / 2, 1 / 3, 1 / 4], atol=1e-4)
    low, high = prediction_errors(lmm, rows).interval("random_effect").T
    assert np.all(low < 0)
    assert np.all(high > 0)


def test_indefinite_K():
    """Where K is not a covariance the average ends where V is singular."""
    K, X, y = design("definite", 0.3)
    K -= 0.2 * np.eye(len(K))
    with pytest.warns(UserWarning, match="not positive semi-definite"):
        lmm, rows = fit(K, X, y)
    model = fitted_model(lmm).traits("")[0].model
    distribution = HeritabilityDistribution.from_profile(model.profile(0))
    largest = model.reduction.definiteness.largest_h
    assert largest < 1
    assert distribution.h.max() < largest
    weights, parts = mixture(K, X, y, len(y), largest)
    found = prediction_errors(lmm, rows).interval()
    assert_quantiles(found[:3], 0.95, len(y) - 2, weights, parts["mean"][:3], 2e-4)
