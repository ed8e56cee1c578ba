"""Many phones in one process, for more calls at once than a machine has room for whole phones.

Each line of a booth speaks a tone of its own, and keeps what it heard last.
"""

from __future__ import annotations

import asyncio
import itertools
import math
import struct
from collections import deque
from collections.abc import Callable, Collection

import numpy

from bench.rtp_pcap import alaw
from hotline.phone.ear import RATE
from tests.measured.wire import _A_LAW
from tests.telephony.light_sip import Message, answer_to, proof, read, sdp, written

PACKET_SECONDS, SAMPLES = 0.02, 160
KEPT = 50
"""Packets: the last second."""
ALAW, KEYS, KEY_PACKETS = 8, 101, 8
LOUD = 10 ** (-32 / 20)
PATIENCE = 60.0
HOST = "127.0.0.1"

_numbers = itertools.count(1)


def spoken(tone: int) -> list[bytes]:
    """A second of it in A-law packets: whole hertz come round in a second."""
    wave = bytes(alaw(round(6500 * math.sin(2 * math.pi * tone * n / RATE))) for n in range(RATE))
    return [wave[at : at + SAMPLES] for at in range(0, RATE, SAMPLES)]


class Line(asyncio.DatagramProtocol):
    """One conversation: its SIP dialog and its sound."""

    def __init__(self, booth: Booth, call: str, tone: int) -> None:
        self.booth, self.call, self.tone = booth, call, tone
        self.tag = f"light{next(_numbers)}"
        self.local = self.remote = self.target = ""
        self.invitation: Message | None = None
        self.answered, self.over = asyncio.Event(), asyncio.Event()
        self.heard: deque[bytes] = deque(maxlen=KEPT)
        self._packets = spoken(tone)
        self.port = self._to = 0
        self._sent, self._sequence = 0, 1
        self._key: list[bytes] = []
        self._key_stamp = 0
        self._rtp: asyncio.DatagramTransport | None = None

    async def open(self) -> int:
        """Its RTP port."""
        self._rtp, _ = await asyncio.get_running_loop().create_datagram_endpoint(lambda: self, (HOST, 0))
        self.port = int(self._rtp.get_extra_info("sockname")[1])
        return self.port

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        if data[1] & 0x7F == ALAW:
            self.heard.append(data[12:])

    def speaks_to(self, port: int) -> None:
        self._to = port
        self.answered.set()

    def press(self, digit: int) -> None:
        """RFC 4733, 160 ms, its end said three times."""
        last = KEY_PACKETS - 3
        self._key_stamp = self._sent * SAMPLES
        self._key = [
            struct.pack("!BBH", digit, 10 | (0x80 if n >= last else 0), SAMPLES * min(n + 1, last + 1))
            for n in range(KEY_PACKETS)
        ]

    def speak(self) -> None:
        """The next 20 ms."""
        if not self._to or self.over.is_set() or self._rtp is None:
            return
        kind, stamp, payload = ALAW, self._sent * SAMPLES, self._packets[self._sent % len(self._packets)]
        if self._key:
            kind, stamp, payload = KEYS, self._key_stamp, self._key.pop(0)
        head = struct.pack("!BBHII", 0x80, kind, self._sequence & 0xFFFF, stamp & 0xFFFFFFFF, 7777)
        self._rtp.sendto(head + payload, (HOST, self._to))
        self._sent, self._sequence = self._sent + 1, self._sequence + 1

    def hears(self, tones: Collection[int]) -> set[int]:
        """Which of these tones are in the last second."""
        samples = _A_LAW[numpy.frombuffer(b"".join(self.heard), dtype=numpy.uint8)]
        if len(samples) < RATE // 2:
            return set()
        shape = numpy.hanning(len(samples))
        steps = numpy.arange(len(samples)) / RATE
        return {
            tone for tone in tones
            if 2 * abs((samples * shape) @ numpy.exp(-2j * numpy.pi * tone * steps)) / shape.sum() > LOUD
        }  # fmt: skip

    def hang_up(self) -> None:
        if not self.over.is_set():
            self.booth.request(self, "BYE", 99)
            self.ended()

    def ended(self) -> None:
        self.over.set()
        if self._rtp is not None:
            self._rtp.close()


