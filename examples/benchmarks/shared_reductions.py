"""What models with one kinship share: reductions in a grid search, cores in cross-validation.

    python examples/benchmarks/shared_reductions.py --folds 10 --rounds 5

With `memory=`, a grid search over anything but the samples reduces K once for each fold and once
for the final fit; the files of joblib's cache are counted. Processes of cross-validation have to
share the cores, and not take all of them each.
"""

import argparse
import os
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from time import sleep

import numpy as np
from joblib import Parallel, delayed
from problem import load_cd8
from sklearn.model_selection import GridSearchCV, KFold, cross_val_predict
from threadpoolctl import threadpool_info
from turns import take_turns
from verdict import at_most, spread

from sklmm import Kinship, LMMRegressor

GRID = {
    "method": ["reml", "ml"],
    "h": [None, 0.3, 0.6],
    "fit_intercept": [True, False],
}
TIME_FOR_ALL_WORKERS_TO_START = 1.0


class MiceWithCD8:
    def __init__(self, n_folds):
        K, self.y = load_cd8()
        self.kinship, self.X = Kinship(K, range(len(K))), np.arange(len(K))[:, None]
        self.folds = KFold(n_folds, shuffle=True, random_state=0)

    def search(self, memory=None):
        lmm = LMMRegressor(self.kinship, sample_id=0, memory=memory)
        return GridSearchCV(lmm, GRID, cv=self.folds).fit(self.X, self.y)

    def search_with_memory(self):
        """The number of reductions that were computed."""
        with TemporaryDirectory() as folder:
            self.search(memory=folder)
            return len(list(Path(folder).rglob("reduce_kinship/*/output.pkl")))

    def predict(self, n_jobs):
        lmm = LMMRegressor(self.kinship, sample_id=0)
        return cross_val_predict(lmm, self.X, self.y, cv=self.folds, n_jobs=n_jobs)


def print_reductions(mice, n_folds, rounds):
    n_fits = n_folds * np.prod([len(values) for values in GRID.values()]) + 1
    n_reductions = mice.search_with_memory()
    print(f"{n_fits} fits of mice, reductions: {at_most(n_folds + 1, n_reductions)}", flush=True)
    times = take_turns({"with": mice.search_with_memory, "without": mice.search}, rounds)
    print(
        f"grid search {spread(times['with'])} s with memory, {spread(times['without'])} s without"
    )
    print(f"with / without: {at_most(1, times['with'] / times['without'])}", flush=True)


def print_processes(mice, n_jobs, rounds):
    in_one, in_more = partial(mice.predict, 1), partial(mice.predict, n_jobs)
    difference = np.abs(in_more() - in_one()).max()
    times = take_turns({"one": in_one, "more": in_more}, rounds)
    print(
        f"cross_val_predict {spread(times['one'])} s, {spread(times['more'])} s in {n_jobs} jobs"
    )
    print(f"n_jobs={n_jobs} / n_jobs=1: {at_most(1, times['more'] / times['one'])}")
    threads = blas_threads_of_workers(n_jobs)
    print(
        f"BLAS threads of {len(threads)} workers on {os.cpu_count()} cores: "
        f"{at_most(os.cpu_count(), sum(threads))}; predictions differ by {difference:.0e}"
    )


def blas_threads_of_workers(n_jobs):
    return dict(Parallel(n_jobs)(delayed(_process_and_threads)() for _ in range(n_jobs))).values()


def _process_and_threads():
    sleep(TIME_FOR_ALL_WORKERS_TO_START)
    pools = [pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas"]
    return os.getpid(), max(pools)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    add = parser.add_argument
    add("--folds", type=int, default=10)
    add("--jobs", type=int, default=2)
    add("--rounds", type=int, default=5)
    arguments = parser.parse_args()
    mice = MiceWithCD8(arguments.folds)
    print_reductions(mice, arguments.folds, arguments.rounds)
    print_processes(mice, arguments.jobs, arguments.rounds)


if __name__ == "__main__":
    main()
