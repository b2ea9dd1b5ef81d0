"""One marker after the other beside the fixed effects and relatedness of a fitted model."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np

from .._door import FittedTrait, fitted_model
from .._validation import check_choice
from .._variance.association.null_model import NullModel, free_of
from .._variance.association.single import explain, explain_measured
from .._variance.association.statistics import statistics_of
from .._variance.linalg.forks import computing
from ._results import Scan
from ._rows import PURPOSE, find_rows, labels_of_files
from ._sources import Source, open_source


@computing
def scan(
    lmm: Any,
    genotypes: Any,
    *,
    ids: Any = None,
    names: Any = None,
    chromosomes: Any = None,
    positions: Any = None,
    marker_map: Any = None,
    h: Literal["null", "each"] = "null",
    test: Literal["f", "lrt", "score"] = "f",
    missing: Literal["raise", "mean", "drop"] = "raise",
) -> Scan:
    """Test each marker beside the fixed effects and relatedness of a fitted model."""
    check_choice(h, "h", ("null", "each"))
    check_choice(test, "test", ("f", "lrt", "score"))
    check_choice(missing, "missing", ("raise", "mean", "drop"))
    fitted = fitted_model(lmm)
    fitted.stored(PURPOSE)
    source = open_source(
        genotypes,
        ids,
        names=names,
        chromosomes=chromosomes,
        positions=positions,
        marker_map=marker_map,
        missing=missing,
        labels=labels_of_files(fitted),
    )
    rows = find_rows(fitted, source)
    results = [scan_trait(trait, source, rows, test, missing) for trait in fitted.traits(PURPOSE)]
    arrays: dict[str, Any] = {
        name: np.array([result[name] for result in results]) for name in results[0]
    }
    if fitted.is_single:
        arrays = {name: values[0] for name, values in arrays.items()}
    known: dict[str, Any] = {
        "names": source.names,
        "chromosomes": source.chromosomes,
        "positions": source.positions,
        "effect_alleles": source.effect_alleles,
        "other_alleles": source.other_alleles,
    }
    return Scan(**arrays, **known, test=test, h_mode=h)


def scan_trait(
    trait: FittedTrait, source: Source, rows: np.ndarray, test: str, missing: str
) -> dict[str, np.ndarray]:
    """Columns of the result for one trait."""
    basis = trait.fixed_effects.basis
    residuals = trait.group.residuals()[:, trait.place]
    null = NullModel.from_residuals(trait.precision(), basis, residuals)
    measured = rows[trait.group.rows]
    parts = [
        test_block(trait, null, source.block(measured, markers), test, missing)
        for markers in source.batches(len(measured))
    ]
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def test_block(
    trait: FittedTrait, null: NullModel, G: np.ndarray, test: str, missing: str
) -> dict[str, np.ndarray]:
    is_missing = np.isnan(G)
    any_missing = is_missing.any()
    means = np.nanmean(G, axis=0) if any_missing else G.mean(axis=0)
    if any_missing:
        G[is_missing] = np.broadcast_to(means, G.shape)[is_missing]
    is_constant = (G[0] == G).all(axis=0)
    G, is_collinear = free_of(null.basis, G)
    if any_missing and missing == "drop":
        found = explain_measured(null, G, is_missing)
    else:
        found = explain(null, G)
    p = null.basis.shape[1]
    tested = statistics_of(found, test, p, found.df + (trait.model.method == "ml") * p)
    variance = found.rss * (1 - tested.variance_explained) / tested.residual_df
    status = np.where(is_collinear, "collinear", "ok")
    status[is_constant & is_collinear] = "constant"
    return {
        "beta": found.beta,
        "standard_error": np.sqrt(variance * found.unscaled_variance),
        **tested._asdict(),
        "pvalue": 10.0**-tested.neg_log10_pvalue,
        "h": np.full(len(found.beta), trait.h),
        "n_samples": found.df + p,
        "frequency": means / 2,
        "status": status,
    }
