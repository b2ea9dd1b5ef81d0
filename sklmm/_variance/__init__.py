"""The mixed model on plain arrays: reduction of K, profile likelihood, search over h.

Nothing in here knows of estimators, labels or data frames.
"""
