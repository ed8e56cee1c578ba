"""Stands between cti and Asterisk's AMI: passes everything on, and adds whole events to what cti hears."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Iterable, Mapping

PIECE = 64 * 1024
LISTENER = b"hotline-events"
"""The account whose session hears events."""


class AmiTap:
    """Runs in a thread of its own; `say` may be called from any."""

    def __init__(self, target: int, port: int) -> None:
        self._target, self._port = target, port
        self._loop = asyncio.new_event_loop()
        self._hearing: asyncio.StreamWriter | None = None
        self._server: asyncio.Server | None = None
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)

    def __enter__(self) -> AmiTap:
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self._start(), self._loop).result(5)
        return self

    def __exit__(self, *error: object) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)

    def say(self, events: Iterable[Mapping[str, str]]) -> None:
        """These events, in one piece, between two of Asterisk's own."""
        self._loop.call_soon_threadsafe(self._say, b"".join(_block(event) for event in events))

    def _say(self, data: bytes) -> None:
        if self._hearing is None:
            raise RuntimeError("cti does not listen")
        self._hearing.write(data)

    async def _start(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self._port)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self._target)
        except OSError:
            writer.close()
            return
        async with asyncio.TaskGroup() as both:
            both.create_task(self._out(reader, far_writer, writer))
            both.create_task(self._in(far_reader, writer))

    async def _out(
        self, reader: asyncio.StreamReader, far: asyncio.StreamWriter, near: asyncio.StreamWriter
    ) -> None:
        with contextlib.suppress(OSError):
            while data := await reader.read(PIECE):
                if LISTENER in data:
                    self._hearing = near
                far.write(data)
        far.close()

    async def _in(self, far: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Whole blocks only, so that an added one is never in the middle of another. The greeting is one line."""
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            writer.write(await far.readuntil(b"\n"))
            while True:
                writer.write(await far.readuntil(b"\r\n\r\n"))
        writer.close()


def _block(event: Mapping[str, str]) -> bytes:
    return "".join(f"{name}: {value}\r\n" for name, value in event.items()).encode() + b"\r\n"
