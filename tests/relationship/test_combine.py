"""Sums, products, repairs and the single step."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sklmm import Kinship
from sklmm.relationship import bend, hadamard, numerator, single_step, weighted_sum


def make_kinship(n=5, seed=0, ids=None):
    Z = np.random.default_rng(seed).standard_normal((n, 2 * n))
    return Kinship(Z @ Z.T / (2 * n), range(n) if ids is None else ids)


def test_sums_and_products_match_labels():
    K, L = make_kinship(seed=1), make_kinship(seed=2)
    shuffled = L.select([3, 0, 4, 1, 2])
    total = weighted_sum([K, shuffled], weights=[0.7, 2])
    np.testing.assert_allclose(total.matrix, 0.7 * K.matrix + 2 * L.matrix, atol=1e-15)
    mean = weighted_sum([K, shuffled]).matrix
    np.testing.assert_allclose(mean, (K.matrix + L.matrix) / 2, atol=1e-15)
    product = hadamard(K, shuffled)
    np.testing.assert_allclose(product.matrix, K.matrix * L.matrix, atol=1e-15)
    assert list(total.ids) == list(product.ids) == [0, 1, 2, 3, 4]


def test_inputs_stay_as_they_are():
    K = make_kinship()
    before = K.matrix.copy()
    for result in (weighted_sum([K]), hadamard(K, K), bend(K, least=0.5)):
        assert not np.shares_memory(result.matrix, K.matrix)
        assert not result.matrix.flags.writeable
    np.testing.assert_array_equal(K.matrix, before)


@pytest.mark.parametrize("combine", [lambda *k: weighted_sum(k), hadamard])
def test_what_cannot_be_combined(combine):
    K = make_kinship()
    with pytest.raises(ValueError, match=r"kinships\[1\] and .* 2 are only in one of them"):
        combine(K, make_kinship(ids=[0, 1, 2, 3, "4"]))
    with pytest.raises(
        TypeError, match=r"kinships\[1\] must be a Kinship, got ndarray\. Make it of"
    ):
        combine(K, K.matrix)
    with pytest.raises(
        TypeError, match=r"give at least one Kinship|needs two Kinships or more, got 0"
    ):
        combine()


@pytest.mark.parametrize(
    ("weights", "message"),
    [
        ([1, -1], r"numbers from 0 to 1e100.*got \[1, -1\]"),
        ([0, 0], "at least one of them positive"),
        ([1, np.nan], "weights must be numbers from 0"),
        ([1, 1e200], "weights must be numbers from 0"),
        (np.ma.array([1.0, 2.0], mask=[0, 1]), "weights must be numbers from 0"),
        (["1", "2"], "weights must be one number for each of 2 kinships"),
        ([True, False], "weights must be one number for each of 2 kinships"),
        ({1: 2}, "weights must be one number for each of 2 kinships"),
        ([[1], [1, 2]], "weights must be one number for each of 2 kinships"),
        ([1], "one number for each of 2 kinships"),
        (3, "one number for each of 2 kinships, got 3"),
    ],
)
def test_bad_weights(weights, message):
    with pytest.raises(ValueError, match=message):
        weighted_sum([make_kinship(), make_kinship()], weights)


def test_a_sequence_is_needed_for_a_sum():
    for wrong in (make_kinship(), None, 5):
        with pytest.raises(TypeError, match="kinships must be a sequence of Kinships, got"):
            weighted_sum(wrong)
    with pytest.raises(TypeError, match="needs two Kinships or more, got 1"):
        hadamard(make_kinship())
    with pytest.raises(TypeError, match="kinship must be a Kinship, got NoneType"):
        bend(None)
    of_generator = weighted_sum(make_kinship() for _ in range(2))
    np.testing.assert_allclose(of_generator.matrix, make_kinship().matrix)


def make_indefinite(n=6, seed=0):
    U = np.linalg.qr(np.random.default_rng(seed).standard_normal((n, n)))[0]
    eigenvalues = np.linspace(-1, 3, n)
    return Kinship((U * eigenvalues) @ U.T / 2 + ((U * eigenvalues) @ U.T).T / 2, range(n))


def test_bent_matrices_are_nearest():
    """No positive semi-definite matrix is nearer, tried along many directions."""
    K = make_indefinite()
    bent = bend(K).matrix
    eigenvalues = np.linalg.eigvalsh(bent)
    assert eigenvalues.min() > -1e-14
    distance = np.linalg.norm(bent - K.matrix)
    rng = np.random.default_rng(1)
    for _ in range(50):
        root = rng.standard_normal((6, 6))
        other = bent + rng.uniform(0, 1) * (root @ root.T - bent)
        assert np.linalg.norm(other - K.matrix) > distance
    np.testing.assert_allclose(bend(bend(K)).matrix, bent, atol=1e-14)


def test_the_least_eigenvalue_is_a_share_of_the_mean_diagonal():
    K = make_indefinite()
    bent = bend(K, least=0.01).matrix
    least = 0.01 * K.matrix.trace() / 6
    np.testing.assert_allclose(np.linalg.eigvalsh(bent).min(), least, rtol=1e-10)
    positive = make_kinship()
    np.testing.assert_allclose(bend(positive).matrix, positive.matrix, atol=1e-14)


@pytest.mark.parametrize("least", [-1, np.nan, np.inf, "0", None])
def test_bad_least(least):
    with pytest.raises(ValueError, match="least must be a number that is not negative, got "):
        bend(make_kinship(), least=least)


def test_nothing_to_bend_to():
    with pytest.raises(ValueError, match="mean diagonal of -1; it must be positive"):
        bend(Kinship(-np.eye(3), range(3)))


def make_pedigree():
    ids = ["g", "h", "a", "b", "c", "d", "e"]
    father = [0, 0, "g", "g", "a", "a", "c"]
    mother = [0, 0, "h", "h", "b", 0, "d"]
    return numerator(ids, father, mother)


@given(st.floats(0, 1), st.permutations(["a", "c", "e", "h"]))
def test_single_step_has_the_inverse_of_aguilar(blend, genotyped):
    """H⁻¹ is A⁻¹ plus G⁻¹ − A22⁻¹ among the genotyped."""
    pedigree, n = make_pedigree(), len(genotyped)
    genomic = make_kinship(n, seed=5, ids=genotyped)
    rows = pedigree.rows(genotyped)
    A = pedigree.matrix
    A22 = A[np.ix_(rows, rows)]
    G = (1 - blend) * genomic.matrix + blend * A22
    inverse = np.linalg.inv(A)
    inverse[np.ix_(rows, rows)] += np.linalg.inv(G) - np.linalg.inv(A22)
    H = single_step(pedigree, genomic, blend=blend)
    np.testing.assert_allclose(H.matrix, np.linalg.inv(inverse), atol=1e-11)
    assert list(H.ids) == list(pedigree.ids)
    np.testing.assert_allclose(H.select(genotyped).matrix, G, atol=1e-15)


def test_single_step_with_the_relationships_of_the_pedigree_changes_nothing():
    pedigree = make_pedigree()
    H = single_step(pedigree, pedigree.select(["b", "d", "g"]))
    np.testing.assert_allclose(H.matrix, pedigree.matrix, atol=1e-14)


def test_what_a_single_step_refuses():
    pedigree = make_pedigree()
    with pytest.raises(ValueError, match="genomic has 1 individuals that the pedigree lacks: 'z'"):
        single_step(pedigree, make_kinship(2, ids=["a", "z"]))
    with pytest.raises(TypeError, match="genomic must be a Kinship, got ndarray"):
        single_step(pedigree, np.eye(3))
    with pytest.raises(ValueError, match=r"blend must be a number in \[0, 1\], got 1.5"):
        single_step(pedigree, make_kinship(2, ids=["a", "b"]), blend=1.5)
    clones = Kinship(np.ones((2, 2)), ["a", "b"])
    with pytest.raises(ValueError, match=r"pedigree: the relationships .* are singular, as of"):
        single_step(clones, make_kinship(2, ids=["a", "b"]))
