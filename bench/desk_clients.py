"""Desks without a browser: one logged-in WebSocket client an agent, and when each saw what."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Awaitable, Callable, Sequence
from types import TracebackType

import aiohttp
from argon2 import PasswordHasher

from agent_desktop.ports import AgentRecord
from agent_desktop.sessions import Sessions
from hotline import agents as agent_book
from hotline import secrets_store
from hotline.trial import Trial
from storage.agents import Agent, AgentStore
from storage.database import Database

FIRST_AGENT = 2001
BEAT_EVERY = 1.0
QUEUE = "general"


def agents_of(trial: Trial, count: int) -> list[str]:
    """So many agents in the hotline's book, and known to Asterisk and web."""
    names = [str(FIRST_AGENT + number) for number in range(count)]
    asyncio.run(_add(trial, names))
    agent_book.refresh_desks(trial.settings)
    return names


async def _add(trial: Trial, names: Sequence[str]) -> None:
    """Their passwords are nobody's: the cheapest hash will do."""
    database = Database(trial.database_url(), pool=1)
    cheap = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    store = AgentStore(database, centre_id=trial.settings.centre_id, hasher=cheap)
    try:
        for name in names:
            await store.add(Agent(id=name, name=f"坐席{name}", roles=("agent",), queues=(QUEUE,)), "not-to-be-used")
    finally:
        await database.close()


class DeskClient:
    """What one desk was sent last: the waiting callers of the queue, and the state of its own call."""

    def __init__(self, agent: str) -> None:
        self.agent = agent
        self.waiting = -1
        self.call = ""
        self.state = ""
        self._watches: list[tuple[Callable[[], bool], asyncio.Future[float]]] = []

    def took(self, frame: dict[str, object]) -> None:
        """A frame has come: whoever waits for what it says is told when."""
        self._read(frame)
        at = time.time()
        for true, told in list(self._watches):
            if true():
                told.set_result(at)
                self._watches.remove((true, told))

    def sees(self, true: Callable[[], bool]) -> asyncio.Future[float]:
        told: asyncio.Future[float] = asyncio.get_running_loop().create_future()
        if true():
            told.set_result(time.time())
        else:
            self._watches.append((true, told))
        return told

    def sees_call(self, state: str) -> Callable[[], Awaitable[list[float]]]:
        return lambda: _all([self.sees(lambda: self.call == state)])

    def _read(self, frame: dict[str, object]) -> None:
        queues, call, agent = frame.get("queues"), frame.get("call"), frame.get("agent")
        if isinstance(queues, list):
            self.waiting = next((queue["waiting"] for queue in queues if queue["id"] == QUEUE), 0)
        if "call" in frame:
            self.call = str(call["state"]) if isinstance(call, dict) else ""
        if isinstance(agent, dict):
            self.state = str(agent["state"])


class DeskClients:
    """All of them, each with its socket, in this loop."""

    def __init__(self, trial: Trial, agents: Sequence[str]) -> None:
        self._trial = trial
        self._desks = {agent: DeskClient(agent) for agent in agents}
        self._sockets: list[aiohttp.ClientWebSocketResponse] = []

    async def __aenter__(self) -> DeskClients:
        self._tasks = await asyncio.TaskGroup().__aenter__()
        self._http = aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0))
        for agent in self._desks:
            await self._open(agent)
        self._running = [self._tasks.create_task(self._beat())]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for task in self._running:
            task.cancel()
        for socket in self._sockets:
            await socket.close()
        await self._http.close()
        await self._tasks.__aexit__(None, None, None)

    def of(self, agent: str) -> DeskClient:
        return self._desks[agent]

    def all_see_waiting(self, count: int) -> Callable[[], Awaitable[list[float]]]:
        """When each desk showed so many waiting callers."""
        return lambda: _all([_waiting(desk, count) for desk in self._desks.values()])

    async def sign_on(self) -> None:
        """As pages do once their phone is registered."""
        for socket in self._sockets:
            await socket.send_json({"type": "line", "registered": True, "mic": "ok"})
        async with asyncio.timeout(60):
            await _all([_signed_on(desk) for desk in self._desks.values()])

    async def _open(self, agent: str) -> None:
        settings = self._trial.settings
        origin = f"http://127.0.0.1:{settings.port('web_http')}"
        sessions = Sessions(secrets_store.read(settings).session, time.time, 3600)
        record = AgentRecord(
            id=agent, name=agent, extension=agent, queues=(QUEUE,), roles=frozenset({"agent"}), sip_generation=1
        )
        cookie = f"hotline-{settings.port('web_http')}={sessions.cookie(sessions.start(record))}"
        headers = {"Origin": origin, "Cookie": cookie}
        socket = await self._http.ws_connect(f"{origin}/ws?window=bench-{agent}", headers=headers)
        self._sockets.append(socket)
        self._tasks.create_task(self._listen(self._desks[agent], socket))

    async def _listen(self, desk: DeskClient, socket: aiohttp.ClientWebSocketResponse) -> None:
        async for message in socket:
            if message.type is aiohttp.WSMsgType.TEXT:
                desk.took(json.loads(message.data))

    async def _beat(self) -> None:
        """Spread over the second, as those of pages are."""
        while True:
            for socket in self._sockets:
                await socket.send_str('{"type":"beat"}')
                await asyncio.sleep(BEAT_EVERY / len(self._sockets))


def _waiting(desk: DeskClient, count: int) -> asyncio.Future[float]:
    return desk.sees(lambda: desk.waiting == count)


def _signed_on(desk: DeskClient) -> asyncio.Future[float]:
    return desk.sees(lambda: desk.state not in {"", "offline"})


async def _all(told: Sequence[asyncio.Future[float]]) -> list[float]:
    return list(await asyncio.gather(*told))
