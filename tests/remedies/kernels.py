"""Kernels, and the features that they are computed from."""

import numpy as np
from sklearn.gaussian_process.kernels import RBF
from sklearn.metrics.pairwise import pairwise_kernels, rbf_kernel
from sklearn.pipeline import make_pipeline

from sklmm import Kinship, LMMRegressor
from sklmm.preprocessing import GenotypeScaler

from .case import (
    AGE,
    FEATURES,
    LABELS,
    NAMES,
    WITH_AGE,
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

CENTERED = FEATURES - FEATURES.mean(axis=0)
SEEN = np.arange(20)
NEW = np.arange(20, N)


def one_row_at_a_time(a, b):
    return np.exp(-np.sum((a - b) ** 2) / 20)


@case
def covariates_beside_a_precomputed_kernel():
    return Case(
        lambda: fit_kernel(K, kernel="precomputed", covariates=[0], h=None),
        "covariates=[0] cannot be used with kernel='precomputed', where every column of X is a "
        "training sample. Use kinship=Kinship(...).",
        {"Kinship": lambda: fit(WITH_AGE, kinship=Kinship(K, NAMES), h=None)},
        lambda: fit_plain(AGE[:, None], h=None),
    )


@case
def features_for_a_precomputed_kernel():
    return Case(
        lambda: fit_kernel(kernel="precomputed", h=None),
        "kernel='precomputed' takes a square X in fit, K[train, train], got shape (30, 8). For "
        "features choose another kernel.",
        {"choose": lambda: fit_kernel(kernel="linear", h=None)},
        lambda: fit_plain(kinship=FEATURES @ FEATURES.T, h=None),
    )


@case
def errors_of_a_precomputed_kernel():
    kernel = rbf_kernel(FEATURES, gamma=0.1)
    seen = kernel[np.ix_(SEEN, SEEN)]
    lmm = LMMRegressor(kernel="precomputed").fit(seen, Y[SEEN])
    labeled = LMMRegressor(Kinship(kernel, NAMES), sample_id=0)
    called = LMMRegressor(kernel=lambda A, B: rbf_kernel(A, B, gamma=0.1))
    named = LMMRegressor(kernel="rbf", gamma=0.1)

    def std(model, X):
        return model.fit(X[SEEN], Y[SEEN]).predict(X[NEW], return_std=True)[1]

    return Case(
        lambda: lmm.predict(kernel[np.ix_(NEW, SEEN)], return_std=True),
        "return_std and return_cov need the kernel among the rows of X, which "
        "kernel='precomputed' does not hold: X is K[rows, train]. Use kinship=Kinship(...) or a "
        "callable kernel.",
        {
            "Kinship": lambda: std(labeled, LABELS),
            "callable": lambda: std(called, FEATURES),
        },
        lambda: std(named, FEATURES),
    )


@case
def a_parameter_of_a_named_kernel_beside_a_function():
    def function(A, B, gamma=1):
        return rbf_kernel(A, B, gamma=gamma)

    return Case(
        lambda: fit_kernel(kernel=function, gamma=0.1),
        "gamma=0.1 has no effect on kernel=<function …>. Leave it out, or use "
        "kernel_params={'gamma': 0.1}.",
        {"kernel_params": lambda: fit_kernel(kernel=function, kernel_params={"gamma": 0.1})},
        lambda: fit_plain(kinship=rbf_kernel(FEATURES, gamma=0.1)),
    )


@case
def parameters_of_a_named_kernel():
    return Case(
        lambda: fit_kernel(
            kernel="poly", kernel_params={"gamma": 0.2, "degree": 2, "coef0": 3}, h=None
        ),
        "kernel_params={'gamma': 0.2, 'degree': 2, 'coef0': 3} are for a callable kernel, but "
        "kernel='poly'. Use gamma, degree and coef0.",
        {"use": lambda: fit_kernel(kernel="poly", gamma=0.2, degree=2, coef0=3, h=None)},
        lambda: fit_plain(kinship=(0.2 * FEATURES @ FEATURES.T + 3) ** 2, h=None),
    )


@case
def a_kernel_that_overflows():
    X = FEATURES * np.r_[1e150, np.ones(7)]
    return Case(
        lambda: fit_kernel(X, kernel="poly", h=None),
        "kernel='poly' gives values that are not finite. Scale the features of X.",
        {"scale": lambda: fit_kernel(X / X.std(axis=0), kernel="poly", coef0=0, h=None)},
        lambda: fit_kernel(FEATURES / FEATURES.std(axis=0), kernel="poly", coef0=0, h=None),
    )


@case
def a_kernel_of_single_rows():
    def wrapped(A, B):
        return pairwise_kernels(A, B, metric=one_row_at_a_time)

    return Case(
        lambda: fit_kernel(kernel=one_row_at_a_time, h=None),
        "kernel=<function one_row_at_a_time …> returned an array of shape () for A of shape "
        "(30, 8) and B of shape (30, 8); kernel(A, B) must return (30, 30), the values of all "
        "pairs of rows. A function of two single rows can be wrapped: lambda A, B: "
        "pairwise_kernels(A, B, metric=function).",
        {"wrap": lambda: fit_kernel(kernel=wrapped, h=None)},
        lambda: fit_kernel(kernel="rbf", gamma=1 / 20, h=None),
    )


@case
def a_kernel_that_is_nearly_constant():
    scaled = FEATURES * 1e-5
    return Case(
        lambda: fit_kernel(scaled, kernel="rbf", h=None),
        "Nearly all of K is constant and is absorbed by the intercept. The remainder is … of K "
        "and has lost so many digits, as have h_ and the predictions: use a larger gamma.",
        {"gamma": lambda: fit_kernel(scaled, kernel="rbf", gamma=1e10 / 8, h=None)},
        lambda: fit_kernel(kernel="rbf", gamma=1 / 8, h=None),
    )


@case
def features_far_from_0():
    shifted = FEATURES + 1e4
    return Case(
        lambda: fit_kernel(shifted, h=None),
        "Nearly all of K is constant and … : center the features of the kernel.",
        {"center": lambda: fit_kernel(shifted - shifted.mean(axis=0), h=None)},
        lambda: fit_kernel(CENTERED, h=None),
    )


@case
def features_farther_from_0():
    shifted = FEATURES + 1e9
    return Case(
        lambda: fit_kernel(shifted, kernel="poly", degree=2, h=None),
        "The likelihood does not depend on h, which is set to 0: nearly all of K is constant and "
        "is absorbed by the intercept. If the samples differ, center the features of the kernel.",
        {
            "center": lambda: fit_kernel(
                shifted - shifted.mean(axis=0), kernel="poly", degree=2, h=None
            )
        },
        lambda: fit_kernel(CENTERED, kernel="poly", degree=2, h=None),
        rtol=1e-4,
    )


@case
def a_callable_kernel_that_is_nearly_constant():
    return Case(
        lambda: fit_kernel(kernel=RBF(1e5), h=None),
        "Nearly all of K is constant and … : center its features or change its parameters, "
        "whichever makes samples differ.",
        {"parameters": lambda: fit_kernel(kernel=RBF(2.0), h=None)},
        lambda: fit_kernel(kernel="rbf", gamma=1 / 8, h=None),
    )


@case
def a_precomputed_kernel_that_is_nearly_constant():
    shifted = FEATURES + 1e4
    centered = shifted - shifted.mean(axis=0)
    return Case(
        lambda: fit_kernel(shifted @ shifted.T, kernel="precomputed", h=None),
        "Nearly all of K is constant and … : compute X anew from centered features.",
        {"anew": lambda: fit_kernel(centered @ centered.T, kernel="precomputed", h=None)},
        lambda: fit_kernel(CENTERED, h=None),
    )


@case
def a_kernel_with_negative_eigenvalues():
    return Case(
        lambda: fit_kernel(kernel="sigmoid", gamma=0.5, h=None),
        "The kinship matrix of the training rows is not positive semi-definite: … Use a kernel "
        "without negative eigenvalues, such as 'rbf'.",
        {"rbf": lambda: fit_kernel(kernel="rbf", gamma=0.1, h=None)},
        lambda: fit_plain(kinship=rbf_kernel(FEATURES, gamma=0.1), h=None),
    )


@case
def codes_of_missing_genotypes_as_features():
    genotypes = np.random.default_rng(4).binomial(2, 0.4, (N, 12)).astype(float)
    is_missing = np.random.default_rng(5).uniform(size=genotypes.shape) < 0.1
    coded = np.where(is_missing, -9, genotypes)
    with_nan = np.where(coded == -9, np.nan, coded)
    means = np.nanmean(with_nan, axis=0)
    Z = np.where(is_missing, 0, genotypes - means)
    return Case(
        lambda: fit_kernel(coded, h=None),
        "The features of the kernel have … values -9 beside genotypes 0, 1, 2, the first at row "
        "…, feature …, and they are taken as numbers. If they stand for missing genotypes, write "
        "NaN in their place and put sklmm.preprocessing.GenotypeScaler before the model.",
        {
            "scaler": lambda: estimates(
                make_pipeline(GenotypeScaler(), LMMRegressor()).fit(with_nan, Y)[-1]
            )
        },
        lambda: fit_plain(kinship=Z @ Z.T / 12, h=None),
    )
