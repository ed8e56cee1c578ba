"""Ordered work: jobs of one key run one after another, jobs of different keys side by side."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Any

import structlog

DEPTH = 1000
"""More waiting jobs than any call makes; beyond it something is wrong and memory is worth more."""

log = structlog.get_logger(__name__)

Job = Callable[[], Awaitable[Any]]


def lane_of(agent_id: str) -> str:
    """The lane in which everything about one agent happens."""
    return f"agent {agent_id}"


class Lanes:
    """Lanes live while they have work: an idle key costs nothing and leaves nothing behind."""

    def __init__(self, tasks: asyncio.TaskGroup, depth: int = DEPTH) -> None:
        self._tasks = tasks
        self._depth = depth
        self._waiting: dict[str, deque[Job]] = {}
        self.dropped = 0

    def __len__(self) -> int:
        return len(self._waiting)

    def __contains__(self, key: str) -> bool:
        return key in self._waiting

    def put(self, key: str, job: Job) -> None:
        """Run `job` after all earlier jobs of `key`. An overfull lane drops the job and says so."""
        lane = self._waiting.get(key)
        if lane is None:
            self._start(key, job)
        elif len(lane) < self._depth:
            lane.append(job)
        else:
            self.dropped += 1
            log.error("lane_overfull", alarm=True, lane=key, dropped=self.dropped)

    def _start(self, key: str, job: Job) -> None:
        self._waiting[key] = deque((job,))
        work = self._run(key)
        try:
            self._tasks.create_task(work, name=f"lane {key}")
        except RuntimeError:  # the process is ending: a timer's job comes too late
            work.close()
            del self._waiting[key]

    async def ask(self, key: str, job: Job) -> Any:
        """The result of `job`, run in its place in the lane; its exception is raised here."""
        result: asyncio.Future[Any] = asyncio.get_running_loop().create_future()

        async def answered() -> None:
            try:
                value = await job()
            except Exception as error:
                if not result.done():
                    result.set_exception(error)
            else:
                if not result.done():
                    result.set_result(value)

        self.put(key, answered)
        return await result

    async def _run(self, key: str) -> None:
        lane = self._waiting[key]
        try:
            while lane:
                try:
                    await lane[0]()
                except Exception:  # one bad message never ends a call's other messages
                    log.exception("lane_job_failed", lane=key)
                lane.popleft()
        finally:
            del self._waiting[key]
