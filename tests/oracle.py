"""The mixed model by brute force: dense formulas in long double, nothing shared with sklmm."""

from dataclasses import dataclass

import numpy as np


def cholesky(A):
    """Lower triangular L with L L' = A, in the precision of A."""
    L = np.zeros_like(A)
    for j in range(len(A)):
        L[j, j] = np.sqrt(A[j, j] - L[j, :j] @ L[j, :j])
        L[j + 1 :, j] = (A[j + 1 :, j] - L[j + 1 :, :j] @ L[j, :j]) / L[j, j]
    return L


def solve_lower(L, B):
    """L⁻¹ B"""
    X = np.zeros_like(B)
    for i in range(len(L)):
        X[i] = (B[i] - L[i, :i] @ X[:i]) / L[i, i]
    return X


@dataclass
class Fit:
    h: float
    v: float
    b: np.ndarray
    log_likelihood: float
    V_inverse: np.ndarray
    b_covariance: np.ndarray


def fit_at(h, K, X, y, method):
    """Everything at a given h, by the textbook."""
    K, X, y = (np.asarray(a, dtype=np.longdouble) for a in (K, X, y))
    n, p = X.shape
    h = np.longdouble(h)
    L = cholesky(h * K + (1 - h) * np.eye(n, dtype=np.longdouble))
    V_inverse = solve_lower(L, np.eye(n, dtype=np.longdouble))
    V_inverse = V_inverse.T @ V_inverse
    logdet_V = 2 * np.log(np.diag(L)).sum()
    if p:
        information = X.T @ V_inverse @ X
        root = cholesky(information)
        half = solve_lower(root, np.eye(p, dtype=np.longdouble))
        covariance = half.T @ half
        b = covariance @ (X.T @ V_inverse @ y)
        logdets = 2 * np.log(np.diag(root)).sum() - 2 * np.log(np.diag(cholesky(X.T @ X))).sum()
    else:
        b, covariance, logdets = np.empty(0), np.empty((0, 0)), 0
    r = y - X @ b
    df = n - p if method == "reml" else n
    v = (r @ V_inverse @ r) / df
    log_likelihood = df * np.log(2 * np.longdouble(np.pi) * v) + logdet_V + df
    if method == "reml":
        log_likelihood += logdets
    return Fit(h, v, b, -log_likelihood / 2, V_inverse, v * covariance)


def fit(K, X, y, method, upper=1.0):
    """The global maximum over a fine grid, refined by golden sections of values alone."""
    grid = (1 - np.cos(np.linspace(0, np.pi, 201, dtype=np.longdouble))) / 2 * upper
    values = [_log_likelihood(h, K, X, y, method) for h in grid]
    best = int(np.argmax(values))
    low, high = grid[max(best - 1, 0)], grid[min(best + 1, len(grid) - 1)]
    golden = (np.sqrt(np.longdouble(5)) - 1) / 2
    while high - low > 1e-11:
        left, right = high - golden * (high - low), low + golden * (high - low)
        if _log_likelihood(left, K, X, y, method) >= _log_likelihood(right, K, X, y, method):
            high = right
        else:
            low = left
    candidates = [low, high, *([grid[best]] if best in (0, len(grid) - 1) else [])]
    h = max(candidates, key=lambda h: _log_likelihood(h, K, X, y, method))
    return fit_at(h, K, X, y, method)


def _log_likelihood(h, K, X, y, method):
    with np.errstate(all="ignore"):
        value = fit_at(h, K, X, y, method).log_likelihood
    return value if np.isfinite(value) else -np.inf
