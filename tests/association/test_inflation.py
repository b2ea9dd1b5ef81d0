"""Is λ the ratio of medians, however small the p values are?"""

import numpy as np
import pytest
from made_scans import scan_of
from scipy import stats

from sklmm.association import genomic_inflation


def test_a_ratio_of_medians():
    chi2 = np.random.default_rng(0).chisquare(1, (3, 501)) * [[1], [1.3], [0.7]]
    p = stats.chi2.sf(chi2, 1)
    expected = np.median(chi2, axis=1) / stats.chi2.ppf(0.5, 1)
    found = genomic_inflation(scan_of(chi2, neg_log10_pvalue=-np.log10(p)))
    np.testing.assert_allclose(found, expected, rtol=1e-12)
    alone = genomic_inflation(scan_of(chi2[1], neg_log10_pvalue=-np.log10(p[1])))
    assert isinstance(alone, float)
    assert alone == found[1]


def test_several_effects_by_their_p_values():
    p = (np.arange(1000) + 0.5) / 1000
    F = stats.f.isf(p, 7, 200)
    found = genomic_inflation(scan_of(F, neg_log10_pvalue=-np.log10(stats.f.sf(F, 7, 200))))
    assert found == pytest.approx(1, abs=1e-5)


def test_p_values_too_small_for_a_number():
    """p = 10^-1000: χ² by the asymptotic series of the normal tail."""
    found = genomic_inflation(scan_of(np.full(3, 9.0), neg_log10_pvalue=np.full(3, 1000.0)))
    z = np.sqrt(found * stats.chi2.ppf(0.5, 1))
    log_tail = -(z**2) / 2 - np.log(z * np.sqrt(2 * np.pi)) + np.log1p(-1 / z**2 + 3 / z**4)
    assert (log_tail + np.log(2)) / np.log(10) == pytest.approx(-1000, rel=1e-9)


def test_untested_markers_are_left_out():
    neg_log10_p = np.array([0.3, np.nan, 0.5, 1.0, np.nan])
    with_gaps = genomic_inflation(scan_of(neg_log10_p))
    assert with_gaps == genomic_inflation(scan_of(neg_log10_p[[0, 2, 3]]))
