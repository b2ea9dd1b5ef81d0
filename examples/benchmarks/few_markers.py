"""Time and memory of a fit with fewer markers than samples, against the product Z'Z.

    python examples/benchmarks/few_markers.py --n 100000 --markers 500 --rounds 5

The linear kernel K = Z Z' is never made: the fit works in the space that Z spans, and nearly all
of its flops are those of Z'Z.
"""

import argparse

import numpy as np
from memory import peak_memory
from problem import make_markers
from turns import take_turns
from verdict import at_most, differences, spread

from sklmm import LMMRegressor

TARGET = 3
OF_THE_TARGET = (100_000, 500)
"""Samples and markers."""


def make_contestants(Z, y):
    return {
        "fit": lambda: LMMRegressor(kernel="linear", solver="lowrank").fit(Z, y),
        "product": lambda: Z.T @ Z,
    }


def measure(n, m, rounds, limit=np.inf):
    """Seconds of each contestant, of shape (rounds,)."""
    contestants = make_contestants(*make_markers(n, m))
    contestants["fit"]()
    return take_turns(contestants, rounds, limit)


def print_time_and_memory(n, m, rounds):
    Z, y = make_markers(n, m)
    contestants = make_contestants(Z, y)
    peaks = [peak_memory(contestants["fit"]) / Z.nbytes for _ in range(rounds)]
    times = take_turns(contestants, rounds)
    print(f"n = {n}, {m} markers, fit {spread(times['fit'])} s, Z'Z {spread(times['product'])} s")
    ratios = times["fit"] / times["product"]
    print(f"fit / Z'Z: {at_most(TARGET, ratios) if (n, m) == OF_THE_TARGET else spread(ratios)}")
    print(f"peak above Z / Z: {spread(peaks)}", flush=True)


def print_growth(n, markers, rounds):
    for m in markers:
        times = measure(n, m, rounds)
        ratios = times["fit"] / times["product"]
        print(
            f"n = {n}, {m:4d} markers, fit {np.median(times['fit']):.3f} s, "
            f"fit / Z'Z: {spread(ratios)}",
            flush=True,
        )


def print_agreement(n, m):
    Z, y = make_markers(n, m)
    lowrank, band = (LMMRegressor(solver=solver).fit(Z, y) for solver in ("lowrank", "band"))
    found = differences(lowrank, band, ["h_", "log_likelihood_", "marker_effects_"])
    print(f"n = {n}, {m} markers, relative differences from solver='band': {found}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    add = parser.add_argument
    add("--n", type=int, default=100_000)
    add("--markers", type=int, default=500)
    add("--growth-n", type=int, default=50_000)
    add("--growth-markers", type=int, nargs="*", default=[50, 100, 200, 500, 1000])
    add("--agreement", type=int, nargs=2, default=[1500, 300], metavar=("N", "MARKERS"))
    add("--rounds", type=int, default=5)
    arguments = parser.parse_args()
    print_agreement(*arguments.agreement)
    print_time_and_memory(arguments.n, arguments.markers, arguments.rounds)
    print_growth(arguments.growth_n, arguments.growth_markers, arguments.rounds)


if __name__ == "__main__":
    main()
