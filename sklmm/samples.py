"""Whose row is this? From the rows of X to fixed effects and blocks of K.

A `Samples` object answers for one way of relating samples to each other. Rows are matched
by label (`LabelledSamples`) or by what they hold (`kernels.KernelSamples`); where there is
neither, only the very rows of the fit are accepted (`OrderedSamples`).
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import ClassVar

import joblib
import numpy as np
from sklearn.utils import check_array

from ._compat import get_column_indices, safe_indexing
from ._labels import as_labels
from .kinship import Kinship, UnknownLabelError, check_relationships, take_block


class Samples(ABC):
    """The training samples, and how rows of X relate to them."""

    validation: dict
    """How scikit-learn's validate_data is to check X before it comes here."""

    @abstractmethod
    def fit(self, X) -> tuple[np.ndarray, np.ndarray]:
        """Learn the training rows.

        Returns
        -------
        covariates : ndarray of shape (n, p)
            The fixed effects, without intercept.
        K : ndarray of shape (n, n)
            In C order, not shared with anybody.
        """

    @abstractmethod
    def covariates(self, X) -> np.ndarray:
        """The fixed effects of rows of X, without intercept."""

    @abstractmethod
    def cross(self, X) -> np.ndarray:
        """K between rows of X and the training rows."""

    @abstractmethod
    def among(self, X) -> np.ndarray:
        """K among rows of X."""

    @abstractmethod
    def variances(self, X) -> np.ndarray:
        """The diagonal of `among`."""


class LabelledSamples(Samples):
    """Rows are looked up in a `Kinship` by the labels in one column of X."""

    validation: ClassVar = {"skip_check_array": True}

    def __init__(self, kinship: Kinship, sample_id: int | str):
        self.kinship = kinship
        self.sample_id = sample_id

    def fit(self, X):
        self.column = self._find_column(X)
        self.training_rows = self._rows(X)
        block = take_block(self.kinship.matrix, self.training_rows, self.training_rows)
        return self.covariates(X), block

    def covariates(self, X):
        others = [column for column in range(X.shape[1]) if column != self.column]
        if not others:
            return np.empty((X.shape[0], 0))
        return as_numbers(safe_indexing(X, others, axis=1), input_name="X")

    def cross(self, X):
        return take_block(self.kinship.matrix, self._rows(X), self.training_rows)

    def among(self, X):
        rows = self._rows(X)
        return take_block(self.kinship.matrix, rows, rows)

    def variances(self, X):
        rows = self._rows(X)
        return self.kinship.matrix[rows, rows].astype(float)

    def _find_column(self, X):
        if not isinstance(self.sample_id, str):
            n_columns = X.shape[1]
            is_position = not isinstance(self.sample_id, bool)
            if not (is_position and -n_columns <= self.sample_id < n_columns):
                raise ValueError(
                    f"sample_id={self.sample_id} is not a column of X, which has {n_columns}. "
                    "Give the position, from 0, of the column that holds the labels."
                )
            return self.sample_id % n_columns
        if not hasattr(X, "columns"):
            raise ValueError(
                f"sample_id={self.sample_id!r} is a column name, but X is a "
                f"{type(X).__name__} without column names. Pass a data frame, or give the "
                "position of the column, such as sample_id=0."
            )
        names = list(X.columns)
        if names.count(self.sample_id) != 1:
            raise ValueError(
                f"sample_id={self.sample_id!r} names {names.count(self.sample_id)} columns of X, "
                f"whose columns are {names}. It must name the one that holds the labels."
            )
        return names.index(self.sample_id)

    def _rows(self, X):
        labels = as_labels(safe_indexing(X, self.column, axis=1), self._describe_column())
        try:
            return self.kinship.rows(labels)
        except UnknownLabelError as error:
            raise ValueError(
                f"{self._describe_column()} has a label that the kinship lacks. {error} "
                "Labels must reach the estimator as they are, past any scaler or encoder, and "
                "new individuals must be in the kinship too."
            ) from None

    def _describe_column(self):
        return f"The column sample_id={self.sample_id!r} of X"


