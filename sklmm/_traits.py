"""What y holds: traits that are measured in the same rows, and codes for missing values."""

from __future__ import annotations

import numpy as np

from ._codes import is_of_nines
from ._warn import warn_user

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


def warn_of_codes(Y: np.ndarray, name: str = "y") -> None:
    """A number of nines, apart from all other values and repeated, is a code for a missing one."""
    measured = np.flatnonzero(~np.isnan(Y).all(axis=0))
    for ends in (np.nanmin(Y[:, measured], axis=0), np.nanmax(Y[:, measured], axis=0)):
        for trait, end in zip(measured, ends, strict=True):
            if is_of_nines(end):
                _warn_of_code(Y, trait, end, name)


def _warn_of_code(Y, trait, code, name):
    y = Y[:, trait]
    others, n_coded = y[(y != code) & ~np.isnan(y)], np.sum(y == code)
    if n_coded < 2 or len(np.unique(others)) < FEWEST_VALUES:
        return
    if np.abs(others - code).min() > np.ptp(others):
        where = f"trait {trait} of {name}" if Y.shape[1] > 1 else name
        warn_user(
            f"{n_coded} values of {where} are {code:g}, and all others lie between "
            f"{others.min():g} and {others.max():g}. If {code:g} stands for missing values, write "
            "nan in their place, and leave these rows out or use missing_y='drop'.",
        )
