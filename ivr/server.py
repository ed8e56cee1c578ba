"""Listens for Asterisk's FastAGI connections: who may connect, how many, for how long, and how to stop."""

from __future__ import annotations

import asyncio
import ipaddress
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any

import structlog

from ivr.fastagi import (
    HEADER_BYTES,
    BadConversation,
    CallerGone,
    Conversation,
    close,
    read_header,
    script_of,
)

Script = Callable[[Conversation], Awaitable[None]]

MOST_CALLS = 1000
"""A node carries under 300 calls; beyond this somebody is flooding, and the dialplan's fallback is better."""
LONGEST_CALL_S = 900.0
LEAVE_SECONDS = 1.5
"""Callers in a menu when the process stops get so long to finish; then the dialplan takes them."""
HEADER_ARRIVES_S = 0.004
PROBE = "probe"
PROBE_ANSWER = b"probe ok\n"

log = structlog.get_logger("ivr")


class Server:
    """Runs one script a connection, each in a task of its own that can neither leak nor hurt another."""

    def __init__(self, scripts: Mapping[str, Script]) -> None:
        self._scripts = scripts
        self._open: set[asyncio.Task[None]] = set()

    @property
    def calls(self) -> int:
        """Connections being served now."""
        return len(self._open)

    @asynccontextmanager
    async def listening(self, host: str, port: int) -> AsyncIterator[int]:
        """Serve on host and port (0: any) while the block runs; yields the port."""
        async with asyncio.TaskGroup() as group:

            def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
                if len(self._open) >= MOST_CALLS or not _from_this_machine(writer):
                    log.warning("connection refused", calls=len(self._open))
                    writer.transport.abort()
                    return
                task = group.create_task(self._serve(reader, writer))
                self._open.add(task)
                task.add_done_callback(self._open.discard)

            server = await asyncio.start_server(accept, host, port, limit=HEADER_BYTES, backlog=512)
            try:
                yield int(server.sockets[0].getsockname()[1])
            finally:
                server.close()
                await self._leave()

    async def _leave(self) -> None:
        if self._open:
            await asyncio.wait(self._open, timeout=LEAVE_SECONDS)
        for task in list(self._open):
            task.cancel()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Whatever goes wrong is logged and ends in a closed socket: that alone frees the caller."""
        header: dict[str, str] = {}
        try:
            await _let_header_arrive(writer.transport)
            header = await read_header(reader)
            async with asyncio.timeout(LONGEST_CALL_S):
                await self._run(script_of(header), Conversation(header, reader, writer))
        except CallerGone:
            log.info("caller hung up in the menu", call_id=call_id_of(header))
        except BadConversation as error:
            _log_bad(error, header)
        except Exception:
            log.exception("menu failed; the dialplan falls back", call_id=call_id_of(header))
        finally:
            await close(writer)

    async def _run(self, name: str, conversation: Conversation) -> None:
        if name == PROBE:
            # Written by the loop that serves callers: an answer proves that they are being served.
            conversation.writer.write(PROBE_ANSWER)
        elif script := self._scripts.get(name):
            await script(conversation)
        else:
            log.warning("no such menu", script=name[:40], call_id=call_id_of(conversation.headers))


async def _let_header_arrive(transport: Any) -> None:
    """Asterisk sends some twenty lines one by one; waking once for all of them saves a third of our time."""
    transport.pause_reading()
    await asyncio.sleep(HEADER_ARRIVES_S)
    transport.resume_reading()


def call_id_of(header: Mapping[str, str]) -> str:
    """The call id that the dialplan gives every call: HC and the caller channel's unique id."""
    return f"HC{header['agi_uniqueid'][:64]}" if "agi_uniqueid" in header else ""


def _log_bad(error: BadConversation, header: Mapping[str, str]) -> None:
    # A connection that says nothing is a port scan or a health check, not an incident.
    if header:
        log.warning("menu failed; the dialplan falls back", why=str(error), call_id=call_id_of(header))
    else:
        log.debug("connection without a header", why=str(error))


def _from_this_machine(writer: asyncio.StreamWriter) -> bool:
    peer = writer.get_extra_info("peername")
    return bool(peer) and ipaddress.ip_address(peer[0]).is_loopback
