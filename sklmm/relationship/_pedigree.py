"""From a pedigree to a Kinship."""

from __future__ import annotations

import warnings
from collections import Counter
from collections.abc import Hashable, Sequence, Set
from typing import Any

import numpy as np

from .._kinship import Kinship, check_ids, own_kinship
from .._labels import (
    NearLabels,
    as_labels,
    as_labels_or_none,
    looks_like_unknown,
    near_key,
    refuse_other_types,
    same_way,
)
from .._order import RowLabels, check_labels, check_same_index, have_same_index

UNKNOWN = (0, "0", "", ".", "NA", "NaN", "nan", "None", "<NA>")
FOUNDERS_SHOWN = 3


def numerator(
    ids: Sequence[Hashable] | Any,
    father: Sequence[Hashable] | Any,
    mother: Sequence[Hashable] | Any,
    *,
    unknown: Sequence[Hashable] | Set[Hashable] = UNKNOWN,
) -> Kinship:
    """Numerator relationships A of a pedigree, with inbreeding.

    Twice the probability that alleles of two individuals are identical by descent, by the
    tabular method [1]_: a relationship is the mean of those of the younger one's parents, and
    that of an individual with itself is 1 plus half the relationship of its parents.

    Parameters
    ----------
    ids : sequence of n hashable labels
        The individuals, in any order: parents may follow their offspring.
    father, mother : sequence of n labels
        The parents of each. None, nan and `unknown` stand for an unknown parent, taken as
        unrelated to all others. In plants both may be the same. Where `ids` are pairs (family,
        individual), so are the parents.
    unknown : sequence or set, default=(0, "0", "", ".", "NA", "NaN", "nan", "None", "<NA>")
        Labels of unknown parents.

    Returns
    -------
    Kinship
        In the order of `ids`, followed by parents that are not among them, as founders.

    Raises
    ------
    ValueError
        If an individual is its own ancestor or is listed twice, lengths or the order of
        indexes differ, or a parent that is not listed nearly matches a label (by type, case,
        blanks, leading zeros and the like) or looks like a code for an unknown one: it is both
        parents of an individual, for example.

    Warns
    -----
    UserWarning
        If parents are not among `ids` and become founders; it names them.

    See Also
    --------
    single_step : Combine A with a genomic relationship of some of the individuals.

    References
    ----------
    .. [1] Henderson (1976). A simple method for computing the inverse of a numerator
       relationship matrix used in prediction of breeding values. Biometrics 32, 69-83.

    Examples
    --------
    >>> from sklmm.relationship import numerator
    >>> ids, nobody = ["calf", "cow", "bull"], [None, None]
    >>> numerator(ids, father=["bull", *nobody], mother=["cow", *nobody]).to_dataframe()
          calf  cow  bull
    calf   1.0  0.5   0.5
    cow    0.5  1.0   0.0
    bull   0.5  0.0   1.0
    """
    for one, other, names in (
        (ids, father, ("ids", "father")),
        (ids, mother, ("ids", "mother")),
        (father, mother, ("father", "mother")),
    ):
        check_same_index(one, other, names)
    labels = as_labels(ids, "ids")
    for column, name in ((father, "father"), (mother, "mother")):
        if not have_same_index(ids, column):
            check_labels(RowLabels(labels, "ids", len(labels)), column, name)
    if not labels:
        raise ValueError("ids is empty: a pedigree needs at least one individual.")
    check_ids(labels, len(labels))
    nobody = _codes(unknown)
    _refuse_names_of_unknown(labels, nobody)
    fathers = _parents(father, "father", len(labels), nobody)
    mothers = _parents(mother, "mother", len(labels), nobody)
    parents = list(zip(fathers, mothers, strict=True))
    founders = _find_founders(labels, parents)
    _refuse_codes(founders, parents)
    _refuse_listed_codes(labels, parents)
    known = {"father": fathers, "mother": mothers}
    refuse_other_types(
        {"ids": labels}
        | {name: [label for label in of if label is not None] for name, of in known.items()}
    )
    _refuse_near_matches(labels, founders)
    _warn_of_founders(founders)
    _warn_of_two_spellings(labels, parents)
    row_of = {label: row for row, label in enumerate([*labels, *founders])}
    everybody = list(row_of)
    rows = np.full((len(everybody), 2), -1)
    for row, pair in enumerate(parents):
        rows[row] = [-1 if parent is None else row_of[parent] for parent in pair]
    return own_kinship(_tabular(rows, _parents_first(rows, everybody)), everybody)


