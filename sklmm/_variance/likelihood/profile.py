"""The profile likelihood: b and v by generalized least squares at a given h.

    y = X b + e,    var(e) = v V,    V = h B + (1 − h) I,    r = y − X b

    ML    ℓ = −½ [ n log(2π v) + log|V| + n ],                                  v = r'V⁻¹r / n
    REML  ℓ = −½ [ (n−p) log(2π v) + log|V| + log|X'V⁻¹X| − log|X'X| + (n−p) ], v = r'V⁻¹r / (n−p)

Here X is an orthonormal basis of the fixed effects, so that log|X'X| = 0, and y has been
residualized on it. With a = V⁻¹r, G the columns of V⁻¹X (X'V⁻¹X)^(−½) and D = B − I the
derivative of V, the score is

    dℓ/dh = −½ [ tr(V⁻¹D) − (n−p) a'Da / r'V⁻¹r − tr(G'DG) ],

under ML with n for n − p and without the last term.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from ..linalg.triangular import solve_triangular
from ..reductions.base import Factor, Reduction
from .grid import h_at_logits
from .scale import rescale

LIMITS_AGREE = 1e-5
"""What v changes at most, relatively, in the last 1e-9 of h where it has a limit."""
NEAREST = 1e-15
"""1 - h beside which the least eigenvalues are large, and rounding errors of y still small."""


class Profile:
    """The likelihood of (X, y) as a function of h alone.

    Parameters
    ----------
    reduction : Reduction
        Of the kinship matrix.
    X : ndarray of shape (n, p)
        Orthonormal columns, rotated by the reduction.
    y : ndarray of shape (n, 1)
        Orthogonal to the columns of X, rotated by the reduction.
    method : {"reml", "ml"}
    """

    def __init__(self, reduction: Reduction, X: np.ndarray, y: np.ndarray, method: str):
        self.reduction = reduction
        self.X = X
        self.y = y
        self.method = method

    def restricted(self) -> Profile:
        """The profile of the restricted likelihood, whichever the fit maximized."""
        return Profile(self.reduction, self.X, self.y, "reml")

    def h_at_logits(self, logits: ArrayLike) -> Any:
        """What logits of h stand for, in [0, largest_h] on the scale of the reduction."""
        return h_at_logits(
            logits, self.reduction.definiteness.largest_h, self.reduction.magnification
        )

    def unscale(self, scaled_h: float) -> float:
        """h on the scale of K."""
        return float(rescale(scaled_h, 1 / self.reduction.scale))

    @property
    def residual_df(self) -> int:
        """n − p"""
        return degrees_of_freedom(self.reduction, self.X, "reml")

    @property
    def degrees_of_freedom(self) -> int:
        """What r'V⁻¹r is divided by to give v."""
        return degrees_of_freedom(self.reduction, self.X, self.method)

    def at(self, h: float) -> GeneralizedLeastSquares:
        """Solve for b and v at h; where V is singular, in the limit.

        The limit is best approached as near as V can be factored. It is noise there if all
        that y and X leave lies where K vanishes, which shows in the comparison with a
        steadier h.
        """
        definiteness = self.reduction.definiteness
        if h <= definiteness.last_regular_h:
            return solve_for_b_and_v(self, h, self.reduction.factor(h))
        near = solve_for_b_and_v(self, h, self.reduction.factor(definiteness.last_regular_h))
        if definiteness.null_space_is_exact:
            return self._nearest(h) or near
        steady = solve_for_b_and_v(self, h, self.reduction.factor(definiteness.last_steady_h))
        return near if _agree(near, steady) else steady

    def _nearest(self, h: float) -> GeneralizedLeastSquares | None:
        """The limit beside small eigenvalues, if nothing of y is left to the null space alone."""
        factor = self.reduction.factor(self.reduction.definiteness.largest_h * (1 - NEAREST))
        nearest = solve_for_b_and_v(self, h, factor)
        of_null = np.sum(nearest.whitened_residual[self.reduction.is_null] ** 2)
        return nearest if of_null <= LIMITS_AGREE * residual_sum(nearest) else None

    @cached_property
    def settles(self) -> bool:
        """Whether v no longer changes in the last 1e-9 of h."""
        definiteness = self.reduction.definiteness
        ends = definiteness.last_regular_h, definiteness.last_steady_h
        return _agree(*map(self.at, ends))

    def score(self, h: float) -> float:
        """dℓ/dh at h."""
        return self.at(h).score()

    @cached_property
    def steady_score(self) -> float:
        """dℓ/dh at the largest h at which rounding does no harm."""
        return self.score(self.reduction.definiteness.last_steady_h)


def degrees_of_freedom(reduction: Reduction, X: np.ndarray, method: str) -> int:
    """n − p for REML, n for ML."""
    return reduction.n - X.shape[1] if method == "reml" else reduction.n


