"""Are two things in the same order of rows? By the labels that they carry.

Rows belong together by position, as everywhere in scikit-learn. Where labels say that the
positions are wrong, that is an error, never a silent pairing of the wrong samples.

What belongs to the rows in one call is compared: the column of labels in X, and the indexes of X,
y, groups and weights. This is the whole rule, which docs/pitfalls.md has for users.

1. An index, or a level of it, that has the labels of the rows in their order, is right, in any
   spelling that nearly matches. It may have other separators, or family_individual, if this makes
   labels of all its entries, each as often; but a number there may be that of a plot. The index of
   X itself is right, too, unless it has the name of the column of labels, that of X has not, and
   the column contradicts it.
2. A default RangeIndex says nothing: it is what is left when an index is lost. But two indexes of
   the same numbers in different orders are of a table that was shuffled. Other whole numbers
   without a name may be those of the rows of a table, after a filter or a split. They say nothing
   beside text (unless they are the same labels, as numbers), or beside an index of X that has a
   name, unless more than 9 in 10 are in both.
3. Two indexes of names, or of the numbers of rows, have to be equal: X and y of two splits, or of
   two states of a table, are an error. Of things that X says nothing of, two indexes may be
   of different kinds, but not have the same labels in different orders. Beside the labels of the
   rows in their order, this holds for indexes of several levels that have the same values, in the
   levels in any order, and a third of the entries in common, and for a level that has the name of
   a column of X and the same values.
4. Beside the column of labels, an index is of the rows' labels if a third of it is among them; if
   only one of both has repeats, 9 in 10 (so records of cows are not taken for a column of dams).
   Without a name, or with that of the column, it also is if neither has repeats, and the index
   holds individuals of the kinship only.
5. Whole numbers in the range of row numbers, without the name of the column, are taken for labels
   only if they are exactly those of the rows, and a number that repeats has two labels, which no
   row has, or most rows differ, which chance does not bring about. It does for 0 to n - 1, and for
   unnamed numbers in increasing order beside an X without an index, as in folds. Out of the range,
   9 in 10 are labels. The index of X itself says nothing by such numbers, or by whole numbers of
   another name, such as plots.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Collection, Container, Hashable
from itertools import combinations
from typing import Any, NamedTuple

from ._labels import enumerate_labels
from ._levels import by_levels, order_of_levels, refuse_other_columns
from ._reorder import (
    are_whole,
    has_repeats,
    holds_all,
    how_to_reorder,
    keys_of,
    keys_of_both,
    n_shared,
    namings,
    without_numbers,
)

OF_AN_ALLELE = re.compile("_[A-Za-z0-9]+$")
"""What PLINK's .raw files add to the name of a marker."""
MIN_SHARE_OF_ROWS = 1 / 3
"""An index names the individuals of the rows if so many of its entries are among their labels:
dams with records of their own are fewer, and the training rows of half the data are more."""
NEARLY_ALL = 0.9
"""The same of whole numbers, which may be those of rows."""


def check_same_index(X: Any, y: Any, names: tuple[str, str] = ("X", "y")) -> None:
    """Refuse a y that is labeled in another order than X.

    A default RangeIndex is no label: it is what is left when a pipeline has lost the index.
    """
    if _have_different_indexes(X, y):
        _refuse_different_indexes(X, y, names, _remedy_by_index(X, y, names))


def check_same_indexes(**given: Any) -> None:
    """The same of each pair of several things."""
    for one, other in combinations(given, 2):
        check_same_index(given[one], given[other], (one, other))


def check_values_by_name(values: Any, names: list, name: str, remedy: str) -> None:
    """Refuse values whose index has anything but these names, in this order."""
    if carries_labels(values) and values.index.to_list() != list(names):
        raise ValueError(
            f"{name} has the index {enumerate_labels(values.index.to_list())}, but its values are "
            f"taken in the order {enumerate_labels(list(names))}. {remedy}"
        )


def check_names(names: list | None, values: Any, whose: str, name: str) -> None:
    """Refuse values whose index has the names of traits or markers in another order."""
    if names is not None:
        check_labels(RowLabels(names, f"{whose}.columns", len(names)), values, name)
        if all(isinstance(title, str) and OF_AN_ALLELE.search(title) for title in names):
            alone = [OF_AN_ALLELE.sub("", title) for title in names]
            source = f"{whose}.columns.str.replace({OF_AN_ALLELE.pattern!r}, '', regex=True)"
            check_labels(RowLabels(alone, source, len(names)), values, name)


def refuse_reordered(X: Any, y: Any, names: tuple[str, str]) -> None:
    """Refuse two things with the same index in different orders."""
    if hasattr(X, "iloc") and hasattr(y, "iloc") and set(X.index) == set(y.index):
        check_same_index(X, y, names)


