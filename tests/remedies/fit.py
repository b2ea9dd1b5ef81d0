"""What fit and score say of X and y."""

import warnings

import numpy as np
import pandas as pd
from scipy import sparse

from sklmm import Kinship, LMMRegressor

from .case import (
    AGE,
    COVARIATES,
    FEATURES,
    LABELS,
    NAMES,
    Case,
    K,
    N,
    Y,
    case,
    fit,
    fit_kernel,
    fit_plain,
)

MISSING = np.isin(np.arange(N), [3, 8])
WITH_NAN = np.where(MISSING, np.nan, Y)
MASKED = np.ma.array(np.round(10 * Y).astype(int), mask=MISSING)
OF_RANK_1 = np.outer(np.sin(np.arange(N)), np.sin(np.arange(N)))


def of_measured():
    return fit(LABELS[~MISSING], Y[~MISSING])


@case
def y_with_nan():
    return Case(
        lambda: fit(LABELS, WITH_NAN),
        "Input y contains NaN: 2 of 30 values are missing, the first in row 3. Leave these rows "
        "out of X and y, or use LMMRegressor(missing_y='drop') to take each trait where it is "
        "measured.",
        {
            "leave out": lambda: fit(LABELS[~MISSING], WITH_NAN[~MISSING]),
            "drop": lambda: fit(LABELS, WITH_NAN, missing_y="drop"),
        },
        of_measured,
    )


@case
def y_with_a_mask():
    return Case(
        lambda: fit(LABELS, MASKED),
        "y has masked values. Leave these rows out of X and y, or use "
        "y.astype(float).filled(np.nan) and LMMRegressor(missing_y='drop').",
        {
            "leave out": lambda: fit(LABELS[~MISSING], MASKED[~MISSING]),
            "filled": lambda: fit(LABELS, MASKED.astype(float).filled(np.nan), missing_y="drop"),
        },
        lambda: fit(LABELS[~MISSING], np.round(10 * Y)[~MISSING]),
    )


@case
def X_with_a_mask():
    X = np.ma.array(FEATURES, mask=np.zeros(FEATURES.shape, dtype=bool))
    X[MISSING, 2] = np.ma.masked
    return Case(
        lambda: fit_kernel(X, Y),
        "X has masked values. Remove or impute these rows.",
        {"remove": lambda: fit_kernel(np.asarray(X[~MISSING]), Y[~MISSING])},
        lambda: fit_kernel(FEATURES[~MISSING], Y[~MISSING]),
    )


@case
def codes_of_missing_values():
    coded = np.where(MISSING, -9, Y)
    with_nan = np.where(coded == -9, np.nan, coded)
    measured = ~np.isnan(with_nan)
    return Case(
        lambda: fit(LABELS, coded),
        "2 values of y are -9, and all others lie between …. If -9 stands for missing values, "
        "write nan in their place, and leave these rows out or use missing_y='drop'.",
        {
            "leave out": lambda: fit(LABELS[measured], with_nan[measured]),
            "drop": lambda: fit(LABELS, with_nan, missing_y="drop"),
        },
        of_measured,
    )


@case
def a_sparse_y():
    y = sparse.csr_array(Y[:, None])
    return Case(
        lambda: fit(LABELS, y),
        "y is sparse; a dense array is needed: use y.toarray().",
        {"toarray": lambda: fit(LABELS, y.toarray())},
        lambda: fit(LABELS),
    )


@case
def more_fixed_effects_than_rows():
    X = np.random.default_rng(1).standard_normal((N, 20))
    few = slice(0, 10)
    return Case(
        lambda: fit_plain(X[few], Y[few], K[:10, :10], h=None),
        "n_samples=10 is not enough: the fixed effects (with the intercept) have rank 10, and v "
        "and h are estimated from what they leave. Give at least 23 rows with a value in y, or "
        "fewer fixed effects.",
        {"rows": lambda: [len(fit_plain(X[:23], Y[:23], K[:23, :23], h=None))]},
        lambda: [2 + 21],
    )


@case
def fewer_fixed_effects():
    X = np.random.default_rng(1).standard_normal((10, 20))
    return Case(
        lambda: fit_plain(X, Y[:10], K[:10, :10], h=None),
        "n_samples=10 is not enough: … or fewer fixed effects.",
        {"fewer": lambda: [len(fit_plain(X[:, :2], Y[:10], K[:10, :10], h=None))]},
        lambda: [2 + 3],
    )


@case
def one_row():
    return Case(
        lambda: fit(LABELS[:1], Y[:1], h=None),
        "n_samples=1 is not enough: … have rank 1, and … Give at least 3 rows with a value in y.",
        {"three": lambda: [len(fit(LABELS[:3], Y[:3], h=None))]},
        lambda: [3],
    )