class OrderedSamples(Samples):
    """A plain matrix in the order of X: legal for the very rows of the fit, and no others."""

    validation: ClassVar = {"ensure_min_features": 0}

    def __init__(self, matrix):
        self.matrix = matrix

    def fit(self, X):
        matrix = check_relationships(self.matrix, "kinship")
        if len(matrix) != len(X):
            raise ValueError(
                f"kinship has {len(matrix)} rows and X has {len(X)}. A kinship without "
                "labels has to be in the order of the rows of X. To fit on a part of the "
                "samples, as in cross-validation, give it labels by Kinship(matrix, ids) and "
                "name the column of X that holds them by sample_id=."
            )
        self.fingerprint = _fingerprint(X)
        self.checksum = _checksum(matrix)
        return X, np.array(matrix, dtype=float, order="C")

    def covariates(self, X):
        if _fingerprint(X) != self.fingerprint:
            raise ValueError(
                f"X ({len(X)} rows) is not the X of fit. A kinship without labels "
                "cannot tell which samples other rows are. To predict others, give it labels "
                "by Kinship(matrix, ids), with the new individuals among them, and name the "
                "column of X that holds them by sample_id=."
            )
        return X

    def cross(self, X):
        self.covariates(X)
        matrix = np.asarray(self.matrix, dtype=float)
        if not np.allclose(_checksum(matrix), self.checksum, rtol=1e-10, atol=0):
            raise ValueError(
                "kinship has been changed since fit. Fit again, or use Kinship(matrix, ids), "
                "which cannot be changed."
            )
        return matrix

    def among(self, X):
        return self.cross(X)

    def variances(self, X):
        return np.diagonal(self.cross(X))


def _fingerprint(X):
    return joblib.hash(np.ascontiguousarray(X))


def _checksum(matrix):
    """A number for each row that changes when entries change or move."""
    return np.asarray(matrix, dtype=float) @ (1 / np.arange(1, len(matrix) + 1))


def as_numbers(X, check=check_array, **parameters) -> np.ndarray:
    """check(X, dtype=float64), with an error that names the column of a table to blame."""
    if np.ma.is_masked(X):
        raise ValueError("X has masked values. Remove or impute these rows.")
    _refuse_dates(X)
    try:
        return check(X, dtype=np.float64, **parameters)
    except (TypeError, ValueError):
        is_mixed = hasattr(X, "columns") or X.dtype.kind == "O"
        for column in range(X.shape[1] if is_mixed else 0):
            try:
                check_array(safe_indexing(X, [column], axis=1), dtype=np.float64)
            except (TypeError, ValueError) as error:
                name = X.columns[column] if hasattr(X, "columns") else column
                kind = TypeError if isinstance(error, TypeError) else ValueError
                raise kind(
                    f"Column {name!r} of X cannot be used as numbers: {str(error).rstrip('.')}. "
                    "Encode or impute it, for example in a ColumnTransformer."
                ) from error
        raise


def _refuse_dates(X):
    """A date would silently become a count of an unit that depends on its container."""
    dtypes = X.dtypes if hasattr(X, "dtypes") else [X.dtype]
    for column, dtype in enumerate(dtypes):
        is_temporal = getattr(dtype, "is_temporal", lambda: False)()
        if is_temporal or getattr(dtype, "kind", "") in ("M", "m"):
            name = X.columns[column] if hasattr(X, "columns") else column
            raise TypeError(
                f"Column {name!r} of X holds dates or durations ({dtype}), which have no scale. "
                "Convert them to numbers, such as days since a start."
            )


def select_columns(X, selector, name: str) -> list[int]:
    """Positions of the columns that a selector of ColumnTransformer chooses."""
    if selector is None:
        return []
    chosen = selector(X) if callable(selector) else selector
    try:
        if isinstance(chosen, bool):
            raise TypeError("a single bool is no selector")
        return get_column_indices(X, chosen)
    except (TypeError, ValueError) as error:
        raise ValueError(f"{name}={selector!r} does not select columns of X: {error}.") from error


def check_same_index(X, y) -> None:
    """Refuse a y that is labelled in another order than X.

    A default RangeIndex is no label: it is what is left when a pipeline has lost the index.
    """
    if not (hasattr(X, "iloc") and hasattr(y, "iloc")) or X.index.equals(y.index):
        return
    is_reordered = len(X) == len(y) and set(X.index) == set(y.index)
    if is_reordered or not (_is_default_index(X.index) or _is_default_index(y.index)):
        raise ValueError(
            f"X and y have different indexes: {list(X.index[:3])}… and {list(y.index[:3])}…. "
            "Rows are not matched by index, so this would pair the wrong samples. Use "
            "y.loc[X.index], or y.to_numpy() if the order is right."
        )


def check_same_columns(seen: list | None, X) -> None:
    """Refuse reordered columns whose names are not strings, which scikit-learn lets pass."""
    names = column_names(X)
    if seen is not None and names is not None and seen != names:
        raise ValueError(
            f"The columns of X are {names}, but were {seen} in fit. Use the same, in the same "
            "order."
        )


def column_names(X) -> list | None:
    """The names of the columns of a data frame."""
    return list(X.columns) if hasattr(X, "columns") else None


def _is_default_index(index):
    return type(index).__name__ == "RangeIndex" and index.start == 0 and index.step == 1
