"""
Covariates in a pipeline
========================

What is known of each individual besides its relatives, sex, age, herd, enters as fixed effects. A
:class:`~sklearn.compose.ColumnTransformer` prepares them, and lets the column of names pass.
"""

# %%
# CD8 of the mice has been adjusted by its authors. To have something to find, this example adds
# an effect of sex, and of an age with a bend.
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from sklearn.compose import make_column_transformer
from sklearn.model_selection import KFold, cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, SplineTransformer

from sklmm import LMMRegressor
from sklmm.datasets import load_mice
from sklmm.metrics import predictive_ability
from sklmm.relationship import vanraden

mice = load_mice()
kinship = vanraden(mice.data, mice.ids)
measured = ~np.isnan(mice.target[:, 0])
rng = np.random.default_rng(0)
table = pd.DataFrame(
    {
        "mouse": mice.ids[measured],
        "sex": mice.sex[measured],
        "weeks": rng.uniform(4, 30, measured.sum()),
    }
)


def of_age(weeks):
    return 1.2 * np.log(weeks / 4)


y = mice.target[measured, 0] + of_age(table["weeks"]) + 0.5 * (table["sex"] == "male")

# %%
# Three ways to treat them: not at all, as straight lines, and with a spline. Names pass through
# as they are, and keep their column because the output is a data frame.
linear = make_column_transformer(
    ("passthrough", ["mouse", "weeks"]),
    (OneHotEncoder(drop="if_binary", sparse_output=False), ["sex"]),
    verbose_feature_names_out=False,
).set_output(transform="pandas")
spline = make_column_transformer(
    ("passthrough", ["mouse"]),
    (SplineTransformer(n_knots=5), ["weeks"]),
    (OneHotEncoder(drop="if_binary", sparse_output=False), ["sex"]),
    verbose_feature_names_out=False,
).set_output(transform="pandas")
lmm = LMMRegressor(kinship, sample_id="mouse")
models = {
    "no covariates": (lmm, table[["mouse"]]),
    "straight lines": (make_pipeline(linear, lmm), table),
    "spline of age": (make_pipeline(spline, lmm), table),
}
folds = KFold(5, shuffle=True, random_state=0)
abilities = {
    name: predictive_ability(y, cross_val_predict(model, X, y, cv=folds))
    for name, (model, X) in models.items()
}

# %%
# The fixed part of the prediction shows what was learned about age. Splines and an intercept
# together are not of full rank, but that changes no prediction.
model = models["spline of age"][0].fit(table, y)
weeks = np.linspace(4, 30, 100)
females = pd.DataFrame({"mouse": table["mouse"].iloc[0], "sex": "female", "weeks": weeks})
fixed = model[-1].predict_fixed(model[:-1].transform(females))

fig, (left, right) = plt.subplots(1, 2, figsize=(9, 3.6), layout="constrained")
left.scatter(table["weeks"], y, s=6, alpha=0.3, linewidths=0, color="gray")
left.plot(weeks, fixed - fixed.mean() + of_age(weeks).mean(), color="C0", label="spline, fitted")
left.plot(weeks, of_age(weeks), "k--", linewidth=1, label="true")
left.set(xlabel="age in weeks", ylabel="CD8 with effects added", title="the effect of age")
left.legend()
bars = right.barh(list(abilities), list(abilities.values()), color="C0")
right.bar_label(bars, fmt="%.2f", padding=3)
right.set(xlim=(0, 1), xlabel="predictive ability in 5 folds")
plt.show()

# %%
# Age as a straight line gets nearly all of the predictive ability; the spline is true to the
# bend, and loose where few mice are that old. (The curve is moved to the mean of the true one:
# where it lies is the intercept's affair.)
