"""
Pedigree, markers, and both in a single step
============================================

A pedigree expects half of a father's genes in each of his offspring; markers see which half. In
breeding most animals have only a pedigree and a few are genotyped. This example predicts a young
generation from either, and from both.
"""

# %%
# A simulated population of 60 founders and three generations, of which the last has no records.
import matplotlib.pyplot as plt
import numpy as np

from sklmm import LMMRegressor
from sklmm.datasets import make_population
from sklmm.metrics import predictive_ability
from sklmm.relationship import numerator, single_step, vanraden

population = make_population(60, 3, 200, h=0.4, n_qtl=100, random_state=1)
young = population.generation == 3
X, y = population.ids[:, None], population.target

# %%
# The pedigree gives A, with unknown parents of the founders. The markers give G, here from the
# allele frequencies of everybody. For the single step half of the animals are genotyped.
A = numerator(population.ids, population.father, population.mother)
G = vanraden(population.data, population.ids)
genotyped = np.random.default_rng(0).permutation(len(y)) < len(y) / 2
G_of_half = vanraden(population.data[genotyped], population.ids[genotyped])
H = single_step(A, G_of_half, blend=0.05)

# %%
# Each is a kinship of all animals. The young are predicted without records of their own.
fig, axes = plt.subplots(1, 3, figsize=(10, 3.6), sharex=True, sharey=True, layout="constrained")
truth = population.breeding_value[young]
for ax, (name, kinship) in zip(
    axes, {"pedigree": A, "single step, half genotyped": H, "markers": G}.items(), strict=True
):
    lmm = LMMRegressor(kinship, sample_id=0).fit(X[~young], y[~young])
    predicted = lmm.predict(X[young])
    accuracy = predictive_ability(truth, predicted)
    print(f"{name}: h = {lmm.h_:.2f}, accuracy {accuracy:.2f}")
    ax.scatter(predicted, truth, s=10)
    ax.set(xlabel="predicted", title=f"{name}\naccuracy {accuracy:.2f}")
axes[0].set_ylabel("true breeding value")
plt.show()
