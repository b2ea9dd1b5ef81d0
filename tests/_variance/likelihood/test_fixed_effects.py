"""The rank, the basis and b of fixed effects of any scale and offset, beside long double."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.linear_model import LinearRegression

from sklmm import Kinship, LMMRegressor
from sklmm._variance.likelihood.fixed_effects import FixedEffects

SCALES = st.floats(-8, 8).map(lambda power: 10.0**power)


def fitted_values(X, y):
    """Of least squares with an intercept, by Gram and Schmidt in long double."""
    basis = np.zeros((len(X), 0), dtype=np.longdouble)
    for column in np.column_stack([np.ones(len(X)), X]).astype(np.longdouble).T:
        length = np.sqrt(column @ column)
        for _ in range(3):
            column = column - basis @ (basis.T @ column)
        if np.sqrt(column @ column) > 1e-11 * length:
            basis = np.column_stack([basis, column / np.sqrt(column @ column)])
    return (basis @ (basis.T @ y.astype(np.longdouble))).astype(float), basis.shape[1]


@st.composite
def designs(draw):
    """Columns of any scale and offset, of which the last may repeat another one."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    n, k = draw(st.integers(8, 40)), draw(st.integers(1, 4))
    X = rng.standard_normal((n, k)) * [draw(SCALES) for _ in range(k)]
    X += np.abs(X).max(axis=0) * [draw(st.sampled_from([0, 1, 1e3, 1e6])) for _ in range(k)]
    if draw(st.booleans()):
        again = X[:, 0] * draw(st.floats(1e-3, 1e3)) + draw(st.integers(-2, 2)) * abs(X[0, 0])
        X = np.column_stack([X, again])
    order = rng.permutation(X.shape[1])
    return X[:, order], X[:, order] / np.abs(X[:, order]).max(axis=0), rng.standard_normal(n)


@given(designs())
def test_rank_and_fitted_values(design):
    X, _, y = design
    effects = FixedEffects.from_covariates(X, fit_intercept=True)
    expected, rank = fitted_values(X, y)
    assert effects.rank == rank
    identity = effects.basis.T @ effects.basis
    np.testing.assert_allclose(identity, np.eye(rank), atol=1e-14)
    coefficients = effects.to_coefficients @ (effects.basis.T @ y)
    by_basis = effects.in_basis(X) @ (effects.basis.T @ y)
    offset = (np.abs(X).max(axis=0) / X.std(axis=0)).max()
    np.testing.assert_allclose(by_basis, expected, atol=1e-13 * offset)
    np.testing.assert_allclose(
        coefficients[0] + X @ coefficients[1:], expected, atol=1e-13 * offset**2 + 1e-12
    )
    assert effects.are_estimable(X).all()


@given(designs(), st.permutations(range(5)))
def test_the_order_of_columns_does_not_matter(design, order):
    X, _, y = design
    order = [column for column in order if column < X.shape[1]]
    one, other = (FixedEffects.from_covariates(columns, True) for columns in (X, X[:, order]))
    b, permuted = (effects.to_coefficients @ (effects.basis.T @ y) for effects in (one, other))
    spread = X.std(axis=0)
    offset = (np.abs(X).max(axis=0) / spread).max()
    np.testing.assert_allclose(
        permuted[1:] * spread[order], b[1:][order] * spread[order], atol=1e-12 * offset**2
    )


TWO_WAYS_TO_SAY_IT = {
    "age and year of birth": lambda x: (1990 + np.round(20 * x, 2), 2024.5 - 1990 - 20 * x),
    "kelvin and celsius": lambda x: (30 * x + 273.15, 30 * x),
    "meters and kilometers": lambda x: (1e6 + 1e3 * x, (1e6 + 1e3 * x) / 1000),
    "julian dates and days": lambda x: (2451545 + np.round(365 * x), np.round(365 * x)),
    "far away": lambda x: (1e9 + np.round(1e4 * x), np.round(1e4 * x)),
}


