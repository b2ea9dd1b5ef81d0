"""Errors of held-out samples in closed form: what a fit without them would predict.

At a given V = s K + t I, with b estimated anew without the samples B,

    y_B − ŷ_B = (P_BB)⁻¹ (P y)_B,    P = V⁻¹ − G Gᵀ,    G = V⁻¹X R⁻¹,    RᵀR = XᵀV⁻¹X

(Dubrule 1983; Haslett 1999). A factor of V cancels.
"""

from __future__ import annotations

import numpy as np

from ..linalg.fortran import multiply
from ..linalg.triangular import solve_triangular
from ..reductions.precision import Precision

WELL_DETERMINED = 1e-3
"""The least eigenvalue of XᵀX without the rows of B at which P_BB keeps its digits."""


class HeldOut:
    """Held-out samples of some traits, which share V.

    Parameters
    ----------
    precision : Precision
    X : ndarray of shape (n, p)
        Orthonormal columns.
    Y : ndarray of shape (n, n_traits)
    """

    def __init__(self, precision: Precision, X: np.ndarray, Y: np.ndarray):
        self._precision = precision
        X = np.asfortranarray(X)
        Q, self._R = np.linalg.qr(precision.whiten(X))
        self._Q = np.asfortranarray(Q)
        self._G = precision.whiten_transposed(self._Q)
        _, self._PY = self.solve(Y - multiply(X, multiply(X, Y, trans=1)))

    def solve(self, Y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """b, the coefficients of X, and V⁻¹(Y − X b) = P Y."""
        whitened = self._precision.whiten(Y)
        explained = multiply(self._Q, whitened, trans=1)
        b = solve_triangular(self._R, explained)
        return b, self._precision.whiten_transposed(whitened - multiply(self._Q, explained))

    def errors(self, sets: list[np.ndarray]) -> np.ndarray:
        """Y_B − Ŷ_B of every held-out set B, one below the other."""
        sizes = np.array([len(rows) for rows in sets], dtype=int)
        ends = np.cumsum(sizes)
        errors = np.empty((ends[-1] if len(ends) else 0, self._PY.shape[1]))
        if (sizes == 1).any():
            alone = np.array([rows[0] for rows in sets if len(rows) == 1])
            errors[ends[sizes == 1] - 1] = self._errors_one_by_one(alone)
        for number in np.flatnonzero(sizes > 1):
            rows, end = sets[number], ends[number]
            errors[end - len(rows) : end] = self._precision.solve_block(
                rows, self._G[rows], self._PY[rows]
            )
        return errors

    def _errors_one_by_one(self, rows: np.ndarray) -> np.ndarray:
        diagonal = self._precision.diagonal() - np.einsum("ij,ij->i", self._G, self._G)
        return self._PY[rows] / diagonal[rows, None]


def can_be_held_out(X: np.ndarray, sets: list[np.ndarray]) -> np.ndarray:
    """Whether the other rows of an orthonormal X determine b and leave something for v.

    Returns
    -------
    ndarray of bool of shape (len(sets),)
    """
    n, p = X.shape
    lost = np.array([X[rows].T @ X[rows] for rows in sets]).reshape(len(sets), p, p)
    left = 1 - np.linalg.eigvalsh(lost).max(axis=1, initial=0.0)
    n_left = n - np.array([len(rows) for rows in sets], dtype=int)
    return (left >= WELL_DETERMINED) & (n_left > max(p, 1))
