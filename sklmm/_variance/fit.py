"""A fit: from K, X and traits to h, v and b, and the BLUPs of the rows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from .deletion import leave_one_out
from .likelihood.estimate import Estimate
from .likelihood.fixed_effects import FixedEffects
from .likelihood.mixed_model import MixedModel, Part
from .likelihood.residuals import residualize
from .linalg.fingerprints import spread
from .linalg.threads import even_batches, map_batches
from .reductions.base import BackRotation, RelatedRows, Solver
from .reductions.null_space import without_unseen


@dataclass(frozen=True)
class Fit:
    """The fit of some of the traits.

    Attributes
    ----------
    traits : ndarray of int of shape (k,)
        Their numbers.
    estimate : Estimate
    dual_coef, random_effects : ndarray of shape (k, n)
        The BLUP of any sample is K[sample, train] times the first.
    back : BackRotation
        From what the model has rotated to the rows.
    """

    traits: np.ndarray
    estimate: Estimate
    dual_coef: np.ndarray
    random_effects: np.ndarray
    back: BackRotation


def fit(
    solver: Solver,
    rows: RelatedRows,
    fixed_effects: FixedEffects,
    Y: np.ndarray,
    method: str,
    h: Any,
) -> Iterator[Fit]:
    """Fit some traits; those next to h = 1 apart from others.

    Parameters
    ----------
    solver : Solver
        The reduction of K among the rows.
    rows : RelatedRows
    fixed_effects : FixedEffects
        X, of rank below n.
    Y : ndarray of shape (n, n_traits)
    method : {"reml", "ml"}
    h : None, "loo" or ndarray of shape (n_traits,)
        By likelihood, by leave-one-out, or held.
    """
    residuals = residualize(Y, fixed_effects)
    reduction, X, rotated, back = solver.rotate_data(fixed_effects.basis, residuals.values, rows)
    if np.may_share_memory(rotated, residuals.values):  # which random effects take the place of
        rotated = rotated.copy()
    model = MixedModel(
        reduction,
        fixed_effects,
        X,
        rotated,
        residuals.least_squares,
        residuals.is_exact,
        _sum_in_order(Y),
        method,
    )
    if h is None:
        parts = model.maximize()
    elif isinstance(h, str):
        parts = model.at_loo_h(_h_by_leave_one_out(solver, rows, fixed_effects, residuals.values))
    else:
        parts = model.at(h)
    for part in parts:
        traits = slice(None) if len(parts) == 1 else part.traits
        some, of_these = residuals.values[:, traits], back.select_traits(traits)
        random_part = _random_part(part, some, of_these)
        yield Fit(part.traits, Estimate.from_part(part), *random_part, of_these)


def _h_by_leave_one_out(
    solver: Solver, rows: RelatedRows, fixed_effects: FixedEffects, residuals: np.ndarray
) -> np.ndarray:
    spectrum = solver.spectrum(rows)
    curve = leave_one_out.LeaveOneOutCurve(*spectrum, fixed_effects.basis, residuals)
    return leave_one_out.minimize(curve, solver.definiteness)


def _random_part(
    part: Part, residuals: np.ndarray, back: BackRotation
) -> tuple[np.ndarray, np.ndarray]:
    """h V⁻¹r and u = h K V⁻¹r = r − (1 − h) V⁻¹r, of shape (k, n).

    They take the places of the solutions' V⁻¹r, if that is as long, and of r = y − Xb, which
    nobody needs any more. What neither K nor X sees, and next to h = 1 may be large, is left out
    of h V⁻¹r.
    """
    model, solutions, random_effects = part.model, part.solutions, residuals.T
    reduction, V_inverse_r = model.reduction, solutions.V_inverse_r
    dual_coef = V_inverse_r.T
    if dual_coef.shape != random_effects.shape:
        dual_coef = np.empty_like(random_effects)

    def finish(traits: slice) -> None:
        weighted, of_these = V_inverse_r[:, traits], back.select_traits(traits)
        a = of_these.apply(reduction, weighted).T
        u, h = random_effects[traits], solutions.h[traits, None]
        u -= solutions.b[traits] @ model.fixed_effects.basis.T
        u -= (1 - h) * a
        u *= h > 0
        if reduction.definiteness.null_space_is_exact:
            weighted = without_unseen(reduction, model.X, weighted)
            a = of_these.apply(reduction, weighted).T
        np.multiply(a, reduction.coefficient_of_K(h), out=dual_coef[traits])

    map_batches(finish, even_batches(model.n_traits))
    return dual_coef, random_effects


def _sum_in_order(Y: np.ndarray) -> np.ndarray:
    """A number for each trait that changes when rows change places."""
    return spread(len(Y)) @ Y
