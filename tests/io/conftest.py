import os
import tempfile
from pathlib import Path

import pytest


@pytest.fixture(scope="session", autouse=True)
def fast_disk():
    """Nobody waits for it, on which deadlines of tests depend."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(os, "fsync", lambda descriptor: None)
        yield


@pytest.fixture
def folder():
    """Where other users can get to."""
    with tempfile.TemporaryDirectory() as made:
        os.chmod(made, 0o755)
        yield Path(made)


@pytest.fixture
def prefix(folder, name):
    """With the old version of a format in place."""
    from versions import FORMATS

    FORMATS[name][0](folder / "k.v1", "old")
    return folder / "k.v1"
