"""V⁻¹ among the rows of a fit, where rounding leaves something of it.

Beside a K that is singular, to rounding, V = s K + t I loses its inverse as t goes to 0. Products
with V⁻¹ ask for less of it than blocks of P = V⁻¹ − V⁻¹X (XᵀV⁻¹X)⁻¹XᵀV⁻¹, which are differences.
P is the same for K + c X Xᵀ, which may be regular where K is not.
"""

from __future__ import annotations

from functools import cached_property

from .likelihood.estimate import Estimate
from .reductions.base import RelatedRows
from .reductions.precision import DenseKinship, Precision, Precisions, identity_precision

MIN_NOISE_OF_PRODUCTS = 1e-14
"""The share of t in s K + t I below which whitened columns have lost half of their digits."""
MIN_NOISE_OF_BLOCKS = 1e-5
"""Below, held-out errors may be off by more than 1e-9."""


class RegularPrecisions:
    """V⁻¹ for any s and t of V = s K + t I, or None where it is lost.

    Parameters
    ----------
    estimate : Estimate
        Of the traits that are measured in these rows, on K as they are fitted.
    rows : RelatedRows
        Of the fit.
    """

    def __init__(self, estimate: Estimate, rows: RelatedRows):
        self._model = estimate.model
        self._mean_diagonal = estimate.mean_diagonal
        self._rows = rows

    def of_products(self, s: float, t: float) -> Precision | None:
        """V⁻¹ for products V⁻¹ᐟ² M and V⁻¹ M. **It is valid until the next one is made.**"""
        return self._at(s, t, MIN_NOISE_OF_PRODUCTS)

    def of_blocks(self, s: float, t: float) -> Precision | None:
        """One that has the P of V, also for its blocks. **Valid until the next one is made.**

        Of markers, K itself is not made.
        """
        return self._with_same_P(s, t, MIN_NOISE_OF_BLOCKS)

    def of_contrasts(self, s: float, t: float) -> Precision | None:
        """One that has the P of V, for products. **Valid until the next one is made.**"""
        return self._with_same_P(s, t, MIN_NOISE_OF_PRODUCTS)

    def _with_same_P(self, s: float, t: float, min_noise: float) -> Precision | None:
        precision = self._at(s, t, min_noise)
        if precision is None and s > 0 and self._model.reduction.uses_relationships:
            precision = self._beside_fixed_effects.regular_precision(s, t)
        return precision

    def _at(self, s: float, t: float, min_noise: float) -> Precision | None:
        if s == 0:
            return identity_precision(self._model.reduction.n, t) if t > 0 else None
        definiteness = self._model.reduction.definiteness
        if not definiteness.null_space_is_exact:
            min_noise = max(min_noise, 1 - definiteness.last_steady_h / definiteness.largest_h)
        if definiteness.margin and self._noise(s, t) < min_noise:
            return None
        return self._precisions.at(s, t)

    def _noise(self, s: float, t: float) -> float:
        """1 − h/h_max on K over its mean diagonal, with all digits where h_max is 1."""
        of_K = s * self._mean_diagonal
        below = of_K * (1 / self._model.reduction.definiteness.largest_h - 1)
        return (t - below) / (of_K + t)

    @cached_property
    def _precisions(self) -> Precisions:
        return self._model.reduction.precisions(self._rows)

    @cached_property
    def _beside_fixed_effects(self) -> DenseKinship:
        basis = self._model.fixed_effects.basis
        return DenseKinship(self._rows.relationships() + self._mean_diagonal * basis @ basis.T)
