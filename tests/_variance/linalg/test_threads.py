"""Batches in threads, and the threads of BLAS."""

import sys
import time
from concurrent.futures import ThreadPoolExecutor
from threading import Lock

import pytest
from threadpoolctl import threadpool_info

from sklmm._variance.linalg import threads
from sklmm._variance.linalg.threads import even_batches, map_batches, one_thread_for_blas

pytestmark = pytest.mark.usefixtures("two_threads")


def blas_threads():
    return [pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas"]


def test_results_are_in_order():
    assert map_batches(lambda batch: batch * 2, range(100)) == list(range(0, 200, 2))
    assert map_batches(lambda batch: batch, []) == []


def test_each_batch_is_done_once_where_threads_change_often(monkeypatch):
    monkeypatch.setattr(threads, "openmp_effective_n_threads", lambda: 8)
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    done = [0] * 5000
    locks = [Lock() for _ in done]

    def work(place):
        with locks[place]:
            done[place] += 1
        return -place

    try:
        assert map_batches(work, range(len(done))) == [-place for place in range(len(done))]
    finally:
        sys.setswitchinterval(interval)
    assert done == [1] * len(done)


class SlowIterator:
    """Gives a place twice where two threads ask at once, as iterators without a GIL may."""

    def __init__(self, places):
        self.places, self.next = places, 0

    def __iter__(self):
        return self

    def __next__(self):
        place = self.next
        time.sleep(0.0001)
        self.next = place + 1
        if place >= len(self.places):
            raise StopIteration
        return self.places[place]


def test_iterators_that_are_not_safe_without_a_lock(monkeypatch):
    monkeypatch.setattr(threads, "openmp_effective_n_threads", lambda: 4)
    monkeypatch.setattr(threads, "iter", SlowIterator, raising=False)
    done = []
    assert map_batches(done.append, range(200)) == [None] * 200
    assert sorted(done) == list(range(200))


@pytest.mark.parametrize("size", [1, 31, 63, 64, 511, 512, 1025, 10_000])
def test_even_batches_cover_all_and_are_neither_too_small_nor_too_large(size):
    batches = list(even_batches(size))
    lengths = [batch.stop - batch.start for batch in batches]
    assert [place for batch in batches for place in range(size)[batch]] == list(range(size))
    assert max(lengths) <= 512
    assert len(lengths) == 1 or min(lengths) >= 32


def test_errors_reach_the_caller():
    before = blas_threads()
    with pytest.raises(ZeroDivisionError):
        map_batches(lambda batch: 1 / (batch - 30), range(100))
    assert blas_threads() == before


def test_blas_has_its_threads_back_after_overlapping_work():
    before = blas_threads()
    assert set(before) == {2}

    def work(_):
        return map_batches(lambda batch: sum(range(2000)), range(20))

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(work, range(40)))
    assert blas_threads() == before
    with one_thread_for_blas:
        with one_thread_for_blas:
            assert set(blas_threads()) == {1}
        assert set(blas_threads()) == {1}
    assert blas_threads() == before
