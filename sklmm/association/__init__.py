"""Which markers are associated with a trait, once relatedness is accounted for?"""

from ._inflation import genomic_inflation
from ._peaks import Peaks, find_peaks
from ._results import Scan
from ._scan import scan

__all__ = ["Peaks", "Scan", "find_peaks", "genomic_inflation", "scan"]
