"""A kinship matrix that knows whose rows it holds."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ._compat import safe_indexing
from ._frames import check_same_labels
from ._labels import (
    LabelIndex,
    as_labels,
    enumerate_labels,
)
from ._matrix import check_relationships
from ._numbers import to_floats

if TYPE_CHECKING:
    import pandas as pd


class Kinship:
    """A symmetric matrix of relationships between labeled samples.

    A `Kinship` is checked once, when it is made, and cannot be changed afterwards. Copies
    of an estimator made by :func:`sklearn.base.clone`, as in a grid search, all share it.

    Parameters
    ----------
    matrix : array-like of shape (n, n)
        The relationships: finite real numbers, symmetric to rounding. A writeable array is
        copied; a read-only array and a :class:`numpy.memmap` are not, so that a matrix larger
        than the memory stays on disk. Open a memmap with ``mode="r"``, so that processes
        share the file.
    ids : sequence of n hashable labels
        The samples in the order of the rows. Strings, integers, tuples: any hashable
        value that is not missing, each only once.

    Attributes
    ----------
    matrix : ndarray of shape (n, n)
        Read-only, and cannot be made writeable.
    ids : ndarray of shape (n,), dtype object
        Read-only.

    Raises
    ------
    TypeError
        If the matrix is a data frame (see :meth:`from_dataframe`), sparse or not numeric,
        or a label is not hashable.
    ValueError
        If the matrix is not square, finite and symmetric, or the labels are missing,
        repeated or not as many as rows.

    Examples
    --------
    >>> import numpy as np
    >>> from sklmm import Kinship
    >>> kinship = Kinship([[1.0, 0.5], [0.5, 1.0]], ids=["dam", "pup"])
    >>> kinship
    Kinship(2 samples: 'dam', 'pup')
    >>> kinship.select(["pup"]).matrix
    array([[1.]])
    """

    _matrix: np.ndarray
    _index: LabelIndex

    def __init__(self, matrix: Any, ids: Sequence[Hashable] | np.ndarray):
        checked_matrix = check_relationships(matrix, "matrix")
        if _can_be_changed(checked_matrix):
            checked_matrix = checked_matrix.copy()
        self._hold(checked_matrix, check_ids(ids, len(checked_matrix)))

    def _hold(self, matrix: np.ndarray, labels: Sequence[Hashable]) -> None:
        object.__setattr__(self, "_matrix", _for_good_read_only(matrix))
        object.__setattr__(self, "_index", LabelIndex(labels))

    @property
    def matrix(self) -> np.ndarray:
        """A view, whose shape belongs to whoever asks for it."""
        return self._matrix.view()

    @property
    def ids(self) -> np.ndarray:
        """A view, whose shape belongs to whoever asks for it."""
        return self._index.ids.view()

    @classmethod
    def from_dataframe(cls, frame: Any, id_column: str | None = None) -> Kinship:
        """Make a Kinship from a data frame whose rows and columns are labeled.

        Parameters
        ----------
        frame : pandas or polars DataFrame
            The columns are named by the samples.
        id_column : str, default=None
            The column that holds the labels of the rows. By default the rows are labeled
            by the index of a pandas data frame.

        Returns
        -------
        Kinship
            In the order of the rows; columns are found by their labels.

        Raises
        ------
        TypeError
            If `frame` is not a data frame, holds anything but numbers, or has no index and
            `id_column` is not given.
        ValueError
            If rows and columns are not labeled by the same samples, or hold text or
            categories instead of numbers.

        Examples
        --------
        >>> import pandas as pd
        >>> from sklmm import Kinship
        >>> frame = pd.DataFrame([[1.0, 0.5], [0.5, 1.0]], index=["a", "b"], columns=["a", "b"])
        >>> Kinship.from_dataframe(frame)
        Kinship(2 samples: 'a', 'b')
        """
        if not hasattr(frame, "columns"):
            raise TypeError(
                f"frame must be a pandas or polars DataFrame, got {type(frame).__name__}. "
                "Make a Kinship from an array by Kinship(matrix, ids)."
            )
        columns = list(frame.columns)
        labeled = columns
        if id_column is not None:
            if id_column not in columns:
                raise ValueError(
                    f"id_column={id_column!r} is not a column of frame, whose columns are "
                    f"{enumerate_labels(columns)}."
                )
            ids = as_labels(frame[id_column], "id_column")
            labeled = [column for column in columns if column != id_column]
        elif hasattr(frame, "index"):
            ids = as_labels(frame.index, "The index of frame")
        else:
            raise TypeError(
                f"frame is a {type(frame).__module__.split('.')[0]} DataFrame, whose rows have "
                "no labels: name the column that holds them by id_column=."
            )
        check_same_labels(frame, ids, as_labels(labeled, "The columns of frame"), id_column)
        position = {label: place for place, label in enumerate(columns)}
        values = safe_indexing(frame, [position[label] for label in ids], axis=1)
        matrix = to_floats(values, "frame")
        try:
            return cls(matrix, ids)
        except ValueError as error:
            made = "frame" if id_column is None else f"frame.set_index({id_column!r})"
            error.add_note(
                f"Here matrix is {made} with its columns in the order of the rows; make it by "
                f"frame = {made}; matrix = frame[frame.index].to_numpy(), and use "
                "Kinship(matrix, frame.index) in the end."
            )
            raise

    def to_dataframe(self) -> pd.DataFrame:
        """Copy to a pandas DataFrame with the labels as index and columns.

        Returns
        -------
        DataFrame of shape (n, n)
            It shares no memory with the Kinship.

        Examples
        --------
        >>> from sklmm import Kinship
        >>> Kinship([[1.0, 0.5], [0.5, 1.0]], ids=["a", "b"]).to_dataframe()
             a    b
        a  1.0  0.5
        b  0.5  1.0
        """
        import pandas as pd

        labels = pd.Index(self.ids, tupleize_cols=False)
        return pd.DataFrame(np.array(self.matrix), index=labels, columns=labels)

    def __len__(self) -> int:
        return len(self.ids)

    def __contains__(self, label: Hashable) -> bool:
        return self._index.row(label) is not None

    def __repr__(self) -> str:
        return f"Kinship({self._index})"

    def __setattr__(self, name: str, value: Any) -> None:
        raise AttributeError(f"A Kinship is immutable: {name!r} cannot be set. Make a new one.")

    def __delattr__(self, name: str) -> None:
        raise AttributeError(f"A Kinship is immutable: {name!r} cannot be deleted.")

    def __sklearn_clone__(self) -> Kinship:
        return self

    def __getstate__(self) -> tuple[np.ndarray, list]:
        """A memmap as a plain array: some formats write memmaps that they cannot read."""
        return np.asarray(self.matrix), list(self.ids)

    def __setstate__(self, state: tuple[np.ndarray, list]) -> None:
        self._hold(*state)

    def __deepcopy__(self, memo: dict) -> Kinship:
        return self

    def rows(self, labels: Iterable[Hashable]) -> np.ndarray:
        """Find the rows of samples.

        Parameters
        ----------
        labels : iterable of labels
            May repeat a label.

        Returns
        -------
        ndarray of int
            The row of each label, in the order of `labels`.

        Raises
        ------
        KeyError
            If a label is not in `ids`; ``"7"`` is not ``7``.

        Examples
        --------
        >>> from sklmm import Kinship
        >>> Kinship([[1.0, 0.5], [0.5, 1.0]], ids=["a", "b"]).rows(["b", "a", "b"])
        array([1, 0, 1])
        """
        return self._index.find(as_labels(labels, "labels"))

    def select(self, labels: Iterable[Hashable]) -> Kinship:
        """Select some of the samples.

        Parameters
        ----------
        labels : iterable of labels
            Each once.

        Returns
        -------
        Kinship
            In the order of `labels`.

        Raises
        ------
        KeyError
            If a label is not in `ids`.
        ValueError
            If there is no label, or one is repeated.

        Examples
        --------
        >>> from sklmm import Kinship
        >>> Kinship([[1.0, 0.5], [0.5, 1.0]], ids=["a", "b"]).select(["b", "a"])
        Kinship(2 samples: 'b', 'a')
        """
        labels = as_labels(labels, "labels")
        if labels and all(isinstance(label, bool) for label in labels):
            raise TypeError("labels is a mask. Use kinship.select(kinship.ids[mask]).")
        rows = self.rows(labels)
        if not len(rows):
            raise ValueError("labels is empty. Give the labels of some samples.")
        repeated = rows[np.bincount(rows)[rows] > 1]
        if len(repeated):
            raise ValueError(
                f"labels must be unique, got {self.ids[repeated[0]]!r} more than once. Use "
                "kinship.select(list(dict.fromkeys(labels))); for repeated records of an "
                "individual repeat its label in X."
            )
        return own_kinship(take_block(self.matrix, rows, rows), self.ids[rows])

    def normalized(self) -> Kinship:
        """Divide the relationships by their mean diagonal.

        On this scale `h_` of an estimator compares with a heritability when the samples
        are, on average, not inbred.

        Returns
        -------
        Kinship
            With a mean diagonal of 1.

        Raises
        ------
        ValueError
            If the mean diagonal is not positive.

        Examples
        --------
        >>> from sklmm import Kinship
        >>> Kinship([[2.0, 0.0], [0.0, 6.0]], ids=["a", "b"]).normalized().matrix
        array([[0.5, 0. ],
               [0. , 1.5]])
        """
        mean_diagonal = self.matrix.trace(dtype=float) / len(self)
        if not mean_diagonal > 0:
            raise ValueError(
                f"The mean diagonal of the kinship is {mean_diagonal:g}; it must be positive "
                "for the matrix to be normalized."
            )
        return own_kinship(self.matrix / mean_diagonal, self.ids)


class _ReadOnlyMemory:
    """The memory of an array, which it keeps alive, without a way to write to it."""

    __slots__ = ("__array", "__array_interface__")

    def __init__(self, array):
        self.__array = array
        address, _ = array.__array_interface__["data"]
        self.__array_interface__ = {**array.__array_interface__, "data": (address, True)}


def _for_good_read_only(array):
    """A view that numpy does not let become writeable, nor what it is a view of.

    A memmap that was opened for reading is such an array, and stays a memmap.
    """
    view = array.view()
    view.flags.writeable = False
    return view if _is_for_good_read_only(view) else np.asarray(_ReadOnlyMemory(view))


def _is_for_good_read_only(array):
    owner = array
    while isinstance(owner.base, np.ndarray):
        owner = owner.base
    try:
        array.view().flags.writeable = True
    except ValueError:
        return owner.base is not None
    return False


class LeftOut:
    """Stands in a compact model for the kinship that it no longer has."""

    def __repr__(self) -> str:
        return "(left out)"

    def __sklearn_clone__(self) -> LeftOut:
        return self


def take_block(matrix: np.ndarray, rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
    """matrix[rows][:, columns] as a new float64 array, at the speed of a copy."""
    block = np.empty((len(rows), len(columns)))
    matrix = np.asarray(matrix)
    if _is_consecutive(rows) and _is_consecutive(columns):
        block[:] = matrix[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
        return block
    for place, row in enumerate(rows):
        block[place] = matrix[row].take(columns)
    return block


def _is_consecutive(places):
    return len(places) > 0 and bool((np.diff(places) == 1).all())


def own_kinship(matrix: np.ndarray, ids: Sequence[Hashable] | np.ndarray) -> Kinship:
    """Label a matrix that nobody will write to again, so that it need not be copied."""
    matrix.flags.writeable = False
    return Kinship(matrix, ids)


def check_kinship(kinship: Any, name: str = "kinship") -> None:
    """Refuse what is no Kinship; `name` is what the user calls it."""
    if not isinstance(kinship, Kinship):
        raise TypeError(
            f"{name} must be a Kinship, got {type(kinship).__name__}. Make it of a matrix and the "
            "labels of its rows: Kinship(matrix, ids)."
        )


def index_of(kinship: Kinship) -> LabelIndex:
    """Which row has which label."""
    return kinship._index


def _can_be_changed(array):
    """Whether somebody may still write to the memory of an array that is not a memmap."""
    while isinstance(array, np.ndarray):
        if isinstance(array, np.memmap):
            return False
        if array.flags.writeable:
            return True
        array = array.base
    return not (array is None or isinstance(array, _ReadOnlyMemory))


def check_ids(ids: Sequence[Hashable] | np.ndarray, n: int, whose: str = "the matrix") -> list:
    """n labels, each once."""
    labels = as_labels(ids, "ids")
    if len(labels) != n:
        raise ValueError(
            f"ids must have one label for each of the {n} rows of {whose}, got {len(labels)}."
        )
    first_row: dict = {}
    for row, label in enumerate(labels):
        if isinstance(label, str) and not label.strip(" "):
            raise ValueError(
                f"ids: the label in row {row} is missing ({label!r}). Give it a label, or leave "
                "out what has none."
            )
        if label in first_row:
            raise ValueError(
                f"ids must be unique, but {label!r} is the label of rows {first_row[label]} and "
                f"{row}. Keep one of them; if they are two individuals of different families, "
                "make pairs, list(zip(families, ids)); for repeated records of an individual "
                "repeat its label in X."
            )
        first_row[label] = row
    return labels
