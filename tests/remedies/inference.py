"""Questions to a fitted model, intervals of h and tests of contrasts."""

import numpy as np
import pandas as pd
from scipy import stats
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sklmm import LMMRegressor
from sklmm.inference import (
    b_covariance,
    confidence_interval,
    likelihood_ratio_test,
    prediction_errors,
    t_test,
    wald_test,
)

from .case import COVARIATES, FEATURES, Case, K, Y, case


def lmm(X=COVARIATES, y=Y, kinship=K, **parameters):
    return LMMRegressor(kinship, **parameters).fit(X, y)


# What is asked


@case
def a_pipeline():
    pipeline = make_pipeline(StandardScaler(), LMMRegressor(kernel="rbf")).fit(FEATURES, Y)
    rows = pipeline[:-1].transform(FEATURES)
    return Case(
        lambda: prediction_errors(pipeline, FEATURES),
        "lmm must be a fitted LMMRegressor, got Pipeline. Pass lmm[-1], and lmm[:-1].transform(X) "
        "for X where X is asked for.",
        {"pass": lambda: prediction_errors(pipeline[-1], rows).mean},
        lambda: pipeline.predict(FEATURES),
    )


@case
def a_pipeline_and_no_X():
    pipeline = make_pipeline(StandardScaler(), LMMRegressor(kernel="rbf")).fit(FEATURES, Y)
    scaled = StandardScaler().fit_transform(FEATURES)
    return Case(
        lambda: confidence_interval(pipeline),
        "lmm must be a fitted LMMRegressor, got Pipeline. Pass lmm[-1], and …",
        {"pass": lambda: confidence_interval(pipeline[-1])},
        lambda: confidence_interval(LMMRegressor(kernel="rbf").fit(scaled, Y)),
    )


@case
def a_search():
    search = GridSearchCV(LMMRegressor(), {"kernel": ["rbf"]}, cv=3).fit(FEATURES, Y)
    return Case(
        lambda: confidence_interval(search),
        "lmm must be a fitted LMMRegressor, got GridSearchCV. Pass lmm.best_estimator_.",
        {"pass": lambda: confidence_interval(search.best_estimator_)},
        lambda: confidence_interval(LMMRegressor(kernel="rbf").fit(FEATURES, Y)),
    )


@case
def a_search_of_pipelines():
    pipeline = make_pipeline(StandardScaler(), LMMRegressor(kernel="rbf"))
    search = GridSearchCV(pipeline, {"lmmregressor__h": [0.3]}, cv=3).fit(FEATURES, Y)
    rows = search.best_estimator_[:-1].transform(FEATURES)
    return Case(
        lambda: prediction_errors(search, FEATURES),
        "lmm must be a fitted LMMRegressor, got GridSearchCV. Pass lmm.best_estimator_[-1], and "
        "lmm.best_estimator_[:-1].transform(X) for X where X is asked for.",
        {"pass": lambda: prediction_errors(search.best_estimator_[-1], rows).mean},
        lambda: search.predict(FEATURES),
    )


@case
def a_pipeline_of_a_search():
    search = GridSearchCV(LMMRegressor(kernel="rbf"), {"h": [0.3]}, cv=3)
    pipeline = make_pipeline(StandardScaler(), search).fit(FEATURES, Y)
    rows = pipeline[:-1].transform(FEATURES)
    return Case(
        lambda: likelihood_ratio_test(pipeline, lmm(method="ml")),
        "smaller must be a fitted LMMRegressor, got Pipeline. Pass smaller[-1].best_estimator_, "
        "and smaller[:-1].transform(X) for X where X is asked for.",
        {"pass": lambda: prediction_errors(pipeline[-1].best_estimator_, rows).mean},
        lambda: pipeline.predict(FEATURES),
    )


# Contrasts


@case
def a_contrast_of_zeros():
    contrasts = np.array([[0, 1, 0], [0, 0, 0]])
    return Case(
        lambda: wald_test(lmm(), contrasts),
        "contrasts[1] is all 0 and tests nothing. Leave it out.",
        {"leave out": lambda: wald_test(lmm(), contrasts[:1]).pvalue},
        lambda: t_test(lmm()).pvalue[1],
    )


@case
def contrasts_of_an_unknown_name():
    X = pd.DataFrame(COVARIATES, columns=["age", "sex"])
    contrasts = pd.DataFrame({"weight": [1.0]})
    return Case(
        lambda: t_test(lmm(X), contrasts),
        "contrasts has columns named ['weight'], but the fixed effects are ['intercept', 'age', "
        "'sex']. Use each of these names at most once, or an array in their order.",
        {
            "names": lambda: t_test(lmm(X), contrasts.rename(columns={"weight": "age"})).pvalue,
            "array": lambda: t_test(lmm(X), [[0, 1, 0]]).pvalue,
        },
        lambda: t_test(lmm(X)).pvalue[1:2],
    )


@case
def contrasts_of_a_name_of_two_effects():
    X = pd.DataFrame(COVARIATES, columns=["age", "intercept"])
    return Case(
        lambda: t_test(lmm(X), pd.DataFrame({"intercept": [1.0]})),
        "contrasts has columns named ['intercept'], but the fixed effects are ['intercept', "
        "'age', 'intercept']. Use an array in their order.",
        {"array": lambda: t_test(lmm(X), [[0, 0, 1]]).pvalue},
        lambda: t_test(lmm(COVARIATES)).pvalue[2:],
    )


