"""A matrix without labels is in the order of X, and knows the very rows of the fit alone."""

from __future__ import annotations

from typing import Any, ClassVar

import joblib
import numpy as np

from .._kinship import take_block
from .._matrix import check_relationships
from .base import RowFinder, Samples
from .kept import Borrowed


class OrderedRows(RowFinder):
    """The very rows of the fit, and no others."""

    validation: ClassVar = {"ensure_min_features": 0}

    def __init__(self, fingerprint: str | None = None):
        self.fingerprint = fingerprint

    def covariates(self, X):
        if _fingerprint(X) != self.fingerprint:
            raise ValueError(
                f"X ({len(X)} rows) is not the X of fit. A kinship without labels "
                "cannot tell which samples other rows are. To predict others, give it labels "
                "by Kinship(matrix, ids), with the new individuals among them, and name the "
                "column of X that holds them by sample_id=."
            )
        return X

    def places(self, X):
        return np.arange(len(X))

    def random_effects(self, places, effects):
        return effects[:, places].T


class OrderedSamples(OrderedRows, Samples):
    """A plain matrix in the order of X: legal for the very rows of the fit, and no others."""

    def __init__(self, matrix: Any):
        super().__init__()
        self._given = matrix

    def fit(self, X):
        matrix = check_relationships(self._given, "kinship")
        if len(matrix) != len(X):
            raise ValueError(
                f"kinship has {len(matrix)} rows and X has {len(X)}. A kinship without "
                "labels has to be in the order of the rows of X. To fit on a part of the "
                "samples, as in cross-validation, give it labels by Kinship(matrix, ids) and "
                "name the column of X that holds them by sample_id=."
            )
        self.fingerprint = _fingerprint(X)
        remedy = "Fit again, or use Kinship(matrix, ids), which cannot be changed."
        self._kinship = Borrowed(matrix, "kinship", remedy)
        return X

    @property
    def n_rows(self):
        return len(self._kinship.array)

    def training_relationships(self, rows):
        return take_block(self._kinship.array, rows, rows)

    def training_design(self, rows):
        return self.cross(rows)

    def random_effects(self, places, effects):
        return Samples.random_effects(self, places, effects)

    def compact(self, effects):
        return OrderedRows(self.fingerprint), effects @ np.asarray(self._kinship.array, float)

    def cross(self, places):
        matrix = self._kinship.array
        return take_block(matrix, places, np.arange(len(matrix)))

    def relationships(self, places):
        return take_block(self._kinship.array, places, places)

    def diagonal(self, places):
        return self._kinship.array[places, places].astype(float)


def _fingerprint(X):
    return joblib.hash(np.ascontiguousarray(X))
