"""Totals and means at the end of a table, or in a matrix, which are no individuals."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from .._kinship import Kinship
from .._labels import enumerate_labels
from .._numbers import LARGEST_EXACT
from ._lines import warn_user

if TYPE_CHECKING:
    import pandas as pd

MIN_ROWS = 3
"""Of individuals."""
MAX_SUMMARIES = 8
"""Lines at the end: means, standard deviations, extremes and least differences."""
MIN_TOTAL = 30
"""In units of a column: doses of 0, 1, 2 and 3 end with the sum of the others."""
LARGEST_CHANCE = 1e-4
"""That somebody has the mean of the others in all columns, if names do not differ."""
LARGEST_CHANCE_IF_UNLIKE = 0.1
"""The same of somebody whose name is unlike those above: line7, and then Mean."""
LEAST_CHANCE = 1e-3
"""Of one column: grams of many digits may have been pounds of few."""
IS_TELLING = 0.1
LARGEST_ROUNDING = 0.1
"""Of means, as a share of how far the diagonal is above them, which no rounding explains."""
ROUNDING = 1e-9


def _deviation(values):
    return np.std(values, ddof=1)


STATISTICS = {
    "mean": (np.mean,),
    "median": (np.median,),
    "standard deviation": (_deviation, np.std),
    "standard error": (lambda values: _deviation(values) / np.sqrt(len(values)),),
    "coefficient of variation": (
        lambda values: 100 * _deviation(values) / np.mean(values),
        lambda values: _deviation(values) / np.mean(values),
    ),
}
"""Of rows of individuals, by what a column is summed up to."""
N_OTHERS = sum(map(len, STATISTICS.values())) - 1


def warn_of_totals(
    name: str,
    table: pd.DataFrame,
    id_columns: Sequence[Hashable],
    labels: Sequence[Hashable],
    joined: Collection[Hashable],
) -> None:
    """Last rows that sum up those above them, in all columns of numbers that they have.

    The same of one first row for all rows below it, and of rows among others for groups.
    """
    columns = [
        table[column].to_numpy(dtype=float, na_value=np.nan)
        for column in table.columns
        if column not in id_columns and table[column].dtype.kind in "iuf"
    ]
    if not columns:
        return
    values = np.column_stack(columns)
    groups = _summaries_of_groups(values, labels)
    if groups:
        known = [label for label in groups if label in joined]
        if known:
            _warn_of_groups(name, known)
        return
    for statistics in (["mean"], [*STATISTICS][1:]):
        for first, row, is_unlike in _candidates(labels):
            kind = _kind_of(values[:first], values[first:], row - first, is_unlike, statistics)
            if kind:
                last = [label for label in dict.fromkeys(labels[first:]) if label in joined]
                if labels[row] in joined:
                    _warn(name, last, labels[row], kind)
                return
    is_first = len(labels) > MIN_ROWS and labels[0] not in labels[1:]
    if is_first and labels[0] in joined and _is_unlike(labels[0], labels[1:]):
        kind = _kind_of(values[1:], values[:1], 0, True)
        if kind:
            warn_user(
                f"{name}: the first row, {labels[0]!r}, seems to be the {kind} of the rows below "
                "it, and no individual. Leave it out, or say by ids= who is wanted."
            )


def _summaries_of_groups(values, labels):
    """Labels of rows that sum up the individuals since the last such row, or all of them."""
    have = np.array([traits_of(label) for label in labels]).reshape(len(labels), -1)
    for has_trait in have.T:
        places = np.flatnonzero(~has_trait)
        if len(places) < 2 or (MIN_ROWS + 1) * (len(places) - 1) > len(labels):
            continue
        n_groups = start = 0
        for place in places:
            is_of_all = place == start
            above = values[:place][has_trait[:place]] if is_of_all else values[start:place]
            if len(above) < MIN_ROWS or not _kind_of(above, values[[place]], 0, True):
                break
            n_groups, start = n_groups + (not is_of_all), int(place) + 1
        else:
            if n_groups > 1:
                return [labels[place] for place in places]
    return []


def _warn_of_groups(name, labels):
    warn_user(
        f"{name}: the rows {enumerate_labels(labels)} seem to be totals or means of the rows "
        "above each, and no individuals. Leave them out, or say by ids= who is wanted."
    )


def warn_of_total_in_matrix(path: Path, kinship: Kinship) -> None:
    """A row and column that are the sum or the mean of all others, as a pivot table adds them."""
    K, n_others = kinship.matrix, len(kinship) - 1
    if n_others < MIN_ROWS - 1:
        return
    sums, largest = K.sum(axis=0), max(abs(K.max()), abs(K.min()))
    of_others = sums - K.diagonal()
    shortfalls = (K.trace() - K.diagonal()) / n_others - K.diagonal()
    is_total = np.abs(of_others - K.diagonal()) <= ROUNDING * largest * n_others
    is_mean = np.abs(of_others / n_others - K.diagonal()) <= LARGEST_ROUNDING * shortfalls
    is_mean &= (shortfalls > ROUNDING * largest) & (n_others >= MIN_ROWS)
    for place in np.flatnonzero(is_total | is_mean):
        row, label = K[place], kinship.ids[place]
        rounding = 0.0
        if is_mean[place]:
            rounding = min(1 / _scale_of(row, largest), LARGEST_ROUNDING * shortfalls[place])
        expected = (sums - row) / (n_others if is_mean[place] else 1)
        allowed = rounding + ROUNDING * largest * n_others
        if not np.abs(row).max() > allowed >= np.abs(row - expected).max():
            continue
        others = [other for other in kinship.ids if other != label]
        if n_others >= MIN_ROWS or _is_unlike(label, others):
            warn_user(
                f"{path}: {label!r} seems to be the {'mean' if is_mean[place] else 'total'} of "
                "all others, and no individual. Leave it out: kinship.select([label for label in "
                f"kinship.ids if label != {label!r}])."
            )
            return


def _is_unlike(label, others):
    """Whether it lacks what all others have."""
    have = np.all([traits_of(other) for other in others], axis=0)
    return bool((have & ~np.array(traits_of(label))).any())


def _warn(name, last, label, kind):
    where, above, remedy = f"the last row, {label!r},", "it", "Leave it out"
    if len(last) > 1:
        where = f"of the last rows, {', '.join(map(repr, last))}, {label!r}"
        above, remedy = "these", "Leave out what is none"
    warn_user(
        f"{name}: {where} seems to be the {kind} of the rows above {above}, and no individual. "
        f"{remedy}, or say by ids= who is wanted."
    )


def _candidates(labels: Sequence[Hashable]) -> Iterator[tuple[int, int, bool]]:
    """The first of the last rows, one of these, and whether it has another kind of label."""
    n = len(labels)
    earliest = max(MIN_ROWS, n - MAX_SUMMARIES)
    unlike = _first_unlike(labels, earliest)
    for row in range(unlike, n):
        if labels[row] not in labels[:unlike]:
            yield unlike, row, True
    for row in range(n - 1, earliest - 1, -1):
        if labels[row] not in labels[:row]:
            yield row, row, row >= unlike


def _first_unlike(labels, earliest):
    """The first row, from `earliest` on, whose label lacks what all above it have."""
    have = np.array([traits_of(label) for label in labels]).reshape(len(labels), -1)
    all_have = np.logical_and.accumulate(have, axis=0)
    lack = (all_have[:-1] & ~have[1:]).any(axis=1)
    return next((row for row in range(earliest, len(labels)) if lack[row - 1]), len(labels))


def traits_of(label: Hashable) -> tuple[bool, bool, bool]:
    """Whether a label has digits, letters that are all small, and all capitals."""
    text = "".join(map(str, label)) if isinstance(label, tuple) else str(label)
    return any(map(str.isdigit, text)), text.islower(), text.isupper()


def _kind_of(above, below, place, is_unlike, statistics=("mean",)):
    """What a row below others is of those, if it is that in all columns, or None."""
    is_there = np.isfinite(below[place])
    above = np.where(np.isfinite(above), above, np.nan)[:, is_there]
    below = below[:, is_there]
    if not is_there.any() or np.isnan(above).all(axis=0).any():
        return None
    if _are_totals(above, below[place]):
        return "total"
    for kind in statistics:
        for statistic in STATISTICS[kind]:
            n_tried = 1 if kind == "mean" else N_OTHERS
            if _are_all(statistic, above, below, place, is_unlike, n_tried):
                return kind
    return None


def _are_totals(above, row):
    """One of them is so large, in units of its column, that this is no accident."""
    are_large = []
    for values, value in zip(above.T, row, strict=True):
        unit = _unit_of(values, value, np.nansum(values))
        if not unit:
            return False
        least = max(MIN_TOTAL * unit, 2 * np.nanmax(np.abs(values)))
        are_large.append(abs(value) >= least * (1 - ROUNDING))
    return any(are_large)


def _are_all(statistic, above, below, place, is_unlike, n_tried):
    """Whether a row has a statistic of all columns, which is no accident of so many values.

    What follows from the columns before it is no accident of its own: grams beside pounds of one
    weight, or the last one of several shares. Two columns are asked for where names do not differ.
    """
    allowed = LARGEST_CHANCE_IF_UNLIKE if is_unlike else LARGEST_CHANCE
    allowed /= n_tried * max(1, _count_within(above, below))
    n_needed = 1 if is_unlike else 2
    chance, n_telling, before = 1.0, 0, [np.ones(len(above))]
    for values, value in zip(above.T, below[place], strict=True):
        unit = _unit_of(values, value, _expected(statistic, values))
        if not unit:
            return False
        if chance <= allowed and n_telling >= n_needed:
            continue
        spread = _spread_beside(before, values) / unit
        if spread:
            before.append(values)
            is_as_round = _share_in(unit, values) / max(1, 2 * spread)
            of_column = max(LEAST_CHANCE, is_as_round)
            chance, n_telling = chance * of_column, n_telling + (of_column <= IS_TELLING)
    return chance <= allowed and n_telling >= n_needed


def _expected(statistic, values):
    """A statistic of the values that there are; NaN where it has none."""
    known = values[np.isfinite(values)]
    if len(known) < 2 and statistic is not np.mean:
        return np.nan
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        return statistic(known)


def _share_in(unit, values):
    """How many of the values are whole numbers of units: a mean may be rounded to fewer digits."""
    in_units = values[np.isfinite(values)] / unit
    is_whole = np.abs(in_units - np.rint(in_units)) <= ROUNDING * np.maximum(1, np.abs(in_units))
    return (1 + np.sum(is_whole)) / (1 + len(in_units))


def _count_within(above, below):
    """How many rows below may be means by accident: deviations and extremes may not."""
    smallest, largest = np.nanmin(above, axis=0), np.nanmax(above, axis=0)
    return np.sum(~((below <= smallest) | (below >= largest)).any(axis=1))


def _spread_beside(before, values):
    """The standard deviation of what columns, the first of which is constant, do not explain."""
    design = np.column_stack([*before, values])
    design = design[np.isfinite(design).all(axis=1)]
    if len(design) <= len(before):
        return 0.0
    largest = np.abs(design).max(axis=0)
    design = design / np.where(largest > 0, largest, 1)
    design[:, 1:] -= design[:, 1:].mean(axis=0)
    coefficients = np.linalg.lstsq(design[:, :-1], design[:, -1], rcond=None)[0]
    left = np.linalg.norm(design[:, -1] - design[:, :-1] @ coefficients)
    if left <= ROUNDING * np.linalg.norm(design[:, -1]):
        return 0.0
    return left * largest[-1] / np.sqrt(len(design) - len(before))


def _unit_of(values, value, expected):
    """The unit in which a value is what is expected, or 0 if it is not.

    That of the column, or of the value alone if it is rounded to fewer digits.
    """
    column = np.append(values[np.isfinite(values)], value)
    if np.abs(column).max() >= LARGEST_EXACT:
        return 0.0
    allowed = 0.5 / _scale_of(column[-1:], np.abs(column).max()) + ROUNDING * abs(expected)
    if not abs(value - expected) <= allowed:
        return 0.0
    for of_digits in (column, column[-1:]):
        scale = _scale_of(of_digits, np.abs(column).max())
        if abs(value - expected) <= 0.5 / scale + ROUNDING * abs(expected):
            units = np.rint(of_digits * scale).astype(np.int64)
            common = np.gcd.reduce(units) if len(units) > 1 else 1
            return max(1, common) / scale
    return 0.0


def _scale_of(values, largest):
    """The power of ten that makes whole numbers of values."""
    scale = 1.0
    while not _are_whole(values * scale) and 10 * largest * scale < LARGEST_EXACT:
        scale *= 10
    return scale


def _are_whole(values):
    return np.abs(values - np.rint(values)).max() <= ROUNDING * max(1, np.abs(values).max())
