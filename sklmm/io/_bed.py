"""Genotypes in the two bits of PLINK 1."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from sklearn.utils import gen_batches

from .._counts import MISSING

MAGIC = b"\x6c\x1b\x01"
"""Of a file with a marker after the other."""
CODES = np.zeros(256, dtype=np.uint8)
"""Of the bytes of int8 counts of allele 1."""
CODES[np.array([2, MISSING, 1, 0], dtype=np.int8).view(np.uint8)] = 0b00, 0b01, 0b10, 0b11
GENOTYPES_AT_A_TIME = 2**24


def write_bed(path: Path, counts: np.ndarray) -> None:
    """Counts of allele 1, of type int8, four to a byte; the last byte is filled with zeros."""
    n, m = counts.shape
    n_bytes = (n + 3) // 4
    with path.open("wb") as file:
        file.write(MAGIC)
        for markers in gen_batches(m, max(1, GENOTYPES_AT_A_TIME // (4 * n_bytes))):
            codes = np.zeros((4 * n_bytes, markers.stop - markers.start), dtype=np.uint8)
            codes[:n] = CODES[counts[:, markers].view(np.uint8)]
            first, second, third, fourth = codes.reshape(n_bytes, 4, -1).transpose(1, 0, 2)
            packed = first | second << 2 | third << 4 | fourth << 6
            file.write(np.ascontiguousarray(packed.T).data)
