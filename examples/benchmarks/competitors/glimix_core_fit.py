"""glimix-core, of limix: REML from an eigendecomposition.

Its delta is 1 − h, and its likelihood has all constants. It needs numpy 1, since it calls
ndarray.itemset, which numpy 2 no longer has.
"""

from importlib.metadata import version

import numpy as np
from glimix_core.lmm import LMM
from numpy_sugar.linalg import economic_qs

from .interface import REML, Answer

NAME, VERSION, QUESTION = "glimix-core", version("glimix-core"), REML


def fit(K, y):
    lmm = LMM(y, np.ones((len(y), 1)), economic_qs(K), restricted=True)
    lmm.fit(verbose=False)
    return Answer(1 - lmm.delta, lmm.lml())
