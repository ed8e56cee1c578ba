"""Every secret of a hotline: made at first start, kept in 0600 files, never printed."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import secrets as random_source
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hotline.settings import Settings


class SecretsMissing(RuntimeError):
    """The secrets of this hotline were not made yet, or this user may not read them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldKeyring:
    """Keys (32 bytes each) that seal personal fields; `current` names the one for new fields."""

    current: str
    keys: dict[str, bytes]

    def as_json(self) -> bytes:
        """`{"current": id, "keys": {id: base64}}`, as it lies on disk and as storage takes it."""
        return json.dumps({"current": self.current, "keys": {i: _text(k) for i, k in self.keys.items()}}).encode()


@dataclass(frozen=True, slots=True, kw_only=True)
class Secrets:
    """All secrets in memory. `ami_*` and `pg_password` are URL-safe text; the others are raw bytes."""

    ami_events: str
    ami_actions: str
    pg_password: str
    sip: bytes
    session: bytes
    hash_key: bytes
    fields: FieldKeyring

    def __repr__(self) -> str:
        return "Secrets(…)"


PASSWORDS = ("ami_events", "ami_actions", "pg_password")
KEYS = ("sip", "session", "hash_key")
KEYRING = "fields.json"
BACKED_UP = "backed-up"
DATABASE_URL = "database_url"
DEMO_PASSWORDS = "demo-passwords"


def folder(settings: Settings) -> Path:
    return settings.home / "secrets"


def ensure(settings: Settings, *, owner: tuple[int, int] | None = None) -> Secrets:
    """Make what is missing (0600, given to `owner`), then read all of it."""
    where = folder(settings)
    where.mkdir(mode=0o700, parents=True, exist_ok=True)
    for name in PASSWORDS:
        _make(where / name, lambda: random_source.token_urlsafe(24), owner)
    for name in KEYS:
        _make(where / name, lambda: _text(random_source.token_bytes(32)), owner)
    _make(where / KEYRING, _new_keyring, owner)
    return read(settings)


def read(settings: Settings) -> Secrets:
    """Read all secrets. Raises SecretsMissing."""
    where = folder(settings)
    try:
        passwords = {name: (where / name).read_text("ascii").strip() for name in PASSWORDS}
        keys = {name: _bytes((where / name).read_text("ascii")) for name in KEYS}
        ring = json.loads((where / KEYRING).read_text("ascii"))
    except (FileNotFoundError, PermissionError) as error:
        raise SecretsMissing(f"{error.filename}: {error.strerror}. 先运行 hotline up (run it once first).") from None
    opened = FieldKeyring(current=ring["current"], keys={i: _bytes(k) for i, k in ring["keys"].items()})
    return Secrets(
        ami_events=passwords["ami_events"],
        ami_actions=passwords["ami_actions"],
        pg_password=passwords["pg_password"],
        sip=keys["sip"],
        session=keys["session"],
        hash_key=keys["hash_key"],
        fields=opened,
    )


def backup(settings: Settings, target: Path) -> None:
    """Copy the keys without which personal fields can never be read again into one new 0600 file."""
    where = folder(settings)
    kept = {name: (where / name).read_text("ascii").strip() for name in KEYS}
    kept_ring = json.loads((where / KEYRING).read_text("ascii"))
    _write_new(target, json.dumps({"centre_id": settings.centre_id, **kept, "fields": kept_ring}, indent=1))
    marker = where / BACKED_UP
    marker.write_text(_fingerprint(kept_ring, kept), "ascii")
    marker.chmod(0o600)


def publish_url(settings: Settings, url: str, *, owner: Callable[[Path], None]) -> None:
    """Keep the database's address, which holds a password, for our own processes."""
    target = folder(settings) / DATABASE_URL
    fresh = target.with_suffix(".new")
    fresh.unlink(missing_ok=True)
    _write_new(fresh, url + "\n")
    owner(fresh)
    os.replace(fresh, target)


def demo_passwords(settings: Settings) -> dict[str, str]:
    """Demo log-ins: agent → password; empty before the demo data was made."""
    try:
        lines = (folder(settings) / DEMO_PASSWORDS).read_text("ascii").splitlines()
    except FileNotFoundError:
        return {}
    return dict(line.split(maxsplit=1) for line in lines if line.strip())


def make_demo_passwords(settings: Settings, agents: Iterable[str]) -> dict[str, str]:
    """A password for each demo agent that has none yet, kept in a 0600 file for whoever tries the hotline."""
    kept = demo_passwords(settings)
    whole = kept | {agent: random_source.token_urlsafe(9) for agent in agents if agent not in kept}
    if whole != kept:
        target = folder(settings) / DEMO_PASSWORDS
        target.unlink(missing_ok=True)
        _write_new(target, "".join(f"{agent} {password}\n" for agent, password in whole.items()))
    return whole


def is_backed_up(settings: Settings) -> bool:
    """Whether the keys in use now are the ones that were last copied away."""
    where = folder(settings)
    try:
        kept = {name: (where / name).read_text("ascii").strip() for name in KEYS}
        kept_ring = json.loads((where / KEYRING).read_text("ascii"))
        return (where / BACKED_UP).read_text("ascii") == _fingerprint(kept_ring, kept)
    except OSError:
        return False


def exposed(settings: Settings) -> list[Path]:
    """Secret files that others than their owner may read."""
    return [path for path in sorted(folder(settings).glob("*")) if path.stat().st_mode & 0o077]


def _make(path: Path, new: Any, owner: tuple[int, int] | None) -> None:
    if not path.exists():
        _write_new(path, new() + "\n")
    if owner is not None:
        os.chown(path, *owner)


def _write_new(path: Path, text: str) -> None:
    """Never follows or replaces what is there; the mode is right from the first byte on."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())


def _new_keyring() -> str:
    return FieldKeyring(current="k1", keys={"k1": random_source.token_bytes(32)}).as_json().decode("ascii")


def _fingerprint(ring: dict[str, Any], kept: dict[str, str]) -> str:
    """Tells whether two sets of keys are the same without showing any of them."""
    return hashlib.sha256(json.dumps([ring, kept], sort_keys=True).encode()).hexdigest()


def _text(raw: bytes) -> str:
    return base64.b64encode(raw).decode("ascii")


def _bytes(text: str) -> bytes:
    return base64.b64decode(text.strip())
