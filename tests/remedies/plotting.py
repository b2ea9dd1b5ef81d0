"""Pictures. What is drawn is compared, not how it looks."""

import warnings

import numpy as np
import pandas as pd
from matplotlib import pyplot as plt

from sklmm import Kinship, LMMRegressor
from sklmm.inference import confidence_interval
from sklmm.plotting import KinshipDisplay, LikelihoodProfileDisplay, PredictionDisplay

from .case import COVARIATES, KINSHIP, LABELS, NAMES, NOTHING, Case, K, N, Y, case

TWO = np.column_stack([Y, np.cos(np.arange(N))])
TWICE = np.r_[:N, :N]
MISSING = np.isin(np.arange(N), [3, 8])


def lmm(X=NOTHING, y=Y, kinship=K, **parameters):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return LMMRegressor(kinship, **parameters).fit(X, y)


def points(display):
    return display.scatter_.get_offsets()


def drawn(y_true, y_pred, **parameters):
    return points(PredictionDisplay.from_predictions(y_true, y_pred, **parameters))


def curve(model, **parameters):
    return LikelihoodProfileDisplay.from_estimator(model, **parameters)


@case
def an_array_of_axes():
    axes = plt.subplots(1, 2)[1]

    def draw(ax):
        display = KinshipDisplay.from_kinship(KINSHIP, order="given", ax=ax)
        assert ax is None or display.ax_ is ax
        return display.relationships

    return Case(
        lambda: draw(axes),
        "ax must be a matplotlib Axes, got ndarray. Of an array of axes, pass one element; None "
        "makes a new figure.",
        {"element": lambda: draw(axes[1]), "None": lambda: draw(None)},
        lambda: K,
    )


@case
def a_matrix_for_a_kinship():
    return Case(
        lambda: KinshipDisplay.from_kinship(K, order="given"),
        "kinship must be a Kinship, got ndarray. Make it of a matrix and the labels of its rows: "
        "Kinship(matrix, ids).",
        {
            "make": lambda: (
                KinshipDisplay.from_kinship(Kinship(K, NAMES), order="given").relationships
            )
        },
        lambda: K,
    )


@case
def a_picture_of_a_compact_model():
    original = LMMRegressor(KINSHIP, sample_id=0).fit(LABELS, Y)
    return Case(
        lambda: KinshipDisplay.from_estimator(original.compact(), LABELS),
        "lmm was made by compact(), which keeps no relationships. Use the model that it was made "
        "of.",
        {
            "model": lambda: (
                KinshipDisplay.from_estimator(original, LABELS, order="given").relationships
            ),
        },
        lambda: K,
    )


@case
def an_unknown_interval():
    return Case(
        lambda: curve(lmm(), intervals=["exact", "likelihood"]),
        "intervals[1]='likelihood' is unknown. Use one of ('exact', 'profile', 'wald').",
        {
            "profile": lambda: list(curve(lmm(), intervals=["profile"]).intervals["profile"]),
        },
        lambda: confidence_interval(lmm(), method="profile"),
    )


@case
def intervals_of_an_h_that_is_held():
    held = lmm(h=0.4)
    return Case(
        lambda: curve(held, intervals=("exact", "wald")),
        "h=0.4 was given, and not estimated by the likelihood, and intervals=('exact', 'wald') "
        "names others than 'exact', which alone needs no maximum. Use intervals=('exact',), or "
        "fit with h=None.",
        {
            "exact": lambda: curve(held, intervals=("exact",)).intervals["exact"],
            "None": lambda: curve(lmm(h=None), intervals=("exact", "wald")).intervals["exact"],
        },
        lambda: confidence_interval(lmm(), method="exact"),
        rtol=1e-5,
    )


@case
def intervals_by_leave_one_out():
    model = lmm(h="loo")
    return Case(
        lambda: curve(model, intervals=("profile",)),
        "h='loo' does not maximize the likelihood, and intervals=('profile',) names others than "
        "'exact', … Use intervals=('exact',), or fit with h=None.",
        {"exact": lambda: curve(model, intervals=("exact",)).intervals["exact"]},
        lambda: confidence_interval(lmm(), method="exact"),
        rtol=1e-5,
    )


@case
def y_that_is_among_the_covariates():
    X = np.column_stack([COVARIATES, 2 * Y])
    return Case(
        lambda: curve(lmm(X)),
        "y is an exact function of the fixed effects, and there is no likelihood to draw. If it "
        "varies, leave out the columns of X that it depends on.",
        {"leave out": lambda: curve(lmm(X[:, :2])).estimate},
        lambda: lmm(COVARIATES).h_,
    )


@case
def an_unbounded_likelihood():
    C = np.eye(N) - 1 / N
    y = np.linalg.cholesky(K) @ np.cos(1 + np.arange(N) ** 2)
    centered = {"y": y, "kinship": C @ K @ C}
    return Case(
        lambda: curve(lmm(**centered, method="ml")),
        "The likelihood is unbounded, and has no maximum for the curve to be below. Fit with "
        "method='reml'.",
        {"reml": lambda: curve(lmm(**centered, method="reml")).estimate},
        lambda: lmm(y=y).h_,
    )


