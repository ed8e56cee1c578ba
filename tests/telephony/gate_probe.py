"""Asks the outbound gate of a running Asterisk about dial strings, as a channel that wants to dial would."""

from __future__ import annotations

import socket
import threading
from collections.abc import Sequence
from queue import Queue

from hotline.settings import Settings


class GateProbe:
    """A FastAGI server that sends every string through `hl-dial-string`, its calls sharing the work."""

    def __init__(self, settings: Settings, strings: Sequence[bytes], calls: int) -> None:
        self._strings, self._calls = strings, calls
        self._answers: Queue[dict[int, str] | Exception] = Queue()
        self._server = socket.create_server(("127.0.0.1", settings.port("fastagi")))
        for call in range(calls):
            threading.Thread(target=self._serve, args=(call,), daemon=True).start()

    def answers(self, seconds: float) -> list[str]:
        """What each string became: a dial string, or nothing."""
        found: dict[int, str] = {}
        for _ in range(self._calls):
            got = self._answers.get(timeout=seconds)
            if isinstance(got, Exception):
                raise got
            found |= got
        self._server.close()
        return [found[number] for number in range(len(self._strings))]

    def _serve(self, call: int) -> None:
        line, _ = self._server.accept()
        with line:
            try:
                mine = range(call, len(self._strings), self._calls)
                self._answers.put(dict(zip(mine, self._ask_all(line, mine), strict=True)))
            except Exception as error:
                self._answers.put(error)

    def _ask_all(self, line: socket.socket, mine: range) -> list[str]:
        stream = line.makefile("rwb")
        while stream.readline().strip():
            pass
        found = []
        for number in mine:
            string = self._strings[number]
            quoted = string.replace(b"\\", b"\\\\").replace(b'"', b'\\"')
            # Asterisk serves a channel's commands at the pace of its sound: hence the many calls
            _say(stream, b'SET VARIABLE HL_DIGITS "' + quoted + b'"')
            _say(stream, b"GOSUB hl-dial-string s 1")
            found.append(_value(_say(stream, b"GET VARIABLE HL_DIAL")))
        return found


def _say(stream, command: bytes) -> bytes:  # type: ignore[no-untyped-def]
    stream.write(command + b"\n")
    stream.flush()
    answer: bytes = stream.readline()
    assert answer.startswith((b"200", b"100")), (command, answer)
    return answer if answer.startswith(b"200") else stream.readline()


def _value(answer: bytes) -> str:
    """`200 result=1 (value)`; result=0 is a variable that is not there."""
    text = answer.decode("utf-8", "replace").strip()
    return text.partition("(")[2].removesuffix(")") if "result=1" in text else ""
