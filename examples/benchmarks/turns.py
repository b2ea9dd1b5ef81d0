"""Contestants in turn for several rounds: a slow moment of the machine meets all of them."""

import gc
from time import perf_counter, sleep

import numpy as np

REST = 0.2  # seconds, longer than idle threads of BLAS wait busily for more work


def take_turns(contestants, rounds, limit=np.inf):
    """Seconds of each contestant, of shape (rounds,); no round starts after `limit` seconds."""
    times = {name: [] for name in contestants}
    start = perf_counter()
    for _ in range(rounds):
        for name, contestant in contestants.items():
            times[name].append(seconds(contestant))
        if perf_counter() - start > limit:
            break
    return {name: np.array(values) for name, values in times.items()}


def seconds(work):
    gc.collect()
    sleep(REST)
    start = perf_counter()
    work()
    return perf_counter() - start
