"""Relationships from founder probabilities, against sums in loops."""

import numpy as np
import pytest

from sklmm.relationship import from_probabilities


def make_probabilities(n=6, founders=4, loci=5, seed=0):
    return np.random.default_rng(seed).dirichlet(np.ones(founders), (n, loci)).swapaxes(1, 2)


def test_definition_over_chromosomes():
    chromosomes = [make_probabilities(loci=loci, seed=loci) for loci in (1, 3, 5)]
    expected = np.zeros((6, 6))
    for part in chromosomes:
        for locus in range(part.shape[2]):
            expected += part[:, :, locus] @ part[:, :, locus].T / 9
    found = from_probabilities(chromosomes, range(6)).matrix
    np.testing.assert_allclose(found, expected, atol=1e-15)
    together = np.concatenate(chromosomes, axis=2)
    np.testing.assert_allclose(from_probabilities(together, range(6)).matrix, expected, atol=1e-15)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda P: P[0], r"shape \(individuals, founders, loci\), got shape \(4, 5\)"),
        (lambda P: P * 1.1, "add up to 1 over the founders, but those of individual 0 at locus 0"),
        (lambda P: np.where(P.max() == P, np.nan, P), "must be between 0 and 1 and add up to 1"),
        (lambda P: P - P.mean(axis=1, keepdims=True) + 0.25 - (P[0, 0, 0] == P), "add up to 1"),
        (lambda P: [P, P[:4]], r"probabilities\[1\] has 4 individuals, but .* has 6"),
        (lambda P: np.full(P.shape, "a"), "probabilities must be an array of numbers"),
    ],
)
def test_bad_probabilities(change, message):
    with pytest.raises(ValueError, match=message):
        from_probabilities(change(make_probabilities()), range(6))


def test_ids_have_to_fit():
    with pytest.raises(ValueError, match="ids must have one label for each of the 6 rows"):
        from_probabilities(make_probabilities(), range(5))
