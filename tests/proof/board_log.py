"""The supervisors' board as web shows it, kept from the first to the last moment of a story."""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import aiohttp

from agent_desktop.ports import AgentRecord
from agent_desktop.sessions import Sessions
from hotline import secrets_store
from hotline.trial import Trial
from tests.proof.spans import Interval, union

SUPERVISOR = "9001"
BEAT_EVERY, BACK_EVERY = 0.7, 0.25


@dataclass(slots=True)
class Seen:
    """One call on the board, and which agents it named."""

    first: datetime
    gone: datetime | None = None
    named: dict[str, datetime] = field(default_factory=dict)


class Board:
    """What one board has shown, frame by frame."""

    def __init__(self) -> None:
        self.calls: dict[str, Seen] = {}
        self.sighted: list[Interval] = []
        """When web and cti were both there to be looked at."""
        self._sees_since: datetime | None = None

    @property
    def living(self) -> set[str]:
        """Calls on the board now."""
        return {call_id for call_id, seen in list(self.calls.items()) if seen.gone is None}

    @property
    def sees(self) -> bool:
        return self._sees_since is not None

    def saw_all_of(self, begin: datetime, end: datetime) -> bool:
        now = self._sees_since
        spans = union([*self.sighted, *([(now, datetime.now(UTC))] if now else [])])
        return any(first <= begin and end <= last for first, last in spans)

    def took(self, frame: dict[str, Any]) -> None:
        """One frame of the board."""
        if isinstance(frame.get("system"), dict):
            self._looks(frame["system"]["cti"] == "up")
        if frame["type"] == "board":
            rows = frame["rows"]["calls"]
            for call_id in self.living - set(rows):
                self._row(call_id, None)
            for call_id, row in rows.items():
                self._row(call_id, row)
        elif frame["type"] == "changes":
            for table, id_, row in frame["rows"]:
                if table == "calls":
                    self._row(id_, row)

    def _row(self, call_id: str, row: dict[str, Any] | None) -> None:
        now = datetime.now(UTC)
        if row is None:
            if call_id in self.calls:
                self.calls[call_id].gone = self.calls[call_id].gone or now
            return
        seen = self.calls.setdefault(call_id, Seen(now))
        seen.gone = None
        if row["agent"]:
            seen.named.setdefault(row["agent"], now)

    def _looks(self, sees: bool) -> None:
        if sees and self._sees_since is None:
            self._sees_since = datetime.now(UTC)
        elif not sees and self._sees_since is not None:
            self.sighted.append((self._sees_since, datetime.now(UTC)))
            self._sees_since = None


class BoardLog(Board):
    """A board's socket in a thread of its own; what it knows may be read from any."""

    def __init__(self, hotline: Trial) -> None:
        super().__init__()
        self._hotline = hotline
        self._loop = asyncio.new_event_loop()
        self._over = asyncio.Event()
        self._watching = ThreadPoolExecutor(max_workers=1).submit(self._loop.run_until_complete, self._run())

    def close(self) -> None:
        """Raises what has kept it from looking, if anything has."""
        self._loop.call_soon_threadsafe(self._over.set)
        self._watching.result(10)
        self._loop.close()

    async def _run(self) -> None:
        async with aiohttp.ClientSession() as http, asyncio.TaskGroup() as tasks:
            watching = tasks.create_task(self._keep(http))
            await self._over.wait()
            watching.cancel()

    async def _keep(self, http: aiohttp.ClientSession) -> None:
        while True:
            try:
                await self._once(http)
            except* (aiohttp.ClientError, OSError, TimeoutError):
                pass  # web is not there: it comes back
            self._looks(False)
            await asyncio.sleep(BACK_EVERY)

    async def _once(self, http: aiohttp.ClientSession) -> None:
        origin, headers = self._door()
        async with (
            http.ws_connect(f"{origin}/ws/board", headers=headers, max_msg_size=0) as socket,
            asyncio.TaskGroup() as both,
        ):
            beating = both.create_task(self._beat(socket))
            async for message in socket:
                if message.type is aiohttp.WSMsgType.TEXT:
                    self.took(json.loads(message.data))
            beating.cancel()

    async def _beat(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        with contextlib.suppress(OSError, aiohttp.ClientError):
            while True:
                await socket.send_str('{"type":"beat"}')
                await asyncio.sleep(BEAT_EVERY)

    def _door(self) -> tuple[str, dict[str, str]]:
        """A supervisor's session as web itself would give it: also while PostgreSQL cannot be asked."""
        settings = self._hotline.settings
        origin = f"http://127.0.0.1:{settings.port('web_http')}"
        sessions = Sessions(secrets_store.read(settings).session, time.time, 36000)
        record = AgentRecord(
            id=SUPERVISOR, name=SUPERVISOR, extension=SUPERVISOR, queues=(),
            roles=frozenset({"supervisor"}), sip_generation=1,
        )  # fmt: skip
        cookie = f"hotline-{settings.port('web_http')}={sessions.cookie(sessions.start(record))}"
        return origin, {"Origin": origin, "Cookie": cookie}
