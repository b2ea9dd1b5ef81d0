"""Time of a whole fit against the eigendecomposition that other programs start with.

    python examples/benchmarks/fit_against_eigh.py --n 500 1000 2000 4000

Every round times, in turn, `LMMRegressor.fit` (kinship in, BLUPs out),
`scipy.linalg.eigh(K, driver="evd")` and a matrix product, whose rate gives the time that the
4/3 n³ flops of the band reduction take at the least.
"""

import argparse
from time import perf_counter

import numpy as np
import scipy.linalg
from problem import make_data
from scipy.linalg import blas

from sklmm import Kinship, LMMRegressor


def seconds(function):
    start = perf_counter()
    function()
    return perf_counter() - start


def measure(n, rounds):
    """Seconds of each contestant, of shape (rounds,)."""
    K, y = make_data(n)
    kinship, X = Kinship(K, range(n)), np.arange(n)[:, None]
    square = np.asfortranarray(K)
    contestants = {
        "fit": lambda: LMMRegressor(kinship, sample_id=0).fit(X, y),
        "eigh": lambda: scipy.linalg.eigh(K, driver="evd"),
        "product": lambda: blas.dgemm(1.0, square, square),
    }
    times = {name: [] for name in contestants}
    LMMRegressor(kinship, sample_id=0).fit(X, y)
    for _ in range(rounds):
        for name, contestant in contestants.items():
            times[name].append(seconds(contestant))
    return {name: np.array(values) for name, values in times.items()}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--n", type=int, nargs="+", default=[500, 1000, 2000, 4000])
    parser.add_argument("--rounds", type=int, default=5)
    arguments = parser.parse_args()
    print("     n    fit s   eigh s   fit/eigh (min-max)      limit/fit")
    for n in arguments.n:
        times = measure(n, arguments.rounds)
        ratios = times["fit"] / times["eigh"]
        limit = np.median(times["product"]) * 2 / 3
        print(
            f"{n:6d} {np.median(times['fit']):8.3f} {np.median(times['eigh']):8.3f}   "
            f"{np.median(ratios):5.3f} ({ratios.min():.3f}-{ratios.max():.3f})     "
            f"{limit / np.median(times['fit']):5.2f}",
            flush=True,
        )


if __name__ == "__main__":
    main()