@case
def covariates_whose_square_is_no_number():
    P = 10.0 ** -np.linspace(0, 150, N)[:, None]
    divided = P / np.abs(P).max()
    divided[np.abs(divided) < 1e-100] = 0
    return Case(
        lambda: fit_plain(P),
        "A fixed effect of X has values of a size whose square is not a usable number, from "
        "1e-150 to 1. Divide such a column by its largest absolute value, and write 0 for what is "
        "then below 1e-100.",
        {"divide": lambda: fit_plain(divided)},
        lambda: fit_plain(np.where(P > 1e-90, P, 0)),
    )


@case
def a_large_covariate():
    X = -1e150 * AGE[:, None]
    divided = X / np.abs(X).max()
    return Case(
        lambda: fit_plain(X),
        "A fixed effect of X has values of … Divide such a column by its largest absolute …",
        {"divide": lambda: fit_plain(divided)},
        lambda: fit_plain(-AGE[:, None] / AGE.max()),
    )


@case
def a_large_y():
    y = 1e150 * Y
    return Case(
        lambda: fit(LABELS, y),
        f"y varies on a scale of {1e150 * np.abs(Y).max():.3g}, whose square is not a usable "
        "number. Divide that trait by it.",
        {"divide": lambda: fit(LABELS, y / float(f"{np.abs(y).max():.3g}"), h=None)[0]},
        lambda: fit(LABELS, h=None)[0],
    )


@case
def a_large_kinship():
    huge = 1e150 * K
    return Case(
        lambda: fit(LABELS, kinship=Kinship(huge, NAMES)),
        "The kinship or kernel matrix is no covariance of reasonable scale: its mean diagonal "
        "among the training rows is …, and must be positive, between 1e-100 and 1e100. Divide a "
        "kinship by its mean diagonal, or scale the features of a kernel.",
        {
            "divide": lambda: fit_plain(kinship=huge / np.diagonal(huge).mean()),
            "normalized": lambda: fit(LABELS, kinship=Kinship(huge, NAMES).normalized()),
        },
        lambda: fit_plain(kinship=K / np.diagonal(K).mean()),
    )


@case
def large_features_of_a_kernel():
    huge = 1e80 * FEATURES
    return Case(
        lambda: fit_kernel(huge),
        "The kinship or kernel matrix is no covariance … or scale the features of a kernel.",
        {"scale": lambda: fit_kernel(huge / np.abs(huge).max())},
        lambda: fit_kernel(FEATURES / np.abs(FEATURES).max()),
    )


@case
def a_score_of_one_trait_in_a_column():
    lmm = LMMRegressor(K).fit(COVARIATES, Y[:, None])
    return Case(
        lambda: lmm.score(COVARIATES, Y),
        "y has shape (30,), but the predictions have shape (30, 1). Score as many traits as the "
        "model was fitted to, in the shape of the predictions.",
        {"shape": lambda: lmm.score(COVARIATES, Y.reshape(30, 1))},
        lambda: LMMRegressor(K).fit(COVARIATES, Y).score(COVARIATES, Y),
    )


@case
def a_covariate_of_two_frames():
    X = pd.DataFrame(COVARIATES, columns=[7, 8])
    lmm = LMMRegressor(K).fit(X, Y)
    return Case(
        lambda: lmm.predict(X[[8, 7]]),
        "The columns of X are [8, 7], but were [7, 8] in fit. Use the same, in the same order.",
        {"same": lambda: lmm.predict(X[[8, 7]][[7, 8]])},
        lambda: lmm.predict(X),
    )


@case
def a_choice_that_is_unknown():
    lmm = LMMRegressor(K).fit(COVARIATES, Y)
    from sklmm.inference import confidence_interval

    return Case(
        lambda: confidence_interval(lmm, method="asymptotic"),
        "method='asymptotic' is unknown. Use one of ('exact', 'profile', 'wald').",
        {
            "exact": lambda: confidence_interval(lmm, method="exact") >= 0,
            "profile": lambda: confidence_interval(lmm, method="profile") >= 0,
            "wald": lambda: confidence_interval(lmm, method="wald") >= 0,
        },
        lambda: [True, True],
    )


@case
def a_kinship_of_tiny_numbers():
    from sklmm.inference import variance_components

    lmm, plain = LMMRegressor(1e-14 * K), LMMRegressor(K).fit(COVARIATES, Y)

    def noise():
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return variance_components(lmm.fit(COVARIATES, Y)).estimate["residual"]

    return Case(
        lambda: lmm.fit(COVARIATES, Y),
        "h_ is so near to 1 that it has lost digits of the noise variance. Take the variances "
        "from sklmm.inference.variance_components. Divide K, whose mean diagonal is …, by it to "
        "see them in h_.",
        {
            "take": noise,
            "divide": lambda: variance_components(plain).estimate["residual"],
        },
        lambda: plain.v_ * (1 - plain.h_),
    )
