"""
Which markers matter? A genome scan of mice
===========================================

A scan tests each of 12 226 markers for an association with the share of CD8+ cells of 1410 mice,
beside their kinship without the chromosome of the marker. A threshold that holds for the whole
genome comes from simulated scans of the null model.
"""

# %%
# The null model: the trait and the kinship, without any marker.
import matplotlib.pyplot as plt
import numpy as np

from sklmm import LMMRegressor
from sklmm.association import find_peaks, max_statistics, scan
from sklmm.datasets import load_mice
from sklmm.plotting import LocusDisplay, ManhattanDisplay, QuantileDisplay
from sklmm.relationship import leave_one_chromosome_out, vanraden

mice = load_mice()
measured = ~np.isnan(mice.target[:, 0])
X, y = mice.ids[measured, None], mice.target[measured, 0]
null = LMMRegressor(vanraden(mice.data, mice.ids), sample_id=0).fit(X, y)

# %%
# The scan, and 200 maxima under the null model.
kinships = leave_one_chromosome_out(mice.data, mice.ids, mice.chromosome)
has_place = mice.position >= 0
genotypes = mice.data[:, has_place]
markers = {
    "ids": mice.ids,
    "names": mice.feature_names[has_place],
    "chromosomes": mice.chromosome[has_place],
    "positions": mice.position[has_place],
    "kinships": kinships,
}
result = scan(null, genotypes, **markers)
maxima = max_statistics(null, genotypes, n_resamples=200, random_state=0, **markers)
ManhattanDisplay.from_scan(result, threshold=maxima)
plt.show()

# %%
# The peaks, each with the interval in which the LOD stays within 1.5 of it.
peaks = find_peaks(result, threshold=maxima.threshold(0.05), drop=1.5)
print(peaks.to_frame().to_string(index=False))

# %%
# The largest peak from near, and the p values beside what chance would give.
fig, (left, right) = plt.subplots(1, 2, figsize=(10, 4), layout="constrained")
best = result.chromosomes[np.nanargmax(result.lod)]
LocusDisplay.from_scan(result, chromosome=best, ax=left)
QuantileDisplay.from_scan(result, ax=right)
plt.show()
