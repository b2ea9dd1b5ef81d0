"""From `kernel=` to matrices of relationships."""

from __future__ import annotations

from collections.abc import Callable
from copy import copy, deepcopy
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from sklearn.base import clone
from sklearn.gaussian_process.kernels import Kernel, WhiteKernel
from sklearn.metrics.pairwise import pairwise_kernels

from .._markers import warn_of_codes_among_features
from .._matrix import check_relationships
from .._numbers import unmasked
from .._variance.linalg.batches import row_batches
from .._variance.linalg.forks import computing
from .._warn import warn_user
from .base import Remedies, Samples
from .kept import Own, Unsaved

ROUNDING_OF_SUMS = 1e-12
"""The relative sum of dual coefficients up to which it is rounding of 0, beside an intercept."""
_ONE_ROW_AT_A_TIME = (
    "A function of two single rows can be wrapped: "
    "lambda A, B: pairwise_kernels(A, B, metric=function)."
)


@dataclass(frozen=True)
class NamedKernel:
    """A kernel of :func:`sklearn.metrics.pairwise.pairwise_kernels`."""

    name: str
    parameters: dict

    @property
    def remedy_if_constant(self):
        if self.name in ("rbf", "laplacian", "chi2"):
            return "use a larger gamma"
        return "center the features of the kernel"

    def __call__(self, A, B):
        with np.errstate(over="ignore", invalid="ignore"):
            K = self._values(A, B)
            is_finite = np.isfinite(K.sum())
        if not is_finite:
            raise ValueError(
                f"kernel={self.name!r} gives values that are not finite. Scale the features of X."
            )
        return K

    def _values(self, A, B):
        try:
            return pairwise_kernels(A, B, metric=self.name, filter_params=True, **self.parameters)
        except ValueError as error:
            raise ValueError(
                f"kernel={self.name!r} does not take these features: {error} Choose another one."
            ) from error

    def matrix(self, A):
        """kernel(A, A) as a new array."""
        return self(A, A)


@dataclass(frozen=True)
class CallableKernel:
    """A function kernel(A, B) of two arrays, such as a Gaussian-process kernel object."""

    function: Callable
    parameters: dict
    remedy_if_constant: ClassVar = (
        "center its features or change its parameters, whichever makes samples differ"
    )

    def __call__(self, A, B):
        try:
            with computing.interrupted():
                values = unmasked(self.function(A, B, **self.parameters), "kernel(A, B)")
        except (TypeError, ValueError) as error:
            error.add_note(
                f"kernel={self.function!r} was called with whole arrays, of shapes {A.shape} and "
                f"{B.shape}. {_ONE_ROW_AT_A_TIME}"
            )
            raise
        if values.shape != (len(A), len(B)):
            raise ValueError(
                f"kernel={self.function!r} returned an array of shape {values.shape} for A of "
                f"shape {A.shape} and B of shape {B.shape}; kernel(A, B) must return "
                f"{(len(A), len(B))}, the values of all pairs of rows. {_ONE_ROW_AT_A_TIME}"
            )
        if values.dtype.kind not in "fiub" or not np.isfinite(values).all():
            raise ValueError(
                f"kernel={self.function!r} must return finite real numbers, got values of dtype "
                f"{values.dtype}{', some not finite' * (values.dtype.kind in 'fc')}."
            )
        return values

    def matrix(self, A):
        """kernel(A, A) as a new, checked array."""
        return np.array(check_relationships(self(A, A), "kernel(X, X)"), dtype=float, order="C")


def make_kernel(kernel: Any, gamma, degree, coef0, kernel_params) -> NamedKernel | CallableKernel:
    """The kernel function that the parameters describe, as in KernelRidge.

    It is a copy, which does not change when the user changes the parameters after the fit.
    """
    if callable(kernel):
        return CallableKernel(clone(kernel, safe=False), deepcopy(kernel_params or {}))
    if kernel_params:
        raise ValueError(
            f"kernel_params={kernel_params!r} are for a callable kernel, but kernel={kernel!r}. "
            "Use gamma, degree and coef0."
        )
    given = {"gamma": gamma, "degree": degree, "coef0": coef0}
    return NamedKernel(kernel, {name: v for name, v in given.items() if v is not None})


def _warn_of_noise(kernel):
    noise = next((part for part in _parts(kernel) if isinstance(part, WhiteKernel)), None)
    if noise is not None:
        warn_user(
            f"{noise!r} in kernel={kernel!r} has no effect: a WhiteKernel is 0 in k(A, B), also "
            "where A is B. Leave it out: the residual variance, (1 - h_) v_, which is estimated, "
            "is what it stands for.",
        )


