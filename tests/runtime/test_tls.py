"""The certificate: a given one is taken, else one that browsers accept after installing our CA."""

from __future__ import annotations

import ssl
from pathlib import Path

import pytest

from hotline.runtime import tls
from hotline.settings import Settings


def settings(home: Path, **more: str) -> Settings:
    (home / "tls").mkdir(parents=True, exist_ok=True)
    return Settings.read({"HOTLINE_HOME": str(home), **more})


def test_own_certificate_names_every_address_and_is_kept(tmp_path: Path) -> None:
    here = settings(tmp_path, HOTLINE_PUBLIC_NAME="desk.example", HOTLINE_BIND_ADDRESS="192.0.2.7")
    tls.ensure(here)
    first = (tmp_path / "tls/server.crt").read_bytes()
    tls.ensure(here)
    assert (tmp_path / "tls/server.crt").read_bytes() == first
    context = ssl.create_default_context(cafile=str(tmp_path / "tls/ca.crt"))
    context.load_cert_chain(tmp_path / "tls/server.crt", tmp_path / "tls/server.key")
    assert tls.names(here) == ["127.0.0.1", "192.0.2.7", "desk.example", "localhost"]


def test_a_new_name_gets_a_new_leaf_below_the_same_ca(tmp_path: Path) -> None:
    tls.ensure(settings(tmp_path))
    ca, leaf = ((tmp_path / "tls" / name).read_bytes() for name in ("ca.crt", "server.crt"))
    tls.ensure(settings(tmp_path, HOTLINE_PUBLIC_NAME="desk.example"))
    assert (tmp_path / "tls/ca.crt").read_bytes() == ca
    assert (tmp_path / "tls/server.crt").read_bytes() != leaf


def test_a_key_of_another_certificate_is_refused(tmp_path: Path) -> None:
    for name in ("a", "b"):
        tls.ensure(settings(tmp_path / name))
    given = {
        "HOTLINE_TLS_CERTIFICATE": str(tmp_path / "a/tls/server.crt"),
        "HOTLINE_TLS_KEY": str(tmp_path / "b/tls/server.key"),
    }
    with pytest.raises(tls.BadCertificate, match="不匹配"):
        tls.ensure(settings(tmp_path / "c", **given))
    given["HOTLINE_TLS_KEY"] = str(tmp_path / "a/tls/server.key")
    tls.ensure(settings(tmp_path / "c", **given))
    assert not (tmp_path / "c/tls/ca.crt").exists()
    assert (tmp_path / "c/tls/server.key").stat().st_mode & 0o007 == 0
