"""Work on batches in several threads: numpy's element-wise functions use one core only."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from threading import Lock

from sklearn.utils import gen_even_slices

from ..._compat import get_threadpool_controller, openmp_effective_n_threads

SMALLEST_BATCH = 32
"""So many traits, or other columns, are worth a thread."""
LARGEST_BATCH = 512
"""So many of these fit into a cache."""


class _OneThreadForBLAS:
    """A context in which BLAS uses one thread in each of ours, to keep out of their way.

    The setting is the process's. Where fits overlap in threads, the first to enter makes it
    and the last to leave undoes it. In a child of a fork no thread is inside.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._n_inside = 0
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(after_in_child=self._leave)

    def _leave(self) -> None:
        self._lock = Lock()
        if self._n_inside:
            self._n_inside = 0
            self._limits.restore_original_limits()

    def __enter__(self) -> None:
        with self._lock:
            if self._n_inside == 0:
                self._limits = get_threadpool_controller().limit(limits=1, user_api="blas")
            self._n_inside += 1

    def __exit__(self, *error: object) -> None:
        with self._lock:
            self._n_inside -= 1
            if self._n_inside == 0:
                self._limits.restore_original_limits()


one_thread_for_blas = _OneThreadForBLAS()


def map_batches(function: Callable, batches: Iterable[slice]) -> list:
    """[function(batch) for batch in batches], in the threads that scikit-learn would take.

    These are one where joblib has already given the cores to processes.
    """
    batches, n_threads = list(batches), openmp_effective_n_threads()
    if n_threads == 1 or len(batches) <= 1:
        return [function(batch) for batch in batches]
    results, places, lock = [None] * len(batches), iter(range(len(batches))), Lock()

    def next_place() -> int | None:
        with lock:  # without a GIL two threads could be given the same
            return next(places, None)

    def work() -> None:
        while (place := next_place()) is not None:
            results[place] = function(batches[place])

    with one_thread_for_blas, ThreadPoolExecutor(n_threads) as pool:
        for worker in [pool.submit(work) for _ in range(n_threads)]:
            worker.result()
    return results


def even_batches(size: int) -> Iterable[slice]:
    """One for every thread where they are not too small for it, more where they are too large."""
    n_threads = openmp_effective_n_threads()
    n_batches = max(1, min(size // SMALLEST_BATCH, n_threads), -(-size // LARGEST_BATCH))
    return gen_even_slices(size, n_batches)
