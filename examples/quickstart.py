"""From genotypes to cross-validated predictions of a trait of real mice.

1940 heterogeneous-stock mice, 12226 markers, and the share of CD8+ T cells that was measured
in 1410 of them.
"""

from time import perf_counter

import numpy as np
from sklearn.model_selection import GridSearchCV, KFold, cross_val_predict

from sklmm import LMMRegressor
from sklmm.datasets import load_mice
from sklmm.relationship import vanraden

START = perf_counter()


def main():
    say("loading the mice")
    mice = load_mice()
    cd8 = mice.target[:, 0]
    measured = ~np.isnan(cd8)
    X, y = mice.ids[measured, None], cd8[measured]

    say("computing the kinship from", mice.data.shape, "genotypes")
    kinship = vanraden(mice.data, mice.ids)

    say("fitting CD8 by REML in", len(y), "mice")
    lmm = LMMRegressor(kinship, sample_id=0)
    start = perf_counter()
    lmm.fit(X, y)
    seconds = perf_counter() - start
    print(f"    h                {lmm.h_:.6f}")
    print(f"    v                {lmm.v_:.6f}")
    print(f"    b                {lmm.intercept_:.6f}")
    print(f"    log-likelihood   {lmm.log_likelihood_:.6f}")
    print(f"    seconds          {seconds:.2f}")

    say("cross-validating in 10 folds")
    folds = KFold(10, shuffle=True, random_state=0)
    predictions = cross_val_predict(lmm, X, y, cv=folds)
    print(f"    correlation      {np.corrcoef(predictions, y)[0, 1]:.3f}")

    say("searching the grid of REML and ML")
    search = GridSearchCV(lmm, {"method": ["reml", "ml"]}, cv=folds).fit(X, y)
    for parameters, r2 in zip(
        search.cv_results_["params"], search.cv_results_["mean_test_score"], strict=True
    ):
        print(f"    {parameters['method']:<5} R2         {r2:.4f}")
    say("done")


def say(*words):
    print(f"[{perf_counter() - START:5.1f} s]", *words, flush=True)


if __name__ == "__main__":
    main()
