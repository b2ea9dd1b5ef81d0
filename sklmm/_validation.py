"""What the user passes: tables, numbers, columns and traits, refused or brought to one form."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Collection, Hashable
from numbers import Integral, Real
from typing import Any

import numpy as np
from scipy.sparse import issparse
from sklearn.utils import check_array

from ._compat import get_column_indices, safe_indexing
from ._counts import MISSING
from ._numbers import (
    FOR_TRAITS,
    as_plain_columns,
    find_other,
    is_lazy,
    is_masked,
    is_real,
    refuse_columns,
    refuse_masked,
    to_floats,
)
from ._order import check_names
from ._warn import warn_user

NAMES_OF_IDS = ("FID", "IID", "PAT", "MAT", "PHENOTYPE", "#FID", "#IID", "Unnamed: 0")
"""Names of columns in PLINK's files, and of row numbers in CSV files."""
NAME_OF_ROW_NUMBERS = re.compile(
    r"index|level_\d+|__index_level_\d+__|row\.?names|X|\.\.\.\d+", re.ASCII
)
"""What pandas, Parquet, R and readr call a column of row names that had no name."""
HOW_TO_LEAVE_OUT = {
    "y": ("X and y", "LMMRegressor(missing_y='drop')"),
    "y_true": ("y_true and y_pred", "missing_y='drop'"),
    "y_pred": ("y_true and y_pred", None),
}
"""Rows without a value: of what, and what does it by itself."""
IN_ROWS = "Remove or impute these rows."


def as_table(X):
    """A dense X with a shape of length 2; lists keep the types of what they hold."""
    refuse_masked(X, "X", IN_ROWS)
    if not hasattr(X, "shape"):
        X = _table_of_lists(X)
    if len(X.shape) != 2 or X.shape[0] == 0 or issparse(X):
        check_array(X, input_name="X", estimator="LMMRegressor", dtype=None, ensure_min_features=0)
    return X


def _table_of_lists(X):
    """An array of objects, of which a tuple may be one."""
    is_table = isinstance(X, list) and all(isinstance(row, list | tuple) for row in X)
    if not is_table or len({len(row) for row in X}) != 1:
        return np.asarray(X, dtype=object)
    table = np.empty((len(X), len(X[0])), dtype=object)
    for position in np.ndindex(table.shape):
        table[position] = X[position[0]][position[1]]
    return table


def as_numbers(X, check=check_array, positions=None, **parameters) -> np.ndarray:
    """check(X, dtype=float64), with an error that names the column of a table to blame.

    `positions` are those that the columns have in a larger table.
    """
    refuse_masked(X, "X", IN_ROWS)
    if not X.shape[1]:
        X = np.empty(X.shape)
    names = column_names(X) or positions or range(X.shape[1])
    refuse_columns(X, names)
    _refuse_missing_genotypes(X)
    is_mixed = hasattr(X, "columns") or X.dtype.kind == "O"
    try:
        return check(as_plain_columns(X), dtype=np.float64, **parameters)
    except (TypeError, ValueError, OverflowError):
        for column in range(X.shape[1] if is_mixed else 0):
            try:
                check_array(safe_indexing(X, [column], axis=1), dtype=np.float64)
            except (TypeError, ValueError, OverflowError) as error:
                kind = TypeError if isinstance(error, TypeError) else ValueError
                raise kind(
                    f"Column {names[column]!r} of X cannot be used as numbers: "
                    f"{_sentence(error)} Encode or impute it, for example in a ColumnTransformer."
                ) from error
        raise


def _refuse_missing_genotypes(X):
    """-127 in int8, as bed-reader and read_plink give a missing genotype."""
    dtypes = list(getattr(X, "dtypes", [X.dtype] if hasattr(X, "dtype") else []))
    if dtypes and all(dtype == np.int8 for dtype in dtypes):
        missing = np.argwhere(np.asarray(X) == MISSING)
        if len(missing):
            row, column = missing[0]
            raise ValueError(
                f"X has {len(missing)} values {MISSING} of type int8, the first in row {row} of "
                f"column {column}: that stands for a missing genotype. Put a GenotypeScaler "
                "before the model in a pipeline, or convert X to another type if it is a number."
            )


def select_columns(X, selector, name: str) -> list[int]:
    """Positions of the columns that a selector of ColumnTransformer chooses."""
    if selector is None:
        return []
    chosen = selector(X) if callable(selector) else selector
    check_names(column_names(X), chosen, "X", name)
    try:
        if is_masked(chosen):
            raise ValueError("it has masked values")
        if isinstance(chosen, bool):
            raise TypeError("a single bool is no selector")
        if isinstance(chosen, slice) and chosen == slice(None):
            return list(range(X.shape[1]))
        columns = list(get_column_indices(X, chosen))
        if len(set(columns)) < len(columns):
            raise ValueError("a column is selected twice")
    except (TypeError, ValueError) as error:
        raise ValueError(
            f"{name}={selector!r} does not select columns of X: {_sentence(error)}"
        ) from error
    return columns


