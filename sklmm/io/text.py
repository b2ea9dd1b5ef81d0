"""Matrices in text without labels: GEMMA's .cXX.txt and .sXX.txt, EMMA's and pylmm's .kin."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from os import PathLike

import numpy as np

from ..kinship import Kinship
from ._files import (
    NUMBERS_IN_FULL,
    Labels,
    as_path,
    check_kinship,
    choose_ids,
    labelled,
    read_rows,
    square_of,
)
from ._replace import replacing
from ._staging import opened_text


def read_text(
    path: str | PathLike,
    *,
    ids: Sequence[Hashable] | np.ndarray | None = None,
    fam: str | PathLike | None = None,
    labels: Labels = "iid",
) -> Kinship:
    """Read a square matrix of numbers, as GEMMA, EMMA and pylmm write it.

    Parameters
    ----------
    path : str or path
        A line for each individual with a number for each, separated by blanks or tabs: .cXX.txt
        and .sXX.txt of GEMMA [1]_, .kin of pylmm. Gzipped if it ends in .gz.
    ids : sequence of labels, default=None
        The individuals in the order of the file, which does not name them.
    fam : str or path, default=None
        Instead of `ids`, the .fam file of the genotypes that the matrix was made from.
    labels : {"iid", "fid_iid"}, default="iid"
        With `fam`, whether an individual is labelled by its ID or by (family ID, individual
        ID).

    Returns
    -------
    Kinship
        In the order of the file.

    Raises
    ------
    ValueError
        If the file is cut off, holds anything but numbers, is not square and symmetric, or
        has another number of individuals than there are labels.

    See Also
    --------
    write_text : The way back.

    References
    ----------
    .. [1] Zhou & Stephens (2012). Genome-wide efficient mixed-model analysis for association
       studies. Nature Genetics 44, 821-824.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from sklmm.io import read_text
    >>> path = Path(tempfile.mkdtemp()) / "mice.cXX.txt"
    >>> characters = path.write_text("1.0 0.5\\n0.5 1.0\\n")
    >>> read_text(path, ids=["a", "b"])
    Kinship(2 samples: 'a', 'b')
    """
    path, individuals = as_path(path), choose_ids(ids, fam, labels)
    return labelled(path, square_of(path, read_rows(path), len(individuals)), individuals)


def write_text(path: str | PathLike, kinship: Kinship) -> None:
    """Write a square matrix of numbers, which GEMMA, EMMA and pylmm read.

    Parameters
    ----------
    path : str or path
        Gzipped if it ends in .gz. A file that is there is replaced when the new one is complete,
        and stays as it is if that fails. Labels are not written: these programs take the
        individuals in the order of their genotypes, which `Kinship.select` can give.
    kinship : Kinship
        Written with 17 digits, so that no bit is lost.

    Examples
    --------
    >>> import tempfile
    >>> from sklmm import Kinship
    >>> from sklmm.io import write_text
    >>> write_text(f"{tempfile.mkdtemp()}/mice.cXX.txt", Kinship([[1.0]], ["a"]))
    """
    check_kinship(kinship)
    with replacing(as_path(path)) as (staged,):
        if staged.suffix in (".bz2", ".xz"):
            np.savetxt(staged, kinship.matrix, fmt=NUMBERS_IN_FULL, delimiter="\t")
        else:
            with opened_text(staged) as file:
                np.savetxt(file, kinship.matrix, fmt=NUMBERS_IN_FULL, delimiter="\t")
