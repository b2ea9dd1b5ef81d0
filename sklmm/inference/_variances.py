"""How sure are h and the variances? Standard errors and intervals."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy.stats import norm

from .._door import FittedTrait, LMMRegressor, fitted_model
from .._validation import check_choice, check_level
from .._variance.intervals.curvature import (
    likelihood_drop,
    likelihood_interval,
    likelihood_interval_of_parameter,
    variance_of_parameter,
)
from .._variance.intervals.generalized import interval_at, interval_at_any_h
from ._traits import for_each_trait, numbers_of_each_trait


@dataclass(frozen=True, eq=False)
class VarianceComponents:
    """Estimates and standard errors by name; arrays of shape (n_targets,) with several traits.

    Attributes
    ----------
    estimate : dict of str to float
        - "h": the share of the variance that follows K.
        - "kinship" (the additive genetic variance), or "kernel" where a kernel makes K: the
          variance that follows K, h v.
        - "residual": the variance of the noise, (1 - h) v.
        - "total": their sum, v.
    standard_error : dict of str to float
        Of each of these. nan where h is estimated at an end of its range, where the likelihood
        has no curvature to take them from, or by leave-one-out; that of h also where h is held,
        and the others are then for this h.
    """

    estimate: dict[str, float | np.ndarray]
    standard_error: dict[str, float | np.ndarray]


def variance_components(lmm: LMMRegressor) -> VarianceComponents:
    """The variances and their standard errors, from the curvature of the likelihood.

    Parameters
    ----------
    lmm : LMMRegressor
        Fitted, with `store_reduction`.

    Returns
    -------
    VarianceComponents
        h and the variances by name, with standard errors.

    Raises
    ------
    TypeError
        If `lmm` is not an LMMRegressor.
    ValueError
        If the reduction of K was not stored.

    See Also
    --------
    confidence_interval : Intervals that hold near the ends of the range, too.

    Notes
    -----
    The information is the observed one, of the likelihood that `method` names: of h from the
    second derivative of its profile, of the others jointly with it. All are on the scale of K.

    Examples
    --------
    >>> import numpy as np
    >>> from sklmm import LMMRegressor
    >>> from sklmm.datasets import load_mice
    >>> from sklmm.inference import variance_components
    >>> from sklmm.relationship import vanraden
    >>> mice = load_mice()
    >>> rows = ~np.isnan(mice.target[:, 0])
    >>> lmm = LMMRegressor(vanraden(mice.data, mice.ids), sample_id=0)
    >>> components = variance_components(lmm.fit(mice.ids[rows, None], mice.target[rows, 0]))
    >>> round(components.estimate["kinship"], 4)
    0.5229
    >>> round(components.standard_error["h"], 6)
    0.032874
    """
    numbers = numbers_of_each_trait(lmm, "variance_components needs", components_of)
    return by_name(fitted_model(lmm).names_of_parameters, numbers)


def confidence_interval(
    lmm: LMMRegressor,
    parameter: str = "h",
    *,
    method: Literal["exact", "profile", "wald"] = "exact",
    level: float = 0.95,
) -> np.ndarray:
    """Confidence interval of h or of a variance.

    Parameters
    ----------
    lmm : LMMRegressor
        Fitted, with `store_reduction`.
    parameter : {"h", "kinship", "kernel", "residual", "total"}, default="h"
        h, or a variance: h v, which follows K ("kinship", or "kernel" where a kernel makes K),
        that of the noise, (1 - h) v, or the total one, v.
    method : {"exact", "profile", "wald"}, default="exact"
        - "exact" for h: the values that ratios of residual sums do not contradict. Their
          distribution is known for every number of samples, and the interval holds its level
          everywhere, at 0 and 1, too (see Notes). It needs the eigenvalues of K, which cost
          some three fits, and integrals, half a second for a thousand samples. For variances,
          which have no such statistic: generalized intervals from it and the residual sum,
          computed to some six digits. They are not exact: among 100 mice they held between 92
          and 97 %, the least for the residual variance where h is 0.
        - "profile": the values whose likelihood is at most half a quantile of χ² below the
          maximum. Right in large samples, where the estimate is not near an end of its range.
        - "wald": the estimate plus and minus standard errors, cut off at the ends of the range;
          nan where there is no standard error. What most programs print, and the first to be
          wrong.
    level : float in (0, 1), default=0.95
        Share of the samples whose interval holds the true value.

    Returns
    -------
    ndarray of shape (2,) or (n_targets, 2)
        From low to high. All of [0, 1] where the likelihood does not depend on h.

    Raises
    ------
    TypeError
        If `lmm` is not an LMMRegressor.
    ValueError
        If an argument is unknown or out of range, the reduction of K was not stored, or, but for
        "exact", h was given and is not estimated by the likelihood, or that is unbounded.

    See Also
    --------
    variance_components : The estimates and their standard errors.
    heritability_test : The test of h = 0.
    sklmm.plotting.LikelihoodProfileDisplay : A picture of the intervals.

    Notes
    -----
    For error contrasts z with eigenvalues λ, Q(h) = Σ z²/d with d = h λ + 1 - h is the residual
    sum at h. If h is true, R = Q(h1) / Q(h) is distributed as Σ w u² / Σ u² with w = d(h) /
    d(h1) and independent standard normal u: a pivot, and the most powerful one against h1
    [3]_. Its tail is computed by Imhof's method. h is excluded if R is too small with an h1 some
    two standard errors above it or below it. Harville & Fenech [1]_ and Burch & Iyer [2]_ use
    ratios of two groups of contrasts. Within two standard errors of an end of the range, the
    error that the interval may make moves from the tail beyond that end to the other one, so
    that an interval excludes 0 where a one-sided test of the same level does. The guide, "How
    sure are we?", has the formulas.

    Q / v is χ² with n - p degrees of freedom, and independent of R. The two, solved for h and v,
    make a distribution of both, and its quantiles the generalized intervals [4]_ of variances.
    Their errors are equal on both sides, at the ends of the range, too, so that the interval of
    the variance that follows K may hold 0 where that of h excludes it.

    References
    ----------
    .. [1] Harville & Fenech (1985). Confidence intervals for a variance ratio, or for
       heritability, in an unbalanced mixed linear model. Biometrics 41, 137-152.
    .. [2] Burch & Iyer (1997). Exact confidence intervals for a variance ratio (or
       heritability) in a mixed linear model. Biometrics 53, 1318-1333.
    .. [3] King (1987). Towards a theory of point optimal testing. Econometric Reviews 6, 169-218.
    .. [4] Weerahandi (1993). Generalized confidence intervals. Journal of the American
       Statistical Association 88, 899-905.

    Examples
    --------
    >>> import numpy as np
    >>> from sklmm import LMMRegressor
    >>> from sklmm.datasets import load_mice
    >>> from sklmm.inference import confidence_interval
    >>> from sklmm.relationship import vanraden
    >>> mice = load_mice()
    >>> rows = np.flatnonzero(~np.isnan(mice.target[:, 0]))[:300]
    >>> lmm = LMMRegressor(vanraden(mice.data, mice.ids), sample_id=0)
    >>> lmm = lmm.fit(mice.ids[rows, None], mice.target[rows, 0])
    >>> confidence_interval(lmm).round(3)
    array([0.633, 0.88 ])
    >>> confidence_interval(lmm, method="wald").round(3)
    array([0.648, 0.895])
    """
    check_choice(parameter, "parameter", fitted_model(lmm).names_of_parameters)
    check_choice(method, "method", tuple(METHODS))
    level = check_level(level)

    def interval(trait):
        refuse_what_is_not_estimated(trait, parameter, method)
        return interval_of(trait, parameter, method, level)

    return for_each_trait(lmm, "confidence_interval needs", interval)


def components_of(trait: FittedTrait) -> list[float]:
    """h and the variances, and their standard errors."""
    return [trait.h, *trait.variances.values(), *_standard_errors(trait).values()]


def by_name(names: tuple[str, ...], numbers: list) -> VarianceComponents:
    """Estimates, and then standard errors, in the order of names."""
    estimates, errors = numbers[: len(names)], numbers[len(names) :]
    return VarianceComponents(
        dict(zip(names, estimates, strict=True)), dict(zip(names, errors, strict=True))
    )


def interval_of(trait: FittedTrait, parameter: str, method: str, level: float):
    """The interval of h or of a variance."""
    if trait.is_exact:
        return (0.0, trait.largest_h) if parameter == "h" else (0.0, 0.0)
    return METHODS[method](trait, parameter, level)


def _standard_errors(trait: FittedTrait) -> dict[str, float]:
    """Standard errors of h and of the variances, by name."""
    if trait.is_exact:
        return {"h": np.nan, **dict.fromkeys(trait.shares, 0.0)}
    var_h = trait.variance_of_h
    error_of_h = 0.0 if trait.is_held else var_h
    errors = {
        name: np.sqrt(variance_of_parameter(trait.solution, error_of_h, share))
        for name, share in trait.shares.items()
    }
    return {"h": np.sqrt(var_h) * trait.slope_of_h, **errors}


def _exact(trait, parameter, level):
    pivot = trait.pivot
    if parameter == "h" and pivot.says_nothing():
        return 0.0, trait.largest_h
    if parameter == "h":
        return _on_scale_of_K(trait, pivot.interval(level))
    share = trait.shares[parameter]
    if trait.is_held:
        return interval_at(trait.solution, share, level)
    if pivot.says_nothing():
        return interval_at_any_h(trait.profile, share, level)
    return trait.pivotal_distribution.interval(share, level)


def _profile(trait, parameter, level):
    drop = likelihood_drop(level)
    h = trait.solution.h
    h_interval = (h, h) if trait.is_held else likelihood_interval(trait.solution, drop)
    if parameter == "h":
        return _on_scale_of_K(trait, h_interval)
    share = trait.shares[parameter]
    return likelihood_interval_of_parameter(trait.solution, drop, share, h_interval)


def _wald(trait, parameter, level):
    reach = norm.isf((1 - level) / 2) * _standard_errors(trait)[parameter]
    if parameter == "h":
        estimate = trait.unscale(trait.solution.h)
        return np.clip([estimate - reach, estimate + reach], 0.0, trait.largest_h)
    estimate = trait.variances[parameter]
    return np.maximum([estimate - reach, estimate + reach], 0.0)


METHODS = {"exact": _exact, "profile": _profile, "wald": _wald}


def _on_scale_of_K(trait, h_interval):
    return [trait.unscale(h) for h in h_interval]


def refuse_what_is_not_estimated(trait: FittedTrait, parameter: str, method: str) -> None:
    """Likelihood intervals need a maximum."""
    if method == "exact":
        return
    if trait.is_held and parameter == "h":
        raise ValueError(
            f"h={trait.unscale(trait.solution.h):.6g} was given, and not estimated: "
            f"method={method!r} has no interval for it. Use method='exact', which needs no "
            "estimate, or fit with h=None."
        )
    if trait.given_h is not None and not trait.is_held:
        raise ValueError(
            f"h='loo' does not maximize the likelihood: method={method!r} has no interval around "
            "it. Use method='exact', which needs no estimate, or fit with h=None."
        )
    if trait.is_unbounded:
        or_fit = ", or fit with method='reml'" if trait.is_bounded_by_reml else ""
        raise ValueError(
            f"The likelihood is unbounded, and method={method!r} has no interval. Use "
            f"method='exact', which needs no maximum{or_fit}."
        )
