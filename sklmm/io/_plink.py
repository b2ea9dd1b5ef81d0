"""Genotypes of PLINK 1: .bed, .bim and .fam."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from functools import partial
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.utils import Bunch

from .._counts import MISSING, as_counts, check_index, types_of_missing
from .._labels import as_labels
from .._numbers import unmasked
from .._order import RowLabels, check_labels
from ._bed import write_bed
from ._fam import read_columns, read_fam, read_ids_of_fam
from ._fam_bim import PROPERTIES, bim_of, check_length, fam_of
from ._files import Labels, as_path, naming, refuse_added_ending, refuse_ending, with_suffix
from ._numbers import parse_column
from ._padding import check_padding, check_size, warn_of_padding
from ._replace import read_together, replacing, version_of

ENDINGS = (".bed", ".bim", ".fam")
REMEDY_OF_BIM = (
    " If the positions in centimorgans are missing, add a column of 0 before those in base pairs."
)
"""For five columns."""
LISTED_IN_BIM = ("chromosome", "feature_names", "centimorgan", "position", "allele_1", "allele_2")


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
        Which rows and columns to read; None are all. Nothing else is read from the file. A mask
        is of bool, taken by position, and refused if its index has the labels in another order.
        No position may be there twice.
    labels : {"iid", "fid_iid"}, default="iid"
        Whether an individual is labeled by its ID or by (family ID, individual ID).

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
    refuse_ending(prefix, ".bed", ENDINGS)
    paths = [with_suffix(prefix, suffix) for suffix in (".bed", ".bim", ".fam")]
    read = partial(_read, open_bed=open_bed, samples=samples, markers=markers, labels=labels)
    with naming("prefix"):
        return read_together(paths, read)


class BedFile:
    """A .bed file that is read marker by marker, after its lists and its size are checked.

    Parameters
    ----------
    prefix : str or path
        Of .bed, .bim and .fam, or the name of the .bed file.
    name : str
        Of the argument, for messages.

    Attributes
    ----------
    pairs : list of (family, individual)
    listed : dict
        What .bim has of the markers, as `read_plink` gives it.
    """

    def __init__(self, prefix: str | PathLike, name: str):
        self._open_bed = _import_bed_reader().open_bed
        text = str(as_path(prefix, name))
        if text.endswith(".bed") and not with_suffix(text, ".bed").exists():
            text = text.removesuffix(".bed")
        refuse_ending(text, ".bed", ENDINGS)
        with naming(name):
            read_together([with_suffix(text, ending) for ending in ENDINGS], self._look)

    @property
    def shape(self) -> tuple[int, int]:
        return len(self.pairs), len(self.listed["position"])

    def _look(self, bed, bim, fam):
        self.pairs, self.listed = read_ids_of_fam(fam, "fid_iid"), _read_bim(bim)
        n, m = self.shape
        check_size(bed, n, m)
        check_padding(bed, fam, np.array([iid for _, iid in self.pairs]), np.arange(m))
        self.path, self._version = bed, version_of(bed, "st_ino")

    def read(self, rows: np.ndarray, markers: np.ndarray) -> np.ndarray:
        """Copies of allele 1 in some rows at some markers, int8 in Fortran order."""
        n, m = self.shape
        with self._open_bed(self.path, iid_count=n, sid_count=m) as file:
            counts = file.read(np.s_[rows, markers], dtype="int8", order="F")
        if version_of(self.path, "st_ino") != self._version:
            raise ValueError(f"{self.path} was changed while it was read. Read it anew.")
        return counts


def _read(bed, bim, fam, open_bed, samples, markers, labels):
    individuals = read_fam(fam, labels)
    n, listed = len(individuals.ids), _read_bim(bim)
    m = len(listed["position"])
    check_size(bed, n, m)
    _check_mask(samples, RowLabels(list(individuals.ids), "the labels of .fam", n), "samples")
    names = list(listed["feature_names"])
    _check_mask(markers, RowLabels(names, "the names of .bim", m), "markers")
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
        Where to write. Files that are there are replaced when the new ones are complete, and
        stay as they are if that fails.
    data : array-like of shape (n, m)
        Copies of allele 1: 0, 1 and 2, with NaN or -127 where missing.
    ids : sequence of n labels
        A label that is a tuple of two is written as family and individual, any other one as an
        individual of family 0, unless `family` says another.
    feature_names : sequence of m str
        Names of the markers.
    **properties : sequences
        What else :func:`read_plink` gives, under the same names: family, father, mother, sex and
        phenotype of the individuals; chromosome, centimorgan, position, allele_1 and allele_2 of
        the markers. Sex is 1 for male, 2 for female and 0 for unknown. 0 is written for what is
        missing or "". A parent that is a tuple of two is (family, individual), of the family of
        the child. `phenotype` is one trait or, with a column for each, several: numbers, with
        NaN where missing, which is written as -9.

    Raises
    ------
    OSError
        If a file cannot be written.
    TypeError
        If there is no property of a name.
    ValueError
        If a genotype is another number, a label is empty, a tuple of three, has a blank or a
        control character in it or is repeated, the first label is a line of titles, a parent is
        of another family, a phenotype is -9, or something has another length than the genotypes.

    Warns
    -----
    UserWarning
        If the last individual is homozygous for allele 1 at all markers, and no other one comes
        near that: :func:`read_plink` will refuse the files. If `sex` is 0 and 1 alone, which are
        unknown and male in these files.

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
    refuse_added_ending(prefix, ENDINGS)
    unknown = sorted(set(properties) - set(PROPERTIES))
    if unknown:
        raise TypeError(f"write_plink has no property {unknown[0]!r}; there are {PROPERTIES}.")
    counts, labels = _whole_counts(data), as_labels(ids, "ids")
    check_index(data, ids, labels, "data")
    names = as_labels(feature_names, "feature_names")
    _check_columns(data, names)
    check_length(labels, "ids", len(counts))
    check_length(names, "feature_names", counts.shape[1])
    fam, bim = fam_of(labels, properties), bim_of(names, properties)
    paths = [with_suffix(prefix, suffix) for suffix in (".bed", ".bim", ".fam")]
    with replacing(*paths) as (genotypes, markers, individuals):
        write_bed(genotypes, counts)
        if counts.size:
            warn_of_padding(genotypes, labels)
        markers.write_text(bim, encoding="utf-8", newline="\n")
        individuals.write_text(fam, encoding="utf-8", newline="\n")


def _whole_counts(data):
    """0, 1, 2 and -127 as int8."""
    if np.ma.is_masked(data):
        raise ValueError(
            "data has masked values. Put NaN there: data.astype(float).filled(numpy.nan)."
        )
    values = as_counts(data, "data")
    counts = np.where(np.isnan(values), MISSING, values)
    is_other = ~np.isin(counts, [0, 1, 2, MISSING])
    if is_other.any():
        row, column = np.argwhere(is_other)[0]
        value = values[row, column]
        remedy = (
            f"If {value} is a code for missing genotypes, put NaN there, or {MISSING} if data has "
            f"{types_of_missing(np.asarray(data).dtype)}."
        )
        if 0 < value < 2:
            remedy = "Round dosages."
        raise ValueError(
            f"data must be 0, 1 or 2, or {MISSING} or NaN where missing, but "
            f"data[{row}, {column}] is {value}. {remedy}"
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


def _import_bed_reader():
    try:
        import bed_reader
    except ImportError as error:
        raise ImportError(
            "PLINK files need bed-reader, of the extra io: pip install 'sklmm[io]'."
        ) from error
    return bed_reader


def _read_bim(path: Path) -> dict[str, np.ndarray]:
    listed = dict(zip(LISTED_IN_BIM, read_columns(path, REMEDY_OF_BIM).T, strict=False))
    listed["centimorgan"] = parse_column(path, listed["centimorgan"], 3, float)
    listed["position"] = parse_column(path, listed["position"], 4, int)
    return listed


def _sliced(chosen, size, name):
    try:
        return np.arange(size)[chosen]
    except (TypeError, ValueError) as error:
        raise ValueError(f"{name}={chosen!r} is no slice of positions: {error}.") from error


def _check_mask(chosen, rows, name):
    """A mask in another order of labels; the index of positions says nothing about them."""
    if hasattr(chosen, "iloc") and np.asarray(chosen).dtype == bool:
        check_labels(rows, chosen, name)


def _select(chosen, size, name):
    """Positions, from a slice, positions or a mask."""
    if chosen is None:
        return np.arange(size)
    if isinstance(chosen, slice):
        return _sliced(chosen, size, name)
    try:
        places = unmasked(chosen, name)
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
    positions = np.arange(size)[places.astype(np.intp)]
    _refuse_repeated(positions, size, name)
    return positions


def _refuse_repeated(positions, size, name):
    """Such as those of a mask of 0 and 1."""
    found, counts = np.unique(positions, return_counts=True)
    if (counts == 1).all():
        return
    first = found[counts.argmax()]
    if len(positions) == size and set(found) <= {0, 1}:
        raise ValueError(
            f"{name} has {size} numbers, all of them 0 or 1, which are positions: {first} is "
            f"there {counts.max()} times. If they are a mask, use np.asarray({name}).astype(bool)."
        )
    raise ValueError(
        f"{name} has the position {first} {counts.max()} times. Name each position once, and "
        "repeat rows or columns of what is read."
    )
