"""Runs of pytest side by side, about as long as each other: tests on real phones are mostly waiting."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path

NOTHING_SELECTED = 5
PYTEST = (sys.executable, "-m", "pytest")


def run(besides: Sequence[Sequence[str]], arguments: Sequence[str], changes: Mapping[str, str] | None = None) -> int:
    """The exit code of whichever run failed; 0 when none did.

    Each of `besides` has the paths of one further run, all other paths are the first one's. `arguments` are pytest's,
    for every run; with a path among them there is one run, of that path. `changes` are of the environment.
    """
    environ = {**os.environ, **(changes or {})}
    if any(Path(each.partition("::")[0]).exists() for each in arguments):
        return subprocess.run([*PYTEST, *arguments], env=environ, check=False).returncode
    with ExitStack() as opened:
        further = []
        for paths in besides:
            print(f"{', '.join(paths)} run beside the rest; what they say comes last", flush=True)
            said = opened.enter_context(tempfile.TemporaryFile("w+", encoding="utf-8"))
            process = subprocess.Popen([*PYTEST, *paths, *arguments], env=environ, stdout=said, stderr=said)
            opened.callback(process.terminate)
            further.append((process, said))
        others = [f"--ignore={path}" for paths in besides for path in paths]
        codes = [subprocess.run([*PYTEST, *others, *arguments], env=environ, check=False).returncode]
        for process, said in further:
            codes.append(process.wait())
            said.seek(0)
            print(said.read(), flush=True)
    return _worst(codes)


def _worst(codes: Sequence[int]) -> int:
    """A choice of tests may leave some runs without any, but not all of them."""
    told = {code for code in codes if code != NOTHING_SELECTED}
    return max(told, key=abs) if told else NOTHING_SELECTED
