"""Cross-validation in closed form: one fit, and the predictions of every fold follow.

At the h of the fit, what a model without some samples would predict for them is a matter of
linear algebra, with the fixed effects estimated anew in each fold (see
`_variance.deletion.held_out`):

    y_B − ŷ_B = (P_BB)⁻¹ (P y)_B,    P = V⁻¹ − V⁻¹X (XᵀV⁻¹X)⁻¹ XᵀV⁻¹.

A fit in which the held-out y_B are replaced by these predictions is the fit without B. From
it follow predictions for test samples whose trait is missing.
"""

from __future__ import annotations

from collections.abc import Iterator
from numbers import Integral
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import clone
from sklearn.model_selection import cross_val_predict as refit_and_predict
from sklearn.utils.parallel import Parallel, delayed

from ._compat import safe_split
from ._door import FittedGroup, FittedModel, LMMRegressor, find_row_labels, fitted_model
from ._folds import Fold, as_groups, make_folds
from ._order import check_orders
from ._validation import as_table, check_traits
from ._variance.deletion.held_out import HeldOut, can_be_held_out
from ._variance.likelihood.fixed_effects import FixedEffects
from ._variance.linalg.forks import computing

__all__ = ["cross_val_predict"]

FOLDS_AT_A_TIME = 64


def cross_val_predict(
    estimator: LMMRegressor,
    X: Any,
    y: ArrayLike,
    *,
    groups: ArrayLike | None = None,
    cv: Any = None,
    refit: Literal["h"] | None = None,
    n_jobs: int | None = None,
) -> np.ndarray:
    """Predict each sample by a model that has not seen it, from a single fit.

    The same as :func:`sklearn.model_selection.cross_val_predict` does by a fit for each fold,
    but for h: it is estimated once, on all samples, and held. Fixed effects are estimated anew
    in each fold. Leave-one-out costs about as much as ten folds do, two fits.

    h is then a hyperparameter that has seen the test samples, one number for all of them.
    Where it is to be estimated in each fold, use ``refit="h"``.

    Parameters
    ----------
    estimator : LMMRegressor
        Fitted or not; it is cloned. With ``h=None`` or ``h="loo"`` its h is estimated, else
        held at the given value.
    X : array-like or data frame of shape (n_samples, n_features)
        As for :meth:`LMMRegressor.fit <sklmm.LMMRegressor.fit>`.
    y : array-like of shape (n_samples,) or (n_samples, n_targets)
        The trait or traits. With ``missing_y="drop"`` there are predictions for samples whose
        trait is missing, too.
    groups : array-like of shape (n_samples,), default=None
        Passed to the splitter.
    cv : int, splitter or iterable of (train, test), default=None
        As in scikit-learn; None means 5 folds. The test sets must be a partition. Where a
        training set leaves out more than its test set, so do the predictions.
    refit : {None, "h"}, default=None
        "h" estimates h in each fold, too, if the estimator does: it fits every fold by
        scikit-learn's function.
    n_jobs : int, default=None
        Processes for the folds that have to be fitted.

    Returns
    -------
    ndarray of shape (n_samples,) or (n_samples, n_targets)
        The predictions, in the order of X.

    Raises
    ------
    TypeError
        If `estimator` is not an :class:`~sklmm.LMMRegressor`.
    ValueError
        If test sets are not a partition, `refit` is unknown, a fold leaves too few samples, or
        X, y and the parameters of the estimator are refused by its fit.

    See Also
    --------
    sklearn.model_selection.cross_val_predict : For pipelines and other estimators.

    Notes
    -----
    The closed form needs a regular V, and training samples that determine all fixed effects.
    Where held-out samples take a fixed effect with them, as a covariate that varies in one fold
    only, or V is nearly singular at the fitted h, and not only along the fixed effects as with a
    centered kinship, the folds in question are fitted, at the same h.

    A plain `kinship` without labels works, too, other than in scikit-learn's function, as long
    as no fold has to be fitted.

    References
    ----------
    .. [1] Dubrule (1983). Cross validation of kriging in a unique neighborhood. Mathematical
       Geology 15, 687-699.
    .. [2] Haslett (1999). A simple derivation of deletion diagnostic results for the general
       linear model with correlated errors. Journal of the Royal Statistical Society B 61,
       603-609.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.model_selection import LeaveOneOut
    >>> from sklmm import LMMRegressor
    >>> from sklmm.datasets import load_mice
    >>> from sklmm.metrics import predictive_ability
    >>> from sklmm.model_selection import cross_val_predict
    >>> from sklmm.relationship import vanraden
    >>> mice = load_mice()
    >>> measured = ~np.isnan(mice.target[:, 0])
    >>> X, y = mice.ids[measured, None], mice.target[measured, 0]
    >>> lmm = LMMRegressor(vanraden(mice.data, mice.ids), sample_id=0)
    >>> predictions = cross_val_predict(lmm, X, y, cv=LeaveOneOut())
    >>> round(predictive_ability(y, predictions), 2)
    0.72
    """
    _check_estimator(estimator)
    _check_refit(refit)
    _check_n_jobs(n_jobs)
    X = as_table(X)
    check_orders(X, find_row_labels(estimator, X), y=y, groups=groups)
    groups = None if groups is None else as_groups(groups, X.shape[0])
    folds = make_folds(cv, X, y, groups)
    if refit == "h":
        pairs = [(fold.training_rows(X.shape[0]), fold.test) for fold in folds]
        return refit_and_predict(clone(estimator), X, y, cv=pairs, n_jobs=n_jobs, params={})
    lmm = clone(estimator).set_params(store_reduction=True).fit(X, y)
    y = check_traits(y, lmm.missing_y)
    predictions = _predict(lmm, X, y.reshape(len(y), -1), folds, n_jobs)
    return predictions[:, 0] if y.ndim == 1 else predictions


