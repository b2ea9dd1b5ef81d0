"""Which tables are counts of alleles, of which individuals?"""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.utils import gen_batches

from ._codes import Values, likely_codes
from ._numbers import Advice, as_array, as_floats, find_other, refuse_masked
from ._order import RowLabels, carries_labels, check_labels, check_same_index, have_same_index

MISSING = -127
"""Stands for a missing genotype among integers, as bed-reader has it; NaN among floats."""
MARKERS_AT_A_TIME = 4096
MAX_ROUNDING = 0.01
"""How far above 2 or below 0 a dosage lies that was rounded."""
MAX_OTHER_COLUMNS = 10
"""Beside individuals in columns: names of markers, their positions and alleles."""
FEWEST_GAPS = 3
"""Markers with missing alleles, which chance would not bring in pairs of columns."""
FEWEST_ROWS_OF_PAIRS = 10
OF_PLINK = ("FID", "IID", "PAT", "MAT", "SEX", "PHENOTYPE")
"""Columns before the genotypes in what `plink --recode A` writes."""
NO_MARKERS = ("FID", "IID", "SEX", "PHENOTYPE")
"""Names that say so alone; MAT is a gene of fungi as well."""
FOR_GENOTYPES = Advice(
    all="Convert it by {}.",
    some="Leave out columns of labels, write NaN where a genotype is missing, and convert the "
    "others by {}.",
    none="Leave out columns of labels, and convert text to numbers.",
)


def as_counts(genotypes: Any, name: str = "genotypes") -> np.ndarray:
    """An array of integers, or of float64."""
    if hasattr(genotypes, "toarray"):
        raise TypeError(f"{name} is sparse; a dense array is needed: use {name}.toarray().")
    refuse_masked(genotypes, name, "Impute missing genotypes.")
    refuse_columns_of_plink(genotypes, name)
    try:
        array = as_array(genotypes)
    except ValueError as error:
        raise ValueError(
            f"{name} must be a table of numbers: {str(error).rstrip('.')}."
        ) from error
    if array.ndim != 2 or 0 in array.shape:
        raise ValueError(
            f"{name} must have a row for each sample and a column for each marker, got shape "
            f"{array.shape}."
        )
    check_numbers(genotypes, name)
    if array.dtype.kind in "iub":
        return array
    try:
        return as_floats(array)
    except (TypeError, ValueError, OverflowError) as error:
        raise ValueError(f"{name} must be numbers: {str(error).rstrip('.')}.") from error


def check_numbers(genotypes: Any, name: str = "genotypes") -> None:
    """Refuse a table that holds something else, by the types of what it holds where they say."""
    other = find_other(as_array(genotypes) if isinstance(genotypes, list | tuple) else genotypes)
    if other is not None:
        dtype = np.asarray(genotypes).dtype
        held = "but" if dtype.kind == "O" else f"got an array of dtype {dtype}:"
        what = other.describe(f"{name}[{other.row}, {other.column}]")
        raise ValueError(f"{name} must be numbers, {held} {what}. {other.advise(FOR_GENOTYPES)}")


def refuse_columns_of_plink(genotypes: Any, name: str) -> None:
    """A .raw file has six columns before its markers, most of which are numbers."""
    titles = getattr(genotypes, "columns", ())
    found = [title for title in titles if str(title).lstrip("#") in OF_PLINK]
    if len(found) > 1 or any(str(title).lstrip("#") in NO_MARKERS for title in found):
        library = type(genotypes).__module__.partition(".")[0]
        columns = f"columns={found}" if library == "pandas" else f"{found}"
        raise ValueError(
            f"{name} has columns that are no markers: {', '.join(map(repr, found))}, as in a .raw "
            f"file of PLINK. Leave them out: {name}.drop({columns})."
        )


def types_of_missing(dtype: np.dtype) -> str:
    """Which integers can hold it, of what has to have some type."""
    if dtype.kind in "ub":
        return f"signed integers, such as int8 (not {dtype})"
    return "integers, such as int8"


