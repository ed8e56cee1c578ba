"""An operator's phone that is hung up in the very moment in which it answers: its BYE follows the ACK at once."""

from __future__ import annotations

import socket
import threading
from types import TracebackType
from typing import Self

from tests.telephony.light_sip import Message, answer_to, read, sdp, written

HOST, TAG = "127.0.0.1", "gone"


class GoneAtOnce:
    """`with` it, calls to `port` are answered and left. It sends no sound."""

    def __init__(self, port: int, switch: int) -> None:
        self._port, self._switch = port, (HOST, switch)
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind((HOST, port))
        self._socket.settimeout(0.2)
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._invited: dict[str, Message] = {}
        self.left = 0
        """Calls that were answered and hung up, and the switch has said yes to it."""

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._over.set()
        self._thread.join(2)
        self._socket.close()

    def _serve(self) -> None:
        while not self._over.is_set():
            try:
                message = read(self._socket.recv(65535))
            except TimeoutError:
                continue
            if message is not None:
                self._hear(message)

    def _hear(self, message: Message) -> None:
        match message.method:
            case "ACK":
                self._leave(self._invited[message["call-id"]])
            case "INVITE":
                self._invited[message["call-id"]] = message
                self._answer(message, sdp(self._port + 1))
            case _ if not message.code:
                self._answer(message)
            case "BYE":
                self.left += 1
            case _:
                pass

    def _answer(self, message: Message, body: str = "") -> None:
        self._send(answer_to(message, "200 OK", TAG, f"<sip:gone@{HOST}:{self._port}>", body))

    def _leave(self, invited: Message) -> None:
        target = invited["contact"].split("<")[-1].split(">")[0]
        call = invited["call-id"]
        headers = [
            ("Via", f"SIP/2.0/UDP {HOST}:{self._port};rport;branch=z9hG4bK{call}-bye"),
            ("Max-Forwards", "70"), ("From", f"{invited['to']};tag={TAG}"), ("To", invited["from"]),
            ("Call-ID", call), ("CSeq", "1 BYE"),
        ]  # fmt: skip
        self._send(written(f"BYE {target} SIP/2.0", headers))

    def _send(self, datagram: bytes) -> None:
        self._socket.sendto(datagram, self._switch)
