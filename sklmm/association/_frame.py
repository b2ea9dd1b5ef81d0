"""A scan as a table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from .._validation import number_of_trait

if TYPE_CHECKING:
    import pandas as pd

OF_MARKERS = {
    "names": "marker",
    "chromosomes": "chromosome",
    "positions": "position",
    "effect_alleles": "effect_allele",
    "other_alleles": "other_allele",
}
OF_EFFECTS = ("beta", "standard_error")
OF_TESTS = (
    *("statistic", "df", "residual_df", "pvalue", "neg_log10_pvalue", "lod", "joint_lod"),
    *("h", "n_samples", "variance_explained", "status"),
)


def frame_of(scan: Any, trait: Any) -> pd.DataFrame:
    """A row for each marker, or for each trait and marker."""
    import pandas as pd

    if scan.markers is not None and scan.traits is not None:
        columns = _columns(scan, slice(None))
        columns = {"marker_index": scan.markers, **columns}
        if scan.trait_names is not None or scan.traits.any():
            columns = {"trait": _names_of_traits(scan)[scan.traits], **columns}
        frame = pd.DataFrame(columns)
        return frame if trait is None else frame[scan.traits == find_trait(scan, trait)]
    if scan.status.ndim == 1:
        if trait is not None:
            find_trait(scan, trait)
        return pd.DataFrame(_columns(scan, ...))
    if trait is not None:
        return pd.DataFrame(_columns(scan, find_trait(scan, trait)))
    names = _names_of_traits(scan)
    tables = [
        pd.DataFrame({"trait": np.full(len(scan), names[place]), **_columns(scan, place)})
        for place in range(len(names))
    ]
    return pd.concat(tables, ignore_index=True)


def _columns(scan: Any, trait: Any) -> dict[str, np.ndarray]:
    """Columns of one trait."""
    columns = {
        title: getattr(scan, name)
        for name, title in OF_MARKERS.items()
        if getattr(scan, name) is not None
    }
    for name in OF_EFFECTS:
        columns |= _by_founder(name, getattr(scan, name)[trait], scan.founders)
    columns |= _by_founder("frequency", scan.frequency[trait], scan.founders)
    for name in OF_TESTS:
        if getattr(scan, name) is not None:
            columns[name] = getattr(scan, name)[trait]
    return columns


def _by_founder(name: str, values: np.ndarray, founders: list | None) -> dict[str, np.ndarray]:
    if founders is None:
        return {name: values}
    return {f"{name}_{founder}": values[:, place] for place, founder in enumerate(founders)}


def _names_of_traits(scan: Any) -> np.ndarray:
    return np.array(scan.trait_names or range(_count_traits(scan)), dtype=object)


def _count_traits(scan: Any) -> int:
    if scan.trait_names:
        return len(scan.trait_names)
    if scan.traits is not None:
        return int(scan.traits.max(initial=0)) + 1
    return 1 if scan.status.ndim == 1 else len(scan.status)


def find_trait(scan: Any, trait: Any) -> int:
    """The number of a trait of a scan, from its name or its number."""
    return number_of_trait(trait, _count_traits(scan), scan.trait_names, "scan")
