"""Balanced families, whose answers are those of the classical analysis of variance."""

import numpy as np

from sklmm import Kinship


def families(n_families, size):
    """Relationships of full independence between families and of 1 within."""
    member = np.repeat(np.arange(n_families), size)
    return np.equal.outer(member, member).astype(float)


def simulate_families(n_families=12, size=5, h=0.4, seed=0):
    """Their kinship, X with the ids alone, and y of mean 0."""
    rng = np.random.default_rng(seed)
    K = families(n_families, size)
    n = n_families * size
    y = np.sqrt(h) * np.repeat(rng.standard_normal(n_families), size)
    return Kinship(K, range(n)), np.arange(n)[:, None], y + np.sqrt(1 - h) * rng.standard_normal(n)


def f_ratio(y, n_families, size):
    """Of the mean squares between and within families."""
    between, within = sums_of_squares(y, n_families, size)
    return between / (n_families - 1) / (within / (n_families * (size - 1)))


def sums_of_squares(y, n_families, size):
    """Between and within families."""
    groups = y.reshape(n_families, size)
    within = np.sum((groups - groups.mean(axis=1, keepdims=True)) ** 2)
    return size * np.sum((groups.mean(axis=1) - y.mean()) ** 2), within
