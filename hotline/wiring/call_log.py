"""Asterisk's own log of channels (CEL), read after a cut and by `hotline calls verify`; it never grows for ever."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path

from cti.asterisk import cel
from cti.core.events import CallEvent
from cti.core.ids import CallId
from hotline.settings import Settings

LARGEST = 32 * 1024 * 1024
LOOK_BACK = timedelta(seconds=10)
"""What was told just before a cut may not have been heard."""


def path_of(settings: Settings) -> Path:
    return settings.home / "log" / "asterisk" / "calls.cel"


def older(path: Path) -> Path:
    return path.with_suffix(".cel.1")


def lines_of(path: Path) -> Iterator[str]:
    """Of both files, oldest first; none when Asterisk has not written yet."""
    for each in (older(path), path):
        if each.exists():
            with each.open(encoding="utf-8", errors="replace", newline="") as file:
                yield from file


class CallLog:
    """`CallLog` of the core, on the file."""

    def __init__(self, path: Path) -> None:
        self._path = path

    async def events_since(self, since: datetime, known: Collection[CallId]) -> Mapping[CallId, Sequence[CallEvent]]:
        """Off the loop: after an hour of a busy node these are tens of thousands of lines."""
        return await asyncio.to_thread(self._read, since - LOOK_BACK, frozenset(known))

    def _read(self, since: datetime, known: Collection[CallId]) -> dict[CallId, tuple[CallEvent, ...]]:
        rows = [row for row in cel.rows_of(lines_of(self._path)) if row.at >= since]
        return {call_id: cel.events_of(call_id, mine) for call_id, mine in cel.by_call(rows, known).items()}

    async def trim(self) -> None:
        """Asterisk opens the file for each line, so it may be put aside at any time."""
        await asyncio.to_thread(self._trim)

    def _trim(self) -> None:
        if self._path.exists() and self._path.stat().st_size > LARGEST:
            os.replace(self._path, older(self._path))
