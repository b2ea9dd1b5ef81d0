"""What solver="auto" takes, and what a solver refuses."""

import pytest

from sklmm._variance.reductions.choose import choose_solver


def test_which_solver():
    assert choose_solver("auto", 1000, 1, None, needs_spectrum=False) == "band"
    assert choose_solver("auto", 1000, 100, None, needs_spectrum=False) == "eigh"
    assert choose_solver("auto", 1000, 1, 100, needs_spectrum=False) == "lowrank"
    assert choose_solver("auto", 100, 1, 75, needs_spectrum=False) == "lowrank"
    assert choose_solver("auto", 1000, 300, 100, needs_spectrum=False) == "lowrank"
    assert choose_solver("auto", 1000, 300, 700, needs_spectrum=False) == "eigh"
    assert choose_solver("auto", 1000, 1, 999, needs_spectrum=False) == "band"
    assert choose_solver("lowrank", 1000, 1, 999, needs_spectrum=False) == "lowrank"
    assert choose_solver("eigh", 1000, 1, 100, needs_spectrum=False) == "eigh"
    with pytest.raises(ValueError, match=r"but Z has 1000 columns and 1000 rows\. Use solver="):
        choose_solver("lowrank", 1000, 1, 1000, needs_spectrum=False)
    with pytest.raises(ValueError, match="but K is not Z Z'"):
        choose_solver("lowrank", 1000, 1, None, needs_spectrum=False)
