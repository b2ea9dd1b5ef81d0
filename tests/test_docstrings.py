"""Public docstrings have the parts that numpydoc asks for."""

import dataclasses
import importlib
import inspect

import pytest

import sklmm

validate = pytest.importorskip("numpydoc.validate", reason="numpydoc is not installed").validate

MODULES = [
    "sklmm",
    "sklmm.association",
    "sklmm.datasets",
    "sklmm.inference",
    "sklmm.io",
    "sklmm.metrics",
    "sklmm.model_selection",
    "sklmm.plotting",
    "sklmm.preprocessing",
    "sklmm.relationship",
]
NOT_ASKED_FOR = {
    "ES01": "an extended summary, where one line says it",
    "EX01": "an example, where a method has one in its class",
    "SA01": "a See Also section, where there is nothing to see",
    "SA04": "descriptions of what is named in See Also",
    "GL01": "a summary on the line after the quotes",
    "GL02": "quotes on the line after the end",
    "GL08": "a docstring of an overload",
    "RT03": "a description of a return value whose type says it",
    "PR06": "python's names for types: 'array-like' and the like are used",
    "PR07": "descriptions of X and y",
    "PR08": "a capital in descriptions, which may begin with a name",
    "PR09": "a period, which a description that ends in a list lacks",
    "RT04": "a capital",
    "RT05": "a period",
    "YD01": "a Yields section",
}


PARAMETERS = {"PR01"}
"""Of results, which are made by functions: their attributes are described instead."""


def public_object(name):
    module, *path = name.split(".")
    value = importlib.import_module(module)
    for part in path:
        value = getattr(value, part)
    return value


def public_objects():
    for module in MODULES:
        public = importlib.import_module(module)
        for name in public.__all__:
            value = getattr(public, name)
            if not (inspect.isclass(value) or inspect.isfunction(value)):
                continue
            yield f"{module}.{name}"
            if inspect.isclass(value):
                for method, function in vars(value).items():
                    if not method.startswith("_") and inspect.isfunction(function):
                        yield f"{module}.{name}.{method}"


@pytest.mark.parametrize("name", sorted(public_objects()))
def test_numpydoc_finds_nothing(name):
    errors = validate(name)["errors"]
    is_result = dataclasses.is_dataclass(public_object(name))
    not_asked_for = {*NOT_ASKED_FOR, *(PARAMETERS if is_result else ())}
    assert not [error for error in errors if error[0] not in not_asked_for]


def test_every_public_name_is_listed():
    assert sklmm.__all__ == ["Kinship", "LMMRegressor"]
