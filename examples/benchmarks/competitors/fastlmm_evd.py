"""FaST-LMM given an eigendecomposition by the driver "evd", faster than the one of its setK.

Its own association tests set a cached decomposition in this way.
"""

import scipy.linalg
from fastlmm.inference.lmm import LMM

from .fastlmm_fit import QUESTION as QUESTION
from .fastlmm_fit import VERSION as VERSION
from .fastlmm_fit import answer

NAME = "fastlmm, given evd"


def fit(K, y):
    lmm = LMM()
    lmm.S, lmm.U = scipy.linalg.eigh(K, driver="evd")
    return answer(lmm, y)
