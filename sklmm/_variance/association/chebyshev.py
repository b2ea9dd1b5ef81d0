"""Functions of h on all of [0, 1] by Chebyshev polynomials in pieces.

What a likelihood is made of, Σ gᵢ² / (σ δᵢ + 1 − σ) and its logarithm, is analytic in
x = logit σ for |Im x| < π, and next to 0 and 1 in σ / (1 − σ) and in its inverse. So one
polynomial in x from the largest δ to the smallest, and two short ones to the ends, are exact
to rounding.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import scipy.special

DIGITS = 30.0
"""−log of the error of a polynomial, relative to what it stands for."""
NODES_TO_AN_END = 13
"""The nearest δ is by e further away than the piece is long."""
MARGIN = 1.0
LARGEST_LOGIT = 47.0
"""Up to which a δ of 0 can make a maximum: 1 − σ is 4e-21."""
POINTS_PER_NODE = 4


class Share(NamedTuple):
    """σ and 1 − σ, which has digits of its own."""

    sigma: np.ndarray
    noise: np.ndarray

    @classmethod
    def of_logits(cls, logits: np.ndarray) -> Share:
        return cls(scipy.special.expit(logits), scipy.special.expit(-np.asarray(logits)))

    @classmethod
    def of_odds(cls, odds: np.ndarray) -> Share:
        """Shares from σ / (1 − σ)."""
        return cls(odds / (1 + odds), 1 / (1 + odds))


class Piece:
    """A part of [0, 1], as u from −1 to 1.

    Parameters
    ----------
    n_nodes : int
    share_at : callable
        σ at u, rising.
    place_of : callable
        u at σ.
    length : float
        In logits, infinite where it ends at 0 or 1.
    """

    def __init__(
        self,
        n_nodes: int,
        share_at: Callable[[np.ndarray], Share],
        place_of: Callable[[Share], np.ndarray],
        length: float,
    ):
        self.nodes = -np.cos(np.pi * np.arange(n_nodes) / (n_nodes - 1))
        self.share_at = share_at
        self.place_of = place_of
        self.length = length

    @classmethod
    def from_0(cls, stop: float) -> Piece:
        """The part up to a logit."""
        odds = np.exp(stop)
        return cls(
            NODES_TO_AN_END,
            lambda u: Share.of_odds(odds * (1 + u) / 2),
            lambda share: 2 * share.sigma / (share.noise * odds) - 1,
            np.inf,
        )

    @classmethod
    def between(cls, start: float, stop: float) -> Piece:
        """The part between two logits."""
        middle, half = (start + stop) / 2, (stop - start) / 2
        n_nodes = max(NODES_TO_AN_END, int(np.ceil(DIGITS / np.arcsinh(np.pi / half))) + 1)
        return cls(
            n_nodes,
            lambda u: Share.of_logits(middle + half * u),
            lambda share: (np.log(share.sigma / share.noise) - middle) / half,
            stop - start,
        )

    @classmethod
    def to_1(cls, start: float) -> Piece:
        """The part from a logit on."""
        odds = np.exp(-start)
        return cls(
            NODES_TO_AN_END,
            lambda u: _swapped(Share.of_odds(odds * (1 - u) / 2)),
            lambda share: 1 - 2 * share.noise / (share.sigma * odds),
            np.inf,
        )

    @property
    def shares(self) -> Share:
        """σ at the nodes."""
        return self.share_at(self.nodes)

    @cached_property
    def to_coefficients(self) -> np.ndarray:
        """The matrix that makes Chebyshev coefficients of values at the nodes."""
        vander = np.polynomial.chebyshev.chebvander(self.nodes, len(self.nodes) - 1)
        return np.asfortranarray(np.linalg.inv(vander))

    @cached_property
    def to_slopes(self) -> np.ndarray:
        """The matrix that makes coefficients of the derivative in u of them."""
        return np.asfortranarray(np.polynomial.chebyshev.chebder(self.to_coefficients))

    @cached_property
    def to_bends(self) -> np.ndarray:
        """The matrix that makes coefficients of the second derivative in u of them."""
        return np.asfortranarray(np.polynomial.chebyshev.chebder(self.to_coefficients, 2))

    @cached_property
    def points(self) -> np.ndarray:
        """Places among which maxima are looked for, with both ends."""
        n_points = POINTS_PER_NODE * (len(self.nodes) - 1) + 1
        return -np.cos(np.pi * np.arange(n_points) / (n_points - 1))

    @cached_property
    def to_points(self) -> np.ndarray:
        """The matrix that makes values at the points of those at the nodes."""
        return self.weights(self.points)

    def weights(self, u: np.ndarray) -> np.ndarray:
        """Weights of the nodes in values at u, of shape (len(u), n_nodes)."""
        vander = np.polynomial.chebyshev.chebvander(u, len(self.nodes) - 1)
        return np.asfortranarray(vander @ self.to_coefficients)


def evaluate(coefficients: np.ndarray, u: np.ndarray) -> np.ndarray:
    """The series of each column at the u of that column, by Clenshaw's recurrence."""
    first = second = np.zeros_like(u)
    twice = 2 * u
    for coefficient in coefficients[:0:-1]:
        first, second = coefficient + twice * first - second, first
    return coefficients[0] + u * first - second


def pieces_between(
    low: float, high: float, has_upper_end: bool, longest: float = np.inf
) -> list[Piece]:
    """All of [0, 1] where features lie between two logits, or all below a singular upper end.

    With an upper end the last piece is analytic up to σ = 1; without, the last one ends at `high`.

    Parameters
    ----------
    longest : float
        In logits, of pieces that end neither at 0 nor at 1.
    """
    start, stop = low - MARGIN, high + MARGIN * has_upper_end
    edges = np.linspace(start, stop, 1 + max(1, int(np.ceil((stop - start) / longest))))
    inner = [Piece.between(*edge) for edge in pairwise(edges)]
    return [Piece.from_0(start), *inner, *([Piece.to_1(stop)] if has_upper_end else [])]


def _swapped(share: Share) -> Share:
    return Share(share.noise, share.sigma)
