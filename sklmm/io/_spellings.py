"""Columns of numbers whose texts say that they may be something else: codes, or thousands."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from .._warn import warn_user

if TYPE_CHECKING:
    import pandas as pd

DECIMAL = re.compile(r"\d+\.\d+", re.ASCII)
WHOLE = re.compile(r"\d+(e\d+)?", re.ASCII | re.IGNORECASE)
"""100000 is the well 1E5 of a plate to those who read numbers."""
OF_THOUSANDS = re.compile(r"[1-9]\d{0,2}\.\d{3}", re.ASCII)
BELOW_A_THOUSAND = re.compile(r"[1-9]\d{0,2}", re.ASCII)
FEWEST_OF_THOUSANDS = 2
DENSE = 0.5
"""Of the numbers between the first and the last plot of a block, the share that is there."""


def warn_of_spellings(
    path: Path, table: pd.DataFrame, rows: Sequence[Sequence[str]], id_columns: Collection[str]
) -> None:
    """Name the first texts of each column that numbers do not keep as they were meant."""
    for title, kind, texts in zip(
        table.columns, table.dtypes, zip(*rows, strict=True), strict=bool(rows)
    ):
        if title in id_columns or kind.kind != "f":
            continue
        plain = [text.strip(" ") for text in texts]
        said = _say_two_spellings(plain) or _say_counted(plain) or _say_thousands(plain)
        if said:
            warn_user(f"{path}, column {title!r}: {said}")


def _say_two_spellings(texts):
    """Batches 1.10 and 1.1 become one number, as two spellings of a measured one should."""
    text_of: dict = {}
    for text in texts:
        pattern = next((p for p in (DECIMAL, WHOLE) if p.fullmatch(text)), None)
        other = text_of.setdefault((pattern, float(text)), text) if pattern else text
        if other != text:
            return (
                f"{other!r} and {text!r} become one number. If they are codes, put a letter "
                f"before each in the file, such as {'x' + text!r}."
            )
    return ""


def _say_counted(texts):
    """Plots 1.8, 1.9, 1.10 and 1.11 are counted in their block; as a number 1.10 is before 1.8."""
    numbers = _numbers_among(texts)
    parts = [text.split(".") for text in numbers if DECIMAL.fullmatch(text)]
    if len(parts) < len(numbers) or any(counter.startswith("0") for _, counter in parts):
        return ""
    fewest = min((len(counter) for _, counter in parts), default=0)
    longer = [
        f"{block}.{counter}"
        for block, counter in parts
        if counter.endswith("0") and len(counter) > fewest
    ]
    if not longer or not _are_dense(parts):
        return ""
    return (
        f"{longer[0]!r} becomes {float(longer[0])!r}, and what stands behind the points counts "
        f"up. If they are codes, put a letter before each in the file, such as "
        f"{'x' + longer[0]!r}; if they are measured, give all of them as many decimals."
    )


def _are_dense(parts):
    """Whether few numbers are left out between the first and the last of each block."""
    counters: dict = {}
    for block, counter in parts:
        counters.setdefault(block, set()).add(int(counter))
    n_steps = sum(len(found) - 1 for found in counters.values())
    n_possible = sum(max(found) - min(found) for found in counters.values())
    return n_possible > 0 and n_steps >= DENSE * n_possible


def _say_thousands(texts):
    """1.234 beside 987, which are close to each other if the point separates thousands."""
    pointed = [text for text in texts if OF_THOUSANDS.fullmatch(text)]
    whole = [text for text in texts if BELOW_A_THOUSAND.fullmatch(text)]
    n_others = len(_numbers_among(texts)) - len(pointed) - len(whole)
    if len(pointed) < FEWEST_OF_THOUSANDS or not whole or n_others:
        return ""
    as_decimals = np.log([float(text) for text in (*pointed, *whole)])
    as_thousands = np.log([float(text.replace(".", "")) for text in (*pointed, *whole)])
    if np.std(as_thousands) >= np.std(as_decimals):
        return ""
    return (
        f"{pointed[0]!r} has three decimals and {whole[0]!r} has none. If the point separates "
        f"thousands, remove it in the file: {pointed[0].replace('.', '')}. If not, give all "
        f"numbers as many decimals, such as {whole[0]}.000."
    )


def _numbers_among(texts):
    """All but codes of missing values, in a column that pandas has made numbers of."""
    return [text for text in texts if text and text[0] in "+-.0123456789"]
