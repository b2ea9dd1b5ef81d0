"""Is h 0? The restricted likelihood-ratio test with its exact distribution."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from numbers import Integral
from typing import Any

import numpy as np
from sklearn.utils import check_random_state

from .._door import FittedTrait, LMMRegressor
from .._validation import check_number
from .._variance.intervals.pivots import simulate_likelihood_ratios
from ._traits import numbers_of_each_trait


@dataclass(frozen=True, eq=False)
class HeritabilityTest:
    """The result of :func:`heritability_test`; arrays of shape (n_targets,) with several traits.

    Attributes
    ----------
    statistic : float
        Twice the difference of the restricted log-likelihoods at their maximum and at h = 0.
    pvalue : float
        Share of simulations, this sample counted among them, that reach the statistic.
    n_simulations : int
    """

    statistic: Any
    pvalue: Any
    n_simulations: int


def heritability_test(
    lmm: LMMRegressor,
    *,
    n_simulations: int = 10_000,
    random_state: int | np.random.RandomState | None = None,
) -> HeritabilityTest:
    """Test h = 0 by the restricted likelihood ratio and its exact distribution.

    0 is the end of the range of h, and the samples are not independent: χ² and its mixtures do
    not hold. The distribution of the ratio under h = 0 follows from the eigenvalues of K among
    the error contrasts for every number of samples, and is simulated [1]_.

    Parameters
    ----------
    lmm : LMMRegressor
        Fitted, with `store_reduction`, by REML or ML: the test is that of the restricted
        likelihood. Whether `h` is held does not matter.
    n_simulations : int, default=10_000
        The standard error of a p of 0.05 is then 0.002.
    random_state : int, RandomState or None, default=None
        Of the simulations.

    Returns
    -------
    HeritabilityTest
        The statistic and p; nan where y is an exact function of fixed effects.

    Raises
    ------
    TypeError
        If `lmm` is not an LMMRegressor.
    ValueError
        If n_simulations is no positive integer, or the reduction of K was not stored.

    See Also
    --------
    confidence_interval : The values of h that are not contradicted.

    References
    ----------
    .. [1] Crainiceanu & Ruppert (2004). Likelihood ratio tests in linear mixed models with one
       variance component. Journal of the Royal Statistical Society B 66, 165-185.

    Examples
    --------
    >>> import numpy as np
    >>> from sklmm import LMMRegressor
    >>> from sklmm.inference import heritability_test
    >>> rng = np.random.default_rng(0)
    >>> lmm = LMMRegressor(kernel="rbf").fit(rng.standard_normal((50, 3)), rng.standard_normal(50))
    >>> bool(heritability_test(lmm, random_state=0).pvalue > 0.05)
    True
    """
    if not isinstance(n_simulations, Integral) or isinstance(n_simulations, bool):
        raise ValueError(f"n_simulations must be a positive integer, got {n_simulations!r}.")
    check_number(n_simulations, "n_simulations", lambda value: value > 0, "a positive integer")
    rng = _random_state(random_state)

    @cache
    def simulate(model):
        """Once for the traits that are measured in the same rows."""
        largest_h = model.reduction.definiteness.largest_h
        eigenvalues = model.contrast_eigenvalues / model.reduction.magnification
        return simulate_likelihood_ratios(eigenvalues, largest_h, int(n_simulations), rng)

    def test(trait):
        if trait.is_exact:
            return np.nan, np.nan
        statistic = restricted_likelihood_ratio(trait)
        n_as_large = int(np.sum(simulate(trait.model) >= statistic))
        return statistic, (1 + n_as_large) / (1 + n_simulations)

    statistic, pvalue = numbers_of_each_trait(lmm, "heritability_test needs", test)
    return HeritabilityTest(statistic, pvalue, int(n_simulations))


def restricted_likelihood_ratio(trait: FittedTrait) -> float:
    """2 [max ℓ(h) − ℓ(0)]"""
    maximum = trait.restricted_maximum()
    if maximum.unbounded:
        return np.inf
    at_0 = trait.profile.restricted().at(0.0)
    return max(0.0, 2 * (maximum.solution.log_likelihood - at_0.log_likelihood))


def _random_state(random_state):
    try:
        return check_random_state(random_state)
    except ValueError:
        raise ValueError(
            "random_state must be None, an integer or a numpy.random.RandomState, got "
            f"{random_state!r}."
        ) from None
