"""One marker beside fixed effects by dense formulas: what the fast routes are compared with."""

import numpy as np
from scipy.special import expit

GOLDEN = (np.sqrt(5) - 1) / 2


def log_likelihood(sigma, noise, K, X, y, method):
    """Of var(e) proportional to sigma K + noise I, by a Cholesky factor."""
    n, p = X.shape
    try:
        L = np.linalg.cholesky(sigma * K + noise * np.eye(n))
    except np.linalg.LinAlgError:
        return -np.inf
    Q, R = np.linalg.qr(np.linalg.solve(L, X))
    residual = np.linalg.solve(L, y)
    residual = residual - Q @ (Q.T @ residual)
    residual = residual - Q @ (Q.T @ residual)
    df = n if method == "ml" else n - p
    value = df * (np.log(2 * np.pi * (residual @ residual) / df) + 1)
    value += 2 * np.log(np.diagonal(L)).sum()
    if method == "reml":
        value += 2 * np.log(np.abs(np.diagonal(R))).sum() - np.linalg.slogdet(X.T @ X)[1]
    return -value / 2


def local_maxima(K, X, y, method, largest=1.0, last=14.0):
    """Values of all local maxima below the last logit of h / largest, by golden sections."""

    def value(x):
        sigma = largest * expit(x)
        noise = expit(-x) if largest == 1 else 1 - sigma
        return log_likelihood(sigma, noise, K, X, y, method)

    logits = np.concatenate([[-np.inf], np.linspace(-16, last, 121)])
    values = np.array([value(x) for x in logits])
    found = [values[0]] if values[0] >= values[1] else []
    for i in range(1, len(values) - 1):
        if values[i - 1] <= values[i] >= values[i + 1]:
            low, high = max(logits[i - 1], -40), logits[i + 1]
            while high - low > 1e-6:
                left, right = high - GOLDEN * (high - low), low + GOLDEN * (high - low)
                low, high = (low, right) if value(left) >= value(right) else (left, high)
            found.append(value((low + high) / 2))
    return np.array(found), values[-1]


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
