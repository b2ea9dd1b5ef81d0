"""The map of CONTRIBUTING.md is that of the package, and what it names is there."""

import re

import pages
import pytest

from sklmm._variance.reductions import base
from sklmm._variance.reductions.choose import SOLVERS

PAGE = (pages.ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
PACKAGE = pages.ROOT / "sklmm"


def on_the_map():
    return re.findall(r"^\| `([\w/]+\.py)` \| .*[^ ] \|$", PAGE, re.MULTILINE)


def test_the_map_has_each_file_once():
    files = {
        str(path.relative_to(PACKAGE).as_posix())
        for path in PACKAGE.rglob("*.py")
        if path.name != "__init__.py"
    }
    assert sorted(on_the_map()) == sorted(files)


@pytest.mark.parametrize(
    "name", re.findall(r"`((?:tests|docs|examples|\.ci|sklmm)/[\w./]+)`", PAGE)
)
def test_what_is_named_is_there(name):
    assert (pages.ROOT / name).exists()


def test_the_contract_of_a_solver_is_told_in_full():
    told = PAGE[PAGE.index("## How to add a solver") :]
    for contract in (base.Solver, base.Reduction, base.Factor, base.DenseSolver):
        is_set = {name for name in contract.__annotations__ if not hasattr(contract, name)}
        for name in is_set | contract.__abstractmethods__:
            assert f"`{name}" in told, f"{contract.__name__}.{name}"


@pytest.mark.parametrize("code", re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL))
def test_code_is_that_of_a_test(code):
    tests = (pages.ROOT / "tests").rglob("test_*.py")
    assert any(code in test.read_text(encoding="utf-8") for test in tests)


def test_files_are_not_too_long():
    """Of one idea each; the documented estimator is the one exception."""
    lines = {name: len((PACKAGE / name).read_text("utf-8").splitlines()) for name in on_the_map()}
    assert {name for name, length in lines.items() if length > 450} <= {"_regressor.py"}


def test_solvers_that_are_named_are_there():
    assert {cls.__module__.rpartition(".")[2] for cls in SOLVERS.values()} <= {
        name.rpartition("/")[2].removesuffix(".py") for name in on_the_map()
    }
