"""Random numbers of R, to rebuild the data of test suites that are written in R from their seeds.

The Mersenne Twister is numpy's. R seeds it by a congruential generator, makes a normal number by
inversion of a uniform one with 53 bits, and draws from a set by the bits of uniform numbers
("Rejection", since R 3.6) or by rounding down ("Rounding", before).
"""

import numpy as np
from scipy.special import ndtri

STATE_SIZE = 624
WARM_UP = 50
HALF_OF_THE_BITS = 2**27


class RRandom:
    """R after ``set.seed(seed)``, with the kinds that are its defaults."""

    def __init__(self, seed: int, sample_kind: str = "Rejection"):
        self._bits = np.random.MT19937()
        words = _congruential(seed, WARM_UP + STATE_SIZE + 1)[WARM_UP + 1 :]
        state = {"key": np.array(words, dtype=np.uint32), "pos": STATE_SIZE}
        self._bits.state = {"bit_generator": "MT19937", "state": state}
        self._is_rounding = sample_kind == "Rounding"

    def uniform(self, size: int) -> np.ndarray:
        """runif(size)"""
        return self._bits.random_raw(size) / 2**32

    def normal(self, size: int) -> np.ndarray:
        """rnorm(size)"""
        high, low = self.uniform(2 * size).reshape(size, 2).T
        return ndtri((np.floor(HALF_OF_THE_BITS * high) + low) / HALF_OF_THE_BITS)

    def zeros_and_ones(self, size: int) -> np.ndarray:
        """sample(0:1, size, replace=TRUE)"""
        u = self.uniform(size)
        return np.floor(2 * u) if self._is_rounding else np.floor(2**16 * u) % 2


def _congruential(seed, size):
    words = []
    for _ in range(size):
        seed = (69069 * seed + 1) % 2**32
        words.append(seed)
    return words
