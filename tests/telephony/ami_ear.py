"""Hears AMI as it goes over the wire, and says a word to it: without any of the hotline's own code."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable
from types import TracebackType

from hotline.settings import Settings
from tests.patience import LONG

Message = dict[str, str]


class AmiEar:
    """One logged-in AMI connection. Repeated headers are joined with a comma."""

    def __init__(self, settings: Settings, account: str, secret: str) -> None:
        self._socket = socket.create_connection(("127.0.0.1", settings.port("ami")), LONG)
        self.raw = b""
        self.messages: list[Message] = []
        assert self.ask(Action="Login", Username=account, Secret=secret)["Response"] == "Success"

    def __enter__(self) -> AmiEar:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._socket.close()

    def ask(self, **headers: str) -> Message:
        """Send one action; its response."""
        text = "".join(f"{name}: {value}\r\n" for name, value in headers.items()) + "\r\n"
        seen = len(self.messages)
        self._socket.sendall(text.encode())
        return self.wait(lambda message: "Response" in message, after=seen)

    def wait(self, fits: Callable[[Message], bool], *, seconds: float = LONG, after: int = 0) -> Message:
        """The first message from number `after` on that fits."""
        deadline = time.monotonic() + seconds
        while True:
            for message in self.messages[after:]:
                if fits(message):
                    return message
            left = deadline - time.monotonic()
            assert left > 0, f"not heard; last: {self.messages[-5:]}"
            self._read(left)

    def wait_event(self, name: str, *, seconds: float = LONG, **more: str) -> Message:
        """The first event of this name with these headers, among all heard so far or still to come."""
        wanted = {"Event": name, **more}
        return self.wait(lambda message: wanted.items() <= message.items(), seconds=seconds)

    def listen(self, seconds: float) -> None:
        deadline = time.monotonic() + seconds
        while (left := deadline - time.monotonic()) > 0:
            self._read(left)

    def names(self) -> set[str]:
        return {message["Event"] for message in self.messages if "Event" in message}

    def _read(self, seconds: float) -> None:
        self._socket.settimeout(seconds)
        try:
            got = self._socket.recv(65536)
        except TimeoutError:
            return
        assert got, "Asterisk closed the connection"
        self.raw += got
        *whole, self.raw = self.raw.split(b"\r\n\r\n")
        for block in whole:
            lines = [line.partition(b": ") for line in block.split(b"\r\n") if b": " in line]
            message: Message = {}
            for name, _, value in lines:
                key, text = name.decode(), value.decode("utf-8", "replace")
                message[key] = f"{message[key]},{text}" if key in message else text
            self.messages.append(message)
