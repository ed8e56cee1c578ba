"""A caller that writes SIP by hand, for what no decent phone would ever send."""

from __future__ import annotations

import socket
import time
from types import TracebackType

from tests.patience import LONG

RTP_SILENCE = bytes([0x80, 8, 0, 1, 0, 0, 0, 0, 0, 0, 0, 9]) + b"\xd5" * 160


class RawCaller:
    """One call over UDP from a port of its own; headers go out exactly as given."""

    def __init__(self, port: int, to_port: int, *, patience: float = LONG) -> None:
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", port))
        self._socket.settimeout(patience)
        self._port, self._to = port, ("127.0.0.1", to_port)
        self._call = f"raw-{port}-{time.monotonic_ns()}"
        self._from = self._to_header = b""

    def __enter__(self) -> RawCaller:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.hang_up()
        self._socket.close()

    def hang_up(self) -> None:
        """Send BYE if the call was answered; doing it twice does no harm."""
        if b"tag=" in self._to_header:
            self._send("BYE", 2, "12345")
            self._final("BYE")
        self._to_header = b""

    def invite(self, from_value: bytes, *, number: str = "12345", more: bytes = b"", rtp_port: int = 9) -> int:
        """Send INVITE with this From (without tag) and acknowledge the answer. Returns the final code."""
        self._from = from_value + b";tag=raw1"
        self._to_header = f"<sip:{number}@127.0.0.1>".encode()
        body = (
            "v=0\r\no=raw 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
            f"m=audio {rtp_port} RTP/AVP 8 101\r\na=rtpmap:8 PCMA/8000\r\na=rtpmap:101 telephone-event/8000\r\n"
        ).encode()
        self._send("INVITE", 1, number, more + b"Content-Type: application/sdp\r\n", body)
        code, answer = self._final("INVITE")
        self._to_header = next(line[4:] for line in answer.split(b"\r\n") if line.lower().startswith(b"to: "))
        self._send("ACK", 1, number)
        if code >= 300:
            self._to_header = b""
        return code

    def _final(self, method: str) -> tuple[int, bytes]:
        """The last word on this call's request; answers to anything else are passed over."""
        while True:
            answer = self._socket.recv(65535)
            mine = self._call.encode() in answer and f" {method}\r\n".encode() in answer
            if mine and answer.startswith(b"SIP/2.0") and (code := int(answer.split(b" ", 2)[1])) >= 200:
                return code, answer

    def _send(self, method: str, sequence: int, number: str, more: bytes = b"", body: bytes = b"") -> None:
        branch = f"z9hG4bK{self._call}-{method if method == 'BYE' else 'invite'}"
        head = (
            f"{method} sip:{number}@127.0.0.1 SIP/2.0\r\n"
            f"Via: SIP/2.0/UDP 127.0.0.1:{self._port};rport;branch={branch}\r\nMax-Forwards: 70\r\n"
        ).encode()
        own = f"Call-ID: {self._call}\r\nCSeq: {sequence} {method}\r\nContact: <sip:raw@127.0.0.1:{self._port}>\r\n"
        size = f"Content-Length: {len(body)}\r\n\r\n"
        message = head + b"From: " + self._from + b"\r\nTo: " + self._to_header + b"\r\n" + own.encode() + more
        self._socket.sendto(message + size.encode() + body, self._to)
