"""Many traits, each at its own h of the null model, and many markers.

The numerators gᵀP(h)y of all traits are one product of matrices. The denominators gᵀP(h)g, one
for each trait and marker, are functions of h for each marker: traits whose h lie in the same part
of [0, 1] share values at Chebyshev nodes there, and a second, smaller product interpolates
1 / gᵀPg to the h of each trait.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
from scipy.linalg import blas
from sklearn.utils import gen_batches

from .chebyshev import Share
from .contrast_spectrum import Contrasts, ContrastSpectrum
from .explained import Explained
from .pieces import pieces_of

TRAITS_AT_A_TIME = 256
"""The number of traits whose results for as many markers stay in the cache."""
MARKERS_AT_A_TIME = 256
PAIRS_AT_A_TIME = 1024
MANY_PAIRS = 2**17
ROUNDING = 1e-12
"""The difference of shares up to which two markers explain the same."""
LONGEST_PIECE = 4.0
"""In logits: few nodes, and little that 1 / gᵀPg varies."""


class Maxima(NamedTuple):
    """The marker that explains most of each trait, of shape (n_traits,).

    Attributes
    ----------
    share : ndarray
        The largest share of yᵀPy that a marker explains; −inf where no marker has an effect.
    marker : ndarray of int
        Which one it is, the first of those that are equal, to rounding.
    """

    share: np.ndarray
    marker: np.ndarray


class _TraitsOfAPiece(NamedTuple):
    """Traits whose h lie in the same part of [0, 1].

    Attributes
    ----------
    traits : ndarray of int of shape (k,)
    precisions : ndarray of shape (n_nodes, r)
        1 / (σ D + 1 − σ) at the nodes.
    noise : ndarray of shape (n_nodes, 1)
        1 − σ
    to_own_h : ndarray of shape (k, n_nodes)
        From values at the nodes to those at the h of each trait.
    """

    traits: np.ndarray
    precisions: np.ndarray
    noise: np.ndarray
    to_own_h: np.ndarray


class ManyTraits:
    """Traits of the same rows, each at an h of its own.

    Parameters
    ----------
    spectrum : ContrastSpectrum
        Of K beside X.
    residuals : ndarray of shape (n, n_traits)
        What least squares on X leave of the traits.
    h : ndarray of shape (n_traits,)
        On the scale of K, from 0 to the largest h, both included.

    Attributes
    ----------
    rss : ndarray of shape (n_traits,)
        yᵀPy
    """

    def __init__(self, spectrum: ContrastSpectrum, residuals: np.ndarray, h: np.ndarray):
        self.spectrum = spectrum
        Y = spectrum.transform(np.asfortranarray(residuals))
        sigma = spectrum.to_sigma(np.asarray(h, dtype=float))
        share = Share(sigma, 1 - sigma)
        self._Py = np.empty(Y.inside.shape, order="F")
        self._outside = spectrum.leave(Y)
        self._share = Share(*np.empty((2, len(sigma))))
        self.rss = np.empty(len(sigma))
        self._groups = []
        left = np.ones(len(sigma), dtype=bool)
        pieces = pieces_of(spectrum, longest=LONGEST_PIECE)
        for number, piece in enumerate(pieces):
            with np.errstate(divide="ignore"):
                place = piece.place_of(share)
            traits = np.flatnonzero(left & ((place <= 1) | (number == len(pieces) - 1)))
            left[traits] = False
            if not len(traits):
                continue
            u = np.clip(place[traits], -1, 1)
            self._solve(Y, traits, piece.share_at(u))
            nodes = piece.shares
            group = _TraitsOfAPiece(
                traits, self._precisions(nodes), nodes.noise[:, None], piece.weights(u)
            )
            self._groups.append(group)

    def transform(self, G: np.ndarray) -> Contrasts:
        """Transform markers that are free of fixed effects, in Fortran order."""
        return self.spectrum.transform(G)

    def explain(self, G: np.ndarray) -> Explained:
        """Test columns that are free of fixed effects, 0 if nothing is left of them.

        Returns
        -------
        Explained
            With arrays of shape (n_traits, m); those of `rank`, `rss` and `df` are read-only.
        """
        return self.explain_transformed(self.transform(G))

    def explain_transformed(self, G: Contrasts) -> Explained:
        """The same, from what `transform` has made of them."""
        shape = (len(self.rss), len(G.squares_outside))
        gPy, variance = np.empty(shape), np.empty(shape)
        has_effect = _has_effect(G)
        for group, inverse in self._inverses(G, has_effect):
            gPy[group.traits] = self._numerators(group.traits, G).T
            variance[group.traits] = blas.dgemm(1.0, inverse, group.to_own_h, trans_b=1).T
        variance[:, ~has_effect] = np.nan
        beta = gPy * variance
        counts = np.array(self.spectrum.df), np.array(len(self.spectrum.basis))
        rank, rss, df, n = (
            np.broadcast_to(values, shape)
            for values in (has_effect.astype(int), self.rss[:, None], *counts)
        )
        return Explained(beta, variance, beta * gPy, rank, rss, df, n, rss)

    def explain_pairs(self, G: Contrasts, traits: np.ndarray, markers: np.ndarray) -> Explained:
        """Test some markers, each in one trait, at its h itself.

        Parameters
        ----------
        G : Contrasts
        traits, markers : ndarray of int of shape (k,)
            Their places; the markers have to have effects.
        """
        gPy, gPg = np.empty((2, len(traits)))
        for start in range(0, len(traits), PAIRS_AT_A_TIME):
            some = slice(start, start + PAIRS_AT_A_TIME)
            gPy[some], gPg[some] = self._products(G, traits[some], markers[some])
        return self._explained(traits, gPy, 1 / gPg)

    def explain_above(
        self, G: Contrasts, share: float
    ) -> Iterator[tuple[np.ndarray, np.ndarray, Explained]]:
        """Traits, markers and tests of the pairs that explain more than a share of yᵀPy.

        There is one element of the iterator, and more where pairs are many.
        """
        has_effect, found, n_found = _has_effect(G), [], 0
        for traits, markers, gPy, variance in self._in_parts(G, has_effect):
            gPy, variance = gPy.T, variance.T
            squares = np.square(gPy)
            squares *= variance
            is_above = squares > share * self.rss[traits, None]
            is_above &= has_effect[markers]
            trait, marker = np.nonzero(is_above)
            found.append(
                (traits[trait], markers.start + marker, gPy[is_above], variance[is_above])
            )
            n_found += len(trait)
            if n_found > MANY_PAIRS:
                yield self._joined(found)
                found, n_found = [], 0
        yield self._joined(found)

    def _joined(self, found: list) -> tuple[np.ndarray, np.ndarray, Explained]:
        nothing = (np.empty(0, dtype=int),) * 2 + (np.empty(0),) * 2
        parts = zip(nothing, *found, strict=True)
        traits, markers, gPy, variance = (np.concatenate(part) for part in parts)
        return traits, markers, self._explained(traits, gPy, variance)

    def _explained(self, traits: np.ndarray, gPy: np.ndarray, variance: np.ndarray) -> Explained:
        beta, rss = gPy * variance, self.rss[traits]
        counts = 1, self.spectrum.df, len(self.spectrum.basis)
        rank, df, n = (np.full(len(traits), count) for count in counts)
        return Explained(beta, variance, beta * gPy, rank, rss, df, n, rss)

    def maxima(self, G: np.ndarray) -> Maxima:
        """Find the marker that explains most of each trait, without an array of all of them."""
        return self.maxima_transformed(self.transform(G))

    def maxima_transformed(self, G: Contrasts) -> Maxima:
        """The same, from what `transform` has made of them."""
        has_effect = _has_effect(G)
        best = np.full(len(self.rss), -np.inf)
        marker = np.zeros(len(self.rss), dtype=int)
        for traits, markers, gPy, variance in self._in_parts(G, has_effect):
            squares = np.square(gPy, out=gPy)
            squares *= variance
            squares[~has_effect[markers]] = -np.inf
            height = squares.max(axis=0)
            higher = np.flatnonzero(height > best[traits] * (1 + ROUNDING))
            height, traits = height[higher], traits[higher]
            best[traits] = height
            is_as_high = squares[:, higher] >= height * (1 - ROUNDING)
            marker[traits] = markers.start + is_as_high.argmax(axis=0)
        return Maxima(best / self.rss, marker)

    def _in_parts(
        self, G: Contrasts, has_effect: np.ndarray
    ) -> Iterator[tuple[np.ndarray, slice, np.ndarray, np.ndarray]]:
        """Some traits and markers at a time: gᵀPy, and 1 / gᵀPg or 0, of shape (m, k)."""
        for group, inverse in self._inverses(G, has_effect):
            for markers in gen_batches(len(has_effect), MARKERS_AT_A_TIME):
                some = Contrasts(*(part[..., markers] for part in G))
                of_markers = np.asfortranarray(inverse[markers])
                for part in gen_batches(len(group.traits), TRAITS_AT_A_TIME):
                    traits = group.traits[part]
                    variance = blas.dgemm(1.0, of_markers, group.to_own_h[part], trans_b=1)
                    yield traits, markers, self._numerators(traits, some), variance

    def _precisions(self, share: Share) -> np.ndarray:
        """1 / (σ D + 1 − σ), of shape (k, r)."""
        variances = np.outer(share.sigma, self.spectrum.eigenvalues) + share.noise[:, None]
        return np.asfortranarray(1 / variances)

    def _solve(self, Y: Contrasts, traits: np.ndarray, share: Share) -> None:
        """UᵀAᵀPy, and what of Py is outside, of some of the traits."""
        for of_all, own in zip(self._share, share, strict=True):
            of_all[traits] = own
        Py = self._precisions(share).T * Y.inside[:, traits]
        self.rss[traits] = np.einsum("ij,ij->j", Py, Y.inside[:, traits])
        self._Py[:, traits] = Py
        if self.spectrum.n_outside:
            self.rss[traits] += Y.squares_outside[traits] / share.noise
            self._outside[:, traits] /= share.noise

    def _numerators(self, traits: np.ndarray, G: Contrasts) -> np.ndarray:
        """gᵀPy, of shape (m, k) in Fortran order."""
        product = blas.dgemm(1.0, G.inside, self._Py[:, traits], trans_a=1)
        if self.spectrum.n_outside:
            outside = self._outside[:, traits]
            product = blas.dgemm(1.0, G.columns, outside, 1.0, product, trans_a=1, overwrite_c=1)
        return product

    def _products(
        self, G: Contrasts, traits: np.ndarray, markers: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """gᵀPy and gᵀPg of pairs of traits and markers."""
        share = Share(*(of_all[traits] for of_all in self._share))
        inside = G.inside[:, markers]
        gPy = np.einsum("ij,ij->j", inside, self._Py[:, traits])
        gPg = np.einsum("ij,ij,ji->j", inside, inside, self._precisions(share))
        if self.spectrum.n_outside:
            gPy += np.einsum("ij,ij->j", G.columns[:, markers], self._outside[:, traits])
            gPg += G.squares_outside[markers] / share.noise
        return gPy, gPg

    def _inverses(
        self, G: Contrasts, has_effect: np.ndarray
    ) -> Iterator[tuple[_TraitsOfAPiece, np.ndarray]]:
        """1 / gᵀPg at the nodes of each group of traits, of shape (m, n_nodes)."""
        squared = np.square(G.inside)
        for group in self._groups:
            gPg = blas.dgemm(1.0, squared, group.precisions, trans_a=1, trans_b=1)
            if self.spectrum.n_outside:
                gPg += G.squares_outside[:, None] / group.noise.T
            where = np.broadcast_to(has_effect[:, None], gPg.shape)
            yield group, np.divide(1, gPg, out=np.zeros_like(gPg), where=where)


def _has_effect(G: Contrasts) -> Any:
    return np.any(G.columns, axis=0)
