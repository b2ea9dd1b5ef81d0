"""Products with matrices in Fortran order."""

from __future__ import annotations

import numpy as np
from scipy.linalg import blas

from .batches import row_batches

FEW_COLUMNS = 4
"""The most columns that are multiplied one by one, which takes less time than copying A."""


def multiply(A: np.ndarray, M: np.ndarray, trans: int = 0) -> np.ndarray:
    """A M or AᵀM, by scipy's BLAS, whose dgemm would copy A for few columns."""
    if M.shape[1] > FEW_COLUMNS and A.size:
        return blas.dgemm(1.0, A, M, trans_a=trans)
    product = np.zeros((A.shape[trans], M.shape[1]), order="F")
    for column in range(M.shape[1] if A.size else 0):
        product[:, column] = blas.dgemv(1.0, A, M[:, column], trans=trans)
    return product


def sums_of_squares(S: np.ndarray, scales: np.ndarray) -> np.ndarray:
    """Sums of squares of each row of S diag(scales)."""
    batches = row_batches(len(S))
    return np.concatenate([np.einsum("ij,ij->i", S[b] * scales, S[b] * scales) for b in batches])


def subtract_products(A: np.ndarray, G: np.ndarray) -> None:
    """A −= G Gᵀ, in the lower triangle of A."""
    if G.size:
        blas.dsyrk(-1.0, G, 1.0, A, lower=1, overwrite_c=1)
