"""K = Q B Qᵀ with a symmetric band matrix B: the fast route.

The first stage of a two-stage tridiagonalisation (Bischof, Lang & Sun 2000; LAPACK's
dsytrd_sy2sb). One panel of w columns at a time is made triangular below the band by a
QR factorisation, H = I − V T Vᵀ, and the trailing block A becomes

    Hᵀ A H = A − V Yᵀ − Y Vᵀ,    Y = X − ½ V TᵀVᵀX,    X = A V T.

Nearly all of the 4/3 n³ flops are symmetric products at the speed of matrix
multiplication; an eigendecomposition spends most of its time elsewhere. After that
V(h) = hB + (1 − h)I has a banded Cholesky factor for O(n w²) at every h.

Only scipy's BLAS is called here: numpy's `@` lives in a thread pool of its own, and two
pools that take turns fight over the cores.
"""

from __future__ import annotations

import numpy as np
from numpy.lib.stride_tricks import as_strided
from scipy.linalg import blas, lapack

from .reduction import Factor, NotPositiveDefiniteError, Reduction


def default_width(n: int) -> int:
    """The bandwidth: a wide band makes the reduction fast, a narrow one the search."""
    if n <= 500:
        return 32
    return 64 if n <= 6000 else 96


class BandReduction(Reduction):
    """B in LAPACK's lower band storage, Q as the Householder panels that made it.

    Attributes
    ----------
    band : ndarray of shape (w + 1, n)
        band[i - j, j] = B[i, j] for j <= i <= j + w.
    panels : list of (first_row, V, T)
        Q is the product of the block reflectors I − V T Vᵀ, each acting on the rows
        from first_row on.
    """

    def __init__(self, band: np.ndarray, panels: list, scale: float):
        self.n = band.shape[1]
        self.scale = scale
        self.norm = float(np.sqrt(2 * np.sum(band**2) - np.sum(band[0] ** 2)))
        self.band = band
        self.panels = panels

    @classmethod
    def of(cls, K: np.ndarray, scale: float, width: int | None = None) -> BandReduction:
        band, panels = reduce_to_band(K, width or default_width(len(K)))
        band /= scale
        return cls(band, panels, scale)

    def rotate(self, M):
        M = np.array(M, order="F")
        for first, V, T in self.panels:
            M[first:] = _apply_reflector(V, T, M[first:], trans="T")
        return M

    def rotate_back(self, M):
        M = np.array(M, order="F")
        for first, V, T in reversed(self.panels):
            M[first:] = _apply_reflector(V, T, M[first:], trans="N")
        return M

    def multiply(self, M):
        width = len(self.band) - 1
        columns = [blas.dsbmv(width, 1.0, self.band, column, lower=1) for column in M.T]
        return np.column_stack(columns) if columns else np.empty_like(M)

    def factor(self, h):
        return BandFactor(self.band, h)

    def exceeds(self, bound):
        shifted = self.band.copy(order="F")
        shifted[0] -= bound
        _, info = lapack.dpbtrf(shifted, lower=1, overwrite_ab=1)
        return info == 0


class BandFactor(Factor):
    """The Cholesky factor L of V = hB + (1 − h)I, in lower band storage."""

    def __init__(self, band: np.ndarray, h: float):
        V = np.multiply(band, h, order="F")
        V[0] += 1 - h
        self._L, info = lapack.dpbtrf(V, lower=1, overwrite_ab=1)
        if info > 0:
            raise NotPositiveDefiniteError(f"V is not positive definite at h={h}")
        self._band = band
        self.logdet = float(2 * np.log(self._L[0]).sum())

    def whiten(self, M):
        return _solve_triangular_band(self._L, M, trans="N")

    def whiten_transposed(self, M):
        return _solve_triangular_band(self._L, M, trans="T")

    def logdet_slope(self):
        """tr(V⁻¹(B − I)) from the entries of V⁻¹ inside the band.

        From the last block to the first, with F = L₂₁L₁₁⁻¹ for the diagonal block L₁₁ and
        the block L₂₁ below it (Takahashi, Fagan & Chen 1973, by blocks):

            (V⁻¹)₂₁ = −(V⁻¹)₂₂ F,    (V⁻¹)₁₁ = L₁₁⁻ᵀL₁₁⁻¹ + Fᵀ(V⁻¹)₂₂ F.
        """
        width = len(self._band) - 1
        L, B = _dense_view(self._L), _dense_view(self._band)
        starts = range(0, self._band.shape[1], width)
        total = 0.0
        inverse = None
        for start in reversed(starts):
            here = slice(start, start + width)
            below = slice(start + width, start + 2 * width)
            L11_inverse_T, _ = lapack.dtrtri(np.tril(L[here, here]).T, lower=0)
            diagonal = blas.dsyrk(1.0, L11_inverse_T, lower=1)
            if inverse is not None:
                L21 = np.triu(L[below, here])
                F = blas.dtrmm(1.0, L11_inverse_T, L21, side=1, lower=0, trans_a=1)
                below_diagonal = blas.dsymm(-1.0, inverse, F, lower=1)
                diagonal = blas.dgemm(-1.0, F, below_diagonal, 1.0, diagonal, trans_a=1)
                total += 2 * np.sum(below_diagonal * np.triu(B[below, here]))
            inverse = diagonal
            total += 2 * np.sum(np.tril(diagonal) * B[here, here])
            total -= np.sum(np.diagonal(diagonal) * (np.diagonal(B[here, here]) + 1))
        return float(total)


