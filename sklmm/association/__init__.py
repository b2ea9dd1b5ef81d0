"""Which markers are associated with a trait, once relatedness is accounted for?"""

from ._results import Scan
from ._scan import scan

__all__ = ["Scan", "scan"]
