"""Every test, in two runs side by side. Arguments are pytest's."""

from __future__ import annotations

import sys
from pathlib import Path

from tests.side_by_side import run

FIRST = {"load", "matrix", "stories"}
"""The folders of the first run: whole desks, a crowd, a tenth of the matrix."""


def beside() -> list[str]:
    """All other folders that hold tests."""
    folders = {path.parent for path in Path(__file__).parent.glob("*/test_*.py")}
    return [f"tests/{folder.name}" for folder in sorted(folders) if folder.name not in FIRST]


if __name__ == "__main__":
    sys.exit(run([beside()], sys.argv[1:]))
