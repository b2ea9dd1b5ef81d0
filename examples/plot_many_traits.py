"""
Many traits at once
===================

Expression of thousands of genes, spectra, images: y can have many columns. Each is a model with a
heritability of its own, and all of them share the reduction of K, which is nearly all of the
work.
"""

# %%
# 2000 traits of 300 lines: 600 without any heritability, the others with one of up to 0.9.
from time import perf_counter

import matplotlib.pyplot as plt
import numpy as np

from sklmm import Kinship, LMMRegressor

rng = np.random.default_rng(0)
n, n_traits = 300, 2000
Z = rng.binomial(2, 0.4, (n, 1500)) - 0.8
K = Z @ Z.T / 720
kinship = Kinship(K, range(n))
root = np.linalg.cholesky(K + 1e-9 * np.eye(n))
true_h = rng.uniform(0, 0.9, n_traits)
true_h[:600] = 0
Y = root @ rng.standard_normal((n, n_traits)) * np.sqrt(true_h)
Y += rng.standard_normal((n, n_traits)) * np.sqrt(1 - true_h)
X = np.arange(n)[:, None]

start = perf_counter()
lmm = LMMRegressor(kinship, sample_id=0).fit(X, Y)
seconds = perf_counter() - start
print(f"{n_traits} traits in {seconds:.2f} s; h_ has shape {lmm.h_.shape}")

# %%
# Estimates scatter around the truth, and are stopped by 0 and 1: of the traits without any
# heritability half are estimated to be exactly 0.
print(f"exactly 0: {np.mean(lmm.h_[true_h == 0] == 0):.0%} of the traits without heritability")

fig, (left, right) = plt.subplots(1, 2, figsize=(9, 4), layout="constrained")
left.scatter(true_h, lmm.h_, s=5, alpha=0.4, linewidths=0)
left.axline((0, 0), slope=1, color="black", linewidth=1)
left.set(xlabel="true h", ylabel="estimated h", title=f"{n_traits} traits, {n} lines")
right.hist(lmm.h_[true_h == 0], bins=30, alpha=0.7, label="true h = 0")
high = true_h > 0.5
right.hist(lmm.h_[high], bins=30, alpha=0.7, label="true h > 0.5")
right.set(xlabel="estimated h", ylabel="traits")
right.legend()
plt.show()

# %%
# With gaps in Y, ``missing_y="drop"`` fits every trait where it is measured. Traits with the same
# gaps share a reduction, and BLUPs are given in all rows.
Y[:60, :1000] = np.nan
lmm = LMMRegressor(kinship, sample_id=0, missing_y="drop").fit(X, Y)
hidden = lmm.random_effects_[700:1000, :60]
print(f"BLUPs of unmeasured rows: shape {hidden.shape}, all finite: {np.isfinite(hidden).all()}")
