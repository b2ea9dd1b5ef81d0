"""Time of a whole fit against the eigendecomposition that other programs start with.

    python examples/benchmarks/fit_against_eigh.py --n 500 1000 2000 4000

Every round times, in turn, `LMMRegressor.fit` (kinship in, BLUPs out),
`scipy.linalg.eigh(K, driver="evd")` and a matrix product, whose rate gives the time that the
4/3 n³ flops of the band reduction take at the least.
"""

import argparse

import numpy as np
import scipy.linalg
from problem import make_data
from scipy.linalg import blas
from turns import take_turns

from sklmm import Kinship, LMMRegressor

FLOPS_OF_REDUCTION = 2 / 3  # 4/3 n³, in units of the 2 n³ of a product


def make_contestants(n):
    K, y = make_data(n)
    kinship, X = Kinship(K, range(n)), np.arange(n)[:, None]
    square = np.asfortranarray(K)
    return {
        "fit": lambda: LMMRegressor(kinship, sample_id=0).fit(X, y),
        "eigh": lambda: scipy.linalg.eigh(K, driver="evd"),
        "product": lambda: blas.dgemm(1.0, square, square),
    }


def measure(n, rounds, limit=np.inf):
    """Seconds of each contestant, of shape (rounds,)."""
    contestants = make_contestants(n)
    contestants["fit"]()
    return take_turns(contestants, rounds, limit)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--n", type=int, nargs="+", default=[500, 1000, 2000, 4000])
    parser.add_argument("--rounds", type=int, default=5)
    arguments = parser.parse_args()
    print("     n    fit s   eigh s   fit/eigh (min-max)      limit/fit")
    for n in arguments.n:
        times = measure(n, arguments.rounds)
        ratios = times["fit"] / times["eigh"]
        limit = np.median(times["product"]) * FLOPS_OF_REDUCTION
        print(
            f"{n:6d} {np.median(times['fit']):8.3f} {np.median(times['eigh']):8.3f}   "
            f"{np.median(ratios):5.3f} ({ratios.min():.3f}-{ratios.max():.3f})     "
            f"{limit / np.median(times['fit']):5.2f}",
            flush=True,
        )


if __name__ == "__main__":
    main()
