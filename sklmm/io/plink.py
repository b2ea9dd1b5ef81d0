"""Genotypes of PLINK 1: .bed, .bim and .fam, by bed-reader."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.utils import Bunch

from .._genotypes import MISSING, as_counts, check_index
from .._labels import as_labels, as_labels_or_none
from ._fam import read_columns, read_fam
from ._files import Labels, is_pair, refuse_ending, with_suffix
from ._numbers import parse_column
from ._padding import check_padding, check_size

LISTED_IN_BIM = ("chromosome", "feature_names", "centimorgan", "position", "allele_1", "allele_2")
NAMES_OF_BED_READER = {
    "family": "fid",
    "father": "father",
    "mother": "mother",
    "sex": "sex",
    "chromosome": "chromosome",
    "centimorgan": "cm_position",
    "position": "bp_position",
    "allele_1": "allele_1",
    "allele_2": "allele_2",
}
OF_INDIVIDUALS = {"family", "father", "mother", "sex"}


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
        family : ndarray of shape (n,)
            As .fam has it.
        father, mother : ndarray of shape (n,)
            As .fam has them, "0" where unknown, and with ``labels="fid_iid"`` (family, ID) of
            the individual's own family, None where unknown: PLINK's IDs are unique within a
            family only. :func:`~sklmm.relationship.numerator` takes them with `ids`.
        sex : ndarray of shape (n,), int
            1 for male, 2 for female and 0 for all else, as PLINK takes it.
        phenotype : ndarray of shape (n,), or (n, k) of k columns, float
            The traits, nan where missing: -9, NA and other text; and 0 in a column of nothing
            but -9, 0, 1 and 2 in which there is a 2, PLINK's code of a case, or no 1.
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
        If a file is cut off, too long or corrupt, an individual is listed twice, or .fam seems to
        have a line too many: its last individual is homozygous for allele 1 at all markers, as
        the filling at the end of a byte is, and the others make that improbable.

    Warns
    -----
    UserWarning
        If a trait is text other than a usual code of a missing one; if a parent is not listed in
        the family of its offspring but in another one, so that `labels` decides who it is; if a
        file does not end with a line break.

    See Also
    --------
    write_plink : The way back.
    sklmm.preprocessing.GenotypeScaler : Takes such genotypes.
    sklmm.relationship.vanraden : Makes a Kinship of them.

    References
    ----------
    .. [1] Purcell et al. (2007). PLINK: a tool set for whole-genome association and
       population-based linkage analyses. American Journal of Human Genetics 81, 559-575.
    """
    open_bed = _import_bed_reader().open_bed
    refuse_ending(prefix, ".bed", [".bed", ".bim", ".fam"])
    bed, bim, fam = (with_suffix(prefix, suffix) for suffix in (".bed", ".bim", ".fam"))
    return _read(bed, bim, fam, open_bed, samples, markers, labels)


def _read(bed, bim, fam, open_bed, samples, markers, labels):
    individuals = read_fam(fam, labels)
    n, listed = len(individuals.ids), _read_bim(bim)
    m = len(listed["position"])
    check_size(bed, n, m)
    rows, columns = _select(samples, n, "samples"), _select(markers, m, "markers")
    check_padding(bed, fam, individuals.ids, columns)
    with open_bed(bed, iid_count=n, sid_count=m) as file:
        data = file.read(np.s_[rows, columns], dtype="int8", order="C")
    return Bunch(
        data=data,
        **{name: values[rows] for name, values in individuals._asdict().items()},
        **{name: values[columns] for name, values in listed.items()},
    )


