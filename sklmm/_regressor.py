"""The estimator: parameters in, attributes out."""

from __future__ import annotations

import os
from collections.abc import Callable
from copy import copy
from functools import partial
from numbers import Integral, Real
from typing import Any, ClassVar, Literal, overload

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.exceptions import UndefinedMetricWarning
from sklearn.metrics import r2_score
from sklearn.metrics.pairwise import PAIRWISE_KERNEL_FUNCTIONS
from sklearn.utils.validation import (
    check_consistent_length,
    check_is_fitted,
    validate_data,
)

from ._compat import HasMethods, Hidden, Interval, StrOptions, fit_context, print_elapsed_time
from ._fit_group import Options, fit_group
from ._fit_warnings import warn_of_what_needs_a_look
from ._fitted import FittedGroup, FittedModel
from ._fitting import all_or_nothing
from ._kinship import Kinship, LeftOut
from ._order import check_index, check_names, check_orders, names_of_rows
from ._results import Results
from ._samples.choose import choose_samples, warn_of_unused
from ._saving import without_memmaps
from ._traits import check_measured, group_by_missing, one_group, warn_of_codes
from ._validation import (
    as_numbers,
    as_proportions,
    as_table,
    check_heritability,
    check_traits,
    check_weights,
    column_names,
    refuse_same_names,
    warn_of_ids,
)
from ._variance.likelihood.fixed_effects import FixedEffects
from ._variance.linalg.constant_part import sums_of_effects
from ._variance.linalg.forks import computing
from ._variance.reductions.choose import SOLVERS
from ._warn import warn_user

DOCUMENTATION = "https://sklmm.readthedocs.io/en/latest/"


