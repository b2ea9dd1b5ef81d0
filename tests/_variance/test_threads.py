"""Batches in threads, and the threads of BLAS."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from threadpoolctl import threadpool_info

from sklmm._variance.threads import map_batches, one_thread_for_blas


def blas_threads():
    return [pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas"]


def test_results_are_in_order():
    assert map_batches(lambda batch: batch * 2, range(100)) == list(range(0, 200, 2))
    assert map_batches(lambda batch: batch, []) == []


def test_errors_reach_the_caller():
    before = blas_threads()
    with pytest.raises(ZeroDivisionError):
        map_batches(lambda batch: 1 / (batch - 30), range(100))
    assert blas_threads() == before


def test_blas_has_its_threads_back_after_overlapping_work():
    before = blas_threads()

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
