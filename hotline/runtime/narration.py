"""What a person sees while the hotline is set up: one line a step, with its time."""

from __future__ import annotations

import hashlib
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def say(text: str) -> None:
    """One line for the operator, at once."""
    print(text, flush=True)


@contextmanager
def step(name: str) -> Iterator[None]:
    """Narrate one step: `▸ name`, then `✓ name 1.2 s` or `✗ name`."""
    say(f"▸ {name} …")
    begun = time.monotonic()
    try:
        yield
    except BaseException:
        say(f"✗ {name} ({time.monotonic() - begun:.1f} s)")
        raise
    say(f"✓ {name} ({time.monotonic() - begun:.1f} s)")


class Progress:
    """A line that is rewritten on a terminal and printed at every tenth elsewhere."""

    def __init__(self, what: str) -> None:
        self._what = what
        self._shown = -1

    def __call__(self, done: int, total: int) -> None:
        tenth = 10 * done // max(total, 1)
        if sys.stdout.isatty():
            print(f"\r   {self._what} {done}/{total} ", end="\n" if done >= total else "", flush=True)
        elif tenth != self._shown:
            say(f"   {self._what} {done}/{total}")
        self._shown = tenth


class Stamp:
    """Remembers from what a thing was made, so that it is made again only when that changed."""

    def __init__(self, path: Path, *made_of: str | bytes | Path) -> None:
        self._path = path
        self._digest = _digest(made_of)

    def is_fresh(self) -> bool:
        try:
            return self._path.read_text("ascii").strip() == self._digest
        except OSError:
            return False

    def write(self) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._path.write_text(self._digest + "\n", "ascii")


def _digest(parts: tuple[str | bytes | Path, ...]) -> str:
    total = hashlib.sha256()
    for part in parts:
        raw = part.read_bytes() if isinstance(part, Path) else part.encode() if isinstance(part, str) else part
        total.update(len(raw).to_bytes(8, "big") + raw)
    return total.hexdigest()
