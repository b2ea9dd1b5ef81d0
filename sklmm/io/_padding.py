"""Whether PLINK's .bed fits the lists of individuals and markers beside it."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from pathlib import Path

import numpy as np

from ._lines import warn_user

MAGIC = b"\x6c\x1b\x01"
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
    everything = np.memmap(bed, dtype=np.uint8, mode="r", offset=len(MAGIC))
    genotypes = everything.reshape(-1, (n + 3) // 4)
    if n % 4 and (genotypes[columns, -1] >> (2 * (n % 4))).any():
        raise ValueError(
            f"{bed} has genotypes of more than the {n} individuals of {fam.name}, which is cut "
            "off or belongs to another file."
        )
    n_zero = _trailing_zeros(genotypes, n)
    if n_zero and _is_improbable(genotypes, n - n_zero):
        raise ValueError(
            f"{fam} seems to have a line too many: its last individual, "
            f"{ids[-1]!r}, is homozygous for allele 1 at all {len(genotypes)} markers, as the "
            "filling at the end of a byte is, and no other one comes near that. Behind such a "
            "line everybody is read with the genotypes of a neighbor: compare .fam with its "
            "source. If this individual really is homozygous everywhere, it must not be the last "
            "in the file: move it by plink --indiv-sort file order.txt --keep-allele-order "
            "--make-bed, where order.txt has the family and the ID of each individual in a line."
        )


def warn_of_padding(bed: Path, ids: Sequence[Hashable]) -> None:
    """Say of a file that is being written that it will not be read."""
    n = len(ids)
    everything = np.memmap(bed, dtype=np.uint8, mode="r", offset=len(MAGIC))
    genotypes = everything.reshape(-1, (n + 3) // 4)
    n_zero = _trailing_zeros(genotypes, n)
    if n_zero and _is_improbable(genotypes, n - n_zero):
        warn_user(
            f"The last individual, {ids[-1]!r}, is homozygous for allele 1 at all "
            f"{len(genotypes)} markers, which read_plink takes for a line too many in .fam and "
            "refuses. Put another individual last."
        )


def _trailing_zeros(genotypes, n):
    """How many individuals at the end of the last byte, which is not theirs alone, are zeros."""
    n_zero = (n - 1) % 4
    for start in range(0, len(genotypes), MARKERS_AT_A_TIME):
        last_bytes = genotypes[start : start + MARKERS_AT_A_TIME, -1]
        while n_zero and (last_bytes >> (2 * ((n - n_zero) % 4))).any():
            n_zero -= 1
        if not n_zero:
            break
    return n_zero


def _is_improbable(genotypes, n_others):
    """Whether somebody like the others is hardly homozygous for allele 1 at all markers."""
    n_filled = 4 * genotypes.shape[1] - n_others
    log_probability, seen = 0.0, np.zeros(genotypes.shape[1], dtype=np.uint8)
    for start in range(0, len(genotypes), MARKERS_AT_A_TIME):
        block = genotypes[start : start + MARKERS_AT_A_TIME]
        count = ZEROS_IN_BYTE[block].sum(axis=1, dtype=np.int64) - n_filled
        log_probability += np.log((count + 1) / (n_others + 1)).sum()
        seen |= np.bitwise_or.reduce(block, axis=0)
        n_alike = ZEROS_IN_BYTE[seen].sum(dtype=np.int64) - n_filled
        if not n_alike and log_probability < np.log(MIN_PROBABILITY):
            return True
    return False