class Booth(asyncio.DatagramProtocol):
    """Lines behind one SIP port. `takes` is told of each call that comes in and gives the line its tone."""

    def __init__(self, port: int, switch: int, takes: Callable[[Message], int] = lambda _: 440) -> None:
        self.port, self._switch, self._takes = port, (HOST, switch), takes
        self.lines: dict[str, Line] = {}
        self.came_in: list[Line] = []
        self._answers: dict[str, asyncio.Queue[Message]] = {}
        self._tasks = asyncio.TaskGroup()
        self._sip: asyncio.DatagramTransport | None = None
        self._clock: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Booth:
        await self._tasks.__aenter__()
        self._sip, _ = await asyncio.get_running_loop().create_datagram_endpoint(lambda: self, (HOST, self.port))
        self._clock = self._tasks.create_task(self._speak())
        return self

    async def __aexit__(self, *why: object) -> None:
        for line in self.lines.values():
            line.hang_up()
        assert self._clock is not None
        assert self._sip is not None
        self._clock.cancel()
        await asyncio.sleep(0.2)  # the good-byes leave
        self._sip.close()
        await self._tasks.__aexit__(None, None, None)

    async def register(self, user: str, password: str) -> None:
        uri, call, tag = f"sip:{HOST}:{self._switch[1]}", f"reg-{user}-{self.port}", f"light{next(_numbers)}"
        answers: asyncio.Queue[Message] = asyncio.Queue()
        self._answers[call] = answers
        more: list[tuple[str, str]] = [("Expires", "3600")]
        for number in (1, 2):
            me = f"<sip:{user}@{HOST}>"
            headers = self._headers(call, f"{me};tag={tag}", me, number, "REGISTER", user)
            self._send(f"REGISTER {uri} SIP/2.0", [*headers, *more])
            answer = await asyncio.wait_for(answers.get(), PATIENCE)
            if answer.code == 200:
                return
            challenge = next(each for each in answer.all("www-authenticate") if "SHA" not in each)
            more = [("Expires", "3600"), ("Authorization", proof(challenge, "REGISTER", uri, user, password))]
        raise AssertionError(f"{user} was not let in: {answer.first}")

    async def dial(self, number: str, me: str, tone: int) -> Line:
        """The line once it is answered."""
        line = Line(self, f"call-{next(_numbers)}-{self.port}", tone)
        self.lines[line.call] = line
        line.local, line.remote = f"<sip:{me}@{HOST}>;tag={line.tag}", f"<sip:{number}@{HOST}>"
        line.target = f"sip:{number}@{HOST}:{self._switch[1]}"
        self.request(line, "INVITE", 1, sdp(await line.open()))
        await asyncio.wait_for(line.answered.wait(), PATIENCE)
        return line

    def request(self, line: Line, method: str, number: int, body: str = "") -> None:
        headers = self._headers(line.call, line.local, line.remote, number, method, "light")
        self._send(f"{method} {line.target} SIP/2.0", headers, body)

    def _headers(
        self, call: str, local: str, remote: str, number: int, method: str, user: str
    ) -> list[tuple[str, str]]:
        branch = f"z9hG4bK{call}-{number}-{method}"
        return [
            ("Via", f"SIP/2.0/UDP {HOST}:{self.port};rport;branch={branch}"),
            ("Max-Forwards", "70"), ("From", local), ("To", remote), ("Call-ID", call),
            ("CSeq", f"{number} {method}"), ("Contact", f"<sip:{user}@{HOST}:{self.port}>"),
        ]  # fmt: skip

    def _send(self, first: str, headers: list[tuple[str, str]], body: str = "") -> None:
        assert self._sip is not None
        self._sip.sendto(written(first, headers, body), self._switch)

    async def _speak(self) -> None:
        """Every 20 ms by the clock, however late the last one was."""
        loop = asyncio.get_running_loop()
        at = loop.time()
        while True:
            for line in list(self.lines.values()):
                line.speak()
            at += PACKET_SECONDS
            await asyncio.sleep(max(0.0, at - loop.time()))

    # ---- what comes in

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        message = read(data)
        if message is None:
            return
        if message.code:
            self._answered(message)
        else:
            self._asked(message)

    def _answered(self, message: Message) -> None:
        line = self.lines.get(message["call-id"])
        if line is None:
            if message.code >= 200 and (waiting := self._answers.get(message["call-id"])):
                waiting.put_nowait(message)
            return
        if message.method != "INVITE" or message.code < 200:
            return
        line.remote = message["to"]
        line.target = message["contact"].split("<")[-1].split(">")[0] or line.target
        self.request(line, "ACK", 1)
        if message.code == 200:
            line.speaks_to(message.rtp_port)
        else:
            line.ended()

    def _asked(self, message: Message) -> None:
        line = self.lines.get(message["call-id"])
        match message.method:
            case "INVITE":
                self._tasks.create_task(self._invited(message, line))
            case "ACK":
                pass
            case "BYE" | "CANCEL" if line is not None:
                self._reply(message, "200 OK", line.tag)
                if message.method == "CANCEL" and line.invitation is not None:
                    self._reply(line.invitation, "487 Request Terminated", line.tag)
                line.ended()
            case _:
                self._reply(message, "200 OK", "light")

    async def _invited(self, message: Message, line: Line | None) -> None:
        if line is None:
            line = self.lines[message["call-id"]] = Line(self, message["call-id"], self._takes(message))
            line.invitation, line.local, line.remote = message, f"{message['to']};tag={line.tag}", message["from"]
            line.target = message["contact"].split("<")[-1].split(">")[0]
            port = await line.open()
            self.came_in.append(line)
            self._reply(message, "200 OK", line.tag, sdp(port))
            line.speaks_to(message.rtp_port)
        else:
            self._reply(message, "200 OK", line.tag, sdp(line.port))

    def _reply(self, request: Message, code: str, tag: str, body: str = "") -> None:
        assert self._sip is not None
        self._sip.sendto(answer_to(request, code, tag, f"<sip:light@{HOST}:{self.port}>", body), self._switch)


def header(line: Line, name: str) -> str:
    return line.invitation[name.lower()] if line.invitation else ""
