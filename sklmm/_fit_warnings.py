"""Warnings of results that stand, but need a look."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from sklearn.exceptions import ConvergenceWarning

from ._results import Results
from ._rounding import ROWS_LOOKED_AT, rounding_of_eigenvalues
from ._samples.base import Samples
from ._variance.likelihood.estimate import TINY
from ._warn import warn_user

MIN_SHARE = 5e-7
"""The share of K beside its constant part below which fewer than 10 of 16 digits are left."""


class Concern(NamedTuple):
    """What needs a look, and in which traits, of which there may be none."""

    concerns: np.ndarray
    message: str
    category: type[Warning] = UserWarning


def warn_of_what_needs_a_look(results: Results, samples: Samples, method: str) -> None:
    """Warn of results that stand but need a look: of K, of y and of the maximum."""
    for concerns, message, category in (
        *_of_indefiniteness(results, samples),
        *_of_what_says_nothing_of_h(results, samples),
        _of_lost_digits(results),
        _of_unboundedness(results, method),
    ):
        _warn(concerns, message, category)


def _of_indefiniteness(results: Results, samples: Samples) -> Iterator[Concern]:
    concerns = np.zeros(results.n_traits, dtype=bool)
    for rows, traits in results.groups:
        concerns[traits] = _is_indefinite(results.smallest_eigenvalue[traits[0]], rows, samples)
    if concerns.any():
        eigenvalues = np.where(concerns, results.smallest_eigenvalue, np.inf)
        worst = int(np.argmin(eigenvalues))
        shift = _round_up(-eigenvalues[worst])
        yield Concern(
            concerns,
            "The kinship matrix of the training rows is not positive semi-definite: its smallest "
            f"eigenvalue is {eigenvalues[worst]:.4g}. The model holds where h K + (1 - h) I is "
            f"positive definite, up to h={results.largest_h[worst]:.6g}, and was fitted there. "
            f"{samples.remedies.if_indefinite.format(shift=shift)}",
        )


def _of_what_says_nothing_of_h(results: Results, samples: Samples) -> Iterator[Concern]:
    """A K that is nearly constant, a y without noise, or a likelihood that is flat."""
    constant = results.share_beside_intercept < MIN_SHARE
    if_constant = samples.remedies.if_constant
    remainder = max(results.share_beside_intercept.min(), np.finfo(float).eps)
    yield Concern(
        constant & ~results.flat,
        "Nearly all of K is constant and is absorbed by the intercept. The remainder is "
        f"{remainder:.0e} of K and has lost so many digits, as have h_ "
        f"and the predictions: {if_constant}.",
    )
    yield Concern(
        results.exact,
        "y is an exact linear function of the fixed effects (a constant, for example): v_ "
        "is 0 and h is not identified.",
    )
    yield Concern(
        results.flat & ~constant,
        "The likelihood does not depend on h, which is set to 0: the kinship matrix of the "
        "training rows is, next to the fixed effects, a multiple of the identity, or 0.",
    )
    yield Concern(
        results.flat & constant,
        "The likelihood does not depend on h, which is set to 0: nearly all of K is constant "
        f"and is absorbed by the intercept. If the samples differ, {if_constant}.",
    )


def _of_lost_digits(results: Results) -> Concern:
    """An estimate of h is so near to 1 that a float says little of 1 - h."""
    scale, remedy = results.mean_diagonal[0], ""
    if scale < TINY:
        remedy = f" Divide K, whose mean diagonal is {scale:.3g}, by it to see them in h_."
    return Concern(
        results.has_lost_digits,
        "h_ is so near to 1 that it has lost digits of the noise variance. Take the variances "
        f"from sklmm.inference.variance_components.{remedy}",
    )


def _of_unboundedness(results: Results, method: str) -> Concern:
    of_ml = " Use method='reml' with a centered kinship." if method == "ml" else ""
    return Concern(
        results.unbounded,
        f"The likelihood (method={method!r}) grows without bound as h approaches h_, where V "
        f"is singular along the fixed effects or y has no noise.{of_ml} Leave out duplicated "
        "samples with the same y, if there are any.",
        ConvergenceWarning,
    )


def _is_indefinite(smallest, rows, samples):
    """Whether K has a negative eigenvalue that the rounding of its entries does not explain."""
    if np.isnan(smallest):
        return False
    some = samples.training_relationships(rows[:ROWS_LOOKED_AT])
    return -smallest > rounding_of_eigenvalues(some, len(rows))


def _round_up(number):
    """Round up to four digits, so that the sum with a negative eigenvalue is not negative."""
    last_digit = 10.0 ** (np.floor(np.log10(number)) - 3)
    return np.ceil(number / last_digit - 1e-9) * last_digit


def _warn(concerns: np.ndarray, message: str, category: type[Warning]) -> None:
    """Warn, and say which of several traits it concerns."""
    traits, n_traits = np.flatnonzero(concerns), len(concerns)
    if len(traits) and n_traits > 1:
        more = f" and {len(traits) - 1} more" if len(traits) > 1 else ""
        message = f"Trait {traits[0]}{more} of {n_traits}: {message}"
    if len(traits):
        warn_user(message, category)
