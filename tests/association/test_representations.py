"""What results say of themselves in a line."""

import numpy as np
import pytest
from scans import made_up

from sklmm.association import MaxStatistics, find_peaks

VALUES = [2.0, 56.2, np.nan, 9.0]
NAMES = np.array(["rs1", "rs2", "rs3", "rs4"])
TWO = [VALUES, [1.0, 2.0, np.nan, 60.0]]
KEPT = {"markers": np.array([7, 812]), "traits": np.array([0, 3])}
NULL = "F test, h of the null model"


@pytest.mark.parametrize(
    ("result", "words"),
    [
        (made_up(VALUES), f"4 markers, largest LOD 28.1 at marker 1, {NULL}"),
        (made_up(VALUES, names=NAMES), f"4 markers, largest LOD 28.1 at rs2, {NULL}"),
        (
            made_up([3.0], h_mode="each", test="lrt"),
            "1 marker, largest LOD 1.5 at marker 0, likelihood-ratio test, h of each marker",
        ),
        (
            made_up(TWO, test="score"),
            "4 markers, 2 traits, largest LOD 30.0 at marker 3 for trait 1, score test, h of the "
            "null model",
        ),
        (
            made_up(TWO, trait_names=["CD8", "MCH"], names=NAMES),
            f"4 markers, 2 traits, largest LOD 30.0 at rs4 for trait 'MCH', {NULL}",
        ),
        (
            made_up([9.0, 11.0], **KEPT),
            f"2 markers kept, largest LOD 5.5 at marker 812 for trait 3, {NULL}",
        ),
        (
            made_up([9.0, 11.0], **(KEPT | {"traits": np.zeros(2, int)})),
            f"2 markers kept, largest LOD 5.5 at marker 812, {NULL}",
        ),
        (
            made_up([9.0, 11.0], **KEPT, names=NAMES[:2], trait_names=list("abcd")),
            f"2 markers kept, largest LOD 5.5 at rs2 for trait 'd', {NULL}",
        ),
        (
            made_up(VALUES, joint_lod=np.ones(4)),
            f"4 markers, largest LOD 28.1 at marker 1, products with a covariate, {NULL}",
        ),
        (made_up([np.nan]), f"1 marker, none tested, {NULL}"),
        (made_up([]), f"0 markers, none tested, {NULL}"),
        (made_up([np.inf, 1.0]), f"2 markers, largest LOD inf at marker 0, {NULL}"),
    ],
)
def test_scans(result, words):
    assert repr(result) == f"Scan({words})"


LOD = np.arange(1, 1001) / 200
X = {"x_lod": LOD / 2, "x_neg_log10_pvalue": LOD / 2, "x_chromosomes": ("X",), "x_share": 0.05}


@pytest.mark.parametrize(
    ("lod", "others", "words"),
    [
        (LOD, {}, "1000 replicates; 5 % threshold LOD 4.75"),
        (np.stack([LOD, LOD / 2]), {}, "1000 replicates of 2 traits; 5 % threshold LOD 2.38 to "),
        (LOD[None], {}, "1000 replicates of 1 trait; 5 % threshold LOD 4.75"),
        (LOD, {"interaction": "age"}, "1000 replicates; products with 'age'; 5 % threshold LOD "),
        (LOD, X, "1000 replicates; 5 % threshold LOD 4.77 on autosomes, LOD 2.50 on X"),
        (LOD[:18], {}, "18 replicates"),
        (LOD[:19], {}, "19 replicates; 5 % threshold LOD 0.10"),
        (LOD[:19], X | {"x_lod": LOD[:19]}, "19 replicates"),
    ],
)
def test_maxima(lod, others, words):
    found = MaxStatistics(lod, lod, **others)
    assert repr(found).startswith(f"MaxStatistics({words}")
    assert len(repr(found)) < 100


def test_peaks():
    places = {"chromosomes": np.array(["1", "1", "1", "X"]), "positions": np.arange(4.0)}
    one, two = made_up(VALUES, **places), made_up(TWO, names=NAMES, **places)
    assert repr(find_peaks(one, threshold=100)) == "Peaks(none)"
    found = repr(find_peaks(one, threshold=10))
    assert found == "Peaks(1 peak, largest LOD 28.1 at marker 1 on chromosome 1)"
    found = repr(find_peaks(two, threshold=2))
    assert found == "Peaks(3 peaks, largest LOD 30.0 at rs4 on chromosome X for trait 1)"
