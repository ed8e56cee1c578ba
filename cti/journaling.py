"""Journal first: waits for the disk a moment, alarms when it fails, never stops what follows."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import structlog

from cti.core.codec import encode
from cti.core.events import AgentEvent, CallEvent
from cti.core.ports import Journal, PersonalFields

WAIT_SECONDS = 0.05

log = structlog.get_logger(__name__)


class Journaling:
    """Writes events; `failing` is True from a failed or late write to the next one that succeeds."""

    def __init__(self, journal: Journal, personal: PersonalFields, tasks: asyncio.TaskGroup) -> None:
        self._journal, self._personal, self._tasks = journal, personal, tasks
        self.failing = False
        self.written = 0
        self.failed = 0

    async def write(self, events: Sequence[CallEvent | AgentEvent]) -> None:
        """Return when the events are on the disk, or after 50 ms at the latest. Raises nothing."""
        if not events:
            return
        # Tasks start in the order of their making: rows get their numbers in the order of the events.
        writing = [self._tasks.create_task(self._write(event), name="journal") for event in events]
        _, late = await asyncio.wait(writing, timeout=WAIT_SECONDS)
        if late and not self.failing:
            self.failing = True
            log.error("journal_late", alarm=True, rows=len(late), words="本地日志写入超过 50 毫秒")

    async def _write(self, event: CallEvent | AgentEvent) -> None:
        try:
            await self._journal.append(encode(event, self._personal))
        except Exception as error:
            self.failed += 1
            self.failing = True
            log.error("journal_failed", alarm=True, kind=type(event).__name__, reason=str(error))
        else:
            self.written += 1
            self.failing = False
