"""Asterisk's side of a FastAGI conversation, played from a script over a real socket."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from ivr.fastagi import Conversation
from ivr.perform import walk_menu
from ivr.server import Server
from tests.ivr.menus import MAIN
from tests.patience import LONG

SOUNDS = Path("/sounds")
UNIQUEID = "demo-1-1795304665.1"


def header(script: str = "main", **more: str) -> bytes:
    values = {"network": "yes", "network_script": script, "uniqueid": UNIQUEID, **more}
    return "".join(f"agi_{name}: {value}\n" for name, value in values.items()).encode() + b"\n"


class Caller:
    """One caller's connection: answers each command as Asterisk would."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer
        self.heard: list[str] = []

    def send(self, raw: bytes) -> None:
        self.writer.write(raw)

    async def command(self) -> str:
        async with asyncio.timeout(LONG):
            line = (await self.reader.readline()).decode()
        self.heard.append(line.rstrip("\n"))
        return self.heard[-1]

    async def answer(self, *replies: str) -> list[str]:
        """Answer each command in turn; returns the commands."""
        for reply in replies:
            await self.command()
            self.send(f"{reply}\n".encode())
        return self.heard

    async def closed(self) -> bool:
        """Whether the server closes without another word."""
        async with asyncio.timeout(LONG):
            try:
                return await self.reader.read() == b""
            except ConnectionError:
                return True


def key(name: str) -> str:
    return f"200 result={ord(name)} endpos=8000"


NO_KEY = "200 result=0 endpos=68160"
DONE = "200 result=0"


class Hotline:
    """A served menu on a port of its own."""

    def __init__(self, server: Server, port: int) -> None:
        self.server = server
        self.port = port

    async def connect(self) -> Caller:
        return Caller(*await asyncio.open_connection("127.0.0.1", self.port))

    async def call(self) -> Caller:
        caller = await self.connect()
        caller.send(header())
        return caller

    async def probe(self) -> bytes:
        caller = await self.connect()
        caller.send(header("probe"))
        async with asyncio.timeout(LONG):
            return await caller.reader.read()

    async def until(self, true: Callable[[], bool]) -> None:
        async with asyncio.timeout(LONG):
            while not true():  # noqa: ASYNC110 (the server tells nobody when a task ends)
                await asyncio.sleep(0.01)


@asynccontextmanager
async def hotline(profile: str = "light") -> AsyncIterator[Hotline]:
    async def main(conversation: Conversation) -> None:
        await walk_menu(conversation, MAIN, profile, SOUNDS)

    server = Server({"main": main})
    async with server.listening("127.0.0.1", 0) as port:
        yield Hotline(server, port)
