"""Which rows are held out together? Folds and groups as scikit-learn takes them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.model_selection import LeaveOneOut, check_cv
from sklearn.utils import indexable

from ._labels import as_labels, near_key, refuse_other_types, same_way, stands_for_missing
from ._numbers import refuse_masked


@dataclass(frozen=True)
class Fold:
    """Predict the rows of `test`, all of them held out, without all that are held out.

    Attributes
    ----------
    train : ndarray or None
        Where it is not what the held-out rows leave: it has repeated or tested rows.
    """

    test: np.ndarray
    held_out: np.ndarray
    train: np.ndarray | None = None

    @classmethod
    def from_split(cls, train: np.ndarray, test: np.ndarray, n: int) -> Fold:
        uses = np.bincount(train, minlength=n)
        is_a_plain_part = not uses[test].any() and uses.max(initial=0) <= 1
        return cls(test, np.flatnonzero(uses == 0), None if is_a_plain_part else train)

    def training_rows(self, n: int) -> np.ndarray:
        return np.setdiff1d(np.arange(n), self.held_out) if self.train is None else self.train


def as_groups(groups: Any, n_rows: int) -> Any:
    """One for each row; numbers where scikit-learn cannot sort them, as pairs and mixed types."""
    labels = as_labels(groups, "groups")
    if len(labels) != n_rows:
        raise ValueError(
            f"groups has length {len(labels)}, but X has {n_rows} rows. Give the group of each "
            "row."
        )
    are_of_one_type = len(set(map(type, labels))) == 1
    if not are_of_one_type:
        refuse_other_types({"groups": labels})
    _refuse_unclear_groups(labels)
    if are_of_one_type and not isinstance(labels[0], tuple):
        return groups
    numbers = {label: number for number, label in enumerate(dict.fromkeys(labels))}
    return np.array([numbers[label] for label in labels])


def _refuse_unclear_groups(labels):
    """Who has no group is no group, and one group in two spellings would be two."""
    spelling_of: dict = {}
    for label in dict.fromkeys(labels):
        if stands_for_missing(label):
            raise ValueError(
                f"groups has {label!r} in row {labels.index(label)}, which stands for a missing "
                "value. Give each of these rows a group of its own, or leave them out; if it is "
                "the name of a group, give groups as numbers, by pandas.factorize(groups)[0]."
            )
        other = spelling_of.setdefault(near_key(label), label)
        if other != label:
            raise ValueError(
                f"groups has {other!r} and {label!r}, which nearly match. Write "
                f"{same_way(other, label)} if they are one group; if they are not, give groups as "
                "numbers, by pandas.factorize(groups)[0]."
            )


def make_folds(cv: Any, X: Any, y: Any, groups: Any) -> list[Fold]:
    X, y, groups = indexable(X, y, groups)
    n = X.shape[0]
    if type(cv) is LeaveOneOut:
        return [Fold(row, row) for row in np.arange(n)[:, None]]
    folds = [_check_fold(pair, n) for pair in _split(cv, X, y, groups)]
    if not folds:
        raise ValueError(f"cv={cv!r} has no folds. Use some, such as cv=5.")
    n_tests = np.bincount(np.concatenate([fold.test for fold in folds]), minlength=n)
    if (n_tests != 1).any():
        row = int(np.argmax(n_tests != 1))
        raise ValueError(
            f"cross_val_predict only works for partitions, but row {row} of X is in "
            f"{n_tests[row]} test sets of cv. Use folds that test every row once."
        )
    return [fold for fold in folds if len(fold.test)]


def _split(cv, X, y, groups):
    if isinstance(cv, type):
        raise ValueError(f"cv={cv.__name__} is a class. Use an instance, {cv.__name__}(...).")
    if isinstance(cv, Iterable) and not isinstance(cv, str) and not hasattr(cv, "split"):
        return cv
    return check_cv(cv).split(X, y, groups)


def _check_fold(pair, n):
    is_a_pair = isinstance(pair, tuple | list | np.ndarray) and len(pair) == 2
    if not is_a_pair:
        raise ValueError(f"cv must give pairs (train, test) of positions of rows, got {pair!r}.")
    train, test = (_as_rows(rows, n) for rows in pair)
    return Fold.from_split(train, test, n)


def _as_rows(rows, n):
    """Positions from 0, from some that may count from the end, or from a mask."""
    try:
        return np.arange(n)[_as_index(rows)]
    except IndexError as error:
        raise ValueError(f"cv has rows that X, with {n} rows, lacks: {error}.") from None


def _as_index(rows):
    refuse_masked(rows, "cv", "The positions of all rows have to be known.")
    try:
        index = np.asarray(rows)
    except ValueError:
        index = np.array(None)
    if (index.dtype.kind not in "iub" and index.size) or index.ndim != 1:
        raise ValueError(
            "cv must give pairs (train, test) of positions of rows, integers in one dimension, "
            f"got {rows!r}."
        )
    return index if index.size else index.astype(int)
