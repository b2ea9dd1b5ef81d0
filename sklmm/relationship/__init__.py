"""From genotypes and pedigrees to a Kinship."""

from ._combine import bend, hadamard, single_step, weighted_sum
from ._founders import from_probabilities
from ._genomic import centered, leave_one_chromosome_out, standardized, vanraden, vanraden2
from ._nonadditive import dominance, gaussian, ibs
from ._pedigree import numerator

__all__ = [
    "bend",
    "centered",
    "dominance",
    "from_probabilities",
    "gaussian",
    "hadamard",
    "ibs",
    "leave_one_chromosome_out",
    "numerator",
    "single_step",
    "standardized",
    "vanraden",
    "vanraden2",
    "weighted_sum",
]
