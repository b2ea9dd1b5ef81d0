"""Which null model is each marker tested beside?"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping
from functools import cached_property
from numbers import Number
from typing import Any, NamedTuple

import numpy as np

from .._chromosomes import columns_by_chromosome, other_spelling
from .._door import FittedModel, Samples
from .._kinship import Kinship
from .._labels import as_labels
from .._numbers import refuse_masked
from ._rows import check_rows


class Null:
    """Markers that are tested beside the same null model, which is fitted once it is asked for.

    Parameters
    ----------
    markers : ndarray of int
        Their places, in ascending order.
    model : FittedModel
        Of the traits and fixed effects.
    samples : Samples
        Its rows, and what relates them here.
    covariates : ndarray of shape (n_rows, k), default=None
        Further fixed effects of the null model on these chromosomes.
    name : str
        For messages of progress.
    """

    def __init__(
        self,
        markers: np.ndarray,
        model: FittedModel,
        samples: Samples,
        covariates: np.ndarray | None = None,
        name: str = "",
    ):
        self.markers = markers
        self.model = model
        self.samples = samples
        self._covariates = covariates
        self.name = name

    @cached_property
    def beside(self) -> FittedModel:
        """The model whose fixed effects stand beside a marker."""
        is_its_own = self.samples is self.model.training_samples
        return self.model if is_its_own else self.model.related_by(self.samples)

    @cached_property
    def fitted(self) -> FittedModel:
        """The null model, and h."""
        return self.beside if self._covariates is None else self.beside.beside(self._covariates)


class OnX(NamedTuple):
    """Fixed effects of the null model on some chromosomes."""

    covariates: np.ndarray
    chromosomes: list


def null_models(
    fitted: FittedModel, n_markers: int, chromosomes: Any, kinships: Any, on_x: OnX | None
) -> Iterator[Null]:
    """The null models, one at a time, of all markers."""
    if kinships is None and on_x is None:
        yield Null(np.arange(n_markers), fitted, fitted.training_samples)
        return
    asks = "x_covariates needs" if kinships is None else "kinships needs"
    if chromosomes is None:
        raise ValueError(
            f"{asks} the chromosome of each marker, which is not known. Give chromosomes=, a "
            "label for each marker."
        )
    columns = columns_by_chromosome(chromosomes, n_markers)
    if on_x is not None:
        _check_present(on_x.chromosomes, columns)
    pairs = _all_alike(columns) if kinships is None else _in_turn(kinships, columns)
    for some, kinship in pairs:
        samples = fitted.training_samples
        if kinships is not None:
            samples = samples.with_kinship(kinship, f"kinships[{some[0]!r}]")
        del kinship
        yield from _of_chromosomes(some, columns, fitted, samples, on_x)
        del samples


def _of_chromosomes(some, columns, fitted, samples, on_x):
    """Those with the fixed effects of the model, and those with others."""
    x_chromosomes = on_x.chromosomes if on_x is not None else []
    for is_x in (False, True):
        own = [chromosome for chromosome in some if (chromosome in x_chromosomes) == is_x]
        if own:
            places = np.sort(np.concatenate([columns[chromosome] for chromosome in own]))
            covariates = on_x.covariates if is_x else None
            yield Null(places, fitted, samples, covariates, _name(own))


def _name(chromosomes):
    shown = ", ".join(map(str, chromosomes[:3])) + ", …" * (len(chromosomes) > 3)
    return f"chromosome{'s' * (len(chromosomes) > 1)} {shown}"


def _all_alike(columns):
    yield list(columns), None


def _in_turn(kinships: Any, columns: dict) -> Iterator[tuple[list, Any]]:
    """Chromosomes that have markers, and the kinship of each."""
    if isinstance(kinships, Kinship):
        raise TypeError(
            "kinships must have a Kinship for each chromosome, got one Kinship. Use "
            "sklmm.relationship.leave_one_chromosome_out, or fit lmm with this one."
        )
    if isinstance(kinships, Mapping):
        _refuse_missing(
            [chromosome for chromosome in columns if chromosome not in kinships], list(kinships)
        )
        kinships = kinships.items()
    seen: list[Hashable] = []
    for pair in kinships:
        if not (isinstance(pair, tuple) and len(pair) == 2):
            raise TypeError(
                "kinships must be a dict {chromosome: Kinship}, or give pairs (chromosome, "
                f"Kinship), got {type(pair).__name__}. Use "
                "sklmm.relationship.iter_leave_one_chromosome_out."
            )
        chromosome, kinship = pair
        if chromosome in seen:
            raise ValueError(f"kinships gives chromosome {chromosome!r} twice. Give each once.")
        seen.append(chromosome)
        if chromosome in columns:
            yield [chromosome], kinship
        else:
            _refuse_spelling(chromosome, columns)
        del pair, kinship
    _refuse_missing([chromosome for chromosome in columns if chromosome not in seen], seen)


def _refuse_missing(missing, known):
    if missing:
        if not known:
            raise ValueError(
                "kinships is empty, or an iterator that another scan has used up. Make it anew "
                "for each scan, with a Kinship for each chromosome."
            )
        _refuse_spelling_of_markers(missing[0], known)
        raise ValueError(
            f"kinships has none for chromosome {missing[0]!r}, on which there are markers, but "
            f"for {known[:10]}. Add it, or leave these markers out."
        )


def _refuse_spelling(chromosome, columns):
    other = other_spelling(chromosome, columns)
    if other is not None:
        raise ValueError(
            f"kinships has chromosome {chromosome!r}, which looks like {other!r} of the markers. "
            "Write it as they do."
        )


def _refuse_spelling_of_markers(chromosome, known):
    other = other_spelling(chromosome, known)
    if other is not None:
        _refuse_spelling(other, [chromosome])


def _check_present(x_chromosomes, columns):
    for chromosome in x_chromosomes:
        if chromosome not in columns:
            other = other_spelling(chromosome, columns)
            use = f"x_chromosomes=[{other!r}]" if other is not None else "x_chromosomes="
            raise ValueError(
                f"x_chromosomes has {chromosome!r}, but no marker is on it: the chromosomes are "
                f"{list(columns)[:30]}. Name those where x_covariates belong to the null model, "
                f"by {use}."
            )


def check_x_covariates(fitted: FittedModel, x_covariates: Any, x_chromosomes: Any) -> OnX | None:
    """Fixed effects in the order of the fit, from a table in that order or with its labels."""
    if x_covariates is None:
        return None
    chromosomes = as_x_chromosomes(x_chromosomes)
    refuse_masked(x_covariates, "x_covariates", "Leave out or fill in what is missing.")
    check_rows(fitted, x_covariates, "x_covariates")
    labels = fitted.training_labels
    if hasattr(x_covariates, "reindex") and labels is not None:
        x_covariates = _join(x_covariates, list(labels))
    covariates = as_finite(x_covariates)
    n_rows = fitted.n_training_rows
    if len(covariates) != n_rows:
        raise ValueError(
            f"x_covariates has {len(covariates)} rows, but lmm was fitted to {n_rows}. Give a row "
            "for each, in the order of fit, or a data frame whose index has their labels."
        )
    return OnX(covariates, chromosomes)


def as_x_chromosomes(x_chromosomes: Any) -> list:
    """What X chromosomes are called, also if that is but one name or number."""
    if isinstance(x_chromosomes, str | Number):
        x_chromosomes = [x_chromosomes]
    many = isinstance(x_chromosomes, Iterable)
    return as_labels(list(x_chromosomes) if many else x_chromosomes, "x_chromosomes")


def as_finite(x_covariates: Any) -> np.ndarray:
    """Numbers, of shape (n_rows, k)."""
    try:
        covariates = np.array(x_covariates, dtype=float)
    except (TypeError, ValueError) as error:
        raise ValueError(
            f"x_covariates must be numbers: {error}. Write categories as columns of 0 and 1."
        ) from None
    covariates = covariates[:, None] if covariates.ndim == 1 else covariates
    if covariates.ndim != 2:
        raise ValueError(
            f"x_covariates must have two axes, got shape {covariates.shape}. Give a table with a "
            "row for each row of the fit and a column for each fixed effect."
        )
    if not np.isfinite(covariates).all():
        row, column = np.argwhere(~np.isfinite(covariates))[0]
        raise ValueError(
            f"x_covariates must be finite numbers, and row {row} of column {column} is "
            f"{covariates[row, column]}. Leave out or fill in what is missing."
        )
    return covariates


def _join(frame, labels):
    """Rows by label; an index that numbers the rows says nothing."""
    index = frame.index
    if not index.is_unique:
        raise ValueError(
            f"x_covariates has {index[index.duplicated()][0]!r} more than once in its index. "
            "Give a row for each label."
        )
    unknown = [label for label in labels if label not in index]
    if unknown:
        raise ValueError(
            f"x_covariates has no row for {unknown[0]!r}, to which lmm was fitted. Give a row for "
            "each label in its index, or x_covariates.to_numpy() if they are in the order of fit."
        )
    return frame.loc[labels]
