"""The control socket: JSON lines to and from web, over a Unix socket that only our own user may open."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import socket
import struct
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import structlog

from cti.core.ports import Change
from cti.core.refusals import BadCommand, Expired, Refusal

LINE_LIMIT = 64 * 1024
CLIENT_BUFFER = 2 * 1024 * 1024
"""A reader that falls this far behind is cut; it reconnects and gets a snapshot."""
COMMANDS_AT_ONCE = 200
REPLIES_KEPT = 10_000
UNTOLD = frozenset({"desks_alive"})
"""Said each second, and of no interest in a log."""
LONGEST_LIFE = 30.0
"""No command may ask to stay valid longer than this."""

log = structlog.get_logger(__name__)

_JSON = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))

SHAPES: dict[str, Any] = {"id": str, "actor": str, "kind": str, "args": dict, "expires_at": (int, float)}

CarryOut = Callable[[str, str, Mapping[str, Any]], Awaitable[None]]
State = Callable[[], Mapping[str, Any]]


class ControlServer:
    """Serves `path`; it is also `Desks`: what it is told goes to every client as a numbered delta."""

    def __init__(self, path: Path, *, run_id: str, state: State, carry_out: CarryOut, tasks: asyncio.TaskGroup) -> None:
        self._path, self._run_id = path, run_id
        self._state, self._carry_out, self._tasks = state, carry_out, tasks
        self._clients: set[_Client] = set()
        self._replies: OrderedDict[str, asyncio.Future[dict[str, Any]]] = OrderedDict()
        self._server: asyncio.Server | None = None
        self.seq = 0

    async def start(self) -> None:
        """Listen; a socket file that a dead cti left behind is replaced (one cti a node: file lock)."""
        with contextlib.suppress(FileNotFoundError):
            self._path.unlink()
        before = os.umask(0o177)
        try:
            loop = asyncio.get_running_loop()
            self._server = await loop.create_unix_server(lambda: _Client(self), str(self._path))
        finally:
            os.umask(before)
        self._path.chmod(0o600)

    async def stop(self) -> None:
        if self._server is not None:
            self._server.close()
        for client in list(self._clients):
            client.cut("stopping")
        with contextlib.suppress(FileNotFoundError):
            self._path.unlink()

    def publish(self, changes: Sequence[Change]) -> None:
        self.seq += 1
        if not self._clients:
            return
        rows = [{"table": table, "id": key, "value": value} for table, key, value in changes]
        line = _line({"type": "delta", "seq": self.seq, "changes": rows})
        for client in list(self._clients):
            client.write(line)

    def joined(self, client: _Client) -> None:
        self._clients.add(client)
        client.write(_line({"type": "snapshot", "seq": self.seq, "run": self._run_id, "state": self._state()}))

    def left(self, client: _Client) -> None:
        self._clients.discard(client)

    def received(self, client: _Client, line: bytes) -> None:
        """One command: the same id again gets the first reply again and does nothing."""
        try:
            command = _command(line)
        except BadCommand as refusal:
            client.write(_line(_refused(str(refusal.detail), refusal)))
            return
        reply = self._replies.get(command["id"])
        if reply is None:
            reply = self._replies[command["id"]] = asyncio.get_running_loop().create_future()
            self._forget_old_replies()
            self._tasks.create_task(self._serve(command, reply), name="command")
        client.expect(reply)

    async def _serve(self, command: dict[str, Any], reply: asyncio.Future[dict[str, Any]]) -> None:
        try:
            if not time.time() <= command["expires_at"] <= time.time() + LONGEST_LIFE:
                raise Expired
            await self._carry_out(command["actor"], command["kind"], command["args"])
            answer: dict[str, Any] = {"type": "reply", "to": command["id"], "ok": True}
        except Refusal as refusal:
            answer = _refused(command["id"], refusal)
        except Exception:
            log.exception("command_failed", kind=command["kind"])
            answer = _refused(command["id"], Refusal())
        finally:
            if command["kind"] not in UNTOLD:
                log.info("command", kind=command["kind"], actor=command["actor"])
        reply.set_result(answer)

    def _forget_old_replies(self) -> None:
        while len(self._replies) > REPLIES_KEPT and next(iter(self._replies.values())).done():
            self._replies.popitem(last=False)


class _Client(asyncio.Protocol):
    """One connection; only this user and root may have one."""

    def __init__(self, server: ControlServer) -> None:
        self._server = server
        self._transport: asyncio.Transport | None = None
        self._buffer = b""
        self._open = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        if not isinstance(transport, asyncio.Transport):  # uvloop's transports are none of asyncio's classes
            self._transport = transport  # type: ignore[assignment]
        else:
            self._transport = transport
        if peer_uid(transport.get_extra_info("socket")) not in {os.getuid(), 0}:
            log.error("control_stranger", alarm=True)
            self.cut("stranger")
            return
        self._server.joined(self)

    def data_received(self, data: bytes) -> None:
        *lines, self._buffer = (self._buffer + data).split(b"\n")
        if len(self._buffer) > LINE_LIMIT:
            self.cut("line too long")
            return
        for line in lines:
            if line.strip() and self._transport is not None:
                self._server.received(self, line)

    def connection_lost(self, exc: Exception | None) -> None:
        self._transport = None
        self._server.left(self)

    def expect(self, reply: asyncio.Future[dict[str, Any]]) -> None:
        self._open += 1
        if self._open > COMMANDS_AT_ONCE:
            self.cut("too many commands at once")
            return
        reply.add_done_callback(self._answer)

    def write(self, line: bytes) -> None:
        if self._transport is None:
            return
        self._transport.write(line)
        if self._transport.get_write_buffer_size() > CLIENT_BUFFER:
            self.cut("too slow")

    def cut(self, reason: str) -> None:
        log.warning("control_client_cut", reason=reason)
        self._server.left(self)
        if self._transport is not None:
            self._transport.abort()
            self._transport = None

    def _answer(self, reply: asyncio.Future[dict[str, Any]]) -> None:
        self._open -= 1
        if not reply.cancelled():
            self.write(_line(reply.result()))


def peer_uid(sock: socket.socket) -> int:
    """The user at the other end, as the kernel knows it."""
    pid_uid_gid = sock.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
    return int(struct.unpack("3i", pid_uid_gid)[1])


def _command(line: bytes) -> dict[str, Any]:
    """A checked command. Raises BadCommand with its id, as far as one can be read."""
    try:
        given = json.loads(line)
    except (ValueError, RecursionError):
        raise BadCommand from None
    if not isinstance(given, dict):
        raise BadCommand
    command: dict[str, Any] = {"args": {}} | given
    command_id = command.get("id")
    for name, shape in SHAPES.items():
        if not isinstance(command.get(name), shape):
            raise BadCommand(command_id if isinstance(command_id, str) else "")
    if command.get("type") != "command" or not 0 < len(command["id"]) <= 64:
        raise BadCommand(command["id"][:64])
    return command


def _refused(command_id: str, refusal: Refusal) -> dict[str, Any]:
    return {"type": "reply", "to": command_id, "ok": False, "code": refusal.code, "text": refusal.text}


def _line(frame: Mapping[str, Any]) -> bytes:
    return _JSON.encode(frame).encode() + b"\n"
