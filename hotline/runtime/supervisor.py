"""Keeps the processes of a hotline running, and ends all of them within five seconds."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import subprocess
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from hotline.runtime import child, notify
from hotline.runtime.child import Service
from hotline.runtime.spare import Spare

SILENT_S = 4.0
"""A process that pinged and then did not for so long has stalled (the same as WatchdogSec in deploy/)."""
ASK_EVERY_S = 2.0
MISSED_ANSWERS = 5
"""Killing Asterisk cuts every call: ten seconds without an answer, not less."""
FIRST_BACKOFF_S = 0.2
LONGEST_BACKOFF_S = 5.0
SERVED_S = 2.0
"""Who has served for so long is started again at once, however often he dies: only what cannot start has to wait."""
SPARE_AFTER_S = 1.0
"""Its imports are not to hold up whoever comes back to a process that has just begun."""
LAST_TO_STOP = "postgres"
STOP_S = 3.2
STOP_LAST_S = 1.2


class NotReady(RuntimeError):
    """A process did not become ready; the text names its log."""


@dataclass(slots=True)
class Kept:
    """One service and the process that runs it now."""

    service: Service
    log: Path
    process: subprocess.Popen[bytes] | None = None
    state: str = "down"
    restarts: int = 0
    since: str = ""
    heard_at: float = 0.0
    up_at: float | None = None
    tasks: int | None = None
    """asyncio tasks, as the process itself last said."""
    asked_at: float = 0.0
    missed: int = 0
    spare: Spare = field(init=False)

    def __post_init__(self) -> None:
        self.spare = Spare(self.service, self.log)

    @property
    def pid(self) -> int | None:
        return self.process.pid if self.process is not None and self.process.returncode is None else None

    def become(self, state: str) -> None:
        if state == "up":
            self.up_at = time.monotonic()
        self.state = state
        self.since = datetime.now(UTC).isoformat(timespec="seconds")

    def has_served(self, seconds: float = SERVED_S) -> bool:
        return self.up_at is not None and time.monotonic() - self.up_at > seconds


class Supervisor:
    """Start services one after another; each dead or silent one is started again until `stop`."""

    def __init__(self, logs: Path, tasks: asyncio.TaskGroup) -> None:
        self.kept: dict[str, Kept] = {}
        self._logs = logs
        self._tasks = tasks
        self._keepers: list[asyncio.Task[None]] = []
        self._ear = notify.Ear()
        self._sessions: set[int] = set()
        self._stopping = False
        child.adopt_orphans()
        asyncio.get_running_loop().add_reader(self._ear.fileno(), self._listen)

    async def start(self, *services: Service) -> None:
        """Start these at the same time; return when all are ready. Raises NotReady."""
        for service in services:
            log = self._logs / f"{service.name}.log"
            kept = self.kept[service.name] = Kept(self._told_where_to_report(service), log)
            self._keepers.append(self._tasks.create_task(self._keep(kept), name=f"keep {service.name}"))
        for service in services:
            await self._first_ready(self.kept[service.name])

    def is_up(self, name: str) -> bool:
        return name in self.kept and self.kept[name].state == "up"

    def kill(self, name: str) -> None:
        """SIGKILL a process that does not answer; its keeper starts it again."""
        kept = self.kept[name]
        if kept.process is not None:
            kept.become("stalled")
            child.signal_group(kept.process, signal.SIGKILL)

    async def stop(self) -> None:
        """End everything: first who uses the database, then the database; the deaf are killed."""
        if self._stopping:
            return
        self._stopping = True
        for keeper in self._keepers:
            keeper.cancel()
        await asyncio.gather(*self._keepers, return_exceptions=True)
        for kept in self.kept.values():
            kept.spare.end()
        await self._end([k for k in self.kept.values() if k.service.name != LAST_TO_STOP], STOP_S)
        await self._end([k for k in self.kept.values() if k.service.name == LAST_TO_STOP], STOP_LAST_S)
        asyncio.get_running_loop().remove_reader(self._ear.fileno())
        self._ear.close()
        child.end_strays(self._sessions)

    async def _keep(self, kept: Kept) -> None:
        backoff = FIRST_BACKOFF_S
        while not self._stopping:
            kept.up_at = None
            kept.process = kept.spare.take() or child.spawn(kept.service, kept.log)
            self._sessions.add(kept.process.pid)
            kept.heard_at, kept.missed = 0.0, 0
            kept.become("starting")
            await self._watch(kept, kept.process)
            kept.restarts += 1
            kept.become("down")
            backoff = FIRST_BACKOFF_S if kept.has_served() else min(2 * backoff, LONGEST_BACKOFF_S)
            await asyncio.sleep(backoff)

    async def _watch(self, kept: Kept, process: subprocess.Popen[bytes]) -> None:
        """Return when the process is over, by itself or by our hand."""
        ending = asyncio.ensure_future(child.exited(process))  # noqa: TID251  (awaited below, always)
        begun = looked_at = time.monotonic()
        try:
            while not ending.done():
                await asyncio.wait({ending}, timeout=0.05 if kept.state == "starting" else 0.5)
                now = time.monotonic()
                if now - looked_at > SILENT_S / 2 and kept.heard_at:
                    # We were held up ourselves; messages may wait unread.
                    kept.heard_at = now
                looked_at = now
                self._judge(kept, process, now - begun)
                await self._ask(kept, process)
                self._have_a_spare(kept)
        finally:
            ending.cancel()
        # What it started must not live on beside its successor.
        child.signal_group(process, signal.SIGKILL)

    def _have_a_spare(self, kept: Kept) -> None:
        if kept.state == "up" and kept.has_served(SPARE_AFTER_S) and (pid := kept.spare.prepare()):
            self._sessions.add(pid)

    def _judge(self, kept: Kept, process: subprocess.Popen[bytes], age_s: float) -> None:
        service = kept.service
        if kept.state == "starting":
            if service.is_ready is not None and process.poll() is None and service.is_ready():
                kept.become("up")
            elif age_s > service.ready_within_s:
                child.signal_group(process, signal.SIGKILL)
        elif service.notifies and kept.heard_at and time.monotonic() - kept.heard_at > SILENT_S:
            kept.become("stalled")
            child.signal_group(process, signal.SIGKILL)

    async def _ask(self, kept: Kept, process: subprocess.Popen[bytes]) -> None:
        """Kill a process that is up, but has not answered for a long time."""
        begun = time.monotonic()
        if kept.service.answers is None or kept.state != "up" or begun - kept.asked_at < ASK_EVERY_S:
            return
        kept.asked_at = begun
        kept.missed = 0 if await kept.service.answers() else kept.missed + 1
        if kept.missed >= MISSED_ANSWERS:
            kept.become("stalled")
            child.signal_group(process, signal.SIGKILL)

    def _listen(self) -> None:
        by_pid = {kept.pid: kept for kept in self.kept.values() if kept.pid is not None}
        for pid, text in self._ear.heard():
            kept = by_pid.get(pid)
            if kept is None:
                continue
            kept.heard_at = time.monotonic()
            for line in text.splitlines():
                if line == notify.READY and kept.state == "starting":
                    kept.become("up")
                elif line.startswith(notify.TASKS):
                    kept.tasks = int(line.removeprefix(notify.TASKS))

    def _told_where_to_report(self, service: Service) -> Service:
        if service.notifies:
            service.environment["NOTIFY_SOCKET"] = self._ear.address
        return service

    async def _first_ready(self, kept: Kept) -> None:
        until = time.monotonic() + kept.service.ready_within_s
        while kept.state != "up":
            if time.monotonic() > until or kept.restarts >= 3:
                raise NotReady(f"{kept.service.name} 未能启动 (did not start). 日志 log {kept.log}:\n{_tail(kept.log)}")
            await asyncio.sleep(0.05)
        kept.restarts = 0

    async def _end(self, kept: list[Kept], within_s: float) -> None:
        running = [(k, k.process) for k in kept if k.process is not None and k.process.poll() is None]
        for one, process in running:
            one.become("stopping")
            child.signal_group(process, one.service.stop_signal)
            # A stopped (SIGSTOP) process hears nothing until it goes on.
            child.signal_group(process, signal.SIGCONT)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(within_s):
                await asyncio.gather(*(child.exited(process) for _, process in running))
        for one, process in running:
            child.signal_group(process, signal.SIGKILL)
            process.wait()
            one.become("down")


def _tail(log: Path, lines: int = 12) -> str:
    try:
        return "\n".join("    " + line for line in log.read_text("utf-8", "replace").splitlines()[-lines:])
    except OSError:
        return "    (no log)"
