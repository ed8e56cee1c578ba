"""The desk's end of cti's control socket: live state in, commands out."""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Protocol
from uuid import uuid4

import structlog

from agent_desktop.live import Change, Live
from agent_desktop.refusals import CommandExpired, CommandRefused, CtiDown
from agent_desktop.row_reading import BadState

log = structlog.get_logger()

COMMAND_LIFE = 5.0
LONGEST_LINE = 4 * 1024 * 1024
_FIRST_WAIT, _LAST_WAIT = 0.1, 2.0


class Watcher(Protocol):
    """Told of each change of the live state, in order; must not block."""

    def control_changed(self, changes: list[Change]) -> None: ...

    def control_up(self) -> None: ...

    def control_down(self) -> None: ...


class Control:
    """One connection to cti at a time, made again for as long as `run` runs."""

    def __init__(self, path: Path, clock: Callable[[], float]) -> None:
        self.live = Live()
        self.is_up = False
        self._path = path
        self._clock = clock
        self._writer: asyncio.StreamWriter | None = None
        self._waiting: dict[str, asyncio.Future[Mapping[str, object]]] = {}
        self._watchers: list[Watcher] = []

    def watch(self, watcher: Watcher) -> None:
        self._watchers.append(watcher)

    async def run(self) -> None:
        """Stay connected until cancelled; waits between tries grow to 2 s and are jittered."""
        wait = _FIRST_WAIT
        while True:
            try:
                await self._one_connection()
            except (OSError, BadState, TimeoutError, asyncio.IncompleteReadError) as error:
                if wait == _FIRST_WAIT or self.is_up:
                    log.warning("control.away", error=type(error).__name__)
            except Exception:
                log.exception("control.failed")
            wait = _FIRST_WAIT if self.is_up else min(wait * 2, _LAST_WAIT)
            self._down()
            await asyncio.sleep(wait * random.uniform(0.5, 1.0))

    async def command(self, kind: str, actor: str, /, **args: object) -> None:
        """Ask cti and wait for its word. Raises CtiDown, CommandExpired or CommandRefused.

        The id is the command's identity: cti answers a repeated id without acting twice."""
        if not self.is_up or self._writer is None:
            raise CtiDown
        id_ = str(uuid4())
        reply: asyncio.Future[Mapping[str, object]] = asyncio.get_running_loop().create_future()
        self._waiting[id_] = reply
        try:
            async with asyncio.timeout(COMMAND_LIFE):
                await self._send(self._message(id_, kind, actor, args))
                _checked(await reply)
        except TimeoutError:
            raise CommandExpired from None
        except OSError:
            raise CtiDown from None
        finally:
            self._waiting.pop(id_, None)

    def _message(self, id_: str, kind: str, actor: str, args: Mapping[str, object]) -> dict[str, object]:
        expires_at = self._clock() + COMMAND_LIFE
        return {"type": "command", "id": id_, "actor": actor, "kind": kind, "args": args, "expires_at": expires_at}

    async def _send(self, message: Mapping[str, object]) -> None:
        writer = self._writer
        if writer is None:
            raise CtiDown
        writer.write(json.dumps(message, ensure_ascii=False).encode() + b"\n")
        await writer.drain()

    async def _one_connection(self) -> None:
        reader, writer = await asyncio.wait_for(asyncio.open_unix_connection(self._path, limit=LONGEST_LINE), timeout=2)
        self._writer = writer
        try:
            async with asyncio.timeout(COMMAND_LIFE):
                self._read(await _line(reader))
            while True:
                self._read(await _line(reader))
        finally:
            self._writer = None
            writer.close()
            with suppress(OSError):
                await writer.wait_closed()

    def _read(self, message: Mapping[str, object]) -> None:
        match message.get("type"):
            case "snapshot":
                self.live.replace(message)
                self._up()
            case "delta":
                changes = self.live.apply(message)
                for watcher in self._watchers:
                    watcher.control_changed(changes)
            case "reply":
                waiting = self._waiting.get(str(message.get("to")))
                if waiting and not waiting.done():
                    waiting.set_result(message)
            case unknown:
                log.warning("control.unknown_message", type=str(unknown)[:32])

    def _up(self) -> None:
        self.is_up = True
        log.info("control.up", run=self.live.run)
        for watcher in self._watchers:
            watcher.control_up()

    def _down(self) -> None:
        for reply in self._waiting.values():
            if not reply.done():
                reply.set_exception(CtiDown())
        if not self.is_up:
            return
        self.is_up = False
        for watcher in self._watchers:
            watcher.control_down()


async def _line(reader: asyncio.StreamReader) -> Mapping[str, object]:
    """The next message. Raises IncompleteReadError at the end, BadState for anything but an object."""
    message = json.loads(await reader.readuntil(b"\n"))
    if not isinstance(message, dict):
        raise BadState("no object")
    return message


def _checked(reply: Mapping[str, object]) -> None:
    if reply.get("ok") is not True:
        raise CommandRefused(code=str(reply.get("code") or "refused"), text=str(reply.get("text") or "操作未被接受。"))
