"""How far is a scan?"""

from __future__ import annotations

import time

MOST_LINES = 20


class Progress:
    """Prints how many tests are done, and how long the others will take.

    Parameters
    ----------
    n_tests : int
        Markers times traits.
    is_shown : bool
    what : str
        The function that does it.
    """

    def __init__(self, n_tests: int, is_shown: bool, what: str = "scan"):
        self._n_tests = n_tests
        self._is_shown = is_shown
        self._what = what
        self._n_done = 0
        self._n_lines = 0
        self._start = time.perf_counter()

    def add(self, n_tests: int, where: str) -> None:
        """Count tests that are done, of the chromosome that is named."""
        self._n_done += n_tests
        share = self._n_done / self._n_tests
        if not self._is_shown or share * MOST_LINES < self._n_lines + 1:
            return
        self._n_lines = int(share * MOST_LINES)
        elapsed = time.perf_counter() - self._start
        left = elapsed * (1 - share) / share
        print(
            f"[{self._what}] {self._n_done} of {self._n_tests} tests done"
            f"{f' ({where})' * bool(where)}, {elapsed:.1f}s elapsed, {left:.1f}s left",
            flush=True,
        )
