"""Markers of several columns, such as founder probabilities, and columns beside others.

The effects of founders, whose probabilities sum to 1, are known but for a constant beside an
intercept: the solution of the smallest norm sums to 0.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .complete_cases import products_of, without_missing
from .explained import Explained, Products
from .null_model import NullModel, free_columns, leave

SMALLEST_EIGENVALUE = 1e-8
"""The eigenvalue of columns of length 1 below which the data do not tell them apart."""
TAKES_PART = 1e-6
"""The share of a column in a dependence, above which its effect is not known."""


def deviations(null: NullModel, G: np.ndarray) -> np.ndarray:
    """Probabilities of founders less their mean, if X has an intercept: they sum to 0 exactly.

    That is so however they are rounded, so that rounding is not taken for one more effect.
    """
    ones = np.ones((null.n, 1), order="F")
    is_seen = np.abs(leave(null.basis, ones)).max() < TAKES_PART
    return G - G.mean(axis=2, keepdims=True) if is_seen else G


def explain_several(
    null: NullModel,
    G: np.ndarray,
    n_beside: int = 0,
    is_missing: np.ndarray | None = None,
) -> Explained:
    """Test several columns for each marker at once.

    Parameters
    ----------
    null : NullModel
    G : ndarray of shape (n, m, k)
        The columns of each marker. **It may be overwritten.**
    n_beside : int
        How many of the k columns are not tested, but stand beside the others.
    is_missing : ndarray of bool of shape (n, m) or None
        Rows that are left out for each marker.
    """
    n, m, k = G.shape
    columns = np.asfortranarray(G.reshape(n, m * k))
    is_collinear = free_columns(null.basis, columns).reshape(m, k)
    whitened = null.whiten(columns)
    products = products_of(null, whitened, m)
    sizes = np.where(is_collinear, 0, np.einsum("mkk->mk", products.gPg))
    if is_missing is not None:
        products = without_missing(null, products, whitened, is_missing)
    return explain_groups(products, sizes, n_beside)


def explain_groups(products: Products, sizes: np.ndarray, n_beside: int) -> Explained:
    """Effects of the columns after the first, from GᵀPG and GᵀPy of each marker.

    Parameters
    ----------
    products : Products
        Of k columns for each marker.
    sizes : ndarray of shape (m, k)
        The gᵀPg that rounding errors are relative to, 0 where nothing is left of a column.
    n_beside : int
        The number of first columns that are not tested.
    """
    gPg, gPy, rss, df, n = products
    null_rss = rss
    if n_beside:
        beside, tested = slice(n_beside), slice(n_beside, None)
        first = Spectra.of(gPg[:, beside, beside], sizes[:, beside])
        solved = first.inverse @ np.concatenate([gPg[:, beside, tested], gPy[:, beside, None]], 2)
        across = gPg[:, tested, beside]
        rss = rss - np.einsum("mk,mk->m", gPy[:, beside], solved[:, :, -1])
        gPg = gPg[:, tested, tested] - across @ solved[:, :, :-1]
        gPy = gPy[:, tested] - (across @ solved[:, :, -1:])[:, :, 0]
        df, sizes = df - first.rank, sizes[:, tested]
    spectra = Spectra.of((gPg + gPg.swapaxes(1, 2)) / 2, sizes)
    beta, variance = spectra.effects(gPy)
    explained = np.einsum("mk,mkl,ml->m", gPy, spectra.inverse, gPy)
    explained[spectra.rank == 0] = np.nan
    return Explained(beta, variance, explained, spectra.rank, rss, df, n, null_rss)


@dataclass(frozen=True, eq=False)
class Spectra:
    """Systems GᵀPG of m markers, each with a rank of its own.

    Attributes
    ----------
    inverse : ndarray of shape (m, k, k)
        A generalized inverse.
    rank : ndarray of int of shape (m,)
    without_null : ndarray of shape (m, k, k)
        What takes a solution to that of the smallest norm.
    is_known : ndarray of bool of shape (m, k)
        Whether an effect is determined, but for a constant that all of them share.
    """

    inverse: np.ndarray
    rank: np.ndarray
    without_null: np.ndarray
    is_known: np.ndarray

    @classmethod
    def of(cls, gPg: np.ndarray, sizes: np.ndarray) -> Spectra:
        """Numeric ranks of columns that are brought to length 1, so that units do not matter."""
        k = sizes.shape[1]
        squares = np.einsum("mkk->mk", gPg)
        is_empty = ~(squares > SMALLEST_EIGENVALUE * sizes)
        lengths = np.sqrt(np.where(is_empty, 1, squares))
        scales = ~is_empty / lengths
        values, vectors = np.linalg.eigh(gPg * scales[:, :, None] * scales[:, None])
        is_seen = values > SMALLEST_EIGENVALUE
        scaled = vectors * scales[:, :, None]
        weighted = scaled * (is_seen / np.where(is_seen, values, 1))[:, None]
        rank = is_seen.sum(axis=1)
        null = null_projections(vectors / lengths[:, :, None], rank)
        is_known = ~is_empty & ~takes_part(null, is_empty)
        return cls(weighted @ scaled.swapaxes(1, 2), rank, np.eye(k) - null, is_known)

    def effects(self, gPy: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Effects of the smallest norm, and their variances over v, nan where not known."""
        to_effects = self.without_null @ self.inverse
        beta = (to_effects @ gPy[:, :, None])[:, :, 0]
        variance = np.einsum("mkl,mkl->mk", to_effects, self.without_null)
        unknown = ~self.is_known | (self.rank == 0)[:, None]
        beta[unknown] = variance[unknown] = np.nan
        return beta, variance


def null_projections(vectors: np.ndarray, rank: np.ndarray) -> np.ndarray:
    """Projections onto what the first k − rank vectors of each marker span."""
    m, k, _ = vectors.shape
    null = np.zeros((m, k, k))
    for r in np.unique(rank[rank < k]):
        some = np.flatnonzero(rank == r)
        Q, _ = np.linalg.qr(vectors[some, :, : k - r])
        null[some] = Q @ Q.swapaxes(1, 2)
    return null


def takes_part(null: np.ndarray, is_empty: np.ndarray) -> np.ndarray:
    """Which columns depend on others in another way than that the sum of all is constant."""
    ones = np.where(is_empty, 0.0, 1.0)
    n_columns = ones.sum(axis=1)
    seen = np.einsum("mkl,ml->mk", null, ones)
    depends = (np.abs(seen - ones).max(axis=1) <= TAKES_PART) & (n_columns > 0)
    share = depends / np.where(n_columns > 0, n_columns, 1)
    others = np.einsum("mkk->mk", null) - share[:, None] * ones
    return others > TAKES_PART
