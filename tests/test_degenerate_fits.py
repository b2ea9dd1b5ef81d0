"""What fit says, and leaves alone, where there is little or nothing to fit."""

import warnings

import numpy as np
import pytest
from sklearn.exceptions import ConvergenceWarning, NotFittedError
from sklearn.pipeline import make_pipeline

from sklmm import LMMRegressor
from sklmm.metrics import predictive_ability

SOLVERS = ["auto", "band", "eigh"]


@pytest.fixture
def data(population):
    """Thirty of the samples: K, covariates, y."""
    return population.K[:30, :30], population.covariates[:30], population.y[:30]


def test_a_failed_fit_leaves_the_model_as_it_was(population):
    X, y = population.array, population.y
    lmm = LMMRegressor(population.kinship, sample_id=0).fit(X, y)
    expected = lmm.predict(X)
    stranger = X[:50].copy()
    stranger[3, 0] = "nobody"
    with pytest.raises(ValueError, match="'nobody' is not in"):
        lmm.fit(stranger, y[:50])
    np.testing.assert_array_equal(lmm.predict(X), expected)


def test_a_first_fit_that_failed_is_no_fit(population):
    lmm = LMMRegressor(population.kinship, sample_id=0)
    with pytest.raises(ValueError, match="y contains NaN"):
        lmm.fit(population.array, np.full(60, np.nan))
    with pytest.raises(NotFittedError):
        lmm.predict(population.array)


@pytest.mark.parametrize("scale", [1e-300, 1e-200, 1e-150, 1e150, 1e200, 1e300])
def test_scales_whose_square_is_no_number(population, scale):
    X, y = population.covariates, population.y
    with pytest.raises(ValueError, match=r"y varies on a scale of .* Divide"):
        LMMRegressor(population.K).fit(X, scale * y)
    with pytest.raises(ValueError, match=r"mean diagonal among the training rows is .* Divide"):
        LMMRegressor(scale * population.K).fit(X, y)
    with pytest.raises(ValueError, match=r"A fixed effect of X has values of a size .* Divide"):
        LMMRegressor(population.K).fit(scale * X, y)


def test_rank_deficient_covariates_predict_as_the_full_ones(population):
    X, y = population.covariates, population.y
    expected = LMMRegressor(population.K).fit(X, y)
    redundant = np.column_stack([X, X[:, 0] - 2 * X[:, 1], np.full(60, 5.0)])
    lmm = LMMRegressor(population.K).fit(redundant, y)
    np.testing.assert_allclose(lmm.predict(redundant), expected.predict(X), rtol=1e-10)
    assert lmm.log_likelihood_ == pytest.approx(expected.log_likelihood_, rel=1e-12)
    assert lmm.coef_[3] == 0
    assert np.linalg.norm(lmm.coef_) <= np.linalg.norm(expected.coef_)


def test_a_covariate_that_is_constant_in_a_fold_is_harmless(population):
    X, y = population.array, population.y
    X[:, 2] = 0
    X[5, 2] = 1
    rows = np.delete(np.arange(60), 5)
    lmm = LMMRegressor(population.kinship, sample_id=0).fit(X[rows], y[rows])
    without = LMMRegressor(population.kinship, sample_id=0).fit(X[rows][:, :2], y[rows])
    np.testing.assert_allclose(lmm.predict(X), without.predict(X[:, :2]), rtol=1e-10)


@pytest.mark.parametrize("n_covariates", [29, 30, 50])
def test_as_many_fixed_effects_as_samples_is_refused(data, n_covariates):
    K, _, y = data
    X = np.random.default_rng(0).standard_normal((30, n_covariates))
    message = (
        rf"n_samples=30 is not enough: .* have rank 30.* Give at least {n_covariates + 3} rows "
        "with a value in y, or fewer fixed effects"
    )
    with pytest.raises(ValueError, match=message):
        LMMRegressor(K).fit(X, y)


