"""Transformers for genotypes, which learn on the training rows only."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.sparse import issparse
from sklearn.base import BaseEstimator, OneToOneFeatureMixin, TransformerMixin
from sklearn.feature_selection import SelectorMixin
from sklearn.utils.validation import check_is_fitted, validate_data

from ._codes import LARGEST_PLOIDY
from ._counts import (
    FOR_GENOTYPES,
    MISSING,
    is_missing_count,
    refuse_columns_of_plink,
    refuse_pairs_of_alleles,
)
from ._fitting import all_or_nothing
from ._markers import Seen, batches, float_blocks
from ._measured import refuse_unmeasured, warn_of_few, warn_of_single_copies
from ._numbers import as_array, as_floats, as_plain_columns, refuse_columns, refuse_masked
from ._order import check_same_index, is_default_index
from ._validation import check_number, check_same_columns, column_names, refuse_same_names

__all__ = ["GenotypeScaler", "MarkerFilter"]

ROUNDING = 1e-12
"""Of sums of dosages."""
REMEDY = "Leave it out, or filter the markers less strictly, as by MarkerFilter."


class GenotypeScaler(OneToOneFeatureMixin, TransformerMixin, BaseEstimator):
    """Center and scale genotypes so that Z Z' is a genomic relationship matrix.

    In a pipeline before ``LMMRegressor(kernel="linear")`` this is GBLUP whose allele
    frequencies are those of the training rows.

    Parameters
    ----------
    method : {"centered", "vanraden", "vanraden2", "standardized"}, default="centered"
        The function of :mod:`sklmm.relationship` whose formula is used, with the moments of
        the rows seen in `fit`. The first two differ by a constant, and so in `h_` but in no
        prediction. "vanraden" and "vanraden2" need counts or dosages between 0 and 2, the
        others take any numbers.

    Attributes
    ----------
    mean_ : ndarray of shape (n_features,)
        Mean count of each marker, over the rows where it is measured.
    scale_ : ndarray of shape (n_features,)
        What a centered marker is divided by. It is infinite for a marker that does not vary
        in the rows seen in `fit`, if it were to be divided by 0: it becomes 0 in all rows.
    n_features_in_ : int
        Number of markers.
    feature_names_in_ : ndarray of shape (n_features,)
        If X has column names.

    See Also
    --------
    sklmm.relationship.vanraden : A Kinship from the genotypes of everybody.
    MarkerFilter : Leave out markers that are rare or often missing.

    Notes
    -----
    A missing genotype, NaN or -127 among integers (as bed-reader has it), becomes 0: the
    mean of the marker in the training rows. Whole numbers that stand apart from counts,
    dosages or -1, 0, 1, such as -9, 5 or 255, are refused as codes of missing genotypes; 3 and
    4 beside 0, 1, 2 cannot be told from counts of triploids and tetraploids. An int8 array is
    not copied to float64 except by the result.

    References
    ----------
    .. [1] VanRaden (2008). Efficient methods to compute genomic predictions. Journal of
       Dairy Science 91, 4414-4423.

    Examples
    --------
    >>> import numpy as np
    >>> from sklmm.preprocessing import GenotypeScaler
    >>> genotypes = np.array([[0, 1], [1, 2], [2, 0]], dtype=np.int8)
    >>> Z = GenotypeScaler("vanraden").fit_transform(genotypes)
    >>> (Z @ Z.T).round(2)
    array([[ 1.,  0., -1.],
           [ 0.,  1., -1.],
           [-1., -1.,  2.]])
    """

    def __init__(self, method: str = "centered"):
        self.method = method

    def fit(self, X: Any, y: Any = None) -> GenotypeScaler:
        """Learn the mean and the scale of each marker.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Allele counts or dosages.
        y : None
            Ignored, but for an index that has the labels of X in another order, which is refused.

        Returns
        -------
        GenotypeScaler
            Itself.

        Raises
        ------
        ValueError
            If `method` is unknown, a marker is missing in all rows, an individual at all
            markers that vary, genotypes look like codes of missing values, a column among them
            like ids, or a method that needs counts between 0 and 2 gets others.

        Warns
        -----
        UserWarning
            If `method` is "vanraden2" and no genotype is above 1, though chance would give
            several 2, as where 0 and 1 are the alleles of inbred lines: use 2 * X for them.
        """
        with all_or_nothing(self):
            check_same_index(X, y)
            if not (isinstance(self.method, str) and self.method in SCALES):
                raise ValueError(f"method must be one of {sorted(SCALES)}, got {self.method!r}.")
            name, columns = _name_of_row(X), column_names(X)
            X = _validate(self, X, reset=True)
            seen = Seen.from_array(X, getattr(self, "feature_names_in_", None))
            n_measured = seen.n_measured
            if self.method.startswith("vanraden"):
                _check_range(X, f"method={self.method!r}")
            if not n_measured.all():
                raise ValueError(
                    f"X has {(n_measured == 0).sum()} markers without any value in the rows of "
                    f"fit, such as column {n_measured.argmin()}. Leave them out, for example by "
                    "MarkerFilter(max_missing=0.5)."
                )
            if n_measured.min() < len(X):
                refuse_unmeasured(seen.count_measured(X), name, REMEDY)
            mean = seen.total / n_measured
            self.scale_ = SCALES[self.method](X, mean, seen.varies)
            if self.method == "vanraden2":
                _warn_of_single_copies(X, seen)
            self.mean_, self._seen, self._columns = mean, seen, columns
            return self

    def transform(self, X: Any) -> np.ndarray:
        """Center and scale genotypes, with 0 where one is missing.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Genotypes at the markers of `fit`.

        Returns
        -------
        ndarray of shape (n_samples, n_features), float64
            A table of another kind, if `set_output` says so.

        Raises
        ------
        ValueError
            If the markers are not those of `fit`, or genotypes are refused as there.

        Warns
        -----
        UserWarning
            If a row is measured at fewer than a tenth of the markers that vary.
        """
        check_is_fitted(self)
        table, name = X, _name_of_row(X)
        X = _validate(self, X, reset=False)
        check_same_columns(self._columns, table)
        self._seen.refuse_codes(X)
        if self.method.startswith("vanraden"):
            _check_range(X, f"method={self.method!r}")
        Z = np.empty(X.shape)
        for rows in batches(X):
            np.subtract(X[rows], self.mean_, out=Z[rows])
            Z[rows] /= self.scale_
            Z[rows][is_missing_count(X[rows])] = 0
        n_measured = self._seen.count_measured(X)
        says_nothing = n_measured == 0
        n_measured[says_nothing] = Z[says_nothing].any(axis=1)
        refuse_unmeasured(n_measured, name, REMEDY)
        warn_of_few(n_measured, self._seen.n_varying, name)
        return Z

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        return tags


class MarkerFilter(SelectorMixin, BaseEstimator):
    """Leave out markers that do not vary, are rare or are often missing.

    Parameters
    ----------
    min_maf : float, default=0.0
        The least frequency of the rarer allele, in the rows seen in `fit`. If it is not 0,
        X has to hold counts or dosages between 0 and 2.
    max_missing : float, default=1.0
        The largest share of rows in which a marker may be missing: NaN, or -127 among
        integers.

    Attributes
    ----------
    minor_allele_frequencies_ : ndarray of shape (n_features,)
        Over the rows where a marker is measured, NaN where it is in none. Only if `min_maf`
        is not 0.
    missing_rates_ : ndarray of shape (n_features,)
    varies_ : ndarray of bool of shape (n_features,)
        Whether different genotypes were measured.
    n_features_in_ : int
        Number of markers.
    feature_names_in_ : ndarray of shape (n_features,)
        If X has column names.

    See Also
    --------
    GenotypeScaler : What the markers that are left go through next, and which numbers are
        refused as codes of missing genotypes.

    Examples
    --------
    >>> import numpy as np
    >>> from sklmm.preprocessing import MarkerFilter
    >>> genotypes = np.array([[0, 2, 1], [1, 2, 1], [2, 2, 0]], dtype=np.int8)
    >>> MarkerFilter(min_maf=0.4).fit_transform(genotypes)
    array([[0],
           [1],
           [2]], dtype=int8)
    """

    def __init__(self, min_maf: float = 0.0, max_missing: float = 1.0):
        self.min_maf = min_maf
        self.max_missing = max_missing

    def fit(self, X: Any, y: Any = None) -> MarkerFilter:
        """Find the markers to keep.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Allele counts or dosages.
        y : None
            Ignored, but for an index that has the labels of X in another order, which is refused.

        Returns
        -------
        MarkerFilter
            Itself.

        Raises
        ------
        ValueError
            If a parameter is out of its range, no marker is left, genotypes look like codes
            of missing values, a column among them like ids, or `min_maf` is set and they are
            not between 0 and 2.

        Warns
        -----
        UserWarning
            If `min_maf` is set and no genotype is above 1, though chance would give several 2,
            as where 0 and 1 are the alleles of inbred lines: use 2 * X for them.
        """
        with all_or_nothing(self):
            check_same_index(X, y)
            check_number(
                self.min_maf, "min_maf", lambda x: 0 <= x <= 0.5, "a number between 0 and 0.5"
            )
            check_number(
                self.max_missing, "max_missing", lambda x: 0 <= x <= 1, "a number between 0 and 1"
            )
            columns = column_names(X)
            X = _validate(self, X, reset=True, ensure_min_samples=2)
            seen = Seen.from_array(X, getattr(self, "feature_names_in_", None))
            n_measured, total, varies = seen.n_measured, seen.total, seen.varies
            missing_rates = (len(X) - n_measured) / len(X)
            keep = varies & (missing_rates <= self.max_missing)
            if self.min_maf > 0:
                _check_range(X, f"min_maf={self.min_maf}")
                _warn_of_single_copies(X, seen)
                rarer = np.minimum(total, 2 * n_measured - total)
                with np.errstate(invalid="ignore"):
                    self.minor_allele_frequencies_ = rarer / (2 * n_measured)
                    keep &= self.minor_allele_frequencies_ >= self.min_maf * (1 - ROUNDING)
            else:
                self.__dict__.pop("minor_allele_frequencies_", None)
            if not varies.any():
                raise ValueError(f"X has no marker that varies among its {len(X)} rows.")
            if not keep.any():
                raise ValueError(
                    f"No marker of X is left by min_maf={self.min_maf} and max_missing="
                    f"{self.max_missing}: {varies.sum()} of {X.shape[1]} vary, and the smallest "
                    f"share of missing genotypes is {missing_rates.min():.3g}. Loosen one of them."
                )
            self.missing_rates_, self.varies_, self._keep = missing_rates, varies, keep
            self._seen, self._columns = seen, columns
            return self

    def transform(self, X: Any) -> np.ndarray:
        """Leave out the same markers of other rows.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Genotypes at the markers of `fit`.

        Returns
        -------
        ndarray of shape (n_samples, n_selected_features)
            A table of another kind, if `set_output` says so.

        Raises
        ------
        ValueError
            If the markers are not those of `fit`, or genotypes look like codes of missing
            values.
        """
        check_is_fitted(self)
        checked = _validate(self, X, reset=False)
        check_same_columns(self._columns, X)
        self._seen.refuse_codes(checked)
        return super().transform(as_plain_columns(X))

    def _get_support_mask(self):
        check_is_fitted(self)
        return self._keep

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        return tags


def _validate(estimator, X, reset, ensure_min_samples=1):
    """Numbers, of the type that they have, in which missing ones can be told."""
    refuse_masked(X, "X", "Use NaN where a genotype is missing.")
    refuse_same_names(X)
    refuse_columns_of_plink(X, "X")
    _refuse_text(X)
    names = column_names(X)
    X = validate_data(
        estimator,
        as_plain_columns(X),
        reset=reset,
        dtype="numeric",
        ensure_all_finite=False,
        ensure_min_samples=ensure_min_samples,
    )
    X = as_floats(X) if X.dtype.kind == "O" else X
    _refuse_infinity(X, names)
    if reset:
        refuse_pairs_of_alleles(X, "X")
    return X


def _refuse_infinity(X, names):
    for rows in batches(X) if X.dtype.kind == "f" else ():
        is_infinite = np.isinf(X[rows])
        if is_infinite.any():
            row, column = np.argwhere(is_infinite)[0]
            raise ValueError(
                "Input X contains infinity or a value too large for dtype('float64'), first in "
                f"row {rows.start + row} of column {(names or range(X.shape[1]))[column]!r}."
            )


def _refuse_text(X):
    """And all else that is no number, in what is a table; if it is none, scikit-learn says so."""
    try:
        table = as_array(X) if isinstance(X, list | tuple) else X
    except ValueError:
        return
    if len(getattr(table, "shape", ())) == 2 and not issparse(table):
        refuse_columns(table, column_names(table) or range(table.shape[1]), FOR_GENOTYPES)


def _name_of_row(X):
    """How to call a row of X in a message."""
    has_labels = hasattr(X, "iloc") and not is_default_index(X.index)
    labels = list(X.index) if has_labels else None
    return lambda row: f"Row {row} of X" + (f" ({labels[row]!r})" if labels else "")


def _check_range(X, reason):
    for rows in batches(X):
        block = X[rows]
        outside = ~((block >= 0) & (block <= 2) | is_missing_count(block))
        if outside.any():
            row, column = np.argwhere(outside)[0]
            raise ValueError(
                f"X must hold allele counts between 0 and 2 for {reason}, but "
                f"X[{rows.start + row}, {column}] is {block[row, column]}."
                f"{_advise_on_coding(X)}"
            )


def _warn_of_single_copies(X, seen):
    has_code = X.dtype.kind == "i" and seen.n_measured.min() < len(X)
    code = MISSING if has_code else None
    ends = seen.lowest.min(), seen.highest.max()
    warn_of_single_copies(seen.total, seen.n_measured, ends, "X", code)


def _advise_on_coding(X):
    ends = [(np.nanmin(block), np.nanmax(block)) for block in float_blocks(X)]
    lowest, highest = min(low for low, _ in ends), max(high for _, high in ends)
    if lowest == -1 and highest <= 1:
        return " Count alleles as 0, 1, 2, which is 1 more than in the coding -1, 0, 1."
    if lowest >= 0 and 2 < highest <= LARGEST_PLOIDY:
        return " If they are counts of a polyploid, use 2 * X / ploidy."
    return ""


def _scale_of_centered(X, mean, varies):
    return np.full(len(mean), np.sqrt(len(mean)))


def _scale_of_vanraden(X, mean, varies):
    total = np.sum(mean * (1 - mean / 2))
    if not total > 0:
        raise ValueError("X has no marker of which both alleles occur, to scale it by 'vanraden'.")
    return np.full(len(mean), np.sqrt(total))


def _scale_of_vanraden2(X, mean, varies):
    return _divisors(mean * (1 - mean / 2))


def _scale_of_standardized(X, mean, varies):
    squares = sum(np.nansum((block - mean) ** 2, axis=0) for block in float_blocks(X))
    return _divisors(np.where(varies, squares / len(X), 0))


def _divisors(variances):
    """Such that Z Z' is a mean over the markers; a marker that does not vary becomes 0."""
    return np.sqrt(np.where(variances > 0, variances, np.inf) * len(variances))


SCALES = {
    "centered": _scale_of_centered,
    "vanraden": _scale_of_vanraden,
    "vanraden2": _scale_of_vanraden2,
    "standardized": _scale_of_standardized,
}
