"""How sure is b? Its covariance, t tests and Wald tests of fixed effects."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from .._door import FittedTrait, LMMRegressor, fitted_model
from .._validation import check_choice, check_level
from ._contrasts import (
    check_contrasts,
    check_values,
    names_of,
    refuse_contradictions,
    refuse_inestimable,
)
from ._traits import for_each_trait, numbers_of_each_trait

DEGREES_OF_FREEDOM = ("satterthwaite", "residual")
RANK_PRECISION = 1e-10
"""Singular values of contrasts below this share of the largest are rounding: some depend."""
SAME_DF = 1e-8
"""Degrees of freedom of contrasts that differ by less, relatively, are one number."""


@dataclass(frozen=True, eq=False)
class TTest:
    """The result of :func:`t_test`: arrays with an element for each contrast.

    With several traits all of them have a first axis n_targets.

    Attributes
    ----------
    estimate : ndarray of shape (n_contrasts,)
        l'b.
    standard_error : ndarray of shape (n_contrasts,)
    df : ndarray of shape (n_contrasts,)
        Degrees of freedom of the t distribution.
    statistic : ndarray of shape (n_contrasts,)
        t: l'b, less the value that is tested, in units of its standard error.
    pvalue : ndarray of shape (n_contrasts,)
        Two-sided.
    """

    estimate: np.ndarray
    standard_error: np.ndarray
    df: np.ndarray
    statistic: np.ndarray
    pvalue: np.ndarray

    def confidence_interval(self, level: float = 0.95) -> np.ndarray:
        """Confidence intervals of the estimates.

        Parameters
        ----------
        level : float in (0, 1), default=0.95

        Returns
        -------
        ndarray of shape (n_contrasts, 2)
        """
        level = check_level(level)
        reach = stats.t.isf((1 - level) / 2, self.df) * self.standard_error
        return np.stack([self.estimate - reach, self.estimate + reach], axis=-1)


@dataclass(frozen=True, eq=False)
class WaldTest:
    """The result of :func:`wald_test`; with several traits all but `df_num` are arrays.

    Attributes
    ----------
    statistic : float
        F.
    df_num : int
        Number of independent contrasts.
    df_den : float
        Degrees of freedom of the denominator.
    pvalue : float
    """

    statistic: Any
    df_num: int
    df_den: Any
    pvalue: Any


def b_covariance(lmm: LMMRegressor) -> np.ndarray:
    """Covariance matrix of the fixed effects, v (X'V^-1 X)^-1.

    h and v are taken as known; under ``method="ml"`` v is the smaller ML estimate. The square
    roots of the diagonal are the standard errors.

    Parameters
    ----------
    lmm : LMMRegressor
        Fitted, with `store_reduction`.

    Returns
    -------
    ndarray of shape (p, p) or (n_targets, p, p)
        In the order of `b_`, the intercept first. nan for coefficients that X, not of full
        rank, leaves undetermined.

    Raises
    ------
    TypeError
        If `lmm` is not an LMMRegressor.
    ValueError
        If the reduction of K was not stored.

    See Also
    --------
    t_test : Tests and intervals of coefficients and their contrasts.

    Examples
    --------
    >>> import numpy as np
    >>> from sklmm import LMMRegressor
    >>> from sklmm.inference import b_covariance
    >>> X = np.arange(12.0).reshape(6, 2)
    >>> lmm = LMMRegressor(kernel="rbf", h=0.0).fit(X, [1.0, 2.0, 4.0, 3.0, 5.0, 6.0])
    >>> np.sqrt(np.diag(b_covariance(lmm)))
    array([0.76376262])
    """

    def covariance(trait):
        everything = np.eye(len(trait.b))
        roots = _standardize(trait, everything)
        values = trait.solution.v * (roots.T @ roots)
        unknown = ~trait.fixed_effects.contrasts_are_estimable(everything)
        values[unknown] = values[:, unknown] = np.nan
        return values

    return for_each_trait(lmm, "b_covariance needs", covariance)


def t_test(
    lmm: LMMRegressor,
    contrasts: ArrayLike | None = None,
    *,
    value: ArrayLike = 0.0,
    df: Literal["satterthwaite", "residual"] = "satterthwaite",
) -> TTest:
    """Test each of some linear combinations of the fixed effects.

    Parameters
    ----------
    lmm : LMMRegressor
        Fitted, with `store_reduction`.
    contrasts : array-like or data frame of shape (n_contrasts, p) or (p,), default=None
        Each row l stands for the hypothesis l'b = `value`, in the order of `b_`, the
        intercept first. The columns of a data frame, or the index of a Series, are matched by
        name, as :func:`summary` prints them, and those left out are 0. By default each
        coefficient is tested.
    value : float or array-like of shape (n_contrasts,), default=0.0
        What l'b is under the hypothesis.
    df : {"satterthwaite", "residual"}, default="satterthwaite"
        Degrees of freedom: n - p, which are right if h is known, or Satterthwaite's [1]_, which
        account for the estimation of h: few for contrasts between families, of which there are
        fewer than individuals. They agree where `h` is held, and n - p is taken where it is
        estimated at an end of its range or by leave-one-out.

    Returns
    -------
    TTest
        Estimates, standard errors, degrees of freedom, t and p. nan for coefficients that X,
        not of full rank, leaves undetermined.

    Raises
    ------
    TypeError
        If `lmm` is not an LMMRegressor.
    ValueError
        If contrasts have the wrong shape or are not estimable, or the reduction of K was not
        stored.

    See Also
    --------
    wald_test : Test all contrasts at once.
    likelihood_ratio_test : Compare models with and without some effects.

    Notes
    -----
    1/df = 1/(n - p) + (d log var(l'b) / dh)² var(h) / 2, the derivative taken along the
    profile likelihood.

    References
    ----------
    .. [1] Giesbrecht & Burns (1985). Two-stage analysis based on a mixed model: large-sample
       asymptotic theory and small-sample simulation results. Biometrics 41, 477-486.

    Examples
    --------
    >>> import numpy as np
    >>> from sklmm import Kinship, LMMRegressor
    >>> from sklmm.inference import t_test
    >>> X = np.column_stack([np.arange(6), [0, 1, 0, 1, 0, 1]])
    >>> lmm = LMMRegressor(Kinship(np.eye(6), range(6)), sample_id=0, h=0.0)
    >>> test = t_test(lmm.fit(X, [1.0, 3.0, 2.0, 5.0, 2.0, 4.0]))
    >>> test.pvalue.round(4)
    array([0.0241, 0.0249])
    """
    check_choice(df, "df", DEGREES_OF_FREEDOM)
    given = None if contrasts is None else check_contrasts(lmm, contrasts)
    L = np.eye(len(fitted_model(lmm).names_of_b())) if given is None else given
    values = check_values(value, names_of(contrasts, L, lmm))

    def test(trait):
        if given is not None:
            refuse_inestimable(L, trait.fixed_effects.contrasts_are_estimable(L))
        return contrasts_tested(trait, L, values, df)

    table = for_each_trait(lmm, "t_test needs", test)
    return TTest(*np.moveaxis(table, -2, 0))


def wald_test(
    lmm: LMMRegressor,
    contrasts: ArrayLike,
    *,
    value: ArrayLike = 0.0,
    df: Literal["satterthwaite", "residual"] = "satterthwaite",
) -> WaldTest:
    """Test several linear combinations of the fixed effects at once, by an F test.

    Parameters
    ----------
    lmm : LMMRegressor
        Fitted, with `store_reduction`.
    contrasts : array-like or data frame of shape (n_contrasts, p)
        The hypothesis is L b = `value`, for the rows of L as in :func:`t_test`. Rows that depend
        on others count once.
    value : float or array-like of shape (n_contrasts,), default=0.0
        What L b is under the hypothesis.
    df : {"satterthwaite", "residual"}, default="satterthwaite"
        Of the denominator, as in :func:`t_test`; of several contrasts Satterthwaite's are put
        together after Fai & Cornelius [1]_, from the combinations that differ most in them, so
        that the result is that of the hypothesis, however it is written. (Other programs take
        the principal components of the covariance, which depend on the units of L.)

    Returns
    -------
    WaldTest
        F, its degrees of freedom and p.

    Raises
    ------
    TypeError
        If `lmm` is not an LMMRegressor.
    ValueError
        If contrasts have the wrong shape, are not estimable, all 0 or contradict each other,
        or the reduction of K was not stored.

    See Also
    --------
    t_test : Test each contrast.
    likelihood_ratio_test : Compare models with and without some effects.

    References
    ----------
    .. [1] Fai & Cornelius (1996). Approximate F-tests of multiple degree of freedom hypotheses
       in generalized least squares analyses of unbalanced split-plot experiments. Journal of
       Statistical Computation and Simulation 54, 363-378.

    Examples
    --------
    >>> import numpy as np
    >>> from sklmm import Kinship, LMMRegressor
    >>> from sklmm.inference import wald_test
    >>> X = np.column_stack([np.arange(6), [0, 1, 0, 1, 0, 1], [0, 0, 1, 1, 0, 1]])
    >>> lmm = LMMRegressor(Kinship(np.eye(6), range(6)), sample_id=0, h=0.0)
    >>> test = wald_test(lmm.fit(X, [1.0, 3.0, 2.0, 5.0, 2.0, 4.0]), [[0, 1, 0], [0, 0, 1]])
    >>> test.df_num, round(float(test.pvalue), 4)
    (2, 0.0432)
    """
    check_choice(df, "df", DEGREES_OF_FREEDOM)
    L = check_contrasts(lmm, contrasts)
    values = check_values(value, names_of(contrasts, L, lmm))

    def test(trait):
        refuse_inestimable(L, trait.fixed_effects.contrasts_are_estimable(L))
        directions, norms = _directions(trait, L)
        left, sizes, right = np.linalg.svd(directions.T, full_matrices=False)
        rank = int(np.sum(sizes > RANK_PRECISION * sizes[0]))
        slopes = np.linalg.eigvalsh(_slopes(trait, right[:rank].T))
        with np.errstate(all="ignore"):
            refuse_contradictions(values, norms, left[:, :rank])
            deviations = left[:, :rank].T @ ((L @ trait.b - values) / norms)
            F = np.sum((deviations / sizes[:rank]) ** 2) / trait.solution.v / rank
        df_den = _combine(_degrees_of_freedom(trait, slopes, df))
        return np.array([F, rank, df_den, stats.f.sf(F, rank, df_den)])

    F, ranks, df_den, pvalue = numbers_of_each_trait(lmm, "wald_test needs", test)
    return WaldTest(F, int(np.max(ranks)), df_den, pvalue)


def contrasts_tested(trait: FittedTrait, L: np.ndarray, values: Any, df: str) -> np.ndarray:
    """The fields of a `TTest`; nan for contrasts that are not estimable."""
    directions, norms = _directions(trait, L)
    slopes = np.diagonal(_slopes(trait, directions))
    dfs = _degrees_of_freedom(trait, slopes, df)
    standard_errors, estimates = np.sqrt(trait.solution.v) * norms, L @ trait.b
    with np.errstate(all="ignore"):
        statistics = (estimates - values) / standard_errors
    pvalues = 2 * stats.t.sf(np.abs(statistics), dfs)
    table = np.array([estimates, standard_errors, dfs, statistics, pvalues])
    table[:, ~trait.fixed_effects.contrasts_are_estimable(L)] = np.nan
    return table


def _directions(trait, L):
    """Columns of length 1 with the correlations of Lb̂, and the standard deviations over √v."""
    units = np.abs(L).max(axis=1, initial=0)
    roots = _standardize(trait, L / units[:, None])
    norms = np.sqrt(np.sum(roots**2, axis=0))
    return np.divide(roots, norms, out=np.zeros_like(roots), where=norms > 0), norms * units


def _standardize(trait, L):
    """R⁻ᵀT'L', whose columns have the products v⁻¹ cov(Lb̂)."""
    solution = trait.solution
    return solution.standardize(L @ trait.fixed_effects.to_coefficients)


def _slopes(trait, directions):
    """d log cov(Lb̂) / dh; 0 where h has no variance to pass on."""
    if np.isnan(trait.variance_of_h):
        return np.zeros((directions.shape[1], directions.shape[1]))
    return trait.solution.slopes_of_contrasts(directions)


def _degrees_of_freedom(trait, slopes, kind):
    residual = np.full(len(slopes), float(trait.residual_df))
    if kind == "residual" or np.isnan(trait.variance_of_h):
        return residual
    return 1 / (1 / residual + slopes**2 * trait.variance_of_h / 2)


def _combine(dfs):
    """The degrees of freedom of F whose mean is that of the mean of independent t²."""
    if np.ptp(dfs) <= SAME_DF * dfs.max():
        return float(dfs[0])
    if dfs.min() <= 2:
        return 2.0
    mean = np.mean(dfs / (dfs - 2))
    return float(2 * mean / (mean - 1))
