"""What the fixed effects leave of each trait, by ordinary least squares."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from sklearn.utils import gen_batches

from ..linalg.squares import has_usable_square
from ..linalg.threads import map_batches
from .fixed_effects import FixedEffects

TRAITS_IN_CACHE = 128


class Residuals(NamedTuple):
    """Each trait as a part in the space of the fixed effects and one orthogonal to it.

    Attributes
    ----------
    least_squares : ndarray of shape (n_traits, rank)
        The coefficients of the basis.
    values : ndarray of shape (n, n_traits), in Fortran order
    is_exact : ndarray of bool of shape (n_traits,)
        Whether nothing is left but rounding.
    """

    least_squares: np.ndarray
    values: np.ndarray
    is_exact: np.ndarray


def residualize(Y: np.ndarray, fixed_effects: FixedEffects) -> Residuals:
    """Least squares of each trait on the fixed effects."""
    (n, T), basis = Y.shape, fixed_effects.basis
    least_squares, residuals = np.empty((T, basis.shape[1])), np.empty((T, n))
    is_exact = np.empty(T, dtype=bool)

    def residualize(traits: slice) -> None:
        rows = residuals[traits]
        rows[:] = Y[:, traits].T
        total = np.sqrt(np.einsum("ti,ti->t", rows, rows))
        _refuse_unusable_scale(rows[~has_usable_square(total)])
        explained = least_squares[traits] = rows @ basis
        rows -= explained @ basis.T
        size = np.sqrt(np.einsum("ti,ti->t", rows, rows))
        rounding = np.sqrt(n) * np.finfo(float).eps * total + fixed_effects.rounding_of(explained)
        is_exact[traits] = size <= 4 * rounding
        rows[is_exact[traits]] = 0

    map_batches(residualize, gen_batches(T, TRAITS_IN_CACHE))
    return Residuals(least_squares, residuals.T, is_exact)


def _refuse_unusable_scale(rows: np.ndarray) -> None:
    """Refuse traits whose squares may be 0 or infinite; a trait of zeros is exact."""
    largest = np.abs(rows).max(axis=1)
    if largest.any():
        raise ValueError(
            f"y varies on a scale of {largest[largest > 0][0]:.3g}, whose square is not a usable "
            "number. Divide that trait by it."
        )
