"""From genotypes and pedigrees to a Kinship."""

from ._chromosomes import iter_leave_one_chromosome_out, leave_one_chromosome_out
from ._combine import bend, hadamard, single_step, weighted_sum
from ._founders import from_probabilities
from ._genomic import centered, standardized, vanraden, vanraden2
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
    "iter_leave_one_chromosome_out",
    "leave_one_chromosome_out",
    "numerator",
    "single_step",
    "standardized",
    "vanraden",
    "vanraden2",
    "weighted_sum",
]
