"""How the modules of the package hang together."""

import ast
import importlib
import inspect
import re
from functools import cache
from pathlib import Path

import pytest

import sklmm

PACKAGE = Path(sklmm.__file__).parent
MODULES = {
    ".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts).removesuffix(
        ".__init__"
    ): path
    for path in sorted(PACKAGE.rglob("*.py"))
}
PUBLIC = {
    "sklmm",
    *(
        f"sklmm.{name}"
        for name in (
            *("association", "datasets", "inference", "io", "metrics", "model_selection"),
            *("plotting", "preprocessing", "relationship"),
        )
    ),
}
OPTIONAL = {"bed_reader", "matplotlib", "pandas", "polars", "pyarrow"}
ASK_A_MODEL = [
    *("sklmm.association", "sklmm.inference", "sklmm.plotting", "sklmm.model_selection"),
    "sklmm.metrics",
]
OF_A_MODEL = {
    *("_samples", "_fitted", "_stored", "_is_single", "_check_new"),
    *("_fixed", "_random", "_error_variances", "_check_rows"),
}


@cache
def tree_of(name):
    return ast.parse(MODULES[name].read_text(encoding="utf-8"))


def trees(of=""):
    for name in MODULES:
        if name.startswith(of):
            yield name, tree_of(name)


def imported_by(name, tree):
    """The modules of the package that a module imports when it is imported."""
    package = name if MODULES[name].name == "__init__.py" else name.rpartition(".")[0]
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name in MODULES)
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                above = package.split(".")[: len(package.split(".")) - node.level + 1]
                base = ".".join([*above, *([node.module] if node.module else [])])
            inside = [f"{base}.{alias.name}" for alias in node.names]
            found = [one for one in inside if one in MODULES]
            yield from found or ([base] if base in MODULES else [])


def test_no_modules_import_each_other():
    imports = {name: set(imported_by(name, tree)) - {name} for name, tree in trees()}
    ready: set[str] = set()
    while waiting := imports.keys() - ready:
        free = {name for name in waiting if imports[name] <= ready}
        assert free, f"a circle among {sorted(waiting)}"
        ready |= free


@pytest.mark.parametrize("name", MODULES)
def test_only_optional_dependencies_are_imported_in_functions(name):
    for function in ast.walk(tree_of(name)):
        if not isinstance(function, ast.FunctionDef):
            continue
        for node in ast.walk(function):
            if isinstance(node, ast.Import):
                assert {alias.name.partition(".")[0] for alias in node.names} <= OPTIONAL
            elif isinstance(node, ast.ImportFrom):
                assert not node.level
                assert node.module.partition(".")[0] in OPTIONAL


@pytest.mark.parametrize("room", ASK_A_MODEL)
def test_a_model_is_asked_by_its_door(room):
    """What a fit has left behind is in FittedModel, and the regressor's attributes are its own."""
    of_a_fit = re.compile(r"\._(samples|fitted|stored|is_single|check_new)\b")
    for name, path in MODULES.items():
        assert not (name.startswith(room) and of_a_fit.search(path.read_text(encoding="utf-8")))
    for name, tree in trees(room):
        for node in ast.walk(tree):
            if isinstance(node, ast.Attribute) and node.attr in OF_A_MODEL:
                assert isinstance(node.value, ast.Name), name
                assert node.value.id == "self", f"{name}, line {node.lineno}: .{node.attr}"


def test_arrays_know_of_no_estimators():
    """The numerical rooms import scikit-learn's helpers, but nothing of ours but their own."""
    for name, tree in trees("sklmm._variance"):
        others = {one for one in imported_by(name, tree) if not one.startswith("sklmm._variance")}
        assert others <= {"sklmm._compat"}, name


def test_private_modules_begin_with_an_underscore():
    for name in MODULES:
        is_private = any(part.startswith("_") for part in name.split("."))
        assert is_private or name in PUBLIC


def test_warnings_point_to_the_user():
    """A depth of calls, counted by hand, is wrong with the next function in between."""
    for name, tree in trees():
        calls = {ast.unparse(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
        assert "warnings.warn" not in calls or name == "sklmm._warn", name


def test_nothing_is_cast():
    for name, tree in trees():
        names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
        assert not names & {"cast", "takes_markers"}, name


def test_tests_mirror_the_rooms_of_arrays():
    """Each folder and each file of the numerical rooms that answers a question has its tests."""
    tests, rooms = Path(__file__).parent / "_variance", PACKAGE / "_variance"
    for room in rooms.iterdir():
        if room.is_dir() and (room / "__init__.py").exists():
            assert list((tests / room.name).glob("test_*.py")), room.name
    for room in ("deletion", "intervals"):
        for path in (rooms / room).glob("[!_]*.py"):
            assert (tests / room / f"test_{path.name}").exists(), path
    assert (tests / "test_prediction.py").exists()


def public_functions():
    for module in map(importlib.import_module, sorted(PUBLIC)):
        for name in module.__all__:
            value = getattr(module, name)
            if inspect.isfunction(value):
                yield f"{module.__name__}.{name}", value
            elif inspect.isclass(value):
                for method, function in inspect.getmembers(value, inspect.isfunction):
                    if not method.startswith("_") and function.__module__.startswith("sklmm"):
                        yield f"{module.__name__}.{name}.{method}", function


@pytest.mark.parametrize(("name", "function"), list(public_functions()))
def test_public_functions_have_types(name, function):
    signature = inspect.signature(inspect.unwrap(function))
    untyped = [
        parameter.name
        for parameter in signature.parameters.values()
        if parameter.annotation is parameter.empty and parameter.name != "self"
    ]
    assert not untyped
    assert signature.return_annotation is not signature.empty


FRAGMENTS = {
    *("Among", "As", "At", "Beside", "Beyond", "By", "For", "From", "In", "Of", "On"),
    *("To", "Up", "Where", "With", "Within", "Without"),
}
"""First words of docstrings that need the name of the function to be understood."""


def test_docstrings_stand_alone():
    kinds = ast.FunctionDef | ast.ClassDef
    found = [
        f"{name}.{node.name}: {docstring.splitlines()[0]}"
        for name, tree in trees()
        for node in ast.walk(tree)
        if isinstance(node, kinds) and (docstring := ast.get_docstring(node))
        if docstring.split()[0] in FRAGMENTS
    ]
    assert not found
