"""How good are predictions? The measures of genomic prediction, as scores and as scorers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike
from scipy.stats import rankdata
from sklearn.exceptions import UndefinedMetricWarning
from sklearn.pipeline import Pipeline
from sklearn.utils import check_array

from ._compat import Scorer
from ._door import LMMRegressor, fitted_model
from ._numbers import to_floats
from ._order import carries_labels, check_names, check_same_indexes
from ._traits import warn_of_codes
from ._validation import (
    as_proportions,
    check_same_columns,
    check_traits,
    check_weights,
    column_names,
)
from ._warn import warn_user

__all__ = [
    "dispersion",
    "dispersion_scorer",
    "predictive_ability",
    "predictive_ability_scorer",
    "predictive_accuracy",
    "rank_ability",
    "rank_ability_scorer",
]


def predictive_ability(
    y_true: ArrayLike,
    y_pred: ArrayLike,
    *,
    sample_weight: ArrayLike | None = None,
    multioutput: str | ArrayLike = "uniform_average",
    missing_y: Literal["raise", "drop"] = "raise",
) -> float | np.ndarray:
    """Pearson correlation of predictions with observations.

    Predictions that are all the same tell no sample from another: their ability is 0.0.

    Parameters
    ----------
    y_true : array-like of shape (n_samples,) or (n_samples, n_targets)
        The observations.
    y_pred : array-like of the shape of y_true
        The predictions.
    sample_weight : array-like of shape (n_samples,), default=None
        Weights of the samples.
    multioutput : {"raw_values", "uniform_average"} or array-like of shape (n_targets,), \
            default="uniform_average"
        A score for each trait, their mean, or their mean with these weights.
    missing_y : {"raise", "drop"}, default="raise"
        Whether nan in y_true is refused, or each trait is scored where it is measured.

    Returns
    -------
    float or ndarray of shape (n_targets,)
        In [-1, 1]; nan, with a warning, where fewer than two samples or observations that are
        all the same leave nothing to predict.

    Raises
    ------
    ValueError
        If shapes differ, values are missing or infinite, or all weights are 0.

    See Also
    --------
    predictive_accuracy : The same for the genetic value behind the observation.
    rank_ability : The correlation of ranks.

    Examples
    --------
    >>> from sklmm.metrics import predictive_ability
    >>> round(predictive_ability([1.0, 2.0, 4.0], [0.9, 1.1, 1.0]), 3)
    0.327
    >>> predictive_ability([1.0, 2.0, 4.0], [1.5, 1.5, 1.5])
    0.0
    """
    return _over_traits(_correlation, y_true, y_pred, sample_weight, multioutput, missing_y)


def rank_ability(
    y_true: ArrayLike,
    y_pred: ArrayLike,
    *,
    sample_weight: ArrayLike | None = None,
    multioutput: str | ArrayLike = "uniform_average",
    missing_y: Literal["raise", "drop"] = "raise",
) -> float | np.ndarray:
    """Spearman correlation of predictions with observations: of their ranks.

    For those who select the best, and care for the order alone. Equal values share their mean
    rank; predictions that are all the same have an ability of 0.0.

    Parameters
    ----------
    y_true : array-like of shape (n_samples,) or (n_samples, n_targets)
        The observations.
    y_pred : array-like of the shape of y_true
        The predictions.
    sample_weight : array-like of shape (n_samples,), default=None
        Weights of the samples in the correlation of their ranks.
    multioutput : {"raw_values", "uniform_average"} or array-like of shape (n_targets,), \
            default="uniform_average"
        A score for each trait, their mean, or their mean with these weights.
    missing_y : {"raise", "drop"}, default="raise"
        Whether nan in y_true is refused, or each trait is scored where it is measured.

    Returns
    -------
    float or ndarray of shape (n_targets,)
        In [-1, 1]; nan, with a warning, where fewer than two samples or observations that are
        all the same leave nothing to predict.

    Raises
    ------
    ValueError
        If shapes differ, values are missing or infinite, or all weights are 0.

    See Also
    --------
    predictive_ability : The correlation of the values.

    Examples
    --------
    >>> from sklmm.metrics import rank_ability
    >>> rank_ability([1.0, 2.0, 4.0], [0.9, 1.1, 1.0])
    0.5
    """
    return _over_traits(_rank_correlation, y_true, y_pred, sample_weight, multioutput, missing_y)


def predictive_accuracy(
    y_true: ArrayLike,
    y_pred: ArrayLike,
    *,
    heritability: ArrayLike,
    sample_weight: ArrayLike | None = None,
    multioutput: str | ArrayLike = "uniform_average",
    missing_y: Literal["raise", "drop"] = "raise",
) -> float | np.ndarray:
    """Predictive ability over the square root of the heritability.

    It estimates the correlation of the predictions with the genetic values behind the
    observations [1]_. For a scorer: ``make_scorer(predictive_accuracy, heritability=0.5)``.

    Parameters
    ----------
    y_true : array-like of shape (n_samples,) or (n_samples, n_targets)
        The observations.
    y_pred : array-like of the shape of y_true
        The predictions.
    heritability : float in (0, 1] or array-like of shape (n_targets,)
        The share of the variance of the observations that is genetic, h² and not its root, such
        as `LMMRegressor.pve_`.
    sample_weight : array-like of shape (n_samples,), default=None
        Weights of the samples.
    multioutput : {"raw_values", "uniform_average"} or array-like of shape (n_targets,), \
            default="uniform_average"
        A score for each trait, their mean, or their mean with these weights.
    missing_y : {"raise", "drop"}, default="raise"
        Whether nan in y_true is refused, or each trait is scored where it is measured.

    Returns
    -------
    float or ndarray of shape (n_targets,)
        An estimate, which can be larger than 1.

    Raises
    ------
    ValueError
        If heritability is not in (0, 1], shapes differ, values are missing or infinite, or all
        weights are 0.

    See Also
    --------
    predictive_ability : The correlation with the observations themselves.

    References
    ----------
    .. [1] Legarra et al. (2008). Performance of genomic selection in mice. Genetics 180,
       611-618.

    Examples
    --------
    >>> from sklmm.metrics import predictive_accuracy
    >>> round(predictive_accuracy([1.0, 2.0, 4.0], [0.9, 1.1, 1.0], heritability=0.5), 3)
    0.463
    """
    _check_names_of_traits(y_true, y_pred, heritability, "heritability")
    shares = as_proportions(heritability, "heritability", above_0=True)
    ability = _over_traits(_correlation, y_true, y_pred, sample_weight, "raw_values", missing_y)
    if shares.shape not in ((), ability.shape):
        raise ValueError(
            f"heritability has shape {shares.shape}, but there are {len(ability)} traits."
        )
    return _average(ability / np.sqrt(shares), multioutput)


def dispersion(
    y_true: ArrayLike,
    y_pred: ArrayLike,
    *,
    sample_weight: ArrayLike | None = None,
    multioutput: str | ArrayLike = "uniform_average",
    missing_y: Literal["raise", "drop"] = "raise",
) -> float | np.ndarray:
    """Slope of the regression of observations on predictions, which ought to be 1.

    Below 1 predictions differ more than what they predict (inflation), as they do if h was
    too large [1]_; above 1 they differ less.

    Parameters
    ----------
    y_true : array-like of shape (n_samples,) or (n_samples, n_targets)
        The observations.
    y_pred : array-like of the shape of y_true
        The predictions.
    sample_weight : array-like of shape (n_samples,), default=None
        Weights of the samples.
    multioutput : {"raw_values", "uniform_average"} or array-like of shape (n_targets,), \
            default="uniform_average"
        A slope for each trait, their mean, or their mean with these weights.
    missing_y : {"raise", "drop"}, default="raise"
        Whether nan in y_true is refused, or each trait is scored where it is measured.

    Returns
    -------
    float or ndarray of shape (n_targets,)
        nan, with a warning, where predictions that are all the same have no slope.

    Raises
    ------
    ValueError
        If shapes differ, values are missing or infinite, or all weights are 0.

    See Also
    --------
    predictive_ability : The correlation, which does not see the scale of predictions.

    References
    ----------
    .. [1] Legarra & Reverter (2018). Semi-parametric estimates of population accuracy and bias
       of predictions of breeding values and future phenotypes using the LR method. Genetics
       Selection Evolution 50, 53.

    Examples
    --------
    >>> from sklmm.metrics import dispersion
    >>> dispersion([1.0, 2.0, 3.0], [0.0, 2.0, 4.0])
    0.5
    """
    return _over_traits(_slope, y_true, y_pred, sample_weight, multioutput, missing_y)


def _negative_dispersion_error(y_true, y_pred, **parameters):
    """How far the slope is from 1, larger is better."""
    return -np.abs(dispersion(y_true, y_pred, **parameters) - 1)


def _over_traits(measure: Callable, y_true, y_pred, sample_weight, multioutput, missing_y):
    """The measure of each trait where it has been observed, or an average."""
    _check_names_of_traits(y_true, y_pred, multioutput, "multioutput")
    Y, P, weights = _check(y_true, y_pred, sample_weight, missing_y)
    is_measured = ~np.isnan(Y)
    values = [
        measure(observed[rows], predicted[rows], weights[rows])
        for observed, predicted, rows in zip(Y.T, P.T, is_measured.T, strict=True)
    ]
    return _average(np.array(values), multioutput)


def _check_names_of_traits(y_true, y_pred, given, name):
    for traits, whose in ((y_true, "y_true"), (y_pred, "y_pred")):
        check_names(column_names(traits), given, whose, name)


def _average(values, multioutput):
    if isinstance(multioutput, str):
        if multioutput not in ("raw_values", "uniform_average"):
            raise ValueError(
                f"multioutput={multioutput!r} is unknown. Use 'raw_values', 'uniform_average' or "
                "weights of the traits."
            )
        return values if multioutput == "raw_values" else float(np.mean(values))
    weights = to_floats(multioutput, "multioutput")
    weights = check_array(weights, ensure_2d=False, input_name="multioutput")
    if weights.shape != values.shape:
        raise ValueError(
            f"multioutput has shape {weights.shape}, but there are {len(values)} traits."
        )
    is_counted = weights != 0
    if not weights.sum():
        raise ValueError(
            f"multioutput={multioutput!r} has a sum of 0. Give what counts a weight above 0."
        )
    return float(np.average(values[is_counted], weights=weights[is_counted]))


def _check(y_true, y_pred, sample_weight, missing_y):
    """Observations and predictions with a column for each trait, and weights."""
    if missing_y not in ("raise", "drop"):
        raise ValueError(f"missing_y={missing_y!r} is unknown. Use 'raise' or 'drop'.")
    check_same_indexes(y_true=y_true, y_pred=y_pred, sample_weight=sample_weight)
    check_same_columns(column_names(y_true), y_pred, "y_pred", "y_true")
    Y, P = check_traits(y_true, missing_y, "y_true"), check_traits(y_pred, "raise", "y_pred")
    Y, P = Y.reshape(len(Y), -1), P.reshape(len(P), -1)
    if Y.shape != P.shape:
        raise ValueError(
            f"y_true and y_pred have different shapes, {np.shape(y_true)} and "
            f"{np.shape(y_pred)}. Pass the observations and predictions of the same samples and "
            "traits."
        )
    warn_of_codes(Y, "y_true")
    weights = np.ones(len(Y)) if sample_weight is None else check_weights(sample_weight, len(Y))
    return Y, P, weights


def _correlation(y_true, y_pred, weights):
    y_true, y_pred = _deviations(y_true, weights), _deviations(y_pred, weights)
    if not y_true.any():
        return _undefined("The observations are all the same, or fewer than two")
    if not y_pred.any():
        return 0.0
    y_true, y_pred = (values / np.abs(values).max() for values in (y_true, y_pred))
    size = np.sqrt((weights @ y_true**2) * (weights @ y_pred**2))
    return float(np.clip(weights @ (y_true * y_pred) / size, -1, 1))


def _rank_correlation(y_true, y_pred, weights):
    is_counted = weights > 0
    if not _deviations(y_pred, weights).any():
        y_pred = np.zeros_like(y_pred)
    return _correlation(
        rankdata(y_true[is_counted]), rankdata(y_pred[is_counted]), weights[is_counted]
    )


def _slope(y_true, y_pred, weights):
    y_true, y_pred = _deviations(y_true, weights), _deviations(y_pred, weights)
    if not y_pred.any():
        return _undefined("The predictions are all the same, or fewer than two")
    largest = np.abs(y_pred).max()
    y_pred = y_pred / largest
    return float(weights @ (y_true * y_pred) / (weights @ y_pred**2) / largest)


def _undefined(reason):
    warn_user(f"{reason}: the score is nan.", UndefinedMetricWarning)
    return np.nan


def _deviations(values, weights):
    """Deviations from the weighted mean, and exactly 0 where they are mere rounding."""
    is_counted = weights > 0
    counted = values[is_counted]
    rounding = 4 * np.sqrt(len(values)) * np.finfo(float).eps * np.abs(counted).max(initial=0)
    deviations = np.zeros(len(values))
    if len(counted) and np.ptp(counted) > rounding:
        deviations[is_counted] = counted - np.average(counted, weights=weights[is_counted])
    return deviations


class _Scorer(Scorer):
    """A scorer of scikit-learn that refuses what the `score` of an LMMRegressor refuses.

    Predictions are arrays, which have lost the order of X.
    """

    def _score(self, method_caller, estimator, X, y_true, **kwargs):
        _check_observed(estimator, X, y=y_true, sample_weight=kwargs.get("sample_weight"))
        return super()._score(method_caller, estimator, X, y_true, **kwargs)


def _check_observed(estimator, X, **given):
    """Check y by the model, or by the last step of a pipeline, with X as it comes there."""
    has_names = any(hasattr(table, "columns") or carries_labels(table) for table in given.values())
    if has_names and isinstance(estimator, Pipeline):
        if len(estimator) > 1 and isinstance(estimator[-1], LMMRegressor):
            X = estimator[:-1].transform(X)
        estimator = estimator[-1]
    if has_names and isinstance(estimator, LMMRegressor):
        fitted_model(estimator).check_observed(X, **given)


def _as_scorer(measure):
    return _Scorer(measure, 1, {}, "predict")


predictive_ability_scorer = _as_scorer(predictive_ability)
rank_ability_scorer = _as_scorer(rank_ability)
dispersion_scorer = _as_scorer(_negative_dispersion_error)
