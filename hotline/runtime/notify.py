"""The systemd notification protocol, both ends: READY=1 once, WATCHDOG=1 while the loop turns."""

from __future__ import annotations

import os
import secrets
import socket
import struct

READY = "READY=1"
ALIVE = "WATCHDOG=1"
TASKS = "STATUS=asyncio tasks: "
"""How many tasks a process has now: a number that only grows is a leak."""

_CREDENTIALS = struct.Struct("3i")


def tell(text: str) -> None:
    """Tell whoever started us (systemd or our supervisor); nothing when nobody listens."""
    address = os.environ.get("NOTIFY_SOCKET", "")
    if not address:
        return
    target = "\0" + address[1:] if address.startswith("@") else address
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as line:
        line.setblocking(False)
        try:
            line.sendto(text.encode(), target)
        except OSError:
            # The listener is gone or slow: its own watchdog decides, not we.
            return


class Ear:
    """The supervisor's end: hears messages with the sender's process id, as the kernel vouches for it."""

    def __init__(self) -> None:
        self._name = f"hotline-{secrets.token_hex(8)}"
        self._line = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC)
        self._line.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
        self._line.setblocking(False)
        self._line.bind("\0" + self._name)

    @property
    def address(self) -> str:
        """For NOTIFY_SOCKET of the children."""
        return "@" + self._name

    def fileno(self) -> int:
        return self._line.fileno()

    def heard(self) -> list[tuple[int, str]]:
        """All (pid, text) that arrived since the last time."""
        messages: list[tuple[int, str]] = []
        while True:
            try:
                raw, ancillary, _flags, _address = self._line.recvmsg(4096, socket.CMSG_SPACE(_CREDENTIALS.size))
            except BlockingIOError:
                return messages
            for level, kind, packed in ancillary:
                if (level, kind) == (socket.SOL_SOCKET, socket.SCM_CREDENTIALS):
                    pid = _CREDENTIALS.unpack(packed[: _CREDENTIALS.size])[0]
                    messages.append((pid, raw.decode("utf-8", "replace")))

    def close(self) -> None:
        self._line.close()
