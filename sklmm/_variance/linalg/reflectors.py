"""Block reflectors H = I − V T Vᵀ: products of Householder reflections."""

from __future__ import annotations

import numpy as np
from scipy.linalg import blas, lapack

from .products import add_symmetric_product, subtract_outer_products


def triangularize(panel: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """R, V and T with (I − V T Vᵀ)ᵀ panel = R."""
    factored = np.array(panel, order="F")
    k = min(factored.shape)
    V, T, _ = lapack.dgeqrt(k, factored, overwrite_a=1)
    R = np.triu(V[:k])
    V = V[:, :k]
    V[:k] = np.tril(V[:k], -1)
    np.fill_diagonal(V, 1.0)
    return R, V, np.triu(T)


def reflect_both_sides(A: np.ndarray, V: np.ndarray, T: np.ndarray) -> None:
    """Hᵀ A H for H = I − V T Vᵀ, of the lower triangle of A, in place."""
    X = np.zeros(V.shape, order="F")
    add_symmetric_product(X, A, V)
    X = blas.dtrmm(1.0, T, X, side=1, overwrite_b=1)
    M = blas.dtrmm(1.0, T, blas.dgemm(1.0, V, X, trans_a=1), trans_a=1)
    Y = blas.dgemm(-0.5, V, M, 1.0, X, overwrite_c=1)
    subtract_outer_products(A, V, Y)


def apply_reflector(V: np.ndarray, T: np.ndarray, M: np.ndarray, trans: str) -> np.ndarray:
    """H M or Hᵀ M, for the reflector H = I − V T Vᵀ."""
    product, _ = lapack.dgemqrt(V, T, M, side="L", trans=trans)
    return product
