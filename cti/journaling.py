"""Journal first: waits for the disk a moment, alarms when it fails, never stops what follows."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from functools import partial
from typing import Protocol

import structlog

from cti.core.codec import encode
from cti.core.events import AgentEvent, CallEvent
from cti.core.ports import JournalEntry, PersonalFields

WAIT_SECONDS = 0.05
HANGS_SECONDS = 2.0
"""No answer for so long to what nothing waits for."""

Put = Callable[[JournalEntry], asyncio.Future[int]]

log = structlog.get_logger(__name__)


class Journal(Protocol):
    """Where events are kept. It speaks of futures, so it is no port of the core, which knows no loop."""

    def append(self, entry: JournalEntry) -> asyncio.Future[int]:
        """The entry has its place now; the future ends when it is on the disk, or with the disk's failure."""
        ...

    def keep(self, entry: JournalEntry) -> asyncio.Future[int]:
        """The same, written as soon; but the future may end half a second later, for nobody waits for it."""
        ...

    def waits_for_disk(self) -> bool:
        """Whether it is the disk that the rows are waiting for, at this moment."""
        ...


class Journaling:
    """Writes events; `failing` is True from a failed or late write to the next one that succeeds."""

    def __init__(self, journal: Journal, personal: PersonalFields) -> None:
        self._journal, self._personal = journal, personal
        self._loop = asyncio.get_running_loop()
        self._watch: asyncio.TimerHandle | None = None
        self.failing = False
        self.written = 0
        self.failed = 0

    async def write(self, events: Sequence[CallEvent | AgentEvent]) -> None:
        """Return when the events are on the disk, or after 50 ms at the latest. Raises nothing."""
        writing = self._begin(events, self._journal.append)
        if writing:
            await asyncio.wait(writing, timeout=WAIT_SECONDS)
            self._look_at_disk(writing)

    def note(self, events: Sequence[CallEvent | AgentEvent]) -> None:
        """Write events that nothing waits for. They keep their place; a disk that hangs is noticed all the same."""
        self._watch_over(self._begin(events, self._journal.keep))

    def _begin(self, events: Sequence[CallEvent | AgentEvent], put: Put) -> list[asyncio.Future[int]]:
        writing = []
        for event in events:
            kind = type(event).__name__
            try:
                row = put(encode(event, self._personal))
            except Exception as error:
                self._failed(kind, error)
            else:
                row.add_done_callback(partial(self._written, kind))
                writing.append(row)
        return writing

    def _look_at_disk(self, writing: Sequence[asyncio.Future[int]]) -> None:
        """Rows that are late: the disk's fault is told at once; a busy processor's only when they stay away."""
        late = [row for row in writing if not row.done()]
        if late and self._journal.waits_for_disk():
            self._alarm_late(late, "本地日志写入超过 50 毫秒")
        else:
            self._watch_over(late)

    def _watch_over(self, writing: Sequence[asyncio.Future[int]]) -> None:
        if writing and self._watch is None:
            self._watch = self._loop.call_later(HANGS_SECONDS, self._look_again, writing)

    def _look_again(self, writing: Sequence[asyncio.Future[int]]) -> None:
        self._watch = None
        late = [row for row in writing if not row.done()]
        if late:
            self._alarm_late(late, f"本地日志写入超过 {HANGS_SECONDS:g} 秒")

    def _alarm_late(self, late: Sequence[asyncio.Future[int]], words: str) -> None:
        if not self.failing:
            self.failing = True
            log.error("journal_late", alarm=True, rows=len(late), words=words)

    def _written(self, kind: str, row: asyncio.Future[int]) -> None:
        if row.cancelled():
            return
        error = row.exception()
        if error is not None:
            self._failed(kind, error)
            return
        self.written += 1
        self.failing = False

    def _failed(self, kind: str, error: BaseException) -> None:
        self.failed += 1
        self.failing = True
        log.error("journal_failed", alarm=True, kind=kind, reason=str(error))
