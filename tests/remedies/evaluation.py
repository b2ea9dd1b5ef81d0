"""Metrics and cross-validation."""

import numpy as np
import pandas as pd
from sklearn.model_selection import (
    KFold,
    LeaveOneGroupOut,
    PredefinedSplit,
    RepeatedKFold,
    ShuffleSplit,
)
from sklearn.model_selection import cross_val_predict as by_refitting
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sklmm import LMMRegressor
from sklmm.metrics import predictive_ability
from sklmm.model_selection import cross_val_predict

from .case import FEATURES, KINSHIP, LABELS, Case, N, Y, case

PREDICTIONS = Y + np.sin(3 * np.arange(N))
TWO = np.column_stack([Y, np.cos(np.arange(N))])
TWO_PREDICTIONS = TWO + np.sin(np.arange(2 * N)).reshape(N, 2)
MISSING = np.isin(np.arange(N), [3, 8])
FOLDS = KFold(3)
LMM = LMMRegressor(KINSHIP, sample_id=0)


def predict(cv, lmm=LMM, **parameters):
    return cross_val_predict(lmm, LABELS, Y, cv=cv, **parameters)


def predict_by_hand(folds, h):
    """Each fold by a fit at this h."""
    predictions = np.empty(N)
    for train, test in folds:
        lmm = LMMRegressor(KINSHIP, sample_id=0, h=h).fit(LABELS[train], Y[train])
        predictions[test] = lmm.predict(LABELS[test])
    return predictions


def folds():
    return list(FOLDS.split(Y))


def at_h_of_everybody(pairs=None):
    h = LMMRegressor(KINSHIP, sample_id=0).fit(LABELS, Y).h_
    return predict_by_hand(folds() if pairs is None else pairs, h)


def correlation(y_true, y_pred):
    return np.corrcoef(y_true, y_pred)[0, 1]


@case
def nan_among_observations():
    y_true = np.where(MISSING, np.nan, Y)
    return Case(
        lambda: predictive_ability(y_true, PREDICTIONS),
        "Input y_true contains NaN: 2 of 30 values are missing, the first in row 3. Leave these "
        "rows out of y_true and y_pred, or use missing_y='drop' to take each trait where it is "
        "measured.",
        {
            "leave out": lambda: predictive_ability(y_true[~MISSING], PREDICTIONS[~MISSING]),
            "drop": lambda: predictive_ability(y_true, PREDICTIONS, missing_y="drop"),
        },
        lambda: correlation(Y[~MISSING], PREDICTIONS[~MISSING]),
    )


@case
def nan_among_predictions():
    y_pred = np.where(MISSING, np.nan, PREDICTIONS)
    return Case(
        lambda: predictive_ability(Y, y_pred, missing_y="drop"),
        "Input y_pred contains NaN: 2 of 30 values are missing, the first in row 3. Leave these "
        "rows out of y_true and y_pred.",
        {"leave out": lambda: predictive_ability(Y[~MISSING], y_pred[~MISSING])},
        lambda: correlation(Y[~MISSING], PREDICTIONS[~MISSING]),
    )


@case
def masked_predictions():
    y_pred = np.ma.array(PREDICTIONS, mask=MISSING)
    return Case(
        lambda: predictive_ability(Y, y_pred),
        "y_pred has masked values. Leave these rows out of y_true and y_pred.",
        {"leave out": lambda: predictive_ability(Y[~MISSING], y_pred[~MISSING])},
        lambda: correlation(Y[~MISSING], PREDICTIONS[~MISSING]),
    )


@case
def masked_observations():
    y_true = np.ma.array(Y, mask=MISSING)
    with_nan = y_true.astype(float).filled(np.nan)
    return Case(
        lambda: predictive_ability(y_true, PREDICTIONS),
        "y_true has masked values. Leave these rows out of y_true and y_pred, or use "
        "y_true.astype(float).filled(np.nan) and missing_y='drop'.",
        {
            "leave out": lambda: predictive_ability(y_true[~MISSING], PREDICTIONS[~MISSING]),
            "filled": lambda: predictive_ability(with_nan, PREDICTIONS, missing_y="drop"),
        },
        lambda: correlation(Y[~MISSING], PREDICTIONS[~MISSING]),
    )


@case
def predictions_of_other_samples():
    return Case(
        lambda: predictive_ability(Y, PREDICTIONS[:20]),
        "y_true and y_pred have different shapes, (30,) and (20,). Pass the observations and "
        "predictions of the same samples and traits.",
        {"same": lambda: predictive_ability(Y[:20], PREDICTIONS[:20])},
        lambda: correlation(Y[:20], PREDICTIONS[:20]),
    )


@case
def traits_in_another_order():
    y_true = pd.DataFrame(TWO, columns=["a", "b"])
    y_pred = pd.DataFrame(TWO_PREDICTIONS[:, ::-1], columns=["b", "a"])
    return Case(
        lambda: predictive_ability(y_true, y_pred),
        "The columns of y_pred are ['b', 'a'], but were ['a', 'b'] in y_true. Use the same, in "
        "the same order.",
        {"same": lambda: predictive_ability(y_true, y_pred[["a", "b"]])},
        lambda: np.mean(
            [correlation(*pair) for pair in zip(TWO.T, TWO_PREDICTIONS.T, strict=True)]
        ),
    )


