import os
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import settings
from population import simulate
from sklearn import config_context
from threadpoolctl import threadpool_limits

from sklmm._variance.reductions.base import DenseSolver
from sklmm.datasets import load_mice
from sklmm.relationship import vanraden

os.environ.setdefault("MPLBACKEND", "Agg")
if "PYTEST_XDIST_WORKER" in os.environ:  # one of several, and of processes that each starts
    threadpool_limits(1, "blas")
    os.environ["OPENBLAS_NUM_THREADS"] = "1"
settings.register_profile("same", deadline=None, derandomize=True)
settings.register_profile("search", deadline=None)  # for new counterexamples, now and then
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "same"))


@pytest.fixture(autouse=True)
def closed_figures():
    """No figure outlives its test."""
    yield
    if "matplotlib.pyplot" in sys.modules:
        sys.modules["matplotlib.pyplot"].close("all")


@pytest.fixture(autouse=True)
def settings_of_scikit_learn():
    """None outlives its test: an interrupt at a random moment may hit scikit-learn setting one."""
    with config_context():
        yield


@pytest.fixture(scope="session")
def reference_data():
    """Folder of data sets and answers of other programs, which is not part of the project."""
    beside = Path(__file__).parents[2] / "shared"
    folder = Path(os.environ.get("SKLMM_REFERENCE_DATA", beside))
    if not (folder / "reference" / "answers.csv").exists():
        pytest.skip(f"no reference data in {folder}; SKLMM_REFERENCE_DATA names another folder")
    return folder


@pytest.fixture(scope="session")
def wheat(reference_data):
    """599 lines: K, ids, traits and folds."""
    folder = reference_data / "data" / "wheat"
    with np.load(folder / "kinship.npz", allow_pickle=True) as stored:
        K, ids = stored["K"], stored["ids"]
    traits = pd.read_csv(folder / "pheno.csv", dtype={"id": ids.dtype.type})
    folds = pd.read_csv(folder / "folds.csv").sort_values("row")["fold"].to_numpy()
    return K, ids, traits, folds


@pytest.fixture(scope="session")
def mice():
    return load_mice()


@pytest.fixture(scope="session")
def mice_kinship(mice):
    return vanraden(mice.data, mice.ids)


@pytest.fixture
def two_threads():
    """Of BLAS, which has one where tests run in several processes."""
    with threadpool_limits(2, "blas"):
        yield


@pytest.fixture
def reduced_sizes(monkeypatch):
    """A list that grows by the number of rows whenever a kinship is reduced."""
    sizes = []

    def counted(cls, matrix):
        sizes.append(len(matrix))
        return original(cls, matrix)

    original = DenseSolver.from_matrix.__func__
    monkeypatch.setattr(DenseSolver, "from_matrix", classmethod(counted))
    return sizes


@pytest.fixture(scope="session")
def population():
    return simulate(n=60, m=150, seed=7)
