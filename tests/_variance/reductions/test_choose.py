"""What solver="auto" takes, and what a solver refuses."""

import pytest

from sklmm._variance.reductions.choose import choose_solver


def test_which_solver():
    assert choose_solver("auto", 1000, 1, None) == "band"
    assert choose_solver("auto", 1000, 100, None) == "eigh"
    assert choose_solver("auto", 1000, 1, 100) == "lowrank"
    assert choose_solver("auto", 100, 1, 75) == "lowrank"
    assert choose_solver("auto", 1000, 300, 100) == "lowrank"
    assert choose_solver("auto", 1000, 300, 700) == "eigh"
    assert choose_solver("auto", 1000, 1, 999) == "band"
    assert choose_solver("lowrank", 1000, 1, 999) == "lowrank"
    assert choose_solver("eigh", 1000, 1, 100) == "eigh"
    with pytest.raises(ValueError, match=r"but Z has 1000 columns and 1000 rows\. Use solver="):
        choose_solver("lowrank", 1000, 1, 1000)
    with pytest.raises(ValueError, match="but K is not Z Z'"):
        choose_solver("lowrank", 1000, 1, None)
