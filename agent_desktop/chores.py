"""One owner for the small tasks that nobody waits for: none is lost, none takes the others along."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import TypeVar

import structlog

log = structlog.get_logger()

T = TypeVar("T")


class Chores:
    """Tasks started here run until done or until `run` is cancelled; a failure is logged."""

    def __init__(self) -> None:
        self._tasks: asyncio.TaskGroup | None = None

    async def run(self) -> None:
        try:
            async with asyncio.TaskGroup() as self._tasks:
                await asyncio.Event().wait()
        finally:
            self._tasks = None

    def start(self, name: str, work: Coroutine[object, object, T]) -> asyncio.Task[T | None] | None:
        """Start `work`, or drop it when this process is ending."""
        if self._tasks is None:
            work.close()
            return None
        return self._tasks.create_task(_guarded(name, work))


async def _guarded(name: str, work: Coroutine[object, object, T]) -> T | None:
    try:
        return await work
    except Exception:
        log.exception("chore.failed", chore=name)
        return None
