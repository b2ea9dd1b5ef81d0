from types import SimpleNamespace

import pages
import pytest


@pytest.fixture(scope="session")
def page():
    """The functions of docs/coming_from.md, which compute what other programs print."""
    return SimpleNamespace(**pages.run(pages.ROOT / "docs" / "coming_from.md"))
