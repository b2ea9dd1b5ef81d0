"""What readers share: lines, numbers, triangles and labels, and errors that name the place."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Hashable, Sequence
from os import PathLike
from pathlib import Path
from typing import Any, Literal, TypeGuard

import numpy as np

from .._labels import as_labels
from ..kinship import Kinship

Labels = Literal["iid", "fid_iid"]
NUMBERS_IN_FULL = "%.17g"


def read_lines(path: Path) -> list[str]:
    """The lines of a text file, gzipped if it is named so; the last one has to be complete."""
    try:
        content = path.read_bytes()
        if path.suffix == ".gz":
            content = gzip.decompress(content)
        text = content.decode("utf-8-sig").replace("\r\n", "\n").replace("\r", "\n")
    except UnicodeDecodeError as error:
        raise ValueError(f"{path} is no text file: byte {error.start} cannot be read.") from error
    except (EOFError, OSError, zlib.error) as error:
        if isinstance(error, OSError) and not isinstance(error, gzip.BadGzipFile):
            raise
        raise ValueError(f"{path} is cut off, corrupt or no gzip file: {error}.") from error
    if not text:
        raise ValueError(f"{path} is empty.")
    if not text.endswith("\n"):
        n_lines = text.count("\n") + 1
        raise ValueError(
            f"{path}, line {n_lines}: the file does not end with a line break and may be cut off. "
            "If it is complete, add one."
        )
    return text[:-1].split("\n")


def parse_numbers(path: Path, number: int, fields: Sequence[str]) -> np.ndarray:
    """The fields of one line as finite numbers."""
    try:
        values = np.array([] if any("_" in field for field in fields) else fields, dtype=float)
    except ValueError:
        values = np.array([])
    if len(values) == len(fields) and np.isfinite(values).all():
        return values
    for place, field in enumerate(fields):
        if not _is_finite_number(field):
            raise ValueError(
                f"{path}, line {number}: field {place + 1} is {field[:40]!r}, not a finite number."
            )
    raise AssertionError("one of the fields is no number")


def _is_finite_number(field):
    try:
        return "_" not in field and bool(np.isfinite(float(field)))
    except ValueError:
        return False


def read_rows(path: Path, separator: str | None = None) -> list[np.ndarray]:
    """The numbers of each line."""
    return [
        parse_numbers(path, number, line.split(separator))
        for number, line in enumerate(read_lines(path), start=1)
    ]


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


def labelled(path: Path, matrix: np.ndarray, ids: Sequence[Hashable] | np.ndarray) -> Kinship:
    """A Kinship, whose errors name the file."""
    matrix.flags.writeable = False
    try:
        return Kinship(matrix, ids)
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from error


def read_ids(path: Path, labels: Labels) -> list:
    """The individuals of a file with family and individual in its first columns.

    PLINK 2 names the columns in the first line, and may leave out the families: then "0".
    """
    table = [line.split() for line in read_lines(path)]
    family, individual, first_line = 0, 1, 1
    if table[0] and table[0][0] in ("#FID", "#IID"):
        names = [name.lstrip("#") for name in table[0]]
        individual = names.index("IID") if "IID" in names else 1
        family, first_line = (0 if names[0] == "FID" else -1), 2
        del table[0]
    pairs = []
    for number, fields in enumerate(table, start=first_line):
        if len(fields) <= individual:
            raise ValueError(
                f"{path}, line {number}: a family and an individual are needed, got "
                f"{' '.join(fields)[:60]!r}."
            )
        pairs.append(("0" if family < 0 else fields[family], fields[individual]))
    return choose_labels(path, pairs, labels)


def choose_labels(path: Path, pairs: list[tuple[str, str]], labels: Labels) -> list:
    """Of each (family, individual)."""
    if not (isinstance(labels, str) and labels in ("iid", "fid_iid")):
        raise ValueError(f"labels must be 'iid' or 'fid_iid', got {labels!r}.")
    if labels == "fid_iid":
        return _unique(path, pairs, "")
    is_of_families = len(set(pairs)) == len(pairs)
    remedy = " Individuals of different families share it: use labels='fid_iid'."
    return _unique(path, [iid for _, iid in pairs], remedy if is_of_families else "")


def _unique(path, labels, remedy):
    first_line: dict = {}
    for line, label in enumerate(labels, start=1):
        if label in first_line:
            raise ValueError(
                f"{path}: {label!r} stands in lines {first_line[label]} and {line}.{remedy}"
            )
        first_line[label] = line
    return labels


def is_pair(label: Any) -> TypeGuard[tuple]:
    """Whether a label is (family, individual)."""
    return isinstance(label, tuple) and len(label) == 2


def choose_ids(
    ids: Sequence[Hashable] | np.ndarray | None, fam: str | PathLike | None, labels: Labels
) -> list:
    """Of a file without labels: given, or read from the .fam file of the genotypes."""
    if ids is not None and fam is None:
        return as_labels(ids, "ids")
    if fam is None or ids is not None:
        raise ValueError(
            "Give the individuals in the order of the file, either by ids= or by fam=, the path "
            f"of a .fam file; got ids={ids!r} and fam={fam!r}."
        )
    return read_ids(Path(fam), labels)


def check_kinship(kinship: Kinship) -> None:
    if not isinstance(kinship, Kinship):
        raise TypeError(
            f"kinship must be a Kinship, got {type(kinship).__name__}: make one by "
            "Kinship(matrix, ids)."
        )


def with_suffix(prefix: str | PathLike, suffix: str) -> Path:
    """prefix.suffix, where the prefix may have dots of its own."""
    return Path(f"{as_path(prefix, 'prefix')}{suffix}")


def as_path(path: str | PathLike, name: str = "path") -> Path:
    if not isinstance(path, str | PathLike):
        raise TypeError(f"{name} must be a string or a path, got {path!r}.")
    return Path(path)