@case
def a_likelihood_of_copies():
    model = lmm(np.empty((2 * N, 0)), Y[TWICE], K[np.ix_(TWICE, TWICE)])
    return Case(
        lambda: curve(model),
        "The likelihood is unbounded, and has no maximum … If rows and their y are copies of "
        "others, leave the copies out.",
        {"leave out": lambda: curve(lmm(y=Y[TWICE][:N])).estimate},
        lambda: lmm().h_,
    )


@case
def no_observation():
    y_true = np.full(N, np.nan)
    return Case(
        lambda: drawn(y_true, Y, missing_y="drop"),
        "y_true has no value, and there is nothing to draw. Pass rows that were observed.",
        {"pass": lambda: drawn(Y[:5], Y[:5] + 1, missing_y="drop")},
        lambda: np.column_stack([Y[:5] + 1, Y[:5]]),
    )


@case
def one_reliability_for_all():
    return Case(
        lambda: drawn(Y, Y + 1, reliability=[0.5]),
        "reliability has shape (1,), but y_true has shape (30,). Give one number for each "
        "observation.",
        {"give": lambda: drawn(Y, Y + 1, reliability=np.full(N, 0.5))},
        lambda: np.column_stack([Y + 1, Y]),
    )


@case
def another_number_of_traits():
    model = lmm(COVARIATES, TWO)
    return Case(
        lambda: PredictionDisplay.from_estimator(model, COVARIATES, Y, trait=0),
        "y has shape (30,), but the predictions have shape (30, 2). Give as many traits as the "
        "model was fitted to, in the shape of the predictions.",
        {
            "give": lambda: points(
                PredictionDisplay.from_estimator(model, COVARIATES, TWO, trait=0)
            )
        },
        lambda: np.column_stack([model.predict(COVARIATES)[:, 0], Y]),
    )


@case
def no_trait_of_two():
    model = lmm(COVARIATES, TWO)
    return Case(
        lambda: curve(model),
        "The model has 2 traits: choose one by trait=, a number from 0 to 1.",
        {"choose": lambda: [curve(model, trait=trait).estimate for trait in (0, 1)]},
        lambda: model.h_,
    )


@case
def a_trait_that_is_not_there():
    model = lmm(COVARIATES, TWO)
    return Case(
        lambda: curve(model, trait=2),
        "trait=2 is not one of the 2 traits of the model. Give a number from 0 to 1.",
        {"give": lambda: curve(model, trait=1).estimate},
        lambda: model.h_[1],
    )


@case
def two_traits_in_an_array():
    return Case(
        lambda: drawn(TWO, TWO + 1),
        "y_true must have shape (n_samples,), got shape (30, 2). Draw one trait at a time, such "
        "as y_true[:, 0].",
        {"one": lambda: drawn(TWO[:, 0], (TWO + 1)[:, 0])},
        lambda: np.column_stack([Y + 1, Y]),
    )


@case
def two_traits_in_a_frame():
    y_pred = pd.DataFrame(TWO + 1)
    return Case(
        lambda: drawn(Y, y_pred),
        "y_pred must have shape (n_samples,), got shape (30, 2). Draw one trait at a time, such "
        "as y_pred.iloc[:, 0].",
        {"one": lambda: drawn(Y, y_pred.iloc[:, 0])},
        lambda: np.column_stack([Y + 1, Y]),
    )


@case
def two_traits_in_a_list():
    y_true = TWO.tolist()
    return Case(
        lambda: drawn(y_true, Y + 1),
        "y_true must have shape (n_samples,), … such as np.asarray(y_true)[:, 0].",
        {"one": lambda: drawn(np.asarray(y_true)[:, 0], Y + 1)},
        lambda: np.column_stack([Y + 1, Y]),
    )


@case
def nan_in_a_picture_of_a_model():
    model = lmm(COVARIATES)
    dropping = lmm(COVARIATES, missing_y="drop")
    y = np.where(MISSING, np.nan, Y)

    def draw(lmm, X, y):
        return points(PredictionDisplay.from_estimator(lmm, X, y))

    return Case(
        lambda: draw(model, COVARIATES, y),
        "Input y contains NaN: … Leave these rows out of X and y, or use "
        "LMMRegressor(missing_y='drop') to take each trait where it is measured.",
        {"drop": lambda: draw(dropping, COVARIATES, y)},
        lambda: np.column_stack([model.predict(COVARIATES), Y])[~MISSING],
    )


@case
def nan_in_a_picture_of_labeled_rows():
    model = LMMRegressor(KINSHIP, sample_id=0).fit(LABELS, Y)
    y = np.where(MISSING, np.nan, Y)

    def draw(X, y):
        return points(PredictionDisplay.from_estimator(model, X, y))

    return Case(
        lambda: draw(LABELS, y),
        "Input y contains NaN: … Leave these rows out of X and y, or …",
        {"leave out": lambda: draw(LABELS[~MISSING], y[~MISSING])},
        lambda: np.column_stack([model.predict(LABELS), Y])[~MISSING],
    )


@case
def names_of_the_samples_in_another_order():
    kinship = Kinship(K, NAMES)
    return Case(
        lambda: KinshipDisplay.from_kinship(kinship, labels=NAMES[::-1], order="given"),
        "labels are those of the samples in another order: labels[0] is … Leave labels out, or …",
        {
            "leave": lambda: [
                list(NAMES).index(label)
                for label in KinshipDisplay.from_kinship(kinship, order="given").labels
            ]
        },
        lambda: range(N),
    )
