"""What `memory=` keeps: damaged reductions and those of other versions are not used."""

import os
import pickle
import shutil
import warnings

import joblib
import numpy as np
import pytest

from sklmm import LMMRegressor, _memory
from sklmm._variance.reductions.base import DenseSolver
from sklmm._variance.reductions.lowrank import LowRankReduction

SOLVERS = ["band", "eigh", "lowrank"]


def truncated(content):
    return content[: len(content) // 2]


def without_the_last_byte(content):
    return content[:-1]


def flipped(content):
    """A few bits of the numbers, which leave a file that can be read."""
    changed = bytearray(content)
    for place in range(len(content) // 3, len(content) // 2, 97):
        changed[place] ^= 64
    return bytes(changed)


DAMAGES = {
    "empty": lambda content: b"",
    "truncated": truncated,
    "one byte less": without_the_last_byte,
    "text": lambda content: b"no pickle at all\n" * 40,
    "zeros": lambda content: bytes(len(content)),
    "random": lambda content: np.random.default_rng(0).bytes(len(content)),
    "flipped": flipped,
    "of another thing": lambda content: pickle.dumps({"a": 1}),
    "of nothing": lambda content: pickle.dumps(None),
}


@pytest.fixture(params=SOLVERS)
def lmm(request, tmp_path):
    return LMMRegressor(solver=request.param, memory=tmp_path / "kept")


@pytest.fixture
def Z(population):
    return population.markers[:, :20]


def entries(lmm, name):
    return list(lmm.memory.rglob(name))


@pytest.mark.parametrize("file", ["output.pkl", "metadata.json", "func_code.py"])
@pytest.mark.parametrize("damage", DAMAGES)
def test_damaged_entries_are_made_again(lmm, Z, population, file, damage):
    y = population.y
    joblib.memory._FUNCTION_HASHES.clear()
    expected = lmm.fit(Z, y).predict(Z)
    (entry,) = entries(lmm, file)
    entry.write_bytes(DAMAGES[damage](entry.read_bytes()))
    joblib.memory._FUNCTION_HASHES.clear()  # as in a new process
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "The reduction of K that memory=.* is damaged")
        warnings.filterwarnings("ignore", category=joblib.memory.JobLibCollisionWarning)
        np.testing.assert_array_equal(lmm.fit(Z, y).predict(Z), expected)
    np.testing.assert_array_equal(lmm.fit(Z, y).predict(Z), expected)
    assert len(entries(lmm, "output.pkl")) == 1


def changed(sealed):
    """A reduction that can be read, with a number that is not its own."""
    sealed.reduction.scale *= 1.01
    return sealed


@pytest.mark.parametrize("put", [changed, lambda sealed: None, lambda sealed: sealed.reduction])
def test_what_can_be_read_is_checked(lmm, Z, population, put):
    expected = lmm.fit(Z, population.y).predict(Z)
    (entry,) = entries(lmm, "output.pkl")
    joblib.dump(put(joblib.load(entry)), entry)
    with pytest.warns(UserWarning, match=r"memory=.*kept'\) holds is damaged\. It was made"):
        np.testing.assert_array_equal(lmm.fit(Z, population.y).predict(Z), expected)
    lmm.fit(Z, population.y)


@pytest.fixture
def n_reduced(monkeypatch):
    """How often something was reduced."""
    counts = []
    for solver in (DenseSolver, LowRankReduction):

        def counted(cls, matrix, original=solver.from_matrix.__func__):
            counts.append(1)
            return original(cls, matrix)

        monkeypatch.setattr(solver, "from_matrix", classmethod(counted))
    return counts


def test_a_changed_algorithm_does_not_meet_old_reductions(
    lmm, Z, population, n_reduced, monkeypatch
):
    for _ in range(2):
        lmm.fit(Z, population.y)
    assert len(n_reduced) == 1
    monkeypatch.setattr(_memory, "version", lambda: "another")
    lmm.fit(Z, population.y)
    assert len(n_reduced) == 2
    monkeypatch.undo()
    lmm.fit(Z, population.y)
    assert len(entries(lmm, "output.pkl")) == 2


@pytest.mark.parametrize(
    "name", ["reductions/band.py", "linalg/products.py", "reductions/an_addition.py"]
)
def test_the_version_follows_the_code(name, monkeypatch, tmp_path):
    before = _memory.version.__wrapped__()
    shutil.copytree(_memory.files("sklmm._variance"), tmp_path, dirs_exist_ok=True)
    monkeypatch.setattr(_memory, "files", lambda package: tmp_path)
    assert _memory.version.__wrapped__() == before
    with open(tmp_path / name, "a", encoding="utf-8") as file:
        file.write("\nx = 1\n")
    assert _memory.version.__wrapped__() != before


def test_memory_may_map_files(lmm, Z, population):
    folder = os.fspath(lmm.memory)
    lmm.set_params(memory=joblib.Memory(folder, mmap_mode="r", verbose=0))
    expected = lmm.fit(Z, population.y).predict(Z, return_std=True)
    np.testing.assert_array_equal(lmm.fit(Z, population.y).predict(Z, return_std=True), expected)


class Dictionary:
    """A memory that is not joblib's."""

    def __init__(self):
        self.kept = {}

    def cache(self, function):
        def call(*arguments):
            key = joblib.hash((function.__name__, arguments))
            if key not in self.kept:
                self.kept[key] = pickle.dumps(function(*arguments))
            return pickle.loads(self.kept[key])

        return call


def test_memories_of_others(lmm, Z, population, n_reduced):
    lmm.set_params(memory=Dictionary())
    expected = lmm.fit(Z, population.y).predict(Z)
    np.testing.assert_array_equal(lmm.fit(Z, population.y).predict(Z), expected)
    assert len(n_reduced) == 1
    lmm.memory.kept = dict.fromkeys(lmm.memory.kept, pickle.dumps(None))
    with pytest.warns(UserWarning, match="is damaged"):
        np.testing.assert_array_equal(lmm.fit(Z, population.y).predict(Z), expected)
