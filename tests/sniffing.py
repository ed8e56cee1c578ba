"""Packets on the loopback, taken beside whoever they are for; only root may."""

from __future__ import annotations

import socket
import threading
from types import TracebackType
from typing import Self

ETH_P_IP, PACKET_HOST = 0x0800, 0
BUFFER = 16 << 20


class Sniffer:
    """`with` it, packets are taken in a thread of its own: each goes to `take`, which reads it from `socket`."""

    def __init__(self) -> None:
        self.socket = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(ETH_P_IP))
        self.prepare()
        self.socket.bind(("lo", 0))
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, BUFFER)
        self.socket.settimeout(0.2)
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def prepare(self) -> None:
        """Before the first packet: filters and options of the socket."""

    def take(self) -> None:
        """Read one packet. Raises TimeoutError while there is none."""
        raise NotImplementedError

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._stopped.set()
        self._thread.join(2)
        self.socket.close()

    def _watch(self) -> None:
        while not self._stopped.is_set():
            try:
                self.take()
            except TimeoutError:
                continue
