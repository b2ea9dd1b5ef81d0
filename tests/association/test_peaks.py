"""Are peaks and their intervals those of their definitions?"""

from dataclasses import fields

import numpy as np
import pytest
from made_scans import scan_of

from sklmm.association import Peaks, find_peaks


def longest_chain(curve, threshold, peak_drop):
    """The largest number of values above a threshold with deep valleys between neighbors."""
    places = np.flatnonzero(curve > threshold)
    best = {}
    for at in places:
        before = [
            best[other]
            for other in places[places < at]
            if curve[other : at + 1].min() + peak_drop < min(curve[other], curve[at])
        ]
        best[at] = 1 + max(before, default=0)
    return max(best.values(), default=0)


@pytest.mark.parametrize("seed", range(20))
def test_as_many_peaks_as_the_valleys_allow(seed):
    rng = np.random.default_rng(seed)
    curve = np.abs(np.cumsum(rng.normal(0, 1, 80)))
    found = find_peaks(scan_of(curve), threshold=2, drop=1, peak_drop=1.5)
    assert len(found) == longest_chain(curve, 2, 1.5)
    for first, second in zip(found.index, found.index[1:], strict=False):
        lower = min(curve[first], curve[second])
        assert curve[first:second].min() < lower - 1.5
    assert (np.diff(found.position) > 0).all()
    assert (found.low[1:] >= found.high[:-1]).all()
    for at, low, high in zip(
        found.index, found.low.astype(int), found.high.astype(int), strict=True
    ):
        assert curve[at] == curve[low : high + 1].max()


def test_a_support_interval_by_hand():
    lod = [0.1, 3.4, 1.0, 3.6, 5.0, 3.6, 3.5, 0.2, 0.3]
    found = find_peaks(scan_of(lod), threshold=3, drop=1.5)
    assert (found.low, found.position, found.high) == (2, 4, 6)
    outer = find_peaks(scan_of(lod), threshold=3, drop=1.7)
    assert (outer.low, outer.high) == (0, 7)


def test_a_bayes_interval_is_the_smallest_set_of_largest_lod():
    rng = np.random.default_rng(3)
    positions = np.sort(rng.uniform(0, 100, 30))
    lod = 4 * np.exp(-(((positions - 40) / 25) ** 2)) + 0.3 * rng.random(30)
    edges = np.r_[2 * positions[0] - positions[1], positions, 2 * positions[-1] - positions[-2]]
    middles = (edges[1:] + edges[:-1]) / 2
    posterior = 10**lod * np.diff(middles)
    posterior[[0, -1]] = 10 ** lod[[0, -1]] * np.diff(positions)[[0, -1]]
    posterior /= posterior.sum()
    for prob in (0.5, 0.9, 0.99):
        limits = [limit for limit in lod if posterior[lod >= limit].sum() >= prob]
        held = positions[lod >= max(limits)]
        found = find_peaks(scan_of(lod, positions=positions), threshold=3, prob=prob)
        assert (found.low, found.high) == (held.min(), held.max())


def test_markers_in_any_order_of_positions():
    rng = np.random.default_rng(0)
    lod, positions = rng.chisquare(2, 60), rng.uniform(0, 90, 60)
    chromosomes = np.repeat(["3", "X", "1"], 20)
    expected = find_peaks(scan_of(lod, chromosomes, positions), threshold=2, drop=1, peak_drop=1)
    shuffled = np.concatenate([start + rng.permutation(20) for start in (0, 20, 40)])
    found = find_peaks(
        scan_of(lod[shuffled], chromosomes[shuffled], positions[shuffled]),
        threshold=2,
        drop=1,
        peak_drop=1,
    )
    assert list(dict.fromkeys(found.chromosome)) == ["3", "X", "1"]
    for name in ("chromosome", "position", "lod", "low", "high"):
        np.testing.assert_array_equal(getattr(found, name), getattr(expected, name))
    np.testing.assert_array_equal(shuffled[found.index], expected.index)


def test_markers_that_share_the_maximum():
    found = find_peaks(
        scan_of([0, 5, 4.2, 5, 5, 0], positions=[0, 10, 20, 30, 44, 50.0]), threshold=3
    )
    assert (found.position, found.index, found.lod) == (28, 3, 5)


