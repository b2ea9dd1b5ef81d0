"""
Relatives on both sides of a split
==================================

The mice come in families. Random folds put brothers and sisters of nearly every test mouse into
the training set; folds by family keep families whole. Both are honest answers, to different
questions.
"""

# %%
# Families are full sibs: the same father and the same mother.
import matplotlib.pyplot as plt
import numpy as np
from sklearn.model_selection import GroupKFold, GroupShuffleSplit, ShuffleSplit, cross_val_predict

from sklmm import LMMRegressor
from sklmm.datasets import load_mice
from sklmm.metrics import predictive_ability
from sklmm.relationship import vanraden

mice = load_mice()
measured = ~np.isnan(mice.target[:, 0])
X, y = mice.ids[measured, None], mice.target[measured, 0]
pairs = np.column_stack([mice.father[measured], mice.mother[measured]])
_, family = np.unique(pairs, axis=0, return_inverse=True)
family = family.ravel()
print(f"{len(y)} mice in {family.max() + 1} families")

kinship = vanraden(mice.data, mice.ids)
lmm = LMMRegressor(kinship, sample_id=0)

# %%
# 20 splits of either kind, with a fifth of the mice, or of the families, in the test set.
kinds = {
    "random": ShuffleSplit(20, test_size=0.2, random_state=0).split(X),
    "by family": GroupShuffleSplit(20, test_size=0.2, random_state=0).split(X, groups=family),
}
K = kinship.select(mice.ids[measured]).matrix
abilities, closest = {}, {}
for name, splits in kinds.items():
    splits = list(splits)
    fits = [(lmm.fit(X[train], y[train]).predict(X[test]), test) for train, test in splits]
    abilities[name] = [predictive_ability(y[test], predicted) for predicted, test in fits]
    closest[name] = np.concatenate([K[np.ix_(test, train)].max(axis=1) for train, test in splits])
    print(f"{name}: predictive ability {np.mean(abilities[name]):.2f}")

# %%
# On the left, why: the closest relative that a test mouse has in the training set. On the right,
# what it does to the predictive ability.
fig, (left, right) = plt.subplots(1, 2, figsize=(9, 4), layout="constrained")
bins = np.linspace(0, 1, 41)
for name, values in closest.items():
    left.hist(values, bins, alpha=0.6, density=True, label=name)
left.set(xlabel="kinship with the closest training mouse", ylabel="density")
left.legend(title="split")
right.boxplot(list(abilities.values()), tick_labels=list(abilities), widths=0.5)
right.set(ylabel="predictive ability in the test set", xlabel="split")
right.set_ylim(0, 1)
plt.show()

# %%
# Which one to report? If the mice to be predicted later are sibs of these, the first; if they are
# another family of the stock, the second. ``groups`` is what tells scikit-learn. (This is one
# correlation over all mice; above is the mean over the test sets.)
by_family = cross_val_predict(lmm, X, y, cv=GroupKFold(5), groups=family)
print(f"cross_val_predict by family: {predictive_ability(y, by_family):.2f}")
