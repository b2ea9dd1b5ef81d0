"""The space of the fixed effects: an orthonormal basis of it, and the way back to b.

The likelihood depends on X only through its column space (up to log|X'X|, which the
REML likelihood divides out), so all of it is computed in an orthonormal basis U = X T.
Beside an intercept the columns of X are centered, and all are scaled to length 1, so that
neither offsets nor units decide what depends on what. With the singular values

    X_c = U Σ V' D,    D the lengths of the columns of X_c,

the coefficients c of U are b = D⁻¹ V Σ⁻¹ c of X_c. Where the rank r is below p, V₀ spans what
X_c does not see of D b, and b is the solution of the smallest norm.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.linalg

from ..linalg.squares import SMALLEST, has_usable_square

EPS = float(np.finfo(float).eps)
SAFETY = 4
"""Times the rounding errors that are to be expected."""
ESTIMABLE = 1e-9
"""What X does not see of a contrast, relative to its size, by rounding alone."""
TAKES_NO_PART = 1e-7
"""A column with a smaller share in all dependences is in none."""


@dataclass(frozen=True)
class FixedEffects:
    """X = [1, covariates] or X = covariates.

    Attributes
    ----------
    basis : ndarray of shape (n, rank)
        U, orthonormal columns that span X.
    means, lengths : ndarray of shape (k,)
        Of the covariates; the means are 0 without an intercept.
    to_slopes : ndarray of shape (k, rank - has_intercept)
        From coefficients of U to those of the covariates.
    unseen : ndarray of shape (k, k + has_intercept - rank)
        V₀
    roundings : ndarray of shape (k,)
        How large rounding errors of the centered columns may be, relative to their lengths.
    """

    basis: np.ndarray
    means: np.ndarray
    lengths: np.ndarray
    to_slopes: np.ndarray
    unseen: np.ndarray
    roundings: np.ndarray
    has_intercept: bool

    @property
    def rank(self) -> int:
        return self.basis.shape[1]

    @property
    def to_coefficients(self) -> np.ndarray:
        """T with U = X T, of shape (p, rank): coefficients c of U are b = T c of X."""
        if not self.has_intercept:
            return self.to_slopes
        constant = np.zeros((1 + len(self.means), 1))
        constant[0] = len(self.basis) ** -0.5
        slopes = np.vstack([-self.means @ self.to_slopes, self.to_slopes])
        return np.hstack([constant, slopes])

    def covariates(self) -> np.ndarray:
        """The columns of X that the basis is made of, to rounding."""
        slopes = self.basis[:, self.has_intercept :]
        both = np.hstack([self.to_slopes, self.unseen / self.lengths[:, None]])
        to_columns = np.linalg.solve(both.T * self.lengths, np.eye(len(both)))
        return self.means + (slopes @ to_columns[:, : slopes.shape[1]].T) * self.lengths

    def in_basis(self, covariates: np.ndarray) -> np.ndarray:
        """Rows x of X as x T, so that x b = (x T) c."""
        slopes = (covariates - self.means) @ self.to_slopes
        if not self.has_intercept:
            return slopes
        return np.column_stack([np.full(len(slopes), len(self.basis) ** -0.5), slopes])

    def are_estimable(self, covariates: np.ndarray) -> np.ndarray:
        """Whether x b is the same for all solutions b, for the rows x of [1, covariates]."""
        return self._are_seen(covariates - self.means, np.abs(covariates))

    def contrasts_are_estimable(self, contrasts: np.ndarray) -> np.ndarray:
        """Whether l'b is the same for all solutions b, for rows l."""
        if not self.has_intercept:
            return self._are_seen(contrasts, np.abs(contrasts))
        of_intercept, of_slopes = contrasts[:, :1], contrasts[:, 1:]
        return self._are_seen(of_slopes - of_intercept * self.means, np.abs(of_slopes))

    def rounding_of(self, coefficients: np.ndarray) -> np.ndarray:
        """How long the rounding errors of X b may be, for rows c of coefficients of U."""
        slopes = coefficients[:, self.has_intercept :] @ self.to_slopes.T
        return np.abs(slopes) @ (self.lengths * self.roundings)

    def _are_seen(self, slopes: np.ndarray, sizes: np.ndarray) -> np.ndarray:
        """Whether X_c sees contrasts of slopes, that are differences of numbers of such sizes."""
        beyond = np.abs((slopes / self.lengths) @ self.unseen).max(axis=1, initial=0)
        scaled = np.abs(slopes / self.lengths).max(axis=1, initial=0)
        rounding = (sizes + np.abs(self.means)) / self.lengths * (SAFETY * EPS)
        return beyond <= ESTIMABLE * scaled + rounding.max(axis=1, initial=0)

    @classmethod
    def from_covariates(cls, covariates: np.ndarray, fit_intercept: bool) -> FixedEffects:
        """Make them from covariates; as in LinearRegression, no minimum norm for the intercept."""
        _refuse_unusable_scale(covariates)
        n, k = covariates.shape
        largest = np.abs(covariates).max(axis=0, initial=0)
        means = covariates.mean(axis=0) if fit_intercept else np.zeros(k)
        centered = covariates - means
        if fit_intercept:
            centered -= centered.mean(axis=0)
            is_constant = np.abs(centered).max(axis=0, initial=0) <= _rounding(n) * largest
            centered[:, is_constant] = 0
        lengths = scipy.linalg.norm(centered, axis=0)
        lengths[lengths == 0] = 1
        roundings = np.sqrt(n) * EPS * largest / lengths
        scaled = centered / lengths
        if fit_intercept:
            scaled = _reflect(scaled)[1:]
        left, to_scaled, unseen = _decompose(scaled, roundings)
        if fit_intercept:
            left = _reflect(np.vstack([np.zeros((1, left.shape[1])), left]))
            left = np.column_stack([np.full(n, n**-0.5), left])
        to_slopes = to_scaled / lengths[:, None]
        if unseen.size:
            directions, _ = scipy.linalg.qr(unseen / lengths[:, None], mode="economic")
            to_slopes -= directions @ (directions.T @ to_slopes)
        return cls(left, means, lengths, to_slopes, unseen, roundings, fit_intercept)


