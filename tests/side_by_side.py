"""Two runs of pytest side by side, about as long: tests on real phones are mostly waiting."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

NOTHING_SELECTED = 5
PYTEST = (sys.executable, "-m", "pytest")


def run(beside: Sequence[str], arguments: Sequence[str], changes: Mapping[str, str] | None = None) -> int:
    """The exit code of whichever run failed; 0 when none did.

    `beside` are the paths of the second run, all others are the first one's. `arguments` are pytest's, for both;
    with a path among them there is one run, of that path. `changes` are of the environment.
    """
    environ = {**os.environ, **(changes or {})}
    if any(Path(each.partition("::")[0]).exists() for each in arguments):
        return subprocess.run([*PYTEST, *arguments], env=environ, check=False).returncode
    with tempfile.TemporaryFile("w+", encoding="utf-8") as said:
        print(f"{', '.join(beside)} run beside the rest; what they say comes last", flush=True)
        second = subprocess.Popen([*PYTEST, *beside, *arguments], env=environ, stdout=said, stderr=said)
        others = [f"--ignore={each}" for each in beside]
        try:
            first = subprocess.run([*PYTEST, *others, *arguments], env=environ, check=False).returncode
            code = worse(first, second.wait())
        finally:
            second.terminate()
        said.seek(0)
        print(said.read(), flush=True)
    return code


def worse(one: int, other: int) -> int:
    """A choice of tests may leave one run without any, but not both."""
    codes = {one, other}
    if NOTHING_SELECTED in codes and codes != {NOTHING_SELECTED}:
        codes.discard(NOTHING_SELECTED)
    return max(codes, key=abs)
