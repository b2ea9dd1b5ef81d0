"""Ratios of likelihoods, and likelihoods without a maximum."""

import warnings

import numpy as np
from scipy import stats

from sklmm import LMMRegressor
from sklmm.inference import (
    confidence_interval,
    likelihood_ratio_test,
    wald_test,
)

from .case import COVARIATES, NOTHING, Case, K, N, Y, case

TWO = np.column_stack([Y, np.cos(np.arange(N))])
CENTERING = np.eye(N) - 1 / N
TWICE = np.r_[:N, :N]
NOISELESS = np.linalg.cholesky(K) @ np.cos(1 + np.arange(N) ** 2)


def lmm(X=COVARIATES, y=Y, kinship=K, **parameters):
    return LMMRegressor(kinship, **parameters).fit(X, y)


def quietly(X, y, kinship, **parameters):
    """A fit whose likelihood is unbounded, which is warned of."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return lmm(X, y, kinship, **parameters)


def pvalue(smaller, larger):
    return likelihood_ratio_test(smaller, larger).pvalue


def fits(**parameters):
    """Without and with the covariates."""
    return lmm(NOTHING, **parameters), lmm(**parameters)


def chi2(**parameters):
    """The likelihood-ratio test by hand."""
    smaller, larger = fits(**parameters)
    return stats.chi2.sf(2 * (larger.log_likelihood_ - smaller.log_likelihood_), 2)


# Likelihood-ratio tests


@case
def restricted_likelihoods():
    smaller, larger = fits(method="reml")
    return Case(
        lambda: pvalue(smaller, larger),
        "smaller was fitted with method='reml'. A restricted likelihood is that of the contrasts "
        "of y that are free of X b: with another X it is the likelihood of other data, and the "
        "ratio means nothing. Fit both models with method='ml', or use wald_test, which needs one "
        "model alone.",
        {"ml": lambda: pvalue(*fits(method="ml"))},
        lambda: chi2(method="ml"),
    )


@case
def a_wald_test_in_place_of_a_ratio():
    smaller, larger = fits(method="reml", h=0)
    return Case(
        lambda: pvalue(smaller, larger),
        "smaller was fitted with method='reml'. … or use wald_test, which needs one model alone.",
        {"wald": lambda: wald_test(larger, [[0, 1, 0], [0, 0, 1]]).pvalue},
        f_test,
    )


def f_test(y=Y):
    """Of all covariates, by least squares."""
    X = np.column_stack([np.ones(N), COVARIATES])
    rss = np.linalg.lstsq(X, y, rcond=None)[1][0]
    F = (np.sum((y - y.mean()) ** 2) - rss) / 2 / (rss / (N - 3))
    return stats.f.sf(F, 2, N - 3)


@case
def other_traits():
    return Case(
        lambda: pvalue(lmm(NOTHING, method="ml"), lmm(y=TWO, method="ml")),
        "smaller has 1 traits and larger has 2. Fit both to the same.",
        {"same": lambda: pvalue(*fits(y=TWO, method="ml"))[0]},
        lambda: chi2(method="ml"),
    )


@case
def other_rows():
    part = {"y": Y[:20], "kinship": K[:20, :20], "method": "ml"}
    return Case(
        lambda: pvalue(lmm(NOTHING[:20], **part), lmm(method="ml")),
        "smaller was fitted to 20 rows and larger to 30. Fit both to the same.",
        {"same": lambda: pvalue(*fits(method="ml"))},
        lambda: chi2(method="ml"),
    )


@case
def leave_one_out_in_one_of_them():
    return Case(
        lambda: pvalue(lmm(NOTHING, method="ml"), lmm(method="ml", h="loo")),
        "smaller has h=None and larger has h='loo': leave-one-out does not maximize the "
        "likelihood, and the ratio means nothing. Use h=None in both.",
        {"None": lambda: pvalue(*fits(method="ml", h=None))},
        lambda: chi2(method="ml"),
    )


@case
def h_held_in_one_of_them():
    return Case(
        lambda: pvalue(lmm(NOTHING, method="ml", h=0.4), lmm(method="ml")),
        "smaller has h=0.4 and larger has h=None: the ratio would compare these, too. Estimate h "
        "in both, or hold it at the same value.",
        {"estimate": lambda: pvalue(*fits(method="ml"))},
        lambda: chi2(method="ml"),
    )


@case
def h_held_at_two_values():
    return Case(
        lambda: pvalue(lmm(NOTHING, method="ml", h=0.4), lmm(method="ml", h=0.5)),
        "smaller has h=0.4 and larger has h=0.5: … or hold it at the same value.",
        {"hold": lambda: pvalue(*fits(method="ml", h=0.4))},
        lambda: chi2(method="ml", h=0.4),
    )


# Likelihoods without a maximum


@case
def a_ratio_of_unbounded_likelihoods():
    centered = {"y": NOISELESS, "kinship": CENTERING @ K @ CENTERING, "method": "ml"}
    larger = quietly(COVARIATES, **centered)
    return Case(
        lambda: pvalue(quietly(NOTHING, **centered), larger),
        "The likelihood of smaller is unbounded, and has no ratio with another one. Use "
        "wald_test, or hold h at the same value in both.",
        {
            "wald": lambda: wald_test(larger, [[0, 1, 0], [0, 0, 1]]).pvalue,
            "hold": lambda: pvalue(*fits(**centered, h=0.99)),
        },
        lambda: pvalue(*fits(y=NOISELESS, method="ml")),
        rtol=0.02,
    )


@case
def a_ratio_of_copies():
    copies = {"y": Y[TWICE], "kinship": K[np.ix_(TWICE, TWICE)], "method": "ml"}
    nothing, everything = np.empty((2 * N, 0)), COVARIATES[TWICE]
    return Case(
        lambda: pvalue(quietly(nothing, **copies), quietly(everything, **copies)),
        "The likelihood of smaller is unbounded, and has no ratio with another one. If rows and "
        "their y are copies of others, leave the copies out.",
        {"leave out": lambda: pvalue(*fits(method="ml"))},
        lambda: chi2(method="ml"),
    )


@case
def an_interval_of_a_centered_kinship():
    centered = {"y": NOISELESS, "kinship": CENTERING @ K @ CENTERING}
    model = quietly(NOTHING, **centered, method="ml")
    return Case(
        lambda: confidence_interval(model, method="profile"),
        "The likelihood is unbounded, and method='profile' has no interval. Use method='exact', "
        "which needs no maximum, or fit with method='reml'.",
        {
            "exact": lambda: confidence_interval(model, method="exact"),
            "reml": lambda: confidence_interval(lmm(NOTHING, **centered), method="profile"),
        },
        lambda: confidence_interval(lmm(NOTHING, NOISELESS), method="exact"),
        rtol=0.01,
    )


@case
def an_interval_of_copies():
    model = quietly(np.empty((2 * N, 0)), Y[TWICE], K[np.ix_(TWICE, TWICE)])
    return Case(
        lambda: confidence_interval(model, method="profile"),
        "The likelihood is unbounded, and method='profile' has no interval. Use method='exact', "
        "which needs no maximum.",
        {"exact": lambda: confidence_interval(model, method="exact")},
        lambda: [1, 1],
    )
