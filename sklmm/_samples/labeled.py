"""Rows are looked up by the labels in one column of X."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Hashable
from copy import copy
from typing import Any, ClassVar

import numpy as np

from .._compat import safe_indexing
from .._kinship import Kinship, check_kinship, index_of, take_block
from .._labels import LabelIndex, UnknownLabelError, as_labels, stands_for_missing
from .._numbers import read_numerals
from .._order import RowLabels, has_labels_in_index, hold_labels
from .._validation import as_numbers, column_names
from .._variance.linalg.batches import row_batches
from .base import FOR_A_MATRIX, RowFinder, Samples


class LabeledRows(RowFinder):
    """One column of X holds labels, and the others are fixed effects."""

    validation: ClassVar = {"skip_check_array": True}

    def __init__(self, index: LabelIndex, sample_id: int | str, column: int | None = None):
        self.index = index
        self.sample_id = sample_id
        self.label_column = column

    @property
    def individuals(self):
        return self.index

    def covariate_columns(self, n_columns):
        return [column for column in range(n_columns) if column != self.label_column]

    def covariates(self, X):
        others = self.covariate_columns(X.shape[1])
        if not others:
            return np.empty((X.shape[0], 0))
        covariates = read_numerals(safe_indexing(X, others, axis=1))
        return as_numbers(covariates, positions=others, input_name="X")

    def places(self, X):
        return np.asarray(self._find(self._labels(X, self.label_column), X))

    def random_effects(self, places, effects):
        return effects[:, places].T

    def row_labels(self, X):
        column, names = self._find_column(X), column_names(X)
        name = None if names is None else names[column]
        source = f"X[:, {column}]" if names is None else f"X[{name!r}]"
        return RowLabels(
            self._labels(X, column), source, len(self.index), name, self.index, hasattr(X, "iloc")
        )

    def refuse_labels_among(self, y, X):
        rows = self.row_labels(X)
        own = self.sample_id if rows.column is None else rows.column
        for place, name in enumerate(column_names(y) or []):
            values = safe_indexing(y, place, axis=1)
            if (isinstance(name, str) and name == own) or hold_labels(values, rows):
                raise ValueError(
                    f"y has the column {name!r}, which holds the labels of X and is no trait. "
                    "Leave it out of y, whose rows have to be in the order of X, or use "
                    "y.to_numpy() if it is a trait, such as a rank."
                )

    def _labels(self, X, column):
        return as_labels(safe_indexing(X, column, axis=1), self._describe_column())

    def _find(self, labels, X, use_index="write them into this column"):
        """The rows of the kinship; `use_index` is what to do where the index has the labels."""
        try:
            return self.index.find(labels)
        except UnknownLabelError as error:
            hint = f" The index of X has labels of the kinship: {use_index}."
            hint *= has_labels_in_index(X, self.index)
            raise ValueError(
                f"{self._describe_column()} has a label that the kinship lacks. {error}"
                f"{hint} Labels must reach the estimator "
                "as they are, past any scaler or encoder, and new individuals must be in the "
                "kinship too."
            ) from None

    def _find_column(self, X):
        """The position of the column with the labels: found in fit, and the same ever after."""
        return self.label_column

    def _describe_column(self):
        return f"The column sample_id={self.sample_id!r} of X"


class LabeledSamples(LabeledRows, Samples):
    """Rows are looked up in a `Kinship` by the labels in one column of X."""

    def __init__(self, kinship: Kinship, sample_id: int | str):
        super().__init__(index_of(kinship), sample_id)
        self.kinship = kinship

    @property
    def remedies(self):
        """What a user can do about K: not add to the diagonal, beside repeated records."""
        if len(set(self.training_rows)) == len(self.training_rows):
            return FOR_A_MATRIX
        bend = "Bend the kinship by sklmm.relationship.bend before the fit."
        return FOR_A_MATRIX._replace(if_indefinite=bend)

    def fit(self, X):
        self.label_column = self._find_column(X)
        labels = self._labels(X, self.label_column)
        _refuse_rows_without_a_label(labels, self._describe_column())
        use_index = "use X.assign(label=X.index) and sample_id='label'"
        self.training_rows = self._find(labels, X, use_index)
        return self.covariates(X)

    @property
    def n_rows(self):
        return len(self.training_rows)

    @property
    def training_labels(self):
        return self.kinship.ids[self.training_rows]

    def with_kinship(self, kinship, name):
        check_kinship(kinship, name)
        other = copy(self)
        other.kinship, other.index = kinship, index_of(kinship)
        try:
            other.training_rows = other.index.find(list(self.training_labels))
        except UnknownLabelError as error:
            raise ValueError(
                f"{name} lacks a sample that lmm was fitted to. {error} Make it of all samples "
                "of the kinship of lmm."
            ) from None
        return other

    def training_relationships(self, rows):
        rows = self.training_rows[rows]
        return self._block(rows, rows)

    def training_design(self, rows):
        return self._block(self.training_rows[rows], self.training_rows)

    def random_effects(self, places, effects):
        return Samples.random_effects(self, places, effects)

    def labels(self, places):
        return self.kinship.ids[places]

    def compact(self, effects):
        """What predicts by the BLUPs of everybody in the kinship."""
        batches = row_batches(len(self.kinship))
        everybody = np.arange(len(self.kinship))
        blups = [self._block(everybody[b], self.training_rows) @ effects.T for b in batches]
        return LabeledRows(self.index, self.sample_id, self.label_column), np.vstack(blups).T

    def cross(self, places):
        return self._block(places, self.training_rows)

    def relationships(self, places):
        return self._block(places, places)

    def diagonal(self, places):
        values = self.kinship.matrix[places, places].astype(float)
        self._refuse_changed(values[:, None], places, None)
        return values

    def _block(self, rows, columns):
        block = take_block(self.kinship.matrix, rows, columns)
        with np.errstate(over="ignore", invalid="ignore"):
            is_suspect = not np.isfinite(block.sum())
        if is_suspect:
            self._refuse_changed(block, rows, columns)
        return block

    def _refuse_changed(self, block, rows, columns):
        """A file under a Kinship can be written to by others."""
        changed = np.argwhere(~np.isfinite(block))
        if len(changed):
            row, column = changed[0]
            first = self.kinship.ids[rows[row]]
            other = first if columns is None else self.kinship.ids[columns[column]]
            raise ValueError(
                f"The relationship of {first!r} and {other!r} is {block[row, column]}: the memory "
                "of the kinship has been changed since it was checked. Correct it, and make a new "
                "Kinship."
            )

    def _find_column(self, X):
        if isinstance(self.sample_id, str):
            return self._find_column_by_name(X)
        return self._find_column_by_position(X)

    def _find_column_by_position(self, X):
        n_columns = X.shape[1]
        is_position = not isinstance(self.sample_id, bool)
        if not (is_position and -n_columns <= self.sample_id < n_columns):
            raise ValueError(
                f"sample_id={self.sample_id} is not a column of X, which has {n_columns}. "
                f"{self._remedy_of_position(X)}"
            )
        names = column_names(X) or []
        if self.sample_id in names and names.index(self.sample_id) != self.sample_id:
            raise ValueError(
                f"sample_id={self.sample_id} is a position, but X has a column of that name "
                f"in position {names.index(self.sample_id)}. Use X.rename(columns=str) and "
                f"sample_id={str(self.sample_id)!r}, or another one."
            )
        return self.sample_id % n_columns

    def _find_column_by_name(self, X):
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
                f"whose columns are {names[:10]}{' and more' * (len(names) > 10)}. "
                f"{self._remedy_of_name(X)}"
            )
        return names.index(self.sample_id)

    def _remedy_of_position(self, X):
        if has_labels_in_index(X, self.index):
            return (
                "The index of X has the labels: use X.reset_index(names='id') and sample_id='id'."
            )
        return "Give the position, from 0, of the column that holds the labels."

    def _remedy_of_name(self, X):
        if self.sample_id in X.columns:
            return "Rename those that do not hold the labels."
        if self.sample_id in getattr(getattr(X, "index", None), "names", ()):
            return f"It is the name of the index of X: use X.reset_index({self.sample_id!r})."
        if has_labels_in_index(X, self.index):
            return f"The index of X has the labels: use X.reset_index(names={self.sample_id!r})."
        found = find_columns_of_labels(X, self.index)
        such_as = f", such as sample_id={found[0]!r}" if found else ""
        return f"It must name the one that holds the labels{such_as}."


def find_columns_of_labels(X: Any, ids: Collection) -> list:
    """The names of columns, or their positions, that hold labels only, of most rows first."""
    n_labels = {}
    for column, name in enumerate(column_names(X) or range(np.shape(X)[1])):
        values = list(safe_indexing(X, column, axis=1))
        if all(isinstance(value, Hashable) and value in ids for value in values):
            n_labels[name] = len(set(values))
    return sorted(n_labels, key=n_labels.__getitem__, reverse=True)


def _refuse_rows_without_a_label(labels, column):
    """They would be repeated records of one individual."""
    for label, n_rows in Counter(labels).items():
        if n_rows > 1 and stands_for_missing(label):
            raise ValueError(
                f"{column} has the label {label!r} {n_rows} times, which usually stands for a "
                "missing value. Leave these rows out, or rename the individual, in the kinship "
                "too, if it is one."
            )