def _have_different_indexes(X, y):
    """Whether two indexes contradict each other: numbers of rows do not contradict names."""
    if not (hasattr(X, "iloc") and hasattr(y, "iloc")) or X.index.equals(y.index):
        return False
    if _hold_the_same(X, y):
        return True
    if is_default_index(X.index) or is_default_index(y.index):
        return False
    if len(X) != len(y):
        return True
    if are_whole(X.index) != are_whole(y.index):
        return _are_numbers_as_text(*sorted((X.index, y.index), key=are_whole))
    if may_number_rows(y.index) and X.index.name is not None:
        return n_shared(X.index, y.index) > NEARLY_ALL * len(y)
    return not (_names_the_rows(y, X.index.to_list()) or _names_the_rows(X, y.index.to_list()))


def _hold_the_same(X, y):
    """Whether two indexes that differ hold the same entries, with their levels in any order."""
    is_same = len(X) == len(y) and set(X.index) == set(y.index)
    return is_same or order_of_levels(y.index, X.index) is not None


def _have_other_levels(X, y):
    """Whether levels beside that of the labels tell of other rows."""
    both = carries_labels(X) and carries_labels(y)
    return both and order_of_levels(y.index, X.index) is not None


def _are_numbers_as_text(names, numbers):
    """Whether two indexes have the same labels, as text and as numbers, in different orders."""
    n = math.inf if numbers.name is None else 0
    rows = RowLabels(list(names), "", n, names.name)
    pairs = _pairs_of_keys(rows.labels, numbers)
    return _do_differ(pairs) and _are_labels(numbers, rows, pairs)


def may_number_rows(index: Any) -> bool:
    """Whether an index may be what a table has by itself: whole numbers without a name."""
    is_plain = index.name is None and index.is_unique and are_whole(index)
    return is_plain and (not len(index) or min(index) >= 0)


def _refuse_different_indexes(X, y, names, remedy):
    raise ValueError(
        f"{names[0]} and {names[1]} have different indexes: {list(X.index[:3])}… and "
        f"{list(y.index[:3])}…. Rows are not matched by index, so this would pair the wrong "
        f"samples. {remedy}"
    )


class RowLabels(NamedTuple):
    """Whose rows these are.

    Attributes
    ----------
    labels : list
    source : str
        The expression that gives them, for messages.
    n_individuals : int
        How many individuals there are: a table is not expected to have more rows.
    column : hashable
        The name of the column that has them, if they are in one with a name.
    individuals : container
        All labels that rows may have, as far as they are known.
    has_index : bool
        Whether the rows have an index, beside the labels, that would have the numbers of rows.
    """

    labels: list
    source: str
    n_individuals: float
    column: Hashable = None
    individuals: Container = ()
    has_index: bool = True


def check_orders(X: Any, row_labels: Callable[[Any], RowLabels | None], **given: Any) -> None:
    """Refuse what has the labels of the rows of X in another order, or of one another.

    Parameters
    ----------
    row_labels : callable
        Gives the labels of rows of X, or None if they have none.
    given : dict
        Things that have a value for each row, by the names of the arguments.
    """
    unsettled = {name: y for name, y in given.items() if not _is_in_order(X, y, name, row_labels)}
    for one, other in combinations(given, 2):
        if {one, other} <= set(unsettled):
            _check_pair(given[one], given[other], (one, other))
        elif _have_other_levels(given[one], given[other]):
            check_same_index(given[one], given[other], (one, other))


def _is_in_order(X, y, name, row_labels):
    """Whether an index says that y is in the order of X; it is refused if it denies it."""
    if not carries_labels(X) and not carries_labels(y):
        return False
    if not hasattr(y, "iloc"):
        return False
    is_that_of_X = hasattr(X, "iloc") and X.index.equals(y.index)
    if is_that_of_X and X.index.names == y.index.names:
        return carries_labels(y)
    rows = row_labels(X)
    if is_that_of_X and not (rows and _is_named_alike(y.index, rows)):
        return carries_labels(y)
    if rows and carries_labels(y) and _names_the_rows(y, rows.labels):
        if _have_other_levels(X, y):
            _refuse_different_indexes(X, y, ("X", name), _remedy_by_X(X, y, name, rows))
        refuse_other_columns(X, y, name, rows.column)
        return True
    if rows and is_default_index(y.index) and _names_the_rows(X, rows.labels):
        return False
    if _have_different_indexes(X, y):
        _refuse_different_indexes(X, y, ("X", name), _remedy_by_X(X, y, name, rows))
    if rows:
        check_length(rows, y, name)
        check_labels(rows, y, name)
    refuse_other_columns(X, y, name, rows and rows.column)
    return False