@pytest.mark.parametrize("y", [np.full(30, 0.1), np.zeros(30), np.full(30, 7)])
def test_constant_y(data, y):
    K, covariates, _ = data
    with pytest.warns(UserWarning, match="y is an exact linear function of the fixed effects"):
        lmm = LMMRegressor(K).fit(covariates, y)
    assert (lmm.h_, lmm.v_, lmm.log_likelihood_) == (0.0, 0.0, np.inf)
    mean, std = lmm.predict(covariates, return_std=True)
    np.testing.assert_allclose(mean, y, atol=1e-14)
    assert not std.any()


@pytest.mark.parametrize("solver", SOLVERS)
@pytest.mark.parametrize("n", [20, 60, 150, 300])
def test_kinship_within_the_fixed_effects_says_nothing_of_h(n, solver):
    """REML sees nothing of K where the columns of K are combinations of those of X."""
    rng = np.random.default_rng(0)
    family = np.arange(n) % 4
    dummies = np.eye(4)[family][:, 1:]
    features = rng.standard_normal((n, 3))
    for K, X in [
        ((family[:, None] == family).astype(float), dummies),
        (np.ones((n, n)), features),
        (features @ features.T, features),
    ]:
        y = rng.standard_normal(n)
        with pytest.warns(UserWarning, match="The likelihood does not depend on h"):
            lmm = LMMRegressor(K, solver=solver).fit(X, y)
        assert lmm.h_ == 0
        expected = np.full(3, lmm.log_likelihood_)
        np.testing.assert_allclose(lmm.log_likelihood([0.1, 0.9, 1.0]), expected, rtol=1e-5)


def test_identity_kinship_says_so(data):
    _, covariates, y = data
    message = "The likelihood does not depend on h, which is set to 0"
    with pytest.warns(UserWarning, match=message) as caught:
        lmm = LMMRegressor(np.eye(30)).fit(covariates, y)
    assert caught[0].filename == __file__
    assert lmm.h_ == 0


def test_warnings_point_at_the_call_of_fit():
    """All of them, by whatever function they are put into words."""
    rng = np.random.default_rng(0)
    Z = rng.standard_normal((30, 5))
    K, nearly = Z @ Z.T, Z @ rng.standard_normal(5)
    for matrix, y, message in (
        (K - 3 * np.eye(30), rng.standard_normal(30), "not positive semi-definite"),
        (K, nearly + 1e-6 * rng.standard_normal(30), "h_ is so near to 1"),
        (K, np.ones(30), "y is an exact linear function"),
        (K, nearly, "grows without bound"),
    ):
        for lmm in (LMMRegressor(matrix), make_pipeline("passthrough", LMMRegressor(matrix))):
            with pytest.warns(UserWarning, match=message) as caught:
                lmm.fit(np.zeros((30, 0)), y)
            assert {warning.filename for warning in caught} == {__file__}


def test_negative_eigenvalue_is_said_and_not_repaired(data):
    K, covariates, y = data
    shift = np.linalg.eigvalsh(K)[0] + 0.3
    indefinite = K - shift * np.eye(30)
    with pytest.warns(UserWarning, match=r"smallest eigenvalue is -0.3\..* add 0.3 to its diag"):
        lmm = LMMRegressor(indefinite).fit(covariates, y)
    assert lmm.h_ <= 1 / 1.3
    with warnings.catch_warnings():
        repaired = LMMRegressor(indefinite + 0.3 * np.eye(30)).fit(covariates, y)
    s, t = lmm.h_ * lmm.v_, (1 - lmm.h_) * lmm.v_
    assert repaired.h_ * repaired.v_ == pytest.approx(s, rel=1e-6)
    assert (1 - repaired.h_) * repaired.v_ == pytest.approx(t - 0.3 * s, rel=1e-6)


