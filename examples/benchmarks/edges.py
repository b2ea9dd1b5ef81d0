"""Fits at the edges beside an oracle in extended precision.

Random designs with few samples: columns that nearly depend on each other, offsets, matrices
K = Z Z' of rank m < n up to m + p >= n, and noise from 1 down to 1e-8 of the signal. The oracle
takes nothing from the package: singular values by one-sided Jacobi rotations in long double, and
the likelihood of the error contrasts on a fine grid and by golden sections.

    python examples/benchmarks/edges.py [n_designs] [first_seed]
"""

from __future__ import annotations

import sys
import warnings
from collections import Counter

import numpy as np

from sklmm import LMMRegressor

Real = np.longdouble
LARGEST_DIFFERENCE = 1e-6
"""Of predictions, in standard deviations of y."""
MIN_GROWTH = 0.25
"""For a unit of logit h, where a likelihood is unbounded."""
GRID = np.linspace(-18, 58, 1521).astype(Real)


def orthonormalize(M):
    """An orthonormal basis of the columns of M that are independent, by Gram and Schmidt."""
    basis = np.zeros((len(M), 0), dtype=Real)
    for column in M.T:
        length = np.sqrt(column @ column)
        for _ in range(3):
            column = column - basis @ (basis.T @ column)
        if np.sqrt(column @ column) > 1e-12 * length:
            basis = np.column_stack([basis, column / np.sqrt(column @ column)])
    return basis


def jacobi(Z):
    """U and the lengths with Z W = U diag(lengths), by one-sided Jacobi rotations, and W."""
    A, W = Z.astype(Real), np.eye(Z.shape[1], dtype=Real)
    for _ in range(40):
        largest = Real(0)
        for i in range(A.shape[1]):
            for j in range(i):
                a, b, c = A[:, i] @ A[:, i], A[:, j] @ A[:, j], A[:, i] @ A[:, j]
                if not a * b:
                    continue
                largest = max(largest, abs(c) / np.sqrt(a * b))
                if abs(c) <= 1e-18 * np.sqrt(a * b):
                    continue
                zeta = (b - a) / (2 * c)
                t = (1 if zeta >= 0 else -1) / (abs(zeta) + np.sqrt(1 + zeta**2))
                cosine = 1 / np.sqrt(1 + t**2)
                rotation = np.array([[cosine, cosine * t], [-cosine * t, cosine]], dtype=Real)
                A[:, [i, j]] = A[:, [i, j]] @ rotation
                W[:, [i, j]] = W[:, [i, j]] @ rotation
        if largest < 1e-17:
            break
    lengths = np.sqrt(np.sum(A * A, axis=0))
    keep = lengths > 1e-15 * lengths.max()
    return A[:, keep] / lengths[keep], lengths[keep], W[:, keep]


