"""Are the p values of a scan those of markers without effects, for the most part?"""

from __future__ import annotations

import numpy as np
from scipy.special import ndtri_exp

from ._results import Scan, check_scan

MEDIAN_OF_CHI2 = ndtri_exp(np.log(0.25)) ** 2
"""With one degree of freedom."""


def genomic_inflation(result: Scan) -> float | np.ndarray:
    """Compute the genomic inflation factor λ of a scan [1]_.

    λ is the median of χ² over what it would be if no marker had an effect, 0.4549, where χ² are
    the quantiles of the distribution with one degree of freedom that belong to the p values. It
    is near 1 where the null model accounts for relatedness, and below 1 where markers are tested
    beside a kinship that holds them.

    Parameters
    ----------
    result : Scan
        Of any test and any number of effects a marker. Markers that were not tested are left out.

    Returns
    -------
    float or ndarray of shape (n_targets,)

    Notes
    -----
    Markers in linkage disequilibrium say the same many times, so that λ of one trait varies much
    more than its number of markers suggests, and says little of thresholds: those of
    :func:`max_statistics` hold whatever λ is.

    References
    ----------
    .. [1] Devlin & Roeder (1999). Genomic control for association studies. Biometrics 55,
       997-1004.

    Examples
    --------
    >>> from sklmm import LMMRegressor
    >>> from sklmm.association import genomic_inflation, scan
    >>> from sklmm.datasets import make_population
    >>> from sklmm.relationship import leave_one_chromosome_out, vanraden
    >>> people = make_population(n_qtl=5, random_state=0)
    >>> K = vanraden(people.data, people.ids)
    >>> lmm = LMMRegressor(K, sample_id=0).fit(people.ids[:, None], people.target)
    >>> result = scan(lmm, people.data, ids=people.ids)
    >>> round(genomic_inflation(result), 2)
    0.84

    The kinship holds each marker that is tested. Without those of its chromosome:

    >>> chromosomes = people.chromosome
    >>> kinships = leave_one_chromosome_out(people.data, people.ids, chromosomes)
    >>> options = {"ids": people.ids, "chromosomes": chromosomes, "kinships": kinships}
    >>> round(genomic_inflation(scan(lmm, people.data, **options)), 2)
    1.28
    """
    if check_scan(result).traits is not None:
        raise ValueError(
            "result has only the best markers of each trait, whose median says nothing of others. "
            "Pass a scan with keep='all'."
        )
    neg_log10_p = np.atleast_2d(result.neg_log10_pvalue)
    untested = np.flatnonzero(np.isnan(neg_log10_p).all(axis=1))
    if len(untested):
        raise ValueError(
            f"No marker of result was tested for trait {untested[0]}, so that there is no median. "
            "Scan markers that vary beside the fixed effects."
        )
    inflation = np.nanmedian(_chi2_of(neg_log10_p), axis=1) / MEDIAN_OF_CHI2
    return float(inflation[0]) if result.neg_log10_pvalue.ndim == 1 else inflation


def _chi2_of(neg_log10_p: np.ndarray) -> np.ndarray:
    """Quantiles of χ² with one degree of freedom, for p values of any size."""
    return ndtri_exp(-neg_log10_p * np.log(10) - np.log(2)) ** 2
