"""A simulated population: founders, generations, chromosomes with recombination, a trait."""

from __future__ import annotations

from numbers import Integral

import numpy as np
from sklearn.utils import Bunch, check_random_state

from .._validation import check_number

ANCESTRAL_HAPLOTYPES = 8
MIN_DEVIATION = 1e-9
"""Of sums of effects, which are of order 1; less is rounding."""
SWITCHES_PER_MORGAN = 20
"""Of a founder's haplotype between ancestral ones: linkage disequilibrium over some 5 cM."""


def make_population(
    n_founders: int = 60,
    n_generations: int = 3,
    n_offspring: int = 120,
    *,
    n_chromosomes: int = 5,
    n_markers: int = 1000,
    length: float = 1.0,
    n_qtl: int = 50,
    h: float = 0.5,
    dominance: float = 0.0,
    random_state: int | np.random.RandomState | None = None,
) -> Bunch:
    """Simulate a population with a pedigree, genotypes and a quantitative trait.

    Founders are mosaics of a few ancestral haplotypes, so that neighboring markers are in
    linkage disequilibrium. In each generation the offspring come from random pairs of the one
    before; chromosomes recombine without interference [1]_.

    Parameters
    ----------
    n_founders : int, default=60
        At least 2; the first half are fathers, the others mothers.
    n_generations : int, default=3
        After the founders; 0 are founders alone.
    n_offspring : int, default=120
        In each generation, two or more. The first half are males.
    n_chromosomes : int, default=5
    n_markers : int, default=1000
        In all, on positions drawn evenly. QTL are further loci.
    length : float, default=1.0
        Of each chromosome, in Morgans.
    n_qtl : int, default=50
        Loci of the trait, with normally distributed effects.
    h : float, default=0.5
        Share of the additive effects in the variance of the trait, over the whole population.
    dominance : float, default=0.0
        Share of deviations of heterozygotes; h + dominance is at most 1.
    random_state : int, RandomState instance or None, default=None
        An int gives the same population every time.

    Returns
    -------
    :class:`~sklearn.utils.Bunch`
        data : ndarray of shape (n, n_markers), int8
            Counts of allele 1, founders first.
        target : ndarray of shape (n,)
            The trait, with a variance of 1 in expectation.
        ids, father, mother : ndarray of shape (n,)
            Labels, "" for an unknown parent: what :func:`sklmm.relationship.numerator` takes.
        generation, sex : ndarray of shape (n,)
            0 for founders; 1 for males, 2 for females.
        breeding_value, dominance_deviation : ndarray of shape (n,)
            What the trait is made of, besides noise.
        feature_names, chromosome, position : ndarray of shape (n_markers,)
            Position in Morgans.
        qtl_genotypes : ndarray of shape (n, n_qtl), int8
            Counts at the loci of the trait.
        qtl_chromosome, qtl_position, qtl_effects : ndarray of shape (n_qtl,)
            Effects of an allele, on the scale of the trait.

    Raises
    ------
    ValueError
        If a number is out of its range.

    References
    ----------
    .. [1] Haldane (1919). The combination of linkage values and the calculation of distances
       between the loci of linked factors. Journal of Genetics 8, 299-309.

    Examples
    --------
    >>> from sklmm.datasets import make_population
    >>> population = make_population(20, 2, 30, h=0.4, random_state=0)
    >>> population.data.shape
    (80, 1000)
    """
    for name, value, least in (
        ("n_founders", n_founders, 2),
        ("n_generations", n_generations, 0),
        ("n_offspring", n_offspring, 2),
        ("n_chromosomes", n_chromosomes, 1),
        ("n_markers", n_markers, 1),
        ("n_qtl", n_qtl, 1),
    ):
        _check_count(name, value, least)
    _check_shares(h, dominance)
    check_number(length, "length", lambda x: 0 < x < np.inf, "a positive number of Morgans")
    rng = check_random_state(random_state)
    n_loci = n_markers + n_qtl
    chromosome, position = _draw_map(rng, n_loci, n_chromosomes, length)
    haplotypes = _draw_founders(rng, n_founders, chromosome, position)
    pedigree = _mate(rng, n_founders, n_generations, n_offspring)
    genomes = _breed(rng, haplotypes, pedigree, chromosome, position)
    counts = genomes.sum(axis=1, dtype=np.int8)
    is_qtl = np.zeros(n_loci, dtype=bool)
    is_qtl[rng.choice(n_loci, n_qtl, replace=False)] = True
    trait = _draw_trait(rng, counts[:, is_qtl], h, dominance)
    return Bunch(
        data=np.ascontiguousarray(counts[:, ~is_qtl]),
        feature_names=np.array([f"marker{number}" for number in range(n_markers)]),
        chromosome=chromosome[~is_qtl],
        position=position[~is_qtl],
        qtl_genotypes=np.ascontiguousarray(counts[:, is_qtl]),
        qtl_chromosome=chromosome[is_qtl],
        qtl_position=position[is_qtl],
        **_label(pedigree, n_founders, n_offspring),
        **trait,
    )


def _check_count(name, value, least):
    if not isinstance(value, Integral) or isinstance(value, bool) or value < least:
        raise ValueError(f"{name} must be an integer of at least {least}, got {value!r}.")


