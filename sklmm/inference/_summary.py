"""A fitted model at a glance: the table that a statistician expects."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from itertools import zip_longest
from typing import Literal

import numpy as np

from .._door import FittedTrait, LMMRegressor, fitted_model
from .._validation import check_choice, check_level
from ._fixed_effects import TTest, contrasts_tested
from ._traits import choose_trait
from ._variances import (
    METHODS,
    VarianceComponents,
    by_name,
    components_of,
    interval_of,
    refuse_what_is_not_estimated,
)


@dataclass(frozen=True, eq=False)
class Summary:
    """The result of :func:`summary`, which prints as a table.

    Attributes
    ----------
    header : dict of str
        What was fitted.
    components : VarianceComponents
        h and the variances with standard errors.
    intervals : dict of ndarray of shape (2,)
        Of h and the variances by name; nan for an h that was held.
    kinds : dict of str
        Of these intervals: `method`, or "generalized" where it is "exact" and h is not held, for
        variances, and "held".
    names : list of str
        Of the fixed effects.
    fixed_effects : TTest
        An element for each of them.
    level : float
        Of all intervals.
    """

    header: dict[str, str]
    components: VarianceComponents
    intervals: dict[str, np.ndarray]
    kinds: dict[str, str]
    names: list[str]
    fixed_effects: TTest
    level: float

    def __str__(self) -> str:
        variances, effects = list(self._variance_rows()), list(self._fixed_effect_rows())
        columns = zip_longest(*variances, *effects, fillvalue="")
        widths = [max(map(len, column)) for column in columns]
        kinds = ["interval", *self.kinds.values()]
        upper = [
            f"{_align(row, widths)}  {kind}" for row, kind in zip(variances, kinds, strict=True)
        ]
        lower = [_align(row, widths) for row in effects]
        rule = "-" * max(map(len, upper + lower))
        return "\n".join(
            [
                "Linear mixed model",
                rule,
                *(f"{name + ':':<28}{value}" for name, value in self.header.items()),
                rule,
                *upper,
                rule,
                *lower,
                rule,
            ]
        )

    __repr__ = __str__

    def _repr_html_(self) -> str:
        return f"<pre>{escape(str(self))}</pre>"

    def _variance_rows(self):
        yield ["variances", "estimate", "std err", *self._limits()]
        for name, estimate in self.components.estimate.items():
            error = self.components.standard_error[name]
            yield [name, *map(_number, (estimate, error, *self.intervals[name]))]

    def _fixed_effect_rows(self):
        test = self.fixed_effects
        yield ["fixed effects", "estimate", "std err", *self._limits(), "df", "t", "p"]
        intervals = test.confidence_interval(self.level)
        for row, name in enumerate(self.names):
            numbers = test.estimate[row], test.standard_error[row], *intervals[row]
            of_test = (
                f"{test.df[row]:.1f}",
                f"{test.statistic[row]:.3f}",
                f"{test.pvalue[row]:.2g}",
            )
            yield [name, *map(_number, numbers), *of_test]

    def _limits(self):
        tail = 50 * (1 - self.level)
        return f"{tail:.6g} %", f"{100 - tail:.8g} %"


def summary(
    lmm: LMMRegressor,
    *,
    trait: int | str | None = None,
    method: Literal["exact", "profile", "wald"] = "exact",
    level: float = 0.95,
) -> Summary:
    """Estimates, standard errors, intervals and tests of a fitted model, as a table.

    Parameters
    ----------
    lmm : LMMRegressor
        Fitted, with `store_reduction`.
    trait : int or str, default=None
        Which one, by number from 0 or by name, if the model has several.
    method : {"exact", "profile", "wald"}, default="exact"
        Of the intervals of h and the variances, as in :func:`confidence_interval`. "exact" costs
        some three fits, and a second for a thousand samples.
    level : float in (0, 1), default=0.95
        Of the intervals.

    Returns
    -------
    Summary
        Prints as a table, and has its numbers as attributes.

    Raises
    ------
    TypeError
        If `lmm` is not an LMMRegressor.
    ValueError
        If `trait` does not name one of the traits, another argument is unknown or out of
        range, or the reduction of K was not stored.

    See Also
    --------
    confidence_interval : One of the intervals.
    t_test : Tests of other combinations of fixed effects.
    heritability_test : Whether h is 0.

    Examples
    --------
    >>> import numpy as np
    >>> from sklmm import Kinship, LMMRegressor
    >>> from sklmm.inference import summary
    >>> family = np.repeat(np.arange(4), 3)
    >>> kinship = Kinship((np.equal.outer(family, family) + np.eye(12)) / 2, range(12))
    >>> y = [1.0, 2.0, 3.5, 3.0, 3.5, 5.0, 0.5, 2.0, 0.0, 1.0, 2.5, 3.0]
    >>> summary(LMMRegressor(kinship, sample_id=0).fit(np.arange(12)[:, None], y))
    Linear mixed model
    --------------------------------------------------------------------
    samples:                    12
    rank of the fixed effects:  1
    method:                     REML
    h:                          by likelihood
    log-likelihood:             -18.630639
    --------------------------------------------------------------------
    variances      estimate  std err    2.5 %  97.5 %  interval
    h                 0.956  0.65171        0       1  exact
    kinship           2.213   2.4973        0  6.0367  generalized
    residual        0.10185   1.4722        0  3.2425  generalized
    total            2.3148   1.2965   1.1076  6.5117  generalized
    --------------------------------------------------------------------
    fixed effects  estimate  std err    2.5 %  97.5 %   df      t      p
    intercept          2.25  0.61426  0.29515  4.2048  3.0  3.663  0.035
    --------------------------------------------------------------------
    """
    check_choice(method, "method", tuple(METHODS))
    level = check_level(level)
    fitted = fitted_model(lmm)
    chosen = choose_trait(fitted, "summary needs", trait)
    names, parameters = fitted.names_of_b(), fitted.names_of_parameters
    return Summary(
        _describe(chosen),
        by_name(parameters, components_of(chosen)),
        {name: _interval(chosen, name, method, level) for name in parameters},
        {name: _kind(chosen, name, method) for name in parameters},
        names,
        TTest(*contrasts_tested(chosen, np.eye(len(names)), 0.0, "satterthwaite")),
        level,
    )


def _interval(trait, parameter, method, level):
    """The interval of a parameter; none of an h that is held, at which the others are taken."""
    if trait.is_held and parameter == "h":
        return np.full(2, np.nan)
    refuse_what_is_not_estimated(trait, parameter, method)
    return np.array(interval_of(trait, parameter, method, level))


def _kind(trait, parameter, method):
    """What "exact" is for the variances, which have no pivot unless h is held."""
    if trait.is_held:
        return "held" if parameter == "h" else method
    return "generalized" if method == "exact" and parameter != "h" else method


def _describe(trait: FittedTrait) -> dict[str, str]:
    rank, p = trait.fixed_effects.rank, len(trait.b)
    origin_of_h = "by likelihood" if trait.given_h is None else "by leave-one-out"
    return {
        "samples": str(trait.model.reduction.n),
        "rank of the fixed effects": str(rank) if rank == p else f"{rank} of {p}",
        "method": trait.model.method.upper(),
        "h": "held" if trait.is_held else origin_of_h,
        "log-likelihood": f"{trait.log_likelihood:.6f}",
    }


def _align(row, widths):
    first, *others = (
        text.ljust(width) if column == 0 else text.rjust(width)
        for column, (text, width) in enumerate(zip(row, widths, strict=False))
    )
    return "  ".join([first, *others]).rstrip()


def _number(value):
    return f"{value:.5g}"
