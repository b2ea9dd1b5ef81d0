"""Eigensolvers of many rows, whose workspace is asked for without making a matrix."""

import numpy as np
import pytest
import scipy.linalg
from scipy.linalg.lapack import _compute_lwork, get_lapack_funcs

from sklmm import Kinship
from sklmm._variance.linalg import drivers
from sklmm._variance.linalg.drivers import choose_driver
from sklmm._variance.reductions.spectral import SpectralReduction
from sklmm.relationship import bend

NEEDS = {"evd": lambda n: (1 + 6 * n + 2 * n * n, 3 + 5 * n), "evr": lambda n: (26 * n, 10 * n)}
"""Least lengths of the two workspaces, by the documentation of LAPACK."""


@pytest.mark.parametrize(
    "n", [2, 100, 5000, 23170, 32765, 32766, 32767, 32768, 40_000, 46_340, 46_341, 65_536, 100_000]
)
def test_workspace_is_as_long_as_needed(n):
    driver = choose_driver(n)
    (query,) = get_lapack_funcs((f"sy{driver}_lwork",), (np.empty((0, 0)),))
    found = _compute_lwork(query, n=n, lower=True)
    assert all(length >= needed for length, needed in zip(found, NEEDS[driver](n), strict=True))


def test_small_problems_take_the_fastest():
    assert choose_driver(32_766) == "evd"
    assert choose_driver(32_767) == "evr"


@pytest.mark.parametrize("n", [3, 50])
def test_both_drivers_find_the_same(n, monkeypatch):
    A = np.random.default_rng(n).standard_normal((n, n))
    K = A @ A.T / n
    taken = []

    def eigh(*arguments, driver, **keywords):
        taken.append(driver)
        return scipy_eigh(*arguments, driver=driver, **keywords)

    scipy_eigh = scipy.linalg.eigh
    monkeypatch.setattr(scipy.linalg, "eigh", eigh)
    found = []
    for largest in (n, n - 1):
        monkeypatch.setattr(drivers, "LARGEST_OF_DIVIDE_AND_CONQUER", largest)
        reduction = SpectralReduction.reduce(K.copy(order="F"), 1.0)
        Q, eigenvalues = reduction.spectrum(None)
        np.testing.assert_allclose((Q * eigenvalues) @ Q.T, K, atol=1e-12)
        bent = bend(Kinship(K - 0.2 * np.eye(n), range(n)))
        found.append((eigenvalues, bent.matrix))
    np.testing.assert_allclose(found[0][0], found[1][0], atol=1e-12)
    np.testing.assert_allclose(found[0][1], found[1][1], atol=1e-12)
    assert taken == ["evd", "evd", "evr", "evr"]
