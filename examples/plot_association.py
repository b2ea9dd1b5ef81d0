"""
Which markers matter? A genome scan of mice
===========================================

A scan tests each of 12 226 markers for an association with the share of CD8+ cells of 1410 mice,
beside their kinship: that of all markers, or without the chromosome of the marker. Thresholds that
hold for the whole genome come from simulated scans of the null model.
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
# The scan beside one kinship, and 200 maxima under the null model. In this model all markers have
# small effects, which the kinship stands for. What exceeds the threshold is a locus beside these.
has_place = mice.position >= 0
genotypes = mice.data[:, has_place]
markers = {
    "ids": mice.ids,
    "names": mice.feature_names[has_place],
    "chromosomes": mice.chromosome[has_place],
    "positions": mice.position[has_place],
}
of_one = scan(null, genotypes, **markers)
maxima_of_one = max_statistics(null, genotypes, n_resamples=200, random_state=0, **markers)
ManhattanDisplay.from_scan(of_one, threshold=maxima_of_one)
plt.show()

# %%
# The peaks, each with the interval in which the LOD stays within 1.5 of it.
peaks = find_peaks(of_one, threshold=maxima_of_one.threshold(0.05), drop=1.5)
print(peaks.to_frame().to_string(index=False))

# %%
# The kinship holds the tested marker, too, and takes up a part of its effect. Without the
# chromosome of the marker (LOCO) it does not, and LODs are larger.
markers["kinships"] = leave_one_chromosome_out(mice.data, mice.ids, mice.chromosome)
result = scan(null, genotypes, **markers)
maxima = max_statistics(null, genotypes, n_resamples=200, random_state=0, **markers)
ManhattanDisplay.from_scan(result, threshold=maxima)
plt.show()

# %%
# But this null model says that the tested chromosome has no effect at all. Where a trait is
# polygenic, each chromosome has many small effects, and with enough samples markers exceed the
# threshold for all of these together: a peak says that its chromosome matters, not that one locus
# does. Peaks that are in both scans are loci beside polygenic effects.
peaks = find_peaks(result, threshold=maxima.threshold(0.05), drop=1.5)
print(peaks.to_frame().to_string(index=False))

# %%
# The largest peak from near, and the p values beside what chance would give. Points are not joined
# by a line, for LODs of neighboring SNPs differ.
fig, (left, right) = plt.subplots(1, 2, figsize=(10, 4), layout="constrained")
best = result.chromosomes[np.nanargmax(result.lod)]
LocusDisplay.from_scan(result, chromosome=best, ax=left)
QuantileDisplay.from_scan(result, ax=right)
plt.show()
