"""A TCP relay that can go wrong: delay, blackhole, reset, slices; `python -m tests.faults.relay` by hand."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import socket
import struct
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager

PIECE = 64 * 1024


class Relay:
    """Listens on a loopback port and passes bytes to `target`; its faults may change while it runs."""

    def __init__(self, target: tuple[str, int], port: int = 0) -> None:
        self.target = target
        self.port = port
        self.delay = 0.0
        """Seconds that every piece waits, in each direction."""
        self.slice = 0
        """Largest number of bytes passed on at once; 0 is no limit."""
        self.blackhole = False
        """Connections stay open and nothing passes; what was sent meanwhile is lost."""
        self.refuse = False
        """New connections are reset at once."""
        self.accepted = 0
        self.told: Callable[[bytes], None] | None = None
        """Is shown every piece that the near side sends; called in the relay's own loop."""
        self._pairs: set[asyncio.StreamWriter] = set()
        self._server: asyncio.Server | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    async def start(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        if self._server is not None:
            self._server.close()
        self.reset()

    def reset(self) -> int:
        """Cut every connection with RST, as a crashed peer or a firewall does; how many were cut."""
        cut = len(self._pairs)
        for writer in list(self._pairs):
            _reset(writer)
        return cut

    def reset_soon(self) -> None:
        """`reset` from another thread."""
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self.reset)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.accepted += 1
        if self.refuse:
            _reset(writer)
            return
        try:
            far_reader, far_writer = await asyncio.open_connection(*self.target)
        except OSError:
            _reset(writer)
            return
        pair = (writer, far_writer)
        self._pairs.update(pair)
        try:
            async with asyncio.TaskGroup() as both:
                both.create_task(self._pass(reader, far_writer, pair, self.told))
                both.create_task(self._pass(far_reader, writer, pair))
        finally:
            self._pairs.difference_update(pair)

    async def _pass(
        self,
        source: asyncio.StreamReader,
        sink: asyncio.StreamWriter,
        pair: tuple[asyncio.StreamWriter, ...],
        told: Callable[[bytes], None] | None = None,
    ) -> None:
        with contextlib.suppress(OSError):
            while data := await source.read(PIECE):
                if told is not None:
                    told(data)
                if self.delay:
                    await asyncio.sleep(self.delay)
                if not self.blackhole:
                    await self._write(sink, data)
        for each in pair:
            each.close()

    async def _write(self, sink: asyncio.StreamWriter, data: bytes) -> None:
        step = self.slice or len(data)
        for start in range(0, len(data), step):
            sink.write(data[start : start + step])
            await sink.drain()
            if self.slice:
                await asyncio.sleep(0)


def _reset(writer: asyncio.StreamWriter) -> None:
    sock = writer.get_extra_info("socket")
    if sock is not None:
        with contextlib.suppress(OSError):
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


@asynccontextmanager
async def relayed(host: str, port: int, *, listen: int = 0) -> AsyncIterator[Relay]:
    """A running relay for asynchronous tests."""
    relay = Relay((host, port), listen)
    await relay.start()
    try:
        yield relay
    finally:
        await relay.stop()


@contextmanager
def relayed_in_thread(host: str, port: int, *, listen: int = 0) -> Iterator[Relay]:
    """The same for tests that are not asynchronous; its fields and `reset_soon` may be used from any thread."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    relay = Relay((host, port), listen)
    asyncio.run_coroutine_threadsafe(relay.start(), loop).result(5)
    try:
        yield relay
    finally:
        asyncio.run_coroutine_threadsafe(relay.stop(), loop).result(5)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(5)


async def _main() -> None:
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("listen", type=int)
    words.add_argument("target", help="HOST:PORT")
    words.add_argument("--delay", type=float, default=0.0)
    words.add_argument("--slice", type=int, default=0)
    given = words.parse_args()
    host, _, port = given.target.rpartition(":")
    async with relayed(host, int(port), listen=given.listen) as relay:
        relay.delay, relay.slice = given.delay, given.slice
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(_main())
