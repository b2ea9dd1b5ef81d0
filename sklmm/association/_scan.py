"""One marker after the other beside the fixed effects and relatedness of a fitted model."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal

import numpy as np

from .._door import FittedModel, fitted_model
from .._labels import LabelIndex
from .._validation import check_choice
from .._variance.linalg.forks import computing
from ._kept import Everything, Keep, Some, check_keep
from ._nulls import PURPOSE, Null, check_x_covariates, null_models
from ._progress import Progress
from ._results import Scan
from ._sources import Source, open_source
from ._trait import Question, TraitTester


@computing
def scan(
    lmm: Any,
    genotypes: Any,
    *,
    ids: Any = None,
    names: Any = None,
    chromosomes: Any = None,
    positions: Any = None,
    h: Literal["null", "each"] = "null",
    test: Literal["f", "lrt", "score"] = "f",
    kinships: Any = None,
    interaction: int | str | None = None,
    x_covariates: Any = None,
    x_chromosomes: Any = ("X",),
    missing: Literal["raise", "mean", "drop"] = "raise",
    keep: Keep = "all",
    verbose: bool = False,
) -> Scan:
    """Test each marker beside the fixed effects and relatedness of a fitted model."""
    check_choice(h, "h", ("null", "each"))
    check_choice(test, "test", ("f", "lrt", "score"))
    check_choice(missing, "missing", ("raise", "mean", "drop"))
    check_keep(keep)
    fitted = fitted_model(lmm)
    fitted.stored(PURPOSE)
    question = Question(test, missing, _find_column(fitted, interaction))
    on_x = check_x_covariates(fitted, x_covariates, x_chromosomes)
    source = open_source(genotypes, ids, names, chromosomes, positions)
    rows = find_rows(fitted, source)
    nulls = null_models(fitted, source.n_markers, source.chromosomes, kinships, on_x)
    results = Everything(fitted.n_traits, source.n_markers) if keep == "all" else Some(keep)
    progress = Progress(fitted.n_traits * source.n_markers, verbose)
    for null in nulls:
        for trait, markers, part in _test(null, source, rows, question):
            results.take(trait, markers, part)
            progress.add(len(markers), null.name)
            computing.let_forks_pass()
        del null
    arrays = results.arrays(fitted.is_single)
    described = _describe(source, arrays.get("markers"))
    return Scan(**arrays, **described, trait_names=fitted.trait_names, test=test, h_mode=h)


def find_rows(fitted: FittedModel, source: Source) -> np.ndarray:
    """The row of genotypes of each row of the fit."""
    labels = fitted.training_labels
    if source.labels is None:
        return np.arange(fitted.n_training_rows)
    return LabelIndex(source.labels).find(list(labels))


def _test(
    null: Null, source: Source, rows: np.ndarray, question: Question
) -> Iterator[tuple[int, np.ndarray, dict[str, np.ndarray]]]:
    """Results of each trait, some markers at a time."""
    own, beside = null.fitted.traits(PURPOSE), null.beside.traits(PURPOSE)
    for trait, trait_beside in zip(own, beside, strict=True):
        is_same = null.fitted is null.beside
        tester = TraitTester(trait, trait if is_same else trait_beside, question)
        measured = rows[trait.group.rows]
        for run in runs(null.markers):
            for batch in source.batches(len(measured), run):
                markers = np.arange(batch.start, batch.stop)
                yield trait.number, markers, tester.test(source.block(measured, batch))


def runs(markers: np.ndarray) -> Iterator[slice]:
    """Ascending places, as slices of those that are next to each other."""
    for run in np.split(markers, np.flatnonzero(np.diff(markers) > 1) + 1):
        yield slice(int(run[0]), int(run[-1]) + 1)


def _find_column(fitted: FittedModel, interaction: int | str | None) -> int | None:
    """The place of a column of X among the fixed effects."""
    if interaction is None:
        return None
    covariates = fitted.samples.covariate_columns(fitted.n_columns)
    names = fitted.columns or list(range(fitted.n_columns))
    known = [names[column] for column in covariates]
    if isinstance(interaction, str):
        if interaction in known:
            return known.index(interaction)
    elif isinstance(interaction, int | np.integer) and not isinstance(interaction, bool):
        column = interaction + fitted.n_columns if interaction < 0 else interaction
        if column in covariates:
            return covariates.index(column)
    which = f"one of {known}" if known else "one, and lmm was fitted without any"
    raise ValueError(
        f"interaction={interaction!r} must be the name or the position of a column of X that is a "
        f"fixed effect: {which}. Fit lmm with that column in X."
    )


def _describe(source: Source, markers: np.ndarray | None) -> dict[str, Any]:
    """What is known of the markers that are kept."""
    known = {
        name: getattr(source, name)
        for name in ("names", "chromosomes", "positions", "effect_alleles", "other_alleles")
    }
    if markers is not None:
        known = {name: None if of is None else of[markers] for name, of in known.items()}
    return known | {"founders": source.founders}
