"""Which markers are associated with a trait, once relatedness is accounted for?"""

from ._f_kinship import f_kinship
from ._inflation import genomic_inflation
from ._max_statistics import max_statistics
from ._peaks import Peaks, find_peaks
from ._results import Scan
from ._scan import scan
from ._selection import MarkerSelector
from ._thresholds import MaxStatistics

__all__ = [
    "MarkerSelector",
    "MaxStatistics",
    "Peaks",
    "Scan",
    "f_kinship",
    "find_peaks",
    "genomic_inflation",
    "max_statistics",
    "scan",
]
