"""Which markers are associated with a trait, once relatedness is accounted for?"""

from ._inflation import genomic_inflation
from ._max_statistics import max_statistics
from ._peaks import Peaks, find_peaks
from ._results import Scan
from ._scan import scan
from ._thresholds import MaxStatistics

__all__ = [
    "MaxStatistics",
    "Peaks",
    "Scan",
    "find_peaks",
    "genomic_inflation",
    "max_statistics",
    "scan",
]
