"""K = Q B Qᵀ with a symmetric band matrix B: the fast route.

The first stage of a two-stage tridiagonalization (Bischof, Lang & Sun 2000; LAPACK's
dsytrd_sy2sb). One panel of w columns at a time is made triangular below the band by a
QR factorization, H = I − V T Vᵀ, and the trailing block A becomes

    Hᵀ A H = A − V Yᵀ − Y Vᵀ,    Y = X − ½ V TᵀVᵀX,    X = A V T.

Nearly all of the 4/3 n³ flops are symmetric products at the speed of matrix
multiplication; an eigendecomposition spends most of its time elsewhere. After that
V(h) = hB + (1 − h)I has a banded Cholesky factor for O(n w²) at every h.

Only scipy's BLAS is called here (see `products`).
"""

from __future__ import annotations

from functools import cached_property

import numpy as np
from numpy.lib.stride_tricks import as_strided
from scipy.linalg import blas, lapack

from ..linalg.constant_part import set_apart_constant
from ..linalg.definite import NotPositiveDefiniteError
from ..linalg.reflectors import apply_reflector, reflect_both_sides, triangularize
from .base import DenseSolver, Factor
from .null_space import ResolvedReduction, resolve_square


def default_width(n: int) -> int:
    """The bandwidth: a wide band makes the reduction fast, a narrow one the search.

    By measurement near √n; a multiple of 16, the size of BLAS kernels.
    """
    return 16 * max(1, round(np.sqrt(n) / 16))


class BandReduction(DenseSolver):
    """B in LAPACK's lower band storage, Q as the Householder panels that made it.

    Attributes
    ----------
    band : ndarray of shape (w + 1, n)
        band[i - j, j] = B[i, j] for j <= i <= j + w.
    panels : list of (first_row, V, T)
        Q is the product of the block reflectors I − V T Vᵀ, each acting on the rows
        from first_row on.
    """

    has_spectrum = False

    def __init__(self, band: np.ndarray, panels: list, scale: float):
        self.n = band.shape[1]
        self.scale = scale
        self.norm = float(np.sqrt(2 * np.sum(band**2) - np.sum(band[0] ** 2)))
        self.band = band
        self.panels = panels

    @classmethod
    def reduce(cls, K: np.ndarray, scale: float, width: int | None = None) -> BandReduction:
        band, panels = reduce_to_band(K, width or default_width(len(K)))
        band /= scale
        return cls(band, panels, scale)

    def rotate(self, M: np.ndarray) -> np.ndarray:
        M = np.array(M, order="F")
        for first, V, T in self.panels:
            M[first:] = apply_reflector(V, T, M[first:], trans="T")
        return M

    def rotate_back(self, M: np.ndarray) -> np.ndarray:
        M = np.array(M, order="F")
        for first, V, T in reversed(self.panels):
            M[first:] = apply_reflector(V, T, M[first:], trans="N")
        return M

    def multiply(self, M: np.ndarray) -> np.ndarray:
        width = len(self.band) - 1
        columns = [blas.dsbmv(width, 1.0, self.band, column, lower=1) for column in M.T]
        return np.column_stack(columns) if columns else np.empty_like(M)

    def factor(self, h: float) -> BandFactor:
        return BandFactor(self.band, self._derivative, h)

    @cached_property
    def _derivative(self) -> tuple[np.ndarray, np.ndarray]:
        """Blocks of D = B − I that stand for both triangles: doubled, off the diagonal."""
        D = 2 * self.band
        D[0] = self.band[0] - 1
        return _blocks(D, beyond=0.0)

    def resolve(self) -> ResolvedReduction:
        B = np.zeros((self.n, self.n), order="F")
        for distance, diagonal in enumerate(self.band[: self.n]):
            B[range(distance, self.n), range(self.n - distance)] = diagonal[: self.n - distance]
        return resolve_square(self, B)

    def exceeds(self, bound: float) -> bool:
        shifted = self.band.copy(order="F")
        shifted[0] -= bound
        _, info = lapack.dpbtrf(shifted, lower=1, overwrite_ab=1)
        return info == 0


