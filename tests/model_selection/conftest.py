import numpy as np
import pytest


@pytest.fixture
def Y(population):
    """Traits with an h inside and at 0."""
    rng = np.random.default_rng(0)
    return np.column_stack([population.y, population.y**2 / 3, rng.standard_normal(60)])


@pytest.fixture
def holes(Y):
    """Missing in most folds; the last 20 rows of a trait, whole folds among them."""
    Y = Y.copy()
    Y[[3, 4, 17, 30], 0] = np.nan
    Y[:7, 2] = np.nan
    return np.column_stack([Y, np.where(np.arange(60) < 40, Y[:, 0], np.nan)])
