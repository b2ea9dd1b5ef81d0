"""Peaks of R/qtl2 0.43-5 and their intervals, from its LOD of the F2 intercross by LOCO."""

import numpy as np
import pandas as pd
import pytest
from made_scans import scan_of

from sklmm.association import find_peaks


def iron(folder):
    """LOD of two traits by LOCO, in the order of the map."""
    map_ = pd.read_csv(folder / "qtl2_iron_map.csv", index_col=0)
    lod = pd.read_csv(folder / "qtl2_iron_lod.csv", index_col=0).loc[map_.index]
    columns = ["loco_reml.liver", "loco_reml.spleen"]
    return scan_of(
        lod[columns].to_numpy().T,
        map_["chr"].astype(str),
        map_["pos"],
        names=map_.index.to_numpy(),
        trait_names=["liver", "spleen"],
    )


INTERVALS = {"drop1.5": {"drop": 1.5}, "bayes0.95": {"prob": 0.95}}


@pytest.mark.parametrize("name", [*INTERVALS, "drop1.5_expand"])
def test_peaks_are_those_of_qtl2(reference_data, name):
    folder = reference_data / "reference" / "association"
    expected = pd.read_csv(folder / f"qtl2_iron_peaks_{name}.csv")
    of_all = {"is_marker": np.full(66, True)} if name.endswith("expand") else {}
    found = find_peaks(
        iron(folder), threshold=2, **INTERVALS[name.removesuffix("_expand")], **of_all
    )
    assert found.trait.tolist() == expected["lodcolumn"].tolist()
    assert found.chromosome.tolist() == expected["chr"].tolist()
    for ours, theirs in {"position": "pos", "lod": "lod", "low": "ci_lo", "high": "ci_hi"}.items():
        np.testing.assert_allclose(getattr(found, ours), expected[theirs], rtol=1e-14)
