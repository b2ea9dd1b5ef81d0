"""How often intervals hold the true value, and how often tests are wrong, in simulated traits.

    python examples/benchmarks/interval_coverage.py --replicates 2000

Traits of known h are simulated from the kinship of some of the mice, and fitted by REML, all
traits of one h in one fit. Printed is the share of intervals of 95 % that hold the true value of
a parameter, with their median length; then how often h = 0 is rejected at 5 %, by the exact
distribution of the likelihood ratio and by the mixture of χ² that is used in its place.
"""

import argparse
from time import perf_counter

import numpy as np
from problem import load_mice_kinship
from scipy.stats import chi2

from sklmm import LMMRegressor
from sklmm.inference import confidence_interval, heritability_test

METHODS = ["exact", "profile", "wald"]
TOLERANCE = 0.015
"""By which 95 % and 5 % may be missed: 3 standard errors of 2000 replicates."""


def simulate(kinship, h, n_replicates, rng):
    """Traits of variance 1, of shape (n, n_replicates)."""
    eigenvalues, U = np.linalg.eigh(kinship.matrix)
    deviations = np.sqrt(h * np.maximum(eigenvalues, 0) + 1 - h)
    return U @ (deviations[:, None] * rng.standard_normal((len(kinship), n_replicates)))


def describe_intervals(lmm, parameter, truth):
    """A cell for each method: coverage, and the median length."""
    for method in METHODS:
        low, high = confidence_interval(lmm, parameter, method=method).T
        exists = ~np.isnan(low)
        holds = (low[exists] <= truth) & (truth <= high[exists])
        length = np.median(high[exists] - low[exists])
        missed = abs(holds.mean() - 0.95) > TOLERANCE
        share = f"{exists.mean():.0%} have one" if not exists.all() else ""
        yield f"{holds.mean():6.1%}{'*' if missed else ' '}{length:6.3f} {share:13s}"


def rejections(lmm, n_simulations, rng):
    """Of h = 0 at 5 %: the share by the exact distribution, and by ½χ²₀ + ½χ²₁."""
    test = heritability_test(lmm, n_simulations=n_simulations, random_state=rng)
    by_mixture = chi2.sf(test.statistic, 1) / 2
    return np.mean(test.pvalue <= 0.05), np.mean(by_mixture <= 0.05)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    add = parser.add_argument
    add("--mice", type=int, default=400)
    add("--replicates", type=int, default=2000)
    add("--h", type=float, nargs="+", default=[0, 0.1, 0.3, 0.6, 0.9])
    add("--parameters", nargs="+", default=["h"], choices=[*truths(0)])
    add("--simulations", type=int, default=100_000)
    add("--seed", type=int, default=0)
    arguments = parser.parse_args()
    start, rng = perf_counter(), np.random.RandomState(arguments.seed)
    kinship = load_mice_kinship(arguments.mice, arguments.seed)
    print(f"{arguments.replicates} traits of {len(kinship)} mice for each h; intervals of 95 %:")
    print("coverage and median length, * if further than 1.5 % from 95 %")
    print("   h  parameter  " + "".join(f"{method:28s}" for method in METHODS))
    tests = {}
    for h in arguments.h:
        Y = simulate(kinship, h, arguments.replicates, rng)
        lmm = LMMRegressor(kinship, sample_id=0).fit(kinship.ids[:, None], Y)
        for parameter in arguments.parameters:
            cells = describe_intervals(lmm, parameter, truths(h)[parameter])
            print(f"{h:4.2g}  {parameter:9s}  " + "".join(cells).rstrip(), flush=True)
        tests[h] = *rejections(lmm, arguments.simulations, rng), *ends(lmm)
    print("   h  h = 0 rejected at 5 %: exact, by ½χ²₀ + ½χ²₁    estimates at 0, at 1")
    for h, (exact, mixture, at_0, at_1) in tests.items():
        print(f"{h:4.2g}  {exact:29.1%}  {mixture:14.1%}  {at_0:20.1%}  {at_1:4.1%}")
    print(f"{perf_counter() - start:.0f} s")


def truths(h):
    """Of a total variance of 1."""
    return {"h": h, "kinship": h, "residual": 1 - h, "total": 1}


def ends(lmm):
    return np.mean(lmm.h_ == 0), np.mean(lmm.h_ == 1)


if __name__ == "__main__":
    main()
