"""Counts RTP packets that arrive at a range of loopback ports, call by call (needs root: a packet socket)."""

from __future__ import annotations

import struct
from collections import Counter, defaultdict

from tests.sniffing import PACKET_HOST, Sniffer

UDP = 17
RTP_VERSION = 2


class RtpWatch(Sniffer):
    """`with RtpWatch(first, last) as watch: …; watch.packets[port]` counts what arrived at each even port.

    SIPp's `[auto_media_port]` gives every call a port of its own, so a port is a call; `senders[port]` says
    which streams (Asterisk's port, SSRC) came there, as a check on that.
    """

    def __init__(self, first: int, last: int) -> None:
        self.packets: Counter[int] = Counter()
        self.senders: defaultdict[int, set[tuple[int, int]]] = defaultdict(set)
        self._range = range(first, last + 1)
        super().__init__()

    def take(self) -> None:
        packet, address = self.socket.recvfrom(64)
        if address[2] == PACKET_HOST:
            self._count(packet)

    def _count(self, packet: bytes) -> None:
        header = (packet[0] & 0x0F) * 4
        if packet[9] != UDP or len(packet) < header + 8 + 12:
            return
        sender, port = struct.unpack_from("!HH", packet, header)
        if port in self._range and port % 2 == 0 and packet[header + 8] >> 6 == RTP_VERSION:
            self.packets[port] += 1
            self.senders[port].add((sender, struct.unpack_from("!I", packet, header + 16)[0]))