def refuse_pairs_of_alleles(counts: np.ndarray, name: str) -> None:
    """Refuse a .ped file: alleles 1 and 2 in two columns, both of them 0 where one is missing.

    Among counts, zeros do not come in pairs in all rows; copies of a column have no other pairs.
    """
    first, second = counts[:, ::2], counts[:, 1::2]
    is_small = len(counts) < FEWEST_ROWS_OF_PAIRS
    if is_small or counts.shape[1] % 2 or ((first[0] == 0) != (second[0] == 0)).any():
        return
    are_copies = True
    for markers in gen_batches(first.shape[1], MARKERS_AT_A_TIME):
        a, b = first[:, markers], second[:, markers]
        if ((a == 0) != (b == 0)).any() or not np.isin([a, b], [0, 1, 2]).all():
            return
        are_copies &= bool((a == b).all())
    gaps = first == 0
    has_gaps = gaps[~gaps.all(axis=1)].any(axis=0)
    if np.count_nonzero(has_gaps) >= FEWEST_GAPS and not are_copies:
        raise ValueError(
            f"{name} has two columns of alleles, 1, 2 and 0, for each marker, as in a .ped file. "
            "Use plink --make-bed and sklmm.io.read_plink, or plink --recode A, or, with "
            f"a = {name}[:, ::2] and b = {name}[:, 1::2] of an array, "
            "numpy.where(a == 0, numpy.nan, a + b - 2)."
        )


def is_missing_count(counts: np.ndarray) -> np.ndarray:
    """Whether each genotype is missing: -127 among integers, NaN among floats."""
    if counts.dtype.kind == "i":
        return counts == MISSING
    return np.isnan(counts) if counts.dtype.kind == "f" else np.zeros(counts.shape, dtype=bool)


def check_range(counts: np.ndarray, missing: str, can_impute: bool) -> bool:
    """Whether genotypes are missing; all others are between 0 and 2."""
    if counts.min() >= 0 and counts.max() <= 2:
        return False
    is_missing = is_missing_count(counts)
    outside = ~((counts >= 0) & (counts <= 2))
    if missing == "mean":
        outside &= ~is_missing
        _check_some_measured(is_missing)
    if outside.any():
        row, column = np.argwhere(outside)[0]
        in_columns = np.flatnonzero(outside.any(axis=0))
        are_others = in_columns.size <= MAX_OTHER_COLUMNS and outside[:, in_columns].all()
        advice = _advise(counts[~is_missing], can_impute)
        nearest = np.clip(counts[outside], 0, 2)
        if np.abs(counts[outside].astype(float) - nearest).max() <= MAX_ROUNDING:
            advice = "If these are dosages with rounding errors, use np.clip(genotypes, 0, 2)."
        elif in_columns.size == 1 and _counts_rows(counts[:, in_columns[0]]):
            advice = f"The column {in_columns[0]} counts the rows: leave it out."
        elif are_others and in_columns.size < counts.shape[1]:
            advice = (
                f"All are in the columns {in_columns.tolist()}, which have no others: leave them "
                "out if they are no markers."
            )
        raise ValueError(
            f"genotypes must be between 0 and 2, but {outside.sum()} are not, such as "
            f"genotypes[{row}, {column}] = {counts[row, column]}. {advice}"
        )
    return bool(is_missing.any())


def _counts_rows(column):
    """0, 1, 2 and so on, as vcftools puts them first, or from 1."""
    return any(np.array_equal(column, first + np.arange(len(column))) for first in (0, 1))


