"""
Dominance and epistasis
=======================

Effects that are not additive have relationships of their own: dominance deviations one from the
heterozygotes, interactions of additive effects the product of the additive relationship with
itself. How much of each there is, the likelihood says for a grid of weights.
"""

# %%
# A trait with additive effects and more dominance, in large families: full sibs share dominance
# deviations, half sibs do not.
import matplotlib.pyplot as plt
import numpy as np

from sklmm import LMMRegressor
from sklmm.datasets import make_population
from sklmm.relationship import dominance, hadamard, vanraden, weighted_sum

population = make_population(20, 1, 600, h=0.25, dominance=0.5, n_qtl=300, random_state=2)
X, y = population.ids[:, None], population.target

# %%
# The three matrices on one scale: a mean diagonal of 1.
A = vanraden(population.data, population.ids).normalized()
D = dominance(population.data, population.ids).normalized()
AA = hadamard(A, A).normalized()

# %%
# In place of A alone, a share of the genetic part is dominance, or epistasis. Gains of the
# log-likelihood over A alone tell whether the data ask for it.
shares = np.linspace(0, 1, 11)
fig, ax = plt.subplots(figsize=(6, 4), layout="constrained")
for name, other in {"dominance": D, "additive x additive": AA}.items():
    fits = [
        LMMRegressor(weighted_sum([A, other], [1 - w, w]), sample_id=0).fit(X, y) for w in shares
    ]
    gains = [fit.log_likelihood_ - fits[0].log_likelihood_ for fit in fits]
    best = int(np.argmax(gains))
    print(f"{name}: best share {shares[best]:.1f}, h = {fits[best].h_:.2f}")
    ax.plot(shares, gains, "o-", label=name)
ax.axhline(0, color="gray", linewidth=1)
ax.set(
    xlabel="share of the genetic part",
    ylabel="gain in log-likelihood over A alone",
    ylim=(-20, 20),
)
ax.legend()
plt.show()

# %%
# Either is better than A alone, and the two are hard to tell apart: relatives that share much
# share much of both. A better fit says that something is not additive, not what it is.
