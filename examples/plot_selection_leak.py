"""
Choosing markers inside the folds
=================================

Prediction from the few best markers looks good where these were chosen with the help of the test
samples. As a step of a pipeline, ``SelectKBest(f_kinship)`` chooses them anew in each fold, from
the training samples alone.
"""

# %%
# A trait that no marker has to do with: nothing can be predicted.
import matplotlib.pyplot as plt
import numpy as np
from sklearn.feature_selection import SelectKBest
from sklearn.model_selection import GridSearchCV, KFold, cross_val_score
from sklearn.pipeline import make_pipeline

from sklmm import LMMRegressor
from sklmm.association import f_kinship
from sklmm.datasets import load_mice

rng = np.random.default_rng(0)
mice = load_mice()
Z = mice.data[:300, ::10].astype(float)
Z = Z[:, Z.std(axis=0) > 0.1]
y = rng.standard_normal(len(Z))
folds = KFold(5, shuffle=True, random_state=0)

# %%
# Outside, the test samples have a say in the choice; inside, they have not.
lmm = LMMRegressor(kernel="linear")
chosen = SelectKBest(f_kinship, k=50).fit_transform(Z, y)
outside = cross_val_score(lmm, chosen, y, cv=folds)
pipeline = make_pipeline(SelectKBest(f_kinship, k=50), lmm)
inside = cross_val_score(pipeline, Z, y, cv=folds)
print(f"R² with markers chosen outside the folds: {outside.mean():.2f}")
print(f"R² with markers chosen inside the folds:  {inside.mean():.2f}")

# %%
# Bars are means, and points the five folds. A trait of noise has an R² of 0 or less.
fig, ax = plt.subplots(figsize=(4.5, 3.5), layout="constrained")
ax.bar([0, 1], [outside.mean(), inside.mean()], width=0.5, color=["#D55E00", "#0072B2"], alpha=0.5)
for place, scores in enumerate([outside, inside]):
    ax.plot(np.full(len(scores), place), scores, "o", color="black", markersize=4)
ax.axhline(0, color="black", linewidth=0.8)
ax.set_xticks([0, 1], ["outside the folds", "inside the folds"])
ax.set(xlabel="markers chosen", ylabel="R² of the test samples")
plt.show()

# %%
# The number of markers is a parameter like any other. The best of them predicts nothing, either.
search = GridSearchCV(pipeline, {"selectkbest__k": [20, 100, 500]}, cv=folds).fit(Z, y)
print(f"{search.best_params_}: R² {search.best_score_:.2f}")
