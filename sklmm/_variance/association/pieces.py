"""In which pieces is all of [0, 1] looked at, for a K beside X?"""

from __future__ import annotations

import numpy as np

from .chebyshev import LARGEST_LOGIT, Piece, pieces_between
from .contrast_spectrum import ContrastSpectrum

ROOM_BELOW_A_SPIKE = 3.0
"""Beyond the last feature and log n, nothing but a rise without bound is left."""


def pieces_of(
    spectrum: ContrastSpectrum, of_full_likelihood: bool = False, longest: float = np.inf
) -> list[Piece]:
    """Pieces from 0 to the largest h, where P, and log|V| if it is asked for, are analytic."""
    positive = spectrum.eigenvalues[spectrum.eigenvalues > 0]
    if not len(positive):
        return pieces_between(0.0, LARGEST_LOGIT, False, longest)
    largest, inverse, has_limit = positive.max(), 1 / positive.min(), True
    if of_full_likelihood:
        of_X, inverse_of_X = spectrum.reach_of_fixed_effects
        largest, inverse = largest + of_X, inverse + inverse_of_X
        has_limit = not spectrum.is_singular_along_X
    low, high = -np.log(largest), np.log(inverse)
    if spectrum.is_singular:
        return pieces_between(low, max(high, LARGEST_LOGIT), False, longest)
    if not has_limit:
        high += np.log(len(spectrum.basis)) + ROOM_BELOW_A_SPIKE
    return pieces_between(low, high, has_limit, longest)
