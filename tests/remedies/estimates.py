"""What fit says of h, and of estimates that need a look."""

import numpy as np
import pytest

from sklmm import Kinship, LMMRegressor
from sklmm.relationship import bend, centered

from .case import (
    COVARIATES,
    LABELS,
    NAMES,
    NOTHING,
    Case,
    K,
    N,
    Y,
    case,
    estimates,
    fit,
    fit_kernel,
    fit_plain,
)

TWO = np.column_stack([Y, np.cos(np.arange(N))])
INDEFINITE = K - (np.linalg.eigvalsh(K)[0] + 0.3) * np.eye(N)
OF_RANK_1 = np.outer(np.sin(np.arange(N)), np.sin(np.arange(N)))


@case
def an_h_beyond_what_is_possible():
    def at_smaller_h():
        with pytest.warns(UserWarning, match="not positive semi-definite"):
            return fit_plain(kinship=INDEFINITE, h=0.7)

    return Case(
        lambda: fit_plain(kinship=INDEFINITE, h=0.8),
        "h=0.8 is not possible with this kinship: h K + (1 - h) I is singular or not positive "
        "definite among the training rows. Use an h below 0.769231, or None to estimate it.",
        {"smaller": at_smaller_h},
        lambda: textbook(INDEFINITE, 0.7),
    )


def textbook(matrix, h):
    """h, v and b by generalized least squares."""
    V = h * matrix + (1 - h) * np.eye(N)
    ones = np.ones(N)
    weights = np.linalg.solve(V, ones)
    b = weights @ Y / weights.sum()
    return [h, (Y - b) @ np.linalg.solve(V, Y - b) / (N - 1), b]


@case
def h_1_and_a_singular_kinship():
    return Case(
        lambda: fit_plain(kinship=OF_RANK_1, h=1),
        "h=1.0 is not possible with this kinship: … Use an h below 1, or None to estimate it.",
        {"smaller": lambda: fit_plain(kinship=OF_RANK_1, h=0.999)},
        lambda: textbook(OF_RANK_1, 0.999),
    )


@case
def h_1_that_is_estimated():
    grid = np.linspace(0, 0.999, 1000)
    return Case(
        lambda: fit_plain(kinship=OF_RANK_1, h=1),
        "h=1.0 is not possible … None to estimate it.",
        {"None": lambda: LMMRegressor(OF_RANK_1).fit(NOTHING, Y).log_likelihood_},
        lambda: LMMRegressor(OF_RANK_1).fit(NOTHING, Y).log_likelihood(grid).max(),
        rtol=1e-4,
    )


@case
def one_h_too_many():
    h = [0.2, 0.5]
    return Case(
        lambda: fit(LABELS, TWO, h=[*h, 0.1]),
        "h has shape (3,), but y has 2 targets. Give one number, or one for each target, of shape "
        "(2,).",
        {"each": lambda: fit(LABELS, TWO, h=h)},
        lambda: np.column_stack([textbook(K, 0.2), textbook_of(TWO[:, 1], 0.5)]).ravel(),
    )


def textbook_of(y, h):
    return estimates(LMMRegressor(K, h=h).fit(NOTHING, y))


@case
def one_h_for_two_traits():
    return Case(
        lambda: fit(LABELS, TWO, h=[0.1, 0.2, 0.3]),
        "h has shape (3,), but y has 2 targets. Give one number, …",
        {"one": lambda: fit(LABELS, TWO, h=0.2)},
        lambda: np.column_stack([textbook(K, 0.2), textbook_of(TWO[:, 1], 0.2)]).ravel(),
    )


@case
def leave_one_out_by_a_band():
    return Case(
        lambda: fit(LABELS, h="loo", solver="band"),
        "solver='band' cannot be used with h='loo': the errors of leaving out each sample, at "
        "many h, need the eigenvectors of K. Use solver='auto' or 'eigh', or h=None.",
        {
            "auto": lambda: fit(LABELS, h="loo", solver="auto"),
            "eigh": lambda: fit(LABELS, h="loo", solver="eigh"),
        },
        lambda: fit(LABELS, h="loo"),
    )


@case
def a_band_without_leave_one_out():
    return Case(
        lambda: fit(LABELS, h="loo", solver="band"),
        "solver='band' cannot be used … or h=None.",
        {"None": lambda: fit(LABELS, solver="band", h=None)},
        lambda: fit(LABELS, solver="eigh", h=None),
    )


@case
def a_low_rank_of_a_kinship():
    return Case(
        lambda: fit(LABELS, solver="lowrank", h=None),
        "solver='lowrank' is for kernel='linear' with fewer columns of X than rows, but K is not "
        "Z Z'. Use solver='auto'.",
        {"auto": lambda: fit(LABELS, solver="auto", h=None)},
        lambda: fit_plain(solver="eigh", h=None),
    )


@case
def errors_without_a_reduction():
    lean = LMMRegressor(K, store_reduction=False)
    return Case(
        lambda: lean.fit(COVARIATES, Y).predict(COVARIATES, return_std=True),
        "return_std and return_cov need the reduction of K, which neither store_reduction=False "
        "nor compact() keeps. Fit with store_reduction=True, and use that model.",
        {
            "store": lambda: (
                LMMRegressor(K, store_reduction=True)
                .fit(COVARIATES, Y)
                .predict(COVARIATES, return_std=True)[1]
            )
        },
        lambda: LMMRegressor(K).fit(COVARIATES, Y).predict(COVARIATES, return_std=True)[1],
    )


