"""Tables of traits and covariates, joined by the label of the individual."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Hashable, Iterable, Mapping
from itertools import combinations
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.utils import Bunch

from .._kinship import Kinship
from .._labels import (
    NearLabels,
    as_labels,
    enumerate_labels,
    individual,
    refuse_other_types,
    same_way,
    stands_for_missing,
)
from .._warn import warn_user
from ._bare_rows import warn_of_bare_rows
from ._families import has_no_meaning, is_family, refuse_families, refuse_other_families
from ._files import naming
from ._table_files import read_table, refuse_columns
from ._totals import warn_of_totals

CODE = re.compile(r"null|\\N|#[A-Z/0-9]+[!?]", re.IGNORECASE)
"""Of no individual: what SQL exports, and spreadsheets where a formula fails."""


def join_tables(
    tables: Mapping[str, Any],
    *,
    id_column: Any = "id",
    ids: Iterable[Hashable] | None = None,
    separator: str | Mapping[str, str] | None = None,
    na_values: Any = None,
) -> Bunch:
    """Join tables of traits and covariates by the label of the individual.

    Parameters
    ----------
    tables : dict of str to pandas DataFrame or path
        Named, for what is said about them. In files labels are read as strings, and so are
        other columns with codes such as 01 or of 17 digits; lines that start with # may stand
        above the titles, cells in quotes may have line breaks, and empty columns, lines of
        nothing but separators and numbers of rows without a title are left out. Individuals may
        be repeated in the first table only, as repeated records of a trait are.
    id_column : str, pair of str, or dict of table names to either, default="id"
        The column with the labels, in all tables or in each. A pair such as ``("FID", "IID")``
        makes labels that are pairs, for IDs that are unique within a family only. A first
        column without a title, as R writes its row names, is taken if no other one has this
        name or may hold the labels; ``""`` names it. Beside the id column, row names are left
        out where no other reading is possible.
    ids : iterable of labels or Kinship, default=None
        Who is wanted; None are all who are in every table.
    separator : str or dict of table names to str, default=None
        Between the fields of all files, or of some; a blank stands for any number of blanks and
        tabs. None is a comma in .csv and a tab in .tsv; in others a tab or a comma if they stand
        between the titles, and otherwise blanks.
    na_values : scalar, list or dict of columns to either, default=None
        What else stands for a missing value in files than what :func:`pandas.read_csv` knows,
        such as R/qtl2's "-". Labels are never missing by it. None and null, which may be a
        control or a knock-out, are missing in columns of numbers, and among other texts only if
        they are given here.

    Returns
    -------
    :class:`~sklearn.utils.Bunch`
        frame : DataFrame
            The id column and all others, with a default index, in the order of the first table.
            The id column has its name in the first table; a pair of columns becomes one column
            of tuples, named "FID_IID" of ("FID", "IID").
        left_out : dict of str to list
            For each table, and for `ids`, the labels that another one lacks.

    Raises
    ------
    ImportError
        If pandas is not installed.
    ValueError
        If a table has no id column, nobody is in all of them, labels are missing, repeated,
        of different types or shared by several families, in one table or in two, two tables have
        a column of the same name, or a file is cut off, has no rows, has lines of different
        lengths, a heading above its titles or titles below them.

    Warns
    -----
    UserWarning
        If somebody is left out; it says how many, and who. If one of the last rows of a table
        seems to be the total, the mean or another summary of those above, the first one of those
        below, or rows among others of the groups above them, or rows without any value have labels
        unlike those of all others, and nobody says who is wanted. If a file does not end with a
        line break, spells a number in two ways, such as 1.10 and 1.1, which may be two codes, has
        plots such as 1.8, 1.9, 1.10 or numbers such as 1.234 beside 987, in which the point may
        separate thousands, has "NA" in quotes among texts, which R writes of a level, first rows
        of text where numbers stand below, as titles and units are, or a few texts or infinite
        values among measured numbers.

    Examples
    --------
    >>> import pandas as pd
    >>> from sklmm.io import join_tables
    >>> traits = pd.DataFrame({"id": ["b", "a"], "weight": [31.0, 28.5]})
    >>> litters = pd.DataFrame({"id": ["a", "b"], "litter": [7, 9]})
    >>> join_tables({"traits": traits, "litters": litters}).frame
      id  weight  litter
    0  b    31.0       9
    1  a    28.5       7
    """
    columns_of = _id_columns(_named(tables), id_column)
    _refuse_idle(tables, separator, na_values)
    wanted = [] if ids is None else as_labels(ids.ids if isinstance(ids, Kinship) else ids, "ids")
    known = set(wanted)
    separators = _separators(tables, separator)
    frames, labels = {}, {}
    for name, table in tables.items():
        id_columns = columns_of[name]
        frames[name] = _as_frame(table, name, id_columns, separators, na_values)
        labels[name] = _labels_of(frames[name], name, id_columns, known, name in separators)
    _refuse_unknown(na_values, frames)
    if ids is not None:
        labels["ids"] = wanted
    _refuse_empty(labels)
    refuse_other_types(labels)
    first, *others = labels
    for name in others:
        _refuse_repeated(labels[name], name, first)
    _refuse_near_matches(labels)
    in_all = set.intersection(*map(set, labels.values()))
    if not in_all:
        _refuse_nothing_in_common(labels, columns_of)
    refuse_other_families(frames, labels, columns_of, in_all)
    for name, frame in frames.items() if ids is None else ():
        warn_of_totals(name, frame, columns_of[name], labels[name], in_all)
        warn_of_bare_rows(name, frame, columns_of[name], labels[name], in_all)
    is_wanted = [label in in_all for label in labels[first]]
    order = [label for label in labels[first] if label in in_all]
    joined = _with_one_id(frames[first], first, columns_of[first], labels[first])
    joined = joined[is_wanted].reset_index(drop=True)
    for name in list(frames)[1:]:
        joined = _beside(joined, frames[name], labels[name], order, name, columns_of[name])
    left_out = {
        name: [label for label in dict.fromkeys(of_table) if label not in in_all]
        for name, of_table in labels.items()
    }
    _warn_of(left_out, len(in_all))
    return Bunch(frame=joined, left_out=left_out)


def _named(tables):
    if not isinstance(tables, Mapping) or not tables or "ids" in tables:
        raise TypeError(
            "tables must be a dict from names (other than 'ids') to DataFrames or paths, such as "
            f"{{'traits': 'traits.csv'}}, got {type(tables).__name__}."
        )
    return tables


def _id_columns(tables, id_column):
    """One or two columns with the labels in each table."""
    if not isinstance(id_column, Mapping):
        id_column = dict.fromkeys(tables, id_column)
    if set(id_column) != set(tables):
        different = next(iter(set(id_column) ^ set(tables)))
        raise ValueError(
            f"id_column must be a dict with each name of tables, {enumerate_labels(list(tables))};"
            f" {different!r} is in only one of them."
        )
    columns_of = {}
    for name, table in tables.items():
        columns, titles = id_column[name], list(getattr(table, "columns", ()))
        if columns is None and None not in titles:
            raise ValueError(
                "id_column must be a title, got None. If the index of a frame has the labels, use "
                "its rename_axis('id').reset_index()."
            )
        is_pair = isinstance(columns, tuple | list) and columns not in titles
        if is_pair and len(columns) != 2:
            raise ValueError(
                f"id_column must be a title, or two of them such as ('FID', 'IID'), got "
                f"{columns!r}."
            )
        columns_of[name] = tuple(columns) if is_pair else (columns,)
    if len({len(columns) for columns in columns_of.values()}) > 1:
        raise ValueError(
            f"id_column={id_column!r} makes pairs of some tables and single labels of others, "
            "which never match."
        )
    return columns_of


def _refuse_idle(tables, separator, na_values):
    if any(isinstance(table, str | PathLike) for table in tables.values()):
        return
    in_frames = "; DataFrame.replace turns codes into missing values"
    for name, value, remedy in (("separator", separator, ""), ("na_values", na_values, in_frames)):
        if value is not None:
            raise ValueError(
                f"{name}={value!r} is for files, and all tables are data frames. Leave it out"
                f"{remedy}."
            )


def _separators(tables, separator):
    """What is given for each file, or None."""
    files = [name for name, table in tables.items() if isinstance(table, str | PathLike)]
    if not isinstance(separator, Mapping):
        return dict.fromkeys(files, separator)
    for name in separator:
        if name not in files:
            raise ValueError(
                f"separator has {name!r}, which is no file of tables; there are "
                f"{enumerate_labels(files)}. Leave it out."
            )
    return {name: separator.get(name) for name in files}


def _as_frame(table, name, id_columns, separators, na_values):
    try:
        import pandas as pd
    except ImportError as error:
        raise ImportError(
            "join_tables needs pandas, of the extra io: pip install 'sklmm[io]'."
        ) from error
    if isinstance(table, str | PathLike):
        with naming(f"tables[{name!r}]"):
            return read_table(Path(table), name, id_columns, separators, na_values)
    if not isinstance(table, pd.DataFrame):
        module = type(table).__module__.split(".")[0]
        hint = " Use its to_pandas()." if hasattr(table, "to_pandas") else ""
        raise TypeError(
            f"tables[{name!r}] must be a pandas DataFrame or a path, got "
            f"{f'{module} ' if hint else ''}{type(table).__name__}.{hint}"
        )
    for title, n_columns in Counter(table.columns).items():
        if n_columns > 1:
            raise ValueError(
                f"tables[{name!r}] has {n_columns} columns that are called {title!r}. Rename "
                "them, or leave out all but one."
            )
    for column in id_columns:
        if column not in table.columns:
            refuse_columns(name, column, table.columns, _hint_of_index(table.index, column))
    return table


def _hint_of_index(index, column):
    if column in index.names:
        return " It names the index: use its reset_index()."
    if index.names == [None] and any(isinstance(label, str) for label in index):
        return f" If the index has the labels, use its rename_axis({column!r}).reset_index()."
    return ""


def _refuse_unknown(na_values, frames):
    if isinstance(na_values, Mapping):
        unknown = set(na_values).difference(*(frame.columns for frame in frames.values()))
        if unknown:
            raise ValueError(f"na_values has {next(iter(unknown))!r}, which no table has.")


def _labels_of(frame, name, id_columns, known, is_file):
    parts = [as_labels(frame[column], f"{name}, column {column!r}") for column in id_columns]
    for row, label in enumerate(parts[-1]):
        if not (stands_for_missing(label) or CODE.fullmatch(str(label))):
            continue
        whole = label if len(parts) == 1 else tuple(part[row] for part in parts)
        if whole not in known or not label.strip() or parts[-1].count(label) > 1:
            place = f"line {frame.index[row]}" if is_file else f"row {row}"
            raise ValueError(
                f"{name}, column {id_columns[-1]!r}: the label in {place} is missing "
                f"({label!r}). Give it a label, or leave the row out; an individual of this name "
                "has to be in ids."
            )
    if len(parts) == 1:
        refuse_families(frame, name, id_columns[0], parts[0])
        return parts[0]
    return list(zip(*parts, strict=True))


def _with_one_id(frame, name, id_columns, labels):
    """The table with its pairs in one column."""
    import pandas as pd

    if len(id_columns) == 1:
        return frame
    others = frame.drop(columns=list(id_columns))
    id_name = "_".join(str(column).lstrip("#") for column in id_columns)
    if id_name in others.columns:
        raise ValueError(f"{name}: the column {id_name!r} is to hold the pairs. Rename it.")
    pairs = np.empty(len(labels), dtype=object)
    pairs[:] = labels
    place = min(map(list(frame.columns).index, id_columns))
    before, behind = others.iloc[:, :place], others.iloc[:, place:]
    return pd.concat([before, pd.Series(pairs, others.index, name=id_name), behind], axis=1)


def _refuse_empty(labels):
    for name, of_table in labels.items():
        if not of_table:
            what = "ids is empty" if name == "ids" else f"tables[{name!r}] has no rows"
            raise ValueError(
                f"No individual is in all tables: {what}. Leave it out, or correct what made it."
            )


def _refuse_repeated(labels, name, first):
    seen: set = set()
    for label in labels:
        if label in seen:
            raise ValueError(
                f"{name}: the label {label!r} is repeated. Only {first!r}, which is the first "
                "table, may have several rows of an individual."
            )
        seen.add(label)


def _refuse_near_matches(labels):
    """Two spellings of one individual would leave it out of the result."""
    for (one, of_one), (other, of_other) in combinations(labels.items(), 2):
        known, wanted = set(of_one), set(of_other)
        near = NearLabels(label for label in of_other if label not in known)
        for label in of_one:
            similar = None if label in wanted else near.find(label)
            if similar is not None and isinstance(similar, tuple) == isinstance(label, tuple):
                raise ValueError(
                    f"The label {label!r} of {one} nearly matches {similar!r} of {other}. Write "
                    f"{same_way(label, similar)} if they are one individual; if they are not, "
                    "leave one of them out."
                )


def _refuse_nothing_in_common(labels, columns_of):
    shown = "; ".join(f"{name}: {enumerate_labels(of_table)}" for name, of_table in labels.items())
    are_pairs = {isinstance(label, tuple) for of_table in labels.values() for label in of_table}
    own = [{individual(label) for label in of_table} for of_table in labels.values()]
    kinds = [{type(label).__name__ for label in of_table} for of_table in labels.values()]
    hint = ""
    if len(are_pairs) > 1:
        hint = " Pairs are made by id_column=('FID', 'IID')."
    elif "ids" not in labels and are_pairs == {True} and set.intersection(*own):
        lacking = [name for name, of in labels.items() if all(has_no_meaning(*p) for p in of)]
        alone = {name: columns[-1] for name, columns in columns_of.items()}
        for name in lacking[:1]:
            hint = (
                f" {name} has no families: leave out its column {columns_of[name][0]!r} and use "
                f"id_column={alone!r}, if IDs are unique without them."
            )
    elif not set.intersection(*kinds):
        types = " and ".join(sorted(set.union(*kinds)))
        hint = f" They differ in type, {types}: convert them to one, such as by astype(str)."
    raise ValueError(f"No individual is in all tables. {shown}.{hint}")


def _beside(joined, frame, labels, order, name, id_columns):
    """The columns of another table, in the order of the rows that there are."""
    row = {label: place for place, label in enumerate(labels)}
    added = frame.drop(columns=list(id_columns)).iloc[[row[label] for label in order]]
    both = [column for column in added.columns if column in joined.columns]
    if both:
        by_pairs = f", or use it by id_column=({both[0]!r}, {id_columns[0]!r})"
        hint = by_pairs if is_family(both[0]) else ""
        raise ValueError(f"{name}: another table has a column {both[0]!r}, too. Rename one{hint}.")
    return joined.join(added.reset_index(drop=True))


def _warn_of(left_out, n_joined):
    parts = [
        f"{len(labels)} of {name} ({enumerate_labels(labels)})"
        for name, labels in left_out.items()
        if labels
    ]
    if parts:
        warn_user(
            f"{n_joined} individuals are joined; left out are {', '.join(parts)}.",
        )
