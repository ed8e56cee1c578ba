"""A bad line for one phone: SIP passes, its RTP is lost, late and in bursts, in both directions."""

from __future__ import annotations

import heapq
import random
import re
import selectors
import socket
import threading
import time
from collections.abc import Callable
from itertools import count
from types import TracebackType

_MEDIA = re.compile(rb"^(m=audio )(\d+)", re.MULTILINE)
_CONTACT = re.compile(rb"^((?:Contact|m)[ \t]*:.*?@?127\.0\.0\.1:)\d+", re.MULTILINE | re.IGNORECASE)
_LENGTH = re.compile(rb"^(Content-Length|l)[ \t]*:[ \t]*\d+", re.MULTILINE | re.IGNORECASE)
BIGGEST, TICK = 65535, 0.2

Address = tuple[str, int]


class RoughLine:
    """Between `phone` and `switch` (their SIP addresses on loopback): each of them is called at `port`.

    What is dropped is drawn by a seed.
    """

    def __init__(self, phone: Address, switch: Address, port: int = 0, *, seed: int = 12345) -> None:
        self.loss = 0.0
        """The share of RTP packets that never arrive."""
        self.jitter = 0.0
        """Seconds that a packet may be late, and all behind it with it: one path keeps the order."""
        self.dead = False
        """Nothing passes but SIP."""
        self.passed = self.lost = 0
        self._phone, self._switch = phone, switch
        self._random = random.Random(seed)
        self._late: list[tuple[float, int, Callable[[], object]]] = []
        self._latest: dict[int, float] = {}
        self._order = count()
        self._open = selectors.DefaultSelector()
        self._sip = self._socket(port, self._signalled)
        self._media: dict[int, socket.socket] = {}
        self._pairs: dict[bytes, dict[bool, int]] = {}
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._stopped = threading.Event()

    @property
    def port(self) -> int:
        return int(self._sip.getsockname()[1])

    def __enter__(self) -> RoughLine:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stopped.set()
        self._thread.join(5)
        for key in list(self._open.get_map().values()):
            if isinstance(key.fileobj, socket.socket):
                key.fileobj.close()
        self._open.close()

    def _socket(self, port: int, take: Callable[[bytes, Address], None]) -> socket.socket:
        opened = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        opened.bind(("127.0.0.1", port))
        self._open.register(opened, selectors.EVENT_READ, take)
        return opened

    def _run(self) -> None:
        while not self._stopped.is_set():
            wait = max(0.0, self._late[0][0] - time.monotonic()) if self._late else TICK
            for key, _ in self._open.select(min(wait, TICK)):
                assert isinstance(key.fileobj, socket.socket)
                try:
                    message, sender = key.fileobj.recvfrom(BIGGEST)
                except ConnectionError:
                    continue  # nobody is at a port any more
                key.data(message, sender)
            while self._late and self._late[0][0] <= time.monotonic():
                heapq.heappop(self._late)[2]()

    # ---- SIP

    def _signalled(self, message: bytes, sender: Address) -> None:
        by_phone = sender == self._phone
        self._sip.sendto(self._over_here(message, by_phone), self._switch if by_phone else self._phone)

    def _over_here(self, message: bytes, by_phone: bool) -> bytes:
        """The same message; what follows it and its sound come by way of this line too."""
        head, _, body = message.partition(b"\r\n\r\n")
        head = _CONTACT.sub(rb"\g<1>" + str(self.port).encode(), head)
        media = _MEDIA.search(body)
        if media is None:
            return head + b"\r\n\r\n" + body
        call = next(line for line in head.split(b"\r\n") if line.lower().startswith((b"call-id:", b"i:")))
        here = self._stands_for(call, int(media[2]), by_phone)
        body = _MEDIA.sub(rb"\g<1>" + str(here).encode(), body, count=1)
        return _LENGTH.sub(rb"\g<1>: " + str(len(body)).encode(), head) + b"\r\n\r\n" + body

    # ---- RTP

    def _stands_for(self, call: bytes, port: int, of_phone: bool) -> int:
        """The port here that takes what is meant for that one."""
        pair = self._pairs.setdefault(call, {})
        pair[of_phone] = port
        if port not in self._media:

            def take(packet: bytes, _: Address) -> None:
                self._spoken(packet, pair, of_phone)

            self._media[port] = self._socket(0, take)
        return int(self._media[port].getsockname()[1])

    def _spoken(self, packet: bytes, pair: dict[bool, int], to_phone: bool) -> None:
        if self.dead or self._random.random() < self.loss or (not to_phone) not in pair:
            self.lost += 1
            return
        self.passed += 1
        # it comes from where the other one's own sound is sent to: so either side sees one address
        away = self._media[pair[not to_phone]]
        port = pair[to_phone]
        at = max(time.monotonic() + self._random.uniform(0, self.jitter), self._latest.get(port, 0.0))
        self._latest[port] = at
        heapq.heappush(self._late, (at, next(self._order), lambda: away.sendto(packet, ("127.0.0.1", pair[to_phone]))))
