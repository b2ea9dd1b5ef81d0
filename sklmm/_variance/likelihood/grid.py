"""Grids of h, uniform in logit h, and what is the same in all searches.

An eigenvalue λ of B enters ℓ as log(1 + λ exp(logit h)), a step of unit width in logit h wherever
it lies: logits resolve every profile alike, a uniform grid in h does not. The ends, h = 0 and the
largest h, are nodes of their own where they are answers.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import scipy.special
from numpy.typing import ArrayLike

COARSE = np.array([-np.inf, -8, -6, -4, -2, 0, 2, 4, 6, 8, 11, 14, 17, 20, np.inf])
"""For one trait: intervals in which a maximum may hide are halved."""
COARSE_NEXT_TO_1 = np.array([23, 26, 29, 32, 35, 38, 41, 44, 47])
"""Further ones where rounding errors of K do no harm, up to 1 - h = 1e-20."""
FINE_STEP = 0.25
FINE_INNER = np.arange(-12, 12 + FINE_STEP, FINE_STEP)
FINE_OUTER = np.array([13, 14, 16, 18, 20])
FINE = np.concatenate(
    [[-np.inf], -FINE_OUTER[::-1], FINE_INNER, FINE_OUTER, [np.inf]], dtype=float
)
"""For many traits at once, which are all looked at everywhere."""
DENSE = np.linspace(-24, 24, 961)
"""For integrals over h."""
DENSE_NEXT_TO_1 = np.linspace(24.05, 52, 560)
SIMULATED = np.concatenate([[-np.inf], np.arange(-12, 12.1, 0.2)])
"""For ratios of simulated likelihoods, whose highest node is not polished."""

END = 24.0
"""The logit that stands for an end of the range when an interval is halved or searched."""
END_NEXT_TO_1 = 54.0
"""The same at the upper end, where the null space of K is resolved."""
LAST_WITH_ROUNDING = 14.0
"""Up to which rounding errors of K do no harm where it is singular: 1 - h is `MIN_NOISE`."""
LAST_STEADY = 20.0
"""Up to which they leave seven digits: 1 - h is twice `STEADY_NOISE`."""
WITHOUT_ROUNDING = 8.0
"""Below this logit no rounding error disturbs a flat curve, whatever K is."""
FLAT = 1e-9
"""A curve that varies by less than this, relative to its value, does not identify h."""


def h_at_logits(logits: ArrayLike, largest_h: float, magnification: float = 1.0) -> Any:
    """What logits of h stand for, in [0, largest_h], where B is magnified as much as this."""
    return largest_h * scipy.special.expit(np.asarray(logits) - np.log(magnification))