def write_plink(
    prefix: str | PathLike,
    data: Any,
    ids: Sequence[Hashable] | np.ndarray,
    *,
    feature_names: Sequence[str] | np.ndarray,
    **properties: Any,
) -> None:
    """Write genotypes to `prefix`.bed, .bim and .fam.

    Parameters
    ----------
    prefix : str or path
        Where to write; files that are there are replaced.
    data : array-like of shape (n, m)
        Copies of allele 1: 0, 1 and 2, with NaN or -127 where missing.
    ids : sequence of n labels
        A label that is a tuple of two is written as family and individual.
    feature_names : sequence of m str
        Names of the markers.
    **properties : sequences
        What else :func:`read_plink` gives, under the same names: family, father, mother and sex of
        the individuals; chromosome, centimorgan, position, allele_1 and allele_2 of the markers.
        0 is written for what is missing or "".

    Raises
    ------
    ImportError
        If bed-reader is not installed: ``pip install 'sklmm[io]'``.
    TypeError
        If there is no property of a name.
    ValueError
        If a genotype is another number, a label has a blank in it or is repeated, or something
        has another length than the genotypes.

    See Also
    --------
    read_plink : The way back.

    Examples
    --------
    >>> import tempfile
    >>> from sklmm.io import read_plink, write_plink
    >>> prefix = f"{tempfile.mkdtemp()}/cows"
    >>> write_plink(prefix, [[0, 1], [2, -127]], ["a", "b"], feature_names=["s1", "s2"])
    >>> read_plink(prefix).data
    array([[   0,    1],
           [   2, -127]], dtype=int8)
    """
    to_bed = _import_bed_reader().to_bed
    counts, labels = _whole_counts(data), as_labels(ids, "ids")
    check_index(data, labels, "data")
    markers = as_labels(feature_names, "feature_names")
    _check_columns(data, markers)
    pairs = [label if is_pair(label) else ("0", label) for label in labels]
    unknown = sorted(set(properties) - set(NAMES_OF_BED_READER))
    if unknown:
        raise TypeError(
            f"write_plink has no property {unknown[0]!r}; there are {sorted(NAMES_OF_BED_READER)}."
        )
    columns = {
        "iid": _as_text([iid for _, iid in pairs], "ids", len(counts)),
        "fid": _as_text([family for family, _ in pairs], "ids", len(counts)),
        "sid": _as_text(markers, "feature_names", counts.shape[1]),
    }
    for name, values in properties.items():
        length = len(counts) if name in OF_INDIVIDUALS else counts.shape[1]
        known = [
            "0" if value is None or value == "" else value
            for value in as_labels_or_none(values, name)
        ]
        columns[NAMES_OF_BED_READER[name]] = _as_text(known, name, length)
    for name, kind in (("sex", int), ("position", int), ("centimorgan", float)):
        _check_numbers(columns.get(NAMES_OF_BED_READER[name], ()), name, kind)
    if len(set(zip(columns["fid"], columns["iid"], strict=True))) < len(counts):
        raise ValueError("ids: two individuals have the same label when it is written as text.")
    to_bed(with_suffix(prefix, ".bed"), counts, properties=columns)


def _whole_counts(data):
    """0, 1, 2 and -127 as int8."""
    values = as_counts(data, "data")
    counts = np.where(np.isnan(values), MISSING, values)
    is_other = ~np.isin(counts, [0, 1, 2, MISSING])
    if is_other.any():
        row, column = np.argwhere(is_other)[0]
        raise ValueError(
            f"data must be 0, 1 or 2, or {MISSING} or NaN where missing, but "
            f"data[{row}, {column}] is {values[row, column]}. Round dosages."
        )
    return counts.astype(np.int8)


def _check_columns(data, markers):
    """The names of the columns, if they have some, are those that are given."""
    names = [name for name in getattr(data, "columns", []) if isinstance(name, str)]
    if names and names != [str(name) for name in markers]:
        raise ValueError(
            "feature_names and the columns of data differ. Use feature_names=data.columns, or "
            "data.to_numpy() if they are in the order of the columns."
        )


def _as_text(values, name, length):
    """Whole numbers without a point, and nothing with a blank in it."""
    texts = [
        str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)
        for value in values
    ]
    if len(texts) != length:
        raise ValueError(f"{name} must have length {length}, as data has, got {len(texts)}.")
    for text in texts:
        if not text or any(character.isspace() for character in text):
            raise ValueError(
                f"{name}: {text!r} is empty or has a blank in it, and blanks are between the "
                "columns of the file. Rename it."
            )
    return texts


def _check_numbers(texts, name, kind):
    for text in texts:
        try:
            kind(text)
        except ValueError:
            what = "a whole number" if kind is int else "a number"
            raise ValueError(f"{name}: {text!r} is not {what}, as it has to be.") from None


def _import_bed_reader():
    try:
        import bed_reader
    except ImportError as error:
        raise ImportError(
            "PLINK files need bed-reader, of the extra io: pip install 'sklmm[io]'."
        ) from error
    return bed_reader


def _read_bim(path: Path) -> dict[str, np.ndarray]:
    listed = dict(zip(LISTED_IN_BIM, read_columns(path).T, strict=False))
    listed["centimorgan"] = parse_column(path, listed["centimorgan"], 3, float)
    listed["position"] = parse_column(path, listed["position"], 4, int)
    return listed


def _sliced(chosen, size, name):
    try:
        return np.arange(size)[chosen]
    except (TypeError, ValueError) as error:
        raise ValueError(f"{name}={chosen!r} is no slice of positions: {error}.") from error


def _select(chosen, size, name):
    """Positions, from a slice, positions or a mask."""
    if chosen is None:
        return np.arange(size)
    if isinstance(chosen, slice):
        return _sliced(chosen, size, name)
    try:
        places = np.asarray(chosen)
    except ValueError:
        places = np.empty((0, 0))
    if places.dtype == bool and places.shape == (size,):
        return np.flatnonzero(places)
    is_valid = places.ndim == 1 and (places.dtype.kind in "iu" or places.size == 0)
    if not is_valid or (places.size and not -size <= places.min() <= places.max() < size):
        raise ValueError(
            f"{name} must be a slice, positions below {size}, a mask of that length or None, got "
            f"{chosen!r}."
        )
    return np.arange(size)[places.astype(np.intp)]
