"""Numbers that mixed.solve of rrBLUP 4.6.3 printed for the test suites of two other programs.

With ten decimals in rrblup-rs of alex-sandercock/Binx (tests/r_comparison.rs, which numbers the
cases), and with all digits in robbyjo/JLinAlg (RReferenceTest.java).
"""

import numpy as np
import pytest
from r_random import RRandom

from sklmm import Kinship, LMMRegressor
from sklmm.inference import b_covariance, prediction_errors
from sklmm.relationship import numerator

LAST_PRINTED_DIGIT = 1e-10


def check_likelihood(page, log_likelihood, method, n, p, LL):
    """All digits agree, while with the right π the last four or five would not."""
    found = page.rrblup_LL(log_likelihood, method, n, p)
    assert found == pytest.approx(LL, rel=0, abs=LAST_PRINTED_DIGIT)
    assert abs(log_likelihood - LL) > 1e-6


@pytest.mark.parametrize(
    ("y", "x", "method", "beta", "Ve", "LL"),
    [
        ([1, 2, 3, 4, 5], None, "reml", [3], 2.4999999974, -7.5083339072),
        (
            [1.2, 2.5, 3.1, 4.8, 5.2, 6.0, 7.3, 8.1, 9.5, 10.2],
            None,
            "reml",
            [5.79],
            9.0365555402,
            -22.6761943542,
        ),
        (
            [1.0, 2.5, 4.2, 5.8, 7.1, 8.9],
            range(6),
            "reml",
            [0.9952380952, 1.5685714286],
            0.0127619047,
            3.0468290289,
        ),
        (range(1, 9), None, "reml", [4.5], 5.9999999910, -16.2037249184),
        (range(1, 11), None, "reml", [5.5], 9.1666666537, -22.7405247199),
        (range(1, 11), None, "ml", [5.5], 8.2499999884, -24.7404471105),
        ([1, 3, 5, 6, 7, 9, 10], None, "reml", [5.8571428571], 10.1428571323, -15.4639378492),
    ],
    ids=["1", "2", "3", "6", "7 REML", "7 ML", "9"],
)
def test_without_relationships(page, y, x, method, beta, Ve, LL):
    """K is I, so that the likelihood is the same at every h."""
    y = np.array(y, dtype=float)
    n = len(y)
    X = np.empty((n, 0)) if x is None else np.array(x, dtype=float)[:, None]
    with pytest.warns(UserWarning, match="does not depend on h"):
        lmm = LMMRegressor(np.eye(n), method=method).fit(X, y)
    np.testing.assert_allclose(lmm.b_, beta, rtol=0, atol=LAST_PRINTED_DIGIT)
    assert lmm.v_ == pytest.approx(Ve, rel=3e-9, abs=LAST_PRINTED_DIGIT)
    check_likelihood(page, lmm.log_likelihood_, method, n, len(beta), LL)


def test_kinship(page):
    """Case 4: the likelihood is largest at h = 1, and rrBLUP stops at λ = 7e-5."""
    y = np.array([2.1, 3.5, 4.2, 5.8, 6.1])
    K = np.array(
        [
            [1.0, 0.5, 0.3, 0.2, 0.1],
            [0.5, 1.0, 0.4, 0.3, 0.2],
            [0.3, 0.4, 1.0, 0.5, 0.3],
            [0.2, 0.3, 0.5, 1.0, 0.4],
            [0.1, 0.2, 0.3, 0.4, 1.0],
        ]
    )
    Vu, Ve = 2.7404310477, 0.0001868977
    assert LMMRegressor(K).fit(np.empty((5, 0)), y).h_ == 1.0
    lmm = LMMRegressor(K, h=Vu / (Vu + Ve)).fit(np.empty((5, 0)), y)
    assert lmm.v_ == pytest.approx(Vu + Ve, abs=2 * LAST_PRINTED_DIGIT)
    assert lmm.intercept_ == pytest.approx(4.3308669775, abs=LAST_PRINTED_DIGIT)
    u = [-2.2307000478, -0.8308552569, -0.1308225379, 1.4690162341, 1.7690267211]
    np.testing.assert_allclose(lmm.random_effects_, u, rtol=0, atol=LAST_PRINTED_DIGIT)
    check_likelihood(page, lmm.log_likelihood_, "reml", 5, 1, -6.8048143828)