@case
def a_kinship_with_negative_eigenvalues():
    def variances(lmm):
        return [lmm.h_ * lmm.v_, (1 - lmm.h_) * lmm.v_]

    def with_shift():
        lmm = LMMRegressor(INDEFINITE + 0.3 * np.eye(N)).fit(NOTHING, Y)
        s, t = variances(lmm)
        return [s, t + 0.3 * s, lmm.log_likelihood_]

    def of_definite():
        lmm = LMMRegressor(K).fit(NOTHING, Y)
        s, t = variances(lmm)
        return [s, t + (K - INDEFINITE)[0, 0] * s, lmm.log_likelihood_]

    return Case(
        lambda: fit_plain(kinship=INDEFINITE, h=None),
        "The kinship matrix of the training rows is not positive semi-definite: its smallest "
        "eigenvalue is -0.3. The model holds where h K + (1 - h) I is positive definite, up to "
        "h=0.769231, and was fitted there. To repair the matrix, add 0.3 to its diagonal, or bend "
        "a Kinship by sklmm.relationship.bend, before the fit.",
        {"add": with_shift},
        of_definite,
    )


@case
def a_kinship_that_is_bent():
    values, vectors = np.linalg.eigh(INDEFINITE)
    nearest = (vectors * np.maximum(values, 0)) @ vectors.T
    return Case(
        lambda: fit(LABELS, kinship=Kinship(INDEFINITE, NAMES), h=None),
        "The kinship matrix of the training rows is … bend a Kinship by sklmm.relationship.bend, "
        "before the fit.",
        {"bend": lambda: fit(LABELS, kinship=bend(Kinship(INDEFINITE, NAMES)), h=None)},
        lambda: fit_plain(kinship=(nearest + nearest.T) / 2, h=None),
    )


@case
def records_and_a_kinship_with_negative_eigenvalues():
    rows = np.r_[:N, :15]
    y = Y[rows] + np.cos(np.arange(45))
    values, vectors = np.linalg.eigh(INDEFINITE)
    nearest = ((vectors * np.maximum(values, 0)) @ vectors.T)[np.ix_(rows, rows)]
    kinship = Kinship(INDEFINITE, NAMES)
    return Case(
        lambda: fit(LABELS[rows], y, kinship, h=None),
        "The kinship matrix of the training rows is … and was fitted there. Bend the kinship by "
        "sklmm.relationship.bend before the fit.",
        {"bend": lambda: fit(LABELS[rows], y, bend(kinship), h=None)},
        lambda: fit_plain(np.empty((45, 0)), y, (nearest + nearest.T) / 2, h=None),
    )


@case
def a_precomputed_kernel_with_negative_eigenvalues():
    return Case(
        lambda: fit_kernel(INDEFINITE, kernel="precomputed", h=None),
        "The kinship matrix of the training rows is … To repair the matrix, add 0.3 to its "
        "diagonal before the fit.",
        {"add": lambda: fit_kernel(INDEFINITE + 0.3 * np.eye(N), kernel="precomputed", h=None)},
        lambda: fit_plain(kinship=INDEFINITE + 0.3 * np.eye(N), h=None),
    )


@case
def a_kinship_from_genotypes_that_are_not_centered():
    genotypes = np.random.default_rng(2).binomial(2, 0.4, (N, 12)) + 1e4
    anew = centered(genotypes - 1e4, NAMES)
    exact = genotypes - 1e4
    exact -= exact.mean(axis=0)
    return Case(
        lambda: fit_plain(kinship=genotypes @ genotypes.T / 12, h=None),
        "Nearly all of K is constant and is absorbed by the intercept. The remainder is … of K "
        "and has lost so many digits, as have h_ and the predictions: compute K anew from "
        "centered genotypes, as sklmm.relationship does.",
        {"anew": lambda: fit(LABELS, kinship=anew, h=None)},
        lambda: fit_plain(kinship=exact @ exact.T / 12, h=None),
    )


@case
def a_centered_kinship_and_ML():
    C = np.eye(N) - 1 / N
    y = np.linalg.cholesky(K) @ np.cos(1 + np.arange(N) ** 2)
    return Case(
        lambda: fit_plain(y=y, kinship=C @ K @ C, method="ml", h=None),
        "The likelihood (method='ml') grows without bound as h approaches h_, where V is singular "
        "along the fixed effects or y has no noise. Use method='reml' with a centered kinship. "
        "Leave out duplicated samples with the same y, if there are any.",
        {"reml": lambda: fit_plain(y=y, kinship=C @ K @ C, method="reml", h=None)[0]},
        lambda: fit_plain(y=y, kinship=K, method="reml", h=None)[0],
    )


@case
def copies_of_samples():
    rows = np.r_[:N, :N]
    unique = np.unique(rows)
    copied = K[np.ix_(rows, rows)]
    return Case(
        lambda: fit_plain(np.empty((2 * N, 0)), Y[rows], copied, h=None),
        "The likelihood (method='reml') grows without bound as h approaches h_, where V is "
        "singular along the fixed effects or y has no noise. Leave out duplicated samples with "
        "the same y, if there are any.",
        {"leave out": lambda: fit_plain(y=Y[rows][unique], kinship=copied[:N, :N], h=None)},
        lambda: fit(LABELS, h=None),
    )
