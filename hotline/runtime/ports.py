"""Whether the ports of a hotline are free before it starts: Asterisk itself would only log that one is not."""

from __future__ import annotations

import contextlib
import socket

from hotline.settings import Settings

TCP = ("web_https", "web_http", "ami", "fastagi", "asterisk_http", "asterisk_https", "postgres")
UDP = ("sip",)
PUBLIC = ("web_https", "asterisk_https", "sip")


class PortsTaken(RuntimeError):
    """Another program listens where this hotline wants to; the text names the ports and the cure."""


def refuse_taken(settings: Settings) -> None:
    """Raise PortsTaken unless every port can be bound."""
    wanted = [(name, socket.SOCK_STREAM) for name in TCP if not (name == "postgres" and settings.database_url)]
    wanted += [(name, socket.SOCK_DGRAM) for name in UDP]
    taken = [f"{settings.port(name)} ({name})" for name, kind in wanted if not _is_free(settings, name, kind)]
    if taken:
        raise PortsTaken(
            f"端口被占用 (ports taken by another program): {', '.join(taken)}\n"
            "  解决办法 cure: 停止该程序, 或设置 HOTLINE_PORT_BASE 换一组端口 (another HOTLINE_PORT_BASE)"
        )


def _is_free(settings: Settings, name: str, kind: socket.SocketKind) -> bool:
    address = settings.bind_address if name in PUBLIC else "127.0.0.1"
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family, kind) as tried:
        if kind == socket.SOCK_STREAM:
            # Connections of an earlier run that are still closing do not count.
            tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        with contextlib.suppress(OSError):
            tried.bind((address, settings.port(name)))
            return True
    return False
