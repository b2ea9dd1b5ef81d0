"""The largest statistics of markers without effects: what thresholds for all of them come from.

In whitened space, free of fixed effects, a trait of the null model is e ~ N(0, v I), and a marker
with an orthonormal basis U explains ‖Uᵀe‖² / ‖e‖² of it. Neither v nor b is in this share, so that
its distribution is known once h is: shares of simulated e have it exactly. With the same e for all
markers, maxima have the right distribution, too, however markers are correlated.

Whitened columns depend on how V⁻¹ = W Wᵀ is factored; an e is a column of *noise* among the rows
themselves, so that it is nearly the same for each of several V.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import NamedTuple

import numpy as np
from scipy.linalg import blas, lapack

from .distinct import distinct_columns
from .null_model import NullModel, free_columns, leave
from .several import SMALLEST_EIGENVALUE

Maxima = dict[tuple[int, int], np.ndarray]
"""The largest shares of each replicate, by the ranks of what is not tested and what is."""


class Resampling(ABC):
    """Traits without effects of markers."""

    @abstractmethod
    def unit_traits(self, null: NullModel, rows: np.ndarray) -> np.ndarray:
        """Replicates of the whitened trait, of length 1 and free of fixed effects.

        Parameters
        ----------
        null : NullModel
        rows : ndarray of int
            Which rows of the fit it has.

        Returns
        -------
        ndarray of float32 of shape (n, n_resamples), in Fortran order
        """


class Simulation(Resampling):
    """Standard normal noise: exact at the h of the null model.

    Parameters
    ----------
    noise : ndarray of shape (n_rows, n_resamples)
    """

    def __init__(self, noise: np.ndarray):
        self.noise = noise

    def unit_traits(self, null: NullModel, rows: np.ndarray) -> np.ndarray:
        noise = null.precision.from_rows(np.asfortranarray(self.noise[rows]))
        return _of_length_1(leave(null.whitened_X, noise))


class Permutation(Resampling):
    """Contrasts of the trait in random orders, or residuals within strata.

    The n − p contrasts are orthonormal, free of fixed effects, and exchangeable under the null
    model, which residuals are not. Those do not belong to rows; within strata, residuals are
    permuted, and then freed of fixed effects again.

    Parameters
    ----------
    keys : ndarray of shape (n_rows, n_resamples)
        Random numbers, whose order is that of a permutation.
    strata : ndarray of int of shape (n_rows,) or None
    """

    def __init__(self, keys: np.ndarray, strata: np.ndarray | None = None):
        self.keys = keys
        self.strata = strata

    def unit_traits(self, null: NullModel, rows: np.ndarray) -> np.ndarray:
        permute = self._permuted_contrasts if self.strata is None else self._permuted_residuals
        return _of_length_1(permute(null, rows))

    def _permuted_contrasts(self, null: NullModel, rows: np.ndarray) -> np.ndarray:
        """Q e of permuted e = Qᵀy, with the columns of Q orthogonal to the fixed effects."""
        to_rows, from_rows = null.precision.to_rows, null.precision.from_rows
        y = to_rows(np.asfortranarray(null.whitened_y[:, None]))
        X = to_rows(np.asfortranarray(null.whitened_X))
        n, p = X.shape
        reflectors = lapack.dgeqrf(X)[:2] if p else None
        contrasts = _reflect(reflectors, y, "T")[p:, 0]
        order = np.argsort(self.keys[rows[: n - p]], axis=0)
        permuted = np.zeros((n, order.shape[1]), order="F")
        permuted[p:] = contrasts[order]
        return from_rows(_reflect(reflectors, permuted, "N"))

    def _permuted_residuals(self, null: NullModel, rows: np.ndarray) -> np.ndarray:
        assert self.strata is not None
        y = null.precision.to_rows(np.asfortranarray(null.whitened_y[:, None]))[:, 0]
        strata = np.broadcast_to(self.strata[rows, None], self.keys[rows].shape)
        order = np.lexsort((self.keys[rows], strata), axis=0)
        permuted = np.empty(order.shape, order="F")
        permuted[np.argsort(strata[:, 0], kind="stable")] = y[order]
        return leave(null.whitened_X, null.precision.from_rows(permuted))


def _reflect(
    reflectors: tuple[np.ndarray, np.ndarray] | None, M: np.ndarray, trans: str
) -> np.ndarray:
    """Q M or QᵀM, with the square Q of a QR decomposition."""
    if reflectors is None:
        return M
    work = lapack.dormqr("L", trans, *reflectors, M, -1)[1]
    return lapack.dormqr("L", trans, *reflectors, M, int(work[0]))[0]


def _of_length_1(columns: np.ndarray) -> np.ndarray:
    columns /= np.sqrt(np.einsum("ij,ij->j", columns, columns))
    return columns.astype(np.float32, order="F")


class UnitMarkers(NamedTuple):
    """Whitened markers, free of fixed effects.

    Attributes
    ----------
    columns : ndarray of float32 of shape (n, m * k), in Fortran order
        Of each marker an orthonormal basis: first of columns that are not tested, then of what
        they leave of the others. Each is filled up with zeros.
    ranks : ndarray of int of shape (m, 2)
        Of both.
    n_beside : int
        How many of the k columns are not tested.
    """

    columns: np.ndarray
    ranks: np.ndarray
    n_beside: int = 0

    @classmethod
    def from_block(cls, null: NullModel, G: np.ndarray, k: int, n_beside: int = 0) -> UnitMarkers:
        """Whiten markers of k columns each, which are overwritten."""
        is_collinear = free_columns(null.basis, G)
        whitened = null.whiten(G)
        lengths = np.sqrt(np.einsum("ij,ij->j", whitened, whitened))
        is_empty = is_collinear | (lengths == 0)
        whitened *= ~is_empty / np.where(is_empty, 1, lengths)
        ranks = np.zeros((len(lengths) // k, 2), dtype=int)
        if k == 1:
            ranks[:, 1] = ~is_empty
            return cls(whitened.astype(np.float32, order="F"), ranks)
        for marker, rank in enumerate(ranks):
            columns = whitened[:, marker * k : (marker + 1) * k]
            first, rank[0] = _orthonormal(columns[:, :n_beside])
            second, rank[1] = _orthonormal(leave(first, columns[:, n_beside:]))
            columns[:, :n_beside], columns[:, n_beside:] = first, second
        return cls(whitened.astype(np.float32, order="F"), ranks, n_beside)

    def largest_shares(self, traits: np.ndarray) -> Maxima:
        """The largest share of each trait that a marker explains, by ranks."""
        k = self.columns.shape[1] // len(self.ranks)
        is_tested = self.ranks[:, 1] > 0
        found = {}
        for ranks in np.unique(self.ranks[is_tested], axis=0).tolist():
            markers = np.flatnonzero((self.ranks == ranks).all(axis=1))
            found[tuple(ranks)] = self._largest(traits, markers, k)
        return found

    def _largest(self, traits: np.ndarray, markers: np.ndarray, k: int) -> np.ndarray:
        """The largest ‖U₂ᵀe‖² / (1 − ‖U₁ᵀe‖²) of some markers, of shape (n_resamples,)."""
        columns = self.columns
        if len(markers) < len(self.ranks):
            columns = columns[:, (markers[:, None] * k + np.arange(k)).ravel()]
        products = blas.sgemm(1.0, columns, traits, trans_a=1).T
        if k == 1:
            largest = np.maximum(products.max(axis=1), -products.min(axis=1)).astype(float)
            return largest**2
        np.square(products, out=products)
        squares = products.reshape(len(products), len(markers), k)
        shares = squares[:, :, self.n_beside :].sum(axis=2)
        if self.n_beside:
            shares /= 1 - squares[:, :, : self.n_beside].sum(axis=2)
        return shares.max(axis=1).astype(float)


def _orthonormal(columns: np.ndarray) -> tuple[np.ndarray, int]:
    """A basis of columns that were of length 1, filled up with zeros, and its rank."""
    if not columns.shape[1]:
        return columns, 0
    values, vectors = np.linalg.eigh(blas.dgemm(1.0, columns, columns, trans_a=1))
    is_seen = values > SMALLEST_EIGENVALUE
    scales = is_seen / np.sqrt(np.where(is_seen, values, 1))
    return blas.dgemm(1.0, columns, vectors * scales), int(is_seen.sum())


class AtNullH:
    """Replicates of one trait at the h of its null model.

    Parameters
    ----------
    null : NullModel
    traits : ndarray of float32 of shape (n, n_resamples)
        What `Resampling.unit_traits` makes.
    """

    def __init__(self, null: NullModel, traits: np.ndarray):
        self.null = null
        self.traits = traits

    def largest_shares(self, G: np.ndarray, k: int, n_beside: int = 0) -> Maxima:
        """The largest share that a marker explains, by ranks, of markers of k columns each.

        The first `n_beside` of them are not tested, but stand beside the others.
        """
        G = without_copies(G) if k == 1 else G
        return UnitMarkers.from_block(self.null, G, k, n_beside).largest_shares(self.traits)


def without_copies(G: np.ndarray) -> np.ndarray:
    """Columns without those that are the same as another one, if there are enough of them."""
    found = distinct_columns(G)
    return G if found is None else np.asfortranarray(G[:, found[0]])


def merge_largest(before: Maxima, found: Maxima) -> None:
    """Maxima by ranks over the markers that were met, and further ones."""
    for ranks, shares in found.items():
        before[ranks] = np.maximum(before[ranks], shares) if ranks in before else shares
