"""Which row of genotypes belongs to which row of the fit?"""

from __future__ import annotations

from typing import Any

import numpy as np

from .._counts import refuse_transposed
from .._door import FittedModel
from .._labels import LabelIndex, NearLabels, UnknownLabelError, describe_difference
from .._order import RowLabels, check_labels, is_default_index
from ..io._files import Labels
from ._sources import Source

PURPOSE = "A scan needs"


def labels_of_files(fitted: FittedModel) -> Labels:
    """How individuals in files are labeled in the model: by pairs, or by their IDs."""
    labels = fitted.training_labels
    are_pairs = labels is not None and all(isinstance(label, tuple) for label in labels)
    return "fid_iid" if are_pairs else "iid"


def find_rows(fitted: FittedModel, source: Source) -> np.ndarray:
    """The row of genotypes of each row of the fit, by label, or by order if it has none.

    A row in which no trait is measured needs no genotypes: what it gets is out of bounds.
    """
    groups = fitted.stored(PURPOSE)
    labels = fitted.training_labels
    if labels is None:
        return _rows_in_order(fitted, source)
    used = np.unique(np.concatenate([group.rows for group in groups]))
    wanted = [labels[row] for row in used]
    if source.labels is None:
        _refuse_transposed(source, wanted)
        raise ValueError(
            "genotypes have no labels, by which the rows of lmm are found. Name their rows by "
            f"ids=, with labels such as {wanted[0]!r}."
        )
    rows = np.full(len(labels), source.n_rows, dtype=np.intp)
    try:
        rows[used] = LabelIndex(source.labels).find(wanted)
    except UnknownLabelError as error:
        _refuse_transposed(source, wanted)
        by_ids = "" if source.has_given_ids else " Or name their rows by ids=, if these differ."
        raise ValueError(f"{_describe(error)}{by_ids}") from None
    return rows


def _rows_in_order(fitted, source):
    n = fitted.n_training_rows
    refuse_other_order(fitted, source.given, "genotypes")
    if source.has_given_ids:
        raise ValueError(
            "ids are given, but lmm has no labels to find them by: its rows are in the order of X "
            "in fit. Leave out ids if genotypes are in that order, or fit with Kinship(matrix, "
            "ids) and name the column of X that holds the labels by sample_id=."
        )
    if source.n_rows != n:
        if source.n_markers == n and source.width == 1:
            refuse_transposed(source.given, list(range(n)), "genotypes")
        raise ValueError(
            f"genotypes have {source.n_rows} rows, and X had {n} in fit. Without labels they have "
            "to be the same rows in the same order: leave out others, or fit with "
            "Kinship(matrix, ids) and name the column of X that holds the labels by sample_id=."
        )
    return np.arange(n)


def _refuse_transposed(source, wanted):
    """Refuse markers in rows, whose columns are called by the samples of the fit."""
    if source.names is not None and set(wanted) <= set(source.names.tolist()):
        refuse_transposed(source.given, source.names.tolist(), "genotypes")


def _describe(error):
    """What is said of samples of the fit without genotypes."""
    first, n = error.unknown[0], len(error.unknown)
    more = f" (and {n - 1} more)" if n > 1 else ""
    message = f"genotypes lack the sample {first!r}{more} of the fit. They have {error.index}."
    similar = NearLabels(error.index.ids).find(first)
    if similar is not None:
        return f"{message} {_difference(first, similar)}"
    if n == error.n_wanted > 1:
        return (
            f"{message} They have none of those of the fit, and seem to be of others: pass those "
            "of the fit."
        )
    return f"{message} Add its genotypes, or leave it out of the fit."


def _difference(label, similar):
    if isinstance(label, tuple) and not isinstance(similar, tuple):
        return (
            f"{similar!r} is one part of it: make pairs of families and individuals, "
            "ids=list(zip(families, individuals))."
        )
    if isinstance(similar, tuple) and not isinstance(label, tuple):
        return (
            f"It is one part of {similar!r}: leave out the families, "
            f"ids=[individual for _, individual in ids]."
        )
    return describe_difference(label, similar, "The genotypes have")


def refuse_other_order(fitted: FittedModel, values: Any, name: str) -> None:
    """Refuse the index of X in fit in another order, beside a model without labels."""
    names = fitted.training_samples.row_names
    if fitted.training_labels is None and names is not None:
        rows = RowLabels(names, "The index of X in fit", len(names))
        check_labels(rows, values, name, f"Use {name}.loc[X.index], with the X of fit.")


def check_rows(fitted: FittedModel, values: Any, name: str) -> None:
    """Refuse an index that says, or may say, that rows are in another order than those of the fit.

    A default index does beside labels that are its numbers in another order.
    """
    refuse_other_order(fitted, values, name)
    labels, n = fitted.training_labels, fitted.n_training_rows
    index = getattr(values, "index", None)
    if labels is None or not hasattr(values, "iloc") or not is_default_index(index):
        return
    if len(values) == n and set(labels) == set(range(n)) and list(labels) != list(range(n)):
        raise ValueError(
            f"{name} has a default index, whose numbers are the labels of lmm in another order. "
            f"Use {name}.to_numpy() if its rows are in the order of fit, or "
            f"{name}.loc[labels].to_numpy() with the labels of fit if they are in that of these "
            "numbers."
        )
