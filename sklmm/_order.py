"""Are two things in the same order of rows? By the labels that they carry.

Rows belong together by position, as everywhere in scikit-learn. Where labels say that the
positions are wrong, that is an error, never a silent pairing of the wrong samples.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Container, Hashable
from operator import itemgetter
from typing import Any, NamedTuple

from ._labels import as_plain_text, enumerate_labels, near_key

OF_AN_ALLELE = re.compile("_[A-Za-z0-9]+$")
"""What PLINK's .raw files add to the name of a marker."""
MIN_SHARE_OF_ROWS = 1 / 3
"""An index names the individuals of the rows if so many of its entries are among their labels:
dams with records of their own are fewer, and the training rows of half the data are more."""
NEARLY_ALL = 0.9
"""The same of whole numbers, which may be those of rows."""

WAYS_TO_WRITE_PAIRS: tuple[tuple[Callable[[Any], str], str], ...] = (
    (itemgetter(-1), "pair[-1]"),
    *((sign.join, f"{sign!r}.join(pair)") for sign in ("_", " ", ":", "")),
)
"""Text for a pair (family, individual), by its individual or both joined, and code for that."""


def check_same_index(X: Any, y: Any, names: tuple[str, str] = ("X", "y")) -> None:
    """Refuse a y that is labeled in another order than X.

    A default RangeIndex is no label: it is what is left when a pipeline has lost the index.
    """
    if _have_different_indexes(X, y):
        for naming, without_others in _namings(y.index, X.index)[::-1]:
            by_label = f"{names[1]}{without_others}.loc[{names[0]}.index]"
            remedy = _remedy(naming, X.index, names, by_label)
            if _holds_all(naming, X.index):
                break
        _refuse_different_indexes(X, y, names, remedy)


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
    """Beside names, numbers of rows contradict nothing."""
    if not (hasattr(X, "iloc") and hasattr(y, "iloc")) or X.index.equals(y.index):
        return False
    if len(X) == len(y) and set(X.index) == set(y.index):
        return True
    if is_default_index(X.index) or is_default_index(y.index):
        return False
    if len(X) != len(y):
        return True
    are_numbers = [all(map(_is_whole_number, index)) for index in (X.index, y.index)]
    if are_numbers[0] != are_numbers[1]:
        return False
    return not (_names_the_rows(y, X.index.to_list()) or _names_the_rows(X, y.index.to_list()))


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
    """

    labels: list
    source: str
    n_individuals: int
    column: Hashable = None
    individuals: Container = ()


def check_order(X: Any, y: Any, name: str, row_labels: Callable[[Any], RowLabels | None]) -> None:
    """Refuse a y whose index has the labels of the rows of X in another order.

    An index of whole numbers that may be the numbers of rows says nothing, also after a split
    or a shuffle. Labels in the right order pass, whatever the index of X.

    Parameters
    ----------
    row_labels : callable
        Gives the labels of rows of X, or None if they have none.
    """
    rows = row_labels(X) if _says_other_rows(X, y) else None
    if rows is not None and _names_the_rows(y, rows.labels):
        return
    if _have_different_indexes(X, y):
        names = ("X", name)
        is_found_by_index = _holds_all(y.index, X.index)
        if rows is not None and not is_found_by_index and _finds_all_rows(y.index, rows.labels):
            by_label = f"{name}.loc[{rows.source}].to_numpy()"
            remedy = _remedy(y.index, rows.labels, names, by_label)
            _refuse_different_indexes(X, y, names, remedy)
        check_same_index(X, y, names)
    if rows is not None:
        check_labels(rows, y, name)


def _says_other_rows(X, y):
    """Whether y has an index, and not that of X."""
    return carries_labels(y) and not (carries_labels(X) and X.index.equals(y.index))


def _names_the_rows(y, labels):
    """Whether the index of y, or a level of it, has the labels of the rows in their order."""
    if len(y) != len(labels):
        return False
    both = (_keys_of_both(naming.to_list(), labels) for naming, _ in _namings(y.index, labels))
    return any(keys == keys_of_rows for keys, keys_of_rows in both)


def check_labels(rows: RowLabels, y: Any, name: str) -> None:
    """Refuse a y whose index has the labels of rows in another order."""
    if not carries_labels(y) or len(y) != len(rows.labels) or _names_the_rows(y, rows.labels):
        return
    for naming, without_others in _namings(y.index, rows.labels):
        by_label = f"{name}{without_others}.loc[{rows.source}]"
        table = rows.source.partition("[")[0]
        remedy = _remedy(naming, rows.labels, (table, name), by_label)
        _refuse_other_order(rows, naming, name, remedy)


def check_index(X: Any, row_labels: Callable[[Any], RowLabels | None]) -> None:
    """Refuse an X whose index has the labels of its own id column in another order."""
    rows = row_labels(X) if carries_labels(X) else None
    if rows is None or _numbers_something_else(X.index, rows):
        return
    names = X.index.to_list()
    if Counter(_keys(names)) == Counter(_keys(rows.labels)):
        remedy = (
            "If the column is right, use X.reset_index(drop=True), and y.reset_index(drop=True) "
            "for a y that has the index of X; or correct the column."
        )
        _refuse_other_order(rows, X.index, "X", remedy)


def _numbers_something_else(index, rows):
    """Plots, for example, whose numbers are no labels of the lines that grow in them."""
    return index.name not in (None, rows.column) and all(map(_is_whole_number, index))


def have_same_index(one: Any, other: Any) -> bool:
    """Whether two things are parts of one table, whatever their index means."""
    return hasattr(one, "iloc") and hasattr(other, "iloc") and one.index.equals(other.index)


def carries_labels(table: Any) -> bool:
    """Whether an index says whose rows these are."""
    return hasattr(table, "iloc") and not is_default_index(table.index)


def is_default_index(index: Any) -> bool:
    """What is left when the labels of rows are lost: 0, 1, 2 and so on, without a name."""
    counts = type(index).__name__ == "RangeIndex" and index.start == 0 and index.step == 1
    return counts and index.name is None


def _namings(index, labels):
    """The index and, where it has several levels, each, with what drops the others."""
    namings = [(index, "")]
    for level in range(index.nlevels if index.nlevels > 1 else 0):
        others = [other for other in range(index.nlevels) if other != level]
        namings.append((index.get_level_values(level), f".droplevel({others})"))
    are_pairs = any(isinstance(label, tuple) for label in labels)
    return namings if are_pairs else namings[::-1]


def _refuse_other_order(rows, index, whose, remedy):
    """Where the names are those of the individuals, but not in their order."""
    labels, source, n_individuals = rows[:3]
    names = index.to_list()
    keys, keys_of_names = _keys_of_both(labels, names)
    needed = MIN_SHARE_OF_ROWS
    is_named_alike = index.name is not None and index.name == rows.column
    if all(_is_whole_number(name) for name in names) and not is_named_alike:
        may_be_positions = min(names) >= 0 and max(names) < max(len(labels), n_individuals)
        if may_be_positions:
            return
        needed = NEARLY_ALL
    n_found = (Counter(keys) & Counter(keys_of_names)).total()
    differing = [
        row
        for row, (name, label) in enumerate(zip(names, labels, strict=True))
        if keys_of_names[row] != keys[row] and not _is_numbered(name, label)
    ]
    are_too_many = n_found > needed * len(labels)
    if differing and (are_too_many or _names_other_rows(index, rows)):
        row = differing[0]
        raise ValueError(
            f"{source} and the index of {whose} have the same labels in different orders, or of "
            f"different samples: row {row} is {labels[row]!r} in the one and {names[row]!r} in "
            f"the other. Rows are not matched by index, so this would pair the wrong samples. "
            f"{remedy}"
        )


def _names_other_rows(index, rows):
    """Whether each row has one individual of the kinship, and another one by the index.

    Dams are repeated, or are in an index of that name.
    """
    return (
        index.name in (None, rows.column)
        and index.is_unique
        and len(set(rows.labels)) == len(rows.labels)
        and all(name in rows.individuals for name in index)
    )


def _is_numbered(name, label):
    """Records of one individual, line7, line7.1 and so on, as R numbers them."""
    return isinstance(name, str) and isinstance(label, str) and name.startswith(f"{label}.")


def _keys_of_both(labels, names):
    """Comparable keys, also of pairs (family, individual) beside one text for each."""
    are_pairs = [_are_pairs(labels), _are_pairs(names)]
    if not len(labels) or are_pairs[0] == are_pairs[1]:
        return _keys(labels), _keys(names)
    if are_pairs[0]:
        return _keys_of_pairs(labels, names)
    return _keys_of_pairs(names, labels)[::-1]


def _keys_of_pairs(pairs, others):
    """Keys of pairs by individuals alone, or by both parts joined, whichever finds more."""
    keys, best, most = _keys(others), None, -1
    for write, _ in WAYS_TO_WRITE_PAIRS:
        of_pairs = [near_key(write([as_plain_text(part) for part in pair])) for pair in pairs]
        n_found = len(set(of_pairs) & set(keys))
        if n_found > most:
            best, most = of_pairs, n_found
    return best, keys


def _are_pairs(labels):
    return all(isinstance(label, tuple) for label in labels)


def _are_pairs_of_text(labels):
    return _are_pairs(labels) and all(isinstance(part, str) for pair in labels for part in pair)


def _keys(labels):
    return [near_key(label) for label in labels]


def _is_whole_number(name):
    is_number = isinstance(name, int | float) and not isinstance(name, bool)
    return is_number and float(name).is_integer()


def _remedy(index, labels, names, by_label):
    """How to bring y, of this index, into the order of the rows, which have these labels."""
    table, name = names
    keep = f"{name}.to_numpy() if the order is right."
    if not index.is_unique or len(set(labels)) < len(labels):
        return (
            f"An index that repeats labels does not tell records apart: take {table} and {name} "
            f"from one table, or use {keep}"
        )
    if _holds_all(index, labels):
        return f"Use {by_label}, or {keep}"
    for write, code in WAYS_TO_WRITE_PAIRS if _are_pairs_of_text(labels) else ():
        if _holds_all(index, [write(pair) for pair in labels]):
            return f"Use {by_label.replace('.loc[', f'.loc[[{code} for pair in ')}], or {keep}"
    lacking = [label for label in labels if label not in index]
    if set(_keys(lacking)) <= set(_keys(index)):
        return f"Write the labels in the same way in both and use {by_label}, or use {keep}"
    if len(lacking) < len(labels):
        return (
            f"{name} lacks {lacking[0]!r}, for example: take the rows that both have by a merge "
            f"on the label, before any split, or use {keep}"
        )
    return f"Use {keep}"


def _holds_all(index, labels):
    return index.is_unique and set(labels) <= set(index)


def _finds_all_rows(index, labels):
    """Whether an index has all labels, and they are no numbers of rows."""
    return _holds_all(index, labels) and not all(map(_is_whole_number, labels))
