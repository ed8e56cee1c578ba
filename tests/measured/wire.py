"""RTP as it arrived at the phones' ports, with the kernel's own time stamps: no phone and no jitter buffer in it.

Needs root for a packet socket; without it a case is measured by the phones' recordings alone.
"""

from __future__ import annotations

import ctypes
import os
import socket
import struct
import time
from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass

import numpy

from hotline.phone.ear import RATE, Heard, Samples
from hotline.settings import PORTS, Settings
from tests.measured.track import Track
from tests.sniffing import PACKET_HOST, Sniffer

UDP_AT = 20
SO_TIMESTAMPNS, SO_ATTACH_FILTER = 35, 26
RTP_HEADER, ALAW, ULAW, FIRST_DYNAMIC = 12, 8, 0, 96
SPEECH = frozenset({ALAW, ULAW})
SHOWN = 50
"""Packets of a stream that show whose it is: a second."""
KEY_IS_UP = 0x80


@dataclass(frozen=True, slots=True)
class Packet:
    """`at` is the wall clock of the kernel."""

    at: float
    sender: int
    port: int
    rtp: bytes

    @property
    def kind(self) -> int:
        return self.rtp[1] & 0x7F

    @property
    def source(self) -> int:
        return int.from_bytes(self.rtp[8:12], "big")

    @property
    def number(self) -> int:
        return int.from_bytes(self.rtp[2:4], "big")


class Wire(Sniffer):
    """`with Wire(…) as wire:` keeps all RTP to these loopback ports; Asterisk's own are from `switch` on."""

    def __init__(self, first: int, switch: int, last: int) -> None:
        self.packets: list[Packet] = []
        self._first, self._switch, self._last = first, switch, last
        super().__init__()

    def prepare(self) -> None:
        _only_udp_to(self.socket, self._first, self._last)
        self.socket.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)

    def take(self) -> None:
        packet, more, _, address = self.socket.recvmsg(1024, 64)
        if address[2] == PACKET_HOST and (got := _rtp(packet, more)) is not None:
            self.packets.append(got)

    def ports_of(self, tones: Mapping[str, float]) -> dict[str, set[int]]:
        """Each speaker's own RTP ports, known by his tone: a phone takes other ones for each call."""
        sent: defaultdict[int, list[Samples]] = defaultdict(list)
        for packet in self.packets:
            if self._switch <= packet.port and packet.kind in SPEECH and len(sent[packet.sender]) < SHOWN:
                sent[packet.sender].append(_decoded(packet))
        ports: dict[str, set[int]] = {name: set() for name in tones}
        for port, sounds in sent.items():
            heard = Heard(numpy.concatenate(sounds))
            loudest = max(tones, key=lambda name: heard.tone_seconds(tones[name]))
            if port < self._switch and heard.tone_seconds(tones[loudest]) > 0:
                ports[loudest].add(port)
        return ports

    def heard_at(self, ports: Collection[int]) -> Track | None:
        """All the speech that came to these ports, placed where it came; None when none did."""
        speech = [p for p in self.packets if p.port in ports and p.kind in SPEECH]
        if not speech:
            return None
        began = speech[0].at
        samples = numpy.zeros(int((speech[-1].at - began) * RATE) + 8 * RATE)
        for packet in speech:
            sound = _decoded(packet)
            place = int((packet.at - began) * RATE)
            samples[place : place + len(sound)] = sound
        return Track(samples, began - _wall_ahead())

    def keys_up(self, ports: Collection[int]) -> list[float]:
        """When each key that was pressed at a phone with these ports was let go (RFC 4733), monotonic."""
        ups: dict[tuple[int, int], float] = {}
        for packet in self.packets:
            is_key = packet.kind >= FIRST_DYNAMIC and len(packet.rtp) == RTP_HEADER + 4
            if packet.sender in ports and is_key and packet.rtp[RTP_HEADER + 1] & KEY_IS_UP:
                stamp = int.from_bytes(packet.rtp[4:8], "big")
                ups.setdefault((packet.source, stamp), packet.at - _wall_ahead())
        return sorted(ups.values())


def tapped(settings: Settings) -> Wire | None:
    """None where this user may not look at the wire."""
    first = settings.port_base
    return Wire(first, first + PORTS["rtp_first"], first + PORTS["rtp_last"]) if os.geteuid() == 0 else None


def _wall_ahead() -> float:
    return time.time() - time.monotonic()


def _rtp(packet: bytes, more: list[tuple[int, int, bytes]]) -> Packet | None:
    header = (packet[0] & 0x0F) * 4
    body = packet[header + 8 :]
    if len(body) < RTP_HEADER or body[0] >> 6 != 2 or 72 <= body[1] & 0x7F <= 79:
        return None  # not RTP, or its control packets
    sender, port = struct.unpack_from("!HH", packet, header)
    at = next((struct.unpack("@qq", value[:16]) for _, kind, value in more if kind == SO_TIMESTAMPNS), None)
    return Packet(at[0] + at[1] / 1e9 if at else time.time(), sender, port, bytes(body))


def _only_udp_to(sock: socket.socket, first: int, last: int) -> None:
    """A filter in the kernel (classic BPF): the machine's other traffic costs us nothing."""
    program = [
        (0x30, 0, 0, 9), (0x15, 0, 5, 17),  # protocol is UDP
        (0xB1, 0, 0, 0), (0x48, 0, 0, 2),  # destination port
        (0x35, 0, 2, first), (0x25, 1, 0, last),
        (0x06, 0, 0, 0xFFFF), (0x06, 0, 0, 0),
    ]  # fmt: skip
    code = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *step) for step in program))
    sock.setsockopt(socket.SOL_SOCKET, SO_ATTACH_FILTER, struct.pack("HP", len(program), ctypes.addressof(code)))


def _decoded(packet: Packet) -> Samples:
    table = _A_LAW if packet.kind == ALAW else _U_LAW
    sound: Samples = table[numpy.frombuffer(packet.rtp[RTP_HEADER:], dtype=numpy.uint8)]
    return sound


def _a_law(code: int) -> float:
    """G.711: every second bit turned over, sign, segment, four bits of it."""
    code ^= 0x55
    segment, step = code >> 4 & 7, code & 15
    size = (step << 4) + 8 if segment == 0 else (step << 4) + 264 << segment - 1
    return (size if code & 0x80 else -size) / 32768


def _u_law(code: int) -> float:
    code = ~code & 0xFF
    size = ((code & 15) << 3) + 132 << (code >> 4 & 7)
    return (132 - size if code & 0x80 else size - 132) / 32768


_A_LAW = numpy.array([_a_law(code) for code in range(256)])
_U_LAW = numpy.array([_u_law(code) for code in range(256)])
