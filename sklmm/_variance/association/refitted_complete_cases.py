"""Markers at their own h where some genotypes are missing: from the rows that are measured."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import scipy.linalg

from .contrast_spectrum import ContrastSpectrum
from .each import Refit, RefittedMarkers, scattered
from .null_model import free_of, leave

DEPENDENT = 1e-10
"""The relative length up to which the remaining rows do not determine a direction."""


class CompleteCases:
    """Refits of one trait for each pattern of missing rows.

    Each pattern takes a decomposition of its own: exact, and slow where there are many.

    Parameters
    ----------
    refit : Refit
        Of all rows, for markers without missing genotypes.
    spectrum_of : callable
        The `ContrastSpectrum` of some of the rows, given their numbers, a basis of their fixed
        effects, and how many markers are going to be transformed.
    residuals : ndarray of shape (n,)
        As for `refit`.

    Examples
    --------
    >>> def spectrum_of(rows, basis, n_markers):
    ...     return ContrastSpectrum.from_kinship(K[np.ix_(rows, rows)], basis, n_markers)
    """

    def __init__(
        self,
        refit: Refit,
        spectrum_of: Callable[[np.ndarray, np.ndarray, int], ContrastSpectrum],
        residuals: np.ndarray,
    ):
        self._refit = refit
        self._spectrum_of = spectrum_of
        self._residuals = residuals

    def explain(self, G: np.ndarray, is_missing: np.ndarray) -> RefittedMarkers:
        """Test columns that are free of the fixed effects of all rows.

        What stands in the place of a missing genotype does not matter.

        Parameters
        ----------
        G : ndarray of shape (n, m)
        is_missing : ndarray of bool of shape (n, m)
        """
        patterns, which = np.unique(is_missing.T, axis=0, return_inverse=True)
        parts = []
        for number, pattern in enumerate(patterns):
            columns = np.flatnonzero(which.reshape(-1) == number)
            rows = np.flatnonzero(~pattern)
            refit = self._refit if not pattern.any() else self._of(rows, len(columns))
            left, _ = free_of(refit.spectrum.basis, np.array(G[np.ix_(rows, columns)], order="F"))
            parts.append((columns, refit.explain(left)))
        return scattered(parts, self._refit.explain(np.zeros(G.shape, order="F")))

    def _of(self, rows: np.ndarray, n_markers: int) -> Refit:
        U, sizes, _ = scipy.linalg.svd(self._refit.spectrum.basis[rows], full_matrices=False)
        basis = np.asfortranarray(U[:, sizes > DEPENDENT])
        y = leave(basis, self._residuals[rows, None])
        return Refit(self._spectrum_of(rows, basis, n_markers), y[:, 0], self._refit.method)
