"""The estimator: parameters in, attributes out."""

from __future__ import annotations

import os
import warnings
from functools import partial
from inspect import signature
from numbers import Integral, Real
from typing import ClassVar

import numpy as np
from scipy.sparse import issparse
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.exceptions import ConvergenceWarning
from sklearn.metrics.pairwise import PAIRWISE_KERNEL_FUNCTIONS
from sklearn.utils import check_array, column_or_1d
from sklearn.utils.validation import (
    check_consistent_length,
    check_is_fitted,
    check_memory,
    validate_data,
)

from ._compat import HasMethods, Interval, StrOptions, fit_context, print_elapsed_time
from ._variance.fixed_effects import FixedEffects
from ._variance.mixed_model import Estimate, ImpossibleHeritabilityError, MixedModel
from ._variance.reduction import reduce_kinship
from .kernels import KernelSamples, PrecomputedSamples, make_kernel
from .kinship import Kinship
from .samples import (
    LabelledSamples,
    OrderedSamples,
    Samples,
    as_numbers,
    check_same_columns,
    check_same_index,
    column_names,
    select_columns,
)

OF_A_KERNEL = ("covariates", "kernel", "gamma", "degree", "coef0", "kernel_params")


class LMMRegressor(RegressorMixin, BaseEstimator):
    """Linear mixed model with a known kinship matrix.

    The trait is the sum of fixed effects, a random effect whose covariance is known up to a
    factor, and noise::

        y = X b + e,    var(e) = v [h K + (1 - h) I]

    K is the relationship between the samples, h the share of the variance v that follows
    it: the heritability, on the scale of K. For a given h, b and v come from generalised
    least squares; h maximises the restricted or the full likelihood, found to about 1e-12.
    The prediction for any sample that K knows, seen or new, is the best linear unbiased
    one (BLUP): X b plus h K[sample, train] V^-1 (y - X b) with V = h K + (1 - h) I.

    K comes from one of three places:

    - `kinship` as a :class:`Kinship` and `sample_id`, the column of X that names the samples.
      Rows are looked up by label, which is the one way that is safe in cross-validation and
      pipelines. All other columns of X are fixed effects. K may hold samples that fit never
      sees: that is how new individuals are predicted.
    - `kinship` as a plain array in the order of the rows of X. Only the X of fit can then be
      predicted.
    - `kernel`, computed from the columns of X that are not `covariates`.

    Parameters
    ----------
    kinship : Kinship or array-like of shape (n_samples, n_samples), default=None
        The relationships. If None, `kernel` makes them.
    sample_id : str or int, default=None
        The column of X that holds the labels of `kinship`, by name or position. It counts
        in `n_features_in_`, is not a fixed effect, and may be the only column. A label may
        be repeated: several records of one individual.
    kernel : str or callable, default="linear"
        Used when `kinship` is None. A name that
        :func:`~sklearn.metrics.pairwise.pairwise_kernels` knows, "precomputed" (X is
        K[rows, train]), or a callable ``kernel(A, B)`` that returns an array of shape
        (len(A), len(B)), such as a kernel object of :mod:`sklearn.gaussian_process`, whose
        hyperparameters are held as they are.
    gamma : float, default=None
        Of the kernels rbf, laplacian, polynomial, chi2 and sigmoid, as in
        :class:`~sklearn.kernel_ridge.KernelRidge`.
    degree : float, default=3
        Of the polynomial kernel.
    coef0 : float, default=1
        Of the polynomial and sigmoid kernels.
    kernel_params : dict, default=None
        Keyword arguments of a callable kernel.
    covariates : column selector, default=None
        With a kernel: the columns of X that are fixed effects and not seen by the kernel.
        Names, positions, a slice, a mask or a callable, as in
        :class:`~sklearn.compose.ColumnTransformer`. If None, the intercept is the only
        fixed effect.
    fit_intercept : bool, default=True
        Whether X b has an intercept.
    method : {"reml", "ml"}, default="reml"
        The likelihood that h maximises: restricted, which accounts for the estimation of b,
        or full.
    h : float in [0, 1], default=None
        If None, h is estimated, else held at this value.
    solver : {"auto", "band", "eigh"}, default="auto"
        How K is reduced. "band" reduces it to a band matrix, several times faster than its
        eigendecomposition ("eigh"). Results agree to rounding. "auto" takes "band".
    memory : str, path or object with the joblib.Memory interface, default=None
        Where reductions of K are kept, to be used again by fits on the same samples. By
        default, nothing is kept.
    verbose : bool, default=False
        Whether fit prints a line with the elapsed time after each step.

    Attributes
    ----------
    h_ : float
        Share of the variance that follows K, on the scale of K; exactly 0.0 or 1.0 at the
        ends.
    v_ : float
        Total variance, in squared units of y.
    b_ : ndarray of shape (p,)
        Fixed effects, the intercept first. Where X is not of full rank, the minimum-norm
        solution, as in :class:`~sklearn.linear_model.LinearRegression`.
    coef_ : ndarray of shape (n_covariates,)
        `b_` without the intercept.
    intercept_ : float
        0.0 if `fit_intercept` is False.
    log_likelihood_ : float
        At `h_`, restricted or full by `method`, with all constants.
    dual_coef_ : ndarray of shape (n_samples,)
        h V^-1 (y - X b): the random effect of a sample is K[sample, train] times it.
    random_effects_ : ndarray of shape (n_samples,)
        BLUPs of the random effects of the training rows.
    pve_ : float
        Share of the variance among the training samples that K explains,
        h c / (h c + 1 - h) with c = tr(K - 11'K/n) / (n - 1). Other than `h_`, it does not
        change when K is scaled or centred.
    n_features_in_ : int
        Number of columns of X, the one of `sample_id` included.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Defined only if X has feature names that are all strings.

    Warns
    -----
    UserWarning
        If K has a clearly negative eigenvalue (h is then searched where V is positive
        definite), or the likelihood does not depend on h.
    ConvergenceWarning
        If the likelihood grows without bound as h approaches the upper end, and has no
        local maximum below it that could be taken instead.

    See Also
    --------
    Kinship : A kinship matrix that knows whose rows it holds.
    sklearn.gaussian_process.GaussianProcessRegressor : Learns the kernel's parameters.
    sklearn.kernel_ridge.KernelRidge : The penalty is chosen by the user.

    Notes
    -----
    Memory beyond K is about 1.6 times K's bytes during fit. After it, the reduction of K
    (about 0.5 times K's bytes; once with solver="eigh") stays, for `return_std` and
    `log_likelihood`.

    References
    ----------
    .. [1] Kang et al. (2008). Efficient control of population structure in model organism
       association mapping. Genetics 178, 1709-1723.
    .. [2] Lippert et al. (2011). FaST linear mixed models for genome-wide association
       studies. Nature Methods 8, 833-835.
    .. [3] Patterson & Thompson (1971). Recovery of inter-block information when block sizes
       are unequal. Biometrika 58, 545-554.
    .. [4] Henderson (1975). Best linear unbiased estimation and prediction under a selection
       model. Biometrics 31, 423-447.

    Examples
    --------
    >>> import numpy as np
    >>> from sklmm import LMMRegressor
    >>> from sklmm.datasets import load_mice
    >>> from sklmm.relationship import vanraden
    >>> mice = load_mice()
    >>> measured = ~np.isnan(mice.target[:, 0])
    >>> X, y = mice.ids[measured, None], mice.target[measured, 0]
    >>> lmm = LMMRegressor(vanraden(mice.data, mice.ids), sample_id=0).fit(X, y)
    >>> round(lmm.h_, 6)
    0.605729
    """

    _parameter_constraints: ClassVar = {
        "kinship": [Kinship, "array-like", None],
        "sample_id": [str, Integral, None],
        "kernel": [StrOptions({*PAIRWISE_KERNEL_FUNCTIONS, "precomputed"}), callable],
        "gamma": [Interval(Real, 0, None, closed="left"), None],
        "degree": [Interval(Real, 0, None, closed="left")],
        "coef0": [Interval(Real, None, None, closed="neither")],
        "kernel_params": [dict, None],
        "covariates": "no_validation",
        "fit_intercept": ["boolean"],
        "method": [StrOptions({"reml", "ml"})],
        "h": [Interval(Real, 0, 1, closed="both"), None],
        "solver": [StrOptions({"auto", "band", "eigh"})],
        "memory": [None, str, os.PathLike, HasMethods(["cache"])],
        "verbose": ["verbose"],
    }

    def __init__(
        self,
        kinship=None,
        *,
        sample_id=None,
        kernel="linear",
        gamma=None,
        degree=3,
        coef0=1,
        kernel_params=None,
        covariates=None,
        fit_intercept=True,
        method="reml",
        h=None,
        solver="auto",
        memory=None,
        verbose=False,
    ):
        self.kinship = kinship
        self.sample_id = sample_id
        self.kernel = kernel
        self.gamma = gamma
        self.degree = degree
        self.coef0 = coef0
        self.kernel_params = kernel_params
        self.covariates = covariates
        self.fit_intercept = fit_intercept
        self.method = method
        self.h = h
        self.solver = solver
        self.memory = memory
        self.verbose = verbose

    @fit_context(prefer_skip_nested_validation=True)
    def fit(self, X, y):
        """Estimate h, v and b.

        Parameters
        ----------
        X : array-like or data frame of shape (n_samples, n_features)
            Labels, fixed effects and features of the kernel, by the parameters.
        y : array-like of shape (n_samples,)
            The trait, with no missing value. The rows of X and y belong together by
            position; pandas indexes that contradict this are an error.

        Returns
        -------
        self : LMMRegressor

        Raises
        ------
        ValueError
            If a label is not in `kinship`, parameters contradict each other, K is not a
            symmetric matrix with a positive mean diagonal, V is singular at the given `h`,
            or there are not more samples than fixed effects.
        """
        check_same_index(X, y)
        X = _as_table(X)
        samples, columns = self._make_samples(X), column_names(X)
        X, y = self._validate(X, samples, reset=True), _check_target(y)
        check_consistent_length(X, y)
        with self._progress("relating samples"):
            covariates, K = samples.fit(X)
        fixed_effects = FixedEffects.of(covariates, self.fit_intercept)
        _check_enough_samples(len(y), fixed_effects.rank)
        with self._progress(f"reducing K, {len(y)} x {len(y)}"):
            reduction = self._reduce(K)
            del K  # overwritten by the reduction, which needs its memory no more
        model = MixedModel(reduction, fixed_effects, y, self.method)
        with self._progress("searching h"):
            estimate = model.estimate() if self.h is None else self._hold_h(model)
        self._warn_of_what_needs_a_look(estimate)
        self._samples, self._estimate, self._columns = samples, estimate, columns
        self._set_attributes(estimate)
        return self

    def predict(self, X, return_std=False, return_cov=False):
        """Predict X b + u, by the best linear unbiased prediction of u.

        Parameters
        ----------
        X : array-like or data frame of shape (n_samples, n_features)
            Rows seen in fit or new ones.
        return_std : bool, default=False
            Whether to return the standard deviation of the prediction error.
        return_cov : bool, default=False
            Whether to return the covariance of the prediction errors.

        Returns
        -------
        y_mean : ndarray of shape (n_samples,)
            The predictions.
        y_std : ndarray of shape (n_samples,)
            Only if `return_std`: the standard deviation of the error in x b + u, the mean of
            a new observation, including the uncertainty of b. A new observation itself has
            the additional noise variance (1 - h) v. h and v are taken as known, and where
            the fixed effects are not of full rank, so is what the training rows say nothing
            about.
        y_cov : ndarray of shape (n_samples, n_samples)
            Only if `return_cov`: the covariance of these errors.

        Raises
        ------
        RuntimeError
            If both `return_std` and `return_cov` are asked for.
        ValueError
            If rows of X cannot be related to the training rows.
        """
        if return_std and return_cov:
            raise RuntimeError("At most one of return_std or return_cov can be requested.")
        X = self._check_new(X)
        covariates, cross = self._samples.covariates(X), self._samples.cross(X)
        mean = self.intercept_ + covariates @ self.coef_ + cross @ self.dual_coef_
        if return_std:
            prior = self._samples.variances(X)
            return mean, np.sqrt(self._estimate.prediction_variance(covariates, cross, prior))
        if return_cov:
            prior = self._samples.among(X)
            return mean, self._estimate.prediction_covariance(covariates, cross, prior)
        return mean

    def predict_fixed(self, X):
        """Predict the fixed part X b.

        Parameters
        ----------
        X : array-like or data frame of shape (n_samples, n_features)

        Returns
        -------
        ndarray of shape (n_samples,)
        """
        X = self._check_new(X)
        return self.intercept_ + self._samples.covariates(X) @ self.coef_

    def predict_random(self, X):
        """Predict the random part u, the BLUP (breeding value, when K is a kinship).

        Parameters
        ----------
        X : array-like or data frame of shape (n_samples, n_features)

        Returns
        -------
        ndarray of shape (n_samples,)
        """
        X = self._check_new(X)
        return self._samples.cross(X) @ self.dual_coef_

    def log_likelihood(self, h):
        """Profile log-likelihood, restricted or full by `method`.

        Parameters
        ----------
        h : float or array-like
            In [0, 1], on the scale of K.

        Returns
        -------
        float or ndarray of the shape of h
            With all constants; -inf where V = h K + (1 - h) I is not positive definite.
        """
        check_is_fitted(self)
        try:
            values = np.asarray(h, dtype=float)
        except (TypeError, ValueError) as error:
            raise ValueError(f"h must be a number or an array of numbers: {error}.") from error
        outside = values[~((values >= 0) & (values <= 1))]
        if outside.size:
            raise ValueError(f"h must be in [0, 1], got {outside.flat[0]}.")
        profile = np.vectorize(self._estimate.model.log_likelihood, otypes=[float])(values)
        return profile if values.ndim else float(profile)

    def _make_samples(self, X) -> Samples:
        if self.kinship is None:
            return self._make_kernel_samples(X)
        unused = {name: getattr(self, name) for name in OF_A_KERNEL}
        given = [name for name, value in unused.items() if not _is_default(name, value)]
        if given:
            raise ValueError(
                f"kinship and {given[0]}={unused[given[0]]!r} are both given, but "
                f"{given[0]} is for a kernel. Leave it out: with a kinship, all columns of X but "
                "sample_id are fixed effects; or leave out kinship."
            )
        if isinstance(self.kinship, Kinship):
            if self.sample_id is None:
                raise ValueError(
                    f"kinship={self.kinship!r} has labels, but sample_id is None. Name the "
                    "column of X that holds the labels, such as sample_id=0."
                )
            return LabelledSamples(self.kinship, self.sample_id)
        if self.sample_id is not None:
            raise ValueError(
                f"sample_id={self.sample_id!r} is given, but kinship is a "
                f"{type(self.kinship).__name__} without labels. Use Kinship(matrix, ids)."
            )
        return OrderedSamples(self.kinship)

    def _make_kernel_samples(self, X):
        if self.sample_id is not None:
            raise ValueError(
                f"sample_id={self.sample_id!r} names rows of a kinship, but kinship is None. "
                "Give kinship=Kinship(matrix, ids), or leave out sample_id."
            )
        if isinstance(self.kernel, str) and self.kernel == "precomputed":
            if self.covariates is not None:
                raise ValueError(
                    f"covariates={self.covariates!r} cannot be used with kernel='precomputed', "
                    "where every column of X is a training sample. Use kinship=Kinship(...)."
                )
            return PrecomputedSamples()
        kernel = make_kernel(self.kernel, self.gamma, self.degree, self.coef0, self.kernel_params)
        columns = select_columns(X, self.covariates, "covariates")
        if columns and len(set(columns)) == X.shape[1]:
            raise ValueError(
                f"covariates={self.covariates!r} selects every column of X and leaves none to "
                "the kernel."
            )
        return KernelSamples(kernel, columns)

    def _reduce(self, K):
        memory = os.fspath(self.memory) if isinstance(self.memory, os.PathLike) else self.memory
        return check_memory(memory).cache(reduce_kinship)(K, self.solver)

    def _hold_h(self, model: MixedModel) -> Estimate:
        try:
            return model.at(self.h)
        except ImpossibleHeritabilityError:
            raise ValueError(
                f"h={self.h} is not possible with this kinship: h K + (1 - h) I is "
                "singular or not positive definite among the training rows. Use a smaller h, or "
                "None to estimate it."
            ) from None

    def _warn_of_what_needs_a_look(self, estimate):
        if estimate.smallest_eigenvalue is not None:
            warnings.warn(
                "The kinship matrix of the training rows is not positive semi-definite: its "
                f"smallest eigenvalue is {estimate.smallest_eigenvalue:.4g}. The model holds "
                "where h K + (1 - h) I is positive definite, up to "
                f"h={estimate.largest_h:.6g}, and was fitted there. To repair the matrix, add "
                f"{-estimate.smallest_eigenvalue:.4g} to its diagonal before the fit.",
                UserWarning,
                stacklevel=4,
            )
        if estimate.model.is_exact:
            warnings.warn(
                "y is an exact linear function of the fixed effects (a constant, for example): "
                "v_ is 0 and h is not identified.",
                UserWarning,
                stacklevel=4,
            )
        if estimate.flat:
            warnings.warn(
                "The likelihood does not depend on h, which is set to 0: the kinship matrix of "
                "the training rows is, next to the fixed effects, a multiple of the identity.",
                UserWarning,
                stacklevel=4,
            )
        if estimate.unbounded:
            warnings.warn(
                f"The likelihood (method={self.method!r}) grows without bound as h approaches "
                f"{estimate.h:.6g}, where V is singular along the fixed effects or y has no "
                "noise: for example a centred kinship with method='ml', where method='reml' "
                "helps, or duplicated samples with the same y.",
                ConvergenceWarning,
                stacklevel=4,
            )

    def _set_attributes(self, estimate):
        self.h_ = estimate.h
        self.v_ = estimate.v
        self.b_ = estimate.b
        self.coef_ = self.b_[1:] if self.fit_intercept else self.b_
        self.intercept_ = float(self.b_[0]) if self.fit_intercept else 0.0
        self.log_likelihood_ = estimate.log_likelihood
        self.dual_coef_ = estimate.dual_coef
        self.random_effects_ = estimate.random_effects
        self.pve_ = estimate.proportion_of_variance_explained

    def _check_new(self, X):
        check_is_fitted(self)
        X = _as_table(X)
        validated = self._validate(X, self._samples, reset=False)
        check_same_columns(self._columns, X)
        return validated

    def _validate(self, X, samples, reset):
        check = partial(validate_data, self, reset=reset, **samples.validation)
        if "skip_check_array" in samples.validation:
            return check(X)
        return as_numbers(X, check)

    def _progress(self, step):
        return print_elapsed_time("LMMRegressor", step if self.verbose else None)

    def __sklearn_is_fitted__(self):
        return hasattr(self, "_estimate")

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.pairwise = isinstance(self.kernel, str) and self.kernel == "precomputed"
        tags.input_tags.string = self.sample_id is not None
        return tags


