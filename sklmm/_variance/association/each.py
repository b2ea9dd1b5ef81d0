"""Markers of one column, each at the h that is most likely beside it.

For every marker the likelihood is evaluated at nodes that cover all h, for all markers by two
products of matrices at each node; polynomials through these values (see `chebyshev`) then stand
for it to rounding, and no vector of length n is touched again. With ρ² = (gᵀPy)² / (gᵀPg yᵀPy),
and on the scale of `ContrastSpectrum`, up to constants,

    REML  −2ℓ = (n − p − 1) log(yᵀPy (1 − ρ²)) + log|V| + log|XᵀV⁻¹X| + log gᵀPg − log gᵀg
    ML    −2ℓ = n log(yᵀPy (1 − ρ²)) + log|V|.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy.linalg import blas

from ..linalg.fortran import multiply
from .chebyshev import Piece, evaluate
from .contrast_spectrum import Contrasts, ContrastSpectrum
from .explained import Explained
from .peaks import Peaks, highest_peaks
from .pieces import pieces_of

MOST_EXPLAINED = 1e-15
"""What a marker leaves of y at least, relative to it: less is rounding."""
SAME_DIRECTION = 1e-13
"""1 − the squared correlation of vectors that differ by rounding alone."""
TINY = 1e-300


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
    null_log_likelihood : ndarray of shape (m,)
        The same without the marker, at its own h and of the same rows. A likelihood ratio is
        twice the difference, if both are full ones.
    """

    found: Explained
    h: np.ndarray
    log_likelihood: np.ndarray
    null_log_likelihood: np.ndarray


class _NullPart(NamedTuple):
    """Sums over what neither K nor X can explain, of shape (m,).

    Attributes
    ----------
    gg, gy : ndarray
    determinant : ndarray
        gg yy − gy²
    """

    gg: np.ndarray
    gy: np.ndarray
    determinant: np.ndarray


class _Values(NamedTuple):
    """Functions of h at the nodes of a piece, of shape (n_nodes, m)."""

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
        self.method = method
        self.is_restricted = method == "reml"
        y = spectrum.transform(np.array(residuals[:, None], order="F"))
        self._inside, self._outside = y.inside[:, 0], spectrum.leave(y)[:, 0]
        self._n_null = spectrum.nullity
        null_rss = float(self._null_part(y).gg[0])
        pieces = pieces_of(spectrum, of_full_likelihood=not self.is_restricted)
        self._parts = [
            _Part(piece, spectrum, self._inside, null_rss, self.is_restricted) for piece in pieces
        ]
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
            some = self.explain_transformed(_select(G, has_effect))
            return scattered([(has_effect, some)], self._nothing(len(squares)))
        if not has_effect.any():
            return self._nothing(len(squares))
        squared, null = np.square(G.inside), self._null_part(G)
        values = [part.values(G, squared, null, squares) for part in self._parts]
        peak = highest_peaks(
            [part.piece for part in self._parts], [value.log_likelihood for value in values]
        )
        without = np.full(len(squares), self.log_likelihood)
        found = self._explained(peak, values)
        return RefittedMarkers(found, self._h_at(peak), peak.value, without)

    def _nothing(self, m: int) -> RefittedMarkers:
        """The answer for m markers of which nothing is left."""
        nan, zero = np.full(m, np.nan), np.zeros(m, dtype=int)
        n = np.full(m, len(self.spectrum.basis))
        found = Explained(nan, nan, nan, zero, nan, np.full(m, self.spectrum.df), n, nan)
        return RefittedMarkers(found, nan, nan, np.full(m, self.log_likelihood))

    def _null_part(self, G: Contrasts) -> _NullPart:
        """Sums over what neither K nor X can explain."""
        is_zero = self.spectrum.eigenvalues == 0
        inside = G.inside[is_zero]
        gg = G.squares_outside + np.einsum("ij,ij->j", inside, inside)
        gy = inside.T @ self._inside[is_zero]
        if self.spectrum.n_outside:
            gy += multiply(G.columns, self._outside[:, None], trans=1)[:, 0]
        yy = np.sum(self._inside[is_zero] ** 2) + np.sum(self._outside**2)
        determinant = gg * yy - gy**2
        is_one = (determinant < SAME_DIRECTION * gg * yy) | (self._n_null < 2)
        return _NullPart(gg, gy, np.where(is_one, 0, determinant))

    def _explained(self, peak: Peaks, values: list[_Values]) -> Explained:
        gPg, rho, yPy = np.empty((3, len(peak.u)))
        for number, (part, value) in enumerate(zip(self._parts, values, strict=True)):
            here = np.flatnonzero(peak.piece == number)
            u, to_coefficients = peak.u[here], part.piece.to_coefficients
            gPg[here] = np.exp(evaluate(multiply(to_coefficients, value.log_gPg[:, here]), u))
            rho[here] = evaluate(multiply(to_coefficients, value.correlation[:, here]), u)
            yPy[here] = np.exp(evaluate((to_coefficients @ part.log_yPy)[:, None], u))
        df = np.full(len(rho), self.spectrum.df)
        beta = rho * np.sqrt(yPy / gPg)
        rank, n = np.ones(len(rho), dtype=int), np.full(len(rho), len(self.spectrum.basis))
        return Explained(beta, 1 / gPg, rho**2 * yPy, rank, yPy, df, n, yPy)

    def _h_at(self, peak: Peaks) -> np.ndarray:
        h = np.empty(len(peak.u))
        for number, part in enumerate(self._parts):
            here = peak.piece == number
            h[here] = self.spectrum.to_h(part.piece.share_at(peak.u[here]).sigma)
        return h


