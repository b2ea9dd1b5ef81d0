"""Markers chosen by their tests beside relatedness, a step of scikit-learn's pipelines."""

from __future__ import annotations

from numbers import Integral, Real
from typing import Any, ClassVar, Literal

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.feature_selection import SelectorMixin
from sklearn.utils.validation import check_consistent_length, check_is_fitted, validate_data

from .._compat import Interval, StrOptions, fit_context, safe_indexing
from .._door import LMMRegressor, find_row_labels, relate_rows
from .._fitting import all_or_nothing
from .._kinship import Kinship
from .._order import check_index, check_orders, check_same_index
from .._validation import (
    as_numbers,
    as_table,
    check_same_columns,
    column_names,
    refuse_same_names,
    select_columns,
)
from .._warn import warn_user
from ._f_kinship import (
    MISSING,
    as_genotypes,
    as_trait,
    kinship_of,
    known_or,
    refuse_codes,
    scan_rows,
)
from ._results import Scan

N_MARKERS = 10
"""That are taken if nothing is said, as by SelectKBest."""


class MarkerSelector(SelectorMixin, BaseEstimator):
    """Select markers by their tests beside the relatedness of the rows of training.

    In a pipeline before :class:`LMMRegressor` this is genomic prediction with the strongest
    markers as fixed effects. As selection is a part of the pipeline, cross-validation repeats it
    in each fold; markers that were selected on all rows would make predictions look better than
    they are.

    Parameters
    ----------
    kinship : Kinship or array-like of shape (n_samples, n_samples), default=None
        As for :class:`LMMRegressor`: with labels, or in the order of the rows of `fit`. By default
        it is that of the markers themselves, as in :func:`f_kinship`.
    sample_id : str or int, default=None
        The column of X that holds the labels of `kinship`, by name or position. It is no marker,
        and is kept.
    covariates : column selector, default=None
        Columns of X that are fixed effects: names, positions, a slice, a mask or a callable, as in
        :class:`~sklearn.compose.ColumnTransformer`. They are no markers, and are kept.
    n_markers : int, default=None
        How many markers to select, those with the smallest p values. If None, it is 10 as in
        :class:`~sklearn.feature_selection.SelectKBest`, or all that `alpha` lets pass. With 0,
        the baseline of a grid search, labels and covariates are all that is left.
    alpha : float in (0, 1], default=None
        Markers with a p value above it are not selected, as in
        :class:`~sklearn.feature_selection.SelectFpr`. There may be none below.
    method : {"reml", "ml"}, default="reml"
        Of the model without markers.
    h : float in [0, 1], default=None
        The heritability at which markers are tested; by default that of the model without them.
    missing : {"raise", "mean", "drop"}, default="raise"
        Of genotypes that are NaN, or -127 among integers, as in :func:`scan`. They are still
        missing in the columns that are selected.

    Attributes
    ----------
    scores_ : ndarray of shape (n_features,)
        F, nan for columns that are no markers, that do not vary, or that are functions of the
        covariates.
    pvalues_ : ndarray of shape (n_features,)
    h_ : float
        The heritability of the model without markers.
    n_features_in_ : int
        Number of columns of X, labels and covariates included.
    feature_names_in_ : ndarray of shape (n_features,)
        If X has column names that are all strings.

    See Also
    --------
    f_kinship : A score function for scikit-learn's selectors, such as SelectFdr.
    scan : The tests.

    Notes
    -----
    Columns keep their order: what is left has the labels in its first column if X has. A data
    frame becomes an array unless ``set_output(transform="pandas")`` says otherwise, and only then
    can the next step have ``sample_id`` by name.

    Neighboring markers say nearly the same, and are selected together. Of equal p values, those of
    the first columns are taken.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.model_selection import GridSearchCV
    >>> from sklearn.pipeline import make_pipeline
    >>> from sklmm import LMMRegressor
    >>> from sklmm.association import MarkerSelector
    >>> from sklmm.datasets import load_mice
    >>> from sklmm.relationship import vanraden
    >>> mice = load_mice()
    >>> kinship = vanraden(mice.data, mice.ids)
    >>> rows = np.flatnonzero(~np.isnan(mice.target[:, 0]))[:400]
    >>> X = np.column_stack([mice.ids[rows].astype(object), mice.data[rows, ::20]])
    >>> model = make_pipeline(
    ...     MarkerSelector(kinship, sample_id=0), LMMRegressor(kinship, sample_id=0)
    ... )
    >>> search = GridSearchCV(model, {"markerselector__n_markers": [1, 4, 16, 64]}, cv=4)
    >>> search.fit(X, mice.target[rows, 0]).best_params_
    {'markerselector__n_markers': 1}
    """

    _parameter_constraints: ClassVar = {
        "kinship": [Kinship, "array-like", None],
        "sample_id": [str, Integral, None],
        "covariates": "no_validation",
        "n_markers": [Interval(Integral, 0, None, closed="left"), None],
        "alpha": [Interval(Real, 0, 1, closed="right"), None],
        "method": [StrOptions({"reml", "ml"})],
        "h": [Interval(Real, 0, 1, closed="both"), None],
        "missing": [StrOptions(set(MISSING))],
    }

    def __init__(
        self,
        kinship: Any = None,
        *,
        sample_id: str | int | None = None,
        covariates: Any = None,
        n_markers: int | None = None,
        alpha: float | None = None,
        method: Literal["reml", "ml"] = "reml",
        h: float | None = None,
        missing: Literal["raise", "mean", "drop"] = "raise",
    ) -> None:
        self.kinship = kinship
        self.sample_id = sample_id
        self.covariates = covariates
        self.n_markers = n_markers
        self.alpha = alpha
        self.method = method
        self.h = h
        self.missing = missing

    @fit_context(prefer_skip_nested_validation=True)
    def fit(self, X: Any, y: Any) -> MarkerSelector:
        """Test the markers, and choose some.

        Parameters
        ----------
        X : array-like or data frame of shape (n_samples, n_features)
            Markers, labels and covariates.
        y : array-like of shape (n_samples,)
            The trait.

        Returns
        -------
        MarkerSelector
            Itself.

        Raises
        ------
        ValueError
            If a label is not in `kinship`, parameters contradict each other, no column is a
            marker, y is not one trait, or values are missing or are no numbers.

        Warns
        -----
        UserWarning
            If `n_markers` is more than there are.
        """
        with all_or_nothing(self):
            table, trait = as_table(X), as_trait(y, type(self).__name__)
            refuse_same_names(table)
            validate_data(self, table, reset=True, skip_check_array=True)
            check_consistent_length(table, trait)
            kept = self._find_kept(table)
            markers = np.setdiff1d(np.arange(table.shape[1]), kept)
            related = None if self.kinship is None else self._relate(table, y, kept)
            genotypes = self._select_genotypes(table, markers)
            K, fixed = related or self._relate_by_markers(table, y, kept, genotypes)
            result = scan_rows(K, fixed, trait, genotypes, self.method, self.h, self.missing)
            self.scores_ = _among(markers, result.statistic, table.shape[1])
            self.pvalues_ = _among(markers, result.pvalue, table.shape[1])
            self.h_ = float(result.h[0])
            self._keep = np.isin(np.arange(table.shape[1]), kept)
            self._keep[markers[self._choose(result)]] = True
            self._columns = column_names(table)
            return self

    def transform(self, X: Any) -> np.ndarray:
        """Leave out the same markers of other rows.

        Parameters
        ----------
        X : array-like or data frame of shape (n_samples, n_features)
            The columns of `fit`.

        Returns
        -------
        ndarray of shape (n_samples, n_selected_features)
            Labels, covariates and selected markers, in the order of X. A table of another kind, if
            `set_output` says so.

        Raises
        ------
        ValueError
            If the columns are not those of `fit`.
        """
        check_is_fitted(self)
        left = super().transform(X if self.sample_id is None else as_table(X))
        check_same_columns(self._columns, X)
        return left

    def _find_kept(self, table) -> list[int]:
        """Positions of the columns that are no markers."""
        model = LMMRegressor(self.kinship, sample_id=self.sample_id)
        kept = select_columns(table, self.covariates, "covariates")
        if self.sample_id is None and not isinstance(self.kinship, Kinship):
            return sorted(kept)
        find_row_labels(model, table)(table)
        return sorted({*kept, *select_columns(table, [self.sample_id], "sample_id")})

    def _select_genotypes(self, table, markers) -> np.ndarray:
        if table.shape[1] and not len(markers):
            raise ValueError(
                f"X has {table.shape[1]} columns, and none of them is a marker beside sample_id="
                f"{self.sample_id!r} and covariates={self.covariates!r}. Add markers, or name "
                "fewer covariates."
            )
        names = column_names(table) or list(range(table.shape[1]))
        names = [names[marker] for marker in markers]
        genotypes = as_genotypes(
            table if len(markers) == table.shape[1] else safe_indexing(table, markers, axis=1),
            names,
            self.missing,
            self,
        )
        if self.kinship is not None:
            refuse_codes(genotypes, names, self.missing)
        return genotypes

    def _relate(self, table, y, kept) -> tuple[np.ndarray, np.ndarray]:
        """The relationships of the rows, by the kinship, and their fixed effects."""
        row_labels = find_row_labels(LMMRegressor(self.kinship, sample_id=self.sample_id), table)
        check_index(table, row_labels)
        check_orders(table, row_labels, y=y)
        sample_id = self.sample_id
        if isinstance(sample_id, Integral):
            sample_id = kept.index(int(sample_id) % table.shape[1])
        others = safe_indexing(table, kept, axis=1) if kept else np.empty((table.shape[0], 0))
        return relate_rows(LMMRegressor(self.kinship, sample_id=sample_id), others)

    def _relate_by_markers(self, table, y, kept, genotypes) -> tuple[np.ndarray, np.ndarray]:
        check_same_index(table, y)
        others = safe_indexing(table, kept, axis=1) if kept else np.empty((len(genotypes), 0))
        fixed = as_numbers(others, positions=kept, ensure_min_features=0)
        return kinship_of(genotypes), fixed

    def _choose(self, result: Scan) -> np.ndarray:
        """The numbers of the markers with the smallest p values."""
        strength = known_or(result.neg_log10_pvalue, -np.inf)
        n_tested = int(np.count_nonzero(strength > -np.inf))
        n_usual, n_allowed = min(N_MARKERS, n_tested), n_tested
        if self.alpha is not None:
            n_usual = n_allowed = int(np.count_nonzero(strength >= -np.log10(self.alpha)))
        wanted = n_usual if self.n_markers is None else self.n_markers
        if wanted > n_tested:
            warn_user(
                f"n_markers={wanted} is more than the {n_tested} markers that vary beside the "
                "fixed effects. All of these are selected.",
            )
        return np.argsort(-strength, kind="stable")[: min(wanted, n_allowed)]

    def _get_support_mask(self):
        check_is_fitted(self)
        return self._keep

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.target_tags.required = True
        tags.input_tags.allow_nan = self.missing != "raise"
        tags.input_tags.string = self.sample_id is not None
        return tags


def _among(markers, values, n_columns) -> np.ndarray:
    everywhere = np.full(n_columns, np.nan)
    everywhere[markers] = values
    return everywhere