def _parents(labels, name, n, nobody):
    """The parent of each individual, None where it is unknown."""
    parents = as_labels_or_none(labels, name)
    if len(parents) != n:
        raise ValueError(
            f"{name} must have one label for each of the {n} ids, got {len(parents)}."
        )
    return [None if _is_nobody(parent, nobody) else parent for parent in parents]


def _codes(unknown):
    """Those of unknown parents, in any order."""
    if isinstance(unknown, str | bytes) or not hasattr(unknown, "__iter__"):
        raise TypeError(
            f"unknown must be a sequence of labels, got {unknown!r}. Use unknown=[{unknown!r}]."
        )
    labels = list(unknown) if isinstance(unknown, Set) else unknown
    return set(as_labels_or_none(labels, "unknown")) | {None}


def _is_nobody(parent, nobody):
    """Also ("F1", "0"), the unknown parent of somebody in the family F1."""
    is_of_a_family = isinstance(parent, tuple) and len(parent) == 2
    return parent in nobody or (is_of_a_family and parent[1] in nobody)


def _refuse_names_of_unknown(labels, nobody):
    for row, label in enumerate(labels):
        if label in nobody:
            raise ValueError(
                f"ids: {label!r} in row {row} stands for an unknown parent. Rename the "
                "individual, or choose other labels by unknown=."
            )


def _find_founders(labels, parents):
    """Parents that are not among ids, each with the number of individuals that it is parent of."""
    listed = set(labels)
    of_individuals = (dict.fromkeys(pair) for pair in parents)
    return Counter(
        parent
        for pair in of_individuals
        for parent in pair
        if parent is not None and parent not in listed
    )


def _refuse_codes(founders, parents):
    """A code for an unknown parent would be one founder, the parent of many."""
    both = Counter(father for father, mother in parents if father == mother)
    for founder, n_offspring in founders.items():
        name = founder[-1] if isinstance(founder, tuple) and founder else founder
        if looks_like_unknown(name):
            reason = "looks like a code for an unknown parent"
        elif both[founder] and n_offspring > 1:
            reason = (
                f"is both parents of {both[founder]} of its {n_offspring} offspring, as a code "
                "for an unknown parent would be"
            )
        else:
            continue
        raise ValueError(
            f"The parent {founder!r} is not among ids and {reason}. Name all such codes by "
            f"unknown=[{founder!r}, ...], or list it among ids if it is an individual."
        )


def _refuse_listed_codes(labels, parents):
    """A code that was listed among ids, as founders are."""
    fathers, mothers = (set(of) - {None} for of in zip(*parents, strict=True))
    founders = {label for label, pair in zip(labels, parents, strict=True) if pair == (None, None)}
    for label in fathers & mothers & founders:
        name = label[-1] if isinstance(label, tuple) and label else label
        if looks_like_unknown(name) and not _is_counted(name):
            raise ValueError(
                f"{label!r} is among ids, but looks like a code for an unknown parent, and is a "
                f"father and a mother. Leave it out of ids and name all such codes by "
                f"unknown=[{label!r}, ...], or rename it if it is an individual."
            )


def _is_counted(name):
    """0 is the first individual where they are counted from 0."""
    return not isinstance(name, bool) and name in (0, "0")


