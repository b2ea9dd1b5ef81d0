"""Cross-validation in closed form: against one fit, and against a fit for every fold.

    python examples/benchmarks/closed_form.py --n 4000 --rounds 5

Every round times, in turn, a fit, leave-one-out in closed form, ten folds in closed form and ten
folds by scikit-learn, which fits each and so estimates h in each. Predictions are compared with
fits of the folds at the same h; those of leave-one-out, for some of the samples.
"""

import argparse

import numpy as np
import sklearn.model_selection
from problem import make_data
from sklearn.base import clone
from sklearn.model_selection import KFold, LeaveOneOut
from turns import take_turns
from verdict import at_most, relative_difference, spread

from sklmm import Kinship, LMMRegressor
from sklmm.model_selection import cross_val_predict

MAX_FITS = 3
MIN_GAIN = 4
LARGEST_DIFFERENCE = 1e-10
FOLDS = KFold(10, shuffle=True, random_state=0)


class Task:
    """A kinship of n simulated samples, and a trait."""

    def __init__(self, n):
        K, self.y = make_data(n)
        self.X = np.arange(n)[:, None]
        self.lmm = LMMRegressor(Kinship(K, range(n)), sample_id=0)

    def fit(self):
        return clone(self.lmm).fit(self.X, self.y)

    def predict(self, cv):
        return cross_val_predict(self.lmm, self.X, self.y, cv=cv)

    def fit_every_fold(self, lmm):
        return sklearn.model_selection.cross_val_predict(lmm, self.X, self.y, cv=FOLDS)

    def measure(self, rounds):
        """Seconds of each contestant, of shape (rounds,)."""
        contestants = {
            "fit": self.fit,
            "leave-one-out": lambda: self.predict(LeaveOneOut()),
            "10 folds": lambda: self.predict(FOLDS),
            "10 folds by fits": lambda: self.fit_every_fold(self.lmm),
        }
        contestants["fit"]()
        return take_turns(contestants, rounds)

    def differences(self, n_left_out):
        """Largest differences from fits at the same h, relative to the largest prediction."""
        lmm = clone(self.lmm).set_params(h=self.fit().h_)
        of_folds = relative_difference(self.predict(FOLDS), self.fit_every_fold(lmm))
        left_out = np.linspace(0, len(self.y) - 1, n_left_out, dtype=int)
        fitted = np.hstack([self._predict_alone(lmm, row) for row in left_out])
        return of_folds, relative_difference(self.predict(LeaveOneOut())[left_out], fitted)

    def _predict_alone(self, lmm, row):
        others = np.delete(np.arange(len(self.y)), row)
        return clone(lmm).fit(self.X[others], self.y[others]).predict(self.X[[row]])


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--n", type=int, default=4000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--left-out", type=int, default=10)
    arguments = parser.parse_args()
    task = Task(arguments.n)
    times = task.measure(arguments.rounds)
    for name, values in times.items():
        print(f"n = {arguments.n}, {name}: {spread(values)} s", flush=True)
    fits = times["leave-one-out"] / times["fit"]
    print(f"leave-one-out / fit: {at_most(MAX_FITS, fits)}")
    gain = times["10 folds by fits"] / times["10 folds"]
    verdict = "met" if np.median(gain) >= MIN_GAIN else "MISSED"
    print(f"10 folds by fits / closed: {spread(gain)}, target at least {MIN_GAIN}: {verdict}")
    for what, difference in zip(
        ("10 folds", f"{arguments.left_out} samples left out"),
        task.differences(arguments.left_out),
        strict=True,
    ):
        print(f"{what}, difference from fits at this h: {at_most(LARGEST_DIFFERENCE, difference)}")


if __name__ == "__main__":
    main()
