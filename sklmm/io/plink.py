"""Genotypes of PLINK 1: .bed, .bim and .fam, by bed-reader."""

from __future__ import annotations

from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.utils import Bunch

from ._files import Labels, read_ids, read_lines, with_suffix

LISTED_IN_BIM = ("chromosome", "feature_names", "centimorgan", "position", "allele_1", "allele_2")
MAGIC = b"\x6c\x1b\x01"


def read_plink(
    prefix: str | PathLike,
    *,
    samples: Any = None,
    markers: Any = None,
    labels: Labels = "iid",
) -> Bunch:
    """Read genotypes of PLINK, all of them or some.

    Parameters
    ----------
    prefix : str or path
        Reads `prefix`.bed, .bim and .fam [1]_.
    samples, markers : slice, sequence of int, mask or None, default=None
        Which rows and columns to read; None are all. Nothing else is read from the file.
    labels : {"iid", "fid_iid"}, default="iid"
        Whether an individual is labelled by its ID or by (family ID, individual ID).

    Returns
    -------
    :class:`~sklearn.utils.Bunch`
        data : ndarray of shape (n, m), int8
            Copies of allele 1, the first one in .bim; -127 where missing.
        ids : ndarray of shape (n,)
            Labels of the individuals.
        family, father, mother, sex : ndarray of shape (n,)
            As .fam has them, sex 1 for male, 2 for female.
        feature_names, chromosome, centimorgan, position : ndarray of shape (m,)
            As .bim has them.
        allele_1, allele_2 : ndarray of shape (m,)
            As .bim has them.

    Raises
    ------
    FileNotFoundError
        If a file is missing.
    ImportError
        If bed-reader is not installed: ``pip install 'sklmm[io]'``.
    ValueError
        If a file is cut off, too long or corrupt, or an individual is listed twice.

    See Also
    --------
    sklmm.preprocessing.GenotypeScaler : Takes such genotypes.
    sklmm.relationship.vanraden : Makes a Kinship of them.

    References
    ----------
    .. [1] Purcell et al. (2007). PLINK: a tool set for whole-genome association and
       population-based linkage analyses. American Journal of Human Genetics 81, 559-575.
    """
    open_bed = _import_bed_reader()
    fam, bim, bed = (with_suffix(prefix, suffix) for suffix in (".fam", ".bim", ".bed"))
    individuals = _read_columns(fam)
    ids = np.empty(len(individuals), dtype=object)
    ids[:] = read_ids(fam, labels)
    listed = dict(zip(LISTED_IN_BIM, _read_columns(bim).T, strict=False))
    _check_size(bed, len(ids), len(listed["position"]))
    rows = _select(samples, len(ids), "samples")
    columns = _select(markers, len(listed["position"]), "markers")
    _check_padding(bed, len(ids), columns)
    with open_bed(bed, iid_count=len(ids), sid_count=len(listed["position"])) as file:
        data = file.read(np.s_[rows, columns], dtype="int8", order="C")
    listed["centimorgan"] = _as_numbers(bim, listed["centimorgan"], 3, float)
    listed["position"] = _as_numbers(bim, listed["position"], 4, int)
    return Bunch(
        data=data,
        ids=ids[rows],
        family=individuals[rows, 0],
        father=individuals[rows, 2],
        mother=individuals[rows, 3],
        sex=_as_numbers(fam, individuals[:, 4], 5, int)[rows],
        **{name: values[columns] for name, values in listed.items()},
    )


def _import_bed_reader():
    try:
        from bed_reader import open_bed
    except ImportError as error:
        raise ImportError(
            "read_plink needs bed-reader, of the extra io: pip install 'sklmm[io]'."
        ) from error
    return open_bed


def _read_columns(path: Path) -> np.ndarray:
    """A row for each line, with six fields or, for the traits of .fam, more."""
    table = [line.split() for line in read_lines(path)]
    n_fields = len(table[0])
    for number, fields in enumerate(table, start=1):
        if len(fields) < 6 or len(fields) != n_fields:
            raise ValueError(
                f"{path}, line {number}: {len(fields)} fields, but line 1 has {n_fields} and at "
                "least 6 are needed."
            )
    return np.array(table, dtype=object)


def _as_numbers(path, texts, column, kind):
    for number, text in enumerate(texts, start=1):
        try:
            kind(text)
        except ValueError:
            raise ValueError(
                f"{path}, line {number}: field {column} is {text!r}, not a number."
            ) from None
    return texts.astype(kind)


def _check_size(bed, n, m):
    expected, found = 3 + m * ((n + 3) // 4), bed.stat().st_size
    with bed.open("rb") as file:
        start = file.read(3)
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


def _check_padding(bed, n, columns):
    """Behind the last individual a marker is filled up with zeros to a whole byte."""
    if n % 4 == 0 or not len(columns):
        return
    genotypes = np.memmap(bed, dtype=np.uint8, mode="r", offset=len(MAGIC))
    last_bytes = genotypes.reshape(-1, n // 4 + 1)[columns, -1]
    if (last_bytes >> (2 * (n % 4))).any():
        raise ValueError(
            f"{bed} has genotypes of more than the {n} individuals of .fam, which is cut off or "
            "belongs to another file."
        )


def _select(chosen, size, name):
    """Positions, from a slice, positions or a mask."""
    if chosen is None or isinstance(chosen, slice):
        return np.arange(size)[chosen or slice(None)]
    places = np.asarray(chosen)
    if places.dtype == bool and places.shape == (size,):
        return np.flatnonzero(places)
    is_valid = places.ndim == 1 and (places.dtype.kind in "iu" or places.size == 0)
    if not is_valid or (places.size and not -size <= places.min() <= places.max() < size):
        raise ValueError(
            f"{name} must be a slice, positions below {size}, a mask of that length or None, got "
            f"{chosen!r}."
        )
    return np.arange(size)[places.astype(np.intp)]