def _decompose(X: np.ndarray, roundings: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """U, V Σ⁻¹ and V₀ of columns of length 1 or 0 that are known up to rounding errors."""
    if not X.size:
        p = X.shape[1]
        return np.empty((len(X), 0)), np.empty((p, 0)), np.eye(p)
    left, sizes, right = scipy.linalg.svd(X, full_matrices=False)
    cutoff = max(X.shape) * EPS * sizes[0] + SAFETY * scipy.linalg.norm(roundings)
    rank = int(np.sum(sizes > cutoff))
    if rank == X.shape[1]:
        return left, right.T / sizes, np.empty((rank, 0))
    seen = right[:rank].T
    complete, _ = scipy.linalg.qr(seen)
    return left[:, :rank], seen / sizes[:rank], _without_bystanders(complete[:, rank:])


def _without_bystanders(unseen: np.ndarray) -> np.ndarray:
    """V₀ with zeros for columns that take no part in any dependence but by rounding."""
    shares = scipy.linalg.norm(unseen, axis=1)
    unseen[shares < TAKES_NO_PART] = 0
    directions, _ = scipy.linalg.qr(unseen, mode="economic")
    return directions


def _reflect(M: np.ndarray) -> np.ndarray:
    """The reflection that takes 1/√n to −e₁, of columns: others lose their mean exactly."""
    n = len(M)
    normal = np.full(n, n**-0.5)
    normal[0] += 1
    return M - np.outer(normal, normal @ M / (1 + n**-0.5))


def _rounding(n: int) -> float:
    """The rounding of the mean of n equal numbers, which are added up in pairs."""
    return SAFETY * (1 + np.log2(n)) * EPS


def _refuse_unusable_scale(covariates: np.ndarray) -> None:
    sizes = np.abs(covariates[covariates != 0])
    if sizes.size and not has_usable_square(np.array([sizes.min(), sizes.max()])).all():
        raise ValueError(
            "A fixed effect of X has values of a size whose square is not a usable number, "
            f"from {sizes.min():.3g} to {sizes.max():.3g}. Divide such a column by its "
            f"largest absolute value, and write 0 for what is then below {SMALLEST:g}."
        )
