"""What readers share: triangles and labels, and errors that name the place."""

from __future__ import annotations

import errno
import os
import re
from collections.abc import Hashable, Iterator, Sequence
from contextlib import contextmanager
from os import PathLike
from pathlib import Path
from typing import Any, Literal, TypeGuard

import numpy as np

from .._kinship import Kinship, own_kinship
from ._lines import read_lines, refuse_blanks_between_tabs, refuse_quotes, split_blanks

Labels = Literal["iid", "fid_iid"]
NUMBERS_IN_FULL = "%.17g"
NO_TEXT = (
    *(".xlsx", ".xlsm", ".xls", ".ods", ".parquet", ".feather", ".npy", ".npz"),
    *(".rds", ".rda", ".rdata", ".zip", ".7z", ".zst"),
)
"""Endings of other formats."""
SEPARATORS_OF_FOLDERS = f"[{re.escape(os.sep + (os.altsep or ''))}]"


def square_of(path: Path, rows: list[np.ndarray], n: int) -> np.ndarray:
    """A symmetric matrix from the lines of a file that holds all of it."""
    if len(rows) != n:
        raise ValueError(f"{path} has {len(rows)} lines, but there are {n} individuals.")
    for number, row in enumerate(rows, start=1):
        if len(row) != n:
            raise ValueError(
                f"{path}, line {number}: {len(row)} numbers, but there are {n} individuals."
            )
    return np.array(rows)


def symmetric_of(triangle: np.ndarray, n: int) -> np.ndarray:
    """A matrix from its lower triangle, row by row with the diagonal."""
    matrix = np.zeros((n, n))
    matrix[np.tril_indices(n)] = triangle
    return matrix + np.tril(matrix, -1).T


def lower_triangle(matrix: np.ndarray) -> np.ndarray:
    """Row by row, with the diagonal."""
    return matrix[np.tril_indices(len(matrix))]


@contextmanager
def naming(argument: str) -> Iterator[None]:
    """Add the argument that names a file to what the system says of it."""
    try:
        yield
    except OSError as error:
        if error.errno is None or error.filename is None:
            raise
        is_relative = error.errno == errno.ENOENT and not os.path.isabs(error.filename)
        place = f", looked for from {os.getcwd()}" if is_relative else ""
        what = f"{argument}: {error.strerror}{place}"
        raise OSError(error.errno, what, str(error.filename)) from error


def refuse_other_format(path: Path, endings: Sequence[str], needed: Sequence[str]) -> None:
    """The name of a file that is no text."""
    if path.suffix.lower() in endings:
        packed = [f"{ending}.gz" for ending in needed]
        raise ValueError(
            f"path={str(path)!r} ends in {path.suffix}, but text is written. Let it end in "
            f"{' or '.join(needed)}, or in {' or '.join(packed)} to be gzipped."
        )


def labeled(
    path: Path, matrix: np.ndarray, ids: Sequence[Hashable] | np.ndarray, how: str = ""
) -> Kinship:
    """A Kinship, whose errors name the file, and `how` else its matrix can be read."""
    try:
        kinship = own_kinship(matrix, ids)
    except ValueError as error:
        raise ValueError(f"{path}: {error}{_hint_of_matrix(str(error), how)}") from error
    if matrix.any() and not matrix.diagonal().any():
        raise ValueError(
            f"{path} has 0 on the whole diagonal, as distances have, and no relationships. Make "
            "them of the genotypes, by sklmm.relationship; of distances that are 1 - IBS, "
            "Kinship(1 - matrix, ids) has the similarities."
        )
    return kinship


def _hint_of_matrix(message, how):
    """Say where the matrix comes from that a message computes with."""
    if "use" not in message or not re.search(r"\(?matrix \+|np\.tri[lu]\(matrix\)", message):
        return ""
    made = f"read the file by matrix = {how}" if how else "matrix is an array of its numbers"
    return f" For that {made}, and give the result to Kinship(result, ids)."


def read_ids(path: Path, labels: Labels) -> list:
    """The individuals of a file with family and individual in its first columns.

    PLINK 2 names the columns in the first line, and may leave out the families: then "0".
    """
    lines = read_lines(path)
    table = [split_blanks(line) for line in lines]
    family, individual, first_line = 0, 1, 1
    if table[0][0] in ("#FID", "#IID"):
        names = [name.lstrip("#") for name in table[0]]
        individual = names.index("IID") if "IID" in names else 1
        family, first_line = (0 if names[0] == "FID" else -1), 2
        del table[0]
    n_labels = individual + 1
    refuse_blanks_between_tabs(path, lines, n_labels, n_fields=max(n_labels, 2))
    refuse_quotes(path, lines[first_line - 1 :], n_labels)
    if first_line == 1:
        _refuse_other_columns(path, table)
    pairs = []
    for number, fields in enumerate(table, start=first_line):
        if len(fields) <= individual:
            raise ValueError(
                f"{path}, line {number}: a family and an individual are needed, got "
                f"{' '.join(fields)[:60]!r}."
            )
        pairs.append(("0" if family < 0 else fields[family], fields[individual]))
    return choose_labels(path, pairs, labels, first_line)


