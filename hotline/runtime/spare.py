"""A second process of a service that has imported everything and waits: it begins when the first one dies."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from dataclasses import replace
from pathlib import Path

from hotline.runtime import child
from hotline.runtime.child import Service

AGAIN_AFTER_S = 5.0
"""A spare that ends by itself is not started more often."""


class Spare:
    """At most one waiting process of `service`. A service without `waits_with` never has one."""

    def __init__(self, service: Service, log: Path) -> None:
        self._service = replace(service, command=[*service.command, *service.waits_with])
        self._log = log
        self._process: subprocess.Popen[bytes] | None = None
        self._started_at: float | None = None

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process is not None and self._process.poll() is None else None

    def prepare(self) -> int | None:
        """Have one waiting; its process id when this call has started it."""
        recently = self._started_at is not None and time.monotonic() - self._started_at < AGAIN_AFTER_S
        if not self._service.waits_with or self.pid is not None or (recently and self._process is not None):
            return None
        self._close()
        self._process = child.spawn(self._service, self._log, stdin=subprocess.PIPE)
        self._started_at = time.monotonic()
        return self._process.pid

    def take(self) -> subprocess.Popen[bytes] | None:
        """Let the waiting one begin, and hand it over; None when there is none."""
        process, self._process = self._process, None
        if process is None or process.stdin is None:
            return None
        try:
            os.write(process.stdin.fileno(), b"\n")
        except BrokenPipeError:
            process.wait()
            return None
        finally:
            process.stdin.close()
        return process

    def end(self) -> None:
        """It holds nothing that it would have to give back."""
        if self._process is not None:
            child.signal_group(self._process, signal.SIGKILL)
            self._process.wait()
        self._close()

    def _close(self) -> None:
        if self._process is not None and self._process.stdin is not None:
            self._process.stdin.close()
        self._process = None
