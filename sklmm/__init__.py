"""Linear mixed models with a known kinship matrix, as a scikit-learn estimator."""

from ._kinship import Kinship
from ._regressor import LMMRegressor

__version__ = "0.1.0"
__all__ = ["Kinship", "LMMRegressor"]