class _Part:
    """What of a likelihood does not depend on the marker, at the nodes of a piece."""

    def __init__(
        self,
        piece: Piece,
        spectrum: ContrastSpectrum,
        y: np.ndarray,
        null_rss: float,
        is_restricted: bool,
    ):
        self.piece = piece
        sigma, noise = piece.shares
        D = np.where(spectrum.eigenvalues > 0, spectrum.eigenvalues, np.inf)
        with np.errstate(invalid="ignore"):
            precisions = 1 / (np.outer(sigma, D) + noise[:, None])
        precisions[:, np.isinf(D)] = 0
        self._precisions = np.asfortranarray(precisions)
        self._Py = np.asfortranarray(precisions * y)
        self._yPy_of_range = (precisions @ np.square(y))[:, None]
        self._null_rss = null_rss
        self._is_singular = spectrum.is_singular
        self._noise = noise[:, None] if spectrum.is_singular else np.ones((1, 1))
        self._yPy = self._yPy_of_range + null_rss / self._noise
        self.log_yPy = np.log(self._yPy[:, 0])
        self._is_restricted = is_restricted
        self._df = spectrum.df if is_restricted else len(spectrum.basis)
        self._logdet = spectrum.restricted_logdet(sigma, noise)
        if not is_restricted:
            self._logdet += spectrum.fixed_logdet(sigma, noise)

    def null_log_likelihood(self) -> np.ndarray:
        """Log-likelihoods without a marker, of shape (n_nodes,)."""
        return -(_deviance(self.log_yPy, self._df) + self._logdet) / 2

    def values(
        self, G: Contrasts, squared: np.ndarray, null: _NullPart, squares: np.ndarray
    ) -> _Values:
        """Functions of h with each marker.

        Parameters
        ----------
        squared : ndarray of shape (r, m)
            Squares of what is inside.
        null : _NullPart
        squares : ndarray of shape (m,)
            gᵀg
        """
        gg = blas.dgemm(1.0, self._precisions, squared)
        gy = blas.dgemm(1.0, self._Py, G.inside)
        gPg, gPy = gg + null.gg / self._noise, gy + null.gy / self._noise
        scale = gPg * self._yPy
        correlation = gPy / np.sqrt(scale)
        if not self._is_singular:
            left = np.maximum(1 - correlation**2, MOST_EXPLAINED)
        else:
            left = np.maximum(self._determinant(gg, gy, null) / scale, TINY)
        log_gPg = np.log(gPg)
        deviance = _deviance(np.log(left * self._yPy), self._df - self._is_restricted)
        deviance += self._logdet[:, None]
        if self._is_restricted:
            deviance += log_gPg - np.log(squares)
        return _Values(log_gPg, correlation, -deviance / 2)

    def _determinant(self, gg: np.ndarray, gy: np.ndarray, null: _NullPart) -> np.ndarray:
        """gᵀPg yᵀPy − (gᵀPy)², from what remains of it next to h = 1."""
        yy = self._yPy_of_range
        of_range = np.maximum(gg * yy - gy**2, MOST_EXPLAINED * gg * yy)
        mixed = np.maximum(yy * null.gg + gg * self._null_rss - 2 * gy * null.gy, 0)
        return of_range + (mixed + null.determinant / self._noise) / self._noise


def _deviance(log_rss: np.ndarray, df: int) -> np.ndarray:
    """−2ℓ without determinants, at the v that is most likely."""
    return df * (log_rss + np.log(2 * np.pi / df) + 1) if df else np.zeros_like(log_rss)


def _select(G: Contrasts, columns: np.ndarray) -> Contrasts:
    """Some of the columns, in Fortran order."""
    chosen, inside = (np.asfortranarray(part[:, columns]) for part in (G.columns, G.inside))
    return Contrasts(chosen, inside, G.squares_outside[columns])


def scattered(
    parts: list[tuple[np.ndarray, RefittedMarkers]], elsewhere: RefittedMarkers
) -> RefittedMarkers:
    """Put parts in the places of markers that they belong to."""
    found = Explained(*(values.copy() for values in elsewhere.found))
    h, log_likelihood, null = (values.copy() for values in elsewhere[1:])
    for columns, part in parts:
        arrays = zip((*found, h, log_likelihood, null), (*part.found, *part[1:]), strict=True)
        for whole, values in arrays:
            whole[columns] = values
    return RefittedMarkers(found, h, log_likelihood, null)
