"""Scans of a genome beside other programs, and beside what these cannot avoid.

    OPENBLAS_NUM_THREADS=1 python examples/benchmarks/association.py --rounds 5

GEMMA and JAMMA take part where their commands are on the path, FaST-LMM and pylmm3 where they can
be imported. Seconds are medians of rounds in which all take turns, by the clock and of the
processors; -log10 p is compared with sklmm's for the same question.
"""

import argparse
import gc
import resource
from tempfile import TemporaryDirectory
from time import perf_counter, process_time

import numpy as np
import scans
import scipy.linalg
from memory import peak_memory
from scans import Problem

from sklmm import Kinship, LMMRegressor
from sklmm.association import max_statistics, scan
from sklmm.relationship import leave_one_chromosome_out

BESIDE = {
    "eigh and U'G": (scans.decompose_and_rotate, None),
    'sklmm, h="null"': (scans.sklmm_null, None),
    'sklmm, h="each"': (scans.sklmm_each, None),
    "FaST-LMM": (scans.fastlmm, "null"),
    "GEMMA": (scans.gemma, "each"),
    "JAMMA": (scans.jamma, "each"),
    "pylmm3": (scans.pylmm3, None),
}
"""Programs, and which of ours answers the same question."""


def measure(work):
    """Seconds by the clock and of the processors, those of commands included."""
    gc.collect()
    wall, cpu = perf_counter(), _processors()
    work()
    return perf_counter() - wall, _processors() - cpu


def _processors():
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return process_time() + children.ru_utime + children.ru_stime


def take_turns(contestants, rounds):
    """Seconds of each, of shape (rounds, 2)."""
    times = {name: [] for name in contestants}
    for _ in range(rounds):
        for name, work in contestants.items():
            times[name].append(measure(work))
    return {name: np.array(values) for name, values in times.items()}


def report(title, times, more=None):
    """A table of medians, with the ratios to the first contestant round by round."""
    print(
        f"\n{title}\n\n|program|seconds|of processors|ratio to the first|{'|'.join(more or {})}|"
    )
    print("|---|--:|--:|--:|" + "--:|" * len(more or {}))
    first = next(iter(times.values()))[:, 0]
    for name, seconds in times.items():
        wall, cpu = np.median(seconds, axis=0)
        ratios = seconds[:, 0] / first
        beside = "|".join(column.get(name, "") for column in (more or {}).values())
        print(
            f"|{name}|{wall:.3g}|{cpu:.3g}|{np.median(ratios):.3g} "
            f"({ratios.min():.3g} to {ratios.max():.3g})|{beside}|",
            flush=True,
        )


def beside_others(problem, rounds):
    """The mice's CD8, by all programs that are here."""
    answers, contestants = {}, {}
    for name, (work, _) in BESIDE.items():
        try:
            answers[name] = work(problem)
        except ImportError as error:
            print(f"{name} is left out: {error}")
            continue
        contestants[name] = lambda work=work: work(problem)
    differences, memory = {}, {}
    for name, (work, question) in BESIDE.items():
        if name in answers:
            memory[name] = (
                f"{peak_memory(lambda w=work: w(problem)) / 8 / len(problem.y) ** 2:.3g}"
            )
        if name in answers and question:
            ours, theirs = answers[f'sklmm, h="{question}"'], answers[name]
            both = [
                marker for marker in theirs if np.isfinite([theirs[marker], ours[marker]]).all()
            ]
            largest = max(abs(theirs[marker] - ours[marker]) for marker in both)
            differences[name] = f"{largest:.1g} ({len(both)} markers)"
    columns = {"memory / K": memory, "largest difference in -log10 p": differences}
    title = f"CD8 of {len(problem.y)} mice, {len(problem.names)} markers"
    report(title, take_turns(contestants, rounds), columns)


