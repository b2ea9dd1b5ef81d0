"""
Repeated records
================

Many traits are measured more than once: milk in several lactations, yield in several fields. A
name may be repeated in X, once for each record; all of them inform one genetic value, and
measurements of the same animal need no averaging first.
"""

# %%
# 200 animals, between one and eight records each, in five years whose level differs. Averages by
# animal would mix what a year did with what the animal is.
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

from sklmm import Kinship, LMMRegressor

rng = np.random.default_rng(5)
n_animals = 200
Z = rng.standard_normal((n_animals, 400))
K = Z @ Z.T / 400
kinship = Kinship(K, [f"cow {number}" for number in range(n_animals)])
genetic = np.linalg.cholesky(K) @ rng.standard_normal(n_animals)

n_records = rng.integers(1, 9, n_animals)
animal = np.repeat(np.arange(n_animals), n_records)
year = rng.integers(0, 5, len(animal))
of_year = np.array([0.0, 1.5, -1.0, 0.5, 2.0])
y = 10 + of_year[year] + genetic[animal] + 1.5 * rng.standard_normal(len(animal))
records = pd.DataFrame({"cow": kinship.ids[animal]})
records = records.join(pd.get_dummies(pd.Series(year, name="year"), prefix="year", dtype=float))
print(records.head(3))

# %%
# Years are fixed effects, cows are found by name. There is a column for each year, and an
# intercept: not of full rank, and allowed.
lmm = LMMRegressor(kinship, sample_id="cow").fit(records, y)
print(f"h of a single record {lmm.h_:.2f}; true {1 / (1 + 1.5**2):.2f}")

# %%
# One value for each cow, in an average year, with its uncertainty. More records make it more
# certain, and their spread around the truth shrinks as the model says: the dots lie about as
# often outside of the lines of one standard deviation as a normal distribution has it, one in
# three.
cows = pd.DataFrame(1 / 5, index=range(n_animals), columns=records.columns[1:])
cows.insert(0, "cow", kinship.ids)
estimate, std = lmm.predict_random(cows), lmm.predict(cows, return_std=True)[1]
error = estimate - genetic
error -= error.mean()
outside = np.mean(np.abs(error) > std)
print(f"outside of one standard deviation: {outside:.0%}")

fig, axis = plt.subplots(figsize=(6, 4), layout="constrained")
jitter = rng.uniform(-0.25, 0.25, n_animals)
axis.scatter(n_records + jitter, error, s=10, alpha=0.6, linewidths=0)
typical = [std[n_records == count].mean() for count in range(1, 9)]
axis.plot(range(1, 9), typical, "k-", linewidth=1)
axis.plot(range(1, 9), np.negative(typical), "k-", linewidth=1, label="± std")
axis.set(xlabel="records of a cow", ylabel="estimated − true genetic value")
axis.legend()
plt.show()

# %%
# For comparison, the plain mean of each cow's records.
mean = pd.Series(y).groupby(animal).mean()
fig, axis = plt.subplots(figsize=(6, 4), layout="constrained")
for values, label in [(mean - mean.mean(), "mean of records"), (estimate, "BLUP")]:
    ability = [
        np.corrcoef(values[n_records == count], genetic[n_records == count])[0, 1]
        for count in range(1, 9)
    ]
    axis.plot(range(1, 9), ability, "o-", label=label)
axis.set(xlabel="records of a cow", ylabel="correlation with the genetic value", ylim=(0, 1))
axis.legend()
plt.show()

# %%
# BLUP is better nearly everywhere; each group has some 25 cows, and scatters. In this model the
# records of a cow are alike because of her genes alone. What is lasting but not genetic, a
# permanent environment, would need a second random effect, which this model does not have; K + c
# I among cows for an assumed c is a way to bring it in.
