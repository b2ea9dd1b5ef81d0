"""What markers explain of a trait, before it is tested."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

LOST = 1e-10
"""What is left of a sum of squares by rounding, where another one is subtracted."""


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
    n : ndarray of int of shape (m,)
        Rows that are used.
    null_rss : ndarray of shape (m,)
        The same as `rss`, unless markers stand beside others: yᵀPy without them, too.
    """

    beta: np.ndarray
    unscaled_variance: np.ndarray
    sum_of_squares: np.ndarray
    rank: np.ndarray
    rss: np.ndarray
    df: np.ndarray
    n: np.ndarray
    null_rss: np.ndarray


class Products(NamedTuple):
    """Products of P with each marker and y, of all rows or of complete cases.

    Attributes
    ----------
    gPg : ndarray of shape (m,) or (m, k, k)
    gPy : ndarray of shape (m,) or (m, k)
    rss : ndarray of shape (m,)
        yᵀPy
    df, n : ndarray of int of shape (m,)
    """

    gPg: np.ndarray
    gPy: np.ndarray
    rss: np.ndarray
    df: np.ndarray
    n: np.ndarray
