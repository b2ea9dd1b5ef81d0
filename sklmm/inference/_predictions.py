"""How sure are predictions? Error variances, reliabilities and intervals."""

from __future__ import annotations

from dataclasses import dataclass, field, fields, replace
from typing import Any, Literal

import numpy as np
from scipy import stats

from .._door import FittedModel, FittedTrait, LMMRegressor, LocatedRows, fitted_model
from .._validation import check_choice, check_level
from ._averages import Averages

PARTS = ("mean", "random_effect", "observation")
METHODS = ("averaged", "plug-in")


@dataclass(frozen=True, eq=False)
class PredictionErrors:
    """The result of :func:`prediction_errors`, an element for each row of X.

    With several traits all arrays have a last axis n_targets, as `predict` has.

    Attributes
    ----------
    mean : ndarray of shape (n_samples,)
        x b + u, as `predict` gives it.
    random_effect : ndarray of shape (n_samples,)
        u alone, as `predict_random` gives it (the breeding value, of a kinship).
    mean_variance : ndarray of shape (n_samples,)
        Variance of the error of `mean`, estimation of b included. Infinite where the training
        rows say nothing about x b.
    pev : ndarray of shape (n_samples,)
        Prediction error variance, that of the error of `random_effect`, var(û - u): Henderson's,
        for a known h, as other programs have it.
    reliability : ndarray of shape (n_samples,)
        1 - pev / var(u): the squared correlation of û with u, from 0 to 1.
    residual_variance : float or ndarray of shape (n_targets,)
        (1 - h) v, which a new observation has in addition.
    df : float or ndarray of shape (n_targets,)
        n - p, degrees of freedom of the variances.
    """

    mean: np.ndarray
    random_effect: np.ndarray
    mean_variance: np.ndarray
    pev: np.ndarray
    reliability: np.ndarray
    residual_variance: Any
    df: Any
    _averages: Averages | None = field(default=None, repr=False)

    def interval(
        self,
        of: Literal["mean", "random_effect", "observation"] = "mean",
        level: float = 0.95,
        *,
        method: Literal["averaged", "plug-in"] = "averaged",
    ) -> np.ndarray:
        """Prediction intervals, for one sample at a time.

        Parameters
        ----------
        of : {"mean", "random_effect", "observation"}, default="mean"
            x b + u, u alone, or a new observation of the same sample, with its noise.
        level : float in (0, 1), default=0.95
            Share of the intervals that hold what they predict.
        method : {"averaged", "plug-in"}, default="averaged"
            - "averaged": over h, by its restricted likelihood and a reference prior. The
              interval takes in that h was estimated, has a width where the estimate is 0, and
              need not be centered on the prediction. It costs one to four times what
              :func:`prediction_errors` does.
            - "plug-in": by the t distribution with the estimate of h in the place of h, and
              `pev` or `mean_variance` as they are. Too narrow unless h is well known.

            The same where h was not estimated but held by the user.

        Returns
        -------
        ndarray of shape (n_samples, 2) or (n_samples, n_targets, 2)
            From low to high. Infinite where the training rows say nothing about x b.

        Notes
        -----
        At each h the prediction has a t distribution with n - p degrees of freedom around the
        BLUP for this h, whose scale is the root of the error variance for this h. The ends of the
        averaged interval are quantiles of the mixture of these [1]_, with weights by the
        restricted likelihood, for fits by ML and with ``h="loo"``, too, times a prior: the
        reference prior of h [2]_, tilted to small h as far as the intervals then hold what they
        promise. It does not depend on the scale of K. Where that likelihood has no maximum, h is
        taken as known; where it does not depend on h, the prior is uniform.

        References
        ----------
        .. [1] Harville & Carriquiry (1992). Classical and Bayesian prediction as applied to an
           unbalanced mixed linear model. Biometrics 48, 987-1003.
        .. [2] Berger & Bernardo (1992). On the development of reference priors. Bayesian
           Statistics 4, 35-60.
        """
        level = check_level(level)
        check_choice(of, "of", PARTS)
        check_choice(method, "method", METHODS)
        if method == "averaged" and self._averages is not None:
            return self._averages.interval(of, level)
        center, variance = self._plug_in(of)
        reach = stats.t.isf((1 - level) / 2, self.df) * np.sqrt(variance)
        return np.stack([center - reach, center + reach], axis=-1)

    def standard_error(
        self,
        of: Literal["mean", "random_effect", "observation"] = "mean",
        *,
        method: Literal["averaged", "plug-in"] = "averaged",
    ) -> np.ndarray:
        """Root mean squared errors of the predictions.

        Parameters
        ----------
        of : {"mean", "random_effect", "observation"}, default="mean"
            As for :meth:`interval`.
        method : {"averaged", "plug-in"}, default="averaged"
            - "averaged": over h as in :meth:`interval`. To the error variances for each h comes
              the square of what the BLUP for this h differs from `mean` or `random_effect`.
            - "plug-in": the root of `mean_variance` or `pev`, with the noise of an observation.

        Returns
        -------
        ndarray of shape (n_samples,) or (n_samples, n_targets)
            Infinite where the training rows say nothing about x b.

        Notes
        -----
        Kackar & Harville [1]_ and Prasad & Rao [2]_ approximate what is averaged here by a
        derivative of the BLUP and a variance of the estimate of h, which does not exist where
        the estimate is at an end of the range.

        References
        ----------
        .. [1] Kackar & Harville (1984). Approximations for standard errors of estimators of fixed
           and random effects in mixed linear models. Journal of the American Statistical
           Association 79, 853-862.
        .. [2] Prasad & Rao (1990). The estimation of the mean squared error of small-area
           estimators. Journal of the American Statistical Association 85, 163-171.
        """
        check_choice(of, "of", PARTS)
        check_choice(method, "method", METHODS)
        center, variance = self._plug_in(of)
        if method == "averaged" and self._averages is not None:
            variance = self._averages.mean_squared_error(of, center)
        return np.sqrt(variance)

    def _plug_in(self, of):
        return {
            "mean": (self.mean, self.mean_variance),
            "random_effect": (self.random_effect, self.pev),
            "observation": (self.mean, self.mean_variance + self.residual_variance),
        }[of]

    def _select_trait(self, number):
        arrays = {one.name: getattr(self, one.name)[..., number] for one in fields(self)[:-1]}
        averages = None if self._averages is None else self._averages.select_trait(number)
        return replace(self, _averages=averages, **arrays)


