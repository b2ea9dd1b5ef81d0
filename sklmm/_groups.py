"""What is kept of traits that are measured in the same rows?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ._variance.fit import Fit
from ._variance.likelihood.estimate import Estimate
from ._variance.reductions.base import BackRotation


@dataclass(frozen=True, eq=False)
class FittedGroup:
    """Traits that are measured in the same rows, and share a reduction of K.

    Attributes
    ----------
    rows, traits : ndarray of int
        Their numbers among all.
    estimate : Estimate
    back : BackRotation
        From what the model has rotated to the rows.
    """

    rows: np.ndarray
    traits: np.ndarray
    estimate: Estimate
    back: BackRotation

    @classmethod
    def from_fit(cls, rows: np.ndarray, fit: Fit) -> FittedGroup:
        return cls(rows, fit.traits, fit.estimate, fit.back)

    def residuals(self) -> np.ndarray:
        """What least squares on the fixed effects leave of the traits, of shape (n, k)."""
        model = self.estimate.model
        return self.back.apply(model.reduction, model.Y)

    def residuals_of(self, places: np.ndarray) -> np.ndarray:
        """The same for some of the traits, by their places among these."""
        model = self.estimate.model
        return self.back.select_traits(places).apply(model.reduction, model.Y[:, places])
