"""Memory of a fit above the kinship matrix of the user: at its peak, and what stays.

    python examples/benchmarks/kept_memory.py --n 4000 --rounds 3

What stays is measured twice: as the growth of the process, and as the size of the pickled
estimator, in which a reference stands for the kinship. Without the reduction it has to be of order
n: the bytes of each sample are then the same for every n.
"""

import argparse
import io
import pickle
from functools import partial

import numpy as np
from memory import kept_memory, peak_memory
from problem import make_data
from verdict import at_most, spread

from sklmm import Kinship, LMMRegressor

TARGET = 1.6


class PicklerWithoutKinship(pickle.Pickler):
    def persistent_id(self, value):
        return "the kinship" if isinstance(value, Kinship) else None


def pickled_bytes(estimator):
    file = io.BytesIO()
    PicklerWithoutKinship(file, pickle.HIGHEST_PROTOCOL).dump(estimator)
    return file.tell()


def make_fit(n):
    """A function that fits, which takes parameters of the estimator."""
    K, y = make_data(n)
    K.flags.writeable = False  # or else Kinship copies it
    kinship, X = Kinship(K, range(n)), np.arange(n)[:, None]
    return lambda **parameters: LMMRegressor(kinship, sample_id=0, **parameters).fit(X, y)


def print_memory(n, rounds):
    fit, K_bytes = make_fit(n), n**2 * np.dtype(float).itemsize
    peaks = [peak_memory(fit) / K_bytes for _ in range(rounds)]
    print(f"n = {n}, peak above K / K: {at_most(TARGET, peaks)}")
    for store in (True, False):
        fit_so = partial(fit, store_reduction=store)
        kept = [kept_memory(fit_so) / K_bytes for _ in range(rounds)]
        size = pickled_bytes(fit_so()) / K_bytes
        print(f"store_reduction={store}, kept / K: {spread(kept)} in memory, {size:.3g} pickled")


def print_bytes_of_a_sample(sizes):
    pickled = [pickled_bytes(make_fit(n)(store_reduction=False)) / n for n in sizes]
    listed = ", ".join(f"{size:.1f} at n = {n}" for n, size in zip(sizes, pickled, strict=True))
    print(f"store_reduction=False, pickled bytes of each sample: {listed}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--n", type=int, default=4000)
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    make_fit(200)()
    print_memory(arguments.n, arguments.rounds)
    print_bytes_of_a_sample([arguments.n // 4, arguments.n // 2, arguments.n])


if __name__ == "__main__":
    main()
