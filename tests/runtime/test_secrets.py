"""Secrets: made once, readable by nobody else, and nagged about until they are copied away."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest

from hotline import secrets_store
from hotline.settings import Settings


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings.read({"HOTLINE_HOME": str(tmp_path)})


def test_secrets_are_made_once_in_private_files(settings: Settings) -> None:
    made = secrets_store.ensure(settings)
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in (settings.home / "secrets").iterdir()}
    assert set(modes.values()) == {0o600}
    assert secrets_store.ensure(settings) == made
    assert len({made.sip, made.session, made.hash_key, *made.fields.keys.values()}) == 4


def test_a_hotline_that_never_started_says_what_to_do(settings: Settings) -> None:
    with pytest.raises(secrets_store.SecretsMissing, match="hotline up"):
        secrets_store.read(settings)


def test_an_old_key_stays_for_reading_after_a_new_one_is_added(settings: Settings) -> None:
    first = secrets_store.ensure(settings).fields
    ring = json.loads((settings.home / "secrets/fields.json").read_text())
    ring["keys"]["k2"] = ring["keys"]["k1"]
    (settings.home / "secrets/fields.json").write_text(json.dumps(ring | {"current": "k2"}))
    later = secrets_store.read(settings).fields
    assert later.current == "k2"
    assert later.keys["k1"] == first.keys["k1"]


def test_a_backup_is_private_and_counts_for_these_keys_only(settings: Settings, tmp_path: Path) -> None:
    secrets_store.ensure(settings)
    assert not secrets_store.is_backed_up(settings)
    target = tmp_path / "kept.json"
    secrets_store.backup(settings, target)
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    assert secrets_store.is_backed_up(settings)
    with pytest.raises(FileExistsError):
        secrets_store.backup(settings, target)
    ring = json.loads((settings.home / "secrets/fields.json").read_text())
    (settings.home / "secrets/fields.json").write_text(json.dumps(ring | {"keys": ring["keys"] | {"k2": "AAAA"}}))
    assert not secrets_store.is_backed_up(settings)


def test_secrets_are_not_printed_with_the_object(settings: Settings) -> None:
    made = secrets_store.ensure(settings)
    assert made.ami_actions not in repr(made)
    assert made.pg_password not in f"{made}"


def test_a_file_that_others_can_read_is_named(settings: Settings) -> None:
    secrets_store.ensure(settings)
    (settings.home / "secrets/sip").chmod(0o644)
    assert [path.name for path in secrets_store.exposed(settings)] == ["sip"]
