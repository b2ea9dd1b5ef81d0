"""Markers with missing genotypes against fits of the rows in which they are measured."""

import numpy as np
import oracle
import pytest
from dense_scan import free, orthonormal

from sklmm._variance.association.contrast_spectrum import ContrastSpectrum
from sklmm._variance.association.each import Refit
from sklmm._variance.association.refitted_complete_cases import CompleteCases


@pytest.mark.parametrize("method", ["reml", "ml"])
def test_each_pattern_is_a_fit_of_its_own(method):
    rng = np.random.default_rng(2)
    n = 16
    Z = rng.standard_normal((n, 50))
    K, y = Z @ Z.T / 50, Z @ rng.standard_normal(50) / 7 + rng.standard_normal(n)
    X, G = np.column_stack([np.ones(n), np.arange(n) == 3]), rng.standard_normal((n, 5))
    is_missing = np.zeros(G.shape, dtype=bool)
    is_missing[[3, 7], 1] = is_missing[[3, 7], 4] = is_missing[0, 2] = True
    Q = orthonormal(X)
    residuals = free(Q, y[:, None])[:, 0]

    def spectrum_of(rows, basis, n_markers):
        return ContrastSpectrum.from_kinship(K[np.ix_(rows, rows)], basis, n_markers)

    refit = Refit(ContrastSpectrum.from_kinship(K.copy(), Q), residuals, method)
    result = CompleteCases(refit, spectrum_of, residuals).explain(free(Q, G), is_missing)
    for j, g in enumerate(G.T):
        rows = np.flatnonzero(~is_missing[:, j])
        kept = X[rows][:, X[rows].any(axis=0)]
        part = K[np.ix_(rows, rows)]
        fit = oracle.fit(part, np.column_stack([kept, g[rows]]), y[rows], method)
        null = oracle.fit(part, kept, y[rows], method)
        assert result.log_likelihood[j] == pytest.approx(float(fit.log_likelihood), abs=1e-9)
        assert result.null_log_likelihood[j] == pytest.approx(float(null.log_likelihood), abs=1e-9)
        assert result.found.beta[j] == pytest.approx(float(fit.b[-1]), abs=1e-6)
        assert result.found.df[j] == len(rows) - kept.shape[1]
