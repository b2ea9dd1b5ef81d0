"""Markers of one column, tested at the h of the null model."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from .null_model import NullModel


class Explained(NamedTuple):
    """What each marker explains.

    Attributes
    ----------
    beta : ndarray of shape (m,) or (m, k)
        Effects.
    unscaled_variance : ndarray of the same shape
        Their variances over v.
    sum_of_squares : ndarray of shape (m,)
        What the marker takes from `rss`.
    rank : ndarray of int of shape (m,)
        The number of effects that the data tell apart.
    rss : ndarray of shape (m,)
        yᵀPy of the model without the marker.
    df : ndarray of int of shape (m,)
        n − p of the model without the marker.
    """

    beta: np.ndarray
    unscaled_variance: np.ndarray
    sum_of_squares: np.ndarray
    rank: np.ndarray
    rss: np.ndarray
    df: np.ndarray


def explain(null: NullModel, G: np.ndarray) -> Explained:
    """Test columns that are free of fixed effects, 0 if nothing is left of them."""
    whitened = null.whiten(G)
    gPy = whitened.T @ null.whitened_y
    gPg = np.einsum("ij,ij->j", whitened, whitened)
    return _explained(gPy, gPg, np.full(len(gPy), null.rss), np.full(len(gPy), null.df))


def explain_measured(null: NullModel, G: np.ndarray, is_missing: np.ndarray) -> Explained:
    """The same of complete cases: without the rows in which a marker is missing.

    With E the columns of the identity that belong to them, their P is
    P − P E (EᵀPE)⁻¹EᵀP; what stands in G in their place does not matter.
    """
    whitened = null.whiten(G)
    gPy = whitened.T @ null.whitened_y
    gPg = np.einsum("ij,ij->j", whitened, whitened)
    rss, df = np.full(len(gPy), null.rss), np.full(len(gPy), null.df)
    PG, Py = null.solve(whitened), null.solve(null.whitened_y[:, None])
    of_X = null.solve(null.whitened_X)
    for marker in np.flatnonzero(is_missing.any(axis=0)):
        rows = np.flatnonzero(is_missing[:, marker])
        both = np.column_stack([PG[rows, marker], Py[rows]])
        solved = null.precision.solve_block(rows, of_X[rows], both)
        (gg, gy), (_, yy) = both.T @ solved
        gPg[marker] -= gg
        gPy[marker] -= gy
        rss[marker] -= yy
        df[marker] -= len(rows)
    return _explained(gPy, gPg, rss, df)


def _explained(gPy, gPg, rss, df) -> Explained:
    has_effect = gPg > 0
    variance = np.divide(1, gPg, out=np.full_like(gPg, np.nan), where=has_effect)
    beta = gPy * variance
    return Explained(beta, variance, beta * gPy, has_effect.astype(int), rss, df)
