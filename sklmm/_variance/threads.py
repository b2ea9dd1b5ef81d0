"""Work on batches in several threads: numpy's element-wise functions use one core only."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor

from .._compat import openmp_effective_n_threads


def map_batches(function: Callable, batches: Iterable[slice]) -> list:
    """[function(batch) for batch in batches], in the threads that scikit-learn would take.

    These are one where joblib has already given the cores to processes.
    """
    batches, n_threads = list(batches), openmp_effective_n_threads()
    if n_threads == 1 or len(batches) <= 1:
        return [function(batch) for batch in batches]
    with ThreadPoolExecutor(n_threads) as pool:
        return list(pool.map(function, batches))
