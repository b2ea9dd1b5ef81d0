"""The data that benchmarks run on: a kinship matrix and a trait, the same wherever it is made."""

from dataclasses import dataclass

import numpy as np

from sklmm.datasets import load_mice
from sklmm.relationship import vanraden


def make_data(n, seed=0):
    """A kinship of n samples from 2 n markers, and a trait."""
    rng = np.random.default_rng(seed)
    Z = rng.binomial(2, rng.uniform(0.1, 0.5, 2 * n), size=(n, 2 * n)).astype(float)
    Z -= Z.mean(axis=0)
    K = Z @ Z.T
    K *= n / K.trace()
    y = Z @ rng.standard_normal(2 * n) / np.sqrt(np.sum(Z**2) / n) + rng.standard_normal(n)
    return K, y


def make_traits(K, n_traits, seed=0):
    """Traits of every heritability, of shape (n, n_traits)."""
    rng = np.random.default_rng(seed)
    root = np.linalg.cholesky(K + 1e-6 * np.eye(len(K)))
    h = rng.uniform(size=n_traits)
    random_effects = root @ rng.standard_normal((len(K), n_traits))
    return np.sqrt(h) * random_effects + np.sqrt(1 - h) * rng.standard_normal(random_effects.shape)


def make_markers(n, m, seed=0):
    """Genotypes of n samples at m markers, and a trait of which they explain half."""
    rng = np.random.default_rng(seed)
    Z = rng.binomial(2, rng.uniform(0.1, 0.5, m), size=(n, m)).astype(float)
    genetic = Z @ rng.standard_normal(m)
    return Z, genetic / genetic.std() + rng.standard_normal(n)


def load_cd8():
    """The mice whose CD8+ T cells were counted: their kinship, and the trait."""
    mice = load_mice()
    cd8 = mice.target[:, mice.target_names.index("CD8")]
    measured = ~np.isnan(cd8)
    kinship = vanraden(mice.data, mice.ids).select(mice.ids[measured])
    return kinship.matrix, cd8[measured]


def load_mice_kinship(n, seed=0):
    """The kinship of some of the mice, chosen at random."""
    mice = load_mice()
    chosen = np.random.default_rng(seed).choice(mice.ids, n, replace=False)
    return vanraden(mice.data, mice.ids).select(chosen)


@dataclass(frozen=True)
class Simulated:
    n: int
    seed: int = 0

    def make(self):
        return make_data(self.n, self.seed)

    def __str__(self):
        return f"{self.n} simulated samples"


@dataclass(frozen=True)
class Mice:
    n: int = 1410

    def make(self):
        return load_cd8()

    def __str__(self):
        return f"CD8 of {self.n} mice"
