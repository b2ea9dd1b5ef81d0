"""Markers of one column, each at the h that is most likely beside it.

For every marker the likelihood is evaluated at nodes that cover all h, for all markers by two
products of matrices at each node; polynomials through these values (see `chebyshev`) then stand
for it to rounding, and no vector of length n is touched again. With ρ² = (gᵀPy)² / (gᵀPg yᵀPy),
and on the scale of `ContrastSpectrum`, up to constants,

    REML  −2ℓ = (n − p − 1) log(yᵀPy (1 − ρ²)) + log|V| + log|XᵀV⁻¹X| + log gᵀPg − log gᵀg
    ML    −2ℓ = n log(yᵀPy (1 − ρ²)) + log|V|.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from scipy.linalg import blas

from .chebyshev import LARGEST_LOGIT, Piece, evaluate, pieces_between
from .contrast_spectrum import Contrasts, ContrastSpectrum
from .peaks import Peaks, highest_peaks
from .single import Explained

MOST_EXPLAINED = 1e-15
"""What a marker leaves of y at least, relative to it: less is rounding."""
ROOM_BELOW_A_SPIKE = 3.0
"""Beyond the last feature and log n, nothing but a rise without bound is left."""


class RefittedMarkers(NamedTuple):
    """What each marker explains at its own h.

    Attributes
    ----------
    found : Explained
        nan, and of rank 0, where nothing is left of a marker beside the fixed effects.
    h : ndarray of shape (m,)
        On the scale of K.
    log_likelihood : ndarray of shape (m,)
        Of the model with the marker, with all constants: restricted, or full, as `method`.
        It is inf where it rises without bound to the largest h and has no other maximum.
    """

    found: Explained
    h: np.ndarray
    log_likelihood: np.ndarray


class _Values(NamedTuple):
    """At the nodes of a piece, of shape (n_nodes, m)."""

    log_gPg: np.ndarray
    correlation: np.ndarray
    log_likelihood: np.ndarray


class Refit:
    """One trait, whose h is found again beside each marker.

    Parameters
    ----------
    spectrum : ContrastSpectrum
        Of K beside X.
    residuals : ndarray of shape (n,)
        What least squares on X leave of y.
    method : {"reml", "ml"}

    Attributes
    ----------
    h : float
        At the maximum without a marker, on the scale of K.
    log_likelihood : float
        There, with all constants.
    """

    def __init__(self, spectrum: ContrastSpectrum, residuals: np.ndarray, method: str):
        self.spectrum = spectrum
        self.is_restricted = method == "reml"
        y = spectrum.transform(np.array(residuals[:, None], order="F"))
        self._outside = spectrum.leave(y)[:, 0]
        pieces = pieces_of(spectrum, self.is_restricted)
        self._parts = [_Part(piece, spectrum, y, self.is_restricted) for piece in pieces]
        values = [part.null_log_likelihood()[:, None] for part in self._parts]
        peak = highest_peaks(pieces, values)
        self.h = float(self._h_at(peak)[0])
        self.log_likelihood = float(peak.value[0])

    def transform(self, G: np.ndarray) -> Contrasts:
        """Transform markers that are free of fixed effects, once for all traits of the same rows.

        Parameters
        ----------
        G : ndarray of shape (n, m)
            In Fortran order.
        """
        return self.spectrum.transform(G)

    def explain(self, G: np.ndarray) -> RefittedMarkers:
        """Test columns that are free of fixed effects, 0 if nothing is left of them."""
        return self.explain_transformed(self.transform(G))

    def explain_transformed(self, G: Contrasts) -> RefittedMarkers:
        """The same, from what `transform` has made of them."""
        squares = np.einsum("ij,ij->j", G.columns, G.columns)
        has_effect = squares > 0
        if not has_effect.all() and has_effect.any():
            return _scatter(self.explain_transformed(_select(G, has_effect)), has_effect)
        if not has_effect.any():
            return _nothing(len(squares), self.spectrum.df)
        squared, outside = np.square(G.inside), np.zeros_like(squares)
        if self.spectrum.n_outside:
            outside = blas.dgemv(1.0, G.columns, self._outside, trans=1)
        values = [part.values(G, squared, outside, squares) for part in self._parts]
        peak = highest_peaks(
            [part.piece for part in self._parts], [value.log_likelihood for value in values]
        )
        return RefittedMarkers(self._explained(peak, values), self._h_at(peak), peak.value)

    def _explained(self, peak: Peaks, values: list[_Values]) -> Explained:
        gPg, rho, yPy = np.empty((3, len(peak.u)))
        for number, (part, value) in enumerate(zip(self._parts, values, strict=True)):
            here = np.flatnonzero(peak.piece == number)
            u, to_coefficients = peak.u[here], part.piece.to_coefficients
            gPg[here] = np.exp(evaluate(to_coefficients @ value.log_gPg[:, here], u))
            rho[here] = evaluate(to_coefficients @ value.correlation[:, here], u)
            yPy[here] = np.exp(evaluate((to_coefficients @ part.log_yPy)[:, None], u))
        df = np.full(len(rho), self.spectrum.df)
        beta = rho * np.sqrt(yPy / gPg)
        return Explained(beta, 1 / gPg, rho**2 * yPy, np.ones(len(rho), dtype=int), yPy, df)

    def _h_at(self, peak: Peaks) -> np.ndarray:
        h = np.empty(len(peak.u))
        for number, part in enumerate(self._parts):
            here = peak.piece == number
            h[here] = self.spectrum.to_h(part.piece.share_at(peak.u[here]).sigma)
        return h


class _Part:
    """What of a likelihood does not depend on the marker, at the nodes of a piece."""

    def __init__(
        self, piece: Piece, spectrum: ContrastSpectrum, y: Contrasts, is_restricted: bool
    ):
        self.piece = piece
        sigma, noise = piece.shares
        self._n_outside = spectrum.n_outside
        self._noise = noise[:, None]
        variances = np.outer(sigma, spectrum.eigenvalues) + self._noise
        self._precisions = np.asfortranarray(1 / variances)
        self._Py = np.asfortranarray(self._precisions * y.inside[:, 0])
        yPy = self._precisions @ np.square(y.inside[:, 0])
        if self._n_outside:
            yPy += y.squares_outside / noise
        with np.errstate(divide="ignore"):
            self.log_yPy = np.log(yPy)
        self._yPy = yPy[:, None]
        self._is_restricted = is_restricted
        self._df = spectrum.df if is_restricted else len(spectrum.basis)
        self._logdet = spectrum.restricted_logdet(sigma, noise)
        if not is_restricted:
            self._logdet += spectrum.fixed_logdet(sigma, noise)

    def null_log_likelihood(self) -> np.ndarray:
        """Without a marker, of shape (n_nodes,)."""
        return -(_deviance(self.log_yPy, self._df) + self._logdet) / 2

    def values(
        self, G: Contrasts, squared: np.ndarray, outside: np.ndarray, squares: np.ndarray
    ) -> _Values:
        """With each marker.

        Parameters
        ----------
        squared : ndarray of shape (r, m)
            Squares of what is inside.
        outside, squares : ndarray of shape (m,)
            gᵀy of what is outside, and gᵀg
        """
        gPg = blas.dgemm(1.0, self._precisions, squared)
        gPy = blas.dgemm(1.0, self._Py, G.inside)
        if self._n_outside:
            gPg += G.squares_outside / self._noise
            gPy += outside / self._noise
        correlation = gPy / np.sqrt(gPg * self._yPy)
        log_gPg = np.log(gPg)
        left = np.log(np.maximum(1 - correlation**2, MOST_EXPLAINED))
        deviance = _deviance(left + self.log_yPy[:, None], self._df - self._is_restricted)
        deviance += self._logdet[:, None]
        if self._is_restricted:
            deviance += log_gPg - np.log(squares)
        return _Values(log_gPg, correlation, -deviance / 2)


def pieces_of(spectrum: ContrastSpectrum, is_restricted: bool) -> list[Piece]:
    """All h, as the eigenvalues ask for."""
    positive = spectrum.eigenvalues[spectrum.eigenvalues > 0]
    if not len(positive):
        return pieces_between(0.0, 0.0, has_upper_end=False)
    largest, inverse = positive.max(), 1 / positive.min()
    has_limit = True
    if not is_restricted:
        along_X = spectrum.sizes_beside
        largest += along_X.sum() + np.sum(spectrum.border**2) * inverse
        has_limit = bool((along_X > 0).all())
        inverse += spectrum.reach_of_fixed_effects()
    low, high = -np.log(largest), np.log(inverse)
    if spectrum.is_singular:
        return pieces_between(low, max(high, LARGEST_LOGIT), has_upper_end=False)
    if not has_limit:
        high += np.log(len(spectrum.basis)) + ROOM_BELOW_A_SPIKE
    return pieces_between(low, high, has_limit)


def _deviance(log_rss: np.ndarray, df: int) -> np.ndarray:
    """−2ℓ without determinants, at the v that is most likely."""
    return df * (log_rss + np.log(2 * np.pi / df) + 1) if df else np.zeros_like(log_rss)


def _select(G: Contrasts, columns: np.ndarray) -> Contrasts:
    """Some of the columns, in Fortran order."""
    chosen, inside = (np.asfortranarray(part[:, columns]) for part in (G.columns, G.inside))
    return Contrasts(chosen, inside, G.squares_outside[columns])


def _nothing(m: int, df: int) -> RefittedMarkers:
    """For markers of which nothing is left."""
    nan, zero = np.full(m, np.nan), np.zeros(m, dtype=int)
    found = Explained(nan, nan, nan, zero, nan, np.full(m, df))
    return RefittedMarkers(found, nan, nan)


def _scatter(part: RefittedMarkers, columns: np.ndarray) -> RefittedMarkers:
    """To where the columns are, with nan and rank 0 elsewhere."""

    def spread(values: np.ndarray, fill: Any = np.nan) -> np.ndarray:
        whole = np.full(len(columns), fill, dtype=values.dtype)
        whole[columns] = values
        return whole

    beta, variance, sum_of_squares, rank, rss, df = part.found
    found = Explained(
        spread(beta),
        spread(variance),
        spread(sum_of_squares),
        spread(rank, 0),
        spread(rss),
        spread(df, df[0]),
    )
    return RefittedMarkers(found, spread(part.h), spread(part.log_likelihood))
