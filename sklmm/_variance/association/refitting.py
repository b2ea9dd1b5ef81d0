"""The largest statistics of simulated traits whose h is estimated again, each at its own.

With K = S diag(λ) Sᵀ, V at the h of a replicate is diagonal: gᵀPy and gᵀPg of all markers and
replicates are a few matrix products, whatever their h are. P is the same for K + c X Xᵀ, which is
taken for K, for it may be regular where K is not.
"""

from __future__ import annotations

import numpy as np
from scipy.linalg import blas

from ..fit import fit
from ..likelihood.fixed_effects import FixedEffects
from ..reductions.base import RelatedRows, scale_of
from ..reductions.spectral import SpectralReduction
from .null_model import free_of
from .resampling import Maxima, without_copies
from .several import SMALLEST_EIGENVALUE

LEAST_VARIANCE = 1e-14
"""The least variance of a direction, over v: rounding of K leaves less at h = 1."""


class AtOwnH:
    """Replicates of one trait, each whitened at its own h.

    Parameters
    ----------
    rows : RelatedRows
        Of the fit.
    fixed_effects : FixedEffects
    s, t : float
        Variances of the null model, V = s K + t I.
    method : {"reml", "ml"}
    noise : ndarray of shape (n, n_resamples)
        Standard normal numbers.
    """

    def __init__(
        self,
        rows: RelatedRows,
        fixed_effects: FixedEffects,
        s: float,
        t: float,
        method: str,
        noise: np.ndarray,
    ):
        K, basis = rows.relationships(), fixed_effects.basis
        shifted = K + K.trace() / len(K) * basis @ basis.T
        self._reduction = _spectral(shifted)
        self._basis = basis
        eigenvalues = self._reduction.eigenvalues * self._reduction.scale
        with self._reduction.threads():
            deviations = np.sqrt(np.maximum(s * eigenvalues + t, 0))
            Y = self._reduction.rotate_back(deviations[:, None] * self._reduction.rotate(noise))
            Y -= basis @ (basis.T @ Y)
            solver = self._reduction if method == "reml" else _spectral(K)
            self.h = _estimate_h(solver, rows, fixed_effects, Y, method)
            variances = eigenvalues[:, None] * self.h + (1 - self.h)
            self._weights = np.asfortranarray(1 / np.maximum(variances, LEAST_VARIANCE))
            self._weighted_X = self._orthonormal(self._reduction.rotate(basis))
            self._Py, self._rss = self._project(self._reduction.rotate(Y))

    def _orthonormal(self, X: np.ndarray) -> list[np.ndarray]:
        """V⁻¹Q for each replicate and column of Q, which spans X with QᵀV⁻¹Q = I."""
        p = X.shape[1]
        if not p:
            return []
        first, second = np.triu_indices(p)
        pairs = np.asfortranarray(X[:, first] * X[:, second])
        XVX = np.empty((self._weights.shape[1], p, p))
        XVX[:, first, second] = blas.dgemm(1.0, self._weights, pairs, trans_a=1)
        XVX[:, second, first] = XVX[:, first, second]
        roots = np.linalg.inv(np.linalg.cholesky(XVX))
        return [np.asfortranarray(self._weights * (X @ roots[:, j].T)) for j in range(p)]

    def _project(self, Y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Py and yᵀPy"""
        Py = self._weights * Y
        for column in self._weighted_X:
            Py -= column * np.einsum("ib,ib->b", column, Y)
        return np.asfortranarray(Py), np.einsum("ib,ib->b", Y, Py)

    def largest_shares(self, G: np.ndarray, k: int) -> Maxima:
        """The largest share that a marker explains, by ranks, of markers of k columns each."""
        G = without_copies(G) if k == 1 else G
        G, is_collinear = free_of(self._basis, G)
        with self._reduction.threads():
            rotated = np.asfortranarray(self._reduction.rotate(G))
        gPy = blas.dgemm(1.0, rotated, self._Py, trans_a=1)
        if k == 1:
            gPg = self._gPg(rotated, rotated)
            shares = gPy**2 / np.where(is_collinear[:, None], 1, gPg)
            rank = (~is_collinear).astype(int)
        else:
            shares, rank = self._shares_of_several(rotated, gPy, is_collinear, k)
        shares /= self._rss
        return {(0, r): shares[rank == r].max(axis=0) for r in np.unique(rank[rank > 0]).tolist()}

    def _gPg(self, first: np.ndarray, second: np.ndarray) -> np.ndarray:
        """Products of pairs of rotated columns, of shape (m, n_resamples)."""
        product = blas.dgemm(1.0, np.asfortranarray(first * second), self._weights, trans_a=1)
        for column in self._weighted_X:
            of_first = blas.dgemm(1.0, first, column, trans_a=1)
            same = first is second
            product -= of_first * (
                of_first if same else blas.dgemm(1.0, second, column, trans_a=1)
            )
        return product

    def _shares_of_several(
        self, rotated: np.ndarray, gPy: np.ndarray, is_collinear: np.ndarray, k: int
    ) -> tuple[np.ndarray, np.ndarray]:
        m = rotated.shape[1] // k
        shares, rank = np.empty((m, gPy.shape[1])), np.empty(m, dtype=int)
        for marker in range(m):
            at = np.arange(marker * k, (marker + 1) * k)
            at = at[~is_collinear[at]]
            first, second = np.triu_indices(len(at))
            products = self._gPg(rotated[:, at[first]], rotated[:, at[second]])
            GPG = np.empty((gPy.shape[1], len(at), len(at)))
            GPG[:, first, second] = GPG[:, second, first] = products.T
            shares[marker], rank[marker] = _explained(GPG, gPy[at].T)
        return shares, rank


def _explained(GPG: np.ndarray, GPy: np.ndarray) -> tuple[np.ndarray, int]:
    """(GᵀPy)ᵀ(GᵀPG)⁻¹GᵀPy of each replicate, and the rank of GᵀPG."""
    if not GPy.size:
        return np.zeros(len(GPy)), 0
    lengths = np.sqrt(np.einsum("bkk->bk", GPG))
    values, vectors = np.linalg.eigh(GPG / (lengths[:, :, None] * lengths[:, None]))
    is_seen = values > SMALLEST_EIGENVALUE
    along = np.einsum("bkl,bk->bl", vectors, GPy / lengths)
    squares = np.where(is_seen, along**2 / np.where(is_seen, values, 1), 0)
    return squares.sum(axis=1), int(is_seen.sum(axis=1).max())


def _spectral(K: np.ndarray) -> SpectralReduction:
    """The eigenvectors of K, which is overwritten."""
    return SpectralReduction.reduce(K.T, scale_of(float(K.trace() / len(K)), K))


def _estimate_h(
    solver: SpectralReduction,
    rows: RelatedRows,
    fixed_effects: FixedEffects,
    Y: np.ndarray,
    method: str,
) -> np.ndarray:
    h = np.empty(Y.shape[1])
    for part in fit(solver, rows, fixed_effects, Y, method, None):
        h[part.traits] = part.estimate.h
    return h
