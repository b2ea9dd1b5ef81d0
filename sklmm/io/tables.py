"""Tables of traits and covariates, joined by the label of the individual."""

from __future__ import annotations

import warnings
from collections.abc import Hashable, Iterable, Mapping
from io import StringIO
from os import PathLike
from pathlib import Path
from typing import Any

from sklearn.utils import Bunch

from .._labels import as_labels, enumerate_labels, refuse_other_types
from ..kinship import Kinship
from ._files import read_lines
from .csv import split_line


def join_tables(
    tables: Mapping[str, Any],
    *,
    id_column: str = "id",
    ids: Iterable[Hashable] | None = None,
) -> Bunch:
    """Join tables of traits and covariates by the label of the individual.

    Parameters
    ----------
    tables : dict of str to pandas DataFrame or path
        Named, for what is said about them. Of a file, a CSV or, if it ends in .tsv or .txt, with
        tabs, labels are read as strings. Individuals may be repeated in the first table only, as
        repeated records of a trait are.
    id_column : str, default="id"
        The column with the labels, in all of them.
    ids : iterable of labels or Kinship, default=None
        Who is wanted; None are all who are in every table.

    Returns
    -------
    :class:`~sklearn.utils.Bunch`
        frame : DataFrame
            The id column and all others, with a default index, in the order of the first table.
        left_out : dict of str to list
            For each table, and for `ids`, the labels that another one lacks.

    Raises
    ------
    ImportError
        If pandas is not installed.
    ValueError
        If a table has no id column, nobody is in all of them, labels are missing, repeated
        or of different types, two tables have a column of the same name, or a file is cut off
        or has lines of different lengths.

    Warns
    -----
    UserWarning
        If somebody is left out; it says how many, and who.

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
    frames = {name: _as_frame(table, name, id_column) for name, table in _named(tables).items()}
    labels = {
        name: as_labels(frame[id_column], f"{name}, column {id_column!r}")
        for name, frame in frames.items()
    }
    if ids is not None:
        labels["ids"] = as_labels(ids.ids if isinstance(ids, Kinship) else ids, "ids")
    refuse_other_types(labels)
    first, *others = labels
    for name in others:
        _refuse_repeated(labels[name], name, first)
    in_all = set.intersection(*map(set, labels.values()))
    if not in_all:
        _refuse_nothing_in_common(labels)
    joined = frames[first][[label in in_all for label in labels[first]]]
    order = as_labels(joined[id_column], id_column)
    joined = joined.reset_index(drop=True)
    for name in list(frames)[1:]:
        joined = _beside(joined, frames[name], labels[name], order, name, id_column)
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


def _as_frame(table, name, id_column):
    try:
        import pandas as pd
    except ImportError as error:
        raise ImportError(
            "join_tables needs pandas, of the extra io: pip install 'sklmm[io]'."
        ) from error
    if isinstance(table, str | PathLike):
        table = _read(Path(table), id_column)
    if not isinstance(table, pd.DataFrame):
        raise TypeError(
            f"tables[{name!r}] must be a pandas DataFrame or a path, got {type(table).__name__}."
        )
    if list(table.columns).count(id_column) != 1:
        raise ValueError(
            f"tables[{name!r}] must have one column {id_column!r}; its columns are "
            f"{enumerate_labels(list(table.columns))}. Name the one with the labels by id_column=."
        )
    return table


def _read(path, id_column):
    """A table of a file, in which each line has as many fields as the first."""
    import pandas as pd

    name = path.name.removesuffix(".gz")
    separator = "\t" if name.endswith((".tsv", ".txt")) else ","
    lines = read_lines(path)
    titles = split_line(path, 1, lines[0], separator)
    if len(set(titles)) < len(titles):
        raise ValueError(f"{path}, line 1: two columns have the same name.")
    for number, line in enumerate(lines, start=1):
        n_fields = len(split_line(path, number, line, separator))
        if line.strip() and n_fields != len(titles):
            raise ValueError(
                f"{path}, line {number}: {n_fields} fields, but the first line has {len(titles)}."
            )
    text = "\n".join(lines) + "\n"
    table = pd.read_csv(StringIO(text), sep=separator, dtype={id_column: str}, index_col=False)
    for label in table.get(id_column, ()):
        if isinstance(label, str) and label != label.strip():
            raise ValueError(
                f"{path}: the label {label!r} starts or ends with a blank. Remove it."
            )
    return table


def _refuse_repeated(labels, name, first):
    seen: set = set()
    for label in labels:
        if label in seen:
            raise ValueError(
                f"{name}: the label {label!r} is repeated. Only {first!r}, which is the first "
                "table, may have several rows of an individual."
            )
        seen.add(label)


def _refuse_nothing_in_common(labels):
    shown = "; ".join(f"{name}: {enumerate_labels(of_table)}" for name, of_table in labels.items())
    raise ValueError(f"No individual is in all tables. {shown}.")


def _beside(joined, frame, labels, order, name, id_column):
    """The columns of another table, in the order of the rows that there are."""
    row = {label: place for place, label in enumerate(labels)}
    added = frame.drop(columns=id_column).iloc[[row[label] for label in order]]
    both = [column for column in added.columns if column in joined.columns]
    if both:
        raise ValueError(f"{name}: another table has a column {both[0]!r}, too. Rename one.")
    return joined.join(added.reset_index(drop=True))


def _warn_of(left_out, n_joined):
    parts = [
        f"{len(labels)} of {name} ({enumerate_labels(labels)})"
        for name, labels in left_out.items()
        if labels
    ]
    if parts:
        warnings.warn(
            f"{n_joined} individuals are joined; left out are {', '.join(parts)}.",
            UserWarning,
            stacklevel=3,
        )