def check_same_columns(seen: list | None, X, name: str = "X", where: str = "fit") -> None:
    """Refuse reordered columns whose names are not strings, which scikit-learn lets pass."""
    names = column_names(X)
    if seen is not None and names is not None and seen != names:
        shown, before = (f"{of[:10]}{' and more' * (len(of) > 10)}" for of in (names, seen))
        raise ValueError(
            f"The columns of {name} are {shown}, but were {before} in {where}. Use the same, in "
            "the same order."
        )


def warn_of_ids(
    X, name: str, label_column: int | None = None, individuals: Collection = ()
) -> None:
    """Columns of numbers that name somebody, and would be amounts.

    By what PLINK and pandas call them, by counting the rows, and by having the labels once more. A
    column with other labels, each once, may be the right one, beside one of families.
    """
    names = column_names(X) or []
    others = [column for column in range(len(names)) if column != label_column]
    found = [
        names[column]
        for column in others
        if names[column] in NAMES_OF_IDS or _counts_rows(X, column, names[column])
    ]
    if names and label_column is not None:
        labels = np.asarray(safe_indexing(X, label_column, axis=1))
        found += [
            names[column]
            for column in others
            if names[column] not in found
            and np.array_equal(np.asarray(safe_indexing(X, column, axis=1)), labels)
        ]
    if found:
        remedy = "Leave them out."
        own = [] if label_column is None else list(safe_indexing(X, label_column, axis=1))
        better = [name for name in found if _is_better(X, names.index(name), own, individuals)]
        if better:
            remedy = (
                f"{better[0]!r} has labels of the kinship, each once: use sample_id={better[0]!r} "
                "if it holds the individuals. Else leave them out."
            )
        warn_user(
            f"{name} has the columns {found}, which seem to hold ids or numbers of rows, and take "
            f"part as amounts. {remedy}",
        )


def _counts_rows(X, column, name):
    """Whether a column has the name and the values of numbers of rows, from 0 or from 1."""
    if not isinstance(name, str) or not NAME_OF_ROW_NUMBERS.fullmatch(name):
        return False
    values = list(safe_indexing(X, column, axis=1))
    if not all(isinstance(value, Real) for value in values) or len(values) < 3:
        return False
    return values[0] in (0, 1) and values == [values[0] + row for row in range(len(values))]


def _is_better(X, column, labels, individuals):
    """Whether a column has labels of individuals, each once, and others than `labels`."""
    values = list(safe_indexing(X, column, axis=1))
    is_another = values != labels and len(set(values)) == len(values)
    return is_another and all(value in individuals for value in values)


def refuse_same_names(X) -> None:
    """Two columns of one name, which scikit-learn cannot tell apart."""
    names = column_names(X)
    if names is not None and len(set(names)) < len(names):
        name = next(name for name, count in Counter(names).items() if count > 1)
        raise ValueError(
            f"X has {names.count(name)} columns that are called {name!r}. Rename them, or use "
            "X.to_numpy() if names do not matter."
        )


def column_names(X) -> list | None:
    """The names of the columns of a data frame."""
    return list(X.columns) if not is_lazy(X) and hasattr(X, "columns") else None


def number_of_trait(trait: Any, n_traits: int, names: list | None, whose: str) -> int:
    """The number of a trait that is named or numbered, or of the only one.

    A number that is the name of a column is taken for the name.
    """
    choices = f"a number from 0 to {n_traits - 1}"
    if names:
        choices += f", or one of {names[:30]}{' and more' * (len(names) > 30)}"
    if trait is None and n_traits > 1:
        raise ValueError(f"The {whose} has {n_traits} traits: choose one by trait=, {choices}.")
    if trait is None:
        return 0
    for number, name in enumerate(names or () if isinstance(trait, Hashable) else ()):
        if name == trait and isinstance(name, bool) == isinstance(trait, bool):
            return number
    is_number = isinstance(trait, Integral) and not isinstance(trait, bool)
    if not (is_number and -n_traits <= trait < n_traits):
        raise ValueError(
            f"trait={trait!r} is not one of the {n_traits} traits of the {whose}. Give {choices}."
        )
    return int(trait) % n_traits


def check_traits(y, missing_y: str, name: str = "y") -> np.ndarray:
    """y as float64, 1-D or 2-D, with nan where it is missing."""
    if y is None:
        raise ValueError(f"LMMRegressor requires y to be passed, but the target {name} is None.")
    refuse_masked(y, name, _remedy_of_a_mask(name))
    values = _as_floats(y, name)
    if values.ndim not in (1, 2) or values.shape[-1] == 0:
        raise ValueError(
            f"{name} must have shape (n_samples,) or (n_samples, n_targets), got shape "
            f"{values.shape}."
        )
    if not np.isfinite(values).all():
        _check_finite(values, missing_y, name)
    return values


