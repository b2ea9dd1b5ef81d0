"""
From genotypes to predictions: the mice
=======================================

1940 mice of a heterogeneous stock have 12226 markers, and 1410 of them a value for CD8, the share
of CD8+ T cells in their blood. How heritable is it, and how well can it be predicted in a mouse
whose blood nobody has seen?
"""

# %%
# The kinship comes from the markers of all mice. It knows their names, so that nothing further
# depends on an order.
import matplotlib.pyplot as plt
import numpy as np
from sklearn.model_selection import KFold, cross_val_predict

from sklmm import LMMRegressor
from sklmm.datasets import load_mice
from sklmm.metrics import dispersion, predictive_ability
from sklmm.relationship import vanraden

mice = load_mice()
kinship = vanraden(mice.data, mice.ids)
print(kinship)

# %%
# X holds the names of the measured mice, and could hold covariates in further columns. The trait
# has been adjusted for sex and age by the authors of the data.
cd8 = mice.target[:, 0]
measured = ~np.isnan(cd8)
X, y = mice.ids[measured, None], cd8[measured]

lmm = LMMRegressor(kinship, sample_id=0).fit(X, y)
print(f"h = {lmm.h_:.3f}, share of the variance explained {lmm.pve_:.3f}")

# %%
# Cross-validation says what that heritability is worth for predictions. Every prediction in the
# left panel is for a mouse that was not used in its fit; the line has slope 1, and so has, as it
# should, the regression of the observations on the predictions. On the right are the 530 mice
# without a value: how sure their prediction is depends on how many relatives of theirs were
# measured.
folds = KFold(10, shuffle=True, random_state=0)
predictions = cross_val_predict(lmm, X, y, cv=folds)
ability, slope = predictive_ability(y, predictions), dispersion(y, predictions)

unmeasured = mice.ids[~measured, None]
new, std = lmm.predict(unmeasured, return_std=True)
closest = np.sort(kinship.select(mice.ids).matrix[np.ix_(~measured, measured)], axis=1)[:, -5:]

fig, (left, right) = plt.subplots(1, 2, figsize=(9, 4), layout="constrained")
left.scatter(predictions, y, s=8, alpha=0.4, linewidths=0)
left.axline((0, 0), slope=1, color="black", linewidth=1)
left.set(xlabel="predicted CD8", ylabel="observed CD8")
left.set_title(f"correlation {ability:.2f}, slope {slope:.2f}")
points = right.scatter(closest.mean(axis=1), std, c=new, s=12, cmap="viridis")
fig.colorbar(points, label="predicted CD8")
right.set(xlabel="mean kinship with the 5 closest measured mice", ylabel="std of the error")
right.set_title("530 mice without a value")
plt.show()

# %%
# A kinship counts from the average pair of the sample, which has 0. The most uncertain mice are
# those without close relatives among the measured.