class Oracle:
    """The likelihood of y = X b + Z β + e by the singular values of Z among the contrasts."""

    def __init__(self, X, Z, y, method):
        self.X, self.Z, self.y = X.astype(Real), Z.astype(Real), y.astype(Real)
        self.scale = np.mean(np.sum(self.Z**2, axis=1))
        self.basis = orthonormalize(self.X)
        inside = self.Z - self.basis @ (self.basis.T @ self.Z)
        r = self.y - self.basis @ (self.basis.T @ self.y)
        self.U, self.lengths, self.W = jacobi(inside)
        self.scores = self.U.T @ r
        rest = r - self.U @ self.scores
        rest -= self.U @ (self.U.T @ rest)
        self.rest = rest @ rest
        self.n, p = self.X.shape[0], self.basis.shape[1]
        self.df = self.n - p if method == "reml" else self.n
        self.n_contrasts = self.n - p
        of_V = self.lengths**2
        self.n_of_V = self.n_contrasts
        if method == "ml":
            of_V, self.n_of_V = jacobi(self.Z)[1] ** 2, self.n
        self.of_V = of_V / self.scale
        self.eigenvalues = self.lengths**2 / self.scale

    def log_likelihood(self, logit):
        """At one logit of h or at several, on the scale of K over its mean diagonal."""
        logit = np.atleast_1d(np.asarray(logit, dtype=Real))[:, None]
        h, g = 1 / (1 + np.exp(-logit)), 1 / (1 + np.exp(logit))
        rss = np.sum(self.scores**2 / (h * self.eigenvalues + g), axis=1)
        with np.errstate(divide="ignore", invalid="ignore"):
            if self.n_contrasts > len(self.lengths):
                rss = rss + self.rest / g[:, 0]
            logdet = np.sum(np.log(h * self.of_V + g), axis=1)
            logdet = logdet + (self.n_of_V - len(self.of_V)) * np.log(g[:, 0])
            return -(self.df * (np.log(2 * np.pi * rss / self.df) + 1) + logdet) / 2

    def maximum(self):
        """The logit of the highest local maximum of the grid, polished, and its value.

        A rise without bound at the upper end is none.
        """
        values = self.log_likelihood(GRID)
        padded = np.concatenate([[-np.inf], values, [np.inf]])
        peaks = np.flatnonzero((values >= padded[:-2]) & (values >= padded[2:]))
        rise = (values[-1] - values[-2]) / (GRID[-1] - GRID[-2])
        if 0 <= rise < MIN_GROWTH:
            peaks = np.append(peaks, len(values) - 1)
        best = peaks[np.argmax(values[peaks])] if len(peaks) else len(values) - 1
        low, high = GRID[max(best - 1, 0)], GRID[min(best + 1, len(GRID) - 1)]
        if best in (0, len(GRID) - 1):
            return GRID[best], values[best]
        golden = (np.sqrt(Real(5)) - 1) / 2
        while high - low > 1e-9:
            a, b = high - golden * (high - low), low + golden * (high - low)
            if self.log_likelihood(a)[0] >= self.log_likelihood(b)[0]:
                high = b
            else:
                low = a
        return (low + high) / 2, self.log_likelihood((low + high) / 2)[0]

    def predictions(self, logit, X, Z):
        """X b + Z β"""
        h, g = 1 / (1 + np.exp(-logit)), 1 / (1 + np.exp(logit))
        shrunk = self.scores * self.lengths * (h / self.scale) / (h * self.eigenvalues + g)
        beta = self.W @ shrunk
        rest = self.y - self.Z @ beta
        c = self.basis.T @ rest
        coefficients = np.linalg.lstsq(
            (self.basis.T @ self.X).astype(float), c.astype(float), rcond=None
        )[0]
        fitted = X.astype(Real) @ coefficients + Z.astype(Real) @ beta
        return fitted.astype(float), float(
            np.sqrt(np.mean((self.X @ coefficients - self.basis @ c) ** 2))
        )


def draw(rng):
    """X with the column of ones, Z, y, and the same for new rows."""
    p, m = int(rng.integers(1, 4)), int(rng.integers(1, 16))
    n = max(int(rng.integers(m + p - 2, m + p + 12)), p + 4)
    rows = n + 4
    C = rng.standard_normal((rows, p)) * 10.0 ** rng.uniform(-3, 3, p)
    C += np.abs(C).max(axis=0) * 10.0 ** rng.uniform(-2, 4, p) * rng.integers(0, 2, p)
    if rng.random() < 0.2:
        C = np.column_stack([C, 2.5 * C[:, 0] - 1.5 * np.abs(C[:, 0]).max()])
    Z = rng.standard_normal((rows, m)) * 10.0 ** rng.uniform(-1, 1, m)
    if rng.random() < 0.3:
        Z -= Z[:n].mean(axis=0)
    signal = Z @ rng.standard_normal(m)
    noise = 10.0 ** -rng.choice([0, 0, 1, 2, 3, 4, 5, 6, 7, 8])
    y = signal / signal.std() + noise * rng.standard_normal(rows)
    y += C[:, 0] / C[:, 0].std() * rng.choice([0, 1, 10])
    return n, C, Z, y


