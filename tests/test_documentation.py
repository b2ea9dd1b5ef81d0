"""The code of README, docs and docstrings runs."""

import doctest
import importlib
import pkgutil
import re
import runpy

import pages
import pytest
from once import once

import sklmm
from sklmm import relationship

ROOT = pages.ROOT
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
NEED_AN_EXTRA = {"sklmm.datasets._build_mice"}
MODULES = [
    module.name
    for module in pkgutil.walk_packages(sklmm.__path__, "sklmm.")
    if module.name not in NEED_AN_EXTRA
]


@pytest.fixture(autouse=True, scope="module")
def relationships_of_the_same_markers():
    """Computed once: nearly each page begins with those of the mice, which nobody can change."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(relationship, "vanraden", once(relationship.vanraden))
        yield


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_code_blocks(page):
    pages.run(page)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_between_files(page):
    for target in re.findall(r"\]\((?!https?:)([^)#]+)", page.read_text(encoding="utf-8")):
        assert (page.parent / target).exists(), target


@pytest.mark.parametrize("name", MODULES)
def test_docstring_examples(name):
    module = importlib.import_module(name)
    failures, _ = doctest.testmod(module, optionflags=doctest.NORMALIZE_WHITESPACE)
    assert failures == 0


def test_quickstart(capsys):
    runpy.run_path(str(ROOT / "examples" / "quickstart.py"), run_name="__main__")
    printed = capsys.readouterr().out
    assert "h                0.605729" in printed
    assert re.search(r"correlation +0\.7\d", printed)
