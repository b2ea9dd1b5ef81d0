"""Families and individuals in the files of writers: .grm.id, .rel.id and .fam."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from pathlib import Path

import numpy as np

from .._labels import refuse_same, written
from ._files import are_titles, is_pair
from ._lines import QUOTED

NO_FAMILY = "0"
"""As PLINK has it."""


def as_pair(label: Hashable, name: str, comments: bool = False) -> tuple[str, str]:
    """The texts of family and individual; a label that is one thing has no family.

    With `comments`, programs that read the file take # for the start of a comment.
    """
    if isinstance(label, tuple) and not is_pair(label):
        raise ValueError(
            f"{name}: {label!r} is a tuple of {len(label)}, and a line holds a family and an "
            "individual. Use tuples of two, or labels of one part: '_'.join(map(str, label))."
        )
    family, individual = label if is_pair(label) else (NO_FAMILY, label)
    starts_line = comments and not is_pair(label)
    pair = (
        written(family, name, label=label, between_blanks=True, starts_line=True),
        written(individual, name, label=label, between_blanks=True, starts_line=starts_line),
    )
    if any(map(QUOTED.fullmatch, pair)):
        raise ValueError(f"{name}: {label!r} is in quotes, as R writes labels. Rename it.")
    return pair


def refuse_titles(pairs: Sequence[tuple[str, str]], ids: Sequence[Hashable] | np.ndarray) -> None:
    """A first individual that is called as the titles of the columns are."""
    if pairs and are_titles(pairs[0]):
        raise ValueError(
            f"ids: {ids[0]!r} would be taken for the titles of columns in the first line of the "
            "file. Rename it."
        )


def write_ids(path: Path, ids: Sequence[Hashable] | np.ndarray) -> None:
    """A line with family and individual for each label."""
    pairs = [as_pair(label, "ids", comments=True) for label in ids]
    refuse_same(pairs, ids, "ids")
    refuse_titles(pairs, ids)
    text = "".join(f"{family}\t{individual}\n" for family, individual in pairs)
    path.write_text(text, encoding="utf-8", newline="\n")


def refuse_orphans(labels: Path, staged: Path, others: Sequence[Path]) -> None:
    """Matrices in other formats that would be left with the labels of a new one.

    Parameters
    ----------
    labels, staged : Path
        The file of labels that they share, and the one that is to replace it.
    others : sequence of Path
        Where such matrices would be.

    Raises
    ------
    FileExistsError
        If there is one, and the labels change.
    """
    left = [path for path in others if path.exists()]
    if left and not (labels.exists() and labels.read_bytes() == staged.read_bytes()):
        raise FileExistsError(
            f"{left[0]} is another matrix that takes its individuals from {labels.name}, which "
            f"would list others now. Write to another prefix, or remove {left[0].name} first."
        )
