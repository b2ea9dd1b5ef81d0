"""Generalized least squares of several traits, each at its own h: the store of a search.

It is made empty, each trait is set by whatever finds its h, and when all are, a `Part` has it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .search import Maximum


@dataclass(eq=False)
class Solutions:
    """Solutions rotated by the reduction, and on its scale.

    Attributes
    ----------
    h, v, log_likelihood : ndarray of shape (n_traits,)
    b : ndarray of shape (n_traits, rank)
    V_inverse_r : ndarray of shape (n, n_traits)
        V⁻¹r
    flat, unbounded : ndarray of bool of shape (n_traits,)
        As in `Maximum`.
    """

    h: np.ndarray
    v: np.ndarray
    log_likelihood: np.ndarray
    b: np.ndarray
    V_inverse_r: np.ndarray
    flat: np.ndarray
    unbounded: np.ndarray

    @classmethod
    def empty(cls, Y: np.ndarray, rank: int) -> Solutions:
        """Solutions to be filled in, for traits Y of shape (n, n_traits)."""
        T = Y.shape[1]
        h, v, log_likelihood = np.empty((3, T))
        flat, unbounded = np.zeros((2, T), dtype=bool)
        return cls(h, v, log_likelihood, np.empty((T, rank)), np.empty_like(Y), flat, unbounded)

    def select_traits(self, traits: np.ndarray) -> Solutions:
        """The same for some of the traits."""
        return Solutions(
            self.h[traits],
            self.v[traits],
            self.log_likelihood[traits],
            self.b[traits],
            self.V_inverse_r[:, traits],
            self.flat[traits],
            self.unbounded[traits],
        )

    def set(self, trait: int, maximum: Maximum) -> None:
        """Fill in one trait."""
        solution = maximum.solution
        self.h[trait] = solution.h
        self.v[trait] = solution.v
        self.b[trait] = solution.b
        self.V_inverse_r[:, trait] = solution.V_inverse_r()[:, 0]
        self.log_likelihood[trait] = np.inf if maximum.unbounded else solution.log_likelihood
        self.flat[trait] = maximum.flat
        self.unbounded[trait] = maximum.unbounded