def _check_estimator(estimator):
    if not isinstance(estimator, LMMRegressor):
        raise TypeError(
            f"estimator must be an LMMRegressor, got {type(estimator).__name__}: only its "
            "predictions have a closed form, and the transformers of a pipeline have to be fitted "
            "in each fold. Use sklearn.model_selection.cross_val_predict."
        )


def _check_refit(refit):
    if refit is not None and not (isinstance(refit, str) and refit == "h"):
        raise ValueError(
            f"refit={refit!r} is unknown. Use None, which holds the h of a fit to all samples, or "
            "'h', which estimates it in each fold."
        )


def _check_n_jobs(n_jobs):
    is_integer = isinstance(n_jobs, Integral) and not isinstance(n_jobs, bool)
    if n_jobs is not None and not (is_integer and n_jobs != 0):
        raise ValueError(
            f"n_jobs={n_jobs!r} is no number of processes. Use None, an integer, or -1 for all "
            "cores."
        )


def _predict(lmm: LMMRegressor, X: Any, Y: np.ndarray, folds: list[Fold], n_jobs) -> np.ndarray:
    """Predict in closed form, and by fits, each trait at its h, for folds that have none."""
    model = fitted_model(lmm)
    covariates = model.locate(X).covariates
    is_measured = ~np.isnan(Y)
    predictions = np.empty_like(Y)
    if not is_measured.all():
        predictions[:] = lmm.predict(X).reshape(Y.shape)
    is_predicted = np.empty((len(folds), Y.shape[1]), dtype=bool)
    for group in model.stored("cross_val_predict needs"):
        held_out = HeldOutGroup(model, covariates, group, Y)
        is_predicted[:, group.traits] = held_out.predict(folds, predictions)
    to_fit = [
        (folds[number], np.flatnonzero(~is_predicted[number]))
        for number in np.flatnonzero(~is_predicted.all(axis=1))
    ]
    h, unfitted = np.atleast_1d(lmm.h_), clone(lmm).set_params(store_reduction=False)
    fitted = Parallel(n_jobs=n_jobs)(
        delayed(_fit_fold)(clone(unfitted).set_params(h=h[traits]), X, Y[:, traits], fold)
        for fold, traits in to_fit
    )
    for (fold, traits), values in zip(to_fit, fitted, strict=True):
        predictions[np.ix_(fold.test, traits)] = values
    return predictions


def _fit_fold(model: LMMRegressor, X: Any, Y: np.ndarray, fold: Fold) -> np.ndarray:
    train = fold.training_rows(len(Y))
    X_train, y_train = safe_split(model, X, Y, train)
    X_test, _ = safe_split(model, X, None, fold.test, train)
    try:
        return model.fit(X_train, y_train).predict(X_test)
    except ValueError as error:
        error.add_note(
            f"This fold of {len(fold.test)} test and {len(train)} training rows has no closed "
            "form and had to be fitted: its training rows do not determine the fixed effects, "
            "or are repeated or tested, or V is singular at the h of the fit to all rows."
        )
        raise


