"""
Intervals that hold near 0 and 1
================================

An estimate of h comes with an uncertainty that is large in small samples, and the usual ways to
tell it lean on large ones. :func:`~sklmm.inference.confidence_interval` has one that does not:
the exact interval. This example counts how often each of three kinds of interval holds the
true h.
"""

# %%
# Traits of known h, simulated from the kinship of 60 mice in 12 families. All traits of one h are
# fitted at once.
import matplotlib.pyplot as plt
import numpy as np

from sklmm import LMMRegressor
from sklmm.datasets import load_mice
from sklmm.inference import confidence_interval, heritability_test
from sklmm.relationship import vanraden

mice = load_mice()
rng = np.random.default_rng(0)
parents = np.char.add(mice.father.astype(str), mice.mother.astype(str))
names, sizes = np.unique(parents, return_counts=True)
chosen = rng.choice(names[sizes >= 5], 12, replace=False)
rows = np.concatenate([np.flatnonzero(parents == name)[:5] for name in chosen])
kinship = vanraden(mice.data, mice.ids).select(mice.ids[rows]).normalized()
eigenvalues, U = np.linalg.eigh(kinship.matrix)


def simulate(h, n_traits):
    deviations = np.sqrt(h * np.maximum(eigenvalues, 0) + 1 - h)
    return U @ (deviations[:, None] * rng.standard_normal((len(kinship), n_traits)))


true_h = [0.0, 0.05, 0.3, 0.6, 0.95, 1.0]
methods = {"exact": ("C0", "o"), "profile": ("C1", "s"), "wald": ("C2", "^")}
holds = {method: [] for method in methods}
exists = {method: [] for method in methods}
for h in true_h:
    lmm = LMMRegressor(kinship, sample_id=0).fit(kinship.ids[:, None], simulate(h, 150))
    for method in methods:
        low, high = confidence_interval(lmm, method=method).T
        holds[method].append(np.mean((low <= h) & (h <= high)))
        exists[method].append(np.mean(~np.isnan(low)))

# %%
# The share of intervals that hold the true h, of 150 for each; the gray band is what chance allows
# an interval that keeps its 95 %. Where h is estimated at 0 or 1 there is no standard error and no
# Wald interval, which counts as a miss.
fig, axis = plt.subplots(figsize=(6.4, 4.2), layout="constrained")
axis.axhspan(0.95 - 0.035, 0.95 + 0.035, color="0.88", label="95 %, within chance")
for method, (color, marker) in methods.items():
    axis.plot(true_h, holds[method], color=color, marker=marker, label=method)
axis.set(xlabel="true h", ylabel="share of intervals with the true h", ylim=(0, 1.02))
axis.legend(loc="lower center")
plt.show()
for h, share in zip(true_h, exists["wald"], strict=True):
    print(f"h = {h:4.2f}: {share:4.0%} of the estimates are not at an end")

# %%
# One of these traits, with the three intervals.
lmm = LMMRegressor(kinship, sample_id=0).fit(kinship.ids[:, None], simulate(0.6, 1)[:, 0])
print(f"estimate  {lmm.h_:.3f}")
for method in methods:
    low, high = confidence_interval(lmm, method=method)
    print(f"{method:8s}  {low:.3f} to {high:.3f}")
print(f"test of h = 0: p = {heritability_test(lmm, random_state=0).pvalue:.4f}")
