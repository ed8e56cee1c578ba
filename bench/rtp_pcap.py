"""Writes the packets of a caller who speaks a tone and presses one key, for SIPp to play."""

from __future__ import annotations

import math
import struct
from pathlib import Path

PACKET_SECONDS = 0.02
SAMPLES = 160
ALAW, TELEPHONE_EVENT = 8, 101
KEY_LEVEL, END_BIT = 10, 0x80
_ETHERNET = b"\x00" * 12 + b"\x08\x00"


def write_caller(path: Path, *, before_key: float, key: int, after_key: float) -> float:
    """Write a pcap: `before_key` s of tone, RFC 4733 `key`, `after_key` s of tone. Returns its seconds."""
    packets = [*_speech(before_key)]
    packets += _key(key, start=len(packets))
    packets += _speech(after_key, start=len(packets))
    with path.open("wb") as file:
        file.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1))
        for number, payload in enumerate(packets):
            frame = _ETHERNET + _ip_udp(_rtp(number, *payload))
            at = number * PACKET_SECONDS
            file.write(struct.pack("<IIII", int(at), int(at % 1 * 1e6), len(frame), len(frame)) + frame)
    return len(packets) * PACKET_SECONDS


def _speech(seconds: float, start: int = 0) -> list[tuple[int, bool, int, bytes]]:
    """Packets as (payload type, marker, timestamp, payload) of a 440 Hz tone at about −14 dBFS."""
    out = []
    for n in range(round(seconds / PACKET_SECONDS)):
        first = (start + n) * SAMPLES
        wave = [round(6500 * math.sin(2 * math.pi * 440 * (first + i) / 8000)) for i in range(SAMPLES)]
        out.append((ALAW, n == 0, first, bytes(map(alaw, wave))))
    return out


def alaw(sample: int) -> int:
    """One 16-bit sample in G.711 A-law: sign, segment, four bits of it, and every second bit turned over."""
    size = (sample if sample >= 0 else ~sample) >> 4
    segment = max(0, size.bit_length() - 4)
    steps = size >> max(segment - 1, 0) & 0x0F
    return (segment << 4 | steps) ^ (0xD5 if sample >= 0 else 0x55)


def _key(key: int, start: int) -> list[tuple[int, bool, int, bytes]]:
    """Eight packets of one telephone event; the last three carry the end bit (RFC 4733 §2.5.1.4)."""
    begun = start * SAMPLES
    return [
        (TELEPHONE_EVENT, n == 0, begun, struct.pack("!BBH", key, KEY_LEVEL | end, SAMPLES * min(n + 1, 6)))
        for n, end in enumerate([0] * 5 + [END_BIT] * 3)
    ]


def _rtp(number: int, kind: int, marker: bool, timestamp: int, payload: bytes) -> bytes:
    return struct.pack("!BBHII", 0x80, kind | (0x80 if marker else 0), number + 1, timestamp, 0x12345) + payload


def _ip_udp(payload: bytes) -> bytes:
    udp = struct.pack("!HHHH", 6000, 6000, 8 + len(payload), 0) + payload
    loopback = bytes((127, 0, 0, 1))
    return struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(udp), 0, 0, 64, 17, 0, loopback, loopback) + udp