def test_features(page):
    """Case 5: mixed.solve(y, Z)."""
    y = np.array([1.5, 2.3, 3.1, 4.2, 5.0, 5.8])
    Z = np.repeat(np.eye(3), 2, axis=0)
    Vu, Ve = 2.8548892966, 0.4150095693
    free = LMMRegressor(kernel="linear").fit(Z, y)
    assert (1 - free.h_) / free.h_ == pytest.approx(Ve / Vu, abs=1e-4), "the tolerance of optimize"
    lmm = LMMRegressor(kernel="linear", h=Vu / (Vu + Ve)).fit(Z, y)
    assert lmm.v_ == pytest.approx(Vu + Ve, abs=2 * LAST_PRINTED_DIGIT)
    u = [-1.6314217362, 0, 1.6314217362]
    np.testing.assert_allclose(lmm.marker_effects_, u, rtol=0, atol=LAST_PRINTED_DIGIT)
    check_likelihood(page, lmm.log_likelihood_, "reml", 6, 1, -7.5878541737)


def test_levels_with_a_covariate(page):
    """Case 8: mixed.solve(y, Z, K, X, SE = TRUE)."""
    y = np.array([2.1, 3.2, 4.5, 5.1, 6.3, 7.2])
    kinship = Kinship(np.array([[1.0, 0.3, 0.1], [0.3, 1.0, 0.2], [0.1, 0.2, 1.0]]), list("abc"))
    X = np.column_stack([np.repeat(list("abc"), 2).astype(object), np.arange(1, 7) / 2])
    lmm = LMMRegressor(kinship, sample_id=0).fit(X, y)
    assert lmm.h_ == 0.0
    np.testing.assert_allclose(lmm.b_, [1.1933333334, 2.0228571428], rtol=0, atol=1e-9)
    errors = np.sqrt(np.diag(b_covariance(lmm)))
    np.testing.assert_allclose(errors, [0.1551138856, 0.0796591378], rtol=0, atol=1e-8)
    found = page.rrblup_LL(lmm.log_likelihood_, "reml", 6, 2)
    assert found == pytest.approx(1.4924286168, abs=1e-9), "at the largest λ, not at h = 0"


def test_simulated_lines(page):
    """Case 10, whose data come from set.seed(123)."""
    r, n = RRandom(123), 20
    G = r.normal(10 * n).reshape(10, n).T
    K = G @ G.T / 10 + np.eye(n) * 0.1
    y = 5 + K @ r.normal(n) * 0.5 + r.normal(n) * 0.3
    Vu, Ve = 0.5070532823, 0.0269358163
    lmm = LMMRegressor(K).fit(np.empty((n, 0)), y)
    assert (1 - lmm.h_) / lmm.h_ == pytest.approx(Ve / Vu, abs=1e-4), "the tolerance of optimize"
    check_likelihood(page, lmm.log_likelihood(Vu / (Vu + Ve)), "reml", n, 1, -14.0758649494)


def test_pedigree_with_repeated_records():
    """Breeding values and their errors, founders without records included, to all digits."""
    ids = list(range(1, 11))
    A = numerator(ids, [0, 0, 0, 0, 1, 1, 3, 3, 5, 6], [0, 0, 0, 0, 2, 2, 4, 4, 7, 8])
    with_its_addition = Kinship(A.matrix + 1e-6 * np.eye(10), ids)
    y = np.array([8.5, 9.1, 8.9, 9.5, 10.8, 11.4, 10.4, 11.0, 9.3, 9.9, 10.0, 10.6])
    X = np.repeat(ids[4:], 2)[:, None]
    Vu, Ve = 0.630889491183793, 0.165592876270457
    free = LMMRegressor(A, sample_id=0).fit(X, y)
    assert (1 - free.h_) / free.h_ == pytest.approx(Ve / Vu, abs=1e-4), "the tolerance of optimize"
    lmm = LMMRegressor(with_its_addition, sample_id=0, h=Vu / (Vu + Ve)).fit(X, y)
    assert lmm.v_ == pytest.approx(Vu + Ve, rel=1e-14)
    assert lmm.intercept_ == pytest.approx(9.95, rel=1e-14)
    u = [-0.582379540148633, -0.582379540148633, 0.58237954014863, 0.58237954014863]
    u += [-1.05861548011341, -0.688524305091568, 1.00536233154045, 0.741777453664518]
    u += [-0.282769111490676, 0.282769111490675]
    squared_se = 4 * [0.534201403189016] + 4 * [0.287161538622491] + 2 * [0.314585097032177]
    errors = prediction_errors(lmm, np.array(ids)[:, None])
    np.testing.assert_allclose(errors.random_effect, u, rtol=1e-12)
    np.testing.assert_allclose(errors.pev, squared_se, rtol=1e-12)
