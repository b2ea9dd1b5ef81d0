"""Reductions of K that `memory=` keeps: those of other versions and damaged ones are not used."""

from __future__ import annotations

import hashlib
import os
from functools import cache
from importlib.resources import files
from typing import Any

import joblib
import numpy as np
from sklearn.utils.validation import check_memory

from ._variance.linalg.forks import computing
from ._variance.reductions.base import Solver
from ._variance.reductions.choose import SOLVERS
from ._warn import warn_user


def reduce(solver: str, matrix: np.ndarray, memory: Any) -> Solver:
    """Reduce K by a solver, or take what `memory` keeps of it, if it is not None."""
    if memory is None:
        return SOLVERS[solver].from_matrix(matrix)
    return _recall(memory, matrix, solver)


def _reduce(version, matrix, solver):
    with computing:
        return _Sealed(SOLVERS[solver].from_matrix(matrix))


class _Sealed:
    """A reduction and its hash, by which damage in a file is seen."""

    def __init__(self, reduction):
        self.reduction = reduction
        self.seal = joblib.hash(reduction, coerce_mmap=True)
        self.is_whole = True

    def __getstate__(self):
        return self.reduction, self.seal

    def __setstate__(self, state):
        self.reduction, self.seal = state
        self.is_whole = joblib.hash(self.reduction, coerce_mmap=True) == self.seal


def _recall(memory, *arguments):
    location = os.fspath(memory) if isinstance(memory, os.PathLike) else memory
    with computing.interrupted():
        kept = check_memory(location).cache(_reduce)
        sealed = _read(kept, arguments)
        if not (isinstance(sealed, _Sealed) and sealed.is_whole):
            warn_user(
                f"The reduction of K that memory={memory!r} holds is damaged. It was made again.",
            )
            sealed = _again(kept, arguments)
    return sealed.reduction


def _read(kept, arguments):
    """None where joblib cannot read what it wrote about the function."""
    try:
        return kept(version(), *arguments)
    except UnicodeDecodeError:
        if isinstance(kept, joblib.memory.MemorizedFunc):
            kept.clear(warn=False)
        return None


def _again(kept, arguments):
    """Also in place of the damaged one, where that is a file of joblib."""
    if not isinstance(kept, joblib.memory.MemorizedFunc):
        return _reduce(version(), *arguments)
    made = kept.call(version(), *arguments)
    return made[0] if isinstance(made, tuple) else made  # with metadata, before joblib 1.4


@cache
def version() -> str:
    """A hash of the code that makes reductions, which no release can forget to change."""
    code = hashlib.sha256()
    for room in ("linalg", "reductions"):
        folder = files("sklmm._variance") / room
        sources = (file for file in folder.iterdir() if file.name.endswith(".py"))
        for source in sorted(sources, key=lambda file: file.name):
            code.update(source.name.encode() + b"\0" + source.read_bytes() + b"\0")
    return code.hexdigest()