@case
def an_unknown_average():
    each = [correlation(*pair) for pair in zip(TWO.T, TWO_PREDICTIONS.T, strict=True)]

    def ability(multioutput):
        return predictive_ability(TWO, TWO_PREDICTIONS, multioutput=multioutput)

    return Case(
        lambda: ability("mean"),
        "multioutput='mean' is unknown. Use 'raw_values', 'uniform_average' or weights of the "
        "traits.",
        {
            "raw_values": lambda: np.mean(ability("raw_values")),
            "uniform_average": lambda: ability("uniform_average"),
            "weights": lambda: ability([0.5, 0.5]),
        },
        lambda: np.mean(each),
    )


@case
def an_unknown_treatment_of_missing_values():
    def ability(missing_y):
        return predictive_ability(Y, PREDICTIONS, missing_y=missing_y)

    return Case(
        lambda: ability("omit"),
        "missing_y='omit' is unknown. Use 'raise' or 'drop'.",
        {"raise": lambda: ability("raise"), "drop": lambda: ability("drop")},
        lambda: correlation(Y, PREDICTIONS),
    )


@case
def cross_validation_of_a_pipeline():
    pipeline = make_pipeline(StandardScaler(), LMMRegressor(kernel="rbf"))
    scaled = {train.tobytes(): StandardScaler().fit(FEATURES[train]) for train, _ in folds()}

    def by_hand():
        predictions = np.empty(N)
        for train, test in folds():
            Z = scaled[train.tobytes()].transform(FEATURES)
            lmm = LMMRegressor(kernel="rbf").fit(Z[train], Y[train])
            predictions[test] = lmm.predict(Z[test])
        return predictions

    return Case(
        lambda: cross_val_predict(pipeline, FEATURES, Y, cv=FOLDS),
        "estimator must be an LMMRegressor, got Pipeline: only its predictions have a closed "
        "form, and the transformers of a pipeline have to be fitted in each fold. Use "
        "sklearn.model_selection.cross_val_predict.",
        {"use": lambda: by_refitting(pipeline, FEATURES, Y, cv=FOLDS)},
        by_hand,
    )


@case
def an_unknown_refit():
    return Case(
        lambda: predict(FOLDS, refit=True),
        "refit=True is unknown. Use None, which holds the h of a fit to all samples, or 'h', "
        "which estimates it in each fold.",
        {"None": lambda: predict(FOLDS, refit=None)},
        at_h_of_everybody,
    )


@case
def h_of_each_fold():
    return Case(
        lambda: predict(FOLDS, refit=True),
        "refit=True is unknown. … or 'h', which estimates it in each fold.",
        {"h": lambda: predict(FOLDS, refit="h")},
        lambda: predict_by_hand(folds(), None),
    )


@case
def no_processes():
    return Case(
        lambda: predict(FOLDS, n_jobs=0),
        "n_jobs=0 is no number of processes. Use None, an integer, or -1 for all cores.",
        {
            "None": lambda: predict(FOLDS, n_jobs=None),
            "integer": lambda: predict(FOLDS, n_jobs=1),
            "all": lambda: predict(FOLDS, n_jobs=-1),
        },
        at_h_of_everybody,
    )


@case
def no_folds():
    return Case(
        lambda: predict([]),
        "cv=[] has no folds. Use some, such as cv=5.",
        {"some": lambda: predict(5)},
        lambda: predict(KFold(5)),
    )


@case
def folds_that_are_no_partition():
    return Case(
        lambda: predict(ShuffleSplit(3, random_state=0)),
        "cross_val_predict only works for partitions, but row … of X is in … test sets of cv. Use "
        "folds that test every row once.",
        {"once": lambda: predict(KFold(3))},
        at_h_of_everybody,
    )


@case
def folds_that_are_repeated():
    repeated = RepeatedKFold(n_splits=3, n_repeats=2, random_state=0)
    pairs = list(repeated.split(Y))
    once, again = pairs[:3], pairs[3:]
    return Case(
        lambda: predict(repeated),
        "cross_val_predict only works for partitions, but row 0 of X is in 2 test sets of cv. Use "
        "folds that test every row once.",
        {"once": lambda: [predict(once), predict(again)]},
        lambda: [at_h_of_everybody(once), at_h_of_everybody(again)],
    )


@case
def groups_of_other_rows():
    groups = np.arange(N) // 10
    return Case(
        lambda: predict(LeaveOneGroupOut(), groups=groups[:7]),
        "groups has length 7, but X has 30 rows. Give the group of each row.",
        {"each": lambda: predict(LeaveOneGroupOut(), groups=groups)},
        at_h_of_everybody,
    )