def one_chromosome_out(problem, rounds):
    """As many eigendecompositions as chromosomes, and scans with as many kinships."""
    K, n_chromosomes = problem.kinship.matrix, len(set(problem.chromosomes.tolist()))
    kinships = leave_one_chromosome_out(problem.genotypes, problem.ids, problem.chromosomes)

    def decompose():
        for _ in range(n_chromosomes):
            scipy.linalg.eigh(K, driver="evd")

    contestants = {
        f"{n_chromosomes} eigh": decompose,
        "one scan": lambda: scans.sklmm_null(problem),
        'sklmm, h="null"': lambda: scans.sklmm_loco(problem, "null", kinships),
        'sklmm, h="each"': lambda: scans.sklmm_loco(problem, "each", kinships),
        'sklmm, h="null", kinships made, too': lambda: scans.sklmm_loco(problem),
    }
    report("Without the chromosome of the marker", take_turns(contestants, rounds))


def many_markers(n, m, rounds):
    """The time of one triangular solve of the same shape."""
    rng = np.random.default_rng(0)
    genotypes = rng.binomial(2, 0.3, (n, m)).astype(np.int8)
    Z = genotypes[:, : 2 * n] - 0.6
    K = Z @ Z.T / (0.42 * Z.shape[1])
    y = np.linalg.cholesky(K + np.eye(n)) @ rng.standard_normal(n)
    ids = np.arange(n)
    null = LMMRegressor(Kinship(K, ids), sample_id=0).fit(ids[:, None], y)
    L = np.linalg.cholesky(K + np.eye(n)).T.copy().T
    M = np.asfortranarray(rng.standard_normal((n, m // 20)))

    def solve():
        for _ in range(20):
            scipy.linalg.blas.dtrsm(1.0, L, M, lower=1)

    contestants = {"dtrsm": solve, "scan": lambda: scan(null, genotypes, ids=ids)}
    report(f"{n} samples, {m} markers", take_turns(contestants, rounds))


def many_traits(n, m, n_traits, rounds):
    """The product of all traits with all markers, and the largest LOD of each trait."""
    rng = np.random.default_rng(0)
    genotypes = rng.binomial(1, 0.5, (n, m)).astype(np.int8) * 2
    Z = genotypes - 1.0
    K = Z @ Z.T / m
    h = rng.uniform(size=n_traits)
    root = np.linalg.cholesky(K + 1e-6 * np.eye(n))
    Y = np.sqrt(h) * (root @ rng.standard_normal((n, n_traits)))
    Y += np.sqrt(1 - h) * rng.standard_normal((n, n_traits))
    ids = np.arange(n)
    null = LMMRegressor(Kinship(K, ids), sample_id=0).fit(ids[:, None], Y)
    G = np.asfortranarray(genotypes.astype(float))
    contestants = {
        "dgemm": lambda: Y.T @ G,
        "scan": lambda: scan(null, genotypes, ids=ids, keep="max"),
    }
    title = f"{n_traits} traits of {n} samples, {m} markers"
    report(title, take_turns(contestants, rounds))


def thresholds(problem, rounds):
    """1000 maxima of simulated scans beside two scans."""
    null, markers = problem.fit(), problem.markers()
    contestants = {
        "two scans": lambda: [scan(null, problem.genotypes, **markers) for _ in range(2)],
        "1000 maxima": lambda: max_statistics(
            null, problem.genotypes, n_resamples=1000, random_state=0, **markers
        ),
    }
    report("Thresholds", take_turns(contestants, rounds))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--large", type=int, nargs=2, default=(2000, 100_000), help="n and m")
    parser.add_argument("--traits", type=int, nargs=3, default=(79, 7321, 5000), help="n, m and T")
    arguments = parser.parse_args()
    with TemporaryDirectory() as folder:
        problem = Problem.of_mice(folder)
        beside_others(problem, arguments.rounds)
        one_chromosome_out(problem, arguments.rounds)
        thresholds(problem, arguments.rounds)
    many_markers(*arguments.large, arguments.rounds)
    many_traits(*arguments.traits, arguments.rounds)


if __name__ == "__main__":
    main()