def _check_pair(one, other, names):
    """Two things that X says nothing of, or nothing to the contrary."""
    if not (carries_labels(one) and carries_labels(other)) or len(one) != len(other):
        return
    if _hold_the_same(one, other):
        check_same_index(one, other, names)
    elif not (may_number_rows(one.index) or may_number_rows(other.index)):
        rows = RowLabels(list(one.index), f"{names[0]}.index", len(one), one.index.name)
        check_labels(rows, other, names[1])


def _names_the_rows(y, labels):
    """Whether the index of y, or a level of it, has the labels of the rows in their order."""
    if not hasattr(y, "iloc") or len(y) != len(labels):
        return False
    both = (keys_of_both(naming.to_list(), labels) for naming, _ in namings(y.index, labels))
    return any(keys == keys_of_rows for keys, keys_of_rows in both)


def check_labels(rows: RowLabels, y: Any, name: str, otherwise: str | None = None) -> None:
    """Refuse a y whose index has the labels of rows in another order.

    `otherwise` is a remedy in place of reordering y.
    """
    if not carries_labels(y) or len(y) != len(rows.labels) or _names_the_rows(y, rows.labels):
        return
    for naming, remedy in _with_remedies(rows, y, name):
        _refuse_other_order(rows, naming, name, otherwise or remedy)


def check_length(rows: RowLabels, y: Any, name: str) -> None:
    """Refuse a y of another length whose index has labels of rows, and say how to bring it in."""
    if carries_labels(y) and len(y) != len(rows.labels):
        for naming, remedy in _with_remedies(rows, y, name):
            if _has_labels(naming, rows):
                raise ValueError(
                    f"{name} has {len(y)} rows, and {rows.source} has {len(rows.labels)}. {remedy}"
                )


def _with_remedies(rows, y, name):
    """The index of y and its levels, and how to bring y into the order of the rows by each."""
    table = rows.source.partition("[")[0]
    for naming, without_others in namings(y.index, rows.labels):
        by_label = f"{name}{without_others}.loc[{rows.source}]"
        yield naming, how_to_reorder(naming, rows.labels, (table, name), by_label)


def _has_labels(index, rows):
    """Whether an index of another length has labels of rows, and not numbers of rows."""
    if are_whole(index) and (index.name is None or rows.column not in (None, index.name)):
        return False
    return bool(len(index)) and not set(keys_of(index)).isdisjoint(keys_of(rows.labels))


def check_index(X: Any, row_labels: Callable[[Any], RowLabels | None]) -> None:
    """Refuse an X whose index has the labels of its own id column in another order."""
    rows = row_labels(X) if carries_labels(X) else None
    if rows is None or _numbers_something_else(X.index, rows):
        return
    names = X.index.to_list()
    if names != rows.labels and Counter(keys_of(names)) == Counter(keys_of(rows.labels)):
        remedy = (
            "If the column is right, use X.reset_index(drop=True), and y.reset_index(drop=True) "
            "for a y that has the index of X; or correct the column."
        )
        _refuse_other_order(rows, X.index, "X", remedy)


def _numbers_something_else(index, rows):
    """Plots, for example, whose numbers are no labels of the lines that grow in them."""
    is_other = index.name is None and _is_in_range(index, rows)
    return are_whole(index) and (index.name not in (None, rows.column) or is_other)


def have_same_index(one: Any, other: Any) -> bool:
    """Whether two things are parts of one table, whatever their index means."""
    return hasattr(one, "iloc") and hasattr(other, "iloc") and one.index.equals(other.index)


def carries_labels(table: Any) -> bool:
    """Whether an index says whose rows these are."""
    return hasattr(table, "iloc") and not is_default_index(table.index)


def names_of_rows(*tables: Any) -> list | None:
    """The labels in the index of the first of several tables that has any."""
    return next((list(table.index) for table in tables if carries_labels(table)), None)


def has_labels_in_index(X: Any, ids: Collection) -> bool:
    """Whether an index has labels that are known, and no numbers of rows."""
    if not carries_labels(X) or not all(name in ids for name in X.index):
        return False
    return not may_number_rows(X.index) or max(X.index, default=0) > max(len(X), len(ids))


def is_default_index(index: Any) -> bool:
    """What is left when the labels of rows are lost: 0, 1, 2 and so on, without a name."""
    counts = type(index).__name__ == "RangeIndex" and index.start == 0 and index.step == 1
    return counts and index.name is None


