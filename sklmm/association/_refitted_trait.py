"""One trait whose h is estimated again beside each marker."""

from __future__ import annotations

from typing import Any

import numpy as np

from .._door import FittedGroup, FittedModel, FittedTrait, TrainingRows
from .._variance.association.contrast_spectrum import ContrastSpectrum
from .._variance.association.each import Refit
from .._variance.association.null_model import free_of
from .._variance.association.refitted_complete_cases import CompleteCases
from .._variance.association.statistics import statistics_at_own_h
from .._variance.reductions.base import Solver
from ._nulls import Null
from ._sources import Source
from ._trait import Block, Question, columns_of, refuse_exact, test_distinct


class RefitTester:
    """One trait, and block after block of markers, each at an h of its own.

    Parameters
    ----------
    trait : FittedTrait
        Whose K need not be the one that it is tested beside.
    rows : TrainingRows
        Those of the trait, and K among them.
    spectrum : ContrastSpectrum
        Of K among its rows, beside its fixed effects.
    question : Question
    """

    def __init__(
        self,
        trait: FittedTrait,
        rows: TrainingRows,
        spectrum: ContrastSpectrum,
        question: Question,
    ):
        self.question = question
        self.method = trait.model.method
        residuals = trait.residuals()
        self.refit = Refit(spectrum, residuals, self.method)
        self.complete_cases = CompleteCases(self.refit, _Spectra(rows), residuals)

    def test(self, G: np.ndarray) -> dict[str, np.ndarray]:
        """Columns of the result, for genotypes of the rows of this trait, with NaN for gaps.

        G, of shape (n, m) in Fortran order, is overwritten.
        """
        return test_distinct(self._test, G)

    def _test(self, G: np.ndarray) -> dict[str, np.ndarray]:
        block = Block.of(G)
        G, _ = free_of(self.refit.spectrum.basis, block.values)
        if block.is_missing is not None and self.question.missing == "drop":
            markers = self.complete_cases.explain(G, block.is_missing)
        else:
            markers = self.refit.explain(G)
        tested = statistics_at_own_h(markers, self.question.test, self.method)
        return columns_of(block, markers.found, tested, markers.h)


class _Spectra:
    """Spectra of K among some of the rows of a trait, as `CompleteCases` asks for them."""

    def __init__(self, rows: TrainingRows):
        self._rows = rows

    def __call__(self, rows: np.ndarray, basis: np.ndarray, n_markers: int) -> ContrastSpectrum:
        K = self._rows.select(rows).relationships()
        return ContrastSpectrum.from_kinship(K, basis, n_markers)


def spectrum_of(trait: FittedTrait, n_markers: int) -> ContrastSpectrum:
    """That of K beside the fixed effects, from few markers where K is made of them."""
    reduction, basis = trait.model.reduction, trait.fixed_effects.basis
    if reduction.uses_relationships or not isinstance(reduction, Solver):
        return spectrum_beside(trait, trait.rows, n_markers)
    S, eigenvalues = reduction.spectrum(trait.rows)
    return ContrastSpectrum.from_low_rank(S, eigenvalues * reduction.scale, basis)


def spectrum_beside(trait: FittedTrait, rows: TrainingRows, n_markers: int) -> ContrastSpectrum:
    """That of K among rows, which need not be the K of the trait, beside its fixed effects."""
    return ContrastSpectrum.from_kinship(
        rows.relationships(), trait.fixed_effects.basis, n_markers
    )


def refit_testers(null: Null, question: Question, purpose: str) -> Any:
    """(trait, tester) for all traits, those of the same rows with one spectrum.

    No null model is fitted: its h is found anew with each marker.
    """
    group: FittedGroup | None = None
    is_own = null.samples is null.model.training_samples
    n_markers = len(null.markers)
    for trait in null.model.traits(purpose):
        refuse_exact(trait)
        rows = TrainingRows(null.samples, trait.group.rows)
        if trait.group is not group:
            group = trait.group
            spectrum = (
                spectrum_of(trait, n_markers)
                if is_own
                else spectrum_beside(trait, rows, n_markers)
            )
        yield trait, RefitTester(trait, rows, spectrum, question)


def check_each(fitted: FittedModel, source: Source, question: Question, on_x: Any) -> None:
    """Refuse what needs one h for all markers."""
    why = None
    if question.interaction is not None:
        why = "interaction is tested"
    elif on_x is not None:
        why = "x_covariates are taken in"
    elif source.is_of_founders:
        why = "founders are tested"
    elif question.test == "score":
        why = "score tests are made"
    if why is not None:
        raise ValueError(f"h='each' finds h for markers of one column, but {why}. Use h='null'.")
    if fitted.given_h is not None:
        given = "'loo'" if isinstance(fitted.given_h, str) else "a number"
        raise ValueError(
            f"h='each' maximizes the likelihood beside each marker, but lmm was fitted with h as "
            f"{given}. Fit it with h=None, or use h='null'."
        )
    is_reml = any(group.estimate.model.method == "reml" for group in fitted.stored("A scan needs"))
    if question.test == "lrt" and is_reml:
        raise ValueError(
            "test='lrt' with h='each' compares maxima of likelihoods, but restricted likelihoods "
            "of different fixed effects cannot be compared. Fit lmm with method='ml', or use "
            "test='f'."
        )
