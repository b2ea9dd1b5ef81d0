"""The door to a fitted model: V^-1 as an operator, and what is asked of located rows."""

import pickle

import numpy as np
import pytest
from sklearn.exceptions import NotFittedError

from sklmm import Kinship, LMMRegressor
from sklmm._door import fitted_model
from sklmm.inference import heritability_test

N = 40
rng = np.random.default_rng(2)
FEATURES = rng.standard_normal((N, 60))
FEW = FEATURES[:, :6]
K = FEATURES @ FEATURES.T / 60
SEX = rng.integers(0, 2, N).astype(float)
MARKERS = rng.binomial(2, 0.4, (N, 25)).astype(float)
Y = FEATURES @ rng.standard_normal(60) / 8 + SEX + rng.standard_normal(N)
TWO = np.column_stack([Y, 2 * Y + SEX * MARKERS[:, 0]])
LABELED = np.column_stack([np.arange(N), SEX])
MODELS = {
    "labels": (LMMRegressor(Kinship(K, range(N)), sample_id=0), LABELED, K),
    "eigenvectors": (LMMRegressor(Kinship(K, range(N)), sample_id=0, solver="eigh"), LABELED, K),
    "order": (LMMRegressor(K), SEX[:, None], K),
    "few markers": (LMMRegressor(covariates=[6]), np.column_stack([FEW, SEX]), FEW @ FEW.T),
    "precomputed": (LMMRegressor(kernel="precomputed"), K, K),
}


def scan(lmm, markers):
    """F of one marker at a time beside the fixed effects, at the variances of the fit."""
    trait = fitted_model(lmm).traits("a scan needs")[0]
    precision, X = trait.precision(), trait.fixed_effects.basis
    Q, _ = np.linalg.qr(precision.whiten(X))
    y = precision.whiten(Y[:, None])
    G = precision.whiten(markers)
    y, G = (M - Q @ (Q.T @ M) for M in (y, G))
    explained = (G.T @ y)[:, 0] ** 2 / np.sum(G**2, axis=0)
    df = trait.residual_df - 1
    return explained / ((np.sum(y**2) - explained) / df)


@pytest.mark.parametrize("name", MODELS)
def test_a_scan_by_the_precision_of_the_fit(name):
    lmm, X, relationships = MODELS[name]
    lmm.fit(X, Y)
    V = lmm.h_ * relationships + (1 - lmm.h_) * np.eye(N)
    fixed = np.ones((N, 1)) if name == "precomputed" else np.column_stack([np.ones(N), SEX])
    for marker, F in zip(MARKERS.T, scan(lmm, MARKERS), strict=True):
        both = np.column_stack([fixed, marker])
        rss = []
        for design in (fixed, both):
            root = np.linalg.cholesky(V)
            left, right = np.linalg.solve(root, design), np.linalg.solve(root, Y)
            rss.append(np.sum((right - left @ np.linalg.lstsq(left, right, rcond=None)[0]) ** 2))
        assert pytest.approx((rss[0] / rss[1] - 1) * (N - both.shape[1]), rel=1e-8) == F