@pytest.mark.parametrize("name", TWO_WAYS_TO_SAY_IT)
@pytest.mark.parametrize("seed", range(5))
def test_one_thing_said_twice(name, seed):
    """Predictions of new rows are those of one column."""
    rng = np.random.default_rng(seed)
    kinship = Kinship(np.cov(rng.standard_normal((80, 200))), range(80))
    one, other = TWO_WAYS_TO_SAY_IT[name](rng.random(80))
    if name == "age and year of birth":
        other = 2024.5 - one
    y = (one - one.mean()) / one.std() + rng.standard_normal(80)
    X = np.column_stack([np.arange(80), one, other])
    twice, once, plain = (LMMRegressor(kinship, sample_id=0, h=h) for h in (0.4, 0.4, 0.0))
    twice.fit(X[:60], y[:60])
    once.fit(X[:60, :2], y[:60])
    np.testing.assert_allclose(twice.predict(X), once.predict(X[:, :2]), atol=1e-6)
    np.testing.assert_allclose(twice.log_likelihood_, once.log_likelihood_, rtol=1e-9)
    by_sklearn = LinearRegression().fit(X[:60, 1:2], y[:60])
    plain.fit(X[:60], y[:60])
    np.testing.assert_allclose(plain.predict(X), by_sklearn.predict(X[:, 1:2]), atol=1e-6)


@pytest.mark.parametrize("ratio", [1e4, 1e8, 1e12, 1e16])
@pytest.mark.parametrize("order", [[0, 1], [1, 0]])
def test_covariates_of_different_sizes(ratio, order):
    rng = np.random.default_rng(0)
    base = rng.standard_normal((50, 2))
    K = np.cov(rng.standard_normal((50, 80)))
    y = base.sum(axis=1) + rng.standard_normal(50)
    sizes = np.array([ratio**-0.5, ratio**0.5])
    expected, std = LMMRegressor(K).fit(base, y).predict(base, return_std=True)
    X = (base * sizes)[:, order]
    found, found_std = LMMRegressor(K).fit(X, y).predict(X, return_std=True)
    np.testing.assert_allclose(found, expected, rtol=1e-10)
    np.testing.assert_allclose(found_std, std, rtol=1e-10)


@given(st.integers(0, 2**32 - 1), st.integers(8, 60), st.integers(1, 5))
def test_y_that_is_a_function_of_the_fixed_effects_is_noticed(seed, n, p):
    rng = np.random.default_rng(seed)
    X = rng.standard_normal((n, max(p, 1))) * 10.0 ** rng.uniform(-3, 3, p)
    X += 10.0 ** rng.uniform(-2, 4)
    K = np.cov(rng.standard_normal((n, n + 5)))
    with pytest.warns(UserWarning, match="y is an exact linear function of the fixed effects"):
        lmm = LMMRegressor(K).fit(X, X @ rng.standard_normal(p) + rng.standard_normal())
    assert lmm.v_ == 0


@pytest.mark.parametrize("noise", [1e-5, 1e-8])
def test_a_little_noise_is_no_exact_function(noise):
    rng = np.random.default_rng(0)
    X = rng.standard_normal((40, 2))
    lmm = LMMRegressor(np.cov(rng.standard_normal((40, 80))))
    lmm.fit(X, X @ [1.0, 2.0] + noise * rng.standard_normal(40))
    assert 0 < lmm.v_ < 4 * noise**2


@pytest.mark.parametrize("p", [0, 1, 3])
@pytest.mark.parametrize("n", [1, 2])
@pytest.mark.parametrize("fit_intercept", [True, False])
def test_hardly_any_rows(n, p, fit_intercept):
    X = np.random.default_rng(0).standard_normal((n, p))
    effects = FixedEffects.from_covariates(X, fit_intercept)
    assert effects.rank == min(n, p + fit_intercept)
    np.testing.assert_allclose(effects.basis.T @ effects.basis, np.eye(effects.rank), atol=1e-15)
    if effects.rank == n:
        lmm = LMMRegressor(Kinship(np.eye(5), range(5)), sample_id=0, fit_intercept=fit_intercept)
        with pytest.raises(ValueError, match=f"n_samples={n} is not enough"):
            lmm.fit(np.column_stack([np.arange(n), X]), np.arange(n))