def _refuse_other_order(rows, index, whose, remedy):
    """Refuse an index with the names of the individuals that is not in their order."""
    labels, names = rows.labels, index.to_list()
    pairs = _pairs_of_keys(labels, names)
    if _do_differ(pairs) and _are_labels(index, rows, pairs):
        row = next(row for row, (key, other) in enumerate(pairs) if key != other)
        raise ValueError(
            f"{rows.source} and the index of {whose} have the same labels in different orders, or "
            f"of different samples: row {row} is {labels[row]!r} in the one and {names[row]!r} in "
            f"the other. Rows are not matched by index, so this would pair the wrong samples. "
            f"{remedy}"
        )


def _pairs_of_keys(labels, names):
    return list(zip(*keys_of_both(labels, without_numbers(names, set(labels))), strict=True))


def _do_differ(pairs):
    return any(key != other for key, other in pairs)


def _are_labels(index, rows, pairs):
    """Whether an index has labels of the rows, by how many it has; from pairs of their keys."""
    keys, keys_of_names = zip(*pairs, strict=True)
    least = MIN_SHARE_OF_ROWS
    if not _is_named_alike(index, rows):
        if _is_in_range(index, rows):
            return _are_no_numbers_of_rows(index, rows, pairs)
        if are_whole(index) or has_repeats(keys) != has_repeats(keys_of_names):
            least = NEARLY_ALL
    return n_shared(keys, keys_of_names) > least * len(pairs) or _names_other_rows(index, rows)


def _is_named_alike(index, rows):
    """Whether an index has the name of the column of labels."""
    return index.name is not None and index.name == rows.column


def _is_in_range(index, rows):
    """Whether whole numbers may be those of the rows of a table."""
    n = max(len(rows.labels), rows.n_individuals)
    return are_whole(index) and min(index, default=0) >= 0 and max(index, default=0) < n


def _are_no_numbers_of_rows(index, rows, pairs):
    """Whether numbers in their range are the labels of the rows, by more than chance."""
    keys, keys_of_names = zip(*pairs, strict=True)
    if Counter(keys) != Counter(keys_of_names):
        return False
    if len(set(pairs)) > len(set(keys_of_names)):
        return True
    n_differing = sum(key != other for key, other in pairs)
    if set(index) == set(range(len(index))) or n_differing <= len(index) / 2:
        return False
    return rows.has_index or index.name is not None or not index.is_monotonic_increasing


def hold_labels(values: Any, rows: RowLabels) -> bool:
    """Whether a column has the labels of the rows in any order, or of many of them, in a fold.

    Values of a trait are rarely all different, and all of them labels of individuals.
    """
    if len(rows.labels) < 2 or len(values) != len(rows.labels):
        return False
    if not all(isinstance(value, Hashable) and value in rows.individuals for value in values):
        return False
    least = 0 if Counter(values) == Counter(rows.labels) else MIN_SHARE_OF_ROWS * len(values)
    is_another_part = least and has_repeats(values)
    return not is_another_part and n_shared(values, rows.labels) > least


def _names_other_rows(index, rows):
    """Whether each row has one individual of the kinship, and another one by the index.

    Dams are repeated, or are in an index of that name.
    """
    return (
        index.name in (None, rows.column)
        and index.is_unique
        and not has_repeats(rows.labels)
        and all(name in rows.individuals for name in index)
    )


def _remedy_by_X(X, y, name, rows):
    """How to reorder y: by the index of X or its column of labels, whichever y has."""
    by_column = None if rows is None else f"{name}.loc[{rows.source}]"
    if rows and _is_named_alike(y.index, rows):
        return how_to_reorder(y.index, rows.labels, ("X", name), f"{by_column}.to_numpy()")
    are_names = rows and not are_whole(y.index) and not holds_all(y.index, X.index)
    if are_names and _has_labels(y.index, rows) and not _has_labels(X.index, rows):
        return how_to_reorder(y.index, rows.labels, ("X", name), f"{by_column}.to_numpy()")
    remedy = _remedy_by_index(X, y, ("X", name))
    may_be_labels = are_whole(y.index) and set(y.index) != set(X.index)
    if rows and may_be_labels and holds_all(y.index, rows.labels):
        return f"If the index of {name} has the labels, use {by_column}.to_numpy(). Else: {remedy}"
    return remedy


def _remedy_by_index(X, y, names):
    in_other_levels = by_levels(X, y, names)
    if in_other_levels:
        naming, by_label = in_other_levels
        return how_to_reorder(naming, X.index, names, by_label)
    for naming, without_others in namings(y.index, X.index)[::-1]:
        by_label = f"{names[1]}{without_others}.loc[{names[0]}.index]"
        may_differ = are_whole(naming) and None in (naming.name, X.index.name)
        remedy = how_to_reorder(naming, X.index, names, by_label, may_differ)
        if holds_all(naming, X.index):
            break
    return remedy
