"""How much is worked on at a time."""

from __future__ import annotations

from collections.abc import Iterable

from sklearn.utils import gen_batches

ROWS_AT_A_TIME = 512
"""Rows as long as K: products of as many are fast, and they fit into memory beside it."""


def row_batches(n: int) -> Iterable[slice]:
    """Parts of n rows."""
    return gen_batches(n, ROWS_AT_A_TIME)
