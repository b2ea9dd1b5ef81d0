"""
Choosing markers inside the folds
=================================

Prediction from the few best markers looks good where these were chosen with the help of the test
samples. As a step of a pipeline, ``SelectKBest(f_kinship)`` chooses them anew in each fold, from
the training samples alone.
"""

# %%
# A trait that no marker has to do with: nothing can be predicted.
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
outside = cross_val_score(lmm, chosen, y, cv=folds).mean()
inside = make_pipeline(SelectKBest(f_kinship, k=50), lmm)
honest = cross_val_score(inside, Z, y, cv=folds).mean()
print(f"R² with markers chosen outside the folds: {outside:.2f}")
print(f"R² with markers chosen inside the folds:  {honest:.2f}")

# %%
# The number of markers is a parameter like any other.
search = GridSearchCV(inside, {"selectkbest__k": [20, 100, 500]}, cv=folds).fit(Z, y)
print(search.best_params_)
