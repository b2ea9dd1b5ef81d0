"""Thresholds for all markers: what they are, what they take, and whether they hold.

    python examples/benchmarks/thresholds.py --traits 1000

First the 5 % thresholds of the CD8 of the mice, by simulation, by permuted contrasts, and by
simulation with h estimated again for each replicate, with what they take beside a scan. Then
traits without effects of markers are simulated from the kinship of these mice at the h of CD8.
Each is fitted and scanned at its own h, by the eigenvectors of K and with nothing of
`sklmm.association`; printed is how often its largest −log₁₀ p exceeds a threshold.
"""

import argparse
from functools import partial
from time import process_time

import numpy as np
from scipy import stats

from sklmm import LMMRegressor
from sklmm.association import max_statistics, scan
from sklmm.datasets import load_mice
from sklmm.relationship import centered

MARKERS_AT_A_TIME = 1000


def load_cd8():
    """Genotypes, ids and CD8 of the mice that have it, and the kinship of all mice."""
    mice = load_mice()
    kinship = centered(mice.data, mice.ids)
    measured = ~np.isnan(mice.target[:, 0])
    return mice.data[measured], mice.ids[measured], mice.target[measured, 0], kinship


def seconds(work):
    """CPU time, and what the work returns."""
    start = process_time()
    result = work()
    return process_time() - start, result


def largest_of_null_traits(kinship, ids, genotypes, h, n_traits, rng):
    """The largest −log₁₀ p of traits without effects, each at its own h by REML."""
    eigenvalues, U = np.linalg.eigh(block(kinship, ids))
    eigenvalues = np.maximum(eigenvalues, 0)
    deviations = np.sqrt(h * eigenvalues + 1 - h)
    Y = U @ (deviations[:, None] * rng.standard_normal((len(ids), n_traits)))
    lmm = LMMRegressor(kinship, sample_id=0).fit(ids[:, None], Y)
    precisions = 1 / (lmm.h_ * eigenvalues[:, None] + 1 - lmm.h_)
    ones = U.sum(axis=0)[:, None]
    free = ones * precisions / np.sqrt(np.sum(ones**2 * precisions, axis=0))
    rotated_Y = U.T @ Y
    PY = rotated_Y * precisions - free * np.sum(free * rotated_Y, axis=0)
    rss = np.sum(rotated_Y * PY, axis=0)
    largest = np.zeros(n_traits)
    for start in range(0, genotypes.shape[1], MARKERS_AT_A_TIME):
        G = genotypes[:, start : start + MARKERS_AT_A_TIME].astype(float)
        G = G[:, G.std(axis=0) > 0]
        rotated = U.T @ (G - G.mean(axis=0))
        gPg = (rotated**2).T @ precisions - (rotated.T @ free) ** 2
        shares = (rotated.T @ PY) ** 2 / gPg / rss
        largest = np.maximum(largest, shares.max(axis=0))
    df = len(ids) - 2
    return lmm.h_, -np.log10(stats.f.sf(df * largest / (1 - largest), 1, df))


def block(kinship, ids):
    """K among some individuals."""
    places = {label: place for place, label in enumerate(kinship.ids.tolist())}
    rows = [places[label] for label in ids.tolist()]
    return np.asarray(kinship.matrix)[np.ix_(rows, rows)]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    add = parser.add_argument
    add("--traits", type=int, default=1000)
    add("--resamples", type=int, default=1000)
    add("--seed", type=int, default=0)
    arguments = parser.parse_args()
    genotypes, ids, cd8, kinship = load_cd8()
    lmm = LMMRegressor(kinship, sample_id=0).fit(ids[:, None], cd8)
    options = {"n_resamples": arguments.resamples, "random_state": arguments.seed}
    ways = {
        "simulation": {},
        "permuted contrasts": {"resample": "permutation"},
        "simulation, h again": {"refit_h": True},
    }
    scanning, _ = seconds(lambda: scan(lmm, genotypes, ids=ids))
    print(
        f"{len(ids)} mice, {genotypes.shape[1]} markers, h = {lmm.h_:.3f}: a scan takes ", end=""
    )
    print(f"{scanning:.1f} s; {arguments.resamples} maxima")
    print("                       seconds   scans   5 % threshold of −log₁₀ p")
    thresholds = {}
    for name, way in ways.items():
        find = partial(max_statistics, lmm, genotypes, ids=ids, **way, **options)
        taken, null = seconds(find)
        thresholds[name] = null.threshold(0.05, scale="neg_log10_p")
        print(f"{name:20s} {taken:9.1f} {taken / scanning:7.1f} {thresholds[name]:16.2f}")
    thresholds["Bonferroni"] = -np.log10(0.05 / genotypes.shape[1])
    rng = np.random.default_rng(arguments.seed + 1)
    h, largest = largest_of_null_traits(kinship, ids, genotypes, lmm.h_, arguments.traits, rng)
    print(f"{arguments.traits} traits without effects, h estimated as {h.mean():.3f} ", end="")
    print(f"± {h.std():.3f}; exceeded by their largest −log₁₀ p:")
    error = np.sqrt(0.05 * 0.95 * (1 / arguments.traits + 1 / arguments.resamples))
    for name, threshold in thresholds.items():
        print(f"{name:20s} {threshold:5.2f}  in {np.mean(largest > threshold):5.1%}")
    print(f"5 % would be 5 ± {200 * error:.1f} % by chance alone, of traits and of maxima")


if __name__ == "__main__":
    main()
