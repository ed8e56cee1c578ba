"""A start on ports of another program is refused by their names."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from hotline.runtime import ports
from hotline.settings import Settings
from tests.ports import claimed_ports


@pytest.mark.parametrize(("name", "kind"), [("ami", socket.SOCK_STREAM), ("sip", socket.SOCK_DGRAM)])
def test_a_taken_port_is_named_with_the_cure(tmp_path: Path, name: str, kind: socket.SocketKind) -> None:
    with claimed_ports() as base, socket.socket(socket.AF_INET, kind) as other:
        settings = Settings.read({"HOTLINE_HOME": str(tmp_path), "HOTLINE_PORT_BASE": str(base)})
        ports.refuse_taken(settings)
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # what an earlier test left is still closing
        other.bind(("127.0.0.1", settings.port(name)))
        if kind == socket.SOCK_STREAM:
            other.listen()
        with pytest.raises(ports.PortsTaken, match=rf"{settings.port(name)} \({name}\)[\s\S]*HOTLINE_PORT_BASE"):
            ports.refuse_taken(settings)
