"""Which of LAPACK's eigensolvers to take."""

LARGEST_OF_DIVIDE_AND_CONQUER = 32766
"""Beyond, its workspace of 1 + 6n + 2n² numbers is more than 32 bits count."""


def choose_driver(n: int) -> str:
    """The fastest of LAPACK's eigensolvers whose workspace can be asked for."""
    return "evd" if n <= LARGEST_OF_DIVIDE_AND_CONQUER else "evr"