@dataclass(frozen=True)
class GeneralizedLeastSquares:
    """The solution at one h, rotated by the reduction.

    Attributes
    ----------
    b : ndarray of shape (p,)
        Coefficients of the orthonormal basis, from the residualized y.
    v : float
    log_likelihood : float
    whitened_X : ndarray of shape (n, p)
        L⁻¹X
    whitened_residual : ndarray of shape (n, 1)
        L⁻¹r
    R : ndarray of shape (p, p)
        Upper triangular, R'R = X'V⁻¹X.
    """

    profile: Profile
    h: float
    factor: Factor
    b: np.ndarray
    v: float
    log_likelihood: float
    whitened_X: np.ndarray
    whitened_residual: np.ndarray
    R: np.ndarray

    def V_inverse_r(self) -> np.ndarray:
        """a = V⁻¹r, of shape (n, 1)."""
        return self.factor.whiten_transposed(self.whitened_residual)

    def score(self) -> float:
        """dℓ/dh"""
        a = self.V_inverse_r()
        slope = self.factor.logdet_slope() - self._quadratic_in_D(a).sum() / self.v
        if self.profile.method == "reml":
            orthonormal = solve_triangular(self.R, self.whitened_X.T, trans="T").T
            slope -= self._quadratic_in_D(self.factor.whiten_transposed(orthonormal)).sum()
        return -slope / 2

    def residual_slope(self) -> float:
        """a'Da / r'V⁻¹r = −d log v / dh"""
        a = self.V_inverse_r()
        return float(self._quadratic_in_D(a)[0] / np.sum(self.whitened_residual**2))

    def standardize(self, contrasts: np.ndarray) -> np.ndarray:
        """R⁻ᵀl for each row l, a column each: their products are L (X'V⁻¹X)⁻¹ L'."""
        return solve_triangular(self.R, contrasts.T, trans="T")

    def slopes_of_contrasts(self, standardized: np.ndarray) -> np.ndarray:
        """d log var / dh for orthonormal columns of standardized contrasts, as a quadratic form.

        Along the profile of v, var = v l'(X'V⁻¹X)⁻¹l.
        """
        weighted = self.factor.whiten_transposed(
            self.whitened_X @ solve_triangular(self.R, standardized)
        )
        products = weighted.T @ (self.profile.reduction.multiply(weighted) - weighted)
        return products - self.residual_slope() * np.eye(len(products))

    def _quadratic_in_D(self, M: np.ndarray) -> np.ndarray:
        """m'Dm for each column m."""
        return np.sum(M * (self.profile.reduction.multiply(M) - M), axis=0)


def _agree(near: GeneralizedLeastSquares, steady: GeneralizedLeastSquares) -> bool:
    return abs(near.v - steady.v) <= LIMITS_AGREE * steady.v


def residual_sum(solution: GeneralizedLeastSquares) -> float:
    """Q = r'V⁻¹r"""
    return solution.v * solution.profile.degrees_of_freedom


def solve_for_b_and_v(profile: Profile, h: float, factor: Factor) -> GeneralizedLeastSquares:
    """Generalized least squares as ordinary least squares of L⁻¹y on L⁻¹X."""
    whitened = np.asarray_chkfinite(factor.whiten(np.hstack([profile.X, profile.y])))
    X, y = whitened[:, :-1], whitened[:, -1:]
    if profile.reduction.definiteness.null_space_is_exact:
        Q, R = _qr_of_long_and_short_rows(X)
        b = solve_triangular(R, Q.T @ y)
        residual = factor.whiten(profile.y - profile.X @ b)
        rounding = Q.T @ residual
        b += solve_triangular(R, rounding)
        residual -= Q @ rounding
    else:
        Q, R = np.linalg.qr(X)
        projection = Q.T @ y
        b = solve_triangular(R, projection)
        residual = y - Q @ projection
    b = b[:, 0]
    df = profile.degrees_of_freedom
    v = float(np.sum(residual**2)) / df
    with np.errstate(divide="ignore"):
        log_likelihood = -(df * np.log(2 * np.pi * v) + factor.logdet + df) / 2
    if profile.method == "reml":
        log_likelihood -= np.log(np.abs(np.diagonal(R))).sum()
    return GeneralizedLeastSquares(profile, h, factor, b, v, float(log_likelihood), X, residual, R)


def _qr_of_long_and_short_rows(X: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """QR with long rows first: those in a null space may be longer by many digits [1]_.

    References
    ----------
    .. [1] Cox & Higham (1998). Stability of Householder QR factorization for weighted least
       squares problems. In Numerical Analysis 1997, 57-73.
    """
    order = np.argsort(-np.abs(X).max(axis=1, initial=0), kind="stable")
    sorted_Q, R = np.linalg.qr(X[order])
    Q = np.empty_like(sorted_Q)
    Q[order] = sorted_Q
    return Q, R
