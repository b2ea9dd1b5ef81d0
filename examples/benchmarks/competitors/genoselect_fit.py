"""genoselect's GBLUP: REML from the eigendecomposition of the projected K, then an inverse.

It gives no likelihood, and is the one program besides ours whose fit includes the BLUPs.
"""

from importlib.metadata import version

from genoselect import reml_solve

from .interface import REML, Answer

NAME, VERSION, QUESTION = "genoselect", version("genoselect"), REML


def fit(K, y):
    solution = reml_solve(y, K)
    return Answer(solution["h2"], random_effects=solution["gebv"])
