"""Batches in threads, and the threads of BLAS."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from threadpoolctl import threadpool_info

from sklmm._variance.threads import even_batches, map_batches, one_thread_for_blas


def blas_threads():
    return [pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas"]


def test_results_are_in_order():
    assert map_batches(lambda batch: batch * 2, range(100)) == list(range(0, 200, 2))
    assert map_batches(lambda batch: batch, []) == []


@pytest.mark.parametrize("size", [1, 31, 63, 64, 511, 512, 1025, 10_000])
def test_even_batches_cover_all_and_are_neither_too_small_nor_too_large(size):
    batches = list(even_batches(size, least=32, most=512))
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
