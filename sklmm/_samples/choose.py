"""Where does K come from? The parameters of the estimator choose, and may contradict."""

from __future__ import annotations

import warnings

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.metrics.pairwise import KERNEL_PARAMS

from .._kinship import Kinship, LeftOut, index_of
from .._order import has_labels_in_index
from .._validation import select_columns
from .base import Samples
from .kernels import KernelSamples, LinearSamples, NamedKernel, make_kernel
from .labeled import LabeledSamples, find_columns_of_labels
from .ordered import OrderedSamples
from .precomputed import PrecomputedSamples

OF_A_KERNEL = {
    "covariates": None,
    "kernel": "linear",
    "gamma": None,
    "degree": 3,
    "coef0": 1,
    "kernel_params": None,
}
"""Parameters that have no meaning beside a kinship, and their defaults."""


def choose_samples(lmm: BaseEstimator, X) -> Samples:
    """What relates rows of X, by the parameters of an `LMMRegressor`."""
    return _of_a_kernel(lmm, X) if lmm.kinship is None else _of_a_kinship(lmm, X)


def warn_of_unused(lmm: BaseEstimator) -> None:
    """Parameters of named kernels beside a function, or a matrix, to which they say nothing.

    Among named kernels a grid has all parameters beside all kernels, as in scikit-learn.
    """
    is_named = isinstance(lmm.kernel, str) and lmm.kernel in KERNEL_PARAMS
    if lmm.kinship is not None or is_named:
        return
    for name in ("gamma", "degree", "coef0"):
        if not _is_default(lmm, name):
            value = getattr(lmm, name)
            kernel_params = f", or use kernel_params={ {name: value} }" * callable(lmm.kernel)
            warnings.warn(
                f"{name}={value!r} has no effect on kernel={lmm.kernel!r}. Leave it out"
                f"{kernel_params}.",
                UserWarning,
                stacklevel=4,
            )


def _is_default(lmm, name):
    value, default = getattr(lmm, name), OF_A_KERNEL[name]
    return value is default or (isinstance(default, str | int) and value == default)


def _of_a_kinship(lmm, X):
    _refuse_parameters_of_a_kernel(lmm)
    if isinstance(lmm.kinship, Kinship):
        if lmm.sample_id is None:
            raise ValueError(
                f"kinship={lmm.kinship!r} has labels, but sample_id is None. "
                f"{_where_labels_are(index_of(lmm.kinship), X)}"
            )
        return LabeledSamples(lmm.kinship, lmm.sample_id)
    if isinstance(lmm.kinship, LeftOut):
        raise ValueError(
            "This model is compact: it was made by compact(), which left its kinship out, and can "
            "only predict. Fit the original, or set kinship."
        )
    _refuse_several(lmm.kinship)
    if lmm.sample_id is not None:
        is_frame = hasattr(lmm.kinship, "columns")
        raise ValueError(
            f"sample_id={lmm.sample_id!r} is given, but kinship is a "
            f"{type(lmm.kinship).__name__} and no Kinship, whose labels could be looked up. Use "
            f"{'Kinship.from_dataframe(kinship)' if is_frame else 'Kinship(kinship, ids)'}."
        )
    return OrderedSamples(lmm.kinship)


def _refuse_parameters_of_a_kernel(lmm):
    for name in OF_A_KERNEL:
        value = getattr(lmm, name)
        if not _is_default(lmm, name):
            raise ValueError(
                f"kinship and {name}={value!r} are both given, but {name} is for a kernel. Leave "
                "it out: with a kinship, all columns of X but sample_id are fixed effects; or "
                "leave out kinship."
            )


def _refuse_several(kinship):
    parts = kinship.values() if isinstance(kinship, dict) else kinship
    is_container = isinstance(kinship, list | tuple | dict)
    has_kinships = is_container and any(isinstance(part, Kinship) for part in parts)
    has_matrices = is_container and len(parts) > 0 and all(np.ndim(part) == 2 for part in parts)
    if has_kinships or has_matrices or np.ndim(kinship) == 3:
        raise ValueError(
            f"kinship is a {type(kinship).__name__} of several. Use one of them, or their sum: "
            f"sklmm.relationship.weighted_sum{', of a Kinship of each' * (not has_kinships)}."
        )


def _where_labels_are(ids, X):
    """Say where the labels are: in the index of X, or in a column that only the user knows."""
    if has_labels_in_index(X, ids):
        return (
            'Its labels are in the index of X: use X.reset_index(names="id") and sample_id="id".'
        )
    column = next(iter(find_columns_of_labels(X, ids)), 0)
    return f"Name the column of X that holds the labels, such as sample_id={column!r}."


def _of_a_kernel(lmm, X):
    if lmm.sample_id is not None:
        raise ValueError(
            f"sample_id={lmm.sample_id!r} names rows of a kinship, but kinship is None. Give "
            "kinship=Kinship(matrix, ids), or leave out both sample_id and its column of X."
        )
    if isinstance(lmm.kernel, str) and lmm.kernel == "precomputed":
        if lmm.covariates is not None:
            raise ValueError(
                f"covariates={lmm.covariates!r} cannot be used with kernel='precomputed', where "
                "every column of X is a training sample. Use kinship=Kinship(...)."
            )
        return PrecomputedSamples()
    kernel = make_kernel(lmm.kernel, lmm.gamma, lmm.degree, lmm.coef0, lmm.kernel_params)
    columns = select_columns(X, lmm.covariates, "covariates")
    if columns and len(set(columns)) == X.shape[1]:
        raise ValueError(
            f"covariates={lmm.covariates!r} selects every column of X and leaves none to the "
            "kernel."
        )
    if isinstance(kernel, NamedKernel) and kernel.name == "linear":
        return LinearSamples(kernel, columns, sums_to_zero=lmm.fit_intercept)
    return KernelSamples(kernel, columns)
