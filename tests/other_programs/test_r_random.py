"""The random numbers are those of R 4.2.2: set.seed(42); runif(2); rnorm(2)."""

import numpy as np
from r_random import RRandom


def test_numbers_of_r():
    r = RRandom(42)
    np.testing.assert_allclose(
        r.uniform(2), [0.91480604349635541, 0.93707541329786181], rtol=1e-15
    )
    normal = [-0.56469817139608869, 0.36312841133733920]
    np.testing.assert_allclose(r.normal(2), normal, rtol=1e-14)
