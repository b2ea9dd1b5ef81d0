"""scikit-learn's pairwise convention: X is K[rows, train]."""

from __future__ import annotations

from copy import copy
from typing import ClassVar

import numpy as np

from .._kinship import take_block
from .._matrix import check_relationships
from .base import Remedies, Samples
from .kept import Own, Unsaved


class PrecomputedSamples(Samples):
    """scikit-learn's pairwise convention: X is K[rows, train]."""

    validation: ClassVar = {}
    component = "kernel"

    @property
    def remedies(self):
        return Remedies(
            if_constant="compute X anew from centered features",
            if_indefinite="To repair the matrix, add {shift:.4g} to its diagonal before the fit.",
        )

    def fit(self, X):
        if len(X) != X.shape[1]:
            raise ValueError(
                f"kernel='precomputed' takes a square X in fit, K[train, train], got shape "
                f"{X.shape}. For features choose another kernel."
            )
        self._kept: Own | Unsaved | None = Own(check_relationships(X, "X"))
        return self.covariates(X)

    @property
    def matrix(self) -> np.ndarray:
        """K among the rows of the fit."""
        if self._kept is None:
            raise RuntimeError("the kernel of the fit is not kept")
        return self._kept.array

    @property
    def n_rows(self):
        return len(self.matrix)

    def training_relationships(self, rows):
        return take_block(self.matrix, rows, rows)

    def training_design(self, rows):
        return self.matrix[rows]

    def compact(self, effects):
        """What predicts without K among the training rows: X is K[rows, train]."""
        without_K = copy(self)
        without_K._kept = None
        return without_K, effects

    def keep(self, is_stored, needs_relationships):
        self._kept = Unsaved(self.matrix, "X", "Fit again.") if is_stored else None

    def covariate_columns(self, n_columns):
        return []

    def covariates(self, X):
        return np.empty((len(X), 0))

    def places(self, X):
        return X

    def cross(self, places):
        return places

    def relationships(self, places):
        raise ValueError(
            "return_std and return_cov need the kernel among the rows of X, which "
            "kernel='precomputed' does not hold: X is K[rows, train]. Use kinship=Kinship(...) "
            "or a callable kernel."
        )

    diagonal = relationships
