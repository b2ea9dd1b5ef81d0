import numpy as np
import pytest


@pytest.fixture
def Y(population):
    rng = np.random.default_rng(3)
    noise = rng.standard_normal((60, 4))
    return np.column_stack([population.y, noise, population.y[:, None] + noise[:, 1:]])


@pytest.fixture
def holes(Y):
    """Three patterns: all measured, two without the first rows, one without some others."""
    Y = Y.copy()
    Y[:7, [1, 4]] = np.nan
    Y[[3, 20, 41], 5] = np.nan
    return Y
