"""Markers of one column, tested at the h of the null model."""

from __future__ import annotations

import numpy as np

from .complete_cases import products_of, without_missing
from .explained import LOST, Explained, Products
from .null_model import NullModel, free_columns


def explain(null: NullModel, G: np.ndarray) -> Explained:
    """Test columns, of shape (n, m) in Fortran order, which are overwritten."""
    is_collinear = free_columns(null.basis, G)
    gPy, gPg = null.products(G)
    gPg[is_collinear] = 0
    m = len(gPy)
    products = Products(gPg, gPy, np.full(m, null.rss), np.full(m, null.df), np.full(m, null.n))
    return explain_products(products)


def explain_measured(null: NullModel, G: np.ndarray, is_missing: np.ndarray) -> Explained:
    """The same of complete cases: without the rows in which a marker is missing.

    What stands in G in their place does not matter, but should be no larger than the others.
    """
    is_collinear = free_columns(null.basis, G)
    whitened = null.whiten(G)
    of_all = products_of(null, whitened, G.shape[1])
    products = without_missing(null, of_all, whitened, is_missing)
    gPg, gPy = products.gPg[:, 0, 0], products.gPy[:, 0]
    gPg[is_collinear | (gPg <= LOST * of_all.gPg[:, 0, 0])] = 0
    return explain_products(products._replace(gPg=gPg, gPy=gPy))


def explain_products(products: Products) -> Explained:
    """Effects of markers of one column; gᵀPg is 0 where nothing is left of them."""
    gPg, gPy, rss, df, n = products
    has_effect = gPg > 0
    variance = np.divide(1, gPg, out=np.full_like(gPg, np.nan), where=has_effect)
    beta = gPy * variance
    return Explained(beta, variance, beta * gPy, has_effect.astype(int), rss, df, n, rss)
