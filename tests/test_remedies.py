"""What a message advises works, and is what the user meant; and no advice is left untried."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest
from remedies import CASES

import sklmm

PACKAGE = Path(sklmm.__file__).parent
TRIED_ELSEWHERE = (
    *("io", "_counts.py", "_genotypes.py", "preprocessing.py"),
    *("_numbers.py", "_codes.py", "_markers.py", "_measured.py", "_founders.py"),
)
"""Rooms and files whose advice is carried out in their own tests."""
UNTRIED = {
    "_axes.import_pyplot": "matplotlib is there where tests run",
    "_scan.scan": "the values of test, one of which is a verb",
    "_mice._with_frames": "pandas is there where tests run",
    "_validation.as_numbers": "what scikit-learn says of other numbers, in test_numbers",
    "kernels._warn_of_noise": "carried out in test_small_checks",
    "_kinship.from_dataframe": "a note, which test_kinship carries out",
    "_folds._as_index": "says what cv gives, and advises nothing",
    "labeled._refuse_changed": "carried out in test_small_checks",
    "_folds._check_fold": "says what cv gives, and advises nothing",
}
"""Functions whose advice is not carried out here, and why."""
VERBS = (
    "add|bend|center|change|choose|compute|convert|correct|divide|draw|encode|estimate|fit|give|"
    "hold|impute|keep|leave|list|make|name|pass|pip|put|remove|rename|round|scale|score|select|set|"
    "take|test|use|write"
)
ADVICE = re.compile(rf"(^|[.:;,] |\bor |\band )({VERBS})\b", re.IGNORECASE)


@pytest.mark.parametrize("name", CASES)
def test_the_remedy_does_what_was_meant(name):
    CASES[name]().check()


def test_all_advice_is_tried():
    messages = [make().said for make in CASES.values()]
    untried = [
        f"{place}: {text}"
        for place, text in advice()
        if place not in UNTRIED and not is_said(text, messages)
    ]
    assert not untried, "\n".join(untried)


def is_said(text, messages):
    parts = re.split(r"\{.*?\}", text)
    pattern = re.compile(".*?".join(map(re.escape, parts)), re.DOTALL)
    longest = max(parts, key=len)
    return any(longest in message and pattern.search(message) for message in messages)


def test_what_is_untried_exists():
    assert UNTRIED.keys() <= {place for place, _ in advice()}


@cache
def advice():
    """Texts of the package that advise something, each with its place, module.function."""
    found = []
    for path in sorted(PACKAGE.rglob("*.py")):
        if not set(path.relative_to(PACKAGE).parts) & set(TRIED_ELSEWHERE):
            texts = Texts(path.stem)
            texts.visit(ast.parse(path.read_text(encoding="utf-8")))
            found += [(place, text) for place, text in texts.found if ADVICE.search(text)]
    return found


class Texts(ast.NodeVisitor):
    """Strings that are no docstrings."""

    def __init__(self, place):
        self.place = place
        self.found = []

    def visit_FunctionDef(self, node):
        around, self.place = self.place, f"{self.place}.{node.name}"
        self.generic_visit(node)
        self.place = around

    def visit_Expr(self, node):
        if not isinstance(node.value, ast.Constant):
            self.generic_visit(node)

    def visit_Constant(self, node):
        if isinstance(node.value, str):
            self.found.append((self.place, node.value))

    def visit_JoinedStr(self, node):
        values = [part for part in node.values if isinstance(part, ast.FormattedValue)]
        texts = ["{}" if part in values else part.value for part in node.values]
        self.found.append((self.place, "".join(texts)))
        for value in values:
            self.visit(value.value)
