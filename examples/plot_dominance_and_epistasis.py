"""
Dominance and epistasis
=======================

Effects that are not additive have relationships of their own: dominance deviations one from the
heterozygotes, interactions of additive effects the product of the additive relationship with
itself. How much of each there is, the likelihood says for a grid of weights.
"""

# %%
# A trait with additive effects and a large share of dominance.
import matplotlib.pyplot as plt
import numpy as np

from sklmm import LMMRegressor
from sklmm.datasets import make_population
from sklmm.relationship import dominance, hadamard, vanraden, weighted_sum

population = make_population(80, 1, 700, h=0.3, dominance=0.4, n_qtl=60, random_state=2)
X, y = population.ids[:, None], population.target

# %%
# The three matrices on one scale: a mean diagonal of 1.
A = vanraden(population.data, population.ids).normalized()
D = dominance(population.data, population.ids).normalized()
AA = hadamard(A, A).normalized()

# %%
# In place of A alone, a share w of the genetic part is dominance, or epistasis.
shares = np.linspace(0, 1, 11)
fig, ax = plt.subplots(figsize=(6, 4), layout="constrained")
for name, other in {"dominance": D, "additive x additive": AA}.items():
    fits = [
        LMMRegressor(weighted_sum([A, other], [1 - w, w]), sample_id=0, method="ml").fit(X, y)
        for w in shares
    ]
    likelihoods = [fit.log_likelihood_ for fit in fits]
    best = int(np.argmax(likelihoods))
    print(f"{name}: best share {shares[best]:.1f}, h = {fits[best].h_:.2f}")
    ax.plot(shares, likelihoods, "o-", label=name)
ax.axvline(0.4 / 0.7, color="grey", linewidth=1, label="simulated share of dominance")
ax.set(xlabel="share of the genetic part that is not additive", ylabel="log-likelihood")
ax.legend()
plt.show()
