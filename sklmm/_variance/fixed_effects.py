"""The space of the fixed effects: an orthonormal basis of it, and the way back to b.

The likelihood depends on X only through its column space (up to log|X'X|, which the
REML likelihood divides out), so all of it is computed in an orthonormal basis U = X T.
That keeps the digits of badly scaled covariates, and a rank-deficient X needs no case of
its own: U has as many columns as X has rank, and b = T c is the minimum-norm solution.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.linalg

ESTIMABLE = 1e-9
"""What is outside of the row space of X, relative to what is inside, by rounding alone."""


@dataclass(frozen=True)
class FixedEffects:
    """X = [1, covariates] or X = covariates.

    Attributes
    ----------
    basis : ndarray of shape (n, rank)
        U, orthonormal columns that span X.
    to_coefficients : ndarray of shape (p, rank)
        T with U = X T. Coefficients c of U are b = T c of X.
    from_coefficients : ndarray of shape (rank, p)
        S with X = U S. Coefficients b of X are c = S b of U.
    """

    basis: np.ndarray
    to_coefficients: np.ndarray
    from_coefficients: np.ndarray
    has_intercept: bool

    @property
    def rank(self) -> int:
        return self.basis.shape[1]

    def in_basis(self, covariates: np.ndarray) -> np.ndarray:
        """Rows x of X as x T, so that x b = (x T) c."""
        if not self.has_intercept:
            return covariates @ self.to_coefficients
        return self.to_coefficients[0] + covariates @ self.to_coefficients[1:]

    def are_estimable(self, covariates: np.ndarray) -> np.ndarray:
        """Whether x b is the same for all solutions b, for the rows x of [1, covariates]."""
        if not self.has_intercept:
            return self.contrasts_are_estimable(covariates)
        ones = np.ones(len(covariates))
        return self.contrasts_are_estimable(np.column_stack([ones, covariates]))

    def contrasts_are_estimable(self, contrasts: np.ndarray) -> np.ndarray:
        """Whether l'b is the same for all solutions b: whether l is in the row space of X."""
        in_row_space = contrasts @ self.to_coefficients @ self.from_coefficients
        sizes = np.abs(self.from_coefficients).max(axis=0, initial=0)
        sizes[sizes == 0] = 1
        distance = np.abs((contrasts - in_row_space) / sizes).max(axis=1, initial=0)
        return distance <= ESTIMABLE * np.abs(contrasts / sizes).max(axis=1, initial=0)

    @classmethod
    def of(cls, covariates: np.ndarray, fit_intercept: bool) -> FixedEffects:
        """As in LinearRegression, the intercept takes no part in the minimum norm."""
        n = len(covariates)
        sizes = np.abs(covariates[covariates != 0])
        if sizes.size and not (sizes.min() > 1e-100 and sizes.max() < 1e100):
            raise ValueError(
                "A fixed effect of X has values of a size whose square is not a usable number, "
                f"from {sizes.min():.3g} to {sizes.max():.3g}. Divide such a column by its "
                "largest absolute value, and write 0 for what is then below 1e-100."
            )
        if not fit_intercept:
            basis, coefficients = _orthonormalise(covariates)
            return cls(basis, coefficients, basis.T @ covariates, has_intercept=False)
        means = covariates.mean(axis=0)
        centred = covariates - means
        rounding = n * np.finfo(float).eps * np.abs(covariates).max(axis=0, initial=0)
        centred[:, np.abs(centred).max(axis=0, initial=0) <= rounding] = 0
        basis, slopes = _orthonormalise(centred)
        constant = np.full((n, 1), n**-0.5)
        to_intercept = np.concatenate([[n**-0.5], -means @ slopes])
        to_slopes = np.column_stack([np.zeros(len(slopes)), slopes])
        from_intercept = np.concatenate([[np.sqrt(n)], np.sqrt(n) * means])
        from_slopes = np.column_stack([np.zeros(basis.shape[1]), basis.T @ centred])
        return cls(
            np.column_stack([constant, basis]),
            np.vstack([to_intercept, to_slopes]),
            np.vstack([from_intercept, from_slopes]),
            has_intercept=True,
        )


def _orthonormalise(X):
    """U and the minimum-norm T with U = X T, U spanning the columns of X."""
    n, p = X.shape
    if p == 0:
        return np.empty((n, 0)), np.empty((0, 0))
    size = scipy.linalg.norm(X, axis=0)
    size[size == 0] = 1
    left, singular_values, right = scipy.linalg.svd(X / size, full_matrices=False)
    rank = int(np.sum(singular_values > max(n, p) * np.finfo(float).eps * singular_values[0]))
    left, singular_values, right = left[:, :rank], singular_values[:rank], right[:rank].T
    row_space, _ = scipy.linalg.qr(right * size[:, None], mode="economic")
    T = (right / singular_values) / size[:, None]
    return left, row_space @ (row_space.T @ T)
