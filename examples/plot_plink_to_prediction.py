"""
From PLINK files to a cross-validated prediction
================================================

Genotypes in .bed, .bim and .fam, traits in a table: read, join by label, filter, scale, predict.
It needs bed-reader: ``pip install 'sklmm[io]'``.
"""

# %%
# Files that stand for your own: 400 mice, some genotypes missing, and traits in another order.
import tempfile
import warnings
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from sklearn.model_selection import KFold, cross_val_predict
from sklearn.pipeline import make_pipeline

from sklmm import LMMRegressor
from sklmm.datasets import load_mice
from sklmm.io import join_tables, read_plink, write_plink
from sklmm.metrics import predictive_ability
from sklmm.preprocessing import GenotypeScaler, MarkerFilter

mice, rng, folder = load_mice(), np.random.default_rng(0), Path(tempfile.mkdtemp())
genotypes = np.where(rng.uniform(size=(400, 3057)) < 0.02, -127, mice.data[:400, ::4])
write_plink(folder / "mice", genotypes, mice.ids[:400], feature_names=mice.feature_names[::4])
traits = pd.DataFrame({"id": mice.ids, "CD8": mice.target[:, 0]}).dropna().sample(frac=1)
traits.to_csv(folder / "traits.csv", index=False)

# %%
# Read. Counts are int8, and -127 where a genotype is missing.
plink = read_plink(folder / "mice")
print(plink.data.shape, "of which missing", f"{(plink.data == -127).mean():.1%}")

# %%
# Join. Who is in one of them only is listed, and a warning says how many they are: here it is
# expected, for the table has all mice and the files 400.
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    joined = join_tables({"traits": folder / "traits.csv"}, ids=plink.ids)
print(caught[0].message)
row = {label: place for place, label in enumerate(plink.ids)}
M = plink.data[[row[label] for label in joined.frame["id"]]]
y = joined.frame["CD8"].to_numpy()

# %%
# Predict. In each fold the filter, the frequencies and the means that stand for missing genotypes
# are learned from the training rows.
model = make_pipeline(
    MarkerFilter(min_maf=0.01, max_missing=0.1),
    GenotypeScaler("vanraden"),
    LMMRegressor(kernel="linear"),
)
predicted = cross_val_predict(model, M, y, cv=KFold(5, shuffle=True, random_state=0))

fig, ax = plt.subplots(figsize=(5, 4), layout="constrained")
ax.scatter(predicted, y, s=8)
ax.set(xlabel="predicted without the own record", ylabel="CD8")
ax.set_title(f"correlation {predictive_ability(y, predicted):.2f}")
plt.show()