def _check_shares(h, dominance):
    for name, value in (("h", h), ("dominance", dominance)):
        check_number(value, name, lambda x: 0 <= x <= 1, "a number in [0, 1]")
    if h + dominance > 1:
        raise ValueError(f"h + dominance must be at most 1, got {h} + {dominance}.")


def _draw_map(rng, n_loci, n_chromosomes, length):
    """Chromosome and position of each locus, in their order."""
    chromosome = np.sort(rng.randint(n_chromosomes, size=n_loci)) + 1
    position = rng.uniform(0, length, n_loci)
    order = np.lexsort((position, chromosome))
    return chromosome, position[order]


def _draw_founders(rng, n_founders, chromosome, position):
    """Two haplotypes for each founder, mosaics of ancestral ones."""
    frequencies = rng.uniform(0.1, 0.9, len(position))
    ancestral = rng.uniform(size=(ANCESTRAL_HAPLOTYPES, len(position))) < frequencies
    distance = np.diff(position, prepend=0.0)
    switches = 1 - np.exp(-SWITCHES_PER_MORGAN * np.maximum(distance, 0))
    switches[np.diff(chromosome, prepend=0) > 0] = 1
    sources = rng.randint(ANCESTRAL_HAPLOTYPES, size=(2 * n_founders, len(position)))
    starts = rng.uniform(size=sources.shape) < switches
    last_start = np.maximum.accumulate(np.where(starts, np.arange(len(position)), 0), axis=1)
    sources = np.take_along_axis(sources, last_start, axis=1)
    haplotypes = ancestral[sources, np.arange(len(position))]
    return haplotypes.reshape(n_founders, 2, -1).astype(np.int8)


def _mate(rng, n_founders, n_generations, n_offspring):
    """Father and mother of everybody, -1 for founders."""
    pedigree = [np.full((n_founders, 2), -1)]
    first, size = 0, n_founders
    for _ in range(n_generations):
        fathers = rng.randint(size // 2, size=n_offspring)
        mothers = rng.randint(size // 2, size, size=n_offspring)
        pedigree.append(first + np.column_stack([fathers, mothers]))
        first, size = first + size, n_offspring
    return np.concatenate(pedigree)


def _breed(rng, founders, pedigree, chromosome, position):
    """Haplotypes of everybody, of shape (n, 2, n_loci)."""
    genomes = np.empty((len(pedigree), 2, len(position)), dtype=np.int8)
    genomes[: len(founders)] = founders
    recombination = _recombination(chromosome, position)
    for child in range(len(founders), len(pedigree)):
        for side, parent in enumerate(pedigree[child]):
            crosses = rng.uniform(size=len(position)) < recombination
            strand = np.cumsum(crosses) % 2
            genomes[child, side] = np.where(strand, genomes[parent, 0], genomes[parent, 1])
    return genomes


def _recombination(chromosome, position):
    """Between each locus and the one before it, by Haldane's map function."""
    distance = np.maximum(np.diff(position, prepend=0.0), 0)
    recombination = (1 - np.exp(-2 * distance)) / 2
    recombination[np.diff(chromosome, prepend=0) > 0] = 0.5
    return recombination


def _draw_trait(rng, counts, h, dominance):
    """Additive, dominance and residual parts with variances h, dominance and the rest."""
    effects = rng.standard_normal(counts.shape[1])
    additive, scale = _scaled(counts @ effects, h)
    if h > 0 and not scale:
        raise ValueError("No QTL varies in this population. Take more QTL.")
    deviations = rng.standard_normal(counts.shape[1])
    heterozygous, its_scale = _scaled(_beside(additive, (counts == 1) @ deviations), dominance)
    if dominance > 0 and not its_scale:
        raise ValueError(
            "No deviation of heterozygotes differs from an additive effect in this population. "
            "Take more founders and more QTL, or dominance=0."
        )
    noise = np.sqrt(max(0.0, 1 - h - dominance)) * rng.standard_normal(len(counts))
    return {
        "target": additive + heterozygous + noise,
        "breeding_value": additive,
        "dominance_deviation": heterozygous,
        "qtl_effects": effects * scale,
    }


def _scaled(values, variance):
    """Centered, with a given variance over the population, and what they are multiplied by."""
    centered = values - values.mean()
    deviation = centered.std()
    scale = np.sqrt(variance) / deviation if deviation > MIN_DEVIATION else 0.0
    return centered * scale, scale


def _beside(additive, values):
    """What is left of values after a regression on the additive part."""
    centered = values - values.mean()
    square = additive @ additive
    return centered - additive * (additive @ centered / square) if square > 0 else centered


def _label(pedigree, n_founders, n_offspring):
    n = len(pedigree)
    width = len(str(n))
    ids = np.array([f"animal{number:0{width}d}" for number in range(1, n + 1)])
    generation = np.maximum(0, 1 + (np.arange(n) - n_founders) // n_offspring)
    generation[:n_founders] = 0
    place = np.where(generation > 0, (np.arange(n) - n_founders) % n_offspring, np.arange(n))
    size = np.where(generation > 0, n_offspring, n_founders)
    with_nobody = np.append(ids, "")
    return {
        "ids": ids,
        "father": with_nobody[pedigree[:, 0]],
        "mother": with_nobody[pedigree[:, 1]],
        "generation": generation,
        "sex": np.where(place < size // 2, 1, 2),
    }
