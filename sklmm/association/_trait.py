"""One trait, and block after block of markers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from .._door import FittedTrait
from .._variance.association.complete_cases import rss_without_missing
from .._variance.association.distinct import distinct_columns
from .._variance.association.explained import Explained
from .._variance.association.null_model import NullModel
from .._variance.association.several import deviations, explain_several
from .._variance.association.single import explain, explain_measured
from .._variance.association.statistics import (
    Tested,
    lod_beside,
    residual_variance,
    statistics_of,
)


class Question(NamedTuple):
    """What is asked of each marker.

    Attributes
    ----------
    test : {"f", "lrt", "score"}
    missing : {"raise", "mean", "drop"}
    interaction : int or None
        The place of a fixed effect of X.
    """

    test: str
    missing: str
    interaction: int | None


class Block(NamedTuple):
    """Genotypes without gaps, and what is known of them.

    Attributes
    ----------
    values : ndarray of shape (n, m) in Fortran order or (n, m, k)
        With the mean of the others where one is missing.
    is_missing : ndarray of bool of shape (n, m) or None
        Where one is, if any.
    is_constant : ndarray of bool of shape (m,)
    frequency : ndarray of shape (m,) or (m, k)
    """

    values: np.ndarray
    is_missing: np.ndarray | None
    is_constant: np.ndarray
    frequency: np.ndarray

    @classmethod
    def of(cls, G: np.ndarray) -> Block:
        """Fill in genotypes, with NaN where one is missing, which are overwritten."""
        lowest, highest = np.fmin.reduce(G, axis=0), np.fmax.reduce(G, axis=0)
        sums = G.sum(axis=0)
        is_missing = None
        if np.isnan(sums).any():
            is_gap = np.isnan(G)
            sums = np.sum(G, axis=0, where=~is_gap)
            means = sums / np.maximum(len(G) - is_gap.sum(axis=0), 1)
            np.copyto(G, means, where=is_gap)
            is_missing = is_gap if G.ndim == 2 else is_gap.any(axis=2)
        else:
            means = sums / len(G)
        is_constant = ~(lowest < highest)
        if G.ndim == 3:
            return cls(G, is_missing, is_constant.all(axis=1), means)
        is_count = (lowest >= 0) & (highest <= 2)
        return cls(G, is_missing, is_constant, np.where(is_count, means / 2, np.nan))


class TraitTester:
    """One trait beside its null model.

    Parameters
    ----------
    trait : FittedTrait
        Of the null model, whose V⁻¹ is used: the next one may be made when this is done with.
    beside : FittedTrait
        The same with the fixed effects that stand beside a marker.
    question : Question
    """

    def __init__(self, trait: FittedTrait, beside: FittedTrait, question: Question):
        refuse_exact(trait)
        precision = trait.precision(of_contrasts=trait is beside)
        self.question = question
        self.h, self.method = trait.h, trait.model.method
        self.null = null_model(precision, beside)
        self.own_null = self.null if trait is beside else null_model(precision, trait)
        self.is_nested = self.own_null.df == self.null.df
        self.column = None
        if question.interaction is not None:
            self.column = beside.fixed_effects.covariates()[:, question.interaction]
            self.column = self.column - self.column.mean()

    def test(self, G: np.ndarray) -> dict[str, np.ndarray]:
        """Columns of the result, for genotypes of the rows of this trait, with NaN for gaps.

        G, of shape (n, m) in Fortran order or (n, m, k), is overwritten.
        """
        return test_distinct(self._test, G)

    def _test(self, G: np.ndarray) -> dict[str, np.ndarray]:
        block = Block.of(G)
        found = self._explain(block)
        tested = statistics_of(found, self.question.test, self.method)
        result = columns_of(block, found, tested, np.full(len(found.n), self.h))
        self._compare_with_own_null(result, found, block.is_missing)
        return result

    def _explain(self, block: Block) -> Explained:
        G, is_missing = block.values, block.is_missing
        is_dropped = is_missing if self.question.missing == "drop" else None
        if G.ndim == 2 and self.column is None:
            if is_dropped is None:
                return explain(self.null, G)
            return explain_measured(self.null, G, is_dropped)
        columns, n_beside = G[:, :, None] if G.ndim == 2 else deviations(self.null, G), 0
        if self.column is not None:
            n_beside = columns.shape[2]
            columns = np.concatenate([columns, columns * self.column[:, None, None]], axis=2)
        found = explain_several(self.null, columns, n_beside, is_dropped)
        if G.ndim == 3:
            return found
        return found._replace(
            beta=found.beta[:, 0], unscaled_variance=found.unscaled_variance[:, 0]
        )

    def _compare_with_own_null(
        self, result: dict[str, Any], found: Explained, is_missing: np.ndarray | None
    ) -> None:
        """LOD against the null model of the chromosome, which may have other fixed effects."""
        rss = found.null_rss
        if not self.is_nested:
            rss = np.full_like(rss, self.own_null.rss)
            if is_missing is not None and self.question.missing == "drop":
                rss = rss_without_missing(self.own_null, is_missing)
        if self.column is not None:
            result["joint_lod"] = lod_beside(found, rss)
        elif not self.is_nested:
            result["lod"] = lod_beside(found, rss)
            left = found.rss - found.sum_of_squares
            result["variance_explained"] = 1 - left / rss
            result["statistic"] = np.full_like(rss, np.nan)
            result["neg_log10_pvalue"] = np.full_like(rss, np.nan)
            result["pvalue"] = np.full_like(rss, np.nan)


def test_distinct(
    test: Callable[[np.ndarray], dict[str, np.ndarray]], G: np.ndarray
) -> dict[str, np.ndarray]:
    """Test columns that are the same once."""
    found = distinct_columns(G) if G.ndim == 2 else None
    if found is None:
        return test(G)
    distinct, place = found
    result = test(np.asfortranarray(G[:, distinct]))
    return {name: values[place] for name, values in result.items()}


def columns_of(
    block: Block, found: Explained, tested: Tested, h: np.ndarray
) -> dict[str, np.ndarray]:
    """What a `Scan` has of some markers."""
    variance = _per_effect(residual_variance(found), found.beta)
    status = np.where(found.rank > 0, "ok", "collinear")
    status[(found.rank == 0) & block.is_constant] = "constant"
    return {
        "beta": found.beta,
        "standard_error": np.sqrt(variance) * np.sqrt(found.unscaled_variance),
        **tested._asdict(),
        "pvalue": 10.0**-tested.neg_log10_pvalue,
        "h": h,
        "n_samples": found.n,
        "frequency": block.frequency,
        "status": status,
    }


def refuse_exact(trait: FittedTrait) -> None:
    """Refuse a trait of which the fixed effects leave nothing."""
    if not trait.is_exact:
        return
    n_traits = trait.fitted.n_traits
    if n_traits == 1:
        raise ValueError(
            "y is an exact linear function of the fixed effects, as a constant is, and nothing is "
            "left for markers to explain. Fit lmm to a y that varies, without the fixed effect "
            "that says what y is."
        )
    raise ValueError(
        f"Trait {trait.number} of {n_traits} is an exact linear function of the fixed effects, as "
        "a constant is, and nothing is left for markers to explain. Fit lmm to the other traits: "
        "numpy.asarray(y)[:, lmm.v_ > 0]."
    )


def null_model(precision: Any, trait: FittedTrait) -> NullModel:
    return NullModel.from_residuals(precision, trait.fixed_effects.basis, trait.residuals())


def _per_effect(values: np.ndarray, effects: np.ndarray) -> np.ndarray:
    return values if effects.shape == values.shape else values[:, None]
