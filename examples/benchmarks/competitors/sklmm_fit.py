"""sklmm: K, as a `Kinship`, is reduced to a band and searched, and the BLUPs are computed.

It also answers the questions of all others, as the reference that they are compared with.
"""

import numpy as np

import sklmm

from .interface import REML, Answer

NAME, VERSION, QUESTION = "sklmm", sklmm.__version__, REML


def prepare(K, y):
    return sklmm.Kinship(K, np.arange(len(y))), y


def fit(kinship, y):
    return answer(kinship, y, QUESTION)


def answer(kinship, y, question):
    lmm = sklmm.LMMRegressor(
        kinship,
        sample_id=0,
        method=question.method,
        fit_intercept=question.fit_intercept,
        h=question.h,
    )
    lmm.fit(kinship.ids[:, None], y if question.fit_intercept else y - y.mean())
    return Answer(lmm.h_, lmm.log_likelihood_, lmm.random_effects_)