def _is_default(name, value):
    default = signature(LMMRegressor).parameters[name].default
    return value is default or (isinstance(default, str | int) and value == default)


def _as_table(X):
    """A dense X with a shape of length 2; lists keep the types of what they hold."""
    if not hasattr(X, "shape"):
        X = _table_of_lists(X)
    if len(X.shape) != 2 or X.shape[0] == 0 or issparse(X):
        check_array(X, input_name="X", estimator="LMMRegressor", dtype=None, ensure_min_features=0)
    return X


def _table_of_lists(X):
    """An array of objects, of which a tuple may be one."""
    is_table = isinstance(X, list) and all(isinstance(row, list | tuple) for row in X)
    if not is_table or len({len(row) for row in X}) != 1:
        return np.asarray(X, dtype=object)
    table = np.empty((len(X), len(X[0])), dtype=object)
    for position in np.ndindex(table.shape):
        table[position] = X[position[0]][position[1]]
    return table


def _check_target(y):
    if y is None:
        raise ValueError("LMMRegressor requires y to be passed, but the target y is None.")
    if np.ma.is_masked(y):
        raise ValueError("y has masked values. Leave these rows out of X and y.")
    y = column_or_1d(y, warn=True)
    if y.dtype.kind not in "fiubO":
        raise ValueError(f"y must hold numbers, got an array of dtype {y.dtype}.")
    try:
        y = y.astype(np.float64)
    except (TypeError, ValueError) as error:
        raise ValueError(f"y must hold numbers: {error}.") from error
    missing = np.flatnonzero(np.isnan(y))
    if missing.size:
        raise ValueError(
            f"Input y contains NaN: {missing.size} of {len(y)} values are missing, the first in "
            f"row {missing[0]}. Leave these rows out of X and y."
        )
    if not np.isfinite(y).all():
        row = np.flatnonzero(~np.isfinite(y))[0]
        raise ValueError(
            f"Input y contains infinity or a value too large for dtype('float64'): row {row}."
        )
    return y


def _check_enough_samples(n_samples, rank):
    if n_samples <= max(rank, 1):
        raise ValueError(
            f"n_samples={n_samples} is not enough: the fixed effects (with the intercept) have "
            f"rank {rank}, and v and h are estimated from what they leave. X needs at least "
            f"{max(rank, 1) + 1} rows."
        )
