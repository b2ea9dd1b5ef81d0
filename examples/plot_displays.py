"""
Four pictures of a model
========================

:mod:`sklmm.plotting` has displays in the manner of scikit-learn: a class method draws a fitted
model or a kinship, on new axes or on those given as `ax`, and returns an object that holds the
numbers and what was drawn of them.
"""

# %%
# CD8 in mice: 1000 of them to fit, and 410 to be predicted.
import matplotlib.pyplot as plt
import numpy as np

from sklmm import LMMRegressor
from sklmm.datasets import load_mice
from sklmm.metrics import predictive_ability
from sklmm.plotting import (
    KinshipDisplay,
    LikelihoodProfileDisplay,
    PredictionDisplay,
    RandomEffectsDisplay,
)
from sklmm.relationship import vanraden

mice = load_mice()
kinship = vanraden(mice.data, mice.ids)
measured = np.flatnonzero(~np.isnan(mice.target[:, 0]))
shuffled = np.random.default_rng(0).permutation(measured)
train, test = shuffled[:1000], shuffled[1000:]
lmm = LMMRegressor(kinship, sample_id=0).fit(mice.ids[train, None], mice.target[train, 0])

# %%
# **Who is related to whom?** The kinship of all 1940 mice, in the order of hierarchical clusters.
# The small dark squares along the diagonal are families: of a mouse and the next one, nine in ten
# times both have the same parents, though the display knows of no parents. The families fall into
# four large groups, whose members are related a little more than the average pair of mice, which
# has 0. The colors end at what is usual for the closest relative of a mouse; the diagonal is
# beyond, as the tip of the color bar says.
display = KinshipDisplay.from_kinship(kinship)
plt.show()
parents = np.char.add(mice.father.astype(str), mice.mother.astype(str))[display.order]
print(f"{np.mean(parents[1:] == parents[:-1]):.0%} of neighbors have the same parents")

# %%
# **How much do the data say about h?** The likelihood below its maximum. The profile interval is
# where the curve is above the dotted line. With 1000 mice and an estimate far from 0 and 1, the
# exact interval is nearly the same.
display = LikelihoodProfileDisplay.from_estimator(lmm)
plt.show()
for method, (low, high) in display.intervals.items():
    print(f"{method:8s} {low:.3f} to {high:.3f}")

# %%
# **Do the predictions hold?** The 410 mice that were kept back. The points scatter about the line,
# on which an observation would be what was predicted. Reliability is the squared correlation that
# the model expects of a predicted random effect with the true one: the more of its close relatives
# were measured, the darker is a mouse. In the darker half, the observations go along with the
# predictions a little more.
X, y = mice.ids[test, None], mice.target[test, 0]
display = PredictionDisplay.from_estimator(lmm, X, y)
plt.show()
r = display.reliability
for rows, name in [(r < np.median(r), "less"), (r >= np.median(r), "more")]:
    print(f"{name} reliable: {predictive_ability(display.y_true[rows], display.y_pred[rows]):.2f}")

# %%
# **Who is above the others?** Random effects of the 530 mice without a value, from the lowest to
# the highest. For most of them the band holds 0. At the right is their distribution: BLUPs are
# drawn toward 0, and have a smaller standard deviation than the prior, the normal distribution of
# the effects themselves under the model.
unmeasured = np.setdiff1d(np.arange(len(mice.ids)), measured)
display = RandomEffectsDisplay.from_estimator(lmm, mice.ids[unmeasured, None])
plt.show()
excludes_0 = np.prod(display.interval, axis=1) > 0
print(f"{np.mean(excludes_0):.0%} of the intervals exclude 0")
print(f"std of BLUPs {display.random_effects.std():.2f}, of the prior {display.prior_std:.2f}")