def _advise(values, can_impute):
    """How to impute, and what looks as if it were missing."""
    values = values[np.isfinite(values)]
    found = Values.from_blocks([values])
    likely = likely_codes(found, lambda value: int((values == value).sum())) if found else []
    codes = [f"{code:g} ({(values == code).sum()} times)" for code in likely]
    are_counts = found is not None and likely == found.codes
    beside = "counts" if are_counts else "-1, 0, 1"
    looks = f": {' and '.join(codes)} beside {beside} looks like a code for them"
    how = (
        f", by missing='mean' if they are NaN (or {MISSING}, if all columns are integers)"
        if can_impute
        else ""
    )
    if codes and can_impute:
        return (
            f"Impute missing genotypes{looks}. Put NaN there, or {MISSING} if all columns are "
            f"{types_of_missing(values.dtype)}, {'add 1 to the others, ' * (not are_counts)}"
            "and use missing='mean'."
        )
    if found and not codes and found.are_within and values.min() >= 0 and values.max() > 2:
        return (
            f"If they are counts of a polyploid, use 2 * genotypes / ploidy. If not, impute "
            f"missing genotypes{how}, and count alleles as 0, 1, 2."
        )
    is_centered = values.size and values.min() == -1 and (values.max() <= 1 or not are_counts)
    return (
        f"Impute missing genotypes{looks if codes else how}, and count alleles as 0, 1, 2"
        f"{', which is 1 more than in the coding -1, 0, 1' if is_centered else ''}."
    )


def _check_some_measured(is_missing):
    empty = np.flatnonzero(is_missing.all(axis=0))
    if empty.size:
        raise ValueError(
            f"genotypes has {empty.size} markers without any value, such as column {empty[0]}. "
            "Leave them out."
        )


def check_index(genotypes: Any, ids: Any, labels: list, name: str = "genotypes") -> None:
    """The rows are the individuals, and have their labels if they have some.

    Numbers of rows are no labels: beside text they say nothing, unless they are the same labels as
    numbers, nor do they in two parts of one table, such as its genotypes and its column `ids`.
    """
    refuse_transposed(genotypes, labels, name)
    if not carries_labels(genotypes) or have_same_index(genotypes, ids):
        return
    index = list(genotypes.index)
    are_numbers = all(isinstance(row, int) for row in index)
    if are_numbers and set(labels).isdisjoint(index):
        rows = RowLabels(labels, "ids", len(labels), column=genotypes.index.name)
        check_labels(rows, genotypes, name)
        check_same_index(genotypes, ids, (name, "ids"))
        return
    differing = [pair for pair in zip(index, labels, strict=False) if pair[0] != pair[1]]
    if differing:
        remedies = [f"{name}.to_numpy() if ids are in the order of the rows", f"ids={name}.index"]
        if not are_numbers:
            remedies = [remedies[1], remedies[0]]
        raise ValueError(
            f"ids and the index of {name} differ: {differing[0][1]!r} is given for the row "
            f"labeled {differing[0][0]!r}. Use {remedies[0]}, or {remedies[1]}"
            f"{' if these numbers are the labels' * are_numbers}."
        )


def refuse_transposed(genotypes, ids, name):
    """Markers in rows, by the number of ids or by what columns are called."""
    n_rows, n_columns = np.shape(genotypes)
    n_others = n_columns - len(ids)
    has_as_many = n_others == 0 and n_rows != len(ids)
    has_labels = _are_named_by(genotypes, ids) and (n_others == 0 or n_rows != len(ids))
    if has_as_many or (has_labels and n_others <= MAX_OTHER_COLUMNS):
        why = f"it has {n_rows} rows and {n_columns} columns for {len(ids)} ids"
        raise ValueError(
            f"{name} is transposed, with markers in its rows: "
            f"{'its columns are named by ids' if has_labels else why}. Use "
            f"{how_to_transpose(genotypes, name, '[ids]' if n_others else '')}."
        )


def how_to_transpose(genotypes: Any, name: str, columns: str = "") -> str:
    """An expression for the transpose of a table, or of some of its columns."""
    library = type(genotypes).__module__.partition(".")[0]
    if library == "polars":
        return f"{name}{'.select(ids)' if columns else ''}.transpose()"
    return f"numpy.transpose({name})" if library == "builtins" else f"{name}{columns}.T"


def _are_named_by(genotypes, ids):
    """Whether columns, and not the rows, have the ids; numbers may be those of markers."""
    columns = getattr(genotypes, "columns", None)
    if columns is None or (hasattr(genotypes, "iloc") and list(genotypes.index) == ids):
        return False
    labels = set(map(str, ids))
    return labels <= set(map(str, columns)) and not all(map(str.isdigit, labels))
