"""One marker beside fixed effects by dense formulas: what the fast routes are compared with."""

from contextlib import suppress

import numpy as np
from once import once
from scipy.special import expit

GOLDEN = (np.sqrt(5) - 1) / 2


def log_likelihoods(L, X, y, method):
    """Of var(e) proportional to L L', for a stack of L of which some may be nan."""
    n, p = X.shape
    solved = np.linalg.solve(L, np.broadcast_to(np.column_stack([X, y]), (*L.shape[:-1], p + 1)))
    Q, R = np.linalg.qr(solved[..., :p])
    residual = solved[..., p:]
    for _ in range(2):
        residual = residual - Q @ (Q.swapaxes(-1, -2) @ residual)
    df = n if method == "ml" else n - p
    value = df * (np.log(2 * np.pi * np.sum(residual**2, axis=(-2, -1)) / df) + 1)
    value += 2 * log_of_diagonals(L)
    if method == "reml":
        value += 2 * log_of_diagonals(R) - np.linalg.slogdet(X.T @ X)[1]
    return np.where(np.isnan(value), -np.inf, -value / 2)


def log_of_diagonals(R):
    return np.log(np.abs(np.diagonal(R, axis1=-2, axis2=-1))).sum(axis=-1)


def factors(K, logits, largest):
    """Cholesky factors of V at logits of h / largest, nan where it is not positive definite."""
    L = np.full((len(logits), *K.shape), np.nan)
    for place, x in enumerate(logits):
        sigma = largest * expit(x)
        noise = expit(-x) if largest == 1 else 1 - sigma
        with suppress(np.linalg.LinAlgError):
            L[place] = np.linalg.cholesky(sigma * K + noise * np.eye(len(K)))
    return L


factors_of_grid = once(factors)


def local_maxima(K, X, y, method, largest=1.0, last=14.0):
    """Values of all local maxima below the last logit of h / largest, by golden sections."""

    def value(x):
        return log_likelihoods(factors(K, [x], largest), X, y, method)[0]

    logits = np.concatenate([[-np.inf], np.linspace(-16, last, 121)])
    values = log_likelihoods(factors_of_grid(K, logits, largest), X, y, method)
    found = [values[0]] if values[0] >= values[1] else []
    for i in range(1, len(values) - 1):
        if values[i - 1] <= values[i] >= values[i + 1]:
            found.append(golden_section(value, max(logits[i - 1], -40), logits[i + 1]))
    return np.array(found), values[-1]


def golden_section(value, low, high):
    """The largest value between two places."""
    left, right = high - GOLDEN * (high - low), low + GOLDEN * (high - low)
    at_left, at_right = value(left), value(right)
    while high - low > 1e-6:
        if at_left >= at_right:
            high, right, at_right = right, left, at_left
            left = high - GOLDEN * (high - low)
            at_left = value(left)
        else:
            low, left, at_left = left, right, at_right
            right = low + GOLDEN * (high - low)
            at_right = value(right)
    return value((low + high) / 2)


def projection(V, X):
    """P"""
    inverse = np.linalg.inv(V)
    weighted = inverse @ X
    return inverse - weighted @ np.linalg.solve(X.T @ weighted, weighted.T)


def orthonormal(X):
    """A basis of the columns of X."""
    return np.asfortranarray(np.linalg.qr(X)[0]) if X.shape[1] else X


def free(Q, M):
    """What Q leaves of M, in Fortran order."""
    M = M - Q @ (Q.T @ M)
    return np.asfortranarray(M - Q @ (Q.T @ M))
