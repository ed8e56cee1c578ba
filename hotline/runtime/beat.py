"""`hotline beat`: under systemd the supervisor's one duty that systemd cannot do, probing ivr."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import time
from pathlib import Path

from hotline.runtime import logs, notify
from hotline.runtime.probe import Pulse
from hotline.settings import Settings

STARTING_S = 5.0
"""A process this young may not listen yet; its silence says nothing."""


def run(settings: Settings) -> int:
    """Probe for ever; SIGTERM ends it and takes the beat away."""
    logs.configure("beat", settings.log_level)
    asyncio.run(_run(settings))
    return 0


async def _run(settings: Settings) -> None:
    beat = settings.home / "run/beat"
    lock = settings.home / "run/ivr.lock"
    pulse = Pulse(settings.port("fastagi"), beat, serving=lambda: _has_started(lock), kill=lambda: kill(lock))
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with asyncio.TaskGroup() as tasks:
        works = [tasks.create_task(pulse.run()), tasks.create_task(_ping())]
        notify.tell(notify.READY)
        await stop.wait()
        for work in works:
            work.cancel()
    beat.unlink(missing_ok=True)


def kill(lock: Path) -> None:
    """SIGKILL the process that holds this lock file; systemd starts it again."""
    with contextlib.suppress(OSError, ValueError):
        os.kill(int(lock.read_text("ascii")), signal.SIGKILL)


def _has_started(lock: Path) -> bool:
    try:
        return time.time() - lock.stat().st_mtime > STARTING_S
    except OSError:
        return False


async def _ping() -> None:
    while True:
        notify.tell(notify.ALIVE)
        await asyncio.sleep(1)
