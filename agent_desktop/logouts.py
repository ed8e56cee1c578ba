"""Sessions that were ended before their time, kept in a file: a restart of this process believes them no more."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Mapping
from pathlib import Path

import structlog

log = structlog.get_logger()


class Logouts:
    """A line each: the session's id and the second (Unix time) at which its cookie expires by itself.

    A line is with the kernel before the answer goes out: it outlives this process, not a power cut of that second.
    Nothing waits for the disk here, because a desk's loop that stands still for it would be ended by its watchdog.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    def read(self, now: float) -> dict[str, int]:
        """What still counts; the file forgets the rest. A line that was torn is no log-out."""
        try:
            lines = self._path.read_text("ascii", "replace").splitlines()
        except OSError:
            return {}
        ended = dict(found for line in lines if (found := _read(line)) is not None and found[1] > now)
        if len(ended) < len(lines):
            self._rewrite(ended)
        return ended

    def add(self, session_id: str, expires_at: int) -> None:
        """The log-out counts in any case; one that could not be written counts until the next restart."""
        try:
            self._write(self._path, os.O_APPEND, f"{session_id} {expires_at}\n")
        except OSError as error:
            log.error("logout.not_kept", alarm=True, error=type(error).__name__)

    def _rewrite(self, ended: Mapping[str, int]) -> None:
        fresh = self._path.with_suffix(".new")
        with contextlib.suppress(OSError):
            self._write(fresh, os.O_TRUNC, "".join(f"{id_} {until}\n" for id_, until in ended.items()))
            fresh.replace(self._path)

    @staticmethod
    def _write(path: Path, how: int, text: str) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        file = os.open(path, os.O_WRONLY | os.O_CREAT | how, 0o600)
        try:
            os.write(file, text.encode("ascii"))
        finally:
            os.close(file)


def _read(line: str) -> tuple[str, int] | None:
    session_id, _, until = line.partition(" ")
    return (session_id, int(until)) if session_id and until.isdecimal() else None
