"""What a block of genotypes must not hold: values that are missing, infinite, or codes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

import numpy as np

from .._codes import LARGEST_PLOIDY, NOTHING, find_codes
from .._counts import MISSING, is_missing_count, types_of_missing
from .._markers import are_centered, batches, values_of_markers
from ..relationship._founders import largest_gap_by_rounding

Missing = Literal["raise", "mean", "drop"]
LARGEST_GAP = 1e-4
"""Between the sum of the probabilities of founders and 1."""
ROWS_LOOKED_AT = 256


class BlockChecker:
    """Refuses what no marker can be tested with, block by block, and remembers their genotypes.

    Parameters
    ----------
    missing : {"raise", "mean", "drop"}
        Whether a genotype may be missing.
    sample, marker : callable
        What a row and a column of the genotypes are called, by their numbers.
    name : str
        What the user calls the genotypes.
    may_drop : bool
        Whether "drop" is among the values of `missing` that the user may choose.
    """

    def __init__(
        self,
        missing: Missing,
        sample: Callable[[Any], str],
        marker: Callable[[Any], str],
        name: str = "genotypes",
        may_drop: bool = True,
    ):
        self.missing = missing
        self.name, self.may_drop = name, may_drop
        self.sample = sample
        self.marker = marker
        self.seen = NOTHING

    def as_floats(self, raw: np.ndarray, rows: np.ndarray, markers: np.ndarray) -> np.ndarray:
        """Numbers of any type as float64 in Fortran order, with NaN where one is missing."""
        block = raw.astype(np.float64, order="F")
        if _are_genotypes(raw):
            return block
        is_missing = is_missing_count(raw)
        if is_missing.any():
            self._refuse_missing(is_missing, rows, markers)
            np.copyto(block, np.nan, where=is_missing)
        lowest, highest = np.fmin.reduce(block, axis=0), np.fmax.reduce(block, axis=0)
        if not ((lowest < 0).any() or (highest > 2).any()):
            return block
        if np.isinf(lowest).any() or np.isinf(highest).any():
            row, column = np.argwhere(np.isinf(block))[0]
            raise ValueError(
                f"{self.name} has {block[row, column]} for {self.sample(rows[row])} at "
                f"{self.marker(markers[column])}. Correct it, or write NaN if it is missing."
            )
        self._refuse_codes(block, (lowest, highest), raw.dtype, (rows, markers))
        return block

    def check_probabilities(self, block: np.ndarray, rows: Any, loci: Any) -> None:
        """Refuse those of founders, of shape (n, founders, loci), that are none."""
        totals = block.sum(axis=1)
        is_missing = np.isnan(totals)
        self._refuse_missing(is_missing, rows, loci)
        is_wrong = (block < 0).any(axis=1)
        gaps = np.where(is_missing, 0, np.abs(totals - 1))
        if gaps.max(initial=0) > LARGEST_GAP:
            is_wrong |= gaps > max(LARGEST_GAP, largest_gap_by_rounding(block))
        if is_wrong.any():
            row, locus = np.argwhere(is_wrong)[0]
            raise ValueError(
                "Probabilities of founders must not be negative and must add up to 1, but those "
                f"of {self.sample(rows[row])} at {self.marker(loci[locus])} are "
                f"{block[row, :, locus]}, and add up to {totals[row, locus]:.6g}. Correct them; "
                "if they are shares of one sum, divide them by it: genotypes / "
                "genotypes.sum(axis=1, keepdims=True)."
            )

    def _refuse_missing(self, is_missing, rows, markers):
        if self.missing != "raise" or not is_missing.any():
            return
        row, column = np.argwhere(is_missing)[0]
        drop = "missing='drop', which leaves such samples out marker by marker, or "
        raise ValueError(
            f"{self.name} has no value for {self.sample(rows[row])} at "
            f"{self.marker(markers[column])}. Use {drop * self.may_drop}missing='mean', or impute "
            "missing genotypes."
        )

    def _refuse_codes(self, block, ends, dtype, places):
        """Refuse numbers that stand apart from genotypes, unless columns hold any numbers."""
        if _are_measurements(block):
            return
        values, columns = values_of_markers(block, ends, None, self.seen)
        if values is None:
            return
        of_markers = slice(None) if columns is None else columns
        numbers, lowest = block[:, of_markers], ends[0][of_markers]
        all_values = values | self.seen
        if all_values.may_have_codes and not _are_centered(numbers, lowest, ends[1][of_markers]):
            codes = find_codes(numbers, all_values, lowest, list(batches(numbers)), self.seen)
            if codes:
                self._refuse_code(codes[0], dtype, (places[0], places[1][of_markers]))
        self.seen = all_values

    def _refuse_code(self, code, dtype, places):
        rows, markers = places
        drop = "missing='drop' or "
        raise ValueError(
            f"{self.name} has {code.value:g} for {self.sample(rows[code.row])} at "
            f"{self.marker(markers[code.column])}, as if it stood for a missing genotype. Write "
            f"NaN there, or {MISSING} among {types_of_missing(dtype)}, and use "
            f"{drop * self.may_drop}missing='mean'. If these are measurements and no genotypes, "
            "standardize them by StandardScaler, which changes no p value."
        )


def _are_genotypes(raw):
    """Whether all are between 0 and 2, and none is missing."""
    if raw.dtype.kind == "i" and raw.dtype.isnative:
        raw = raw.view(f"u{raw.dtype.itemsize}")  # a negative number becomes a large one
    return bool(raw.min() >= 0 and raw.max() <= 2)


def _are_measurements(block):
    """Whether some rows show that half of the columns hold other numbers than any marker does."""
    some = block[:ROWS_LOOKED_AT]
    is_other = ((some <= -1) | (some > LARGEST_PLOIDY)) & (some != np.floor(some))
    return 2 * np.count_nonzero(is_other.any(axis=0)) >= block.shape[1]


def _are_centered(block, lowest, highest):
    n_measured = len(block) - np.count_nonzero(np.isnan(block), axis=0)
    return are_centered(n_measured, np.nansum(block, axis=0), lowest, highest)
