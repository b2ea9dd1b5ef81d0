"""Whether PLINK's .bed fits the lists of individuals and markers beside it."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from pathlib import Path

import numpy as np

from ._bed import MAGIC
from ._lines import warn_user

MARKERS_AT_A_TIME = 1024
MIN_PROBABILITY = 1e-9
"""Of a last individual that is homozygous for allele 1 at all markers."""
ZEROS_IN_BYTE = np.array(
    [sum((byte >> shift) & 3 == 0 for shift in (0, 2, 4, 6)) for byte in range(256)],
    dtype=np.uint8,
)
"""How many of the four genotypes are coded 00: homozygous for allele 1."""


def check_size(bed: Path, n: int, m: int) -> None:
    """The file starts as it should and has the bytes of n individuals and m markers."""
    expected, found = len(MAGIC) + m * ((n + 3) // 4), bed.stat().st_size
    with bed.open("rb") as file:
        start = file.read(len(MAGIC))
    if start != MAGIC:
        raise ValueError(
            f"{bed} starts with the bytes {start.hex(' ')}, but a PLINK 1 .bed file with a marker "
            f"after the other starts with {MAGIC.hex(' ')}."
        )
    if found != expected:
        raise ValueError(
            f"{bed} has {found} bytes, but {n} individuals and {m} markers need {expected}. It is "
            "cut off, or .bim and .fam belong to another file."
        )


def check_padding(bed: Path, fam: Path, ids: np.ndarray, columns: np.ndarray) -> None:
    """Behind the last individual a marker is filled up with zeros to a whole byte.

    Genotypes there are of somebody whom .fam lacks, and an individual that is all zeros is
    one whom it has too many.
    """
    n = len(ids)
    genotypes = _Bytes(bed, n)
    for block in genotypes.blocks(columns) if n % 4 else ():
        if (block[:, -1] >> (2 * (n % 4))).any():
            raise ValueError(
                f"{bed} has genotypes of more than the {n} individuals of {fam.name}, which is "
                "cut off or belongs to another file."
            )
    n_zero = _trailing_zeros(genotypes, n)
    if n_zero and _is_improbable(genotypes, n - n_zero):
        raise ValueError(
            f"{fam} seems to have a line too many: its last individual, "
            f"{ids[-1]!r}, is homozygous for allele 1 at all {genotypes.n_markers} markers, as "
            "the filling at the end of a byte is, and no other one comes near that. Behind such a "
            "line everybody is read with the genotypes of a neighbor: compare .fam with its "
            "source. If this individual really is homozygous everywhere, it must not be the last "
            "in the file: move it by plink --indiv-sort file order.txt --keep-allele-order "
            "--make-bed, where order.txt has the family and the ID of each individual in a line."
        )


def warn_of_padding(bed: Path, ids: Sequence[Hashable]) -> None:
    """Say of a file that is being written that it will not be read."""
    n = len(ids)
    genotypes = _Bytes(bed, n)
    n_zero = _trailing_zeros(genotypes, n)
    if n_zero and _is_improbable(genotypes, n - n_zero):
        warn_user(
            f"The last individual, {ids[-1]!r}, is homozygous for allele 1 at all "
            f"{genotypes.n_markers} markers, which read_plink takes for a line too many in .fam "
            "and refuses. Put another individual last."
        )


class _Bytes:
    """The bytes of a .bed file, a row for each marker: mapped anew for each part that is read.

    What is mapped counts as memory as long as it is.
    """

    def __init__(self, bed: Path, n: int):
        self.bed = bed
        self.n_bytes = (n + 3) // 4
        self.n_markers = (bed.stat().st_size - len(MAGIC)) // self.n_bytes

    def blocks(self, columns: np.ndarray | None = None) -> Iterator[np.ndarray]:
        """Those of some markers, or of all of them, some at a time."""
        columns = np.arange(self.n_markers) if columns is None else columns
        for start in range(0, len(columns), MARKERS_AT_A_TIME):
            everything = np.memmap(self.bed, dtype=np.uint8, mode="r", offset=len(MAGIC))
            some = columns[start : start + MARKERS_AT_A_TIME]
            yield everything.reshape(-1, self.n_bytes)[some]


def _trailing_zeros(genotypes, n):
    """How many individuals at the end of the last byte, which is not theirs alone, are zeros."""
    n_zero = (n - 1) % 4
    for block in genotypes.blocks():
        last_bytes = block[:, -1]
        while n_zero and (last_bytes >> (2 * ((n - n_zero) % 4))).any():
            n_zero -= 1
        if not n_zero:
            break
    return n_zero


def _is_improbable(genotypes, n_others):
    """Whether somebody like the others is hardly homozygous for allele 1 at all markers."""
    n_filled = 4 * genotypes.n_bytes - n_others
    log_probability, seen = 0.0, np.zeros(genotypes.n_bytes, dtype=np.uint8)
    for block in genotypes.blocks():
        count = ZEROS_IN_BYTE[block].sum(axis=1, dtype=np.int64) - n_filled
        log_probability += np.log((count + 1) / (n_others + 1)).sum()
        seen |= np.bitwise_or.reduce(block, axis=0)
        n_alike = ZEROS_IN_BYTE[seen].sum(dtype=np.int64) - n_filled
        if not n_alike and log_probability < np.log(MIN_PROBABILITY):
            return True
    return False
