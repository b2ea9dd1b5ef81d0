"""The highest maximum of many functions at once, each given by its values at Chebyshev nodes."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ..likelihood.grid import FLAT
from ..likelihood.search import MIN_GROWTH
from ..linalg.fortran import multiply
from .chebyshev import Piece, evaluate

NEAR_THE_BEST = 10.0
"""What a maximum is at most above the highest of the points around it."""
MAX_STEPS = 60
LAST_STEP = 1e-12
"""Newton's method squares an error: the next step would be rounding."""


class Peaks(NamedTuple):
    """Places where functions are highest, of shape (m,).

    Attributes
    ----------
    piece : ndarray of int
    u : ndarray
        Within the piece; exactly −1 or 1 at an end.
    value : ndarray
        inf where the function rises without bound to the upper end, and has no maximum.
    """

    piece: np.ndarray
    u: np.ndarray
    value: np.ndarray


def highest_peaks(pieces: list[Piece], values: list[np.ndarray]) -> Peaks:
    """Find the highest local maximum of each function, ends of [0, 1] included.

    A function that does not vary has it at 0.

    Parameters
    ----------
    pieces : list of Piece
        One after the other.
    values : list of ndarray of shape (n_nodes, m)
    """
    both = list(zip(pieces, values, strict=True))
    on_points = [multiply(piece.to_points, of_piece) for piece, of_piece in both]
    starts = np.cumsum([0] + [len(part) - 1 for part in on_points])
    whole = np.concatenate([part[bool(number) :] for number, part in enumerate(on_points)])
    is_peak = _local_maxima(whole)
    is_peak[-1] &= ~_rises(pieces[-1], values[-1])
    is_flat = np.ptp(whole, axis=0) <= FLAT * np.maximum(1, np.abs(whole).max(axis=0))
    best = np.where(is_peak, whole, -np.inf).max(axis=0)
    is_peak &= whole >= best - NEAR_THE_BEST
    found = []
    for number, (piece, of_piece) in enumerate(both):
        point, column = np.nonzero(is_peak[starts[number] : starts[number + 1] + 1])
        u, height = _climb(piece, of_piece[:, column], point)
        found.append((column, np.full(len(column), number), u, height))
    peaks = _highest(found, len(best), len(pieces) - 1)
    peaks.piece[is_flat], peaks.u[is_flat], peaks.value[is_flat] = 0, -1, whole[0, is_flat]
    return peaks


def _highest(found: list[tuple], m: int, last: int) -> Peaks:
    column, piece, u, height = map(np.concatenate, zip(*found, strict=True))
    order = np.lexsort((height, column))
    peaks = Peaks(np.full(m, last), np.ones(m), np.full(m, np.inf))
    for whole, part in zip(peaks, (piece, u, height), strict=True):
        whole[column[order]] = part[order]  # the last one of each column stays
    return peaks


def _local_maxima(values: np.ndarray) -> np.ndarray:
    is_peak = np.ones(values.shape, dtype=bool)
    rises = values[1:] > values[:-1]
    is_peak[:-1] &= ~rises
    is_peak[1:] &= values[1:] >= values[:-1]
    return is_peak


def _rises(piece: Piece, values: np.ndarray) -> np.ndarray:
    """Whether functions rise without bound where a piece ends in the midst of a rise."""
    if np.isinf(piece.length):
        return np.zeros(values.shape[1], dtype=bool)
    slope = (piece.to_slopes @ values).sum(axis=0)
    return slope > MIN_GROWTH * piece.length / 2


def _climb(piece: Piece, values: np.ndarray, point: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Maxima next to points of a piece, and how high they are, by Newton's method.

    Each step stays inside the bracket on which the slope changes sign, and halves it where
    Newton's would leave it.

    Parameters
    ----------
    values : ndarray of shape (n_nodes, k)
        Those of the function of each point.
    point : ndarray of int of shape (k,)
    """
    slopes, bends = multiply(piece.to_slopes, values), multiply(piece.to_bends, values)
    last = len(piece.points) - 1
    u = piece.points[point]
    low, high = piece.points[np.maximum(point - 1, 0)], piece.points[np.minimum(point + 1, last)]
    slope = evaluate(slopes, u)
    falls_away = ((point == 0) & (slope <= 0)) | ((point == last) & (slope >= 0))
    active = np.flatnonzero(~falls_away)
    for _ in range(MAX_STEPS):
        if not len(active):
            break
        here = u[active]
        slope, bend = evaluate(slopes[:, active], here), evaluate(bends[:, active], here)
        low[active] = np.where(slope > 0, here, low[active])
        high[active] = np.where(slope > 0, high[active], here)
        with np.errstate(divide="ignore", invalid="ignore"):
            step = -slope / bend
        is_last = (bend < 0) & (np.abs(step) <= LAST_STEP)
        is_inside = (bend < 0) & (low[active] < here + step) & (here + step < high[active])
        middle = (low[active] + high[active]) / 2
        u[active] = np.where(is_inside | is_last, here + step, middle)
        is_last |= high[active] - low[active] <= LAST_STEP
        active = active[~is_last]
    u = np.clip(u, -1, 1)
    return u, evaluate(multiply(piece.to_coefficients, values), u)