def reduce_to_band(K: np.ndarray, width: int) -> tuple[np.ndarray, list]:
    """Reduce K to a symmetric band matrix; the lower triangle of K is read, K is overwritten.

    Returns
    -------
    band : ndarray of shape (width + 1, n)
        The band matrix in lower band storage.
    panels : list of (first_row, V, T)
        The block reflectors, in the order in which they were applied, as LAPACK's dgeqrt
        returns them: V below the diagonal, T upper triangular.
    """
    n = len(K)
    band = np.zeros((width + 1, n), order="F")
    panels = []
    trailing = np.asfortranarray(K)
    for start in range(0, n, width):
        size = min(width, len(trailing))
        strip = np.zeros((size + width + 1, size), order="F")
        strip[:size] = trailing[:size, :size]
        if len(trailing) > width + 1:
            first = start + width
            V, T, _ = lapack.dgeqrt(
                min(width, n - first), np.asfortranarray(trailing[width:, :width]), overwrite_a=1
            )
            panels.append((first, V, T))
            rows = min(width, len(V))
            strip[size : size + rows] = np.triu(V[:rows])
            trailing = _reflect_both_sides(_drop_leading(trailing, width), V, T)
        else:
            strip[size : len(trailing)] = trailing[size:, :size]
            trailing = trailing[size:, size:]
        for column in range(size):
            band[:, start + column] = strip[column : column + width + 1, column]
    return band, panels


def _drop_leading(A, width):
    """The lower triangle of A[width:, width:], moved to the front of A's own memory.

    BLAS wants contiguous matrices, and moving inside one buffer spares the page faults of
    a new one. A block of `width` columns lands before the place it comes from.
    """
    size = len(A) - width
    moved = A.reshape(-1, order="F")[: size**2].reshape((size, size), order="F")
    for start in range(0, size, width):
        stop = min(start + width, size)
        moved[start:, start:stop] = A[width + start :, width + start : width + stop]
    return moved


def _reflect_both_sides(A, V, T):
    """Hᵀ A H for H = I − V T Vᵀ, of the lower triangle of A, overwriting A."""
    k = T.shape[1]
    V = np.asfortranarray(np.tril(V[:, :k], -1))
    np.fill_diagonal(V, 1.0)
    T = np.triu(T)
    X = blas.dtrmm(1.0, T, blas.dsymm(1.0, A, V, lower=1), side=1, overwrite_b=1)
    M = blas.dtrmm(1.0, T, blas.dgemm(1.0, V, X, trans_a=1), trans_a=1)
    Y = blas.dgemm(-0.5, V, M, 1.0, X, overwrite_c=1)
    return blas.dsyr2k(-1.0, V, Y, 1.0, A, lower=1, overwrite_c=1)


def _apply_reflector(V, T, M, trans):
    """H M or Hᵀ M, for the reflector H = I − V T Vᵀ as dgeqrt returned it."""
    product, _ = lapack.dgemqrt(V[:, : T.shape[1]], T, M, side="L", trans=trans)
    return product


def _solve_triangular_band(L, M, trans):
    if M.size == 0:
        return M.copy()
    solution, _ = lapack.dtbtrs(L, M, uplo="L", trans=trans)
    return solution


def _dense_view(band):
    """The matrix whose lower band storage is `band`; valid inside the band only.

    Entry (i, j) of the matrix lies i + j·w places from the start of the band's memory.
    """
    n = band.shape[1]
    step = band.itemsize
    return as_strided(band, (n, n), (step, step * (len(band) - 1)), writeable=False)
