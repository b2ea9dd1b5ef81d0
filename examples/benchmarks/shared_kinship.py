"""What a grid search in two processes adds to a kinship: memory, and files on disk.

    python examples/benchmarks/shared_kinship.py --n 4000 --candidates 10 --folds 5

A `Kinship` is one object however often the estimator is cloned: joblib writes it to one file that
all processes map. Memory is the sum over the processes of what is theirs alone and their share of
what they have in common (PSS), above that of the main process before the search and of workers
that have done nothing but import sklmm. Linux only.
"""

import argparse
import os
import tempfile
import threading
import time
from pathlib import Path

import numpy as np
from joblib import Parallel, delayed, parallel_config
from problem import make_data
from sklearn.model_selection import GridSearchCV
from verdict import at_most

from sklmm import Kinship, LMMRegressor

TARGET_GB = 0.5
TARGET_DUMPS = 1


class Watch:
    """The largest memory of all processes and all large files in a folder, until it stops."""

    def __init__(self, folder, least_bytes):
        self.folder, self.least_bytes = Path(folder), least_bytes
        self.before, self.peak, self.dumps = memory(), 0, {}
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *error):
        self._stop.set()
        self._thread.join()

    @property
    def added_gb(self):
        return (self.peak - self.before) / 1e9

    def _watch(self):
        while not self._stop.wait(0.02):
            self.peak = max(self.peak, memory())
            for path in self.folder.rglob("*"):
                try:
                    size = path.stat().st_size
                except FileNotFoundError:
                    continue
                if size >= self.least_bytes:
                    self.dumps[path] = size


def memory():
    """Proportional set size of this process and its children, in bytes."""
    return sum(_proportional_set_size(process) for process in _family(os.getpid()))


def _family(process):
    children = Path(f"/proc/{process}/task").glob("*/children")
    found = [process]
    for path in children:
        for child in path.read_text().split():
            found += _family(int(child))
    return found


def _proportional_set_size(process):
    try:
        lines = Path(f"/proc/{process}/smaps_rollup").read_text().splitlines()
    except (FileNotFoundError, ProcessLookupError):
        return 0
    return next(1024 * int(line.split()[1]) for line in lines if line.startswith("Pss:"))


def warm_up(n_jobs):
    """Workers that have imported what a fit needs."""
    Z = np.random.default_rng(0).standard_normal((20, 50))
    fit = LMMRegressor(kernel="linear").fit
    Parallel(n_jobs)(delayed(fit)(Z, Z.sum(axis=1)) for _ in range(2 * n_jobs))
    time.sleep(0.5)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    add = parser.add_argument
    add("--n", type=int, default=4000)
    add("--candidates", type=int, default=10)
    add("--folds", type=int, default=5)
    add("--jobs", type=int, default=2)
    arguments = parser.parse_args()
    K, y = make_data(arguments.n)
    K.flags.writeable = False
    kinship, X = Kinship(K, range(arguments.n)), np.arange(arguments.n)[:, None]
    candidates = {"h": list(np.linspace(0.1, 0.9, arguments.candidates))}
    lmm = LMMRegressor(kinship, sample_id=0)
    search = GridSearchCV(lmm, candidates, cv=arguments.folds, refit=False)
    with tempfile.TemporaryDirectory() as folder:
        search.set_params(n_jobs=arguments.jobs)
        with parallel_config("loky", temp_folder=folder):
            warm_up(arguments.jobs)
            with Watch(folder, K.nbytes // 10) as watch:
                start = time.perf_counter()
                search.fit(X, y)
                seconds = time.perf_counter() - start
    print(
        f"n = {arguments.n}, {arguments.candidates} candidates x {arguments.folds} folds in "
        f"{arguments.jobs} processes: {seconds:.1f} s; K takes {K.nbytes / 1e9:.3f} GB"
    )
    print(f"memory added, GB: {at_most(TARGET_GB, watch.added_gb)}")
    print(f"dumps of K: {at_most(TARGET_DUMPS, len(watch.dumps))}", *watch.dumps.values())


if __name__ == "__main__":
    main()
