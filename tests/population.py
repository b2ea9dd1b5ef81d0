"""Simulated samples for tests that need no real ones."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from sklmm import Kinship, LMMRegressor


@dataclass
class Population:
    K: np.ndarray
    ids: np.ndarray
    markers: np.ndarray
    covariates: np.ndarray
    y: np.ndarray

    @property
    def kinship(self):
        return Kinship(self.K, self.ids)

    @property
    def array(self):
        """Ids in the first column, covariates in the others."""
        return np.column_stack([self.ids.astype(object), self.covariates])

    @property
    def frame(self):
        frame = pd.DataFrame(self.covariates, columns=["age", "sex"])
        frame.insert(1, "id", self.ids)
        return frame


def simulate(n, m, seed, h=0.6):
    """n samples, m markers, age and sex, and a trait with heritability h."""
    rng = np.random.default_rng(seed)
    markers = rng.binomial(2, rng.uniform(0.1, 0.9, m), size=(n, m)).astype(float)
    standardized = (markers - markers.mean(axis=0)) / np.maximum(markers.std(axis=0), 0.1)
    K = standardized @ standardized.T / m + 0.05 * np.eye(n)
    covariates = np.column_stack([rng.uniform(20, 60, n), rng.integers(0, 2, n)])
    genetic = np.linalg.cholesky(K) @ rng.standard_normal(n)
    noise = rng.standard_normal(n)
    y = 3 + 0.02 * covariates[:, 0] - covariates[:, 1]
    y += np.sqrt(h) * genetic + np.sqrt(1 - h) * noise
    ids = np.array([f"line-{number}" for number in rng.permutation(n)])
    return Population(K, ids, markers, covariates, y)


def fit(population, rows=slice(None), **parameters):
    """An LMMRegressor with the population's kinship and covariates."""
    lmm = LMMRegressor(population.kinship, sample_id=0, **parameters)
    return lmm.fit(population.array[rows], population.y[rows])
