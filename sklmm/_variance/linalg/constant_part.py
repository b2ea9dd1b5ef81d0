"""Where nearly all of K is common to all samples: the constant part is set apart.

An orthogonal change of the basis leaves errors of ε ‖K‖ in every entry. With K = c 11' + K₀ these
are ε c n, though K itself holds K₀ to ε c. But K − c 11' is exact to the digits of K, and a
reflection H with H'1 = ±√n e₁ brings the constant part into one entry, where it meets nothing:

    H'KH = H'(K − c 11')H + c n e₁e₁'.
"""

from __future__ import annotations

from math import fsum

import numpy as np
import scipy.linalg

from .drivers import choose_driver
from .products import add_symmetric_product
from .reflectors import apply_reflector, reflect_both_sides, triangularize

DOMINANT = 100
"""How much larger something is than the rest from which on it is set apart."""
MAX_ITERATIONS = 20
LAST_STEP, LAST_STEP_FROM_0 = 1e-15, 1e-17
"""Steps of the fixed-point iteration that are rounding, relative and absolute."""


def set_apart_constant(K: np.ndarray) -> list:
    """Bring the constant part of K, in place, into its first entry: the reflector, or nothing.

    Returns
    -------
    reflectors : list of (first_row, V, T)
        Empty where the constant part does not dominate.
    """
    n, c = len(K), float(K.mean())
    if c <= DOMINANT * abs(K.trace() / n - c):
        return []
    K -= c
    _, V, T = triangularize(np.full((n, 1), n**-0.5))
    reflect_both_sides(K, V, T)
    turned = _turned_ones(V, T)
    K[:, 0] += (c * turned[0] * turned).astype(float)
    return [(0, V, T)]


def _turned_ones(V: np.ndarray, T: np.ndarray) -> np.ndarray:
    """H'1, of shape (n,), with what rounding of H leaves beside the first axis."""
    v, tau = V[:, 0].astype(np.longdouble), np.longdouble(T[0, 0])
    return 1 - tau * v.sum() * v


def sums_of_effects(design: np.ndarray, effects: np.ndarray) -> np.ndarray:
    """K a, of shape (m, n_traits), from K of shape (m, n) and effects a of each trait.

    A constant part c of K is multiplied by their sum, which is 0 beside an intercept: of such a
    sum only rounding is left.
    """
    c = float(design[0].mean()) if design.size else 0.0
    if abs(c) <= DOMINANT * np.ptp(design[:1]):
        return design @ effects.T
    sums = np.array([fsum(of_trait) for of_trait in effects])
    rounding = np.finfo(float).eps * np.abs(effects).sum(axis=1)
    return (design - c) @ effects.T + c * np.where(np.abs(sums) <= rounding, 0.0, sums)


def eigh(A: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Eigenvalues in rising order, and eigenvectors, of a symmetric A, which is overwritten.

    A first entry that dominates all others leaves no errors of its size in them.

    Parameters
    ----------
    A : ndarray of shape (n, n)
        In Fortran order; the lower triangle is read.
    """
    direction = _dominant_direction(A) if len(A) > 1 else None
    if direction is None:
        return _eigh(A)
    _, V, T = triangularize(direction)
    reflect_both_sides(A, V, T)
    eigenvalues, inside = _eigh(A[1:, 1:])
    eigenvectors = np.zeros(A.shape, order="F")
    eigenvectors[1:, :-1] = inside
    eigenvectors[0, -1] = 1.0
    return np.append(eigenvalues, A[0, 0]), apply_reflector(V, T, eigenvectors, trans="N")


def _dominant_direction(A: np.ndarray) -> np.ndarray | None:
    """The eigenvector [1, t] of an eigenvalue beside which all others are small, or None.

    With A = [[a, g'], [g, B]] it is the fixed point of t = (g + B t) / (a + g't).
    """
    a, g, B = A[0, 0], A[1:, :1], A[1:, 1:]
    if a <= DOMINANT * max(np.abs(B.diagonal()).sum(), np.sqrt(a * np.linalg.norm(g))):
        return None
    t = np.zeros_like(g)
    for _ in range(MAX_ITERATIONS):
        previous, t = t, np.array(g, order="F")
        add_symmetric_product(t, B, previous)
        t /= a + g.T @ previous
        if np.allclose(t, previous, rtol=LAST_STEP, atol=LAST_STEP_FROM_0):
            break
    direction = np.vstack([[[1.0]], t])
    return direction / np.linalg.norm(direction)


def _eigh(A: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Eigenvalues and eigenvectors by LAPACK; older versions of scipy refuse a single row."""
    if len(A) == 1:
        return A[0].copy(), np.ones((1, 1))
    return scipy.linalg.eigh(A, driver=choose_driver(len(A)), overwrite_a=True, check_finite=False)
