"""Matrices without labels, and what a model keeps of what it was given."""

import pickle

import numpy as np
import pandas as pd

from sklmm import Kinship, LMMRegressor
from sklmm._door import fitted_model
from sklmm.relationship import weighted_sum

from .case import (
    AGE,
    COVARIATES,
    FEATURES,
    KINSHIP,
    LABELS,
    NAMES,
    Case,
    K,
    N,
    Y,
    case,
    estimates,
    fit,
    fit_plain,
)

FRAME = pd.DataFrame({"id": NAMES, "age": AGE})
SEEN = np.arange(20)
NEW = np.arange(20, N)


def of_labels():
    return fit(LABELS)


@case
def other_rows_of_a_kinship_without_labels():
    lmm = LMMRegressor(K[:20, :20]).fit(COVARIATES[SEEN], Y[SEEN])
    everybody = np.column_stack([LABELS, COVARIATES])
    labeled = LMMRegressor(Kinship(K, NAMES), sample_id=0)
    return Case(
        lambda: lmm.predict(COVARIATES[NEW]),
        "X (10 rows) is not the X of fit. A kinship without labels cannot tell which samples "
        "other rows are. To predict others, give it labels by Kinship(matrix, ids), with the new "
        "individuals among them, and name the column of X that holds them by sample_id=.",
        {"labels": lambda: labeled.fit(everybody[SEEN], Y[SEEN]).predict(everybody[NEW])},
        lambda: (
            lmm.intercept_ + COVARIATES[NEW] @ lmm.coef_ + K[np.ix_(NEW, SEEN)] @ lmm.dual_coef_
        ),
    )


@case
def some_rows_of_a_kinship_without_labels():
    return Case(
        lambda: fit_plain(COVARIATES[SEEN], Y[SEEN]),
        "kinship has 30 rows and X has 20. A kinship without labels has to be in the order of "
        "the rows of X. To fit on a part of the samples, as in cross-validation, give it labels "
        "by Kinship(matrix, ids) and name the column of X that holds them by sample_id=.",
        {
            "labels": lambda: fit(
                np.column_stack([LABELS, COVARIATES])[SEEN], Y[SEEN], Kinship(K, NAMES)
            )
        },
        lambda: fit_plain(COVARIATES[SEEN], Y[SEEN], K[:20, :20]),
    )


@case
def a_kinship_that_was_changed():
    matrix = K.copy()
    lmm = LMMRegressor(matrix).fit(COVARIATES, Y)
    matrix += np.diag(np.linspace(0, 1, N))

    def predict_with_labels():
        original = K.copy()
        model = LMMRegressor(Kinship(original, NAMES), sample_id=0)
        model.fit(np.column_stack([LABELS, COVARIATES]), Y)
        original += 1
        return model.predict(np.column_stack([LABELS, COVARIATES]))

    return Case(
        lambda: lmm.predict(COVARIATES),
        "kinship has been changed since fit. Fit again, or use Kinship(matrix, ids), which cannot "
        "be changed.",
        {"Kinship": predict_with_labels},
        lambda: LMMRegressor(K).fit(COVARIATES, Y).predict(COVARIATES),
    )


@case
def a_kinship_that_is_wanted_as_it_was_changed():
    matrix = K.copy()
    lmm = LMMRegressor(matrix).fit(COVARIATES, Y)
    matrix += np.eye(N)
    return Case(
        lambda: lmm.predict(COVARIATES),
        "kinship has been changed since fit. Fit again, …",
        {"again": lambda: LMMRegressor(matrix).fit(COVARIATES, Y).predict(COVARIATES)},
        lambda: LMMRegressor(K + np.eye(N)).fit(COVARIATES, Y).predict(COVARIATES),
    )


def whitened(lmm):
    """V^(-1/2) y in some basis, whose length is the same in all of them."""
    return np.linalg.norm(fitted_model(lmm).traits("")[0].precision().whiten(Y[:, None]))