class LMMRegressor(RegressorMixin, BaseEstimator):
    """Linear mixed model with a known kinship matrix.

    The trait is the sum of fixed effects, a random effect whose covariance is known up to a
    factor, and noise::

        y = X b + e,    var(e) = v [h K + (1 - h) I]

    K is the relationship between the samples, h the share of the variance v that follows
    it: the heritability, on the scale of K. For a given h, b and v come from generalized
    least squares; h maximizes the restricted or the full likelihood, found to about 1e-12.
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
        :class:`~sklearn.kernel_ridge.KernelRidge`. A named kernel that does not take it, or
        the next two, passes over them; beside a callable they draw a warning.
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
        The likelihood that h maximizes: restricted, which accounts for the estimation of b,
        or full.
    h : float in [0, 1], "loo" or array-like of shape (n_targets,), default=None
        If None, h maximizes the likelihood. A number holds it at this value, an array at one
        for each trait. "loo" takes the h that minimizes the mean squared error of predicting
        each sample from all others, as :class:`~sklearn.linear_model.RidgeCV` does for its
        alpha: in closed form, by the eigenvectors of K, to about 1e-8. 0 and 1 are answers, too;
        where V is singular at 1, the largest h is 1e-9 below. A sample that alone determines a
        fixed effect is not counted.
    solver : {"auto", "band", "eigh", "lowrank"}, default="auto"
        How K is reduced. Results agree to rounding. "band" makes a band matrix of K, several
        times faster than the eigendecomposition, "eigh", which pays when many traits share
        it. "lowrank" is for the linear kernel with fewer features than samples, and takes
        time and memory in proportion to the number of samples. "auto" chooses.
    missing_y : {"raise", "drop"}, default="raise"
        What to do with nan, None or NA in y: refuse it, or fit each trait on the rows in
        which it is measured. Traits that are measured in the same rows share a reduction.
    memory : str, path or object with the joblib.Memory interface, default=None
        Where reductions of K are kept, to be used again by fits on the same samples, in this
        process or others, by the same version of sklmm; a damaged one is made again. Only a
        folder to be trusted: loading from it executes code. By default, nothing is kept.
    store_reduction : bool, default=True
        Whether the fitted model keeps the reduction of K, which `predict` needs for
        `return_std` and `return_cov`, and which :meth:`log_likelihood` needs. Without it a
        model is small.
    verbose : bool, default=False
        Whether fit prints a line with the elapsed time after each step.

    Attributes
    ----------
    h_ : float or ndarray of shape (n_targets,)
        Share of the variance that follows K, on the scale of K; exactly 0.0 or 1.0 at the
        ends. With a y of shape (n_samples, n_targets) each trait has its own, and all the
        attributes below gain a first axis n_targets.
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
        h V^-1 (y - X b): the random effect of a sample is K[sample, train] times it. 0 in rows
        where the trait is missing. Where K is singular and 1 - h below 1e-6, without what K does
        not see of it, which is noise that is divided by 1 - h.
    random_effects_ : ndarray of shape (n_samples,)
        BLUPs of the random effects of the training rows, those where the trait is missing
        included.
    marker_effects_ : ndarray of shape (n_kernel_features,)
        With the linear kernel: the BLUPs of the effects of its features. The random effect of
        a sample is its features times these.
    pve_ : float
        Share of the variance among the training samples that K explains,
        h c / (h c + 1 - h) with c = tr(K - 11'K/n) / (n - 1). Other than `h_`, it does not
        change when K is scaled.
    n_features_in_ : int
        Number of columns of X, the one of `sample_id` included.
    feature_names_in_ : ndarray of shape (n_features,)
        Defined only if X has feature names that are all strings.

    Warns
    -----
    UserWarning
        If a callable kernel has a :class:`~sklearn.gaussian_process.kernels.WhiteKernel`, which
        has no effect, if what `memory` holds is damaged, if K has a clearly negative eigenvalue,
        beyond what float32 or six decimals of a file leave (h is then searched where V is
        positive definite), if y seems to hold a code for missing values, such as -9, if the
        likelihood does not depend on h, if y is an exact function of the fixed effects (`v_` is
        then 0), or if K is nearly constant and what is left has lost its digits.
    ConvergenceWarning
        If the likelihood grows without bound as h approaches the upper end, and h is held
        there, or has no local maximum below it that could be taken instead.

    See Also
    --------
    Kinship : A kinship matrix that knows whose rows it holds.
    sklmm.inference.summary : Standard errors, intervals and tests.
    sklmm.model_selection.cross_val_predict : Cross-validation at the price of a fit.
    sklearn.gaussian_process.GaussianProcessRegressor : Learns the kernel's parameters.
    sklearn.kernel_ridge.KernelRidge : The penalty is chosen by the user.

    Notes
    -----
    Memory beyond the user's K is about 1.6 times K's bytes during a fit by "band", and some 3
    times by "eigh". With `store_reduction`, 0.6 times K's bytes stay after it ("eigh": 1
    times), the reflectors or eigenvectors that rotate K[new, train] for the variance of
    predictions; with missing values in y as much for every pattern of them. At low rank no more
    is kept than the square of the number of features and some vectors of the length of y.

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
        "kinship": [Kinship, Hidden(LeftOut), "array-like", None],
        "sample_id": [str, Integral, None],
        "kernel": [StrOptions({*PAIRWISE_KERNEL_FUNCTIONS, "precomputed"}), callable],
        "gamma": [Interval(Real, 0, None, closed="left"), None],
        "degree": [Interval(Real, 0, None, closed="left")],
        "coef0": [Interval(Real, None, None, closed="neither")],
        "kernel_params": [dict, None],
        "covariates": "no_validation",
        "fit_intercept": ["boolean"],
        "method": [StrOptions({"reml", "ml"})],
        "h": [Interval(Real, 0, 1, closed="both"), StrOptions({"loo"}), "array-like", None],
        "solver": [StrOptions({"auto", *SOLVERS})],
        "missing_y": [StrOptions({"raise", "drop"})],
        "memory": [None, str, os.PathLike, HasMethods(["cache"])],
        "store_reduction": ["boolean"],
        "verbose": ["verbose"],
    }

    _fitted: FittedModel
    _doc_link_module = "sklmm"
    _doc_link_template = DOCUMENTATION + "generated/sklmm.{estimator_name}.html"

    def __init__(
        self,
        kinship: Kinship | ArrayLike | None = None,
        *,
        sample_id: str | int | None = None,
        kernel: str | Callable[..., Any] = "linear",
        gamma: float | None = None,
        degree: float = 3,
        coef0: float = 1,
        kernel_params: dict[str, Any] | None = None,
        covariates: Any = None,
        fit_intercept: bool = True,
        method: Literal["reml", "ml"] = "reml",
        h: float | Literal["loo"] | ArrayLike | None = None,
        solver: str = "auto",
        missing_y: Literal["raise", "drop"] = "raise",
        memory: Any = None,
        store_reduction: bool = True,
        verbose: bool | int = False,
    ) -> None:
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
        self.missing_y = missing_y
        self.memory = memory
        self.store_reduction = store_reduction
        self.verbose = verbose

    @fit_context(prefer_skip_nested_validation=True)
    def fit(self, X: Any, y: ArrayLike) -> LMMRegressor:
        """Estimate h, v and b.

        Parameters
        ----------
        X : array-like or data frame of shape (n_samples, n_features)
            Labels, fixed effects and features of the kernel, by the parameters. All but the
            labels have to be numbers: text, categories and dates are refused.
        y : array-like of shape (n_samples,) or (n_samples, n_targets)
            The trait or traits. The rows of X and y belong together by position; an index of y
            that contradicts this is an error: one that has the labels of the rows, in X's index
            or in the column `sample_id`, in another order.

        Returns
        -------
        LMMRegressor
            The fitted estimator itself.

        Raises
        ------
        ValueError
            If a label is not in `kinship`, parameters contradict each other, K is not a
            symmetric matrix with a positive mean diagonal, the likelihood vanishes at the given
            `h`, or there are not more samples than fixed effects.
        """
        with computing, all_or_nothing(self):
            X = as_table(X)
            samples, columns, traits = choose_samples(self, X), column_names(X), column_names(y)
            warn_of_unused(self)
            check_index(X, samples.row_labels)
            check_orders(X, samples.row_labels, y=y)
            samples.refuse_labels_among(y, X)
            check_names(traits, self.h, "y", "h")
            given_y, y = y, check_traits(y, self.missing_y)
            table, X = X, self._validate(X, samples, reset=True)
            check_consistent_length(X, y)
            Y = y.reshape(len(y), -1)
            groups = group_by_missing(Y) if self.missing_y == "drop" else one_group(Y)
            check_measured(groups, *Y.shape)
            warn_of_codes(Y)
            h = check_heritability(self.h, Y.shape[1])
            with self._progress("relating samples"):
                covariates = samples.fit(X)
            results = Results(*Y.shape, covariates.shape[1] + self.fit_intercept, h)
            fitted_groups: list[FittedGroup] = []
            for rows, some in groups:
                fitted_groups += self._fit_group(samples, covariates, Y, rows, some, results)
            warn_of_what_needs_a_look(results, samples, self.method)
            effects = self._set_attributes(samples, results, is_single=y.ndim == 1)
            reductions = [group.estimate.model.reduction for group in fitted_groups]
            uses_relationships = any(reduction.uses_relationships for reduction in reductions)
            samples.keep(self.store_reduction, uses_relationships)
            if self.store_reduction:
                samples.row_names = names_of_rows(table, given_y)
            warn_of_ids(table, "X", samples.label_column, samples.individuals)
            warn_of_ids(given_y, "y")
            self._fitted = FittedModel(
                samples=samples,
                n_columns=self.n_features_in_,
                columns=columns,
                trait_names=traits,
                is_single=y.ndim == 1,
                given_h=h,
                h=results.h,
                b=results.b,
                effects=effects,
                has_intercept=self.fit_intercept,
                groups=tuple(fitted_groups) if self.store_reduction else None,
            )
            return self

    def _fit_group(self, samples, covariates, Y, rows, traits, results) -> list[FittedGroup]:
        """Fit the traits that are measured in these rows, and return what is kept of that."""
        try:
            fixed_effects = FixedEffects.from_covariates(covariates[rows], self.fit_intercept)
            measured = _measured(Y, rows, traits)
            options = Options(self.method, self.solver, self.memory, self._progress)
            found = fit_group(samples, fixed_effects, measured, rows, traits, results, options)
            return found if self.store_reduction else []
        except ValueError as error:
            if Y.shape != (len(rows), 1):
                error.add_note(
                    f"This concerns {_enumerate_traits(traits)} of {Y.shape[1]}, measured in "
                    f"{len(rows)} of {len(Y)} rows."
                )
            raise

    @overload
    def predict(
        self, X: Any, return_std: Literal[False] = ..., return_cov: Literal[False] = ...
    ) -> np.ndarray: ...

    @overload
    def predict(
        self, X: Any, return_std: bool = ..., return_cov: bool = ...
    ) -> tuple[np.ndarray, np.ndarray]: ...

    @computing
    def predict(
        self, X: Any, return_std: bool = False, return_cov: bool = False
    ) -> np.ndarray | tuple[np.ndarray, np.ndarray]:
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
        y_mean : ndarray of shape (n_samples,) or (n_samples, n_targets)
            The predictions.
        y_std : ndarray of shape (n_samples,) or (n_samples, n_targets)
            Only if `return_std`: the standard deviation of the error in x b + u, the mean of
            a new observation, including the uncertainty of b. A new observation itself has
            the additional noise variance (1 - h) v. h and v are taken as known;
            :func:`sklmm.inference.prediction_errors` has intervals for which h is not. Infinite
            where the fixed effects are not of full rank and the training rows say nothing about
            x b.
        y_cov : ndarray of shape (n_samples, n_samples) or (n_samples, n_samples, n_targets)
            Only if `return_cov`: the covariance of these errors, nan beside infinite variances.

        Raises
        ------
        RuntimeError
            If both `return_std` and `return_cov` are asked for.
        ValueError
            If rows of X cannot be related to the training rows, or the reduction that
            standard deviations need was not stored.
        """
        check_is_fitted(self)
        if return_std and return_cov:
            raise RuntimeError("At most one of return_std or return_cov can be requested.")
        fitted = self._ask()
        if return_std or return_cov:
            fitted.stored("return_std and return_cov need")
        rows = fitted.locate(X)
        mean = fitted.fixed(rows.covariates) + fitted.random(rows)
        if return_std:
            return mean, np.sqrt(fitted.error_variances(rows)[0])
        if return_cov:
            return mean, fitted.error_covariance(rows)
        return mean

    @computing
    def predict_fixed(self, X: Any) -> np.ndarray:
        """Predict the fixed part X b.

        Parameters
        ----------
        X : array-like or data frame of shape (n_samples, n_features)

        Returns
        -------
        ndarray of shape (n_samples,) or (n_samples, n_targets)
        """
        fitted = self._ask()
        return fitted.fixed(fitted.covariates(X))

    @computing
    def predict_random(self, X: Any) -> np.ndarray:
        """Predict the random part u, the BLUP (breeding value, when K is a kinship).

        Parameters
        ----------
        X : array-like or data frame of shape (n_samples, n_features)

        Returns
        -------
        ndarray of shape (n_samples,) or (n_samples, n_targets)
        """
        fitted = self._ask()
        return fitted.random(fitted.locate(X))

    def score(self, X: Any, y: ArrayLike, sample_weight: ArrayLike | None = None) -> float:
        """Coefficient of determination R² of the predictions.

        Parameters
        ----------
        X : array-like or data frame of shape (n_samples, n_features)
        y : array-like of shape (n_samples,) or (n_samples, n_targets)
            With ``missing_y="drop"``, each trait is scored where it is measured, and left out
            where it is measured in fewer than two rows.
        sample_weight : array-like of shape (n_samples,), default=None

        Returns
        -------
        float
            The mean over the traits; nan, with a warning, if none can be scored.
        """
        predictions = self.predict(X)
        fitted = self._ask()
        fitted.check_observed(X, y, sample_weight=sample_weight)
        y = check_traits(y, self.missing_y)
        check_consistent_length(X, y)
        if y.shape != predictions.shape:
            raise ValueError(
                f"y has shape {y.shape}, but the predictions have shape {predictions.shape}. "
                "Score as many traits as the model was fitted to, in the shape of the predictions."
            )
        Y, predictions = y.reshape(len(y), -1), predictions.reshape(len(y), -1)
        weights = None if sample_weight is None else check_weights(sample_weight, len(y))
        scores = [
            r2_score(
                Y[np.ix_(rows, traits)],
                predictions[np.ix_(rows, traits)],
                sample_weight=weights if weights is None else weights[rows],
                multioutput="raw_values",
            )
            for rows, traits in group_by_missing(Y)
            if len(rows) > 1
        ]
        if not scores:
            warn_user(
                "R² is not defined where no trait is measured in two rows or more: the score is "
                "nan.",
                UndefinedMetricWarning,
            )
            return np.nan
        return float(np.mean(np.hstack(scores)))

    @computing
    def log_likelihood(self, h: ArrayLike) -> float | np.ndarray:
        """Profile log-likelihood, restricted or full by `method`.

        Parameters
        ----------
        h : float or array-like
            In [0, 1], on the scale of K.

        Returns
        -------
        float or ndarray of the shape of h
            With all constants; -inf where V = h K + (1 - h) I is not positive definite.
            With several traits the last axis, added, is theirs.
        """
        profiles = self._ask().log_likelihoods(as_proportions(h, "h"))
        return profiles if profiles.ndim else float(profiles)

    def compact(self) -> LMMRegressor:
        """A copy that can predict, with neither K nor its reduction.

        It predicts what this model predicts, in much less memory: of a :class:`Kinship` the labels
        are kept, and the BLUP of every sample in it; with the linear kernel `marker_effects_`.
        Other kernels go on to need the features of the training rows. `fit` and `return_std` need
        the original.

        Returns
        -------
        LMMRegressor
            A fitted model, whose `kinship` is left out.

        Examples
        --------
        >>> import numpy as np
        >>> from sklmm import Kinship, LMMRegressor
        >>> ids = np.array(["a", "b", "c", "d"])[:, None]
        >>> kinship = Kinship(np.eye(4) + 0.5, ids[:, 0])
        >>> lmm = LMMRegressor(kinship, sample_id=0, h=0.5).fit(ids[:3], [1.0, 2.0, 4.0])
        >>> small = lmm.compact()
        >>> bool(np.allclose(small.predict(ids), lmm.predict(ids)))
        True
        """
        check_is_fitted(self)
        small = copy(self)
        small._fitted = self._fitted.compact()
        if self.kinship is not None:
            small.set_params(kinship=LeftOut())
        return small

    def _set_attributes(self, samples, results, is_single) -> np.ndarray:
        """What a fit says in public; gives the effects that random effects are made of."""
        effects = samples.effects(results.dual_coef)
        for rows, traits in results.groups:
            if len(rows) < results.n_rows:
                others = np.setdiff1d(np.arange(results.n_rows), rows)
                design = samples.training_design(others)
                of_others = sums_of_effects(design, effects[traits]).T
                results.random_effects[np.ix_(traits, others)] = of_others
        first = int(self.fit_intercept)
        intercept = results.b[:, 0] if self.fit_intercept else np.zeros(results.n_traits)

        def of(values):
            values = values[0] if is_single else values
            return values if np.ndim(values) else float(values)

        self.h_ = of(results.h)
        self.v_ = of(results.v)
        self.b_ = of(results.b)
        self.coef_ = of(results.b[:, first:])
        self.intercept_ = of(intercept)
        self.log_likelihood_ = of(results.log_likelihood)
        self.pve_ = of(results.pve)
        self.dual_coef_ = of(results.dual_coef)
        self.random_effects_ = of(results.random_effects)
        if samples.n_markers is not None:
            self.marker_effects_ = of(effects)
        elif hasattr(self, "marker_effects_"):
            del self.marker_effects_
        return effects

    def _ask(self) -> FittedModel:
        """What the fit has left behind, for one question."""
        check_is_fitted(self)
        return self._fitted.opened(self._check_rows)

    def _check_rows(self, X):
        """A checked X of rows to be located."""
        return self._validate(X, self._fitted.samples, reset=False)

    def _validate(self, X, samples, reset):
        refuse_same_names(X)
        check = partial(validate_data, self, reset=reset, **samples.validation)
        if "skip_check_array" in samples.validation:
            return check(X)
        return as_numbers(X, check)

    def _progress(self, step):
        return print_elapsed_time("LMMRegressor", step if self.verbose else None)

    def __getstate__(self) -> dict[str, Any]:
        return without_memmaps(super().__getstate__())

    def __sklearn_is_fitted__(self):
        return hasattr(self, "_fitted")

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.pairwise = isinstance(self.kernel, str) and self.kernel == "precomputed"
        tags.input_tags.string = self.sample_id is not None
        tags.target_tags.multi_output = True
        return tags


def _measured(Y, rows, traits):
    return Y if Y.shape == (len(rows), len(traits)) else Y[np.ix_(rows, traits)]


def _enumerate_traits(traits):
    shown = ", ".join(map(str, traits[:3])) + ", …" * (len(traits) > 3)
    return f"trait{'s' * (len(traits) > 1)} {shown}"
