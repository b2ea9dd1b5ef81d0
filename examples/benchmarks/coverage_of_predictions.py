"""How often prediction intervals hold what they predict, in simulated traits of new individuals.

    python examples/benchmarks/coverage_of_predictions.py --replicates 1000

Two simulated populations of 160 individuals, one with the relationships of its pedigree, one with
those of its markers. 120 of them have a record of a trait of known h, with an intercept and a
covariate, and 40 are new. Printed is the share of their intervals of 95 % that hold the true u
and x b + u, with h taken as known ("plug-in", Henderson's variances), and with an average over h.
"""

import argparse
from time import perf_counter

import numpy as np

from sklmm import LMMRegressor
from sklmm.datasets import make_population
from sklmm.inference import prediction_errors
from sklmm.relationship import numerator, vanraden

N_TRAINING = 120
METHODS = ["plug-in", "averaged"]
TARGETS = {"u": "random_effect", "x b + u": "mean"}
LOWEST, HIGHEST = 0.93, 0.98
"""Shares outside are marked."""


def designs(seed):
    """Kinships of 160 individuals in an order without meaning, by name."""
    rng = np.random.default_rng(seed)
    pedigree = make_population(40, 3, 40, random_state=seed)
    A = numerator(pedigree.ids, pedigree.father, pedigree.mother)
    markers = make_population(40, 3, 40, n_markers=2000, random_state=seed + 1)
    for name, kinship, ids in (
        ("pedigree", A, pedigree.ids),
        ("markers", vanraden(markers.data, markers.ids), markers.ids),
    ):
        yield name, kinship.select(rng.permutation(ids))


def simulate(kinship, h, n_replicates, rng):
    """u and e of traits with a variance of 1, on K with a mean diagonal of 1."""
    K = kinship.matrix / np.diagonal(kinship.matrix).mean()
    eigenvalues, U = np.linalg.eigh(K)
    root = U * np.sqrt(h * np.maximum(eigenvalues, 0))
    u = root @ rng.standard_normal((len(K), n_replicates))
    return u, np.sqrt(1 - h) * rng.standard_normal(u.shape)


def coverage(kinship, h, n_replicates, rng):
    """Shares and median widths, for each target and method, and the share of h that is 0."""
    u, e = simulate(kinship, h, n_replicates, rng)
    x = rng.standard_normal(len(kinship))
    X = np.column_stack([kinship.ids.astype(object), x])
    fixed = 10 + 0.5 * x[:, None]
    Y = fixed + u + e
    lmm = LMMRegressor(kinship, sample_id=0).fit(X[:N_TRAINING], Y[:N_TRAINING])
    errors, new = prediction_errors(lmm, X[N_TRAINING:]), slice(N_TRAINING, None)
    truths = {"u": u[new], "x b + u": (fixed + u)[new]}
    cells = {}
    for target, truth in truths.items():
        for method in METHODS:
            low, high = np.moveaxis(errors.interval(TARGETS[target], method=method), -1, 0)
            holds = (low <= truth) & (truth <= high)
            cells[target, method] = holds.mean(), np.median(high - low)
    return cells, np.mean(lmm.h_ == 0)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    add = parser.add_argument
    add("--replicates", type=int, default=1000)
    add("--h", type=float, nargs="+", default=[0.1, 0.2, 0.5, 0.8])
    add("--seed", type=int, default=0)
    arguments = parser.parse_args()
    start = perf_counter()
    print(f"{arguments.replicates} traits; intervals of 95 % for 40 new individuals each:")
    print("coverage and median width, * if outside of 93 to 98 %")
    columns = [f"{target}, {method}" for target in TARGETS for method in METHODS]
    print("design       h  " + "".join(f"{column:20s}" for column in columns) + "estimates at 0")
    for name, kinship in designs(arguments.seed):
        rng = np.random.default_rng(arguments.seed)
        for h in arguments.h:
            cells, at_0 = coverage(kinship, h, arguments.replicates, rng)
            texts = (
                f"{share:6.1%}{' ' if LOWEST <= share <= HIGHEST else '*'}{width:7.3f}"
                for share, width in cells.values()
            )
            row = "".join(f"{text:20s}" for text in texts)
            print(f"{name:10s} {h:4.2g}  {row}{at_0:.1%}", flush=True)
    print(f"{perf_counter() - start:.0f} s")


if __name__ == "__main__":
    main()
