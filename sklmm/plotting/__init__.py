"""Pictures of a fitted `LMMRegressor`, a `Kinship` and a scan, as scikit-learn's displays."""

from ._effects import EffectsDisplay
from ._kinship import KinshipDisplay
from ._likelihood import LikelihoodProfileDisplay
from ._locus import LocusDisplay
from ._manhattan import ManhattanDisplay
from ._predictions import PredictionDisplay
from ._quantiles import QuantileDisplay
from ._random_effects import RandomEffectsDisplay

__all__ = [
    "EffectsDisplay",
    "KinshipDisplay",
    "LikelihoodProfileDisplay",
    "LocusDisplay",
    "ManhattanDisplay",
    "PredictionDisplay",
    "QuantileDisplay",
    "RandomEffectsDisplay",
]
