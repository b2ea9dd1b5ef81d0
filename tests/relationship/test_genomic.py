"""Additive relationships against their formulas, marker by marker."""

import tracemalloc

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from sklmm import _genotypes
from sklmm.relationship import (
    centered,
    iter_leave_one_chromosome_out,
    leave_one_chromosome_out,
    standardized,
    vanraden,
    vanraden2,
)

FUNCTIONS = [vanraden, vanraden2, centered, standardized]


def make_counts(n=30, m=200, seed=0):
    rng = np.random.default_rng(seed)
    counts = rng.binomial(2, rng.uniform(0.2, 0.8, m), size=(n, m)).astype(np.int8)
    return counts[:, counts.std(axis=0) > 0]


def by_definition(function, M):
    """Sums over markers in long double."""
    M = M.astype(np.longdouble)
    p = M.mean(axis=0) / 2
    weights = {
        vanraden: np.full(len(p), 1 / np.sum(2 * p * (1 - p))),
        vanraden2: 1 / (2 * p * (1 - p)) / len(p),
        centered: np.full(len(p), np.longdouble(1) / len(p)),
        standardized: 1 / M.var(axis=0) / len(p),
    }[function]
    K = np.zeros((len(M), len(M)), dtype=np.longdouble)
    for marker, frequency, weight in zip(M.T, p, weights, strict=True):
        K += weight * np.outer(marker - 2 * frequency, marker - 2 * frequency)
    return K.astype(float)


@pytest.mark.parametrize("function", FUNCTIONS)
@pytest.mark.parametrize("dtype", [np.int8, np.int64, np.uint8, np.float32, np.float64])
def test_definition(function, dtype):
    M = make_counts()
    kinship = function(M.astype(dtype), range(len(M)))
    np.testing.assert_allclose(kinship.matrix, by_definition(function, M), rtol=0, atol=1e-13)
    np.testing.assert_array_equal(kinship.matrix, kinship.matrix.T)
    assert list(kinship.ids) == list(range(len(M)))


@pytest.mark.parametrize("function", FUNCTIONS)
def test_blocks_of_markers_make_no_difference(function, monkeypatch):
    M = make_counts()
    expected = function(M, range(len(M))).matrix
    monkeypatch.setattr(_genotypes, "MARKERS_AT_A_TIME", 7)
    monkeypatch.setattr(_genotypes, "EXACT_IN_FLOAT32", 60)
    np.testing.assert_allclose(function(M, range(len(M))).matrix, expected, atol=1e-13)


@pytest.mark.parametrize("function", FUNCTIONS)
def test_missing_genotypes_are_refused_or_take_the_mean_of_the_marker(function):
    M = make_counts(n=20, m=50)
    is_missing = np.random.default_rng(1).uniform(size=M.shape) < 0.1
    with_nan = np.where(is_missing, np.nan, M)
    filled = np.where(is_missing, np.nanmean(with_nan, axis=0), M)
    expected = function(filled, range(20)).matrix
    coded = np.where(is_missing, -127, M).astype(np.int8)
    for genotypes in (with_nan, coded):
        before = genotypes.copy()
        found = function(genotypes, range(20), missing="mean").matrix
        np.testing.assert_allclose(found, expected, atol=1e-13)
        np.testing.assert_array_equal(genotypes, before)
        with pytest.raises(ValueError, match=r"between 0 and 2, .* Impute .* by missing='mean'"):
            function(genotypes, range(20))


@pytest.mark.parametrize("function", FUNCTIONS)
def test_what_missing_does_not_repair(function):
    M = make_counts(n=6, m=9).astype(float)
    with pytest.raises(ValueError, match="missing must be 'raise' or 'mean', got 'zero'"):
        function(M, range(6), missing="zero")
    with pytest.raises(ValueError, match=r"between 0 and 2, but 1 are not, .*\[0, 0\] = -9.0"):
        function(np.where(np.indices(M.shape).sum(axis=0) == 0, -9, M), range(6), missing="mean")
    M[:, 3] = np.nan
    with pytest.raises(ValueError, match="1 markers without any value, such as column 3"):
        function(M, range(6), missing="mean")


@pytest.mark.parametrize("function", [vanraden2, standardized])
@pytest.mark.parametrize("value", [0, 2, 0.1])
def test_markers_that_cannot_be_standardized(function, value):
    M = make_counts(n=7).astype(float)
    M[:, 5] = value
    if function is vanraden2 and value == 0.1:
        assert np.isfinite(function(M, range(7)).matrix).all()
        return
    with pytest.raises(ValueError, match="column 5 is the same in all samples"):
        function(M, range(7))
    assert np.isfinite(vanraden(M, range(7)).matrix).all()


@given(
    hnp.arrays(
        np.int8, st.tuples(st.integers(2, 8), st.integers(1, 12)), elements=st.integers(0, 2)
    ),
    st.randoms(use_true_random=False),
)
def test_invariance(M, random):
    """Neither the counted allele nor the order of samples or markers matters."""
    if not (M[0] != M).any():
        return
    n, m = M.shape
    rows, columns = random.sample(range(n), n), random.sample(range(m), m)
    flipped = np.where(np.arange(m) % 2 == 0, M, 2 - M)
    for function in (vanraden, centered):
        expected = function(M, range(n))
        permuted = function(flipped[rows][:, columns], rows).select(range(n))
        np.testing.assert_allclose(permuted.matrix, expected.matrix, atol=1e-13)


