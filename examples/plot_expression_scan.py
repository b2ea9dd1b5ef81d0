"""
A scan of a thousand traits
===========================

Where in the genome is the expression of each gene controlled? Every trait is scanned at an h of
its own, and of each only the best marker is kept: a million tests that no table has to hold.
"""

# %%
# Expression of 1000 genes in 80 recombinant inbred lines. A third of the genes is controlled from
# where the gene itself lies, 60 genes from one place on chromosome 2, and the rest from nowhere.
from time import perf_counter

import matplotlib.pyplot as plt
import numpy as np

from sklmm import LMMRegressor
from sklmm.association import max_statistics, scan
from sklmm.relationship import centered

rng = np.random.default_rng(0)
n_lines, n_chromosomes, n_places, n_genes = 80, 5, 100, 1000
chromosomes = np.repeat(np.arange(1, n_chromosomes + 1), n_places)
positions = np.tile(np.arange(n_places), n_chromosomes)
switches = rng.random((n_lines, len(positions))) < np.where(positions == 0, 0.5, 0.03)
genotypes = 2 * (np.cumsum(switches, axis=1) % 2).astype(np.int8)
lines = np.array([f"line{number}" for number in range(n_lines)])

gene_at = np.sort(rng.integers(len(positions), size=n_genes))
controlled_at = np.full(n_genes, -1)
is_local = rng.random(n_genes) < 1 / 3
controlled_at[is_local] = gene_at[is_local]
others = rng.choice(np.flatnonzero(~is_local), 60, replace=False)
controlled_at[others] = np.flatnonzero((chromosomes == 2) & (positions == 70))[0]
G = genotypes - 1.0
background = G @ rng.normal(0, 0.03, (len(positions), n_genes))
expression = background + rng.normal(size=(n_lines, n_genes))
has_place = controlled_at >= 0
expression[:, has_place] += 0.8 * G[:, controlled_at[has_place]]

# %%
# One fit, one scan, and the threshold of one trait from the first of them.
kinship = centered(genotypes, lines)
null = LMMRegressor(kinship, sample_id=0).fit(lines[:, None], expression)
markers = {"ids": lines, "chromosomes": chromosomes, "positions": positions}
start = perf_counter()
best = scan(null, genotypes, keep="max", **markers)
seconds = perf_counter() - start
first = LMMRegressor(kinship, sample_id=0).fit(lines[:, None], expression[:, 0])
threshold = max_statistics(first, genotypes, random_state=0, **markers).threshold(0.05)
print(
    f"{n_genes} traits, {len(positions)} markers: {seconds:.2f} s; threshold LOD {threshold:.2f}"
)

# %%
# Above the threshold, the place of the best marker against the place of the gene: local control
# lies on the diagonal, and the place that controls many genes is a vertical line. The threshold
# holds for one trait: of the genes that are controlled from nowhere, 5 % are found, too.
is_found = best.lod > threshold
found, genes = best.markers[is_found], best.traits[is_found]
right = np.abs(found - controlled_at[genes]) <= 5
print(f"{is_found.sum()} found, of which {right.sum()} within 5 places of where it was put")

fig, ax = plt.subplots(figsize=(6, 6), layout="constrained")
ax.scatter(found, gene_at[genes], s=6 + best.lod[is_found], alpha=0.6, linewidths=0)
edges = np.arange(1, n_chromosomes) * n_places
for draw in (ax.axvline, ax.axhline):
    for edge in edges:
        draw(edge, color="0.85", linewidth=1, zorder=0)
centers = (np.arange(n_chromosomes) + 0.5) * n_places
ax.set_xticks(centers, range(1, n_chromosomes + 1))
ax.set_yticks(centers, range(1, n_chromosomes + 1))
ax.set(xlabel="chromosome of the best marker", ylabel="chromosome of the gene")
plt.show()
