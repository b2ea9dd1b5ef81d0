"""Genotypes with markers in rows are told by the number of ids, or by the names of columns."""

import numpy as np
import pandas as pd
import polars as pl
import pytest

from sklmm.io import write_plink
from sklmm.relationship import dominance, from_probabilities, gaussian, ibs, vanraden

IDS = ["a", "b", "c", "d"]
MARKERS = [f"s{number}" for number in range(6)]
COUNTS = np.random.default_rng(1).integers(0, 3, (4, 6))
EXPECTED = vanraden(COUNTS, IDS).matrix


@pytest.mark.parametrize("function", [vanraden, ibs, dominance, gaussian])
@pytest.mark.parametrize("dtype", [np.int8, float])
def test_arrays(function, dtype):
    transposed = COUNTS.T.astype(dtype)
    message = (
        r"genotypes is transposed, with markers in its rows: it has 6 rows and 4 columns for 4 "
        r"ids\. Use genotypes\.T\."
    )
    with pytest.raises(ValueError, match=message):
        function(transposed, IDS)
    expected = function(COUNTS, IDS).matrix
    np.testing.assert_allclose(function(transposed.T, IDS).matrix, expected, atol=1e-14)


def test_lists_and_frames():
    transposed = COUNTS.T.tolist()
    with pytest.raises(ValueError, match=r"transposed.* Use numpy\.transpose\(genotypes\)\."):
        vanraden(transposed, IDS)
    np.testing.assert_allclose(vanraden(np.transpose(transposed), IDS).matrix, EXPECTED)
    frame = pl.DataFrame(COUNTS.T, schema=IDS)
    with pytest.raises(ValueError, match=r"columns are named by ids\. Use genotypes\.transpose\("):
        vanraden(frame, IDS)
    np.testing.assert_allclose(vanraden(frame.transpose(), IDS).matrix, EXPECTED)
    frame = pd.DataFrame(COUNTS.T, index=MARKERS, columns=IDS)
    with pytest.raises(ValueError, match=r"its columns are named by ids\. Use genotypes\.T\."):
        vanraden(frame, IDS)
    np.testing.assert_allclose(vanraden(frame.T, IDS).matrix, EXPECTED)
    with pytest.raises(
        ValueError, match=r"genotypes\[0, 0\] is 's0'\. Leave out columns of labels"
    ):
        vanraden(frame.reset_index(), IDS)


@pytest.mark.parametrize("index", [None, MARKERS[:4]])
@pytest.mark.parametrize("ids", [IDS, IDS[::-1], [("a", 1), "b", 3, 4]])
def test_square_frames(index, ids):
    """As many markers as individuals: names tell."""
    frame = pd.DataFrame(COUNTS[:, :4].T, index=index, columns=list(map(str, ids)))
    with pytest.raises(ValueError, match=r"its columns are named by ids\. Use genotypes\.T\."):
        vanraden(frame, ids)
    with pytest.raises(ValueError, match=r"its columns are named by ids\. Use genotypes\.transp"):
        vanraden(pl.from_dicts(frame.to_dict("records")), ids)


def test_square_tables_that_are_right():
    square = COUNTS[:, :4]
    expected = vanraden(square, IDS).matrix
    for frame in (
        pd.DataFrame(square),
        pd.DataFrame(square, index=IDS),
        pd.DataFrame(square, index=IDS, columns=MARKERS[:4]),
        pd.DataFrame(square, index=IDS, columns=IDS),
        pl.DataFrame(square),
    ):
        np.testing.assert_allclose(vanraden(frame, IDS).matrix, expected)
    found = vanraden(pd.DataFrame(square), range(4)).matrix
    np.testing.assert_allclose(found, expected)


def test_numbers_of_markers_and_of_individuals():
    """Both are counted from 1, and nothing is wrong."""
    expected = vanraden(COUNTS[:, :4], range(4)).matrix
    for columns in ([1, 2, 3, 4], ["1", "2", "3", "4"]):
        frame = pd.DataFrame(COUNTS[:, :4], columns=columns)
        np.testing.assert_allclose(vanraden(frame, [1, 2, 3, 4]).matrix, expected)
    frame = pd.DataFrame(COUNTS, columns=range(1, 7))
    np.testing.assert_allclose(vanraden(frame, [1, 2, 3, 4]).matrix, EXPECTED)


def test_other_columns_beside_individuals():
    frame = pd.DataFrame(COUNTS.T, columns=IDS)
    frame.insert(0, "position", range(6))
    with pytest.raises(
        ValueError, match=r"its columns are named by ids\. Use genotypes\[ids\]\.T\."
    ):
        vanraden(frame, IDS)
    np.testing.assert_allclose(vanraden(frame[IDS].T, IDS).matrix, EXPECTED)
    frame = pl.from_dicts(frame.to_dict("records"))
    with pytest.raises(ValueError, match=r"Use genotypes\.select\(ids\)\.transpose\(\)\."):
        vanraden(frame, IDS)
    np.testing.assert_allclose(vanraden(frame.select(IDS).transpose(), IDS).matrix, EXPECTED)


def test_other_numbers_of_ids():
    for ids in (IDS[:3], [*IDS, "e"]):
        with pytest.raises(ValueError, match="ids must have one label for each of the 4 rows"):
            vanraden(COUNTS, ids)


def test_files(tmp_path):
    transposed = COUNTS.T
    with pytest.raises(ValueError, match=r"data is transposed, .* Use data\.T\."):
        write_plink(tmp_path / "cows", transposed, IDS, feature_names=MARKERS)
    assert not list(tmp_path.iterdir())
    write_plink(tmp_path / "cows", transposed.T, IDS, feature_names=MARKERS)


@pytest.mark.parametrize("axes", [(0, 2, 1), (1, 0, 2), (1, 2, 0), (2, 0, 1), (2, 1, 0)], ids=str)
@pytest.mark.parametrize("is_list", [False, True])
def test_probabilities(axes, is_list):
    """Of (individuals, founders, loci), in another order."""
    right = np.random.default_rng(0).dirichlet(np.ones(3), (4, 5)).swapaxes(1, 2)
    expected = from_probabilities(right, IDS).matrix
    given = np.transpose(right, axes)
    back = tuple(int(axis) for axis in np.argsort(axes))
    order = rf"\({back[0]}, {back[1]}, {back[2]}\)"
    remedy = rf"numpy.transpose\(probabilities, {order}\)\."
    if is_list:
        given, remedy = [given], rf"\[numpy.transpose\(part, {order}\) for part in probabilities\]"
    with pytest.raises(ValueError, match=rf"axes are in another order .* Use {remedy}"):
        from_probabilities(given, IDS)
    given = [np.transpose(part, back) for part in given] if is_list else np.transpose(given, back)
    np.testing.assert_allclose(from_probabilities(given, IDS).matrix, expected, atol=1e-15)
