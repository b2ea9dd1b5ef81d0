"""What a fit says of each trait."""

from __future__ import annotations

from typing import Any

import numpy as np

from ._variance.fit import Fit


class Results:
    """Results of all traits, filled in as they are fitted.

    Parameters
    ----------
    n_rows, n_traits, n_effects : int
    given_h : None, "loo" or ndarray of shape (n_traits,)
        Whether h maximized the likelihood, minimized errors of leave-one-out, or was held.

    Attributes
    ----------
    h, v, log_likelihood, pve : ndarray of shape (n_traits,)
    b : ndarray of shape (n_traits, n_effects)
    dual_coef, random_effects : ndarray of shape (n_traits, n_rows)
        0 in rows where a trait is not measured.
    exact, flat, unbounded, has_lost_digits : ndarray of bool of shape (n_traits,)
    smallest_eigenvalue, largest_h, share_beside_intercept, mean_diagonal : ndarray of shape \
(n_traits,)
        As in `Estimate`.
    groups : list of (rows, traits)
        Which traits are fitted to which rows.
    """

    def __init__(self, n_rows: int, n_traits: int, n_effects: int, given_h: Any):
        self.n_rows = n_rows
        self.n_traits = n_traits
        self.given_h = given_h
        self.h, self.v, self.log_likelihood, self.pve = np.empty((4, n_traits))
        self.b = np.empty((n_traits, n_effects))
        self.dual_coef = self.random_effects = np.empty((0, 0))
        no = np.zeros((4, n_traits), dtype=bool)
        self.exact, self.flat, self.unbounded, self.has_lost_digits = no
        self.smallest_eigenvalue, self.largest_h = np.empty((2, n_traits))
        self.share_beside_intercept, self.mean_diagonal = np.empty((2, n_traits))
        self.groups: list[tuple[np.ndarray, np.ndarray]] = []

    def take(self, rows: np.ndarray, fit: Fit) -> None:
        """The fit of some traits to some rows."""
        traits, estimate = fit.traits, fit.estimate
        is_held = isinstance(self.given_h, np.ndarray)
        self.h[traits] = self.given_h[traits] if is_held else estimate.h
        self.v[traits] = estimate.v
        self.log_likelihood[traits] = estimate.log_likelihood
        self.pve[traits] = estimate.pve
        self.b[traits] = estimate.b
        self.exact[traits] = estimate.exact
        self.flat[traits] = estimate.flat
        self.unbounded[traits] = estimate.unbounded
        self.has_lost_digits[traits] = estimate.has_lost_digits & (not is_held)
        smallest = estimate.smallest_eigenvalue
        self.smallest_eigenvalue[traits] = np.nan if smallest is None else smallest
        self.largest_h[traits] = estimate.largest_h
        self.share_beside_intercept[traits] = estimate.share_beside_intercept
        self.mean_diagonal[traits] = estimate.mean_diagonal
        self.dual_coef = self._fill(self.dual_coef, rows, traits, fit.dual_coef)
        self.random_effects = self._fill(self.random_effects, rows, traits, fit.random_effects)
        self.groups.append((rows, traits))

    def _fill(
        self, values: np.ndarray, rows: np.ndarray, traits: np.ndarray, some: np.ndarray
    ) -> np.ndarray:
        shape = self.n_traits, self.n_rows
        if some.shape == shape:
            return some
        if not values.size:
            values = np.zeros(shape)
        values[np.ix_(traits, rows)] = some
        return values