def _parts(kernel):
    """A kernel of scikit-learn and all that it is made of."""
    if isinstance(kernel, Kernel):
        yield kernel
        for value in kernel.get_params(deep=False).values():
            for part in value if isinstance(value, list | tuple) else [value]:
                yield from _parts(part)


class KernelSamples(Samples):
    """Relationships are a function of the columns of X that are not fixed effects."""

    validation: ClassVar = {}
    component = "kernel"

    def __init__(self, kernel: NamedKernel | CallableKernel, columns: list[int]):
        self.kernel = kernel
        self.columns = columns

    @property
    def remedies(self):
        return Remedies(
            if_constant=self.kernel.remedy_if_constant,
            if_indefinite="Use a kernel without negative eigenvalues, such as 'rbf'.",
        )

    def fit(self, X):
        if isinstance(self.kernel, CallableKernel):
            _warn_of_noise(self.kernel.function)
        self._kept: Own | Unsaved | None = Own(self._features(X))
        return self.covariates(X)

    @property
    def training_features(self) -> np.ndarray:
        """The features of all rows of the fit."""
        if self._kept is None:
            raise RuntimeError("the features of the fit are not kept")
        return self._kept.array

    @property
    def n_rows(self):
        return len(self.training_features)

    def training_relationships(self, rows):
        return self.kernel.matrix(self._training(rows))

    def training_design(self, rows):
        return self.kernel(self._training(rows), self.training_features)

    def covariate_columns(self, n_columns):
        return self.columns

    def covariates(self, X):
        return X[:, self.columns]

    def places(self, X):
        return self._features(X)

    def cross(self, places):
        return self.kernel(places, self.training_features)

    def relationships(self, places):
        return self.kernel(places, places)

    def diagonal(self, places):
        blocks = [places[batch] for batch in row_batches(len(places))]
        return np.concatenate([np.diagonal(self.kernel(block, block)) for block in blocks])

    def compact(self, effects):
        return self, effects

    def keep(self, is_stored, needs_relationships):
        self._kept = Own(self.training_features).for_good()

    def _training(self, rows):
        features = self.training_features
        return features if len(rows) == len(features) else features[rows]

    def _features(self, X):
        """A view that a kernel which is not scikit-learn's cannot write to."""
        features = np.delete(X, self.columns, axis=1) if self.columns else X[:]
        warn_of_codes_among_features(features)
        if isinstance(self.kernel, CallableKernel):
            features.flags.writeable = False
        return features


class LinearSamples(KernelSamples):
    """K = Z Z': random effects are sums of the effects of markers, the columns of Z.

    Parameters
    ----------
    sums_to_zero : bool
        Whether the dual coefficients of a trait do, because there is an intercept.
    """

    def __init__(self, kernel: NamedKernel, columns: list[int], sums_to_zero: bool):
        super().__init__(kernel, columns)
        self.sums_to_zero = sums_to_zero

    def fit(self, X):
        covariates = super().fit(X)
        self.n_markers = self.training_features.shape[1]
        return covariates

    def training_markers(self, rows):
        """Z of some of the training rows, not to be written to."""
        return self._training(rows)

    def training_design(self, rows):
        return self._training(rows)

    def design(self, places):
        return places

    def effects(self, dual_coef):
        """Z'(h V⁻¹r), of the centered Z where that is the same: its means can be large.

        Where K is nearly singular and h is 1, V⁻¹r has errors that K does not see, and they need
        not sum to 0.
        """
        Z = self.training_features
        if not self.sums_to_zero:
            return dual_coef @ Z
        means, sums = Z.mean(axis=0), dual_coef.sum(axis=1)
        sums[np.abs(sums) <= ROUNDING_OF_SUMS * np.abs(dual_coef).sum(axis=1)] = 0
        effects = np.outer(sums, means)
        for rows in row_batches(len(Z)):
            effects += dual_coef[:, rows] @ (Z[rows] - means)
        return effects

    def compact(self, effects):
        """What predicts without the features of the training rows."""
        markers_alone = copy(self)
        markers_alone._kept = None
        return markers_alone, effects

    def keep(self, is_stored, needs_relationships):
        """Keep the features, which are only borrowed at low rank: they may fill the memory."""
        if needs_relationships:
            super().keep(is_stored, needs_relationships)
        else:
            self._kept = Unsaved(self.training_features, "X", "Fit again.") if is_stored else None
