"""The mixed model by brute force: dense formulas in long double, nothing shared with sklmm."""

from dataclasses import dataclass

import numpy as np
from once import once


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
    b_covariance: np.ndarray
    L: np.ndarray

    @property
    def V_inverse(self):
        inverse = solve_lower(self.L, np.eye(len(self.L), dtype=self.L.dtype))
        return inverse.T @ inverse


def fit_at(h, K, X, y, method):
    """Everything at a given h, by the textbook."""
    K, X, y = (np.asarray(a, dtype=np.longdouble) for a in (K, X, y))
    n, p = X.shape
    h = np.longdouble(h)
    L = cholesky(h * K + (1 - h) * np.eye(n, dtype=np.longdouble))
    whitened = solve_lower(L, np.column_stack([X, y]))
    WX, Wy = whitened[:, :p], whitened[:, p]
    logdet_V = 2 * np.log(np.diag(L)).sum()
    if p:
        root = cholesky(WX.T @ WX)
        half = solve_lower(root, np.eye(p, dtype=np.longdouble))
        covariance = half.T @ half
        b = covariance @ (WX.T @ Wy)
        logdets = 2 * np.log(np.diag(root)).sum() - 2 * np.log(np.diag(cholesky(X.T @ X))).sum()
    else:
        b, covariance, logdets = np.empty(0), np.empty((0, 0)), 0
    r = Wy - WX @ b
    df = n - p if method == "reml" else n
    v = (r @ r) / df
    log_likelihood = df * np.log(2 * np.longdouble(np.pi) * v) + logdet_V + df
    if method == "reml":
        log_likelihood += logdets
    return Fit(h, v, b, -log_likelihood / 2, v * covariance, L)


@once
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


def log_likelihood(s, t, K, X, y, method):
    """Of var(e) = s K + t I, at the b that generalized least squares gives."""
    V = s * K + t * np.eye(len(K))
    inverse = np.linalg.inv(V)
    information = X.T @ inverse @ X
    r = y - X @ np.linalg.solve(information, X.T @ inverse @ y)
    df = len(y) - X.shape[1] if method == "reml" else len(y)
    value = df * np.log(2 * np.pi) + np.linalg.slogdet(V)[1] + r @ inverse @ r
    if method == "reml":
        value += np.linalg.slogdet(information)[1] - np.linalg.slogdet(X.T @ X)[1]
    return -value / 2


def hessian(function, point, step=1e-4):
    """By central differences of the fourth order in relative steps."""
    point = np.asarray(point, dtype=float)
    steps = step * point
    result = np.empty((len(point), len(point)))
    offsets, weights = (-2, -1, 1, 2), (1, -8, 8, -1)
    for i in range(len(point)):
        for j in range(len(point)):
            total = 0.0
            for a, wa in zip(offsets, weights, strict=True):
                for b, wb in zip(offsets, weights, strict=True):
                    moved = point.copy()
                    moved[i] += a * steps[i]
                    moved[j] += b * steps[j]
                    total += wa * wb * function(moved)
            result[i, j] = total / (144 * steps[i] * steps[j])
    return result


def gradient(function, point, step=1e-4):
    point = np.asarray(point, dtype=float)
    result = np.empty(len(point))
    for i in range(len(point)):
        values = []
        for k in (-2, -1, 1, 2):
            moved = point.copy()
            moved[i] *= 1 + k * step
            values.append(function(moved))
        result[i] = (values[0] - 8 * values[1] + 8 * values[2] - values[3]) / (
            12 * step * point[i]
        )
    return result
