"""A matrix of relationships as it is passed: numbers, square, finite and symmetric, or an error.

The error says how to mend it, where that is certain.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ._labels import is_missing
from ._numbers import is_masked, is_numeral, refuse_masked
from ._order import is_default_index
from ._variance.linalg.batches import row_batches

LARGEST_ROUNDING = 0.05
"""Two estimates of one number differ by less; larger differences have another reason."""


def check_relationships(matrix: Any, name: str) -> np.ndarray:
    """A float array, square, finite and symmetric to rounding, or an error that names it."""
    if is_masked(matrix):
        gaps = np.where(np.ma.getmaskarray(np.ma.vstack(list(matrix))), np.nan, 0.0)
        raise ValueError(f"{name} has masked values. {_remedy_of_gaps(gaps, name)}")
    refuse_masked(matrix, name)
    if hasattr(matrix, "columns"):
        raise TypeError(
            f"{name} must be an array, got a {type(matrix).__module__.split('.')[0]} DataFrame: "
            f"use {_as_a_matrix(matrix, name)}."
        )
    if hasattr(matrix, "toarray"):
        raise TypeError(f"{name} is sparse; a dense array is needed: use {name}.toarray().")
    try:
        matrix = matrix if isinstance(matrix, np.memmap) else np.asarray(matrix)
    except ValueError as error:
        raise ValueError(
            f"{name} must be square, but its rows differ: {str(error).rstrip('.')}."
        ) from error
    if matrix.dtype.kind not in "fiub":
        raise TypeError(_describe_what_is_no_number(matrix, name))
    if matrix.ndim != 2 or matrix.shape[0] != matrix.shape[1] or not len(matrix):
        raise ValueError(
            f"{name} must be square with at least one row, got shape {matrix.shape}. It holds "
            "the relationship of every sample with every other."
        )
    if matrix.dtype not in (np.float32, np.float64):
        matrix = matrix.astype(np.float64)
    _check_finite_and_symmetric(matrix, name)
    return matrix


def _describe_what_is_no_number(table, name):
    """A message, with the entry to blame."""
    message = f"{name} must hold real numbers, got an array of dtype {table.dtype}"
    if table.dtype.kind == "c" and not table.imag.any():
        return f"{message}. Use np.real({name})."
    if table.dtype.kind not in "OUST":
        return f"{message}."
    place = _first_that_is_no_number(table)
    if place is None:
        return f"{message}. Use np.asarray({name}, dtype=float)."
    value = table[place].item() if isinstance(table[place], np.generic) else table[place]
    remedy = " Remove or impute these samples." if is_missing(value) else ""
    return f"{message}, of which {name}[{', '.join(map(str, place))}] is {value!r}.{remedy}"


def _first_that_is_no_number(table):
    for place, value in np.ndenumerate(table):
        if isinstance(value, str | bytes):
            is_number = is_numeral(value.strip())
        else:
            is_number = hasattr(value, "__float__") and not is_missing(value)
        if not is_number:
            return place
    return None


def _as_a_matrix(frame, name):
    """The expression for what was meant by a data frame."""
    n_rows, n_columns = frame.shape
    if hasattr(frame, "index") and not is_default_index(frame.index):
        return f"Kinship.from_dataframe({name})"
    if n_columns == n_rows + 1:
        return f"Kinship.from_dataframe({name}, id_column=...), with the column of labels"
    return f"{name}.to_numpy(), if its rows and columns are in the right order"


def _check_finite_and_symmetric(matrix, name):
    largest = _largest_of_rows(matrix, name)
    if largest.any():
        _check_symmetric(matrix, name, largest)


def _largest_of_rows(matrix, name):
    largest = np.empty(len(matrix))
    for batch in row_batches(len(matrix)):
        rows = np.asarray(matrix[batch])
        finite = np.isfinite(rows)
        if not finite.all():
            row, column = np.argwhere(~finite)[0]
            raise ValueError(
                f"{name} must be finite, but {name}[{batch.start + row}, {column}] is "
                f"{rows[row, column]}. {_remedy_of_gaps(matrix, name)}"
            )
        largest[batch] = np.abs(rows).max(axis=1)
    return largest


def _check_symmetric(matrix, name, largest):
    """Two entries may differ by rounding, on the scale of their two rows.

    Where a row cancels to nothing, the rounding of the largest entry is left in it.
    """
    eps, roots = np.finfo(matrix.dtype).eps, np.sqrt(largest)
    rounding = 4 * np.sqrt(len(matrix)) * eps * largest.max()
    for batch in row_batches(len(matrix)):
        start, stop = batch.start, batch.stop
        difference = np.abs(matrix[start:stop, start:] - matrix[start:, start:stop].T)
        if difference.max() <= rounding:
            continue
        scale = np.multiply.outer(roots[start:stop], roots[start:])
        difference[difference <= np.maximum(np.sqrt(eps) * scale, rounding)] = 0
        if difference.any():
            place = np.unravel_index(difference.argmax(), difference.shape)
            i, j = start + np.array(place)
            relative = difference[place] / scale[place] if scale[place] else np.inf
            raise ValueError(
                f"{name} must be symmetric, but {name}[{i}, {j}] is {matrix[i, j]} and "
                f"{name}[{j}, {i}] is {matrix[j, i]}. "
                f"{_remedy_of_asymmetry(matrix, name, relative)}"
            )


def _remedy_of_gaps(matrix, name):
    """Some programs leave nan in one triangle."""
    missing, n_pairs = ~np.isfinite(matrix), len(matrix) * (len(matrix) - 1) // 2
    gaps = {"tril": (np.triu(missing, 1), -1), "triu": (np.tril(missing, -1), 1)}
    for filled, (gap, offset) in gaps.items():
        if gap.sum() == missing.sum() == n_pairs:
            return (
                f"Only one triangle is filled: use np.{filled}({name}) + "
                f"np.{filled}({name}, {offset}).T."
            )
    return "Remove or impute these samples."


def _remedy_of_asymmetry(matrix, name, relative_difference):
    is_triangle = not (np.triu(matrix, 1).any() and np.tril(matrix, -1).any())
    if is_triangle and not np.diagonal(matrix).any():
        return (
            "Only one triangle is filled, and the diagonal is 0: have the program that made it "
            "write the relationship of each sample with itself, too."
        )
    if not np.triu(matrix, 1).any():
        return f"Only one triangle is filled: use {name} + np.tril({name}, -1).T."
    if not np.tril(matrix, -1).any():
        return f"Only one triangle is filled: use {name} + np.triu({name}, 1).T."
    if relative_difference <= LARGEST_ROUNDING:
        return f"If both stand for one number, use ({name} + {name}.T) / 2."
    return (
        "Rows and columns must be the same samples in the same order, and both triangles filled; "
        "Kinship.from_dataframe finds the columns of a data frame by their labels."
    )
