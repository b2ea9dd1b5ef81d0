"""The code of a page of the documentation."""

import re
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]


def run(page: Path) -> dict[str, Any]:
    """The names that the code blocks of a page define, run in their order."""
    blocks = re.findall(r"^```python\n(.*?)^```", page.read_text(encoding="utf-8"), re.M | re.S)
    namespace: dict[str, Any] = {}
    for block in blocks:
        exec(compile(block, page.name, "exec"), namespace)
    return namespace
