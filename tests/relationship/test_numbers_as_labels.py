"""Genotypes whose index has numbers, beside ids that are text."""

import numpy as np
import pandas as pd
import pytest

from sklmm.io import read_plink, write_plink
from sklmm.relationship import centered, gaussian, ibs, vanraden

N = 40
rng = np.random.default_rng(0)
COUNTS = rng.binomial(2, 0.4, (N, 120)).astype(float)
MARKERS = [f"m{number}" for number in range(120)]
SHUFFLED = rng.permutation(N)


def genotypes(first, name=None):
    return pd.DataFrame(COUNTS, index=pd.RangeIndex(first, first + N).rename(name))


def texts(first, order=slice(None), write=str):
    return [write(number) for number in np.arange(first, first + N)[order].tolist()]


WAYS = [str, "{:08d}".format, "{}.0".format, lambda number: ("0", str(number))]


@pytest.mark.parametrize("write", WAYS)
@pytest.mark.parametrize(("first", "name"), [(1, None), (101, None), (100_001, "id"), (0, "id")])
@pytest.mark.parametrize("relate", [vanraden, centered, gaussian, ibs])
def test_the_same_labels_in_another_order_are_refused(relate, first, name, write):
    with pytest.raises(ValueError, match="ids and the index of genotypes have the same labels in"):
        relate(genotypes(first, name), texts(first, SHUFFLED, write))


def test_no_names_of_others_are_written(tmp_path):
    with pytest.raises(ValueError, match="same labels in different orders"):
        write_plink(tmp_path / "g", genotypes(101), texts(101, SHUFFLED), feature_names=MARKERS)
    assert not list(tmp_path.iterdir())
    write_plink(tmp_path / "g", genotypes(101), texts(101), feature_names=MARKERS)
    assert read_plink(tmp_path / "g").ids[0] == "101"


@pytest.mark.parametrize("write", WAYS)
@pytest.mark.parametrize(("first", "name"), [(0, None), (1, None), (101, "id"), (100_001, None)])
def test_the_same_labels_in_the_same_order_are_right(first, name, write):
    ids = texts(first, write=write)
    expected = vanraden(COUNTS, ids).matrix
    np.testing.assert_array_equal(vanraden(genotypes(first, name), ids).matrix, expected)


@pytest.mark.parametrize("name", [None, "plot", "row"])
@pytest.mark.parametrize("index", [np.arange(N)[SHUFFLED], np.arange(N) * 3, np.arange(1, N + 1)])
def test_numbers_of_rows_beside_names_say_nothing(index, name):
    names = [f"L{number}" for number in range(1, N + 1)]
    by_number = pd.DataFrame(COUNTS, index=pd.Index(index, name=name))
    np.testing.assert_array_equal(
        vanraden(by_number, names).matrix, vanraden(COUNTS, names).matrix
    )


def test_the_remedy():
    by_number = genotypes(1001)
    ids = texts(1001, SHUFFLED)
    with pytest.raises(ValueError, match="Write the labels in the same way in both and use genot"):
        vanraden(by_number, ids)
    same = by_number.set_axis(by_number.index.astype(str))
    expected = vanraden(COUNTS[SHUFFLED], ids)
    np.testing.assert_array_equal(vanraden(same.loc[ids], ids).matrix, expected.matrix)
