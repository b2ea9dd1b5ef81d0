"""Several traits: those that are measured in the same rows share one reduction of K."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.exceptions import ConvergenceWarning

from ._codes import is_of_nines
from ._rounding import ROWS_LOOKED_AT, rounding_of_eigenvalues
from ._variance.estimate import TINY, Outcome
from .samples import Remedies

LEAST_SHARE = 5e-7
"""Of K beside its constant part; of 16 digits, what K is made of then keeps fewer than 10."""
FEWEST_VALUES = 2
"""Beside a code: one may be the other class of a binary trait."""


def one_group(Y: np.ndarray) -> list[tuple[np.ndarray, np.ndarray]]:
    """All rows and all traits."""
    return [(np.arange(len(Y)), np.arange(Y.shape[1]))]


def group_by_missing(Y: np.ndarray) -> list[tuple[np.ndarray, np.ndarray]]:
    """(rows, traits) of the traits that are measured in the same rows."""
    is_measured = ~np.isnan(Y)
    if is_measured.all():
        return one_group(Y)
    patterns, group = np.unique(is_measured, axis=1, return_inverse=True)
    return [
        (np.flatnonzero(pattern), np.flatnonzero(group.ravel() == number))
        for number, pattern in enumerate(patterns.T)
    ]


def check_measured(
    groups: list[tuple[np.ndarray, np.ndarray]], n_rows: int, n_traits: int
) -> None:
    """Every trait has a value."""
    for rows, traits in groups:
        if not len(rows):
            trait = f" for trait {traits[0]}" if n_traits > 1 else ""
            raise ValueError(
                f"Input y contains NaN in all {n_rows} rows{trait}: no value is measured. If they "
                "are the training rows of a fold, choose folds that leave measured rows to each, "
                "as KFold(shuffle=True) does."
            )


def warn_of_codes(Y: np.ndarray, name: str = "y", stacklevel: int = 5) -> None:
    """A number of nines, apart from all other values and repeated, is a code for a missing one."""
    measured = np.flatnonzero(~np.isnan(Y).all(axis=0))
    for ends in (np.nanmin(Y[:, measured], axis=0), np.nanmax(Y[:, measured], axis=0)):
        for trait, end in zip(measured, ends, strict=True):
            if is_of_nines(end):
                _warn_of_code(Y, trait, end, name, stacklevel)


def _warn_of_code(Y, trait, code, name, stacklevel):
    y = Y[:, trait]
    others, n_coded = y[(y != code) & ~np.isnan(y)], np.sum(y == code)
    if n_coded < 2 or len(np.unique(others)) < FEWEST_VALUES:
        return
    if np.abs(others - code).min() > np.ptp(others):
        where = f"trait {trait} of {name}" if Y.shape[1] > 1 else name
        warnings.warn(
            f"{n_coded} values of {where} are {code:g}, and all others lie between "
            f"{others.min():g} and {others.max():g}. If {code:g} stands for missing values, write "
            "nan in their place, and leave these rows out or use missing_y='drop'.",
            UserWarning,
            stacklevel=stacklevel,
        )


@dataclass
class TraitGroup:
    """The fit of the traits that are measured in some of the training rows.

    Attributes
    ----------
    outcome : Outcome
        Read once.
    estimate : Estimate or None
        What further questions are put to, if it is kept.
    """

    rows: np.ndarray
    traits: np.ndarray
    takes_markers: bool
    outcome: Outcome
    estimate: Any


class FittedTraits:
    """All traits of a fit, in their order.

    Parameters
    ----------
    given_h : None, "loo" or ndarray of shape (n_traits,)
        Whether h maximised the likelihood, minimised errors of leave-one-out, or was held.
    """

    def __init__(self, groups: list[TraitGroup], n_rows: int, n_traits: int, given_h: Any):
        self.groups = groups
        self.n_rows = n_rows
        self.n_traits = n_traits
        self.given_h = given_h

    @property
    def h(self) -> np.ndarray:
        """As given, to the last digit, or as found."""
        return self.given_h.copy() if isinstance(self.given_h, np.ndarray) else self.collect("h")

    def collect(self, name: str) -> np.ndarray:
        """A result of every trait, of shape (n_traits, ...)."""
        parts = [getattr(group.outcome, name) for group in self.groups]
        if len(parts) == 1:
            return parts[0]
        values = np.empty((self.n_traits, *parts[0].shape[1:]), dtype=parts[0].dtype)
        for group, part in zip(self.groups, parts, strict=True):
            values[group.traits] = part
        return values

    def spread(self, name: str) -> np.ndarray:
        """A result in every row, of shape (n_traits, n), 0 where a trait is not measured."""
        if len(self.groups) == 1 and len(self.groups[0].rows) == self.n_rows:
            return self.collect(name)
        values = np.zeros((self.n_traits, self.n_rows))
        for group in self.groups:
            values[np.ix_(group.traits, group.rows)] = getattr(group.outcome, name)
        return values

    def forget_outcomes(self) -> None:
        """Once they are attributes of the estimator."""
        for group in self.groups:
            del group.outcome

    def prediction_errors(
        self, errors: Callable, covariates: np.ndarray, relate: Callable, prior: np.ndarray
    ) -> np.ndarray:
        """`Estimate.prediction_variances` or `prediction_covariance`, traits in the last axis.

        Parameters
        ----------
        relate : callable
            Gives what relates the new rows to the training rows of a group.
        """
        parts = [errors(group.estimate, covariates, relate(group), prior) for group in self.groups]
        values = np.empty((*parts[0].shape[:-1], self.n_traits))
        for group, part in zip(self.groups, parts, strict=True):
            values[..., group.traits] = part
        return values

    def log_likelihoods(self, h: np.ndarray) -> np.ndarray:
        """Profiles at every h on the scale of K, of shape (*h.shape, n_traits)."""
        values = np.empty((*h.shape, self.n_traits))
        for group in self.groups:
            model = group.estimate.model
            for place in np.ndindex(h.shape):
                values[(*place, group.traits)] = [
                    model.log_likelihood(trait, float(h[place]))
                    for trait in range(len(group.traits))
                ]
        return values

    def warn_of_what_needs_a_look(
        self, method: str, relationships: Callable, remedies: Remedies
    ) -> None:
        """Warnings for results that stand.

        Parameters
        ----------
        relationships : callable
            Gives K among some of the training rows.
        """
        self._warn_of_indefiniteness(relationships, remedies.if_indefinite)
        constant = self._of_groups(lambda outcome: outcome.share_beside_intercept < LEAST_SHARE)
        self._warn(
            constant & ~self.collect("flat"),
            "Nearly all of K is constant and is absorbed by the intercept. The remainder is "
            f"{self._least_share():.0e} of K and has lost so many digits, as have h_ and the "
            f"predictions: {remedies.if_constant}.",
            UserWarning,
        )
        self._warn(
            self.collect("exact"),
            "y is an exact linear function of the fixed effects (a constant, for example): v_ "
            "is 0 and h is not identified.",
            UserWarning,
        )
        self._warn(
            self.collect("flat") & ~constant,
            "The likelihood does not depend on h, which is set to 0: the kinship matrix of the "
            "training rows is, next to the fixed effects, a multiple of the identity, or 0.",
            UserWarning,
        )
        self._warn(
            self.collect("flat") & constant,
            "The likelihood does not depend on h, which is set to 0: nearly all of K is constant "
            f"and is absorbed by the intercept. If the samples differ, {remedies.if_constant}.",
            UserWarning,
        )
        self._warn_of_lost_digits()
        of_ml = " Use method='reml' with a centered kinship." if method == "ml" else ""
        self._warn(
            self.collect("unbounded"),
            f"The likelihood (method={method!r}) grows without bound as h approaches h_, where V "
            f"is singular along the fixed effects or y has no noise.{of_ml} Leave out duplicated "
            "samples with the same y, if there are any.",
            ConvergenceWarning,
        )

    def _least_share(self):
        least = min(group.outcome.share_beside_intercept for group in self.groups)
        return max(least, np.finfo(float).eps)

    def _warn_of_lost_digits(self):
        """Where h, as found, is so near to 1 that a float says little of 1 - h."""
        if isinstance(self.given_h, np.ndarray):
            return
        lost = self.collect("has_lost_digits")
        if lost.any():
            scale = self.groups[0].outcome.scale
            remedy = ""
            if scale < TINY:
                remedy = f" Divide K, whose mean diagonal is {scale:.3g}, by it to see them in h_."
            self._warn(
                lost,
                "h_ is so near to 1 that it has lost digits of the noise variance. Take the "
                f"variances from sklmm.inference.variance_components.{remedy}",
                UserWarning,
            )

    def _warn_of_indefiniteness(self, relationships, remedy):
        indefinite = [group for group in self.groups if _is_indefinite(group, relationships)]
        if indefinite:
            outcomes = [group.outcome for group in indefinite]
            worst = min(outcomes, key=lambda outcome: outcome.smallest_eigenvalue)
            smallest = worst.smallest_eigenvalue
            concerns = np.zeros(self.n_traits, dtype=bool)
            concerns[np.concatenate([group.traits for group in indefinite])] = True
            self._warn(
                concerns,
                "The kinship matrix of the training rows is not positive semi-definite: its "
                f"smallest eigenvalue is {smallest:.4g}. The model holds where h K + (1 - h) "
                f"I is positive definite, up to h={worst.largest_h:.6g}, and was "
                f"fitted there. {remedy.format(shift=_round_up(-smallest))}",
                UserWarning,
            )

    def _of_groups(self, has_it: Callable[[Outcome], bool]) -> np.ndarray:
        """Whether something holds for the fit of each trait."""
        holds = np.zeros(self.n_traits, dtype=bool)
        for group in self.groups:
            holds[group.traits] = has_it(group.outcome)
        return holds

    def _warn(self, concerns, message, category):
        traits = np.flatnonzero(concerns)
        if len(traits) and self.n_traits > 1:
            more = f" and {len(traits) - 1} more" if len(traits) > 1 else ""
            message = f"Trait {traits[0]}{more} of {self.n_traits}: {message}"
        if len(traits):
            warnings.warn(message, category, stacklevel=5)


def _round_up(number):
    """To four digits, so that nothing is left of what it is added to."""
    last_digit = 10.0 ** (np.floor(np.log10(number)) - 3)
    return np.ceil(number / last_digit - 1e-9) * last_digit


def _is_indefinite(group, relationships):
    """Whether K has a negative eigenvalue that the rounding of its entries does not explain."""
    smallest = group.outcome.smallest_eigenvalue
    if smallest is None:
        return False
    some = relationships(group.rows[:ROWS_LOOKED_AT])
    return -smallest > rounding_of_eigenvalues(some, len(group.rows))
