"""Where genotypes come from: some markers at a time, for the rows of a fit."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property
from os import PathLike
from typing import Any

import numpy as np
from sklearn.utils import Bunch, gen_even_slices

from .._counts import check_index, how_to_transpose, refuse_pairs_of_alleles
from .._kinship import check_ids
from .._labels import as_labels, as_plain_text
from .._order import carries_labels, refuse_reordered
from ..io._files import Labels
from ..io._plink import BedFile
from ._marker_map import MarkerMap, as_objects, names_of_columns
from ._readers import FileReader, Reader, open_table
from ._values import BlockChecker, Missing

NUMBERS_AT_A_TIME = 2**21
"""Of a block of genotypes, as floats."""
OF_A_BUNCH = {
    "names": "feature_names",
    "chromosomes": "chromosome",
    "positions": "position",
    "effect_alleles": "allele_1",
    "other_alleles": "allele_2",
}
"""What `read_plink` calls what a MarkerMap has."""


@dataclass(frozen=True, eq=False)
class Source:
    """Genotypes, whose they are, and what is known of the markers.

    Attributes
    ----------
    given : Any
        What the user has passed, for messages.
    reader : Reader
    labels : list or None
        Of the rows.
    has_given_ids : bool
        Whether the user has passed the labels beside the genotypes.
    known : MarkerMap
    founders : list or None
        Names of founders, or their numbers, if genotypes are their probabilities.
    missing : {"raise", "mean", "drop"}
        Whether blocks may have NaN.
    may_drop : bool
        Whether "drop" may be chosen.
    """

    given: Any
    reader: Reader
    labels: list | None = None
    has_given_ids: bool = False
    known: MarkerMap = field(default_factory=MarkerMap)
    founders: list | None = None
    missing: Missing = "raise"
    may_drop: bool = True

    @cached_property
    def _checker(self) -> BlockChecker:
        return BlockChecker(self.missing, self.sample, self.marker, may_drop=self.may_drop)

    @property
    def n_rows(self) -> int:
        return self.reader.shape[0]

    @property
    def n_markers(self) -> int:
        return self.reader.shape[-1]

    @property
    def width(self) -> int:
        """How many columns of a block belong to one marker."""
        return self.reader.shape[1] if len(self.reader.shape) == 3 else 1

    @property
    def names(self) -> np.ndarray | None:
        return self.known.names

    @property
    def chromosomes(self) -> np.ndarray | None:
        return self.known.chromosomes

    @property
    def positions(self) -> np.ndarray | None:
        return self.known.positions

    @property
    def effect_alleles(self) -> np.ndarray | None:
        return self.known.effect_alleles

    @property
    def other_alleles(self) -> np.ndarray | None:
        return self.known.other_alleles

    @property
    def is_of_founders(self) -> bool:
        return len(self.reader.shape) == 3

    def batches(self, n_rows: int) -> Iterator[slice]:
        """Parts of the markers, of nearly the same size."""
        numbers = max(n_rows, 1) * self.width
        n_parts = -(-self.n_markers * numbers // NUMBERS_AT_A_TIME)
        return gen_even_slices(self.n_markers, min(n_parts, self.n_markers))

    def block(self, rows: np.ndarray, markers: slice | np.ndarray) -> np.ndarray:
        """Some markers of some rows, a new float64 array in Fortran order, checked.

        Parameters
        ----------
        rows : ndarray of int
            In any order, and repeated or not.
        markers : slice or ndarray of int

        Returns
        -------
        ndarray of shape (n, b * width)
            NaN where a genotype is missing. The columns of a marker are next to each other:
            ``block.reshape(n, b, width)`` has the founders in its last axis.
        """
        raw = self.reader.read(rows, markers)
        numbers = np.arange(self.n_markers)[markers]
        if raw.ndim == 3:
            return self._block_of_founders(raw, rows, numbers)
        if isinstance(markers, slice) and not numbers[0] % 2:
            refuse_pairs_of_alleles(raw, "genotypes")
        return self._checker.as_floats(raw, rows, numbers)

    def _block_of_founders(self, raw, rows, loci):
        n, k, b = raw.shape
        columns = np.empty((b, k, n))
        columns[:] = raw.transpose(2, 1, 0)
        probabilities = columns.transpose(2, 1, 0)
        self._checker.check_probabilities(probabilities, rows, loci)
        is_missing = np.isnan(probabilities).any(axis=1, keepdims=True)
        np.copyto(probabilities, np.nan, where=is_missing)
        return columns.reshape(b * k, n).T

    def sample(self, row: Any) -> str:
        """What a row is called in messages."""
        return f"row {row}" if self.labels is None else repr(self.labels[row])

    def marker(self, number: Any) -> str:
        """What a marker is called in messages."""
        what = "marker" if self.width == 1 else "locus"
        return f"{what} {number if self.names is None else repr(self.names[number])}"


def open_source(
    genotypes: Any,
    ids: Any = None,
    *,
    names: Any = None,
    chromosomes: Any = None,
    positions: Any = None,
    marker_map: Any = None,
    founders: Any = None,
    missing: Missing = "raise",
    labels: Labels = "iid",
) -> Source:
    """What a user has given as genotypes.

    Parameters
    ----------
    genotypes : array, data frame, Bunch of `read_plink`, or the path of a .bed file
        Numbers of shape (n, m), or probabilities of founders of shape (n, founders, loci).
    ids, names, chromosomes, positions, founders : sequence or None
        Labels of the rows, what is known of the markers, and names of founders. A Series of
        chromosomes or positions whose index has names of markers is joined by them.
    marker_map : data frame or None
        Names of markers in its index or its first column, chromosomes and positions.
    missing : {"raise", "mean", "drop"}
    labels : {"iid", "fid_iid"}
        How individuals of a .bed file are labeled.
    """
    source = _open(genotypes, labels)
    for name, values in {
        "names": names,
        "chromosomes": chromosomes,
        "positions": positions,
    }.items():
        _refuse_markers_in_rows(source, name, values)
    known = source.known.updated(source.n_markers, names, chromosomes, positions, marker_map)
    source = replace(source, known=known, missing=missing, founders=_names(founders, source))
    if ids is not None:
        source = _with_ids(source, ids)
    elif source.labels is not None:
        source = replace(source, labels=check_ids(source.labels, source.n_rows, "genotypes"))
    if source.width > 1 or len(source.reader.shape) == 3:
        _refuse_other_axes(source)
    return source


def _open(genotypes, labels):
    """The source as it is without what is said beside it."""
    if isinstance(genotypes, str | PathLike):
        file = BedFile(genotypes, "genotypes")
        known = _known_of(file.listed, MarkerMap())
        ids: list = file.pairs if labels == "fid_iid" else [iid for _, iid in file.pairs]
        return Source(genotypes, FileReader(file), ids, known=known)
    is_bunch = isinstance(genotypes, Bunch) and "data" in genotypes
    table = genotypes["data"] if is_bunch else genotypes
    reader = open_table(table)
    own = as_labels(table.index, "the index of genotypes") if carries_labels(table) else None
    known = MarkerMap(names=names_of_columns(table))
    if is_bunch:
        own = as_labels(genotypes["ids"], "ids of genotypes") if "ids" in genotypes else own
        known = _known_of(genotypes, known)
    return Source(table, reader, own, known=known)


def _known_of(bunch, known):
    """What a Bunch or a .bim file has of the markers."""
    found = {what: bunch[name] for what, name in OF_A_BUNCH.items() if name in bunch}
    arrays = {
        what: np.asarray(values) if hasattr(values, "dtype") else as_objects(list(values))
        for what, values in found.items()
    }
    return replace(known, **arrays)


def _with_ids(source, ids):
    """The source with the labels that are given beside it."""
    labels, own = as_labels(ids, "ids"), source.labels
    _refuse_samples_elsewhere(source, len(labels))
    if len(source.reader.shape) == 2 and not isinstance(source.given, str | PathLike):
        refuse_reordered(source.given, ids, ("genotypes", "ids"))
        check_index(source.given, ids, labels)
    labels = check_ids(labels, source.n_rows, "genotypes")
    if own is not None and not carries_labels(source.given):
        _refuse_other_order(labels, own)
    return replace(source, labels=labels, has_given_ids=True)


def _refuse_other_order(labels, own):
    """Refuse ids that are those of genotypes, in another order; others rename them."""
    texts, own_texts = list(map(as_plain_text, labels)), list(map(as_plain_text, own))
    if texts != own_texts and set(texts) == set(own_texts):
        row = next(row for row, text in enumerate(texts) if text != own_texts[row])
        raise ValueError(
            f"ids and the individuals of genotypes are in different orders: row {row} is "
            f"{labels[row]!r} in the one and {own[row]!r} in the other. Leave out ids, which "
            "genotypes have themselves."
        )


def _names(founders, source):
    if founders is None:
        return list(range(source.width)) if source.is_of_founders else None
    names = as_labels(founders, "founders")
    if len(source.reader.shape) != 3 or len(names) != source.width:
        raise ValueError(
            f"founders has {len(names)} names, but genotypes have the shape "
            f"{source.reader.shape}, and probabilities of as many founders have the shape "
            f"(samples, {len(names)}, loci). Leave out founders, or correct one of them."
        )
    if len(set(names)) < len(names):
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(
            f"founders has {twice!r} for {names.count(twice)} founders. Give each a name of its "
            "own."
        )
    return names


def _refuse_markers_in_rows(source, name, values):
    """Refuse a table with as many rows as there are markers, by what is known of them."""
    shape, given = source.reader.shape, source.given
    if values is None or len(shape) != 2 or isinstance(given, str | PathLike):
        return
    m = None if carries_labels(values) or not hasattr(values, "__len__") else len(values)
    if m == shape[0] != shape[1]:
        raise ValueError(
            f"genotypes is transposed, with markers in its rows: it has {shape[0]} rows and "
            f"{shape[1]} columns for {m} {name}. Use {how_to_transpose(given, 'genotypes')}."
        )


def _refuse_samples_elsewhere(source, n):
    """Refuse probabilities with samples in another axis than the first one, by their number."""
    shape = source.reader.shape
    if len(shape) != 3 or shape[0] == n or shape.count(n) != 1:
        return
    axis = shape.index(n)
    others = [other for other in range(3) if other != axis]
    of_one = np.take(np.asarray(source.given), 0, axis=axis).astype(float)
    adds_up = [bool(np.allclose(of_one.sum(axis=place), 1, atol=1e-2)) for place in (0, 1)]
    if sum(adds_up) == 1:
        founders = others[adds_up.index(True)]
        loci = others[adds_up.index(False)]
        raise ValueError(
            f"genotypes must have the shape (samples, founders, loci), got {shape} for {n} ids. "
            f"Use numpy.transpose(genotypes, {(axis, founders, loci)})."
        )


def _refuse_other_axes(source):
    """Refuse founders in another axis than the second one, by the first sample."""
    of_one = np.asarray(source.reader.read(np.zeros(1, dtype=np.intp), slice(None))[0], float)
    adds_up = [bool(np.allclose(of_one.sum(axis=axis), 1, atol=1e-2)) for axis in (0, 1)]
    if adds_up == [False, True]:
        raise ValueError(
            "genotypes must have the shape (samples, founders, loci), but probabilities add up to "
            "1 over the last axis. Use numpy.transpose(genotypes, (0, 2, 1))."
        )
