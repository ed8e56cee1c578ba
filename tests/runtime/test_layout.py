"""HOTLINE_HOME: who may look into which folder."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from hotline.runtime import layout, test_mode
from hotline.runtime.identity import Identity
from hotline.settings import Settings


@pytest.fixture
def settings() -> Iterator[Settings]:
    with tempfile.TemporaryDirectory(prefix="hotline-home-", dir="/var/tmp") as folder:
        Path(folder).chmod(0o755)
        yield Settings.read({"HOTLINE_HOME": folder})


def test_every_folder_has_its_owner_and_mode(settings: Settings) -> None:
    layout.prepare(settings, python=Path(sys.executable))
    who = layout.users(settings)
    for folder in layout.FOLDERS:
        found = (settings.home / folder.path).stat()
        assert stat.S_IMODE(found.st_mode) == folder.mode, folder.path
        assert found.st_uid == who[folder.owner].uid, folder.path


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files to others")
def test_asterisk_writes_recordings_and_the_hotline_reads_and_removes_them(settings: Settings) -> None:
    layout.prepare(settings, python=Path(sys.executable))
    who, day = layout.users(settings), settings.home / "recordings/raw/day"
    sound = str(day / "x.sln")
    _as(who[layout.ASTERISK], f"import os; os.umask(0o007); os.mkdir({str(day)!r}); open({sound!r}, 'w')")
    _as(who[layout.HOTLINE], f"import os; open({sound!r}).read(); os.remove({sound!r})")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become others")
def test_asterisk_cannot_read_secrets_or_the_journal(settings: Settings) -> None:
    layout.prepare(settings, python=Path(sys.executable))
    for name in ("secrets", "journal", "spool", "pg"):
        with pytest.raises(AssertionError, match="Permission denied"):
            _as(layout.users(settings)[layout.ASTERISK], f"import os; os.listdir({str(settings.home / name)!r})")


def test_test_mode_is_on_until_it_is_turned_off_by_name(settings: Settings) -> None:
    assert test_mode.is_on(settings)
    test_mode.turn(settings, on=False)
    assert not test_mode.is_on(settings)
    (settings.home / "state/test-mode").write_bytes(b"\xff garbage")
    assert test_mode.is_on(settings)
    test_mode.turn(settings, on=True)
    assert test_mode.is_on(settings)


def _as(user: Identity, code: str) -> None:
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd="/", **user.drop())
    assert done.returncode == 0, done.stderr
