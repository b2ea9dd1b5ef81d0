"""The likelihood of (s, t) by dense formulas, with nothing of sklmm in it."""

import numpy as np


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