@case
def features_of_a_saved_model():
    few = FEATURES[:, :3]
    lmm = LMMRegressor(h=0.4).fit(few, Y)
    return Case(
        lambda: whitened(pickle.loads(pickle.dumps(lmm))),
        "A saved model does not hold X of fit. Fit again.",
        {"again": lambda: whitened(LMMRegressor(h=0.4).fit(few, Y))},
        lambda: whitened(LMMRegressor(few @ few.T, h=0.4).fit(np.empty((N, 0)), Y)),
    )


@case
def features_that_were_changed():
    few = FEATURES[:, :3].copy()
    lmm = LMMRegressor(h=0.4).fit(few, Y)
    few *= 2
    return Case(
        lambda: whitened(lmm),
        "X has been changed since fit. Fit again.",
        {"again": lambda: whitened(LMMRegressor(h=0.4).fit(few, Y))},
        lambda: whitened(LMMRegressor(few @ few.T, h=0.4).fit(np.empty((N, 0)), Y)),
    )


@case
def a_fit_of_a_compact_model():
    original = LMMRegressor(KINSHIP, sample_id=0, h=0.4).fit(LABELS, Y)

    def fit_small(model):
        return estimates(model.fit(LABELS, Y))

    return Case(
        lambda: fit_small(original.compact()),
        "This model is compact: it was made by compact(), which left its kinship out, and can "
        "only predict. Fit the original, or set kinship.",
        {
            "original": lambda: fit_small(original),
            "set": lambda: fit_small(original.compact().set_params(kinship=KINSHIP)),
        },
        of_labels,
    )


@case
def several_matrices():
    parts = {"additive": K, "identity": np.eye(N)}
    return Case(
        lambda: fit(LABELS, kinship=parts),
        "kinship is a dict of several. Use one of them, or their sum: "
        "sklmm.relationship.weighted_sum, of a Kinship of each.",
        {
            "sum": lambda: fit(
                LABELS,
                kinship=weighted_sum([Kinship(part, NAMES) for part in parts.values()], [0.5] * 2),
            )
        },
        lambda: fit(LABELS, kinship=Kinship((K + np.eye(N)) / 2, NAMES)),
    )


@case
def several_kinships():
    parts = [KINSHIP, Kinship(np.eye(N), NAMES)]
    return Case(
        lambda: fit(LABELS, kinship=parts),
        "kinship is a list of several. Use one of them, or their sum: "
        "sklmm.relationship.weighted_sum.",
        {"sum": lambda: fit(LABELS, kinship=weighted_sum(parts, [0.5, 0.5]))},
        lambda: fit(LABELS, kinship=Kinship((K + np.eye(N)) / 2, NAMES)),
    )


@case
def a_V_without_an_inverse():
    twins = np.repeat(np.eye(N // 2), 2, axis=0)
    y = np.repeat(np.cos(1 + np.arange(N // 2) ** 2), 2)

    def products(h):
        lmm = LMMRegressor(twins @ twins.T, h=h, fit_intercept=False).fit(np.empty((N, 0)), y)
        return whitened(lmm) * np.sqrt(lmm.v_)

    return Case(
        lambda: products(None),
        "…V has no inverse at h=1.0, but for rounding errors: K is singular or has a negative "
        "eigenvalue there. Hold h further inside of its range, as h=0.999999 is if that ends "
        "at 1.",
        {"hold": lambda: products(0.999999)},
        lambda: np.sqrt(Y @ np.linalg.solve(0.999999 * twins @ twins.T + 1e-6 * np.eye(N), Y)),
    )


@case
def a_V_of_0():
    return Case(
        lambda: whitened(LMMRegressor(K).fit(Y[:, None], Y)),
        "y is an exact linear function of the fixed effects, and V is 0. Leave out the fixed "
        "effect that says what y is.",
        {"leave out": lambda: whitened(LMMRegressor(K).fit(np.empty((N, 0)), Y))},
        lambda: whitened(LMMRegressor(KINSHIP, sample_id=0).fit(LABELS, Y)),
    )
