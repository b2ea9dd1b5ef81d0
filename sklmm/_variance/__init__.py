"""The mixed model on plain arrays: reduction of K, likelihood, errors of held-out rows, intervals.

Nothing in here asks estimators, labels or data frames for anything; messages name parameters.

That there is one K, and h the one number that says how much follows it, is known here to all of
`reductions`, `likelihood`, `intervals`, `regular`, `fit` and `prediction`, to `leave_one_out`,
and in `association` to what finds h again for each marker or trait. Outside of here it is known
to `_samples`, to what fits and keeps (`_regressor`, `_fit_group`, `_refit`, `_fitting`,
`_results`, `_fit_warnings`, `_groups`, `_computed`, `_memory`), to
`_validation.check_heritability`, to `_fitted` (s, t and their names), and to those that ask a
model: `inference`, `plotting/_likelihood`, `association` and `model_selection`. What serves for
several components as it is are `FixedEffects`, `HeldOut`, and all else that asks for a
`Precision` alone, which is V⁻¹ at given variances: two kinships have no Q in common, so that they
need an engine beside the profile likelihood that makes precisions, not another `Reduction`.
"""
