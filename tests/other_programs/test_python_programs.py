"""Numbers of pylmm3 0.1.1 and fastlmm 0.6.13.

LMM(y, K, X0=X).fit(REML=...), and LMM() with setK, setX, sety and findH2(REML=...).
"""

import numpy as np
import pytest

from sklmm import LMMRegressor

X = np.column_stack([np.ones(15), [0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2]])
Y = np.array([5.1, 6.3, 7.9, 4.2, 2.9, 4.4, 8.8, 10.1, 6.6, 7.2, 9.9, 5.6, 3.1, 6.0, 7.4])
K = 0.8 ** np.abs(np.subtract.outer(np.arange(15), np.arange(15)))
PYLMM = {
    "reml": (0.6562129390450842, 6.134185388121804, -27.219353772580405),
    "ml": (0.0, 3.991401515151515, -30.59188986693281),
}
FASTLMM = {
    "reml": (0.6562129523976739, 6.134185482987817, 27.29261009988545),
    "ml": (0.0, 3.4592146464646474, 30.591889866932817),
}


@pytest.mark.parametrize("method", PYLMM)
def test_pylmm(page, method):
    n, p = X.shape
    hmax, sigma, L = PYLMM[method]
    lmm = LMMRegressor(K, method=method).fit(X[:, 1:], Y)
    assert lmm.h_ == pytest.approx(hmax, abs=1e-7)
    found = lmm.v_ if method == "reml" else lmm.v_ * n / (n - p)
    assert found == pytest.approx(sigma, rel=1e-7)
    assert page.pylmm_L(lmm.log_likelihood_, method, n, p) == pytest.approx(L, rel=1e-13)


@pytest.mark.parametrize("method", FASTLMM)
def test_fastlmm(method):
    h2, sigma2, nLL = FASTLMM[method]
    lmm = LMMRegressor(K, method=method).fit(X[:, 1:], Y)
    assert lmm.h_ == pytest.approx(h2, abs=1e-7)
    assert lmm.v_ == pytest.approx(sigma2, rel=1e-7)
    assert -lmm.log_likelihood_ == pytest.approx(nLL, rel=1e-13)
