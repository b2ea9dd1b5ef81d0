"""
New individuals through a kinship
=================================

An individual that was never measured is predicted from its relatives. All that the model needs is
a kinship that holds both. This example simulates four generations, measures three, and predicts
the fourth from markers.
"""

# %%
# 60 founders, and in each generation 30 pairs with 4 offspring. Each offspring takes from either
# parent, block by block of 25 markers, one of its two chromosomes.
import matplotlib.pyplot as plt
import numpy as np

from sklmm import LMMRegressor
from sklmm.metrics import predictive_ability
from sklmm.relationship import vanraden

rng = np.random.default_rng(3)
n_markers, block = 1000, 25


def gamete(parent):
    strand = np.repeat(rng.integers(0, 2, n_markers // block), block)
    return parent[strand, np.arange(n_markers)]


population = list(rng.binomial(1, rng.uniform(0.1, 0.9, n_markers), (60, 2, n_markers)))
generation = [0] * 60
parents = list(range(60))
for number in (1, 2, 3):
    pairs = rng.permutation(parents)[:60].reshape(30, 2)
    offspring = [
        np.stack([gamete(population[father]), gamete(population[mother])])
        for father, mother in np.repeat(pairs, 4, axis=0)
    ]
    parents = range(len(population), len(population) + len(offspring))
    population += offspring
    generation += [number] * len(offspring)
generation = np.array(generation)
genotypes = np.sum(population, axis=1)
names = np.array([f"generation {g}, animal {i}" for i, g in enumerate(generation)])

# %%
# The trait has 100 genes and a heritability of one half.
effects = np.zeros(n_markers)
effects[rng.choice(n_markers, 100, replace=False)] = rng.standard_normal(100)
breeding_value = genotypes @ effects
breeding_value = (breeding_value - breeding_value.mean()) / breeding_value.std()
y = breeding_value + rng.standard_normal(len(names))

# %%
# The kinship is made once, of everybody; fit takes those who were measured. If new animals come
# later, make it anew with them in it, and fit again: a fit takes less than a second.
kinship = vanraden(genotypes, names)
old = generation < 3
lmm = LMMRegressor(kinship, sample_id=0).fit(names[old, None], y[old])
predicted, std = lmm.predict(names[~old, None], return_std=True)
accuracy = predictive_ability(breeding_value[~old], predicted)
print(f"h = {lmm.h_:.2f}; accuracy in the unmeasured generation {accuracy:.2f}")

# %%
# Brothers and sisters have the same parents, and a pedigree would predict the same for all of
# them. Markers tell them apart. Each column on the right is a family, ordered by its mean.
family = np.repeat(np.arange(30), 4)
family_mean = np.array([predicted[family == f].mean() for f in range(30)])
place = np.argsort(np.argsort(family_mean))[family]

fig, (left, right) = plt.subplots(1, 2, figsize=(9, 4), layout="constrained")
left.errorbar(predicted, breeding_value[~old], xerr=std, fmt="o", markersize=3, elinewidth=0.4)
left.axline((0, 0), slope=1, color="black", linewidth=1)
left.set(xlabel="predicted, ± std", ylabel="true breeding value")
left.set_title(f"never measured: accuracy {accuracy:.2f}")
points = right.scatter(place, predicted, c=breeding_value[~old], s=18, cmap="viridis")
right.plot(np.arange(30), np.sort(family_mean), color="gray", linewidth=1, label="family mean")
right.set(xlabel="family", ylabel="predicted", title="sibs differ")
right.legend()
fig.colorbar(points, label="true breeding value")
plt.show()
