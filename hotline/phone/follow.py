"""Watches one caller's call through cti's control socket, as a desk's page does; for root or its own user."""

from __future__ import annotations

import json
import socket
import threading
from pathlib import Path
from typing import Any

CallState = dict[str, Any]

MOST_BYTES = 1 << 20


class CallWatch:
    """The newest state of this number's call that was not there before. `call` is None until cti knows it."""

    def __init__(self, path: Path, number: str) -> None:
        self._number = number
        self._before: set[str] | None = None
        self._changed = threading.Condition()
        self.call: CallState | None = None
        self.states: list[str] = []
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._socket.settimeout(3)
        self._socket.connect(str(path))
        self._lines = self._socket.makefile("rb")
        self._take(self._lines.readline(MOST_BYTES))
        self._socket.settimeout(None)
        threading.Thread(target=self._read, daemon=True).start()

    def wait(self, states: set[str], seconds: float) -> CallState | None:
        """The call once it was in one of these states; None when it was not within `seconds`."""
        with self._changed:
            self._changed.wait_for(lambda: bool(states & set(self.states)), timeout=seconds)
            return self.call if states & set(self.states) else None

    def close(self) -> None:
        self._socket.close()

    def _read(self) -> None:
        try:
            while line := self._lines.readline(MOST_BYTES):
                self._take(line)
        except (OSError, ValueError):
            return  # closed

    def _take(self, line: bytes) -> None:
        message = json.loads(line)
        if message["type"] == "snapshot":
            calls = message["state"]["calls"]
            if self._before is None:
                self._before = set(calls)
            for call_id, call in calls.items():
                self._see(call_id, call)
        elif message["type"] == "delta":
            for change in message["changes"]:
                if change["table"] == "calls" and change["value"] is not None:
                    self._see(change["id"], change["value"])

    def _see(self, call_id: str, call: CallState) -> None:
        if call_id in (self._before or ()) or call.get("number") != self._number:
            return
        with self._changed:
            self.call = call
            self.states.append(str(call["state"]))
            self._changed.notify_all()


def watch(path: Path, number: str) -> CallWatch | None:
    """Start watching; None when cti cannot be asked (not there, or not ours to ask)."""
    try:
        return CallWatch(path, number)
    except (OSError, ValueError, KeyError):
        return None