def test_without_a_chromosome():
    M = make_counts()
    chromosomes = np.random.default_rng(2).choice(["1", "2", "X"], M.shape[1])
    kinships = leave_one_chromosome_out(M, range(len(M)), chromosomes)
    assert list(kinships) == list(dict.fromkeys(chromosomes))
    for chromosome, kinship in kinships.items():
        expected = vanraden(M[:, chromosomes != chromosome], range(len(M)))
        np.testing.assert_allclose(kinship.matrix, expected.matrix, atol=1e-12)
        assert list(kinship.ids) == list(range(len(M)))


def test_without_a_chromosome_of_which_nothing_is_left():
    M = make_counts(m=10)
    M[:, :4] = 1
    with pytest.raises(ValueError, match="no marker varies on any chromosome but 'b'"):
        leave_one_chromosome_out(M, range(len(M)), ["a"] * 4 + ["b"] * (M.shape[1] - 4))
    with pytest.raises(ValueError, match=r"one label for each of the .* markers, got 2"):
        leave_one_chromosome_out(M, range(len(M)), ["a", "b"])


def test_chromosomes_of_markers_in_another_order():
    rng = np.random.default_rng(0)
    names = [f"m{number}" for number in range(12)]
    frame = pd.DataFrame(rng.integers(0, 3, (8, 12)), columns=names)
    chromosomes = pd.Series(np.repeat(["1", "2", "3"], 4), index=names)
    expected = leave_one_chromosome_out(frame, range(8), chromosomes)
    other = chromosomes.sample(frac=1, random_state=0)
    message = (
        r"genotypes.columns and the index of chromosomes .*chromosomes.loc\[genotypes.columns\]"
    )
    with pytest.raises(ValueError, match=message):
        leave_one_chromosome_out(frame, range(8), other)
    found = leave_one_chromosome_out(frame, range(8), other.loc[frame.columns])
    np.testing.assert_array_equal(found["2"].matrix, expected["2"].matrix)


@pytest.mark.parametrize(
    "spellings",
    [
        ("1 ", "1"),
        ("01", "1"),
        ("x", "X"),
        ("chr1", "1"),
        ("Chr01", "chr1"),
        ("chrX", "x"),
        ("1.0", "1"),
        (18, "18"),
        (18.0, "18"),
        ("X", b"X"),
        ("1A\u00a0", "1a"),
    ],
)
def test_chromosomes_in_two_spellings(spellings):
    M = make_counts()
    chromosomes = np.empty(M.shape[1], dtype=object)
    chromosomes[:] = "7"
    chromosomes[3], chromosomes[9:12] = spellings
    with pytest.raises(ValueError, match=r"chromosomes") as caught:
        leave_one_chromosome_out(M, range(len(M)), list(chromosomes))
    assert all(repr(label) in str(caught.value) for label in spellings)
    chromosomes[9:12] = spellings[0]
    assert len(leave_one_chromosome_out(M, range(len(M)), list(chromosomes))) == 2


@pytest.mark.parametrize(
    "names",
    [
        ["1A", "1B", "1D", "2A", "11A"],
        [1, 2, 10, 11, 12],
        ["1", "10", "X", "Y", "MT"],
        ["chr1", "chr2", "chr10", "chrUn", "scaffold_1"],
        ["LG1", "LG2", "1", "C1", "ch1"],
        ["2L", "2R", "3L", "3R", "4"],
        ["1E", "2E", "1H", "2H", "1"],
    ],
)
def test_chromosomes_of_many_names(names):
    M = make_counts()
    assert list(leave_one_chromosome_out(M, range(len(M)), names * 40)) == names


@pytest.mark.parametrize("chromosomes", ["111222233X", "12X12X12X1"])
def test_kinships_one_at_a_time_are_the_same(chromosomes):
    M = make_counts(m=10)
    chromosomes = list(chromosomes)
    expected = leave_one_chromosome_out(M, range(len(M)), chromosomes)
    found = dict(iter_leave_one_chromosome_out(M, range(len(M)), chromosomes))
    assert list(found) == list(expected)
    for chromosome, kinship in found.items():
        np.testing.assert_array_equal(kinship.matrix, expected[chromosome].matrix)


def test_the_generator_holds_one_matrix():
    n = 300
    M = make_counts(n=n, m=60)
    pairs = iter_leave_one_chromosome_out(M, range(n), np.arange(60) % 20)
    next(pairs)
    tracemalloc.start()
    for _ in pairs:
        pass
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 5 * 8 * n * n  # with what it takes to check one


def test_the_generator_refuses_at_once():
    M = make_counts()
    with pytest.raises(ValueError, match="one label for each of the"):
        iter_leave_one_chromosome_out(M, range(len(M)), ["a", "b"])