def test_intervals_end_at_markers():
    lod = [1, 2, 3, 4, 5, 3.4, 2, 1]
    is_marker = [False, True, False, False, True, False, False, False]
    found = find_peaks(scan_of(lod), threshold=3, is_marker=is_marker)
    assert (found.low, found.high) == (1, 7)
    assert find_peaks(scan_of(lod), threshold=3).low == 2


def test_untested_markers_are_passed_over():
    lod = [0, np.nan, 4, np.nan, 5, np.nan, 3, 0]
    found = find_peaks(scan_of(lod), threshold=3)
    assert (found.low, found.position, found.high) == (0, 4, 6)


def test_thresholds_by_chromosome_and_trait():
    lod = np.array([[4, 5, 6, 4.0], [4, 5, 6, 2.0]])
    result = scan_of(lod, chromosomes=[1, 2, "X", "X"], trait_names=["a", "b"])
    found = find_peaks(result, threshold={"autosomes": [4.5, 3], "X": 7})
    assert found.trait.tolist() == ["a", "b", "b"]
    assert found.chromosome.tolist() == ["2", "1", "2"]
    assert len(find_peaks(result, threshold={1: 3, 2: 3, "X": 5})) == 6
    assert find_peaks(result, threshold=[9, 5.5]).trait.tolist() == ["b"]


def test_peaks_of_p_values():
    result = scan_of([0, 5, 2, 0])
    assert not len(find_peaks(result, threshold=4.6, by="neg_log10_p"))
    found = find_peaks(result, threshold=4.4, by="neg_log10_p")
    assert (found.lod, found.neg_log10_pvalue) == (5, 4.5)


def test_a_row_for_each_peak():
    result = scan_of([0, 5, 2, 0], names=np.array(["a", "b", "c", "d"]))
    frame = find_peaks(result, threshold=3).to_frame()
    assert frame.columns.tolist() == [field.name for field in fields(Peaks)]
    assert frame.loc[0, ["trait", "marker", "position"]].tolist() == [0, "b", 1]
    assert find_peaks(result, threshold=6).to_frame().empty


@pytest.mark.parametrize("unknown", [np.nan, -9])
def test_markers_without_a_place_are_mentioned_where_they_are_large(unknown):
    result = scan_of([0, 5, 7, 6], positions=[0, 1, unknown, 3], chromosomes=[1, 1, 1, None])
    with pytest.warns(UserWarning, match="2 markers exceed the threshold and are in no peak"):
        found = find_peaks(result, threshold=3)
    assert found.lod == 5
    assert not len(find_peaks(result, threshold=8))


@pytest.mark.parametrize("unknown", ["0", 0])
def test_markers_on_no_chromosome(unknown):
    """What a scan advises for markers whose place is unknown makes no peak."""
    chromosomes = np.array([1, 1, unknown, unknown], dtype=object)
    result = scan_of([0, 5, 7, 6], positions=[0, 1, 0, 0], chromosomes=chromosomes)
    for threshold in (3, {"1": 3, "0": 3, "autosomes": 4}):
        with pytest.warns(UserWarning, match="2 markers exceed the threshold and are in no peak"):
            found = find_peaks(result, threshold=threshold)
        assert found.lod == 5


def test_one_marker_on_a_chromosome():
    for interval in ({"drop": 1}, {"prob": 0.9}):
        found = find_peaks(scan_of([5.0], positions=[7]), threshold=3, **interval)
        assert (found.low, found.position, found.high) == (7, 7, 7)


def test_a_drop_of_nothing_and_an_infinite_lod():
    """Inside are markers that share the maximum, however wide the drop is."""
    for top, drop in ((5, 0), (np.inf, 0), (np.inf, 1.5)):
        found = find_peaks(scan_of([0, 4, top, top, 4.9, 0]), threshold=3, drop=drop)
        assert (found.low, found.high, found.lod) == (1, 4, top)
    found = find_peaks(scan_of([0, 4, np.inf, 4, 0]), threshold=3, prob=0.95)
    assert (found.low, found.high) == (2, 2)
    found = find_peaks(scan_of([np.inf, 0, np.inf]), threshold=3, drop=1, peak_drop=2)
    assert found.index.tolist() == [0, 2]


def test_a_threshold_in_quotes():
    with pytest.raises(ValueError, match="threshold='5' is not a threshold"):
        find_peaks(scan_of([0, 9, 0]), threshold="5")
