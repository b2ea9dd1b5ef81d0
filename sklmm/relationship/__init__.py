"""From genotypes and pedigrees to a Kinship."""

from .combine import bend, hadamard, single_step, weighted_sum
from .founders import from_probabilities
from .genomic import centered, leave_one_chromosome_out, standardized, vanraden, vanraden2
from .nonadditive import dominance, gaussian, ibs
from .pedigree import numerator

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
