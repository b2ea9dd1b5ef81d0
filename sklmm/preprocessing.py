"""Transformers for genotypes, which learn on the training rows only."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, OneToOneFeatureMixin, TransformerMixin
from sklearn.feature_selection import SelectorMixin
from sklearn.utils import gen_batches
from sklearn.utils.validation import check_is_fitted, validate_data

from ._genotypes import MISSING
from ._validation import check_number

__all__ = ["GenotypeScaler", "MarkerFilter"]

ROWS_AT_A_TIME = 256
ROUNDING = 1e-12
"""Of sums of dosages."""
CODES_OF_MISSING = {-127: 8, -9: 8, 9: 2, -1: 2}
"""What programs write for a missing genotype, beside counts of up to so many alleles. Without a
2 beside it, -1 is of the coding -1, 0, 1."""


class GenotypeScaler(OneToOneFeatureMixin, TransformerMixin, BaseEstimator):
    """Centre and scale genotypes so that Z Z' is a genomic relationship matrix.

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
        What a centred marker is divided by. It is infinite for a marker that does not vary
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
    mean of the marker in the training rows. An int8 array is not copied to float64 except
    by the result.

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
            Ignored.

        Returns
        -------
        GenotypeScaler
            Itself.

        Raises
        ------
        ValueError
            If `method` is unknown, a marker is missing in all rows, genotypes look like
            codes of missing values, or a method that needs counts between 0 and 2 gets others.
        """
        if not (isinstance(self.method, str) and self.method in SCALES):
            raise ValueError(f"method must be one of {sorted(SCALES)}, got {self.method!r}.")
        X = _validate(self, X, reset=True)
        _refuse_codes_of_missing(X)
        if self.method.startswith("vanraden"):
            _check_range(X, f"method={self.method!r}")
        n_measured, total = _count_and_sum(X)
        if not n_measured.all():
            raise ValueError(
                f"X has {(n_measured == 0).sum()} markers without any value in the rows of fit, "
                f"such as column {n_measured.argmin()}. Leave them out, for example by "
                "MarkerFilter(max_missing=0.5)."
            )
        mean = total / n_measured
        self.scale_ = SCALES[self.method](X, mean)
        self.mean_ = mean
        self._takes_negative = any((block < 0).any() for block in _rows(X))
        return self

    def transform(self, X: Any) -> np.ndarray:
        """Centre and scale genotypes, with 0 where one is missing.

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
        """
        check_is_fitted(self)
        X = _validate(self, X, reset=False)
        if not self._takes_negative:
            _refuse_codes_of_missing(X)
        if self.method.startswith("vanraden"):
            _check_range(X, f"method={self.method!r}")
        Z = np.empty(X.shape)
        for rows in _batches(X):
            np.subtract(X[rows], self.mean_, out=Z[rows])
            Z[rows] /= self.scale_
            Z[rows][_is_missing(X[rows])] = 0
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
    GenotypeScaler : What the markers that are left go through next.

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
            Ignored.

        Returns
        -------
        MarkerFilter
            Itself.

        Raises
        ------
        ValueError
            If a parameter is out of its range, no marker is left, or `min_maf` is set and
            genotypes are not between 0 and 2.
        """
        check_number(
            self.min_maf, "min_maf", lambda x: 0 <= x <= 0.5, "a number between 0 and 0.5"
        )
        check_number(
            self.max_missing, "max_missing", lambda x: 0 <= x <= 1, "a number between 0 and 1"
        )
        X = _validate(self, X, reset=True, ensure_min_samples=2)
        _refuse_codes_of_missing(X)
        n_measured, total = _count_and_sum(X)
        missing_rates, varies = (len(X) - n_measured) / len(X), _find_varying(X)
        keep = varies & (missing_rates <= self.max_missing)
        if self.min_maf > 0:
            _check_range(X, f"min_maf={self.min_maf}")
            rarer = np.minimum(total, 2 * n_measured - total)
            with np.errstate(invalid="ignore"):
                self.minor_allele_frequencies_ = rarer / (2 * n_measured)
                keep &= self.minor_allele_frequencies_ >= self.min_maf * (1 - ROUNDING)
        else:
            self.__dict__.pop("minor_allele_frequencies_", None)
        if not keep.any():
            raise ValueError(
                f"No marker of X is left by min_maf={self.min_maf} and max_missing="
                f"{self.max_missing}: {varies.sum()} of {X.shape[1]} vary, and the smallest "
                f"share of missing genotypes is {missing_rates.min():.3g}. Loosen one of them."
            )
        self.missing_rates_, self.varies_, self._keep = missing_rates, varies, keep
        return self

    def _get_support_mask(self):
        check_is_fitted(self)
        return self._keep

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        return tags


