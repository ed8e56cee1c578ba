"""All cases of the matrix in two runs side by side, about as long: both are mostly waiting.

Arguments are pytest's; with a path among them there is one run, of that path.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

BESIDE = ("tests/hostile", "tests/telephony/test_gate.py", "tests/telephony/test_emergency_matrix.py")
NOTHING_SELECTED = 5
PYTEST = (sys.executable, "-m", "pytest", "-m", "matrix")


def main(arguments: Sequence[str]) -> int:
    """The exit code of whichever run failed; 0 when none did."""
    environ = {**os.environ, "HOTLINE_ONE_CHANCE": "1"}
    if any(Path(each.partition("::")[0]).exists() for each in arguments):
        return subprocess.run([*PYTEST, *arguments], env=environ, check=False).returncode
    with tempfile.TemporaryFile("w+", encoding="utf-8") as said:
        print(f"{', '.join(BESIDE)} run beside the rest; what they say comes last", flush=True)
        beside = subprocess.Popen([*PYTEST, *BESIDE, *arguments], env=environ, stdout=said, stderr=said)
        others = [f"--ignore={each}" for each in BESIDE]
        try:
            rest = subprocess.run([*PYTEST, *others, *arguments], env=environ, check=False).returncode
            besides = beside.wait()
        finally:
            beside.terminate()
        said.seek(0)
        print(said.read(), flush=True)
    return _worse(rest, besides)


def _worse(one: int, other: int) -> int:
    """A choice of cases may leave one run without any, but not both."""
    codes = {one, other}
    if NOTHING_SELECTED in codes and codes != {NOTHING_SELECTED}:
        codes.discard(NOTHING_SELECTED)
    return max(codes, key=abs)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
