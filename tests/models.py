"""Models of plain arrays, as a fit makes them."""

from dataclasses import dataclass

import numpy as np

from sklmm._variance.fit import fit
from sklmm._variance.likelihood.estimate import Estimate
from sklmm._variance.likelihood.mixed_model import MixedModel
from sklmm._variance.likelihood.residuals import residualize
from sklmm._variance.reductions.choose import SOLVERS
from sklmm._variance.reductions.precision import DenseKinship, LowRankSpectrum, Spectrum


@dataclass
class GivenRows:
    """Rows of which K or Z is given."""

    K: np.ndarray | None = None
    Z: np.ndarray | None = None

    def relationships(self):
        return np.array(self.Z @ self.Z.T if self.K is None else self.K, order="C")

    def markers(self):
        return self.Z


def reduce(solver, K=None, Z=None):
    return SOLVERS[solver].from_matrix(SOLVERS[solver].matrix(GivenRows(K, Z)))


def model_of(reduction, fixed_effects, Y, method="reml", rows=None):
    """Before h is chosen."""
    residuals = residualize(Y, fixed_effects)
    rotated = reduction.rotate_data(fixed_effects.basis, residuals.values, rows)
    return MixedModel(
        rotated.reduction,
        fixed_effects,
        rotated.X,
        rotated.Y,
        residuals.least_squares,
        residuals.is_exact,
        np.zeros(Y.shape[1]),
        method,
    )


def estimate(model):
    """At the maximum, of traits that share a scale."""
    (part,) = model.maximize()
    return Estimate.from_part(part)


def fit_all(reduction, fixed_effects, Y, method="reml", rows=None, h=None):
    """The one fit of traits that share a scale."""
    (result,) = fit(reduction, rows, fixed_effects, Y, method, h)
    return result


def dense(Z):
    """V⁻¹ of K = Z Z' in full, not for the first time."""
    kinship = DenseKinship(Z @ Z.T)
    kinship.at(2.0, 3.0)
    return kinship


def by_eigenvectors(Z):
    reduction = reduce("eigh", Z=Z)
    S, eigenvalues = reduction.spectrum(GivenRows(Z=Z))
    return Spectrum(S, eigenvalues * reduction.scale)


def by_markers(Z):
    reduction = reduce("lowrank", Z=Z)
    S, eigenvalues = reduction.spectrum(GivenRows(Z=Z))
    return LowRankSpectrum(S, eigenvalues * reduction.scale)
