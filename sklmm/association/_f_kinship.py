"""Columns of X tested beside the relatedness of its rows, for scikit-learn's selectors."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
from sklearn.utils import check_array, column_or_1d, gen_batches
from sklearn.utils.validation import check_consistent_length

from .._counts import FOR_GENOTYPES, is_missing_count
from .._door import LMMRegressor
from .._kinship import Kinship
from .._matrix import check_relationships
from .._numbers import as_plain_columns, refuse_columns, refuse_masked
from .._order import RowLabels, check_labels, check_same_indexes
from .._validation import as_table, check_choice, check_number, check_traits, column_names
from ..preprocessing import GenotypeScaler
from ._results import Scan
from ._scan import scan
from ._sources import NUMBERS_AT_A_TIME
from ._values import BlockChecker, Missing

MISSING = ("raise", "mean", "drop")


def f_kinship(
    X: Any,
    y: Any,
    *,
    kinship: Any = None,
    covariates: Any = None,
    h: float | None = None,
    missing: Literal["raise", "mean", "drop"] = "raise",
) -> tuple[np.ndarray, np.ndarray]:
    """Test each column of X beside the relatedness of the rows.

    A score function for :class:`~sklearn.feature_selection.SelectKBest`,
    :class:`~sklearn.feature_selection.SelectFdr` and others, as
    :func:`~sklearn.feature_selection.f_regression`, which takes rows to be unrelated: the same is
    found by ``h=0``. In a pipeline it sees the rows of training alone, and relatedness is that
    among them.

    Parameters
    ----------
    X : array-like or data frame of shape (n_samples, n_features)
        Allele counts, dosages or other numbers.
    y : array-like of shape (n_samples,)
        The trait.
    kinship : Kinship or array-like of shape (n_samples, n_samples), default=None
        In the order of the rows of X; a Kinship in another order than an index of X or y is an
        error. By default it is that of X: Z Z' / n_features with columns
        of mean 0 and variance 1, as :func:`sklmm.relationship.standardized`, which does not
        depend on the units of the columns.
    covariates : array-like of shape (n_samples, n_covariates), default=None
        Fixed effects beside the intercept.
    h : float in [0, 1], default=None
        The heritability at which columns are tested; by default that of the model without them,
        by restricted maximum likelihood.
    missing : {"raise", "mean", "drop"}, default="raise"
        Of genotypes that are NaN, or -127 among integers, as in :func:`scan`. For the kinship of X
        they are the mean of the column.

    Returns
    -------
    f_statistic : ndarray of shape (n_features,)
        0 for columns that do not vary, or are functions of the covariates.
    p_values : ndarray of shape (n_features,)
        1 for these.

    Raises
    ------
    ValueError
        If y is not one trait, lengths or pandas indexes differ, values are missing or are no
        numbers, or `kinship` is of other rows.

    See Also
    --------
    MarkerSelector : For X with a column of labels, and a kinship of everybody.
    scan : All results, and other tests.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.feature_selection import SelectKBest
    >>> from sklearn.model_selection import cross_val_predict
    >>> from sklearn.pipeline import make_pipeline
    >>> from sklmm import LMMRegressor
    >>> from sklmm.association import f_kinship
    >>> from sklmm.datasets import load_mice
    >>> mice = load_mice()
    >>> rows = np.flatnonzero(~np.isnan(mice.target[:, 0]))[:400]
    >>> X, y = mice.data[rows, ::20], mice.target[rows, 0]
    >>> model = make_pipeline(SelectKBest(f_kinship, k=100), LMMRegressor())
    >>> predicted = cross_val_predict(model, X, y, cv=5)
    >>> round(float(np.corrcoef(predicted, y)[0, 1]), 1)
    0.6
    """
    check_choice(missing, "missing", MISSING)
    if h is not None:
        h = check_number(h, "h", lambda value: 0 <= value <= 1, "a number from 0 to 1, or None")
    check_same_indexes(X=X, y=y, covariates=covariates)
    table = as_table(X)
    names = column_names(table) or list(range(table.shape[1]))
    genotypes = as_genotypes(table, names, missing)
    trait = as_trait(y)
    check_consistent_length(table, trait)
    fixed = _as_covariates(covariates, len(trait))
    if kinship is None:
        K = kinship_of(genotypes)
    else:
        K = _matrix_of(kinship, len(trait))
        _check_order(kinship, X=X, y=y, covariates=covariates)
        refuse_codes(genotypes, names, missing)
    result = scan_rows(K, fixed, trait, genotypes, "reml", h, missing)
    return known_or(result.statistic, 0.0), known_or(result.pvalue, 1.0)


def scan_rows(K, fixed, trait, genotypes, method, h, missing) -> Scan:
    """Test genotypes in the order of K; rows are called by their numbers."""
    rows = np.arange(len(trait))
    X = np.column_stack([rows.astype(object), fixed])
    null = LMMRegressor(Kinship(K, rows), sample_id=0, method=method, h=h).fit(X, trait)
    return scan(null, genotypes, ids=rows, missing=missing)


def kinship_of(genotypes) -> np.ndarray:
    """Z Z' of standardized columns, with a constant that the intercept takes up.

    Without it K is singular along the intercept, and V has no inverse at h = 1.
    """
    Z = GenotypeScaler("standardized").fit_transform(genotypes)
    return Z @ Z.T + 1.0


def _matrix_of(kinship, n_rows) -> np.ndarray:
    matrix = kinship.matrix if isinstance(kinship, Kinship) else kinship
    if np.shape(matrix) != (n_rows, n_rows):
        raise ValueError(
            f"kinship has shape {np.shape(matrix)}, and X has {n_rows} rows, in whose order it "
            "must be. Leave it out for the kinship of X, or use MarkerSelector, which finds the "
            "rows of a fold by their labels."
        )
    return matrix if isinstance(kinship, Kinship) else check_relationships(matrix, "kinship")


def _check_order(kinship, **given) -> None:
    """Refuse rows whose labels are those of a Kinship in another order."""
    if isinstance(kinship, Kinship):
        rows = RowLabels(list(kinship.ids), "kinship.ids", len(kinship.ids))
        for name, values in given.items():
            check_labels(rows, values, name, f"Use kinship.select({name}.index).")


def refuse_codes(genotypes: np.ndarray, names: list, missing: Missing) -> None:
    """Refuse numbers that stand for missing genotypes; a scaler does so without a kinship."""
    checker = BlockChecker(
        missing, "row {}".format, lambda column: f"column {names[column]!r}", "X"
    )
    rows = np.arange(len(genotypes))
    for markers in gen_batches(len(names), max(1, NUMBERS_AT_A_TIME // len(rows))):
        checker.as_floats(genotypes[:, markers], rows, np.arange(len(names))[markers])


def as_genotypes(table, names, missing, estimator=None) -> np.ndarray:
    """Numbers of the type that they have, in which missing ones can be told."""
    refuse_columns(table, names, FOR_GENOTYPES)
    genotypes = check_array(
        as_plain_columns(table),
        dtype="numeric",
        ensure_all_finite="allow-nan",
        ensure_min_samples=2,
        input_name="X",
        estimator=estimator,
    )
    is_missing = is_missing_count(genotypes)
    if missing == "raise" and is_missing.any():
        row, column = np.argwhere(is_missing)[0]
        raise ValueError(
            f"Input X contains NaN: {is_missing.sum()} genotypes are missing (NaN, or -127 among "
            f"integers), the first in row {row} of column {names[column]!r}. "
            "Impute them, or use missing='mean' or missing='drop'."
        )
    return genotypes


def as_trait(y: Any, whose: str = "f_kinship") -> np.ndarray:
    """One trait that is measured in all rows."""
    if y is None:
        raise ValueError(f"{whose} requires y to be passed, but the target y is None.")
    refuse_masked(y, "y", "Leave these rows out of X and y.")
    trait = check_traits(y, "drop")
    if trait.ndim == 2 and trait.shape[1] > 1:
        raise ValueError(
            f"y has {trait.shape[1]} traits, and markers are selected for one. Pass one at a "
            "time, such as numpy.asarray(y)[:, 0]."
        )
    trait = column_or_1d(trait, warn=True)
    if np.isnan(trait).any():
        raise ValueError(
            f"Input y contains NaN: {np.isnan(trait).sum()} of {len(trait)} values are missing, "
            f"the first in row {np.isnan(trait).argmax()}. Leave these rows out of X and y."
        )
    return trait


def _as_covariates(covariates, n_rows) -> np.ndarray:
    if covariates is None:
        return np.empty((n_rows, 0))
    refuse_masked(covariates, "covariates", "Leave out or fill in what is missing.")
    given = np.asarray(covariates)
    try:
        fixed = check_array(
            given[:, None] if given.ndim == 1 else covariates,
            dtype=np.float64,
            input_name="covariates",
        )
    except ValueError as error:
        if "could not convert" not in str(error):
            raise
        raise ValueError(
            f"covariates must be numbers: {error}. Write categories as columns of 0 and 1."
        ) from None
    if len(fixed) != n_rows:
        raise ValueError(
            f"covariates has {len(fixed)} rows, and X has {n_rows}. Give one row for each of X, "
            "in the same order."
        )
    return fixed


def known_or(values: np.ndarray, otherwise: float) -> np.ndarray:
    """Values, and another where they are nan."""
    return np.where(np.isnan(values), otherwise, values)
