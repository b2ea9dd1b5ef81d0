"""Complete cases of each marker, exactly, without a new reduction.

With E the columns of the identity that belong to the rows in which a marker is missing, the P of
all other rows is P − P E (EᵀPE)⁻¹EᵀP. Where no row is left that tells two fixed effects apart,
EᵀPE is singular, and has a rank that is less by as many as X loses.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import scipy.linalg
from scipy.linalg import blas

from ..linalg.fortran import subtract_products
from .explained import LOST, Products
from .null_model import NullModel, sums_of_squares, transposed_product


def without_missing(
    null: NullModel, products: Products, whitened: np.ndarray, is_missing: np.ndarray
) -> Products:
    """Products among the rows in which each marker is measured.

    Parameters
    ----------
    products : Products
        Of all rows, of m markers of k columns.
    whitened : ndarray of shape (n, m k) in Fortran order
        V⁻¹ᐟ²G free of fixed effects.
    is_missing : ndarray of bool of shape (n, m)
    """
    gPg, gPy, rss, df, n = (values.copy() for values in products)
    m, k = gPy.shape
    n_rows = len(whitened)
    some = np.flatnonzero(is_missing.any(axis=0))
    columns = whitened.reshape(n_rows, m, k)[:, some].reshape(n_rows, len(some) * k)
    PG = null.solve(np.asfortranarray(columns)).reshape(n_rows, len(some), k)
    Py, of_X = null.solve(null.whitened_y[:, None]), null.solve(null.whitened_X)
    for rows, places in patterns(is_missing[:, some]):
        of_rows = PG[np.ix_(rows, places)].reshape(len(rows), -1)
        both = np.column_stack([of_rows, Py[rows]])
        solved, rank = solve_rows(null, rows, of_X[rows], both)
        of_y = transposed_product(both, solved[:, -1:])[:, 0]
        for place, marker in enumerate(some[places]):
            own = slice(place * k, (place + 1) * k)
            gPg[marker] -= transposed_product(both[:, own], solved[:, own])
            gPy[marker] -= of_y[own]
        markers = some[places]
        rss[markers] -= of_y[-1]
        df[markers] -= rank
        n[markers] -= len(rows)
    return Products(gPg, gPy, rss, df, n)


def rss_without_missing(null: NullModel, is_missing: np.ndarray) -> np.ndarray:
    """yᵀPy among the rows in which each marker is measured, of shape (m,)."""
    n, m = is_missing.shape
    products = products_of(null, np.empty((n, 0), order="F"), m)
    return without_missing(null, products, np.empty((n, 0), order="F"), is_missing).rss


def products_of(null: NullModel, whitened: np.ndarray, m: int) -> Products:
    """Products of m markers, each of as many adjacent columns, with themselves and y."""
    k = whitened.shape[1] // m
    gPy = transposed_product(null.whitened_y[:, None], whitened).reshape(m, k)
    gPg = np.empty((m, k, k))
    if k == 1:
        gPg[:, 0, 0] = sums_of_squares(whitened)
    else:
        for marker in range(m):
            W = whitened[:, marker * k : (marker + 1) * k]
            gPg[marker] = transposed_product(W, W)
    return Products(gPg, gPy, np.full(m, null.rss), np.full(m, null.df), np.full(m, null.n))


def patterns(is_missing: np.ndarray) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """(rows, markers) of the markers that are missing in the same rows."""
    alike: dict[bytes, list[int]] = {}
    packed = np.ascontiguousarray(np.packbits(is_missing, axis=0).T)
    for marker in np.flatnonzero(is_missing.any(axis=0)):
        alike.setdefault(packed[marker].tobytes(), []).append(int(marker))
    for markers in alike.values():
        yield np.flatnonzero(is_missing[:, markers[0]]), np.array(markers)


def solve_rows(
    null: NullModel, rows: np.ndarray, of_X: np.ndarray, M: np.ndarray
) -> tuple[np.ndarray, int]:
    """(EᵀPE)⁻¹M, or a generalized inverse, and the rank."""
    n_lost = lost_rank(null.basis, rows)
    if not n_lost:
        return null.precision.solve_block(rows, of_X, M), len(rows)
    block = null.precision.block(rows)
    subtract_products(block, np.asfortranarray(of_X))
    values, vectors = scipy.linalg.eigh(block, lower=True)
    values, vectors = values[n_lost:], vectors[:, n_lost:]
    inside = blas.dgemm(1.0, vectors, M, trans_a=1) / values[:, None]
    return blas.dgemm(1.0, vectors, inside), len(rows) - n_lost


def lost_rank(basis: np.ndarray, rows: np.ndarray) -> int:
    """The number of fixed effects that cannot be told apart without these rows."""
    B = basis[rows]
    if not B.size:
        return 0
    left = np.eye(B.shape[1]) - blas.dgemm(1.0, B, B, trans_a=1)
    return int(np.sum(scipy.linalg.eigvalsh(left) <= LOST))
