"""A small peer of the control socket: it speaks cti's protocol, so that the desk can be tested alone."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

Answer = dict[str, Any]


class CtiPeer:
    """Serves HOME/run/cti.sock; keeps the commands it got; state is changed by the test."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.commands: list[dict[str, Any]] = []
        self.alive: list[str] = []
        """Agents on the last list of living desks; it comes every second and is no desk's command."""
        self.state: dict[str, dict[str, Any]] = {
            "agents": {},
            "calls": {},
            "queues": {},
            "figures": {},
            "health": {"ami": "up"},
        }
        self.answer: Callable[[dict[str, Any]], Answer | None] = lambda command: {"ok": True}
        self._seq = 100
        self._server: asyncio.Server | None = None
        self._writers: list[asyncio.StreamWriter] = []

    async def start(self) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self.path.unlink(missing_ok=True)
        self._server = await asyncio.start_unix_server(self._serve, self.path)

    async def stop(self) -> None:
        if self._server is None:
            return
        self._server.close()
        for writer in self._writers:
            writer.close()
        self._writers.clear()
        self._server = None

    def change(self, table: str, id_: str, value: dict[str, Any] | str | None) -> None:
        """Change one row and tell every desk process."""
        if value is None:
            self.state[table].pop(id_, None)
        else:
            self.state[table][id_] = value
        self._seq += 1
        changes = [{"table": table, "id": id_, "value": value}]
        for writer in self._writers:
            self._write(writer, {"type": "delta", "seq": self._seq, "changes": changes})

    def agent(self, id_: str, state: str, **more: Any) -> None:
        row: Answer = {"id": id_, "state": state, "reason": "", "since": "2026-11-21T12:00:00+00:00", "line": "up"}
        row |= {"queues": ["general"], "call_id": None, "wrap_up_until": None, "wrap_up_extensions_left": 1}
        row |= {"pause_asked": None, "hand_raised_at": None, "supervised_by": [], "skills": [], "message": None}
        self.change("agents", id_, row | more)

    def call(self, id_: str, state: str, **more: Any) -> None:
        row: Answer = {
            "id": id_,
            "state": state,
            "number": "13800006027",
            "name": "张三",
            "dialled": "12345",
            "queue": "general",
            "arrived_at": "2026-11-21T12:00:00+00:00",
            "joined_at": "2026-11-21T12:00:05+00:00",
            "answered_at": None,
            "agent": None,
            "ringing": [],
            "held_since": None,
            "recording": True,
            "fallback": False,
            "legs": [],
            "threeway": None,
            "emergency": None,
            "transfer": None,
            "recording_paused": "",
            "caller_gone": False,
        }
        self.change("calls", id_, row | more)

    @staticmethod
    def leg(leg: str, role: str, state: str = "up", **more: Any) -> Answer:
        """A row of a call's `legs`."""
        row: Answer = {"leg": leg, "role": role, "party": "", "label": "", "state": state, "muted": False}
        return row | {"held": False, "in_room": state == "up", "since": "2026-11-21T12:00:10+00:00"} | more

    def kinds(self) -> list[str]:
        return [command["kind"] for command in self.commands]

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.append(writer)
        self._write(writer, {"type": "snapshot", "seq": self._seq, "run": "run-1", "state": self.state})
        with suppress(ConnectionError, asyncio.CancelledError):
            while line := await reader.readline():
                command = json.loads(line)
                if command["kind"] == "desks_alive":
                    self.alive = command["args"]["agents"]
                else:
                    self.commands.append(command)
                reply = self.answer(command)
                if reply is not None:
                    self._write(writer, {"type": "reply", "to": command["id"]} | reply)

    @staticmethod
    def _write(writer: asyncio.StreamWriter, message: dict[str, Any]) -> None:
        writer.write(json.dumps(message, ensure_ascii=False).encode() + b"\n")