def search(seed):
    """The same for the highest likelihood alone, of matrices with odd spectra."""
    rng = np.random.default_rng(seed)
    n = int(rng.integers(4, 13))
    p = int(rng.integers(1, min(n - 2, 4)))
    spectrum = 10.0 ** rng.choice(rng.uniform(-5, 3, int(rng.integers(1, n + 1))), n)
    spectrum[rng.random(n) < rng.choice([0, 0.2, 0.6])] = 0
    if not spectrum.any():
        spectrum[0] = 1
    Z = np.linalg.qr(rng.standard_normal((n, n)))[0] * np.sqrt(spectrum)
    C = rng.standard_normal((n, p - 1))
    if rng.random() < 0.3:
        Z -= Z.mean(axis=0)
    h = rng.choice([0, 0.2, 0.8, 1, 1 - 1e-4])
    y = np.sqrt(h) * Z @ rng.standard_normal(n) + np.sqrt(1 - h) * rng.standard_normal(n)
    y += rng.choice([0, 1e-8, 1e-4]) * rng.standard_normal(n)
    method = str(rng.choice(["reml", "ml"]))
    lmm = LMMRegressor(Z @ Z.T, method=method, solver=str(rng.choice(["band", "eigh"])))
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        warnings.filterwarnings("ignore", "h_ is so near to 1")
        lmm.fit(C, y)
    if caught:
        return "warned", 0.0, f"{caught[0].message}"[:60]
    oracle = Oracle(np.column_stack([np.ones(n), C]), Z, y, method)
    logit, value = oracle.maximum()
    missed = float(value) - lmm.log_likelihood_
    if missed > 1e-5 * max(1, abs(float(value))):
        return "lower", 0.0, f"by {missed:.3g} ({method}), logit {float(logit):.2f}, h {lmm.h_}"
    return "fine", 0.0, ""


def compare(seed):
    """What happened: fine, warned, or how large the difference was."""
    rng = np.random.default_rng(seed)
    n, C, Z, y = draw(rng)
    method = rng.choice(["reml", "reml", "ml"])
    solver = rng.choice(["band", "eigh", "lowrank"] if Z.shape[1] < n else ["band", "eigh"])
    lmm = LMMRegressor(
        kernel="linear", covariates=list(range(C.shape[1])), method=method, solver=solver
    )
    X = np.column_stack([C, Z])
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        warnings.filterwarnings("ignore", "h_ is so near to 1")
        lmm.fit(X[:n], y[:n])
    within = np.abs(lmm.predict(X[:n]) - lmm.predict_fixed(X[:n]) - lmm.random_effects_).max()
    if caught:
        return "warned", within / y[:n].std(), f"{caught[0].message}"[:60]
    ones = np.ones((len(y), 1))
    full = np.column_stack([ones, C])
    oracle = Oracle(full[:n], Z[:n], y[:n], method)
    logit, value = oracle.maximum()
    expected, rounding = oracle.predictions(logit, full, Z)
    error = np.abs(lmm.predict(X) - expected)[:n].max() / y[:n].std()
    missed = float(value) - lmm.log_likelihood_
    if missed > 1e-5 * max(1, abs(float(value))):
        return "lower", error, f"by {missed:.3g} ({method}, {solver}), logit {float(logit):.2f}"
    if max(error, within / y[:n].std()) > LARGEST_DIFFERENCE + rounding:
        return (
            "different",
            error,
            f"{method}, {solver}, logit {float(logit):.2f}, within {within:.1e}",
        )
    return "fine", error, ""


def main(n_designs=300, first=0, what=compare):
    """Count what happens."""
    counts, worst, warned = Counter(), 0.0, Counter()
    for seed in range(first, first + n_designs):
        kind, error, detail = what(seed)
        counts[kind] += 1
        if kind in ("lower", "different"):
            print(seed, kind, f"{error:.1e}", detail)
        if kind == "fine":
            worst = max(worst, error)
        if kind == "warned":
            warned[detail] += 1
    print(dict(counts), f"largest difference among the fine ones {worst:.1e} sd(y)")
    print(dict(warned))


if __name__ == "__main__":
    numbers = dict(zip(("n_designs", "first"), map(int, sys.argv[1:]), strict=False))
    main(**numbers, what=compare)
    main(**numbers, what=search)
