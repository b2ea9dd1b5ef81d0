"""The simulated population has the pedigree, the linkage and the variances that it promises."""

import numpy as np
import pytest

from sklmm import LMMRegressor
from sklmm.datasets import make_population
from sklmm.relationship import numerator, vanraden


def test_the_same_seed_gives_the_same_population():
    one, same, other = (make_population(10, 2, 20, random_state=seed) for seed in (1, 1, 2))
    for name in one:
        np.testing.assert_array_equal(one[name], same[name])
    assert (one.data != other.data).any()


def test_shapes_and_labels():
    population = make_population(10, 2, 21, n_markers=300, n_qtl=7, random_state=0)
    n = 10 + 2 * 21
    assert population.data.shape == (n, 300)
    assert population.data.dtype == np.int8
    assert set(np.unique(population.data)) <= {0, 1, 2}
    assert population.qtl_genotypes.shape == (n, 7)
    assert len(set(population.ids)) == n
    np.testing.assert_array_equal(np.bincount(population.generation), [10, 21, 21])
    assert (np.diff(population.chromosome) >= 0).all()


def test_pedigree_is_mendelian():
    """A child of two like homozygotes is one of them, of unlike ones heterozygous."""
    population = make_population(20, 3, 40, random_state=3)
    row = {label: place for place, label in enumerate(population.ids)}
    for child in np.flatnonzero(population.generation > 0):
        father, mother = row[population.father[child]], row[population.mother[child]]
        assert population.generation[father] == population.generation[child] - 1
        assert (population.sex[father], population.sex[mother]) == (1, 2)
        low = population.data[father] // 2 + population.data[mother] // 2
        high = (population.data[father] + 1) // 2 + (population.data[mother] + 1) // 2
        assert (population.data[child] >= low).all()
        assert (population.data[child] <= high).all()


def test_markers_agree_with_the_pedigree():
    population = make_population(40, 2, 80, n_markers=4000, n_chromosomes=20, random_state=1)
    A = numerator(population.ids, population.father, population.mother).matrix
    p = population.data[:40].mean(axis=0) / 2
    Z = population.data - 2 * p
    G = Z @ Z.T / (2 * np.sum(p * (1 - p)))
    pairs = np.tril_indices(len(A), -1)
    slope, _ = np.polyfit(A[pairs], G[pairs], 1)
    assert slope == pytest.approx(1, abs=0.1)
    assert np.corrcoef(A[pairs], G[pairs])[0, 1] > 0.75


def test_neighbors_are_in_linkage_disequilibrium():
    population = make_population(300, 0, 2, n_markers=2000, n_chromosomes=2, random_state=5)
    varying = population.data.std(axis=0) > 0
    M, chromosome = population.data[:, varying].astype(float), population.chromosome[varying]
    position = population.position[varying]
    r2 = np.corrcoef(M.T) ** 2
    distance = np.abs(position[:, None] - position)
    same = chromosome[:, None] == chromosome
    near, far = r2[same & (distance < 0.005)].mean(), r2[same & (distance > 0.3)].mean()
    assert near > 0.15 > 20 * far
    assert far == pytest.approx(r2[~same].mean(), abs=0.005)


@pytest.mark.parametrize("length", [0.5, 2.0])
def test_recombination_is_haldanes(length):
    """Between the ends of a chromosome, in gametes of founders that differ everywhere."""
    from sklmm.datasets._population import _breed

    n = 4000
    position = np.array([0.0, length])
    founders = np.array([[[0, 0], [1, 1]], [[0, 0], [0, 0]]], dtype=np.int8)
    pedigree = np.vstack([[[-1, -1], [-1, -1]], np.tile([0, 1], (n, 1))])
    rng = np.random.RandomState(0)
    gametes = _breed(rng, founders, pedigree, np.array([1, 1]), position)[2:, 0]
    share = np.mean(gametes[:, 0] != gametes[:, 1])
    expected = (1 - np.exp(-2 * length)) / 2
    assert share == pytest.approx(expected, abs=4 * np.sqrt(expected * (1 - expected) / n))
    assert gametes[:, 0].mean() == pytest.approx(0.5, abs=0.04)


@pytest.mark.parametrize(("h", "dominance"), [(0.0, 0.0), (0.3, 0.0), (0.6, 0.4), (1.0, 0.0)])
def test_shares_of_the_variance(h, dominance):
    population = make_population(200, 1, 1000, h=h, dominance=dominance, random_state=7)
    assert population.breeding_value.var() == pytest.approx(h)
    assert population.dominance_deviation.var() == pytest.approx(dominance)
    both = population.breeding_value + population.dominance_deviation
    assert both.var() == pytest.approx(h + dominance)
    assert (population.target - both).var() == pytest.approx(1 - h - dominance, rel=0.15)
    effects = population.qtl_genotypes @ population.qtl_effects
    np.testing.assert_allclose(effects - effects.mean(), population.breeding_value, atol=1e-12)


def test_nothing_is_left_for_noise():
    for h in range(101):
        target = make_population(4, 1, 6, n_markers=5, h=h / 100, dominance=1 - h / 100).target
        assert np.isfinite(target).all()


def test_rounding_is_no_dominance():
    """Where a QTL has two genotypes, heterozygotes do not differ from additive effects."""
    founders = {"n_founders": 3, "n_generations": 0, "n_offspring": 3, "n_qtl": 1}
    populations = [make_population(**founders, h=0.0, random_state=seed) for seed in range(20)]
    n_genotypes = [len(np.unique(population.qtl_genotypes)) for population in populations]
    with pytest.raises(ValueError, match="No deviation of heterozygotes differs from an additive"):
        make_population(**founders, h=0.3, dominance=0.5, random_state=n_genotypes.index(2))


def test_heritability_is_found_again():
    """Over populations, REML with the relationships of the QTL is right on average."""
    found = []
    for seed in range(12):
        population = make_population(100, 1, 300, h=0.5, n_qtl=200, random_state=seed)
        kinship = vanraden(population.qtl_genotypes, population.ids)
        lmm = LMMRegressor(kinship, sample_id=0).fit(population.ids[:, None], population.target)
        found.append(lmm.pve_)
    assert np.mean(found) == pytest.approx(0.5, abs=4 * np.std(found) / np.sqrt(12))
    assert np.std(found) / np.sqrt(12) < 0.05


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"n_founders": 1}, "n_founders must be an integer of at least 2, got 1"),
        ({"n_generations": -1}, "n_generations must be an integer of at least 0, got -1"),
        ({"n_markers": 10.0}, "n_markers must be an integer of at least 1, got 10.0"),
        ({"n_qtl": True}, "n_qtl must be an integer of at least 1, got True"),
        ({"length": 0}, "length must be a positive number of Morgans, got 0"),
        ({"h": 1.2}, r"h must be a number in \[0, 1\], got 1.2"),
        ({"dominance": "0"}, r"dominance must be a number in \[0, 1\], got '0'"),
        ({"h": 0.7, "dominance": 0.4}, r"h \+ dominance must be at most 1, got 0.7 \+ 0.4"),
    ],
)
def test_bad_parameters(parameters, message):
    with pytest.raises(ValueError, match=message):
        make_population(**parameters)
