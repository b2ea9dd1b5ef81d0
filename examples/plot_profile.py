"""
The likelihood along h
======================

For each h, v and b have a solution in closed form. What is left of the likelihood is a curve over
h, from 0 to 1, and its maximum is the estimate. :meth:`~sklmm.LMMRegressor.log_likelihood` is
this curve: it shows how much the data say about h, which a single number does not.
"""

# %%
# The same trait in 150, 400 and 1410 mice. All mice together leave little doubt; 150 of them
# allow anything between 0.4 and 0.9.
import matplotlib.pyplot as plt
import numpy as np

from sklmm import LMMRegressor
from sklmm.datasets import load_mice
from sklmm.relationship import vanraden

mice = load_mice()
kinship = vanraden(mice.data, mice.ids)
measured = np.flatnonzero(~np.isnan(mice.target[:, 0]))
shuffled = np.random.default_rng(0).permutation(measured)
grid = np.linspace(0, 1, 101)

fig, axis = plt.subplots(figsize=(6, 4), layout="constrained")
for n, color in zip([150, 400, 1410], ["C0", "C1", "C2"], strict=True):
    chosen = shuffled[:n]
    lmm = LMMRegressor(kinship, sample_id=0).fit(mice.ids[chosen, None], mice.target[chosen, 0])
    axis.plot(grid, lmm.log_likelihood(grid) - lmm.log_likelihood_, color=color, label=f"{n} mice")
    axis.plot(lmm.h_, 0, "o", color=color)
axis.axhline(-1.92, color="black", linewidth=0.8, linestyle="--")
axis.annotate("95 %, by χ²", (0, -1.92), (0, -12), textcoords="offset points")
axis.set(ylim=(-8, 0.5), xlabel="h", ylabel="log-likelihood below its maximum", title="REML")
axis.legend(loc="upper left")
plt.show()

# %%
# REML accounts for the fixed effects that were estimated, ML does not. With an intercept the two
# are hardly different. With 60 covariates that have nothing to do with the trait, in 150 mice, ML
# does not count the 60 degrees of freedom that they took: its v is too small, and its h ends at
# 1.
chosen = shuffled[:150]
noise = np.random.default_rng(0).standard_normal((150, 60))
X = np.column_stack([mice.ids[chosen].astype(object), noise])
fig, axis = plt.subplots(figsize=(6, 4), layout="constrained")
for method, color in {"reml": "C0", "ml": "C3"}.items():
    lmm = LMMRegressor(kinship, sample_id=0, method=method).fit(X, mice.target[chosen, 0])
    curve = lmm.log_likelihood(grid[:-1]) - lmm.log_likelihood_
    axis.plot(grid[:-1], curve, color=color, label=f"{method.upper()}: v = {lmm.v_:.2f}")
    axis.plot(lmm.h_, 0, "o", color=color)
axis.set(ylim=(-8, 0.5), xlabel="h", ylabel="log-likelihood below its maximum")
axis.set_title("150 mice, 60 useless covariates")
axis.legend(loc="upper left")
plt.show()

# %%
# The maximum can lie at an end. ``h_`` is then exactly 0.0 or 1.0, which is an answer and no
# failure: the curve shows what else is plausible.
