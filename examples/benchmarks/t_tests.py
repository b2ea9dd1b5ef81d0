"""How often t tests of fixed effects that do nothing are wrong, by their degrees of freedom.

    python examples/benchmarks/t_tests.py --families 10 20 40 --replicates 2000

Two covariates without an effect: one that differs between families of mice and one that differs
within them. Printed is how often each is found to have an effect at 5 %, with the normal
distribution, with n - p degrees of freedom and with Satterthwaite's.
"""

import argparse

import numpy as np
from interval_coverage import simulate
from scipy.stats import norm

from sklmm import LMMRegressor
from sklmm.datasets import load_mice
from sklmm.inference import t_test
from sklmm.relationship import vanraden


class Families:
    """Full sibs of some families, and the kinship of all of them."""

    def __init__(self, n_families, size, rng):
        mice = load_mice()
        parents = np.char.add(mice.father.astype(str), mice.mother.astype(str))
        names, sizes = np.unique(parents, return_counts=True)
        chosen = rng.choice(names[sizes >= size], n_families, replace=False)
        rows = np.concatenate([np.flatnonzero(parents == name)[:size] for name in chosen])
        self.kinship = vanraden(mice.data, mice.ids).select(mice.ids[rows])
        between = np.repeat(rng.permutation(n_families) % 2, size)
        within = rng.randint(0, 2, len(rows))
        self.X = np.column_stack([self.kinship.ids, between, within])


def share_of_false_positives(families, h, n_replicates, rng):
    """By the normal distribution, n - p and Satterthwaite, for both covariates."""
    Y = simulate(families.kinship, h, n_replicates, rng)
    lmm = LMMRegressor(families.kinship, sample_id=0).fit(families.X, Y)
    residual, satterthwaite = t_test(lmm, df="residual"), t_test(lmm)
    pvalues = 2 * norm.sf(np.abs(residual.statistic)), residual.pvalue, satterthwaite.pvalue
    shares = [np.mean(p[:, 1:] <= 0.05, axis=0) for p in pvalues]
    return np.array(shares).T, np.median(satterthwaite.df[:, 1:], axis=0)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    add = parser.add_argument
    add("--families", type=int, nargs="+", default=[10, 20, 40])
    add("--size", type=int, default=8, help="sibs of each family")
    add("--h", type=float, default=0.5)
    add("--replicates", type=int, default=2000)
    arguments = parser.parse_args()
    rng = np.random.RandomState(0)
    print(f"families of {arguments.size}  covariate  normal   n - p  Satterthwaite  its df")
    for n_families in arguments.families:
        families = Families(n_families, arguments.size, rng)
        shares, dfs = share_of_false_positives(families, arguments.h, arguments.replicates, rng)
        for kind, (z, residual, satterthwaite), df in zip(
            ["between", "within"], shares, dfs, strict=True
        ):
            print(
                f"{n_families:13d}  {kind:9s}{z:8.1%}{residual:8.1%}{satterthwaite:15.1%}{df:8.0f}"
            )


if __name__ == "__main__":
    main()
