"""Which solver to take.

A new one is a file in this room and a line in `SOLVERS`; CONTRIBUTING.md says what readers need.
"""

from __future__ import annotations

from .band import BandReduction
from .base import Solver
from .lowrank import LowRankReduction
from .spectral import SpectralReduction

SOLVERS: dict[str, type[Solver]] = {
    "band": BandReduction,
    "eigh": SpectralReduction,
    "lowrank": LowRankReduction,
}
MARKERS_PER_SAMPLE, MARKERS_PER_SAMPLE_OF_MANY_TRAITS = 0.75, 0.25
"""Up to so many a low rank is faster than a band, and than eigenvectors, by measurement."""
TRAITS_PER_SAMPLE = 0.004
"""From so many traits on eigenvectors are faster than a band, by measurement."""


def choose_solver(
    solver: str, n: int, n_traits: int, n_markers: int | None, needs_spectrum: bool
) -> str:
    """The name of a solver, or what "auto" stands for.

    A low rank is used where there are clearly fewer markers than samples, and the
    eigendecomposition where many traits share its cost, or the spectrum is needed.
    """
    if solver == "auto":
        has_many_traits = n_traits > max(1, TRAITS_PER_SAMPLE * n)
        solver = _fastest(n, n_markers, has_many_traits or needs_spectrum)
    chosen = SOLVERS[solver]
    chosen.check(n, n_markers)
    if needs_spectrum and not chosen.has_spectrum:
        others = [repr(name) for name, other in SOLVERS.items() if other.has_spectrum]
        raise ValueError(
            f"solver={solver!r} cannot be used with h='loo': the errors of leaving out each "
            "sample, at many h, need the eigenvectors of K. Use solver='auto' or "
            f"{others[0]}, or h=None."
        )
    return solver


def _fastest(n: int, n_markers: int | None, uses_eigenvectors: bool) -> str:
    share = MARKERS_PER_SAMPLE_OF_MANY_TRAITS if uses_eigenvectors else MARKERS_PER_SAMPLE
    if n_markers is not None and n_markers <= share * n:
        return "lowrank"
    return "eigh" if uses_eigenvectors else "band"
