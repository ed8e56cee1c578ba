"""The test phones themselves: a story may only blame the hotline for what its phones were really told."""

from __future__ import annotations

import re
import socket
from pathlib import Path

from hotline.phone.client import Phone
from hotline.settings import Settings
from tests.patience import LONG
from tests.ports import claimed_ports

FINAL = re.compile(r"SIP/2\.0 [2-6]\d\d ")
TO = re.compile(r"^To: (.*?)\r$", re.MULTILINE)


def test_a_phone_meets_the_very_next_call_as_it_was_last_told(tmp_path: Path) -> None:
    """This call is sent within microseconds; an order that nobody waits for takes up to a turn of the phone's loop."""
    with claimed_ports() as base, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as line:
        settings = Settings.read({"HOTLINE_HOME": str(tmp_path), "HOTLINE_PORT_BASE": str(base)})
        with Phone.of(settings) as phone:
            _meets_each_as_told(phone, line)


def _meets_each_as_told(phone: Phone, line: socket.socket) -> None:
    line.bind(("127.0.0.1", 0))
    line.settimeout(LONG)
    for number, code in enumerate([486, 603, 480] * 5):
        phone.when_called(code)
        line.sendto(request("INVITE", line, phone, number), ("127.0.0.1", phone.port))
        answer = final_answer(line)
        line.sendto(request("ACK", line, phone, number, to=TO.findall(answer)[0]), ("127.0.0.1", phone.port))
        assert answer.startswith(f"SIP/2.0 {code} "), f"call {number}: {answer}"
        assert phone.wait_over()["code"] == code


def request(method: str, line: socket.socket, phone: Phone, number: int, to: str = "") -> bytes:
    own = line.getsockname()[1]
    lines = [
        f"{method} sip:phone@127.0.0.1:{phone.port} SIP/2.0",
        f"Via: SIP/2.0/UDP 127.0.0.1:{own};branch=z9hG4bK{own}-{number};rport",
        f"From: <sip:caller@127.0.0.1:{own}>;tag={number}",
        f"To: {to or f'<sip:phone@127.0.0.1:{phone.port}>'}",
        f"Call-ID: {own}-{number}",
        f"CSeq: 1 {method}",
        f"Contact: <sip:caller@127.0.0.1:{own}>",
        "Max-Forwards: 70",
        "Content-Length: 0",
    ]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


def final_answer(line: socket.socket) -> str:
    while True:
        said = line.recv(4096).decode("utf-8", "replace")
        if FINAL.match(said):
            return said
