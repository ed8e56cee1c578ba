"""Counts RTP packets that arrive at a range of loopback ports, call by call (needs root: a packet socket)."""

from __future__ import annotations

import socket
import struct
import threading
from collections import Counter, defaultdict
from types import TracebackType

ETH_P_IP = 0x0800
PACKET_HOST = 0
UDP = 17
RTP_VERSION = 2


class RtpWatch:
    """`with RtpWatch(first, last) as watch: …; watch.packets[port]` counts what arrived at each even port.

    SIPp's `[auto_media_port]` gives every call a port of its own, so a port is a call; `senders[port]` says
    which streams (Asterisk's port, SSRC) came there, as a check on that.
    """

    def __init__(self, first: int, last: int) -> None:
        self.packets: Counter[int] = Counter()
        self.senders: defaultdict[int, set[tuple[int, int]]] = defaultdict(set)
        self._range = range(first, last + 1)
        self._socket = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(ETH_P_IP))
        self._socket.bind(("lo", 0))
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 16 << 20)
        self._socket.settimeout(0.2)
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> RtpWatch:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._stopped.set()
        self._thread.join(2)
        self._socket.close()

    def _watch(self) -> None:
        while not self._stopped.is_set():
            try:
                packet, address = self._socket.recvfrom(64)
            except TimeoutError:
                continue
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
