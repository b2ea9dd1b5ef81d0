"""How sure are we? Standard errors, intervals and tests of a fitted `LMMRegressor`."""

from ._fixed_effects import (
    LikelihoodRatioTest,
    TTest,
    WaldTest,
    b_covariance,
    likelihood_ratio_test,
    t_test,
    wald_test,
)
from ._predictions import PredictionErrors, prediction_errors
from ._summary import Summary, summary
from ._variances import (
    HeritabilityTest,
    VarianceComponents,
    confidence_interval,
    heritability_test,
    variance_components,
)

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
