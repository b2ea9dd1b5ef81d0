"""Which hypotheses about b do contrasts and values stand for?"""

from __future__ import annotations

from typing import Any

import numpy as np

from .._door import LMMRegressor, fitted_model
from .._numbers import find_other, is_real, refuse_masked
from .._order import check_values_by_name, is_default_index

CONTRADICTION = 1e-8
"""By how much, relatively, values of contrasts that depend on each other may not fit."""


def check_contrasts(lmm: LMMRegressor, contrasts: Any) -> np.ndarray:
    """L, a row for each hypothesis, in the order of b_."""
    names = fitted_model(lmm).names_of_b()
    p = len(names)
    rows = f"finite numbers, each row {p} of them, one for each element of b_, the intercept first"
    L = _as_numbers(contrasts, "contrasts", rows)
    labels = _column_labels(contrasts)
    L = L if labels is None else _match_columns(L, labels, names)
    L = L[None] if L.ndim == 1 else L
    if L.ndim != 2 or L.shape[1] != p or not len(L):
        raise ValueError(f"contrasts has shape {np.shape(contrasts)}, but has to hold {rows}.")
    is_empty = ~L.any(axis=1)
    if is_empty.any():
        row = int(np.argmax(is_empty))
        raise ValueError(f"contrasts[{row}] is all 0 and tests nothing. Leave it out.")
    return L


def _column_labels(contrasts):
    """Columns of a data frame, or the index of a Series; None where positions count."""
    is_series = hasattr(contrasts, "iloc") and not hasattr(contrasts, "columns")
    labels = contrasts.index if is_series else getattr(contrasts, "columns", None)
    if labels is None or is_default_index(labels):
        return None
    return [str(label) for label in labels]


def _match_columns(L, labels, names):
    """Contrasts in the order of b_, with 0 for coefficients that are not named."""
    is_known = all(names.count(label) == 1 for label in labels)
    if not is_known or len(set(labels)) < len(labels):
        is_unique = len(set(names)) == len(names)
        by_name = "each of these names at most once, or " if is_unique else ""
        raise ValueError(
            f"contrasts has columns named {labels}, but the fixed effects are {names}. Use "
            f"{by_name}an array in their order."
        )
    matched = np.zeros((*L.shape[:-1], len(names)))
    matched[..., [names.index(label) for label in labels]] = L
    return matched


def names_of(contrasts: Any, L: np.ndarray, lmm: LMMRegressor) -> list:
    """What the hypotheses are called: by the index of contrasts, else by their numbers."""
    if contrasts is None:
        return fitted_model(lmm).names_of_b()
    has_columns = hasattr(contrasts, "iloc") and hasattr(contrasts, "columns")
    return list(contrasts.index) if has_columns else list(range(len(L)))


def check_values(value: Any, names: list) -> np.ndarray:
    """What l'b is under each hypothesis, of shape (n_contrasts,)."""
    n_contrasts, what = len(names), "a finite number, or one for each contrast"
    check_values_by_name(
        value, names, "value", "Give an array in that order, with a number for each contrast."
    )
    values = np.atleast_1d(_as_numbers(value, "value", what))
    if values.shape not in ((1,), (n_contrasts,)):
        raise ValueError(
            f"value has shape {values.shape}, but there are {n_contrasts} contrasts. Give one "
            "number, or one for each contrast."
        )
    return np.broadcast_to(values, n_contrasts)


def _as_numbers(values, name, what):
    refuse_masked(values, name)
    try:
        array = np.asarray(values)
        has_numbers = find_other(values) is None and all(map(is_real, array.flat))
        array = array.astype(float) if has_numbers else np.array(np.nan)
    except (ValueError, OverflowError):
        array = np.array(np.nan)
    if not np.isfinite(array).all():
        has_gaps = hasattr(values, "isna") and np.asarray(values.isna()).any()
        remedy = f" Where 0 is meant, use {name}.fillna(0)." if has_gaps else ""
        raise ValueError(f"{name} must be {what}, got {values!r}.{remedy}")
    return array


def refuse_inestimable(L: np.ndarray, is_estimable: np.ndarray) -> None:
    """Refuse contrasts on which solutions b do not agree."""
    if not is_estimable.all():
        row = int(np.argmin(is_estimable))
        raise ValueError(
            f"contrasts[{row}] = {L[row].tolist()} is not estimable: columns of X depend on each "
            "other, and the data do not tell their effects apart. Test a combination that all "
            "solutions agree on, or leave out columns."
        )


def refuse_contradictions(values: np.ndarray, norms: np.ndarray, directions: np.ndarray) -> None:
    """Refuse values of contrasts that depend on each other, and values that do not."""
    scaled = values / (np.abs(values).max() or 1) / norms
    contradiction = scaled - directions @ (directions.T @ scaled)
    if np.abs(contradiction).max() > CONTRADICTION * np.abs(scaled).max():
        raise ValueError(
            f"value={values.tolist()} cannot be true of all contrasts at once: some are linear "
            "combinations of others, and their values are not. Leave out those."
        )
