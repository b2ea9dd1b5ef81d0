"""Small populations with genotypes, for scans."""

from types import SimpleNamespace

import numpy as np

from sklmm import Kinship, LMMRegressor


def make_cross(n=40, m=12, seed=0):
    """Counts, a kinship, a sex and an age, and a trait that they all have a part in."""
    rng = np.random.default_rng(seed)
    frequencies = rng.uniform(0.2, 0.8, 5 * n)
    of_K = rng.binomial(2, frequencies, (n, 5 * n)) - 2 * frequencies
    K = of_K @ of_K.T / (5 * n)
    G = rng.binomial(2, rng.uniform(0.2, 0.8, m), (n, m)).astype(float)
    ids = [f"id{number}" for number in rng.permutation(n)]
    sex, age = rng.permutation(np.arange(n) % 2).astype(float), rng.uniform(1, 9, n)
    u = np.linalg.cholesky(K + 1e-9 * np.eye(n)) @ rng.standard_normal(n)
    y = 3 + sex + 0.1 * age + 0.8 * G[:, 0] + 1.5 * u + rng.standard_normal(n)
    X = np.column_stack([np.array(ids, dtype=object), sex, age])
    return SimpleNamespace(
        n=n,
        K=K,
        kinship=Kinship(K, ids),
        ids=ids,
        G=G,
        sex=sex,
        age=age,
        y=y,
        X=X,
        fixed=np.column_stack([np.ones(n), sex, age]),
        rng=rng,
    )


def make_probabilities(rng, n, n_founders, n_loci):
    """Of shape (n, founders, loci), and their sum is 1."""
    drawn = rng.dirichlet(np.full(n_founders, 0.3), (n, n_loci))
    return drawn.swapaxes(1, 2)


def fit(cross, **parameters):
    """The null model with sex and age."""
    parameters = {"kinship": cross.kinship, "sample_id": 0, **parameters}
    return LMMRegressor(**parameters).fit(cross.X, cross.y)
