"""A process of its own for each program, which works only when it is told to.

Its imports and a first, small fit are done when it starts, and it makes the data itself, so that
nothing but orders and answers passes between processes.
"""

import platform
from concurrent.futures import ProcessPoolExecutor
from importlib import import_module
from multiprocessing import get_context
from types import SimpleNamespace

import numpy as np
import scipy
from competitors.interface import TOLERANCE
from memory import peak_memory
from problem import Simulated
from threadpoolctl import threadpool_info
from turns import seconds

here = SimpleNamespace()  # what the process of a worker keeps from one order to the next


class Worker:
    """The other side of the process: each method is an order to it, and waits."""

    def __init__(self, module):
        self.module = module
        self._process = ProcessPoolExecutor(1, get_context("spawn"))
        self.name, self.version, self.question, self.tolerance = self._order(_start, module)

    def load(self, problem):
        self._order(_load, problem)

    def answer(self):
        """Of a first fit, which is also the warm-up at this size."""
        return self._order(_answer)

    def expected(self, question):
        """sklmm's own answer to the question of another program."""
        return self._order(_expected, question)

    def peak_memory(self):
        """Bytes above what was there before the fit."""
        return self._order(_peak_memory)

    def seconds(self):
        return self._order(_seconds)

    def libraries(self):
        """What multiplies matrices here, in how many threads."""
        return self._order(_libraries)

    def stop(self):
        self._process.shutdown()

    def _order(self, work, *arguments):
        return self._process.submit(work, *arguments).result()


def _start(module):
    here.program = import_module(f"competitors.{module}")
    _load(Simulated(100))
    _answer()
    tolerance = getattr(here.program, "TOLERANCE", TOLERANCE)
    return here.program.NAME, here.program.VERSION, here.program.QUESTION, tolerance


def _load(problem):
    K, y = problem.make()
    K.flags.writeable = False
    prepare = getattr(here.program, "prepare", lambda K, y: (K, y))
    here.arguments = prepare(K, y)


def _answer():
    return here.program.fit(*here.arguments)


def _expected(question):
    return here.program.answer(*here.arguments, question)


def _peak_memory():
    return peak_memory(_answer)


def _seconds():
    return seconds(_answer)


def _libraries():
    pools = [pool for pool in threadpool_info() if pool["user_api"] == "blas"]
    blas = [f"{pool['internal_api']} {pool['version']}" for pool in pools]
    threads = max(pool["num_threads"] for pool in pools)
    versions = (
        f"Python {platform.python_version()}, numpy {np.__version__}, scipy {scipy.__version__}"
    )
    return f"{versions}, {' and '.join(blas)} in {threads} threads"