def _warn_of_two_spellings(labels, parents):
    """Warn of two spellings of one founder, each listed among ids and a parent."""
    are_parents = {parent for pair in parents for parent in pair}
    first: dict = {}
    for label, pair in zip(labels, parents, strict=True):
        if any(parent is not None for parent in pair) or label not in are_parents:
            continue
        other = first.setdefault(near_key(label), label)
        if other != label:
            warnings.warn(
                f"The founders {other!r} and {label!r} nearly match. If they are one individual "
                "in two spellings, their offspring are half sibs and not unrelated: write "
                f"{same_way(other, label)}.",
                UserWarning,
                stacklevel=3,
            )
            return


def _refuse_near_matches(labels, founders):
    """A parent in another spelling would be a founder, unrelated to its own offspring."""
    are_pairs = {isinstance(label, tuple) for label in labels}
    near = NearLabels([*labels, *founders])
    near_ids = NearLabels(labels)
    for founder in founders:
        similar = near_ids.find(founder)
        similar = near.find(founder) if similar is None else similar
        if similar != founder:
            raise ValueError(
                f"The parent {founder!r} is not among ids, but nearly matches {similar!r}. Write "
                f"{same_way(founder, similar)} if they are one individual; if they are not, list "
                f"{founder!r} among ids, with unknown parents."
            )
        if are_pairs == {True} and not isinstance(founder, tuple):
            raise ValueError(
                f"The parent {founder!r} has no family, but ids are tuples such as {labels[0]!r}. "
                f"Give parents in the same way, such as {(*labels[0][:-1], founder)!r}."
            )


def _warn_of_founders(founders):
    if founders:
        shown = [f"{label!r} (of {n})" for label, n in founders.most_common(FOUNDERS_SHOWN)]
        more = ", …" * (len(founders) > FOUNDERS_SHOWN)
        warnings.warn(
            f"{len(founders)} parents are not among ids and become founders, unrelated to all "
            f"others: {', '.join(shown)}{more}, with the number of their offspring. List them "
            "among ids, with unknown parents, if that is right; if they stand for unknown "
            "parents, name them by unknown=.",
            UserWarning,
            stacklevel=3,
        )


def _tabular(parents, order):
    """A row by row, from parents to offspring, in the order in which they are known."""
    n = len(parents)
    place_of = np.empty(n + 1, dtype=np.intp)
    place_of[order], place_of[-1] = np.arange(n), -1
    A = np.zeros((n, n))
    for place, pair in enumerate(place_of[parents[order]]):
        known = [parent for parent in pair if parent >= 0]
        A[place, :place] = A[:place, :place][known].sum(axis=0) / 2
        A[:place, place] = A[place, :place]
        A[place, place] = 1 + (A[tuple(known)] / 2 if len(known) == 2 else 0)
    return A[np.ix_(place_of[:-1], place_of[:-1])]


def _parents_first(parents, labels):
    """An order in which parents precede their offspring, or an error that names a loop."""
    n_waiting = (parents >= 0).sum(axis=1)
    offspring: list[list[int]] = [[] for _ in labels]
    for row, pair in enumerate(parents):
        for parent in pair[pair >= 0]:
            offspring[parent].append(row)
    ready: list[int] = np.flatnonzero(n_waiting == 0).tolist()
    order: list[int] = []
    while ready:
        row = ready.pop()
        order.append(row)
        for child in offspring[row]:
            n_waiting[child] -= 1
            if n_waiting[child] == 0:
                ready.append(child)
    if len(order) < len(labels):
        loop = " <- ".join(repr(labels[row]) for row in _loop(parents, n_waiting))
        raise ValueError(
            f"The pedigree has a loop: {loop} (offspring <- parent). Nobody can be its own "
            "ancestor; correct the parents of one of them."
        )
    return np.array(order, dtype=np.intp)


def _loop(parents, n_waiting):
    """Rows of a loop, from an individual back to itself."""
    row, path = int(np.flatnonzero(n_waiting)[0]), []
    while row not in path:
        path.append(row)
        row = next(int(parent) for parent in parents[row] if parent >= 0 and n_waiting[parent])
    return [*path[path.index(row) :], row]
