"""A thread that ends the process when the event loop has stood still for two seconds."""

from __future__ import annotations

import asyncio
import faulthandler
import os
import sys
import threading
import time
from collections.abc import Callable

LIMIT_S = 2.0
LOOK_EVERY_S = 0.25
EXIT_CODE = 70
"""EX_SOFTWARE: the supervisor starts the process again; the kernel has closed its sockets by then."""


class StallWatch:
    """`start()` inside the running loop; `give_up` ends the process (replaced only to see it happen)."""

    def __init__(self, *, limit_s: float = LIMIT_S, give_up: Callable[[float], None] | None = None) -> None:
        self._limit_s = limit_s
        self._give_up = give_up or _end_process
        self._turned_at = time.monotonic()
        self._stopped = threading.Event()

    def start(self) -> None:
        self._turn(asyncio.get_running_loop())
        threading.Thread(target=self._watch, name="stall-watch", daemon=True).start()

    def stop(self) -> None:
        self._stopped.set()

    def _turn(self, loop: asyncio.AbstractEventLoop) -> None:
        self._turned_at = time.monotonic()
        if not self._stopped.is_set():
            loop.call_later(LOOK_EVERY_S, self._turn, loop)

    def _watch(self) -> None:
        looked_at = time.monotonic()
        while not self._stopped.wait(LOOK_EVERY_S):
            now = time.monotonic()
            if now - looked_at > LOOK_EVERY_S + self._limit_s / 2:
                # This thread was late as well: the machine stood still (SIGSTOP, suspend), not the loop.
                self._turned_at = now
            elif now - self._turned_at > self._limit_s:
                self._give_up(now - self._turned_at)
                return
            looked_at = now


def _end_process(stalled_s: float) -> None:
    print(f'{{"event": "loop_stalled", "level": "critical", "seconds": {stalled_s:.1f}}}', file=sys.stderr, flush=True)
    faulthandler.dump_traceback(file=sys.stderr)
    os._exit(EXIT_CODE)
