"""How sure are we? Standard errors, intervals and tests of a fitted `LMMRegressor`."""

from ._fixed_effects import TTest, WaldTest, b_covariance, t_test, wald_test
from ._likelihood_ratio import LikelihoodRatioTest, likelihood_ratio_test
from ._predictions import PredictionErrors, prediction_errors
from ._summary import Summary, summary
from ._test_of_heritability import HeritabilityTest, heritability_test
from ._variances import VarianceComponents, confidence_interval, variance_components

__all__ = [
    "HeritabilityTest",
    "LikelihoodRatioTest",
    "PredictionErrors",
    "Summary",
    "TTest",
    "VarianceComponents",
    "WaldTest",
    "b_covariance",
    "confidence_interval",
    "heritability_test",
    "likelihood_ratio_test",
    "prediction_errors",
    "summary",
    "t_test",
    "variance_components",
    "wald_test",
]
