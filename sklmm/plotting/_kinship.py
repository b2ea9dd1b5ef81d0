"""A heat map of relationships, relatives beside each other."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike
from scipy.cluster.hierarchy import leaves_list, linkage

from .._door import LMMRegressor, fitted_model
from .._kinship import Kinship, check_kinship
from .._labels import as_labels
from .._numbers import unmasked
from .._order import RowLabels, carries_labels, check_labels, check_length
from .._validation import check_choice
from ._axes import axes_or_new, check_appearance, styled

CELLS = 1000
"""The picture has at most so many rows; each is the mean of as few samples as possible."""
MIN_POINTS = 5.0
"""Of the size of labels; where they have no room for it they are left out."""
LARGEST_POINTS = 10.0
OPTIMAL_ORDER_UP_TO = 400
NEGATIVE = 1e-6
"""Relative to the largest value: what is nearer to 0 is rounding."""


class KinshipDisplay:
    """A heat map of relationships, ordered so that relatives are beside each other.

    Make it by :meth:`from_kinship` or :meth:`from_estimator`.

    Parameters
    ----------
    relationships : array-like of shape (n_cells, n_cells)
        What is drawn, in the order of the picture: those of the samples, or means over
        blocks of them.
    order : array-like of int of shape (n_samples,)
        The samples in the order of the picture.
    labels : sequence of str of length n_samples, default=()
        To be written beside the rows, in the order of the picture, where there is room.

    Attributes
    ----------
    ax_ : matplotlib Axes
        With the picture.
    figure_ : matplotlib Figure or SubFigure
        Of the axes.
    image_ : matplotlib AxesImage
        The heat map.
    colorbar_ : matplotlib Colorbar
        Of the relationships.

    See Also
    --------
    sklmm.Kinship : What is drawn.

    Notes
    -----
    Colors span what is usual for the closest relative of a sample, its own diagonal left out,
    so that neither the diagonal nor a pair of duplicates takes the scale away from the others;
    what is beyond has the last color. 0 is white.

    Examples
    --------
    >>> import numpy as np
    >>> from sklmm import Kinship
    >>> from sklmm.plotting import KinshipDisplay
    >>> family = np.array([0, 1, 0, 1])
    >>> kinship = Kinship((np.equal.outer(family, family) + np.eye(4)) / 2, list("abcd"))
    >>> labels = KinshipDisplay.from_kinship(kinship).labels
    >>> abs(labels.index("a") - labels.index("c")), abs(labels.index("b") - labels.index("d"))
    (1, 1)
    """

    def __init__(
        self, *, relationships: ArrayLike, order: ArrayLike, labels: Sequence[str] = ()
    ) -> None:
        self.relationships = unmasked(relationships, "relationships")
        self.order = unmasked(order, "order")
        self.labels = labels

    @classmethod
    def from_kinship(
        cls,
        kinship: Kinship,
        *,
        labels: Sequence[Any] | None = None,
        order: Literal["clusters", "given"] = "clusters",
        ax: Any = None,
        image_kwargs: dict[str, Any] | None = None,
        colorbar_kwargs: dict[str, Any] | None = None,
    ) -> KinshipDisplay:
        """Draw a kinship.

        Parameters
        ----------
        kinship : Kinship
            All of its samples; :meth:`Kinship.select` takes some of them.
        labels : sequence of length n_samples, default=None
            What to write beside the rows, in the order of `kinship`; by default its ids. They
            are written where there is room for some 5 points each.
        order : {"clusters", "given"}, default="clusters"
            That of hierarchical clusters, by the average of the distances
            1 - K[i, j] / sqrt(K[i, i] K[j, j]), or that of `kinship`.
        ax : matplotlib Axes, default=None
            Where to draw; by default in a new figure.
        image_kwargs : dict, default=None
            For :meth:`matplotlib.axes.Axes.imshow`.
        colorbar_kwargs : dict, default=None
            For :meth:`matplotlib.figure.Figure.colorbar`.

        Returns
        -------
        KinshipDisplay
            More than 1000 samples are drawn as means over blocks of them.

        Raises
        ------
        ImportError
            If matplotlib is not installed.
        TypeError
            If `kinship` is not a Kinship, `ax` is no matplotlib Axes, or keywords for
            matplotlib are no dict.
        ValueError
            If `order` is unknown, or there are not as many labels as samples.
        """
        looks = {"image_kwargs": image_kwargs, "colorbar_kwargs": colorbar_kwargs}
        check_appearance(ax, **looks)
        check_kinship(kinship)
        rows = RowLabels(list(kinship.ids), "kinship.ids", len(kinship))
        check_length(rows, labels, "labels")
        check_labels(rows, labels, "labels")
        display = cls._from_matrix(kinship.matrix, kinship.ids, labels, order)
        return display.plot(ax, **looks)

    @classmethod
    def from_estimator(
        cls,
        lmm: LMMRegressor,
        X: Any,
        *,
        labels: Sequence[Any] | None = None,
        order: Literal["clusters", "given"] = "clusters",
        ax: Any = None,
        image_kwargs: dict[str, Any] | None = None,
        colorbar_kwargs: dict[str, Any] | None = None,
    ) -> KinshipDisplay:
        """Draw the relationships among rows of X, whatever a model takes them from.

        Parameters
        ----------
        lmm : LMMRegressor
            Fitted.
        X : array-like or data frame of shape (n_samples, n_features)
            Rows seen in fit or new ones.
        labels : sequence of length n_samples, default=None
            What to write beside the rows, in the order of X; by default the labels of the
            kinship, or the positions of the rows. They are written where there is room for some
            5 points each.
        order : {"clusters", "given"}, default="clusters"
            As in :meth:`from_kinship`; "given" is that of X.
        ax : matplotlib Axes, default=None
            Where to draw; by default in a new figure.
        image_kwargs : dict, default=None
            For :meth:`matplotlib.axes.Axes.imshow`.
        colorbar_kwargs : dict, default=None
            For :meth:`matplotlib.figure.Figure.colorbar`.

        Returns
        -------
        KinshipDisplay
            More than 1000 rows are drawn as means over blocks of them.

        Raises
        ------
        ImportError
            If matplotlib is not installed.
        TypeError
            If `lmm` is not an LMMRegressor, `ax` is no matplotlib Axes, or keywords for
            matplotlib are no dict.
        ValueError
            If an argument is unknown, lengths differ, or the model knows no relationships among
            rows of X.
        """
        looks = {"image_kwargs": image_kwargs, "colorbar_kwargs": colorbar_kwargs}
        check_appearance(ax, **looks)
        fitted = fitted_model(lmm)
        rows = fitted.locate(X)
        fitted.check_orders(X, labels=labels)
        if carries_labels(X):
            _refuse_names_in_another_order(list(X.index), labels)
        labels_of_rows = rows.labels()
        names = range(len(rows)) if labels_of_rows is None else labels_of_rows
        return cls._from_matrix(rows.relationships(), names, labels, order).plot(ax, **looks)

    @classmethod
    def _from_matrix(cls, matrix, ids, labels, order):
        check_choice(order, "order", tuple(ORDERS))
        texts = _texts(ids, labels)
        places = ORDERS[order](matrix)
        return cls(
            relationships=_means_of_blocks(matrix, places),
            order=places,
            labels=[texts[place] for place in places],
        )

    def plot(
        self,
        ax: Any = None,
        *,
        image_kwargs: dict[str, Any] | None = None,
        colorbar_kwargs: dict[str, Any] | None = None,
    ) -> KinshipDisplay:
        """Draw the heat map and its color bar.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Where to draw; by default in a new figure.
        image_kwargs : dict, default=None
            For :meth:`matplotlib.axes.Axes.imshow`.
        colorbar_kwargs : dict, default=None
            For :meth:`matplotlib.figure.Figure.colorbar`.

        Returns
        -------
        KinshipDisplay
            The display itself.

        Raises
        ------
        ImportError
            If matplotlib is not installed.
        TypeError
            If `ax` is no matplotlib Axes, or keywords for matplotlib are no dict.
        """
        ax = axes_or_new(ax, image_kwargs=image_kwargs, colorbar_kwargs=colorbar_kwargs)
        from matplotlib.image import AxesImage

        n = len(self.order)
        look = {"extent": (-0.5, n - 0.5, n - 0.5, -0.5), **_colors(self.relationships)}
        self.image_ = ax.imshow(self.relationships, **styled(look, image_kwargs, AxesImage))
        beyond = _beyond(self.relationships, self.image_.norm)
        bar = {"ax": ax, "label": "relationship", "extend": beyond} | (colorbar_kwargs or {})
        self.colorbar_ = ax.figure.colorbar(self.image_, **bar)
        self._draw_labels(ax)
        self.ax_, self.figure_ = ax, ax.figure
        return self

    def _draw_labels(self, ax):
        height = ax.get_window_extent().height * 72 / ax.figure.dpi
        size = float(min(0.8 * height / len(self.order), LARGEST_POINTS))
        if not len(self.labels) or size < MIN_POINTS:
            ax.set(xlabel="sample", ylabel="sample")
            return
        places = range(len(self.labels))
        ax.set_xticks(places, self.labels, rotation=90, fontsize=size)
        ax.set_yticks(places, self.labels, fontsize=size)


def _texts(ids, labels):
    """What is written beside the rows."""
    given = list(ids) if labels is None else as_labels(labels, "labels")
    texts = [str(label) for label in given]
    if len(texts) != len(ids):
        raise ValueError(
            f"labels must have one label for each of the {len(ids)} samples, got {len(texts)}."
        )
    _refuse_names_in_another_order(ids, texts)
    return texts


def _refuse_names_in_another_order(ids, labels):
    own = [str(label) for label in ids]
    texts = [str(label) for label in as_labels(own if labels is None else labels, "labels")]
    if texts != own and sorted(texts) == sorted(own):
        row = next(row for row, text in enumerate(texts) if text != own[row])
        raise ValueError(
            f"labels are those of the samples in another order: labels[{row}] is {texts[row]!r}, "
            f"and the sample is {own[row]!r}. Leave labels out, or give others in the order of "
            "the samples."
        )


def _by_clusters(matrix: np.ndarray) -> np.ndarray:
    if len(matrix) == 1:
        return np.zeros(1, dtype=np.intp)
    tree = linkage(
        _distances(matrix),
        method="average",
        optimal_ordering=len(matrix) <= OPTIMAL_ORDER_UP_TO,
    )
    return leaves_list(tree)


def _as_given(matrix: np.ndarray) -> np.ndarray:
    return np.arange(len(matrix))


ORDERS = {"clusters": _by_clusters, "given": _as_given}


def _distances(matrix):
    """1 − K[i, j] / √(K[i, i] K[j, j]) of each pair, as `linkage` wants them."""
    n = len(matrix)
    diagonal = np.diagonal(matrix).astype(float)
    weights = 1 / np.sqrt(np.where(diagonal > 0, diagonal, 1.0))
    distances = np.empty(n * (n - 1) // 2)
    start = 0
    for row in range(n - 1):
        stop = start + n - 1 - row
        distances[start:stop] = weights[row] * weights[row + 1 :] * matrix[row, row + 1 :]
        start = stop
    np.subtract(1, distances, out=distances)
    return np.maximum(distances, 0, out=distances)


def _means_of_blocks(matrix: np.ndarray, places: np.ndarray) -> np.ndarray:
    """matrix[places][:, places], as means over blocks where it is too large to be seen."""
    n = len(places)
    n_cells = min(n, CELLS)
    starts = np.arange(n_cells) * n // n_cells
    sizes = np.diff(np.append(starts, n))
    cells = np.empty((n_cells, n_cells))
    for cell, (start, size) in enumerate(zip(starts, sizes, strict=True)):
        total = matrix[places[start : start + size]].sum(axis=0, dtype=float)
        cells[cell] = np.add.reduceat(total[places], starts) / (size * sizes)
    return cells


def _colors(cells: np.ndarray) -> dict[str, Any]:
    """A map and its limits, by the closest relative that is usual among the samples."""
    others = cells[~np.eye(len(cells), dtype=bool)].reshape(len(cells), -1)
    others = others if others.size else cells
    limit = float(np.median(np.abs(others).max(axis=1))) or float(np.abs(others).max()) or 1.0
    if others.min() < -NEGATIVE * limit:
        return {"cmap": "RdBu_r", "vmin": -limit, "vmax": limit}
    return {"cmap": "Reds", "vmin": 0.0, "vmax": limit}


def _beyond(cells, norm):
    """The ends of the color bar beyond which there are values."""
    is_below, is_above = cells.min() < norm.vmin, cells.max() > norm.vmax
    return {(0, 0): "neither", (0, 1): "max", (1, 0): "min", (1, 1): "both"}[is_below, is_above]
