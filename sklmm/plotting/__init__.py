"""Pictures of a fitted `LMMRegressor` and of a `Kinship`, as scikit-learn's displays."""

from ._kinship import KinshipDisplay
from ._likelihood import LikelihoodProfileDisplay
from ._predictions import PredictionDisplay
from ._random_effects import RandomEffectsDisplay

__all__ = [
    "KinshipDisplay",
    "LikelihoodProfileDisplay",
    "PredictionDisplay",
    "RandomEffectsDisplay",
]