def _refuse_other_columns(path, table):
    """Refuse other columns than family and individual in a file without titles."""
    for number, fields in enumerate(table, start=1):
        if number == 1 and are_titles(fields):
            raise ValueError(
                f"{path}, line 1: {' '.join(fields)[:60]!r} are titles, which have to start with "
                "#FID or #IID. Write them so, or remove the line."
            )
        if len(fields) > 2:
            raise ValueError(
                f"{path}, line {number}: {len(fields)} fields, got {' '.join(fields)[:60]!r}, "
                "where family and individual are due. Remove the others, such as numbers of rows "
                "(row.names=FALSE in R), or name the columns in a first line that starts with "
                "#FID IID."
            )


def are_titles(fields: Sequence[str]) -> bool:
    """FID and IID, in any spelling."""
    names = [field.lower().strip('#"') for field in fields if field != "#"]
    return names[:2] == ["fid", "iid"] or names[:1] == ["iid"]


def do_count(names: Sequence[str]) -> bool:
    """Whether they are the numbers of rows, from 0 or from 1."""
    counts = range(len(names))
    return any(list(names) == [str(count + first) for count in counts] for first in (0, 1))


def choose_labels(
    path: Path, pairs: list[tuple[str, str]], labels: Labels, first_line: int = 1
) -> list:
    """Choose the label of each (family, individual)."""
    if not (isinstance(labels, str) and labels in ("iid", "fid_iid")):
        raise ValueError(f"labels must be 'iid' or 'fid_iid', got {labels!r}.")
    if labels == "fid_iid":
        return _unique(path, pairs, first_line, "")
    is_of_families = len(set(pairs)) == len(pairs)
    remedy = " Individuals of different families share it: use labels='fid_iid'."
    ids = [iid for _, iid in pairs]
    return _unique(path, ids, first_line, remedy if is_of_families else "")


def _unique(path, labels, first_line, remedy):
    line_of: dict = {}
    for line, label in enumerate(labels, start=first_line):
        if label in line_of:
            raise ValueError(
                f"{path}: {label!r} stands in lines {line_of[label]} and {line}.{remedy}"
            )
        line_of[label] = line
    return labels


def is_pair(label: Any) -> TypeGuard[tuple]:
    """Whether a label is (family, individual)."""
    return isinstance(label, tuple) and len(label) == 2


def with_suffix(prefix: str | PathLike, suffix: str) -> Path:
    """prefix.suffix, where the prefix may have dots of its own."""
    path = as_path(prefix, "prefix")
    last = re.split(SEPARATORS_OF_FOLDERS, str(prefix))[-1]
    if last in ("", ".", ".."):
        raise ValueError(
            f"prefix={str(prefix)!r} names a folder and lacks the name of the files in it. Add "
            f"one, such as {str(path / 'name')!r}."
        )
    return Path(f"{path}{suffix}")


def refuse_ending(prefix: str | PathLike, needed: str, endings: Sequence[str]) -> None:
    """The name of a file in place of the prefix, unless prefix.needed is there."""
    text = str(as_path(prefix, "prefix"))
    for ending in endings:
        if text.endswith(ending) and not with_suffix(prefix, needed).exists():
            raise ValueError(
                f"prefix={text!r} is the name of a file: give the prefix, without {ending}, which "
                f"is {text.removesuffix(ending)!r}."
            )


def refuse_added_ending(prefix: str | PathLike, endings: Sequence[str]) -> None:
    """The name of a file in place of the prefix of those that are written."""
    text = str(as_path(prefix, "prefix"))
    for ending in endings:
        if text.endswith(ending):
            raise ValueError(
                f"prefix={text!r} ends in {ending}, which is added to it: give "
                f"{text.removesuffix(ending)!r}."
            )


def as_path(path: str | PathLike, name: str = "path") -> Path:
    if not isinstance(path, str | PathLike):
        raise TypeError(f"{name} must be a string or a path, got {path!r}.")
    return Path(path)
