"""scipy.linalg.eigh and nothing else: the floor for programs that start with it."""

import scipy
import scipy.linalg

from .interface import Answer

NAME, VERSION, QUESTION = "scipy.linalg.eigh", scipy.__version__, None


def fit(K, y):
    scipy.linalg.eigh(K, driver="evd")
    return Answer()
