"""SIP as plain text: just enough for a phone that behaves."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

_QUOTED = re.compile(r'(\w+)="?([^",]*)"?')


@dataclass(frozen=True, slots=True)
class Message:
    """A request or an answer; header names are lower case, `headers` in their order."""

    first: str
    headers: tuple[tuple[str, str], ...]
    body: str = ""

    @property
    def code(self) -> int:
        """Of an answer; 0 for a request."""
        return int(self.first.split(" ", 2)[1]) if self.first.startswith("SIP/2.0 ") else 0

    @property
    def method(self) -> str:
        return self["cseq"].split()[1]

    def __getitem__(self, name: str) -> str:
        return next((value for known, value in self.headers if known == name), "")

    def all(self, name: str) -> list[str]:
        return [value for known, value in self.headers if known == name]

    @property
    def rtp_port(self) -> int:
        found = re.search(r"^m=audio (\d+)", self.body, re.MULTILINE)
        return int(found[1]) if found else 0


def read(datagram: bytes) -> Message | None:
    """None for what is no SIP message, a keep-alive for example."""
    head, _, body = datagram.decode("utf-8", "replace").partition("\r\n\r\n")
    first, *lines = head.split("\r\n")
    if "SIP/2.0" not in first:
        return None
    pairs = (line.partition(":") for line in lines if ":" in line)
    return Message(first, tuple((name.strip().lower(), value.strip()) for name, _, value in pairs), body)


def written(first: str, headers: Sequence[tuple[str, str]], body: str = "") -> bytes:
    more = [("Content-Type", "application/sdp")] if body else []
    lines = [f"{name}: {value}" for name, value in [*headers, *more, ("Content-Length", str(len(body)))]]
    return "\r\n".join([first, *lines, "", body]).encode()


def answer_to(request: Message, code: str, tag: str, contact: str, body: str = "") -> bytes:
    """`code` with its reason: "200 OK"."""
    to = request["to"] if ";tag=" in request["to"] else f"{request['to']};tag={tag}"
    headers = [("Via", via) for via in request.all("via")]
    headers += [("From", request["from"]), ("To", to), ("Call-ID", request["call-id"]), ("CSeq", request["cseq"])]
    return written(f"SIP/2.0 {code}", [*headers, ("Contact", contact)], body)


def sdp(port: int) -> str:
    return (
        "v=0\r\no=light 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
        f"m=audio {port} RTP/AVP 8 101\r\na=rtpmap:8 PCMA/8000\r\na=rtpmap:101 telephone-event/8000\r\n"
        "a=ptime:20\r\na=sendrecv\r\n"
    )


def proof(challenge: str, method: str, uri: str, user: str, password: str) -> str:
    """The Authorization header's value (RFC 2617, MD5)."""
    asked: Mapping[str, str] = dict(_QUOTED.findall(challenge))

    def digest(text: str) -> str:
        return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()

    secret, what = digest(f"{user}:{asked['realm']}:{password}"), digest(f"{method}:{uri}")
    between, more = asked["nonce"], ""
    if "qop" in asked:
        between, more = f"{asked['nonce']}:00000001:light:auth", ', qop=auth, nc=00000001, cnonce="light"'
    if "opaque" in asked:
        more += f', opaque="{asked["opaque"]}"'
    response = digest(f"{secret}:{between}:{what}")
    who = f'username="{user}", realm="{asked["realm"]}", nonce="{asked["nonce"]}", uri="{uri}"'
    return f'Digest {who}, response="{response}", algorithm=MD5{more}'
