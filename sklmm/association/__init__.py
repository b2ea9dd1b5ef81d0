"""Which markers are associated with a trait, once relatedness is accounted for?"""

from ._f_kinship import f_kinship
from ._inflation import genomic_inflation
from ._peaks import Peaks, find_peaks
from ._results import Scan
from ._scan import scan
from ._selection import MarkerSelector

__all__ = [
    "MarkerSelector",
    "Peaks",
    "Scan",
    "f_kinship",
    "find_peaks",
    "genomic_inflation",
    "scan",
]
