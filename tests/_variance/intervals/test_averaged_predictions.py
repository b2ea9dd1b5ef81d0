"""Predictions averaged over h against a mixture on a fine grid, by dense formulas."""

import numpy as np
import pytest
from scipy import optimize, special, stats

from sklmm import Kinship, LMMRegressor
from sklmm._door import fitted_model
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
    log_weights, parts = [], {part: [] for part in PARTS}
    for h in largest_h * np.sin(angles) ** 2:
        V = h * K[:n, :n] + (1 - h) * np.eye(n)
        solved = np.linalg.solve(V, np.column_stack([X_train, y, h * K[:n]]))
        VX, Vk = solved[:, :p], solved[:, p + 1 :]
        information = X_train.T @ VX
        b = np.linalg.solve(information, VX.T @ y)
        r = y - X_train @ b
        Q = r @ (solved[:, p] - VX @ b)
        variances = h * eigenvalues + 1 - h
        d = (eigenvalues - 1) / variances
        share = 1 - (1 - h / largest_h) / stats.gmean(variances)
        log_weights.append(
            np.log(np.sum((d - d.mean()) ** 2)) / 2
            - np.log(share) / 8
            - np.linalg.slogdet(V)[1] / 2
            - np.linalg.slogdet(information)[1] / 2
            - (n - p) / 2 * np.log(Q)
        )
        unexplained = h * np.diag(K) - np.einsum("ij,ij->j", h * K[:n], Vk)
        for part in PARTS:
            x = X * (part != "random_effect")
            distance = x - Vk.T @ X_train
            of_b = np.einsum("ij,ji->i", distance, np.linalg.solve(information, distance.T))
            noise = (1 - h) * (part == "observation")
            variance = Q / (n - p) * np.maximum(unexplained + of_b + noise, 0)
            parts[part].append((x @ b + Vk.T @ r, np.sqrt(variance)))
    weights = np.exp(log_weights - np.max(log_weights)) * np.sin(2 * angles)
    return weights / weights.sum(), {part: np.transpose(parts[part]) for part in PARTS}


def quantiles(level, df, weights, part):
    """By root finding, for some rows."""
    ends = np.empty((len(SOME), 2))
    for row, (centers, deviations) in enumerate(part[SOME]):
        for side, share in enumerate(((1 - level) / 2, (1 + level) / 2)):
            scales = np.maximum(deviations, 1e-300)
            of_each = centers + special.stdtrit(df, share) * scales

            def surplus(x, centers=centers, scales=scales, share=share):
                return special.stdtr(df, (x - centers) / scales) @ weights - share

            ends[row, side] = optimize.brentq(surplus, of_each.min(), of_each.max(), xtol=1e-10)
    return ends


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
        expected = quantiles(0.95, len(y) - 2, weights, parts[part])
        assert_intervals_agree(errors.interval(part)[SOME], expected, 1e-4)
        prediction = errors.random_effect if part == "random_effect" else errors.mean
        centers, deviations = parts[part][:, 0], parts[part][:, 1]
        expected = (deviations**2 + (centers - prediction[:, None]) ** 2) @ weights
        np.testing.assert_allclose(errors.standard_error(part) ** 2, expected, rtol=1e-3)


@pytest.mark.parametrize("kind", ["few", "definite"])
def test_other_levels(kind):
    K, X, y = design(kind, 0.3, seed=1)
    weights, parts = mixture(K, X, y, len(y))
    lmm, rows = fit(K, X, y)
    for level in (0.5, 0.8, 0.999):
        expected = quantiles(level, len(y) - 2, weights, parts["mean"])
        found = prediction_errors(lmm, rows).interval(level=level)[SOME]
        assert_intervals_agree(found, expected, 2e-4)


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
    expected = quantiles(0.95, len(y) - 2, weights, parts["mean"])
    found = prediction_errors(lmm, rows).interval()[SOME]
    assert_intervals_agree(found[:3], expected[:3], 2e-4)
