"""
Which founder brought it? A scan of founder probabilities
=========================================================

The lines of a multi-parent cross are mosaics of a few founders. A scan of the probabilities of
these founders tests, at each place, whether it matters which of them a line has there, and says
what each of them brings.
"""

# %%
# 300 inbred lines of four founders, on five chromosomes of 100 cM. Of a trait with many small
# effects, the founder "Cvi" has one large effect, in the middle of chromosome 3.
import matplotlib.pyplot as plt
import numpy as np

from sklmm import Kinship, LMMRegressor
from sklmm.association import find_peaks, max_statistics, scan
from sklmm.plotting import EffectsDisplay, LocusDisplay, ManhattanDisplay

rng = np.random.default_rng(4)
founders = ["Bur", "Col", "Cvi", "Ler"]
lines = np.array([f"line{number}" for number in range(300)])
chromosomes = np.repeat(np.arange(1, 6), 51)
positions = np.tile(np.linspace(0, 100, 51), 5)


def mosaic():
    """Which founder each of the lines has at 51 places, with 3 crossovers per Morgan."""
    breaks = rng.random((len(lines), 51)) < 0.06
    choices = rng.integers(4, size=breaks.shape)
    last_break = np.maximum.accumulate(np.where(breaks, np.arange(51), 0), axis=1)
    return np.take_along_axis(choices, last_break, axis=1)


ancestry = np.concatenate([mosaic() for _ in range(5)], axis=1)
probabilities = 0.94 * (ancestry[:, None, :] == np.arange(4)[:, None]) + 0.015

small = rng.normal(0, 0.04, (4, len(positions)))
y = small[ancestry, np.arange(len(positions))].sum(axis=1) + rng.normal(0, 1.5, len(lines))
locus = np.flatnonzero((chromosomes == 3) & (positions == 50))[0]
y += 2.0 * (ancestry[:, locus] == 2)

# %%
# Two lines are as related as the founders that they share, over all places; for each chromosome
# over the places on the others. The null model is fitted, and the places are scanned.


def relationships(places):
    P = probabilities[:, :, places].reshape(len(lines), -1)
    return Kinship(P @ P.T / np.sum(places), lines)


null = LMMRegressor(relationships(positions >= 0), sample_id=0).fit(lines[:, None], y)
markers = {
    "ids": lines,
    "chromosomes": chromosomes,
    "positions": positions,
    "kinships": {number: relationships(chromosomes != number) for number in range(1, 6)},
}
result = scan(null, probabilities, founders=founders, **markers)
maxima = max_statistics(null, probabilities, n_resamples=500, random_state=0, **markers)
threshold = maxima.threshold(0.05)
ManhattanDisplay.from_scan(result, y="lod", threshold=maxima)
plt.show()

# %%
# The peak, with the interval in which the LOD stays within 1.5 of it, and the effects there.
peaks = find_peaks(result, threshold=threshold, drop=1.5)
print(peaks.to_frame().round(2).to_string(index=False))

fig, (above, below) = plt.subplots(2, figsize=(8, 6.5), layout="constrained")
LocusDisplay.from_scan(result, chromosome=3, threshold=threshold, ax=above)
EffectsDisplay.from_scan(result, chromosome=3, ax=below)
for ax in (above, below):
    ax.set_xlabel("position on chromosome 3 (cM)")
plt.show()

# %%
# The effects are deviations from the mean of the founders: one that brings 2.0 stands 1.5 above
# it, and the three others 0.5 below.
best = int(np.nanargmax(result.lod))
for name, effect, error in zip(
    founders, result.beta[best], result.standard_error[best], strict=True
):
    print(f"{name}: {effect:+.2f} (standard error {error:.2f})")
