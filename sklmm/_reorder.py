"""How are the labels of rows written, and how to bring a table into their order?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from decimal import Decimal
from operator import itemgetter
from typing import Any

from ._labels import SEPARATOR, as_plain_text, near_key

WAYS_TO_WRITE_PAIRS: tuple[tuple[Callable, str], ...] = (
    (itemgetter(-1), "pair[-1]"),
    *((sign.join, f"{sign!r}.join(pair)") for sign in ("_", " ", ":", "")),
)
"""Text for a pair (family, individual), by its individual or both joined, and code for that."""


def namings(index: Any, labels: list) -> list[tuple[Any, str]]:
    """The index and, where it has several levels, each, with what drops the others."""
    namings = [(index, "")]
    for level in range(index.nlevels if index.nlevels > 1 else 0):
        others = [other for other in range(index.nlevels) if other != level]
        namings.append((index.get_level_values(level), f".droplevel({others})"))
    are_pairs = any(isinstance(label, tuple) for label in labels)
    return namings if are_pairs else namings[::-1]


def without_numbers(names: Iterable, labels: set) -> list:
    """Records of one individual, line7, line7.1 and so on, as R numbers them, by their label."""
    alone = [name.rpartition(".")[0] if isinstance(name, str) else name for name in names]
    return [
        label if name not in labels and label in labels else name
        for name, label in zip(names, alone, strict=True)
    ]


def has_repeats(labels: Any) -> bool:
    """Whether a label is there twice."""
    return len(set(labels)) < len(labels)


def n_shared(one: Iterable, other: Iterable) -> int:
    """How many labels are in both, each as often as in the one that has it less often."""
    return (Counter(one) & Counter(other)).total()


def keys_of_both(labels: list, names: Iterable) -> tuple[list, list]:
    """Comparable keys, also of pairs (family, individual) beside one text for each."""
    are_pairs = [_are_pairs(labels), _are_pairs(names)]
    if not len(labels) or are_pairs[0] == are_pairs[1]:
        return _keys_of_one_kind(labels, names)
    if are_pairs[0]:
        return _keys_of_pairs(labels, names)
    return _keys_of_pairs(names, labels)[::-1]


def _keys_of_one_kind(labels, names):
    """Keys by whichever spelling makes labels of all names, each as often; else plain keys."""
    keys, others = keys_of(labels), keys_of(names)
    if Counter(keys) == Counter(others) or not _are_texts([*labels, *names]):
        return keys, others
    for one, other in (
        (_without_separators(keys), _without_separators(others)),
        (keys, _endings(names, keys)),
        (_endings(labels, others), others),
    ):
        if one and other and Counter(one) == Counter(other):
            return one, other
    return keys, others


def _are_texts(labels):
    return all(isinstance(label, str) for label in labels)


def _without_separators(keys):
    """Keys of "L-007" for those of "L007", unless they are numbers, such as row-column."""
    joined = [SEPARATOR.sub("", str(key)) for key in keys]
    return None if any(key.isdecimal() for key in joined) else joined


def _endings(names, keys):
    """Keys of the individuals in names such as family_individual; None if that is not certain.

    In "plot_7" a number is another one than that of the individual; in "7_7" it is not. Parents of
    a cross are both individuals: the first may be the one that is meant.
    """
    known, endings = set(keys), []
    for name in names:
        ending = next(filter(known.__contains__, _endings_of(name)), None)
        if ending is None:
            return None
        endings.append(ending)
    starts = [near_key(SEPARATOR.split(name)[0]) for name in names]
    return endings if endings == keys or starts != keys else None


def _endings_of(name):
    for found in SEPARATOR.finditer(name):
        ending = near_key(name[found.end() :])
        if not isinstance(ending, Decimal) or near_key(name[: found.start()]) == ending:
            yield ending


def _keys_of_pairs(pairs, others):
    """Keys of pairs by individuals alone, or by both parts joined, whichever finds more."""
    keys, best, most = keys_of(others), None, -1
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


def keys_of(labels: Iterable) -> list:
    """Keys that are the same for labels that nearly match."""
    return [near_key(label) for label in labels]


def are_whole(index: Iterable) -> bool:
    """Whether all labels are whole numbers."""
    return all(map(_is_whole_number, index))


def _is_whole_number(name):
    is_number = isinstance(name, int | float) and not isinstance(name, bool)
    return is_number and float(name).is_integer()


def how_to_reorder(
    index: Any, labels: Any, names: tuple[str, str], by_label: str, may_differ: bool = False
) -> str:
    """How to bring y, of this index, into the order of the rows, which have these labels.

    If both have whole numbers, of which one may be those of rows, they may differ in meaning.
    """
    table, name = names
    is_as_long = len(index) == len(labels)
    keep = f"{name}.to_numpy() if the order is right"
    one_table = f"take {table} and {name} from one table"
    is_repeated = has_repeats(without_numbers(index, set(labels)))
    if holds_all(index, labels) and not is_repeated:
        condition = " if a number means the same in both indexes" * may_differ
        return f"Use {by_label}{condition}{f', or {keep}' * is_as_long}."
    if is_repeated or has_repeats(labels):
        why = "An index that repeats labels does not tell records apart"
        return f"{why}: {one_table}{f', or use {keep}' * is_as_long}."
    for write, code in WAYS_TO_WRITE_PAIRS if _are_pairs_of_text(labels) else ():
        if holds_all(index, [write(pair) for pair in labels]):
            by_pair = by_label.replace(".loc[", f".loc[[{code} for pair in ") + "]"
            return f"Use {by_pair}{f', or {keep}' * is_as_long}."
    lacking = [label for label in labels if label not in index]
    if _nearly_match(lacking, index):
        same = f"Write the labels in the same way in both and use {by_label}"
        return f"{same}{f', or use {keep}' * is_as_long}."
    if may_differ:
        why = "Numbers of rows are no labels"
        return f"{why}: {one_table}, before any split{f', or use {keep}' * is_as_long}."
    if len(lacking) < len(labels):
        return (
            f"{name} lacks {lacking[0]!r}, for example: take the rows that both have by a merge "
            f"on the label, before any split{f', or use {keep}' * is_as_long}."
        )
    return f"Use {keep}." if is_as_long else f"Take {table} and {name} from one table."


def _nearly_match(labels, index):
    """Whether all labels are in an index, in another spelling."""
    keys, others = keys_of(labels), keys_of(index)
    if not set(keys) <= set(others) and _are_texts([*labels, *index]):
        keys, others = _keys_of_one_kind(labels, index)
    return set(keys) <= set(others)


def holds_all(index: Any, labels: Iterable) -> bool:
    """Whether each label has its place in an index."""
    return index.is_unique and set(labels) <= set(index)
