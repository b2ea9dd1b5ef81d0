"""Exact inference for h, from the error contrasts, the part of y that is free of X b.

Let U'X = 0, U'U = I, and let λ be the m = n − p eigenvalues of U'BU. In the basis of its
eigenvectors z = U'y has independent elements of variance v dᵢ(h), dᵢ(h) = hλᵢ + 1 − h. With
uᵢ² = zᵢ² / v dᵢ(h), independent χ² of one degree of freedom at the true h, the ratio

    T(h) = Σ δᵢ uᵢ² / Σ uᵢ²,    δᵢ = (λᵢ − 1) / dᵢ(h),

has a distribution that depends on h and λ alone: it is a pivot. (T of the data is a'Da / r'V⁻¹r;
the REML score is m (T − mean δ) / 2.) The h that it does not contradict are a confidence set of
exactly the level asked for. Harville & Fenech (1985) and Burch & Iyer (1997) take two groups of
contrasts for such a ratio; the weights δ of the score have the steepest response at every h
(Lin & Harville 1991).

The ratio of restricted likelihoods has such a distribution, too (Crainiceanu & Ruppert 2004):

    RLR(h) = m log (Σ dᵢ(0)uᵢ² / Σ dᵢ(0)uᵢ²/dᵢ(h)) − Σ log dᵢ(h)    if h = 0 is true.
"""

from __future__ import annotations

import numpy as np
import scipy.linalg
from scipy.linalg import lapack

from .profile import GeneralisedLeastSquares, Profile
from .quadratic_forms import probability_below_zero
from .reduction import Reduction
from .search import FIRST_LOGITS, to_h
from .uncertainty import first_place

STANDARD_ERRORS_WITH_ONE_SIDE = 2.0
"""Nearer to an end of the range, less than half of the error goes to the tail beyond it."""
SAME_EIGENVALUES = 1e-9
"""Contrasts that differ by less, relatively, have one variance: no h is better than another."""
LOGITS_OF_SIMULATIONS = np.concatenate([[-np.inf], np.arange(-12, 12.1, 0.2)])
SIMULATIONS_AT_A_TIME = 500


def contrast_eigenvalues(reduction: Reduction, X: np.ndarray) -> np.ndarray:
    """λ, for orthonormal X in the basis of the reduction."""
    size, p = X.shape
    B = np.asfortranarray(reduction.multiply(np.eye(size)))
    if p:
        (reflectors, tau), _ = scipy.linalg.qr(X, mode="raw")
        B, _, _ = lapack.dormqr("L", "T", reflectors, tau, B, 64 * size, overwrite_c=1)
        B, _, _ = lapack.dormqr("R", "N", reflectors, tau, B, 64 * size, overwrite_c=1)
    inside = scipy.linalg.eigvalsh(B[p:, p:], driver="evd", check_finite=False)
    return np.concatenate([np.zeros(reduction.n - size), inside])


def probability_of_lower_score(
    solution: GeneralisedLeastSquares, eigenvalues: np.ndarray
) -> float:
    """The probability of a T at most that of the data, if the h of this solution is true."""
    slopes = _slopes(solution.h, eigenvalues)
    return probability_below_zero(slopes - solution.residual_slope())


def says_nothing(eigenvalues: np.ndarray) -> bool:
    """Whether all contrasts have the same variance, so that no h is better than another."""
    return np.ptp(eigenvalues) <= SAME_EIGENVALUES * np.abs(eigenvalues).max()


def exact_interval(profile: Profile, eigenvalues: np.ndarray, level: float) -> tuple[float, float]:
    """The h that T does not contradict; what is between them, should they not be connected."""
    definiteness = profile.reduction.definiteness
    if says_nothing(eigenvalues):
        return 0.0, definiteness.largest_h
    nodes = to_h(profile, FIRST_LOGITS)

    def tail(h):
        h = min(h, definiteness.last_steady_h)
        below = (1 - level) * _share_of_lower_tail(h, definiteness.largest_h, eigenvalues)
        return probability_of_lower_score(profile.at(h), eigenvalues), below

    def is_large_enough(h):
        probability, below = tail(h)
        return below + level - probability

    def is_small_enough(h):
        probability, below = tail(h)
        return probability - below

    return first_place(is_large_enough, nodes), first_place(is_small_enough, nodes[::-1])


def simulate_likelihood_ratios(
    eigenvalues: np.ndarray, largest_h: float, n_simulations: int, rng: np.random.RandomState
) -> np.ndarray:
    """2 [max ℓ(h) − ℓ(0)] of the restricted likelihood, in samples for which h = 0 is true."""
    h = largest_h * scipy.special.expit(LOGITS_OF_SIMULATIONS)
    d = 1 + h[:, None] * (eigenvalues - 1)
    logdets = np.log(d).sum(axis=1)
    ratios = np.empty(n_simulations)
    for first in range(0, n_simulations, SIMULATIONS_AT_A_TIME):
        part = ratios[first : first + SIMULATIONS_AT_A_TIME]
        squares = rng.standard_normal((len(part), len(eigenvalues))) ** 2
        residual_sums = squares @ (1 / d.T)
        log_shrinkage = np.log(residual_sums[:, :1] / residual_sums)
        part[:] = _summits(len(eigenvalues) * log_shrinkage - logdets)
    return ratios


def _slopes(h, eigenvalues):
    """δ"""
    return (eigenvalues - 1) / (1 + h * (eigenvalues - 1))


def _share_of_lower_tail(h, largest_h, eigenvalues):
    """What a low T has of the error by which h is excluded.

    Half in the middle; none at 0 and all at the end, where the other tail has no h to speak for.
    """
    slopes = _slopes(h, eigenvalues)
    information = np.sum((slopes - slopes.mean()) ** 2) / 2
    reach = STANDARD_ERRORS_WITH_ONE_SIDE / np.sqrt(information)
    from_0, from_end = min(1.0, h / reach), min(1.0, (largest_h - h) / reach)
    return from_0 / (from_0 + from_end)


def _summits(values):
    """The largest value of each row, between its nodes by a parabola."""
    rows, best = np.arange(len(values)), values.argmax(axis=1)
    inside = np.clip(best, 2, values.shape[1] - 2)
    left, middle, right = (values[rows, inside + k] for k in (-1, 0, 1))
    curvature = np.where(inside == best, left - 2 * middle + right, -np.inf)
    return values[rows, best] - (right - left) ** 2 / (8 * np.minimum(curvature, -1e-300))
