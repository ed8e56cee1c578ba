"""A phone that answers every call and every question, and never sends a packet of sound: alive, with nothing to say."""

from __future__ import annotations

import contextlib
import socket
import threading
from types import TracebackType

from tests.telephony.light_sip import Message, answer_to, read, sdp

NO_PORT = 9
"""Where its sound would be sent to: nobody listens there."""


class SilentPhone:
    """Alive inside the `with`; afterwards it is dead, without a word."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._thread = threading.Thread(target=self._obey, daemon=True)

    def __enter__(self) -> SilentPhone:
        self._socket.bind(("127.0.0.1", self._port))
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)  # a reader that waits is woken by it
        self._socket.close()
        self._thread.join()

    def _obey(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                datagram, sender = self._socket.recvfrom(65535)
                asked = read(datagram)
                if asked is not None and not asked.code and asked.method != "ACK":
                    self._socket.sendto(self._answer(asked), sender)

    def _answer(self, asked: Message) -> bytes:
        body = sdp(NO_PORT) if asked.method == "INVITE" else ""
        return answer_to(asked, "200 OK", "silent", f"<sip:silent@127.0.0.1:{self._port}>", body)