TWINS = np.repeat(np.eye(N // 2), 2, axis=0)
OF_TWINS = {
    "labels": (LMMRegressor(TWINS @ TWINS.T), np.empty((N, 0))),
    "few markers": (LMMRegressor(solver="lowrank"), TWINS),
}


def inverse_of_twins(M, s, t):
    """M'V^-1 M, by the sums and the differences of twins."""
    sums, differences = (M[::2] + sign * M[1::2] for sign in (1, -1))
    return sums.T @ sums / (2 * (2 * s + t)) + differences.T @ differences / (2 * t)


@pytest.mark.filterwarnings("ignore:.*h_ is so near to 1")
@pytest.mark.parametrize("noise", [1e-1, 1e-3, 1e-4, 1e-5, 3e-6])
@pytest.mark.parametrize(
    ("name", "solver"), [("labels", "band"), ("labels", "eigh"), ("few markers", "lowrank")]
)
def test_the_precision_next_to_1_beside_a_singular_K(name, solver, noise):
    lmm, X = OF_TWINS[name]
    rng = np.random.default_rng(0)
    y = np.repeat(rng.standard_normal(N // 2), 2) + noise * rng.standard_normal(N)
    lmm.set_params(solver=solver).fit(X, y)
    assert 1 - lmm.h_ < noise
    trait = fitted_model(lmm).traits("this needs")[0]
    s, t = trait.s_and_t
    M = np.column_stack([np.ones(N), MARKERS[:, :3], np.repeat(MARKERS[::2, 3], 2)])
    whitened, expected = trait.precision().whiten(M), inverse_of_twins(M, s, t)
    sizes = np.sqrt(np.diagonal(expected))
    found = whitened.T @ whitened / np.multiply.outer(sizes, sizes)
    np.testing.assert_allclose(
        found, expected / np.multiply.outer(sizes, sizes), rtol=0, atol=1e-8
    )
    np.testing.assert_allclose(np.diagonal(found), 1, rtol=1e-8)


@pytest.mark.filterwarnings("ignore:The kinship matrix .* is not positive semi-definite")
@pytest.mark.parametrize("solver", ["band", "eigh"])
def test_the_precision_next_to_the_end_of_an_indefinite_K(solver):
    values, vectors = np.linalg.eigh(K)
    values[0] = -0.25
    indefinite = vectors * values @ vectors.T

    def products(distance):
        lmm = LMMRegressor(indefinite, solver=solver, h=(1 - distance) / 1.25)
        trait = fitted_model(lmm.fit(SEX[:, None], Y)).traits("this needs")[0]
        s, t = trait.s_and_t
        whitened = trait.precision().whiten(MARKERS)
        return whitened.T @ whitened, MARKERS.T @ (
            vectors / (s * values + t)
        ) @ vectors.T @ MARKERS

    for distance in (1e-2, 1e-5):
        found, expected = products(distance)
        np.testing.assert_allclose(found, expected, rtol=1e-8, atol=1e-8 * expected.max())
    with pytest.raises(ValueError, match=r"V has no inverse at h=0\.7999.*Hold h further inside"):
        products(1e-10)


def test_a_precision_that_was_overwritten_says_so():
    first, second = fitted_model(
        LMMRegressor(K, h=[0.3, 0.6], solver="band").fit(SEX[:, None], TWO)
    ).traits("this needs")
    precision = first.precision()
    expected = precision.whiten(MARKERS)
    second.precision()
    with pytest.raises(RuntimeError, match="was overwritten when the next one was made"):
        precision.whiten(MARKERS)
    np.testing.assert_array_equal(first.precision().whiten(MARKERS), expected)


def test_traits_of_a_group_share_what_their_precisions_are_made_of(monkeypatch):
    fitted = fitted_model(LMMRegressor(K, h=[0.3, 0.6], solver="band").fit(SEX[:, None], TWO))
    made, relate = [], type(fitted.samples).training_relationships
    monkeypatch.setattr(
        type(fitted.samples),
        "training_relationships",
        lambda samples, rows: made.append(1) or relate(samples, rows),
    )
    for trait in fitted.traits("this needs"):
        trait.precision()
    assert len(made) == 1


def test_variances_by_name():
    lmm, X, _ = MODELS["labels"]
    trait = fitted_model(lmm.fit(X, Y)).traits("this needs")[0]
    assert list(trait.variances) == ["kinship", "residual", "total"]
    assert sum(list(trait.variances.values())[:2]) == pytest.approx(trait.variances["total"])
    assert trait.variances["total"] == pytest.approx(lmm.v_)


def test_rows_are_located_once(monkeypatch):
    lmm, X, _ = MODELS["labels"]
    fitted = fitted_model(lmm.fit(X, Y))
    looked_up = []
    find = type(fitted.samples.index).find
    monkeypatch.setattr(
        type(fitted.samples.index),
        "find",
        lambda index, labels: looked_up.append(1) or find(index, labels),
    )
    rows = fitted.locate(X)
    fitted.fixed(rows.covariates), fitted.random(rows), fitted.error_variances(rows)
    assert len(looked_up) == 1


def test_a_question_leaves_nothing_behind():
    lmm, X, _ = MODELS["labels"]
    before = vars(lmm.fit(X, Y)).copy()
    for _ in range(2):
        lmm.predict(X, return_std=True)
        scan(lmm, MARKERS)
    assert vars(lmm) == before


@pytest.mark.filterwarnings("ignore:The likelihood .* grows")
@pytest.mark.parametrize("h", [None, 0.5])
@pytest.mark.parametrize("solver", ["band", "eigh"])
def test_likelihoods_next_to_1_leave_nothing_of_the_size_of_K_behind(solver, h):
    """The eigenvectors that they need beside a singular K are as large as K."""
    n, ids = 60, np.arange(60)[:, None]
    rng = np.random.default_rng(0)
    Z = rng.standard_normal((n, 20))
    kinship = Kinship(Z @ Z.T, ids[:, 0])
    y = Z @ rng.standard_normal(20) + rng.standard_normal(n)
    lmm = LMMRegressor(kinship, sample_id=0, h=h, solver=solver).fit(ids, y)
    size = len(pickle.dumps(lmm))
    assert np.isfinite(lmm.log_likelihood([0.5, 1 - 1e-9])).all()
    assert heritability_test(lmm, n_simulations=10, random_state=0).statistic > 0
    assert len(pickle.dumps(lmm)) < size + 3 * 8 * n


def test_only_fitted_models_have_a_door():
    with pytest.raises(NotFittedError):
        fitted_model(LMMRegressor())
    with pytest.raises(TypeError, match="lmm must be a fitted LMMRegressor"):
        fitted_model("model")
