"""Asks ivr over FastAGI every second whether it still serves; the beat file is touched only if it does."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable
from pathlib import Path

DEADLINE_S = 1.0
EVERY_S = 1.0
MISSES = 2
"""So many missed in a row, and ivr is killed: only a closed socket frees a caller from a hung server."""

QUESTION = b"agi_network: yes\nagi_network_script: probe\nagi_request: agi://127.0.0.1/probe\n\n"


async def answers(port: int, *, deadline_s: float = DEADLINE_S) -> bool:
    """Whether the FastAGI server on loopback answers the probe in time."""
    try:
        async with asyncio.timeout(deadline_s):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            try:
                writer.write(QUESTION)
                line = await reader.readline()
            finally:
                writer.close()
    except (OSError, TimeoutError, ValueError):
        return False
    return b"probe" in line and b"ok" in line


def touch(beat: Path) -> None:
    """Say to the dialplan, which reads the file's age, that ivr may be asked."""
    try:
        os.utime(beat)
    except (FileNotFoundError, PermissionError):
        # Another user's file (a supervisor that was root before) is replaced: the folder is ours.
        beat.unlink(missing_ok=True)
        beat.touch(mode=0o644)
        beat.chmod(0o644)


class Pulse:
    """Probes for ever; two misses in a row while ivr should serve → `kill`."""

    def __init__(
        self, port: int, beat: Path, *, serving: Callable[[], bool], kill: Callable[[], None], every_s: float = EVERY_S
    ) -> None:
        self._port = port
        self._beat = beat
        self._serving = serving
        self._kill = kill
        self._every_s = every_s
        self._missed = 0

    async def run(self) -> None:
        while True:
            begun = time.monotonic()
            await self.once()
            await asyncio.sleep(max(0.05, self._every_s - (time.monotonic() - begun)))

    async def once(self) -> None:
        """One probe and what follows from it."""
        begun = time.monotonic()
        if await answers(self._port):
            self._missed = 0
            touch(self._beat)
            return
        if not self._serving() or time.monotonic() - begun > 2 * DEADLINE_S:
            # ivr is starting, or we ourselves were held up: such a miss says nothing about ivr.
            self._missed = 0
            return
        self._missed += 1
        if self._missed >= MISSES:
            self._missed = 0
            self._kill()
