"""Port ranges that no other run of these tests uses, nor anything that a killed run left behind."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Iterator
from pathlib import Path

from hotline.phone.client import MOST_PHONES
from hotline.runtime import ports
from hotline.settings import Settings

SIZE = 2000
"""How many ports one hotline may use."""
BASES = [14000, 10000, 8000, 6000, 12000, 4000, 18000, 28000, 20000, 22000, 26000, 16000]
"""Below the kernel's own range for outgoing connections, beside the default hotline's 24000."""


@contextlib.contextmanager
def claimed_ports() -> Iterator[int]:
    """The first of `SIZE` ports for as long as the block runs."""
    with contextlib.ExitStack() as held:
        yield next(base for base in BASES if _claim(base, held) and _is_free(base))


def _claim(base: int, held: contextlib.ExitStack) -> bool:
    """Take a name that one process of this machine can have; the kernel gives it back however that one ends."""
    claim = held.enter_context(socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM))
    try:
        claim.bind(f"\0hotline-tests-ports-{base}")
    except OSError:
        return False
    return True


def _is_free(base: int) -> bool:
    asked = Settings.read({"HOTLINE_HOME": str(Path("/nonexistent")), "HOTLINE_PORT_BASE": str(base)})
    try:
        ports.refuse_taken(asked)
        for phone in range(MOST_PHONES):
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as tried:
                tried.bind(("127.0.0.1", asked.port("phones") + phone))
    except (ports.PortsTaken, OSError):
        return False
    return True
