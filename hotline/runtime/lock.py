"""One supervisor a home, one cti a node: a file lock that the kernel frees when its holder dies."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path


class Held(RuntimeError):
    """Another process holds the lock; the text says which."""


class FileLock:
    """Held from `__init__` until `release` or the end of this process."""

    def __init__(self, path: Path, purpose: str) -> None:
        self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o640)
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.read(self._descriptor, 20).decode("ascii", "replace").strip() or "?"
            os.close(self._descriptor)
            raise Held(f"{purpose} 已在运行, 进程号 {holder} (already running as pid {holder}; {path})") from None
        os.ftruncate(self._descriptor, 0)
        os.write(self._descriptor, str(os.getpid()).encode())

    def release(self) -> None:
        os.close(self._descriptor)
