"""A start on ports of another program is refused by their names."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from hotline.runtime import ports
from hotline.settings import Settings


@pytest.mark.parametrize(("name", "kind"), [("ami", socket.SOCK_STREAM), ("sip", socket.SOCK_DGRAM)])
def test_a_taken_port_is_named_with_the_cure(tmp_path: Path, name: str, kind: socket.SocketKind) -> None:
    settings = Settings.read({"HOTLINE_HOME": str(tmp_path), "HOTLINE_PORT_BASE": "16100"})
    ports.refuse_taken(settings)
    with socket.socket(socket.AF_INET, kind) as other:
        other.bind(("127.0.0.1", settings.port(name)))
        if kind == socket.SOCK_STREAM:
            other.listen()
        with pytest.raises(ports.PortsTaken, match=rf"{settings.port(name)} \({name}\)[\s\S]*HOTLINE_PORT_BASE"):
            ports.refuse_taken(settings)
