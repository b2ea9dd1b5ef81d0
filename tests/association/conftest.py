from types import SimpleNamespace

import numpy as np
import pytest

from sklmm import Kinship, LMMRegressor


@pytest.fixture(scope="session")
def crossed():
    """70 genotyped samples of which 40 have records, some twice, and 60 markers."""
    rng = np.random.default_rng(17)
    n, m = 70, 60
    G = rng.integers(0, 3, (n, m)).astype(np.int8)
    ids = [f"s{number:02d}" for number in rng.permutation(n)]
    features = rng.standard_normal((n, 100))
    K = features @ features.T / 100
    rows = np.r_[rng.permutation(n)[:40], [3, 5, 3]]
    X = np.array([[ids[row]] for row in rows], dtype=object)
    y = G[rows, 7] + np.linalg.cholesky(K)[rows] @ rng.standard_normal(n)
    y += rng.standard_normal(len(y))
    lmm = LMMRegressor(Kinship(K, ids), sample_id=0).fit(X, y)
    names = [f"rs{number}" for number in range(m)]
    return SimpleNamespace(
        G=G, ids=ids, K=K, rows=rows, X=X, y=y, lmm=lmm, names=names, n=n, m=m, rng=rng
    )
