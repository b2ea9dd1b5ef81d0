"""How are traits that are measured in the same rows fitted?"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ._fitting import impossible_h
from ._groups import FittedGroup
from ._memory import reduce
from ._results import Results
from ._samples.base import Samples, TrainingRows
from ._validation import check_enough_samples
from ._variance.fit import fit
from ._variance.likelihood.fixed_effects import FixedEffects
from ._variance.reductions.choose import SOLVERS, choose_solver


def silent(step: str) -> AbstractContextManager:
    """No lines about the progress of a fit."""
    return nullcontext()


@dataclass(frozen=True)
class Options:
    """What parameters of the estimator say of a fit.

    Attributes
    ----------
    method : {"reml", "ml"}
    solver : str
        One of `SOLVERS`, or "auto".
    memory : Any
        Where reductions are kept, if anywhere.
    progress : callable
        A context for each step, from its name.
    """

    method: str
    solver: str = "auto"
    memory: Any = None
    progress: Callable[[str], AbstractContextManager] = silent


def fit_group(
    samples: Samples,
    fixed_effects: FixedEffects,
    Y: np.ndarray,
    rows: np.ndarray,
    traits: np.ndarray,
    results: Results,
    options: Options,
) -> list[FittedGroup]:
    """Reduce K among some rows, and fit traits to them.

    Parameters
    ----------
    samples : Samples
    fixed_effects : FixedEffects
        Of these rows.
    Y : ndarray of shape (n, k)
        These traits in these rows.
    rows, traits : ndarray of int of shapes (n,) and (k,)
        Their numbers among all.
    results : Results
        Takes what is found.
    options : Options

    Returns
    -------
    list of FittedGroup
        Traits next to h = 1 are apart from others.
    """
    n, n_traits, given_h = len(rows), len(traits), results.given_h
    whose = f" for trait {traits[0]}" if results.n_traits > 1 else ""
    n_effects = len(fixed_effects.to_coefficients)
    check_enough_samples(n, fixed_effects.rank, n_effects, whose)
    is_by_leave_one_out = isinstance(given_h, str)
    solver = choose_solver(
        options.solver, n, n_traits, samples.n_markers, needs_spectrum=is_by_leave_one_out
    )
    training = TrainingRows(samples, rows)
    with options.progress(f"reducing K, {n} x {n}, by {solver}"):
        reduction = reduce(solver, SOLVERS[solver].matrix(training), options.memory)
    h = given_h[traits] if isinstance(given_h, np.ndarray) else given_h
    searching = f"searching h of {n_traits} trait{'s' * (n_traits > 1)}"
    with options.progress(searching), reduction.threads(), impossible_h():
        fits = list(fit(reduction, training, fixed_effects, Y, options.method, h))
    groups = []
    for part in fits:
        own = replace(part, traits=traits[part.traits])
        results.take(rows, own)
        groups.append(FittedGroup.from_fit(rows, own))
    return groups