class BandFactor(Factor):
    """The Cholesky factor L of V = hB + (1 − h)I, in lower band storage."""

    def __init__(self, band: np.ndarray, derivative: tuple, h: float):
        V = np.multiply(band, h, order="F")
        V[0] += 1 - h
        self._L, info = lapack.dpbtrf(V, lower=1, overwrite_ab=1)
        if info > 0:
            raise NotPositiveDefiniteError(f"V is not positive definite at h={h}")
        self._derivative = derivative
        self.logdet = float(2 * np.log(self._L[0]).sum())

    def whiten(self, M: np.ndarray) -> np.ndarray:
        return _solve_triangular_band(self._L, M, trans="N")

    def whiten_transposed(self, M: np.ndarray) -> np.ndarray:
        return _solve_triangular_band(self._L, M, trans="T")

    def logdet_slope(self) -> float:
        """tr(V⁻¹D), D = B − I, from the entries of V⁻¹ inside the band.

        From the last block to the first, with F = L₂₁L₁₁⁻¹ for the diagonal block L₁₁ and
        the block L₂₁ below it (Takahashi, Fagan & Chen 1973, by blocks):

            (V⁻¹)₂₁ = −(V⁻¹)₂₂ F,    (V⁻¹)₁₁ = L₁₁⁻ᵀL₁₁⁻¹ + Fᵀ(V⁻¹)₂₂ F.
        """
        D11, D21 = self._derivative
        L11, L21 = _blocks(self._L)
        inverse = np.zeros_like(L11[0])
        total = 0.0
        for k in reversed(range(len(L11))):
            L11_inverse, _ = lapack.dtrtri(L11[k].T, lower=1, overwrite_c=1)
            F = blas.dtrmm(1.0, L11_inverse, L21[k].T, side=1, lower=1, overwrite_b=1)
            below = blas.dsymm(-1.0, inverse, F, lower=1)
            diagonal = blas.dsyrk(1.0, L11_inverse, trans=1, lower=1)
            inverse = blas.dgemm(-1.0, F, below, 1.0, diagonal, trans_a=1, overwrite_c=1)
            total += np.vdot(inverse.T, D11[k]) + np.vdot(below.T, D21[k])
        return float(total)


def reduce_to_band(K: np.ndarray, width: int) -> tuple[np.ndarray, list]:
    """Reduce K to a symmetric band matrix; the lower triangle of K is read, K is overwritten.

    Returns
    -------
    band : ndarray of shape (width + 1, n)
        The band matrix in lower band storage.
    panels : list of (first_row, V, T)
        The block reflectors, in the order in which they were applied: V with a unit diagonal
        and zeros above it, T upper triangular.
    """
    n = len(K)
    A = np.asfortranarray(K)
    panels = set_apart_constant(A)
    for start in range(0, n - width - 1, width):
        first = start + width
        R, V, T = triangularize(A[first:, start:first])
        A[first : first + len(R), start:first] = R
        reflect_both_sides(A[first:, first:], V, T)
        panels.append((first, V, T))
    band = np.zeros((width + 1, n), order="F")
    for column in range(n):
        inside = A[column : column + width + 1, column]
        band[: len(inside), column] = inside
    return band, panels


def _solve_triangular_band(L: np.ndarray, M: np.ndarray, trans: str) -> np.ndarray:
    if M.size == 0:
        return M.copy()
    solution, _ = lapack.dtbtrs(L, M, uplo="L", trans=trans)
    return solution


def _blocks(band: np.ndarray, beyond: float = 1.0) -> tuple[np.ndarray, np.ndarray]:
    """The diagonal blocks of a lower band matrix, and those below them, transposed.

    Entry (i, j) of the matrix lies i + j·w places from the start of the band's memory.
    The matrix is continued by a diagonal of `beyond` to a multiple of the width.

    Returns
    -------
    diagonal, below : ndarray of shape (n_blocks, w, w)
    """
    width, n = len(band) - 1, band.shape[1]
    n_blocks = -(-n // width)
    padded = np.zeros((width + 1, n_blocks * width), order="F")
    padded[:, :n] = band
    padded[0, n:] = beyond
    step = band.itemsize
    shape, strides = (n_blocks, width, width), (width * (width + 1) * step, width * step, step)
    memory = padded.reshape(-1, order="F")
    diagonal = as_strided(memory, shape, strides, writeable=False)
    below = as_strided(memory[width:], shape, strides, writeable=False)
    return np.triu(diagonal), np.tril(below)
