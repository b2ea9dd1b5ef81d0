"""h by leave-one-out: the minimum of the mean squared error of predicting each sample.

    f(h) = mean of e_i²,    e_i = (P y)_i / P_ii

(see `held_out`). With K = S diag(λ) Sᵀ the precision is V⁻¹ = S diag(w) Sᵀ + o I, with
o = 0 for a square S, and for M = [X, Y]

    [G, P Y] = V⁻¹M C,    C = [[R⁻¹, −R⁻¹R⁻ᵀXᵀV⁻¹Y], [0, I]],

so that many h are products of S and of its squares with matrices. The search compares
values only, which place h to about half the digits of a float.
"""

from __future__ import annotations

import numpy as np
import scipy.optimize
import scipy.special
from sklearn.utils import gen_batches

from ..likelihood.grid import END, FINE, FLAT, h_at_logits
from ..linalg.batches import row_batches
from ..linalg.threads import map_batches
from ..reductions.base import Definiteness

NODES_AT_A_TIME = 8
DETERMINES_ALONE = 1e-8
"""A row of X of which less than this is left by the others says nothing of h."""
NEAR_THE_SMALLEST = 1.05
"""Between nodes as near as these the curve falls by far less than one part in twenty."""
ROUNDING = 1e-12
"""Relative differences of the curve that mean nothing; an end point then wins."""


class LeaveOneOutCurve:
    """The mean squared leave-one-out error as a function of h.

    Parameters
    ----------
    S : ndarray of shape (n, r)
        Orthonormal columns; r = n, or K vanishes outside of what they span.
    eigenvalues : ndarray of shape (r,)
    X : ndarray of shape (n, p)
        Orthonormal columns. Rows that only they determine are left out of the mean.
    Y : ndarray of shape (n, n_traits)
        Orthogonal to X.
    """

    def __init__(self, S: np.ndarray, eigenvalues: np.ndarray, X: np.ndarray, Y: np.ndarray):
        self.n_traits = Y.shape[1]
        self._S = S
        self._eigenvalues = eigenvalues
        self._p = X.shape[1]
        self._M = np.column_stack([X, Y])
        self._rotated = S.T @ self._M
        self._is_counted = 1 - np.einsum("ij,ij->i", X, X) > DETERMINES_ALONE

    def at(self, h: np.ndarray, traits: slice = slice(None)) -> np.ndarray:
        """Mean squared errors of these traits at every h, of shape (len(h), n_traits)."""
        columns = np.r_[: self._p, self._p + np.arange(self.n_traits)[traits]]
        M, rotated = self._M[:, columns], self._rotated[:, columns]
        precisions, outside = zip(*map(self._precisions, h), strict=True)
        C = [self._combine(rotated, M, w, o) for w, o in zip(precisions, outside, strict=True)]
        inside = np.hstack(
            [w[:, None] * (rotated @ c) for w, c in zip(precisions, C, strict=True)]
        )
        beside = np.hstack([o * c for o, c in zip(outside, C, strict=True)])
        totals = np.zeros((len(h), len(columns) - self._p))
        for rows in row_batches(len(M)):
            S, counted = self._S[rows], self._is_counted[rows]
            diagonal = S**2 @ np.transpose(precisions) + outside
            products = (S @ inside + M[rows] @ beside).reshape(len(S), len(h), -1)
            G, PY = np.split(products, [self._p], axis=2)
            diagonal -= np.sum(G**2, axis=2)
            errors = PY[counted] / diagonal[counted, :, None]
            totals += np.sum(errors**2, axis=0)
        return totals / self._is_counted.sum()

    def _precisions(self, h: float) -> tuple[np.ndarray, float]:
        """w and o"""
        variances = h * self._eigenvalues + (1 - h)
        is_square = self._S.shape[0] == self._S.shape[1]
        outside = 0.0 if is_square else 1 / (1 - h)
        return 1 / variances - outside, outside

    def _combine(self, rotated: np.ndarray, M: np.ndarray, w: np.ndarray, o: float) -> np.ndarray:
        """C"""
        p, C = self._p, np.eye(rotated.shape[1])
        if p:
            X = rotated[:, :p]
            products = (X * w[:, None]).T @ rotated + o * (M[:, :p].T @ M)
            R_inverse = np.linalg.inv(np.linalg.cholesky(products[:, :p])).T
            C[:p, :p] = R_inverse
            C[:p, p:] = -R_inverse @ (R_inverse.T @ products[:, p:])
        return C


def minimize(curve: LeaveOneOutCurve, definiteness: Definiteness) -> np.ndarray:
    """The h of the least error of every trait, nan where it is the same at every h."""
    largest = definiteness.largest_h
    nodes = h_at_logits(FINE, largest)
    nodes = nodes[nodes < definiteness.last_steady_h]
    nodes = np.append(nodes, definiteness.last_steady_h)
    batches = gen_batches(len(nodes), NODES_AT_A_TIME)
    values = np.vstack(map_batches(lambda batch: curve.at(nodes[batch]), batches))

    def search(trait: slice) -> float:
        return _minimize_trait(curve, trait, nodes, largest, values[:, trait.start])

    return np.array(map_batches(search, gen_batches(curve.n_traits, 1)))


def _minimize_trait(
    curve: LeaveOneOutCurve, trait: slice, nodes: np.ndarray, largest: float, values: np.ndarray
) -> float:
    if np.ptp(values) <= FLAT * values.max():
        return np.nan
    padded = np.pad(values, 1, constant_values=np.inf)
    is_dip = (values <= padded[:-2]) & (values <= padded[2:])
    candidates: list[float] = nodes[[0, -1]].tolist()
    errors: list[float] = (values[[0, -1]] * (1 - ROUNDING)).tolist()
    for dip in np.flatnonzero(is_dip & (values <= NEAR_THE_SMALLEST * values.min())):
        around = nodes[np.clip([dip - 1, dip + 1], 0, len(nodes) - 1)]
        with np.errstate(divide="ignore"):
            bounds = np.clip(scipy.special.logit(around / largest), -END, END)
        found = scipy.optimize.minimize_scalar(
            lambda logit: float(curve.at(h_at_logits([logit], largest), trait)[0, 0]),
            bounds=bounds,
            method="bounded",
            options={"xatol": 1e-9},
        )
        candidates.append(float(h_at_logits(found.x, largest)))
        errors.append(found.fun)
    return candidates[int(np.argmin(errors))]
