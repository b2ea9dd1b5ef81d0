import numpy as np
import pandas as pd
import pytest
from scipy import sparse

from sklmm import _genotypes
from sklmm.relationship import vanraden

GENOTYPES = np.array([[0, 1, 2, 0], [1, 1, 0, 0], [2, 0, 1, 0]], dtype=np.int8)
IDS = ["a", "b", "c"]


def test_vanraden_by_hand():
    """Allele by allele, with exact fractions."""
    from fractions import Fraction

    columns = [[Fraction(int(count)) for count in column] for column in GENOTYPES.T]
    p = [sum(column) / 6 for column in columns]
    scale = 2 * sum(q * (1 - q) for q in p)
    expected = [
        [
            float(
                sum((c[i] - 2 * q) * (c[j] - 2 * q) for c, q in zip(columns, p, strict=True))
                / scale
            )
            for j in range(3)
        ]
        for i in range(3)
    ]
    kinship = vanraden(GENOTYPES, IDS)
    np.testing.assert_allclose(kinship.matrix, expected, rtol=1e-14, atol=1e-15)
    assert list(kinship.ids) == IDS


@pytest.mark.parametrize("markers_at_a_time", [7, 4096])
@pytest.mark.parametrize("exact", [56, 2**24])
def test_counts_and_dosages_take_different_ways_to_the_same_matrix(
    monkeypatch, markers_at_a_time, exact
):
    """Blocks and chunks of markers are as small as they get in some of the cases."""
    monkeypatch.setattr(_genotypes, "MARKERS_AT_A_TIME", markers_at_a_time)
    monkeypatch.setattr(_genotypes, "EXACT_IN_FLOAT32", max(exact, 4 * markers_at_a_time))
    rng = np.random.default_rng(1)
    counts = rng.binomial(2, rng.uniform(0.05, 0.95, 300), size=(41, 300))
    centered = counts - counts.mean(axis=0)
    p = counts.mean(axis=0) / 2
    expected = centered @ centered.T / (2 * np.sum(p * (1 - p)))
    for dtype in (np.int8, np.uint8, np.int64, np.float32, np.float64):
        K = vanraden(counts.astype(dtype), range(41)).matrix
        np.testing.assert_array_equal(K, K.T)
        np.testing.assert_allclose(K, expected, atol=1e-13)


def test_vanraden_of_any_container_and_type():
    expected = vanraden(GENOTYPES, IDS).matrix
    for genotypes in (
        GENOTYPES.astype(float),
        GENOTYPES.astype(object),
        GENOTYPES.tolist(),
        np.asfortranarray(GENOTYPES),
        pd.DataFrame(GENOTYPES),
        pd.DataFrame(GENOTYPES, index=IDS),
    ):
        np.testing.assert_allclose(vanraden(genotypes, IDS).matrix, expected, atol=1e-15)


def test_vanraden_leaves_the_genotypes_alone():
    genotypes = GENOTYPES.astype(float)
    vanraden(genotypes, IDS)
    np.testing.assert_array_equal(genotypes, GENOTYPES)


@pytest.mark.parametrize("ids", [set(IDS), 5, None])
def test_vanraden_needs_ids_with_an_order(ids):
    with pytest.raises(TypeError, match="ids must be a sequence of labels with an order"):
        vanraden(GENOTYPES, ids)


def test_vanraden_takes_a_generator_of_ids():
    frame = pd.DataFrame(GENOTYPES, index=IDS)
    assert list(vanraden(frame, (label for label in IDS)).ids) == IDS


def test_vanraden_of_sparse_genotypes():
    with pytest.raises(TypeError, match=r"genotypes is sparse; .*genotypes.toarray\(\)"):
        vanraden(sparse.csr_array(GENOTYPES), IDS)


def test_vanraden_rows_sum_to_zero_and_dosages_are_accepted():
    dosages = np.random.default_rng(0).uniform(0, 2, (5, 40))
    K = vanraden(dosages, range(5)).matrix
    np.testing.assert_allclose(K.sum(axis=0), 0, atol=1e-13)


def test_vanraden_does_not_depend_on_the_allele_that_is_counted():
    flipped = GENOTYPES.copy()
    flipped[:, 1:] = 2 - flipped[:, 1:]
    np.testing.assert_allclose(vanraden(flipped, IDS).matrix, vanraden(GENOTYPES, IDS).matrix)


@pytest.mark.parametrize(
    ("genotypes", "ids", "message"),
    [
        (np.where(GENOTYPES == 1, np.nan, GENOTYPES), IDS, r"4 are not, such as .*\[0, 1\] = nan"),
        (np.where(GENOTYPES == 1, -9, GENOTYPES), IDS, r"between 0 and 2.*\[0, 1\] = -9. Impute"),
        (GENOTYPES + 1, IDS, r"between 0 and 2, but 2 are not, such as genotypes\[0, 2\] = 3"),
        (np.full((3, 4), 0.1), IDS, "genotypes has no marker that varies"),
        (np.ma.array(GENOTYPES, mask=GENOTYPES == 2), IDS, "genotypes has masked values"),
        (
            pd.DataFrame(GENOTYPES).astype("Int8").mask(GENOTYPES == 2),
            IDS,
            r"between 0 and 2, but 2 are not, such as genotypes\[0, 2\] = nan",
        ),
        (
            pd.DataFrame({"id": IDS, "a": [0, 1, 2]}),
            IDS,
            r"genotypes\[0, 0\] is 'a'. Leave out columns of labels",
        ),
        (np.ones((3, 4)) * 2, IDS, "genotypes has no marker that varies"),
        (GENOTYPES[0], IDS, r"a row for each sample .* got shape \(4,\)"),
        (GENOTYPES[:, :0], IDS, r"a column for each marker, got shape \(3, 0\)"),
        (GENOTYPES.astype(str), IDS, "genotypes must be numbers, got an array of dtype <U"),
        (
            GENOTYPES,
            IDS[:2],
            "ids must have one label for each of the 3 rows of the matrix, got 2",
        ),
        (
            pd.DataFrame(GENOTYPES, index=["a", "c", "b"]),
            IDS,
            r"'b' is given for the row labeled 'c'. Use ids=genotypes.index",
        ),
    ],
)
def test_bad_genotypes(genotypes, ids, message):
    with pytest.raises(ValueError, match=message):
        vanraden(genotypes, ids)
