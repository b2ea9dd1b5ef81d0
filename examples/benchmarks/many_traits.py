"""Time of one fit of thousands of traits, against an eigendecomposition and a rotation.

    python examples/benchmarks/many_traits.py --n 1000 --traits 1 10 100 1000 10000 --rounds 5

Every trait has an h of its own. What no method with eigenvectors can avoid is
`scipy.linalg.eigh(K, driver="evd")` and U'Y, which are timed in turn with the fit.
"""

import argparse

import numpy as np
import scipy.linalg
from problem import make_data, make_traits
from turns import take_turns
from verdict import at_most, relative_difference, spread

from sklmm import Kinship, LMMRegressor

TARGET = 3
OF_THE_TARGET = (1000, 10_000)
"""Samples and traits. With fewer traits the time is that of the eigendecomposition."""


class Traits:
    """A kinship and all traits of a run; measurements take the first of them."""

    def __init__(self, n, n_traits):
        self.K, _ = make_data(n)
        self.Y = make_traits(self.K, n_traits)
        self.kinship, self.X = Kinship(self.K, range(n)), np.arange(n)[:, None]

    def fit(self, y):
        return LMMRegressor(self.kinship, sample_id=0).fit(self.X, y)

    def measure(self, n_traits, rounds, limit=np.inf):
        """Seconds of each contestant, of shape (rounds,)."""
        Y = np.ascontiguousarray(self.Y[:, :n_traits])
        contestants = {
            "fit": lambda: self.fit(Y),
            "eigh and rotation": lambda: self._decompose_and_rotate(Y),
        }
        contestants["fit"]()
        return take_turns(contestants, rounds, limit)

    def _decompose_and_rotate(self, Y):
        _, U = scipy.linalg.eigh(self.K, driver="evd")
        return U.T @ Y


def print_times(traits, n_traits, rounds):
    times = traits.measure(n_traits, rounds)
    ratios = times["fit"] / times["eigh and rotation"]
    is_target = (len(traits.K), n_traits) == OF_THE_TARGET
    print(
        f"n = {len(traits.K)}, {n_traits:5d} traits, fit {np.median(times['fit']):.3f} s, "
        f"fit / (eigh + rotation): {at_most(TARGET, ratios) if is_target else spread(ratios)}",
        flush=True,
    )


def print_agreement(traits, n_checked):
    """The largest differences, of any trait, from fits one by one."""
    together, n_traits = traits.fit(traits.Y), traits.Y.shape[1]
    chosen = np.random.default_rng(0).choice(n_traits, min(n_checked, n_traits), replace=False)
    found = [differences(together, trait, traits.fit(traits.Y[:, trait])) for trait in chosen]
    h, log_likelihood, predictions = np.max(found, axis=0)
    print(
        f"{len(chosen)} of {n_traits} traits, differences from fits one by one: h {h:.0e}, "
        f"log-likelihood {log_likelihood:.0e}, fitted values {predictions:.0e} (relative)"
    )


def differences(together, trait, alone):
    """Of h, which may be 0, and relative ones of the log-likelihood and b + u."""
    fitted = together.intercept_[trait] + together.random_effects_[trait]
    return (
        abs(together.h_[trait] - alone.h_),
        relative_difference(together.log_likelihood_[trait], alone.log_likelihood_),
        relative_difference(fitted, alone.intercept_ + alone.random_effects_),
    )


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    add = parser.add_argument
    add("--n", type=int, default=1000)
    add("--traits", type=int, nargs="+", default=[1, 10, 100, 1000, 10_000])
    add("--checked", type=int, default=20, help="traits that are fitted one by one, too")
    add("--rounds", type=int, default=5)
    arguments = parser.parse_args()
    traits = Traits(arguments.n, max(arguments.traits))
    for n_traits in arguments.traits:
        print_times(traits, n_traits, arguments.rounds)
    print_agreement(traits, arguments.checked)


if __name__ == "__main__":
    main()
