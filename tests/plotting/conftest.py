import numpy as np
import pytest

from sklmm import LMMRegressor


@pytest.fixture(scope="session")
def lmm(population):
    return LMMRegressor(population.kinship, sample_id=0).fit(population.array, population.y)


@pytest.fixture(scope="session")
def two_traits(population):
    """y, the same turned around, and a model of both."""
    Y = np.column_stack([population.y, population.y[::-1]])
    return Y, LMMRegressor(population.kinship, sample_id=0).fit(population.array, Y)
