"""The door to a fitted model: V^-1 as an operator, and what is asked of located rows."""

import numpy as np
import pytest
from sklearn.exceptions import NotFittedError

from sklmm import Kinship, LMMRegressor
from sklmm._door import fitted_model

N = 40
rng = np.random.default_rng(2)
FEATURES = rng.standard_normal((N, 60))
FEW = FEATURES[:, :6]
K = FEATURES @ FEATURES.T / 60
SEX = rng.integers(0, 2, N).astype(float)
MARKERS = rng.binomial(2, 0.4, (N, 25)).astype(float)
Y = FEATURES @ rng.standard_normal(60) / 8 + SEX + rng.standard_normal(N)
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


def test_only_fitted_models_have_a_door():
    with pytest.raises(NotFittedError):
        fitted_model(LMMRegressor())
    with pytest.raises(TypeError, match="lmm must be a fitted LMMRegressor"):
        fitted_model("model")