def prediction_errors(lmm: LMMRegressor, X: Any) -> PredictionErrors:
    """Find the error variances and reliabilities of predictions.

    Parameters
    ----------
    lmm : LMMRegressor
        Fitted, with `store_reduction`.
    X : array-like or data frame of shape (n_samples, n_features)
        Rows seen in fit or new ones. The relationships are formed for some hundred rows at a
        time, and those among the rows of X not at all.

    Returns
    -------
    PredictionErrors
        Predictions, their error variances with that of b, reliabilities, and intervals.

    Raises
    ------
    TypeError
        If `lmm` is not an LMMRegressor.
    ValueError
        If rows of X cannot be related to the training rows, or the reduction of K was not
        stored.

    See Also
    --------
    sklmm.LMMRegressor.predict : With `return_cov`, the covariance of the errors.
    variance_components : The variances that are taken as known here.

    Notes
    -----
    With s = h v, k = K[row, train], P = V^-1 - V^-1 X (X'V^-1 X)^-1 X'V^-1 and V = h K +
    (1 - h) I, Henderson's prediction error variance [1]_ is s K[row, row] - s h k P k', and
    reliability 1 - pev / (s K[row, row]) is 0 where h is 0. In both h and v are taken as known;
    the intervals take in that they were estimated.

    References
    ----------
    .. [1] Henderson (1975). Best linear unbiased estimation and prediction under a selection
       model. Biometrics 31, 423-447.

    Examples
    --------
    >>> import numpy as np
    >>> from sklmm import Kinship, LMMRegressor
    >>> from sklmm.inference import prediction_errors
    >>> ids = np.array(["dam", "pup", "other"])[:, None]
    >>> kinship = Kinship([[1, 0.5, 0], [0.5, 1, 0], [0, 0, 1]], ids[:, 0])
    >>> lmm = LMMRegressor(kinship, sample_id=0, h=0.5, fit_intercept=False)
    >>> prediction_errors(lmm.fit(ids[[0, 2]], [3, 1]), ids).reliability
    array([0.5  , 0.125, 0.5  ])
    """
    fitted = fitted_model(lmm)
    fitted.stored("prediction_errors needs")
    return errors_of(fitted, fitted.locate(X))


def errors_of(fitted: FittedModel, rows: LocatedRows) -> PredictionErrors:
    """Prediction errors of located rows, as `prediction_errors` says."""
    traits = fitted.traits("prediction_errors needs")
    random_effect = fitted.random(rows)
    mean = fitted.fixed(rows.covariates) + random_effect
    mean_variance, pev = fitted.error_variances(rows)
    s, t, df = np.transpose([variances_of(trait) for trait in traits])
    variance = fitted.squeeze(np.multiply.outer(rows.diagonal(), s))
    explained = np.divide(pev, variance, out=np.ones_like(pev), where=variance > 0)
    reliability = np.clip(1 - explained, 0, 1)
    averages = None if traits[0].is_held else Averages(fitted, rows)
    return PredictionErrors(
        mean,
        random_effect,
        mean_variance,
        pev,
        reliability,
        fitted.squeeze(t),
        fitted.squeeze(df),
        averages,
    )


def select_trait(errors: PredictionErrors, fitted: FittedModel, number: int) -> PredictionErrors:
    """The predictions of one trait."""
    return errors if fitted.is_single else errors._select_trait(number)


def variances_of(trait: FittedTrait) -> tuple[float, float, int]:
    """That of K, the residual one, and the degrees of freedom of both."""
    s, t = trait.s_and_t
    return s, t, trait.residual_df