class HeldOutGroup:
    """The traits that are measured in the same rows, by what was fitted to all of these."""

    def __init__(
        self, fitted: FittedModel, covariates: np.ndarray, group: FittedGroup, Y: np.ndarray
    ):
        model = group.estimate.model
        self._rows_of_fit = fitted.training_samples
        self._covariates = covariates
        self._rows = group.rows
        self._traits = group.traits
        self._Y = Y[np.ix_(group.rows, group.traits)]
        self._fixed_effects: FixedEffects = model.fixed_effects
        self._normalized_h = group.estimate.normalized_h
        self._mean_diagonal = group.estimate.mean_diagonal
        self._precisions = fitted.precisions(group)
        self._place = np.full(len(Y), -1)
        self._place[group.rows] = np.arange(len(group.rows))

    @computing
    def predict(self, folds: list[Fold], predictions: np.ndarray) -> np.ndarray:
        """Fill in the predictions that have a closed form.

        Returns
        -------
        ndarray of bool of shape (n_folds, n_traits)
            Whether they do.
        """
        X = self._fixed_effects.basis
        sets = [self._measured(fold.held_out) for fold in folds]
        is_plain = np.array([fold.train is None for fold in folds])
        has_form = is_plain & can_be_held_out(X, sets)
        chosen = np.flatnonzero(has_form)
        sets, folds = [sets[number] for number in chosen], [folds[number] for number in chosen]
        is_regular = np.ones(len(self._normalized_h), dtype=bool)
        for normalized_h in np.unique(self._normalized_h) if len(folds) else ():
            traits = np.flatnonzero(self._normalized_h == normalized_h)
            s = normalized_h / self._mean_diagonal
            precision = self._precisions.of_blocks(s, 1 - normalized_h)
            if precision is None:
                is_regular[traits] = False
                continue
            held_out = HeldOut(precision, X, self._Y[:, traits])
            errors = held_out.errors(sets)
            self._predict_measured(folds, sets, errors, traits, predictions)
            self._correct_missing(folds, sets, errors, traits, predictions, held_out, s)
        return has_form[:, None] & is_regular

    def _measured(self, rows):
        """Their places among the measured rows."""
        places = self._place[rows]
        return places[places >= 0]

    def _predict_measured(self, folds, sets, errors, traits, predictions):
        """y − (y − ŷ), where a held-out row is tested, and not left out besides."""
        numbers = np.arange(len(folds))
        fold_of = np.full(len(predictions), -1)
        tests = [fold.test for fold in folds]
        fold_of[np.concatenate(tests)] = np.repeat(numbers, [len(test) for test in tests])
        places = np.concatenate(sets)
        owner = np.repeat(numbers, [len(rows) for rows in sets])
        is_tested = fold_of[self._rows[places]] == owner
        places = places[is_tested]
        values = self._Y[np.ix_(places, traits)] - errors[is_tested]
        predictions[np.ix_(self._rows[places], self._traits[traits])] = values

    def _correct_missing(self, folds, sets, errors, traits, predictions, held_out, s):
        """Predictions are linear in y: less those from the held-out errors in the place of y."""
        missing = np.flatnonzero(self._place < 0)
        if not missing.size:
            return
        covariates = self._fixed_effects.in_basis(self._covariates[missing])
        design = self._rows_of_fit.training_design(missing)
        for batch in self._folds_with_missing(folds, sets):
            changes = np.zeros((len(self._rows), len(batch), len(traits)))
            for column, (_, rows, part) in enumerate(batch):
                changes[rows, column] = errors[part]
            b, a = held_out.solve(changes.reshape(len(changes), -1))
            dual_coef = np.zeros((a.shape[1], len(self._place)))
            dual_coef[:, self._rows] = s * a.T
            corrections = covariates @ b + design @ self._rows_of_fit.effects(dual_coef).T
            corrections = corrections.reshape(len(missing), *changes.shape[1:])
            for column, (fold, _, _) in enumerate(batch):
                is_tested = np.isin(missing, fold.test)
                tested = np.ix_(missing[is_tested], self._traits[traits])
                predictions[tested] -= corrections[is_tested, column]

    def _folds_with_missing(self, folds, sets) -> Iterator[list]:
        """(fold, held-out rows, their errors) where rows with and without values are held out."""
        ends = np.cumsum([len(rows) for rows in sets])
        mixed = [
            (fold, rows, slice(end - len(rows), end))
            for fold, rows, end in zip(folds, sets, ends, strict=True)
            if len(rows) and (self._place[fold.test] < 0).any()
        ]
        for first in range(0, len(mixed), FOLDS_AT_A_TIME):
            yield mixed[first : first + FOLDS_AT_A_TIME]
