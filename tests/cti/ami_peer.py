"""A small AMI server: says what a test tells it to, remembers every block that it was sent."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress

from cti.asterisk.connection import Account, AmiConnection
from cti.asterisk.message import Message
from tests.patience import LONG

Answer = Callable[[dict[str, str]], bytes | None]
LISTS = {
    "QueueStatus": "QueueStatusComplete",
    "BridgeList": "BridgeListComplete",
    "CoreShowChannels": "CoreShowChannelsComplete",
}


class AmiPeer:
    """`answer` may return other bytes for an action, or b"" for silence; None is the usual answer."""

    def __init__(self) -> None:
        self.port = 0
        self.blocks: list[dict[str, str]] = []
        self.logins = 0
        self.password = "right"  # noqa: S105
        self.silent = False
        self.answer: Answer = lambda action: None
        self._writers: set[asyncio.StreamWriter] = set()
        self._server: asyncio.Server | None = None

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """Close the door and every session, as a dying Asterisk does."""
        if self._server is not None:
            self._server.close()
        for writer in list(self._writers):
            writer.transport.abort()

    def say(self, data: bytes) -> None:
        for writer in self._writers:
            writer.write(data)

    def event(self, name: str, **headers: str) -> None:
        self.say(block({"Event": name, **headers}))

    def actions(self, name: str) -> list[dict[str, str]]:
        return [each for each in self.blocks if each.get("Action") == name]

    async def is_asked(self, name: str, times: int = 1) -> None:
        """Until so many actions of this name have come in."""
        async with asyncio.timeout(LONG):
            while len(self.actions(name)) < times:  # noqa: ASYNC110
                await asyncio.sleep(0.005)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.add(writer)
        writer.write(b"Asterisk Call Manager/11.0.0\r\n")
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                action = _read(await reader.readuntil(b"\r\n\r\n"))
                self.blocks.append(action)
                if not self.silent:
                    answer = self.answer(action)
                    writer.write(self._usual(action) if answer is None else answer)
        self._writers.discard(writer)

    def _usual(self, action: dict[str, str]) -> bytes:
        key = action.get("ActionID", "")
        name = action.get("Action", "")
        if name == "Login":
            self.logins += 1
            if action.get("Secret") != self.password:
                return block({"Response": "Error", "ActionID": key, "Message": "Authentication failed"})
        if name in LISTS:
            start = block({"Response": "Success", "ActionID": key, "EventList": "start"})
            return start + block({"Event": LISTS[name], "ActionID": key, "EventList": "Complete", "ListItems": "0"})
        return block({"Response": "Success", "ActionID": key, "Message": "done"})


def block(headers: dict[str, str]) -> bytes:
    return "".join(f"{name}: {value}\r\n" for name, value in headers.items()).encode() + b"\r\n"


def _read(raw: bytes) -> dict[str, str]:
    pairs = (line.partition(": ") for line in raw.decode().strip().split("\r\n"))
    return {name: value for name, _, value in pairs}


class Session:
    """A connection under test, and what it heard."""

    def __init__(self, connection: AmiConnection, heard: list[Message], ups: list[int], downs: list[bool]) -> None:
        self.connection, self.heard, self.ups, self.downs = connection, heard, ups, downs

    async def is_up(self, generation: int = 1, seconds: float = LONG) -> None:
        async with asyncio.timeout(seconds):
            while self.connection.generation < generation or not self.connection.up:  # noqa: ASYNC110
                await asyncio.sleep(0.005)

    async def is_down(self, seconds: float = LONG) -> None:
        async with asyncio.timeout(seconds):
            while self.connection.up:  # noqa: ASYNC110
                await asyncio.sleep(0.005)

    async def hears(self, count: int, seconds: float = LONG) -> list[Message]:
        async with asyncio.timeout(seconds):
            while len(self.heard) < count:  # noqa: ASYNC110
                await asyncio.sleep(0.005)
        return self.heard


@asynccontextmanager
async def peer() -> AsyncIterator[AmiPeer]:
    server = AmiPeer()
    await server.start()
    try:
        yield server
    finally:
        await server.stop()


@asynccontextmanager
async def session(
    port: int,
    *,
    wanted: frozenset[bytes] = frozenset({b"Hangup", b"UserEvent", b"Mark"}),
    allowed: frozenset[str] = frozenset({"QueueAdd", "Hangup", "QueueStatus", "CoreShowChannels", "BridgeList"}),
    secret: str = "right",  # noqa: S107
    wait: bool = True,
) -> AsyncIterator[Session]:
    """A running connection to `port`, stopped at the end."""
    heard: list[Message] = []
    ups: list[int] = []
    downs: list[bool] = []
    account = Account(host="127.0.0.1", port=port, user="test", secret=secret, wanted=wanted, allowed=allowed)
    connection = AmiConnection(account, on_event=heard.append, on_up=ups.append, on_down=lambda: downs.append(True))
    running = asyncio.get_running_loop().create_task(connection.run())
    under_test = Session(connection, heard, ups, downs)
    try:
        if wait:
            await under_test.is_up()
        yield under_test
    finally:
        connection.stop()
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running
