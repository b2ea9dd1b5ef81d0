"""Several intervals of one fit."""

from sklmm._door import fitted_model
from sklmm.inference._variances import interval_of


def intervals_of(lmm):
    """What confidence_interval answers of one trait, whose distribution is made once."""
    (trait,) = fitted_model(lmm).traits("")

    def interval(parameter="h", method="exact", level=0.95):
        return interval_of(trait, parameter, method, level)

    return interval