def _check_finite(values, missing_y, name):
    infinite = np.argwhere(np.isinf(values))
    if len(infinite):
        raise ValueError(
            f"Input {name} contains infinity or a value too large for dtype('float64'): "
            f"{_place(infinite[0])}."
        )
    missing = np.argwhere(np.isnan(values))
    if missing_y == "raise":
        tables, option = HOW_TO_LEAVE_OUT[name]
        or_drop = f", or use {option} to take each trait where it is measured" if option else ""
        raise ValueError(
            f"Input {name} contains NaN: {len(missing)} of {values.size} values are missing, the "
            f"first in {_place(missing[0])}. Leave these rows out of {tables}{or_drop}."
        )


def _remedy_of_a_mask(name):
    tables, option = HOW_TO_LEAVE_OUT[name]
    with_nan = f", or use {name}.astype(float).filled(np.nan) and {option}" if option else ""
    return f"Leave these rows out of {tables}{with_nan}."


def _sentence(error):
    return f"{str(error).rstrip('.')}."


def _place(index):
    return f"row {index[0]}" + "".join(f" of trait {trait}" for trait in index[1:])


def _as_floats(y, name):
    if issparse(y):
        raise TypeError(f"{name} is sparse; a dense array is needed: use {name}.toarray().")
    return to_floats(y, name, FOR_TRAITS)


def as_proportions(values, name: str, above_0: bool = False) -> np.ndarray:
    """Numbers between 0 and 1, as float64."""
    given = values
    refuse_masked(
        values, name, "It must be a number or an array of numbers, none of them missing."
    )
    try:
        values = np.asarray(values)
    except ValueError as error:
        raise ValueError(f"{name} must be an array of numbers: {_sentence(error)}") from error
    if values.dtype.kind in "fiu" and (other := find_other(given)) is not None:
        raise ValueError(
            f"{name} must be a number or an array of numbers, but "
            f"{other.describe(f'row {other.row}')}."
        )
    if values.dtype.kind not in "fiu":
        raise ValueError(
            f"{name} must be a number or an array of numbers, got {values!r} of dtype "
            f"{values.dtype}."
        )
    is_large_enough = values > 0 if above_0 else values >= 0
    outside = values[~(is_large_enough & (values <= 1))]
    if outside.size:
        raise ValueError(f"{name} must be in {'(['[not above_0]}0, 1], got {outside.flat[0]}.")
    return values.astype(float)


def check_heritability(h: Any, n_targets: int) -> Any:
    """None and names as they are, numbers as one for each target."""
    if h is None or isinstance(h, str):
        return h
    if is_real(h) and not is_masked(h):
        return np.full(n_targets, float(h))
    proportions = as_proportions(h, "h")
    if proportions.shape != (n_targets,):
        raise ValueError(
            f"h has shape {proportions.shape}, but y has {n_targets} "
            f"target{'s' * (n_targets > 1)}. Give one number, or one for each target, of shape "
            f"({n_targets},)."
        )
    return proportions


def check_weights(sample_weight: Any, n_samples: int) -> np.ndarray:
    """The weights of samples in a score, as float64."""
    weights = np.asarray(to_floats(sample_weight, "sample_weight"))
    other = np.flatnonzero(~np.isfinite(weights))
    if weights.shape == (n_samples,) and len(other):
        raise ValueError(
            f"Input sample_weight contains {'NaN' if np.isnan(weights[other[0]]) else 'infinity'} "
            f"in row {other[0]}, the first of {len(other)} rows without a finite weight. Give a "
            "sample that is not to count the weight 0."
        )
    if weights.shape != (n_samples,) or weights.min() < 0 or not weights.any():
        raise ValueError(
            f"sample_weight must hold {n_samples} numbers, none negative and not all 0, one for "
            f"each sample; got shape {weights.shape}, sum {weights.sum():g}, smallest "
            f"{weights.min(initial=np.inf):g}."
        )
    return weights


def check_number(value: Any, name: str, is_valid: Callable[[float], bool], what: str) -> float:
    """A real number for which something holds, as a float."""
    is_number = is_real(value)
    try:
        number = float(value) if is_number else np.nan
    except OverflowError:
        number = np.inf
    if not (is_number and is_valid(number)):
        raise ValueError(f"{name} must be {what}, got {value!r}.")
    return number


def check_choice(value: Any, name: str, choices: tuple[str, ...]) -> None:
    """One of some words."""
    if not (isinstance(value, str) and value in choices):
        raise ValueError(f"{name}={value!r} is unknown. Use one of {choices}.")


def check_level(level: Any) -> float:
    """The share of intervals that are to hold the true value."""
    return check_number(level, "level", lambda value: 0 < value < 1, "a number between 0 and 1")


def check_enough_samples(n_samples: int, rank: int, n_effects: int, whose: str) -> None:
    """More samples than fixed effects, so that something is left for v and h."""
    if n_samples <= max(rank, 1):
        enough = max(n_effects, 1) + 2  # one for v, and one more for h
        raise ValueError(
            f"n_samples={n_samples} is not enough{whose}: the fixed effects (with the intercept) "
            f"have rank {rank}, and v and h are estimated from what they leave. Give at least "
            f"{enough} rows with a value in y{', or fewer fixed effects' * (rank > 1)}."
        )
