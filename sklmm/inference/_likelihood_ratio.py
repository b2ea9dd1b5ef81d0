"""Do the data need more fixed effects? Likelihood-ratio tests of nested models."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import stats

from .._door import FittedTrait, LMMRegressor, fitted_model
from ._traits import LEAVE_OUT_COPIES

SAME = 1e-8
"""How far quantities that do not depend on the fixed effects may differ by rounding."""
SAME_SUM = 1e-10


@dataclass(frozen=True, eq=False)
class LikelihoodRatioTest:
    """The result of :func:`likelihood_ratio_test`, arrays if there are several traits.

    Attributes
    ----------
    statistic : float
        Twice the difference of the log-likelihoods.
    df : int
        Difference of the ranks of the fixed effects.
    pvalue : float
        By the χ² distribution, which holds in large samples.
    """

    statistic: Any
    df: Any
    pvalue: Any


def likelihood_ratio_test(smaller: LMMRegressor, larger: LMMRegressor) -> LikelihoodRatioTest:
    """Compare two nested models of the same traits by their likelihoods.

    Parameters
    ----------
    smaller, larger : LMMRegressor
        Fitted with ``method="ml"`` to the same rows in the same order, with the same K. The fixed
        effects of the smaller one have to be linear combinations of those of the larger one.

    Returns
    -------
    LikelihoodRatioTest
        Twice the difference of the log-likelihoods, its degrees of freedom and p. Where y is an
        exact function of the fixed effects of both models the ratio is nan, and infinite where
        of those of the larger one alone. With several traits p is nan where the models are the
        same in the rows in which a trait is measured.

    Raises
    ------
    TypeError
        If one of the models is not an LMMRegressor.
    ValueError
        If a model was fitted by REML, whose likelihoods are those of different data where the
        fixed effects differ, if the models are the same or not nested, have other samples, K or
        y, if `h` is held in one of them alone, or a likelihood is unbounded.

    See Also
    --------
    wald_test : The test without a second model.
    heritability_test : The test of h = 0, for which χ² does not hold.

    Examples
    --------
    >>> import numpy as np
    >>> from sklmm import Kinship, LMMRegressor
    >>> from sklmm.inference import likelihood_ratio_test
    >>> X, y = np.column_stack([np.arange(6), [0, 1, 0, 1, 0, 1]]), [1.0, 3.0, 2.0, 5.0, 2.0, 4.0]
    >>> lmm = LMMRegressor(Kinship(np.eye(6), range(6)), sample_id=0, method="ml", h=0.0)
    >>> smaller = LMMRegressor(**lmm.get_params()).fit(X[:, :1], y)
    >>> test = likelihood_ratio_test(smaller, lmm.fit(X, y))
    >>> test.df, round(float(test.pvalue), 4)
    (1, 0.0037)
    """
    purpose = "likelihood_ratio_test needs"
    small, large = fitted_model(smaller, "smaller"), fitted_model(larger, "larger")
    smalls, larges = small.traits(purpose), large.traits(purpose)
    _check_ml(smalls[0], "smaller")
    _check_ml(larges[0], "larger")
    if len(smalls) != len(larges):
        raise ValueError(
            f"smaller has {len(smalls)} traits and larger has {len(larges)}. Fit both to the same."
        )
    _check_same_h(smalls[0].given_h, larges[0].given_h)
    pairs = list(zip(smalls, larges, strict=True))
    for pair in pairs:
        _check_nested(*pair)
    statistic, df = (np.array(numbers) for numbers in zip(*map(_compare, pairs), strict=True))
    if not df.any():
        raise ValueError(
            "smaller and larger have the same fixed effects, in other words perhaps: there is "
            "nothing to test."
        )
    pvalue = stats.chi2.sf(statistic, df)
    if small.is_single:
        return LikelihoodRatioTest(float(statistic[0]), int(df[0]), float(pvalue[0]))
    return LikelihoodRatioTest(statistic, df, pvalue)


def _compare(pair):
    """The ratio of two models of a trait, and its degrees of freedom."""
    small, large = pair
    with np.errstate(invalid="ignore"):
        ratio = 2 * (large.solution.log_likelihood - small.solution.log_likelihood)
    return np.maximum(0.0, ratio), large.fixed_effects.rank - small.fixed_effects.rank


def _check_ml(trait, name):
    method = trait.model.method
    if method != "ml":
        raise ValueError(
            f"{name} was fitted with method={method!r}. A restricted likelihood is that of "
            "the contrasts of y that are free of X b: with another X it is the likelihood of "
            "other data, and the ratio means nothing. Fit both models with method='ml', or use "
            "wald_test, which needs one model alone."
        )


def _check_same_h(h, h_of_larger):
    if isinstance(h, str) or isinstance(h_of_larger, str):
        raise ValueError(
            f"smaller has {_describe_h(h)} and larger has {_describe_h(h_of_larger)}: "
            "leave-one-out does not "
            "maximize the likelihood, and the ratio means nothing. Use h=None in both."
        )
    is_estimated = h is None, h_of_larger is None
    if not (all(is_estimated) or (not any(is_estimated) and np.array_equal(h, h_of_larger))):
        raise ValueError(
            f"smaller has {_describe_h(h)} and larger has {_describe_h(h_of_larger)}: the ratio "
            "would compare these, too. Estimate h in both, or hold it at the same value."
        )


def _describe_h(h):
    if not isinstance(h, np.ndarray):
        return f"h={h!r}"
    return f"h={h[0] if np.ptp(h) == 0 else h.tolist()}"


def _check_nested(small: FittedTrait, large: FittedTrait) -> None:
    for trait, name in ((small, "smaller"), (large, "larger")):
        if trait.is_unbounded:
            use = "Use wald_test, or hold h at the same value in both."
            remedy = use if trait.is_bounded_by_reml else LEAVE_OUT_COPIES
            raise ValueError(
                f"The likelihood of {name} is unbounded, and has no ratio with another one. "
                f"{remedy}"
            )
    if small.model.reduction.n != large.model.reduction.n:
        raise ValueError(
            f"smaller was fitted to {small.model.reduction.n} rows and larger to "
            f"{large.model.reduction.n}. Fit both to the same."
        )
    if not _are_of_the_same_data(small, large):
        raise ValueError(
            "smaller and larger have not been fitted to the same y with the same K, in the same "
            "rows in the same order. Only X may differ."
        )
    basis, larger_basis = small.fixed_effects.basis, large.fixed_effects.basis
    outside = basis - larger_basis @ (larger_basis.T @ basis)
    if np.abs(outside).max(initial=0) > SAME:
        raise ValueError(
            "The models are not nested: a fixed effect of smaller is no linear combination of "
            "those of larger, in the same rows in the same order."
        )


def _are_of_the_same_data(small, large):
    """Whether K and y agree in what does not depend on the fixed effects."""
    numbers, of_larger = (trait.model.identify_data(trait.place) for trait in (small, large))
    change = small.model.fingerprint[small.place] - large.model.fingerprint[large.place]
    rounding = SAME_SUM * np.sqrt(small.model.reduction.n * max(numbers[2], of_larger[2]))
    return np.allclose(numbers, of_larger, rtol=SAME, atol=0) and abs(change) <= rounding
