"""Time and memory of a genomic relationship matrix, against one float32 `ssyrk` over the data.

    python examples/benchmarks/genomic_relationships.py --n 2000 --markers 100000 --rounds 5

Genotypes are int8. `ssyrk` multiplies the same numbers, which are float32 before it starts: no
program that multiplies matrices can be faster.
"""

import argparse

import numpy as np
from memory import peak_memory
from scipy.linalg import blas
from turns import take_turns
from verdict import at_most, relative_difference, spread

from sklmm.relationship import vanraden

TARGET = 1.3
OF_THE_TARGET = (2000, 100_000)


def make_genotypes(n, m, seed=0):
    rng = np.random.default_rng(seed)
    frequencies = rng.uniform(0.05, 0.5, m)
    alleles = (rng.random((n, m), dtype=np.float32) < frequencies for _ in range(2))
    return np.sum([allele.astype(np.int8) for allele in alleles], axis=0, dtype=np.int8)


def by_definition(M):
    """In float64, all markers at once."""
    p = M.mean(axis=0) / 2
    Z = M - 2 * p
    return Z @ Z.T / (2 * np.sum(p * (1 - p)))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--n", type=int, default=2000)
    parser.add_argument("--markers", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=5)
    arguments = parser.parse_args()
    M, ids = make_genotypes(arguments.n, arguments.markers), range(arguments.n)
    floats = M.astype(np.float32)
    times = take_turns(
        {
            "vanraden": lambda: vanraden(M, ids),
            "ssyrk": lambda: blas.ssyrk(1.0, floats.T, trans=1, lower=1),
        },
        arguments.rounds,
    )
    ratios = times["vanraden"] / times["ssyrk"]
    is_target = (arguments.n, arguments.markers) == OF_THE_TARGET
    verdict = at_most(TARGET, ratios) if is_target else spread(ratios)
    print(
        f"n = {arguments.n}, {arguments.markers} markers: vanraden {spread(times['vanraden'])} s, "
        f"ssyrk {spread(times['ssyrk'])} s; vanraden / ssyrk {verdict}"
    )
    K_bytes = arguments.n**2 * np.dtype(float).itemsize
    peak = peak_memory(lambda: vanraden(M, ids))
    print(
        f"memory above the genotypes ({M.nbytes / 1e6:.0f} MB): {peak / 1e6:.0f} MB, which is "
        f"{peak / K_bytes:.2f} times that of K"
    )
    some = M[:, :5000]
    difference = relative_difference(vanraden(some, ids).matrix, by_definition(some))
    print(f"difference from float64, 5000 markers: {difference:.0e} (relative)")


if __name__ == "__main__":
    main()