def test_unbounded_likelihood_is_said(data):
    K, covariates, _ = data
    C = np.eye(30) - 1 / 30
    y = np.linalg.cholesky(K) @ np.random.default_rng(1).standard_normal(30)
    with pytest.warns(Warning, match=r"\(method='ml'\) grows without bound as h approaches h_"):
        lmm = LMMRegressor(C @ K @ C, method="ml").fit(covariates, y)
    assert (lmm.h_, lmm.log_likelihood_) == (1.0, np.inf)


def singular_problem(kind):
    rng = np.random.default_rng(3)
    Z, y = rng.standard_normal((30, 45)), rng.standard_normal(30)
    if kind == "centered":
        Z -= Z.mean(axis=0)
        return Z @ Z.T, y
    family = np.repeat(np.arange(10), 3)
    if kind == "equal records":
        return np.equal.outer(family, family).astype(float), y[family]
    return Z[:, :8] @ Z[:, :8].T, Z[:, :8] @ y[:8] + (kind == "noise") * y


@pytest.mark.parametrize("solver", ["band", "eigh"])
@pytest.mark.parametrize(
    ("kind", "method", "limit"),
    [
        ("centered", "reml", "finite"),
        ("centered", "ml", np.inf),
        ("equal records", "reml", np.inf),
        ("equal records", "ml", np.inf),
        ("no noise", "reml", np.inf),
        ("no noise", "ml", np.inf),
        ("noise", "reml", -np.inf),
        ("noise", "ml", -np.inf),
    ],
)
def test_h_held_where_V_is_singular(kind, method, limit, solver):
    """The limit, a fit that says that the likelihood is unbounded, or an error."""
    K, y = singular_problem(kind)
    lmm = LMMRegressor(K, h=1.0, method=method, solver=solver)
    covariates = np.empty((30, 0))
    if limit == -np.inf:
        with pytest.raises(ValueError, match=r"h=1.0 is not possible .* singular .* an h below 1"):
            lmm.fit(covariates, y)
        return
    if limit == np.inf:
        with pytest.warns(ConvergenceWarning, match="grows without bound"):
            lmm.fit(covariates, y)
        assert lmm.log_likelihood_ == np.inf
    else:
        lmm.fit(covariates, y)
        assert np.isfinite(lmm.log_likelihood_)
    near = LMMRegressor(K, h=1 - 1e-7, method=method, solver=solver).fit(covariates, y)
    assert lmm.h_ == 1.0
    assert lmm.v_ == pytest.approx(near.v_, rel=1e-5)
    if limit == "finite":
        assert lmm.log_likelihood_ == pytest.approx(near.log_likelihood_, rel=1e-6)


def test_two_samples_of_one_family(data):
    K, _, y = data
    with pytest.warns(UserWarning, match="does not depend on h"):
        lmm = LMMRegressor(K[:2, :2]).fit(np.empty((2, 0)), y[:2])
    assert lmm.intercept_ == pytest.approx(y[:2].mean())


@pytest.mark.parametrize(
    ("weights", "message"),
    [
        ([1, -9, 1, 1], "none negative"),
        ([1, np.nan, 1, 1], "sample_weight contains NaN"),
        ([1, np.inf, 1, 1], "sample_weight contains infinity"),
        ([0, 0, 0, 0], "not all 0"),
        ([1, 1], r"must hold 4 numbers.*got shape \(2,\)"),
        ([[1], [1], [1], [1]], r"got shape \(4, 1\)"),
        (["a", "b", "c", "d"], "sample_weight must hold numbers"),
    ],
)
def test_score_refuses_weights_as_metrics_do(weights, message):
    X, y = np.array([[0.0], [1], [3], [4]]), [1.0, 2, 2, 5]
    lmm = LMMRegressor(h=0.5).fit(X, y)
    with pytest.raises(ValueError, match=message):
        lmm.score(X, y, sample_weight=weights)
    with pytest.raises(ValueError, match=message):
        predictive_ability(y, y, sample_weight=weights)
