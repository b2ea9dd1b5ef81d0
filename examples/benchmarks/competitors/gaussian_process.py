"""scikit-learn's GaussianProcessRegressor with the kernel s K + t I, s and t optimized.

It has no fixed effects and no REML: y is centered beforehand, and ours is the ML of the model
without an intercept, where its log marginal likelihood has the same constants. Each step of its
search factors and inverts V. It starts at h = ½ and the variance of y, and has no restarts.
"""

import numpy as np
import sklearn
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import ConstantKernel, Kernel, WhiteKernel

from .interface import TOLERANCE, Answer, Question

NAME, VERSION = "GaussianProcessRegressor", sklearn.__version__
QUESTION = Question("ml", fit_intercept=False)
TOLERANCE = TOLERANCE._replace(h=1e-4)  # its search stops when the likelihood hardly grows


class Lookup(Kernel):
    """The kernel of samples that are given by their rows in a matrix."""

    def __init__(self, matrix):
        self.matrix = matrix

    def __call__(self, X, Y=None, eval_gradient=False):
        K = self.matrix[np.ix_(X[:, 0], (X if Y is None else Y)[:, 0])]
        return (K, np.empty((*K.shape, 0))) if eval_gradient else K

    def diag(self, X):
        return self.matrix.diagonal()[X[:, 0]]

    def is_stationary(self):
        return False

    def __sklearn_clone__(self):
        """Itself: it has no hyperparameters, and each step of the search would copy K."""
        return self


def fit(K, y):
    half = y.var() / 2
    bounds = (1e-6 * half, 1e6 * half)
    kernel = ConstantKernel(half, bounds) * Lookup(K) + WhiteKernel(half, bounds)
    gp = GaussianProcessRegressor(kernel, alpha=0, copy_X_train=False)
    gp.fit(np.arange(len(y))[:, None], y - y.mean())
    s, t = np.exp(gp.kernel_.theta)
    return Answer(s / (s + t), gp.log_marginal_likelihood_value_)