@case
def a_value_too_many():
    return Case(
        lambda: t_test(lmm(), [[0, 1, 0], [0, 0, 1]], value=[0.1, 0.2, 0.3]),
        "value has shape (3,), but there are 2 contrasts. Give one number, or one for each "
        "contrast.",
        {
            "one": lambda: t_test(lmm(), [[0, 1, 0], [0, 0, 1]], value=0.1).statistic,
            "each": lambda: t_test(lmm(), [[0, 1, 0], [0, 0, 1]], value=[0.1, 0.1]).statistic,
        },
        lambda: (lmm().b_[1:] - 0.1) / t_test(lmm()).standard_error[1:],
    )


@case
def masked_contrasts():
    contrasts = np.ma.array([[5, 1, 0]], mask=[[True, False, False]])
    return Case(
        lambda: t_test(lmm(), contrasts),
        "contrasts has masked values. Put numbers in their places.",
        {"put": lambda: t_test(lmm(), contrasts.filled(0)).pvalue},
        lambda: t_test(lmm()).pvalue[1:2],
    )


@case
def columns_that_depend_on_each_other():
    X = COVARIATES[:, [0, 1, 0]]
    return Case(
        lambda: t_test(lmm(X), [[0, 1, 0, 0]]),
        "contrasts[0] = [0.0, 1.0, 0.0, 0.0] is not estimable: columns of X depend on each other, "
        "and the data do not tell their effects apart. Test a combination that all solutions "
        "agree on, or leave out columns.",
        {
            "combination": lambda: t_test(lmm(X), [[0, 1, 0, 1]]).pvalue,
            "leave out": lambda: t_test(lmm(X[:, :2]), [[0, 1, 0]]).pvalue,
        },
        lambda: t_test(lmm()).pvalue[1:2],
    )


@case
def values_that_contradict_each_other():
    contrasts, value = np.array([[0, 1, 0], [0, 0, 1], [0, 1, 1]]), [0.1, 0.2, 0.7]
    deviations = lmm().b_[1:] - value[:2]
    return Case(
        lambda: wald_test(lmm(), contrasts, value=value),
        "value=[0.1, 0.2, 0.7] cannot be true of all contrasts at once: some are linear "
        "combinations of others, and their values are not. Leave out those.",
        {"leave out": lambda: wald_test(lmm(), contrasts[:2], value=value[:2]).statistic},
        lambda: deviations @ np.linalg.solve(b_covariance(lmm())[1:, 1:], deviations) / 2,
    )


# Intervals of an h that is no estimate


@case
def an_interval_of_h_that_is_held():
    held = lmm(h=0.4)
    return Case(
        lambda: confidence_interval(held, method="profile"),
        "h=0.4 was given, and not estimated: method='profile' has no interval for it. Use "
        "method='exact', which needs no estimate, or fit with h=None.",
        {"exact": lambda: confidence_interval(held, method="exact")},
        lambda: confidence_interval(lmm(), method="exact"),
        rtol=1e-5,
    )


@case
def an_interval_of_h_by_leave_one_out():
    model = lmm(h="loo")
    return Case(
        lambda: confidence_interval(model, method="wald"),
        "h='loo' does not maximize the likelihood: method='wald' has no interval around it. Use "
        "method='exact', which needs no estimate, or fit with h=None.",
        {"exact": lambda: confidence_interval(model, method="exact")},
        lambda: confidence_interval(lmm(), method="exact"),
        rtol=1e-5,
    )


@case
def an_interval_of_h_that_is_estimated_instead():
    return Case(
        lambda: confidence_interval(lmm(h=0.4), method="profile"),
        "h=0.4 was given, … or fit with h=None.",
        {"None": lambda: lmm().log_likelihood(confidence_interval(lmm(), method="profile"))[:1]},
        lambda: [lmm().log_likelihood_ - stats.chi2.ppf(0.95, 1) / 2],
    )


@case
def values_of_contrasts_by_name():
    model = lmm(pd.DataFrame(COVARIATES, columns=["age", "sex"]))
    value = pd.Series({"sex": 0.5, "age": 0.1, "intercept": 0.0})
    return Case(
        lambda: t_test(model, value=value),
        "value has the index 'sex', 'age', 'intercept', but its values are taken in the order "
        "'intercept', 'age', 'sex'. Give an array in that order, with a number for each contrast.",
        {"array": lambda: t_test(model, value=[0, 0.1, 0.5]).pvalue},
        lambda: [
            t_test(model, row, value=number).pvalue[0]
            for row, number in zip(np.eye(3), [0, 0.1, 0.5], strict=True)
        ],
    )


@case
def contrasts_of_dicts():
    contrasts = pd.DataFrame([{"x0": 1.0}, {"x1": 1.0}])
    return Case(
        lambda: t_test(lmm(), contrasts),
        "contrasts must be finite numbers, … Where 0 is meant, use contrasts.fillna(0).",
        {"use": lambda: t_test(lmm(), contrasts.fillna(0)).pvalue},
        lambda: t_test(lmm()).pvalue[1:],
    )
