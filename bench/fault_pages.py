"""One desk page an agent without a browser: it beats, says ready, and comes back whenever web does."""

from __future__ import annotations

import asyncio
import contextlib
import json
import threading
import time
from collections.abc import Sequence
from typing import Any
from uuid import uuid4

import aiohttp

from agent_desktop.ports import AgentRecord
from agent_desktop.sessions import Sessions
from hotline import secrets_store
from hotline.trial import Trial

BACK_EVERY, BEAT_EVERY, ASK_EVERY = 0.25, 1.0, 1.0
QUEUE = "general"


class Page:
    """What one desk shows now; nothing while its socket is away."""

    def __init__(self, agent: str) -> None:
        self.agent = agent
        self.state = self.call_state = self.call_id = ""
        self.is_open = False
        self.opened = 0
        self._asked_at = 0.0

    def closed(self) -> None:
        self.is_open = False
        self.state = self.call_state = self.call_id = ""

    def took(self, frame: dict[str, Any]) -> None:
        if isinstance(frame.get("agent"), dict):
            self.state = str(frame["agent"]["state"])
        if "call" in frame:
            call = frame["call"] or {}
            self.call_id, self.call_state = str(call.get("id", "")), str(call.get("state", ""))

    def wants_ready(self) -> bool:
        """A desk of a bench never rests: paused, for whatever reason, it says ready."""
        if self.state not in {"paused", "wrap_up", "wrap-up"} or time.monotonic() - self._asked_at < ASK_EVERY:
            return False
        self._asked_at = time.monotonic()
        return True


class Pages:
    """All of them in a thread of its own; their fields may be read from any."""

    def __init__(self, trial: Trial, agents: Sequence[str]) -> None:
        self._trial = trial
        self.by_agent = {agent: Page(agent) for agent in agents}
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_until_complete, args=(self._run(),), daemon=True)
        self._over = asyncio.Event()

    def __enter__(self) -> Pages:
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._loop.call_soon_threadsafe(self._over.set)
        self._thread.join(10)

    async def _run(self) -> None:
        async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as http, asyncio.TaskGroup() as tasks:
            running = [tasks.create_task(self._keep(http, page)) for page in self.by_agent.values()]
            await self._over.wait()
            for task in running:
                task.cancel()

    async def _keep(self, http: aiohttp.ClientSession, page: Page) -> None:
        while True:
            with contextlib.suppress(aiohttp.ClientError, OSError, TimeoutError):
                await self._once(http, page)
            page.closed()
            await asyncio.sleep(BACK_EVERY)

    async def _once(self, http: aiohttp.ClientSession, page: Page) -> None:
        origin, headers = self._door(page.agent)
        async with http.ws_connect(f"{origin}/ws?window=bench-{page.agent}", headers=headers) as socket:
            await socket.send_json({"type": "line", "registered": True, "mic": "ok"})
            async with asyncio.TaskGroup() as both:
                beating = both.create_task(self._beat(socket, page))
                async for message in socket:
                    if message.type is aiohttp.WSMsgType.TEXT:
                        page.took(json.loads(message.data))
                        page.opened += not page.is_open
                        page.is_open = True
                beating.cancel()

    async def _beat(self, socket: aiohttp.ClientWebSocketResponse, page: Page) -> None:
        with contextlib.suppress(OSError, aiohttp.ClientError):
            while True:
                await socket.send_str('{"type":"beat"}')
                if page.wants_ready():
                    await socket.send_json({"type": "command", "id": str(uuid4()), "kind": "ready"})
                await asyncio.sleep(BEAT_EVERY / 2)

    def _door(self, agent: str) -> tuple[str, dict[str, str]]:
        settings = self._trial.settings
        origin = f"http://127.0.0.1:{settings.port('web_http')}"
        sessions = Sessions(secrets_store.read(settings).session, time.time, 36000)
        record = AgentRecord(
            id=agent, name=agent, extension=agent, queues=(QUEUE,), roles=frozenset({"agent"}), sip_generation=1
        )
        cookie = f"hotline-{settings.port('web_http')}={sessions.cookie(sessions.start(record))}"
        return origin, {"Origin": origin, "Cookie": cookie}
