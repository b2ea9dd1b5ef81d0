"""The mixed model on plain arrays: reduction of K, likelihood, errors of held-out rows, intervals.

Nothing in here asks estimators, labels or data frames for anything; messages name parameters.

That there is one K, and h the one number that says how much follows it, is known to all of
`likelihood`, `intervals`, `regular`, `fit` and `prediction`, to `leave_one_out`, and outside of
here to `_samples`, `_fitted` (s, t and their names), `_results`, `_regressor`, `inference` and
`model_selection`. What serves for several components as it is are `FixedEffects`, `HeldOut`, and
all else that asks for a `Precision` alone, which is V⁻¹ at given variances: two kinships have no
Q in common, so that they need an engine beside the profile likelihood that makes precisions, not
another `Reduction`.
"""
