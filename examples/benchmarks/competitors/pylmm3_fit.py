"""pylmm3, pylmm for Python 3: REML from an eigendecomposition, as its users call it.

Its REML likelihood corrects the ML one, where v is r'V⁻¹r / n, by a term in r'V⁻¹r / (n − p): it
lacks ½ [p + n log(1 − p/n)], which is added here.
"""

from importlib.metadata import version

import numpy as np
from pylmm3.lmm import LMM

from .interface import REML, Answer

NAME, VERSION, QUESTION = "pylmm3", version("pylmm3"), REML


def fit(K, y):
    return answer(LMM(y, K))


def answer(lmm):
    lmm.fit(REML=True)
    n, p = lmm.X0t.shape
    return Answer(lmm.optH, lmm.optLL + (p + n * np.log1p(-p / n)) / 2)