@case
def a_class_of_splitters():
    fold = np.arange(N) // 10
    return Case(
        lambda: predict(PredefinedSplit),
        "cv=PredefinedSplit is a class. Use an instance, PredefinedSplit(...).",
        {
            "instance": lambda: predict(PredefinedSplit(fold)),
            "another": lambda: predict(KFold(3)),
        },
        at_h_of_everybody,
    )


@case
def no_trait_that_counts():
    return Case(
        lambda: predictive_ability(TWO, TWO_PREDICTIONS, multioutput=[0, 0]),
        "multioutput=[0, 0] has a sum of 0. Give what counts a weight above 0.",
        {"give": lambda: predictive_ability(TWO, TWO_PREDICTIONS, multioutput=[1, 0])},
        lambda: correlation(TWO[:, 0], TWO_PREDICTIONS[:, 0]),
    )


@case
def weights_that_are_missing():
    weights = np.where(MISSING, np.nan, 1 + np.arange(N))
    rows = ~MISSING
    return Case(
        lambda: predictive_ability(Y, PREDICTIONS, sample_weight=weights),
        "Input sample_weight contains NaN in row 3, the first of 2 rows without a finite weight. "
        "Give a sample that is not to count the weight 0.",
        {
            "0": lambda: predictive_ability(
                Y, PREDICTIONS, sample_weight=np.where(MISSING, 0, weights)
            )
        },
        lambda: predictive_ability(Y[rows], PREDICTIONS[rows], sample_weight=weights[rows]),
    )


@case
def a_fold_that_holds_all_values():
    """A trait that was measured in one batch."""
    y = np.where(np.arange(N) < 10, Y, np.nan)
    lmm = LMMRegressor(KINSHIP, sample_id=0, h=0.4, missing_y="drop")
    mixed = KFold(3, shuffle=True, random_state=0)
    return Case(
        lambda: by_refitting(lmm, LABELS, y, cv=3),
        "Input y contains NaN in all 20 rows: no value is measured. If they are the training rows "
        "of a fold, choose folds that leave measured rows to each, as KFold(shuffle=True) does.",
        {"folds": lambda: cross_val_predict(lmm, LABELS, y, cv=mixed)},
        lambda: by_refitting(lmm, LABELS, y, cv=mixed),
    )


FAMILIES = np.arange(N) // 5


def leaving_out(groups):
    return [(np.flatnonzero(groups != one), np.flatnonzero(groups == one)) for one in set(groups)]


@case
def groups_in_two_spellings():
    names = [f"F{family}" for family in FAMILIES]
    typed = [name + " " * (row % 2) for row, name in enumerate(names)]
    one_group_a_fold = LeaveOneGroupOut()
    return Case(
        lambda: predict(one_group_a_fold, groups=typed),
        "groups has 'F0' and 'F0 ', which nearly match. Write both in the same way if they are "
        "one group; if they are not, give groups as numbers, by pandas.factorize(groups)[0].",
        {"same": lambda: predict(one_group_a_fold, groups=[name.strip() for name in typed])},
        lambda: at_h_of_everybody(leaving_out(FAMILIES)),
    )


@case
def groups_that_nearly_match_and_differ():
    typed = [("a", "A", "b", "B", "c", "C")[family] for family in FAMILIES]
    return Case(
        lambda: predict(LeaveOneGroupOut(), groups=typed),
        "groups has 'a' and 'A', which nearly match. Write both in the same way if they are one "
        "group; if they are not, give groups as numbers, by pandas.factorize(groups)[0].",
        {"numbers": lambda: predict(LeaveOneGroupOut(), groups=pd.factorize(np.array(typed))[0])},
        lambda: at_h_of_everybody(leaving_out(FAMILIES)),
    )


@case
def groups_of_whom_some_have_none():
    typed = [f"F{family}" if family else "nan" for family in FAMILIES]
    alone = [name if name != "nan" else f"alone {row}" for row, name in enumerate(typed)]
    numbers = np.where(FAMILIES, FAMILIES + N, np.arange(N))
    return Case(
        lambda: predict(LeaveOneGroupOut(), groups=typed),
        "groups has 'nan' in row 0, which stands for a missing value. Give each of these rows a "
        "group of its own, or leave them out; if it is the name of a group, give groups as "
        "numbers, by pandas.factorize(groups)[0].",
        {"own": lambda: predict(LeaveOneGroupOut(), groups=alone)},
        lambda: at_h_of_everybody(leaving_out(numbers)),
    )


@case
def a_group_that_is_called_like_a_missing_value():
    countries = np.array(["NA", "ZA", "MZ", "BW", "ZW", "AO"])[FAMILIES]
    return Case(
        lambda: predict(LeaveOneGroupOut(), groups=countries),
        "groups has 'NA' in row 0, which stands for a missing value. Give each of these rows a "
        "group of its own, or leave them out; if it is the name of a group, give groups as "
        "numbers, by pandas.factorize(groups)[0].",
        {"numbers": lambda: predict(LeaveOneGroupOut(), groups=pd.factorize(countries)[0])},
        lambda: at_h_of_everybody(leaving_out(FAMILIES)),
    )