def _validate(estimator, X, reset, ensure_min_samples=1):
    """Numbers, of the type that they have, in which missing ones can be told."""
    if np.ma.is_masked(X):
        raise ValueError("X has masked values. Use NaN where a genotype is missing.")
    X = validate_data(
        estimator,
        X,
        reset=reset,
        dtype="numeric",
        ensure_all_finite="allow-nan",
        ensure_min_samples=ensure_min_samples,
    )
    return X


def _refuse_codes_of_missing(X):
    """Counts beside a code such as -9 are no numbers to take a mean of."""
    for code, most in CODES_OF_MISSING.items():
        is_legal = code == MISSING and X.dtype.kind == "i"
        if is_legal or not any((X[rows] == code).any() for rows in _batches(X)):
            continue
        is_code = np.equal(X, code)
        others = X[~(is_code | _is_missing(X))]
        are_counts = others.size and 0 <= others.min() <= others.max() <= most
        if are_counts and (others == np.floor(others)).all() and (code != -1 or 2 in others):
            raise ValueError(
                f"X has {is_code.sum()} genotypes {code} beside counts, as if they stood for "
                f"missing ones. Use NaN, or {MISSING} if all columns of X are integers."
            )


def _check_range(X, reason):
    for rows in _batches(X):
        block = X[rows]
        outside = ~((block >= 0) & (block <= 2) | _is_missing(block))
        if outside.any():
            row, column = np.argwhere(outside)[0]
            raise ValueError(
                f"X must hold allele counts between 0 and 2 for {reason}, but "
                f"X[{rows.start + row}, {column}] is {block[row, column]}."
            )


def _batches(X):
    return gen_batches(len(X), ROWS_AT_A_TIME)


def _is_missing(X):
    if X.dtype.kind == "i":
        return X == MISSING
    return np.isnan(X) if X.dtype.kind == "f" else np.zeros(X.shape, dtype=bool)


def _rows(X):
    """float64 blocks of rows, with NaN where a genotype is missing."""
    for rows in _batches(X):
        block = X[rows].astype(np.float64)
        block[_is_missing(X[rows])] = np.nan
        yield block


def _count_and_sum(X):
    """Of what is measured of each marker."""
    n_measured, total = np.zeros(X.shape[1], dtype=int), np.zeros(X.shape[1])
    for block in _rows(X):
        n_measured += (~np.isnan(block)).sum(axis=0)
        total += np.nansum(block, axis=0)
    return n_measured, total


def _find_varying(X):
    lowest, highest = np.full(X.shape[1], np.inf), np.full(X.shape[1], -np.inf)
    for block in _rows(X):
        lowest = np.fmin(lowest, np.fmin.reduce(block, axis=0))
        highest = np.fmax(highest, np.fmax.reduce(block, axis=0))
    return highest > lowest


def _scale_of_centered(X, mean):
    return np.full(len(mean), np.sqrt(len(mean)))


def _scale_of_vanraden(X, mean):
    total = np.sum(mean * (1 - mean / 2))
    if not total > 0:
        raise ValueError("X has no marker of which both alleles occur, to scale it by 'vanraden'.")
    return np.full(len(mean), np.sqrt(total))


def _scale_of_vanraden2(X, mean):
    return _divisors(mean * (1 - mean / 2))


def _scale_of_standardized(X, mean):
    squares = sum(np.nansum((block - mean) ** 2, axis=0) for block in _rows(X))
    return _divisors(np.where(_find_varying(X), squares / len(X), 0))


def _divisors(variances):
    """Such that Z Z' is a mean over the markers; a marker that does not vary becomes 0."""
    return np.sqrt(np.where(variances > 0, variances, np.inf) * len(variances))


SCALES = {
    "centered": _scale_of_centered,
    "vanraden": _scale_of_vanraden,
    "vanraden2": _scale_of_vanraden2,
    "standardized": _scale_of_standardized,
}
