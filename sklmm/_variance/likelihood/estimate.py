"""What a fit says of some traits, on the scale of K.

The search runs on K divided by its mean diagonal c, where its h' means the same for every K. On
the scale of K itself

    s = h'v'/c,    t = (1 − h')v',    v = s + t,    h = s/v.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .mixed_model import MixedModel, Part
from .profile import GeneralizedLeastSquares
from .scale import rescale

MIN_TO_TELL = 1e-10
"""Less of 1 - h has fewer than six digits next to 1."""
TINY = 1e-6
"""A mean diagonal of K below which h is nearer to 1 than the data say."""


@dataclass(frozen=True, eq=False)
class Estimate:
    """The model of some traits, at one h for each.

    Attributes
    ----------
    model : MixedModel
    scaled_h, scaled_v : ndarray of shape (n_traits,)
        On the scale of the reduction.
    coefficients : ndarray of shape (n_traits, rank)
        Of the basis of the fixed effects.
    log_likelihood : ndarray of shape (n_traits,)
    flat, unbounded : ndarray of bool of shape (n_traits,)
        As in `search.Maximum`.
    """

    model: MixedModel
    scaled_h: np.ndarray
    scaled_v: np.ndarray
    coefficients: np.ndarray
    log_likelihood: np.ndarray
    flat: np.ndarray
    unbounded: np.ndarray

    @classmethod
    def from_part(cls, part: Part) -> Estimate:
        s = part.solutions
        b = part.model.coefficients(s.b)
        return cls(part.model, s.h, s.v, b, s.log_likelihood, s.flat, s.unbounded)

    def solution(self, trait: int) -> GeneralizedLeastSquares:
        """The least squares of a trait at its h."""
        return self.model.profile(trait).at(self.scaled_h[trait])

    @property
    def h(self) -> np.ndarray:
        """h on the scale of K, of shape (n_traits,)."""
        return rescale(self.scaled_h, 1 / self.model.reduction.scale)

    @property
    def normalized_h(self) -> np.ndarray:
        """h for K over its mean diagonal, of shape (n_traits,)."""
        return rescale(self.scaled_h, self.model.reduction.magnification)

    @property
    def v(self) -> np.ndarray:
        """The total variance on the scale of K, of shape (n_traits,)."""
        return self.scaled_v * (self.coefficient_of_K + (1 - self.scaled_h))

    @property
    def b(self) -> np.ndarray:
        """Coefficients of the columns of X, of shape (n_traits, p)."""
        return self.coefficients @ self.model.fixed_effects.to_coefficients.T

    @property
    def coefficient_of_K(self) -> np.ndarray:
        """The coefficient of K in V' = h'/c K + (1 − h')I."""
        return self.model.reduction.coefficient_of_K(self.scaled_h)

    @property
    def exact(self) -> np.ndarray:
        """Whether y = X b."""
        return self.model.is_exact

    @property
    def mean_diagonal(self) -> float:
        """The mean diagonal of K."""
        return self.model.reduction.scale * self.model.reduction.magnification

    @property
    def largest_h(self) -> float:
        """The h up to which V is positive definite."""
        return self.model.largest_h

    @property
    def smallest_eigenvalue(self) -> float | None:
        """The smallest eigenvalue of K, where it is clearly negative."""
        smallest = self.model.reduction.definiteness.smallest_eigenvalue
        return None if smallest is None else smallest * self.model.reduction.scale

    @property
    def pve(self) -> np.ndarray:
        """h c / (h c + 1 − h) with c = tr(K − 11'K/n) / (n − 1)."""
        reduction = self.model.reduction
        trace = reduction.n * reduction.magnification
        centered_trace = trace - reduction.mean_relationship()
        if centered_trace <= reduction.n * np.finfo(float).eps * trace:
            return np.zeros(self.model.n_traits)
        return rescale(self.scaled_h, centered_trace / (reduction.n - 1))

    @property
    def share_beside_intercept(self) -> float:
        """What an intercept leaves of tr K."""
        reduction = self.model.reduction
        has_intercept = self.model.fixed_effects.has_intercept
        trace = reduction.n * reduction.magnification
        return 1 - reduction.mean_relationship() / trace if has_intercept else 1.0

    @property
    def has_lost_digits(self) -> np.ndarray:
        """Whether a float says little of 1 - h: little noise beside a singular K, or a tiny K."""
        definiteness = self.model.reduction.definiteness
        is_inside = self.scaled_h < definiteness.largest_h
        may_lose = is_inside & (definiteness.null_space_is_exact or self.mean_diagonal < TINY)
        return may_lose & (1 - self.h < MIN_TO_TELL)
