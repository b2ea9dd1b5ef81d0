"""Which line does a warning point to?"""

from __future__ import annotations

import sys
import warnings

ON_THE_WAY = {"sklmm", "sklearn", "joblib", "contextlib"}
"""Packages whose lines are not the user's: a pipeline may call an estimator, and that a reader."""


def warn_user(message: str, category: type[Warning] = UserWarning) -> None:
    """Warn at the line which has called the package, directly or by way of scikit-learn."""
    level, frame = 1, sys._getframe()
    while frame.f_back and str(frame.f_globals.get("__name__")).split(".")[0] in ON_THE_WAY:
        level, frame = level + 1, frame.f_back
    warnings.warn(message, category, stacklevel=level)
